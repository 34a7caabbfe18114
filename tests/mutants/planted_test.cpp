#include "tests/mutants/planted.hpp"

#include <filesystem>
#include <regex>
#include <set>
#include <string>

#include "handfast/core/planted.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/files.hpp"

using namespace mutants;

namespace {

/// What `pattern` finds in the headers of production code: its first group, as often as it is there.
std::multiset<std::string> found_in_headers(const char* pattern) {
  std::multiset<std::string> found;
  const std::regex wanted(pattern);
  const std::string root = handfast::test::path_of("../include/handfast");
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    const std::string path = entry.path().string();
    if (!path.ends_with(".hpp") || path.starts_with(root + "/testing/")) continue;
    const std::string text =
        handfast::test::read_file("../include/handfast" + path.substr(root.size()));
    for (std::sregex_iterator at(text.begin(), text.end(), wanted), end; at != end; ++at)
      found.insert((*at)[1]);
  }
  return found;
}

/// The name of flaw `index` as the text that the headers have.
template <std::size_t index, std::size_t... I>
consteval auto literal_of(std::index_sequence<I...>) {
  const char literal[] = {flaws[index].name[I]..., '\0'};
  return handfast::FixedString<sizeof literal>(literal);
}
template <std::size_t index>
constexpr bool is_planted() {
  constexpr auto name = literal_of<index>(std::make_index_sequence<flaws[index].name.size()>{});
  return handfast::detail::planted<name>;
}

}  // namespace

TEST_CASE(
    "mutants: every flaw that is planted in a header is in the list, and every one listed is "
    "planted once") {
  std::multiset<std::string> listed;
  for (const Flaw& flaw : flaws) {
    listed.emplace(flaw.name);
    CHECK(flaw.row >= 1);
    CHECK(flaw.row <= 40);
    CHECK_FALSE(flaw.breaks.empty());
  }
  CHECK(std::set<std::string>(listed.begin(), listed.end()).size() == listed.size());
  CHECK(listed.size() >= 32);
  CHECK(found_in_headers("planted<\\s*\"([^\"]*)\"") == listed);
}

TEST_CASE("mutants: no planted flaw is all that a constant is made of") {
  // Such a constant is computed by the compiler, for which no flaw is there.
  const auto constants = found_in_headers(
      "const(?:expr)? (?:bool|auto) \\w+ "
      "=\\s*!?(?:handfast::)?(?:detail::)?planted<\\s*\"([^\"]*)\">;");
  CHECK(constants == std::multiset<std::string>{});
}

TEST_CASE("mutants: a program that plants nothing has no flaw, and the compiler knows it") {
  STATIC_REQUIRE([]<std::size_t... I>(std::index_sequence<I...>) {
    return !(is_planted<I>() || ...);
  }(std::make_index_sequence<std::size(flaws)>{}));
}
