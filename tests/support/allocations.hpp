#pragma once

// How often memory was asked for: the program that links allocations.cpp (tests/core) counts every
// operator new.

#include <cstddef>

namespace handfast::test {

/// Calls of operator new since the program began.
[[nodiscard]] std::size_t allocation_count() noexcept;

/// How many calls of operator new `act` makes.
template <class Act>
[[nodiscard]] std::size_t allocations_in(Act&& act) {
  const std::size_t before = allocation_count();
  act();
  return allocation_count() - before;
}

}  // namespace handfast::test
