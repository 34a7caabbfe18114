#include "tests/attacks/stdio.hpp"
#include "tests/support/catch.hpp"

// Keys that were stolen once are good for ever.

namespace attacks {
namespace {

/// The thief runs the stolen child on a machine of his own and feeds it what goes by.
void overhear(PairStory& story, Side& stolen, const Sealed& frame) {
  const Time now = story.pair().now;
  const Result result = stolen.receive(frame.link, frame.bytes, now);
  const Told* request = result.find("Delivered");
  if (request == nullptr) return;
  story.read.push_back(request->text);
  (void)stolen.handle(Respond{request->correlation, bytes_of("re: " + request->text)}, now);
}

bool attack(Profile which, PairStory& story) {
  Config config;
  config.messages_max = 10;
  Pair& pair = story.established(which, config);
  story.parent("asks 30 questions; the limit on one set of keys, 10 000 in the document, is 10");
  Script random(99);
  const auto stolen = pair.child->clone(random);
  story.attacker("copies the child's memory before the first, and from here on only listens");
  for (int i = 1; i <= 30; ++i) {
    pair.send("secret " + std::to_string(i));
    pair.now.steady += 1s;
    pair.parent_caused_by_time();
    while (!pair.to_child.empty() || !pair.to_parent.empty()) {
      if (!pair.to_child.empty()) overhear(story, *stolen, pair.to_child.front());
      if (!pair.to_child.empty()) pair.to_child_next();
      if (!pair.to_parent.empty()) pair.to_parent_next();
    }
  }
  story.step("both", "told " + std::to_string(Pair::count(pair.parent_told, "RekeyDue")) +
                         " times that a rekey is due, and had new keys " +
                         std::to_string(Pair::count(pair.parent_told, "Rekeyed")) + " times");
  story.attacker("has read " + std::to_string(story.read.size()) + " of the 30 questions");
  return story.read.size() == 30;
}

const Attack listed{
    {"stdio", "7 rekey", "7", "rekey_that_never_comes", "the rekey at the limit never comes",
     "both tell `RekeyDue` and go on under the same keys: one theft opens everything that follows",
     "new keys from a new agreement before the limit, in the same session: the thief reads nothing "
     "more"},
    attack};

}  // namespace

TEST_CASE("stdio: waiting for a rekey succeeds against compat", "[attack]") {
  PairStory story;
  CHECK(attack(Profile::compat, story));
  CHECK(story.pair().parent->channel()->sent == 30);
  CHECK(Pair::count(story.pair().parent_told, "RekeyDue") == 21);
}

TEST_CASE("stdio: waiting for a rekey fails against hardened", "[attack]") {
  PairStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
  CHECK(story.read.size() <= 10);
  CHECK(Pair::count(story.pair().parent_told, "Rekeyed") >= 3);
  CHECK(Pair::count(story.pair().parent_told, "Answered") == 30);
  CHECK(Pair::count(story.pair().parent_told, "Rejected") == 0);
  CHECK(story.hears("one more"));
}

}  // namespace attacks
