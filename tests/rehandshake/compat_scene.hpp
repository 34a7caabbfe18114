#pragma once

// The deployed initiator and responder as the testing kit wants to know them.

#include "handfast/testing/world.hpp"
//
#include "handfast/testing/agreement.hpp"
//
#include "handfast/rehandshake/compat.hpp"

namespace rehandshake_test {

using namespace handfast;
using namespace std::chrono_literals;

/// Begins at once, and again when nobody has answered.
struct DeployedAsking {
  using Seldom = List<rehandshake::compat::Stop>;

  void begin(auto& doing) { doing.now(rehandshake::compat::Start{}); }
  void told(const rehandshake::AttemptEnded& e, auto& doing) {
    if (e.fault && doing.numbers.chance(50)) doing.after(1s, rehandshake::compat::Start{});
  }
};
struct DeployedAsked {
  using Seldom = List<rehandshake::compat::Stop>;
};

/// The keys of a session, which no other one has.
struct DeployedSetting {
  rehandshake::SessionId session{};
  std::array<std::uint8_t, 32> tx{}, rx{};
};

struct CompatScene {
  static constexpr std::string_view name = "rehandshake";
  static constexpr std::string_view profile = "compat";
  using Roles = List<rehandshake::Initiator<rehandshake::Compat>,
                     rehandshake::Responder<rehandshake::Compat>>;
  using Applications = List<DeployedAsking, DeployedAsked>;
  using Setting = DeployedSetting;

  static constexpr unsigned opens_max = 0;
  static constexpr unsigned derived_max = 2;
  static constexpr Duration patience = 10min;
  static constexpr Duration exchange_time = 10s;

  static Setting setting(testing::Seeded& numbers) {
    Setting setting;
    const auto draw = [&](auto& bytes) {
      for (auto& byte : bytes) byte = static_cast<std::uint8_t>(numbers.next());
    };
    draw(setting.session);
    draw(setting.tx);
    draw(setting.rx);
    return setting;
  }
  static Setting setting_of(const Setting& both, int side) {
    Setting one = both;
    if (side == 1) std::swap(one.tx, one.rx);
    return one;
  }
  static constexpr std::uint32_t rare_plan_count = 0;
  static testing::Plan rare_plan(std::uint32_t number) { return {number, {}}; }

  template <class Role>
  static rehandshake::compat::Context context(const Setting& setting, Random random) {
    return rehandshake::compat::Context(
        {setting.session, Secret<32>::from(setting.tx), Secret<32>::from(setting.rx), 0}, random);
  }
  template <class Message>
  static std::optional<testing::KeptFrame> encode(const Message& message) {
    testing::KeptFrame frame;
    wire::GrowingWriter writer{frame.bytes};
    if (!wire::binary::encode(message, writer)) return std::nullopt;
    return frame;
  }
};
static_assert(testing::claims_are_told(CompatScene::Roles{}));

}  // namespace rehandshake_test
