#pragma once

// Runs an edited role (edited_role.hpp) as `Machine` runs the role itself.

#include "handfast/testing/edited_role.hpp"
//
#include "handfast/core/machine.hpp"

namespace handfast::testing {

namespace detail {

/// Field `which` of type `T` of `state`, or the last one before it.
template <class T, class State>
[[nodiscard]] const T* field_of_type(const State& state, int which) {
  const T* found = nullptr;
  for_each_listed(state, [&](const auto& field) {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(field)>, T>)
      if (which-- >= 0) found = &field;
  });
  return found;
}

/// A `New` of the fields of `state`, the first of a type from the first of that type.
template <class New, class State>
[[nodiscard]] New made_of(const State& state) {
  New made{};
  if constexpr (!std::is_empty_v<New>) {
    int index = 0;
    for_each_listed(made, [&]<class T>(T& field) {
      int which = 0, before = 0;
      for_each_listed(made, [&]<class Other>(Other&) {
        if (before++ < index && std::is_same_v<T, Other>) ++which;
      });
      ++index;
      Buffer copied;
      keep(copied, *field_of_type<T>(state, which));
      restore(copied, field);
    });
  }
  return made;
}

}  // namespace detail

/// Runs an edited role; in everything else as `Machine<Role, Observer>`, its snapshots included.
/// The new state of a target edit takes the place of the row's own when the call is over: what the
/// row sends is written as the role writes it.
template <class Role, class Observer = Unobserved>
class EditedMachine {
 public:
  using Context = EditedContext<Role>;

  explicit EditedMachine(Context context, Observer observer = {})
      : machine_(std::move(context), std::move(observer)) {}

  template <class On>
  Output<Role> handle(const On& command, const Time& now) {
    begin();
    return finish(machine_.handle(command, now));
  }
  Output<Role> receive(Link link, Bytes frame, const Time& now) {
    begin();
    return finish(machine_.receive(link, frame, now));
  }
  Output<Role> receive(Bytes frame, const Time& now) requires(Role::Links::size == 1) {
    return receive(Link{}, frame, now);
  }
  /// After a timer on the edited row, which is dropped or has another target, the others that are
  /// due wait for the next call; the deadline says so.
  Output<Role> advance(const Time& now) {
    begin();
    return finish(machine_.advance(now));
  }

  template <class State>
  [[nodiscard]] bool in() const noexcept {
    return machine_.template in<State>();
  }
  [[nodiscard]] std::string_view state_name() const noexcept { return machine_.state_name(); }
  [[nodiscard]] const RowEdit& edit() const noexcept { return context().edit; }
  [[nodiscard]] const Context& context() const noexcept { return machine_.context(); }
  [[nodiscard]] Context& context() noexcept { return machine_.context(); }
  [[nodiscard]] const Observer& observer() const noexcept { return machine_.observer(); }
  [[nodiscard]] const auto& engine() const noexcept { return machine_.engine(); }
  [[nodiscard]] auto& dangerous_engine() noexcept { return machine_.dangerous_engine(); }

  /// The bytes that `Machine<Role>` would write in this state.
  [[nodiscard]] Buffer dangerous_snapshot() const {
    Buffer out;
    dangerous_write_snapshot<Role>(engine().state(), context(), out);
    return out;
  }
  /// As `Machine<Role>`; takes its snapshots and those of edited ones.
  [[nodiscard]] static std::expected<EditedMachine, Fault> dangerous_restore(
      Context context, Bytes snapshot, Observer observer = {}) {
    EditedMachine restored(std::move(context), std::move(observer));
    if (!dangerous_read_snapshot<Role>(snapshot, restored.dangerous_engine().dangerous_state(),
                                       restored.context()))
      return std::unexpected(Fault::bad_snapshot);
    return restored;
  }

 private:
  using States = StatesOf<Role>;

  void begin() {
    context().is_reached = false;
    context().hidden_count = 0;
  }

  Output<Role> finish(const Output<Edited<Role>>& out) {
    const bool is_changed = context().is_reached;
    if (is_changed && edit().kind == EditKind::target) retarget(States{});
    if (is_changed && edit().kind == EditKind::dropped) silence(RowsOf<Role>{});
    context().left.clear();
    const auto told = out.events.size() - static_cast<std::size_t>(context().hidden_count);
    return {out.transmit, out.events.first(told),
            is_changed ? machine_.engine().deadline() : out.deadline, out.store_before_transmit,
            out.link};
  }

  /// Puts the edit's target in the place of the state that the row led to.
  template <class... News>
  void retarget(List<News...>) {
    int i = 0;
    ((i++ == edit().to ? become<News>() : void()), ...);
  }
  template <class New>
  void become() {
    auto& states = dangerous_engine().dangerous_state();
    if (edit().to == Graph<Role>::edges[edit().row].from) {
      detail::restore(context().left, states.template emplace<New>());
      return;
    }
    std::visit(
        [&]<class To>(To& to) {
          if constexpr (detail::can_lead_to<void, To, New>()) {
            New made = detail::made_of<New>(to);
            New& state = states.template emplace<New>(std::move(made));
            if constexpr (requires { state.entered(context().own()); })
              state.entered(context().own());
          }
        },
        states);
  }

  /// A timer whose row is dropped does not fire until it is set again.
  template <class... Rs>
  void silence(List<Rs...>) {
    const auto one = [&]<class From, class On>(List<From, On>) {
      if constexpr (detail::is_timer<Role, On>)
        detail::find_deadline<On>(*std::get_if<From>(&dangerous_engine().dangerous_state()))->at =
            never;
    };
    int i = 0;
    ((i++ == edit().row ? one(List<typename RowParts<Rs>::from, typename RowParts<Rs>::on>{})
                        : void()),
     ...);
  }

  Machine<Edited<Role>, Observer> machine_;
};

}  // namespace handfast::testing
