#pragma once

// The keys of messages that have not come yet: a few, the newest, each good for one message.

#include <array>
#include <cstdint>

#include "handfast/core/planted.hpp"
#include "handfast/crypto/secret.hpp"

namespace handfast::ratchet {

/// At most `Capacity` message keys with their numbers, the oldest first. When one too many is added
/// the oldest is wiped.
template <std::size_t Capacity>
class SkippedKeys {
 public:
  [[nodiscard]] std::size_t size() const noexcept { return count_; }

  /// The key of message `number`, or nullptr.
  [[nodiscard]] const Secret<32>* find(std::uint64_t number) const noexcept {
    for (std::size_t i = 0; i < count_; ++i)
      if (entries_[i].number == number) return &entries_[i].key;
    return nullptr;
  }

  /// Adds the key of message `number`, higher than all that are here.
  void add(std::uint64_t number, Secret<32> key) {
    if constexpr (Capacity > 0) {
      if (count_ == Capacity) erase_at(detail::planted<"newest skipped key lost"> ? count_ - 1 : 0);
      entries_[count_].number = number;
      entries_[count_++].key = std::move(key);
    }
  }

  /// Wipes the key of message `number`, if it is here.
  void erase(std::uint64_t number) {
    for (std::size_t i = 0; i < count_; ++i)
      if (entries_[i].number == number) return erase_at(i);
  }

  /// Moves all keys behind those of `target`, which are all older.
  void move_to(SkippedKeys& target) {
    for (std::size_t i = 0; i < count_; ++i)
      target.add(entries_[i].number, std::move(entries_[i].key));
    count_ = 0;
  }

  void dangerous_write(auto& writer) const {
    writer.integer(static_cast<std::uint64_t>(count_));
    for (std::size_t i = 0; i < count_; ++i) {
      writer.integer(entries_[i].number);
      entries_[i].key.dangerous_write(writer);
    }
  }
  [[nodiscard]] bool dangerous_read(auto& reader) {
    *this = {};
    std::uint64_t count = 0;
    if (!reader.integer(count) || count > Capacity) return false;
    for (; count_ < count; ++count_) {
      Entry& entry = entries_[count_];
      if (!reader.integer(entry.number) || !entry.key.dangerous_read(reader)) return false;
      if (count_ > 0 && entry.number <= entries_[count_ - 1].number) return false;
    }
    return true;
  }

 private:
  struct Entry {
    std::uint64_t number = 0;
    Secret<32> key;
  };

  void erase_at(std::size_t index) {
    for (; index + 1 < count_; ++index) entries_[index] = std::move(entries_[index + 1]);
    entries_[--count_] = Entry{};
  }

  std::array<Entry, Capacity> entries_{};
  std::size_t count_ = 0;
};

}  // namespace handfast::ratchet
