// The properties of the kit on the page's own scenes, and what they make of a scene that says less
// than another.

#include "examples/your_protocol/scene.hpp"
//
#include "handfast/stdio.hpp"
#include "handfast/testing/judge.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/toy.hpp"

using namespace handfast::testing;

namespace {

using FlawedScene = ask::Scene<ask::Flawed>;
using MendedScene = ask::Scene<ask::Mended>;

/// A limit, and a profile that it calls by a name of its own.
struct LimitedScene : MendedScene {
  static constexpr std::string_view profile = "limited";
  static std::uint64_t seals_alone_max(const Setting&) { return 5; }
};
struct EndlessScene : MendedScene {
  static std::uint64_t seals_alone_max(const Setting&) { return seals_alone_max_max + 1; }
};

std::vector<std::string> sentences(const Findings& findings) {
  std::vector<std::string> all;
  for (const Finding& one : findings.kept()) all.push_back(one.what);
  return all;
}

template <class Scene>
Findings alone() {
  auto rows = rows_of_scene<Scene>();
  Findings findings;
  for (const Place& place : look_around<Scene>(rows).places) check_seals_alone(place, findings);
  return findings;
}

}  // namespace

TEST_CASE("your_protocol: the properties find the flaw, and nothing but it and what is meant",
          "[property][attack]") {
  const std::string meant = "the Answerer in Idle: a repeated frame was taken";
  const std::string flaw = "the Asker in Asked: a repeated frame was taken";
  const Findings flawed = check_all<FlawedScene>(), mended = check_all<MendedScene>();
  INFO(flawed.text() << mended.text());
  auto found = sentences(flawed);
  std::ranges::sort(found);
  CHECK(found == std::vector{meant, flaw});
  CHECK(sentences(mended) == std::vector{meant});
  CHECK(flawed.tried > 5000);
  CHECK(mended.tried > 5000);
}

TEST_CASE(
    "your_protocol: a finding's command is one for its own scene, and its world has the party") {
  const Findings mended = check_all<MendedScene>();
  REQUIRE(mended.kept().size() == 1);
  const Finding& one = mended.kept()[0];
  const std::string words = "tests/run --sim ask --profile mended --plan ";
  REQUIRE(one.command.starts_with(words));
  const auto plan = plan_of_text(one.command.substr(words.size()));
  REQUIRE(plan);
  CHECK(plan->moves.size() == one.moves);
  EventLog log;
  (void)outcome_of<MendedScene>(*plan, &log);
  const std::string party = std::string("== ") + one.letter + " Answerer";
  CHECK(std::ranges::any_of(
      log.lines(), [&](const std::string& line) { return line.find(party) != line.npos; }));
  CHECK(mended.text() == one.what + " (" + std::to_string(one.count) +
                             " times); in its world it is " + one.letter + ": " + one.command +
                             "\n");
  CHECK(command_of<LimitedScene>() == "tests/run --sim ask --profile limited");
  CHECK(command_of<EndlessScene>() == "tests/run --sim ask");
}

TEST_CASE("your_protocol: a role with one link takes every number for it, and is not asked more") {
  auto rows = rows_of_scene<MendedScene>();
  Findings two_links;
  for (const Arrival& one : look_around<MendedScene>(rows).arrivals)
    check_changes(one, 2, two_links);
  const auto found = sentences(two_links);
  CHECK(std::ranges::any_of(found, [](const std::string& one) {
    return one.find("on another link was taken") != one.npos;
  }));
  using One = ask::Asker<ask::Mended>;
  STATIC_REQUIRE(handfast::testing::detail::links_told_apart<One> == 0);
  STATIC_REQUIRE(handfast::testing::detail::links_told_apart<handfast::toy::Client> == 2);
}

TEST_CASE("your_protocol: what a party seals alone is tried up to the limit of its scene") {
  const Findings none = alone<MendedScene>(), limited = alone<LimitedScene>(),
                 endless = alone<EndlessScene>();
  for (const Findings* one : {&none, &endless}) {
    CHECK(one->tried == 0);
    REQUIRE(one->count() > 0);
    CHECK(one->text().find("its scene has no seals_alone_max") != std::string::npos);
  }
  INFO(limited.text());
  CHECK(limited.count() == 0);
  CHECK(limited.tried > 10);
}

TEST_CASE("your_protocol: findings keep a sentence once, and count them all") {
  Findings findings;
  for (int i = 0; i < 3; ++i) findings.add("the same");
  for (std::size_t i = 0; i < Findings::kept_max + 4; ++i) findings.add(std::to_string(i));
  CHECK(findings.count() == Findings::kept_max + 7);
  CHECK(findings.kept().size() == Findings::kept_max);
  CHECK(findings.text().starts_with("the same (3 times)\n0\n1\n"));
  CHECK(findings.text().ends_with("\nand 5 more\n"));
}

TEST_CASE("your_protocol: agreement is judged where one role commits and the other was running") {
  using A = ask::Asker<ask::Mended>;
  using B = ask::Answerer<ask::Mended>;
  STATIC_REQUIRE_FALSE(commits_to<A, B>);
  STATIC_REQUIRE_FALSE(commits_to<B, A>);
  using handfast::stdio::Parent, handfast::stdio::Child;
  STATIC_REQUIRE(commits_to<Parent<>, Child<>>);
  STATIC_REQUIRE(commits_to<Child<>, Parent<>>);
  STATIC_REQUIRE_FALSE(commits_to<Parent<>, A>);
}
