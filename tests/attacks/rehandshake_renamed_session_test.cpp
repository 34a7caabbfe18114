#include "tests/attacks/rehandshake.hpp"
#include "tests/support/catch.hpp"

// What was said in one session is answered in another.

namespace attacks::rehandshake {
namespace {

bool attack(Profile which, RehandshakeStory& story) {
  Setting another;
  another.session.fill(0xB0);
  const auto alice = who_asks(which, Who::alice), bob = who_is_asked(which, Who::bob, another);
  const Message request = alice->asks().messages.at(0);
  story.says(*alice, "asks in her session; Bob has another one, with other keys");
  story.attacker("hands Bob her REQUEST");
  if (!story.hands(*bob, request).messages.empty()) return true;
  story.attacker("writes the id of Bob's session into it");
  const Message renamed = with(request, session_id, Message(16, std::uint8_t{0xB0}));
  return !story.hands(*bob, renamed).messages.empty();
}

const Attack listed{{"rehandshake", "2 session id", "3, 9", "renamed_session",
                     "what was asked in one session is answered in another",
                     "no MAC covers the session id: Bob answers a REQUEST of a session that he "
                     "has not, with a MAC under the keys of the one that he has",
                     "the id is under the proof, and in its key: `wrong_session` as it was, "
                     "`not_authentic` as it was changed, nothing changes"},
                    attack};

}  // namespace

TEST_CASE("rehandshake: a renamed session is answered by compat", "[attack]") {
  RehandshakeStory story;
  CHECK(attack(Profile::compat, story));
  CHECK(story.forged == std::vector{Fault::wrong_session});
}

TEST_CASE("rehandshake: a renamed session is not answered by hardened", "[attack]") {
  RehandshakeStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
  CHECK(story.forged == std::vector{Fault::wrong_session, Fault::not_authentic});
  CHECK(story.is_state_kept);
}

}  // namespace attacks::rehandshake
