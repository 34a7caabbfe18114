#pragma once

// Where a client is to be reached. An address is only what a datagram says; it is proven when
// something that went there has come back. Until then at most as many bytes go there as have come
// from it, so that nobody can have a server send more to a third party than he sends himself.

#include <limits>
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
  bool has_challenge = false;  // the bytes below are drawn
  bool is_challenged = false;  // and have gone there
  ChallengeBytes challenge{};
  std::uint64_t credit = 0;  // bytes that came from here, less those that went here
  static constexpr auto fields =
      Fields{&Path::address,       &Path::is_proven, &Path::has_challenge,
             &Path::is_challenged, &Path::challenge, &Path::credit};

  /// Bytes have come from here, or gone here.
  void came(std::uint64_t size) noexcept { credit = sum(credit, size); }
  void went(std::uint64_t size) noexcept { credit -= std::min(size, credit); }

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
    return has_credit(sum(size, Packet::short_size));
  }

  /// Draws the bytes that are to come back from here; false where the random source fails.
  [[nodiscard]] bool draw(Random& random) {
    if (has_challenge) return true;
    const auto drawn = random.bytes<8>();
    if (!drawn) return false;
    challenge = *drawn;
    has_challenge = true;
    return true;
  }

 private:
  static std::uint64_t sum(std::uint64_t a, std::uint64_t b) noexcept {
    return a > std::numeric_limits<std::uint64_t>::max() - b
               ? std::numeric_limits<std::uint64_t>::max()
               : a + b;
  }

 public:
  friend bool operator==(const Path&, const Path&) = default;
};

/// The address that is used, and the proven one before it as long as this one is not.
struct Paths {
  Path current;
  std::optional<Apart<Path>> previous;
  Deadline<ChallengeDue> challenge_due;
  Deadline<PathOverdue> overdue;
  Deadline<NowhereProven> nowhere;
  static constexpr auto fields = Fields{&Paths::current, &Paths::previous, &Paths::challenge_due,
                                        &Paths::overdue, &Paths::nowhere};

  /// A session's first packet has come on `first`.
  void begin(const Path& first, const Context& c) {
    current = first;
    previous.reset();
    overdue = {};
    nowhere = {};
    challenge_due = {};
    if (first.is_proven) return;
    challenge_due.at = c.now.steady;
    if (!handfast::detail::planted<"session at an unproven address for ever">)
      nowhere = Deadline<NowhereProven>::in(c.config.half_open_time, c.now);
  }
  /// The address that is proven, or nullptr where none is yet.
  [[nodiscard]] const Address* shown() const noexcept { return known().shown(); }
  /// The path that was proven last, or the only one there is: where a session that ends stays.
  [[nodiscard]] const Path& known() const noexcept { return previous ? **previous : current; }

  /// An authentic packet has come from `from`, `size` bytes; `is_newest` if none with a higher
  /// number has. Only that moves a path: what is old may have been kept back by anybody. Where the
  /// random source fails, all stays as it is.
  void heard(const Address& from, std::uint64_t size, bool is_newest, Context& c) {
    if (from == current.address) return current.came(size);
    if (!is_newest && !handfast::detail::planted<"path moved by what is old">) return;
    if (previous && from == (*previous)->address) return move_back();
    Path next;
    next.address = from;
    next.is_proven = handfast::detail::planted<"new address taken for proven">;
    next.came(size);
    if (!next.draw(c.random)) return;
    if (current.is_proven) {
      Path& before = *previous.emplace(current);
      // The client may still be there, and somebody else have copied its packet (RFC 9000, section
      // 9.3.3): what comes from there then is newer.
      before.has_challenge = before.is_challenged = false;
      (void)before.draw(c.random);
      overdue = Deadline<PathOverdue>::in(c.config.path_time, c.now);
    } else if (handfast::detail::planted<"path's time begins anew at each hop">) {
      overdue = Deadline<PathOverdue>::in(c.config.path_time, c.now);
    }
    current = next;
    challenge_due.at = c.now.steady;
  }

  /// `bytes` have come back from `from`: true if that has proved the address that is used.
  [[nodiscard]] bool answered(const ChallengeBytes& bytes, const Address& from) noexcept {
    const bool is_from_there =
        from == current.address || handfast::detail::planted<"challenge answered from elsewhere">;
    const bool is_right = (current.is_challenged && bytes == current.challenge) ||
                          handfast::detail::planted<"challenge answered with anything">;
    if (current.is_proven || !is_from_there || !is_right) return false;
    current.is_proven = true;
    previous.reset();
    challenge_due = {};
    overdue = {};
    nowhere = {};
    return true;
  }

  /// The address that was proven is used again.
  void move_back() noexcept {
    if (!previous) return;
    current = **previous;
    previous.reset();
    challenge_due = {};
    overdue = {};
  }
};

}  // namespace handfast::udp
