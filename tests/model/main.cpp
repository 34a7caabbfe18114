#include "handfast/testing/switches.hpp"
// The switches come first.
#include <fstream>
#include <iostream>
#include <iterator>

#include "handfast/spec/sequence_text.hpp"
#include "handfast/spec/trail.hpp"
#include "tests/model/cases.hpp"

// model list                        a line a question: case, question, verdict, weakening or -, and
//                                   whether what fails is replayed
// model promela CASE [WEAKENING]    the model, for SPIN; with HANDFAST_FRESH=N, N more fresh values
//                                   a side
// model replay CASE QUESTION [WEAKENING] < TRAIL
//                                   the steps that `pan -r` printed, on the real machines; 0 where
//                                   they break there what they break in the model. With
//                                   HANDFAST_WHOLE the machines are as they are, not weakened

namespace model {
namespace {

int more_fresh() {
  const char* text = std::getenv("HANDFAST_FRESH");
  return text ? std::atoi(text) : 0;
}

void list(const std::vector<Case>& cases) {
  for (const Case& one : cases) {
    if (more_fresh() > 0 && !one.grows) continue;
    const Outline outline = one.outline();
    for (const Question& question : handfast::spec::questions(outline)) {
      const std::string name = question.name(outline);
      const bool fails = std::ranges::find(one.fails, name) != one.fails.end();
      std::cout << one.name << '\t' << name << '\t' << (fails ? "fails" : "holds") << "\t-\t"
                << (fails ? "machines" : "model") << '\n';
    }
    if (more_fresh() > 0) continue;
    for (const Weakening& weakening : one.weakenings)
      std::cout << one.name << '\t' << weakening.question << "\tfails\t" << weakening.name << '\t'
                << (weakening.switches.empty() && !weakening.stage ? "model" : "machines") << '\n';
  }
}

int replay(const Case& one, std::string_view asked, const Weakening* weakening) {
  const Model model = one.unfolded(weakening, more_fresh());
  const std::string printed{std::istreambuf_iterator<char>(std::cin), {}};
  const auto steps = handfast::spec::steps_in(printed, model);
  const auto run = handfast::spec::sequence_of(model, steps);
  std::cout << handfast::spec::text(run) << '\n' << handfast::spec::sentences(run);
  const auto all = handfast::spec::questions(model.outline);
  const auto question = std::ranges::find_if(
      all, [&](const Question& each) { return each.name(model.outline) == asked; });
  if (steps.empty() || question == all.end()) {
    std::cout << "no steps, or no such question\n";
    return 1;
  }
  const bool is_whole = std::getenv("HANDFAST_WHOLE") != nullptr;
  if (weakening && !is_whole)
    for (bool* flag : weakening->switches) *flag = true;
  std::vector<std::unique_ptr<Actor>> actors;
  const Stage& stage = !is_whole && weakening && weakening->stage ? *weakening->stage : one.stage;
  for (const Side& side : model.sides) actors.push_back(stage.actor(side));
  handfast::testing::Replay replayed(model, std::move(actors), stage.own, stage.apply);
  if (const auto other = replayed.run(steps)) {
    std::cout << "the machines do otherwise: " << *other << '\n';
    return 1;
  }
  if (!replayed.is_broken(*question)) {
    std::cout << "the machines take all steps, and " << asked << " is not broken\n";
    return 1;
  }
  std::cout << "The machines take the same steps, and " << asked << " is broken.\n";
  return 0;
}

int act(const std::vector<std::string>& words) {
  auto cases = rehandshake_cases();
  std::ranges::move(stdio_cases(), std::back_inserter(cases));
  std::ranges::move(x3dh_cases(), std::back_inserter(cases));
  if (words.size() == 1 && words[0] == "list") {
    list(cases);
    return 0;
  }
  const auto one = words.size() < 2 ? cases.end() : std::ranges::find(cases, words[1], &Case::name);
  if (one == cases.end()) return 2;
  const bool is_replay = words[0] == "replay";
  const std::size_t named = is_replay ? 3 : 2;
  const Weakening* weakening = nullptr;
  if (words.size() > named) {
    const auto found = std::ranges::find(one->weakenings, words[named], &Weakening::name);
    if (found == one->weakenings.end()) return 2;
    weakening = &*found;
  }
  if (is_replay) return words.size() < 3 ? 2 : replay(*one, words[2], weakening);
  if (words[0] != "promela") return 2;
  std::cout << handfast::spec::promela(one->unfolded(weakening, more_fresh()));
  return 0;
}

}  // namespace
}  // namespace model

int main(int argument_count, char** arguments) {
  return model::act({arguments + 1, arguments + argument_count});
}
