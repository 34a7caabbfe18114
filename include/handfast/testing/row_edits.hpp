#pragma once

// Every change of one row of a role's table, as one flat array that the compiler computes: what a
// test suite should notice if somebody wrote it by mistake. edited_table.hpp asks the checks of the
// core about one; edited_role.hpp runs a role with one.

#include <array>
#include <concepts>
#include <cstdint>
#include <string>

#include "handfast/core/fields.hpp"
#include "handfast/core/graph.hpp"
#include "handfast/core/output.hpp"

namespace handfast::testing {

/// What is changed of a row.
enum class EditKind : std::uint8_t {
  none,     // nothing: the table as it is written
  dropped,  // the row is not there; a message that no row takes any more is refused
  target,   // it leads to another state
  message,  // it sends another message, or does not send one
  guard,    // one of its rules is not asked
};

/// A change of one row.
struct RowEdit {
  static constexpr std::uint8_t not_sent = 255;

  EditKind kind{};
  std::uint8_t row = 0;    // in the table's order, from 0
  std::uint8_t place = 0;  // which of the row's messages or rules, from 0
  std::uint8_t to = 0;     // the new state in `StatesOf`; the new message in `SendsOf`, or not_sent
  bool constructible = false;  // a role can run with it; if not, only its table can be judged
  bool operator==(const RowEdit&) const = default;
};

namespace detail {

using namespace handfast::detail;

/// How many fields of `State` are of type `T`.
template <class T, class State>
consteval int fields_of_type() {
  if constexpr (ListsFields<State>)
    return State::fields.spread([](auto... field) {
      return (0 + ... +
              int{std::same_as<T, std::remove_cvref_t<decltype(std::declval<State&>().*field)>>});
    });
  else
    return 0;
}

/// A row from `From` to `To` can lead to `New` instead: to an empty state, to stay where it is, or
/// to a state whose fields it finds in `To`.
template <class From, class To, class New>
consteval bool can_lead_to() {
  if constexpr (std::same_as<New, From> || std::is_empty_v<New>)
    return true;
  else if constexpr (ListsFields<New>)
    return New::fields.spread([](auto... field) {
      return (
          (fields_of_type<std::remove_cvref_t<decltype(std::declval<New&>().*field)>, To>() > 0) &&
          ...);
    });
  else
    return false;
}

template <class Role, class State, class Message>
concept WritesInState = requires(State& state, Message& message, typename Role::Context& context,
                                 Frames& frames) {
  Role::write(state, message, context, frames);
};
template <class Role, class Message>
concept WritesAnywhere = requires(Message& message, typename Role::Context& context,
                                  Frames& frames) {
  Role::write(message, context, frames);
};

/// A row that leads to `State` can send a `Message` of no particular content.
template <class Role, class State, class Message>
inline constexpr bool can_send = std::default_initializable<Message> &&
                                 (WritesInState<Role, State, Message> ||
                                  WritesAnywhere<Role, Message>);

template <class Role, class R>
inline constexpr int edit_count =
    1 + (StatesOf<Role>::size - 1) + RowParts<R>::sends::size* SendsOf<Role>::size
    + RowParts<R>::rules::size;

/// Adds the edits of one row at `next`.
template <class Role, class R>
constexpr void add_edits(RowEdit*& next, std::uint8_t row) {
  using P = RowParts<R>;
  const Edge& e = Graph<Role>::edges[row];
  *next++ = {EditKind::dropped, row, 0, 0, true};
  std::uint8_t state = 0;
  const auto target = [&]<class New>(List<New>) {
    if (state != e.to)
      *next++ = {EditKind::target, row, 0, state,
                 can_lead_to<typename P::from, typename P::to, New>()};
    ++state;
  };
  [&]<class... Ss>(List<Ss...>) { (target(List<Ss>{}), ...); }(StatesOf<Role>{});
  for (std::uint8_t place = 0; place < e.send_count; ++place) {
    std::uint8_t number = 0;
    const auto message = [&]<class New>(List<New>) {
      if (number != e.sends[place])
        *next++ = {EditKind::message, row, place, number, can_send<Role, typename P::to, New>};
      ++number;
    };
    [&]<class... Ms>(List<Ms...>) { (message(List<Ms>{}), ...); }(SendsOf<Role>{});
    *next++ = {EditKind::message, row, place, RowEdit::not_sent, true};
  }
  for (std::uint8_t rule = 0; rule < P::rules::size; ++rule)
    *next++ = {EditKind::guard, row, rule, 0, true};
}

}  // namespace detail

/// Every edit of one row of `Role`'s table: row by row, and of each row in the order of `EditKind`.
template <class Role>
inline constexpr auto row_edits = []<class... Rs>(List<Rs...>) {
  std::array<RowEdit, static_cast<std::size_t>((0 + ... + detail::edit_count<Role, Rs>))> edits{};
  RowEdit* next = edits.data();
  std::uint8_t row = 0;
  (detail::add_edits<Role, Rs>(next, row++), ...);
  return edits;
}(RowsOf<Role>{});

namespace detail {

template <class Role>
[[nodiscard]] std::string_view trigger_name(const Edge& e) {
  static constexpr auto commands = names_of(typename Role::Commands{});
  static constexpr auto timers = names_of(typename Role::Timers{});
  switch (e.trigger) {
    case Trigger::message: return message_names<Role>[e.on];
    case Trigger::command: return commands[e.on];
    case Trigger::timer: return timers[e.on];
  }
  return {};
}

/// Calls `what` with rule `place` of row `row`, as a list of one.
template <class Role, class Do>
void with_rule(int row, int place, Do&& what) {
  const auto look = [&]<class... Rules>(List<Rules...>) {
    int i = 0;
    ((i++ == place ? what(List<Rules>{}) : void()), ...);
  };
  [&]<class... Rs>(List<Rs...>) {
    int i = 0;
    ((i++ == row ? look(typename RowParts<Rs>::rules{}) : void()), ...);
  }(RowsOf<Role>{});
}

template <class Role>
[[nodiscard]] std::string_view rule_name(int row, int place) {
  std::string_view name;
  with_rule<Role>(row, place, [&]<class Rule>(List<Rule>) { name = name_of<Rule>(); });
  return name;
}

template <class Role>
[[nodiscard]] std::string change_in_words(const RowEdit& edit) {
  static constexpr auto sends = names_of(SendsOf<Role>{});
  const Edge& e = Graph<Role>::edges[edit.row];
  const auto sent = [&] { return std::string(sends[e.sends[edit.place]]); };
  switch (edit.kind) {
    case EditKind::none: return "unedited";
    case EditKind::dropped: return "dropped";
    case EditKind::target:
      return "target " + std::string(state_names<Role>[edit.to]) + " instead of " +
             std::string(state_names<Role>[e.to]);
    case EditKind::message:
      return edit.to == RowEdit::not_sent
                 ? sent() + " not sent"
                 : "sends " + std::string(sends[edit.to]) + " instead of " + sent();
    case EditKind::guard: return std::string(rule_name<Role>(edit.row, edit.place)) + " not asked";
  }
  return {};
}

}  // namespace detail

/// What is not refused any more, and in which state, where `edit` is of a guard.
template <class Role>
[[nodiscard]] std::pair<int, Fault> refusal_of(const RowEdit& edit) {
  std::pair<int, Fault> refusal{Graph<Role>::edges[edit.row].from, Fault{}};
  detail::with_rule<Role>(edit.row, edit.place,
                          [&]<class Rule>(List<Rule>) { refusal.second = Rule::fault; });
  return refusal;
}

/// "Parent row 7, Open on Send: target Ended instead of Open": an edit of `Role`'s table in words.
template <class Role>
[[nodiscard]] std::string in_words(const RowEdit& edit) {
  const std::string role(name_of<Role>());
  if (edit.kind == EditKind::none) return role + ", unedited";
  const Edge& e = Graph<Role>::edges[edit.row];
  return role + " row " + std::to_string(edit.row) + ", " + std::string(state_names<Role>[e.from]) +
         " on " + std::string(detail::trigger_name<Role>(e)) + ": " +
         detail::change_in_words<Role>(edit);
}

}  // namespace handfast::testing
