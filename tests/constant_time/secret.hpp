#pragma once

// Secrets as valgrind's memcheck can follow them: bytes that are marked undefined, which memcheck
// reports where a branch, an address or a system call depends on them. Time that depends on secrets
// does so by one of the first two.

#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#endif

#include <cstddef>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "handfast/core/bytes.hpp"

namespace constant_time {

using handfast::Bytes;
using handfast::MutableBytes;

#if __has_include(<valgrind/memcheck.h>)

inline constexpr bool has_memcheck_header = true;

/// How often memcheck has found that something depends on undefined bytes, not counting what is
/// suppressed.
[[nodiscard]] inline unsigned error_count() { return VALGRIND_COUNT_ERRORS; }

[[nodiscard]] inline bool runs_under_valgrind() { return RUNNING_ON_VALGRIND != 0; }

/// From here on nothing may depend on `bytes` but other bytes.
inline void make_secret(MutableBytes bytes) {
  VALGRIND_MAKE_MEM_UNDEFINED(bytes.data(), bytes.size());
}

/// From here on `bytes` may be known to anybody.
inline void reveal(Bytes bytes) { VALGRIND_MAKE_MEM_DEFINED(bytes.data(), bytes.size()); }

/// Whether something in each of `bytes` comes from a secret.
[[nodiscard]] inline bool is_secret(Bytes bytes) {
  std::vector<std::uint8_t> undefined_bits(bytes.size());
  if (VALGRIND_GET_VBITS(bytes.data(), undefined_bits.data(), bytes.size()) != 1) return false;
  for (const std::uint8_t bits : undefined_bits)
    if (bits == 0) return false;
  return true;
}

#else

inline constexpr bool has_memcheck_header = false;
[[nodiscard]] inline unsigned error_count() { return 0; }
[[nodiscard]] inline bool runs_under_valgrind() { return false; }
inline void make_secret(MutableBytes) {}
inline void reveal(Bytes) {}
[[nodiscard]] inline bool is_secret(Bytes) { return false; }

#endif

/// `value` as it is, and no secret any more: a decision, or a result that goes out.
template <class T>
[[nodiscard]] T revealed(T value) {
  reveal({reinterpret_cast<const std::uint8_t*>(&value), sizeof value});
  return value;
}

/// `size` secret bytes that rise from `first`.
[[nodiscard]] inline std::vector<std::uint8_t> secret_bytes(std::size_t size, std::uint8_t first) {
  std::vector<std::uint8_t> bytes(size);
  for (auto& byte : bytes) byte = first++;
  make_secret(bytes);
  return bytes;
}

/// Ends the case: what it measured was not what it meant to.
inline void must(bool holds, std::string_view what) {
  if (!holds) throw std::logic_error(std::string(what));
}

/// A run of operations on secrets.
struct Case {
  std::string_view name;
  void (*run)();
  bool leaks = false;  // a control, of which memcheck must complain
};

}  // namespace constant_time
