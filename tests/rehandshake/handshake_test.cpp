#include "tests/rehandshake/pair.hpp"

// The hardened exchange: what it gives, what it refuses, and what becomes of what is lost,
// repeated, or comes from somewhere else; most of it between two peers too, whose table has the same
// rows.

using namespace rehandshake_test;

namespace {

template <class Role>
void check_each_length(Side<Role>& side, const Bits& frame) {
  for (std::size_t size = 0; size < frame.size(); ++size)
    check_refused(side, Bytes(frame).first(size));
  Bits longer = frame;
  longer.push_back(0);
  check_refused(side, longer, Fault::oversized);
  longer[7] = static_cast<std::uint8_t>(longer[7] + 1);
  check_refused(side, longer);
}

/// A REQUEST of the pair's first side at a clock that differs by so many milliseconds.
Bits request_at(auto& pair, std::int64_t later) {
  const Time now = pair.first.now;
  pair.first.now.utc += std::chrono::milliseconds(later);
  const Bits request = pair.request();
  pair.first.now = now;
  (void)pair.first.machine().handle(Stop{}, now);
  pair.first.forgets();
  return request;
}

}  // namespace

TEMPLATE_TEST_CASE("rehandshake: both prove their keys, and say the same of it (claim 15)", "",
                   Pair, Peers) {
  TestType pair;
  const Bits request = pair.request();
  CHECK(request.size() == 96);
  const auto answer = pair.second.gets(request);
  REQUIRE(answer.frames.size() == 1);
  CHECK(answer.frames[0].size() == 96);
  CHECK(answer.links == std::vector<Link>{Link{}});
  REQUIRE(answer.template event<Running>());
  CHECK_FALSE(answer.template event<Commit>());
  pair.wait(7ms);
  const auto done = pair.first.gets(answer.frames[0]);
  REQUIRE(done.frames.size() == 1);
  CHECK(done.frames[0].size() == 64);
  CHECK(done.template event<handfast::Established>());
  const auto shown = pair.second.gets(done.frames[0]);
  CHECK(shown.template event<handfast::Established>());
  REQUIRE(done.template event<Commit>());
  REQUIRE(shown.template event<Commit>());
  const Claim ours = done.template event<Commit>()->claim,
              theirs = shown.template event<Commit>()->claim;
  CHECK(ours.role == "initiator");
  CHECK(theirs.role == "responder");
  CHECK(ours.transcript == theirs.transcript);
  CHECK(ours.key_id == theirs.key_id);
  CHECK(done.template event<Running>()->claim == ours);
  CHECK(answer.template event<Running>()->claim == theirs);
  REQUIRE(done.template event<AttemptEnded>());
  CHECK_FALSE(done.template event<AttemptEnded>()->fault);
  CHECK(done.template event<AttemptEnded>()->duration == 7ms);
  CHECK(done.template event<AttemptEnded>()->cause == Cause::connected);
  CHECK(shown.template event<AttemptEnded>()->cause == Cause::answered);
  CHECK_FALSE(done.due);
}

TEMPLATE_TEST_CASE("rehandshake: no bit of any message may be wrong (claims 16, 17, 28)",
                   "[illegal]", Pair, Peers) {
  TestType pair;
  const Bits request = pair.request();
  check_each_bit(pair.second, request);
  const Bits response = pair.second.gets(request).frames.at(0);
  check_each_bit(pair.first, response);
  const Bits complete = pair.first.gets(response).frames.at(0);
  check_each_bit(pair.second, complete);
  CHECK(pair.second.gets(complete).template event<Commit>());
}

TEMPLATE_TEST_CASE("rehandshake: no message may be shorter or longer", "[illegal]", Pair, Peers) {
  TestType pair;
  const Bits request = pair.request();
  check_each_length(pair.second, request);
  const Bits response = pair.second.gets(request).frames.at(0);
  check_each_length(pair.first, response);
  const Bits complete = pair.first.gets(response).frames.at(0);
  check_each_length(pair.second, complete);
  CHECK(pair.second.gets(complete).template event<Commit>());
}

TEMPLATE_TEST_CASE("rehandshake: a timestamp may differ by 30 s either way, and by no more",
                   "[illegal]", Pair, Peers) {
  for (const std::int64_t later : {-30'000, 30'000}) {
    TestType pair;
    CHECK(pair.second.gets(request_at(pair, later)).frames.size() == 1);
  }
  TestType pair;
  check_refused(pair.second, request_at(pair, -30'001), Fault::stale);
  check_refused(pair.second, request_at(pair, 30'001), Fault::too_far_ahead);
  pair.first.now.utc = UnixTime{std::chrono::milliseconds(-5)};  // a clock before the epoch says 0
  check_refused(pair.second, request_at(pair, 0), Fault::stale);

  // The answers are held to the same.
  for (const std::int64_t later : {-30'001, 30'001}) {
    TestType answered;
    const Bits request = answered.request();
    const Time now = answered.second.now;
    answered.second.now.utc += std::chrono::milliseconds(later / 3);
    const Bits response = answered.second.gets(request).frames.at(0);
    answered.first.now.utc -= std::chrono::milliseconds(later - later / 3);
    check_refused(answered.first, response, later < 0 ? Fault::stale : Fault::too_far_ahead);
    answered.first.now.utc += std::chrono::milliseconds(later - later / 3);
    const Bits complete = answered.first.gets(response).frames.at(0);
    answered.second.now = now;
    answered.second.now.utc -= std::chrono::milliseconds(later);
    check_refused(answered.second, complete, later < 0 ? Fault::stale : Fault::too_far_ahead);
    answered.second.now.utc += std::chrono::milliseconds(later / 30'001);
    CHECK(answered.second.gets(complete).template event<Commit>());
  }
}

TEST_CASE("rehandshake: what comes back to its sender is nothing", "[attack]") {
  Pair pair;
  const Bits request = pair.request();
  check_refused(pair.first, request, Fault::unknown_type);
  const Bits response = pair.second.gets(request).frames.at(0);
  check_refused(pair.second, response, Fault::unknown_type);

  // A responder of the other side, with the other side's keys: a proof names the role.
  Side<Responder<>> reflected(making(true), 3);
  check_refused(reflected, request, Fault::not_authentic);
}

TEST_CASE("rehandshake: nobody is an oracle for anybody else (claim 15)", "[attack]") {
  // Two sides of one session that are both asked; what one wants proved the other does not prove.
  Side<Responder<>> one(making(true), 1), two(making(false), 2);
  Pair stranger;
  Side<Initiator<>> thief(making(true, {}, ChannelBinding::none(), 0, 77), 3);
  Bits request = thief.does(Start{}).frames.at(0);
  check_refused(one, request, Fault::not_authentic);
  check_refused(two, request, Fault::not_authentic);
  const Bits response = two.gets(stranger.request()).frames.at(0);
  std::copy_n(response.begin() + 24, 32, request.begin() + 24);  // its challenge, asked elsewhere
  check_refused(one, request, Fault::not_authentic);
}

TEST_CASE("rehandshake: a compat proof is no proof here, though the keys are the same",
          "[attack]") {
  Pair pair;
  Side<Responder<Compat>> oracle(
      [](Random random) { return compat::Context(keys_of(false), random); }, 5);
  // HMAC(TX, any 32 bytes) is to be had; no k is that.
  Bits ask(64);
  ask[0] = 1, ask[1] = 0x30, ask[7] = 56;
  std::ranges::copy(some_session, ask.begin() + 8);
  wire::Writer time{MutableBytes(ask).subspan(56)};
  REQUIRE(wire::write_big_endian(time, unix_ms(oracle.now), 8));
  const Bits given = oracle.gets(ask).frames.at(0);
  KeyedHmacSha256 proof(Bytes(given).subspan(24, 32));
  for (auto* key : {&pair.second.context().proof_macs.own_initiator,
                    &pair.second.context().proof_macs.own_responder})
    CHECK(key->mac(ask) != proof.mac(ask));
  check_refused(pair.second, ask, Fault::wrong_version);
}

TEST_CASE("rehandshake: keys of another session, epoch or channel prove nothing", "[attack]") {
  Pair pair;
  const Bits request = pair.request();
  Side<Responder<>> elsewhere(
      [](Random random) {
        SessionKeys keys = keys_of(false);
        keys.session[15] ^= 1;
        return rehandshake::Context(std::move(keys), ChannelBinding::none(), {}, random);
      },
      2);
  check_refused(elsewhere, request, Fault::wrong_session);
  Bits renamed = request;
  renamed[23] ^= 1;
  check_refused(elsewhere, renamed, Fault::not_authentic);

  Side<Responder<>> later(making(false, {}, ChannelBinding::none(), 1), 2);
  check_refused(later, request, Fault::not_authentic);

  const std::array<std::uint8_t, 32> exporter{9}, zeros{};
  for (const auto& one : {exporter, zeros}) {
    Side<Responder<>> bound(making(false, {}, ChannelBinding::of(one)), 2);
    check_refused(bound, request, Fault::not_authentic);
  }
  Side<Initiator<>> first(making(true, {}, ChannelBinding::of(exporter)), 1);
  Side<Responder<>> second(making(false, {}, ChannelBinding::of(exporter)), 2);
  const Bits bound = first.does(Start{}).frames.at(0);
  check_refused(pair.second, bound, Fault::not_authentic);
  CHECK(first.gets(second.gets(bound).frames.at(0)).event<Commit>());
}

TEST_CASE("rehandshake: with `none` a run may be relayed, with a binding it may not (claim 27)",
          "[attack]") {
  const std::array<std::uint8_t, 32> to_first{1}, to_second{2};
  Pair relayed;
  relayed.confirm();  // whoever carried these frames is in the middle
  Side<Initiator<>> first(making(true, {}, ChannelBinding::of(to_first)), 1);
  Side<Responder<>> second(making(false, {}, ChannelBinding::of(to_second)), 2);
  check_refused(second, first.does(Start{}).frames.at(0), Fault::not_authentic);
}

TEMPLATE_TEST_CASE(
    "rehandshake: a REQUEST that comes again gets the same answer while it is answered", "[attack]",
    Pair, Peers) {
  TestType pair;
  const Bits request = pair.request();
  const auto one = pair.second.gets(request);
  const Bits before = pair.second.snapshot();
  pair.wait(2s);
  const auto two = pair.second.gets(request);
  CHECK(two.frames == one.frames);
  CHECK(two.events.empty());
  CHECK(pair.second.snapshot() == before);
  (void)pair.second.gets(pair.first.gets(one.frames.at(0)).frames.at(0));
  CHECK(pair.second.state() == "Confirmed");
  check_refused(pair.second, request, Fault::replayed);
  check_dropped(pair.first, one.frames[0]);
}

TEMPLATE_TEST_CASE("rehandshake: a challenge is remembered as long as its time may pass (claim 16)",
                   "[attack]", Pair, Peers) {
  TestType pair;
  const Bits request = request_at(pair, 30'000);
  (void)pair.second.gets(request);
  CHECK(pair.second.waits(5s).template event<AttemptEnded>());
  CHECK(pair.second.state() == "Idle");
  for (int i = 0; i < 11; ++i) {
    check_refused(pair.second, request, Fault::replayed);
    (void)pair.second.waits(5s);
  }
  check_refused(pair.second, request, Fault::replayed);  // 60 s: the timestamp just passes
  (void)pair.second.waits(1ms);
  check_refused(pair.second, request, Fault::stale);
  CHECK(pair.second.context().challenges.size() == 1);
  CHECK(pair.second.context().challenges.has_room(
      1, {pair.second.now.steady + 1ns, pair.second.now.utc}));
}

TEMPLATE_TEST_CASE("rehandshake: a clock that steps makes nobody forget a challenge", "[attack]",
                   Pair, Peers) {
  TestType pair;
  const Bits request = request_at(pair, 0);
  (void)pair.second.gets(request);
  (void)pair.second.waits(5s);
  pair.second.now.utc += std::chrono::hours(1);  // far ahead, and back
  check_refused(pair.second, request, Fault::stale);
  pair.second.now.utc -= std::chrono::hours(1);
  check_refused(pair.second, request, Fault::replayed);
  (void)pair.second.waits(60s);
  check_refused(pair.second, request, Fault::stale);
  pair.second.now.utc -= 40s;
  check_refused(pair.second, request, Fault::replayed);
}

TEST_CASE("rehandshake: a full memory of challenges answers nobody, and forgers cannot fill it",
          "[attack]") {
  Config config;
  config.challenges_max = 2;
  Pair pair(config);
  Side<Initiator<>> thief(making(true, {}, ChannelBinding::none(), 0, 77), 3);
  for (int i = 0; i < 5; ++i) {
    check_refused(pair.second, thief.does(Start{}).frames.at(0), Fault::not_authentic);
    thief.forgets();
  }
  for (int i = 0; i < 2; ++i) CHECK(pair.second.gets(request_at(pair, i)).frames.size() == 1);
  const Bits third = request_at(pair, 0);
  check_refused(pair.second, third, Fault::back_pressure);
  CHECK(pair.second.state() == "AwaitingComplete");
  (void)pair.second.waits(61s);
  CHECK(pair.second.gets(request_at(pair, 61'000)).frames.size() == 1);
  CHECK(pair.second.context().challenges.size() == 1);
}

TEST_CASE("rehandshake: a restart that forgets costs one RESPONSE, and nobody commits",
          "[attack]") {
  Pair pair;
  const Bits request = pair.request();
  const Bits response = pair.second.gets(request).frames.at(0);
  const Bits complete = pair.first.gets(response).frames.at(0);
  (void)pair.second.gets(complete);
  pair.second.forgets();
  CHECK(pair.second.gets(request).frames.size() == 1);
  check_refused(pair.second, complete, Fault::not_authentic);
  const auto over = pair.second.waits(5s);
  REQUIRE(over.event<AttemptEnded>());
  CHECK(over.event<AttemptEnded>()->fault == Fault::timed_out);
}

TEMPLATE_TEST_CASE(
    "rehandshake: another authentic REQUEST takes the place of the one that is answered", "", Pair,
    Peers) {
  TestType pair;
  const Bits first_request = pair.request();
  const Bits first_response = pair.second.gets(first_request).frames.at(0);
  (void)pair.first.waits(5s);
  pair.wait(5s - 1ns);  // the responder is not told of the time
  const auto retried = pair.first.waits(1s);
  REQUIRE(retried.frames.size() == 1);
  CHECK(retried.frames[0] != first_request);
  pair.second.now = pair.first.now;
  const auto answer = pair.second.gets(retried.frames[0]);
  REQUIRE(answer.template event<AttemptEnded>());
  CHECK(answer.template event<AttemptEnded>()->fault == Fault::superseded);
  check_refused(pair.first, first_response, Fault::not_authentic);
  const auto done = pair.first.gets(answer.frames.at(0));
  CHECK(done.template event<AttemptEnded>()->number == 2);
  CHECK(pair.second.gets(done.frames.at(0)).template event<Commit>());
}

TEMPLATE_TEST_CASE(
    "rehandshake: an attempt is over after 5 s; three are made, each with a longer pause", "", Pair,
    Peers) {
  TestType pair;
  Bits last = pair.request();
  for (const Duration pause : {Duration(1s), Duration(2s)}) {
    CHECK(pair.first.waits(5s - 1ns).is_silent());
    const auto over = pair.first.waits(1ns);
    REQUIRE(over.template event<AttemptEnded>());
    CHECK(over.template event<AttemptEnded>()->fault == Fault::timed_out);
    CHECK(over.template event<AttemptEnded>()->duration == 5s);
    CHECK_FALSE(over.template event<FellBack>());
    CHECK(pair.first.state() == "BackingOff");
    CHECK(pair.first.waits(pause - 1ns).is_silent());
    const auto again = pair.first.waits(1ns);
    REQUIRE(again.frames.size() == 1);
    CHECK_FALSE(
        std::equal(again.frames[0].begin() + 24, again.frames[0].begin() + 56, last.begin() + 24));
    last = again.frames[0];
  }
  const auto end = pair.first.waits(5s);
  CHECK(end.template event<FellBack>());
  REQUIRE(end.template event<AttemptEnded>());
  CHECK(end.template event<AttemptEnded>()->number == 3);
  CHECK(pair.first.state() == "Failed");
  CHECK_FALSE(end.due);
  CHECK(pair.first.does(Start{Cause::resumed}).frames.size() == 1);
}

TEST_CASE("rehandshake: pauses double, and have a most") {
  Config config;
  config.back_off_max = 5s;
  CHECK(config.pause_after(1) == 1s);
  CHECK(config.pause_after(2) == 2s);
  CHECK(config.pause_after(3) == 4s);
  CHECK(config.pause_after(4) == 5s);
  CHECK(config.pause_after(4'000'000'000) == 5s);
}

TEMPLATE_TEST_CASE("rehandshake: an answer that comes too late changes nothing", "", Pair, Peers) {
  TestType pair;
  const Bits response = pair.second.gets(pair.request()).frames.at(0);
  (void)pair.first.waits(5s);
  check_dropped(pair.first, response);
  const Bits request = pair.first.waits(1s).frames.at(0);
  check_refused(pair.first, response, Fault::not_authentic);
  pair.second.now = pair.first.now;
  CHECK(pair.first.gets(pair.second.gets(request).frames.at(0)).template event<Commit>());
}

TEMPLATE_TEST_CASE(
    "rehandshake: a lost COMPLETE is said by the responder's time, and the next run heals it", "",
    Pair, Peers) {
  TestType pair;
  (void)pair.first.gets(pair.second.gets(pair.request()).frames.at(0));
  CHECK(pair.first.state() == "Confirmed");
  const auto over = pair.second.waits(5s);
  CHECK(over.template event<AttemptEnded>()->fault == Fault::timed_out);
  pair.first.now = pair.second.now;
  pair.confirm();
}

TEMPLATE_TEST_CASE("rehandshake: a period begins the next run by itself", "", Pair, Peers) {
  Config config;
  config.period = std::chrono::minutes(10);
  TestType pair(config);
  pair.confirm();
  CHECK(pair.first.waits(std::chrono::minutes(10) - 1ns).is_silent());
  const auto again = pair.first.waits(1ns);
  REQUIRE(again.frames.size() == 1);
  pair.second.now = pair.first.now;
  const auto done = pair.first.gets(pair.second.gets(again.frames[0]).frames.at(0));
  REQUIRE(done.template event<AttemptEnded>());
  CHECK(done.template event<AttemptEnded>()->cause == Cause::periodic);
}

TEMPLATE_TEST_CASE("rehandshake: a period begins the next run also where the last one has failed",
                   "", Pair, Peers) {
  Config config;
  config.period = std::chrono::minutes(10);
  TestType pair(config);
  pair.confirm();
  (void)pair.first.waits(std::chrono::minutes(10));
  for (const Duration pause : {5s, 1s, 5s, 2s}) (void)pair.first.waits(pause);
  CHECK(pair.first.waits(5s).template event<FellBack>());
  CHECK(pair.first.state() == "Failed");
  CHECK(pair.first.waits(std::chrono::minutes(10) - 1ns).is_silent());
  auto again = pair.first.waits(1ns);
  REQUIRE(again.frames.size() == 1);
  pair.second.now = pair.first.now;
  const auto done = pair.first.gets(pair.second.gets(again.frames[0]).frames.at(0));
  CHECK(done.template event<AttemptEnded>()->cause == Cause::periodic);
}

TEMPLATE_TEST_CASE("rehandshake: new keys must be known to both, be later, and of the same session",
                   "", Pair, Peers) {
  TestType pair;
  pair.confirm();
  const SessionKeys one = keys_of(true, 1, 50), two = keys_of(false, 1, 50);
  CHECK(pair.first.does(Rotate{&one}).events.empty());
  CHECK(pair.first.state() == "Idle");
  const Bits early = pair.first.does(Start{Cause::rotated}).frames.at(0);
  check_refused(pair.second, early, Fault::not_authentic);
  (void)pair.second.does(Rotate{&two});
  const auto done = pair.first.gets(pair.second.gets(early).frames.at(0));
  CHECK(done.template event<AttemptEnded>()->cause == Cause::rotated);
  CHECK(pair.second.gets(done.frames.at(0)).template event<Commit>());

  const auto refuses = [&](const SessionKeys* keys) {
    const Bits before = pair.first.snapshot();
    CHECK(pair.first.does(Rotate{keys}).fault() == Fault::bad_argument);
    CHECK(pair.first.snapshot() == before);
    CHECK(pair.first.context().proof_macs.epoch == 1);
  };
  refuses(nullptr);
  refuses(&one);
  const SessionKeys old = keys_of(true, 0, 50);
  refuses(&old);
  SessionKeys other = keys_of(true, 2, 50);
  other.session[0] ^= 1;
  refuses(&other);
}

TEMPLATE_TEST_CASE("rehandshake: what is under way when keys are replaced is over", "", Pair,
                   Peers) {
  TestType pair;
  (void)pair.second.gets(pair.request());
  const SessionKeys one = keys_of(true, 1, 50), two = keys_of(false, 1, 50);
  const auto asked = pair.first.does(Rotate{&one});
  const auto answered = pair.second.does(Rotate{&two});
  REQUIRE(asked.template event<AttemptEnded>());
  REQUIRE(answered.template event<AttemptEnded>());
  CHECK(asked.template event<AttemptEnded>()->fault == Fault::superseded);
  CHECK(answered.template event<AttemptEnded>()->fault == Fault::superseded);
  pair.confirm();
}

TEMPLATE_TEST_CASE(
    "rehandshake: the same proofs are made after a restart, and a snapshot keeps challenges", "",
    Pair, Peers) {
  TestType pair;
  const Bits request = pair.request();
  pair.first.restarts();
  const Bits response = pair.second.gets(request).frames.at(0);
  pair.second.restarts();
  CHECK(pair.second.gets(request).frames.at(0) == response);
  const auto done = pair.first.gets(response);
  CHECK(done.template event<Commit>());
  CHECK(pair.second.gets(done.frames.at(0)).template event<Commit>());
  pair.second.restarts();
  check_refused(pair.second, request, Fault::replayed);
}

TEMPLATE_TEST_CASE("rehandshake: what cannot work is the caller's fault", "[illegal]", Pair,
                   Peers) {
  const auto wrong = [](auto change) {
    Config config;
    change(config);
    TestType pair(config, {});
    CHECK(pair.first.does(Start{}).fault() == Fault::bad_argument);
    CHECK(pair.first.state() == "Idle");
    TestType answering({}, config);
    check_refused(answering.second, answering.request(), Fault::bad_argument);
  };
  wrong([](Config& c) { c.timeout = 0s; });
  wrong([](Config& c) { c.back_off = -1s; });
  wrong([](Config& c) { c.back_off_max = std::chrono::hours(24 * 366); });
  wrong([](Config& c) { c.period = 0s; });
  wrong([](Config& c) { c.attempts_max = 0; });
  wrong([](Config& c) { c.challenges_max = 0; });
  wrong([](Config& c) { c.challenges_max = 4097; });
}

TEMPLATE_TEST_CASE("rehandshake: without randomness nothing changes", "[illegal]", Pair, Peers) {
  TestType pair;
  pair.first.random().fail_next(1, 32);
  CHECK(pair.first.does(Start{}).fault() == Fault::random_source_failed);
  CHECK(pair.first.state() == "Idle");
  const Bits request = pair.request();
  pair.second.random().fail_next(1, 32);
  check_refused(pair.second, request, Fault::random_source_failed);
  CHECK(pair.second.gets(request).frames.size() == 1);
}

TEMPLATE_TEST_CASE("rehandshake: a command that the state has no row for is refused", "[illegal]",
                   Pair, Peers) {
  TestType pair;
  (void)pair.request();
  CHECK(pair.first.does(Start{}).fault() == Fault::not_allowed_now);
  (void)pair.first.waits(5s);
  CHECK(pair.first.does(Start{}).fault() == Fault::not_allowed_now);  // it backs off
  CHECK(pair.first.does(Stop{}).template event<Closed>());
  CHECK(pair.first.does(Start{}).fault() == Fault::not_allowed_now);
  CHECK(pair.first.does(Stop{}).fault() == Fault::not_allowed_now);
}

TEMPLATE_TEST_CASE("rehandshake: a side that has stopped has no keys and answers nobody", "", Pair,
                   Peers) {
  TestType pair;
  const Bits request = pair.request();
  CHECK(pair.second.does(Stop{}).template event<Closed>());
  check_dropped(pair.second, request);
  const ProofMacs& macs = pair.second.context().proof_macs;
  for (const auto* key :
       {&macs.own_initiator, &macs.own_responder, &macs.peer_initiator, &macs.peer_responder})
    CHECK_FALSE(key->has_key());
}

TEMPLATE_TEST_CASE("rehandshake: who stops in the middle of an attempt is told how that has ended",
                   "", Pair, Peers) {
  TestType pair;
  CHECK(pair.second.gets(pair.request()).frames.size() == 1);
  const auto asked = pair.first.does(Stop{});
  REQUIRE(asked.template event<AttemptEnded>());
  CHECK(asked.template event<AttemptEnded>()->fault == Fault::superseded);
  const auto answered = pair.second.does(Stop{});
  REQUIRE(answered.template event<AttemptEnded>());
  CHECK(answered.template event<AttemptEnded>()->cause == Cause::answered);
  CHECK(answered.template event<Closed>());
}
