// Load and faults over real sockets: a server in a process of its own, its clients in this one.
// Prints `ok CASE` or `FAILED CASE` for each.
//
//   soak [TEXT]    runs the cases with TEXT in their name
//
// HANDFAST_LONG=SECONDS makes the crowd as large as the limits of the process allow, up to 10 000,
// and repeats the faults.

#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "tests/soak/case.hpp"
#include "tests/soak/web_socket.hpp"
#include "tests/support/environment.hpp"

namespace {

using namespace soak;

constexpr unsigned case_seconds_max = 300;
char running[256] = "";

/// What hangs in spite of all deadlines.
void overdue(int) {
  const char words[] = "FAILED ";
  if (::write(STDOUT_FILENO, words, sizeof words - 1) < 0 ||
      ::write(STDOUT_FILENO, running, std::char_traits<char>::length(running)) < 0 ||
      ::write(STDOUT_FILENO, "\n", 1) < 0)
    std::_Exit(3);
  std::_Exit(1);
}

/// A process's files: as many as it may have.
std::size_t files_max() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

}  // namespace

int main(int count, char** arguments) {
  // What the heap keeps for each thread counts as in use: without it one can tell what is.
  if (std::getenv("GLIBC_TUNABLES") == nullptr) {
    ::setenv("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0", 1);
    ::execv("/proc/self/exe", arguments);
  }
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  Extent extent;
  const std::uint64_t seconds =
      handfast::test::number_from_environment("HANDFAST_LONG", handfast::test::long_max)
          .value_or(0);
  const std::size_t files = files_max();
  if (seconds > 0) {
    extent.crowd_count = 10'000;
    extent.fault_rounds = static_cast<int>(std::clamp<std::uint64_t>(seconds / 120, 2, 100));
  }
  extent.crowd_count = std::min(extent.crowd_count, files > 200 ? files - 200 : 1);

  std::vector<Case> cases;
  for (auto& list : {crowd_cases(extent), fault_cases(extent), malformed_cases(extent)})
    cases.insert(cases.end(), list.begin(), list.end());
  ::signal(SIGALRM, overdue);
  int code = 0, run = 0;
  for (const Case& one : cases) {
    if (count > 1 && one.name.find(arguments[1]) == one.name.npos) continue;
    ++run;
    std::snprintf(running, sizeof running, "%s", one.name.c_str());
    const int broken = broken_servers();
    const auto start = Clock::now();
    std::string words;
    ::alarm(case_seconds_max);
    try {
      one.run();
    } catch (const std::exception& error) {
      words = error.what();
    }
    ::alarm(0);
    if (words.empty() && broken_servers() != broken) words = "the server broke";
    std::printf("  %.1f s\n", std::chrono::duration<double>(Clock::now() - start).count());
    if (words.empty()) {
      std::printf("ok %s\n", one.name.c_str());
    } else {
      std::printf("%s\nFAILED %s\n", words.c_str(), one.name.c_str());
      code = 1;
    }
  }
  if (run == 0) std::printf("there is no such case\n");
  return run == 0 ? 2 : code;
}
