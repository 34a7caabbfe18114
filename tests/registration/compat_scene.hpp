#pragma once

// Client and server of the deployed design as the testing kit wants to know them. Data goes to and
// comes from a third party whose private key the scene has, so that what the server carries sealed
// can be told from what somebody made up.

#include "handfast/testing/world.hpp"
//
#include <limits>

#include "handfast/registration/compat.hpp"
#include "tests/registration/scene.hpp"

namespace registration_test {

using namespace handfast;
using namespace std::chrono_literals;

/// Whom clients talk to.
inline const x25519::PrivateKey& contact() {
  static const x25519::PrivateKey key = [] {
    std::array<std::uint8_t, 32> bytes{};
    bytes.fill(7);
    return x25519::PrivateKey::from(Bytes(bytes)).value();
  }();
  return key;
}

/// Data that is a JSON value; once in a while it is none, or too much.
inline Bytes json_payload(auto& doing) {
  static const testing::Kept too_much(registration::payload_size_max + 1);
  if (doing.numbers.chance(2)) return Bytes(too_much);
  const Bytes plain = doing.payload();
  if (doing.numbers.chance(2)) return plain;
  doing.drawn = testing::keep(bytes_of('"' + std::string(text_of(plain)) + '"'));
  return doing.payloads.emplace_back(*doing.drawn);
}

struct CompatClientUser {
  void begin(auto& doing) { doing.now(registration::Connect{}); }
  std::optional<registration::Send> whim(List<registration::Send>, auto& doing) {
    return registration::Send{contact().public_key(), json_payload(doing)};
  }
};

/// A router with one connection: takes most clients in, says what became of their messages, and has
/// messages of the contact's for them.
struct CompatServerUser {
  using Seldom = List<registration::Supersede, registration::Decline>;

  void begin(auto& doing) { doing.now(registration::Accept{}); }
  void told(const registration::Proven& e, auto& doing) {
    client = e.key;
    const Duration later = doing.numbers.chance(80) ? Duration{0} : 50ms;
    if (doing.numbers.chance(5)) return;  // it never says
    if (doing.numbers.chance(90))
      doing.after(later, registration::Admit{});
    else
      doing.after(later, registration::Decline{});
  }
  void told(const registration::Forward& e, auto& doing) {
    last_id = e.id;
    const Duration later = doing.numbers.chance(60) ? Duration{0} : 2s;
    doing.after(later, registration::Report{e.id, doing.numbers.chance(80)
                                                      ? registration::Fate::forwarded
                                                      : registration::Fate::not_available});
  }
  std::optional<registration::Report> whim(List<registration::Report>, auto&) {
    return registration::Report{last_id + 1, registration::Fate::forwarded};  // about none
  }
  std::optional<registration::Deliver> whim(List<registration::Deliver>, auto& doing) {
    const auto key = box_key(contact(), client);
    if (!key) return registration::Deliver{contact().public_key(), doing.payload()};
    doing.after(10ms, registration::Drained{1 << 20});
    const Bytes text = json_payload(doing);
    registration::compat::Envelope envelope{contact().public_key(), client, {}, {}};
    for (auto& byte : envelope.nonce) byte = static_cast<std::uint8_t>(doing.numbers.next());
    SecretBox box;
    envelope.message = registration::compat::sealed(box, *key, envelope.nonce, text);
    const auto frame = wire::json::encode(envelope);
    if (!frame) return registration::Deliver{contact().public_key(), text};
    return registration::Deliver{contact().public_key(),
                                 doing.payloads.emplace_back(testing::keep(bytes_of(*frame)))};
  }
  std::optional<registration::Drained> whim(List<registration::Drained>, auto& doing) {
    return registration::Drained{doing.numbers.below(1000)};
  }

  x25519::PublicKey client;
  std::uint64_t last_id = 0;
};

struct CompatScene {
  static constexpr std::string_view name = "registration";
  static constexpr std::string_view profile = "compat";
  using Roles =
      List<registration::Client<registration::Compat>, registration::Server<registration::Compat>>;
  using Applications = List<CompatClientUser, CompatServerUser>;
  struct Setting {
    registration::Config config;
    std::array<std::uint8_t, 32> client{}, server{};
  };

  /// Two static keys have one key for ever.
  static constexpr std::uint64_t seals_of_one_key_max = std::numeric_limits<std::uint64_t>::max();
  static constexpr unsigned opens_max = 1;
  static constexpr unsigned derived_max = 0;
  static constexpr Duration patience = 10min;
  static constexpr Duration exchange_time = 10s;

  static Setting setting(testing::Seeded& numbers) {
    Setting setting;
    for (auto* key : {&setting.client, &setting.server})
      for (auto& byte : *key) byte = static_cast<std::uint8_t>(numbers.next());
    setting.config.challenge_text = "Simpatico Welcomes You! Thu Jan 01 1970";
    if (numbers.chance(30)) {
      setting.config.messages_a_second = 1;
      setting.config.messages_at_once = 1 + static_cast<std::uint32_t>(numbers.below(4));
    }
    if (numbers.chance(30)) setting.config.queue_max = 1000 + numbers.below(4000);
    if (numbers.chance(30)) setting.config.queue_max = 500, setting.config.answers_max = 0;
    return setting;
  }
  static constexpr std::uint32_t rare_plan_count = 40;
  static testing::Plan rare_plan(std::uint32_t number) { return talkative(number, 900, 80); }

  template <class Role>
  static registration::compat::Context context(const Setting& setting, Random random) {
    constexpr bool is_client = std::same_as<Role, registration::Client<registration::Compat>>;
    const Bytes key = is_client ? Bytes(setting.client) : Bytes(setting.server);
    return {setting.config, x25519::PrivateKey::from(key).value(), random};
  }

  /// What the contact reads in a message that the server carries; nothing where that is somebody
  /// else's, or nobody's.
  static std::optional<testing::Kept> data_of(const registration::Forward& event) {
    const auto envelope = wire::json::decode<registration::compat::Envelope>(
        event.payload, registration::compat::frame_size_max);
    if (!envelope || envelope->message.size() < SecretBox::tag_size) return std::nullopt;
    const auto key = box_key(contact(), envelope->from);
    testing::Kept text(envelope->message.size() - SecretBox::tag_size);
    SecretBox box;
    if (!key || !box.open(*key, envelope->nonce, envelope->message, text)) return std::nullopt;
    return text;
  }

  template <class Message>
  static std::optional<testing::KeptFrame> encode(const Message& message) {
    const auto text = wire::json::encode(message);
    if (!text) return std::nullopt;
    return testing::KeptFrame{{}, testing::keep(bytes_of(*text))};
  }
};

}  // namespace registration_test
