#include "tests/attacks/page.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "handfast/spec/transcript_html.hpp"
#include "tests/support/catch.hpp"

using namespace attacks;

namespace {

/// Writes `page` into the folder that `tests/run --attacks NAME --html FOLDER` names, where NAME is
/// in the attack's.
void write_where_wanted(const About& about, Profile which, const handfast::spec::Transcript& page) {
  const char* const wanted = std::getenv("HANDFAST_ATTACKS");
  const char* const folder = std::getenv("HANDFAST_PAGES");
  if (folder == nullptr || wanted == nullptr || about.name.find(wanted) == about.name.npos) return;
  const std::string name = std::string(about.protocol) + "_" + std::string(about.name) + "_" +
                           std::string(to_string(which));
  for (const auto& [suffix, text] : {std::pair(".html", html(page)), {".txt", text(page)}}) {
    std::ofstream file(std::filesystem::path(folder) / (name + suffix));
    file << text;
    CHECK(file.flush().good());
  }
}

}  // namespace

TEST_CASE("attacks: each run of a story is a page on which every byte that moved has an owner") {
  for (const Attack* attack : gallery())
    for (const Profile which : {Profile::compat, Profile::hardened}) {
      Telling run;
      const auto page = page_of(*attack, which, run);
      INFO(page.title);
      int frames = 0, told = 0;
      for (const auto& entry : page.entries) {
        frames += entry.transit.has_value();
        told += entry.remark.has_value();
      }
      CHECK(frames > 0);
      CHECK(told >= std::ssize(run.steps));  // which counts what is said again
      CHECK(unowned(page).value_or("") == "");
      write_where_wanted(attack->about, which, page);
    }
}

TEST_CASE("attacks: a page says whose frame it is, and what became of it") {
  Telling run;
  for (const Attack* attack : gallery()) {
    if (attack->about.name != "repeated_request") continue;
    const auto page = page_of(*attack, Profile::hardened, run);
    std::string words;
    for (const auto& entry : page.entries)
      if (entry.transit) words += heading_of(page, *entry.transit) + '\n';
    CHECK(words == R"(Peer 1 -> Peer 2: Request, 96 bytes
Peer 2 -> Peer 1: Response, 96 bytes
Peer 1 -> Peer 2: Complete, 64 bytes
attacker -> Peer 2: Request, 96 bytes, replayed, refused
)");
  }
  CHECK(!run.steps.empty());
}
