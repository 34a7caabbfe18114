// rehandshake in bytes: what the hardened roles say, what goes over the paths of a migration and what
// may be sealed there, each in one encoding; and what the deployed programs say, who read leniently.

#include "fuzz/check.hpp"
#include "handfast/rehandshake/compat/messages.hpp"
#include "handfast/rehandshake/migration/messages.hpp"

using namespace handfast;
using namespace handfast::fuzz;
using namespace handfast::rehandshake;

namespace {

/// At most one of these is in `input`, and it is the one that is found among them.
template <class... Messages>
void each(Bytes input, List<Messages...>) {
  const int accepted = (0 + ... + int{reads<Messages, Binary>(input)});
  require(accepted <= 1);
  require(wire::binary::decode_any<Messages...>(input).has_value() == (accepted == 1));
  (writes<Messages, Binary>(input), ...);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input{data, size};
  each(input, List<Request, Response, Complete, SealedFrame>{});
  each(input, SealedFrame::Contents{});
  each(input, List<compat::Request, compat::Response, compat::Complete, compat::Heartbeat,
                   compat::HeartbeatAck, compat::Error, compat::Close, compat::DataFrame>{});
  return 0;
}
