#include "tests/attacks/stdio.hpp"
#include "tests/support/catch.hpp"

// One packet with a rewritten number shuts the honest peer out for good.

namespace attacks {
namespace {

bool attack(Profile which, PairStory& story) {
  Pair& pair = story.established(which);
  const Sealed request = story.asks("one");

  for (const std::uint64_t n : {std::uint64_t{1} << 63, sequence_of(which, request) + 1}) {
    story.attacker("needs no key: writes " + std::to_string(n) +
                   " over the sequence in the request's header, and leaves nonce, ciphertext and "
                   "tag alone");
    if (!story.hands_child(with_sequence(which, request, n)).has("Delivered")) continue;
    story.child(
        "opened it with its own count plus one in the associated data, which fits, and has "
        "now taken the header's number for the last sequence it saw");
    break;
  }
  pair.run();
  story.attacker("goes home: if that was taken, whatever the parent sends now has a lower number");
  int heard = 0;
  for (int i = 0; i < 5; ++i) heard += story.hears("again") ? 1 : 0;
  return heard == 0;
}

const Attack listed{
    {"stdio", "1", "1, 5", "rewritten_sequence",
     "a rewritten sequence number shuts the honest peer out",
     "the child takes 2^63 for the last sequence it saw: every honest request after it is "
     "`replayed`",
     "the number in the header chooses the one key and is in the associated data: `too_far_ahead`, "
     "or `not_authentic`; nothing changes"},
    attack};

}  // namespace

TEST_CASE("stdio: a rewritten sequence number succeeds against compat", "[attack]") {
  PairStory story;
  CHECK(attack(Profile::compat, story));
  CHECK(story.forged.empty());
  CHECK(story.honest == std::vector(5, Fault::replayed));
}

TEST_CASE("stdio: a rewritten sequence number fails against hardened", "[attack]") {
  PairStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
  CHECK(story.forged == std::vector{Fault::too_far_ahead, Fault::not_authentic});
  CHECK(story.is_state_kept);
  CHECK(story.honest.empty());
  CHECK(story.heard == "re: again");
}

}  // namespace attacks
