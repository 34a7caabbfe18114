#pragma once

// Catch2 2 and 3 under one name, for every test.

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>

// Catch2 2 has no SKIP; the test runner reads this warning as one.
#define SKIP(...)                  \
  do {                             \
    WARN("skipped: " __VA_ARGS__); \
    return;                        \
  } while (false)
#endif
