#pragma once

// What the test cases of this program run: `Machine` of a hardened role is an edited machine here, the
// role as it is until a row is edited; stdio's have theirs in sides.cpp. Every source of the program
// includes this before it makes one; worlds have machines with an observer, and pools their own.

#include "handfast/testing/edited_machine.hpp"
//
#include "handfast/registration/profiles.hpp"
#include "handfast/rehandshake/profiles.hpp"
#include "handfast/udp/profiles.hpp"
#include "handfast/x3dh/profiles.hpp"
#include "tests/mutants/reached.hpp"

namespace handfast::registration {
struct Peer;
}  // namespace handfast::registration
namespace handfast::rehandshake {
template <class>
struct Peer;
enum class Part : std::uint8_t;
template <Part, class>
struct Migration;
}  // namespace handfast::rehandshake

namespace handfast {

namespace detail {
using EditedRoles = List<registration::Client<>, registration::Server<>, registration::Peer,
                         rehandshake::Initiator<>, rehandshake::Responder<>,
                         rehandshake::Peer<rehandshake::Hardened>,
                         rehandshake::Migration<rehandshake::Part{0}, rehandshake::Hardened>,
                         rehandshake::Migration<rehandshake::Part{1}, rehandshake::Hardened>,
                         udp::Client<>, udp::Server<>, x3dh::Issuer<>, x3dh::Holder<>,
                         x3dh::Issuer<x3dh::Counter>, x3dh::Holder<x3dh::Counter>>;
/// As `contains`, whose call would want each of them to be whole.
template <class Role, class Roles>
inline constexpr bool is_one_of = false;
template <class Role, class... Roles>
inline constexpr bool is_one_of<Role, List<Roles...>> = (std::same_as<Role, Roles> || ...);
template <class Role>
concept EditedInCases = is_one_of<Role, EditedRoles>;
}  // namespace detail

template <detail::EditedInCases Role>
class Machine<Role> : public testing::EditedMachine<Role, mutants::NotesReached<Role>> {
  using Edited = testing::EditedMachine<Role, mutants::NotesReached<Role>>;

 public:
  using Context = typename Role::Context;

  explicit Machine(Context context) : Edited(std::move(context)) {}

  [[nodiscard]] static std::expected<Machine, Fault> dangerous_restore(Context context,
                                                                       Bytes snapshot) {
    auto restored = Edited::dangerous_restore(std::move(context), snapshot);
    if (!restored) return std::unexpected(restored.error());
    return Machine(std::move(*restored));
  }

 private:
  explicit Machine(Edited&& made) : Edited(std::move(made)) {}
};

}  // namespace handfast
