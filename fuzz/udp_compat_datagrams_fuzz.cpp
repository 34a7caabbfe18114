// udp as the deployed programs write it: the JSON of tokens, read leniently, says the same once it is
// written properly; what is inside packets has one form.

#include "fuzz/check.hpp"
#include "handfast/udp/compat.hpp"

using namespace handfast;
using namespace handfast::fuzz;
using namespace handfast::udp::compat;

namespace {

using Text = Json<datagram_size_max>;

template <class Codec, class... Messages>
void each(Bytes input, List<Messages...>) {
  (reads<Messages, Codec>(input), ...);
  (writes<Messages, Codec>(input), ...);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  each<Text>({data, size}, List<Connect, Connected, Error, Ports>{});
  each<Binary>({data, size}, List<Packet, Data, Heartbeat, Ack>{});
  return 0;
}
