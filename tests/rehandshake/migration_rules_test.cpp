#include "tests/rehandshake/paths.hpp"

// The rules of the re-handshake, where a migration makes it: it has handlers of its own.

using namespace rehandshake_test;

namespace {

constexpr auto too_much = std::chrono::milliseconds(skew_max + 1);

/// Both have the direct path open; what the first says there.
Bits request_of(Ends& ends) {
  ends.start();
  (void)opens(ends.second, direct_link);
  return opens(ends.first, direct_link).frames.at(0);
}
/// Another one, by a run of its own.
Bits another_request(Ends& ends) {
  (void)ends.first.does(LinkClosed{direct_link});
  return opens(ends.first, direct_link).frames.at(0);
}
Bits response_of(Ends& ends) {
  return ends.second.gets(request_of(ends), direct_link).frames.at(0);
}
Bits complete_of(Ends& ends) {
  return ends.first.gets(response_of(ends), direct_link).frames.at(0);
}

}  // namespace

TEST_CASE("rehandshake: a migration refuses a REQUEST of another session or time", "[illegal]") {
  Ends behind;
  behind.first.now.utc -= too_much;
  check_refused(behind.second, request_of(behind), Fault::stale, direct_link);
  Ends ahead;
  ahead.first.now.utc += too_much;
  check_refused(ahead.second, request_of(ahead), Fault::too_far_ahead, direct_link);
  Ends other;
  const Bits request = request_of(other);
  other.second.context().proof_macs.session[0] ^= 1;
  check_refused(other.second, request, Fault::wrong_session, direct_link);
}

TEST_CASE("rehandshake: a migration answers each REQUEST once, as long as it can know it",
          "[attack]") {
  Ends ends;
  const Bits request = request_of(ends);
  ends.second.context().config.challenges_max = 1;
  ends.second.random().fail_next(1, 32);
  check_refused(ends.second, request, Fault::random_source_failed, direct_link);
  const auto response = ends.second.gets(request, direct_link);
  const auto again = ends.second.gets(request, direct_link);
  CHECK(again.frames == response.frames);
  CHECK(again.events.empty());
  check_refused(ends.second, another_request(ends), Fault::back_pressure, direct_link);
  CHECK(ends.second.waits(5s).event<AttemptEnded>());
  check_refused(ends.second, request, Fault::replayed, direct_link);
}

TEST_CASE("rehandshake: a migration answers the newest REQUEST, and tells how the last has ended") {
  Ends ends;
  const Bits first = request_of(ends);
  (void)ends.second.gets(first, direct_link);
  const auto answered = ends.second.gets(another_request(ends), direct_link);
  REQUIRE(answered.event<AttemptEnded>());
  CHECK(answered.event<AttemptEnded>()->fault == Fault::superseded);
  CHECK(answered.event<Running>());
  check_refused(ends.second, first, Fault::replayed, direct_link);
  CHECK(ends.first.gets(answered.frames.at(0), direct_link).event<Commit>());
}

TEST_CASE("rehandshake: a migration refuses a RESPONSE or COMPLETE of another session or time",
          "[illegal]") {
  const auto bad_bit = [](Bits frame) {
    frame.back() ^= 1;
    return frame;
  };
  Ends asked;
  check_refused(asked.first, bad_bit(response_of(asked)), Fault::not_authentic, direct_link);
  Ends completed;
  check_refused(completed.second, bad_bit(complete_of(completed)), Fault::not_authentic,
                direct_link);
  // Only the last message may be of another time: the ones before it would be refused.
  for (const bool is_ahead : {false, true}) {
    const Fault fault = is_ahead ? Fault::too_far_ahead : Fault::stale;
    const auto shift = is_ahead ? too_much : -too_much;
    Ends one;
    const Bits request = request_of(one);
    one.first.now.utc -= shift;
    check_refused(one.first, one.second.gets(request, direct_link).frames.at(0), fault,
                  direct_link);
    Ends two;
    const Bits complete = complete_of(two);
    two.second.now.utc -= shift;
    check_refused(two.second, complete, fault, direct_link);
  }
  Ends one;
  const Bits response = response_of(one);
  one.first.context().proof_macs.session[0] ^= 1;
  check_refused(one.first, response, Fault::wrong_session, direct_link);
  Ends two;
  const Bits complete = complete_of(two);
  two.second.context().proof_macs.session[0] ^= 1;
  check_refused(two.second, complete, Fault::wrong_session, direct_link);
}

TEST_CASE("rehandshake: a migration that has no randomness asks later", "[illegal]") {
  Ends ends;
  ends.start();
  ends.first.random().fail_next(1, 32);
  CHECK(opens(ends.first, direct_link).fault() == Fault::random_source_failed);
  CHECK(ends.first.state() == "Steady");
  CHECK(opens(ends.first, direct_link).frames.size() == 1);
}
