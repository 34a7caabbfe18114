#pragma once

// Keys of messages that have not come yet, of all chains of a session that is ratcheted by
// agreements: each good for one message, found by the chain's public key and the message's number.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <vector>

#include "handfast/core/planted.hpp"
#include "handfast/core/time.hpp"
#include "handfast/crypto/secret.hpp"
#include "handfast/crypto/x25519.hpp"

namespace handfast::ratchet {

/// At most `Capacity` keys, the oldest first. When more are added the oldest are wiped. Nothing is
/// allocated as long as no message is late.
template <std::size_t Capacity>
class LateKeys {
 public:
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

  /// The key of message `number` of the chain that `chain` began, or nullptr.
  [[nodiscard]] const Secret<32>* find(const x25519::PublicKey& chain,
                                       std::uint32_t number) const noexcept {
    for (const Entry& entry : entries_)
      if (entry.number == number && entry.chain == chain) return &entry.key;
    return nullptr;
  }

  /// Makes room for `count` more at once.
  void reserve(std::size_t count) { entries_.reserve(entries_.size() + count); }

  /// Adds a key, skipped at `now`, which is not here yet.
  void add(const x25519::PublicKey& chain, std::uint32_t number, UnixTime now, Secret<32> key) {
    entries_.push_back({chain, number, now, std::move(key)});
  }

  /// Wipes the key of that message, if it is here.
  void erase(const x25519::PublicKey& chain, std::uint32_t number) {
    std::erase_if(entries_, [&](const Entry& entry) {
      return entry.number == number && entry.chain == chain;
    });
  }

  /// Moves all keys behind those of `target`, and wipes its oldest where there are too many.
  void move_to(LateKeys& target) {
    std::ranges::move(entries_, std::back_inserter(target.entries_));
    entries_.clear();
    if (target.size() <= Capacity || detail::planted<"late keys without bound">) return;
    target.entries_.erase(target.entries_.begin(), target.entries_.end() - Capacity);
  }

  /// When the oldest key was skipped; nothing where there is none.
  [[nodiscard]] std::optional<UnixTime> oldest() const noexcept {
    return entries_.empty() ? std::nullopt : std::optional(entries_.front().skipped_at);
  }

  /// Wipes the keys that were skipped at `until` or earlier.
  void forget(UnixTime until) {
    std::erase_if(entries_, [&](const Entry& entry) { return entry.skipped_at <= until; });
  }

  void dangerous_write(auto& writer) const {
    writer.integer(static_cast<std::uint32_t>(entries_.size()));
    for (const Entry& entry : entries_) {
      entry.chain.dangerous_write(writer);
      writer.integer(entry.number);
      writer.integer(static_cast<std::uint64_t>(entry.skipped_at.time_since_epoch().count()));
      entry.key.dangerous_write(writer);
    }
  }
  [[nodiscard]] bool dangerous_read(auto& reader) {
    entries_.clear();
    std::uint32_t count = 0;
    if (!reader.integer(count) || count > Capacity) return false;
    for (; count > 0; --count) {
      Entry entry;
      std::uint64_t at = 0;
      if (!entry.chain.dangerous_read(reader) || !reader.integer(entry.number) ||
          !reader.integer(at) || !entry.key.dangerous_read(reader) ||
          find(entry.chain, entry.number) != nullptr)
        return false;
      entry.skipped_at = UnixTime(std::chrono::milliseconds(static_cast<std::int64_t>(at)));
      entries_.push_back(std::move(entry));
    }
    return true;
  }

 private:
  struct Entry {
    x25519::PublicKey chain;
    std::uint32_t number = 0;
    UnixTime skipped_at{};
    Secret<32> key;
  };

  std::vector<Entry> entries_;
};

}  // namespace handfast::ratchet
