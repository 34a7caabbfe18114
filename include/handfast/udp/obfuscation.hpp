#pragma once

// What the document calls encryption of the handshake, as an outer layer that may be wanted or not:
// the datagrams of the handshake go as Fernet tokens under a key that both sides were given. It hides
// what they are from who does not have that key, and is security against nobody: the document's own
// key stands in a program that everybody has. It stands between a machine and its network, and no
// machine knows of it.

#include "handfast/core/planted.hpp"
#include "handfast/crypto/fernet.hpp"
#include "handfast/crypto/random.hpp"
#include "handfast/udp/messages.hpp"

namespace handfast::udp {

/// The layer of one side. What a call returns is valid until the next. Move-only; not for two threads
/// at once.
class Obfuscation {
 public:
  /// Bytes of the largest frame that it makes.
  static constexpr std::size_t frame_size_max = Address::size + datagram_size_max;

  /// With `key`, 16 bytes to sign with and 16 to encrypt with, which both sides have.
  explicit Obfuscation(Fernet::Key key, Random random = {})
      : key_(std::move(key)), random_(random) {}

  /// The frame that is to go onto the network for `frame`, which a machine wants to transmit: a
  /// packet as it is, all else in a token, another one each time. `truncated` for what is no frame;
  /// `too_large` where a token does not fit into a datagram; `random_source_failed`;
  /// `crypto_failed`.
  [[nodiscard]] std::expected<Bytes, Fault> wrap(Bytes frame, const Time& now) {
    if (frame.size() < Address::size + 2) return std::unexpected(Fault::truncated);
    const Bytes datagram = frame.subspan(Address::size);
    if (is_packet(datagram)) return frame;
    const std::size_t size = Fernet::token_size(datagram.size());
    if (size > datagram_size_max) return std::unexpected(Fault::too_large);
    const auto iv = random_.bytes<Fernet::iv_size>();
    if (!iv) return std::unexpected(iv.error());
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>(now.utc.time_since_epoch()).count();
    const auto sealed = fernet_.seal(key_, static_cast<std::uint64_t>(seconds), *iv, datagram,
                                     std::span(token_).first(size));
    if (!sealed) return std::unexpected(sealed.error());
    std::ranges::copy(frame.first(Address::size), frame_.begin());
    std::copy_n(token_.begin(), size, frame_.begin() + Address::size);
    return Bytes(frame_).first(Address::size + size);
  }

  /// The frame for a machine that `frame`, from the network, holds. `truncated` and `oversized` for
  /// what is no frame; what is no packet must be a token, or it is refused as `Fernet::open` says;
  /// `unexpected_message` for a packet in one.
  [[nodiscard]] std::expected<Bytes, Fault> unwrap(Bytes frame) {
    if (frame.size() < Address::size + 2) return std::unexpected(Fault::truncated);
    if (frame.size() > frame_size_max) return std::unexpected(Fault::oversized);
    const Bytes datagram = frame.subspan(Address::size);
    if (is_packet(datagram)) return frame;
    const auto opened =
        fernet_.open(key_, text_of(datagram), MutableBytes(frame_).subspan(Address::size));
    if (!opened) return std::unexpected(opened.error());
    const Bytes inner = Bytes(frame_).subspan(Address::size, opened->size);
    const bool is_of_handshake =
        !is_packet(inner) || handfast::detail::planted<"packet taken out of a token">;
    if (!is_of_handshake) return std::unexpected(Fault::unexpected_message);
    std::ranges::copy(frame.first(Address::size), frame_.begin());
    return Bytes(frame_).first(Address::size + opened->size);
  }

 private:
  // A token's first character is a `g`.
  static bool is_packet(Bytes datagram) noexcept {
    return datagram.size() >= 2 && datagram[0] == Hardened::version && datagram[1] == 4;
  }

  Fernet::Key key_;
  Random random_;
  Fernet fernet_;
  std::array<char, datagram_size_max> token_{};
  std::array<std::uint8_t, frame_size_max> frame_{};
};

}  // namespace handfast::udp
