#pragma once

// The stage of the attacks on a whole server: a router, and clients that read what it sends.

#include "handfast/registration/router.hpp"

#include <map>
#include <set>

#include "tests/attacks/registration.hpp"

namespace attacks::registration {

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
    opened_.insert(number);
    who.does(Connect{});
    const Time now = who.now;
    take(router_.opened(Link{number}, now), {Trigger::command, "LinkOpened", {}, {}}, now);
  }
  /// The attacker dials, on connection `number`: the challenge that he gets.
  [[nodiscard]] Kept challenge_for(std::uint32_t number, const Time& now) {
    opened_.insert(number);
    const auto out = router_.opened(Link{number}, now);
    const Kept challenge = keep(out.transmit[0].bytes);
    take(out, {Trigger::command, "LinkOpened", {}, {}}, now);
    return challenge;
  }
  /// The attacker hands a frame over on connection `number`; what becomes of it is the next step.
  void hands(RegistrationStory& story, std::uint32_t number, const Kept& frame, const Time& now) {
    States before = states();
    const auto out = router_.receive(Link{number}, frame, now);
    const auto* refused = out.template event<Rejected>();
    const auto* left = out.template event<handfast::registration::Left>();
    if (refused != nullptr || left != nullptr) {
      const Fault fault = refused != nullptr ? refused->fault : left->why;
      story.forged.push_back(fault);
      if (left != nullptr) before.erase(number);  // and nothing else is gone
      story.is_state_kept = story.is_state_kept && states() == before;
      story.server("refuses it as " + std::string(to_string(fault)) +
                   (out.to_close.empty() ? "" : ", and closes the connection"));
    }
    take(out, {Trigger::message, {}, {}, frame}, now);
  }
  /// The connections that the router has had closed, in order.
  [[nodiscard]] const std::vector<std::uint32_t>& closed() const noexcept { return closed_; }
  /// How many frames the router has sent on connection `number`, where nobody reads them but its
  /// owner.
  [[nodiscard]] std::size_t sent_on(std::uint32_t number) const {
    const auto found = sent_.find(number);
    return found == sent_.end() ? 0 : found->second;
  }
  /// The connection is gone.
  void hang_up(std::uint32_t number, const Time& now) {
    clients_.erase(number);
    opened_.erase(number);
    take(router_.closed(Link{number}, now), {Trigger::command, "LinkClosed", {}, {}}, now);
  }
  [[nodiscard]] std::size_t registered_count() const { return router_.registered_count(); }
  /// Whether `who` is registered on connection `number`.
  [[nodiscard]] bool has(std::uint32_t number, Side<TheClient>& who) const {
    return router_.connection_of(who.key()) == Link{number};
  }
  /// `from`, on connection `number`, says something to `to`.
  void say(std::uint32_t number, Side<TheClient>& from, const x25519::PublicKey& to) {
    const auto sent = from.does(Send{to, bytes_of(R"("are you there?")")});
    for (const Kept& frame : sent.frames) receive(number, frame, from.now);
  }
  /// Whether what `from` says reaches `to`.
  [[nodiscard]] bool carries(std::uint32_t number, Side<TheClient>& from, Side<TheClient>& to) {
    delivered_ = 0;
    say(number, from, to.key());
    return delivered_ == 1;
  }

 private:
  /// What the router has of each connection: whether its client's key leads there, and the machine's
  /// whole state.
  using States = std::map<std::uint32_t, std::pair<bool, Kept>>;
  [[nodiscard]] States states() {
    States all;
    for (const std::uint32_t number : opened_) {
      const auto* machine = router_.machines().find(Link{number});
      if (machine == nullptr) continue;
      Buffer snapshot;
      dangerous_write_snapshot<Server<P>>(machine->state(), router_.context(), snapshot);
      const auto client = clients_.find(number);
      all[number] = {client != clients_.end() && has(number, *client->second),
                     keep(snapshot.bytes())};
    }
    return all;
  }
  [[nodiscard]] typename TheRouter::Context context() {
    return {server_config(), Side<TheClient>::identity(2), Random(random_)};
  }
  void receive(std::uint32_t number, const Kept& frame, const Time& now) {
    take(router_.receive(Link{number}, frame, now), {Trigger::message, {}, {}, frame}, now);
  }
  void take(const typename TheRouter::Output& out, const test::CalledFor& what, const Time& now) {
    test::show<Server<P>>(this, context(), now, what, "Routing", {out.transmit, {}, {}, false, {}});
    for (const auto& close : out.to_close) closed_.push_back(close.connection.number);
    std::vector<std::pair<std::uint32_t, Kept>> frames;
    for (const Frame& frame : out.transmit)
      frames.emplace_back(frame.link.number, keep(frame.bytes));
    for (const auto& [number, frame] : frames) {
      ++sent_[number];
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
  std::set<std::uint32_t> opened_;  // connections that nobody has hung up
  std::map<std::uint32_t, std::size_t> sent_;
  std::vector<std::uint32_t> closed_;
  int delivered_ = 0;
};

}  // namespace attacks::registration
