#pragma once

// A program of models, for ours and for yours. tests/model/check.py starts it, asks SPIN, and says
// what has come of it.
//
//   model list                        a line a question: case, question, verdict, weakening or -, and
//                                     whether what fails is taken again by the machines or is the
//                                     model's only
//   model promela CASE [WEAKENING]    the model, for SPIN
//   model replay CASE QUESTION [WEAKENING] < TRAIL
//                                     the steps that `pan -r` printed, on the real machines; 0 where
//                                     they break there what they break in the model. With
//                                     HANDFAST_WHOLE the machines are as they are, not weakened
//   model claims                      a line a case: its name, the claims that it decides
//
// With HANDFAST_SESSIONS=2 there are two sessions a role, and what holds in them is listed.

#include <cstdlib>
#include <iostream>
#include <iterator>
#include <span>

#include "handfast/spec/sequence_text.hpp"
#include "handfast/spec/trail.hpp"
#include "handfast/testing/model_case.hpp"

namespace handfast::testing {

namespace detail {

[[nodiscard]] inline bool asks_for_two() {
  const char* text = std::getenv("HANDFAST_SESSIONS");
  return text && std::string_view(text) == "2";
}

inline void list_questions(std::span<const ModelCase> cases) {
  for (const ModelCase& one : cases) {
    const spec::Outline outline = one.outline();
    for (const spec::Question& question : spec::questions(outline)) {
      const std::string name = question.name(outline);
      if (std::ranges::find(one.unasked, name) != one.unasked.end()) continue;
      const bool fails = std::ranges::find(one.fails, name) != one.fails.end();
      if (asks_for_two() &&
          (fails || std::ranges::find(one.fails_in_two, name) != one.fails_in_two.end()))
        continue;
      std::cout << one.name << '\t' << name << '\t' << (fails ? "fails" : "holds") << "\t-\t"
                << (fails ? "machines" : "model") << '\n';
    }
    if (asks_for_two()) continue;
    for (const Weakening& weakening : one.weakenings)
      std::cout << one.name << '\t' << weakening.question << "\tfails\t" << weakening.name << '\t'
                << (weakening.switches.empty() && !weakening.stage ? "model" : "machines") << '\n';
  }
}

inline int replay(const ModelCase& one, std::string_view asked, const Weakening* weakening) {
  const spec::Model model = one.unfolded(weakening, asks_for_two());
  const std::string printed{std::istreambuf_iterator<char>(std::cin), {}};
  const auto steps = spec::steps_in(printed, model);
  const auto run = spec::sequence_of(model, steps);
  std::cout << spec::text(run) << '\n' << spec::sentences(run);
  const auto all = spec::questions(model.outline);
  const auto question = std::ranges::find_if(
      all, [&](const spec::Question& each) { return each.name(model.outline) == asked; });
  if (steps.empty() || question == all.end()) {
    std::cout << "no steps, or no such question\n";
    return 1;
  }
  const bool is_whole = std::getenv("HANDFAST_WHOLE") != nullptr;
  if (weakening && !is_whole)
    for (bool* flag : weakening->switches) *flag = true;
  std::vector<std::unique_ptr<Actor>> actors;
  const Stage& stage = !is_whole && weakening && weakening->stage ? *weakening->stage : one.stage;
  for (const spec::Side& side : model.sides) actors.push_back(stage.actor(side));
  Replay replayed(model, std::move(actors), stage.own, stage.apply);
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

}  // namespace detail

/// Does what the arguments ask for: 0, 1 where machines do otherwise than the model, or 2 for a use
/// that means nothing.
inline int model_main(std::span<const ModelCase> cases, int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() == 1 && words[0] == "list") {
    detail::list_questions(cases);
    return 0;
  }
  if (words.size() == 1 && words[0] == "claims") {
    for (const ModelCase& one : cases) std::cout << one.name << '\t' << one.claims << '\n';
    return 0;
  }
  const auto one =
      words.size() < 2 ? cases.end() : std::ranges::find(cases, words[1], &ModelCase::name);
  if (one == cases.end()) return 2;
  const bool is_replay = words[0] == "replay";
  const std::size_t named = is_replay ? 3 : 2;
  const Weakening* weakening = nullptr;
  if (words.size() > named) {
    const auto found = std::ranges::find(one->weakenings, words[named], &Weakening::name);
    if (found == one->weakenings.end()) return 2;
    weakening = &*found;
  }
  if (is_replay) return words.size() < 3 ? 2 : detail::replay(*one, words[2], weakening);
  if (words[0] != "promela") return 2;
  std::cout << spec::promela(one->unfolded(weakening, detail::asks_for_two()));
  return 0;
}

}  // namespace handfast::testing
