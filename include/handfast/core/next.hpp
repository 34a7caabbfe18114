#pragma once

// What a handler may answer: one of the table's rows for its state and event, or a rule that its
// rows name.

#include <utility>

#include "handfast/core/one_of.hpp"
#include "handfast/core/planted.hpp"
#include "handfast/core/role.hpp"

namespace handfast {

namespace detail {

/// False, always. A test that switches one rule off specialises it for that rule.
template <class Rule>
inline constexpr bool switched_off = false;

template <class T>
inline constexpr bool is_broken = false;

}  // namespace detail

/// A rule that did not hold, or nothing. `if (auto broken = require<Rule>(ok)) return broken;`
template <class Rule>
struct [[nodiscard]] Broken {
  bool is_broken = false;
  constexpr explicit operator bool() const noexcept { return is_broken; }
};

namespace detail {
template <class Rule>
inline constexpr bool is_broken<Broken<Rule>> = true;
}

/// Holds an input to `Rule`, a type with `static constexpr Fault fault`, listed in the row's
/// `Requires`.
template <class Rule>
constexpr Broken<Rule> require(bool holds) noexcept {
  return {!holds && !detail::switched_off<Rule>};
}

namespace detail {

/// What a row sends and tells, one after the other.
template <class... Ts>
struct Outs {};
template <class T, class... Rest>
struct Outs<T, Rest...> {
  explicit constexpr Outs(T&& one, Rest&&... others)
      : first(std::move(one)), rest(std::move(others)...) {}

  T first;
  [[no_unique_address]] Outs<Rest...> rest;
};

}  // namespace detail

/// Answer of a handler: go to `To`, and send and tell `Outs`.
template <class To, class... Outs>
struct Goto {
  To state;
  detail::Outs<Outs...> outs;
};

/// Answer of a handler: stay in this very state, and send and tell `Outs`.
template <class... Outs>
struct Stay {
  detail::Outs<Outs...> outs;
};

/// Moves to `state`. `outs` are what the row sends, then what it tells, in the table's order.
/// A message may refer to what the state that is left holds and the new one does not adopt: it is
/// written before that is gone. An event must not: it is read after the call. What it refers to is
/// the input's, or the context's.
template <class To, class... Outs>
[[nodiscard]] constexpr Goto<To, Outs...> go(To state, Outs... outs) {
  return {std::move(state), detail::Outs<Outs...>{std::move(outs)...}};
}

/// Leaves the state where it is. `outs` are what the row sends, then what it tells, in the table's
/// order.
template <class... Outs>
[[nodiscard]] constexpr Stay<Outs...> stay(Outs... outs) {
  return {detail::Outs<Outs...>{std::move(outs)...}};
}

namespace detail {

template <class To, class Outs>
struct GotoOf;
template <class To, class... Outs>
struct GotoOf<To, List<Outs...>> {
  using goes = Goto<To, Outs...>;
  using stays = Stay<Outs...>;
};

/// The answers that one row allows: to go, and where it ends in its own state, also to stay.
template <class R>
struct AnswersOf {
  using P = RowParts<R>;
  using Both = GotoOf<typename P::to, Concat<typename P::sends, typename P::tells>>;
  using type = std::conditional_t<std::is_same_v<typename P::from, typename P::to>,
                                  List<typename Both::stays, typename Both::goes>,
                                  List<typename Both::goes>>;
};

template <class L>
struct OneOfList;
template <class... Ts>
struct OneOfList<List<Ts...>> {
  using type = OneOf<Ts...>;
};

template <class Rows>
struct Allowed;
template <class... Rs>
struct Allowed<List<Rs...>> {
  using answers = Distinct<Concat<typename AnswersOf<Rs>::type...>>;
  using rules = Distinct<Concat<typename RowParts<Rs>::rules...>>;
  static constexpr bool all_stay =
      (std::is_same_v<typename RowParts<Rs>::from, typename RowParts<Rs>::to> && ...);
};

template <class Role, class From, class On>
using AllowedFor = Allowed<typename RowsFor<From, On, RowsOf<Role>>::type>;

/// Instantiated only to fail: the compiler prints its arguments.
template <class Role, class From, class On, class Answer>
struct NoSuchRow {
  static_assert(always_false<Answer>,
                "handfast: a handler answers what no row of its state and event allows (see "
                "NoSuchRow<Role, State, Event, Answer>)");
};
template <class Role, class From, class On, class Rule>
struct RuleNotListed {
  static_assert(always_false<Rule>,
                "handfast: a handler refuses by a rule that its rows do not list (see "
                "RuleNotListed<Role, State, Event, Rule>)");
};
template <class Role, class From, class On>
struct HandlerWithoutRow {
  static_assert(always_false<From>,
                "handfast: a handler for a state and event without a row (see "
                "HandlerWithoutRow<Role, State, Event>)");
};

}  // namespace detail

/// The answer type of `Role`'s handler for `On` in `From`. Only what the table's rows for that pair
/// allow converts to it.
template <class Role, class From, class On>
class [[nodiscard]] Next {
  using Rows = typename detail::RowsFor<From, On, RowsOf<Role>>::type;
  static constexpr bool has_row = Rows::size > 0;
  using Answers = typename detail::AllowedFor<Role, From, On>::answers;
  using Rules = typename detail::AllowedFor<Role, From, On>::rules;

 public:
  using Taken =
      typename detail::OneOfList<std::conditional_t<has_row, Answers, List<Stay<>>>>::type;

  template <class Answer>
  requires(!std::is_same_v<std::remove_cvref_t<Answer>, Next> &&
           !detail::is_broken<std::remove_cvref_t<Answer>>)
      Next(Answer&& answer) {  // NOLINT: implicit, so that a handler returns `go(...)`, `stay(...)`
                               // or what was broken
    if constexpr (!has_row) {
      [[maybe_unused]] detail::HandlerWithoutRow<Role, From, On> culprit;
    } else if constexpr (detail::contains<std::remove_cvref_t<Answer>, Answers>) {
      using Same =
          std::remove_cvref_t<Answer>;  // named, so that no other answer can be made from it
      taken_.template emplace<Same>(std::forward<Answer>(answer));
    } else {
      [[maybe_unused]] detail::NoSuchRow<Role, From, On, std::remove_cvref_t<Answer>> culprit;
    }
  }

  template <class Rule>
  Next(Broken<Rule>) : fault_(Rule::fault) {  // NOLINT: implicit, as above
    if constexpr (!detail::contains<Rule, Rules>) [[maybe_unused]]
      detail::RuleNotListed<Role, From, On, Rule> culprit;
  }

  [[nodiscard]] bool refused() const noexcept { return !taken_.has_value(); }
  [[nodiscard]] Fault fault() const noexcept { return fault_; }
  [[nodiscard]] Taken& taken() noexcept { return taken_; }

 private:
  Taken taken_;
  Fault fault_{};
};

}  // namespace handfast
