#pragma once

// A value that lies elsewhere. A machine has room for the largest of its states: what only one of
// them needs, and for a short time, takes no room in the others.

#include <memory>
#include <utility>

namespace handfast {

/// A `T` on the heap, always there: only what was moved from has none. A copy has its own.
template <class T>
class Apart {
 public:
  using value_type = T;

  Apart() : value_(std::make_unique<T>()) {}
  explicit Apart(T value) : value_(std::make_unique<T>(std::move(value))) {}
  Apart(Apart&&) noexcept = default;
  Apart& operator=(Apart&&) noexcept = default;
  Apart(const Apart& other) : value_(std::make_unique<T>(*other)) {}
  Apart& operator=(const Apart& other) { return *this = Apart(other); }
  ~Apart() = default;

  [[nodiscard]] T& operator*() noexcept { return *value_; }
  [[nodiscard]] const T& operator*() const noexcept { return *value_; }
  [[nodiscard]] T* operator->() noexcept { return value_.get(); }
  [[nodiscard]] const T* operator->() const noexcept { return value_.get(); }

 private:
  std::unique_ptr<T> value_;
};

}  // namespace handfast
