// Runs cases under valgrind's memcheck.
//
//   constant_time --list      prints `constant NAME` or `leaks NAME` for each case
//   constant_time NAME...     runs these, in order; prints `ok NAME` or `FAILED NAME` for each
//
// Ends with 0 where memcheck found nothing, with 1 where it did or a case went wrong, with 2 where
// nothing can be measured.

#include <cstdio>
#include <exception>

#include "tests/constant_time/cases.hpp"

namespace {

using namespace constant_time;

template <class Visit>
void each_case(Visit&& visit) {
  for (const auto cases : {crypto_cases(), ratchet_cases(), stdio_cases(), registration_cases(),
                           udp_cases(), rehandshake_cases(), x3dh_cases(), controls()})
    for (const Case& one : cases) visit(one);
}

int length_of(std::string_view text) { return static_cast<int>(text.size()); }

bool run(const Case& one) {
  const unsigned before = error_count();
  bool passed = true;
  try {
    one.run();
  } catch (const std::exception& wrong) {
    std::fprintf(stderr, "%.*s: not so: %s\n", length_of(one.name), one.name.data(), wrong.what());
    passed = false;
  }
  if (const unsigned found = error_count() - before; found > 0) {
    std::fprintf(stderr, "%.*s: memcheck complains %u times\n", length_of(one.name),
                 one.name.data(), found);
    passed = false;
  }
  std::printf("%s %.*s\n", passed ? "ok" : "FAILED", length_of(one.name), one.name.data());
  std::fflush(stdout);
  return passed;
}

int unmeasurable(const char* why) {
  std::fprintf(stderr, "nothing is measured: %s\n", why);
  return 2;
}

}  // namespace

int main(int count, char** words) {
  if (count == 2 && std::string_view(words[1]) == "--list") {
    each_case([](const Case& one) {
      std::printf("%s %.*s\n", one.leaks ? "leaks" : "constant", length_of(one.name),
                  one.name.data());
    });
    return 0;
  }
  if (!has_memcheck_header) return unmeasurable("valgrind/memcheck.h was missing at compile time");
  if (!runs_under_valgrind()) return unmeasurable("this is not run by valgrind");
  bool passed = count > 1;
  for (int i = 1; i < count; ++i) {
    bool found = false;
    each_case([&](const Case& one) {
      if (one.name != words[i]) return;
      found = true;
      passed = run(one) && passed;
    });
    if (!found) {
      std::printf("FAILED %s\n", words[i]);
      passed = false;
    }
  }
  return passed ? 0 : 1;
}
