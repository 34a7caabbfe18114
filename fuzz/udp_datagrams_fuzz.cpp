// udp in bytes: the frames of the hardened roles and what may be in their packets. All of them have
// one encoding.

#include "fuzz/check.hpp"
#include "handfast/udp.hpp"

using namespace handfast;
using namespace handfast::fuzz;
using namespace handfast::udp;

namespace {

/// At most one of these is in `input`, and it is the one that is found among them.
template <class... Messages>
void each(Bytes input, List<Messages...>) {
  const int accepted = (0 + ... + int{reads<Messages, Binary>(input)});
  require(accepted <= 1);
  require(wire::binary::decode_any<Messages...>(input).has_value() == (accepted == 1));
  (writes<Messages, Binary>(input), ...);
}

/// The payload of data is never more than what carries it, and padding is found where it is.
void data(Bytes input) {
  const auto message = wire::binary::decode<Data>(input);
  if (!message || !message->is_sound()) return;
  require(message->payload().size() + message->padding == message->bytes.size());
  require(message->padding == 0 || message->payload().size() < data_size_min);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const Bytes input{bytes, size};
  each(input, List<Connect, CookieReply, Connected, Packet>{});
  each(input, Packet::Contents{});
  data(input);
  return 0;
}
