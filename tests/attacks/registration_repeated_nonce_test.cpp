#include "tests/attacks/registration.hpp"
#include "tests/support/catch.hpp"

// The same oracle, asked for a second box under the nonce of one that was seen.

namespace attacks::registration {
namespace {

constexpr std::string_view secret = R"({"pin":"4711"})";

Kept mixed(Bytes left, Bytes right) {
  Kept out(std::min(left.size(), right.size()));
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<std::uint8_t>(left[i] ^ right[i]);
  return out;
}

template <class P>
bool play(RegistrationStory& story) {
  Stage<P> stage;
  stage.registered();
  const Kept seen = stage.says(secret);
  story.alice("says " + std::string(secret) + " to Bob");
  story.attacker("sees the frame, and lets it pass");
  stage.bob.gets(stage.carried(seen));
  Stage<P> later;
  later.alice.does(Connect{});
  story.alice("dials again, and is answered by the attacker");
  const std::string known(secret.size(), 'a');
  Bytes ciphertext(seen);
  compat::Nonce nonce{};
  if constexpr (is_compat<P>) {
    nonce = read<compat::Envelope>(seen).nonce;
    story.attacker(
        "challenges her in Bob's name, with the nonce that he has seen, and a text of "
        "which he knows every byte: the same key and nonce give the same key stream");
  } else {
    ciphertext = ciphertext.subspan(9 + 41);
    story.attacker(
        "challenges her in Bob's name; there is no place for a nonce that he has seen: "
        "hers and his are fresh keys, and the nonce of a record is its counter");
  }
  const auto answered =
      story.hands(later.alice, "alice", challenge_of<P>(stage.bob.key(), nonce, known));
  Kept stream;
  Kept box;
  if constexpr (is_compat<P>) {
    box = read<compat::Envelope>(seen).message;
    ciphertext = Bytes(box).subspan(16);
    stream =
        mixed(Bytes(read<compat::ChallengeResponse>(answered.frames.at(0)).message).subspan(16),
              bytes_of(known));
  } else {
    stream = mixed(read<handfast::registration::ChallengeResponse>(answered.frames.at(0)).proof,
                   bytes_of(known));
  }
  const Kept read_by_attacker = mixed(ciphertext, stream);
  const bool is_read = text_of(read_by_attacker) == secret;
  story.attacker(
      "takes his text out of the answer, and what is left out of the frame that he saw: " +
      (is_read ? std::string(secret) : std::string("noise")));
  return is_read;
}
bool attack(Profile which, RegistrationStory& story) {
  return against(which, [&]<class P>() { return play<P>(story); });
}

const Attack listed{
    {"registration", "1", "1", "repeated_nonce", "a challenge with an old nonce reads a message",
     "two texts under one key and nonce: whoever knows one reads the other",
     "nothing that a peer says is a nonce, and no key of a registration seals anything twice: what "
     "comes out is noise"},
    attack};

}  // namespace

TEST_CASE("registration: an old nonce in a new challenge succeeds against compat", "[attack]") {
  RegistrationStory story;
  CHECK(attack(Profile::compat, story));
}

TEST_CASE("registration: an old nonce in a new challenge fails against hardened", "[attack]") {
  RegistrationStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
}

}  // namespace attacks::registration
