#include "tests/attacks/x3dh.hpp"
#include "tests/support/catch.hpp"

// The connector carries the bundle, and can put its own in the place of it.

namespace attacks::x3dh {
namespace {

/// Everybody: the attacker is an issuer to the holder, and a holder to the issuer.
struct Stage {
  Stage(Wire w, const Knowledge& holders)
      : university(issuer(w, "issuer", 1)),
        alice(holder(w, "holder", 2, holders)),
        false_issuer(issuer(w, "attacker", 3)),
        false_holder(holder(w, "attacker", 4)) {}

  std::unique_ptr<Side> university, alice, false_issuer, false_holder;
  std::optional<Key> universitys, alices;  // fingerprints

  /// Whether both have a session with the attacker.
  bool connect(X3dhStory& story) {
    (void)alice->begins();
    (void)false_holder->begins();
    const Frame bundle = university->begins().frames.at(0);
    story.attacker("keeps the issuer's bundle, and hands over one of his own");
    const Caused met = story.hands(*alice, false_issuer->begins().frames.at(0));
    if (met.frames.empty()) return false;
    story.step(alice->name, "agrees with it");
    alices = met.fingerprint;
    (void)alice->gets(false_issuer->gets(met.frames[0]).frames.at(0));
    story.attacker("agrees with the issuer's, as the holder");
    const Caused answer = university->gets(false_holder->gets(bundle).frames.at(0));
    universitys = answer.fingerprint;
    return !false_holder->gets(answer.frames.at(0)).fault;
  }
};

bool play(Wire wire, const Knowledge& holders, X3dhStory& story) {
  Stage stage(wire, holders);
  if (!stage.connect(story)) return false;
  const auto read = stage.false_holder->gets(story.says(*stage.university, "grade: B")).heard;
  if (read.empty()) return false;
  story.attacker("reads \"" + read[0] + "\", and says \"grade: A\" to the holder");
  const Frame changed = stage.false_issuer->says("grade: A").frames.at(0);
  return story.hands(*stage.alice, changed).heard == std::vector<std::string>{"grade: A"};
}
/// Of hardened, the holder has seen the issuer's key in the QR code that brought them together.
bool attack(Profile which, X3dhStory& story) {
  Knowledge knowledge;
  if (which == Profile::hardened) knowledge.peer = issuer(Wire::hardened, "issuer", 1)->identity();
  return play(wire_of(which), knowledge, story);
}

const Attack listed{
    {"x3dh", "3", "", "replaced_bundle",
     "the connector is the issuer to one, and the holder to the other",
     "the bundle comes from whoever carries it, and says itself whose it is: both agree with the "
     "attacker, who reads and changes all",
     "an issuer's QR code may carry its key, which the holder then requires: `unexpected_key`, "
     "nothing "
     "changes; else users compare fingerprints, which differ"},
    attack};

}  // namespace

TEST_CASE("x3dh: a replaced bundle succeeds against compat", "[attack]") {
  X3dhStory story;
  CHECK(attack(Profile::compat, story));
}

TEST_CASE("x3dh: a replaced bundle fails against hardened", "[attack]") {
  X3dhStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
  CHECK(story.refused == std::vector{Fault::unexpected_key});
  CHECK(story.is_state_kept);
}

TEST_CASE("x3dh: a replaced bundle fails against the counter, where the key is known", "[attack]") {
  X3dhStory story;
  CHECK_FALSE(play(Wire::counter, {issuer(Wire::counter, "issuer", 1)->identity()}, story));
  CHECK(story.refused == std::vector{Fault::unexpected_key});
}

TEST_CASE("x3dh: a replaced bundle is found by whoever compares fingerprints", "[attack]") {
  for (const Wire wire : {Wire::documented, Wire::counter, Wire::hardened}) {
    X3dhStory story;
    Knowledge careful;
    careful.wants_verified = true;
    Stage stage(wire, careful);
    REQUIRE(stage.connect(story));
    REQUIRE(stage.alices);
    CHECK(stage.alices != stage.universitys);
    CHECK(stage.alice->says("my name is Alice").fault == Fault::unexpected_key);
    CHECK(stage.alice->compares(*stage.universitys).fault == Fault::unexpected_key);
    CHECK(stage.alice->says("my name is Alice").fault == Fault::unexpected_key);
  }
}

}  // namespace attacks::x3dh
