#pragma once

// The application's side of a party: what it has planned, and data that it hands over.

#include <deque>

#include "handfast/testing/party.hpp"

namespace handfast::testing {

/// What the application of a role without commands asks for, which is never.
struct NoCommand {};

/// What an application may do when it is asked: now, later, with data that nobody else sends.
template <class Role>
class Doing {
 public:
  using Command = handfast::detail::AsVariant<
      std::conditional_t<Role::Commands::size == 0, List<NoCommand>, typename Role::Commands>>;
  struct Planned {
    SteadyTime at;
    Command command;
    std::optional<Kept> data;  // that the command hands over
    int attempts = 0;
  };

  /// Does `command` right after the call that is under way.
  void now(Command command) { after(Duration{0}, std::move(command)); }
  /// Does `command` when `delay` has passed.
  void after(Duration delay, Command command) {
    const SteadyTime at = present + delay;
    plan({at, std::move(command), std::exchange(drawn, {})});
  }
  void plan(Planned one) {
    const auto place =
        std::ranges::find_if(planned, [&](const Planned& other) { return other.at > one.at; });
    planned.insert(place, std::move(one));
  }
  /// Application data that is different each time; valid as long as the party is.
  [[nodiscard]] Bytes payload() {
    std::string text = label + " " + std::to_string(++payload_count);
    if (payload_count % 5 == 0) text.resize(text.size() + 300, '.');
    drawn = keep(bytes_of(text));
    return payloads.emplace_back(*drawn);
  }

  std::string label;  // of the party, unique in its world
  SteadyTime present{};
  Seeded numbers{0};  // for what the application decides by chance
  std::deque<Planned> planned;
  std::deque<Kept> payloads;
  std::optional<Kept> drawn;  // for the command in the making
  std::uint64_t payload_count = 0;
};

}  // namespace handfast::testing
