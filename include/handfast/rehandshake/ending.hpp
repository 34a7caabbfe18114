#pragma once

// What every role can be told: other keys, and the end.

#include "handfast/core/next.hpp"
#include "handfast/rehandshake/rules.hpp"
#include "handfast/rehandshake/states.hpp"

namespace handfast::rehandshake {

/// Takes the keys of `m` if they are this session's of a later epoch.
[[nodiscard]] inline bool take_later(const Rotate& m, Context& c) {
  const bool is_later =
      m.keys != nullptr && m.keys->session == c.proof_macs.session &&
      (m.keys->epoch > c.proof_macs.epoch || handfast::detail::planted<"epoch set back">);
  if (is_later) c.take(*m.keys);
  return is_later;
}

/// What every role can be told in the states that all have.
template <class Role>
struct Ending {
  // clang-format off
  using Rows = Transitions<
    Row<states::Idle,      Rotate, states::Idle,  Requires<KeysAreLater>>,
    Row<states::Confirmed, Rotate, states::Idle,  Requires<KeysAreLater>>,
    Row<states::Idle,      Stop,   states::Ended, Tells<Closed>>,
    Row<states::Confirmed, Stop,   states::Ended, Tells<Closed>>>;
  // clang-format on

  static Next<Role, states::Idle, Rotate> react(const states::Idle&, const Rotate& m, Context& c) {
    if (auto broken = require<KeysAreLater>(take_later(m, c))) return broken;
    return go(states::Idle{});
  }
  static Next<Role, states::Confirmed, Rotate> react(const states::Confirmed&, const Rotate& m,
                                                     Context& c) {
    if (auto broken = require<KeysAreLater>(take_later(m, c))) return broken;
    return go(states::Idle{});
  }
  static Next<Role, states::Idle, Stop> react(const states::Idle&, const Stop&, Context&) {
    return go(states::Ended{}, Closed{});
  }
  static Next<Role, states::Confirmed, Stop> react(const states::Confirmed&, const Stop&,
                                                   Context&) {
    return go(states::Ended{}, Closed{});
  }
};

}  // namespace handfast::rehandshake
