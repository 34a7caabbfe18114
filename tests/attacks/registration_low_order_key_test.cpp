#include "tests/attacks/registration.hpp"
#include "tests/support/catch.hpp"

// A public key with which every private key agrees on zero.

namespace attacks::registration {
namespace {

/// NaCl's key for an agreement on 32 zero bytes (vectors.json, `hsalsa20_of_zero_shared`).
SecretBox::Key key_that_everybody_knows() {
  static constexpr std::array<std::uint8_t, 32> bytes{
      0x35, 0x1f, 0x86, 0xfa, 0xa3, 0xb9, 0x88, 0x46, 0x8a, 0x85, 0x01,
      0x22, 0xb6, 0x5b, 0x0a, 0xce, 0xce, 0x9c, 0x48, 0x26, 0x80, 0x6a,
      0xee, 0xe6, 0x3d, 0xe9, 0xc0, 0xda, 0x2b, 0xd7, 0xf9, 0x1e};
  return SecretBox::Key::from(bytes);
}

template <class P>
bool play(RegistrationStory& story) {
  Stage<P> stage;
  const x25519::PublicKey zero;
  story.deployed(
      "a key is looked at by its length only: 32 zero bytes register, and whatever is "
      "sealed for them, or by them, anybody opens");
  const auto challenge = stage.alices.does(Accept{});
  story.attacker(
      "has no private key, and answers as the public key of 32 zero bytes: whatever the "
      "server multiplies it with, the result is zero, and so is known");
  Kept response;
  if constexpr (is_compat<P>) {
    const auto asked = read<compat::Challenge>(challenge.frames.at(0));
    SecretBox box;
    response = keep(bytes_of(*wire::json::encode(compat::ChallengeResponse{
        zero, asked.from, asked.nonce,
        compat::sealed(box, key_that_everybody_knows(), asked.nonce, bytes_of(asked.text))})));
  } else {
    const auto asked = read<handfast::registration::Challenge>(challenge.frames.at(0));
    response = keep(bytes_of(*wire::json::encode(
        handfast::registration::ChallengeResponse{zero, asked.from, zero, "example.org:443", {}})));
  }
  const bool is_in = story.hands(stage.alices, "server", response).template event<Proven>();
  story.attacker("challenges Alice with that key for a server's");
  stage.alice.does(Connect{});
  const bool is_sealed =
      !story.hands(stage.alice, "alice", challenge_of<P>(zero, {}, "Welcome!")).frames.empty();
  return is_in || is_sealed;
}
bool attack(Profile which, RegistrationStory& story) {
  return against(which, [&]<class P>() { return play<P>(story); });
}

const Attack listed{
    {"registration", "5 low-order keys", "", "low_order_key", "a key of zeros needs no private key",
     "the deployed server registers it; here the agreement is refused: the connection ends with "
     "`low_order_key`, and no challenge in its name is answered",
     "no such key is even read: `low_order_key`, nothing changes", false},
    attack};

}  // namespace

TEST_CASE("registration: a low-order key, which the deployed server takes, is refused by compat",
          "[attack]") {
  RegistrationStory story;
  CHECK_FALSE(attack(Profile::compat, story));
  CHECK(story.forged == std::vector{Fault::low_order_key, Fault::low_order_key});
}

TEST_CASE("registration: a low-order key is refused by hardened", "[attack]") {
  RegistrationStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
  CHECK(story.forged == std::vector{Fault::low_order_key, Fault::low_order_key});
  CHECK(story.is_state_kept);
}

}  // namespace attacks::registration
