#include "tests/mutants/matrix.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <sstream>

namespace mutants {

namespace {

constexpr const char* killed_word = "KILLED ";

std::string end_in_words(const Ended& ended) {
  if (ended.is_late) return "it never came to an end";
  if (ended.signal != 0) return "ended by signal " + std::to_string(ended.signal);
  return "exit code " + std::to_string(ended.exit_code);
}

/// The number behind `words` in `text`; 0 where there is none.
std::uint64_t number_behind(const std::string& text, const std::string& words) {
  const std::size_t at = text.rfind(words);
  return at == std::string::npos ? 0 : std::strtoull(text.c_str() + at + words.size(), nullptr, 10);
}

/// The test case that Catch2 names above its first failure.
std::string first_case_in(const std::string& text) {
  std::istringstream lines(text);
  std::string name;
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("-----") && std::getline(lines, name)) return name;
  return "no test case";
}

void print_line(const std::string& name, const Found* found) {
  for (std::size_t i = 0; i < std::size(layers); ++i) {
    std::string cell = layers[i];
    if (found != nullptr) {
      const auto kill = found->kills.find(layers[i]);
      const bool counts = found->mutant->is_flaw ? i > 0 : i < row_layer_count;
      cell = !counts ? "-" : kill == found->kills.end() ? "." : std::to_string(kill->second.after);
    }
    std::printf("%9s", cell.c_str());
  }
  std::printf("  %s\n", name.c_str());
}

}  // namespace

void say_killed(const std::string& layer, std::uint64_t after, const std::string& how) {
  std::printf("%s%s %llu %s\n", killed_word, layer.c_str(), static_cast<unsigned long long>(after),
              how.c_str());
  std::fflush(stdout);
}

void note(Found& found, const std::string& layer, const Ended& ended) {
  std::istringstream lines(ended.output);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(killed_word)) continue;
    std::istringstream words(line.substr(std::string(killed_word).size()));
    std::string by;
    Kill kill;
    words >> by >> kill.after;
    std::getline(words >> std::ws, kill.how);
    found.kills.emplace(by, kill);
  }
  if (ended.signal != 0 || ended.exit_code != 0)
    found.kills.emplace(layer, Kill{1, end_in_words(ended)});
}

bool note_cases(Found& found, const std::string& layer, const Ended& ended) {
  const std::string& text = ended.output;
  // Catch2 3 has an exit code for it; of several names one may be nobody's.
  for (const char* const words : {"No tests ran", "No test cases matched"})
    if (text.find(words) != text.npos) return false;
  if (ended.signal == 0 && ended.exit_code == 0) return text.find("All tests passed") != text.npos;
  std::string how = first_case_in(text);
  if (ended.signal != 0) how += ", " + end_in_words(ended);
  found.kills.emplace(layer,
                      Kill{std::max<std::uint64_t>(1, number_behind(text, "test cases: ")), how});
  return true;
}

Asked asked_in(const std::string& output) {
  static const std::string word = "ASKED ";
  Asked asked;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t end = line.find('|');
    if (!line.starts_with(word) || end == line.npos) continue;
    asked[line.substr(word.size(), end - word.size())].push_back(line.substr(end + 1));
  }
  return asked;
}

void print_head() { print_line("", nullptr); }
void print_row(const Found& found) { print_line(found.mutant->name, &found); }

void print_words(const Found& found) {
  std::printf("\n%s\n", found.mutant->name.c_str());
  if (!found.is_killed()) std::puts("  nobody noticed");
  for (const auto& [layer, kill] : found.kills)
    std::printf("  %s, after %llu: %s\n", layer.c_str(),
                static_cast<unsigned long long>(kill.after), kill.how.c_str());
}

}  // namespace mutants
