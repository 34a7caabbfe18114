// A property that fails prints one line on standard error that runs it again, with the same seeds.

#include <cstdio>
#include <cstdlib>
#include <string>

#define CATCH_CONFIG_EXTERNAL_INTERFACES  // Catch2 2 keeps listeners there
#include "tests/support/catch.hpp"

namespace {

#if __has_include(<catch2/catch_all.hpp>)
using Listener = Catch::EventListenerBase;
const Catch::TestCaseInfo& info_of(const Catch::TestCaseStats& stats) { return *stats.testInfo; }
#else
using Listener = Catch::TestEventListenerBase;
const Catch::TestCaseInfo& info_of(const Catch::TestCaseStats& stats) { return stats.testInfo; }
#endif

/// `text` as one word of a shell.
std::string quoted(const std::string& text) {
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

class SeeAgain : public Listener {
 public:
  using Listener::Listener;

  void testCaseEnded(const Catch::TestCaseStats& stats) override {
    const Catch::TestCaseInfo& info = info_of(stats);
    if (stats.totals.assertions.failed == 0 ||
        info.tagsAsString().find("[property]") == std::string::npos)
      return;
    std::string line = "see it again:";
    for (const char* const name : {"RC_PARAMS", "HANDFAST_SEED", "HANDFAST_LONG"})
      if (const char* const value = std::getenv(name))
        line += std::string(" ") + name + "=" + quoted(value);
    line += " tests/run --only " + quoted(info.name);
    std::fprintf(stderr, "%s\n", line.c_str());
  }
};

CATCH_REGISTER_LISTENER(SeeAgain)

}  // namespace
