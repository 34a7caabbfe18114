#pragma once

// What both profiles tell of their attempts, for whoever measures them, and how they are begun.

#include <optional>

#include "handfast/core/fault.hpp"
#include "handfast/rehandshake/profiles.hpp"

namespace handfast::rehandshake {

/// Why a re-handshake is begun. Local: nothing on the wire says it.
enum class Cause : std::uint8_t {
  connected,  // there is a connection
  migrated,   // another one than before
  resumed,    // the same one, after a break
  rotated,    // new keys, which both must have
  periodic,   // the last one was a while ago
  answered,   // the other side has begun
};

/// An attempt is over: without a fault where the other side has proved its keys. `superseded` where
/// the other side's own took its place, or new keys, or the end.
struct AttemptEnded {
  std::optional<Fault> fault;
  Duration duration{};       // since its REQUEST was sent or came
  std::uint32_t number = 1;  // of attempts for one cause
  Cause cause = Cause::connected;
};

// What time can do.

struct ResponseOverdue {};  // nobody has answered
struct CompleteOverdue {};  // nobody has shown that they were the one who asked

}  // namespace handfast::rehandshake
