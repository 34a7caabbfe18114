#pragma once

// What one call of a machine has caused: all of it, and nothing else has happened.

#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "handfast/core/buffer.hpp"
#include "handfast/core/deadline.hpp"
#include "handfast/core/events.hpp"
#include "handfast/core/role.hpp"

namespace handfast {

/// A frame to send.
struct Frame {
  Link link;
  Bytes bytes;
};

/// An event of `Role`, as a variant over `Rejected` and everything that its table tells.
template <class Role>
using Event = detail::AsVariant<detail::Distinct<detail::Concat<List<Rejected>, TellsOf<Role>>>>;

/// Everything that a call has caused. Refers to memory of the machine or its pool, valid until the
/// next call to it.
template <class Role>
struct [[nodiscard]] Output {
  std::span<const Frame> transmit;      // to send, in this order
  std::span<const Event<Role>> events;  // in the order in which they happened
  std::optional<Due> deadline;          // call `advance` no later than this
  bool store_before_transmit = false;   // store a snapshot before the frames leave
  Link link;                            // whose call it was; in a pool, which machine it is about

  /// The first event of type `E`, or nullptr.
  template <class E>
  [[nodiscard]] const E* event() const noexcept {
    for (const auto& event : events)
      if (const E* found = std::get_if<E>(&event)) return found;
    return nullptr;
  }

  /// Why the input was refused, if it was.
  [[nodiscard]] std::optional<Fault> fault() const noexcept {
    const Rejected* rejected = event<Rejected>();
    return rejected ? std::optional(rejected->fault) : std::nullopt;
  }
};

/// Where a role writes the frames that its rows send.
class Frames {
 public:
  /// A new frame of `size` bytes on `link`, to be filled at once; valid until the next one is asked
  /// for.
  MutableBytes add(Link link, std::size_t size) {
    marks_.push_back({link, size});
    return bytes_.extend(size);
  }

  /// A new frame of `text` on `link`.
  void append(Link link, std::string_view text) {
    // Not by iterators: through those, GCC 12 copies byte by byte.
    std::copy_n(bytes_of(text).data(), text.size(), add(link, text.size()).data());
  }

  /// Gives back the end of the newest frame: `size` bytes of it stay.
  void shrink_last(std::size_t size) noexcept {
    bytes_.shrink(bytes_.size() - (marks_.back().size - size));
    marks_.back().size = size;
  }

  /// More bytes at the end of the newest frame.
  void extend_last(Bytes bytes) {
    bytes_.append(bytes);
    marks_.back().size += bytes.size();
  }

  /// Takes the newest frame back.
  void drop_last() noexcept {
    shrink_last(0);
    marks_.pop_back();
  }

  void clear() noexcept {
    bytes_.clear();
    marks_.clear();
    frames_.clear();
  }

  [[nodiscard]] std::span<const Frame> view() {
    frames_.clear();
    std::size_t offset = 0;
    for (const Mark& mark : marks_) {
      frames_.push_back({mark.link, bytes_.bytes().subspan(offset, mark.size)});
      offset += mark.size;
    }
    return frames_;
  }

 private:
  struct Mark {
    Link link;
    std::size_t size;
  };
  Buffer bytes_;
  std::vector<Mark> marks_;
  std::vector<Frame> frames_;
};

/// A sink for encoders: a new frame on `link`, of as many bytes as are written. No other is begun
/// meanwhile.
class FrameWriter {
 public:
  FrameWriter(Frames& frames, Link link) : frames_(frames) { frames_.add(link, 0); }

  [[nodiscard]] bool write(Bytes bytes) {
    frames_.extend_last(bytes);
    size_ += bytes.size();
    return true;
  }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  void shrink(std::size_t size) noexcept {
    frames_.shrink_last(size);
    size_ = size;
  }

 private:
  Frames& frames_;
  std::size_t size_ = 0;
};

/// The memory in which calls put what they cause; a pool shares one among all its machines.
template <class Role>
struct Scratch {
  Frames frames;
  Buffer plaintext;
  std::vector<Event<Role>> events;
  bool store_first = false;  // a row was taken that must be stored before its frames leave

  void clear() noexcept {
    frames.clear();
    plaintext.clear();
    events.clear();
    store_first = false;
  }
};

}  // namespace handfast
