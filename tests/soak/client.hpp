#pragma once

// Clients of the soak: this library's machine at the end of a WebSocket, one call at a time.

#include <deque>
#include <string>

#include "handfast/core/machine.hpp"
#include "handfast/registration.hpp"
#include "handfast/registration/compat.hpp"
#include "tests/soak/server.hpp"

namespace soak {

using handfast::registration::Compat;
using handfast::registration::Hardened;
namespace registration = handfast::registration;
namespace x25519 = handfast::x25519;

template <class Profile>
inline constexpr std::string_view path_of =
    registration::HardenedProfile<Profile> ? "/router" : "/router/compat";
template <class Profile>
inline constexpr std::string_view name_of =
    registration::HardenedProfile<Profile> ? "hardened" : "compat";

/// What clients dial, and the server's name.
inline constexpr std::string_view audience = "soak.example:443";

using Secret = handfast::Secret<x25519::key_size>;
[[nodiscard]] inline Secret new_secret() {
  Secret secret;
  handfast::Random random;
  if (!random.fill(secret.writable())) throw Failure("no random bytes");
  return secret;
}

template <class Profile>
class Client {
 public:
  using Role = registration::Client<Profile>;
  struct Message {
    x25519::PublicKey sender;
    std::string text;
  };

  /// Connects: the challenge is on its way.
  explicit Client(std::uint16_t port, const Secret& secret = new_secret(), int receive_buffer = 0)
      : socket_(port, path_of<Profile>, receive_buffer),
        machine_(
            typename Role::Context(config(), x25519::PrivateKey::from(secret.dangerous_copy()))) {
    note(machine_.handle(registration::Connect{}, handfast::clock_time()));
  }

  /// The response to the challenge, not sent.
  [[nodiscard]] Kept response() {
    const auto challenge = socket_.receive();
    if (!challenge) throw Failure("no challenge comes");
    const auto out = machine_.receive(*challenge, handfast::clock_time());
    if (out.transmit.size() != 1) throw Failure("the challenge is refused");
    return {out.transmit[0].bytes.begin(), out.transmit[0].bytes.end()};
  }
  /// Registers, or is refused: whether it is registered.
  bool enter() {
    while (!is_registered() && step()) {}
    return is_registered();
  }
  void must_enter() {
    if (!enter()) throw Failure("an honest client is not registered");
  }

  /// The frame that says `text` to `to`, not sent.
  [[nodiscard]] Kept frame_to(const x25519::PublicKey& to, std::string_view text) {
    const auto out =
        machine_.handle(registration::Send{to, handfast::bytes_of(text)}, handfast::clock_time());
    if (out.transmit.size() != 1) throw Failure("a client cannot say something");
    return {out.transmit[0].bytes.begin(), out.transmit[0].bytes.end()};
  }
  /// Whether the transport took it.
  bool say(const x25519::PublicKey& to, std::string_view text) {
    return socket_.send(frame_to(to, text));
  }
  /// Takes the next frame; false where none came before `until`, or will come.
  bool step(Clock::time_point until = Clock::now() + patience) {
    const auto frame = socket_.receive(until);
    if (!frame) return false;
    take_frame(*frame);
    return true;
  }
  void take_frame(Bytes frame) { note(machine_.receive(frame, handfast::clock_time())); }
  [[nodiscard]] Message next_message() {
    while (messages.empty())
      if (!step()) throw Failure("a message does not arrive");
    Message message = std::move(messages.front());
    messages.pop_front();
    return message;
  }
  /// What became of the oldest message of which that was not asked yet: whether it was forwarded.
  [[nodiscard]] bool next_receipt() {
    while (receipts.empty())
      if (!step()) throw Failure("what became of a message is not told");
    const bool is_forwarded = receipts.front();
    receipts.pop_front();
    return is_forwarded;
  }

  [[nodiscard]] bool is_registered() const {
    return machine_.template in<typename Role::Registered>();
  }
  [[nodiscard]] const x25519::PublicKey& key() const {
    return machine_.context().identity.public_key();
  }
  [[nodiscard]] WebSocket& socket() noexcept { return socket_; }

  std::deque<Message> messages;
  std::deque<bool> receipts;   // whether each message was forwarded
  std::optional<Fault> ended;  // why its machine did
  std::vector<Fault> refused;  // what it was sent and did not take

 private:
  static registration::Config config() {
    registration::Config config;
    config.audience = audience;
    return config;
  }
  void note(const handfast::Output<Role>& out) {
    for (const auto& event : out.events) std::visit([&](const auto& one) { take(one); }, event);
    for (const auto& frame : out.transmit) socket_.send(frame.bytes);
  }
  void take(const registration::Delivered& e) {
    messages.push_back({e.sender, std::string(handfast::text_of(e.payload))});
  }
  void take(const registration::Receipted& e) {
    receipts.push_back(e.fate == registration::Fate::forwarded);
  }
  void take(const registration::compat::Receipted& e) { receipts.push_back(e.error.empty()); }
  void take(const handfast::Closed& e) { ended = e.fault; }
  void take(const handfast::Rejected& e) { refused.push_back(e.fault); }
  template <class Other>
  void take(const Other&) {}

  WebSocket socket_;
  handfast::Machine<Role> machine_;
};

}  // namespace soak
