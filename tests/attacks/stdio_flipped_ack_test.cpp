#include "tests/attacks/stdio.hpp"
#include "tests/support/catch.hpp"

// The flag that moves the parent's keys is sent in the clear.

namespace attacks {
namespace {

/// The response with the flag the other way round: compat's `ack`, which stands outside the
/// encryption; hardened's `wants_rekey`, inside, where AES-GCM is a stream cipher and a flipped bit
/// of the ciphertext is the same bit flipped in the text, if only nobody looked at the tag.
Sealed with_flag_flipped(Profile which, const Sealed& response) {
  if (which == Profile::compat) return replaced(response, "\"ack\":true", "\"ack\":false");
  constexpr std::size_t type_acknowledged_correlation = 1 + 8 + 8;
  return {response.link,
          flipped(response.bytes, 8 * (Record::header_size + type_acknowledged_correlation))};
}

bool attack(Profile which, PairStory& story) {
  Pair& pair = story.established(which);
  const Sealed request = story.asks("one");
  story.hands_child(request);
  const Sealed response = Pair::taken(pair.to_parent, 0);
  story.attacker(which == Profile::compat
                     ? "writes false over the response's ack, which nothing covers"
                     : "finds no ack; flips the bit of the ciphertext behind which the flag that "
                       "asks for new keys lies");
  const bool is_taken = story.hands_parent(with_flag_flipped(which, response)).has("Answered");
  if (is_taken)
    story.parent("keeps its keys, since the child says that it kept its own; the child has moved");
  else {
    story.attacker("lets the response itself pass");
    story.hands_parent(response);
  }
  return !story.hears("two") && is_taken;
}

const Attack listed{
    {"stdio", "4", "2", "flipped_ack", "a flipped ack lets only one side move its keys",
     "the parent takes the answer and keeps its keys, while the child has moved: no later answer "
     "opens",
     "nothing that moves keys is outside the seal: `not_authentic`, and the genuine response "
     "opens"},
    attack};

}  // namespace

TEST_CASE("stdio: a flipped ack succeeds against compat", "[attack]") {
  PairStory story;
  CHECK(attack(Profile::compat, story));
  CHECK(story.pair().parent->channel()->ratchet_count == 0);
  CHECK(story.pair().child->channel()->ratchet_count == 2);  // for the second answer too
  CHECK(story.honest == std::vector{Fault::not_authentic});
}

TEST_CASE("stdio: a flipped flag fails against hardened", "[attack]") {
  PairStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
  CHECK(story.forged == std::vector{Fault::not_authentic});
  CHECK(story.is_state_kept);
  CHECK(Pair::count(story.pair().parent_told, "Answered") == 2);
  CHECK(story.pair().parent->session()->current.number == 0);  // no new keys were asked for
  CHECK(story.heard == "re: two");
}

}  // namespace attacks
