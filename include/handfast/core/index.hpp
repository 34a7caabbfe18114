#pragma once

// Finds places by a number, in one run of memory: whoever looks for one of many that he has not
// touched for long waits for memory once, not for each step along a chain.

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace handfast {

namespace detail {

/// A number that somebody outside does not know: where memory lies is drawn by the system (address
/// space layout randomization). For hash tables, so that nobody can choose what collides; no secret.
[[nodiscard]] inline std::uint64_t unknown_outside(const void* memory) noexcept {
  auto number = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(memory));
  number = (number ^ number >> 32) * 0xD6E8'FEB8'6659'FD93u;
  number = (number ^ number >> 32) * 0xD6E8'FEB8'6659'FD93u;
  return number ^ number >> 32;
}

}  // namespace detail

/// Places under numbers, several under one if need be: a table with open addressing and linear
/// probing, at most seven eighths full. Bytes a place: 10 to 18, where there are many.
class Index {
 public:
  static constexpr std::uint32_t nowhere = 0xFFFF'FFFF;

  /// The place under `number` of which `is` says that it is the right one, or `nowhere`.
  template <class Is>
  [[nodiscard]] std::uint32_t find(std::uint32_t number, Is&& is) const {
    if (entries_.empty()) return nowhere;
    std::size_t at = home_of(number);
    for (; entries_[at].place != nowhere; at = after(at))
      if (entries_[at].number == number && is(entries_[at].place)) break;
    return entries_[at].place;
  }
  [[nodiscard]] std::uint32_t find(std::uint32_t number) const {
    return find(number, [](std::uint32_t) { return true; });
  }

  void add(std::uint32_t number, std::uint32_t place) {
    if (8 * (count_ + 1) > 7 * entries_.size()) resize();
    put({number, place});
    ++count_;
  }
  /// What was in `place`, which is there under `number`, is in another.
  void move(std::uint32_t number, std::uint32_t place, std::uint32_t to) {
    entries_[where(number, place)].place = to;
  }
  /// `place` is there under `number`.
  void remove(std::uint32_t number, std::uint32_t place) {
    std::size_t free = where(number, place);
    // Whatever was put further on because of it comes back: a search ends at the first free entry.
    for (std::size_t at = after(free); entries_[at].place != nowhere; at = after(at)) {
      const std::size_t home = home_of(entries_[at].number);
      const bool may_move = ((at - home) & last()) >= ((at - free) & last());
      if (!may_move) continue;
      entries_[free] = entries_[at];
      free = at;
    }
    entries_[free].place = nowhere;
    --count_;
    // What many needed is not kept for few.
    if (entries_.size() > least && 8 * count_ < entries_.size()) resize();
  }

 private:
  static constexpr std::size_t least = 8;  // entries

  struct Entry {
    std::uint32_t number = 0;
    std::uint32_t place = nowhere;
  };

  [[nodiscard]] std::size_t last() const noexcept { return entries_.size() - 1; }
  [[nodiscard]] std::size_t after(std::size_t at) const noexcept { return (at + 1) & last(); }
  /// The highest bits of the number times an odd one that is not known outside: who chooses numbers
  /// does not choose where they meet (multiply-shift hashing).
  [[nodiscard]] std::size_t home_of(std::uint32_t number) const noexcept {
    return static_cast<std::size_t>(number * multiplier_ >> shift_);
  }
  [[nodiscard]] std::size_t where(std::uint32_t number, std::uint32_t place) const noexcept {
    std::size_t at = home_of(number);
    while (entries_[at].number != number || entries_[at].place != place) at = after(at);
    return at;
  }
  void put(const Entry& entry) {
    std::size_t at = home_of(entry.number);
    while (entries_[at].place != nowhere) at = after(at);
    entries_[at] = entry;
  }
  /// To the least size that has room for one more.
  void resize() {
    std::vector<Entry> entries(std::bit_ceil(std::max(least, 8 * (count_ + 1) / 7 + 1)));
    entries.swap(entries_);
    multiplier_ = detail::unknown_outside(entries_.data()) | 1;
    shift_ = 64 - std::countr_zero(entries_.size());
    for (const Entry& entry : entries)
      if (entry.place != nowhere) put(entry);
  }

  std::vector<Entry> entries_;
  std::size_t count_ = 0;
  std::uint64_t multiplier_ = 1;
  int shift_ = 0;
};

}  // namespace handfast
