#include "tests/attacks/stdio.hpp"
#include "tests/attacks/thief.hpp"
#include "tests/support/catch.hpp"

// A stolen state opens messages that are past.

namespace attacks {
namespace {

bool attack(Profile which, PairStory& story) {
  Pair& pair = story.established(which);
  std::vector<Sealed> requests;
  story.parent("asks \"secret 1\" to \"secret 6\", and all are answered");
  for (int i = 1; i <= 6; ++i) {
    pair.send("secret " + std::to_string(i));
    requests.push_back(pair.to_child.front());
    pair.run();
  }
  story.attacker("has kept the six requests, and now copies the child's memory");
  Thief thief(which, *pair.child);
  for (const Sealed& request : requests)
    if (const auto found = thief.reads(request)) story.read.push_back(*found);
  story.attacker("tries every 32 bytes of it as a key, and as what a key is made of, and reads " +
                 std::to_string(story.read.size()) + " of the six");
  pair.send("secret 7");
  if (thief.reads(pair.to_child.front()) != "secret 7") throw std::logic_error("no thief at all");
  story.attacker("reads the next one too: that the future is safe is promised by a rekey only");
  pair.run();
  story.hears("one more");
  return !story.read.empty();
}

const Attack listed{
    {"stdio", "", "4", "thief_of_the_past", "a stolen state opens messages that are past",
     "the window keeps the keys of messages that came: the last two of six are read",
     "the key of a message that came is gone: none is read (only one that was skipped over, while "
     "its key waits in the window)"},
    attack};

}  // namespace

TEST_CASE("stdio: a thief of the past succeeds against compat", "[attack]") {
  PairStory story;
  CHECK(attack(Profile::compat, story));
  CHECK(story.read == std::vector<std::string>{"secret 5", "secret 6"});
}

TEST_CASE("stdio: a thief of the past fails against hardened", "[attack]") {
  PairStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
  CHECK(Pair::count(story.pair().child_told, "Delivered") == 8);
  CHECK(story.heard == "re: one more");
}

}  // namespace attacks
