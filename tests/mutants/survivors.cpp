#include "tests/mutants/survivors.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <sstream>

namespace mutants {

namespace {

bool fits(const std::string& pattern, const std::string& name) {
  return fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
}

}  // namespace

std::vector<Reason> reasons_in(const std::string& text) {
  std::vector<Reason> reasons;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    if (line.starts_with("  ")) {
      if (reasons.empty()) reasons.emplace_back();
      reasons.back().patterns.push_back(line.substr(2));
    } else if (reasons.empty() || !reasons.back().patterns.empty()) {
      reasons.push_back({line, {}});
    } else {
      reasons.back().words += " " + line;
    }
  }
  return reasons;
}

int reason_of(const std::vector<Reason>& reasons, const std::string& survivor) {
  for (std::size_t i = 0; i < reasons.size(); ++i)
    if (!reasons[i].words.empty() &&
        std::ranges::any_of(reasons[i].patterns,
                            [&](const std::string& one) { return fits(one, survivor); }))
      return static_cast<int>(i);
  return -1;
}

std::vector<std::string> idle_patterns(const std::vector<Reason>& reasons,
                                       const std::vector<std::string>& survivors) {
  std::vector<std::string> idle;
  for (const Reason& reason : reasons)
    for (const std::string& pattern : reason.patterns)
      if (std::ranges::none_of(survivors,
                               [&](const std::string& one) { return fits(pattern, one); }))
        idle.push_back(pattern);
  return idle;
}

}  // namespace mutants
