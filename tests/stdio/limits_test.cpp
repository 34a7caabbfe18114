#include "handfast/stdio/profiles.hpp"

#include "handfast/core/snapshot.hpp"
#include "tests/stdio/harness.hpp"
#include "tests/support/catch.hpp"

// Limits of one set of keys, and the change to the next.

using namespace stdio_test;

namespace {

/// Lets no time pass, but lets both do what is due.
void do_what_is_due(Pair& pair) { pair.wait(0s); }

/// Makes a chain's next number `next`, its key as it is.
template <class Chain>
Kept with_number(const Chain& chain, std::uint64_t next) {
  Buffer out;
  SnapshotWriter writer(out);
  chain.dangerous_write(writer);
  Kept bytes = keep(out.bytes());
  for (std::size_t i = 0; i < 8; ++i)
    bytes[32 + i] = static_cast<std::uint8_t>(next >> 8 * (7 - i));
  return bytes;
}

/// As if `count` records had gone from the parent to the child.
void jump_to(Pair& pair, std::uint64_t count) {
  const auto set = [&](auto& chain) {
    const Kept bytes = with_number(chain, count + 1);
    SnapshotReader reader(bytes);
    REQUIRE(chain.dangerous_read(reader));
  };
  set(pair.parent->session()->current.send);
  set(pair.child->session()->current.receive);
  pair.parent->session()->current.acknowledged = count;
}

bool same_epoch(Pair& pair, std::uint32_t number) {
  return pair.parent->session()->current.number == number &&
         pair.child->session()->current.number == number;
}

}  // namespace

TEST_CASE("stdio: new keys come before the limit of messages is reached, and nobody notices") {
  Config config;
  config.messages_max = 8;
  Pair pair(Which::hardened, config);
  pair.establish();
  for (int i = 0; i < 200; ++i) {
    REQUIRE(pair.ask(std::to_string(i)) == "re: " + std::to_string(i));
    REQUIRE(pair.parent->session()->current.application_count <= 8);
    REQUIRE(pair.child->session()->current.application_count <= 8);
    do_what_is_due(pair);
  }
  CHECK(pair.parent->session()->current.number >= 200 / 8);
  CHECK(Pair::count(pair.parent_told, "Rejected") == 0);
  CHECK(Pair::count(pair.child_told, "Rejected") == 0);
}

TEST_CASE("stdio: message N + 1 under one set of keys is impossible, on either side") {
  for (const std::uint64_t limit : {1u, 2u, 5u, 20u}) {
    Config config;
    config.messages_max = limit;
    config.response_attempts = 100;
    Pair pair(Which::hardened, config);
    pair.establish();
    for (std::uint64_t i = 0; i < limit; ++i) REQUIRE(pair.ask("x") == "re: x");
    const Kept before = pair.parent->snapshot();
    CHECK(pair.send("x").fault() == Fault::rekey);
    CHECK(pair.parent->snapshot() == before);
    // The child has answered as often: a repeated question is told, not answered.
    const auto asking = pair.parent->clone(pair.parent_random);
    const Result again = pair.child_gets(forged(*asking, Request{0, limit, limit, {}}));
    CHECK(again.has("Repeated"));
    CHECK(again.frames.empty());
    const Result fresh = pair.child->receive(
        channel_link, forged(*asking, Request{0, limit + 1, limit, {}}), pair.now);
    CHECK(fresh.has("Delivered"));
    const Kept unanswered = pair.child->snapshot();
    CHECK(pair.child_does(Respond{limit + 1, {}}).fault() == Fault::rekey);
    CHECK(pair.child->snapshot() == unanswered);
  }
}

TEST_CASE("stdio: the real limit of 10 000 messages is enforced, and a rekey ends it") {
  Pair pair;
  pair.establish();
  for (std::uint64_t i = 0; i < rekey_after_messages; ++i)  // time never passes: nothing is due
    if (pair.ask("x") != "re: x") FAIL("message " << i);
  CHECK(pair.ask("x") == "rekey");
  CHECK(pair.parent->session()->current.application_count == 10'000);
  do_what_is_due(pair);
  CHECK(same_epoch(pair, 1));
  CHECK(pair.ask("x") == "re: x");
}

TEST_CASE(
    "stdio: keys are changed before an hour is over, and refuse application data after it if that "
    "fails") {
  Pair pair;
  pair.establish();
  pair.wait(1h - 225s - 1s);
  CHECK(same_epoch(pair, 0));
  pair.wait(1s);
  CHECK(same_epoch(pair, 1));
  CHECK(pair.ask("x") == "re: x");
  pair.wait(1min);
  CHECK(same_epoch(pair, 1));  // once, not again for a wish that is granted

  Config patient;
  patient.dead_peer_timeout = 100h;
  patient.keepalive_interval = patient.rekey_repeat = 10min;
  Pair lost(Which::hardened, patient);
  lost.establish();
  lost.wait(1h - 1s, false);
  CHECK(lost.parent->state() == "Rekeying");
  CHECK(lost.send("x").has("Sent"));
  lost.lose_all();
  lost.wait(1s, false);
  CHECK(lost.send("x").fault() == Fault::rekey);
  lost.wait(10min);
  CHECK(same_epoch(lost, 1));
  CHECK(lost.ask("x") == "re: x");
}

TEST_CASE("stdio: no sequence goes beyond its limit, and new keys come before") {
  Config config;
  config.sequence_max = 60;
  Pair pair(Which::hardened, config);
  pair.establish();
  for (int i = 0; i < 300; ++i) {
    REQUIRE(pair.ask("x") == "re: x");
    do_what_is_due(pair);
    REQUIRE(pair.parent->session()->current.send.next() <= 61);
    REQUIRE(pair.child->session()->current.send.next() <= 61);
  }
  CHECK(pair.parent->session()->current.number >= 5);
}

TEST_CASE(
    "stdio: at the real limit of 2^63 application data stops sixteen before, and the rekey goes") {
  Pair pair;
  pair.establish();
  jump_to(pair, rekey_at_sequence - 18);
  CHECK(pair.ask("x") == "re: x");
  CHECK(pair.ask("x") == "re: x");
  CHECK(pair.ask("x") == "rekey");
  CHECK(pair.parent->session()->current.send.next() - 1 == rekey_at_sequence - 16);
  Result rekey = pair.parent_does(Rekey{});
  CHECK(rekey.frames.size() == 1);
  pair.run();
  CHECK(same_epoch(pair, 1));
  CHECK(pair.ask("x") == "re: x");

  Pair end;
  end.establish();
  jump_to(end, rekey_at_sequence - 1);
  CHECK_FALSE(end.parent_does(Rekey{}).fault());  // the last one
  end.lose_all();
  CHECK(end.parent_does(Shutdown{}).fault() == Fault::limit_reached);
}

TEST_CASE("stdio: a child without a number left answers neither new keys nor an end", "[illegal]") {
  Pair pair;
  pair.establish();
  auto& epoch = pair.child->session()->current;
  const Kept used_up = with_number(epoch.send, rekey_at_sequence + 1);
  SnapshotReader reader(used_up);
  REQUIRE(epoch.send.dangerous_read(reader));
  epoch.acknowledged = rekey_at_sequence;
  const Kept before = pair.child->snapshot();
  const auto key = x25519::PrivateKey::from(Bytes(Kept(32, 7)))->public_key();
  const auto check_refused = [&](const auto& message) {
    const auto asking = pair.parent->clone(pair.parent_random);
    const Result refused = pair.child_gets(forged(*asking, message));
    CHECK(refused.fault() == Fault::limit_reached);
    CHECK(refused.frames.empty());
    CHECK(pair.child->snapshot() == before);
  };
  check_refused(RekeyRequest{0, 1, key});
  check_refused(ShutdownRequest{});
}

TEST_CASE("stdio: a child near its limit wishes for new keys, and the parent brings them") {
  Config childs;
  childs.messages_max = 8;
  Pair pair(Which::hardened, {}, childs);
  pair.establish();
  for (int i = 0; i < 50; ++i) {
    REQUIRE(pair.ask("x") == "re: x");
    do_what_is_due(pair);
  }
  CHECK(pair.parent->session()->current.number >= 6);
  // In an acknowledgement too.
  Config soon;
  soon.epoch_time_max = 10s;
  Pair idle(Which::hardened, {}, soon);
  idle.establish();
  idle.wait(18s);
  CHECK(same_epoch(idle, 1));
}

TEST_CASE("stdio: a wish under the keys before is granted already") {
  Config childs;
  childs.messages_max = 4;
  Pair pair(Which::hardened, {}, childs);
  pair.establish();
  for (int i = 0; i < 3; ++i) REQUIRE(pair.ask("x") == "re: x");
  pair.send("x");
  pair.to_child_next();
  const Sealed late = Pair::taken(pair.to_parent, 0);  // carries the wish
  pair.parent_does(Rekey{});
  pair.to_child_next();
  pair.to_parent_next();
  REQUIRE(pair.parent->session()->current.number == 1);
  CHECK(pair.parent_gets(late).has("Answered"));
  pair.run();
  pair.wait(5s);
  CHECK(same_epoch(pair, 1));
}

TEST_CASE("stdio: a rekey goes through whichever of its records is lost, repeated or late") {
  enum class Mishap { lost, twice, late };
  for (int victim = 0; victim < 3;
       ++victim)  // request, response, the first record under the new keys
    for (const Mishap mishap : {Mishap::lost, Mishap::twice, Mishap::late}) {
      INFO("record " << victim << ", mishap " << static_cast<int>(mishap));
      Pair pair;
      pair.establish();
      pair.parent_does(Rekey{});
      std::optional<Sealed> late;
      for (int i = 0; i < 3; ++i) {
        auto& queue = i == 1 ? pair.to_parent : pair.to_child;
        REQUIRE(queue.size() == 1);
        const Sealed frame = Pair::taken(queue, 0);
        const auto deliver = [&](const Sealed& f) {
          return i == 1 ? pair.parent_gets(f) : pair.child_gets(f);
        };
        if (i != victim)
          (void)deliver(frame);
        else if (mishap == Mishap::twice) {
          CHECK_FALSE(deliver(frame).fault());
          CHECK(deliver(frame).fault());
        } else {
          if (mishap == Mishap::late) late = frame;
          break;
        }
      }
      pair.wait(3s);  // what is missing is repeated
      CHECK(pair.ask("between") == "re: between");
      if (late) (void)(victim == 1 ? pair.parent_gets(*late) : pair.child_gets(*late));
      pair.run();
      pair.wait(16s);
      CHECK(pair.ask("after") == "re: after");
      CHECK(same_epoch(pair, 1));
      CHECK_FALSE(pair.parent->session()->previous);
      CHECK_FALSE(pair.child->session()->previous);
      CHECK(Pair::count(pair.child_told, "Rekeyed") == 1);
      CHECK(Pair::count(pair.parent_told, "Rekeyed") == 1);
      CHECK(Pair::count(pair.child_told, "Delivered") == 2);
    }
}

TEST_CASE(
    "stdio: a repeated rekey request gets the same new key, in another record of the old epoch") {
  Pair pair;
  pair.establish();
  pair.parent_does(Rekey{});
  pair.to_child_next();
  const Kept first = pair.to_parent.front().bytes;
  pair.lose_all();
  pair.wait(2s, false);
  pair.now.steady += 2s;
  const Result again = pair.parent_caused_by_time();
  REQUIRE(again.frames.size() == 1);
  pair.to_child_next();
  const Kept second = pair.to_parent.front().bytes;
  CHECK(first != second);
  CHECK(first[4] == 0);
  CHECK(second[4] == 0);
  CHECK(pair.child->session()->sends_in_previous);
  const auto other = pair.parent->clone(pair.parent_random);
  CHECK(other->receive(channel_link, first, pair.now).has("Rekeyed"));
  CHECK(pair.to_parent_next().has("Rekeyed"));
  const auto key_of = [](Side& side) { return to_hex(side.session()->current.next_root.bytes()); };
  CHECK(key_of(*other) == key_of(*pair.parent));
  CHECK(key_of(*pair.child) == key_of(*pair.parent));
  // The same epoch with another key is no repetition.
  const auto key = x25519::PrivateKey::from(Bytes(Kept(32, 7)))->public_key();
  Pair fresh;
  fresh.establish();
  fresh.parent_does(Rekey{});
  fresh.to_child_next();
  CHECK(fresh.child_gets(forged(*fresh.parent, RekeyRequest{0, 1, key})).fault() ==
        Fault::unexpected_message);
  CHECK(fresh.child_gets(forged(*fresh.parent, RekeyRequest{0, 3, key})).fault() ==
        Fault::unexpected_message);
}

TEST_CASE(
    "stdio: records of the old epoch that are still on their way open until one of the new epoch "
    "has come") {
  Pair pair;
  pair.establish();
  pair.responds = false;
  pair.send("one");
  pair.send("two");
  pair.run();
  pair.child_does(Respond{1, bytes_of("old")});
  const Sealed old = Pair::taken(pair.to_parent, 0);
  pair.child_does(Respond{2, bytes_of("older")});
  const Sealed older = Pair::taken(pair.to_parent, 0);
  pair.parent_does(Rekey{});
  pair.to_child_next();
  pair.to_parent_next();
  CHECK(pair.parent->session()->current.number == 1);
  const Result answered = pair.parent_gets(old);
  REQUIRE(answered.has("Answered"));
  CHECK(answered.find("Answered")->text == "old");
  pair.run();  // the new epoch is confirmed both ways
  CHECK(pair.parent_gets(older).fault() == Fault::stale);
  pair.wait(6s);  // asked and answered again
  CHECK(Pair::count(pair.parent_told, "Answered") == 2);
  CHECK(Pair::count(pair.child_told, "Delivered") == 2);
}

TEST_CASE("stdio: each epoch has fresh keys both ways, and its sequences begin at 1") {
  Pair pair;
  pair.establish();
  std::vector<std::string> seen;
  for (std::uint32_t e = 0; e < 20; ++e) {
    REQUIRE(same_epoch(pair, e));
    for (Side* side : {pair.parent.get(), pair.child.get()}) {
      Buffer out;
      SnapshotWriter writer(out);
      side->session()->current.send.dangerous_write(writer);
      seen.push_back(to_hex(out.bytes().first(32)));
    }
    CHECK(pair.parent->session()->current.send.next() == 2);
    REQUIRE(pair.ask("x") == "re: x");
    pair.parent_does(Rekey{});
    pair.run();
  }
  std::ranges::sort(seen);
  CHECK(std::ranges::adjacent_find(seen) == seen.end());
}

TEST_CASE("stdio: times without end are no deadlines") {
  Config config;
  config.response_timeout = config.epoch_time_max = config.answer_timeout =
      config.dead_peer_timeout = Duration::max();
  config.keepalive_interval = Duration::max();
  Pair pair(Which::hardened, config);
  pair.establish();
  pair.responds = false;
  const Result sent = pair.send("x");
  CHECK(sent.has("Sent"));
  CHECK_FALSE(sent.due);
  pair.now.steady = SteadyTime{Duration{Duration::max() - 1h}};
  CHECK(pair.parent->advance(pair.now).silent());
  CHECK(pair.ask("x") == "no answer");
}
