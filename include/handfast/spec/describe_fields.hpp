#pragma once

// The messages of a description, as plain data: each field, how it is made, and what it covers.

#include "handfast/core/events.hpp"
#include "handfast/spec/forms.hpp"
#include "handfast/spec/outline.hpp"

namespace handfast::spec::detail {

using handfast::detail::Concat;
using handfast::detail::contains;
using handfast::detail::Distinct;
using handfast::detail::index_in;

template <class Description>
struct UnheardOf {
  using type = List<>;
};
template <class D>
requires requires { typename D::Unheard; }
struct UnheardOf<D> {
  using type = typename D::Unheard;
};
template <class Description>
struct RolesOf;
template <class D>
requires requires { typename D::Roles; }
struct RolesOf<D> {
  using A = handfast::detail::At<0, typename D::Roles>;
  using B = handfast::detail::At<1, typename D::Roles>;
  using Messages =
      Distinct<Concat<typename A::Receives, typename B::Receives, typename UnheardOf<D>::type>>;
};

/// The fields of `M` that are not the same in every message, as numbers among all of them.
template <class M, class Visit>
void for_each_value(Visit&& visit) {
  wire::for_each_field<M>([&]<class F>(F) {
    if constexpr (requires { F::member; }) visit(F{});
  });
}

/// Collects what a list of covered things means.
template <class Messages, class Own>
struct Coverage {
  std::vector<Piece>& pieces;
  std::string_view own_field;

  template <class M>
  void add_field(std::string_view name) {
    pieces.push_back({Piece::Kind::field, index_in<M>(Messages{}), -1, name});
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
  template <FixedString Name>
  void operator()(Named<Name>*) {
    pieces.push_back({Piece::Kind::named, -1, -1, Name.view()});
  }
  template <class... Ts>
  void operator()(List<Ts...>*) {
    ((*this)(static_cast<Ts*>(nullptr)), ...);
  }
  void operator()(Sender*) { pieces.push_back({Piece::Kind::sender, -1, -1, "sender"}); }
  template <class One, class Other>
  void operator()(Agreed<One, Other>*) {
    pieces.push_back({Piece::Kind::agreed, -1, -1, name_of<One>(), name_of<Other>()});
  }
  template <class Key>
  void operator()(Shared<Key>*) {
    pieces.push_back({Piece::Kind::shared, -1, -1, name_of<Key>()});
  }
  template <class Key, class Field>
  void operator()(AgreedWith<Key, Field>*) {
    Piece agreed{Piece::Kind::agreed, -1, -1, name_of<Key>()};
    Coverage{agreed.parts, own_field}(static_cast<Field*>(nullptr));
    pieces.push_back(std::move(agreed));
  }
  template <class Field>
  void operator()(Nonce<Field>*) {
    (*this)(static_cast<Field*>(nullptr));
    pieces.back().is_nonce = true;
  }
  template <class... Content>
  void operator()(Holds<Content...>*) {
    const std::size_t before = pieces.size();
    ((*this)(static_cast<Content*>(nullptr)), ...);
    for (std::size_t i = before; i < pieces.size(); ++i) pieces[i].is_inside = true;
  }
  template <FixedString Label, class... From>
  void operator()(DerivedFrom<Label, From...>*) {
    Piece made{Piece::Kind::derived, -1, -1, Label.view()};
    (Coverage{made.parts, own_field}(static_cast<From*>(nullptr)), ...);
    pieces.push_back(std::move(made));
  }
  template <FixedString Label, class Field, class... From>
  void operator()(Stepped<Label, Field, From...>*) {
    Piece made{Piece::Kind::stepped, -1, -1, Label.view()};
    Coverage inside{made.parts, own_field};
    inside(static_cast<Field*>(nullptr));
    (inside(static_cast<From*>(nullptr)), ...);
    pieces.push_back(std::move(made));
  }
  template <class T>
  void operator()(T*) {
    if constexpr (contains<T, Messages>)
      add_all<T>();
    else
      pieces.push_back({Piece::Kind::named, -1, -1, name_of<T>()});
  }
};

template <class Messages, class M, class F>
[[nodiscard]] FieldOutline field_outline(std::string_view message) {
  using Made = typename F::Made;
  FieldOutline field{F::name, Made::how, {}, {}, {}, -1};
  // What is drawn may stand wherever something is drawn that is as long; a MAC that nobody checks
  // is one that was made for its place, or the attacker's: else MACs over MACs would have no end.
  if (Made::how == wire::How::fresh)
    field.sort = "fresh, " + std::to_string(sizeof(typename F::Value)) + " bytes";
  else if (Made::how == wire::How::public_key)
    field.sort = "public key";
  else if (Made::how == wire::How::payload)
    field.sort = "payload";
  else if (is_computed(Made::how))
    field.sort = std::string(message) + "'s " + std::string(F::name);
  else
    field.sort = F::name;
  if constexpr (requires { typename Made::Key; }) field.key = name_of<typename Made::Key>();
  if constexpr (Made::how == wire::How::mac || Made::how == wire::How::signature)
    wire::detail::CoverageOf<Made>::each(Coverage<Messages, M>{field.covers, F::name});
  return field;
}

template <class M>
[[nodiscard]] std::string_view message_name() {
  if constexpr (wire::HasLayout<M>)
    return wire::message_name<M>;
  else
    return name_of<M>();
}

/// What `M` is sealed with and no field of it says.
template <class M, class Messages, class Of, FixedString Field>
void add_unsaid(MessageOutline& made, Numbers<Of, Field>) {
  if (!std::is_same_v<M, Of>) return;
  made.fields.push_back({Field.view(), wire::How::plain, "number", {}});
  made.fields.back().is_unsaid = made.fields.back().is_counted = true;
}
template <class M, class Messages, class In, FixedString Field, class Of, int Kept>
void add_unsaid(MessageOutline& made, Counts<In, Field, Of, Kept>) {
  if (!std::is_same_v<M, In>) return;
  made.fields.push_back({Field.view(), wire::How::plain, "turn", {}});
  made.fields.back().is_unsaid = true;
  made.fields.back().turns_of = index_in<Of>(Messages{});
  made.fields.back().turns_kept = Kept;
}

template <class Description>
struct StreamOf {
  using Numbers = List<>;
  using Acknowledged = List<>;
};
template <class Numbers_, class Acknowledged_, class Again, class Last, class Ends, class More>
struct StreamOf<Stream<Numbers_, Acknowledged_, Again, Last, Ends, More>> {
  using Numbers = Numbers_;
  using Acknowledged = Acknowledged_;
};
template <class D>
requires requires { typename D::Stream; }
struct StreamOf<D> : StreamOf<typename D::Stream> {};

/// Whether a list of `wire::In` names the field of `M`.
template <class M, class... Fields>
[[nodiscard]] constexpr bool names_field(List<Fields...>, std::string_view name) {
  [[maybe_unused]] const auto is_one = [&]<class Of, FixedString... Names>(wire::In<Of, Names...>) {
    return std::is_same_v<Of, M> && ((Names.view() == name) || ... || false);
  };
  return (is_one(Fields{}) || ... || false);
}
template <class Description, class M>
[[nodiscard]] constexpr bool is_of_stream(std::string_view name) {
  return names_field<M>(typename StreamOf<Description>::Numbers{}, name) ||
         names_field<M>(typename StreamOf<Description>::Acknowledged{}, name);
}

template <class Description, class M>
[[nodiscard]] MessageOutline message_outline() {
  using Messages = typename RolesOf<Description>::Messages;
  MessageOutline made{message_name<M>(), {}};
  for_each_wire_value<Description, M>([&]<class Outer, class F>(F) {
    made.fields.push_back(field_outline<Messages, Outer, F>(made.name));
  });
  // Of what is sealed there is the application data; bytes without a layout are nothing else.
  if constexpr (has_form<Description, M> && wire::HasLayout<M>)
    for_each_value<M>([&]<class F>(F) {
      if constexpr (F::Made::how == wire::How::payload || is_of_stream<Description, M>(F::name))
        made.fields.push_back(field_outline<Messages, M, F>(made.name));
    });
  else if constexpr (has_form<Description, M> && requires { M::application_data; })
    made.fields.push_back({"payload", wire::How::payload, "payload", {}});
  if constexpr (has_form<Description, M>)
    for (FieldOutline& field : made.fields)
      field.is_inside = field.how == wire::How::payload || is_of_stream<Description, M>(field.name);
  if constexpr (requires { typename Description::Counted; })
    [&]<FixedString... Names>(List<Named<Names>...>) {
      for (FieldOutline& field : made.fields)
        if (((field.name == Names.view()) || ... || false)) {
          field.is_counted = true;
          field.sort = "number";
        }
    }
  (typename Description::Counted{});
  if constexpr (requires { typename Description::Unsaid; })
    [&]<class... All>(List<All...>) {
      (add_unsaid<M, Messages>(made, All{}), ...);
    }(typename Description::Unsaid{});
  if constexpr (requires { typename Description::Authentic; })
    made.is_authentic = contains<M, typename Description::Authentic>;
  return made;
}

}  // namespace handfast::spec::detail
