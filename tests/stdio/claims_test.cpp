#include "handfast/stdio/child.hpp"

#include "tests/stdio/harness.hpp"
#include "tests/support/catch.hpp"

// Every security claim of the seed document (claims.md, 1 to 7): that the hardened roles hold it,
// and what of it is true of the deployed programs. What is not is shown by tests/attacks.

using namespace stdio_test;

namespace {

Kept with_sequence(Kept record, std::size_t at, std::uint64_t sequence) {
  for (std::size_t i = 0; i < 8; ++i)
    record[at + i] = static_cast<std::uint8_t>(sequence >> 8 * (7 - i));
  return record;
}

/// A compat request that does not wait for the one before: from a parent that has forgotten that it
/// waits.
Kept compat_request(Side& parent, std::string_view text) {
  Kept record(compat::Record::header_size + text.size() + 16);
  if (!parent.context().draw_nonce()) throw std::logic_error("no nonce");
  parent.channel()->seal(bytes_of(text), parent.context(), record);
  return record;
}

}  // namespace

TEST_CASE("stdio: claim 1, compat: a replay is refused", "[attack]") {
  Pair pair(Which::compat);
  pair.establish();
  pair.send("one");
  const Kept record = pair.to_child.front().bytes;
  pair.run();
  CHECK(pair.child_gets(record).fault() == Fault::replayed);
  CHECK(pair.ask("two") == "re: two");
}

TEST_CASE(
    "stdio: claim 1, hardened: replays are refused and every other number in the header fails",
    "[attack]") {
  Pair pair;
  pair.establish();
  pair.responds = false;
  pair.send("one");
  const Kept record = pair.to_child.front().bytes;
  const Kept before = pair.child->snapshot();
  for (const std::uint64_t n :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{3}, std::uint64_t{4}, std::uint64_t{1000},
        std::uint64_t{1} << 31, std::uint64_t{1} << 32, (std::uint64_t{1} << 63) - 1,
        std::uint64_t{1} << 63, ~std::uint64_t{0}})
    CHECK(pair.child_gets(with_sequence(record, 5, n)).fault());
  CHECK(pair.child->snapshot() == before);
  CHECK(pair.to_child_next().has("Delivered"));
  CHECK(pair.child_gets(record).fault() == Fault::replayed);
  pair.run();
  for (int i = 0; i < 80; ++i) pair.wait(16s);
  CHECK(pair.child_gets(record).fault() == Fault::stale);
  pair.parent_does(Rekey{});
  pair.run();
  CHECK(pair.child_gets(record).fault() == Fault::stale);
}

TEST_CASE(
    "stdio: claim 2, hardened: keys stay in step whatever is lost up to the skip limit, then a "
    "fault says rekey") {
  Pair pair;
  pair.establish();
  for (int lost = 1; lost <= 30; ++lost) {
    for (int i = 0; i < lost; ++i)
      (void)forged(*pair.parent, Keepalive{});  // lost on the way there
    for (int i = 0; i < lost; ++i)
      (void)forged(*pair.child, KeepaliveAck{});  // and on the way back
    REQUIRE(pair.ask("x") == "re: x");
  }
  CHECK(pair.parent->session()->current.number == 0);
  // One lost response is asked for again.
  pair.send("two");
  pair.to_child_next();
  pair.lose_all();
  pair.wait(6s);
  CHECK(pair.parent_told.back().text == "re: two");
  // Beyond the limit: said so, mended by a rekey.
  while (pair.parent->session()->current.records_left(pair.parent->context().config) >
         Hardened::reserve_count)
    (void)forged(*pair.parent, Keepalive{});
  CHECK(pair.send("x").fault() == Fault::rekey);
  pair.parent_does(Rekey{});
  pair.run();
  CHECK(pair.ask("x") == "re: x");
}

TEST_CASE(
    "stdio: claim 3, hardened: records in any order open within the window, three lost "
    "acknowledgements harm nothing") {
  std::array<std::size_t, 4> order{0, 1, 2, 3};
  do {
    Pair pair;
    pair.establish();
    pair.responds = false;
    std::vector<Kept> records;
    for (int i = 0; i < 4; ++i) records.push_back(pair.send("q").frames[0].bytes);
    for (const std::size_t i : order) REQUIRE(pair.child_gets(records[i]).has("Delivered"));
  } while (std::ranges::next_permutation(order).found);
  Pair pair;
  pair.establish();
  for (int i = 0; i < 3; ++i) {
    pair.send("heard");
    CHECK(pair.to_child_next().has("Delivered"));
    pair.lose_all();
  }
  CHECK(pair.ask("heard too") == "re: heard too");
}

TEST_CASE(
    "stdio: claim 4, hardened: a stolen state opens nothing that was opened, and of the skipped "
    "only the window",
    "[attack]") {
  Pair pair;
  pair.establish();
  pair.responds = false;
  std::vector<Kept> records;
  for (int i = 0; i < 12; ++i) records.push_back(pair.send("secret").frames[0].bytes);
  pair.lose_all();
  for (const std::size_t i : {0u, 1u, 7u, 6u, 11u})
    REQUIRE(pair.child_gets(records[i]).has("Delivered"));
  const Kept stolen = pair.child->snapshot();
  std::vector<std::size_t> opened;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto thief = pair.child->restore(stolen, pair.child_random);
    if (!thief->receive(channel_link, records[i], pair.now).fault()) opened.push_back(i);
  }
  CHECK(opened == std::vector<std::size_t>{8, 9, 10});
  // Nor does the sender's state open what it sent, and after a rekey neither opens anything of
  // before.
  const auto parent = pair.parent->clone(pair.parent_random);
  for (const Kept& record : records) CHECK(parent->receive(channel_link, record, pair.now).fault());
  pair.parent_does(Rekey{});
  pair.run();
  for (const Kept& record : records)
    CHECK(pair.child->clone(pair.child_random)->receive(channel_link, record, pair.now).fault());
}

TEST_CASE(
    "stdio: claim 5, compat: the associated data binds count, direction and endpoint, but not the "
    "header") {
  CHECK(text_of(AssociatedData(7, Direction::alice_to_bob, "/message").bytes()) ==
        "v1:seq:7:alice-to-bob:/message");
  for (int part = 0; part < 4; ++part) {
    Pair pair(Which::compat);
    pair.establish();
    pair.responds = false;
    const auto other = pair.parent->clone(pair.parent_random);
    if (part == 0) other->channel()->sent = 4;                             // another count
    if (part == 1) other->channel()->direction = Direction::bob_to_alice;  // another direction
    if (part == 2) other->context().config.endpoint = "/other";            // another endpoint
    Kept record = compat_request(*other, "x");
    if (part == 3) record = with_sequence(record, 0, 1000);  // only another header
    CHECK(pair.child_gets(record).has("Delivered") == (part == 3));
  }
}

TEST_CASE(
    "stdio: claim 5, hardened: the associated data binds session, epoch, number, direction and "
    "endpoint") {
  SessionId id{};
  id[0] = 0xAB;
  CHECK(text_of(AssociatedData(id, 3, 7, Direction::bob_to_alice, "/message").bytes()) ==
        "v2:ab000000000000000000000000000000:3:seq:7:bob-to-alice:/message");
  const AssociatedData longest({}, ~std::uint32_t{0}, ~std::uint64_t{0}, Direction::alice_to_bob,
                               std::string(endpoint_size_max, 'e'));
  CHECK(longest.bytes().size() == 213);
  for (int part = 0; part < 6; ++part) {
    Pair pair;
    pair.establish();
    const auto other = pair.parent->clone(pair.parent_random);
    auto& session = *other->session();
    if (part == 1) session.id[15] ^= 1;
    if (part == 2) session.direction = Direction::bob_to_alice;
    if (part == 3) other->context().config.endpoint = "/other";
    if (part == 4) session.current.number = 1;
    Kept record = forged(*other, Keepalive{});
    if (part == 4) record[4] = 0;  // the header says epoch 0, the seal says 1
    if (part == 5) record = with_sequence(record, 5, 3);
    CHECK(pair.child_gets(record).fault() ==
          (part == 0 ? std::nullopt : std::optional(Fault::not_authentic)));
  }
}

TEST_CASE(
    "stdio: claim 6, hardened: both sides prove the keys before anything moves, and a swapped key "
    "is a clear fault",
    "[attack]") {
  // Somebody between, who can answer each side under a key of its own, has both keys; who only
  // swaps has none.
  Pair pair, other(Which::hardened, {}, {}, 77);
  pair.parent_does(Start{});
  other.parent_does(Start{});
  pair.child_gets(other.to_child.front());  // the child was offered another key
  pair.child_does(Listening{1});
  CHECK(pair.to_parent_next().fault() == Fault::not_authentic);
  CHECK(pair.parent->state() == "AwaitingAnswer");
  // The child waits for a first record that proves the parent.
  pair.to_child.clear();
  CHECK(pair.child->state() == "AwaitingFirstRecord");
  Pair honest(Which::hardened, {}, {}, 5);
  honest.establish();
  CHECK(pair.child_gets(forged(*honest.parent, Keepalive{})).fault() == Fault::not_authentic);
  CHECK(pair.child->state() == "AwaitingFirstRecord");
  pair.wait(11s, false);
  CHECK(pair.child->state() == "Ended");
  CHECK(pair.child_told.back().fault == Fault::timed_out);
}

TEST_CASE(
    "stdio: claim 7, hardened: at each of the three limits the keys change and the connection "
    "stays") {
  Config messages, age, sequences;
  messages.messages_max = 10;
  age.epoch_time_max = 1min;
  sequences.sequence_max = 40;
  for (const Config& config : {messages, age, sequences}) {
    Pair pair(Which::hardened, config);
    pair.establish();
    const SessionId session = pair.parent->session()->id;
    for (int i = 0; i < 60; ++i) {
      REQUIRE(pair.ask("x") == "re: x");
      pair.wait(2s);
    }
    CHECK(pair.parent->session()->current.number >= 1);
    CHECK(pair.parent->session()->current.number == pair.child->session()->current.number);
    CHECK(pair.parent->session()->id == session);
    CHECK(Pair::count(pair.parent_told, "Rejected") == 0);
  }
}
