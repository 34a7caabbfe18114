#pragma once

// What the roles are given: their long-term keys, configuration, randomness, and the primitives'
// long-lived objects.

#include <vector>

#include "handfast/core/buffer.hpp"
#include "handfast/core/role.hpp"
#include "handfast/crypto/aead.hpp"
#include "handfast/x3dh/messages.hpp"

namespace handfast::x3dh {

/// What an application may choose. A time of zero, or one beyond a year, and a count of zero are
/// `bad_argument` at `Start`.
struct Config {
  Duration repeat = 5s;                   // until what nobody has answered is said again
  std::uint32_t attempts = 12;            // how often it is said in all
  Duration late_keys_time = 7 * 24h;      // for which a message may be late
  bool has_one_time_keys = true;          // issuer: gives one; holder: takes no bundle without
  bool wants_verified = false;            // sends nothing to who is not verified
  std::optional<x25519::PublicKey> peer;  // whose identity is known, from a QR code or before
  // The application's, the same on both sides, of any size and at most 128 bytes: in the agreement,
  // and in every message's associated data.
  std::vector<std::uint8_t> info;
  std::vector<std::uint8_t> bound_data;

  [[nodiscard]] bool is_sound() const noexcept {
    constexpr Duration longest = std::chrono::hours(24 * 365);
    for (const Duration one : {repeat, late_keys_time})
      if (one <= Duration::zero() || one > longest) return false;
    return attempts > 0 && attempts <= 10'000 && bound_data.size() <= application_data_max;
  }
};

/// A role has one link: the connection through the connector.
inline constexpr std::size_t frame_size_max = content_size_max + 400;  // bytes
using Links = List<LinkKind<"connection", Framing::frame, frame_size_max>>;

/// The context of `Issuer` and `Holder`; a pool shares one. Move-only; not for two threads at once.
struct Context {
  /// `identity` is the long-term key, which the application stores.
  explicit Context(xeddsa::PrivateKey own, Config c = {}, Random r = {})
      : config(std::move(c)), identity(std::move(own)), random(r) {}

  Time now;
  Link link;
  Config config;
  xeddsa::PrivateKey identity;
  /// The issuer's: agreed with in every session until it is replaced, which is the application's
  /// to do (every week or so: X3DH, section 3.2). Whoever learns it can pose as anyone to this
  /// issuer until then.
  x25519::PrivateKey signed_pre_key;
  Random random;
  Sha256 sha256;
  HmacSha256 hmac;
  Hkdf hkdf;
  Aead<Aes256Gcm> aead;
  Buffer content, wrapped;  // of the message that is being written

  /// The session is over: no key is left in the primitives' objects.
  void forget_keys() {
    hmac.forget();
    hkdf.forget();
    aead.forget();
  }
};

}  // namespace handfast::x3dh
