#pragma once

// What `Peer` is given, and what an application may choose.

#include "handfast/core/role.hpp"
#include "handfast/registration/context_of.hpp"
#include "handfast/registration/peer/keys.hpp"

namespace handfast::registration::peer {

inline constexpr std::size_t key_window = 16;    // keys of skipped messages that are kept
inline constexpr std::uint64_t skip_max = 1000;  // keys derived over a gap by one input
inline constexpr std::size_t hellos_kept = 32;   // of which it is known that they were answered

/// What an application may choose.
struct Config {
  Duration hello_repeat = 2s;          // until HELLO is said again, or a new session's first frame
  std::uint32_t hello_attempts = 4;    // how often HELLO is said in all before nobody is there
  std::uint32_t answers_a_second = 1;  // to a contact's HELLOs, on the average
  std::uint32_t answers_at_once = 4;   // and after a silence
  Duration frame_timeout = 10s;        // until a session that was agreed to must have been used
  Duration ack_delay = 1s;      // until what was opened is acknowledged by a frame of its own
  Duration renew_again = 1min;  // until a new session is asked for again, where nobody answered
  Duration new_session_pause = 10s;     // between two NEW_SESSIONs
  std::uint64_t messages_max = 10'000;  // one way in one session
  std::uint64_t ahead_max =
      skip_max;  // frames beyond what the contact has acknowledged, 1000 at most
  std::uint64_t reserve_count = 16;  // of those, that only acknowledgements may use
  Duration session_time_max = 24h;   // age of one session
};

/// `Peer` has one link, and does not look at its number: in a pool it tells contacts apart. A frame
/// is the payload of a message to that contact.
using Links = List<LinkKind<"contact", Framing::frame, registration::payload_size_max>>;

/// The context of `Peer`; a pool shares one among all contacts.
using Context = ContextOf<Config>;

}  // namespace handfast::registration::peer
