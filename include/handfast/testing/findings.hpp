#pragma once

// What properties find wrong, each with the words to see it again.

#include "handfast/testing/places.hpp"
#include "handfast/testing/sim_note.hpp"

namespace handfast::testing {

/// One thing that is wrong, however often it was found.
struct Finding {
  std::string what;       // a sentence
  std::size_t count = 1;  // how often
  std::string command{};  // shows, from a shell, the smallest world in which it was; or empty
  std::size_t moves = 0;  // of that world's plan
  char letter = '?';      // of the party in that world
};

/// A list of sentences; keeps the first few and counts the rest.
class Findings {
 public:
  static constexpr std::size_t kept_max = 20;
  static constexpr std::string_view world_words = "; in its world it is ";

  /// `note` is told what is tried: it is all that is left where something crashes.
  explicit Findings(SimNote* note = nullptr) : note_(note) {}

  /// From here on `what` is tried with the party of `place`.
  void trying(const Place& place, const std::string& what) {
    if (note_ == nullptr) return;
    trying(what + ", with the " + std::string(place.party->role()) + " in " +
               std::string(place.party->state()) + ", " + place.letter + " in its world",
           place.plan);
  }
  /// From here on `what` is tried in the world of `plan`.
  void trying(const std::string& what, const Plan& plan) {
    if (note_ != nullptr) note_->begin(what, plan);
  }
  /// Something is wrong with the party of `place`: `what`, in a sentence.
  void add(const Place& place, const std::string& what) {
    add({"the " + std::string(place.party->role()) + " in " + std::string(place.party->state()) +
             ": " + what,
         1, place.command + " --plan " + to_text(place.plan), place.plan.moves.size(),
         place.letter});
  }
  void add(const std::string& what) { add(Finding{what}); }
  /// How many there were, the same sentences too.
  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  /// Each sentence once.
  [[nodiscard]] const std::vector<Finding>& kept() const noexcept { return kept_; }
  /// A line each, with the command that shows its world; the number of the others last. Empty where
  /// nothing is wrong.
  [[nodiscard]] std::string text() const {
    std::string all;
    std::size_t told = 0;
    for (const Finding& one : kept_) {
      told += one.count;
      all += words_of(one);
      if (!one.command.empty()) all += std::string(world_words) + one.letter + ": " + one.command;
      all += "\n";
    }
    if (count_ > told) all += "and " + std::to_string(count_ - told) + " more\n";
    return all;
  }
  /// The sentence, and how often it was found.
  [[nodiscard]] static std::string words_of(const Finding& one) {
    return one.what + (one.count > 1 ? " (" + std::to_string(one.count) + " times)" : "");
  }

  /// How many cases a property has tried: one that tries nothing shows nothing.
  std::size_t tried = 0;

 private:
  void add(Finding&& one) {
    ++count_;
    const auto known = std::ranges::find(kept_, one.what, &Finding::what);
    if (known == kept_.end()) {
      if (kept_.size() < kept_max) kept_.push_back(std::move(one));
      return;
    }
    ++known->count;
    if (one.moves >= known->moves) return;
    one.count = known->count;
    *known = std::move(one);
  }

  std::size_t count_ = 0;
  std::vector<Finding> kept_;
  SimNote* note_;
};

namespace detail {

/// Whether a call has left everything as it was, `before`: it may have been refused, or dropped in
/// silence.
[[nodiscard]] inline bool is_inert(const Caused& caused, Party& party, const Kept& before) {
  return caused.rows.empty() && caused.frames.empty() &&
         std::ranges::all_of(caused.told,
                             [](const Told& one) { return one.kind == Told::Kind::rejected; }) &&
         party.standing() == before;
}

/// Whether only rows were taken that anybody may move.
[[nodiscard]] inline bool is_anybodys(const Caused& caused, const RoleFacts& facts) {
  return !caused.rows.empty() &&
         std::ranges::all_of(caused.rows, [&](int row) { return facts.is_open_to_anybody(row); });
}

}  // namespace detail
}  // namespace handfast::testing
