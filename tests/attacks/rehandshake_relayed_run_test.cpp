#include "tests/attacks/rehandshake.hpp"
#include "tests/support/catch.hpp"

// Two connections that end at the attacker pass for one.

namespace attacks::rehandshake {
namespace {

bool attack(Profile which, RehandshakeStory& story) {
  Setting to_alice, to_bob;
  to_alice.channel = 1;
  to_bob.channel = 2;
  const auto alice = who_asks(which, Who::alice, to_alice),
             bob = who_is_asked(which, Who::bob, to_bob);
  story.attacker("has a TLS connection with each, by certificates that somebody has signed");
  const Message request = alice->asks().messages.at(0);
  story.says(*alice, "asks who is at the other end of hers");
  story.attacker("passes on what he hears, unchanged");
  const Caused answer = story.hands(*bob, request);
  if (answer.messages.empty()) return false;
  const Caused done = story.hands(*alice, answer.messages[0]);
  if (done.messages.empty()) return false;
  return story.hands(*bob, done.messages[0]).committed && done.committed;
}

const Attack listed{
    {"rehandshake", "", "8", "relayed_run", "who is in the middle passes for the direct connection",
     "nothing in a run says over which connection it went: only the TLS around it "
     "can keep him out",
     "every proof covers what its own TLS connection is known by (RFC 9266): "
     "`not_authentic`, nothing changes"},
    attack};

}  // namespace

TEST_CASE("rehandshake: a relayed run goes through compat", "[attack]") {
  RehandshakeStory story;
  CHECK(attack(Profile::compat, story));
}

TEST_CASE("rehandshake: a relayed run does not go through hardened", "[attack]") {
  RehandshakeStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
  CHECK(story.forged == std::vector{Fault::not_authentic});
  CHECK(story.is_state_kept);
}

}  // namespace attacks::rehandshake
