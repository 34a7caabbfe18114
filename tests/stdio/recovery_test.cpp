#include "handfast/stdio/requests.hpp"

#include "tests/stdio/harness.hpp"
#include "tests/support/catch.hpp"

// What is lost, repeated, late or out of order, and what becomes of it.

using namespace stdio_test;

namespace {

int executed(const Pair& pair) { return Pair::count(pair.child_told, "Delivered"); }
int answered(const Pair& pair) { return Pair::count(pair.parent_told, "Answered"); }

}  // namespace

TEST_CASE(
    "stdio: requests that were sent at the same moment and lost are all repeated at their "
    "time-out") {
  Pair pair;
  pair.establish();
  for (int i = 0; i < 3; ++i) pair.send("lost");
  pair.lose_all();
  pair.wait(5s + 1ms, false);
  CHECK(std::ranges::count(pair.parent_rows, pair.parent_rows.back()) ==
        3);  // the row that repeats one
  pair.wait(5s);
  CHECK(executed(pair) == 3);
  CHECK(answered(pair) == 3);
}

TEST_CASE("stdio: a lost request is repeated under its correlation id and executed once") {
  Pair pair;
  pair.establish();
  pair.send("one");
  pair.lose_all();
  pair.wait(6s);
  CHECK(executed(pair) == 1);
  CHECK(answered(pair) == 1);
  CHECK(pair.parent_told.back().correlation == 1);
}

TEST_CASE("stdio: a lost response is answered again under a new sequence, and not executed again") {
  Pair pair;
  pair.establish();
  pair.send("one");
  pair.to_child_next();
  const Kept lost = pair.to_parent.front().bytes;
  pair.lose_all();
  pair.wait(6s);
  CHECK(executed(pair) == 1);
  CHECK(Pair::count(pair.child_told, "Repeated") == 1);
  CHECK(answered(pair) == 1);
  CHECK(pair.ask("two") == "re: two");
  // The lost one comes after all: its key is in the window, its question is closed, nobody is told
  // twice.
  const Result late = pair.parent_gets(lost);
  CHECK(late.silent());
  CHECK(answered(pair) == 2);
}

TEST_CASE("stdio: a request that is still being worked on is told as repeated and answered once") {
  Pair pair;
  pair.establish();
  pair.responds = false;
  pair.send("slow");
  pair.wait(11s);
  CHECK(executed(pair) == 1);
  CHECK(Pair::count(pair.child_told, "Repeated") == 2);
  pair.child_does(Respond{1, bytes_of("done")});
  pair.run();
  CHECK(answered(pair) == 1);
  CHECK(pair.child_does(Respond{1, bytes_of("again")}).fault() == Fault::bad_argument);
  CHECK(pair.child_does(Respond{2, {}}).fault() == Fault::bad_argument);
  CHECK(pair.child_does(Respond{0, {}}).fault() == Fault::bad_argument);
}

TEST_CASE(
    "stdio: a request that is never answered fails after its attempts, and the session goes on") {
  Pair pair;
  pair.establish();
  pair.send("lost");
  pair.lose_all();
  pair.wait(19s, false);
  CHECK(Pair::count(pair.parent_told, "RequestFailed") == 0);
  pair.wait(2s, false);
  CHECK(Pair::count(pair.parent_told, "RequestFailed") == 1);
  CHECK(pair.ask("next") == "re: next");
  CHECK(executed(pair) == 1);
}

TEST_CASE("stdio: ids below the lowest open one are stale, and their answers are gone") {
  Pair pair;
  pair.establish();
  pair.send("one");
  const Kept first = pair.to_child.front().bytes;
  pair.run();
  (void)pair.ask("two");
  (void)pair.ask("three");  // says that 1 and 2 are closed
  CHECK(pair.child_gets(forged(*pair.parent, Request{0, 2, 2, {}})).fault() == Fault::stale);
  CHECK(pair.child_gets(forged(*pair.parent, Request{0, 1, 1, {}})).fault() == Fault::stale);
  CHECK(pair.child_gets(forged(*pair.parent, Request{0, 0, 0, {}})).fault() == Fault::stale);
  CHECK(pair.child_gets(first).fault() == Fault::replayed);
  CHECK(executed(pair) == 3);
}

TEST_CASE(
    "stdio: sixty-four requests may be open, one more is back pressure, and an answer makes room") {
  Pair pair;
  pair.establish();
  pair.responds = false;
  for (int i = 1; i <= 64; ++i)
    REQUIRE(pair.send("q").find("Sent")->correlation == static_cast<std::uint64_t>(i));
  const Kept before = pair.parent->snapshot();
  CHECK(pair.send("one more").fault() == Fault::back_pressure);
  CHECK(pair.parent->snapshot() == before);
  pair.run();
  CHECK(executed(pair) == 64);
  pair.child_does(Respond{2, {}});  // not the lowest: no room yet
  pair.run();
  CHECK(pair.send("one more").fault() == Fault::back_pressure);
  pair.child_does(Respond{1, {}});
  pair.run();
  CHECK(pair.send("65").find("Sent")->correlation == 65);
  CHECK(pair.send("66").find("Sent")->correlation == 66);
  CHECK(pair.send("67").fault() == Fault::back_pressure);
  pair.run();
  CHECK(executed(pair) == 66);
}

TEST_CASE("stdio: a child refuses an id that is sixty-four or more above the lowest open one") {
  Pair pair;
  pair.establish();
  const Kept before = pair.child->snapshot();
  for (const std::uint64_t far :
       {std::uint64_t{65}, std::uint64_t{1} << 32, std::uint64_t{1} << 63, ~std::uint64_t{0}})
    CHECK(pair.child_gets(forged(*pair.parent->clone(pair.parent_random), Request{0, far, 1, {}}))
              .fault() == Fault::too_far_ahead);
  CHECK(pair.child->snapshot() == before);
  CHECK(pair.child_gets(forged(*pair.parent->clone(pair.parent_random), Request{0, 64, 1, {}}))
            .has("Delivered"));
}

TEST_CASE("stdio: a first record far along the ids is executed once, however often it comes") {
  Config config;
  config.response_timeout = 1s;
  config.response_attempts = 1;
  config.answer_timeout = config.dead_peer_timeout = 1000s;
  Pair pair(Which::hardened, config);
  pair.exchange_lines();
  pair.lose_all();
  for (int i = 0; i < 70; ++i) {  // all lost, all given up
    pair.send("lost");
    pair.wait(1001ms, false);
  }
  pair.responds = false;
  pair.parent->context().config.response_attempts = 3;
  const Result sent = pair.send("here");
  REQUIRE(sent.find("Sent"));
  const std::uint64_t id = sent.find("Sent")->correlation;
  CHECK(id == 71);
  pair.run();
  REQUIRE(executed(pair) == 1);
  pair.wait(1100ms);  // comes again
  CHECK(executed(pair) == 1);
  CHECK(Pair::count(pair.child_told, "Repeated") == 1);
  CHECK_FALSE(pair.child_does(Respond{id, bytes_of("answer")}).fault());
  pair.run();
  CHECK(answered(pair) == 1);
}

TEST_CASE("stdio: one lost first record does not end the session") {
  Pair pair;
  pair.exchange_lines();
  pair.lose_all();
  pair.wait(9s);
  CHECK(pair.child->state() == "Open");
  CHECK(pair.ask("still here") == "re: still here");
}

TEST_CASE(
    "stdio: records out of order open within the window of three, once each, and are stale beyond "
    "it") {
  Pair pair;
  pair.establish();
  pair.responds = false;
  for (int i = 0; i < 6; ++i) pair.send("q" + std::to_string(i));
  std::vector<Kept> records;
  for (const Sealed& frame : pair.to_child) records.push_back(frame.bytes);
  pair.to_child.clear();
  CHECK(pair.child_gets(records[5]).has("Delivered"));
  for (const std::size_t i : {std::size_t{3}, std::size_t{2}, std::size_t{4}}) {
    CHECK(pair.child_gets(records[i]).has("Delivered"));
    CHECK(pair.child_gets(records[i]).fault() == Fault::replayed);
  }
  const Kept before = pair.child->snapshot();
  CHECK(pair.child_gets(records[1]).fault() == Fault::stale);
  CHECK(pair.child_gets(records[0]).fault() == Fault::stale);
  CHECK(pair.child_gets(records[5]).fault() == Fault::replayed);
  CHECK(pair.child->snapshot() == before);
  CHECK(executed(pair) == 4);
}

TEST_CASE("stdio: a gap of exactly skip_max opens, one more is too far ahead") {
  Pair pair;
  pair.establish();
  const auto ahead = pair.parent->clone(pair.parent_random);
  Kept last;
  for (std::uint64_t i = 0; i < Hardened::skip_max + 1; ++i)
    last = forged(*ahead, Keepalive{});             // 2 to 1002
  const Kept beyond = forged(*ahead, Keepalive{});  // 1003
  const Kept before = pair.child->snapshot();
  CHECK(pair.child_gets(beyond).fault() == Fault::too_far_ahead);
  CHECK(pair.child->snapshot() == before);
  CHECK_FALSE(pair.child_gets(last).fault());
  CHECK_FALSE(pair.child_gets(beyond).fault());
}

TEST_CASE("stdio: an acknowledgement of what was never sent is malformed") {
  Pair pair;
  pair.establish();
  // The parent's own count raised by a record that it never sent: what it acknowledges, the child
  // does not know.
  const auto liar = pair.parent->clone(pair.parent_random);
  const auto child = pair.child->clone(pair.child_random);
  const Kept extra = forged(*child, KeepaliveAck{});
  CHECK_FALSE(liar->receive(channel_link, extra, pair.now).fault());
  const Kept before = pair.child->snapshot();
  CHECK(pair.child_gets(forged(*liar, Keepalive{})).fault() == Fault::malformed);
  CHECK(pair.child->snapshot() == before);
}

TEST_CASE(
    "stdio: application data stops sixteen records before the skip limit, and an acknowledgement "
    "frees it again") {
  Config config;
  config.response_attempts = 1;
  config.keepalive_interval = config.dead_peer_timeout = 100000s;
  Pair pair(Which::hardened, config);
  pair.establish();
  pair.responds = false;
  // Nothing arrives; the application does not let time pass, so no new keys are asked for.
  const std::uint64_t begun = pair.parent->session()->current.send.next() - 1;
  CHECK(begun == 1);
  std::uint64_t sent = 0;
  const auto fill = [&]() -> std::optional<Fault> {
    for (int i = 0; i < 3000; ++i) {
      const auto fault = pair.send("lost").fault();
      if (fault ==
          Fault::back_pressure) {  // answers by another way, so that the ids are no limit here
        for (std::uint64_t id = sent - 63; id <= sent; ++id)
          pair.parent_gets(forged(*pair.child, Response{0, id, false, {}}));
      } else if (fault)
        return fault;
      else
        ++sent;
      pair.lose_all();
    }
    return std::nullopt;
  };
  CHECK(fill() == Fault::rekey);
  CHECK(sent == Hardened::skip_max - 16);  // the first keepalive was acknowledged
  const Kept before = pair.parent->snapshot();
  CHECK(pair.send("no").fault() == Fault::rekey);
  CHECK(pair.parent->snapshot() == before);
  // The reserve: a rekey goes.
  const Result rekey = pair.parent_does(Rekey{});
  REQUIRE(rekey.frames.size() == 1);
  pair.run();
  CHECK(pair.parent->session()->current.number == 1);
  pair.responds = true;
  CHECK(pair.ask("after") == "re: after");
}

TEST_CASE("stdio: when the reserve is lost too the channel ends with peer_lost") {
  Config config;
  config.sequence_max = 20;
  config.dead_peer_timeout = 100000s;
  Pair pair(Which::hardened, config);
  pair.establish();
  int frames = 0;
  for (int i = 0; i < 200 && pair.parent->state() != "Ended"; ++i) {
    pair.now.steady += 1s;
    const Result result = pair.parent->advance(pair.now);
    frames += static_cast<int>(result.frames.size());
    for (const Told& told : result.told)
      if (told.name == "Closed") CHECK(told.fault == Fault::peer_lost);
  }
  CHECK(pair.parent->state() == "Ended");
  CHECK(frames == 19);
}

TEST_CASE(
    "stdio: a rekey that ran out of records is asked for again once an acknowledgement makes "
    "room") {
  Config config;
  config.keepalive_interval = 300s;
  config.dead_peer_timeout = 100000s;
  config.rekey_repeat = 100ms;
  Pair pair(Which::hardened, config);
  pair.establish();
  pair.parent_does(Rekey{});
  std::deque<Sealed> late = pair.to_child;
  pair.lose_all();
  for (int i = 0; i < 1005; ++i) {  // every repetition is lost but the last, which is late
    pair.now.steady += 100ms;
    for (const Sealed& frame : pair.parent->advance(pair.now).frames) late = {frame};
  }
  pair.child_gets(late.front());
  pair.lose_all();  // its answer
  REQUIRE(pair.parent->state() == "Rekeying");
  CHECK(pair.parent->session()->current.send.next() == 1 + Hardened::skip_max + 1);
  const Result acknowledged = pair.parent_gets(forged(*pair.child, KeepaliveAck{}));
  CHECK_FALSE(acknowledged.fault());
  pair.wait(1s);
  CHECK(pair.parent->state() == "Open");
  CHECK(pair.parent->session()->current.number == 1);
}

TEST_CASE("stdio: keepalives are sent in silence, acknowledged, and keep both sides alive") {
  Pair pair;
  pair.establish();
  pair.wait(std::chrono::minutes(10));
  CHECK(pair.parent->state() == "Open");
  CHECK(pair.child->state() == "Open");
  CHECK(pair.ask("here?") == "re: here?");
}

TEST_CASE("stdio: both sides give a dead peer up after its time-out, to the nanosecond") {
  Pair pair;
  pair.establish();
  const SteadyTime heard = pair.now.steady;
  for (Side* side : {pair.parent.get(), pair.child.get()}) {
    (void)side->advance({heard + 50s - 1ns, {}});
    CHECK(side->state() == "Open");
    const Result result = side->advance({heard + 50s, {}});
    REQUIRE(result.has("Closed"));
    CHECK(result.find("Closed")->fault == Fault::peer_lost);
    CHECK(side->state() == "Ended");
  }
}

TEST_CASE("stdio: shutdown takes four steps, each told") {
  Pair pair;
  pair.establish();
  const Result asked = pair.parent_does(Shutdown{});
  CHECK(asked.frames.size() == 1);
  CHECK(pair.send("no more").fault() == Fault::not_allowed_now);
  pair.to_child_next();
  CHECK(pair.child->state() == "Stopping");
  CHECK(pair.to_parent_next().has("CloseConnections"));
  CHECK(pair.parent_does(LinkClosed{}).has("CleanUp"));
  CHECK(pair.child_does(LinkClosed{}).has("Closed"));
  const Result closed = pair.parent_does(CleanedUp{});
  REQUIRE(closed.has("Closed"));
  CHECK_FALSE(closed.find("Closed")->fault);
  CHECK(pair.parent->state() == "Ended");
}

TEST_CASE("stdio: a lost shutdown request or acknowledgement is made good by repetition") {
  for (const bool is_request_lost : {true, false}) {
    Pair pair;
    pair.establish();
    pair.parent_does(Shutdown{});
    if (!is_request_lost) pair.to_child_next();
    pair.lose_all();
    pair.wait(1001ms);
    CHECK(pair.parent->state() == "ClosingConnections");
    CHECK(pair.child->state() == "Stopping");
    pair.wait(20s);
    CHECK(pair.parent->state() == "CleaningUp");
    CHECK(pair.child->state() == "Ended");
  }
}

TEST_CASE("stdio: a shutdown that is overdue goes on without the peer") {
  Pair pair;
  pair.establish();
  pair.parent_does(Shutdown{});
  pair.wait(5s, false);
  CHECK(pair.parent->state() == "ClosingConnections");
  pair.wait(5s, false);
  CHECK(pair.parent->state() == "CleaningUp");
  CHECK(Pair::count(pair.parent_told, "CloseConnections") == 1);
  CHECK(Pair::count(pair.parent_told, "CleanUp") == 1);
}

TEST_CASE("stdio: over a duplex pipe the child may speak unasked, elsewhere it may not") {
  Config duplex;
  duplex.duplex = true;
  Pair pair(Which::hardened, duplex);
  pair.establish();
  CHECK_FALSE(pair.child_does(Notify{bytes_of("news")}).fault());
  const Kept notice = pair.to_parent.front().bytes;
  const Result told = pair.to_parent_next();
  REQUIRE(told.has("Noticed"));
  CHECK(told.find("Noticed")->text == "news");
  CHECK(pair.parent_gets(notice).fault() == Fault::replayed);

  Pair simple;
  simple.establish();
  CHECK(simple.child_does(Notify{bytes_of("news")}).fault() == Fault::not_allowed_now);
  const Kept before = simple.parent->snapshot();
  CHECK(simple.parent_gets(forged(*simple.child, Notice{})).fault() == Fault::unexpected_message);
  CHECK(simple.parent->snapshot() == before);
}

TEST_CASE("stdio: payloads of the largest size go both ways, one byte more is too large") {
  Pair pair;
  pair.establish();
  pair.responds = false;
  const std::string largest(payload_size_max, 'x'), more(payload_size_max + 1, 'x');
  CHECK(pair.send(more).fault() == Fault::too_large);
  CHECK(pair.send(largest).has("Sent"));
  const Result delivered = pair.to_child_next();
  REQUIRE(delivered.has("Delivered"));
  CHECK(delivered.find("Delivered")->text == largest);
  CHECK(pair.child_does(Respond{1, bytes_of(more)}).fault() == Fault::too_large);
  pair.child_does(Respond{1, bytes_of(largest)});
  CHECK(pair.to_parent_next().has("Answered"));
  Pair early;
  CHECK(early.parent_does(Start{bytes_of(more)}).fault() == Fault::too_large);
}
