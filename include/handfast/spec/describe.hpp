#pragma once

// The outline of a protocol: its tables, its layouts, and its own words for a model (words.hpp).

#include "handfast/core/events.hpp"
#include "handfast/spec/describe_keys.hpp"

namespace handfast::spec {

namespace detail {

template <class D>
struct RunsOf {
  using type = typename D::Commits;
};
template <class D>
requires requires { typename D::Runs; }
struct RunsOf<D> {
  using type = typename D::Runs;
};
template <class T>
struct ListOf {
  using type = List<T>;
};
template <class... Ts>
struct ListOf<List<Ts...>> {
  using type = List<Ts...>;
};
/// What tells that a side runs, and that it commits.
template <class Description>
struct CommitsOf {
  using Runs = Running;
  using Commits = Commit;
};
template <class D>
requires requires { typename D::Commits; }
struct CommitsOf<D> {
  using Runs = typename RunsOf<D>::type;
  using Commits = typename D::Commits;
};

/// Whether an entry of what is left out is about the row of which `P` are the parts.
template <class P, class Entry>
[[nodiscard]] consteval bool leaves_out(Entry*) {
  return std::is_same_v<Entry, typename P::on>;
}
template <class P, class State, class On, class... What>
[[nodiscard]] consteval bool leaves_out(Without<State, On, What...>*) {
  using Does = Concat<typename P::sends, typename P::tells>;
  const bool is_all = sizeof...(What) == 0;
  const bool is_one =
      ((contains<What, Does> || (std::is_same_v<What, Nothing> && Does::size == 0)) || ... ||
       false);
  return std::is_same_v<State, typename P::from> && std::is_same_v<On, typename P::on> &&
         (is_all || is_one);
}
template <class P, class... Entries>
[[nodiscard]] consteval bool leaves_out_any(List<Entries...>) {
  return (leaves_out<P>(static_cast<Entries*>(nullptr)) || ... || false);
}

template <class On, class Command, class Event, class Tells>
void note_data(RowOutline& row, List<On>, Tells, Given<Command, Event>) {
  row.gives = row.gives || std::is_same_v<On, Command>;
  row.delivers = row.delivers || contains<Event, Tells>;
}
template <class On, class Tells, class... All>
void note_data(RowOutline& row, List<On> on, Tells tells, List<All...>) {
  (note_data(row, on, tells, All{}), ...);
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
    row.commits = (std::is_same_v<Es, typename CommitsOf<Description>::Commits> || ...);
    row.closes = (std::is_same_v<Es, Closed> || ...);
  }(typename P::tells{});
  [&]<class... Runs>(List<Runs...>) {
    row.runs = (contains<Runs, Concat<typename P::sends, typename P::tells>> || ...);
  }(typename ListOf<typename CommitsOf<Description>::Runs>::type{});
  [&]<class... Rules>(List<Rules...>) {
    (row.rules.push_back(name_of<Rules>()), ...);
  }(typename P::rules{});
  if constexpr (has_form<Description, On>) row.rules.push_back(name_of<Opening>());
  if constexpr (requires { typename Description::Data; })
    note_data(row, List<On>{}, typename P::tells{}, typename Description::Data{});
  if constexpr (requires { typename Description::Order; })
    [&]<class... Ons, class... Befores>(List<After<Ons, Befores>...>) {
      ((std::is_same_v<On, Ons> ? void(row.after = index_in<Befores>(Messages{})) : void()), ...);
    }(typename Description::Order{});
  if constexpr (requires { typename Description::Forgotten; })
    row.forgets = contains<Forgets<typename P::from, On>, typename Description::Forgotten>;
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
      using P = RowParts<R>;
      if constexpr (!leaves_out_any<P>(typename Description::LeftOut{}))
        role.rows.push_back(row_outline<Description, Role, R>());
    };
    (add(List<Rs>{}), ...);
  }(RowsOf<Role>{});
  return role;
}

/// Calls `change` with the fields that a list of `wire::In` names.
template <class Change, class... Fields>
void change_fields(Outline& made, List<Fields...>, const Change& change) {
  const auto each = [&]<class M, FixedString... Names>(wire::In<M, Names...>) {
    (change(made.field(message_name<M>(), Names.view())), ...);
  };
  (each(Fields{}), ...);
}
template <class Rule, FixedString Field>
[[nodiscard]] RuleOutline rule_outline(Compares<Rule, Field>) {
  return {RuleOutline::Kind::compares, name_of<Rule>(), Field.view()};
}
template <class Rule, FixedString Field>
[[nodiscard]] RuleOutline rule_outline(Remembers<Rule, Field>) {
  return {RuleOutline::Kind::remembers, name_of<Rule>(), Field.view()};
}

template <class Rule, FixedString Field>
[[nodiscard]] RuleOutline rule_outline(Differs<Rule, Field>) {
  return {RuleOutline::Kind::differs, name_of<Rule>(), Field.view()};
}
template <class Rule, FixedString Field, int Late, int Ahead>
[[nodiscard]] RuleOutline rule_outline(Window<Rule, Field, Late, Ahead>) {
  return {RuleOutline::Kind::window, name_of<Rule>(), Field.view(), Late, Ahead};
}

template <class Numbers, class Acknowledged, class Again, class Last, class Ends, class... On,
          class... M, class Messages>
void add_stream(Outline& made,
                Stream<Numbers, Acknowledged, Again, Last, Ends, List<Adds<On, M>...>>, Messages) {
  StreamOutline stream{{}, index_in<Last>(Messages{}), name_of<Again>(), name_of<Ends>(), {}};
  change_fields(made, Numbers{}, [](FieldOutline& field) { field.is_numbered = true; });
  change_fields(made, Acknowledged{}, [](FieldOutline& field) { field.acknowledges = true; });
  for (std::size_t m = 0; m < made.messages.size(); ++m)
    for (FieldOutline& field : made.messages[m].fields) {
      if (field.is_numbered) stream.messages.push_back(static_cast<int>(m));
      if (field.is_numbered || field.acknowledges) field.sort = "number";
    }
  (stream.adds.emplace_back(name_of<On>(), index_in<M>(Messages{})), ...);
  made.stream = std::move(stream);
}

}  // namespace detail

/// The protocol of `Description` as plain data.
template <class Description>
[[nodiscard]] Outline outline_of() {
  using Roles = detail::RolesOf<Description>;
  using Messages = typename Roles::Messages;
  Outline made;
  [&]<class... Ms>(List<Ms...>) {
    (made.messages.push_back(detail::message_outline<Description, Ms>()), ...);
  }(Messages{});
  if constexpr (requires { typename Description::NotDrawn; })
    detail::change_fields(made, typename Description::NotDrawn{}, [](FieldOutline& field) {
      field.how = wire::How::open;
      field.sort = field.name;
    });
  if constexpr (requires { typename Description::Texts; })
    detail::change_fields(made, typename Description::Texts{}, [](FieldOutline& field) {
      field.how = wire::How::payload;
      field.sort = "payload";
    });
  if constexpr (requires { typename Description::Peers; })
    detail::change_fields(made, typename Description::Peers{},
                          [](FieldOutline& field) { field.is_peers = true; });
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
  if constexpr (requires { typename Description::Keys; }) detail::add_keys<Description>(made);
  if constexpr (requires { typename Description::Stream; })
    detail::add_stream(made, typename Description::Stream{}, Messages{});
  detail::resolve(made.transcript, made);
  for (MessageOutline& message : made.messages)
    for (FieldOutline& field : message.fields) {
      detail::resolve(field.covers, made);
      if (field.same) {
        std::vector<Piece> one{*field.same};
        detail::resolve(one, made);
        field.same = one[0];
      }
    }
  for (KeyOutline& key : made.keys) detail::place_key(key, made);
  made.place_fields();
  return made;
}

}  // namespace handfast::spec
