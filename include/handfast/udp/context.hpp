#pragma once

// What the hardened roles are given: configuration, randomness, the server's key, and the
// primitives' long-lived objects.

#include <optional>

#include "handfast/core/role.hpp"
#include "handfast/crypto/aead.hpp"
#include "handfast/udp/cookies.hpp"
#include "handfast/udp/resumptions.hpp"

namespace handfast::udp {

/// What an application may choose. A time below a millisecond, or beyond a year, a count of zero, and
/// what contradicts itself are `bad_argument` at a role's first command.
struct Config {
  // Both roles.
  Duration heartbeat_interval = 15s;  // of the own silence
  Duration silence_timeout = 50s;     // of the other side's
  Duration ask_repeat = 1s;           // until the other side is asked again what it has opened
  Duration close_repeat = 200ms;      // until the end is said again
  std::uint32_t close_attempts = 5;   // how often it is said in all
  Duration drain_time = 3s;           // in which a repeated end is still answered
  std::uint64_t epoch_packets_max = std::uint64_t{1} << 20;  // that one key seals
  Duration epoch_time_max = 2min;                            // for which it does
  std::uint32_t epoch_max = 0xFFFF'FFFF;                     // the last epoch there is
  std::uint64_t counter_max = ~std::uint64_t{0};             // the last number there is
  Duration old_key_time = 10s;  // for which the key of the epoch before still opens
  std::uint64_t failed_opens_max = std::uint64_t{1} << 36;  // RFC 9001, section 6.6

  // The client.
  bool is_pinned = true;  // the server's key must be known
  std::optional<x25519::PublicKey> server_key;
  Duration connect_repeat = 100ms;      // until Connect is said again, or a session's first packet
  std::uint32_t connect_attempts = 50;  // how often it is said in all
  std::uint32_t resume_attempts = 10;   // how often before it is said without resuming

  // The server.
  Duration half_open_time = 10s;  // for a client to come back: longer than all that it repeats
  Duration replace_after = 1s;    // then one that has not may be replaced by another
  Duration path_time = 3s;        // for an address to be proved
  Duration challenge_repeat = 1s;
  Duration cookie_time = 2min;            // until cookies are made with another secret
  bool wants_cookies = false;             // before it does anything for a client
  std::size_t resumptions_max = 1024;     // that are kept
  std::size_t resumptions_host_max = 16;  // for clients of one host
  Duration resumption_time = 24h;         // for which one is

  static constexpr std::uint64_t counter_reserve = 64;  // of numbers, for the end

  [[nodiscard]] bool is_sound() const noexcept {
    constexpr Duration shortest = 1ms, longest = std::chrono::hours(24 * 365);
    for (const Duration one :
         {heartbeat_interval, silence_timeout, ask_repeat, close_repeat, drain_time, epoch_time_max,
          old_key_time, connect_repeat, half_open_time, replace_after, path_time, challenge_repeat,
          cookie_time, resumption_time})
      if (one < shortest || one > longest) return false;
    for (const std::uint32_t one : {close_attempts, connect_attempts, resume_attempts})
      if (one == 0 || one > 10'000) return false;
    // With one packet a key, what asks whether the new key has arrived would need the next.
    const bool keys_are_used =
        epoch_packets_max >= 2 && failed_opens_max >= 1 && failed_opens_max <= 1ull << 36;
    const bool asks_in_time = heartbeat_interval < silence_timeout && ask_repeat < silence_timeout;
    const bool has_time_for_both = resume_attempts < connect_attempts;
    const bool has_no_empty_key = !server_key || *server_key != x25519::PublicKey{};
    return keys_are_used && asks_in_time && has_time_for_both && has_no_empty_key &&
           counter_max >= 2 * counter_reserve && resumptions_max <= 1u << 16;
  }
};

/// One cipher object for each direction, which keeps its key until another one is wanted: a session
/// alone never sets one twice, many that share this set one for each packet. It knows the key by
/// its bytes, so that no key is ever taken for another.
class Ciphers {
 public:
  using Cipher = Aead<ChaCha20Poly1305>;
  static constexpr std::size_t tag_size = Cipher::tag_size;

  [[nodiscard]] std::expected<void, Fault> seal(const Secret<32>& key, Cipher::Nonce nonce,
                                                Bytes ad, Bytes text, MutableBytes out) {
    if (take(key, sealing_)) aead_.set_seal_key(key);
    return aead_.seal_keyed(nonce, ad, text, out);
  }
  [[nodiscard]] std::expected<void, Fault> open(const Secret<32>& key, Cipher::Nonce nonce,
                                                Bytes ad, Bytes sealed, MutableBytes out) {
    if (take(key, opening_)) aead_.set_open_key(key);
    const auto done = aead_.open_keyed(nonce, ad, sealed, out);
    return done;
  }
  /// Replaces the key that the opening object may still hold.
  void open_with(const Secret<32>& key) {
    if (take(key, opening_)) aead_.set_open_key(key);
  }
  /// Whether the key of any session is held.
  [[nodiscard]] bool has_keys() const noexcept { return sealing_.is_there || opening_.is_there; }
  void forget() {
    aead_.forget();
    sealing_ = {};
    opening_ = {};
  }

 private:
  struct Held {
    Secret<32> key;
    bool is_there = false;
  };
  /// Whether the cipher has to be given `key`.
  static bool take(const Secret<32>& key, Held& held) {
    if (held.is_there && equal(held.key, key)) return false;
    // Not by iterators: through those, GCC 12 copies byte by byte.
    std::copy_n(key.bytes().data(), key.size, held.key.writable().data());
    return held.is_there = true;
  }

  Cipher aead_;
  Held sealing_, opening_;
};

/// A role has one link: the network. A frame is 18 bytes of address, and a datagram.
inline constexpr std::size_t frame_size_max = Address::size + datagram_size_max;
using Links = List<LinkKind<"network", Framing::datagram, frame_size_max>>;

/// The context of `Client` and `Server`; a pool of servers shares one. Move-only; not for two
/// threads at once.
struct Context {
  Context() = default;
  explicit Context(Config c, Random r = {}) : config(std::move(c)), random(r) {}
  Context(Config c, x25519::PrivateKey key, Random r = {})
      : config(std::move(c)), identity(std::move(key)), random(r) {}

  /// Wipes what the primitives' objects still hold of the last keys; when used again they allocate
  /// again.
  void forget_keys() {
    hmac.forget();
    hkdf.forget();
    if (!handfast::detail::planted<"udp keys kept after the end">) ciphers.forget();
  }

  Time now;
  Link link;
  Config config;
  x25519::PrivateKey identity;           // the server's; none where it cannot prove who it is
  std::optional<Resumption> resumption;  // the client's: what to go on from, and what was left
  Resumptions resumptions;               // the server's
  Cookies cookies;                       // the server's
  Random random;
  Sha256 sha256;
  HmacSha256 hmac;
  Hkdf hkdf;
  Ciphers ciphers;
};

}  // namespace handfast::udp
