#pragma once

// The events that every protocol tells in the same words. A protocol adds its own beside its
// messages.

#include <array>
#include <optional>

#include "handfast/core/bytes.hpp"
#include "handfast/core/fault.hpp"
#include "handfast/core/link.hpp"

namespace handfast {

/// What a role believes about a run, for agreement to be checked: the same claim on both sides, or
/// something is wrong. All sizes in bytes; `peer` is the peer's public key as received, or zeros
/// where the protocol knows none; `own` is the key as which the peer should know the teller, or
/// zeros where the claim does not say.
struct Claim {
  std::array<std::uint8_t, 32> peer{};
  std::array<std::uint8_t, 32> transcript{};  // hash of what both have seen
  std::array<std::uint8_t, 16> key_id{};      // derived from the keys, tells nothing about them
  std::string_view role;                      // the teller's own
  std::array<std::uint8_t, 32> own{};
  bool operator==(const Claim&) const = default;
};

/// The teller has the keys and is running with this peer; it does not yet know that the peer has
/// them.
struct Running {
  Claim claim;
};

/// The teller is convinced that its peer was running with it, with the same claim.
struct Commit {
  Claim claim;
};

/// Application data may move now.
struct Established {};

/// The application should bring the channel new keys, or let the role do it: a limit is near.
struct RekeyDue {};

/// The run is over; `fault` says why it was not wished for, if it was not. Told by the rows into a
/// state that no row leaves, by all of them or by none, and by no other.
struct Closed {
  std::optional<Fault> fault;
};

/// An input that was refused; nothing else has changed. This is what a security log keeps. Never
/// tell the peer which fault.
struct Rejected {
  Fault fault{};
  Link link{};
};

}  // namespace handfast
