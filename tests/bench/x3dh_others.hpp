#pragma once

// The same by other libraries, where they are installed: two sides in one process.

#include <memory>

#include "handfast/core/bytes.hpp"

namespace others {

/// Both sides of a session, and what they keep between sessions. Whatever fails throws.
struct Sides {
  Sides() = default;
  Sides(const Sides&) = delete;
  Sides& operator=(const Sides&) = delete;
  virtual ~Sides() = default;
  /// A new session with a new one-time key, up to the first answer.
  virtual void agree() = 0;
  /// One message from who agreed first; whether it is as it was.
  virtual bool say(handfast::Bytes payload) = 0;
};

[[nodiscard]] std::unique_ptr<Sides> libsignal();  // libsignal-protocol-c, primitives by Botan
[[nodiscard]] std::unique_ptr<Sides> olm();        // libolm, which has its own

}  // namespace others
