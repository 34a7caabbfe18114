#include "handfast/core/compose.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/pairs.hpp"
#include "tests/support/toy.hpp"

using namespace handfast;
using namespace handfast::pairs;

namespace {

constexpr Channel worst = Channel::lossy | Channel::duplicating | Channel::reordering;

/// The compiler's verdict and that of the same exploration at run time are one, step for step.
template <class A, class B, Channel channel>
void same_at_run_time() {
  const Verdict compiled = verdict_on<A, B, channel>;
  const Verdict ran = explore<A, B, 2>(channel, channel & Channel::reordering ? 1 : 0);
  CHECK(compiled.flaw == ran.flaw);
  CHECK(compiled.explored == ran.explored);
  CHECK(compiled.states[0] == ran.states[0]);
  CHECK(compiled.states[1] == ran.states[1]);
  CHECK(compiled.message == ran.message);
  CHECK(compiled.receiver == ran.receiver);
  REQUIRE(compiled.step_count == ran.step_count);
  for (int i = 0; i < ran.step_count; ++i) {
    CHECK(compiled.steps[i].kind == ran.steps[i].kind);
    CHECK(compiled.steps[i].side == ran.steps[i].side);
    CHECK(compiled.steps[i].index == ran.steps[i].index);
    CHECK(compiled.steps[i].early == ran.steps[i].early);
  }
}

/// The types of a verdict's trace, as the compiler would print them.
template <class A, class B, Channel channel>
using TraceOn = decltype(detail::trace_type<A, B, detail::VerdictOn<A, B, channel, 2>::value>(
    std::make_index_sequence<static_cast<std::size_t>(
        detail::VerdictOn<A, B, channel, 2>::value.step_count)>{}));

}  // namespace

TEST_CASE("core: the toy's roles never get stuck together, on any channel") {
  STATIC_REQUIRE(never_stuck<toy::Client, toy::Server, Channel::reliable, Channel::lossy,
                             Channel::duplicating, Channel::reordering, worst>());
}

TEST_CASE("core: a deadlock is found while compiling, with the shortest trace to it") {
  constexpr Verdict verdict = verdict_on<Asker, Forgetful, Channel::reliable>;
  STATIC_REQUIRE(verdict.flaw == Flaw::deadlock);
  STATIC_REQUIRE(
      std::is_same_v<TraceOn<Asker, Forgetful, Channel::reliable>,
                     Trace<Takes<Asker, Idle, Begin, Waiting>, Takes<Forgetful, Idle, Ask, Done>>>);
  STATIC_REQUIRE(verdict_on<Asker, Answerer, Channel::reliable>.flaw == Flaw::none);
  STATIC_REQUIRE(
      std::is_same_v<TraceOn<Asker, Answerer, Channel::lossy>,
                     Trace<Takes<Asker, Idle, Begin, Waiting>, LosesFromInbox<Answerer, Ask>>>);
  STATIC_REQUIRE(verdict_on<Persistent, Answerer, worst>.flaw == Flaw::none);
}

TEST_CASE("core: a guarded row is taken and also refused") {
  STATIC_REQUIRE(verdict_on<Asker, Guarded, Channel::reliable>.flaw == Flaw::deadlock);
  STATIC_REQUIRE(
      std::is_same_v<TraceOn<Asker, Guarded, Channel::reliable>,
                     Trace<Takes<Asker, Idle, Begin, Waiting>, RefusesByARule<Guarded, Ask>>>);
  STATIC_REQUIRE(verdict_on<Persistent, Guarded, Channel::reliable>.flaw == Flaw::none);
}

TEST_CASE(
    "core: a reception that nobody planned is found while compiling, with its receiver and "
    "message") {
  constexpr Verdict verdict = verdict_on<Curt, Talkative, Channel::reliable>;
  STATIC_REQUIRE(verdict.flaw == Flaw::unspecified_reception);
  STATIC_REQUIRE(verdict.receiver == 0);
  STATIC_REQUIRE(verdict.message == detail::index_in<More>(Curt::Receives{}));
  STATIC_REQUIRE(verdict.states[0] == detail::index_in<Done>(StatesOf<Curt>{}));
  STATIC_REQUIRE(verdict.step_count == 4);
}

TEST_CASE("core: two that begin at once are explored") {
  STATIC_REQUIRE(verdict_on<Peer, Peer, Channel::reliable>.flaw == Flaw::none);
  constexpr Verdict verdict = verdict_on<Selfish, Selfish, Channel::reliable>;
  STATIC_REQUIRE(verdict.flaw == Flaw::unspecified_reception);
  STATIC_REQUIRE(
      std::is_same_v<
          TraceOn<Selfish, Selfish, Channel::reliable>,
          Trace<Takes<Selfish, Idle, Begin, Waiting>, Takes<Selfish, Idle, Begin, Waiting>>>);
}

TEST_CASE("core: a run that cannot finish is found while compiling") {
  constexpr Verdict verdict = verdict_on<Restless, Answerer, Channel::reliable>;
  STATIC_REQUIRE(verdict.flaw == Flaw::cannot_finish);
  STATIC_REQUIRE(std::is_same_v<TraceOn<Restless, Answerer, Channel::reliable>,
                                Trace<Takes<Restless, Idle, Begin, Waiting>>>);
}

TEST_CASE("core: what a copy or an overtaking message does is named so") {
  // The second answer overtakes the first only on a channel that reorders.
  STATIC_REQUIRE(verdict_on<Curt, Talkative, Channel::reordering>.flaw ==
                 Flaw::unspecified_reception);
  using Copied = decltype(detail::step_type<Asker, Answerer, Move{Move::takes_copy, 1, 0, 0}>());
  STATIC_REQUIRE(std::is_same_v<Copied, List<TakesCopy<Answerer, Idle, Ask, Done>>>);
  using Early = decltype(detail::step_type<Asker, Answerer, Move{Move::ignores, 0, 0, 1}>());
  STATIC_REQUIRE(std::is_same_v<Early, List<Overtaking<1, Ignores<Asker, Answer>>>>);
}

TEST_CASE("core: the compiler's verdict is that of the same exploration at run time") {
  same_at_run_time<Asker, Answerer, Channel::lossy>();
  same_at_run_time<Asker, Guarded, Channel::duplicating>();
  same_at_run_time<Asker, Forgetful, Channel::reliable>();
  same_at_run_time<Curt, Talkative, Channel::reordering>();
  same_at_run_time<Restless, Answerer, Channel::reliable>();
  same_at_run_time<Selfish, Selfish, Channel::reliable>();
  same_at_run_time<toy::Client, toy::Server, Channel::reliable>();
  same_at_run_time<toy::Client, toy::Server, worst>();
}
