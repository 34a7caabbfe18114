#pragma once

// What the testing kit has to be told of the protocol that its tables do not say.

#include "handfast/testing/sim.hpp"
//
#include "ask.hpp"

namespace ask {

/// Asks when it feels like it.
struct AskerUser {};

/// Answers what it is asked, each time with something else. A forgetful one not always, but whoever
/// asks again is answered.
template <bool is_forgetful>
struct AnswererUser {
  bool has_forgotten = false;
  void told(const Wanted&, auto& doing) {
    has_forgotten = is_forgetful && !has_forgotten && doing.numbers.chance(10);
    if (!has_forgotten) doing.now(Give{doing.payload()});
  }
};

template <class Covers>
struct Scene {
  static constexpr std::string_view name = "ask";
  using Roles = List<Asker<Covers>, Answerer<Covers>>;
  using Applications = List<AskerUser, AnswererUser<std::same_as<Covers, Mended>>>;

  struct Setting {
    std::array<std::uint8_t, 32> key{};  // each session has another
  };
  static Setting setting(testing::Seeded& numbers) {
    Setting setting;
    for (auto& byte : setting.key) byte = static_cast<std::uint8_t>(numbers.next());
    return setting;
  }
  template <class Role>
  static Shared::Context context(const Setting& setting, Random random) {
    return {{}, {}, random, setting.key, {}};
  }

  static constexpr unsigned opens_max = 0, derived_max = 1;  // what one input may cost
  static constexpr Duration patience = std::chrono::minutes(1);
  static constexpr Duration exchange_time = std::chrono::seconds(10);

  /// For the attacker that rewrites fields: a message as a frame.
  template <class Message>
  static std::optional<testing::KeptFrame> encode(const Message& message) {
    testing::KeptFrame frame;
    wire::GrowingWriter writer{frame.bytes};
    if (!wire::binary::encode(message, writer)) return std::nullopt;
    return frame;
  }
};

}  // namespace ask
