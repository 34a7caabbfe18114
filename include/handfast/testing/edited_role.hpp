#pragma once

// A role that runs with one row of its table changed. Which row and how is said at run time, so
// that one program, and one engine a role, tries all of them. It works on the role's own states,
// through its own handlers: they answer, and the answer is changed.
//
// A skipped guard is a switch (switches.hpp); a program that runs edited roles is made of sources
// that include this before anything else of handfast.

#include "handfast/testing/switches.hpp"
//
#include "handfast/testing/detail/reaction.hpp"

namespace handfast::testing {

namespace detail {

/// An entry of the table as one that may be dropped. It has two `Requires` then, which add up.
template <class Role, class Entry>
struct Droppable {
  using type = Entry;
};
template <class Role, class F, class O, class T, class... C>
struct Droppable<Role, Row<F, O, T, C...>> {
  using type = Row<F, O, T, C..., Requires<DroppedRule<Role, O>>>;
};
template <class Role, class R>
struct Droppable<Role, Authenticates<R>> {
  using type = Authenticates<typename Droppable<Role, R>::type>;
};
template <class Role, class Table>
struct DroppableTable;
template <class Role, class... Entries>
struct DroppableTable<Role, Transitions<Entries...>> {
  using type = Transitions<typename Droppable<Role, Entries>::type...>;
};

/// One handler, of exactly the type that `well_formed` looks for.
template <class Role, class From, class On>
struct EditedHandler {
  static Next<Edited<Role>, From, On> react(typename Reaction<Role, From, On>::State& from,
                                            const On& on, EditedContext<Role>& c) {
    return Reaction<Role, From, On>::react(from, on, c);
  }
};
template <class Role, class Pairs>
struct EditedHandlers;
template <class Role, class... Froms, class... Ons>
struct EditedHandlers<Role, List<List<Froms, Ons>...>> : EditedHandler<Role, Froms, Ons>... {
  using EditedHandler<Role, Froms, Ons>::react...;
};
template <class... Rs>
auto pairs_of(List<Rs...>)
    -> Distinct<List<List<typename RowParts<Rs>::from, typename RowParts<Rs>::on>...>>;

template <class Role, class State, class Message>
void write_own(State& state, Message& message, typename Role::Context& context, Frames& frames) {
  if constexpr (WritesInState<Role, State, Message>)
    Role::write(state, message, context, frames);
  else
    Role::write(message, context, frames);
}

/// Message `number` of those that `Role` sends, of no particular content; nothing where there is
/// none of that number.
template <class Role, class State>
void write_other(State& state, int number, typename Role::Context& context, Frames& frames) {
  const auto one = [&]<class Message>(List<Message>) {
    if constexpr (can_send<Role, State, Message>) {
      Message message{};
      write_own<Role>(state, message, context, frames);
    }
  };
  [&]<class... Ms>(List<Ms...>) {
    int i = 0;
    ((i++ == number ? one(List<Ms>{}) : void()), ...);
  }(SendsOf<Role>{});
}

}  // namespace detail

/// `Role` with the edit that its context holds; without one exactly `Role`. What a handler that was
/// asked in vain drew from the context stays drawn. An observer sees the row and the messages as
/// the handler answered them.
template <class Role>
struct Edited : detail::EditedHandlers<Role, decltype(detail::pairs_of(RowsOf<Role>{}))> {
  using Context = EditedContext<Role>;
  using Receives = typename Role::Receives;
  using Commands = typename Role::Commands;
  using Timers = typename Role::Timers;
  using Ends = typename Role::Ends;
  using Links = typename Role::Links;
  using Table = typename detail::DroppableTable<Role, typename Role::Table>::type;

  static auto decode(Link link, Bytes frame, const Context& c) {
    return Role::decode(link, frame, c.own());
  }

  template <class State, class Sealed>
  requires requires(const State& state, const Sealed& sealed, typename Role::Context& c,
                    Buffer& plaintext) {
    Role::open(state, sealed, c, plaintext);
  }
  static auto open(const State& state, const Sealed& sealed, Context& c, Buffer& plaintext) {
    return Role::open(state, sealed, c.own(), plaintext);
  }

  template <class State, class Pending>
  static void commit(State& state, Pending&& pending, Context& c) {
    Role::commit(state, std::forward<Pending>(pending), c.own());
    if (c.is_reached) detail::keep(c.left, state);
  }

  template <class State, class Message>
  static void write(State& state, Message& message, Context& c, Frames& frames) {
    if (c.edit.kind == EditKind::message && c.row == c.edit.row && c.write_count++ == c.edit.place)
      detail::write_other<Role>(state, c.edit.to, c.own(), frames);
    else
      detail::write_own<Role>(state, message, c.own(), frames);
  }
};

}  // namespace handfast::testing
