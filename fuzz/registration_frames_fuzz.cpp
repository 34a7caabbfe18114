// registration in bytes: the objects and records of hardened connections, the frames of contacts and
// what may be in them. All of them have one encoding.

#include "fuzz/check.hpp"
#include "handfast/registration.hpp"

using namespace handfast;
using namespace handfast::fuzz;
using namespace handfast::registration;

namespace {

using Object = Json<registration_size_max>;

/// At most one of these is in `input`, and it is the one that is found among them.
template <class... Messages>
void contents(Bytes input, List<Messages...>) {
  const int accepted = (0 + ... + int{reads<Messages, Binary>(input)});
  require(accepted <= 1);
  require(wire::binary::decode_any<Messages...>(input).has_value() == (accepted == 1));
  (writes<Messages, Binary>(input), ...);
}
template <class... Messages>
void objects(Bytes input, List<Messages...>) {
  const int accepted = (0 + ... + int{reads<Messages, Object>(input)});
  require(accepted <= 1);
  require(wire::json::decode_any<Messages...>(input, registration_size_max).has_value() ==
          (accepted == 1));
  (writes<Messages, Object>(input), ...);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input{data, size};
  objects(input, List<Challenge, ChallengeResponse, RegisterSuccess, RegisterFailure>{});
  reads<Record, Binary>(input);
  writes<Record, Binary>(input);
  contents(input, Record::Contents{});
  contents(input, List<peer::Hello, peer::HelloAck, peer::NewSession, peer::Frame>{});
  contents(input, peer::Frame::Contents{});
  return 0;
}
