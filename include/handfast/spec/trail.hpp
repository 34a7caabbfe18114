#pragma once

// What a model checker has found, as a run: the steps of a trail in words and as a diagram.

#include <charconv>

#include "handfast/spec/promela.hpp"
#include "handfast/spec/sequence.hpp"

namespace handfast::spec {

/// The steps that `pan -r` printed, in order: numbers in `Model::steps`. Lines that are none of the
/// model's are passed over, and so is a number that the model does not have.
[[nodiscard]] inline std::vector<int> steps_in(std::string_view printed, const Model& model) {
  std::vector<int> steps;
  constexpr std::string_view mark = "step ";
  for (auto at = printed.find(mark); at != printed.npos; at = printed.find(mark, at + 1)) {
    int number = -1;
    const auto digits = printed.substr(at + mark.size());
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (number >= 0 && static_cast<std::size_t>(number) < model.steps.size())
      steps.push_back(number);
  }
  return steps;
}

namespace detail {

/// How the attacker comes by what he hands over: of the same kind as one of `said`, or his own.
[[nodiscard]] inline Origin origin_of(const Said& received, const std::vector<Said>& said,
                                      std::vector<std::vector<int>>& handed) {
  const auto is_same = [&](const Said& one) {
    return one.message == received.message && one.values == received.values;
  };
  if (std::ranges::none_of(said, is_same))
    return std::ranges::any_of(said,
                               [&](const Said& one) { return one.message == received.message; })
               ? Origin::altered
               : Origin::injected;
  if (std::ranges::find(handed, received.values) != handed.end()) return Origin::replayed;
  handed.push_back(received.values);
  return Origin::honest;
}

}  // namespace detail

/// The steps as a sequence diagram, the attacker in the middle of everything.
[[nodiscard]] inline Sequence sequence_of(const Model& model, const std::vector<int>& steps) {
  Sequence run;
  std::vector<int> places;
  for (std::size_t side = 0; side < model.sides.size(); ++side)
    places.push_back(run.participant(model.sides[side].name + " as " +
                                     std::string(model.role_of(static_cast<int>(side)).name)));
  const int attacker = run.attacker("Attacker");
  std::vector<Said> said;
  std::vector<std::vector<int>> handed;
  for (const int number : steps) {
    const Step& step = model.steps[static_cast<std::size_t>(number)];
    const RowOutline& row = model.row_of(step);
    const int place = places[static_cast<std::size_t>(step.side)];
    if (row.trigger != Trigger::message)
      run.arrow(place, place, row.on);
    else
      run.arrow(attacker, place, told(model, step.received),
                detail::origin_of(step.received, said, handed));
    for (const Said& one : step.sent) {
      run.arrow(place, attacker, told(model, one));
      said.push_back(one);
    }
    if (step.commit >= 0)
      run.note(place, "commits");
    else if (step.running >= 0)
      run.note(place, "is running");
  }
  return run;
}

}  // namespace handfast::spec
