// Issuer and holder in one process, in memory: they agree on keys through a connector, compare
// fingerprints, and talk; one message is lost, one comes late, one twice, and what a thief of the
// holder's whole session had recorded before stays shut.

#include <handfast/x3dh.hpp>
#include <iostream>

using namespace handfast;
using namespace handfast::x3dh;

namespace {

using Bytes = std::vector<std::uint8_t>;

struct Pair {
  Machine<Issuer<>> issuer;
  Machine<Holder<>> holder;
  Time now = clock_time();
  Fingerprint issuers{}, holders{};
  std::string told = {};

  void tell(auto... words) { ((told += words), ...) += '\n'; }
  /// What the call says, to be brought to the other side or not.
  template <class Role>
  std::vector<Bytes> frames(const Output<Role>& out, Fingerprint& fingerprint) {
    if (const auto fault = out.fault()) tell("refused: ", to_string(*fault));
    if (auto* e = out.template event<Met>()) fingerprint = e->fingerprint;
    if (auto* e = out.template event<Commit>()) tell("the ", e->claim.role, " has a session");
    if (out.template event<Verified>()) tell("fingerprints are the same");
    if (auto* e = out.template event<Delivered>()) tell("heard: ", text_of(e->payload));
    std::vector<Bytes> sent;
    for (const Frame& one : out.transmit) sent.emplace_back(one.bytes.begin(), one.bytes.end());
    return sent;
  }
  auto issuer_does(const auto& command) { return frames(issuer.handle(command, now), issuers); }
  auto holder_does(const auto& command) { return frames(holder.handle(command, now), holders); }
  auto to_issuer(const Bytes& frame) { return frames(issuer.receive(frame, now), issuers); }
  auto to_holder(const Bytes& frame) { return frames(holder.receive(frame, now), holders); }
};

int run() {
  Random random;
  const auto context = [&] { return x3dh::Context(xeddsa::PrivateKey::generate(random).value()); };
  Pair pair{Machine<Issuer<>>{context()}, Machine<Holder<>>{context()}};
  pair.issuer.context().signed_pre_key = x25519::PrivateKey::generate(random).value();
  const Start start{ConnectionId::parse("connection 7").value()};

  pair.holder_does(start);
  const auto bundle = pair.issuer_does(start);
  const auto initial = pair.to_holder(bundle.at(0));
  pair.to_holder(pair.to_issuer(initial.at(0)).at(0));
  pair.holder_does(Verify{pair.issuers});  // as two users read it to each other

  const auto say = [&](std::string_view text) { return pair.issuer_does(Send{bytes_of(text)}); };
  const auto lost = say("never heard"), late = say("late"), next = say("in time");
  pair.to_holder(next.at(0));
  pair.to_holder(late.at(0));
  pair.to_holder(late.at(0));
  pair.to_issuer(pair.holder_does(Send{bytes_of("thank you")}).at(0));

  // Who takes all that the holder has now opens nothing that it has opened.
  auto thief =
      Machine<Holder<>>::dangerous_restore(context(), pair.holder.dangerous_snapshot().bytes());
  if (!thief->receive(next.at(0), pair.now).fault()) pair.tell("the thief reads it");
  std::cout << pair.told;
  return pair.told ==
                 "the issuer has a session\nthe holder has a session\n"
                 "fingerprints are the same\nheard: in time\nheard: late\n"
                 "refused: replayed\nheard: thank you\n"
             ? 0
             : 1;
}

}  // namespace

int main() try { return run(); } catch (const std::exception& error) {
  std::cerr << "hello_x3dh: " << error.what() << '\n';
  return 1;
}
