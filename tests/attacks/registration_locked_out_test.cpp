#include "handfast/registration/router.hpp"

#include <map>

#include "tests/attacks/registration.hpp"
#include "tests/support/catch.hpp"

// A key that was registered once is refused for ever.

namespace attacks::registration {
namespace {

/// A router, and clients that read what it sends.
template <class P>
class Hall {
 public:
  using TheRouter = handfast::registration::Router<P>;
  using TheClient = Client<P>;

  Hall() : router_(context()) {}

  /// The client `who` dials, on connection `number`.
  void dial(std::uint32_t number, Side<TheClient>& who) {
    clients_[number] = &who;
    who.does(Connect{});
    const Time now = who.now;
    take(router_.opened(Link{number}, now), {Trigger::command, "LinkOpened", {}, {}}, now);
  }
  /// The connection is gone.
  void hang_up(std::uint32_t number, const Time& now) {
    clients_.erase(number);
    take(router_.closed(Link{number}, now), {Trigger::command, "LinkClosed", {}, {}}, now);
  }
  [[nodiscard]] std::size_t registered_count() const { return router_.registered_count(); }
  /// Whether what `from` says reaches `to`.
  [[nodiscard]] bool carries(std::uint32_t number, Side<TheClient>& from, Side<TheClient>& to) {
    const auto sent = from.does(Send{to.key(), bytes_of(R"("are you there?")")});
    delivered_ = 0;
    for (const Kept& frame : sent.frames) receive(number, frame, from.now);
    return delivered_ == 1;
  }

 private:
  [[nodiscard]] typename TheRouter::Context context() {
    return {server_config(), Side<TheClient>::identity(2), Random(random_)};
  }
  void receive(std::uint32_t number, const Kept& frame, const Time& now) {
    take(router_.receive(Link{number}, frame, now), {Trigger::message, {}, {}, frame}, now);
  }
  void take(const typename TheRouter::Output& out, const test::CalledFor& what, const Time& now) {
    test::show<Server<P>>(this, context(), now, what, "Routing", {out.transmit, {}, {}, false, {}});
    std::vector<std::pair<std::uint32_t, Kept>> frames;
    for (const Frame& frame : out.transmit)
      frames.emplace_back(frame.link.number, keep(frame.bytes));
    for (const auto& [number, frame] : frames) {
      const auto found = clients_.find(number);
      if (found == clients_.end()) continue;
      const auto read = found->second->gets(frame);
      delivered_ += read.template event<Delivered>() != nullptr;
      for (const Kept& answer : read.frames) receive(number, answer, found->second->now);
    }
  }

  testing::SeededRandom random_{9};
  TheRouter router_;
  std::map<std::uint32_t, Side<TheClient>*> clients_;
  int delivered_ = 0;
};

template <class P>
bool play(RegistrationStory& story) {
  Hall<P> hall;
  Side<Client<P>> alice(client_config(), 1, 1), alice_again(client_config(), 1, 7),
      bob(client_config(), 3, 3);
  hall.dial(1, alice);
  hall.dial(2, bob);
  if (hall.registered_count() != 2) throw std::logic_error("the two are not registered");
  story.alice("is registered, and so is Bob");
  story.attacker("cuts Alice's connection");
  hall.hang_up(1, alice.now);
  story.deployed(
      "what happens when a connection closes is bound to a method that never runs: her key stays "
      "registered, and whoever comes with it is told SOCKET_ALREADY_REGISTERED, until the process "
      "is started anew");
  story.alice("comes again, with the same key");
  hall.dial(3, alice_again);
  const bool is_heard = hall.registered_count() == 2 && hall.carries(2, bob, alice_again);
  story.bob(is_heard ? "says something, and she hears it" : "says something, and she is not there");
  return !is_heard;
}
bool attack(Profile which, RegistrationStory& story) {
  return against(which, [&]<class P>() { return play<P>(story); });
}

const Attack listed{
    {"registration", "4", "3", "locked_out", "who was cut off is refused for ever",
     "the deployed server keeps the key of a connection that is gone; here its end unregisters it, "
     "and who comes again is there",
     "the end of a connection unregisters its key; who comes again is there", false},
    attack};

}  // namespace

TEST_CASE("registration: who was cut off comes again in compat", "[attack]") {
  RegistrationStory story;
  CHECK_FALSE(attack(Profile::compat, story));
}

TEST_CASE("registration: who was cut off comes again in hardened", "[attack]") {
  RegistrationStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
}

}  // namespace attacks::registration
