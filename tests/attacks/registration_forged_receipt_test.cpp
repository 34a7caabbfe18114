#include "tests/attacks/registration.hpp"
#include "tests/support/catch.hpp"

// A message disappears, and its sender is told that it has arrived.

namespace attacks::registration {
namespace {

template <class P>
bool play(RegistrationStory& story) {
  Stage<P> stage;
  stage.registered();
  const Kept frame = stage.says(R"("the house is on fire")");
  story.alice("says \"the house is on fire\" to Bob");
  story.attacker("takes the frame off the wire");
  Kept receipt = frame;
  if constexpr (is_compat<P>) {
    story.attacker(
        "writes MESSAGE_DELIVERED where MESSAGE stood, as the router does: `type` is in "
        "no box");
    const auto envelope = read<compat::Envelope>(frame);
    receipt = keep(bytes_of(*wire::json::encode(
        compat::MessageDelivered{envelope.from, envelope.to, envelope.nonce, envelope.message})));
  } else {
    story.attacker(
        "writes what a receipt for message 1 holds, in clear, with the header of a record");
    receipt = {2, 0, 0, 0, 0, 0, 0, 0, 1, 3, 0, 0, 0, 0, 0, 0, 0, 1, 1};
    receipt.resize(receipt.size() + 16);
  }
  const auto told = story.hands(stage.alice, "alice", receipt);
  bool is_believed = false;
  if constexpr (is_compat<P>) {
    const auto* receipted = told.template event<compat::Receipted>();
    is_believed = receipted != nullptr && receipted->error.empty();
  } else {
    is_believed = told.template event<Receipted>() != nullptr;
  }
  if (is_believed) story.alice("believes that Bob has it");
  return is_believed;
}
bool attack(Profile which, RegistrationStory& story) {
  return against(which, [&]<class P>() { return play<P>(story); });
}

const Attack listed{
    {"registration", "5 type", "", "forged_receipt", "a message that was lost is said to be there",
     "`type` is authenticated by nobody: Alice's own envelope becomes its receipt",
     "every frame of a registered connection is sealed, receipts too: `not_authentic`"},
    attack};

}  // namespace

TEST_CASE("registration: a forged receipt succeeds against compat", "[attack]") {
  RegistrationStory story;
  CHECK(attack(Profile::compat, story));
}

TEST_CASE("registration: a forged receipt fails against hardened", "[attack]") {
  RegistrationStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
  CHECK(story.forged == std::vector{Fault::not_authentic});
  CHECK(story.is_state_kept);
}

}  // namespace attacks::registration
