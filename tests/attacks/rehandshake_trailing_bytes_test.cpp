#include "tests/attacks/rehandshake.hpp"
#include "tests/support/catch.hpp"

// What somebody has written behind a message is part of it for one reader, and nothing for another.

namespace attacks::rehandshake {
namespace {

bool attack(Profile which, RehandshakeStory& story) {
  const auto alice = who_asks(which, Who::alice), bob = who_is_asked(which, Who::bob);
  const Message request = alice->asks().messages.at(0);
  story.says(*alice, "asks Bob");
  story.attacker("writes flags of his own, and a hundred bytes behind the last field");
  Message longer = request;
  longer[2] = longer[3] = 0xFF;
  longer.resize(request.size() + 100, 0xEE);
  const Caused answer = story.hands(*bob, longer);
  if (answer.messages.empty()) {
    story.attacker("takes the hundred bytes away, and leaves the flags");
    longer.resize(request.size());
    (void)story.hands(*bob, longer);
    story.is_honest_done = !bob->gets(request).messages.empty();
    return false;
  }
  const Caused done = alice->gets(answer.messages[0]);
  const Caused end = bob->gets(done.messages.at(0));
  story.says(*bob, "is done, as Alice is: neither can know what the other has seen");
  return done.committed && end.committed;
}

const Attack listed{{"rehandshake", "3 trailing bytes", "", "trailing_bytes",
                     "a run goes through with bytes in it that nobody has sent",
                     "flags and whatever follows the last field are taken and covered by nothing: "
                     "both are done, each with another REQUEST in mind",
                     "a message has one size and no flags: `oversized` and `malformed`, nothing "
                     "changes"},
                    attack};

}  // namespace

TEST_CASE("rehandshake: trailing bytes are taken by compat", "[attack]") {
  RehandshakeStory story;
  CHECK(attack(Profile::compat, story));
}

TEST_CASE("rehandshake: trailing bytes are not taken by hardened", "[attack]") {
  RehandshakeStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
  CHECK(story.forged == std::vector{Fault::oversized, Fault::malformed});
  CHECK(story.is_state_kept);
  CHECK(story.is_honest_done);
}

}  // namespace attacks::rehandshake
