#pragma once

// What tests take from the environment, and who says what is wrong with it.

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string_view>

namespace handfast::test {

/// The number that all of `text` is; nothing for text that is none, or one above 64 bits.
[[nodiscard]] inline std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// Seconds that HANDFAST_LONG may hold: above what `tests/run --long` takes, and far below what
/// clocks count.
inline constexpr std::uint64_t long_max = 4'000'000'000;

/// The number that variable `name` holds; nothing where it is not set or empty. Ends the program
/// with 2 where it holds something else, or a number above `most`: a test that goes on would test
/// something else.
[[nodiscard]] inline std::optional<std::uint64_t> number_from_environment(
    const char* name, std::uint64_t most = ~std::uint64_t{0}) {
  const char* const given = std::getenv(name);
  if (given == nullptr || *given == '\0') return std::nullopt;
  const auto number = number_in(given);
  if (number && *number <= most) return number;
  std::fprintf(stderr, "%s takes a number from 0 to %llu, not \"%s\"\n", name,
               static_cast<unsigned long long>(most), given);
  std::exit(2);
}

}  // namespace handfast::test
