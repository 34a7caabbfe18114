#pragma once

// Addresses as Asio has them, and as the library does: without a scope, so that link-local ones are
// not for these programs.

#include <boost/asio/ip/udp.hpp>
#include <handfast/udp/address.hpp>
#include <string>

namespace over_udp {

[[nodiscard]] inline handfast::udp::Address address_of(const boost::asio::ip::udp::endpoint& at) {
  using handfast::udp::Address;
  return at.address().is_v4() ? Address::of(at.address().to_v4().to_bytes(), at.port())
                              : Address::of(at.address().to_v6().to_bytes(), at.port());
}

/// For a socket of `protocol`: one of IPv6 reaches IPv4 under ::ffff:0:0/96.
[[nodiscard]] inline boost::asio::ip::udp::endpoint endpoint_of(
    const handfast::udp::Address& at, const boost::asio::ip::udp& protocol) {
  using namespace boost::asio::ip;
  const bool is_v4 = protocol == udp::v4();
  address_v4::bytes_type v4{};
  address_v6::bytes_type v6{};
  std::copy_n(at.bytes().begin() + 12, v4.size(), v4.begin());
  std::copy_n(at.bytes().begin(), v6.size(), v6.begin());
  const auto host = is_v4 ? address(address_v4(v4)) : address(address_v6(v6));
  return {host, at.port()};
}

/// As people write it: an IPv4 address that came to a socket of IPv6 too.
[[nodiscard]] inline std::string text_of(const handfast::udp::Address& at) {
  using boost::asio::ip::udp;
  const auto end = endpoint_of(at, at.is_ipv4() ? udp::v4() : udp::v6());
  const std::string host = end.address().to_string(), port = ':' + std::to_string(end.port());
  return end.address().is_v4() ? host + port : '[' + host + ']' + port;
}

}  // namespace over_udp
