#pragma once

// Both sides of a connection that may migrate, and the two paths between them.

#include "handfast/rehandshake/migration.hpp"
#include "tests/machines/migration.hpp"
#include "tests/rehandshake/side.hpp"

namespace rehandshake_test {

using Mover = Migration<Part::initiator>;
using Follower = Migration<Part::responder>;

inline const PathBindings unbound{ChannelBinding::none(), ChannelBinding::none()};

[[nodiscard]] inline auto migrating(bool is_first, MigrationConfig migration = {}) {
  return [=](Random random) {
    return MigrationContext(keys_of(is_first), unbound, {}, migration, random);
  };
}

/// There is a new connection on this path, known by nothing.
template <class Role>
Result<Role> opens(Side<Role>& side, Link link) {
  side.context().bind(link, ChannelBinding::none());
  return side.does(LinkOpened{link});
}

struct Ends {
  explicit Ends(MigrationConfig config = {})
      : first(migrating(true, config), 1), second(migrating(false, config), 2) {}

  Side<Mover> first;
  Side<Follower> second;

  void start() {
    CHECK(first.does(Start{}).is_silent());
    CHECK(second.does(Start{}).is_silent());
  }
  /// Hands over what is sent, and all that comes of it and is due now, until nobody says anything.
  /// Frames on `dead` are lost.
  void settle(Result<Mover> from_first, Result<Follower> from_second, Link dead = no_link) {
    while (!from_first.frames.empty() || !from_second.frames.empty()) {
      Result<Mover> next_first;
      Result<Follower> next_second;
      for (std::size_t i = 0; i < from_first.frames.size(); ++i)
        if (from_first.links[i] != dead)
          add(next_second, second.gets(from_first.frames[i], from_first.links[i]));
      for (std::size_t i = 0; i < from_second.frames.size(); ++i)
        if (from_second.links[i] != dead)
          add(next_first, first.gets(from_second.frames[i], from_second.links[i]));
      add(next_first, first.waits(0s));
      add(next_second, second.waits(0s));
      note(next_first, first_got, first_told);
      note(next_second, second_got, second_told);
      from_first = std::move(next_first);
      from_second = std::move(next_second);
    }
  }
  void settle(Result<Mover> from_first) { settle(std::move(from_first), {}); }
  void settle(Result<Follower> from_second) { settle({}, std::move(from_second)); }

  /// Lets time pass on both sides, and does what becomes due.
  void wait(Duration duration, Link dead = no_link) {
    const SteadyTime end = first.now.steady + duration;
    while (first.now.steady < end) {
      Duration step = end - first.now.steady;
      step = std::min(step, Duration(5ms));
      auto one = first.waits(step);
      auto two = second.waits(step);
      note(one, first_got, first_told);
      note(two, second_got, second_told);
      settle(std::move(one), std::move(two), dead);
    }
  }
  /// The direct path is there, and both have moved to it.
  void migrate() {
    (void)opens(second, direct_link);
    settle(opens(first, direct_link));
    wait(30ms);
  }
  [[nodiscard]] static Bits message(int number) {
    return bits(bytes_of("message " + std::to_string(number)));
  }

  std::vector<Bits> first_got, second_got;  // what was delivered
  std::vector<std::string> first_told, second_told;

 private:
  template <class Role>
  static void add(Result<Role>& all, Result<Role> one) {
    for (auto& frame : one.frames) all.frames.push_back(std::move(frame));
    all.links.insert(all.links.end(), one.links.begin(), one.links.end());
    all.events.insert(all.events.end(), one.events.begin(), one.events.end());
    for (auto& payload : one.payloads) all.payloads.push_back(std::move(payload));
    all.due = one.due;
  }
  template <class Role>
  static void note(const Result<Role>& result, std::vector<Bits>& got,
                   std::vector<std::string>& told) {
    got.insert(got.end(), result.payloads.begin(), result.payloads.end());
    for (const auto& event : result.events)
      std::visit(
          [&](const auto& one) {
            std::string name(name_of<std::remove_cvref_t<decltype(one)>>());
            if constexpr (requires { Link{one.link}, one; })
              name += one.link == relay_link ? " relay" : " direct";
            if constexpr (std::same_as<std::remove_cvref_t<decltype(one)>, Closed>)
              if (one.fault) name += " " + std::string(to_string(*one.fault));
            told.push_back(name);
          },
          event);
  }
};

/// An attempt on a path that both sides have open, as far as this message of it.
[[nodiscard]] inline Bits request_on(Ends& ends, Link path) {
  (void)opens(ends.second, path);
  return opens(ends.first, path).frames.at(0);
}
[[nodiscard]] inline Bits response_on(Ends& ends, Link path) {
  return ends.second.gets(request_on(ends, path), path).frames.at(0);
}
[[nodiscard]] inline Bits complete_on(Ends& ends, Link path) {
  return ends.first.gets(response_on(ends, path), path).frames.at(0);
}

}  // namespace rehandshake_test
