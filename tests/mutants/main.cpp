// Tries every mutant against every layer: `tests/run --mutants`.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "handfast/testing/switches.hpp"
#include "tests/mutants/known_bugs.hpp"
#include "tests/mutants/matrix.hpp"
#include "tests/mutants/planted.hpp"
#include "tests/mutants/session.hpp"
#include "tests/mutants/survivors.hpp"
#include "tests/support/files.hpp"

using namespace mutants;

namespace {

/// What a process does, for which mutants, and to which layer that is put down. Of its test cases
/// the words are Catch2's, of this program or of another one beside it.
struct Process {
  const char* layer;
  const char* cases;
  int (*run)(const Mutant&);
  bool is_for_rows, is_for_flaws;
  const char* program = nullptr;
  unsigned seconds_max = 20;  // of processor time
};

/// An edited row is its own scene's; what is planted in a header may be anybody's.
std::vector<Tried*> tried_for(const Mutant& mutant) {
  return mutant.tried != nullptr ? std::vector{mutant.tried} : all_tried();
}
int run_worlds(const Mutant& mutant) {
  for (Tried* one : tried_for(mutant)) one->run_worlds(mutant);
  return 0;
}
int run_fuzz(const Mutant& mutant) {
  for (Tried* one : tried_for(mutant)) one->run_fuzz();
  return 0;
}

constexpr Process processes[] = {
    {"checks", nullptr, [](const Mutant& m) { return m.tried->run_checks(m), 0; }, true, false},
    {"quiesce", nullptr, run_worlds, true, true, nullptr, 60},
    {"vectors", "[vectors]", nullptr, true, true},
    {"attacks", "[attack],attacks: every attack*", nullptr, true, true},
    {"fuzz", nullptr, run_fuzz, true, true},
    {"illegal", "[illegal]~[attack]", nullptr, false, true},
    {"property", "[property]~[attack]", nullptr, false, true},
    // Without the one that starts this program anew: it wants the listener of the tests' own.
    {"kit", "~*prints lines that run it again*", nullptr, false, true, "mutants_properties", 400},
    {"tests", "~[illegal]~[property]~[attack]~[vectors]~[#gallery_test]~[#secrets_test]", nullptr,
     false, true},
    {"erasure", "[#secrets_test]", nullptr, false, true},
    {"erasure", "~[helpers]", nullptr, false, true, "mutants_erasure"},
};

/// Where the programs are; ends with a slash.
std::string folder;

/// Nothing is wrong with it: no layer may say otherwise.
const Mutant unchanged{"unchanged", true, [] {}, nullptr, 0, 0};

int run_program(const Process& process, const Mutant& mutant) {
  std::vector<std::string> flaws;
  if (mutant.name != unchanged.name) flaws.push_back(mutant.name);
  return run_cases_of(folder + process.program, process.cases, flaws);
}

std::vector<Mutant> all_mutants() {
  std::vector<Mutant> all{unchanged};
  for (const Flaw& flaw : flaws)
    all.push_back({std::string(flaw.name), true,
                   [name = flaw.name] { handfast::testing::planted_switch(name) = true; }, nullptr,
                   0, 0});
  for (Tried* tried : all_tried())
    for (Mutant& row : tried->rows()) all.push_back(std::move(row));
  return all;
}

/// Every layer for every mutant.
class Trial {
 public:
  /// `print` is called with each mutant's row, in order, as soon as it is whole.
  Trial(const std::vector<Mutant>& mutants, void (*print)(const Found&)) : print_(print) {
    for (const Mutant& mutant : mutants) found_.push_back({&mutant, {}, 0});
  }

  void run() {
    work_off([this](Work& work) { return next(work); },
             std::max(1u, std::thread::hardware_concurrency()));
    print_whole();
  }
  [[nodiscard]] const std::vector<Found>& found() const noexcept { return found_; }
  [[nodiscard]] const std::vector<std::string>& empty_layers() const noexcept { return empty_; }
  void print_times() const {
    for (const auto& [layer, seconds] : seconds_)
      std::printf("%s %.0f s; ", layer.c_str(), seconds);
    std::puts("of processor time");
  }

 private:
  bool next(Work& work) {
    for (; mutant_ < found_.size(); ++mutant_, process_ = 0) {
      for (; process_ < std::size(processes); ++process_) {
        const Process& process = processes[process_];
        if (!counts(process, *found_[mutant_].mutant)) continue;
        ++process_;
        ++found_[mutant_].under_way;
        work = work_of(process, found_[mutant_]);
        return true;
      }
    }
    return false;
  }

  static bool counts(const Process& process, const Mutant& mutant) {
    if (mutant.is_flaw) return process.is_for_flaws;
    return process.is_for_rows && (process.cases == nullptr || mutant.tried->is_in_cases());
  }

  Work work_of(const Process& process, Found& found) {
    Work work;
    work.seconds_max = process.seconds_max;
    work.run = [&process, &mutant = *found.mutant] {
      if (process.program != nullptr) return run_program(process, mutant);
      mutant.plant();
      return process.run != nullptr ? process.run(mutant) : run_cases(process.cases);
    };
    work.done = [this, &process, &found](const Ended& ended) {
      seconds_[process.layer] += ended.seconds;
      const std::string layer = process.layer;
      if (process.cases == nullptr)
        note(found, layer, ended);
      else if (!note_cases(found, layer, ended))
        empty_.push_back(layer + " of " + found.mutant->name);
      --found.under_way;
      print_whole();
    };
    return work;
  }

  void print_whole() {
    while (printed_ < mutant_ && found_[printed_].under_way == 0) print_(found_[printed_++]);
    std::fflush(stdout);
  }

  void (*print_)(const Found&);
  std::vector<Found> found_;
  std::size_t printed_ = 0;
  std::size_t mutant_ = 0, process_ = 0;  // the next
  std::map<std::string, double> seconds_;
  std::vector<std::string> empty_;
};

/// Counts what the trial says, and everything that is wrong with it.
class Verdict {
 public:
  void fail(const std::string& what) {
    std::printf("FAILED %s\n", what.c_str());
    ++failed_;
  }

  void judge(const Trial& trial, bool is_whole) {
    const auto reasons = reasons_in(handfast::test::read_file("mutants/survivors.txt"));
    for (const std::string& layer : trial.empty_layers()) fail("no test case ran: " + layer);
    std::vector<std::string> rows_left;
    int flaws_count = 0, flaws_killed = 0, rows_count = 0, explained = 0;
    for (const Found& one : trial.found()) {
      const std::string& name = one.mutant->name;
      if (name == unchanged.name) {
        if (one.is_killed()) fail("a layer found something in what is unchanged");
      } else if (one.mutant->is_flaw) {
        ++flaws_count;
        if (one.is_killed())
          ++flaws_killed;
        else
          fail("planted flaw that nobody noticed: " + name);
      } else {
        ++rows_count;
        if (!one.is_killed()) rows_left.push_back(name);
      }
    }
    print_survivors(reasons, rows_left, explained);
    if (is_whole)
      for (const std::string& pattern : idle_patterns(reasons, rows_left))
        fail("survivors.txt explains what did not survive: " + pattern);
    std::printf("\n%d planted flaws, %d killed; %d edited rows, %zu killed, %d explained\n",
                flaws_count, flaws_killed, rows_count,
                static_cast<std::size_t>(rows_count) - rows_left.size(), explained);
  }
  [[nodiscard]] int failed() const noexcept { return failed_; }

 private:
  void print_survivors(const std::vector<Reason>& reasons, const std::vector<std::string>& left,
                       int& explained) {
    for (std::size_t i = 0; i < reasons.size(); ++i) {
      std::vector<std::string> its;
      for (const std::string& name : left)
        if (reason_of(reasons, name) == static_cast<int>(i)) its.push_back(name);
      if (its.empty()) continue;
      explained += static_cast<int>(its.size());
      std::printf("\nSurvive, because %s\n", reasons[i].words.c_str());
      for (const std::string& name : its) std::printf("  %s\n", name.c_str());
    }
    for (const std::string& name : left)
      if (reason_of(reasons, name) < 0) fail("edited row that nobody noticed: " + name);
  }

  int failed_ = 0;
};

void print_only_tables() {
  std::string words;
  bool is_more = true;
  work_off(
      [&](Work& work) {
        if (!is_more) return false;
        is_more = false;
        work.seconds_max = 300;
        work.run = [] {
          OnlyTables found;
          for (Tried* tried : all_tried()) {
            const OnlyTables its = tried->judge_only_tables();
            found.count += its.count, found.refused += its.refused;
          }
          std::printf("%zu more edits cannot run; the checks refuse %zu of their tables\n",
                      found.count, found.refused);
          return 0;
        };
        work.done = [&](const Ended& ended) { words = ended.output; };
        return true;
      },
      1);
  std::printf("%s", words.c_str());
}

/// What is planted in this program and what is listed must be the same.
void compare_with_list(Verdict& verdict) {
  std::vector<std::string_view> listed;
  for (const Flaw& flaw : flaws) listed.push_back(flaw.name);
  std::ranges::sort(listed);
  if (handfast::testing::planted_names() != listed)
    verdict.fail("the flaws planted in this program are not those of planted.hpp");
}

}  // namespace

/// mutants [TEXT]: those with TEXT in their name, in words; all, as a matrix, without it, and then
/// the known bugs. `known bugs` is these alone, `flaws` all flaws and no edited row.
int main(int argc, char** argv) {
  const std::string program = argv[0];
  folder = program.substr(0, program.rfind('/') + 1);
  setenv("HANDFAST_SEED", "1", 1);
  setenv("RC_PARAMS", "seed=1", 1);
  const std::string text = argc > 1 ? argv[1] : "";
  if (text == "known bugs") return try_known_bugs(folder) == 0 ? 0 : 1;

  std::vector<Mutant> mutants = all_mutants();
  std::erase_if(mutants, [&](const Mutant& m) {
    return text == "flaws" ? !m.is_flaw : m.name.find(text) == m.name.npos;
  });
  if (mutants.empty()) {
    std::fprintf(stderr, "no mutant has \"%s\" in its name\n", text.c_str());
    return 2;
  }
  Verdict verdict;
  compare_with_list(verdict);
  for (Tried* tried : all_tried())
    if (std::ranges::any_of(mutants, [&](const Mutant& one) { return one.tried == tried; }))
      tried->scout();
  if (text.empty()) print_head();
  Trial trial(mutants, text.empty() ? print_row : print_words);
  trial.run();
  verdict.judge(trial, text.empty());
  if (text.empty()) print_only_tables();
  trial.print_times();
  const int bugs_wrong = text.empty() ? try_known_bugs(folder) : 0;
  return verdict.failed() + bugs_wrong == 0 ? 0 : 1;
}
