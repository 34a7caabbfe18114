#pragma once

// The paths of one connection, as a side sees them: through the relay, and direct.

#include <array>
#include <cstdint>

#include "handfast/core/fields.hpp"
#include "handfast/core/planted.hpp"
#include "handfast/rehandshake/migration/messages.hpp"

namespace handfast::rehandshake {

inline constexpr Link no_link{path_count};

/// Which paths there are, which of them lead to who has the keys, and which one we send on.
struct Paths {
  std::array<bool, path_count> is_open{};
  std::array<bool, path_count> is_proven{};
  Link current = no_link;
  std::uint32_t reconnects = 0;  // failed since there is no path
  static constexpr auto fields =
      Fields{&Paths::is_open, &Paths::is_proven, &Paths::current, &Paths::reconnects};

  [[nodiscard]] static constexpr bool exists(Link link) noexcept {
    return link.number < path_count;
  }
  [[nodiscard]] static constexpr Link other(Link link) noexcept { return {1 - link.number}; }
  [[nodiscard]] bool has(Link link) const noexcept { return exists(link) && is_open[link.number]; }
  [[nodiscard]] bool may_send(Link link) const noexcept {
    return exists(link) && is_proven[link.number];
  }
  [[nodiscard]] bool is_stranded() const noexcept { return current == no_link; }

  [[nodiscard]] Paths opened(Link link) const noexcept {
    Paths next = *this;
    next.is_open[link.number] = true;
    next.is_proven[link.number] = false;
    return next;
  }
  /// Without `link`; what is sent goes to the other one if that is proven. As it was where there is
  /// no such link.
  [[nodiscard]] Paths closed(Link link) const noexcept {
    Paths next = *this;
    if (!exists(link)) return next;
    next.is_open[link.number] = next.is_proven[link.number] = false;
    if (next.current == link) {
      next.current = may_send(other(link)) ? other(link) : no_link;
      next.reconnects = 0;
    }
    return next;
  }
  /// There is none still, and one was waited for, or tried.
  [[nodiscard]] Paths failed() const noexcept {
    Paths next = *this;
    ++next.reconnects;
    if (handfast::detail::planted<"reconnects counted from zero again">) next.reconnects = 0;
    return next;
  }
  /// `link` is proven, and what is sent goes there.
  [[nodiscard]] Paths switched(Link link) const noexcept {
    Paths next = *this;
    next.is_open[link.number] = next.is_proven[link.number] = true;
    next.current = link;
    return next;
  }
};

}  // namespace handfast::rehandshake
