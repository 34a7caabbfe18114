#pragma once

// Judges what a search in memory has found against what a life needs now.

#include <algorithm>

#include "tests/erasure/life.hpp"
#include "tests/support/catch.hpp"

namespace erasure {

/// What was found that is neither needed nor held by a primitive's object, in words.
[[nodiscard]] inline std::string too_much(const std::vector<Found>& found,
                                          const Expected& expected) {
  std::vector<Found> rest;
  for (const Found& one : found)
    if (!expected.needed.contains(one.secret->name) && !expected.held.contains(one.secret->name) &&
        !one.is_saved_register())
      rest.push_back(one);
  return in_words(rest);
}

/// What is needed and was not found: a search that misses it would miss the others too.
[[nodiscard]] inline std::string missing(const std::vector<Found>& found,
                                         const Expected& expected) {
  std::string words;
  for (const std::string& name : expected.needed)
    if (std::ranges::none_of(found, [&](const Found& one) { return one.secret->name == name; }))
      words += name + "\n";
  return words;
}

/// Nothing is in memory but what the machines need now, `more` included, and what their objects
/// hold until the next key.
template <class Life>
void check(const Life& life, const std::set<std::string>& more_needed = {},
           const std::set<std::string>& more_held = {}) {
  Expected expected = expected_of(life);
  expected.needed.insert(more_needed.begin(), more_needed.end());
  expected.held.insert(more_held.begin(), more_held.end());
  const std::vector<Watched> secrets = secrets_of(life);
  const std::vector<Found> found = search_memory(secrets);
  CHECK(too_much(found, expected) == "");
  CHECK(missing(found, expected) == "");
}

/// Nothing at all.
template <class Life>
void check_nothing_left(const Life& life) {
  const std::vector<Watched> secrets = secrets_of(life);
  CHECK(too_much(search_memory(secrets), {}) == "");
}

}  // namespace erasure
