#pragma once

// The challenges that were answered, so that a REQUEST that comes again is not answered again.

#include <vector>

#include "handfast/core/fields.hpp"
#include "handfast/core/planted.hpp"
#include "handfast/rehandshake/profiles.hpp"

namespace handfast::rehandshake {

/// Challenges of authentic REQUESTs, each kept for as long as its timestamp could still pass: for a
/// minute by the steady clock, whatever the other one does, and then until the timestamp is too old
/// by that one, which may have stepped back. Only who has the session's keys can put one here; when
/// it is full nothing more is answered, since forgetting one would let it come again. Cleared by a
/// restart without a snapshot: then each REQUEST of the last minute can be had answered once more,
/// and no COMPLETE follows. A snapshot is restored under a steady clock that goes on from where it
/// was, or begins anew: under one that is ahead, only the other clock keeps what there was.
class Challenges {
 public:
  /// A timestamp may be `skew_max` ahead and is taken until it is as much behind. The wire counts
  /// whole milliseconds, which are up to one more.
  static constexpr Duration kept_for = std::chrono::milliseconds(2 * skew_max + 1);

  /// Whether `challenge` was answered and is still kept.
  [[nodiscard]] bool has(const Challenge& challenge, const Time& now) const noexcept {
    for (const Entry& one : entries_)
      if (one.challenge == challenge && !one.is_over(now)) return true;
    return false;
  }
  /// Whether there is room for another one, with at most `size_max` in all.
  [[nodiscard]] bool has_room(std::size_t size_max, const Time& now) const noexcept {
    std::size_t kept = 0;
    for (const Entry& one : entries_) kept += one.is_over(now) ? 0u : 1u;
    return kept < size_max;
  }
  /// Keeps one more. What is over makes way.
  void add(const Challenge& challenge, std::uint64_t timestamp, const Time& now) {
    if (handfast::detail::planted<"challenges not remembered">) return;
    std::erase_if(entries_, [&](const Entry& one) { return one.is_over(now); });
    entries_.push_back({challenge, timestamp, now.steady});
  }
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

 private:
  struct Entry {
    Challenge challenge{};
    std::uint64_t timestamp = 0;  // milliseconds since the Unix epoch
    SteadyTime came{};
    static constexpr auto fields = Fields{&Entry::challenge, &Entry::timestamp, &Entry::came};

    [[nodiscard]] bool is_over(const Time& now) const noexcept {
      const Duration kept = now.steady - came;
      if (handfast::detail::planted<"challenges forgotten too soon">)
        return kept > std::chrono::milliseconds(skew_max);
      return kept > kept_for && (is_too_old(timestamp, now) ||
                                 handfast::detail::planted<"challenges forgotten by one clock">);
    }
  };
  std::vector<Entry> entries_;

 public:
  static constexpr auto fields = Fields{&Challenges::entries_};
};

}  // namespace handfast::rehandshake
