#pragma once

// Migration as the testing kit wants to know it: a session over two links that come and go, as the
// network will and as applications ask for. What is said arrives once and in order, whatever becomes
// of the links (claim 19).

#include "tests/rehandshake/scene.hpp"
//
#include "handfast/rehandshake/migration.hpp"
#include "tests/rehandshake/migration_plans.hpp"

namespace rehandshake_test {

/// What one side of a session that migrates is given.
struct MovingSetting : Setting {
  rehandshake::MigrationConfig migration;
};

/// Does what it is asked to, and now and then opens a path or closes one.
struct MovingUser {
  using Seldom = List<rehandshake::Disconnect>;

  void begin(auto& doing) {
    doing.now(rehandshake::Start{});
    if (doing.numbers.chance(60))
      doing.after(doing.numbers.chance(50) ? 100ms : 5s, LinkOpened{rehandshake::direct_link});
  }
  void told(const rehandshake::PathWanted& wanted, auto& doing) {
    // Some connections take long, and some cannot be made.
    if (doing.numbers.chance(90))
      doing.after(doing.numbers.chance(80) ? 200ms : 7s, LinkOpened{wanted.link});
  }
  void told(const rehandshake::PathLost& lost, auto& doing) { doing.now(LinkClosed{lost.link}); }
  void told(const rehandshake::RelayDone&, auto& doing) {
    if (doing.numbers.chance(70)) doing.now(LinkClosed{rehandshake::relay_link});
  }
  std::optional<LinkOpened> whim(List<LinkOpened>, auto& doing) {
    return LinkOpened{any_of(doing.numbers)};
  }
  std::optional<LinkClosed> whim(List<LinkClosed>, auto& doing) {
    return LinkClosed{any_of(doing.numbers)};
  }
  static Link any_of(testing::Seeded& numbers) {
    return numbers.chance(50) ? rehandshake::direct_link : rehandshake::relay_link;
  }
};

struct MigrationScene
    : SceneOf<rehandshake::Migration<rehandshake::Part::initiator>,
              rehandshake::Migration<rehandshake::Part::responder>, MovingUser, MovingUser> {
  static constexpr std::string_view profile = "migration";
  using Setting = MovingSetting;

  static constexpr unsigned opens_max = 1;
  static constexpr Duration patience = 30min;
  static constexpr Duration exchange_time = 30s;
  static constexpr bool is_stream = true;

  static constexpr auto rare_plan_count = static_cast<std::uint32_t>(migration_plans.size());
  static testing::Plan rare_plan(std::uint32_t number) {
    return testing::plan_of_text(migration_plans[number]).value();
  }

  /// Sessions have the same keys, so each has an id of its own. In some no path is tried for long,
  /// some notice silence before an attempt is over, some keep little, some have few counters, some
  /// end though the other side has not been heard.
  static Setting setting(testing::Seeded& numbers) {
    Setting made;
    static_cast<rehandshake_test::Setting&>(made) = SceneOf::setting(numbers);
    for (auto& byte : made.session) byte = static_cast<std::uint8_t>(numbers.next());
    made.rotates = false;
    rehandshake::MigrationConfig& config = made.migration;
    config.reconnects_max = 2 + static_cast<std::uint32_t>(numbers.below(20));
    if (numbers.chance(50)) config.migrate_repeat = 5s;
    if (numbers.chance(50)) config.silence_timeout = 20s;
    if (numbers.chance(30)) {
      config.silence_timeout = 3s;
      config.heartbeat_interval = 1s;
    }
    if (numbers.chance(20)) config.unacknowledged_max = 1 + numbers.below(8);
    if (numbers.chance(10))
      config.counter_max = 2 * rehandshake::MigrationConfig::counter_reserve + numbers.below(2000);
    if (made.session[0] < 80) config.close_timeout = 8s;
    return made;
  }
  static Setting setting_of(const Setting& both, int side) {
    Setting one = both;
    one.is_first = side == 0;
    return one;
  }
  template <class Role>
  static rehandshake::MigrationContext context(const Setting& setting, Random random) {
    return {setting.keys(0),
            {binding_of(setting, 0), binding_of(setting, 0)},
            setting.config,
            setting.migration,
            random};
  }

  /// By then a side that has not noticed has heard nothing for long enough, and the pauses between
  /// what is said again are over. Whoever has no path goes on asking for one.
  static Duration recovery_time(const Setting& setting) {
    return setting.migration.silence_timeout + 2 * setting.migration.heartbeat_interval +
           2 * setting.config.timeout;
  }
  using Routine = List<rehandshake::HeartbeatDue, rehandshake::AckDue, rehandshake::FollowDue,
                       rehandshake::PathShown, rehandshake::BothSwitched, rehandshake::MigrateDue,
                       rehandshake::PathOverdue, rehandshake::EndDue>;

  static bool is_open(Link link) { return link == rehandshake::relay_link; }
  static void bind(rehandshake::MigrationContext& c, const Setting& setting, Link link,
                   std::uint32_t connection) {
    c.bind(link, binding_of(setting, connection));
  }
  static void resume(rehandshake::MigrationContext& now,
                     const rehandshake::MigrationContext& before) {
    now.bindings = before.bindings;
    now.next_bindings = before.next_bindings;
  }

  template <class State>
  static void seal(State& state, rehandshake::Request m, rehandshake::MigrationContext& c,
                   Frames& frames) {
    c.link = c.now.steady.time_since_epoch().count() % 2 == 0 ? rehandshake::relay_link
                                                              : rehandshake::direct_link;
    c.bind_to(c.link);
    SceneOf::seal(state, m, c, frames);
  }

 private:
  static rehandshake::ChannelBinding binding_of(const Setting& setting, std::uint32_t connection) {
    if (!setting.exporter) return rehandshake::ChannelBinding::none();
    auto exporter = *setting.exporter;
    for (int i = 0; i < 4; ++i)
      exporter[static_cast<std::size_t>(i)] ^= static_cast<std::uint8_t>(connection >> 8 * i);
    return rehandshake::ChannelBinding::of(exporter);
  }
};
static_assert(testing::claims_are_told(MigrationScene::Roles{}));

}  // namespace rehandshake_test
