#pragma once

// Runs one role: a context, a state, and the memory for what calls cause. No I/O, no clock, no
// randomness of its own.

#include "handfast/core/checks.hpp"
#include "handfast/core/engine.hpp"
#include "handfast/core/snapshot.hpp"

namespace handfast {

/// A running role. `Observer` watches rows (observe.hpp); the default watches nothing.
/// Move-only: a copy would use every nonce twice. Not for use from two threads at once.
template <class Role, class Observer = Unobserved>
class Machine {
  static_assert(well_formed<Role>());

 public:
  using Context = typename Role::Context;

  /// A machine in the state that the table's first row leaves.
  explicit Machine(Context context, Observer observer = {})
      : context_(std::move(context)), engine_(std::move(observer)) {}
  Machine(Machine&&) noexcept = default;
  Machine& operator=(Machine&&) noexcept = default;

  /// Does what the application asks. A command that the present state has no row for is
  /// `not_allowed_now`.
  template <class On>
  Output<Role> handle(const On& command, const Time& now) {
    begin(now, link_of(command));
    engine_.handle(command, context_, scratch_);
    return finish();
  }

  /// Takes exactly one frame from the peer. Bad input is a `Rejected` event and changes nothing.
  Output<Role> receive(Link link, Bytes frame, const Time& now) {
    begin(now, link);
    engine_.receive(frame, context_, scratch_);
    return finish();
  }
  Output<Role> receive(Bytes frame, const Time& now) requires(Role::Links::size == 1) {
    return receive(Link{}, frame, now);
  }

  /// Lets time pass; call it no later than the last output's deadline.
  Output<Role> advance(const Time& now) {
    begin(now, context_.link);
    return finish(engine_.named(engine_.advance(context_, scratch_)));
  }

  template <class State>
  [[nodiscard]] bool in() const noexcept {
    return engine_.template in<State>();
  }
  /// The name of the present state.
  [[nodiscard]] std::string_view state_name() const noexcept {
    return state_names<Role>[static_cast<std::size_t>(engine_.state_index())];
  }
  [[nodiscard]] const Context& context() const noexcept { return context_; }
  [[nodiscard]] Context& context() noexcept { return context_; }
  [[nodiscard]] const Observer& observer() const noexcept { return engine_.observer(); }
  [[nodiscard]] const Engine<Role, Observer>& engine() const noexcept { return engine_; }
  [[nodiscard]] Engine<Role, Observer>& dangerous_engine() noexcept { return engine_; }

  /// The present state as canonical bytes, every secret in it included. Restoring it twice uses
  /// nonces twice.
  [[nodiscard]] Buffer dangerous_snapshot() const {
    Buffer out;
    dangerous_write_snapshot<Role>(engine_.state(), context_, out);
    return out;
  }

  /// A machine in the state that `snapshot` holds; `bad_snapshot` if it is not one of this role,
  /// whole and in this shape.
  [[nodiscard]] static std::expected<Machine, Fault> dangerous_restore(Context context,
                                                                       Bytes snapshot,
                                                                       Observer observer = {}) {
    Machine restored(std::move(context), std::move(observer));
    if (!dangerous_read_snapshot<Role>(snapshot, restored.engine_.dangerous_state(),
                                       restored.context_))
      return std::unexpected(Fault::bad_snapshot);
    return restored;
  }

 private:
  template <class On>
  Link link_of(const On& command) const noexcept {
    if constexpr (requires { Link{command.link}; })
      return command.link;
    else
      return context_.link;
  }
  void begin(const Time& now, Link link) {
    scratch_.clear();
    context_.now = now;
    context_.link = link;
  }
  Output<Role> finish() { return finish(engine_.deadline()); }
  Output<Role> finish(std::optional<Due> deadline) {
    return {scratch_.frames.view(), scratch_.events, deadline, scratch_.store_first, context_.link};
  }

  Context context_;
  Scratch<Role> scratch_;
  Engine<Role, Observer> engine_;
};

}  // namespace handfast
