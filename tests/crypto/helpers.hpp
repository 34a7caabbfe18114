#pragma once

// What the tests of crypto share: hex, a snapshot in memory, and a look at everything that this
// process has in memory.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "handfast/core/bytes.hpp"
#include "handfast/core/fault.hpp"

namespace crypto_test {

using handfast::Bytes;
using handfast::MutableBytes;

/// The bytes that `digits` write, two a byte; throws for anything else, because it is a mistake in
/// a test.
inline std::vector<std::uint8_t> hex(std::string_view digits) {
  const auto value = [](char digit) -> unsigned {
    if (digit >= '0' && digit <= '9') return static_cast<unsigned>(digit - '0');
    if (digit >= 'a' && digit <= 'f') return static_cast<unsigned>(digit - 'a') + 10;
    throw std::invalid_argument("not a hex digit");
  };
  if (digits.size() % 2 != 0) throw std::invalid_argument("half a byte");
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(value(digits[i]) * 16 + value(digits[i + 1])));
  }
  return bytes;
}

inline std::string to_hex(Bytes bytes) {
  std::string digits;
  for (const std::uint8_t byte : bytes) {
    digits += "0123456789abcdef"[byte >> 4];
    digits += "0123456789abcdef"[byte & 15];
  }
  return digits;
}

inline std::vector<std::uint8_t> copy(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

/// `count` bytes of `value`.
inline std::vector<std::uint8_t> repeated(std::size_t count, std::uint8_t value) {
  return std::vector<std::uint8_t>(count, value);
}

/// `count` bytes that rise by one from `first`.
inline std::vector<std::uint8_t> rising(std::size_t count, std::uint8_t first) {
  std::vector<std::uint8_t> bytes(count);
  for (auto& byte : bytes) byte = first++;
  return bytes;
}

/// The fault of a result, none where it is a success.
template <typename Result>
std::optional<handfast::Fault> fault_of(const Result& result) {
  return result ? std::nullopt : std::optional(result.error());
}

/// Both ends of a snapshot: what is written can be read again, once.
struct Snapshot {
  std::vector<std::uint8_t> stored{};
  std::size_t position = 0;

  void bytes(Bytes more) { stored.insert(stored.end(), more.begin(), more.end()); }
  void u32(std::uint32_t number) {
    for (int shift = 24; shift >= 0; shift -= 8)
      stored.push_back(static_cast<std::uint8_t>(number >> shift));
  }
  bool bytes(MutableBytes out) {
    if (stored.size() - position < out.size()) return false;
    std::copy_n(stored.begin() + static_cast<std::ptrdiff_t>(position), out.size(), out.begin());
    position += out.size();
    return true;
  }
  std::optional<std::uint32_t> u32() {
    if (stored.size() - position < 4) return std::nullopt;
    std::uint32_t number = 0;
    for (int i = 0; i < 4; ++i) number = number << 8 | stored[position++];
    return number;
  }
};

/// How often the complement of `mask` lies anywhere in this process's writable memory. Searching
/// for the complement keeps the search from finding itself; nothing where the memory cannot be read
/// or is too much to search.
inline std::optional<int> count_in_memory(Bytes mask) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return std::nullopt;  // their shadow is terabytes
#endif
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
  return std::nullopt;
#endif
#endif
  std::ifstream maps("/proc/self/maps");
  std::FILE* memory = std::fopen("/proc/self/mem", "rb");
  if (!maps || memory == nullptr) return std::nullopt;
  std::setvbuf(memory, nullptr, _IONBF, 0);
  int count = 0;
  static std::vector<std::uint8_t> page(1 << 16);
  for (std::string line; std::getline(maps, line);) {
    std::uintptr_t begin = 0, end = 0;
    char dash = 0;
    std::string access;
    std::istringstream(line) >> std::hex >> begin >> dash >> end >> access;
    if (!access.starts_with("rw") || line.find("[v") != std::string::npos) continue;
    // Windows overlap by a pattern less one byte, so that each place is looked at in exactly one of
    // them.
    for (std::uintptr_t at = begin; at + mask.size() <= end;) {
      const std::size_t size = std::min<std::size_t>(page.size(), end - at);
      if (std::fseek(memory, static_cast<long>(at), SEEK_SET) != 0) break;
      const std::size_t got = std::fread(page.data(), 1, size, memory);
      if (got < mask.size()) break;
      for (std::size_t i = 0; i + mask.size() <= got; ++i) {
        if (page[i] != static_cast<std::uint8_t>(~mask[0])) continue;
        if (reinterpret_cast<std::uintptr_t>(page.data()) <= at + i &&
            at + i < reinterpret_cast<std::uintptr_t>(page.data()) + page.size())
          continue;
        bool same = true;
        for (std::size_t k = 0; k < mask.size() && same; ++k)
          same = page[i + k] == static_cast<std::uint8_t>(~mask[k]);
        count += same;
      }
      std::fill(page.begin(), page.end(), std::uint8_t{0});
      at += got - mask.size() + 1;
    }
  }
  std::fclose(memory);
  return count;
}

}  // namespace crypto_test
