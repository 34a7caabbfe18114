#pragma once

// The rows of a table as a fuzzer sees them. A table-driven machine takes every row through the
// same few branches, so that edge coverage cannot tell a new row from an old one; a counter byte a
// row can.
//
//   const testing::RowReport<Parent<>, Child<>> report{"stdio"};      prints at the program's end
//   Machine<Parent<>, testing::FuzzedRows<Parent<>>> parent{context};

#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>

#include "handfast/core/list.hpp"
#include "handfast/testing/rows.hpp"

namespace handfast::testing {

namespace detail {

/// The counters of a role, of all its machines together, since the last input of the fuzzer.
template <class Role>
struct RowBytes {
  static constexpr std::size_t count = static_cast<std::size_t>(Graph<Role>::row_count);

  // libFuzzer reads what is in this section after each input as it reads the counters of edges, and
  // zeroes it before the next. Only code that is built for it has the section.
#if defined(__has_feature)
#if __has_feature(coverage_sanitizer)
  [[gnu::section("__libfuzzer_extra_counters")]]
#endif
#endif
  static inline std::uint8_t taken[count]{};

  /// Whether each row was taken since the program began.
  static inline bool reached[count]{};
};

}  // namespace detail

/// An observer for a machine of `Role`: each row that is taken counts, up to 255.
template <class Role>
class FuzzedRows {
 public:
  void row_taken(int row) noexcept {
    const auto index = static_cast<std::size_t>(row);
    std::uint8_t& count = Rows::taken[index];
    if (count != 255) ++count;
    Rows::reached[index] = true;
  }
  void refused(int, Fault) noexcept {}

  /// The counters, one a row in the table's order; under libFuzzer those of the present input.
  [[nodiscard]] static std::span<std::uint8_t> counters() noexcept { return Rows::taken; }
  /// Whether each row was taken since the program began, in the table's order.
  [[nodiscard]] static std::span<const bool> reached() noexcept { return Rows::reached; }

  /// "rows reached: stdio Parent 12 of 63", and a line for each row that never was. `protocol` comes
  /// before the role's own name.
  [[nodiscard]] static std::string report(std::string_view protocol) {
    std::string never;
    int count = 0;
    for (std::size_t i = 0; i < Rows::count; ++i) {
      if (Rows::reached[i])
        ++count;
      else
        never += "  never: " + row_in_words<Role>(static_cast<int>(i)) + "\n";
    }
    return "rows reached: " + std::string(protocol) + " " + std::string(name_of<Role>()) + " " +
           std::to_string(count) + " of " + std::to_string(Rows::count) + "\n" + never;
  }

 private:
  using Rows = detail::RowBytes<Role>;
};

/// Prints the report of each role when it goes: as a static object, at the program's end.
template <class... Roles>
class RowReport {
 public:
  explicit RowReport(std::string_view protocol) : protocol_(protocol) {}
  RowReport(const RowReport&) = delete;
  RowReport& operator=(const RowReport&) = delete;
  ~RowReport() {
    for (const std::string& text : {FuzzedRows<Roles>::report(protocol_)...})
      std::fputs(text.c_str(), stderr);
  }

 private:
  std::string protocol_;
};

}  // namespace handfast::testing
