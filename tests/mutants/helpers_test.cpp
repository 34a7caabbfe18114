// What the program of mutants counts with: processes of their own, the lines and the test cases
// that say who noticed what, and the list of survivors with their reasons.

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <regex>
#include <set>
#include <utility>

#include "tests/mutants/matrix.hpp"
#include "tests/mutants/survivors.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/files.hpp"

using namespace mutants;

namespace {

/// Where this is in the environment some test cases fail.
constexpr const char* on_purpose = "HANDFAST_FAIL_ON_PURPOSE";

/// How a process that does `run` ends.
Ended ended_of(std::function<int()> run, unsigned seconds_max = 20) {
  Ended how;
  int done = 0;
  bool is_more = true;
  work_off(
      [&](Work& work) {
        if (!std::exchange(is_more, false)) return false;
        work.seconds_max = seconds_max;
        work.run = run;
        work.done = [&](const Ended& ended) { how = ended, ++done; };
        return true;
      },
      1);
  REQUIRE(done == 1);
  return how;
}

/// Ends this process by `signal`, whatever Catch2 does about it.
int end_by(int signal) {
  std::signal(signal, SIG_DFL);
  return std::raise(signal);
}

/// Works on for ever.
int never_end() {
  for (std::atomic<unsigned> count = 0;;) ++count;
}

/// Runs the test cases of this program that `cases` says, as the program of mutants does.
Ended ended_cases(const char* cases) {
  return ended_of([cases] {
    setenv(on_purpose, "1", 1);
    execl("/proc/self/exe", "mutants", cases, "--abort", "-#", nullptr);
    return 1;
  });
}

Mutant mutant_of(std::string name, bool is_flaw) {
  Mutant mutant;
  mutant.name = std::move(name);
  mutant.is_flaw = is_flaw;
  return mutant;
}

Found noted(const std::string& layer, const Ended& ended) {
  Found found;
  note(found, layer, ended);
  return found;
}

/// What `print` prints, by lines.
std::vector<std::string> lines_of(const std::function<void()>& print) {
  const std::string text = ended_of([&] { return print(), 0; }).output;
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end == std::string::npos ? text.size() : end + 1;
  }
  return lines;
}

std::vector<std::string> words_in(const std::string& line) {
  std::vector<std::string> words;
  for (std::size_t at = line.find_first_not_of(' '); at != std::string::npos;) {
    const std::size_t end = std::min(line.find(' ', at), line.size());
    words.push_back(line.substr(at, end - at));
    at = line.find_first_not_of(' ', end);
  }
  return words;
}

}  // namespace

// Not for themselves: test cases below have them run in other processes.
TEST_CASE("mutants: one that holds on purpose", "[.][on_purpose]") { CHECK_FALSE(false); }
TEST_CASE("mutants: one that fails on purpose", "[.][on_purpose]") {
  CHECK(std::getenv(on_purpose) == nullptr);
}
TEST_CASE("mutants: one that crashes on purpose", "[.]") {
  // By a signal that sanitizers leave alone.
  CHECK((std::getenv(on_purpose) == nullptr || std::raise(SIGABRT) != 0));
}

TEST_CASE("mutants: what a process prints, on either stream, and its exit code come back",
          "[helpers]") {
  const Ended well = ended_of([] {
    std::printf("said");
    std::fflush(stdout);
    std::fprintf(stderr, " and complained");
    std::printf(", unfinished");
    return 0;
  });
  CHECK(well.output == "said and complained, unfinished");
  CHECK(well.exit_code == 0);
  CHECK(well.signal == 0);
  CHECK_FALSE(well.is_late);
  const Ended badly = ended_of([] { return 7; });
  CHECK(badly.exit_code == 7);
  CHECK(badly.output.empty());
  const Ended wordy = ended_of([] { return std::puts(std::string(100'000, 'x').c_str()), 0; });
  CHECK(wordy.output == std::string(100'000, 'x') + "\n");
}

TEST_CASE("mutants: what a process breaks is its own", "[helpers]") {
  int here = 1;
  CHECK(ended_of([&] { return ++here; }).exit_code == 2);
  CHECK(here == 1);
}

TEST_CASE("mutants: a process that crashes ends by its signal", "[helpers]") {
  for (const int signal : {SIGSEGV, SIGABRT, SIGFPE}) {
    const Ended crashed = ended_of([&] { return end_by(signal); });
    CHECK(crashed.signal == signal);
    CHECK(crashed.exit_code == 0);
    CHECK_FALSE(crashed.is_late);
  }
}

TEST_CASE("mutants: a process that does not come to an end is late", "[helpers]") {
  const Ended busy = ended_of(never_end, 1);
  CHECK(busy.is_late);
  CHECK(busy.signal != 0);
  CHECK(busy.seconds > 0.5);
  CHECK(busy.seconds < 3);
  // One that sleeps uses no processor: it has ten times as long, by the clock.
  const Ended asleep = ended_of([] { return static_cast<int>(alarm(0)); }, 2);
  CHECK(asleep.exit_code > 10);
  CHECK(asleep.exit_code <= 20);
  for (const int signal : {SIGALRM, SIGXCPU})
    CHECK(ended_of([&] { return end_by(signal); }).is_late);
}

TEST_CASE("mutants: so many processes at once and no more, and each is heard once", "[helpers]") {
  constexpr int count = 11;
  constexpr unsigned at_once = 3;
  unsigned under_way = 0, most = 0;
  int begun = 0;
  std::multiset<std::string> heard;
  work_off(
      [&](Work& work) {
        if (begun == count) return false;
        most = std::max(most, ++under_way);
        work.run = [number = begun++] { return std::printf("%d", number), 0; };
        work.done = [&](const Ended& ended) { --under_way, heard.insert(ended.output); };
        return true;
      },
      at_once);
  CHECK(most == at_once);
  CHECK(under_way == 0);
  std::multiset<std::string> all;
  for (int number = 0; number < count; ++number) all.insert(std::to_string(number));
  CHECK(heard == all);
  work_off([](Work&) { return false; }, at_once);  // nothing to do, and it says so at once
}

TEST_CASE("mutants: what a layer says it noticed is noted under the layer that it names",
          "[helpers]") {
  const Ended ended = ended_of([] {
    std::puts("a world of seed 4, KILLED by none");
    say_killed("claims", 12, "application data was told twice");
    std::puts("KILLEDquiesce 3 no");
    say_killed("quiesce", 9'000'000'000, "it  waits: for ever");
    say_killed("claims", 13, "once is enough");
    return 0;
  });
  const Found found = noted("fuzz", ended);
  REQUIRE(found.kills.size() == 2);
  CHECK(found.is_killed());
  CHECK(found.kills.at("claims").after == 12);
  CHECK(found.kills.at("claims").how == "application data was told twice");
  CHECK(found.kills.at("quiesce").after == 9'000'000'000);
  CHECK(found.kills.at("quiesce").how == "it  waits: for ever");
}

TEST_CASE("mutants: who ends well and says nothing has noticed nothing", "[helpers]") {
  CHECK_FALSE(noted("fuzz", {}).is_killed());
  Ended talkative;
  talkative.output = "all is well\n KILLED fuzz 1 behind a space\n";
  CHECK_FALSE(noted("fuzz", talkative).is_killed());
}

TEST_CASE("mutants: a crash, a time-out and an exit code are each a kill, in words", "[helpers]") {
  const auto only_kill = [](std::function<int()> run, unsigned seconds_max = 20) {
    const Found found = noted("fuzz", ended_of(std::move(run), seconds_max));
    REQUIRE(found.kills.size() == 1);
    const Kill kill = found.kills.at("fuzz");
    CHECK(kill.after == 1);
    return kill.how;
  };
  CHECK(only_kill([] { return 3; }) == "exit code 3");
  CHECK(only_kill([] { return end_by(SIGSEGV); }) == "ended by signal " + std::to_string(SIGSEGV));
  CHECK(only_kill([] { return end_by(SIGALRM); }) == "it never came to an end");
  CHECK(only_kill(never_end, 1) == "it never came to an end");
}

TEST_CASE("mutants: what was said before a crash stands, and the crash beside it", "[helpers]") {
  const Ended ended = ended_of([] {
    say_killed("claims", 5, "first");
    return end_by(SIGABRT);
  });
  const Found beside = noted("quiesce", ended);
  CHECK(beside.kills.size() == 2);
  CHECK(beside.kills.at("claims").how == "first");
  CHECK(beside.kills.at("quiesce").how == "ended by signal " + std::to_string(SIGABRT));
  CHECK(noted("claims", ended).kills.at("claims").how == "first");
}

TEST_CASE("mutants: a test case that fails is a kill by its name, and one that holds is none",
          "[helpers]") {
  Found found;
  REQUIRE(note_cases(found, "tests", ended_cases("mutants: one that holds on purpose")));
  CHECK_FALSE(found.is_killed());
  REQUIRE(note_cases(found, "tests", ended_cases("mutants: one that fails on purpose")));
  CHECK(found.kills.at("tests").how == "mutants: one that fails on purpose");
  CHECK(found.kills.at("tests").after == 1);
  REQUIRE(note_cases(found, "attacks", ended_cases("mutants: one that crashes on purpose")));
  CHECK(found.kills.at("attacks").how ==
        "mutants: one that crashes on purpose, ended by signal " + std::to_string(SIGABRT));
  // The one that holds comes first.
  REQUIRE(note_cases(found, "vectors", ended_cases("[on_purpose]")));
  CHECK(found.kills.at("vectors").after == 2);
  CHECK(found.kills.at("vectors").how == "mutants: one that fails on purpose");
}

TEST_CASE("mutants: a layer of which no test case ran is told, and is no kill", "[helpers]") {
  Found found;
  CHECK_FALSE(note_cases(found, "tests", ended_cases("[nobody has this tag]")));
  CHECK_FALSE(found.is_killed());
  CHECK_FALSE(note_cases(found, "tests", Ended{}));  // nor one that says nothing at all
  CHECK_FALSE(found.is_killed());
}

TEST_CASE("mutants: a name that no test case has is told, whatever the others did", "[helpers]") {
  Found found;
  CHECK_FALSE(note_cases(found, "tests",
                         ended_cases("mutants: one that holds on purpose,[nobody has this tag]")));
  CHECK_FALSE(found.is_killed());
}

TEST_CASE("mutants: who asked for a flaw is noted by the flaw, in the order of what was done",
          "[helpers]") {
  const Asked asked = asked_in(
      "ASKED key not wiped|stdio: a name, with a comma\n"
      "ASKED secret|1\n"
      "said ASKED secret|2\n"
      "ASKED secret\n"
      "ASKED secret|a name | with bars\n");
  CHECK(asked == Asked{{"key not wiped", {"stdio: a name, with a comma"}},
                       {"secret", {"1", "a name | with bars"}}});
  CHECK(asked_in("").empty());
}

TEST_CASE("mutants: a row of the matrix has a cell a layer, under the layer's name", "[helpers]") {
  const auto head = words_in(lines_of(print_head).at(0));
  CHECK(head == std::vector<std::string>(std::begin(layers), std::end(layers)));
  const Mutant row = mutant_of("row", false), flaw = mutant_of("flaw", true);
  const auto cells_of = [](const Mutant& mutant) {
    Found found;
    found.mutant = &mutant;
    for (std::size_t i = 0; i < std::size(layers); i += 3)
      found.kills[layers[i]] = {100 + i, "somehow"};
    const auto lines = lines_of([&] { print_row(found); });
    REQUIRE(lines.size() == 1);
    auto cells = words_in(lines[0]);
    REQUIRE(cells.size() == std::size(layers) + 1);
    CHECK(cells.back() == mutant.name);
    return cells;
  };
  const auto of_row = cells_of(row), of_flaw = cells_of(flaw);
  for (std::size_t i = 0; i < std::size(layers); ++i) {
    INFO(layers[i]);
    const std::string noticed = i % 3 == 0 ? std::to_string(100 + i) : ".";
    CHECK(of_row[i] == (i < row_layer_count ? noticed : "-"));
    CHECK(of_flaw[i] == (i == 0 ? "-" : noticed));  // no table is edited
  }
}

TEST_CASE("mutants: in words, a mutant's name, and who noticed it or that nobody did",
          "[helpers]") {
  const Mutant mutant = mutant_of("the flaw", true);
  Found found;
  found.mutant = &mutant;
  CHECK(lines_of([&] { print_words(found); }) ==
        std::vector<std::string>{"", "the flaw", "  nobody noticed"});
  found.kills["claims"] = {3, "data came twice"};
  found.kills["vectors"] = {1, "a vector differs"};
  CHECK(lines_of([&] { print_words(found); }) ==
        std::vector<std::string>{"", "the flaw", "  claims, after 3: data came twice",
                                 "  vectors, after 1: a vector differs"});
}

TEST_CASE("mutants: reasons are read with the mutants that they explain", "[helpers]") {
  const auto reasons = reasons_in(
      "# what this is\n"
      "\n"
      "the first reason, which\n"
      "goes on.\n"
      "  Parent row 1: one\n"
      "# about the next\n"
      "  Parent row 2: *\n"
      "\n"
      "the second\n"
      "  Child row 1: one\n"
      "the third, without an empty line\n"
      "  Child row 2:  two spaces\n");
  REQUIRE(reasons.size() == 3);
  CHECK(reasons[0].words == "the first reason, which goes on.");
  CHECK(reasons[0].patterns == std::vector<std::string>{"Parent row 1: one", "Parent row 2: *"});
  CHECK(reasons[1].words == "the second");
  CHECK(reasons[1].patterns == std::vector<std::string>{"Child row 1: one"});
  CHECK(reasons[2].words == "the third, without an empty line");
  CHECK(reasons[2].patterns == std::vector<std::string>{"Child row 2:  two spaces"});
  CHECK(reasons_in("").empty());
  CHECK(reasons_in("# nothing\n\n").empty());
}

TEST_CASE("mutants: a survivor has the first reason that fits it, and none without words",
          "[helpers]") {
  const auto reasons = reasons_in(
      "  Parent row 0: without a reason\n"
      "first\n  Parent row 1: dropped\n  Parent row 2*\n"
      "second\n  Parent row *: dropped\n");
  CHECK(reason_of(reasons, "Parent row 0: without a reason") == -1);
  CHECK(reason_of(reasons, "Parent row 1: dropped") == 1);
  CHECK(reason_of(reasons, "Parent row 25, Open: not sent") == 1);
  CHECK(reason_of(reasons, "Parent row 3: dropped") == 2);
  CHECK(reason_of(reasons, "Parent row 3: dropped twice") == -1);  // as a whole
  CHECK(reason_of(reasons, "a Parent row 3: dropped") == -1);
  CHECK(reason_of(reasons, "Child row 1: dropped") == -1);
  CHECK(reason_of({}, "Parent row 1: dropped") == -1);
}

TEST_CASE("mutants: a pattern that fits no survivor is idle", "[helpers]") {
  const auto reasons = reasons_in("a\n  one\n  t*\nb\n  three\n  four\n");
  CHECK(idle_patterns(reasons, {"one", "three"}) == std::vector<std::string>{"four"});
  CHECK(idle_patterns(reasons, {"four", "two", "one"}) == std::vector<std::string>{"three"});
  CHECK(idle_patterns(reasons, {}).size() == 4);
  CHECK(idle_patterns(reasons, {"one", "two", "three", "four"}).empty());
}

TEST_CASE("mutants: each group of survivors.txt has a reason, and each of its patterns is one",
          "[helpers]") {
  const auto reasons = reasons_in(handfast::test::read_file("mutants/survivors.txt"));
  CHECK(reasons.size() > 5);
  const std::regex a_row(
      "^(stdio|registration|peers|udp|rehandshake( peers)?|migration|x3dh( counter)?): "
      "[A-Z][a-z]+ row [0-9*]");
  std::set<std::string> patterns;
  for (const Reason& reason : reasons) {
    INFO(reason.words);
    CHECK(reason.words.size() > 20);
    CHECK_FALSE(reason.patterns.empty());
    for (const std::string& pattern : reason.patterns) {
      INFO(pattern);
      CHECK(patterns.insert(pattern).second);
      CHECK(std::regex_search(pattern, a_row));
      CHECK(pattern.find(": ") != std::string::npos);
    }
  }
}
