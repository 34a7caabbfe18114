#include "tests/attacks/stdio.hpp"
#include "tests/support/catch.hpp"

// The number that says where the keys are can be any number.

namespace attacks {
namespace {

/// The response with the number of its keys replaced, wherever it says one.
std::vector<Sealed> with_other_numbers(Profile which, const Sealed& response) {
  if (which == Profile::compat)
    return {replaced(response, "\"ratchet_seq\":1,", "\"ratchet_seq\":1000000,")};
  return {changed<Record>(response, [](Record& record) { ++record.sequence; }),
          changed<Record>(response, [](Record& record) { ++record.epoch; })};
}

bool attack(Profile which, PairStory& story) {
  Pair& pair = story.established(which);
  const Sealed request = story.asks("one");
  story.hands_child(request);
  const Sealed response = Pair::taken(pair.to_parent, 0);
  bool is_taken = false;
  for (const Sealed& other : with_other_numbers(which, response)) {
    story.attacker(which == Profile::compat
                       ? "writes a million over the response's ratchet_seq, which nothing covers"
                       : "finds the number of the keys in the header only, and replaces it");
    is_taken = story.hands_parent(other).has("Answered") || is_taken;
  }
  if (!is_taken) {
    story.attacker("lets the response itself pass");
    story.hands_parent(response);
  }
  story.hears("two");
  return is_taken;
}

const Attack listed{
    {"stdio", "4", "5", "replaced_ratchet_seq", "a replaced ratchet_seq is believed",
     "the parent takes the changed response for authentic: whoever goes by the number goes "
     "wherever the attacker says",
     "sequence and epoch are in the associated data: `not_authentic` and `too_far_ahead`; the "
     "genuine response opens"},
    attack};

}  // namespace

TEST_CASE("stdio: a replaced ratchet_seq succeeds against compat", "[attack]") {
  PairStory story;
  CHECK(attack(Profile::compat, story));
  CHECK(story.forged.empty());
  CHECK(Pair::count(story.pair().parent_told, "Answered") == 2);
}

TEST_CASE("stdio: a replaced number of the keys fails against hardened", "[attack]") {
  PairStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
  CHECK(story.forged == std::vector{Fault::not_authentic, Fault::too_far_ahead});
  CHECK(story.is_state_kept);
  CHECK(Pair::count(story.pair().parent_told, "Answered") == 2);
  CHECK(story.heard == "re: two");
}

}  // namespace attacks
