#pragma once

// Which layer noticed which mutant, and after how many tests.

#include <map>
#include <string>
#include <vector>

#include "tests/mutants/forked.hpp"
#include "tests/mutants/mutants.hpp"

namespace mutants {

/// The layers in the order of the matrix's columns.
inline constexpr const char* layers[] = {"checks",   "claims",  "ledger",  "calls",  "calm",
                                         "quiesce",  "vectors", "attacks", "fuzz",   "illegal",
                                         "property", "tests",   "kit",     "erasure"};
/// The first of them count for edits of rows: the others run no edited machine.
inline constexpr std::size_t row_layer_count = 12;

/// How a layer noticed.
struct Kill {
  std::uint64_t after = 0;  // this many tests: worlds, inputs, test cases that ask for the flaw
  std::string how;
};

/// One mutant's row.
struct Found {
  const Mutant* mutant = nullptr;
  std::map<std::string, Kill> kills;  // by layer
  int under_way = 0;                  // processes
  [[nodiscard]] bool is_killed() const noexcept { return !kills.empty(); }
};

/// Notes what a layer's process said. `layer` is the one to which its end is put down where it
/// ended badly.
void note(Found& found, const std::string& layer, const Ended& ended);

/// Notes what a run of test cases said. False where it ended well and no test case ran.
[[nodiscard]] bool note_cases(Found& found, const std::string& layer, const Ended& ended);

/// What a process did, by the planted flaws that it asked for and the rows that it came to: which
/// of its test cases, in their order, or the worlds of which scenes. Where nothing asks for a flaw or
/// comes to a row, nothing can notice it.
using Asked = std::map<std::string, std::vector<std::string>>;
/// What a process said of that.
[[nodiscard]] Asked asked_in(const std::string& output);

/// The matrix: the names of the layers, and a row: after how many tests each noticed, `-` where it
/// does not count, `.` where it did not notice.
void print_head();
void print_row(const Found& found);

/// For one mutant in words: who noticed, and how.
void print_words(const Found& found);

}  // namespace mutants
