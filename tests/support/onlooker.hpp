#pragma once

// Somebody who looks on while a test moves its machines. The gallery of attacks writes pages so.

#include <optional>

#include "handfast/core/machine.hpp"

namespace handfast::test {

/// What a machine is called for: a command by its name, a frame, or time.
struct CalledFor {
  Trigger trigger = Trigger::timer;
  std::string_view name{};  // of a command
  Link link{};              // of a frame
  Bytes frame{};
};

/// One call of a machine of `Role`, right after it.
template <class Role>
struct Call {
  const void* machine;
  const typename Role::Context& context;
  Time now;
  CalledFor what;
  std::string_view before, after;  // states
  bool has_changed;                // anything of the state
  const Output<Role>& out;
};

/// Sees each call of the machines of `Role` that is made with `shown`; nullptr for nobody.
template <class Role>
inline void (*looks_on)(const Call<Role>&) = nullptr;

/// What `call` returns, which calls `machine` for `what`.
template <class Role, class Observer, class Do>
Output<Role> shown(Machine<Role, Observer>& machine, const Time& now, CalledFor what, Do&& call) {
  if (looks_on<Role> == nullptr) return call();
  const auto stored = [&] {
    const Buffer all = machine.dangerous_snapshot();
    return std::vector<std::uint8_t>(all.bytes().begin(), all.bytes().end());
  };
  if (what.trigger == Trigger::timer)
    if (const auto due = machine.engine().deadline()) what.name = due->timer;
  const auto before = stored();
  const std::string_view state_before = machine.state_name();
  Output<Role> out = call();
  looks_on<Role>({&machine, machine.context(), now, what, state_before, machine.state_name(),
                  stored() != before, out});
  return out;
}
template <class Role, class Observer, class Command>
Output<Role> shown_command(Machine<Role, Observer>& machine, const Command& command,
                           const Time& now) {
  return shown(machine, now, {Trigger::command, name_of<Command>(), {}, {}},
               [&] { return machine.handle(command, now); });
}
template <class Role, class Observer>
Output<Role> shown_frame(Machine<Role, Observer>& machine, Link link, Bytes frame,
                         const Time& now) {
  return shown(machine, now, {Trigger::message, {}, link, frame},
               [&] { return machine.receive(link, frame, now); });
}
template <class Role, class Observer>
Output<Role> shown_advance(Machine<Role, Observer>& machine, const Time& now) {
  return shown(machine, now, {}, [&] { return machine.advance(now); });
}

/// The same of what holds many machines of `Role`, right after a call of it. It has no one state:
/// `state` says what it does.
template <class Role>
void show(const void* machines, const typename Role::Context& context, const Time& now,
          const CalledFor& what, std::string_view state, const Output<Role>& out) {
  if (looks_on<Role> != nullptr)
    looks_on<Role>({machines, context, now, what, state, state, false, out});
}

}  // namespace handfast::test
