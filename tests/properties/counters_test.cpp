// Counters that begin just below their top, as nobody could bring them there by waiting: sequences
// up to the protocol's own limit and up to the last number that there is, epochs, correlation ids.

#include "handfast/testing/ledger.hpp"
//
#include <limits>

#include "handfast/stdio.hpp"
#include "tests/stdio/side.hpp"
#include "tests/support/catch.hpp"

namespace stdio_test {

std::unique_ptr<Side> hardened_parent(Config config, Script& random) {
  return std::make_unique<SideOf<Parent<>>>(std::move(config), random);
}
std::unique_ptr<Side> hardened_child(Config config, Script& random) {
  return std::make_unique<SideOf<Child<>>>(std::move(config), random);
}
std::unique_ptr<Side> compat_parent(Config, Script&) { throw std::logic_error("no compat here"); }
std::unique_ptr<Side> compat_child(Config, Script&) { throw std::logic_error("no compat here"); }

}  // namespace stdio_test

using namespace stdio_test;
using handfast::testing::Ledger;

namespace {

constexpr std::uint64_t last_number = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint32_t last_epoch = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint64_t sequence_limits[] = {24, rekey_at_sequence, last_number};

void put(MutableBytes to, std::uint64_t value) {
  for (std::size_t i = 0; i < 8; ++i) to[i] = static_cast<std::uint8_t>(value >> 8 * (7 - i));
}

/// Makes `sequence` the last that `chain` has used; its key stays.
void begin_behind(auto& chain, std::uint64_t sequence) {
  Buffer out;
  SnapshotWriter writer(out);
  chain.dangerous_write(writer);
  Kept stored = keep(out.bytes());
  put(std::span(stored).subspan(32, 8), sequence + 1);  // behind the key
  SnapshotReader reader(stored);
  REQUIRE(chain.dangerous_read(reader));
}

/// As if `sequence` records had gone from `sender` to `receiver`, and the sender knew.
void jump_to(Side& sender, Side& receiver, std::uint64_t sequence) {
  begin_behind(sender.session()->current.send, sequence);
  begin_behind(receiver.session()->current.receive, sequence);
  sender.session()->current.acknowledged = sequence;
}

/// The sequence in a record's header.
std::uint64_t sequence_of(const Kept& record) {
  std::uint64_t sequence = 0;
  for (std::size_t i = 5; i < 13; ++i) sequence = sequence << 8 | record.at(i);
  return sequence;
}

/// One side whose records go nowhere.
struct Alone {
  Side& side;
  Time now;
  std::vector<std::uint64_t> sequences;  // of what it sent
  std::vector<Told> told;
  std::optional<Due> due;

  Result caused(Result result) {
    for (const Sealed& frame : result.frames) sequences.push_back(sequence_of(frame.bytes));
    told.insert(told.end(), result.told.begin(), result.told.end());
    due = result.due;
    return result;
  }
  Result does(const Command& command) { return caused(side.handle(command, now)); }
  Result gets(const Kept& record) { return caused(side.receive(channel_link, record, now)); }
  void wait(Duration duration) {
    const SteadyTime end = now.steady + duration;
    while (due && due->at <= end) {
      now.steady = std::max(now.steady, due->at);
      caused(side.advance(now));
    }
    now.steady = end;
  }
  /// The command is refused with `fault` and changes nothing.
  void is_refused(const Command& command, Fault fault) {
    const Kept before = side.snapshot();
    CHECK(does(command).fault() == fault);
    CHECK(side.snapshot() == before);
  }
};

/// The numbers of the `left` last records below a limit.
std::vector<std::uint64_t> last_sequences(std::uint64_t limit, std::uint64_t left) {
  std::vector<std::uint64_t> all;
  for (std::uint64_t i = left; i > 0; --i) all.push_back(limit - i + 1);
  return all;
}

Config with_limit(std::uint64_t sequence_max) {
  Config config;
  config.sequence_max = sequence_max;
  config.duplex = true;
  return config;
}

/// A parent that has asked for nothing yet, for each limit and each number of records left.
template <class Check>
void near_each_limit(Check&& check) {
  for (const std::uint64_t limit : sequence_limits)
    for (std::uint64_t left = 0; left <= 3; ++left) {
      INFO("limit " << limit << ", " << left << " left");
      Ledger ledger;
      Pair pair(Which::hardened, with_limit(limit));
      pair.establish();
      pair.responds = false;
      check(pair, limit, left);
      CHECK_FALSE(ledger.broken());
    }
}

void give_both_epoch(Pair& pair, std::uint32_t number) {
  pair.parent->session()->current.number = number;
  pair.child->session()->current.number = number;
}

/// A parent in `Open` as it was stored, but the next correlation id is `next`.
std::unique_ptr<Side> with_next_id(Side& parent, std::uint64_t next, Script& random) {
  Buffer session;
  SnapshotWriter writer(session);
  handfast::detail::write_value(writer, *parent.session());
  const std::size_t requests = 8 + 1 + session.size();  // behind the shape and the state's index
  Kept stored = parent.snapshot();
  put(std::span(stored).subspan(requests, 8), next);      // the lowest open one
  put(std::span(stored).subspan(requests + 8, 8), next);  // the next
  const std::size_t content = stored.size() - handfast::detail::checksum_size;
  put(std::span(stored).subspan(content, 8),
      handfast::detail::checksum_of(Bytes(stored).first(content)));
  return parent.restore(stored, random);
}

}  // namespace

TEST_CASE("properties: near its last sequence a parent seals what is left, once, and says stop",
          "[property]") {
  const auto run = [](auto&& act) {
    near_each_limit([&](Pair& pair, std::uint64_t limit, std::uint64_t left) {
      jump_to(*pair.parent, *pair.child, limit - left);
      Alone parent{*pair.parent, pair.now, {}, {}, pair.parent_due};
      parent.is_refused(Send{}, Fault::rekey);
      act(parent, left);
      parent.wait(10min);
      CHECK(parent.sequences == last_sequences(limit, left));
    });
  };
  run([](Alone& parent, std::uint64_t) {  // keepalives, and then new keys are asked for
    parent.wait(10min);
    CHECK(parent.side.state() == "Ended");
    CHECK(parent.told.back().fault == Fault::peer_lost);
  });
  run([](Alone& parent, std::uint64_t left) {
    if (left == 0) return parent.is_refused(Rekey{}, Fault::limit_reached);
    CHECK(parent.does(Rekey{}).frames.size() == 1);
    parent.wait(30s);
    CHECK(parent.told.back().fault == Fault::peer_lost);
  });
  run([](Alone& parent, std::uint64_t left) {
    if (left == 0) return parent.is_refused(Shutdown{}, Fault::limit_reached);
    CHECK(parent.does(Shutdown{}).frames.size() == 1);
    parent.wait(4s);
  });
}

TEST_CASE("properties: near its last sequence a child seals what is left, once, and says stop",
          "[property]") {
  const auto run = [](auto&& make) {
    near_each_limit([&](Pair& pair, std::uint64_t limit, std::uint64_t left) {
      pair.send("to be answered too late");
      pair.run();
      jump_to(*pair.child, *pair.parent, limit - left);
      Alone child{*pair.child, pair.now, {}, {}, pair.child_due};
      child.is_refused(Respond{1, {}}, Fault::rekey);
      child.is_refused(Notify{}, Fault::rekey);
      for (std::uint64_t i = 0; i < left + 3; ++i) {
        const Result answer = child.gets(make(*pair.parent));
        CHECK(answer.frames.size() == (i < left ? 1 : 0));
      }
      CHECK(child.sequences == last_sequences(limit, left));
      CHECK(child.gets(forged(*pair.parent, ShutdownRequest{})).fault() == Fault::limit_reached);
      const auto key = x25519::PrivateKey::from(Bytes(Kept(32, 9)))->public_key();
      if (child.side.state() == "Open")
        CHECK(child.gets(forged(*pair.parent, RekeyRequest{0, 1, key})).fault() ==
              (pair.child->session()->sends_in_previous ? Fault::unexpected_message
                                                        : Fault::limit_reached));
      child.wait(10min);
      CHECK(child.side.state() == "Ended");
      CHECK(child.sequences.size() == left);
    });
  };
  run([](Side& parent) { return forged(parent, Keepalive{}); });
  run([](Side& parent) { return forged(parent, ShutdownRequest{}); });
  const auto key = x25519::PrivateKey::from(Bytes(Kept(32, 7)))->public_key();
  run([&](Side& parent) { return forged(parent, RekeyRequest{0, 1, key}); });
}

TEST_CASE("properties: application data stops before the reserve of the last sequences",
          "[property]") {
  for (const std::uint64_t limit : sequence_limits) {
    INFO("limit " << limit);
    Ledger ledger;
    Pair pair(Which::hardened, with_limit(limit));
    pair.establish();
    pair.responds = false;
    const std::uint64_t begin = limit - Hardened::reserve_count - 3;
    jump_to(*pair.parent, *pair.child, begin);
    jump_to(*pair.child, *pair.parent, begin);
    Alone parent{*pair.parent, pair.now, {}, {}, {}}, child{*pair.child, pair.now, {}, {}, {}};
    for (int i = 0; i < 3; ++i) {
      CHECK(parent.does(Send{}).has("Sent"));
      CHECK(child.does(Notify{}).frames.size() == 1);
    }
    parent.is_refused(Send{}, Fault::rekey);
    child.is_refused(Notify{}, Fault::rekey);
    CHECK(parent.sequences == last_sequences(begin + 3, 3));
    CHECK(child.sequences == last_sequences(begin + 3, 3));
    CHECK_FALSE(ledger.broken());
  }
}

TEST_CASE("properties: from the last sequences of both ways new keys begin at 1", "[property]") {
  near_each_limit([](Pair& pair, std::uint64_t limit, std::uint64_t left) {
    if (left == 0) return;
    pair.responds = true;
    jump_to(*pair.parent, *pair.child, limit - left);
    jump_to(*pair.child, *pair.parent, limit - left);
    CHECK(pair.parent_does(Rekey{}).frames.size() == 1);
    pair.run();
    CHECK(pair.ask("x") == "re: x");
    for (Side* side : {pair.parent.get(), pair.child.get()}) {
      CHECK(side->session()->current.number == 1);
      CHECK(side->session()->current.send.next() <= 3);
      CHECK_FALSE(side->session()->previous);
    }
    CHECK(Pair::count(pair.parent_told, "Rejected") == 0);
    CHECK(Pair::count(pair.child_told, "Rejected") == 0);
  });
}

TEST_CASE("properties: a side that has used its last sequence still hears its peer", "[property]") {
  near_each_limit([](Pair& pair, std::uint64_t limit, std::uint64_t left) {
    jump_to(*pair.child, *pair.parent, limit - left);
    for (std::uint64_t i = 0; i < left; ++i) {  // each acknowledged, the last one too
      pair.to_child.push_back({channel_link, forged(*pair.parent, Keepalive{})});
      pair.run();
    }
    CHECK(pair.parent->session()->current.receive.highest() == limit);
    pair.send("heard");
    CHECK(pair.to_child_next().has("Delivered"));
    CHECK(pair.child->session()->current.acknowledged == limit);
  });
}

TEST_CASE("properties: a receiver takes the last sequences once each, late ones too",
          "[property]") {
  Ledger ledger;
  Pair pair(Which::hardened, with_limit(last_number));
  pair.establish();
  jump_to(*pair.parent, *pair.child, last_number - 4);
  std::vector<Kept> records;
  for (int i = 0; i < 4; ++i) records.push_back(forged(*pair.parent, Keepalive{}));
  CHECK(sequence_of(records.back()) == last_number);
  for (const std::size_t i : {3u, 1u, 0u, 2u}) {
    INFO("record " << i);
    CHECK(pair.child_gets(records[i]).frames.size() == 1);
    CHECK(pair.child_gets(records[i]).fault() == Fault::replayed);
  }
  CHECK(pair.child->session()->current.receive.highest() == last_number);
  // A peer that goes on all the same is not followed round the end.
  CHECK(pair.child_gets(forged(*pair.parent, Keepalive{})).fault() == Fault::malformed);
  CHECK(pair.child_gets(forged(*pair.parent, Keepalive{})).fault() == Fault::stale);
  CHECK_FALSE(ledger.broken());
}

TEST_CASE("properties: the last epoch is the last: its number does not come again", "[property]") {
  Ledger ledger;
  Pair pair;
  pair.establish();
  give_both_epoch(pair, last_epoch - 3);
  for (const std::uint32_t epoch : {last_epoch - 2, last_epoch - 1, last_epoch}) {
    CHECK(pair.parent_does(Rekey{}).frames.size() == 1);
    pair.run();
    CHECK(pair.parent->session()->current.number == epoch);
    CHECK(pair.child->session()->current.number == epoch);
    CHECK(pair.ask("x") == "re: x");
  }
  const Kept before = pair.parent->snapshot();
  CHECK(pair.parent_does(Rekey{}).fault() == Fault::limit_reached);
  CHECK(pair.parent->snapshot() == before);
  const auto key = x25519::PrivateKey::from(Bytes(Kept(32, 7)))->public_key();
  const auto dishonest = pair.parent->clone(pair.parent_random);
  const auto child = pair.child->clone(pair.child_random);
  for (const std::uint32_t epoch : {0u, 1u, last_epoch})
    CHECK(child->receive(channel_link, forged(*dishonest, RekeyRequest{0, epoch, key}), pair.now)
              .fault() == Fault::unexpected_message);
  // When these keys are too old as well, the timer that asks for others is refused, and data is.
  pair.wait(2h);
  CHECK(pair.send("x").fault() == Fault::rekey);
  CHECK(pair.parent->session()->current.number == last_epoch);
  CHECK(pair.child->session()->current.number == last_epoch);
  CHECK_FALSE(ledger.broken());
}

TEST_CASE("properties: the last correlation ids are answered, and then no more are opened",
          "[property]") {
  Ledger ledger;
  Pair pair;
  pair.establish();
  pair.parent = with_next_id(*pair.parent, last_number - 3, pair.parent_random);
  REQUIRE(pair.parent);
  for (std::uint64_t id = last_number - 3; id < last_number; ++id) {
    const Result sent = pair.send("x");
    REQUIRE(sent.has("Sent"));
    CHECK(sent.find("Sent")->correlation == id);
    CHECK(pair.parent->clone(pair.parent_random));
    pair.run();
    CHECK(pair.parent_told.back().name == "Answered");
    CHECK(pair.parent_told.back().correlation == id);
  }
  const Kept before = pair.parent->snapshot();
  CHECK(pair.send("x").fault() == Fault::back_pressure);
  CHECK(pair.parent->snapshot() == before);
  CHECK(Pair::count(pair.child_told, "Delivered") == 3);
  CHECK_FALSE(ledger.broken());
}
