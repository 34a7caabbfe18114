// Tries every mutant against every layer: `tests/run --mutants`. What is right comes first, and
// says of each planted flaw which test cases and which scenes' worlds ask for it, and of each row
// which test cases come to it. The others cannot notice it, as they do the same with it, and are
// left out: seeds are the same for all.

#include <botan/version.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <optional>
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
  int (*run)(const Mutant&, const std::vector<Tried*>& scenes);
  bool is_for_rows, is_for_flaws;
  const char* program = nullptr;
  unsigned seconds_max = 20;  // of processor time
};

/// As the part of a layer that has its worlds.
std::string name_of(const Tried* scene) {
  const auto all = all_tried();
  return std::to_string(std::ranges::find(all, scene) - all.begin());
}
int run_worlds(const Mutant& mutant, const std::vector<Tried*>& scenes) {
  for (Tried* one : scenes) {
    one->run_worlds(mutant);
    say_asked(name_of(one));
  }
  return 0;
}
int run_fuzz(const Mutant&, const std::vector<Tried*>& scenes) {
  for (Tried* one : scenes) {
    one->run_fuzz();
    say_asked(name_of(one));
  }
  return 0;
}
int run_checks(const Mutant& mutant, const std::vector<Tried*>& scenes) {
  for (Tried* one : scenes) one->run_checks(mutant);
  return 0;
}

constexpr Process processes[] = {
    {"checks", nullptr, run_checks, true, false},
    {"quiesce", nullptr, run_worlds, true, true, nullptr, 60},
    {"vectors", "[vectors]", nullptr, true, true},
    {"attacks", "[attack],attacks: every attack*", nullptr, true, true},
    {"fuzz", nullptr, run_fuzz, true, true},
    {"illegal", "[illegal]~[attack]", nullptr, true, true},
    {"property", "[property]~[attack]", nullptr, true, true},
    // Without the one that starts this program anew: it wants the listener of the tests' own.
    {"kit", "~*prints lines that run it again*", nullptr, false, true, "mutants_properties", 400},
    {"tests",
     "~[illegal]~[property]~[attack]~[vectors]~[#gallery_test]~[#secrets_test]~[#matrix_test]",
     nullptr, true, true},
    // What is written down of a table, row by row, would notice each edit of one and show nothing.
    {"tests", "[#matrix_test]~[illegal]~[property]~[attack]~[vectors]", nullptr, false, true},
    {"erasure", "[#secrets_test]", nullptr, false, true},
    {"erasure", "~[helpers]", nullptr, false, true, "mutants_erasure"},
};

/// Where the programs are; ends with a slash.
std::string folder;

/// Nothing is wrong with it: no layer may say otherwise.
const Mutant unchanged{"unchanged", "", true, [] {}, nullptr, 0, 0};

/// The parts of a layer: names of test cases, or of scenes. Nothing stands for all of them.
using Parts = std::optional<std::vector<std::string>>;

std::string words_of(const Process& process, const Parts& parts) {
  if (!parts) return process.cases;
  std::string words;
  for (const std::string& name : *parts) words += (words.empty() ? "" : ",") + in_catch_words(name);
  return words;
}
/// An edited row is its own scene's; what is planted in a header may be anybody's.
std::vector<Tried*> scenes_of(const Mutant& mutant, const Parts& parts) {
  if (mutant.tried != nullptr) return {mutant.tried};
  std::vector<Tried*> scenes = all_tried();
  if (parts)
    std::erase_if(scenes, [&](const Tried* scene) {
      return std::ranges::find(*parts, name_of(scene)) == parts->end();
    });
  return scenes;
}

int run_process(const Process& process, const Mutant& mutant, const Parts& parts) {
  const bool is_unchanged = mutant.name == unchanged.name;
  if (is_unchanged) tell_asked();
  if (process.program != nullptr) {
    std::vector<std::string> flaws;
    if (!is_unchanged) flaws.push_back(mutant.name);
    return run_cases_of(folder + process.program, words_of(process, parts), flaws);
  }
  mutant.plant();
  if (process.run == nullptr) return run_cases(words_of(process, parts));
  (void)handfast::testing::take_asked_names();
  return process.run(mutant, scenes_of(mutant, parts));
}

std::vector<Mutant> all_mutants() {
  std::vector<Mutant> all{unchanged};
  for (Tried* tried : all_tried())
    for (Mutant& row : tried->rows()) all.push_back(std::move(row));
  for (const Flaw& flaw : flaws)
    all.push_back({std::string(flaw.name), std::string(flaw.name), true,
                   [name = flaw.name] { handfast::testing::planted_switch(name) = true; }, nullptr,
                   0, 0});
  return all;
}

/// Every layer for every mutant.
class Trial {
 public:
  /// `print` is called with each mutant's row, in order, as soon as it is whole. What is right may
  /// be among them `for_rows_only`, so that it is known which test cases come to which row. Those
  /// that a layer has noticed are tried no further where one is `enough`.
  Trial(const std::vector<Mutant>& mutants, void (*print)(const Found&), bool for_rows_only,
        bool enough)
      : print_(print), for_rows_only_(for_rows_only), one_is_enough_(enough) {
    for (const Mutant& mutant : mutants) found_.push_back({&mutant, {}, 0});
  }

  void run() {
    while (mutant_ < found_.size())
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
        if (mutant_ > 0 && !is_known(process, *found_[mutant_].mutant)) return false;
        if (!counts(process, found_[mutant_])) continue;
        ++process_;
        ++found_[mutant_].under_way;
        work = work_of(process, found_[mutant_]);
        return true;
      }
    }
    return false;
  }

  /// Whether the parts that ask for it are known, or will not be: what is right says them with its
  /// end.
  [[nodiscard]] bool is_known(const Process& process, const Mutant& mutant) const {
    const bool is_under_way = found_[0].mutant->name == unchanged.name && found_[0].under_way > 0;
    return !is_under_way || asked_.contains(&process) || !has_parts(process, mutant);
  }
  /// Of an edited row the test cases are parts.
  [[nodiscard]] static bool has_parts(const Process& process, const Mutant& mutant) {
    if (mutant.name == unchanged.name) return false;
    return mutant.is_flaw ? process.is_for_flaws : process.is_for_rows && process.cases != nullptr;
  }

  [[nodiscard]] bool counts(const Process& process, const Found& found) const {
    const Mutant& mutant = *found.mutant;
    if (mutant.name == unchanged.name && for_rows_only_)
      return process.is_for_rows && process.cases != nullptr;
    if (one_is_enough_ && found.is_killed()) return false;
    return (mutant.is_flaw ? process.is_for_flaws : process.is_for_rows) &&
           parts_of(process, mutant) != std::vector<std::string>{};
  }

  /// Those that ask for it, where that is known.
  [[nodiscard]] Parts parts_of(const Process& process, const Mutant& mutant) const {
    const auto asked = asked_.find(&process);
    if (!has_parts(process, mutant) || asked == asked_.end()) return {};
    const auto parts = asked->second.find(mutant.asked);
    return parts == asked->second.end() ? std::vector<std::string>{} : parts->second;
  }

  Work work_of(const Process& process, Found& found) {
    Work work;
    work.seconds_max = process.seconds_max;
    work.run = [&process, &mutant = *found.mutant, parts = parts_of(process, *found.mutant)] {
      return run_process(process, mutant, parts);
    };
    work.done = [this, &process, &found](const Ended& ended) {
      seconds_[process.layer] += ended.seconds;
      const std::string layer = process.layer;
      if (process.cases == nullptr)
        note(found, layer, ended);
      else if (!note_cases(found, layer, ended))
        empty_.push_back(layer + " of " + found.mutant->name);
      if (found.mutant->name == unchanged.name && !found.is_killed())
        asked_[&process] = asked_in(ended.output);
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
  bool for_rows_only_, one_is_enough_;
  std::vector<Found> found_;
  std::size_t printed_ = 0;
  std::size_t mutant_ = 0, process_ = 0;  // the next
  std::map<std::string, double> seconds_;
  std::vector<std::string> empty_;
  std::map<const Process*, Asked> asked_;  // by what is right
};

/// The tests of Ed25519 show both: Botan 2.19 does not refuse it.
bool is_refused_by_botan(std::string_view flaw) {
  return BOTAN_VERSION_MAJOR >= 3 && flaw == "S of a signature not checked";
}

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
        else if (is_refused_by_botan(name))
          std::printf("\nSurvives, because Botan 3 refuses by itself what it lets through: %s\n",
                      name.c_str());
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

/// mutants [TEXT] [--first]: those with TEXT in their name, in words; all, as a matrix, without it,
/// and then the known bugs. `known bugs` is these alone, `flaws` all flaws and no edited row. With
/// `--first` a mutant that a layer has noticed is tried no further.
int main(int argc, char** argv) {
  const std::string program = argv[0];
  folder = program.substr(0, program.rfind('/') + 1);
  setenv("HANDFAST_SEED", "1", 1);
  setenv("RC_PARAMS", "seed=1", 1);
  const bool first = argc > 1 && std::string_view(argv[argc - 1]) == "--first";
  const std::string text = argc > (first ? 2 : 1) ? argv[1] : "";
  if (text == "known bugs") return try_known_bugs(folder) == 0 ? 0 : 1;

  std::vector<Mutant> mutants = all_mutants();
  std::erase_if(mutants, [&](const Mutant& m) {
    return text == "flaws" ? !m.is_flaw : m.name.find(text) == m.name.npos;
  });
  if (mutants.empty()) {
    std::fprintf(stderr, "no mutant has \"%s\" in its name\n", text.c_str());
    return 2;
  }
  const bool for_rows_only =
      mutants[0].name != unchanged.name &&
      std::ranges::any_of(mutants, [](const Mutant& one) { return !one.is_flaw; });
  if (for_rows_only) mutants.insert(mutants.begin(), unchanged);
  Verdict verdict;
  compare_with_list(verdict);
  for (Tried* tried : all_tried())
    if (std::ranges::any_of(mutants, [&](const Mutant& one) { return one.tried == tried; }))
      tried->scout();
  const bool in_words = !text.empty() || first;
  if (!in_words) print_head();
  Trial trial(mutants, in_words ? print_words : print_row, for_rows_only, first);
  trial.run();
  verdict.judge(trial, text.empty());
  if (text.empty()) print_only_tables();
  trial.print_times();
  const int bugs_wrong = text.empty() ? try_known_bugs(folder) : 0;
  return verdict.failed() + bugs_wrong == 0 ? 0 : 1;
}
