#include "tests/attacks/udp.hpp"
#include "tests/support/catch.hpp"

// A packet comes back to its sender, as one of the other side's.

namespace attacks::udp {
namespace {

template <class P>
bool play(UdpStory& story) {
  Stage<P> stage;
  stage.connect();
  const Datagram packet = stage.server_says("open the door");
  story.server("says \"open the door\" to the client");
  story.attacker(is_compat<P>
                     ? "sends it back: one key seals both ways, and nothing in it says which way"
                     : "sends it back");
  const auto result = story.hands(stage.server, "server", stage.at_server(packet));
  const bool is_believed = heard(result) == "open the door";
  if (is_believed) story.server("believes that its client has said so");
  return is_believed;
}
bool attack(Profile which, UdpStory& story) {
  return against<Documented>(which, [&]<class P>() { return play<P>(story); });
}

const Attack listed{
    {"udp", "1 reflection", "2", "reflection", "a server hears its own words as its client's",
     "one key both ways: the server's own packet opens",
     "a session has a key each way: `not_authentic`, and only the count of "
     "failures has changed"},
    attack};

}  // namespace

TEST_CASE("udp: reflection succeeds against compat", "[attack]") {
  UdpStory story;
  CHECK(attack(Profile::compat, story));
}

TEST_CASE("udp: reflection succeeds against the later revision too", "[attack]") {
  UdpStory story;
  CHECK(play<Later>(story));
}

TEST_CASE("udp: reflection fails against hardened", "[attack]") {
  UdpStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
  CHECK(story.forged == std::vector{Fault::not_authentic});
  CHECK(story.is_state_kept);
}

}  // namespace attacks::udp
