#include "tests/attacks/udp.hpp"
#include "tests/support/catch.hpp"

// Whoever is in between is the server of one and the client of the other.

namespace attacks::udp {
namespace {

/// The attacker's answer with which a client takes him for its server, or none that does.
template <class P>
bool is_taken(UdpStory& story, Stage<P>& near, const Datagram& asked) {
  story.attacker(is_compat<P> ? "opens the question with NET_OBS_KEY, which stands in the program "
                                "that everybody has, and answers with a key of his own"
                              : "answers with a key of his own, and a proof that he has it");
  const auto mine = near.server.gets(asked).frames.at(0);
  (void)story.hands(near.client, "client", near.at_client(mine));
  if (near.is_open()) return true;
  if constexpr (!is_compat<P>) {
    story.attacker(
        "asks the true server, with the client's own bytes, and writes his key over its");
    Stage<P> true_server;
    (void)true_server.server.does(Listen{});
    Datagram answer = near.at_client(true_server.server.gets(asked).frames.at(0));
    const auto his = x25519::PrivateKey::from(Bytes(Datagram(32, 9)))->public_key();
    constexpr std::size_t key_at =
        Address::size + 11;  // behind version, type, mode and both halves
    std::ranges::copy(his.bytes(), answer.begin() + key_at);
    (void)story.hands(near.client, "client", answer);
  }
  return near.is_open();
}

template <class P>
bool play(UdpStory& story) {
  constexpr std::uint8_t another_key = 8;
  Stage<P> near{another_key}, far;  // he is the server of the one, the client of the other
  const Datagram asked = near.asks();
  story.client("asks for a session");
  if (!is_taken(story, near, asked)) return false;
  story.attacker("asks the true server for a session of his own");
  far.connect();
  story.client("says \"the password is tulip\"");
  const std::string read = near.hears("the password is tulip");
  story.attacker("reads \"" + read + "\", and says \"the password is rose\"");
  const std::string told = far.hears("the password is rose");
  story.server("hears \"" + told + "\", from whom it takes for its client");
  return read == "the password is tulip" && told == "the password is rose";
}
bool attack(Profile which, UdpStory& story) {
  return against<Documented>(which, [&]<class P>() { return play<P>(story); });
}

const Attack listed{
    {"udp", "3", "5", "man_in_the_middle", "who is in between reads and changes all that is said",
     "NET_OBS_KEY is public and nobody is authenticated: both take the attacker for the other",
     "a client knows its server's key, and the answer's proof is under keys that only its holder "
     "can make: `not_authentic`, nothing changes"},
    attack};

}  // namespace

TEST_CASE("udp: a man in the middle succeeds against compat", "[attack]") {
  UdpStory story;
  CHECK(attack(Profile::compat, story));
}

TEST_CASE("udp: a man in the middle succeeds against the later revision too", "[attack]") {
  UdpStory story;
  CHECK(play<Later>(story));
}

TEST_CASE("udp: a man in the middle fails against hardened", "[attack]") {
  UdpStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
  CHECK(story.forged == std::vector{Fault::not_authentic, Fault::not_authentic});
  CHECK(story.is_state_kept);
}

}  // namespace attacks::udp
