#pragma once

// What `std::visit` and an optional variant do, for the many types of a table: as plain branches
// and as bytes with a number, which is far less work for a compiler.

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <utility>
#include <variant>

#include "handfast/core/list.hpp"

namespace handfast::detail {

/// Calls `visitor` with what `held` holds, which is something, and returns what that returns: the
/// same type for each.
template <std::size_t I = 0, class Variant, class Visitor>
constexpr decltype(auto) visit_held(Variant& held, Visitor&& visitor) {
  constexpr std::size_t size = std::variant_size_v<std::remove_const_t<Variant>>;
  if constexpr (I + 1 == size)
    return visitor(*std::get_if<I>(&held));
  else if constexpr (I + 2 == size) {
    if (held.index() == I) return visitor(*std::get_if<I>(&held));
    return visitor(*std::get_if<I + 1>(&held));
  } else {
    switch (held.index()) {
      case I: return visitor(*std::get_if<I>(&held));
      case I + 1: return visitor(*std::get_if<I + 1>(&held));
      default: return visit_held<I + 2>(held, visitor);
    }
  }
}

/// A value of one of `Ts`, or none.
template <class... Ts>
class OneOf {
 public:
  OneOf() noexcept {}
  OneOf(OneOf&& other) noexcept : which_(other.which_) {
    other.each([this]<class T>(T& value) { ::new (room_) T(std::move(value)); });
  }
  OneOf& operator=(OneOf&&) = delete;
  ~OneOf() {
    each([](auto& value) { std::destroy_at(&value); });
  }

  /// Holds `value`; it held none before.
  template <class T>
  void emplace(T&& value) {
    ::new (room_) T(std::move(value));
    which_ = index_in<T>(List<Ts...>{});
  }

  [[nodiscard]] bool has_value() const noexcept { return which_ >= 0; }
  /// The value, or nullptr where it is none or another.
  template <class T>
  [[nodiscard]] T* get_if() noexcept {
    return which_ == index_in<T>(List<Ts...>{}) ? at<T>() : nullptr;
  }
  /// Calls `visitor` with the value, if there is one.
  template <class Visitor>
  void each(Visitor&& visitor) {
    int index = 0;
    ((which_ == index++ ? visitor(*at<Ts>()) : void()), ...);
  }

 private:
  template <class T>
  T* at() noexcept {
    return std::launder(reinterpret_cast<T*>(room_));
  }

  alignas(Ts...) std::byte room_[std::max({sizeof(Ts)...})];
  int which_ = -1;
};

}  // namespace handfast::detail
