// What x3dh costs beyond its primitives: agreements, both sides, and messages.
//
// The baseline is x3dh_bare.hpp: the same primitives in the same order on Botan objects that live
// as long, no parsing and no machine. It is first shown to speak the machines' protocol. Beside it,
// where their packages are installed, what other libraries take for the same.

#include "tests/bench/pairs.hpp"
#include "tests/bench/x3dh_others.hpp"
#include "tests/bench/x3dh_sessions.hpp"

namespace {

using namespace x3dh_sessions;
using bench::Comparison;
using bench::Turn;

constexpr int agreements_a_turn = 9, messages_a_turn = 201, gaps_a_turn = 5;
constexpr std::uint32_t gap = ratchet::SkipLimits::per_message_max;
// Measured: 1.01 to 1.02, 1.10, and 1.03 to 1.05.
constexpr double agreement_limit = 1.05, message_limit = 1.15, skipped_limit = 1.15;
// Of the same message to two machines.
constexpr double stored_limit = 1.05;

/// Sides of another library.
template <auto make>
struct Other {
  std::unique_ptr<others::Sides> sides = make();
  Other() { agree(); }
  void agree() { sides->agree(); }
  bool say() { return sides->say(payload); }
};

/// One of either, and a turn of each is `work` with it.
template <class Ours, class Bare, class Work>
Comparison compared(bench::Step step, Work work) {
  return {{std::move(step)}, [work] {
            auto ours = std::make_shared<Ours>();
            auto bare = std::make_shared<Bare>();
            return bench::Ways{[=](Turn& turn) { work(*ours, turn); },
                               [=](Turn& turn) { work(*bare, turn); }};
          }};
}

constexpr auto agree = [](auto& both, Turn& turn) {
  for (int i = 0; i < agreements_a_turn; ++i) turn.time(0, [&] { both.agree(); });
};
/// In order, and of one chain.
constexpr auto say = [](auto& both, Turn& turn) {
  bool is_open = false;
  for (int i = 0; i < messages_a_turn; ++i) {
    turn.time(0, [&] { is_open = both.say(); });
    must(is_open, "a message");
  }
};
/// The message behind a gap. From the second time on as many keys are kept as ever are.
constexpr auto skip = [](auto& both, Turn& turn) {
  bool is_open = false;
  for (int i = 0; i < gaps_a_turn; ++i) {
    for (std::uint32_t lost = 0; lost < gap; ++lost) (void)both.seal();
    const Bytes frame = both.seal();
    turn.time(0, [&] { is_open = both.open(frame); });
    must(is_open, "a message behind a gap");
  }
};

/// The next message in order, where 2000 keys are stored, and where none is.
Comparison stored() {
  const auto receive = [](Machines& both, Turn& turn) {
    bool is_open = false;
    for (int i = 0; i < messages_a_turn; ++i) {
      const Bytes frame = both.seal();
      turn.time(0, [&] { is_open = both.open(frame); });
      must(is_open, "a message in order");
    }
  };
  return {{{"x3dh/hardened/2000_keys_stored", stored_limit}}, [receive] {
            auto full = std::make_shared<Machines>(), empty = std::make_shared<Machines>();
            Turn unused{1};
            skip(*full, unused);
            must(full->late_count() == ratchet::SkipLimits::kept_max, "2000 keys are stored");
            return bench::Ways{[=](Turn& turn) { receive(*full, turn); },
                               [=](Turn& turn) { receive(*empty, turn); }};
          }};
}

/// What another library takes for the same; no limit.
template <auto make>
void compare_with(const std::string& name, std::vector<std::pair<std::string, Comparison>>& all) {
  using Theirs = Other<make>;
  all.emplace_back(name + "/agreement",
                   compared<Machines, Theirs>({"x3dh/hardened/agreement_" + name}, agree));
  all.emplace_back(name + "/64B", compared<Machines, Theirs>({"x3dh/hardened/64B_" + name}, say));
}

/// The machines' messages are opened by hand, and the other way round.
void hold_to_the_machines() {
  Machines machines;
  const auto seed = ByHand::seed(), other = ByHand::seed();
  ByHand by_hand(seed, other);
  auto& [issuer, holder] = machines;
  issuer = Machines::Issuer(std::move(issuer.context()));
  holder = Machines::Holder(std::move(holder.context()));
  (void)holder.handle(x3dh::Start{connection}, now);
  const auto initial = holder.receive(by_hand.issuer.bundle(), now);
  const auto met =
      holder.receive(by_hand.issuer.answer(initial.transmit[0].bytes), now).event<Established>();
  must(met != nullptr, "an issuer by hand");
  const Bytes opened = by_hand.issuer.open(machines.seal());
  must(std::ranges::equal(opened, payload), "the machine's message by hand");

  const auto bundle = issuer.handle(x3dh::Start{connection}, now);
  const auto answer = issuer.receive(by_hand.holder.agree(bundle.transmit[0].bytes), now);
  must(by_hand.holder.is_signed, "a machine's signature by hand");
  by_hand.holder.open(answer.transmit[0].bytes);
  must(machines.open(by_hand.seal()), "a message made by hand");
}

}  // namespace

int main(int count, char** arguments) {
  hold_to_the_machines();
  std::vector<std::pair<std::string, Comparison>> all{
      {"hardened/agreement",
       compared<Machines, ByHand>({"x3dh/hardened/agreement", agreement_limit}, agree)},
      {"hardened/64B", compared<Machines, ByHand>({"x3dh/hardened/64B", message_limit}, say)},
      {"hardened/1000_skipped",
       compared<Machines, ByHand>({"x3dh/hardened/1000_skipped", skipped_limit}, skip)},
      {"hardened/2000_keys_stored", stored()}};
#ifdef HANDFAST_BENCH_LIBSIGNAL
  compare_with<others::libsignal>("libsignal", all);
#endif
#ifdef HANDFAST_BENCH_OLM
  compare_with<others::olm>("olm", all);
#endif
  return bench::run(count, arguments, std::move(all));
}
