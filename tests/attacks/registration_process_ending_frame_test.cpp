#include "tests/attacks/registration_hall.hpp"
#include "tests/support/catch.hpp"

// One frame that ends the server for everybody.

namespace attacks::registration {
namespace {

template <class P>
bool play(RegistrationStory& story) {
  Hall<P> hall;
  Side<Client<P>> alice(client_config(), 1, 1), bob(client_config(), 3, 3),
      carol(client_config(), 4, 4);
  hall.dial(1, alice);
  hall.dial(2, bob);
  if (hall.registered_count() != 2) throw std::logic_error("the two are not registered");
  story.alice("is registered, and so is Bob");
  story.deployed(
      "a handler throws in the middle of a registration, nobody catches it, and the "
      "process ends: all connections, all clients");
  std::vector<std::uint32_t> attackers;
  bool goes_on = true;
  const auto answer = [&](const std::string& words, auto response_from) {
    const std::uint32_t number = attackers.emplace_back(11 + attackers.size());
    Side<Client<P>> mallory(client_config(), 5, number);
    mallory.does(Connect{});
    const Kept response = mallory.gets(hall.challenge_for(number, mallory.now)).frames.at(0);
    story.attacker("connects, and answers the challenge with " + words);
    const std::string bad = response_from(std::string(text_of(response)));
    hall.hands(story, number, keep(bytes_of(bad)), mallory.now);
    const bool is_his_only = hall.closed() == attackers;
    goes_on = goes_on && is_his_only && hall.carries(1, alice, bob) && hall.carries(2, bob, alice);
    story.bob(goes_on ? "says something to Alice, as she to him, and both hear it"
                      : "is cut off from Alice");
  };
  const auto with_key = [](std::string_view key) {
    return [key](std::string response) {
      const std::string_view name = R"("from":")";
      return response.replace(response.find(name) + name.size(), 43, key);
    };
  };
  answer("what is no JSON", [](const std::string&) { return std::string("not JSON"); });
  answer("a key that is no base64url", with_key("no key!"));
  answer("a key of three bytes", with_key("AAAA"));
  answer("a box, or a proof, that is none", [](std::string response) {
    char& one = response[response.size() - 10];
    one = one == 'A' ? 'B' : 'A';
    return response;
  });
  hall.dial(3, carol);
  const bool is_open = hall.has(3, carol);
  story.server(is_open ? "takes Carol in, who comes now" : "takes nobody in any more");
  return !goes_on || !is_open;
}
bool attack(Profile which, RegistrationStory& story) {
  return against(which, [&]<class P>() { return play<P>(story); });
}

const Attack listed{
    {"registration", "3", "", "process_ending_frame", "one frame ends the server's process",
     "the deployed server's process ends; here `not_json`, `bad_encoding`, `wrong_length` or "
     "`not_authentic` ends the attacker's connection, and those of the others go on",
     "`wrong_version`, `bad_encoding`, `wrong_length` or `not_authentic` ends the attacker's "
     "connection, and those of the others go on",
     false},
    attack};

}  // namespace

TEST_CASE("registration: frames that end the deployed server cost a compat one their connections",
          "[attack]") {
  RegistrationStory story;
  CHECK_FALSE(attack(Profile::compat, story));
  CHECK(story.forged == std::vector{Fault::not_json, Fault::bad_encoding, Fault::wrong_length,
                                    Fault::not_authentic});
  CHECK(story.is_state_kept);
}

TEST_CASE("registration: frames that end the deployed server cost a hardened one their connections",
          "[attack]") {
  RegistrationStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
  // What does not begin as JSON is read as a record, and has none of its version.
  CHECK(story.forged == std::vector{Fault::wrong_version, Fault::bad_encoding, Fault::wrong_length,
                                    Fault::not_authentic});
  CHECK(story.is_state_kept);
}

}  // namespace attacks::registration
