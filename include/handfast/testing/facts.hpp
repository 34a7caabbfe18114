#pragma once

// A role in numbers and names, for code that does not know its type.

#include <span>
#include <type_traits>
#include <variant>

#include "handfast/core/table_view.hpp"

namespace handfast::testing {

/// What a role's lists and table say. The numbers in `table` index the names.
struct RoleFacts {
  std::string_view name;
  TableView table;
  std::span<const std::string_view> states, receives, sends, commands, timers;
  // What the role takes a sealed frame for that it has no key for: `using Unopened = ...`, one of its
  // `Receives`, here as a number; -1 where it says nothing.
  int unopened = -1;
  std::uint64_t sealed = 0;  // which of `receives` come under a seal: bit i for number i

  [[nodiscard]] bool is_sealed(std::string_view message) const noexcept {
    const int number = number_of(message, receives);
    return number >= 0 && (sealed >> number & 1) != 0;
  }

  [[nodiscard]] std::span<const Edge> rows() const noexcept {
    return {table.edges, static_cast<std::size_t>(table.edge_count)};
  }
  [[nodiscard]] Treatment treatment(int state, int message) const noexcept {
    return table.treatments[state * table.message_count + message];
  }
  /// Whether `state` has a row that `trigger` number `on` moves.
  [[nodiscard]] bool has_row(int state, Trigger trigger, int on) const noexcept {
    return std::ranges::any_of(rows(), [&](const Edge& e) {
      return e.from == state && e.trigger == trigger && e.on == on;
    });
  }
  /// Whether `row` is there to refuse what nobody could open, by a rule that is never kept: where it
  /// were taken nothing would come of it.
  [[nodiscard]] bool only_refuses(const Edge& row) const noexcept {
    return row.trigger == Trigger::message && row.on == unopened && row.from == row.to &&
           row.send_count + row.tell_count == 0;
  }
  /// Whether `row` takes a message that an honest peer of the role `peers` sends, or that nobody could
  /// open.
  [[nodiscard]] bool may_come(const Edge& row, const RoleFacts& peers) const noexcept {
    return row.trigger == Trigger::message && !only_refuses(row) &&
           (row.on == unopened ||
            number_of(receives[static_cast<std::size_t>(row.on)], peers.sends) >= 0);
  }
  /// Whether a machine can be in `state` without knowing that its peer is authentic.
  [[nodiscard]] bool is_before_authentic(int state) const noexcept {
    std::uint64_t reached = 1, before = 0;  // bit i: state i
    while (reached != before) {
      before = reached;
      for (const Edge& e : rows())
        if (!e.authenticates && (reached >> e.from & 1) != 0) reached |= std::uint64_t{1} << e.to;
    }
    return (reached >> state & 1) != 0;
  }
  /// Whether anybody may move `row`: it takes a message before the peer is known, and does not
  /// claim to know it from here on.
  [[nodiscard]] bool is_open_to_anybody(int row) const noexcept {
    const Edge& e = table.edges[row];
    return e.trigger == Trigger::message && !e.authenticates && is_before_authentic(e.from);
  }
  /// The number of `name` in `names`, or -1.
  [[nodiscard]] static int number_of(std::string_view name,
                                     std::span<const std::string_view> names) noexcept {
    const auto found = std::ranges::find(names, name);
    return found == names.end() ? -1 : static_cast<int>(found - names.begin());
  }
};

namespace detail {

template <class List>
inline constexpr auto names_in = handfast::detail::names_of(List{});

template <class Role>
inline constexpr int unopened_of = [] {
  if constexpr (requires { typename Role::Unopened; })
    return handfast::detail::index_in<typename Role::Unopened>(typename Role::Receives{});
  else
    return -1;
}();

template <class Role>
inline constexpr std::uint64_t sealed_of = [] {
  std::uint64_t bits = 0;
  const auto add_one = [&]<class M>(List<M>) {
    if constexpr (handfast::detail::contains<M, typename Role::Receives>)
      bits |= std::uint64_t{1} << handfast::detail::index_in<M>(typename Role::Receives{});
  };
  const auto add = [&]<class Form>(List<Form>) {
    if constexpr (requires { typename Form::Contents; })
      [&]<class... Ms>(List<Ms...>) { (add_one(List<Ms>{}), ...); }(typename Form::Contents{});
  };
  if constexpr (requires { typename Role::Wire; })
    [&]<class... Forms>(std::type_identity<std::variant<Forms...>>) {
      (add(List<Forms>{}), ...);
    }(std::type_identity<typename Role::Wire>{});
  return bits;
}();

}  // namespace detail

template <class Role>
[[nodiscard]] const RoleFacts& facts_of() noexcept {
  static constexpr RoleFacts facts{name_of<Role>(),
                                   table_view<Role>,
                                   state_names<Role>,
                                   message_names<Role>,
                                   detail::names_in<SendsOf<Role>>,
                                   detail::names_in<typename Role::Commands>,
                                   detail::names_in<typename Role::Timers>,
                                   detail::unopened_of<Role>,
                                   detail::sealed_of<Role>};
  return facts;
}

}  // namespace handfast::testing
