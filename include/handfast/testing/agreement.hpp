#pragma once

// Whether worlds can judge agreement at all: a table without claims satisfies it by saying nothing.

#include "handfast/core/events.hpp"
#include "handfast/core/role.hpp"

namespace handfast::testing {

namespace detail {

template <class Role>
struct NoClaims {
  static_assert(
      handfast::detail::always_false<Role>,
      "handfast: agreement cannot be judged, a role tells no claims; add Tells<Running> to the row "
      "after which it has the keys and Tells<Commit> to the row after which its peer has proved "
      "them (see NoClaims<Role>)");
};

template <class Role>
consteval bool tells_claims() {
  using Tells = TellsOf<Role>;
  if constexpr (!handfast::detail::contains<Running, Tells> ||
                !handfast::detail::contains<Commit, Tells>) {
    [[maybe_unused]] NoClaims<Role> culprit;
    return false;
  } else
    return true;
}

}  // namespace detail

/// Whether worlds can judge what `Role` commits to: it tells Commit, and `Peer` tells Running.
template <class Role, class Peer>
inline constexpr bool commits_to = [] {
  constexpr bool is_told = handfast::detail::contains<Commit, TellsOf<Role>>;
  return is_told && bool{handfast::detail::contains<Running, TellsOf<Peer>>};
}();

/// True where every role of `Roles` tells Running and Commit; does not compile where one does not.
template <class... Roles>
consteval bool claims_are_told(List<Roles...>) {
  return (detail::tells_claims<Roles>() && ...);
}

}  // namespace handfast::testing
