// registration as the deployed programs write it: read leniently, it says the same once it is written
// properly.

#include "fuzz/check.hpp"
#include "handfast/registration/compat.hpp"

using namespace handfast;
using namespace handfast::fuzz;
using namespace handfast::registration::compat;

namespace {

using Text = Json<frame_size_max>;

template <class... Messages>
void each(Bytes input, List<Messages...>) {
  (reads<Messages, Text>(input), ...);
  (writes<Messages, Text>(input), ...);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  each({data, size}, List<Challenge, ChallengeResponse, RegisterSuccess, RegisterFailure, Envelope,
                          Stray, Returned, MessageDelivered, AlreadyRegistered>{});
  return 0;
}
