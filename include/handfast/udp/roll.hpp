#pragma once

// What a listener knows of its sessions besides their machines: what each was asked with, which host
// it counts for, and who was silent for longest.

#include <array>
#include <bit>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

#include "handfast/core/blocks.hpp"
#include "handfast/core/index.hpp"
#include "handfast/core/link.hpp"
#include "handfast/udp/keys.hpp"

namespace handfast::udp {

/// All sessions of a listener, in the order in which those of one stage were heard last. An entry is
/// named by its place, which changes only when `remove` says so.
class Roll {
 public:
  enum Stage : std::uint8_t { half_open, established, excess, ending, stages };
  struct Entry {
    ConnectName name{};
    Host host{};
    Link link;
  };
  using Place = std::uint32_t;

  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  [[nodiscard]] const Entry& operator[](Place at) const noexcept { return entries_[at]; }
  [[nodiscard]] Stage stage_of(Place at) const noexcept { return turns_[at].stage; }
  /// How many are in `stage`, and who of them was silent for longest, if there is one.
  [[nodiscard]] std::size_t size(Stage stage) const noexcept { return orders_[stage].size; }
  [[nodiscard]] Link longest_silent(Stage stage) const noexcept {
    return entries_[orders_[stage].first].link;
  }
  /// Whose session was asked for like this.
  [[nodiscard]] std::optional<Link> find(const ConnectName& name) const {
    const Place found =
        by_name_.find(number_of(name), [&](Place at) { return entries_[at].name == name; });
    return found == nobody ? std::nullopt : std::optional(entries_[found].link);
  }
  /// How many count for `host`.
  [[nodiscard]] std::size_t count_of(const Host& host) const {
    std::size_t count = 0;
    (void)by_host_.find(number_of(host), [&](Place at) {
      count += entries_[at].host == host;
      return false;
    });
    return count;
  }

  /// One more, half-open.
  Place add(Link link, const ConnectName& name, const Host& host) {
    const auto at = static_cast<Place>(entries_.size());
    entries_.emplace_back(Entry{name, host, link});
    turns_.emplace_back();
    by_name_.add(number_of(name), at);
    by_host_.add(number_of(host), at);
    append(at, half_open);
    return at;
  }
  /// It is heard now, in `stage`.
  void move(Place at, Stage stage) {
    if (turns_[at].stage == stage && orders_[stage].last == at) return;
    take_out(at);
    append(at, stage);
  }
  /// It counts for `host` from now on.
  void count_for(Place at, const Host& host) {
    by_host_.remove(number_of(entries_[at].host), at);
    entries_[at].host = host;
    by_host_.add(number_of(host), at);
  }
  /// The one at `at` is no more: whose entry, if any, is there instead.
  std::optional<Link> remove(Place at) {
    const auto last = static_cast<Place>(entries_.size() - 1);
    take_out(at);
    by_name_.remove(number_of(entries_[at].name), at);
    by_host_.remove(number_of(entries_[at].host), at);
    if (at != last) {
      const Entry& moved = entries_[at] = entries_[last];
      const Turn& turn = turns_[at] = turns_[last];
      by_name_.move(number_of(moved.name), last, at);
      by_host_.move(number_of(moved.host), last, at);
      link_to(turn, at);
    }
    entries_.pop_back();
    turns_.pop_back();
    return at == last ? std::nullopt : std::optional(entries_[at].link);
  }

 private:
  static constexpr Place nobody = Index::nowhere;

  /// Where one is in its stage's order. Apart from the entries: who is heard moves to the end, which
  /// changes what is known of three, and shall take few lines of a cache.
  struct Turn {
    Place before = nobody, after = nobody;
    Stage stage = half_open;
  };
  struct Order {
    Place first = nobody, last = nobody;
    std::size_t size = 0;
  };

  /// What an index finds a name or a host by. Clients choose them: what they would need to know to
  /// choose many of one number is not known outside.
  template <std::size_t size>
  [[nodiscard]] std::uint32_t number_of(
      const std::array<std::uint8_t, size>& bytes) const noexcept {
    std::uint64_t number = seed_;
    for (const std::uint64_t word : std::bit_cast<std::array<std::uint64_t, size / 8>>(bytes)) {
      number = (number ^ word) * multiplier_;
      number ^= number >> 32;
    }
    return static_cast<std::uint32_t>(number);
  }

  void append(Place at, Stage stage) {
    Order& order = orders_[stage];
    const Turn& turn = turns_[at] = {order.last, nobody, stage};
    link_to(turn, at);
    ++order.size;
  }
  void take_out(Place at) {
    const Turn& turn = turns_[at];
    Order& order = orders_[turn.stage];
    (turn.before == nobody ? order.first : turns_[turn.before].after) = turn.after;
    (turn.after == nobody ? order.last : turns_[turn.after].before) = turn.before;
    --order.size;
  }
  /// Who is before and behind finds the one with `turn` at `at`.
  void link_to(const Turn& turn, Place at) {
    Order& order = orders_[turn.stage];
    (turn.before == nobody ? order.first : turns_[turn.before].after) = at;
    (turn.after == nobody ? order.last : turns_[turn.after].before) = at;
  }

  std::uint64_t seed_ = handfast::detail::unknown_outside(std::make_unique<std::byte>().get());
  std::uint64_t multiplier_ = seed_ * 0x9E37'79B9'7F4A'7C15u | 1;
  Blocks<Entry, 64> entries_;
  Blocks<Turn, 64> turns_;
  Index by_name_, by_host_;
  std::array<Order, stages> orders_;
};

}  // namespace handfast::udp
