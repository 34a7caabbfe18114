// A property that fails prints one line on standard error that runs it again, with the same seeds;
// and one for each world in which it found something, whole, as Catch2 breaks the lines that it
// prints.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <set>
#include <string>
#include <string_view>

#define CATCH_CONFIG_EXTERNAL_INTERFACES  // Catch2 2 keeps listeners there
#include "tests/support/catch.hpp"
#include "tests/support/environment.hpp"

namespace {

#if __has_include(<catch2/catch_all.hpp>)
using Listener = Catch::EventListenerBase;
using Noticed = void;
const Catch::TestCaseInfo& info_of(const Catch::TestCaseStats& stats) { return *stats.testInfo; }
#else
using Listener = Catch::TestEventListenerBase;
using Noticed = bool;
const Catch::TestCaseInfo& info_of(const Catch::TestCaseStats& stats) { return stats.testInfo; }
#endif

/// `text` as one word of a shell.
std::string quoted(const std::string& text) {
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

/// RapidCheck's seed, which it would otherwise draw and not tell.
void draw_seed() {
  const char* const given = std::getenv("RC_PARAMS");
  std::string params = given == nullptr ? "" : given;
  if (params.find("seed=") != params.npos) return;
  params += (params.empty() ? "seed=" : " seed=") + std::to_string(std::random_device{}() >> 1);
  setenv("RC_PARAMS", params.c_str(), 1);
}

/// The lines of `text` that tell of a finding (testing/findings.hpp): what, where, and the command.
void print_findings(std::string_view text, std::set<std::string>& printed) {
  static constexpr std::string_view where = "; in its world it is ", command = ": tests/run --sim ";
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const auto at = line.find(where), colon = line.find(command);
    if (at == line.npos || colon == line.npos || !printed.emplace(line).second) continue;
    const std::string what(line.substr(0, at)), again(line.substr(colon + 2));
    std::fprintf(stderr, "%s\nsee it again, as %c: %s\n", what.c_str(), line[at + where.size()],
                 again.c_str());
  }
}

class SeeAgain : public Listener {
 public:
  using Listener::Listener;

  void testRunStarting(const Catch::TestRunInfo&) override {
    (void)handfast::test::number_from_environment("HANDFAST_SEED");
    (void)handfast::test::number_from_environment("HANDFAST_LONG", handfast::test::long_max);
    draw_seed();
  }

  Noticed assertionEnded(const Catch::AssertionStats& stats) override {
    if (!stats.assertionResult.isOk())
      for (const Catch::MessageInfo& info : stats.infoMessages)
        print_findings(info.message, printed_);
    return Noticed();
  }

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

 private:
  std::set<std::string> printed_;
};

CATCH_REGISTER_LISTENER(SeeAgain)

}  // namespace
