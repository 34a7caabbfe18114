#include "handfast/x3dh/store.hpp"

#include <map>
#include <set>

#include "tests/x3dh/pair.hpp"
#include "tests/x3dh/places.hpp"

using namespace x3dh_test;
using Kind = RecordName::Kind;

namespace {

/// The side goes on as another process would: from what is kept, at `now` of its clocks.
template <class Role>
void start_again(Side<Role>& side, Store& store, Pair& pair, const Time& now) {
  REQUIRE(keep(store, connection(), side.machine));
  auto context = pair.context(side.machine.context().config);
  context.identity = std::move(side.machine.context().identity);
  context.signed_pre_key = std::move(side.machine.context().signed_pre_key);
  auto restored = restore<Role>(store, connection(), std::move(context), now);
  REQUIRE(restored);
  side.machine = std::move(*restored);
  side.now = now;
}

template <class T>
std::optional<Fault> fault_in(const std::expected<T, Fault>& outcome) {
  return outcome ? std::nullopt : std::optional(outcome.error());
}
std::vector<std::uint8_t> bytes_at(const Store& store, const RecordName& name) {
  const auto record = store.find(name);
  REQUIRE(record);
  return {record->begin(), record->end()};
}

/// The record is cut anywhere, changed in any byte, and of another version: `fault_now` tells it.
template <class FaultNow>
void check_told_when_changed(Store& store, const RecordName& name, FaultNow fault_now) {
  const auto whole = bytes_at(store, name);
  const auto fault_of = [&](Bytes record) {
    REQUIRE(store.put(name, record));
    return fault_now();
  };
  REQUIRE(fault_now() == std::nullopt);
  for (std::size_t size = 1; size < whole.size(); ++size)
    CHECK(fault_of(Bytes(whole).first(size)) == Fault::bad_snapshot);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    auto changed = whole;
    changed[at] ^= 1;
    CHECK(fault_of(changed) == (at == 0 ? Fault::wrong_version : Fault::bad_snapshot));
  }
  for (const int version : {0, 1, 3}) {
    auto other = whole;
    other[0] = static_cast<std::uint8_t>(version);
    const Bytes covered = Bytes(other).first(other.size() - 8);
    const auto checksum = wire::big_endian(handfast::detail::checksum_of(covered));
    std::ranges::copy(checksum, other.end() - 8);
    CHECK(fault_of(other) == Fault::wrong_version);
  }
  CHECK(fault_of(whole) == std::nullopt);
}

}  // namespace

TEST_CASE(
    "x3dh: an identity and a signed pre-key are made once, and kept before anybody has them") {
  testing::SeededRandom source(1);
  Random random(source);
  MemoryStore store;
  const auto identity = identity_of(store, random);
  const auto pre_key = signed_pre_key_of(store, random);
  REQUIRE(identity);
  REQUIRE(pre_key);
  CHECK(identity_of(store, random)->public_key() == identity->public_key());
  CHECK(signed_pre_key_of(store, random)->public_key() == pre_key->public_key());
  const auto next = replace_signed_pre_key(store, random);
  REQUIRE(next);
  CHECK(next->public_key() != pre_key->public_key());
  CHECK(signed_pre_key_of(store, random)->public_key() == next->public_key());

  MemoryPlace place;
  auto sealed =
      SealedStore::open(place, "p", SealedStore::Origin::restart, {cheap, nullptr, random});
  REQUIRE(sealed);
  place.fails = true;
  CHECK(identity_of(*sealed, random).error() == Fault::storage_failed);
  CHECK_FALSE(sealed->find({Kind::identity}));
}

TEST_CASE("x3dh: a kept session goes on in each state, in the middle of its handshake too",
          "[roundtrip]") {
  Pair pair;
  MemoryStore issuers, holders;
  const auto again = [&] {
    start_again(pair.issuer, issuers, pair, pair.issuer.now);
    start_again(pair.holder, holders, pair, pair.holder.now);
  };
  again();
  pair.start();  // AwaitingHolder, AwaitingBundle
  again();
  REQUIRE(pair.holder.receive(pair.issuer.frame()));  // AwaitingAnswer
  again();
  REQUIRE(pair.issuer.receive(pair.holder.frame()));  // Established
  again();
  REQUIRE(pair.holder.receive(pair.issuer.frame()));
  again();
  REQUIRE(pair.issuer.send("one"));
  REQUIRE(pair.issuer.send("two"));
  const auto late = pair.issuer.frame();
  pair.carry();
  again();
  REQUIRE(pair.holder.receive(late));
  CHECK(pair.holder.delivered == std::vector<std::string>{"two", "one"});
  REQUIRE(pair.holder.send("three"));
  again();
  pair.carry();
  CHECK(pair.issuer.delivered == std::vector<std::string>{"three"});

  // What has ended is not kept.
  REQUIRE(issuers.sessions().size() == 1);
  REQUIRE(pair.issuer.handle(Stop{}));
  REQUIRE(keep(issuers, connection(), pair.issuer.machine));
  CHECK(issuers.sessions().empty());
}

TEST_CASE("x3dh: a key that is not what was kept is refused, not another key", "[illegal]") {
  testing::SeededRandom source(1);
  Random random(source);
  MemoryStore store;
  REQUIRE(identity_of(store, random));
  REQUIRE(signed_pre_key_of(store, random));
  const auto fault_of = [&](Kind kind) {
    return kind == Kind::identity ? fault_in(identity_of(store, random))
                                  : fault_in(signed_pre_key_of(store, random));
  };
  for (const auto kind : {Kind::identity, Kind::signed_pre_key}) {
    const auto whole = bytes_at(store, {kind});
    check_told_when_changed(store, {kind}, [&] { return fault_of(kind); });
    for (const auto& other : {std::vector<std::uint8_t>{}, std::vector<std::uint8_t>(31, 2),
                              std::vector<std::uint8_t>(33, 2)}) {
      REQUIRE(store.put({kind}, x3dh::detail::record_of([&](auto& w) { w.bytes(other); }).bytes()));
      CHECK(fault_of(kind) == Fault::bad_snapshot);
    }
    // As it was before records had versions.
    REQUIRE(store.put({kind}, std::vector<std::uint8_t>(32, 1)));
    CHECK(fault_of(kind) == Fault::wrong_version);
    REQUIRE(store.put({kind}, whole));
    CHECK(fault_of(kind) == std::nullopt);
  }
}

TEST_CASE("x3dh: first messages that are not what was kept are refused, not forgotten",
          "[illegal]") {
  Config without;
  without.has_one_time_keys = false;
  Pair pair(1, without, without);
  pair.establish();
  MemoryStore store;
  REQUIRE(keep(store, connection(), pair.issuer.machine));
  check_told_when_changed(store, {Kind::first_messages},
                          [&] { return fault_in(first_messages_of(store)); });
  // Nor does a session go on without them, or add to them.
  const auto whole = bytes_at(store, {Kind::first_messages});
  REQUIRE(store.put({Kind::first_messages}, Bytes(whole).first(whole.size() - 1)));
  CHECK(fault_in(restore<Issuer<>>(store, connection(), pair.context_of(pair.issuer), Time{})) ==
        Fault::bad_snapshot);
  CHECK(fault_in(keep(store, connection(), pair.issuer.machine)) == Fault::bad_snapshot);
}

TEST_CASE("x3dh: what is not kept, or of another role, is not restored", "[illegal]") {
  Pair pair;
  pair.establish();
  MemoryStore store;
  const auto restored = [&]<class Role>(const Side<Role>& side) {
    return fault_in(restore<Role>(store, connection(), pair.context_of(side), Time{}));
  };
  CHECK(restored(pair.issuer) == Fault::bad_argument);
  REQUIRE(keep(store, connection(), pair.issuer.machine));
  CHECK(restored(pair.issuer) == std::nullopt);
  check_told_when_changed(store, RecordName::of(connection()),
                          [&] { return restored(pair.issuer); });
  // Another role of the same identity.
  CHECK(fault_in(restore<Holder<>>(store, connection(), pair.context_of(pair.issuer), Time{})) ==
        Fault::wrong_version);
  CHECK(fault_in(restore<Issuer<Counter>>(store, connection(), pair.context_of(pair.issuer),
                                          Time{})) == Fault::wrong_version);
}

TEST_CASE("x3dh: a session of another identity, or of another connection, is not restored",
          "[illegal]") {
  const auto check = []<class Profile>(std::type_identity<Profile>) {
    PairOf<Profile> pair;
    MemoryStore issuers, holders;
    const auto other = connection("another connection");
    const auto check_side = [&]<class Role>(const Side<Role>& side, Store& store) {
      REQUIRE(keep(store, connection(), side.machine));
      const auto restored = [&](const ConnectionId& name, x3dh::Context context) {
        return fault_in(x3dh::restore<Role>(store, name, std::move(context), side.now));
      };
      CHECK(restored(connection(), pair.context_of(side)) == std::nullopt);
      CHECK(restored(connection(), pair.context({})) == Fault::unexpected_key);
      const bool is_idle = side.machine.state_name() == "Idle";
      REQUIRE(store.put(RecordName::of(other), bytes_at(store, RecordName::of(connection()))));
      CHECK(restored(other, pair.context_of(side)) ==
            (is_idle ? std::nullopt : std::optional(Fault::wrong_session)));
      REQUIRE(store.erase(RecordName::of(other)));
      CHECK(fault_in(keep(store, other, side.machine)) ==
            (is_idle ? std::nullopt : std::optional(Fault::bad_argument)));
    };
    const auto check_both = [&] {
      check_side(pair.issuer, issuers);
      check_side(pair.holder, holders);
    };
    check_both();
    pair.start();
    check_both();  // AwaitingHolder, AwaitingBundle
    REQUIRE(pair.holder.receive(pair.issuer.frame()));
    check_both();  // AwaitingAnswer
    pair.carry();
    check_both();
    CHECK(pair.holder.is_established);
  };
  check(std::type_identity<Hardened>{});
  check(std::type_identity<Counter>{});
  check(std::type_identity<Documented>{});
}

TEST_CASE("x3dh: a deadline goes on by the calendar, on a clock that has begun anew") {
  const Time begin{SteadyTime{} + 1000h, UnixTime{} + 500'000h};
  Pair pair;
  MemoryStore store;
  pair.issuer.now = begin;
  REQUIRE(pair.issuer.handle(Start{connection()}));
  pair.issuer.sent.clear();
  const auto due_after = [&](std::chrono::milliseconds calendar) {
    const Time now{SteadyTime{} + 1min, begin.utc + calendar};  // since the machine was started
    REQUIRE(keep(store, connection(), pair.issuer.machine));
    auto restored = restore<Issuer<>>(store, connection(), pair.context_of(pair.issuer), now);
    REQUIRE(restored);
    const auto due = restored->engine().deadline();
    REQUIRE(due);
    return due->at - now.steady;
  };
  CHECK(due_after(0s) == 5s);
  CHECK(due_after(2s) == 3s);
  CHECK(due_after(5s) == 0s);
  CHECK(due_after(24h) == 0s);
  CHECK(due_after(-1h) == 5s);  // a calendar that was put back

  start_again(pair.issuer, store, pair, {SteadyTime{} + 1min, begin.utc + 2s});
  pair.issuer.due = pair.issuer.machine.engine().deadline();
  REQUIRE(pair.issuer.wait());
  CHECK(pair.issuer.now.steady == SteadyTime{} + 1min + 3s);
  CHECK(pair.issuer.sent.size() == 1);  // the bundle, again
}

TEST_CASE("x3dh: a bundle from a backup is void, and a session from one goes on", "[attack]") {
  Pair pair;
  MemoryStore store, backup;
  pair.start();
  REQUIRE(keep(backup, connection(), pair.issuer.machine));
  REQUIRE(backup.put({Kind::signed_pre_key}, bytes_of("a key")));
  const auto bundle = pair.issuer.frame();
  REQUIRE(pair.holder.receive(bundle));
  const auto initial = pair.holder.frame();
  const auto context = [&] { return pair.context_of(pair.issuer); };
  // The last state, restored: its one-time key is there, as it has to be.
  auto last = restore<Issuer<>>(backup, connection(), context(), pair.issuer.now);
  REQUIRE(last);
  CHECK_FALSE(last->receive(initial, pair.issuer.now).fault());

  CHECK(forget_spent(backup) == 1u);
  CHECK_FALSE(backup.find({Kind::signed_pre_key}));
  const auto none = restore<Issuer<>>(backup, connection(), context(), pair.issuer.now);
  REQUIRE_FALSE(none);
  CHECK(none.error() == Fault::stale);
  REQUIRE(keep(backup, connection(), *last));
  CHECK(forget_spent(backup) == 0u);
  auto going_on = restore<Issuer<>>(backup, connection(), context(), pair.issuer.now);
  REQUIRE(going_on);
  CHECK_FALSE(going_on->handle(Send{bytes_of("still here")}, pair.issuer.now).fault());
}

TEST_CASE("x3dh: a session from a backup is heard again once the other side has spoken, or never",
          "[attack]") {
  for (const bool have_turned : {false, true}) {
    Pair pair;
    pair.establish();
    MemoryStore backup;
    REQUIRE(keep(backup, connection(), pair.issuer.machine));
    REQUIRE(pair.issuer.send("since"));
    pair.carry();
    if (have_turned) {
      REQUIRE(pair.holder.send("since"));
      pair.carry();
      REQUIRE(pair.issuer.send("since"));
      pair.carry();
    }
    REQUIRE(forget_spent(backup) == 0u);
    auto again =
        restore<Issuer<>>(backup, connection(), pair.context_of(pair.issuer), pair.issuer.now);
    REQUIRE(again);
    pair.issuer.machine = std::move(*again);
    pair.holder.delivered.clear();

    REQUIRE(pair.issuer.send("not heard"));
    CHECK_FALSE(pair.holder.receive(pair.issuer.frame()));
    CHECK(pair.holder.fault == (have_turned ? Fault::not_authentic : Fault::replayed));
    REQUIRE(pair.holder.send("are you there?"));
    CHECK(pair.issuer.receive(pair.holder.frame()) == !have_turned);
    if (have_turned) CHECK(pair.issuer.fault == Fault::not_authentic);
    REQUIRE(pair.issuer.send("here"));
    CHECK(pair.holder.receive(pair.issuer.frame()) == !have_turned);
    CHECK(pair.holder.delivered.size() == (have_turned ? 0 : 1));
  }
}

TEST_CASE("x3dh: what was delivered since a backup was made is delivered again behind it",
          "[attack]") {
  Pair pair;
  pair.establish();
  MemoryStore backup;
  REQUIRE(keep(backup, connection(), pair.issuer.machine));
  REQUIRE(pair.holder.send("once"));
  const auto frame = pair.holder.frame();
  REQUIRE(pair.issuer.receive(frame));
  CHECK_FALSE(pair.issuer.receive(frame));
  auto again =
      restore<Issuer<>>(backup, connection(), pair.context_of(pair.issuer), pair.issuer.now);
  REQUIRE(again);
  pair.issuer.machine = std::move(*again);
  REQUIRE(pair.issuer.receive(frame));
  CHECK(pair.issuer.delivered == std::vector<std::string>{"once", "once"});
}

TEMPLATE_TEST_CASE(
    "x3dh: a session that counts is void in a backup, and goes on from its last state", "[attack]",
    Documented, Counter) {
  PairOf<TestType> pair;
  pair.establish();
  MemoryStore store;
  REQUIRE(keep(store, connection(), pair.issuer.machine));
  MemoryStore backup;
  const RecordName name = RecordName::of(connection());
  REQUIRE(backup.put(name, *store.find(name)));
  CHECK(forget_spent(backup) == 1u);
  const auto restored = [&](Store& from) {
    return restore<Issuer<TestType>>(from, connection(), pair.context_of(pair.issuer),
                                     pair.issuer.now);
  };
  CHECK(restored(backup).error() == Fault::stale);
  CHECK(restored(store).has_value());
}

TEST_CASE("x3dh: whose fingerprint was compared is known to the next process, and nobody else's",
          "[roundtrip]") {
  Config careful;
  careful.wants_verified = true;
  Pair pair(1, careful, careful);
  MemoryStore issuers, holders;
  const auto says_something = [&](auto& side, Store& store) {
    start_again(side, store, pair, side.now);
    return side.send("to who was verified");
  };
  pair.start();
  REQUIRE(pair.holder.receive(pair.issuer.frame()));
  CHECK_FALSE(says_something(pair.holder, holders));
  CHECK(pair.holder.fault == Fault::unexpected_key);
  REQUIRE(pair.holder.handle(Verify{pair.holder.met->fingerprint}));
  CHECK(says_something(pair.holder, holders));
  pair.carry();
  CHECK(says_something(pair.holder, holders));  // now in a session
  CHECK_FALSE(says_something(pair.issuer, issuers));
  CHECK(pair.issuer.fault == Fault::unexpected_key);
  REQUIRE(pair.issuer.handle(Verify{pair.issuer.met->fingerprint}));
  CHECK(says_something(pair.issuer, issuers));
}

TEST_CASE("x3dh: keys of late messages are gone from the store when their week is over",
          "[attack]") {
  Pair pair;
  pair.establish();
  MemoryStore store;
  const auto stored = [&] {
    if (pair.holder.stores_first) REQUIRE(keep(store, connection(), pair.holder.machine));
  };
  // Of a thief who has the store, and a clock that stands where the message was sent.
  const Time then = pair.holder.now;
  const auto opens = [&](const std::vector<std::uint8_t>& frame) {
    auto stolen = restore<Holder<>>(store, connection(), pair.context_of(pair.holder), then);
    REQUIRE(stolen);
    return !stolen->receive(frame, then).fault();
  };
  REQUIRE(pair.issuer.send("late"));
  const auto late = pair.issuer.frame();
  REQUIRE(pair.issuer.send("in time"));
  REQUIRE(pair.holder.receive(pair.issuer.frame()));
  stored();
  CHECK(opens(late));

  // So it is where the process comes back a week later, on a clock that has begun anew.
  const Time week_later{SteadyTime{} + 1min, then.utc + 24h * 7};
  auto back = restore<Holder<>>(store, connection(), pair.context_of(pair.holder), week_later);
  REQUIRE(back);
  CHECK(back->advance(week_later).store_before_transmit);
  CHECK(back->receive(late, week_later).fault() == Fault::replayed);

  const Due due = *pair.holder.due;
  pair.holder.now = {due.at - 1ns, then.utc + 24h * 7 - 1ms};
  REQUIRE(pair.holder.advance());
  CHECK_FALSE(pair.holder.stores_first);
  CHECK(opens(late));
  pair.holder.now = {due.at, then.utc + 24h * 7};
  REQUIRE(pair.holder.advance());
  CHECK(pair.holder.stores_first);
  stored();
  CHECK_FALSE(opens(late));
}

// Processes that stop at any moment.

namespace {

struct Killed {};

/// Which moment of a run is the last one of a process. There are three with each output: before the
/// state is kept, after, and after its frames have left.
struct Fate {
  int moment = 0;  // to come until then; none where it is below 0
  void pass() {
    if (moment-- == 0) throw Killed{};
  }
};

/// Every frame that has left a process, and whether two of them say different things under one
/// number: of a ratchet's key, or of a side that counts.
template <class Profile>
struct Ledger {
  std::map<std::string, std::string> contents;
  bool is_number_used_twice = false;

  void note(char side, Bytes frame) {
    auto outer = wire::protobuf::decode<EncryptedMessage>(frame);
    if (const auto initial = wire::protobuf::decode<Initial>(frame))
      outer = wire::protobuf::decode<EncryptedMessage>(initial->message);
    if (!outer) return;  // a bundle
    const std::string content(text_of(outer->content));
    const std::string number = std::same_as<Profile, Hardened>
                                   ? content.substr(0, 41)  // and before
                                   : side + content.substr(2, 8);
    const auto [at, is_new] = contents.emplace(number, content);
    if (!is_new && at->second != content) is_number_used_twice = true;
  }
};

enum class Order { store_first, send_first };

/// A side as a program would run it: it has nothing but its store when it starts.
template <template <class> class RoleOf, class Profile>
struct Process {
  using Role = RoleOf<Profile>;
  static constexpr bool is_issuer = std::same_as<Role, Issuer<Profile>>;

  MemoryPlace place;
  Fate& fate;
  Ledger<Profile>& ledger;
  Time& now;
  testing::SeededRandom source;
  Order order = Order::store_first;
  std::optional<SealedStore> store = {};
  std::optional<Machine<Role>> machine = {};
  x3dh_test::Frames out = {};
  std::multiset<std::string> heard = {};
  std::optional<Fault> fault = {};
  std::optional<SteadyTime> due = {};

  /// Runs `act` until it is done or the process has stopped, and starts it again then.
  template <class Act>
  void live(Act act) {
    try {
      act();
    } catch (const Killed&) {
      machine.reset();
      store.reset();
      start();
    }
  }
  void start() {
    Random random(source);
    store.emplace(SealedStore::open(place, "passphrase", SealedStore::Origin::restart,
                                    {cheap, nullptr, random})
                      .value());
    x3dh::Context context(identity_of(*store, random).value(), {}, random);
    if constexpr (is_issuer) context.signed_pre_key = signed_pre_key_of(*store, random).value();
    auto kept = restore<Role>(*store, connection(), std::move(context), now);
    if (kept) {
      machine.emplace(std::move(*kept));
      return live([&] { take(machine->advance(now)); });
    }
    REQUIRE(kept.error() == Fault::bad_argument);
    machine.emplace(x3dh::Context(identity_of(*store, random).value(), {}, random));
    if constexpr (is_issuer)
      machine->context().signed_pre_key = signed_pre_key_of(*store, random).value();
    live([&] { take(machine->handle(Start{connection()}, now)); });
  }
  void take(const Output<Role>& output) {
    fault = output.fault();
    due = output.deadline ? std::optional(output.deadline->at) : std::nullopt;
    fate.pass();
    if (order == Order::send_first) {
      send(output);
      fate.pass();
    }
    if (output.store_before_transmit) REQUIRE(keep(*store, connection(), *machine));
    fate.pass();
    if (const auto* delivered = output.template event<Delivered>())
      heard.emplace(text_of(delivered->payload));
    if (order == Order::store_first) send(output);
    fate.pass();
  }
  void send(const Output<Role>& output) {
    for (const Frame& one : output.transmit) {
      ledger.note(is_issuer ? 'i' : 'h', one.bytes);
      out.emplace_back(one.bytes.begin(), one.bytes.end());
    }
  }
  bool is_established() const { return machine->template in<typename Role::Established>(); }
};

/// One conversation in which a process stops at `moment`.
template <class Profile>
struct Conversation {
  Fate fate;
  Ledger<Profile> ledger;
  Time now{SteadyTime{} + 1h, UnixTime{} + 500'000h};
  Process<Issuer, Profile> issuer{{}, fate, ledger, now, testing::SeededRandom(1)};
  Process<Holder, Profile> holder{{}, fate, ledger, now, testing::SeededRandom(2)};
  std::set<std::string> refused;

  Conversation(int moment, Order order) : fate{moment} {
    issuer.order = holder.order = order;
    holder.start();
    issuer.start();
    for (int i = 0; i < 20 && !(issuer.is_established() && holder.is_established()); ++i) {
      carry();
      pass();
    }
    for (const std::string_view text : {"one", "two", "three"}) {
      say(issuer, text);
      say(issuer, std::string(text) + ", and more");
      say(holder, text);
    }
  }
  void say(auto& side, std::string_view text) {
    side.live([&] { side.take(side.machine->handle(Send{bytes_of(text)}, now)); });
    carry();
  }
  void carry() {
    while (!issuer.out.empty() || !holder.out.empty()) {
      hand(issuer, holder);
      hand(holder, issuer);
    }
  }
  void hand(auto& from, auto& to) {
    if (from.out.empty()) return;
    const auto frame = from.out.front();
    from.out.pop_front();
    to.fault.reset();
    to.live([&] { to.take(to.machine->receive(frame, now)); });
    if (to.fault) refused.emplace(to_string(*to.fault));
  }
  /// Until the next deadline, where one is soon.
  void pass() {
    now.steady += 6s;
    now.utc += 6s;
    issuer.live([&] { issuer.take(issuer.machine->advance(now)); });
    holder.live([&] { holder.take(holder.machine->advance(now)); });
  }
};

template <class Profile>
void stops_at_each_moment() {
  int moments = 0;
  for (bool is_whole = false; !is_whole; ++moments) {
    CAPTURE(moments);
    Conversation<Profile> run(moments, Order::store_first);
    is_whole = run.fate.moment >= 0;
    run.fate.moment = -1;
    REQUIRE(run.issuer.is_established());
    REQUIRE(run.holder.is_established());
    // Each frame that left was kept before: no number says two things, and none is refused.
    CHECK_FALSE(run.ledger.is_number_used_twice);
    CHECK(run.refused.empty());
    // What the process that stopped was about to say or do may be missing, but nothing is there twice.
    const std::multiset<std::string> all_of_issuer{
        "one", "one, and more", "two", "two, and more", "three", "three, and more"};
    const std::multiset<std::string> all_of_holder{"one", "two", "three"};
    CHECK(std::ranges::includes(all_of_issuer, run.holder.heard));
    CHECK(std::ranges::includes(all_of_holder, run.issuer.heard));
    CHECK(run.holder.heard.size() + run.issuer.heard.size() >= (is_whole ? 9u : 8u));
    run.say(run.issuer, "still there?");
    run.say(run.holder, "still here");
    CHECK(run.holder.heard.contains("still there?"));
    CHECK(run.issuer.heard.contains("still here"));
  }
  CHECK(moments > 60);
}

}  // namespace

TEST_CASE("x3dh: a process may stop at any moment between store and send, and goes on",
          "[attack]") {
  stops_at_each_moment<Hardened>();
}
TEST_CASE("x3dh: so it may where messages are counted, and no counter is used twice", "[attack]") {
  stops_at_each_moment<Counter>();
}

TEST_CASE("x3dh: a program that sends before it stores uses numbers twice", "[attack]") {
  // What the test above would notice.
  bool is_noticed = false;
  for (int moment = 0; moment < 60 && !is_noticed; ++moment) {
    const Conversation<Hardened> run(moment, Order::send_first);
    is_noticed = run.ledger.is_number_used_twice && run.refused.contains("replayed");
  }
  CHECK(is_noticed);
}

TEST_CASE(
    "x3dh: first messages that were seen are kept beside the pre-key, whatever becomes of sessions",
    "[attack]") {
  Config without;
  without.has_one_time_keys = false;
  Pair pair(1, without, without);
  pair.start();
  REQUIRE(pair.holder.receive(pair.issuer.frame()));
  const auto first = pair.holder.frame();
  REQUIRE(pair.issuer.receive(first));
  MemoryStore store;
  REQUIRE(keep(store, connection(), pair.issuer.machine));
  REQUIRE(pair.issuer.handle(Stop{}));
  REQUIRE(keep(store, connection(), pair.issuer.machine));
  CHECK(store.sessions().empty());
  // The next process: the same identity and pre-key, and what the store knows of them.
  Side<Issuer<>> next(std::move(pair.issuer.machine.context()));
  next.machine.context().first_messages = first_messages_of(store).value();
  REQUIRE(next.handle(Start{connection()}));
  CHECK_FALSE(next.receive(first));
  CHECK(next.fault == Fault::replayed);

  // A backup does not know what its pre-key has seen since: both are void.
  const auto pre_key = next.machine.context().signed_pre_key.public_key();
  CHECK(first_messages_of(store)->are_of(pre_key));
  REQUIRE(forget_spent(store));
  CHECK_FALSE(first_messages_of(store)->are_of(pre_key));
}

TEST_CASE("x3dh: a session that is kept as soon as it was restored has the time that it had") {
  Pair pair;
  pair.start();
  MemoryStore store;
  REQUIRE(keep(store, connection(), pair.issuer.machine));
  for (int i = 0; i < 2; ++i) {
    auto again =
        restore<Issuer<>>(store, connection(), pair.context_of(pair.issuer), pair.issuer.now);
    REQUIRE(again);
    CHECK(again->in<Issuer<>::AwaitingHolder>());
    CHECK(again->advance(pair.issuer.now).transmit.empty());
    REQUIRE(keep(store, connection(), *again));
  }
}
