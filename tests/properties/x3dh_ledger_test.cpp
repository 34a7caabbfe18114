// What sessions of x3dh cost and use up, by the ledger.

#include "handfast/testing/ledger.hpp"
//
#include "tests/x3dh/pair.hpp"

using namespace x3dh_test;
using handfast::testing::Ledger;

namespace {

/// A session, and what each call has cost.
struct Counted {
  Ledger ledger;
  Pair pair;

  Counted() { pair.establish(); }
  /// HMACs until the holder has taken the frame, or refused it.
  unsigned cost(Bytes frame, bool is_taken = true) {
    ledger.begin_call();
    CHECK(pair.holder.receive(frame) == is_taken);
    const unsigned derived = ledger.work().derived;
    ledger.end_call(!is_taken);
    return derived;
  }
  std::vector<std::uint8_t> said() {
    REQUIRE(pair.issuer.send("text"));
    return pair.issuer.frame();
  }
  std::vector<std::vector<std::uint8_t>> lose(int count) {
    std::vector<std::vector<std::uint8_t>> lost;
    for (int i = 0; i < count; ++i) lost.push_back(said());
    return lost;
  }
  /// The first message of the issuer's next chain.
  std::vector<std::uint8_t> turned() {
    REQUIRE(pair.holder.send("turn"));
    REQUIRE(pair.issuer.receive(pair.holder.frame()));
    return said();
  }
};

/// The message's key and the chain's next; then the cipher's key and nonce of it, by HKDF.
constexpr unsigned a_skipped_key = 2, a_late_message = 3,
                   a_message = a_skipped_key + a_late_message;

}  // namespace

TEST_CASE(
    "x3dh: behind 1000 lost messages one costs those 1000 keys and no more, and the next "
    "what it always costs",
    "[property]") {
  const unsigned costs_of_turn = [] {
    Counted fresh;
    return fresh.cost(fresh.turned());
  }();
  Counted session;
  CHECK(session.cost(session.said()) == a_message);
  std::vector<std::vector<std::uint8_t>> late;
  for (const int lost : {1, 10, 1000, 989}) {
    auto more = session.lose(lost);
    std::ranges::move(more, std::back_inserter(late));
    CHECK(session.cost(session.said()) == a_message + static_cast<unsigned>(lost) * a_skipped_key);
    CHECK(session.cost(session.said()) == a_message);
  }
  // 2000 keys are kept: neither the oldest, the newest nor a turn costs more for it.
  CHECK(session.cost(late.back()) == a_late_message);
  CHECK(session.cost(late.front()) == a_late_message);
  CHECK(session.cost(late[1000]) == a_late_message);
  CHECK(session.cost(session.turned()) == costs_of_turn);
  CHECK(session.cost(session.said()) == a_message);
  CHECK_FALSE(session.ledger.broken());
}

TEST_CASE("x3dh: what is refused costs no more than what would be taken, and too much nothing",
          "[property]") {
  Counted session;
  (void)session.lose(1000);
  auto forged = session.said();
  const auto genuine = forged;
  forged.at(forged.size() - 60) ^= 1;  // of its tag
  const unsigned costs = a_message + 1000 * a_skipped_key;
  for (int i = 0; i < 3; ++i) CHECK(session.cost(forged, false) == costs);
  const auto too_far = session.said();
  CHECK(session.cost(too_far, false) == 0);
  CHECK(session.pair.holder.fault == Fault::too_far_ahead);
  CHECK(session.cost(genuine) == costs);
  CHECK(session.cost(genuine, false) == 0);
  CHECK(session.pair.holder.fault == Fault::replayed);
}

namespace {

/// What the ledger says when messages cross, are lost, come late, and either side goes on from what
/// it would have stored.
template <class Profile>
std::optional<std::string> crossing() {
  Ledger ledger;
  PairOf<Profile> pair;
  pair.establish();
  for (int i = 0; i < 5; ++i) {
    REQUIRE(pair.issuer.send("crosses " + std::to_string(i)));
    REQUIRE(pair.holder.send("this, and is longer " + std::to_string(i)));
    if (i % 2 == 0) (void)pair.issuer.frame();
    pair.carry();
    restore(pair.issuer);
    restore(pair.holder);
  }
  return ledger.broken();
}

}  // namespace

TEST_CASE("x3dh: claim 21: no key and nonce seals twice in any session, but where it is documented",
          "[property]") {
  CHECK(crossing<Hardened>() == std::nullopt);
  CHECK(crossing<Counter>() == std::nullopt);
  CHECK(crossing<Documented>() == "one key and nonce sealed two messages");
}

TEST_CASE("x3dh: claim 21: nor do two that go on from one hardened state", "[property]") {
  Ledger ledger;
  Pair pair;
  pair.establish();
  const Buffer stored = pair.issuer.machine.dangerous_snapshot();
  auto copy = Machine<Issuer<>>::dangerous_restore(pair.context_of(pair.issuer), stored.bytes());
  REQUIRE(copy);
  for (int i = 0; i < 5; ++i) {
    REQUIRE(pair.issuer.send("the one"));
    CHECK_FALSE(copy->handle(Send{bytes_of("and the other")}, Time{}).fault());
  }
  CHECK_FALSE(ledger.broken());
}
