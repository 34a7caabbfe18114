#pragma once

// The key agreement (Signal, "The X3DH Key Agreement Protocol", revision 1, sections 2 and 3; the
// issuer is its Bob, the holder its Alice).
//
//   Encode(K) = 5 | K
//   T  = SHA-256(profile's name | version | Encode of holder, issuer, signed pre-key, ephemeral,
//        one-time pre-key or `none` | size of the connection id | connection id)
//   SK = HKDF(ikm 32 bytes 0xFF | DH1 | DH2 | DH3 | DH4, salt 32 zeros, info the application's | T)
//   key id = HKDF-Expand(SK, label), 16 bytes; for claims, it tells nothing about the key
//   AD = Encode(holder) | Encode(issuer) | T | the application's data
//   the issuer signs    label | version | Encode of signed pre-key, one-time pre-key or `none` |
//                       size of the connection id | connection id
//   fingerprint         SHA-256(label | both identity keys, Encode, in order of their bytes)
//
//   DH1 = holder's identity, signed pre-key     DH3 = ephemeral, signed pre-key
//   DH2 = ephemeral, issuer's identity          DH4 = ephemeral, one-time pre-key, where there is one
//
// The documented profile has Signal's own: SK's info is the application's alone, and what the
// issuer signs is Encode of the signed pre-key; T then is only for claims. X3DH's AD, both identity
// keys, has no place in the document's cipher, and is left out.
//
// Encode begins with 5 and `none` with n, so that neither is ever the other. The version is 4
// bytes, highest first, the size of the connection id one.

#include <optional>

#include "handfast/core/fields.hpp"
#include "handfast/core/planted.hpp"
#include "handfast/crypto/hash.hpp"
#include "handfast/crypto/hkdf.hpp"
#include "handfast/crypto/xeddsa.hpp"
#include "handfast/wire/writer.hpp"
#include "handfast/x3dh/profiles.hpp"

namespace handfast::x3dh {

using Transcript = Sha256::Digest;
using Fingerprint = Sha256::Digest;

/// The labels of this schedule; each is used for one thing.
namespace labels {
inline constexpr std::string_view fingerprint = "handfast x3dh v2 fingerprint";
inline constexpr std::string_view key_id = "handfast x3dh v2 key id";
inline constexpr std::string_view message = "handfast x3dh v2 message";
inline constexpr std::string_view counter_key = "handfast x3dh v2 counter key";
inline constexpr std::string_view none = "none";
}  // namespace labels

/// What the ratchet calls the step of its root key.
struct RatchetText {
  static constexpr std::string_view root_info = "handfast x3dh v2 root";
};

inline constexpr std::size_t encoded_size = 33;           // bytes of a public key as Encode
inline constexpr std::size_t application_data_max = 128;  // bytes that an application may bind
using EncodedKey = std::array<std::uint8_t, encoded_size>;

/// Section 2.1: the curve's byte, then the key.
[[nodiscard]] inline EncodedKey encode(const x25519::PublicKey& key) noexcept {
  EncodedKey encoded{5};
  std::ranges::copy(key.bytes(), encoded.begin() + 1);
  return encoded;
}

/// All that an agreement is about, public, as both sides know it.
struct Terms {
  x25519::PublicKey holder;
  x25519::PublicKey issuer;
  x25519::PublicKey signed_pre_key;
  x25519::PublicKey ephemeral;
  std::optional<x25519::PublicKey> one_time_pre_key;
  ConnectionId connection;
  static constexpr auto fields =
      Fields{&Terms::holder,    &Terms::issuer,           &Terms::signed_pre_key,
             &Terms::ephemeral, &Terms::one_time_pre_key, &Terms::connection};
  bool operator==(const Terms&) const = default;
};

namespace detail {

/// Public bytes that are put together on the stack.
template <std::size_t Capacity>
class Joined {
 public:
  Joined& operator<<(Bytes bytes) {
    (void)writer_.write(bytes);  // the capacity is that of the largest
    return *this;
  }
  Joined& operator<<(std::string_view text) { return *this << bytes_of(text); }
  Joined& operator<<(const x25519::PublicKey& key) { return *this << Bytes(encode(key)); }
  Joined& operator<<(const std::optional<x25519::PublicKey>& key) {
    return key ? *this << *key : *this << labels::none;
  }
  Joined& operator<<(const ConnectionId& id) {
    const std::uint8_t size[] = {static_cast<std::uint8_t>(id.view().size())};
    return *this << Bytes(size) << id.view();
  }
  Joined& operator<<(std::uint32_t number) { return *this << Bytes(wire::big_endian(number)); }
  [[nodiscard]] Bytes bytes() const noexcept { return writer_.written(); }

 private:
  std::array<std::uint8_t, Capacity> memory_{};
  wire::Writer writer_{memory_};
};

}  // namespace detail

/// T.
template <class Profile>
[[nodiscard]] Transcript transcript_of(const Terms& terms, Sha256& sha256) {
  detail::Joined<64 + 5 * encoded_size + 1 + ConnectionId::size_max> joined;
  joined << Profile::name << Profile::version << terms.holder << terms.issuer
         << terms.signed_pre_key << terms.ephemeral;
  if (!handfast::detail::planted<"one-time key not in the transcript">)
    joined << terms.one_time_pre_key;
  if (!handfast::detail::planted<"connection not in the transcript">) joined << terms.connection;
  return sha256.digest(joined.bytes());
}

/// What the issuer signs of its bundle; in section 3.2, Encode of the signed pre-key alone.
template <class Profile>
class SignedPart {
 public:
  SignedPart(const x25519::PublicKey& signed_pre_key,
             const std::optional<x25519::PublicKey>& one_time_pre_key,
             const ConnectionId& connection) {
    if constexpr (!Profile::binds_transcript) {
      joined_ << signed_pre_key;
    } else {
      joined_ << Profile::pre_keys_label << Profile::version << signed_pre_key;
      if (!handfast::detail::planted<"one-time key not signed">) joined_ << one_time_pre_key;
      joined_ << connection;
    }
  }
  [[nodiscard]] Bytes bytes() const noexcept { return joined_.bytes(); }

 private:
  detail::Joined<64 + 2 * encoded_size + 1 + ConnectionId::size_max> joined_;
};

/// What both compare over a channel that nobody else can change (section 4.1): who is in the middle
/// of the agreement has another one.
[[nodiscard]] inline Fingerprint fingerprint_of(const x25519::PublicKey& one,
                                                const x25519::PublicKey& other, Sha256& sha256) {
  const auto first = encode(std::min(one, other)), second = encode(std::max(one, other));
  return sha256.digest({bytes_of(labels::fingerprint), first, second});
}

/// The associated data of every message of a session. Section 3.3: both identity keys, and what an
/// application adds behind them; here also T, against a binding to somebody else (section 4.8).
class AssociatedData {
 public:
  static constexpr std::size_t size_max =
      2 * encoded_size + Sha256::size + application_data_max;  // bytes

  AssociatedData() = default;
  AssociatedData(const Terms& terms, const Transcript& transcript, Bytes application) {
    detail::Joined<size_max> joined;
    joined << terms.holder << terms.issuer << Bytes(transcript)
           << application.first(std::min(application.size(), application_data_max));
    std::ranges::copy(joined.bytes(), bytes_.begin());
    size_ = static_cast<std::uint8_t>(joined.bytes().size());
  }
  [[nodiscard]] Bytes bytes() const noexcept { return Bytes(bytes_).first(size_); }

  void dangerous_write(auto& writer) const {
    writer.integer(size_);
    writer.bytes(bytes());
  }
  [[nodiscard]] bool dangerous_read(auto& reader) {
    return reader.integer(size_) && size_ <= size_max &&
           reader.bytes(MutableBytes(bytes_).first(size_));
  }

 private:
  std::array<std::uint8_t, size_max> bytes_{};
  std::uint8_t size_ = 0;
};

/// What the agreement yields.
struct Agreed {
  Secret<32> shared;
  Transcript transcript{};
  std::array<std::uint8_t, 16> key_id{};  // derived from the key, tells nothing about it
};

namespace detail {

using Agreement = std::expected<Secret<32>, Fault>;

/// SK and what goes with it; the fault of the first agreement that failed.
template <class Profile>
[[nodiscard]] std::expected<Agreed, Fault> derive(const std::array<Agreement, 3>& all,
                                                  const std::optional<Agreement>& with_one_time,
                                                  const Terms& terms, Bytes info, Hkdf& hkdf,
                                                  Sha256& sha256) {
  for (const Agreement& one : all)
    if (!one) return std::unexpected(one.error());
  if (with_one_time && !*with_one_time) return std::unexpected(with_one_time->error());
  // Section 2.2: these 32 bytes are no encoding of a point, nor of a scalar.
  static constexpr auto filled = [] {
    std::array<std::uint8_t, 32> bytes{};
    bytes.fill(0xFF);
    return bytes;
  }();
  static constexpr std::array<std::uint8_t, 32> zeros{};
  Agreed agreed;
  agreed.transcript = transcript_of<Profile>(terms, sha256);
  const Bytes fourth = with_one_time ? Bytes((*with_one_time)->bytes()) : Bytes{};
  const auto extracted =
      hkdf.extract(zeros, {filled, all[0]->bytes(), all[1]->bytes(), all[2]->bytes(), fourth});
  const Bytes bound = Profile::binds_transcript ? Bytes(agreed.transcript) : Bytes{};
  agreed.shared = hkdf.expand<32>(extracted.bytes(), {info, bound});
  const auto id = hkdf.expand<16>(agreed.shared.bytes(), bytes_of(labels::key_id));
  std::ranges::copy(id.bytes(), agreed.key_id.begin());
  hkdf.forget();  // it would hold what both are derived from
  return agreed;
}

}  // namespace detail

/// The holder's side of the agreement on `terms` (section 3.3): `identity` and `ephemeral` are the
/// private halves of its keys there. `info`: the application's, of any size. `low_order_key`.
template <class Profile>
[[nodiscard]] std::expected<Agreed, Fault> agree_as_holder(const x25519::PrivateKey& identity,
                                                           const x25519::PrivateKey& ephemeral,
                                                           const Terms& terms, Bytes info,
                                                           Hkdf& hkdf, Sha256& sha256) {
  const std::array<detail::Agreement, 3> all{x25519::agree(identity, terms.signed_pre_key),
                                             x25519::agree(ephemeral, terms.issuer),
                                             x25519::agree(ephemeral, terms.signed_pre_key)};
  std::optional<detail::Agreement> fourth;
  if (terms.one_time_pre_key) fourth = x25519::agree(ephemeral, *terms.one_time_pre_key);
  return detail::derive<Profile>(all, fourth, terms, info, hkdf, sha256);
}

/// The issuer's side (section 3.4): `one_time_pre_key` is no key where the terms name none.
template <class Profile>
[[nodiscard]] std::expected<Agreed, Fault> agree_as_issuer(
    const x25519::PrivateKey& identity, const x25519::PrivateKey& signed_pre_key,
    const x25519::PrivateKey& one_time_pre_key, const Terms& terms, Bytes info, Hkdf& hkdf,
    Sha256& sha256) {
  const std::array<detail::Agreement, 3> all{x25519::agree(signed_pre_key, terms.holder),
                                             x25519::agree(identity, terms.ephemeral),
                                             x25519::agree(signed_pre_key, terms.ephemeral)};
  std::optional<detail::Agreement> fourth;
  if (terms.one_time_pre_key) fourth = x25519::agree(one_time_pre_key, terms.ephemeral);
  return detail::derive<Profile>(all, fourth, terms, info, hkdf, sha256);
}

}  // namespace handfast::x3dh
