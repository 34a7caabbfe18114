#pragma once

// What properties find wrong, each with the words to see it again.

#include "handfast/testing/places.hpp"

namespace handfast::testing {

/// A list of sentences; keeps the first few and counts the rest.
class Findings {
 public:
  static constexpr std::size_t kept_max = 20;

  /// Something is wrong with the party of `place`.
  void add(const Place& place, const std::string& what) {
    add("the " + std::string(place.party->role()) + " in " + std::string(place.party->state()) +
        ": " + what + "; its world: --plan " + to_text(place.plan));
  }
  void add(std::string what) {
    if (++count_ <= kept_max) kept_.push_back(std::move(what));
  }
  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] const std::vector<std::string>& kept() const noexcept { return kept_; }
  /// A line each, the number of the others last; empty where nothing is wrong.
  [[nodiscard]] std::string text() const {
    std::string all;
    for (const std::string& one : kept_) all += one + "\n";
    if (count_ > kept_max) all += "and " + std::to_string(count_ - kept_max) + " more\n";
    return all;
  }

  /// How many cases a property has tried: one that tries nothing shows nothing.
  std::size_t tried = 0;

 private:
  std::size_t count_ = 0;
  std::vector<std::string> kept_;
};

namespace detail {

/// Whether a call has left everything as it was: it may have been refused, or dropped in silence.
[[nodiscard]] inline bool is_inert(const Caused& caused, const Party& party, const Kept& before) {
  return caused.rows.empty() && caused.frames.empty() &&
         std::ranges::all_of(caused.told,
                             [](const Told& one) { return one.kind == Told::Kind::rejected; }) &&
         party.snapshot() == before;
}

/// Whether only rows were taken that anybody may move.
[[nodiscard]] inline bool is_anybodys(const Caused& caused, const RoleFacts& facts) {
  return !caused.rows.empty() &&
         std::ranges::all_of(caused.rows, [&](int row) { return facts.is_open_to_anybody(row); });
}

}  // namespace detail
}  // namespace handfast::testing
