#pragma once

// What a model checker is asked, and what it is expected to say: a case is a protocol's outline with
// some sides, and a verdict for each question. A weakening is a case with something taken away, in
// the model and in the machines, so that one of its verdicts is the other one.

#include "handfast/testing/replay.hpp"

namespace handfast::testing {

/// What the machines of a replay are made of.
struct Stage {
  std::function<std::unique_ptr<Actor>(const spec::Side&)> actor;
  std::function<Value(std::string_view)> own;  // the bytes of what a side simply has, by its name
  Apply apply{};                               // what the attacker makes of what he has
};

struct Weakening {
  std::string name;
  std::string question;  // that it breaks
  std::function<void(spec::Outline&)> change;
  std::vector<bool*> switches{};  // the same change in the machines,
  std::optional<Stage>
      stage{};  // or other machines; where there is neither, it is the model's only
  std::vector<spec::Side> sides{};  // fewer than the case has, where all would be too much
};

struct ModelCase {
  std::string name;
  std::string claims;  // the numbers of the claims that it decides
  std::function<spec::Outline()> outline;
  std::vector<spec::Side> sides;
  std::vector<std::string> fails;  // the questions whose answer is that it fails; all others hold
  Stage stage;
  std::vector<Weakening> weakenings{};

  bool begins_again = false;  // a side can have a second run; else another side has it
  std::vector<std::string> fails_in_two{};  // and these fail too in two sessions a role
  std::vector<std::string> unasked{};       // whose answer would be the model's alone

  /// With `has_two` there are two sessions a role.
  [[nodiscard]] spec::Model unfolded(const Weakening* weakening = nullptr,
                                     bool has_two = false) const {
    spec::Outline changed = outline();
    if (weakening) weakening->change(changed);
    changed.place_fields();
    auto all = weakening && !weakening->sides.empty() ? weakening->sides : sides;
    if (has_two) all = twice(std::move(all));
    return spec::unfold(std::move(changed), std::move(all));
  }

 private:
  [[nodiscard]] std::vector<spec::Side> twice(std::vector<spec::Side> all) const {
    if (begins_again) {
      for (spec::Side& side : all) side.fresh_max = std::max(side.fresh_max, 2);
      return all;
    }
    for (std::size_t i = 0, count = all.size(); i < count; ++i)
      if (std::ranges::count_if(all, [&](const spec::Side& other) {
            return other.role == all[i].role && other.party == all[i].party;
          }) == 1) {
        all.push_back(all[i]);
        all.back().name += "_again";
      }
    return all;
  }
};

}  // namespace handfast::testing
