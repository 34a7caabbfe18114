#pragma once

// A machine that says what happens to it: what it does or reads, whether it moves to another state
// or stays, what it tells the application. Knows no protocol.

#include <functional>

#include "handfast/core/machine.hpp"
#include "tour/annotate.hpp"

namespace tour {

using namespace handfast;

/// An event by name, with those of its members that a reader wants to see.
template <class E>
[[nodiscard]] std::string event_text(const E& event) {
  std::string inside;
  const auto add = [&](const std::string& text) { inside += (inside.empty() ? "" : ", ") + text; };
  if constexpr (requires { event.correlation; }) add(std::to_string(event.correlation));
  if constexpr (requires { event.epoch; }) add("epoch " + std::to_string(event.epoch));
  if constexpr (requires { event.payload; }) add(quoted(event.payload));
  if constexpr (requires { event.claim; })
    add("transcript " + abbreviated(event.claim.transcript) + ", key id " +
        abbreviated(event.claim.key_id));
  if constexpr (requires { Fault{event.fault}; })
    add(std::string(to_string(event.fault)));
  else if constexpr (requires { event.fault.has_value(); })
    add(std::string(event.fault ? to_string(*event.fault) : "in order"));
  return std::string(name_of<E>()) + (inside.empty() ? "" : '{' + inside + '}');
}

template <class Role>
class Narrated {
 public:
  using Say = std::function<void(const std::string&)>;

  Narrated(typename Role::Context context, Say say)
      : machine_(std::move(context)), say_(std::move(say)) {}

  /// As `Machine::handle`, at the present time.
  template <class Command>
  Output<Role> handle(const Command& command) {
    say("does", name_of<Command>());
    const std::string_view before = machine_.state_name();
    return told(before, machine_.handle(command, clock_time()));
  }

  /// As `Machine::receive`. First says what is in the frame.
  Output<Role> receive(Link link, Bytes frame) {
    say("reads", contents_of(link, frame));
    const std::string_view before = machine_.state_name();
    return told(before, machine_.receive(link, frame, clock_time()));
  }

  /// As `Machine::advance`, for when `deadline` has come.
  Output<Role> advance() {
    say("waits", "for " + std::string(deadline_ ? deadline_->timer : "nothing"));
    const std::string_view before = machine_.state_name();
    return told(before, machine_.advance(clock_time()));
  }

  /// When `advance` has to be called at the latest.
  [[nodiscard]] const std::optional<Due>& deadline() const noexcept { return deadline_; }
  template <class State>
  [[nodiscard]] bool in() const noexcept {
    return machine_.template in<State>();
  }

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

  /// The message in `frame`, opened with the keys of the present state, which stays as it is:
  /// opening is one step, and taking what was opened another.
  std::string contents_of(Link link, Bytes frame) {
    const auto wire = Role::decode(link, frame, machine_.context());
    if (!wire) return "nothing: " + std::string(to_string(wire.error()));
    return std::visit([&](const auto& form) { return contents_of(form); }, *wire);
  }
  template <class Form>
  std::string contents_of(const Form& form) {
    if constexpr (contains_message<Form>) {
      return summary_of(form);
    } else {
      Buffer plaintext;
      return std::visit(
          [&]<class State>(const State& state) -> std::string {
            if constexpr (requires { Role::open(state, form, machine_.context(), plaintext); }) {
              const auto opened = Role::open(state, form, machine_.context(), plaintext);
              return opened ? summary_of(opened->message)
                            : "nothing: " + std::string(to_string(opened.error()));
            } else {
              return "nothing: this state has no keys";
            }
          },
          machine_.engine().state());
    }
  }
  template <class Form>
  static constexpr bool contains_message = []<class... Ms>(List<Ms...>) {
    return (std::same_as<Form, Ms> || ...);
  }(typename Role::Receives{});

  Machine<Role> machine_;
  Say say_;
  std::optional<Due> deadline_;
};

}  // namespace tour
