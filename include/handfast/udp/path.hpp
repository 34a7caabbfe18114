#pragma once

// Where a client is to be reached. An address is only what a datagram says; it is proven when
// something that went there has come back. Until then at most as many bytes go there as have come
// from it, so that nobody can have a server send more to a third party than he sends himself.

#include <optional>

#include "handfast/core/apart.hpp"
#include "handfast/core/fields.hpp"
#include "handfast/core/planted.hpp"
#include "handfast/udp/context.hpp"

namespace handfast::udp {

/// One address, and what is known of it.
struct Path {
  Address address;
  bool is_proven = false;
  std::uint32_t credit = 0;  // bytes that came from here, less those that went here
  static constexpr auto fields = Fields{&Path::address, &Path::is_proven, &Path::credit};

  /// Bytes have come from here, or gone here. Of credit there is no more than can be said.
  void came(std::uint64_t size) noexcept {
    credit += static_cast<std::uint32_t>(std::min<std::uint64_t>(size, ~credit));
  }
  void went(std::uint64_t size) noexcept {
    credit -= static_cast<std::uint32_t>(std::min<std::uint64_t>(size, credit));
  }

  /// The address, or nullptr where it is not proven.
  [[nodiscard]] const Address* shown() const noexcept { return is_proven ? &address : nullptr; }

  /// Whether `size` bytes have been paid for.
  [[nodiscard]] bool has_credit(std::uint64_t size) const noexcept {
    return is_proven || size <= credit ||
           handfast::detail::planted<"unproven address without bound">;
  }
  /// Whether a packet of `size` bytes may go here that is no challenge. As much as a challenge takes
  /// is always left over: one that is lost must go again, or the address is never proven.
  [[nodiscard]] bool may_send(std::uint64_t size) const noexcept {
    if (handfast::detail::planted<"credit of a challenge spent on something else">)
      return has_credit(size);
    constexpr std::uint64_t most = ~std::uint64_t{0} - Packet::short_size;
    return has_credit(std::min(size, most) + Packet::short_size);
  }

  friend bool operator==(const Path&, const Path&) = default;
};

/// The bytes that are to come back from an address.
struct Question {
  ChallengeBytes bytes{};
  bool is_drawn = false;
  bool is_asked = false;  // they have gone there
  static constexpr auto fields = Fields{&Question::bytes, &Question::is_drawn, &Question::is_asked};

  /// Draws them, unless they are; false where the random source fails.
  [[nodiscard]] bool draw(Random& random) {
    if (is_drawn) return true;
    const auto drawn = random.bytes<8>();
    if (!drawn) return false;
    bytes = *drawn;
    return is_drawn = true;
  }
};

/// What it takes to prove an address.
struct Proving {
  Question question;
  std::optional<Path> previous;  // the proven one before
  Question previous_question;
  Deadline<ChallengeDue> challenge_due;
  Deadline<PathOverdue> overdue;
  Deadline<NowhereProven> nowhere;
  static constexpr auto fields =
      Fields{&Proving::question,      &Proving::previous, &Proving::previous_question,
             &Proving::challenge_due, &Proving::overdue,  &Proving::nowhere};
};

/// The address that is used, and all that is needed as long as it is not proven.
struct Paths {
  Path current;
  Apart<Proving> proving;
  static constexpr auto fields = Fields{&Paths::current, &Paths::proving};

  /// A session's first packet has come on `first`.
  void begin(const Path& first, const Context& c) {
    current = first;
    proving.reset();
    if (first.is_proven) return;
    Proving& made = proving.writable();
    made.challenge_due.at = c.now.steady;
    if (!handfast::detail::planted<"session at an unproven address for ever">)
      made.nowhere = Deadline<NowhereProven>::in(c.config.half_open_time, c.now);
  }
  /// The address that is proven, or nullptr where none is yet.
  [[nodiscard]] const Address* shown() const noexcept { return known().shown(); }
  /// The path that was proven last, or the only one there is: where a session that ends stays.
  [[nodiscard]] const Path& known() const noexcept {
    const auto& previous = proving->previous;
    return previous ? *previous : current;
  }

  /// An authentic packet has come from `from`, `size` bytes; `is_newest` if none with a higher
  /// number has. Only that moves a path: what is old may have been kept back by anybody. Where the
  /// random source fails, all stays as it is.
  void heard(const Address& from, std::uint64_t size, bool is_newest, Context& c) {
    if (from == current.address) return current.came(size);
    if (!is_newest && !handfast::detail::planted<"path moved by what is old">) return;
    if (proving->previous && from == proving->previous->address) return move_back();
    Question question;
    if (!question.draw(c.random)) return;
    Proving& made = proving.writable();
    if (current.is_proven) {
      made.previous = current;
      // The client may still be there, and somebody else have copied its packet (RFC 9000, section
      // 9.3.3): what comes from there then is newer.
      (void)made.previous_question.draw(c.random);
      made.overdue = Deadline<PathOverdue>::in(c.config.path_time, c.now);
    } else if (handfast::detail::planted<"path's time begins anew at each hop">) {
      made.overdue = Deadline<PathOverdue>::in(c.config.path_time, c.now);
    }
    made.question = question;
    made.challenge_due.at = c.now.steady;
    current = {from, handfast::detail::planted<"new address taken for proven">};
    current.came(size);
  }

  /// `bytes` have come back from `from`: true if that has proved the address that is used.
  [[nodiscard]] bool answered(const ChallengeBytes& bytes, const Address& from) noexcept {
    const bool is_from_there =
        from == current.address || handfast::detail::planted<"challenge answered from elsewhere">;
    const Question& question = proving->question;
    const bool is_right = (question.is_asked && bytes == question.bytes) ||
                          handfast::detail::planted<"challenge answered with anything">;
    if (current.is_proven || !is_from_there || !is_right) return false;
    current.is_proven = true;
    proving.reset();
    return true;
  }

  /// The address that was proven is used again.
  void move_back() noexcept {
    if (!proving->previous) return;
    current = *proving->previous;
    proving.reset();
  }
};

}  // namespace handfast::udp
