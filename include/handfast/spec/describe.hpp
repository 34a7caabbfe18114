#pragma once

// A protocol's own words for a model, beside its tables and layouts: which rule looks at which
// field, and what a run is known by. And the outline that is made of all three.
//
//   struct Description {
//     using Roles = List<Initiator<>, Responder<>>;
//     using Rules = List<Compares<PeerProves, "proof">, Remembers<ChallengeIsNew, "challenge">>;
//     using Transcript = List<wire::In<Response, "proof">>;      // what both must agree on
//     using SaysAgain = List<Again<AwaitingComplete, Request>>;  // the row that has no rules
//     using LeftOut = List<Rotate>;                              // commands that nobody gives
//     using KeysName = List<Named<"session_id">>;                // what the keys depend on
//     static constexpr std::string_view left_out[] = {"..."};    // sentences
//   };

#include "handfast/core/events.hpp"
#include "handfast/spec/outline.hpp"
#include "handfast/wire/layout.hpp"

namespace handfast::spec {

/// `Rule` refuses a message whose field is not what the layout says that it must be, as far as the
/// receiver knows: a MAC by the peer, a value that both have.
template <class Rule, FixedString Field>
struct Compares {};
/// `Rule` refuses a value that the receiver has taken before.
template <class Rule, FixedString Field>
struct Remembers {};
/// In `State` a row without rules takes the `Message` that was taken last, and sends what it sent
/// then.
template <class State, class Message>
struct Again {};
/// A value of the session, by its name.
template <FixedString Name>
struct Named {};

namespace detail {

using handfast::detail::Concat;
using handfast::detail::contains;
using handfast::detail::Distinct;
using handfast::detail::index_in;

template <class Description>
struct RolesOf;
template <class D>
requires requires { typename D::Roles; }
struct RolesOf<D> {
  using A = handfast::detail::At<0, typename D::Roles>;
  using B = handfast::detail::At<1, typename D::Roles>;
  using Messages = Distinct<Concat<typename A::Receives, typename B::Receives>>;
};

/// The fields of `M` that are not the same in every message, as numbers among all of them.
template <class M, class Visit>
void for_each_value(Visit&& visit) {
  wire::for_each_field<M>([&]<class F>(F) {
    if constexpr (requires { F::member; }) visit(F{});
  });
}

template <class M>
[[nodiscard]] int value_index(std::string_view name) {
  int index = 0, found = -1;
  for_each_value<M>([&]<class F>(F) {
    if (F::name == name) found = index;
    ++index;
  });
  return found;
}

/// Collects what a list of covered things means.
template <class Messages, class Own>
struct Coverage {
  std::vector<Piece>& pieces;
  std::string_view own_field;

  template <class M>
  void add_field(std::string_view name) {
    pieces.push_back({Piece::Kind::field, index_in<M>(Messages{}), value_index<M>(name), name});
  }
  template <class M>
  void add_all(std::string_view until = {}) {
    pieces.push_back({Piece::Kind::constants, index_in<M>(Messages{}), -1, wire::message_name<M>});
    bool is_before = true;
    for_each_value<M>([&]<class F>(F) {
      is_before = is_before && F::name != until;
      if (is_before) add_field<M>(F::name);
    });
  }
  void operator()(wire::All*) {
    if constexpr (wire::HasLayout<Own>) add_all<Own>(own_field);
  }
  template <FixedString... Names>
  void operator()(wire::Of<Names...>*) {
    (add_field<Own>(Names.view()), ...);
  }
  template <class M, FixedString... Names>
  void operator()(wire::In<M, Names...>*) {
    (add_field<M>(Names.view()), ...);
  }
  template <class T>
  void operator()(T*) {
    if constexpr (contains<T, Messages>)
      add_all<T>();
    else
      pieces.push_back({Piece::Kind::named, -1, -1, name_of<T>()});
  }
};

template <class Messages, class M>
[[nodiscard]] MessageOutline message_outline() {
  MessageOutline made{wire::message_name<M>, {}};
  for_each_value<M>([&]<class F>(F) {
    using Made = typename F::Made;
    FieldOutline field{F::name, Made::how, {}, {}, {}, -1};
    // What is drawn may stand wherever something is drawn that is as long; a MAC that nobody checks
    // is one that was made for its place, or the attacker's: else MACs over MACs would have no end.
    if (Made::how == wire::How::fresh)
      field.sort = "fresh, " + std::to_string(sizeof(typename F::Value)) + " bytes";
    else if (Made::how == wire::How::mac)
      field.sort = std::string(wire::message_name<M>) + "'s " + std::string(F::name);
    else
      field.sort = F::name;
    if constexpr (requires { typename Made::Key; }) field.key = name_of<typename Made::Key>();
    if constexpr (Made::how == wire::How::mac)
      wire::detail::CoverageOf<Made>::each(Coverage<Messages, M>{field.covers, F::name});
    made.fields.push_back(std::move(field));
  });
  return made;
}

template <class Description, class Role, class R>
[[nodiscard]] RowOutline row_outline() {
  using P = RowParts<R>;
  using On = typename P::on;
  using Messages = typename RolesOf<Description>::Messages;
  RowOutline row{index_in<typename P::from>(StatesOf<Role>{}),
                 index_in<typename P::to>(StatesOf<Role>{}),
                 handfast::detail::is_message<Role, On> ? Trigger::message
                 : handfast::detail::is_timer<Role, On> ? Trigger::timer
                                                        : Trigger::command,
                 name_of<On>(),
                 index_in<On>(Messages{}),
                 {},
                 {},
                 {}};
  [&]<class... Ms>(List<Ms...>) {
    (row.sends.push_back(index_in<Ms>(Messages{})), ...);
  }(typename P::sends{});
  [&]<class... Es>(List<Es...>) {
    (row.tells.push_back(name_of<Es>()), ...);
    row.runs = (std::is_same_v<Es, Running> || ...);
    row.commits = (std::is_same_v<Es, Commit> || ...);
  }(typename P::tells{});
  [&]<class... Rules>(List<Rules...>) {
    (row.rules.push_back(name_of<Rules>()), ...);
  }(typename P::rules{});
  row.says_again =
      row.rules.empty() && contains<Again<typename P::from, On>, typename Description::SaysAgain>;
  return row;
}

template <class Description, class Role>
[[nodiscard]] RoleOutline role_outline() {
  RoleOutline role{name_of<Role>(), {}, {}, {}};
  role.states.assign(state_names<Role>.begin(), state_names<Role>.end());
  role.ends.assign(Graph<Role>::ends.begin(), Graph<Role>::ends.end());
  [&]<class... Rs>(List<Rs...>) {
    const auto add = [&]<class R>(List<R>) {
      if constexpr (!contains<typename RowParts<R>::on, typename Description::LeftOut>)
        role.rows.push_back(row_outline<Description, Role, R>());
    };
    (add(List<Rs>{}), ...);
  }(RowsOf<Role>{});
  return role;
}

template <class Rule, FixedString Field>
[[nodiscard]] RuleOutline rule_outline(Compares<Rule, Field>) {
  return {RuleOutline::Kind::compares, name_of<Rule>(), Field.view()};
}
template <class Rule, FixedString Field>
[[nodiscard]] RuleOutline rule_outline(Remembers<Rule, Field>) {
  return {RuleOutline::Kind::remembers, name_of<Rule>(), Field.view()};
}

}  // namespace detail

/// The protocol of `Description` as plain data.
template <class Description>
[[nodiscard]] Outline outline_of() {
  using Roles = detail::RolesOf<Description>;
  using Messages = typename Roles::Messages;
  Outline made;
  [&]<class... Ms>(List<Ms...>) {
    (made.messages.push_back(detail::message_outline<Messages, Ms>()), ...);
  }(Messages{});
  made.roles[0] = detail::role_outline<Description, typename Roles::A>();
  made.roles[1] = detail::role_outline<Description, typename Roles::B>();
  [&]<class... Rules>(List<Rules...>) {
    (made.rules.push_back(detail::rule_outline(Rules{})), ...);
  }(typename Description::Rules{});
  [&]<class... Parts>(List<Parts...>) {
    (detail::Coverage<Messages, void>{made.transcript, {}}(static_cast<Parts*>(nullptr)), ...);
  }(typename Description::Transcript{});
  [&]<FixedString... Names>(List<Named<Names>...>) {
    (made.keys_name.push_back(Names.view()), ...);
  }
  (typename Description::KeysName{});
  made.left_out.assign(std::begin(Description::left_out), std::end(Description::left_out));
  made.place_fields();
  return made;
}

}  // namespace handfast::spec
