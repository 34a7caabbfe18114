#pragma once

// Links: where frames come from and go to. The number means what the application says: a
// connection, an address, a pipe.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "handfast/core/bytes.hpp"

namespace handfast {

/// A link's number, chosen by the application, or named by a role that has a fixed set of them.
struct Link {
  std::uint32_t number = 0;
  auto operator<=>(const Link&) const = default;
};

/// How a transport keeps one frame apart from the next; `receive` always takes exactly one frame.
enum class Framing : std::uint8_t {
  datagram,  // the network does it
  frame,     // the transport does it: a WebSocket message, the body of an HTTP request
  line,      // a line feed ends a frame; wire/lines.hpp splits a stream
  stream,    // a length goes before; wire/stream.hpp splits a stream
};

/// One of a role's links: what it is called, how frames are kept apart, and the largest frame in
/// bytes. A role lists these as `Links`, in the order of their numbers; a role with one link takes
/// every number for it.
template <FixedString Name, Framing framing_, std::size_t frame_size_max_>
struct LinkKind {
  static constexpr std::string_view name = Name.view();
  static constexpr Framing framing = framing_;
  static constexpr std::size_t frame_size_max = frame_size_max_;
};

/// Local event: the transport of `link` is ready.
struct LinkOpened {
  Link link;
};

/// Local event: the transport of `link` is gone; nothing more comes from it or goes to it.
struct LinkClosed {
  Link link;
};

}  // namespace handfast
