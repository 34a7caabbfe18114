#pragma once

// Keys of messages that have not come yet, of all chains of a session that is ratcheted by
// agreements: each good for one message, found by the chain's public key and the message's number
// (The Double Ratchet Algorithm, revision 1, section 3.2, MKSKIPPED).

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

/// At most `Capacity` keys, the oldest first. When more are added the oldest are wiped (section
/// 6.4). Nothing is allocated as long as no message is late.
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

  /// Whether there is any key of the chain that `chain` began.
  [[nodiscard]] bool knows(const x25519::PublicKey& chain) const noexcept {
    return std::ranges::find(entries_, chain, &Entry::chain) != entries_.end();
  }

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

  /// The earliest time at which one of them was skipped; nothing where there is none. Clocks go
  /// back: it need not be that of the first.
  [[nodiscard]] std::optional<UnixTime> earliest() const noexcept {
    const auto found = std::ranges::min_element(entries_, {}, &Entry::skipped_at);
    return found == entries_.end() ? std::nullopt : std::optional(found->skipped_at);
  }

  /// Wipes the keys that were skipped at `until` or earlier, and those that were by a clock that
  /// was ahead of `now`.
  void forget(UnixTime until, UnixTime now) {
    std::erase_if(entries_, [&](const Entry& entry) {
      return entry.skipped_at <= until || entry.skipped_at > now;
    });
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
          !reader.integer(at) || !entry.key.dangerous_read(reader) || at > unix_ms_max ||
          find(entry.chain, entry.number) != nullptr)
        return false;
      entry.skipped_at = UnixTime(std::chrono::milliseconds(static_cast<std::int64_t>(at)));
      entries_.push_back(std::move(entry));
    }
    return true;
  }

 private:
  static constexpr std::uint64_t unix_ms_max = std::uint64_t{1} << 48;  // in some 9000 years
  struct Entry {
    x25519::PublicKey chain;
    std::uint32_t number = 0;
    UnixTime skipped_at{};
    Secret<32> key;
  };

  std::vector<Entry> entries_;
};

}  // namespace handfast::ratchet
