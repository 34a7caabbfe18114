#pragma once

// What the roles are given: their long-term keys, configuration, randomness, and the primitives'
// long-lived objects.

#include <utility>
#include <vector>

#include "handfast/core/buffer.hpp"
#include "handfast/core/role.hpp"
#include "handfast/crypto/aead.hpp"
#include "handfast/x3dh/messages.hpp"

namespace handfast::x3dh {

/// What an application may choose. `bad_argument` at `Start`: a time of zero, a `repeat` beyond a
/// day, keys kept beyond a year, attempts of zero or more than 100, and more data than may be
/// bound; of `Documented`, which binds none, any.
struct Config {
  Duration repeat = 5s;                   // until what nobody has answered is said again
  std::uint32_t attempts = 12;            // how often it is said in all
  Duration late_keys_time = 7 * 24h;      // for which a message may be late (Double Ratchet, 6.4)
  bool has_one_time_keys = true;          // issuer: gives one; holder: takes no bundle without
  bool wants_verified = false;            // sends no payload to who is not verified
  std::optional<x25519::PublicKey> peer;  // whose identity is known, from a QR code or before
  // The application's, the same on both sides, of any size and at most 128 bytes: in the agreement,
  // and in every message's associated data.
  std::vector<std::uint8_t> info;
  std::vector<std::uint8_t> bound_data;

  static constexpr std::uint32_t attempts_max = 100;

  [[nodiscard]] bool is_sound() const noexcept {
    if (repeat <= Duration::zero() || repeat > 24h) return false;
    if (late_keys_time <= Duration::zero() || late_keys_time > 365 * 24h) return false;
    return attempts > 0 && attempts <= attempts_max && bound_data.size() <= application_data_max;
  }
};

/// Whether `Profile` can work so.
template <class Profile>
[[nodiscard]] bool is_sound(const Config& config) noexcept {
  return config.is_sound() && (Profile::binds_transcript || config.bound_data.empty());
}

/// A role has one link: the connection through the connector.
inline constexpr std::size_t frame_size_max = content_size_max + 400;  // bytes
using Links = List<LinkKind<"connection", Framing::frame, frame_size_max>>;

/// The first messages that made a session under one signed pre-key without a one-time pre-key: such
/// a message would make another one whenever it came again, so the issuer remembers it for as long
/// as that pre-key lives (X3DH, section 4.2), and until the next but one is there, for bundles
/// outlive their pre-key's replacement. At most 1024 a pre-key; then only another one helps.
class FirstMessages {
 public:
  using Name = Sha256::Digest;  // of the signed pre-key and the holder's two keys
  static constexpr std::size_t count_max = 1024;

  /// Where bundles have the pre-key `present` now: `replayed`, or `limit_reached` where no more can
  /// be remembered.
  [[nodiscard]] std::expected<void, Fault> check(const Name& name,
                                                 const x25519::PublicKey& present) const {
    if ((knows(names_, name) || knows(before_, name)) &&
        !handfast::detail::planted<"first message forgotten">)
      return std::unexpected(Fault::replayed);
    if (of_ == present && names_.size() >= count_max) return std::unexpected(Fault::limit_reached);
    return {};
  }
  /// Takes note of what `check` has let pass, whichever pre-key its bundle had.
  void remember(const Name& name, const x25519::PublicKey& present) {
    turn_to(present);
    names_.push_back(name);
  }
  /// Whether there are any since bundles have this pre-key.
  [[nodiscard]] bool are_of(const x25519::PublicKey& present) const {
    return !names_.empty() && of_ == present;
  }
  /// Takes note of what another one knows, whose pre-key is as new as this one's or newer. Whether
  /// anything is new.
  bool take(const FirstMessages& other) {
    if (other.names_.empty()) return false;
    turn_to(other.of_);
    const bool is_new = add(other.names_, names_);
    return add(other.before_, before_) || is_new;
  }

 private:
  using Names = std::vector<Name>;

  [[nodiscard]] static bool knows(const Names& names, const Name& name) {
    return std::ranges::find(names, name) != names.end();
  }
  static bool add(const Names& more, Names& names) {
    const std::size_t known = names.size();
    for (const Name& name : more)
      if (!knows(names, name) && names.size() < count_max) names.push_back(name);
    return names.size() > known;
  }
  void turn_to(const x25519::PublicKey& present) {
    if (of_ == present) return;
    before_ = std::exchange(names_, {});
    of_ = present;
  }

  x25519::PublicKey of_;
  Names names_;   // since bundles have that pre-key
  Names before_;  // while they had the one before

 public:
  static constexpr auto fields =
      Fields{&FirstMessages::of_, &FirstMessages::names_, &FirstMessages::before_};
};

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
  Aead<Aes256GcmNonce16> aead_nonce16;  // of the profiles that count
  FirstMessages first_messages;
  Buffer content, wrapped;  // of the message that is being written

  static constexpr auto fields = Fields{&Context::first_messages};

  /// The session is over: no key is left in the primitives' objects.
  void forget_keys() {
    hmac.forget();
    hkdf.forget();
    aead.forget();
    aead_nonce16.forget();
  }
};

}  // namespace handfast::x3dh
