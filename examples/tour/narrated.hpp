#pragma once

// A machine that says what happens to it: what it does or reads, whether it moves to another state
// or stays, what it tells the application. Knows no protocol.

#include <functional>

#include "handfast/core/machine.hpp"
#include "tour/annotate.hpp"

namespace tour {

using namespace handfast;

/// A member of an event: a number, or what has one, as that.
template <class Member>
[[nodiscard]] std::string shown(const Member& member) {
  if constexpr (requires { member.number; })
    return std::to_string(member.number);
  else
    return value_of(member);
}

/// An event by name, with those of its members that a reader wants to see.
template <class E>
[[nodiscard]] std::string event_text(const E& event) {
  std::string inside;
  const auto add = [&](const std::string& text) { inside += (inside.empty() ? "" : ", ") + text; };
  const auto add_named = [&]<class Member>(std::string_view name, const Member& member) {
    if constexpr (requires { *member; }) {
      if (member) add(std::string(name) + ' ' + shown(*member));
    } else {
      add(std::string(name) + ' ' + shown(member));
    }
  };
  if constexpr (requires { event.correlation; }) add(std::to_string(event.correlation));
  if constexpr (requires { event.epoch; }) add_named("epoch", event.epoch);
  if constexpr (requires { event.connection; }) add_named("connection", event.connection);
  if constexpr (
      requires { event.link; } && !requires { event.fault; })
    add_named("path", event.link);
  if constexpr (requires { event.id; }) add(shown(event.id));
  if constexpr (requires { event.key; }) add_named("key", event.key);
  if constexpr (requires { event.sender; }) add_named("from", event.sender);
  if constexpr (requires { event.replaced; }) add_named("replaced", event.replaced);
  if constexpr (requires { event.fate; }) add_named("fate", event.fate);
  if constexpr (requires { event.session.up_to; }) add_named("up to", event.session.up_to);
  if constexpr (requires { event.address; }) add(shown(event.address));
  if constexpr (requires { event.is_pinned; }) add_named("pinned", event.is_pinned);
  if constexpr (requires { event.is_resumed; }) add_named("resumed", event.is_resumed);
  if constexpr (requires { event.is_authenticated; })
    add_named("authenticated", event.is_authenticated);
  if constexpr (requires { event.is_kept; }) add_named("kept", event.is_kept);
  if constexpr (requires { event.payload; }) add(quoted(event.payload));
  if constexpr (requires { event.is_verified; }) add_named("verified", event.is_verified);
  if constexpr (requires { event.fingerprint; }) add_named("fingerprint", event.fingerprint);
  if constexpr (requires { event.why; }) add(std::string(to_string(event.why)));
  if constexpr (requires { event.claim; })
    add("transcript " + abbreviated(event.claim.transcript) + ", key id " +
        abbreviated(event.claim.key_id));
  if constexpr (requires { Fault{event.fault}; })
    add(std::string(to_string(event.fault)));
  else if constexpr (requires { event.fault.has_value(); })
    add(std::string(event.fault ? to_string(*event.fault) : "in order"));
  return std::string(name_of<E>()) + (inside.empty() ? "" : '{' + inside + '}');
}

namespace detail {

template <class Role, class Form>
inline constexpr bool is_message = []<class... Ms>(List<Ms...>) {
  return (std::same_as<Form, Ms> || ...);
}(typename Role::Receives{});

}  // namespace detail

/// The message in `frame`, opened with the keys of `state`, one of the role's states, which stays as
/// it is: opening is one step, and taking what was opened another.
template <class Role>
[[nodiscard]] std::string contents_of(const auto& state, typename Role::Context& context, Link link,
                                      Bytes frame) {
  const auto in_words = [&]<class Form>(const Form& form) -> std::string {
    if constexpr (detail::is_message<Role, Form>) {
      return summary_of(form);
    } else {
      Buffer plaintext;
      return std::visit(
          [&]<class State>(const State& present) -> std::string {
            if constexpr (requires { Role::open(present, form, context, plaintext); }) {
              const auto opened = Role::open(present, form, context, plaintext);
              return opened ? summary_of(opened->message)
                            : "nothing: " + std::string(to_string(opened.error()));
            } else {
              return "nothing: this state has no keys";
            }
          },
          state);
    }
  };
  const auto wire = Role::decode(link, frame, context);
  if (!wire) return "nothing: " + std::string(to_string(wire.error()));
  return std::visit(in_words, *wire);
}

template <class Role>
class Narrated {
 public:
  using Say = std::function<void(const std::string&)>;
  using Clock = std::function<Time()>;

  Narrated(typename Role::Context context, Say say, Clock clock = clock_time)
      : Narrated(Machine<Role>(std::move(context)), std::move(say), std::move(clock)) {}
  Narrated(Machine<Role> machine, Say say, Clock clock)
      : machine_(std::move(machine)), say_(std::move(say)), clock_(std::move(clock)) {}

  /// As `Machine::handle`, at the present time.
  template <class Command>
  Output<Role> handle(const Command& command) {
    say("does", name_of<Command>());
    const std::string_view before = machine_.state_name();
    return told(before, machine_.handle(command, clock_()));
  }

  /// As `Machine::receive`. First says what is in the frame.
  Output<Role> receive(Link link, Bytes frame) {
    machine_.context().now = clock_();  // by which a key may be too old to open anything
    if constexpr (requires { machine_.context().link; }) machine_.context().link = link;
    say("reads", contents_of<Role>(machine_.engine().state(), machine_.context(), link, frame));
    const std::string_view before = machine_.state_name();
    return told(before, machine_.receive(link, frame, clock_()));
  }

  /// As `Machine::advance`, for when `deadline` has come.
  Output<Role> advance() {
    say("waits", "for " + std::string(deadline_ ? deadline_->timer : "nothing"));
    const std::string_view before = machine_.state_name();
    return told(before, machine_.advance(clock_()));
  }

  /// When `advance` has to be called at the latest.
  [[nodiscard]] const std::optional<Due>& deadline() const noexcept { return deadline_; }
  template <class State>
  [[nodiscard]] bool in() const noexcept {
    return machine_.template in<State>();
  }
  [[nodiscard]] typename Role::Context& context() noexcept { return machine_.context(); }
  [[nodiscard]] const Machine<Role>& machine() const noexcept { return machine_; }

 private:
  Output<Role> told(std::string_view before, const Output<Role>& out) {
    const std::string_view after = machine_.state_name();
    if (before == after)
      say("stays", before);
    else
      say("moves", std::string(before) + " -> " + std::string(after));
    for (const auto& event : out.events)
      say("tells", std::visit([](const auto& held) { return event_text(held); }, event));
    deadline_ = out.deadline;
    return out;
  }
  void say(std::string_view verb, std::string_view rest) {
    say_(padded(verb, 6) + ' ' + std::string(rest));
  }

  Machine<Role> machine_;
  Say say_;
  Clock clock_;
  std::optional<Due> deadline_;
};

}  // namespace tour
