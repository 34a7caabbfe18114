#pragma once

// One input that lies in several places.

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <span>

#include "handfast/core/bytes.hpp"

namespace handfast {

/// The bytes of one input in order, as an argument: `digest(message)` or `digest({label, key,
/// message})`. They are taken as if written one after the other: whoever lets two neighbours vary
/// in size writes their sizes too. Refers to bytes, and to a list, that must live until the call
/// returns: an argument, never a variable.
class Parts {
 public:
  /// The whole input in one place.
  template <typename Whole>
  requires std::convertible_to<const Whole&, Bytes> Parts(const Whole& whole)
  noexcept : whole_(whole), count_(1) {}  // NOLINT: implicit by design

  /// The input in as many places as are listed, none included.
  Parts(std::initializer_list<Bytes> parts) noexcept
      : listed_(std::data(parts)), count_(parts.size()) {}

  /// The same, where the list was made at run time.
  explicit Parts(std::span<const Bytes> parts) noexcept
      : listed_(parts.data()), count_(parts.size()) {}

  [[nodiscard]] const Bytes* begin() const noexcept { return listed_ ? listed_ : &whole_; }
  [[nodiscard]] const Bytes* end() const noexcept { return begin() + count_; }

 private:
  Bytes whole_;
  const Bytes* listed_ = nullptr;
  std::size_t count_;
};

}  // namespace handfast
