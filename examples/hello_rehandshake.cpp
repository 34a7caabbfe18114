// Both peers of a session in one process, in memory: they talk over a relay, prove on a direct path
// that they hold the session's keys, and move there; when it dies, back. Real connections, and what
// else goes wrong, are in tour.cpp.

#include <handfast/rehandshake/migration.hpp>
#include <iostream>

using namespace handfast;
using namespace handfast::rehandshake;
using Alice = Migration<Part::initiator>;
using Bob = Migration<Part::responder>;

namespace {

struct Pair {
  Machine<Alice> alice;
  Machine<Bob> bob;
  Time now = clock_time();
  std::string told = {};

  void tell(auto... words) { ((told += words), ...) += '\n'; }
  void alice_does(const auto& command) { carry(alice.handle(command, now), alice, bob); }
  void bob_does(const auto& command) { carry(bob.handle(command, now), bob, alice); }
  void pass(Duration time) {
    now.steady += time;
    carry(alice.advance(now), alice, bob);
    carry(bob.advance(now), bob, alice);
  }
  /// Brings what was sent to the other side, and does what is due by then, with all that follows.
  template <class Role>
  void carry(const Output<Role>& out, auto& from, auto& to) {
    if (const auto fault = out.fault()) tell("refused: ", to_string(*fault));
    if (auto* e = out.template event<Delivered>()) tell("heard: ", text_of(e->payload));
    if (auto* e = out.template event<Commit>()) tell("proved to the ", e->claim.role);
    if (auto* e = out.template event<Switched>())
      tell("moved to the ", e->link == direct_link ? "direct path" : "relay");
    std::vector<std::pair<Link, std::vector<std::uint8_t>>> frames;  // that outlive the next call
    for (const Frame& one : out.transmit)
      frames.push_back({one.link, {one.bytes.begin(), one.bytes.end()}});
    const bool is_due = out.deadline && out.deadline->at <= now.steady;
    for (const auto& [link, bytes] : frames) carry(to.receive(link, bytes, now), to, from);
    if (is_due) carry(from.advance(now), from, to);
  }
};

int run() {
  const auto one = Random().secret<32>().value(), other = Random().secret<32>().value();
  const auto context = [](const Secret<32>& tx, const Secret<32>& rx) {
    const std::array<std::uint8_t, 32> exporter{1};  // that TLS has at both ends of the direct path
    return MigrationContext({{}, tx.dangerous_copy(), rx.dangerous_copy()},
                            {ChannelBinding::none(), ChannelBinding::of(exporter)});
  };
  Pair pair{Machine<Alice>{context(one, other)}, Machine<Bob>{context(other, one)}};
  pair.alice_does(Start{});
  pair.bob_does(Start{});
  pair.alice_does(Send{bytes_of("Are you there?")});
  pair.bob_does(LinkOpened{direct_link});
  pair.alice_does(LinkOpened{direct_link});
  pair.bob_does(Send{bytes_of("Hello Alice!")});
  pair.alice_does(LinkClosed{direct_link});
  pair.alice_does(Send{bytes_of("And now?")});
  pair.pass(MigrationConfig{}.ack_delay);
  pair.alice_does(Disconnect{});
  pair.pass(MigrationConfig{}.drain_time);
  pair.tell("alice ", pair.alice.state_name(), ", bob ", pair.bob.state_name());
  std::cout << pair.told;
  constexpr auto wanted =
      "heard: Are you there?\nproved to the initiator\nproved to the responder\n"
      "moved to the direct path\nmoved to the direct path\nheard: Hello Alice!\n"
      "moved to the relay\nmoved to the relay\nheard: And now?\nalice Ended, bob Ended\n";
  return pair.told == wanted ? 0 : 1;
}

}  // namespace

int main() try { return run(); } catch (const std::exception& error) {
  std::cerr << "hello_rehandshake: " << error.what() << '\n';
  return 1;
}
