// The layers that are test cases, and the main of the small programs that have only those.

#define CATCH_CONFIG_RUNNER
#define CATCH_CONFIG_EXTERNAL_INTERFACES  // Catch2 2 keeps listeners there
#include "tests/mutants/session.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "handfast/testing/switches.hpp"
#include "tests/mutants/reached.hpp"
#include "tests/support/catch.hpp"

namespace mutants {

namespace {

constexpr const char* telling = "HANDFAST_TELL_ASKED";  // in the environment

#if __has_include(<catch2/catch_all.hpp>)
using Listener = Catch::EventListenerBase;
#else
using Listener = Catch::TestEventListenerBase;
#endif

class TellsAsked : public Listener {
 public:
  using Listener::Listener;
  void testRunStarting(const Catch::TestRunInfo& info) override {
    Listener::testRunStarting(info);
    (void)handfast::testing::take_asked_names();
    reached().clear();
  }
  void testCaseStarting(const Catch::TestCaseInfo& info) override {
    Listener::testCaseStarting(info);
    name_ = info.name;
  }
  void testCaseEnded(const Catch::TestCaseStats& stats) override {
    Listener::testCaseEnded(stats);
    say_asked(name_);
  }

 private:
  std::string name_;
};
CATCH_REGISTER_LISTENER(TellsAsked)

}  // namespace

int run_cases(const std::string& cases) {
  Catch::Session session;
  // -#: the file of a test case is a tag of it.
  const char* const arguments[] = {"mutants", cases.c_str(), "--abort", "-#"};
  return session.run(static_cast<int>(std::size(arguments)), arguments);
}

int run_cases_of(const std::string& path, const std::string& cases,
                 const std::vector<std::string>& flaws) {
  std::vector<std::string> arguments{path, cases};
  arguments.insert(arguments.end(), flaws.begin(), flaws.end());
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  execv(path.c_str(), pointers.data());
  std::perror(path.c_str());
  return 1;
}

std::string in_catch_words(std::string_view name) {
  std::string words;
  for (const char c : name) {
    if (std::string_view("\\\"[],*").find(c) != std::string_view::npos) words += '\\';
    words += c;
  }
  return words;
}

void tell_asked() { setenv(telling, "1", 1); }

void say_asked(const std::string& part) {
  if (std::getenv(telling) == nullptr) return;
  for (const std::string_view flaw : handfast::testing::take_asked_names())
    std::printf("ASKED %.*s|%s\n", static_cast<int>(flaw.size()), flaw.data(), part.c_str());
  for (const std::string& what : std::exchange(reached(), {}))
    std::printf("ASKED %s|%s\n", what.c_str(), part.c_str());
}

}  // namespace mutants
