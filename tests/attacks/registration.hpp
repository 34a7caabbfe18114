#pragma once

// The stage of the registration attacks: two clients, an honest server with a connection for each,
// and an attacker who has everything that is on its way, or is a server himself.

#include <stdexcept>
#include <type_traits>

#include "handfast/wire/binary.hpp"
#include "handfast/wire/json.hpp"
#include "tests/attacks/gallery.hpp"
#include "tests/registration/pair.hpp"

namespace attacks::registration {

using namespace registration_test;
using handfast::registration::Compat, handfast::registration::Hardened;
namespace compat = handfast::registration::compat;

template <class P>
inline constexpr bool is_compat = std::same_as<P, Compat>;

/// An event as a reader wants to see it: its name, and what is in it.
template <class E>
[[nodiscard]] std::string words_of(const E& event) {
  std::string inside;
  if constexpr (requires { event.payload; })
    inside = '"' + std::string(text_of(event.payload)) + '"';
  if constexpr (requires { event.fault; }) {
    const std::optional<Fault> fault = event.fault;
    if (fault) inside = to_string(*fault);
  }
  return std::string(name_of<E>()) + (inside.empty() ? "" : '{' + inside + '}');
}

/// The story of whoever is on the stage.
class RegistrationStory : public Story {
 public:
  std::vector<Fault>
      forged;  // why what the attacker handed over was refused, or ended a connection
  bool is_state_kept = true;  // no refusal changed its receiver

  void alice(std::string text) { step("alice", std::move(text)); }
  void bob(std::string text) { step("bob", std::move(text)); }
  void server(std::string text) { step("server", std::move(text)); }

  /// The attacker hands a frame over; what becomes of it is the next step.
  template <class Role>
  Result<Role> hands(Side<Role>& side, const std::string& who, Bytes frame) {
    const Kept before = side.snapshot();
    Result<Role> result = side.gets(frame);
    std::string line;
    if (const auto fault = result.fault()) {
      const bool is_kept = side.snapshot() == before;
      is_state_kept = is_state_kept && is_kept;
      forged.push_back(*fault);
      line = "refuses it as " + std::string(to_string(*fault)) +
             (is_kept ? "; its state is as it was" : "; its state has changed");
    } else {
      const auto* closed = result.template event<Closed>();
      if (closed != nullptr && closed->fault) forged.push_back(*closed->fault);
      for (const auto& event : result.events) {
        if (line.empty())
          line = closed != nullptr ? "ends the connection: " : "takes it: ";
        else
          line += ", ";
        line += std::visit([](const auto& one) { return words_of(one); }, event);
      }
      if (line.empty()) line = result.frames.empty() ? "takes no notice of it" : "answers it";
    }
    step(who, line);
    return result;
  }
};

/// Who is there. All frames go through the hands of the test.
template <class P>
struct Stage {
  explicit Stage(Config alice_has = client_config()) : alice(std::move(alice_has), 1, 1) {}

  Side<Client<P>> alice;
  Side<Client<P>> bob{client_config(), 3, 3};
  Side<Server<P>> alices{server_config(), 2, 2}, bobs{server_config(), 2, 4};  // one server

  /// Registers `client` on the connection `server`.
  static void join(Side<Client<P>>& client, Side<Server<P>>& server) {
    client.does(Connect{});
    const auto challenge = server.does(Accept{});
    server.gets(client.gets(challenge.frames.at(0)).frames.at(0));
    client.gets(server.does(Admit{}).frames.at(0));
    if (client.state() != "Registered") throw std::logic_error("nobody is registered");
  }
  Stage& registered() {
    join(alice, alices);
    join(bob, bobs);
    return *this;
  }

  /// The frame with which Alice says `json_text` to Bob.
  [[nodiscard]] Kept says(std::string_view json_text) {
    return alice.does(Send{bob.key(), bytes_of(json_text)}).frames.at(0);
  }
  /// What the server makes of Alice's frame for Bob's connection.
  [[nodiscard]] Kept carried(Bytes frame) {
    const auto forward = alices.gets(frame);
    const auto* told = forward.template event<Forward>();
    if (told == nullptr) throw std::logic_error("nothing to carry");
    const Kept payload = keep(told->payload);
    return bobs.does(Deliver{alice.key(), payload}).frames.at(0);
  }
  /// Whether Bob hears what Alice says while nobody is in between.
  [[nodiscard]] bool hears(std::string_view json_text) {
    const auto delivered = bob.gets(carried(says(json_text)));
    const auto* told = delivered.template event<Delivered>();
    return told != nullptr && text_of(told->payload) == json_text;
  }
};

/// A challenge as a server may make it. Compat's nonce is any 24 bytes; hardened's is a public key.
template <class P>
[[nodiscard]] Kept challenge_of(const x25519::PublicKey& from, const compat::Nonce& nonce,
                                const std::string& text) {
  if constexpr (is_compat<P>)
    return keep(bytes_of(*wire::json::encode(compat::Challenge{from, nonce, text})));
  else
    return keep(bytes_of(*wire::json::encode(
        handfast::registration::Challenge{from, Side<Client<P>>::identity(9).public_key(), text})));
}

template <class Message>
[[nodiscard]] Message read(Bytes frame) {
  auto message = wire::json::decode<Message>(frame, compat::frame_size_max);
  if (!message) throw std::logic_error("no such message");
  return *std::move(message);
}

/// `play` against the profile that is meant.
template <class Play>
[[nodiscard]] bool against(Profile which, Play&& play) {
  return which == Profile::compat ? play.template operator()<Compat>()
                                  : play.template operator()<Hardened>();
}

}  // namespace attacks::registration
