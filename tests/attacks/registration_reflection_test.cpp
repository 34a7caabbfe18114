#include "tests/attacks/registration.hpp"
#include "tests/support/catch.hpp"

// A message comes back to its sender, as one of its recipient's.

namespace attacks::registration {
namespace {

template <class P>
bool play(RegistrationStory& story) {
  Stage<P> stage;
  stage.registered();
  const Kept frame = stage.says(R"("meet me at nine")");
  story.alice("says \"meet me at nine\" to Bob");
  Kept back = frame;
  if constexpr (is_compat<P>) {
    story.attacker(
        "exchanges `from` and `to`, which nothing covers: the key is the same both ways");
    auto envelope = read<compat::Envelope>(frame);
    std::swap(envelope.from, envelope.to);
    back = keep(bytes_of(*wire::json::encode(envelope)));
  } else {
    story.attacker("can change nothing in the record, and hands it back as it is");
  }
  const auto heard = story.hands(stage.alice, "alice", back);
  const auto* told = heard.template event<Delivered>();
  const bool is_believed = told != nullptr && told->sender == stage.bob.key();
  if (is_believed) story.alice("believes that Bob has said so");
  return is_believed;
}
bool attack(Profile which, RegistrationStory& story) {
  return against(which, [&]<class P>() { return play<P>(story); });
}

const Attack listed{
    {"registration", "5 reflection", "", "reflection", "a message comes back as one of Bob's",
     "one key both ways: Alice's own words open as Bob's",
     "a connection has a key each way: `not_authentic`, nothing changes"},
    attack};

}  // namespace

TEST_CASE("registration: reflection succeeds against compat", "[attack]") {
  RegistrationStory story;
  CHECK(attack(Profile::compat, story));
}

TEST_CASE("registration: reflection fails against hardened", "[attack]") {
  RegistrationStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
  CHECK(story.forged == std::vector{Fault::not_authentic});
  CHECK(story.is_state_kept);
}

}  // namespace attacks::registration
