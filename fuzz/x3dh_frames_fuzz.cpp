// x3dh in bytes: what both roles say in protobuf, the content of an encrypted message, and what may
// be sealed in it. All of them have one encoding.

#include "fuzz/protobuf.hpp"
#include "handfast/wire/binary.hpp"
#include "handfast/x3dh/counter_messages.hpp"
#include "handfast/x3dh/documented.hpp"
#include "handfast/x3dh/hardened.hpp"

using namespace handfast;
using namespace handfast::fuzz;
using namespace handfast::x3dh;

namespace {

/// At most one of these is in `input`, and it is the one that is found among them.
template <class... Messages>
void each(Bytes input, List<Messages...>) {
  const int accepted = (0 + ... + int{reads<Messages, Protobuf>(input)});
  require(accepted <= 1);
  require(wire::protobuf::decode_any<Messages...>(input).has_value() == (accepted == 1));
  (writes<Messages, Protobuf>(input), ...);
}
template <class Message>
void one(Bytes input) {
  reads<Message, Binary>(input);
  writes<Message, Binary>(input);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input{data, size};
  each(input, List<Bundle, Initial, EncryptedMessage>{});
  each(input, List<documented::Bundle, documented::Initial, DeployedMessage>{});
  one<Content>(input);
  one<CounterContent>(input);
  one<SyncRequest>(input);
  one<SyncAnswer>(input);
  one<Message>(input);
  one<First>(input);
  return 0;
}
