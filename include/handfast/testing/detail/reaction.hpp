#pragma once

// What a role does with one event in one state, edited: its own handler answers, and the answer is
// changed where it is the edited row.

#include "handfast/testing/switches.hpp"
//
#include <cassert>

#include "handfast/core/engine.hpp"
#include "handfast/core/snapshot.hpp"
#include "handfast/testing/row_edits.hpp"

namespace handfast::testing {

template <class Role>
struct Edited;

/// The context of an edited role: the role's own, and the edit.
template <class Role>
struct EditedContext : Role::Context {
  /// The edit of contexts that are made without one. None, unless a program says.
  static inline RowEdit chosen{};

  /// `context` with `edit`, which must be constructible or none.
  EditedContext(typename Role::Context context,  // NOLINT: a context is one without an edit
                RowEdit row_edit = chosen)
      : Role::Context(std::move(context)), edit(row_edit) {
    assert(edit.kind == EditKind::none || edit.constructible);
  }

  [[nodiscard]] typename Role::Context& own() noexcept { return *this; }
  [[nodiscard]] const typename Role::Context& own() const noexcept { return *this; }

  RowEdit edit;

  // The call under way.
  int row = -1;             // the last row that was answered
  int write_count = 0;      // messages that it has sent
  bool is_reached = false;  // the edited row was answered, and is dropped or has another target
  int hidden_count = 0;     // refusals that the application is not told of
  Buffer left;              // a snapshot of the state that the edited row leaves
};

namespace detail {

/// What refuses a row that is not there, as the engine refuses where there is none.
template <Fault fault_>
struct Dropped {
  static constexpr Fault fault = fault_;
};
template <class Role, class On>
using DroppedRule =
    Dropped<is_message<Role, On> ? Fault::unexpected_message : Fault::not_allowed_now>;

template <class State>
void keep(Buffer& kept, const State& state) {
  kept.clear();
  SnapshotWriter writer(kept);
  write_value(writer, state);
}
template <class State>
void restore(const Buffer& kept, State& state) {
  SnapshotReader reader(kept.bytes());
  State made{};
  [[maybe_unused]] const bool is_whole = read_value(reader, made) && reader.at_end();
  assert(is_whole);
  state = std::move(made);
}

template <class From, class Answer>
struct AnswerParts;
template <class From, class To_, class... Outs_>
struct AnswerParts<From, Goto<To_, Outs_...>> {
  using To = To_;
  using Outs = List<Outs_...>;
};
template <class From, class... Outs_>
struct AnswerParts<From, Stay<Outs_...>> {
  using To = From;
  using Outs = List<Outs_...>;
};

/// Which row of `Role`'s table an answer is.
template <class Role, class From, class On, class Answer>
inline constexpr int answered_row = []<class... Rs>(List<Rs...>) {
  using A = AnswerParts<From, Answer>;
  int index = 0, found = -1;
  ((std::is_same_v<typename RowParts<Rs>::from, From> &&
            std::is_same_v<typename RowParts<Rs>::on, On> &&
            std::is_same_v<typename RowParts<Rs>::to, typename A::To> &&
            std::is_same_v<Concat<typename RowParts<Rs>::sends, typename RowParts<Rs>::tells>,
                           typename A::Outs>
        ? void(found = index)
        : void(),
    ++index),
   ...);
  return found;
}(RowsOf<Role>{});

/// A rule as values.
struct RuleSwitch {
  bool* is_off;
  Fault fault;
};
template <class... Rules>
[[nodiscard]] RuleSwitch rule_at(List<Rules...>, int place) {
  const RuleSwitch rules[]{{&rule_switch<Rules>(), Rules::fault}..., {}};
  return rules[place];
}

/// What `Role` does with `On` in `From`, edited.
template <class Role, class From, class On>
class Reaction {
 public:
  static constexpr bool all_stay = AllowedFor<Role, From, On>::all_stay;
  using State = std::conditional_t<all_stay, From, const From>;
  using Context = EditedContext<Role>;
  using Answer = Next<Edited<Role>, From, On>;

  static Answer react(State& from, const On& on, Context& c) {
    c.row = -1;
    // The edited row has its say before another timer of the same call.
    if (is_timer<Role, On> && c.is_reached) return dropped(c);
    if (!is_about(c.edit)) return changed(Role::react(from, on, c.own()), from, c);
    keep(c.left, from);
    if (c.edit.kind == EditKind::dropped && Alternatives::size == 1) {
      c.is_reached = true;
      return dropped(c);
    }
    auto next = Role::react(from, on, c.own());
    if (c.edit.kind == EditKind::guard && next.refused()) return unguarded(next, from, on, c);
    return changed(std::move(next), from, c);
  }

 private:
  using Own = Next<Role, From, On>;
  using Alternatives = typename RowsFor<From, On, RowsOf<Role>>::type;
  using Rules = typename AllowedFor<Role, From, On>::rules;
  static constexpr bool is_link_event =
      std::is_same_v<On, LinkOpened> || std::is_same_v<On, LinkClosed>;

  /// Whether the edited row leaves `From` on `On`.
  static bool is_about(const RowEdit& edit) {
    if (edit.kind == EditKind::none) return false;
    const Edge& e = Graph<Role>::edges[edit.row];
    constexpr Trigger trigger = is_message<Role, On> ? Trigger::message
                                : is_timer<Role, On> ? Trigger::timer
                                                     : Trigger::command;
    return e.trigger == trigger && e.from == index_in<From>(StatesOf<Role>{}) && e.on == on_index();
  }
  static constexpr int on_index() {
    if constexpr (is_message<Role, On>)
      return index_in<On>(typename Role::Receives{});
    else if constexpr (is_timer<Role, On>)
      return index_in<On>(typename Role::Timers{});
    else
      return index_in<On>(typename Role::Commands{});
  }

  /// No row takes it. Where there is none for a timer or a link, the application hears nothing.
  static Answer dropped(Context& c) {
    if (is_timer<Role, On> || is_link_event) ++c.hidden_count;
    return Broken<DroppedRule<Role, On>>{true};
  }

  /// The role's own refusal, by the rule that names its fault.
  template <class... Rs>
  static Answer refused([[maybe_unused]] Fault fault, List<Rs...>) {
    std::optional<Answer> answer;
    ((Rs::fault == fault && !answer ? void(answer.emplace(Broken<Rs>{true})) : void()), ...);
    return std::move(*answer);
  }

  static Answer changed(Own next, State& from, Context& c) {
    if (next.refused()) return refused(next.fault(), Rules{});
    std::optional<Answer> answer;
    next.taken().each([&]<class Given>(Given& given) {
      constexpr int row = answered_row<Role, From, On, Given>;
      const bool is_edited = c.edit.kind != EditKind::none && c.edit.row == row;
      c.is_reached =
          is_edited && (c.edit.kind == EditKind::dropped || c.edit.kind == EditKind::target);
      if (is_edited && c.edit.kind == EditKind::dropped) {
        if constexpr (all_stay) restore(c.left, from);
        answer.emplace(dropped(c));
        return;
      }
      c.row = row;
      c.write_count = 0;
      answer.emplace(std::move(given));
    });
    return std::move(*answer);
  }

  /// What the handler answers without the rule, if the row that does not ask it is the answer.
  static Answer unguarded(Own& next, State& from, const On& on, Context& c) {
    const RuleSwitch rule = edited_rule(c.edit, Alternatives{});
    if (next.fault() != rule.fault) return changed(std::move(next), from, c);
    auto again = [&] {
      const SwitchedOn off(*rule.is_off);
      return Role::react(from, on, c.own());
    }();
    if (again.refused() || is_row(again, c.edit.row)) return changed(std::move(again), from, c);
    if constexpr (all_stay) restore(c.left, from);
    return changed(std::move(next), from, c);
  }
  static bool is_row(Own& next, int row) {
    bool is_same = false;
    next.taken().each(
        [&]<class Given>(const Given&) { is_same = answered_row<Role, From, On, Given> == row; });
    return is_same;
  }
  template <class... Rs>
  static RuleSwitch edited_rule(const RowEdit& edit, List<Rs...>) {
    RuleSwitch rule{};
    ((index_in<Rs>(RowsOf<Role>{}) == edit.row
          ? void(rule = rule_at(typename RowParts<Rs>::rules{}, edit.place))
          : void()),
     ...);
    return rule;
  }
};

}  // namespace detail

}  // namespace handfast::testing
