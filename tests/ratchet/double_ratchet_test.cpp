#include "handfast/ratchet/double_ratchet.hpp"

#include <deque>
#include <random>
#include <set>

#include "handfast/testing/seeded_random.hpp"
#include "tests/ratchet/helpers.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/longer.hpp"
#include "tests/support/seed.hpp"

using namespace ratchet_test;
using crypto_test::fault_of;

namespace {

struct RootLabel {
  static constexpr std::string_view root_info = "root";
};
using Ratchet = DoubleRatchet<RootLabel>;
constexpr UnixTime noon{std::chrono::hours(12)};

/// A message, as far as a ratchet is concerned: it opens with the one key that sealed it.
struct Sent {
  Header header;
  std::string key;
  int index = 0;  // among all that its sender has sent
};

struct Side {
  Ratchet ratchet;
  Hkdf hkdf;
  HmacSha256 hmac;
  int sent = 0;

  Sent send() {
    const Header header = ratchet.next();
    return {header, to_hex(ratchet.send(hmac).bytes()), sent++};
  }
  /// Whether it opens; nothing moves where it does not.
  bool receive(const Sent& message, Random& random, UnixTime now = noon) {
    const Buffer before = snapshot(ratchet);
    Ratchet::Pending pending;
    const auto key = ratchet.key_for(message.header, now, hkdf, hmac, pending);
    const bool opens = key && to_hex(key->bytes()) == message.key;
    const bool answers = opens && ratchet.answer(pending, random, hkdf);
    CHECK(to_hex(snapshot(ratchet).bytes()) == to_hex(before.bytes()));
    if (answers) (void)ratchet.commit(std::move(pending));
    return answers;
  }
  std::optional<Fault> fault_for(const Header& header) {
    Ratchet::Pending pending;
    return fault_of(ratchet.key_for(header, noon, hkdf, hmac, pending));
  }
  void restart() {
    Ratchet restored;
    REQUIRE(restore(restored, snapshot(ratchet).bytes()));
    CHECK(to_hex(snapshot(restored).bytes()) == to_hex(snapshot(ratchet).bytes()));
    ratchet = std::move(restored);
  }
  Side clone() const {
    Side copy;
    REQUIRE(restore(copy.ratchet, snapshot(ratchet).bytes()));
    return copy;
  }
};

struct Pair {
  Side initiator, responder;

  explicit Pair(Random& random) {
    auto first = x25519::PrivateKey::generate(random).value();
    const auto theirs = first.public_key();
    initiator.ratchet = Ratchet::initiator(first_key(), theirs, random, initiator.hkdf).value();
    responder.ratchet = Ratchet::responder(first_key(), std::move(first));
  }
  Side& side(int index) { return index == 0 ? initiator : responder; }
};

/// With the first message there, so that both can send.
struct Open : Pair {
  explicit Open(Random& random) : Pair(random) {
    REQUIRE(responder.receive(initiator.send(), random));
  }
};

}  // namespace

TEST_CASE("ratchet: the initiator can send at once, the responder when the first message has come",
          "[roundtrip]") {
  Random random;
  Pair pair(random);
  CHECK(pair.initiator.ratchet.can_send());
  CHECK_FALSE(pair.responder.ratchet.can_send());
  CHECK(pair.responder.receive(pair.initiator.send(), random));
  CHECK(pair.responder.ratchet.can_send());
  CHECK(pair.initiator.receive(pair.responder.send(), random));
}

TEST_CASE("ratchet: each message has a key of its own, and each turn a public key of its own",
          "[roundtrip]") {
  Random random;
  Open pair(random);
  std::set<std::string> keys, publics;
  for (int turn = 0; turn < 6; ++turn) {
    Side &from = pair.side(1 - turn % 2), &to = pair.side(turn % 2);
    for (int i = 0; i < 3; ++i) {
      const Sent message = from.send();
      CHECK(message.header.number == static_cast<std::uint32_t>(i));
      keys.insert(message.key);
      publics.insert(to_hex(message.header.key.bytes()));
      CHECK(to.receive(message, random));
    }
  }
  CHECK(keys.size() == 18);
  CHECK(publics.size() == 6);
}

TEST_CASE("ratchet: over any order, loss and repetition a message opens once and never again",
          "[property]") {
  const auto seed = handfast::test::seed();
  INFO(seed.again());
  std::mt19937_64 numbers(seed.value);
  testing::SeededRandom source(seed.value);
  Random random(source);
  for (handfast::test::Rounds rounds(20, 5); rounds.next();) {
    Pair pair(random);
    std::array<std::deque<Sent>, 2> under_way;  // to the initiator, to the responder
    std::array<std::vector<Sent>, 2> opened;
    std::array<std::set<int>, 2> seen;
    for (int step = 0; step < 200; ++step) {
      const int at = static_cast<int>(numbers() % 2);
      Side& side = pair.side(at);
      auto& incoming = under_way[static_cast<std::size_t>(at)];
      switch (numbers() % 8) {
        case 0:
        case 1:
        case 2:
          if (side.ratchet.can_send())
            under_way[static_cast<std::size_t>(1 - at)].push_back(side.send());
          break;
        case 3: side.restart(); break;
        case 4:
          if (!incoming.empty()) incoming.pop_front();  // lost
          break;
        case 5:
          if (auto& known = opened[static_cast<std::size_t>(at)]; !known.empty())
            CHECK_FALSE(side.receive(known[numbers() % known.size()], random));  // replayed
          break;
        default:
          if (incoming.empty()) break;
          const std::size_t which = numbers() % incoming.size();
          const Sent message = incoming[which];
          if (numbers() % 4 != 0) incoming.erase(incoming.begin() + static_cast<int>(which));
          const bool is_new = seen[static_cast<std::size_t>(at)].insert(message.index).second;
          REQUIRE(side.receive(message, random) == is_new);
          opened[static_cast<std::size_t>(at)].push_back(message);
      }
    }
    // Quiesce: what is under way comes, then both follow each other.
    for (int at = 0; at < 2; ++at)
      for (const Sent& message : under_way[static_cast<std::size_t>(at)])
        (void)pair.side(at).receive(message, random);
    for (int turn = 0; turn < 4; ++turn)
      if (Side& from = pair.side(turn % 2); from.ratchet.can_send())
        REQUIRE(pair.side(1 - turn % 2).receive(from.send(), random));
  }
}

TEST_CASE("ratchet: a thief of all keys opens nothing from before, and nothing after a round trip",
          "[property]") {
  const auto seed = handfast::test::seed();
  INFO(seed.again());
  std::mt19937_64 numbers(seed.value);
  testing::SeededRandom source(seed.value), thiefs_source(seed.value + 1);
  Random random(source), thiefs(thiefs_source);
  int opened_between = 0;
  for (handfast::test::Rounds rounds(30, 5); rounds.next();) {
    Open pair(random);
    const int victim = static_cast<int>(numbers() % 2);
    std::vector<Sent> to_victim;
    const auto talk = [&](int from) {
      const Sent message = pair.side(from).send();
      REQUIRE(pair.side(1 - from).receive(message, random));
      if (1 - from == victim) to_victim.push_back(message);
      return message;
    };
    for (int i = 0; i < 20; ++i) (void)talk(static_cast<int>(numbers() % 2));
    const Side stolen = pair.side(victim).clone();
    for (const Sent& message : to_victim) CHECK_FALSE(stolen.clone().receive(message, thiefs));

    // What comes next the thief reads, and follows as the victim would.
    Side thief = stolen.clone();
    to_victim.clear();
    for (int i = 0; i < 3; ++i) opened_between += thief.receive(talk(1 - victim), thiefs);
    // One round trip: the victim's side draws a key that the thief does not have.
    (void)talk(victim);
    (void)talk(1 - victim);
    (void)talk(victim);
    to_victim.clear();
    for (int i = 0; i < 10; ++i) (void)talk(static_cast<int>(numbers() % 2));
    for (const Sent& message : to_victim) {
      CHECK_FALSE(stolen.clone().receive(message, thiefs));
      CHECK_FALSE(thief.receive(message, thiefs));
    }
  }
  CHECK(opened_between > 0);  // else the thief could do nothing at all, and this shows nothing
}

TEST_CASE("ratchet: one message skips at most a thousand keys, of both chains together",
          "[limits]") {
  Random random;
  Open pair(random);
  Header header = pair.initiator.ratchet.next();  // number 1 comes next
  header.number = 1 + 1000;
  CHECK(pair.responder.fault_for(header) == std::nullopt);
  header.number = 1 + 1001;
  CHECK(pair.responder.fault_for(header) == Fault::too_far_ahead);
  // A new chain, behind one of which 400 are missing: 600 of the new one may be.
  header.key = x25519::PrivateKey::generate(random)->public_key();
  header.previous = 1 + 400;
  header.number = 600;
  CHECK(pair.responder.fault_for(header) == std::nullopt);
  header.number = 601;
  CHECK(pair.responder.fault_for(header) == Fault::too_far_ahead);
  header.number = std::numeric_limits<std::uint32_t>::max();
  CHECK(pair.responder.fault_for(header) == Fault::limit_reached);
}

TEST_CASE("ratchet: two thousand keys are kept, and of more the oldest go", "[limits]") {
  Random random;
  Open pair(random);
  std::vector<Sent> late;
  for (int gap = 0; gap < 3; ++gap) {
    for (int i = 0; i < 900; ++i) late.push_back(pair.initiator.send());
    REQUIRE(pair.responder.receive(pair.initiator.send(), random));
  }
  CHECK(pair.responder.ratchet.late_count() == 2000);
  CHECK(pair.responder.fault_for(late[699].header) == Fault::replayed);
  CHECK(pair.responder.receive(late[700], random));
  CHECK(pair.responder.receive(late[2699], random));
  CHECK(pair.responder.ratchet.late_count() == 1998);
  pair.responder.restart();
  CHECK_FALSE(pair.responder.receive(late[700], random));
  CHECK(pair.responder.receive(late[701], random));
}

TEST_CASE(
    "ratchet: a thousand keys are skipped over two chains, each opens, and one more is refused",
    "[limits]") {
  Random random;
  for (const int before : {0, 1, 400, 999, 1000}) {
    for (const int too_many : {0, 1}) {
      INFO(before << " before the turn, " << 1000 - before + too_many << " behind it");
      Open pair(random);
      REQUIRE(pair.initiator.receive(pair.responder.send(), random));
      REQUIRE(pair.responder.receive(pair.initiator.send(), random));
      std::vector<Sent> late;
      for (int i = 0; i < before; ++i) late.push_back(pair.initiator.send());
      REQUIRE(pair.initiator.receive(pair.responder.send(), random));
      for (int i = before; i < 1000 + too_many; ++i) late.push_back(pair.initiator.send());
      const Sent next = pair.initiator.send();
      CHECK(pair.responder.receive(next, random) == (too_many == 0));
      if (too_many == 1) {
        CHECK(pair.responder.fault_for(next.header) == Fault::too_far_ahead);
        CHECK(pair.responder.ratchet.late_count() == 0);
        continue;
      }
      CHECK(pair.responder.ratchet.late_count() == 1000);
      for (const std::size_t i :
           {std::size_t{0}, std::size_t{399}, std::size_t{400}, std::size_t{998}, std::size_t{999}})
        CHECK(pair.responder.receive(late[i], random));
    }
  }
}

TEST_CASE("ratchet: a turn while two thousand keys are kept drops as many as it adds, the oldest",
          "[limits]") {
  Random random;
  Open pair(random);
  REQUIRE(pair.initiator.receive(pair.responder.send(), random));
  REQUIRE(pair.responder.receive(pair.initiator.send(), random));
  std::vector<Sent> late;
  for (int gap = 0; gap < 2; ++gap) {
    for (int i = 0; i < 1000; ++i) late.push_back(pair.initiator.send());
    REQUIRE(pair.responder.receive(pair.initiator.send(), random));
  }
  REQUIRE(pair.responder.ratchet.late_count() == 2000);
  // A turn that skips nothing drops nothing.
  REQUIRE(pair.initiator.receive(pair.responder.send(), random));
  REQUIRE(pair.responder.receive(pair.initiator.send(), random));
  CHECK(pair.responder.ratchet.late_count() == 2000);
  // The next one skips 7 of the chain before and 5 of its own.
  for (int i = 0; i < 7; ++i) late.push_back(pair.initiator.send());
  REQUIRE(pair.initiator.receive(pair.responder.send(), random));
  for (int i = 0; i < 5; ++i) late.push_back(pair.initiator.send());
  REQUIRE(pair.responder.receive(pair.initiator.send(), random));
  CHECK(pair.responder.ratchet.late_count() == 2000);
  pair.responder.restart();
  for (std::size_t i = 0; i < late.size(); ++i) {
    const bool is_kept = i >= 12;
    if (i < 15 || i > late.size() - 15) CHECK(pair.responder.receive(late[i], random) == is_kept);
  }
  // And a forged turn drops nothing.
  const std::size_t kept = pair.responder.ratchet.late_count();
  Sent forged = pair.initiator.send();
  forged.header.key = x25519::PrivateKey::generate(random)->public_key();
  forged.header.number = 500;
  CHECK_FALSE(pair.responder.receive(forged, random));
  CHECK(pair.responder.ratchet.late_count() == kept);
}

TEST_CASE("ratchet: keys of late messages are forgotten by the time at which they were skipped",
          "[limits]") {
  Random random;
  Open pair(random);
  using namespace std::chrono_literals;
  CHECK_FALSE(pair.responder.ratchet.earliest_late());
  const Sent first = pair.initiator.send();
  REQUIRE(pair.responder.receive(pair.initiator.send(), random, noon));
  const Sent second = pair.initiator.send();
  REQUIRE(pair.responder.receive(pair.initiator.send(), random, noon + 1h));
  CHECK(pair.responder.ratchet.earliest_late() == noon);
  pair.responder.ratchet.forget_late(noon + 59min, noon + 1h);
  CHECK_FALSE(pair.responder.receive(first, random));
  CHECK(pair.responder.ratchet.earliest_late() == noon + 1h);
  CHECK(pair.responder.receive(second, random));
}

TEST_CASE("ratchet: who begins a chain again that was left gets nowhere, and keys are kept once",
          "[illegal]") {
  Random random;
  Open pair(random);
  // The honest responder against a sender who goes back to an earlier key of his own.
  const Sent late = pair.initiator.send();
  REQUIRE(pair.responder.receive(pair.initiator.send(), random));
  REQUIRE(pair.initiator.receive(pair.responder.send(), random));
  REQUIRE(pair.responder.receive(pair.initiator.send(), random));
  Header again = late.header;
  again.number += 7;
  CHECK(pair.responder.fault_for(again) == Fault::replayed);
  CHECK(pair.responder.fault_for(late.header) == std::nullopt);
  pair.responder.restart();
}

TEST_CASE("ratchet: keys of small order and keys of nobody change nothing", "[illegal]") {
  Random random;
  Open pair(random);
  Sent forged = pair.initiator.send();
  forged.header.key =
      x25519::PublicKey::parse_as_deployed(x25519::detail::low_order_points[2]).value();
  CHECK(pair.responder.fault_for(forged.header) == Fault::low_order_key);
  forged.header.key = x25519::PrivateKey::generate(random)->public_key();
  CHECK_FALSE(pair.responder.receive(forged, random));
  CHECK(pair.responder.ratchet.late_count() == 0);
}

TEST_CASE("ratchet: where the random source fails a message that begins a chain is not taken",
          "[illegal]") {
  struct None : RandomSource {
    bool fill(MutableBytes) override { return false; }
  } none;
  Random random, failing(none);
  Open pair(random);
  const Sent message = pair.responder.send();
  CHECK_FALSE(pair.initiator.receive(message, failing));
  CHECK(pair.initiator.receive(message, random));
  CHECK(fault_of(Ratchet::initiator(first_key(), message.header.key, failing,
                                    pair.initiator.hkdf)) == Fault::random_source_failed);
}

TEST_CASE("ratchet: what is not the whole snapshot of a session is refused", "[illegal]") {
  Random random;
  Open pair(random);
  (void)pair.initiator.send();
  REQUIRE(pair.responder.receive(pair.initiator.send(), random));
  const Buffer whole = snapshot(pair.responder.ratchet);
  Ratchet restored;
  for (std::size_t size = 0; size < whole.size(); ++size)
    CHECK_FALSE(restore(restored, whole.bytes().first(size)));
  CHECK(restore(restored, whole.bytes()));
  auto more = crypto_test::copy(whole.bytes());
  more.push_back(0);
  CHECK_FALSE(restore(restored, more));
}
