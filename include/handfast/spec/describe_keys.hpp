#pragma once

// The keys and seals of a description, as plain data.

#include "handfast/spec/describe_fields.hpp"

namespace handfast::spec::detail {

template <class Description, class Key, FixedString Name>
[[nodiscard]] KeyOutline key_outline(Lasting<Key, Name>) {
  return {name_of<Key>(), Name.view()};
}
template <class Description, class Key, FixedString Name, class Role>
[[nodiscard]] KeyOutline key_outline(KnownBefore<Key, Name, Role>) {
  return {name_of<Key>(), Name.view(), index_in<Role>(typename Description::Roles{})};
}
template <class Description, class Key>
[[nodiscard]] KeyOutline key_outline(Drawn<Key>) {
  return {name_of<Key>(), {}};
}
template <class Description, class Key>
[[nodiscard]] KeyOutline key_outline(DrawnEachTime<Key>) {
  KeyOutline key{name_of<Key>(), {}};
  key.is_drawn_each_time = true;
  return key;
}

/// Finds out where the public half of `key` is said, and by which role.
inline void place_key(KeyOutline& key, const Outline& outline) {
  for (std::size_t m = 0; m < outline.messages.size(); ++m)
    for (std::size_t f = 0; f < outline.messages[m].fields.size(); ++f) {
      const FieldOutline& field = outline.messages[m].fields[f];
      if (field.how != wire::How::public_key || field.key != key.name || field.same) continue;
      for (int role = 0; role < 2; ++role)
        for (const RowOutline& row : outline.roles[role].rows)
          if (std::ranges::find(row.sends, static_cast<int>(m)) != row.sends.end()) {
            key.stands = {Piece::Kind::field, static_cast<int>(m), static_cast<int>(f), field.name};
            key.role = role;
          }
    }
}

/// Gives the fields that pieces name their numbers; what is none is the same in every message.
inline void resolve(std::vector<Piece>& pieces, const Outline& outline) {
  Piece::for_each(pieces, [&](Piece& piece) {
    if (piece.kind != Piece::Kind::field || piece.field >= 0) return;
    const MessageOutline& message = outline.messages[static_cast<std::size_t>(piece.message)];
    const auto found = std::ranges::find(message.fields, piece.name, &FieldOutline::name);
    if (found == message.fields.end())
      piece = {Piece::Kind::constants, piece.message, -1, message.name};
    else
      piece.field = static_cast<int>(found - message.fields.begin());
  });
}

/// What a description says of keys and seals.
template <class Description>
void add_keys(Outline& made) {
  using Messages = typename RolesOf<Description>::Messages;
  [&]<class... Keys>(List<Keys...>) {
    (made.keys.push_back(key_outline<Description>(Keys{})), ...);
  }(typename Description::Keys{});
  const auto field = [&](int message, std::string_view name) -> FieldOutline& {
    return made.field(made.messages[static_cast<std::size_t>(message)].name, name);
  };
  const auto seal = [&]<class M, FixedString Field, class Key, class... Covered>(
                        Seals<M, Field, Key, Covered...>) {
    FieldOutline& sealed = field(index_in<M>(Messages{}), Field.view());
    sealed.how = wire::How::sealed;
    sealed.covers.clear();  // a layout may say that it is a MAC
    sealed.sort = std::string(message_name<M>()) + "'s " + std::string(Field.view());
    Coverage<Messages, void> coverage{sealed.covers, {}};
    coverage(static_cast<Key*>(nullptr));
    (coverage(static_cast<Covered*>(nullptr)), ...);
  };
  [&]<class... Seals>(List<Seals...>) { (seal(Seals{}), ...); }(typename Description::Sealed{});
  const auto same = [&]<class M, FixedString Field, class From, FixedString FromField>(
                        Same<M, Field, From, FromField>) {
    FieldOutline& repeated = field(index_in<M>(Messages{}), Field.view());
    const int from = index_in<From>(Messages{});
    repeated.same = Piece{Piece::Kind::field, from, -1, FromField.view()};
    repeated.sort = field(from, FromField.view()).sort;
  };
  if constexpr (requires { typename Description::Repeats; })
    [&]<class... Sames>(List<Sames...>) { (same(Sames{}), ...); }(typename Description::Repeats{});
  const auto derive = [&]<class Key, class From>(Derives<Key, From>) {
    for (MessageOutline& message : made.messages)
      for (FieldOutline& f : message.fields)
        if (f.how == wire::How::mac && f.key == name_of<Key>()) {
          std::vector<Piece> covers;
          Coverage<Messages, void>{covers, {}}(static_cast<From*>(nullptr));
          covers.insert(covers.end(), f.covers.begin(), f.covers.end());
          f.covers = std::move(covers);
          f.is_keyed = true;
        }
  };
  if constexpr (requires { typename Description::Derived; })
    [&]<class... All>(List<All...>) { (derive(All{}), ...); }(typename Description::Derived{});
}

}  // namespace handfast::spec::detail
