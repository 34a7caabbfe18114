#include "tests/rehandshake/paths.hpp"

// The rules of the re-handshake, where a migration makes it: it has handlers of its own.

using namespace rehandshake_test;

namespace {

constexpr auto too_much = std::chrono::milliseconds(skew_max + 1);

/// Both have the direct path open; what the first says there.
Bits request_of(Ends& ends) {
  ends.start();
  return request_on(ends, direct_link);
}
/// Another one, by a run of its own.
Bits another_request(Ends& ends) {
  (void)ends.first.does(LinkClosed{direct_link});
  return opens(ends.first, direct_link).frames.at(0);
}
Bits response_of(Ends& ends) {
  ends.start();
  return response_on(ends, direct_link);
}
Bits complete_of(Ends& ends) {
  ends.start();
  return complete_on(ends, direct_link);
}

}  // namespace

TEST_CASE("rehandshake: a migration holds a REQUEST to each rule in every state that answers",
          "[illegal]") {
  struct Asking {
    std::string_view state;
    Bits (*request)(Ends&);
    Link closed;               // if one is
    void (*come_back)(Ends&);  // when it is answered
  };
  const auto give_up = [](Ends& ends) { (void)ends.second.waits(5s); };
  const auto asking = GENERATE_COPY(values<Asking>(
      {{"Steady", request_of, no_link, give_up},
       {"Stranded",
        [](Ends& ends) {
          const Bits request = request_of(ends);
          (void)ends.second.does(LinkClosed{relay_link});
          return request;
        },
        relay_link, give_up},
       {"Answering",
        [](Ends& ends) {
          (void)ends.second.gets(request_of(ends), direct_link);
          (void)ends.second.does(LinkClosed{relay_link});
          return another_request(ends);
        },
        relay_link,
        [](Ends& ends) { (void)ends.second.gets(another_request(ends), direct_link); }}}));
  INFO("in " << asking.state);
  Ends ends;
  const Bits request = asking.request(ends);
  auto& second = ends.second;
  auto& context = second.context();
  REQUIRE(second.state() == asking.state);
  const auto check = [&](Fault fault, Link link = direct_link) {
    check_refused(second, request, fault, link);
  };
  if (asking.closed != no_link) check(Fault::link_closed, asking.closed);
  context.proof_macs.session[0] ^= 1;
  check(Fault::wrong_session);
  context.proof_macs.session[0] ^= 1;
  second.now.utc += too_much;
  check(Fault::stale);
  second.now.utc -= 2 * too_much;
  check(Fault::too_far_ahead);
  second.now.utc += too_much;
  Bits bad = request;
  bad.back() ^= 1;
  check_refused(second, bad, Fault::not_authentic, direct_link);
  const std::size_t challenges_max = std::exchange(context.config.challenges_max, 0);
  check(Fault::back_pressure);
  context.config.challenges_max = challenges_max;
  second.random().fail_next(1, 32);
  check(Fault::random_source_failed);
  CHECK(second.gets(request, direct_link).frames.size() == 1);
  CHECK(second.state() == "Answering");
  asking.come_back(ends);
  REQUIRE(second.state() == asking.state);
  check(Fault::replayed);
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

TEST_CASE("rehandshake: a direct path that is to be proved later waits for randomness",
          "[illegal]") {
  MigrationConfig config;
  config.migrate_repeat = 10s;
  Ends ends(config);
  ends.start();
  (void)ends.first.does(LinkClosed{relay_link});
  (void)ends.second.does(LinkClosed{relay_link});
  (void)opens(ends.second, relay_link);
  auto request = opens(ends.first, relay_link);
  (void)opens(ends.first, direct_link);
  ends.settle(std::move(request));
  ends.first.random().fail_next(1, 32);
  CHECK(ends.first.waits(10s).fault() == Fault::random_source_failed);
  CHECK(ends.first.state() == "Steady");
  (void)ends.first.waits(1s);
  CHECK(ends.first.state() == "Proving");
}
