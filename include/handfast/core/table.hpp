#pragma once

// A role as a table of typed rows. The rows are types, so that a handler can be held to them; every
// analysis runs as plain loops over the flat values that graph.hpp makes of them.

#include <type_traits>

#include "handfast/core/fault.hpp"
#include "handfast/core/list.hpp"

namespace handfast {

/// In state `From`, on `On` (a message, a local command or a timer), go to `To`.
/// `Clauses` are the messages that the row sends, in order, and at most one each of `Tells`,
/// `Requires` and `StoresFirst`. Rows that share `From` and `On` are alternatives: the handler
/// answers with one of them.
template <class From, class On, class To, class... Clauses>
struct Row {};

/// Clause of a row: the events that the application is told when the row is taken.
template <class... Events>
struct Tells {};

/// Clause of a row: the rules of which any may refuse it. A handler can refuse for no other reason.
template <class... Rules>
struct Requires {};

/// Clause of a row: the new state must be stored before the frames leave.
struct StoresFirst {};

/// A row after which the peer is known to be authentic. Application data moves on it or after it,
/// never before.
template <class R>
struct Authenticates {};

/// `Messages` are dropped without an event in `State`: honest ones that come late, twice, or out of
/// order.
template <class State, class... Messages>
struct Ignore {};

/// `Messages` are refused in `State` with `Fault::unexpected_message`: no honest peer sends them
/// then.
template <class State, class... Messages>
struct Refuse {};

/// A role's table. The state that the first row leaves is the one in which a machine starts.
template <class... Entries>
struct Transitions {};

namespace detail {

template <class C>
struct ClauseParts {
  using sends = List<C>;
  using tells = List<>;
  using rules = List<>;
};
template <class... Es>
struct ClauseParts<Tells<Es...>> {
  using sends = List<>;
  using tells = List<Es...>;
  using rules = List<>;
};
template <class... Rs>
struct ClauseParts<Requires<Rs...>> {
  using sends = List<>;
  using tells = List<>;
  using rules = List<Rs...>;
};
template <>
struct ClauseParts<StoresFirst> {
  using sends = List<>;
  using tells = List<>;
  using rules = List<>;
};

template <class E>
struct EntryRows {
  using type = List<>;
};
template <class F, class O, class T, class... C>
struct EntryRows<Row<F, O, T, C...>> {
  using type = List<Row<F, O, T, C...>>;
};
template <class F, class O, class T, class... C>
struct EntryRows<Authenticates<Row<F, O, T, C...>>> {
  using type = List<Authenticates<Row<F, O, T, C...>>>;
};

template <class E>
struct VerdictsOf {
  using ignores = List<>;
  using refuses = List<>;
};
template <class S, class... Ms>
struct VerdictsOf<Ignore<S, Ms...>> {
  using ignores = List<Ignore<S, Ms...>>;
  using refuses = List<>;
};
template <class S, class... Ms>
struct VerdictsOf<Refuse<S, Ms...>> {
  using ignores = List<>;
  using refuses = List<Refuse<S, Ms...>>;
};

}  // namespace detail

/// The parts of a row as types.
template <class R>
struct RowParts;
template <class F, class O, class T, class... C>
struct RowParts<Row<F, O, T, C...>> {
  using from = F;
  using on = O;
  using to = T;
  using sends = detail::Concat<typename detail::ClauseParts<C>::sends...>;
  using tells = detail::Concat<typename detail::ClauseParts<C>::tells...>;
  using rules = detail::Concat<typename detail::ClauseParts<C>::rules...>;
  static constexpr bool stores_first = (std::is_same_v<C, StoresFirst> || ...);
  static constexpr bool authenticates = false;
};
template <class R>
struct RowParts<Authenticates<R>> : RowParts<R> {
  static constexpr bool authenticates = true;
};

/// The parts of a table: its rows, its ignored and its refused pairs, and what can be computed from
/// them.
template <class Table>
struct TableParts;
template <class... Entries>
struct TableParts<Transitions<Entries...>> {
  using rows = detail::Concat<typename detail::EntryRows<Entries>::type...>;
  using ignores = detail::Concat<typename detail::VerdictsOf<Entries>::ignores...>;
  using refuses = detail::Concat<typename detail::VerdictsOf<Entries>::refuses...>;

  template <class>
  struct OfRows;
  template <class... Rs>
  struct OfRows<List<Rs...>> {
    using states =
        detail::Distinct<List<typename RowParts<Rs>::from..., typename RowParts<Rs>::to...>>;
    using events = detail::Distinct<List<typename RowParts<Rs>::on...>>;
    using sends = detail::Distinct<detail::Concat<typename RowParts<Rs>::sends...>>;
    using tells = detail::Distinct<detail::Concat<typename RowParts<Rs>::tells...>>;
  };
};

template <class Role>
using RowsOf = typename TableParts<typename Role::Table>::rows;

/// A role's states, in the order in which its rows first name them; a machine starts in the first.
template <class Role>
using StatesOf = typename TableParts<typename Role::Table>::template OfRows<RowsOf<Role>>::states;

/// What a role has rows on: messages, local commands, timers.
template <class Role>
using RowEventsOf =
    typename TableParts<typename Role::Table>::template OfRows<RowsOf<Role>>::events;

/// The messages that a role can send.
template <class Role>
using SendsOf = typename TableParts<typename Role::Table>::template OfRows<RowsOf<Role>>::sends;

/// The events that a role can tell its application, besides `Rejected`.
template <class Role>
using TellsOf = typename TableParts<typename Role::Table>::template OfRows<RowsOf<Role>>::tells;

namespace detail {

template <class... Tables>
struct JoinOf;
template <class... As, class... Bs, class... Rest>
struct JoinOf<Transitions<As...>, Transitions<Bs...>, Rest...>
    : JoinOf<Transitions<As..., Bs...>, Rest...> {};
template <class... As>
struct JoinOf<Transitions<As...>> {
  using type = Transitions<As...>;
};

}  // namespace detail

/// Several tables as one: a common part and what a profile adds to it.
template <class... Tables>
using Join = typename detail::JoinOf<Tables...>::type;

}  // namespace handfast
