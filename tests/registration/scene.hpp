#pragma once

// Client and server of the registration protocol as the testing kit wants to know them.

#include "handfast/testing/world.hpp"
//
#include "handfast/testing/agreement.hpp"
//
#include "handfast/core/compose.hpp"
#include "handfast/registration/client.hpp"
#include "handfast/registration/server.hpp"

namespace registration_test {

using namespace handfast;
using namespace std::chrono_literals;

/// What an application has to say; once in a while it is too much.
inline Bytes payload(auto& doing) {
  static const testing::Kept too_much(registration::payload_size_max + 1);
  return doing.numbers.chance(2) ? Bytes(too_much) : doing.payload();
}
/// Somebody's key.
inline x25519::PublicKey somebody() {
  static constexpr std::array<std::uint8_t, 32> base_point{9};
  return x25519::PublicKey::parse(base_point).value();
}

struct ClientUser {
  void begin(auto& doing) { doing.now(registration::Connect{}); }
  std::optional<registration::Send> whim(List<registration::Send>, auto& doing) {
    return registration::Send{somebody(), payload(doing)};
  }
};

/// A router with one connection: takes most clients in, and says what became of their messages.
struct ServerUser {
  using Seldom = List<registration::Supersede, registration::Decline>;

  void begin(auto& doing) { doing.now(registration::Accept{}); }
  void told(const registration::Proven&, auto& doing) {
    const Duration later = doing.numbers.chance(80) ? Duration{0} : 50ms;
    if (doing.numbers.chance(5)) return;  // it never says
    if (doing.numbers.chance(90))
      doing.after(later, registration::Admit{doing.numbers.chance(20)});
    else
      doing.after(later, registration::Decline{});
  }
  void told(const registration::Forward& e, auto& doing) {
    doing.now(registration::Report{e.id, doing.numbers.chance(80)
                                             ? registration::Fate::forwarded
                                             : registration::Fate::not_available});
  }
  std::optional<registration::Deliver> whim(List<registration::Deliver>, auto& doing) {
    return registration::Deliver{somebody(), payload(doing)};
  }
  std::optional<registration::Drained> whim(List<registration::Drained>, auto& doing) {
    return registration::Drained{doing.numbers.below(1000)};
  }
};

/// A client that says more than it may while nobody takes what it is told; then time passes, and some
/// of what it says is damaged. Of the commands one in two is for a link, and does nothing.
inline testing::Plan talkative(std::uint32_t setting, int command_count, int damaged_count) {
  using testing::Deed;
  testing::Plan plan{setting, {}};
  constexpr std::uint8_t short_wait = 3, long_wait = 9;  // 20 ms, 20 s
  const auto add = [&](Deed deed, std::uint8_t wait, int by_chance) {
    plan.moves.push_back({deed, 0, wait, static_cast<std::uint8_t>(by_chance),
                          static_cast<std::uint16_t>(by_chance * 257)});
  };
  for (int i = 0; i < command_count; ++i) add(Deed::command, short_wait, i);
  for (int i = 0; i < damaged_count; ++i) {
    add(Deed::flip, i % 8 == 0 ? long_wait : short_wait, i * 5);
    add(Deed::command, short_wait, i);
  }
  return plan;
}

struct Scene {
  static constexpr std::string_view name = "registration";
  static constexpr std::string_view profile = "hardened";
  using Roles = List<registration::Client<>, registration::Server<>>;
  using Applications = List<ClientUser, ServerUser>;
  struct Setting {
    registration::Config config;
    std::array<std::uint8_t, 32> client{}, server{};
  };

  static constexpr std::uint64_t seals_of_one_key_max = std::uint64_t{1} << 32;
  static constexpr unsigned opens_max = 1;
  static constexpr unsigned derived_max = 10;
  static constexpr Duration patience = 10min;
  static constexpr Duration exchange_time = 10s;

  static Setting setting(testing::Seeded& numbers) {
    Setting setting;
    for (auto* key : {&setting.client, &setting.server})
      for (auto& byte : *key) byte = static_cast<std::uint8_t>(numbers.next());
    // Each session's server has a name of its own. Of two servers that share one, a client that pins
    // no key may meet either, and the worlds could not tell a relay from that.
    setting.config.audience = std::to_string(numbers.next()) + ".example.org:443";
    setting.config.names = {"elsewhere.org:443", setting.config.audience};
    if (numbers.chance(50)) setting.config.pinned_server = identity(setting.server).public_key();
    if (numbers.chance(30)) {
      setting.config.messages_a_second = 1;
      setting.config.messages_at_once = 1 + static_cast<std::uint32_t>(numbers.below(4));
    }
    if (numbers.chance(30)) setting.config.queue_max = 200 + numbers.below(800);
    if (numbers.chance(30)) setting.config.queue_max = setting.config.answers_max = 100;
    return setting;
  }
  static constexpr std::uint32_t rare_plan_count = 60;
  static testing::Plan rare_plan(std::uint32_t number) { return talkative(number, 4040, 8); }

  static x25519::PrivateKey identity(Bytes bytes) {
    return x25519::PrivateKey::from(bytes).value();
  }
  template <class Role>
  static registration::Context context(const Setting& setting, Random random) {
    constexpr bool is_client = std::same_as<Role, registration::Client<>>;
    return {setting.config, identity(is_client ? setting.client : setting.server), random};
  }

  /// Any bytes, those of no message too, under the keys of a registered connection.
  template <class State>
  requires requires(State& s) { s.channel.send_key; }
  static void seal_raw(State& state, Bytes contents, registration::Context& c, Frames& frames) {
    auto& channel = state.channel;
    testing::Kept frame(registration::Record::header_size), sealed(contents.size() + 16);
    frame[0] = 2;
    const std::uint64_t counter = ++channel.sent;
    std::array<std::uint8_t, 12> nonce{};
    for (std::size_t i = 0; i < 8; ++i)
      frame[8 - i] = nonce[11 - i] = static_cast<std::uint8_t>(counter >> (8 * i));
    if (!c.aead.seal(channel.send_key, nonce, frame, contents, sealed)) return;
    frame.insert(frame.end(), sealed.begin(), sealed.end());
    frames.append(c.link, text_of(frame));
  }

  template <class Message>
  static std::optional<testing::KeptFrame> encode(const Message& message) {
    using testing::KeptFrame, testing::keep;
    if constexpr (std::same_as<Message, registration::Record>) {
      KeptFrame frame;
      wire::GrowingWriter writer{frame.bytes};
      if (!wire::binary::encode(message, writer)) return std::nullopt;
      return frame;
    } else {
      const auto text = wire::json::encode(message);
      if (!text) return std::nullopt;
      return KeptFrame{{}, keep(bytes_of(*text))};
    }
  }
};
static_assert(testing::claims_are_told(Scene::Roles{}));

}  // namespace registration_test
