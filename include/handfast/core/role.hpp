#pragma once

// What a role says of itself beside its table, and what every analysis reads from it. `Receives`,
// `Commands` and `Timers` may be empty.
//
//   struct Initiator {
//     struct Idle {...}; ...                          states; each lists its fields
//     using Receives = List<Answer, ...>;             messages that its peer can send
//     using Commands = List<Start, ...>;              what the application can ask of it
//     using Timers = List<AnswerOverdue, ...>;        what time can do to it
//     using Ends = List<Established, Failed>;         states in which a run may stop
//     using Links = List<LinkKind<...>, ...>;         where its frames come from and go to
//     using Table = Transitions<Row<...>, ...>;       its moves, all of them
//     struct Context { Time now; Link link; ... };    limits, randomness; the machine sets these two
//     static Next<Initiator, Idle, Start> react(const Idle&, const Start&, Context&);
//                                                     one handler a pair of state and event
//     static std::expected<Wire, Fault> decode(Link, Bytes, const Context&);
//                                                     a frame to a message, or to a sealed form: a
//                                                     variant of all that there are
//     static void write(const Message&, Context&, Frames&);           what a row sends, to one frame
//     static void write(State&, const Message&, Context&, Frames&);   the same, of the state it leads to
//   };
//
// and where frames are sealed:
//
//     static ... open(const State&, const Sealed&, Context&, Buffer& plaintext);
//                                                     a sealed form to a message and what to commit
//     static void commit(State&, Pending&&, Context&);

#include <concepts>

#include "handfast/core/link.hpp"
#include "handfast/core/table.hpp"
#include "handfast/core/time.hpp"

namespace handfast {

/// A message that carries data of the application: it moves only once the peer is authentic.
template <class Message>
concept ApplicationData = requires {
  requires Message::application_data;
};

/// What `Machine` needs of a context.
template <class Context>
concept RoleContext = requires(Context& c) {
  { c.now } -> std::same_as<Time&>;
  { c.link } -> std::same_as<Link&>;
};

namespace detail {

template <class Role, class On>
inline constexpr bool is_message = contains<On, typename Role::Receives>;
template <class Role, class On>
inline constexpr bool is_timer = contains<On, typename Role::Timers>;
template <class Role, class On>
inline constexpr bool is_command = contains<On, typename Role::Commands>;

/// `Rows...` of one list that leave `From` on `On`.
template <class From, class On, class Rows>
struct RowsFor;
template <class From, class On, class... Rs>
struct RowsFor<From, On, List<Rs...>> {
  template <class R>
  using IfMatches = std::conditional_t<std::is_same_v<typename RowParts<R>::from, From> &&
                                           std::is_same_v<typename RowParts<R>::on, On>,
                                       List<R>, List<>>;
  using type = Concat<IfMatches<Rs>...>;
};

/// The states of a role that have a row on `On`; only these are ever instantiated with it.
template <class On, class Rows>
struct StatesThatTake;
template <class On, class... Rs>
struct StatesThatTake<On, List<Rs...>> {
  using type = Distinct<Concat<std::conditional_t<std::is_same_v<typename RowParts<Rs>::on, On>,
                                                  List<typename RowParts<Rs>::from>, List<>>...>>;
};

}  // namespace detail
}  // namespace handfast
