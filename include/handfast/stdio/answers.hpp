#pragma once

// The child's side of correlation: what was asked, and what was answered, so that nothing is
// executed twice.

#include <vector>

#include "handfast/core/planted.hpp"
#include "handfast/crypto/wiping_buffer.hpp"

namespace handfast::stdio {

/// Requests and their answers, from the lowest id that the parent still waits for, `Max` ids at
/// most.
template <std::uint64_t Max>
class Answers {
 public:
  enum class Progress : std::uint8_t { unknown, running, done };

  /// The lowest id that the parent still waits for, as far as is known.
  [[nodiscard]] std::uint64_t lowest() const noexcept { return lowest_; }
  /// What became of request `id`; `unknown` outside the ids that are kept.
  [[nodiscard]] Progress progress(std::uint64_t id) const noexcept {
    return id >= lowest_ && id - lowest_ < slots_.size() ? slot(id).progress : Progress::unknown;
  }
  /// The answer of request `id`, which must be done.
  [[nodiscard]] Bytes answer(std::uint64_t id) const noexcept { return slot(id).payload.bytes(); }

  /// Wipes everything below `lowest`, which never comes down.
  void forget_below(std::uint64_t lowest) noexcept {
    for (std::uint64_t i = 0; lowest_ < lowest; ++lowest_, ++i) {
      if (i == slots_.size()) {
        lowest_ = lowest;
        return;
      }
      slot(lowest_).progress = Progress::unknown;
      if (!detail::planted<"answers kept">) slot(lowest_).payload.clear();
    }
  }
  void begin(std::uint64_t id) {
    slots_.resize(Max);
    slot(id).progress = Progress::running;
  }
  void finish(std::uint64_t id, Bytes answer) {
    slot(id).progress = Progress::done;
    slot(id).payload.clear();
    slot(id).payload.append(answer);
  }

  void dangerous_write(auto& writer) const {
    writer.integer(lowest_);
    for (std::uint64_t id = lowest_; id - lowest_ < Max; ++id) {
      writer.integer(static_cast<std::uint8_t>(progress(id)));
      if (progress(id) == Progress::done) slot(id).payload.dangerous_write(writer);
    }
  }
  [[nodiscard]] bool dangerous_read(auto& reader) {
    *this = {};
    if (!reader.integer(lowest_) || lowest_ == 0) return false;
    slots_.resize(Max);
    for (std::uint64_t id = lowest_; id - lowest_ < Max; ++id) {
      std::uint8_t progress = 0;
      if (!reader.integer(progress) || progress > static_cast<std::uint8_t>(Progress::done))
        return false;
      // Nothing is kept past the last id that there is.
      if (id < lowest_ && progress != static_cast<std::uint8_t>(Progress::unknown)) return false;
      slot(id).progress = static_cast<Progress>(progress);
      if (slot(id).progress == Progress::done && !slot(id).payload.dangerous_read(reader))
        return false;
    }
    return true;
  }

 private:
  struct Slot {
    Progress progress = Progress::unknown;
    WipingBuffer payload;
  };
  [[nodiscard]] Slot& slot(std::uint64_t id) noexcept { return slots_[id % Max]; }
  [[nodiscard]] const Slot& slot(std::uint64_t id) const noexcept { return slots_[id % Max]; }

  std::vector<Slot>
      slots_;  // all of them from the first request on; a state moves at the price of a pointer
  std::uint64_t lowest_ = 1;
};

}  // namespace handfast::stdio
