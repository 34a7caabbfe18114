#pragma once

// What was said to one contact and is not known to have been opened: payloads that wait for a
// session, then names of messages that left.

#include <algorithm>
#include <deque>

#include "handfast/crypto/wiping_buffer.hpp"
#include "handfast/registration/peer/calls.hpp"

namespace handfast::registration {

/// Names what was said, from 1 on.
using Ticket = std::uint64_t;

class Outgoing {
 public:
  struct Waiting {
    Ticket ticket = 0;
    WipingBuffer payload;
  };

  [[nodiscard]] bool is_waiting() const noexcept { return !waiting_.empty(); }
  /// Whether `size` bytes more may wait where `size_max` are the limit, each payload with 64 more.
  [[nodiscard]] bool has_room(std::size_t size, std::size_t size_max) const noexcept {
    return waiting_size_ + counted(size) <= size_max;
  }
  void wait(Ticket ticket, Bytes payload) {
    waiting_.push_back({ticket, {}});
    waiting_.back().payload.append(payload);
    waiting_size_ += counted(payload.size());
  }
  /// The first that waits; there is one.
  [[nodiscard]] const Waiting& next() const noexcept { return waiting_.front(); }
  /// The first waits no more, and is wiped.
  void pop_next() {
    waiting_size_ -= counted(next().payload.size());
    waiting_.pop_front();
  }
  /// Nothing waits any more; `tell` hears the tickets.
  void give_up(auto&& tell) {
    for (const Waiting& one : waiting_) tell(one.ticket);
    waiting_.clear();
    waiting_size_ = 0;
  }

  /// `ticket` has left as `id`; of those that have, the last `followed_max` are known.
  void follow(Ticket ticket, const peer::MessageId& id, std::size_t followed_max) {
    followed_.push_back({ticket, id});
    if (followed_.size() > followed_max) followed_.pop_front();
  }
  /// `tell` hears the tickets of what was opened, once each.
  void acknowledge(const peer::Acknowledged& acknowledged, auto&& tell) {
    std::erase_if(followed_, [&](const Followed& one) {
      if (!acknowledged.has(one.id)) return false;
      tell(one.ticket);
      return true;
    });
  }

 private:
  struct Followed {
    Ticket ticket = 0;
    peer::MessageId id;
  };
  static constexpr std::size_t counted(std::size_t size) noexcept { return size + 64; }  // bytes

  std::deque<Waiting> waiting_;
  std::size_t waiting_size_ = 0;  // what they count for
  std::deque<Followed> followed_;
};

}  // namespace handfast::registration
