#pragma once

// What an issuer shows to a holder, on a channel that no connector is on: which connection, and which
// key. As text, and as a QR code for a terminal.

#include <qrencode.h>

#include <handfast/wire/base64.hpp>
#include <handfast/x3dh/messages.hpp>
#include <memory>
#include <stdexcept>
#include <string>

namespace over_connector {

namespace x3dh = handfast::x3dh;

/// `handfast-x3dh:2:` the issuer's identity key in base64url `:` the connection's name.
struct Invitation {
  handfast::x25519::PublicKey issuer;
  x3dh::ConnectionId connection;

  static constexpr std::string_view begin = "handfast-x3dh:2:";

  [[nodiscard]] std::string text() const {
    namespace base64 = handfast::wire::base64;
    return std::string(begin) + base64::encode(issuer.bytes(), base64::url) + ':' +
           std::string(connection.view());
  }
  /// Nothing for a text that is no invitation.
  [[nodiscard]] static std::optional<Invitation> parse(std::string_view text) {
    namespace base64 = handfast::wire::base64;
    constexpr std::size_t key_size = 43;  // characters
    if (!text.starts_with(begin)) return std::nullopt;
    text.remove_prefix(begin.size());
    if (text.size() <= key_size || text[key_size] != ':') return std::nullopt;
    std::array<std::uint8_t, handfast::x25519::key_size> bytes{};
    if (base64::decode(text.substr(0, key_size), bytes, base64::url) != bytes.size())
      return std::nullopt;
    const auto key = handfast::x25519::PublicKey::parse(bytes);
    const auto connection = x3dh::ConnectionId::parse(text.substr(key_size + 1));
    if (!key || !connection) return std::nullopt;
    return Invitation{*key, *connection};
  }
};

/// `text` as a QR code: lines of blocks, each of which is two rows. What is light is drawn, for a
/// terminal that is dark.
[[nodiscard]] inline std::string qr_code(const std::string& text) {
  struct Free {
    void operator()(QRcode* code) const { ::QRcode_free(code); }
  };
  const std::unique_ptr<QRcode, Free> code(
      ::QRcode_encodeString8bit(text.c_str(), 0, QR_ECLEVEL_M));
  if (!code) throw std::runtime_error("no QR code has room for this");
  constexpr int quiet = 4;  // modules around it, which the standard wants
  const int width = code->width;
  const auto is_light = [&](int x, int y) {
    if (x < 0 || y < 0 || x >= width || y >= width) return true;
    return (code->data[y * width + x] & 1) == 0;
  };
  std::string lines;
  for (int y = -quiet; y < width + quiet; y += 2) {
    for (int x = -quiet; x < width + quiet; ++x) {
      const bool above = is_light(x, y), below = y + 1 < width + quiet && is_light(x, y + 1);
      lines += above ? (below ? "\u2588" : "\u2580") : (below ? "\u2584" : " ");
    }
    lines += '\n';
  }
  return lines;
}

}  // namespace over_connector
