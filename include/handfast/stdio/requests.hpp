#pragma once

// The parent's side of correlation: what was asked and not answered yet, kept so that it can be
// asked again.

#include <limits>
#include <vector>

#include "handfast/core/deadline.hpp"
#include "handfast/core/planted.hpp"
#include "handfast/crypto/wiping_buffer.hpp"

namespace handfast::stdio {

/// At most `Max` open requests. Correlation ids rise by 1 from 1; none is opened `Max` or more
/// above the lowest open one.
template <std::uint64_t Max>
class Requests {
 public:
  struct Slot {
    bool is_open = false;
    std::uint32_t attempts = 0;
    SteadyTime repeat_at = never;
    WipingBuffer payload;
  };

  /// The last id that there is stays unused: behind it they would begin again.
  [[nodiscard]] bool has_room() const noexcept {
    const bool is_near = next_ - lowest_ < Max || detail::planted<"requests without bound">;
    return is_near && next_ < std::numeric_limits<std::uint64_t>::max();
  }
  /// The lowest open id, or the one that will be opened next where none is.
  [[nodiscard]] std::uint64_t lowest_open() const noexcept { return lowest_; }
  [[nodiscard]] bool is_open(std::uint64_t id) const noexcept {
    return id >= lowest_ && id < next_ && slot(id).is_open;
  }

  /// Opens the next id; there must be room.
  std::uint64_t open(Bytes payload, SteadyTime repeat_at) {
    slots_.resize(Max);
    Slot& opened = slot(next_);
    opened.is_open = true;
    opened.attempts = 1;
    opened.repeat_at = repeat_at;
    opened.payload.clear();
    opened.payload.append(payload);
    return next_++;
  }

  /// The open request `id`.
  [[nodiscard]] Slot& at(std::uint64_t id) noexcept { return slot(id); }

  /// Closes the open request `id` and wipes it.
  void close(std::uint64_t id) noexcept {
    slot(id).is_open = false;
    if (!detail::planted<"request kept after its answer">) slot(id).payload.clear();
    while (lowest_ < next_ && !slot(lowest_).is_open) ++lowest_;
  }

  /// The open request that is to be repeated first, or 0.
  [[nodiscard]] std::uint64_t first_due() const noexcept {
    std::uint64_t first = 0;
    for (std::uint64_t id = lowest_; id < next_; ++id)
      if (slot(id).is_open && (first == 0 || slot(id).repeat_at < slot(first).repeat_at))
        first = id;
    return first;
  }
  [[nodiscard]] SteadyTime first_due_at() const noexcept {
    const std::uint64_t id = first_due();
    return id == 0 ? never : slot(id).repeat_at;
  }

  void dangerous_write(auto& writer) const {
    writer.integer(lowest_);
    writer.integer(next_);
    for (std::uint64_t id = lowest_; id < next_; ++id) {
      writer.integer(static_cast<std::uint8_t>(slot(id).is_open));
      if (!slot(id).is_open) continue;
      writer.integer(slot(id).attempts);
      writer.integer(static_cast<std::uint64_t>(slot(id).repeat_at.time_since_epoch().count()));
      slot(id).payload.dangerous_write(writer);
    }
  }
  [[nodiscard]] bool dangerous_read(auto& reader) {
    *this = {};
    if (!reader.integer(lowest_) || !reader.integer(next_) || lowest_ == 0 || next_ < lowest_ ||
        next_ - lowest_ > Max)
      return false;
    slots_.resize(Max);
    for (std::uint64_t id = lowest_; id < next_; ++id) {
      std::uint8_t open = 0;
      std::uint64_t at = 0;
      if (!reader.integer(open) || open > 1 || (id == lowest_ && open == 0)) return false;
      slot(id).is_open = open == 1;
      if (open == 0) continue;
      if (!reader.integer(slot(id).attempts) || !reader.integer(at) ||
          !slot(id).payload.dangerous_read(reader))
        return false;
      slot(id).repeat_at = SteadyTime{Duration{static_cast<Duration::rep>(at)}};
    }
    return true;
  }

 private:
  [[nodiscard]] Slot& slot(std::uint64_t id) noexcept { return slots_[id % Max]; }
  [[nodiscard]] const Slot& slot(std::uint64_t id) const noexcept { return slots_[id % Max]; }

  std::vector<Slot>
      slots_;  // all of them from the first request on; a state moves at the price of a pointer
  std::uint64_t lowest_ = 1;
  std::uint64_t next_ = 1;
};

}  // namespace handfast::stdio
