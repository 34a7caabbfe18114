#pragma once

// Where the deployed programs' keys come from, and how their data frames are sealed.

#include "handfast/crypto/aead.hpp"
#include "handfast/crypto/hkdf.hpp"
#include "handfast/rehandshake/compat/messages.hpp"
#include "handfast/wire/binary.hpp"

namespace handfast::rehandshake::compat {

using PeerId = std::array<std::uint8_t, 32>;

/// The secret of which both directions' keys are made: of the KEM's secret and X25519's, 32 bytes
/// each.
[[nodiscard]] inline Secret<32> master_secret(Hkdf& hkdf, const Secret<32>& kem,
                                              const Secret<32>& x25519) {
  auto secret =
      hkdf.derive<32>({kem.bytes(), x25519.bytes()}, {}, bytes_of("ShadowMesh-v1-MasterSecret"));
  hkdf.forget();
  return secret;
}

/// The key of what `from` sends to `to`: its TX, the other's RX.
[[nodiscard]] inline Secret<32> direction_key(Hkdf& hkdf, const Secret<32>& master,
                                              const SessionId& session, const PeerId& from,
                                              const PeerId& to) {
  auto key = hkdf.derive<32>(master.bytes(), bytes_of("ShadowMesh-v1-Session"),
                             {bytes_of("session-keys"), session, from, to});
  hkdf.forget();
  return key;
}

/// The session's keys, as `own` has them.
[[nodiscard]] inline SessionKeys session_keys(Hkdf& hkdf, const Secret<32>& master,
                                              const SessionId& session, const PeerId& own,
                                              const PeerId& other) {
  return {session, direction_key(hkdf, master, session, own, other),
          direction_key(hkdf, master, session, other, own), 0};
}

/// A sender's nonces: a counter from 0, lowest byte first, then four bytes drawn once.
struct FrameNonces {
  std::uint64_t next = 0;
  std::array<std::uint8_t, 4> prefix{};

  [[nodiscard]] std::array<std::uint8_t, 12> take() noexcept {
    std::array<std::uint8_t, 12> nonce{};
    for (std::size_t i = 0; i < 8; ++i) nonce[i] = static_cast<std::uint8_t>(next >> 8 * i);
    std::ranges::copy(prefix, nonce.begin() + 8);
    ++next;
    return nonce;
  }
};

using FrameCipher = Aead<ChaCha20Poly1305>;

/// Writes `text` as a data frame to `out`, exactly `header_size`, `DataFrame::overhead` and the
/// text's bytes; faults as `Aead::seal`, `bad_argument` for another size.
[[nodiscard]] inline std::expected<void, Fault> seal_frame(FrameCipher& cipher,
                                                           const Secret<32>& tx,
                                                           FrameNonces& nonces,
                                                           std::uint64_t counter, Bytes text,
                                                           MutableBytes out) {
  if (out.size() != header_size + DataFrame::overhead + text.size())
    return std::unexpected(Fault::bad_argument);
  const auto nonce = nonces.take();
  const MutableBytes sealed = out.subspan(header_size + 8);
  if (auto done = cipher.seal(tx, nonce, {}, text, sealed.subspan(12)); !done) return done;
  std::ranges::copy(nonce, sealed.begin());
  // In front of what stands already: the codec writes the whole frame from its parts.
  wire::Writer head{out.first(header_size + 8)};
  const std::uint8_t begin[] = {Compat::version, 0x10, 0, 0};
  (void)(head.write(begin) && wire::write_big_endian(head, DataFrame::overhead + text.size(), 4) &&
         wire::write_big_endian(head, counter, 8));
  return {};
}

/// Opens a data frame into `out`, which has the text's bytes: those of `frame.sealed` but 28. The
/// counter is not covered. `truncated`; faults as `Aead::open`.
[[nodiscard]] inline std::expected<void, Fault> open_frame(FrameCipher& cipher,
                                                           const Secret<32>& rx,
                                                           const DataFrame& frame,
                                                           MutableBytes out) {
  if (frame.sealed.size() < 28) return std::unexpected(Fault::truncated);
  return cipher.open(rx, FrameCipher::Nonce{frame.sealed.first<12>()}, {}, frame.sealed.subspan(12),
                     out);
}

}  // namespace handfast::rehandshake::compat
