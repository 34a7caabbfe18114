#pragma once

// The stage of the rehandshake attacks: two sides of a session, Alice and Bob, and an attacker who
// has every message that is on its way between them. He knows the session's id, which is in all of
// them, and no key. The machines are behind `Side` (rehandshake_sides.cpp), so that an attack is
// cheap to compile.

#include <memory>
#include <optional>

#include "handfast/core/events.hpp"
#include "handfast/rehandshake/profiles.hpp"
#include "tests/attacks/gallery.hpp"

namespace attacks::rehandshake {

using namespace handfast;
using namespace std::chrono_literals;
using handfast::rehandshake::SessionId;
using Message = std::vector<std::uint8_t>;

/// What one call caused.
struct Caused {
  std::vector<Message> messages;
  std::vector<std::string> told;  // the events' names
  std::optional<Fault> fault;     // where the input was refused
  std::optional<Claim> running, committed;
};

enum class Who { alice, bob };

/// What a side has: a session, and what its connection is known by, where it is known by anything.
struct Setting {
  SessionId session{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  std::optional<std::uint8_t> channel;  // of which all 32 bytes of the TLS exporter are made
  std::uint64_t lives = 0;  // how often its process has begun anew: each draws other numbers
};

/// One side, with the time that it is. Hardened it is a `Peer`, which may ask and be asked;
/// deployed it is made as the one or as the other.
class Side {
 public:
  explicit Side(Who w) : who(w) {}
  virtual ~Side() = default;
  Side(const Side&) = delete;

  virtual Caused asks() = 0;
  virtual Caused gets(Bytes message) = 0;
  /// Lets time pass, by both clocks.
  virtual Caused waits(Duration duration) = 0;
  [[nodiscard]] virtual std::string_view state() const = 0;
  [[nodiscard]] virtual Message snapshot() const = 0;

  const Who who;
  Time now{SteadyTime{} + 1h, UnixTime{} + 1'762'230'000s};
};

[[nodiscard]] std::unique_ptr<Side> who_asks(Profile which, Who who, const Setting& setting = {});
[[nodiscard]] std::unique_ptr<Side> who_is_asked(Profile which, Who who,
                                                 const Setting& setting = {});

// Where a message's fields are, in bytes. A REQUEST's are at the same places in both profiles.

struct Place {
  std::size_t at, size;
};
inline constexpr Place session_id{8, 16}, request_challenge{24, 32}, request_timestamp{56, 8};
[[nodiscard]] constexpr Place response_proof(Profile which) noexcept {
  return {which == Profile::compat ? 24u : 64u, 32};
}
[[nodiscard]] constexpr Place response_challenge(Profile which) noexcept {
  return {which == Profile::compat ? 56u : 24u, 32};
}
[[nodiscard]] constexpr Place complete_proof(Profile which) noexcept {
  return {which == Profile::compat ? 24u : 32u, 32};
}
[[nodiscard]] constexpr Place complete_timestamp(Profile which) noexcept {
  return {which == Profile::compat ? 56u : 24u, 8};
}

[[nodiscard]] inline Message part_of(const Message& message, Place place) {
  return {message.begin() + static_cast<std::ptrdiff_t>(place.at),
          message.begin() + static_cast<std::ptrdiff_t>(place.at + place.size)};
}
/// `message` with these bytes at `place`.
[[nodiscard]] inline Message with(Message message, Place place, const Message& bytes) {
  std::ranges::copy(bytes, message.begin() + static_cast<std::ptrdiff_t>(place.at));
  return message;
}
/// The timestamp of a clock, as it is in a message.
[[nodiscard]] inline Message timestamp_of(const Time& now) {
  Message bytes(8);
  for (std::size_t i = 0; i < 8; ++i)
    bytes[7 - i] = static_cast<std::uint8_t>(handfast::rehandshake::unix_ms(now) >> 8 * i);
  return bytes;
}

/// What somebody without a key can make: the header, the session's id, and whatever bytes follow.
[[nodiscard]] inline Message made_up(Profile which, std::uint8_t type, std::size_t size) {
  Message message(size, 0xA7);
  std::ranges::copy(Message{which == Profile::compat ? std::uint8_t{1} : std::uint8_t{2}, type, 0,
                            0, 0, 0, 0, static_cast<std::uint8_t>(size - 8)},
                    message.begin());
  const SessionId session = Setting{}.session;
  return with(std::move(message), session_id, {session.begin(), session.end()});
}
[[nodiscard]] inline Message made_up_request(Profile which, const Time& now) {
  return with(made_up(which, 0x30, which == Profile::compat ? 64 : 96), request_timestamp,
              timestamp_of(now));
}
[[nodiscard]] inline Message made_up_complete(Profile which, const Message& proof,
                                              const Time& now) {
  return with(with(made_up(which, 0x32, 64), complete_proof(which), proof),
              complete_timestamp(which), timestamp_of(now));
}

/// The story of two sides.
class RehandshakeStory : public Story {
 public:
  std::vector<Fault> forged;    // why what the attacker handed over was refused
  bool is_state_kept = true;    // no refusal changed its receiver
  bool is_honest_done = false;  // who did as the protocol says has come to its end

  void says(const Side& side, std::string text) {
    step(side.who == Who::alice ? "Alice" : "Bob", std::move(text));
  }
  /// The attacker hands a message over; what becomes of it is the next step.
  Caused hands(Side& side, const Message& message) {
    const Message before = side.snapshot();
    Caused caused = side.gets(message);
    if (caused.fault) {
      const bool is_kept = side.snapshot() == before;
      is_state_kept = is_state_kept && is_kept;
      forged.push_back(*caused.fault);
      says(side, "refuses it as " + std::string(to_string(*caused.fault)) +
                     (is_kept ? "; nothing has changed" : "; something has changed"));
      return caused;
    }
    std::string line;
    for (const std::string& name : caused.told) line += (line.empty() ? "" : ", ") + name;
    if (!caused.messages.empty()) line = line.empty() ? "answers" : "answers: " + line;
    says(side, line.empty() ? "takes no notice of it" : line);
    return caused;
  }
};

}  // namespace attacks::rehandshake
