#include "tests/attacks/registration.hpp"
#include "tests/support/catch.hpp"

// One frame that ends the server for everybody.

namespace attacks::registration {
namespace {

template <class P>
bool play(RegistrationStory& story) {
  Stage<P> stage;
  stage.alice.does(Connect{});
  const auto challenge = stage.alices.does(Accept{});
  stage.bob.does(Connect{});
  const auto bobs_challenge = stage.bobs.does(Accept{});
  const Kept response = stage.alice.gets(challenge.frames.at(0)).frames.at(0);
  const auto with_key = [&](std::string_view key) {
    std::string text(text_of(response));
    const std::string_view name = R"("from":")";
    text.replace(text.find(name) + name.size(), 43, key);
    return text;
  };
  story.deployed(
      "a handler throws in the middle of a registration, nobody catches it, and the "
      "process ends: all connections, all clients");
  story.attacker("connects, and answers the challenge with what is no JSON");
  story.hands(stage.alices, "server", bytes_of("not JSON"));
  story.attacker("answers with a key that is no base64url");
  story.hands(stage.alices, "server", bytes_of(with_key("no key!")));
  story.attacker("answers with a key of three bytes");
  story.hands(stage.alices, "server", bytes_of(with_key("AAAA")));
  story.attacker("answers with a box, or a proof, that is none");
  std::string flipped(text_of(response));
  char& one = flipped[flipped.size() - 10];
  one = one == 'A' ? 'B' : 'A';
  story.hands(stage.alices, "server", bytes_of(flipped));
  const auto bobs_response = stage.bob.gets(bobs_challenge.frames.at(0));
  const bool is_there = stage.bobs.gets(bobs_response.frames.at(0)).template event<Proven>();
  story.bob(is_there ? "registers on another connection, as if nothing had been"
                     : "cannot register any more");
  return !is_there;
}
bool attack(Profile which, RegistrationStory& story) {
  return against(which, [&]<class P>() { return play<P>(story); });
}

const Attack listed{
    {"registration", "3", "", "process_ending_frame", "one frame ends the server's process",
     "the deployed server's process ends; here the frame is `not_json`, `bad_encoding` or "
     "`wrong_length`, and after a bad box that one connection ends with `not_authentic`",
     "`wrong_version`, `bad_encoding`, `wrong_length` and `not_authentic`; nothing changes, on no "
     "connection",
     false},
    attack};

}  // namespace

TEST_CASE("registration: frames that end the deployed server cost a compat one its connection",
          "[attack]") {
  RegistrationStory story;
  CHECK_FALSE(attack(Profile::compat, story));
  CHECK(story.forged == std::vector{Fault::not_json, Fault::bad_encoding, Fault::wrong_length,
                                    Fault::not_authentic});
  CHECK(story.is_state_kept);
}

TEST_CASE("registration: frames that end the deployed server change nothing in hardened",
          "[attack]") {
  RegistrationStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
  // What does not begin as JSON is read as a record, and has none of its version.
  CHECK(story.forged == std::vector{Fault::wrong_version, Fault::bad_encoding, Fault::wrong_length,
                                    Fault::not_authentic});
  CHECK(story.is_state_kept);
}

}  // namespace attacks::registration
