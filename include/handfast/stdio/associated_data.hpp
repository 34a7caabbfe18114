#pragma once

// The text that a record's seal covers besides the record: which message of which session, which
// way, to which endpoint.

#include <charconv>

#include "handfast/core/planted.hpp"
#include "handfast/stdio/keys.hpp"

namespace handfast::stdio {

/// Hardened: `v2:<session id>:<epoch>:seq:<sequence>:<direction>:<endpoint>`. Compat:
/// `v1:seq:<sequence>:<direction>:<endpoint>`. The endpoint, at most 128 bytes, comes last: only
/// its size varies freely.
class AssociatedData {
 public:
  AssociatedData(const SessionId& session, std::uint32_t epoch, std::uint64_t sequence,
                 Direction direction, std::string_view endpoint) {
    put("v2:");
    for (const std::uint8_t byte : session)
      if (!detail::planted<"session id not in the associated data">) put_hex(byte);
    put(":");
    put(epoch);
    put_rest(sequence, direction, endpoint);
  }
  AssociatedData(std::uint64_t sequence, Direction direction, std::string_view endpoint) {
    put("v1");
    put_rest(sequence, direction, endpoint);
  }
  [[nodiscard]] Bytes bytes() const noexcept { return bytes_of({text_, size_}); }

 private:
  void put_rest(std::uint64_t sequence, Direction direction, std::string_view endpoint) {
    put(":seq:");
    put(sequence);
    put(":");
    put(to_string(direction));
    put(":");
    if (detail::planted<"endpoint not in the associated data">) return;
    put(endpoint.substr(0, endpoint_size_max));
  }
  void put(std::string_view text) {
    std::ranges::copy(text, text_ + size_);
    size_ += text.size();
  }
  void put(std::uint64_t number) {
    size_ = static_cast<std::size_t>(
        std::to_chars(text_ + size_, text_ + sizeof text_, number).ptr - text_);
  }
  void put_hex(std::uint8_t byte) {
    constexpr std::string_view digits = "0123456789abcdef";
    text_[size_++] = digits[byte >> 4];
    text_[size_++] = digits[byte & 15];
  }

  char text_[224];
  std::size_t size_ = 0;
};

}  // namespace handfast::stdio
