#include "handfast/rehandshake/compat.hpp"
#include "tests/rehandshake/pair.hpp"
#include "tests/rehandshake/paths.hpp"

// What was said before a restart, said again after it: to a side that has come back from what it was
// stored as, and to one that has begun anew with the same keys.

using namespace rehandshake_test;

namespace {

/// What a whole run has said.
struct Said {
  Bits request, response, complete;

  explicit Said(auto& pair) {
    request = pair.request();
    response = pair.second.gets(request).frames.at(0);
    complete = pair.first.gets(response).frames.at(0);
    CHECK(pair.second.gets(complete).template event<Commit>());
  }
};

}  // namespace

TEMPLATE_TEST_CASE("rehandshake: after a restart nothing that was taken before is taken again",
                   "[attack]", Pair, Peers) {
  TestType pair;
  const Said said(pair);
  pair.first.restarts();
  pair.second.restarts();
  check_refused(pair.second, said.request, Fault::replayed);
  check_dropped(pair.second, said.complete);
  check_dropped(pair.first, said.response);
  // Nor in the middle of another run.
  const Bits request = pair.request();
  pair.first.restarts();
  check_refused(pair.first, said.response, Fault::not_authentic);
  const Bits response = pair.second.gets(request).frames.at(0);
  pair.second.restarts();
  check_refused(pair.second, said.request, Fault::replayed);
  check_refused(pair.second, said.complete, Fault::not_authentic);
  CHECK(pair.second.gets(pair.first.gets(response).frames.at(0)).template event<Commit>());
}

TEMPLATE_TEST_CASE("rehandshake: who begins anew answers what is not too old, and commits to none",
                   "[attack]", Pair, Peers) {
  TestType pair;
  const Said said(pair);
  pair.first.forgets();
  pair.second.forgets();
  check_dropped(pair.first, said.response);
  check_dropped(pair.second, said.complete);
  const auto answer = pair.second.gets(said.request);
  REQUIRE(answer.frames.size() == 1);
  CHECK(answer.frames[0] != said.response);
  CHECK(pair.second.gets(said.request).frames == answer.frames);
  check_refused(pair.second, said.complete, Fault::not_authentic);
  check_dropped(pair.first, answer.frames[0]);
  // Whoever asks anew believes no answer to what was asked before.
  (void)pair.request();
  check_refused(pair.first, said.response, Fault::not_authentic);
  check_refused(pair.first, answer.frames[0], Fault::not_authentic);
  // And 30 s later there is not even an answer.
  pair.second.forgets();
  pair.second.now.utc += 30'001ms;
  check_refused(pair.second, said.request, Fault::stale);
}

TEMPLATE_TEST_CASE("rehandshake: a challenge is remembered whatever the steady clock says after it",
                   "[attack]", Pair, Peers) {
  TestType pair;
  const Said said(pair);
  const SteadyTime before = pair.second.now.steady;
  // A machine that has started begins its clock anew; another one has run for longer.
  for (const SteadyTime steady : {SteadyTime{}, before - 1s, before + std::chrono::hours(1000)}) {
    TestType fresh;
    const Said of_fresh(fresh);
    fresh.second.restarts();
    fresh.second.now.steady = steady;
    check_refused(fresh.second, of_fresh.request, Fault::replayed);
    fresh.second.now.utc += 30s;
    check_refused(fresh.second, of_fresh.request, Fault::replayed);
    fresh.second.now.utc += 1ms;
    check_refused(fresh.second, of_fresh.request, Fault::stale);
  }
}

TEST_CASE("rehandshake: after a restart a migration takes no frame again that it has taken",
          "[attack]") {
  Ends ends;
  ends.start();
  std::vector<Bits> to_first, to_second;
  std::vector<Link> links_first, links_second;
  const auto keep = [](const auto& result, std::vector<Bits>& frames, std::vector<Link>& links) {
    frames.insert(frames.end(), result.frames.begin(), result.frames.end());
    links.insert(links.end(), result.links.begin(), result.links.end());
  };
  const auto first_says = [&](const auto& result) { keep(result, to_second, links_second); };
  const auto second_says = [&](const auto& result) { keep(result, to_first, links_first); };
  std::size_t first_heard = 0, second_heard = 0;
  const auto carry = [&] {
    while (first_heard < to_first.size() || second_heard < to_second.size()) {
      if (first_heard < to_first.size()) {
        first_says(ends.first.gets(to_first[first_heard], links_first[first_heard]));
        ++first_heard;
      } else {
        second_says(ends.second.gets(to_second[second_heard], links_second[second_heard]));
        ++second_heard;
      }
      first_says(ends.first.waits(0s));
      second_says(ends.second.waits(0s));
    }
  };
  first_says(ends.first.does(Send{Ends::message(0)}));
  second_says(ends.second.does(Send{Ends::message(1)}));
  carry();
  (void)opens(ends.second, direct_link);
  first_says(opens(ends.first, direct_link));
  carry();
  REQUIRE(ends.first.in<Mover::Steady>().paths.current == direct_link);
  REQUIRE(ends.second.in<Follower::Steady>().paths.current == direct_link);
  REQUIRE(to_first.size() >= 4);
  REQUIRE(to_second.size() >= 5);

  ends.first.restarts();
  ends.second.restarts();
  const auto check = [](auto& side, const std::vector<Bits>& frames,
                        const std::vector<Link>& links) {
    for (std::size_t i = 0; i < frames.size(); ++i) {
      INFO("frame " << i);
      if (frames[i][1] == 0x10 || frames[i][1] == 0x30)
        check_refused(side, frames[i], Fault::replayed, links[i]);
      else
        check_dropped(side, frames[i], links[i]);
    }
  };
  check(ends.first, to_first, links_first);
  check(ends.second, to_second, links_second);
}

TEST_CASE("rehandshake: a deployed side that begins anew takes no proof of a run before",
          "[attack]") {
  const auto make = [](bool is_first) {
    return [=](Random random) { return compat::Context(keys_of(is_first), random); };
  };
  Side<Initiator<Compat>> first(make(true), 1);
  Side<Responder<Compat>> second(make(false), 2);
  const Bits request = first.does(compat::Start{}).frames.at(0);
  const Bits response = second.gets(request).frames.at(0);
  const Bits complete = first.gets(response).frames.at(0);
  CHECK(second.gets(complete).event<Commit>());
  const bool is_stored = GENERATE(true, false);
  if (is_stored) {
    first.restarts();
    second.restarts();
  } else {
    first.forgets();
    second.forgets();
  }
  check_dropped(first, response);
  check_dropped(second, complete);
  CHECK(second.gets(request).frames.size() == 1);  // it remembers no challenge
  check_refused(second, complete, Fault::not_authentic);
  (void)first.does(compat::Start{});
  check_refused(first, response, Fault::not_authentic);
}
