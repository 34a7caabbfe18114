#include "tests/attacks/registration.hpp"
#include "tests/support/catch.hpp"

// The client is an encryption oracle: who asks it gets a text of his choice sealed for whom he
// names.

namespace attacks::registration {
namespace {

constexpr std::string_view chosen = R"({"pay":"mallory"})";

template <class P>
bool play(RegistrationStory& story) {
  Stage<P> stage;
  Stage<P>::join(stage.bob, stage.bobs);
  story.bob("is registered at an honest server");
  stage.alice.does(Connect{});
  story.alice("dials a server, which is the attacker's");
  story.attacker(
      "challenges her: not with a key of his own, but with Bob's, which is public, and "
      "with the text " +
      std::string(chosen));
  const Kept challenge = challenge_of<P>(stage.bob.key(), {}, std::string(chosen));
  const auto answered = story.hands(stage.alice, "alice", challenge);
  const Kept& response = answered.frames.at(0);
  Kept message;
  if constexpr (is_compat<P>) {
    story.attacker(
        "has what he wants: the key of a response and the key of a message are the same, "
        "and nothing in the box says which it is; he writes MESSAGE over it");
    const auto box = read<compat::ChallengeResponse>(response);
    const compat::Envelope envelope{box.from, box.to, box.nonce, box.message};
    message = keep(bytes_of(*wire::json::encode(envelope)));
  } else {
    story.attacker(
        "has a proof: a MAC under a key that he does not have, of a transcript that says "
        "what it is for; he hands it to Bob for want of anything better");
    message = response;
  }
  const auto heard = story.hands(stage.bob, "bob", message);
  if constexpr (!is_compat<P>) {
    story.attacker("puts the proof into a record, as if it were sealed");
    const auto proof = read<handfast::registration::ChallengeResponse>(response).proof;
    Kept record{2, 0, 0, 0, 0, 0, 0, 0, 9};
    record.insert(record.end(), proof.begin(), proof.end());
    story.hands(stage.bob, "bob", record);
  }
  const auto* told = heard.template event<Delivered>();
  const bool is_believed =
      told != nullptr && told->sender == stage.alice.key() && text_of(told->payload) == chosen;
  if (is_believed) story.bob("believes that Alice has said so");
  return is_believed;
}
bool attack(Profile which, RegistrationStory& story) {
  return against(which, [&]<class P>() { return play<P>(story); });
}

const Attack listed{
    {"registration", "1", "1", "forged_message", "a challenge is answered with a message to Bob",
     "the response opens at Bob as a message from Alice",
     "a response is a MAC, under a key that both ephemeral keys and the dialled name go into: "
     "`unknown_type`, and `not_authentic` in a record"},
    attack};

}  // namespace

TEST_CASE("registration: a challenge in Bob's name succeeds against compat", "[attack]") {
  RegistrationStory story;
  CHECK(attack(Profile::compat, story));
  CHECK(story.forged.empty());
}

TEST_CASE("registration: a challenge in Bob's name fails against hardened", "[attack]") {
  RegistrationStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
  CHECK(story.forged == std::vector{Fault::unknown_type, Fault::not_authentic});
  CHECK(story.is_state_kept);
}

}  // namespace attacks::registration
