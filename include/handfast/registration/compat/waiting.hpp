#pragma once

// The messages that a server has told its router and whose fate it has not been told yet: the
// answer to their sender says all of them again.

#include <algorithm>
#include <optional>
#include <vector>

#include "handfast/core/fields.hpp"
#include "handfast/registration/compat/messages.hpp"

namespace handfast::registration::compat {

/// Of one client. Ids rise by 1 from 1.
struct Waiting {
  struct Entry {
    std::uint64_t id = 0;
    std::uint64_t size = 0;  // bytes, as received
    x25519::PublicKey from;
    x25519::PublicKey to;
    Nonce nonce{};
    Box message;
    static constexpr auto fields =
        Fields{&Entry::id, &Entry::size, &Entry::from, &Entry::to, &Entry::nonce, &Entry::message};
  };
  std::vector<Entry> entries;
  std::uint64_t last_id = 0;
  static constexpr auto fields = Fields{&Waiting::entries, &Waiting::last_id};

  static constexpr std::size_t count_max = 16;

  [[nodiscard]] bool has_room() const noexcept { return entries.size() < count_max; }
  /// Keeps what `envelope` says and gives its id; there must be room.
  std::uint64_t add(const Envelope& envelope) {
    entries.push_back({++last_id, envelope.whole.size(), envelope.from, envelope.to, envelope.nonce,
                       envelope.message});
    return last_id;
  }
  [[nodiscard]] bool has(std::uint64_t id) const {
    return std::ranges::find(entries, id, &Entry::id) != entries.end();
  }
  /// Gives away the entry `id`, which is there.
  [[nodiscard]] Entry take(std::uint64_t id) {
    const auto found = std::ranges::find(entries, id, &Entry::id);
    Entry entry = std::move(*found);
    entries.erase(found);
    return entry;
  }
};

}  // namespace handfast::registration::compat
