#pragma once

// Where a datagram comes from or goes to, as bytes of fixed size. A frame of these roles is an
// address and then the datagram, so that they need no socket, and a test can forge an address like
// anything else.

#include <algorithm>
#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <expected>
#include <span>

#include "handfast/core/bytes.hpp"
#include "handfast/core/fault.hpp"
#include "handfast/core/fields.hpp"

namespace handfast::udp {

/// Who is counted as one where hosts are counted: an IPv6 network of 64 bits, which is what one host
/// may be given all of, or an IPv4 address as 0:ffff:a.b, which is in no network that is given to
/// anybody (RFC 4291, section 2.4).
using Host = std::array<std::uint8_t, 8>;

/// 16 bytes of an IPv6 address, or of an IPv4 one as ::ffff:a.b.c.d, then the port, highest byte
/// first.
struct Address {
  static constexpr std::size_t size = 18;  // bytes

  std::array<std::uint8_t, size> raw{};
  static constexpr auto fields = Fields{&Address::raw};

  /// The address of an IPv4 host.
  [[nodiscard]] static constexpr Address of(const std::array<std::uint8_t, 4>& host,
                                            std::uint16_t port) noexcept {
    Address made;
    made.raw[10] = made.raw[11] = 0xFF;
    std::ranges::copy(host, made.raw.begin() + 12);
    made.set_port(port);
    return made;
  }
  /// The address of an IPv6 host.
  [[nodiscard]] static constexpr Address of(const std::array<std::uint8_t, 16>& host,
                                            std::uint16_t port) noexcept {
    Address made;
    std::ranges::copy(host, made.raw.begin());
    made.set_port(port);
    return made;
  }

  /// Any 18 bytes; `wrong_length`.
  [[nodiscard]] static constexpr std::expected<Address, Fault> parse(Bytes bytes) {
    std::expected<Address, Fault> made;
    if (bytes.size() == size)
      std::copy_n(bytes.data(), size, made->raw.data());
    else
      made = std::unexpected(Fault::wrong_length);
    return made;
  }
  [[nodiscard]] constexpr std::span<const std::uint8_t, size> bytes() const noexcept { return raw; }

  [[nodiscard]] constexpr std::uint16_t port() const noexcept {
    return static_cast<std::uint16_t>(raw[16] << 8 | raw[17]);
  }
  [[nodiscard]] constexpr bool is_ipv4() const noexcept {
    constexpr std::array<std::uint8_t, 12> prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    return std::equal(prefix.begin(), prefix.end(), raw.begin());
  }
  [[nodiscard]] constexpr Host host() const noexcept {
    Host made{};
    std::copy_n(raw.begin() + (is_ipv4() ? 8 : 0), made.size(), made.begin());
    return made;
  }

  friend constexpr auto operator<=>(const Address&, const Address&) = default;
  /// In three words, the last two of which overlap: each packet's is compared.
  friend constexpr bool operator==(const Address& a, const Address& b) noexcept {
    const auto differ = [&](std::size_t at) { return a.word(at) ^ b.word(at); };
    return (differ(0) | differ(8) | differ(size - 8)) == 0;
  }

 private:
  [[nodiscard]] constexpr std::uint64_t word(std::size_t at) const noexcept {
    std::array<std::uint8_t, 8> bytes{};
    std::copy_n(raw.data() + at, bytes.size(), bytes.data());
    return std::bit_cast<std::uint64_t>(bytes);
  }
  constexpr void set_port(std::uint16_t port) noexcept {
    raw[16] = static_cast<std::uint8_t>(port >> 8);
    raw[17] = static_cast<std::uint8_t>(port);
  }
};

}  // namespace handfast::udp
