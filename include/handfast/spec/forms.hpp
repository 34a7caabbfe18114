#pragma once

// What stands on the wire for a message that a table's rows name: itself, or what a description's
// forms say.

#include "handfast/core/table.hpp"
#include "handfast/spec/words.hpp"

namespace handfast::spec::detail {

template <class Description>
struct FormsOf {
  using type = List<>;
};
template <class D>
requires requires { typename D::Forms; }
struct FormsOf<D> {
  using type = typename D::Forms;
};

/// Visits the fields of `Outer` that are not the same in every message; for one that another
/// message is in, that one's.
template <class Outer, class Visit, FixedString... Names, class... Inner>
void visit_form(List<Inside<Names, Inner>...>, Visit& visit) {
  wire::for_each_field<Outer>([&]<class F>(F) {
    if constexpr (requires { F::member; }) {
      const bool is_outer = ((F::name == Names.view()) || ... || false);
      if (!is_outer) visit.template operator()<Outer>(F{});
      (
          [&] {
            if (F::name == Names.view()) visit_form<Inner>(List<>{}, visit);
          }(),
          ...);
    }
  });
}

/// The messages that stand for `M` on the wire.
template <class M, class Forms>
struct FormIn;
template <class M, class... All>
struct FormIn<M, List<All...>> {
  template <class F>
  struct Is {
    using type = List<>;
  };
  template <class Outer, class... Nested>
  struct Is<Form<M, Outer, Nested...>> {
    using type = List<Form<M, Outer, Nested...>>;
  };
  using found = handfast::detail::Concat<typename Is<All>::type...>;
};
template <class Description, class M>
inline constexpr bool has_form = FormIn<M, typename FormsOf<Description>::type>::found::size > 0;

/// Calls `visit` with a struct and a field of it, for all that stands on the wire for `M`.
template <class Description, class M, class Visit>
void for_each_wire_value(Visit&& visit) {
  if constexpr (has_form<Description, M>) {
    [&]<class Outer, class... Nested>(List<Form<M, Outer, Nested...>>) {
      visit_form<Outer>(List<Nested...>{}, visit);
    }(typename FormIn<M, typename FormsOf<Description>::type>::found{});
  } else {
    visit_form<M>(List<>{}, visit);
  }
}

}  // namespace handfast::spec::detail
