#include "tests/attacks/gallery.hpp"

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <set>
#include <sstream>

#include "tests/support/catch.hpp"
#include "tests/support/files.hpp"

using namespace attacks;

namespace {

/// The row of README.md.
std::string row_of(const About& about) {
  const auto cell = [](std::string_view text) {
    return " " + std::string(text.empty() ? "–" : text) + " |";
  };
  return "|" + cell(about.flaw) + cell(about.claims) + " [" + std::string(about.name) + "](" +
         about.file() + "): " + std::string(about.title) + " |" + cell(about.compat) +
         cell(about.hardened);
}

/// What `tests/run --attacks NAME` asks to be told; nothing where it does not ask.
const char* wanted() { return std::getenv("HANDFAST_ATTACKS"); }

}  // namespace

TEST_CASE("attacks: every attack ends as its row says, and tells how") {
  int told = 0;
  for (const Attack* attack : gallery()) {
    const About& about = attack->about;
    INFO(about.name);
    const bool is_wanted = wanted() != nullptr && about.name.find(wanted()) != about.name.npos;
    if (is_wanted) print_heading(std::cout, about);
    for (const Profile which : {Profile::compat, Profile::hardened}) {
      const Telling run = attack->run(which);
      CHECK(run.reached == (which == Profile::compat && about.reaches_compat));
      CHECK(std::ranges::count(run.steps, "attacker", &Step::who) >= 1);
      CHECK(std::ranges::count(run.steps, "attacker", &Step::who) < std::ssize(run.steps));
      CHECK(std::ranges::any_of(run.steps, [](const Step& s) { return s.who == "deployed"; }) ==
            !about.reaches_compat);
      if (is_wanted) print_run(std::cout, *attack, which, run);
    }
    told += is_wanted ? 1 : 0;
  }
  if (wanted() != nullptr && told == 0) {
    for (const Attack* attack : gallery()) std::cout << attack->about.name << '\n';
    FAIL("no attack has \"" << wanted() << "\" in its name; these are all");
  }
}

TEST_CASE(
    "attacks: the table of contents lists every attack, in order, with what both profiles do") {
  std::istringstream readme(handfast::test::read_file("attacks/README.md"));
  std::vector<std::string> rows, expected;
  for (std::string line; std::getline(readme, line);)
    if (line.starts_with("|") && line.find("_test.cpp)") != line.npos) rows.push_back(line);
  for (const Attack* attack : gallery()) expected.push_back(row_of(attack->about));
  CHECK(rows.size() == expected.size());
  for (std::size_t i = 0; i < std::min(rows.size(), expected.size()); ++i)
    CHECK(rows[i] == expected[i]);
}

TEST_CASE("attacks: every attack has a file of its own, and every file an attack") {
  std::set<std::string> listed, found;
  for (const Attack* attack : gallery()) listed.insert(attack->about.file());
  CHECK(listed.size() == gallery().size());
  for (const auto& entry :
       std::filesystem::directory_iterator(handfast::test::path_of("attacks"))) {
    const std::string name = entry.path().filename().string();
    for (const Attack* attack : gallery())
      if (name.starts_with(attack->about.protocol) && name.ends_with("_test.cpp"))
        found.insert(name);
  }
  CHECK(found == listed);
}

TEST_CASE("attacks: a step like the one before is counted, and a long one is broken at a space") {
  Story story;
  story.attacker("waits");
  story.attacker("waits");
  story.deployed("waits");
  REQUIRE(story.steps().size() == 2);
  CHECK(story.steps()[0].times == 2);
  CHECK(story.steps()[1].who == "deployed");

  std::ostringstream out;
  print_step(out, "attacker", std::string(80, 'a') + ' ' + std::string(20, 'b'));
  CHECK(out.str() == "    attacker  " + std::string(80, 'a') + "\n" + std::string(14, ' ') +
                         std::string(20, 'b') + "\n");
}
