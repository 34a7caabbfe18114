#include "tests/attacks/udp.hpp"
#include "tests/support/catch.hpp"

// A packet that was told is told again.

namespace attacks::udp {
namespace {

template <class P>
bool play(UdpStory& story) {
  Stage<P> stage;
  stage.connect();
  const Datagram packet = stage.client_says("pay Mallory");
  story.client("says \"pay Mallory\", once");
  const bool is_told = !heard(stage.server.gets(packet)).empty();
  story.server(is_told ? "hears it" : "hears nothing");
  story.attacker(is_compat<P> ? "sends the same datagram: its nonce is random, and the server has "
                                "no list of those that it has seen"
                              : "sends the same datagram");
  const bool is_again = !heard(story.hands(stage.server, "server", packet)).empty();
  story.attacker("and once more, 40 seconds later");
  stage.server.now.steady += 40s;
  const bool is_later = !heard(story.hands(stage.server, "server", packet)).empty();
  return is_told && is_again && is_later;
}
bool attack(Profile which, UdpStory& story) {
  return against<Documented>(which, [&]<class P>() { return play<P>(story); });
}

const Attack listed{{"udp", "1 replay", "2", "replay", "a packet is told as often as it is sent",
                     "a random nonce says nothing of when: each copy is `Delivered`",
                     "a packet has a number, in a window of 2048 that each opens in once: "
                     "`replayed`, nothing changes"},
                    attack};

}  // namespace

TEST_CASE("udp: replay succeeds against compat", "[attack]") {
  UdpStory story;
  CHECK(attack(Profile::compat, story));
}

TEST_CASE("udp: replay succeeds against the later revision too", "[attack]") {
  UdpStory story;
  CHECK(play<Later>(story));
}

TEST_CASE("udp: replay fails against hardened", "[attack]") {
  UdpStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
  CHECK(story.forged == std::vector{Fault::replayed, Fault::replayed});
  CHECK(story.is_state_kept);
}

}  // namespace attacks::udp
