#pragma once

// A value that lies elsewhere, once there is something to keep. A machine has room for the largest
// of its states: what only one of them needs, or few machines at a time, takes no room in the others.

#include <memory>
#include <utility>

namespace handfast {

/// A `T` on the heap. It takes memory when it is to be written for the first time; until then, after
/// `reset` and where it was moved from it reads as `T{}`. A copy has its own.
template <class T>
class Apart {
 public:
  using value_type = T;

  Apart() = default;
  explicit Apart(T value) : value_(std::make_unique<T>(std::move(value))) {}
  Apart(Apart&&) noexcept = default;
  Apart& operator=(Apart&&) noexcept = default;
  Apart(const Apart& other) : value_(other.value_ ? std::make_unique<T>(*other) : nullptr) {}
  Apart& operator=(const Apart& other) { return *this = Apart(other); }
  ~Apart() = default;

  /// Whether it has memory.
  [[nodiscard]] bool is_there() const noexcept { return value_ != nullptr; }
  /// `T{}` again, without memory.
  void reset() noexcept { value_.reset(); }

  [[nodiscard]] const T& operator*() const noexcept { return value_ ? *value_ : nothing; }
  [[nodiscard]] const T* operator->() const noexcept { return &**this; }
  /// The same to be written, in memory of its own from now on.
  [[nodiscard]] T& writable() {
    if (!value_) value_ = std::make_unique<T>();
    return *value_;
  }

 private:
  static inline const T nothing{};

  std::unique_ptr<T> value_;
};

namespace detail {

template <class T>
inline constexpr bool is_apart = false;
template <class T>
inline constexpr bool is_apart<Apart<T>> = true;

}  // namespace detail
}  // namespace handfast
