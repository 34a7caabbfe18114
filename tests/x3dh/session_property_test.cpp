// Sessions in which anything is lost, late, doubled or out of order, and either side restarts,
// against a model that only counts; and thieves of a whole machine.

#include "handfast/core/snapshot.hpp"
#include "handfast/x3dh.hpp"
#include "tests/support/longer.hpp"
#include "tests/support/seed.hpp"
#include "tests/x3dh/pair.hpp"

using namespace x3dh_test;
using namespace std::chrono_literals;
using handfast::test::Rounds, handfast::test::seed;

namespace {

/// The same state, and the context's keys, with randomness of its own.
template <class Role>
Machine<Role> copy_of(const Machine<Role>& machine, Random random) {
  Buffer bytes;
  SnapshotWriter writer(bytes);
  machine.context().identity.dangerous_write(writer);
  xeddsa::PrivateKey identity;
  SnapshotReader reader(bytes.bytes());
  REQUIRE(identity.dangerous_read(reader));
  x3dh::Context context(std::move(identity), machine.context().config, random);
  context.signed_pre_key = machine.context().signed_pre_key.dangerous_copy();
  return std::move(
      *Machine<Role>::dangerous_restore(std::move(context), machine.dangerous_snapshot().bytes()));
}

/// A machine that opens what `machine` says from here on, where its keys are enough for that: its
/// chains have changed places.
template <class Role>
Machine<Role> mirror_of(const Machine<Role>& machine, Random random) {
  Machine<Role> mirror = copy_of(machine, random);
  auto& ratchet =
      std::get<states::Established<Hardened>>(mirror.dangerous_engine().dangerous_state())
          .session.sealing.ratchet;
  const x25519::PublicKey own = ratchet.next().key;
  Buffer stored;
  SnapshotWriter writer(stored);
  ratchet.dangerous_write(writer);
  std::vector<std::uint8_t> bytes(stored.bytes().begin(), stored.bytes().end());
  // The private key, the peer's public one, the root, both chains, and how far they are.
  const auto at = [&](std::ptrdiff_t i) { return bytes.begin() + i; };
  std::ranges::copy(own.bytes(), at(32));
  std::swap_ranges(at(96), at(128), at(128));
  std::swap_ranges(at(160), at(164), at(164));
  SnapshotReader reader(bytes);
  REQUIRE(ratchet.dangerous_read(reader));
  return mirror;
}

/// A message on its way: the holder's chains are 1, 3 and so on, the issuer's 2, 4 and so on.
struct Sent {
  std::vector<std::uint8_t> frame;
  std::string text;
  int chain = 0;
  std::uint32_t number = 0, previous = 0;
};

/// What a side knows that has only counted.
struct Model {
  enum class Verdict { opens, gone, too_far };
  struct Late {
    int chain = 0;
    std::uint32_t number = 0;
    UnixTime at;
  };

  int sends = 0, receives = 0;
  std::uint32_t sent = 0, previous = 0, received = 0;
  std::vector<Late> late;

  Sent next(std::vector<std::uint8_t> frame, std::string text) {
    return {std::move(frame), std::move(text), sends, sent++, previous};
  }
  Verdict take(const Sent& m, UnixTime now) {
    const auto kept = std::ranges::find_if(
        late, [&](const Late& one) { return one.chain == m.chain && one.number == m.number; });
    if (kept != late.end()) {
      late.erase(kept);
      return Verdict::opens;
    }
    const bool turns = m.chain > receives;
    if (!turns && (m.chain < receives || m.number < received)) return Verdict::gone;
    const std::uint32_t until = turns && receives > 0 ? std::max(m.previous, received) : received;
    const std::uint32_t from = turns ? 0 : received;
    if (until - received + m.number - from > 1000) return Verdict::too_far;
    for (; received < until; ++received) late.push_back({receives, received, now});
    for (received = from; received < m.number; ++received) late.push_back({m.chain, received, now});
    if (late.size() > 2000) late.erase(late.begin(), late.end() - 2000);
    received = m.number + 1;
    receives = m.chain;
    if (turns) {
      previous = std::exchange(sent, 0);
      sends = m.chain + 1;
    }
    return Verdict::opens;
  }
  void forget(UnixTime until) {
    std::erase_if(late, [&](const Late& one) { return one.at <= until; });
  }
};

/// Issuer and holder, and a model of each; 0 is the issuer.
struct Watched : Pair {
  Model models[2];
  std::vector<Sent> under_way[2];  // to the issuer, to the holder
  int opened = 0, gone = 0, too_far = 0;
  std::size_t late_max = 0;

  explicit Watched(std::uint64_t of) : Pair(of) {
    models[1].sends = 1;
    start();
    REQUIRE(holder.receive(issuer.frame()));
    collect(1, "");
    for (const char* text : {"one", "two", "three"}) say(1, text);  // with the keys again
    arrive(0, 0);
    REQUIRE(issuer.is_established);
    arrive(1, 0);
    REQUIRE(holder.is_established);
  }
  auto on(int side, auto&& act) { return side == 0 ? act(issuer) : act(holder); }

  void say(int from, const std::string& text) {
    on(from, [&](auto& side) { REQUIRE(side.send(text)); });
    collect(from, text);
  }
  /// Message `which` of those that are under way to this side comes, and may come again.
  void arrive(int at, std::size_t which, bool again = false) {
    auto& incoming = under_way[at];
    const Sent message = incoming.at(which);
    if (!again) incoming.erase(incoming.begin() + static_cast<std::ptrdiff_t>(which));
    on(at, [&](auto& side) {
      using Verdict = Model::Verdict;
      const auto before = side.delivered.size();
      const std::string stored = side.snapshot();
      const Verdict verdict = models[at].take(message, side.now.utc);
      REQUIRE(side.receive(message.frame) == (verdict == Verdict::opens));
      if (verdict != Verdict::opens) CHECK(side.snapshot() == stored);
      if (verdict == Verdict::too_far) CHECK(side.fault == Fault::too_far_ahead);
      const bool is_told = verdict == Verdict::opens && !message.text.empty();
      REQUIRE(side.delivered.size() == before + (is_told ? 1 : 0));
      if (is_told) CHECK(side.delivered.back() == message.text);
      opened += verdict == Verdict::opens;
      gone += verdict == Verdict::gone;
      too_far += verdict == Verdict::too_far;
    });
    collect(at, "");
    check_late(at);
  }
  void restart(int at) {
    on(at, [&](auto& side) { side.machine = copy_of(side.machine, random); });
    check_late(at);
  }
  void pass(Duration duration) {
    for (int at : {0, 1}) {
      on(at, [&](auto& side) {
        side.now.steady += duration;
        side.now.utc += std::chrono::duration_cast<UnixTime::duration>(duration);
        (void)side.machine.advance(side.now);
        models[at].forget(side.now.utc - 7 * 24h);
      });
      check_late(at);
    }
  }

 private:
  void collect(int from, const std::string& text) {
    on(from, [&](auto& side) {
      while (!side.sent.empty())
        under_way[1 - from].push_back(models[from].next(side.frame(), text));
    });
  }
  void check_late(int at) {
    on(at, [&](auto& side) {
      const auto* const now =
          std::get_if<states::Established<Hardened>>(&side.machine.engine().state());
      if (now == nullptr) return;
      REQUIRE(now->session.sealing.ratchet.late_count() == models[at].late.size());
      late_max = std::max(late_max, models[at].late.size());
    });
  }
};

}  // namespace

TEST_CASE("x3dh: over any loss, order and repetition, with restarts, exactly what may opens",
          "[property]") {
  const auto random_seed = seed();
  INFO(random_seed.again());
  handfast::test::Random numbers(random_seed);
  int round = 0, opened = 0, gone = 0, too_far = 0, followed = 0;
  std::size_t late_max = 0;
  for (Rounds rounds(12, 5); rounds.next();) {
    Watched both(numbers.below(1u << 30));
    const bool loses_much = ++round % 3 == 0;  // more in a row than a session bears
    int said = 0;
    for (int step = 0; step < 150; ++step) {
      const int at = static_cast<int>(numbers.below(2));
      auto& incoming = both.under_way[at];
      const std::uint64_t what = numbers.below(40);
      if (what < 12) {
        both.say(at, std::to_string(++said));
      } else if (what < 14) {
        both.restart(at);
      } else if (what < 15) {
        both.pass(std::chrono::hours(numbers.below(72)));
      } else if (what < 17) {
        // A long gap: many are said, of which some come.
        const std::uint64_t count = numbers.below(loses_much ? 900 : 300);
        for (std::uint64_t i = 0; i < count; ++i) both.say(at, std::to_string(++said));
        std::erase_if(both.under_way[1 - at], [&](const Sent&) { return numbers.below(50) != 0; });
        if (!loses_much) {
          both.say(at, std::to_string(++said));
          both.arrive(1 - at, both.under_way[1 - at].size() - 1);
        }
      } else if (!incoming.empty() && what < 20) {
        incoming.erase(incoming.begin());
      } else if (!incoming.empty()) {
        both.arrive(at, numbers.below(incoming.size()), numbers.below(4) == 0);
      }
    }
    // Then quiet: what is under way comes, and both follow each other, or hear that they cannot.
    for (int i = 0; i < 8; ++i) {
      const int at = i % 2;
      const int before = both.too_far;
      both.say(1 - at, std::to_string(++said));
      while (!both.under_way[at].empty()) both.arrive(at, both.under_way[at].size() - 1);
      if (!loses_much) REQUIRE(both.too_far == before);
      followed += both.too_far == before;
    }
    if (loses_much) {
      const int before = both.too_far;
      for (int i = 0; i < 1001; ++i) both.say(1, "lost");
      both.under_way[0].clear();
      both.say(1, "behind them");
      both.arrive(0, 0);
      CHECK(both.too_far == before + 1);
    }
    opened += both.opened;
    gone += both.gone;
    too_far += both.too_far;
    late_max = std::max(late_max, both.late_max);
  }
  INFO("opened " << opened << ", gone " << gone << ", too far ahead " << too_far << ", followed "
                 << followed << ", at most kept " << late_max);
  CHECK(opened > 100);
  CHECK(gone > 20);
  CHECK(followed > 20);
  CHECK(late_max > 300);
  CHECK(late_max <= 2000);
}

TEST_CASE(
    "x3dh: who copies a whole machine opens nothing from before, and nothing once both have "
    "answered each other",
    "[property][attack]") {
  const auto random_seed = seed();
  INFO(random_seed.again());
  handfast::test::Random numbers(random_seed);
  testing::SeededRandom thiefs_source(random_seed.value);
  int opened_late = 0, opened_next = 0, overheard_next = 0;
  const auto rob = [&]<class Role>(Pair& pair, Side<Role>& victim, auto& peer) {
    Random thiefs(thiefs_source);
    x3dh_test::Frames to_victim, of_victim, late;
    int said = 0;
    const auto talk = [&](auto& from, auto& to) {
      REQUIRE(from.send(std::to_string(++said)));
      const auto frame = from.frame();
      REQUIRE(to.receive(frame));
      constexpr bool is_to_victim = std::same_as<std::remove_cvref_t<decltype(to)>, Side<Role>>;
      (is_to_victim ? to_victim : of_victim).push_back(frame);
    };
    const auto talk_at_random = [&] {
      if (numbers.below(2) == 0)
        talk(victim, peer);
      else
        talk(peer, victim);
    };
    const auto opens = [](Machine<Role>& machine, Bytes frame, Time now) {
      return machine.receive(frame, now).template event<Delivered>() != nullptr;
    };
    pair.establish();
    for (std::uint64_t i = numbers.below(30); i > 0; --i) {
      talk_at_random();
      if (numbers.below(5) != 0) continue;
      REQUIRE(peer.send("late"));
      late.push_back(peer.frame());
      talk(peer, victim);  // which is ahead of it
    }
    // As what he has stolen is, and as he may go on from it.
    const Machine<Role> stolen = copy_of(victim.machine, thiefs);
    Machine<Role> thief = copy_of(stolen, thiefs);
    const auto overhears = [&](Bytes frame) {
      Machine<Role> mirror = mirror_of(stolen, thiefs);
      return opens(mirror, frame, victim.now);
    };
    for (const auto& frame : to_victim) {
      Machine<Role> fresh = copy_of(stolen, thiefs);
      CHECK_FALSE(opens(fresh, frame, victim.now));
    }
    for (const auto& frame : late) {  // their keys wait for them
      Machine<Role> fresh = copy_of(stolen, thiefs);
      opened_late += opens(fresh, frame, victim.now);
    }
    to_victim.clear();
    of_victim.clear();
    talk(victim, peer);
    for (const auto& frame : of_victim) overheard_next += overhears(frame);
    for (int i = 0; i < 3; ++i) talk(peer, victim);
    for (const auto& frame : to_victim) opened_next += opens(thief, frame, victim.now);

    talk(victim, peer);
    talk(peer, victim);
    talk(victim, peer);
    to_victim.clear();
    of_victim.clear();
    for (int i = 0; i < 10; ++i) talk_at_random();
    talk(victim, peer);
    talk(peer, victim);
    for (const auto& frame : of_victim) CHECK_FALSE(overhears(frame));
    for (const auto& frame : to_victim) {
      Machine<Role> fresh = copy_of(stolen, thiefs);
      CHECK_FALSE(opens(fresh, frame, victim.now));
      CHECK_FALSE(opens(thief, frame, victim.now));
    }
  };
  for (Rounds rounds(16, 5); rounds.next();) {
    Pair pair(numbers.below(1u << 30));
    if (numbers.below(2) == 0)
      rob(pair, pair.issuer, pair.holder);
    else
      rob(pair, pair.holder, pair.issuer);
  }
  // Else the thief could do nothing at all, and this shows nothing.
  CHECK(opened_late > 0);
  CHECK(opened_next > 0);
  CHECK(overheard_next > 0);
}

TEST_CASE(
    "x3dh: who copies a machine before there is a session opens nothing once both have answered "
    "each other",
    "[property][attack]") {
  const auto random_seed = seed();
  INFO(random_seed.again());
  handfast::test::Random numbers(random_seed);
  testing::SeededRandom thiefs_source(random_seed.value);
  const auto rob = [&]<class Role>(Pair& pair, Side<Role>& victim, auto& peer) {
    Random thiefs(thiefs_source);
    pair.start();
    REQUIRE(pair.holder.receive(pair.issuer.frame()));
    for (std::uint64_t i = numbers.below(3); i > 0; --i) REQUIRE(pair.holder.send("early"));
    const Machine<Role> stolen = copy_of(victim.machine, thiefs);
    Machine<Role> follower = copy_of(stolen, thiefs);
    int opened = 0;
    // What comes to the victim comes to a thief who follows, and to one who has only just come.
    const auto opens = [&](Bytes frame) {
      Machine<Role> fresh = copy_of(stolen, thiefs);
      const auto is_told = [&](Machine<Role>& thief) {
        const auto told = thief.receive(frame, victim.now);
        return told.template event<Delivered>() || told.template event<handfast::Established>();
      };
      const bool is_open = is_told(fresh);
      return is_told(follower) || is_open;
    };
    const auto carry = [&] {
      while (!victim.sent.empty() || !peer.sent.empty()) {
        if (!victim.sent.empty()) (void)peer.receive(victim.frame());
        if (peer.sent.empty()) continue;
        const auto frame = peer.frame();
        opened += opens(frame);
        REQUIRE(victim.receive(frame));
      }
    };
    carry();
    REQUIRE(pair.holder.is_established);
    CHECK(opened > 0);  // else this shows nothing
    const auto say = [&](auto& side) {
      REQUIRE(side.send("text"));
      carry();
    };
    say(victim);
    say(peer);
    say(victim);
    opened = 0;
    for (std::uint64_t i = numbers.below(10); i > 0; --i) {
      if (numbers.below(2) == 0)
        say(victim);
      else
        say(peer);
    }
    say(peer);
    CHECK(opened == 0);
  };
  for (Rounds rounds(6, 3); rounds.next();) {
    Pair issuers(numbers.below(1u << 30)), holders(numbers.below(1u << 30));
    rob(issuers, issuers.issuer, issuers.holder);
    rob(holders, holders.holder, holders.issuer);
  }
}
