#pragma once

// What the protocol is called on the wire, and who takes part in it.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <string_view>

#include "handfast/core/bytes.hpp"
#include "handfast/core/fault.hpp"
#include "handfast/wire/utf8.hpp"

namespace handfast::x3dh {

using namespace std::chrono_literals;

// The profiles. `name` and `version` go into the transcript, and that into all that is derived;
// with the label of what is signed, no profile's keys or signatures are another's. Where a profile
// speaks early, its applications may speak with the first messages. What else is a profile's own
// stands in one header: how messages are sealed, and the rows that only it has.

/// The default: X3DH, then the Double Ratchet (hardened.hpp).
struct Hardened {
  static constexpr std::uint32_t version = 2;
  static constexpr std::string_view name = "handfast x3dh v2 ratchet";
  static constexpr std::string_view pre_keys_label = "handfast x3dh v2 pre-keys";
  static constexpr bool binds_transcript = true;
  static constexpr bool speaks_early = true;
};

/// X3DH, then the document's counter, made sound: no secrecy of the past inside a session, and no
/// healing, but a key for each direction, and messages that may be lost (counter.hpp).
struct Counter {
  static constexpr std::uint32_t version = 2;
  static constexpr std::string_view name = "handfast x3dh v2 counter";
  static constexpr std::string_view pre_keys_label = "handfast x3dh v2 counter pre-keys";
  static constexpr bool binds_transcript = true;
  static constexpr bool speaks_early = true;
};

/// What the document says, flaws and all (documented.hpp): for talking to who has built that, and
/// for showing what goes wrong. X3DH as Signal has it: the key is of the agreements and the
/// application's info alone, and the signature over the pre-key alone.
struct Documented {
  static constexpr std::uint32_t version = 1;
  static constexpr std::string_view name = "handfast x3dh documented";
  static constexpr bool binds_transcript = false;
  static constexpr bool speaks_early = false;
};
using Compat = Documented;

/// How a profile seals and opens what a session says; each profile's header has its own.
template <class Profile>
struct Sealing;

/// The roles: the issuer sends its keys first, and the holder agrees with them.
template <class Profile = Hardened>
struct Issuer;
template <class Profile = Hardened>
struct Holder;

/// The connector's name for the connection, known to both beforehand: 1 to 64 bytes of UTF-8. A
/// default one is none.
class ConnectionId {
 public:
  static constexpr std::size_t size_max = 64;  // bytes

  ConnectionId() = default;
  /// `bad_argument` for a size out of bounds, and for text that is not UTF-8.
  [[nodiscard]] static std::expected<ConnectionId, Fault> parse(std::string_view text) {
    if (text.empty() || text.size() > size_max || !wire::is_utf8(text))
      return std::unexpected(Fault::bad_argument);
    ConnectionId id;
    std::ranges::copy(text, id.text_.begin());
    id.size_ = static_cast<std::uint8_t>(text.size());
    return id;
  }

  [[nodiscard]] std::string_view view() const noexcept { return {text_.data(), size_}; }
  friend bool operator==(const ConnectionId& left, const ConnectionId& right) noexcept {
    return left.view() == right.view();
  }

  void dangerous_write(auto& writer) const {
    writer.integer(size_);
    writer.bytes(bytes_of(view()));
  }
  [[nodiscard]] bool dangerous_read(auto& reader) {
    std::array<std::uint8_t, size_max> bytes{};
    std::uint8_t size = 0;
    *this = {};
    if (!reader.integer(size) || size > size_max || !reader.bytes(MutableBytes(bytes).first(size)))
      return false;
    if (size == 0) return true;
    const auto read = parse(text_of(Bytes(bytes).first(size)));
    if (read) *this = *read;
    return read.has_value();
  }

 private:
  std::array<char, size_max> text_{};
  std::uint8_t size_ = 0;
};

}  // namespace handfast::x3dh
