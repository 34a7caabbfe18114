#include "tests/attacks/stdio.hpp"
#include "tests/attacks/thief.hpp"
#include "tests/support/catch.hpp"

// One key that was kept for a late message makes all that follow.

namespace attacks {
namespace {

/// A request that arrives and is answered; the attacker has a copy.
Sealed passes(Pair& pair, std::string_view text) {
  pair.send(text);
  const Sealed request = pair.to_child.front();
  pair.run();
  return request;
}

bool attack(Profile which, PairStory& story) {
  Pair& pair = story.established(which);
  passes(pair, "one");
  story.parent("asks three questions; the attacker has copies of the records");
  const Sealed kept = which == Profile::compat ? passes(pair, "two") : story.asks("two");
  if (which == Profile::hardened)
    story.attacker("holds it back, since a key is kept here only for what has not come");
  std::vector<Sealed> later{passes(pair, "three")};
  Thief thief(which, *pair.child);
  Key key = thief.key_of(kept).value();
  story.attacker("steals one key and no more, the one that the child keeps for the second request");
  for (const char* text : {"four", "five", "six", "seven"}) later.push_back(passes(pair, text));
  story.parent("asks four more");

  std::uint64_t n = sequence_of(which, kept);
  for (const Sealed& request : later) {
    while (n < sequence_of(which, request)) key = thief.step(key, n++);
    auto found = thief.opened(key, request);
    if (!found) found = thief.opened(thief.message_key(key, n), request);
    if (found) story.read.push_back(*found);
  }
  story.attacker("makes the next key of it, and the next of that, as the page says, and reads " +
                 std::to_string(story.read.size()) + " of the five requests after the second");
  if (which == Profile::hardened) {
    story.attacker("hands over the second request, and looks for its key once more");
    story.hands_child(kept);
    const bool is_there = Thief(which, *pair.child).key_of(kept).has_value();
    story.attacker(is_there ? "finds it" : "finds it no more");
    if (is_there) story.read.push_back("two");
  }
  story.hears("eight");
  return !story.read.empty();
}

const Attack listed{
    {"stdio", "", "3, 4", "kept_key", "one kept key makes all that follow",
     "a key is chain and message key in one: whoever has an old one of the window has every one "
     "behind it",
     "what is kept is a message key, from which nothing is made: it opens its one message, and is "
     "gone when that has come"},
    attack};

}  // namespace

TEST_CASE("stdio: stepping on from a kept key succeeds against compat", "[attack]") {
  PairStory story;
  CHECK(attack(Profile::compat, story));
  CHECK(story.read == std::vector<std::string>{"three", "four", "five", "six", "seven"});
}

TEST_CASE("stdio: stepping on from a kept key fails against hardened", "[attack]") {
  PairStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
  CHECK(story.forged.empty());
  CHECK(Pair::count(story.pair().child_told, "Delivered") == 8);  // the one held back, too
  CHECK(story.heard == "re: eight");
}

}  // namespace attacks
