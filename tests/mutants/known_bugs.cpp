#include "tests/mutants/known_bugs.hpp"

#include <algorithm>
#include <cstdio>
#include <thread>
#include <vector>

#include "handfast/testing/switches.hpp"
#include "tests/mutants/matrix.hpp"
#include "tests/mutants/session.hpp"
#include "tests/properties/known_bugs.hpp"

namespace mutants {

namespace {

using properties_test::known_bugs, properties_test::KnownBug;

/// The program beside this one that has the test cases of that kind; empty where this one has.
std::string program_of(std::string_view test_case) {
  if (test_case.starts_with("properties: ")) return "mutants_properties";
  if (test_case.starts_with("erasure: ")) return "mutants_erasure";
  return {};
}

std::string in_words(const std::vector<std::string>& flaws) {
  std::string words;
  for (const std::string& flaw : flaws) words += (words.empty() ? "" : " and ") + flaw;
  return words;
}

/// Catch2 breaks long names over lines, of which the first is told.
bool begin_alike(std::string_view one, std::string_view other) {
  const std::size_t size = std::min(one.size(), other.size());
  return one.substr(0, size) == other.substr(0, size);
}

/// One bug, and what came of its test case.
struct Row {
  const KnownBug* bug;
  std::vector<std::string> flaws;
  int runs_left = 0;
  std::string wrong{};  // what is, if anything
};

class KnownBugs {
 public:
  explicit KnownBugs(std::string folder) : folder_(std::move(folder)) {
    for (const KnownBug& bug : known_bugs) {
      Row row{&bug, {}};
      for (const std::string_view flaw : bug.flaws)
        if (!flaw.empty()) row.flaws.emplace_back(flaw);
      // Of several bugs with one test case the first sees it hold.
      const bool is_first = std::ranges::none_of(
          rows_, [&](const Row& other) { return other.bug->shown_by == bug.shown_by; });
      for (const bool is_planted : {false, true})
        if (!row.flaws.empty() && (is_planted || is_first)) {
          runs_.push_back({rows_.size(), is_planted});
          ++row.runs_left;
        }
      rows_.push_back(std::move(row));
    }
  }

  int run() {
    work_off([this](Work& work) { return next(work); },
             std::max(1u, std::thread::hardware_concurrency()));
    print_whole();
    std::printf("%zu known bugs: the tests of %d kill their flaws, those of %d do not\n",
                rows_.size(), killed_, wrong_);
    return wrong_;
  }

 private:
  /// A test case that is run alone: that of a row, with its flaws or as it is.
  struct Run {
    std::size_t row;
    bool is_planted;
  };

  bool next(Work& work) {
    if (next_ == runs_.size()) return false;
    const auto [index, is_planted] = runs_[next_++];
    Row& row = rows_[index];
    work.seconds_max = 300;
    work.run = [this, &row, planted = is_planted] {
      return run_alone(row.bug->shown_by, planted ? row.flaws : std::vector<std::string>{});
    };
    work.done = [this, &row, planted = is_planted](const Ended& ended) {
      judge(row, planted, ended);
      --row.runs_left;
      print_whole();
    };
    return true;
  }

  int run_alone(std::string_view test_case, const std::vector<std::string>& flaws) const {
    const std::string cases = in_catch_words(test_case) + '*', program = program_of(test_case);
    if (!program.empty()) return run_cases_of(folder_ + program, cases, flaws);
    for (const std::string& flaw : flaws) handfast::testing::planted_switch(flaw) = true;
    return run_cases(cases);
  }

  static void judge(Row& row, bool is_planted, const Ended& ended) {
    Found found;
    if (!note_cases(found, "known bugs", ended)) {
      row.wrong = "no test case ran";
      return;
    }
    const std::string how = found.is_killed() ? found.kills.begin()->second.how : "";
    if (!is_planted && found.is_killed())
      row.wrong = "fails as it is";
    else if (is_planted && !found.is_killed())
      row.wrong = "holds with the flaw planted";
    else if (is_planted && (ended.signal != 0 || !begin_alike(how, row.bug->shown_by)))
      row.wrong = "did not come to its end with the flaw planted: " + how;
  }

  void print_whole() {
    for (; printed_ < rows_.size() && rows_[printed_].runs_left == 0; ++printed_)
      print(rows_[printed_]);
    std::fflush(stdout);
  }
  void print(const Row& row) {
    const std::string shown_by(row.bug->shown_by);
    if (row.flaws.empty()) {
      std::printf("%2d  no flaw: %s\n", row.bug->number, std::string(row.bug->or_why).c_str());
    } else if (row.wrong.empty()) {
      ++killed_;
      std::printf("%2d  %s: killed by \"%s\"\n", row.bug->number, in_words(row.flaws).c_str(),
                  shown_by.c_str());
    } else {
      ++wrong_;
      std::printf("FAILED known bug %d, %s: \"%s\" %s\n", row.bug->number,
                  in_words(row.flaws).c_str(), shown_by.c_str(), row.wrong.c_str());
    }
  }

  std::string folder_;
  std::vector<Row> rows_;
  std::vector<Run> runs_;
  std::size_t next_ = 0;     // of the runs
  std::size_t printed_ = 0;  // of the rows
  int killed_ = 0, wrong_ = 0;
};

}  // namespace

int try_known_bugs(const std::string& folder) { return KnownBugs(folder).run(); }

}  // namespace mutants
