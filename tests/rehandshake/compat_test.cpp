#include "handfast/rehandshake/compat.hpp"

#include "tests/rehandshake/side.hpp"

// The deployed roles: the exchange, its checks, and what is wrong with it.

using namespace rehandshake_test;
using A = Initiator<Compat>;
using B = Responder<Compat>;

namespace {

auto make(bool is_first) {
  return [is_first](Random random) { return compat::Context(keys_of(is_first), random); };
}

struct Pair {
  Side<A> initiator{make(true), 1};
  Side<B> responder{make(false), 2};

  Bits request() { return initiator.does(compat::Start{}).frames.at(0); }
  void wait(Duration duration) {
    initiator.now.steady += duration;
    initiator.now.utc += std::chrono::duration_cast<std::chrono::milliseconds>(duration);
    responder.now = initiator.now;
  }
};

/// `frame` with the timestamp in its last bytes moved by so many milliseconds.
Bits at_another_time(Bits frame, std::int64_t later) {
  std::uint64_t timestamp = wire::read_big_endian(Bytes(frame).last(8));
  timestamp += static_cast<std::uint64_t>(later);
  for (std::size_t i = 0; i < 8; ++i)
    frame[frame.size() - 1 - i] = static_cast<std::uint8_t>(timestamp >> 8 * i);
  return frame;
}

}  // namespace

TEST_CASE("rehandshake: deployed initiator and responder agree") {
  Pair pair;
  const auto answer = pair.responder.gets(pair.request());
  REQUIRE(answer.event<Running>());
  const auto done = pair.initiator.gets(answer.frames.at(0));
  CHECK(pair.initiator.state() == "Confirmed");
  pair.wait(3ms);
  const auto shown = pair.responder.gets(done.frames.at(0));
  CHECK(pair.responder.state() == "Confirmed");
  REQUIRE(done.event<Commit>());
  REQUIRE(shown.event<Commit>());
  CHECK(done.event<Commit>()->claim.transcript == shown.event<Commit>()->claim.transcript);
  CHECK(answer.event<Running>()->claim == shown.event<Commit>()->claim);
  REQUIRE(shown.event<AttemptEnded>());
  CHECK_FALSE(shown.event<AttemptEnded>()->fault);
  CHECK(shown.event<AttemptEnded>()->duration == 3ms);
  CHECK(pair.responder.gets(pair.request()).frames.size() == 1);  // and again
}

TEST_CASE("rehandshake: a deployed attempt is over after 5 s, on either side") {
  Pair pair;
  const Bits request = pair.request();
  (void)pair.responder.gets(request);
  CHECK(pair.initiator.waits(5s - 1ns).is_silent());
  CHECK(pair.responder.waits(5s - 1ns).is_silent());
  const auto lost = pair.initiator.waits(1ns);
  REQUIRE(lost.event<AttemptEnded>());
  CHECK(lost.event<AttemptEnded>()->fault == Fault::timed_out);
  CHECK(lost.event<AttemptEnded>()->duration == 5s);
  CHECK(pair.initiator.state() == "Failed");
  REQUIRE(pair.responder.waits(1ns).event<AttemptEnded>());
  CHECK(pair.responder.state() == "Idle");
  CHECK(pair.initiator.does(compat::Start{}).frames.size() == 1);
}

TEST_CASE("rehandshake: deployed roles check session, time and proof, in this order", "[illegal]") {
  Pair pair;
  const Bits request = pair.request();
  Bits other = at_another_time(request, -30'001);
  other[8] ^= 1;
  check_refused(pair.responder, other, Fault::wrong_session);
  check_refused(pair.responder, at_another_time(request, -30'001), Fault::stale);
  check_refused(pair.responder, at_another_time(request, 30'001), Fault::too_far_ahead);
  const Bits response = pair.responder.gets(at_another_time(request, -30'000)).frames.at(0);
  Bits forged = at_another_time(response, 30'001);
  forged[24] ^= 1;
  check_refused(pair.initiator, forged, Fault::too_far_ahead);
  forged = at_another_time(forged, -1);
  check_refused(pair.initiator, forged, Fault::not_authentic);
  const Bits complete = pair.initiator.gets(at_another_time(response, 30'000)).frames.at(0);
  forged = complete;
  forged[24] ^= 1;
  check_refused(pair.responder, forged, Fault::not_authentic);
  forged[15] ^= 1;
  check_refused(pair.responder, forged, Fault::wrong_session);
  check_refused(pair.responder, at_another_time(complete, -30'001), Fault::stale);
  CHECK(pair.responder.gets(complete).event<Commit>());
}

TEST_CASE("rehandshake: timestamps at either end of their range do not wrap", "[illegal]") {
  Pair pair;
  const Bits request = pair.request();
  const auto now = static_cast<std::int64_t>(unix_ms(pair.responder.now));
  check_refused(pair.responder, at_another_time(request, -now), Fault::stale);
  check_refused(pair.responder, at_another_time(request, -now - 1), Fault::too_far_ahead);
}

TEST_CASE("rehandshake: of a deployed message no prefix is taken, and any flags and rest are",
          "[illegal]") {
  Pair pair;
  const Bits request = pair.request();
  REQUIRE(request.size() == 64);
  for (std::size_t size = 0; size < request.size(); ++size)
    check_refused(pair.responder, Bytes(request).first(size));
  Bits lenient = request;
  lenient[2] = lenient[3] = 0xFF;
  lenient.resize(100);
  lenient[7] = 60;  // some of the rest is in the payload, some behind it
  CHECK(pair.responder.gets(lenient).frames.at(0).size() == 96);
  Bits other = request;
  other[0] = 2;
  check_refused(pair.responder, other, Fault::wrong_version);
  other[0] = 1;
  other[1] = 0x33;
  check_refused(pair.responder, other, Fault::unknown_type);
  other[1] = 0x30;
  other[7] = 55;
  check_refused(pair.responder, other, Fault::truncated);
}

TEST_CASE("rehandshake: a stopped side has no key, and takes nothing", "[illegal]") {
  Pair pair;
  const Bits request = pair.request();
  CHECK(pair.responder.does(compat::Stop{}).event<Closed>());
  check_dropped(pair.responder, request);
  CHECK_FALSE(pair.responder.context().proving.has_key());
  CHECK_FALSE(pair.responder.context().checking.has_key());
  CHECK(pair.initiator.does(compat::Stop{}).event<Closed>());
  CHECK(pair.initiator.does(compat::Start{}).fault() == Fault::not_allowed_now);
}

TEST_CASE("rehandshake: without randomness nothing is asked and nothing answered", "[illegal]") {
  Pair pair;
  pair.initiator.random().fail_next(1, 32);
  CHECK(pair.initiator.does(compat::Start{}).fault() == Fault::random_source_failed);
  CHECK(pair.initiator.state() == "Idle");
  pair.responder.random().fail_next(1, 32);
  check_refused(pair.responder, pair.request(), Fault::random_source_failed);
}

// Attacks that the deployed wire cannot tell: claims 15 to 18, and the page's list.

TEST_CASE("rehandshake: a deployed side is done with nobody at the other end (claim 15)",
          "[attack]") {
  // Two sides of one session, both asked by somebody who knows its id and no key.
  Side<B> one(make(true), 1), two(make(false), 2);
  Pair stranger;
  Bits request = stranger.request();
  const Bits response = one.gets(request).frames.at(0);
  // What `one` wants proved is what `two` is asked to prove.
  std::copy_n(response.begin() + 56, 32, request.begin() + 24);
  const auto oracle = two.gets(request);
  Bits complete = oracle.frames.at(0);
  complete.resize(64);
  complete[1] = 0x32;
  complete[7] = 56;
  std::copy_n(response.end() - 8, 8, complete.end() - 8);
  const auto fooled = one.gets(complete);
  REQUIRE(fooled.event<Commit>());
  CHECK(one.state() == "Confirmed");
  CHECK(fooled.event<Commit>()->claim.transcript != oracle.event<Running>()->claim.transcript);
}

TEST_CASE("rehandshake: a deployed request of last year is answered in a new suit (claim 16)",
          "[attack]") {
  Pair pair;
  const Bits request = pair.request();
  CHECK(pair.responder.gets(request).frames.size() == 1);
  pair.wait(std::chrono::hours(24 * 365));
  (void)pair.responder.waits(0s);
  check_refused(pair.responder, request, Fault::stale);
  const Bits again = at_another_time(request, 1000ll * 60 * 60 * 24 * 365);
  CHECK(pair.responder.gets(again).frames.size() == 1);
}

TEST_CASE("rehandshake: a deployed responder answers the same challenge again", "[attack]") {
  Pair pair;
  const Bits request = pair.request();
  (void)pair.responder.gets(
      pair.initiator.gets(pair.responder.gets(request).frames.at(0)).frames.at(0));
  CHECK(pair.responder.state() == "Confirmed");
  CHECK(pair.responder.gets(request).frames.size() == 1);
}
