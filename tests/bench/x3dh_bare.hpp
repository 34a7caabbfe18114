#pragma once

// x3dh by hand: one side's primitives of the agreement and of the Double Ratchet, in the machine's
// order, on Botan objects that live as long as the session, and the bytes in their places. No
// parsing, no checks, no states, nothing wiped. The baseline of the costs. That XEdDSA verifies with
// a point which is computed from an X25519 key (20 us) is ours in both: Botan has nothing for it.

#include <string>
#include <vector>

#include "handfast/x3dh.hpp"
#include "tests/bench/primitives.hpp"

namespace bare {

/// What a side has for long: its identity, which agrees and signs, and the issuer's signed pre-key.
struct Identity {
  std::array<std::uint8_t, 64> signing{};  // the seed, then the public half that is a point
  Key point{};
  KeyPair agreeing;

  Identity(Primitives& p, const Secret<32>& seed) : agreeing(p) {
    Botan::Sodium::crypto_sign_ed25519_seed_keypair(point.data(), signing.data(),
                                                    seed.bytes().data());
    std::array<std::uint8_t, 64> digest;
    const auto sha512 = Botan::HashFunction::create_or_throw("SHA-512");
    sha512->update(seed.bytes().data(), seed.bytes().size());
    sha512->final(digest.data());
    std::copy_n(digest.begin(), 32, agreeing.secret.begin());
    Botan::Sodium::crypto_scalarmult_curve25519_base(agreeing.shown.data(), agreeing.secret.data());
  }
};

/// A frame that is written from its beginning to its end.
class Written {
 public:
  explicit Written(std::size_t size_max) : memory_(size_max) {}
  void clear() { size_ = 0; }
  Written& operator<<(Bytes bytes) {
    std::memcpy(memory_.data() + size_, bytes.data(), bytes.size());
    size_ += bytes.size();
    return *this;
  }
  Written& operator<<(std::uint8_t byte) {
    memory_[size_++] = byte;
    return *this;
  }
  /// A field of protobuf with its number.
  Written& field(std::uint32_t number, Bytes bytes) {
    varint(number << 3 | 2);
    varint(static_cast<std::uint32_t>(bytes.size()));
    return *this << bytes;
  }
  Written& varint(std::uint32_t number) {
    for (; number >= 128; number >>= 7) *this << static_cast<std::uint8_t>(number | 128);
    return *this << static_cast<std::uint8_t>(number);
  }
  MutableBytes room(std::size_t size) {
    size_ += size;
    return {memory_.data() + size_ - size, size};
  }
  [[nodiscard]] Bytes bytes() const { return {memory_.data(), size_}; }

 private:
  std::vector<std::uint8_t> memory_;
  std::size_t size_ = 0;
};

/// The value of the next field, whose number and type are known, and behind it.
inline Bytes next_field(Bytes& rest) {
  const auto varint = [&] {
    std::uint32_t number = 0;
    for (int shift = 0;; shift += 7) {
      const std::uint8_t byte = rest[0];
      rest = rest.subspan(1);
      number |= static_cast<std::uint32_t>(byte & 127) << shift;
      if (byte < 128) return number;
    }
  };
  varint();
  const std::uint32_t size = varint();
  const Bytes value = rest.first(size);
  rest = rest.subspan(size);
  return value;
}

/// One side of a session.
class Talker {
 public:
  Talker(Primitives& primitives, const Identity& identity, const KeyPair& signed_pre_key,
         std::string connection)
      : p_(&primitives),
        identity_(&identity),
        signed_pre_key_(&signed_pre_key),
        own_(signed_pre_key),
        connection_(std::move(connection)) {}

  Bytes bundle() {
    own_ = *signed_pre_key_;
    one_time_ = KeyPair(*p_);
    join_signed(own_.shown, one_time_.shown);
    std::array<std::uint8_t, 64> signature;
    Botan::Sodium::crypto_sign_ed25519_detached(signature.data(), nullptr, joined_.bytes().data(),
                                                joined_.bytes().size(), identity_->signing.data());
    frame_.clear();
    frame_.varint(11 << 3) << std::uint8_t{2};
    frame_.field(12, identity_->agreeing.shown).field(13, own_.shown).field(14, signature);
    return frame_.field(15, one_time_.shown).field(16, bytes_of(connection_)).bytes();
  }

  /// The holder's first message.
  Bytes agree(Bytes bundle) {
    bundle = bundle.subspan(2);
    Key issuer, signed_pre_key, one_time;
    take(bundle, issuer);
    take(bundle, signed_pre_key);
    const Bytes signature = next_field(bundle);
    take(bundle, one_time);
    join_signed(signed_pre_key, one_time);
    const Key point = handfast::detail::edwards_y(issuer);
    is_signed =
        Botan::Sodium::crypto_sign_ed25519_verify_detached(
            signature.data(), joined_.bytes().data(), joined_.bytes().size(), point.data()) == 0;
    const KeyPair ephemeral(*p_);
    const std::array<Key, 4> all{dh(identity_->agreeing, signed_pre_key), dh(ephemeral, issuer),
                                 dh(ephemeral, signed_pre_key), dh(ephemeral, one_time)};
    derive(all, identity_->agreeing.shown, issuer, signed_pre_key, ephemeral.shown, one_time);
    theirs_ = signed_pre_key;
    turn();
    const Bytes sealed = seal({});
    wrapped_.clear();
    wrapped_.varint(21 << 3) << std::uint8_t{2};
    wrapped_.field(22, identity_->agreeing.shown).field(23, ephemeral.shown);
    wrapped_.field(24, signed_pre_key).field(25, one_time);
    return wrapped_.field(26, sealed).bytes();
  }

  /// The issuer's answer.
  Bytes answer(Bytes initial) {
    initial = initial.subspan(3);
    Key holder, ephemeral, signed_pre_key, one_time;
    take(initial, holder);
    take(initial, ephemeral);
    take(initial, signed_pre_key);
    take(initial, one_time);
    const std::array<Key, 4> all{dh(own_, holder), dh(identity_->agreeing, ephemeral),
                                 dh(own_, ephemeral), dh(one_time_, ephemeral)};
    derive(all, holder, identity_->agreeing.shown, signed_pre_key, ephemeral, one_time);
    theirs_ = {};
    open(next_field(initial));
    return seal({});
  }

  Bytes seal(Bytes payload) {
    Key key;
    p_->mac(sending_, one, key);
    p_->mac(sending_, two, sending_);
    std::array<std::uint8_t, 16> salt;
    p_->random(salt);
    const std::size_t size = header_size + payload.size() + tag_size;
    frame_.clear();
    frame_.varint(1 << 3 | 2).varint(static_cast<std::uint32_t>(size));
    const MutableBytes content = frame_.room(size);
    content[0] = 2;
    std::ranges::copy(own_.shown, content.begin() + 1);
    write_big_endian(&content[33], previous_, 4);
    write_big_endian(&content[37], sent_++, 4);
    std::ranges::copy(salt, content.begin() + 41);
    use(key, content, [&](const Key& k, const Nonce& nonce, Bytes ad) {
      p_->seal(k, nonce, ad, payload, content.subspan(header_size));
    });
    return frame_.field(2, bytes_of(connection_)).bytes();
  }

  Bytes open(Bytes frame) {
    const Bytes content = next_field(frame);
    const bool turns = !std::equal(theirs_.begin(), theirs_.end(), content.begin() + 1);
    if (turns) {
      std::copy_n(content.begin() + 1, 32, theirs_.begin());
      step(dh(own_, theirs_), receiving_);
      received_ = 0;
    }
    std::uint32_t number = 0;
    for (const std::uint8_t byte : content.subspan(37, 4)) number = number << 8 | byte;
    Key key;
    for (; received_ <= number; ++received_) {
      p_->mac(receiving_, one, key);
      p_->mac(receiving_, two, receiving_);
      skipped_[received_ % skipped_.size()] = key;
    }
    const MutableBytes payload(plaintext_.data(), content.size() - header_size - tag_size);
    use(key, content, [&](const Key& k, const Nonce& nonce, Bytes ad) {
      p_->open(k, nonce, ad, content.subspan(header_size), payload);
    });
    if (turns) turn();
    return payload;
  }

  bool is_signed = false;

 private:
  static constexpr std::size_t header_size = 57, tag_size = 16;  // bytes
  static constexpr std::uint8_t one[] = {1}, two[] = {2};

  static void take(Bytes& rest, Key& out) { std::ranges::copy(next_field(rest), out.begin()); }
  static Key dh(const KeyPair& mine, const Key& theirs) {
    Key shared;
    Botan::Sodium::crypto_scalarmult_curve25519(shared.data(), mine.secret.data(), theirs.data());
    return shared;
  }
  /// All that is signed or agreed on is of the encodings of keys.
  void join(Bytes label, std::initializer_list<const Key*> keys) {
    joined_.clear();
    joined_ << label << Bytes(version);
    for (const Key* const key : keys) joined_ << std::uint8_t{5} << Bytes(*key);
    joined_ << static_cast<std::uint8_t>(connection_.size()) << bytes_of(connection_);
  }
  void join_signed(const Key& signed_pre_key, const Key& one_time) {
    join(bytes_of(x3dh::Hardened::pre_keys_label), {&signed_pre_key, &one_time});
  }

  void derive(const std::array<Key, 4>& all, const Key& holder, const Key& issuer,
              const Key& signed_pre_key, const Key& ephemeral, const Key& one_time) {
    join(bytes_of(x3dh::Hardened::name),
         {&holder, &issuer, &signed_pre_key, &ephemeral, &one_time});
    Key transcript, extracted, fingerprint;
    sent_ = received_ = previous_ = 0;
    p_->sha256({joined_.bytes()}, transcript);
    joined_.clear();
    for (int i = 0; i < 32; ++i) joined_ << std::uint8_t{0xFF};
    for (const Key& shared : all) joined_ << Bytes(shared);
    p_->mac(Key{}, joined_.bytes(), extracted);
    p_->expand(extracted, {transcript}, root_);
    std::array<std::uint8_t, 16> key_id;
    p_->expand(root_, {bytes_of(x3dh::labels::key_id)}, key_id);
    joined_.clear();
    joined_ << std::uint8_t{5} << Bytes(std::min(holder, issuer)) << std::uint8_t{5}
            << Bytes(std::max(holder, issuer));
    p_->sha256({bytes_of(x3dh::labels::fingerprint), joined_.bytes()}, fingerprint);
    covered_.clear();
    covered_ << std::uint8_t{5} << Bytes(holder) << std::uint8_t{5} << Bytes(issuer)
             << Bytes(transcript);
    covered_header_ = covered_.room(header_size);
  }

  /// The next root key, and the key of a chain.
  void step(const Key& shared, Key& chain) {
    std::array<std::uint8_t, 64> both;
    Key extracted;
    p_->mac(root_, shared, extracted);
    p_->expand(extracted, {bytes_of(x3dh::RatchetText::root_info)}, both);
    std::copy_n(both.begin(), 32, root_.begin());
    std::copy_n(both.begin() + 32, 32, chain.begin());
  }
  /// A key pair of ours for their latest one.
  void turn() {
    own_ = KeyPair(*p_);
    step(dh(own_, theirs_), sending_);
    previous_ = std::exchange(sent_, 0);
  }

  /// The key and nonce of one message, and what is associated with it.
  void use(const Key& message_key, Bytes content, auto&& run) {
    std::array<std::uint8_t, 44> both;
    Key extracted, key;
    Nonce nonce;
    p_->mac(content.subspan(41, 16), message_key, extracted);
    p_->expand(extracted, {bytes_of(x3dh::labels::message)}, both);
    std::copy_n(both.begin(), 32, key.begin());
    std::copy_n(both.begin() + 32, 12, nonce.begin());
    std::ranges::copy(content.first(header_size), covered_header_.begin());
    run(key, nonce, covered_.bytes());
  }

  static constexpr std::uint8_t version[] = {0, 0, 0, 2};

  Primitives* p_;
  const Identity* identity_;
  const KeyPair* signed_pre_key_;
  KeyPair own_, one_time_{own_};
  std::string connection_;
  Key root_{}, sending_{}, receiving_{}, theirs_{};
  std::uint32_t sent_ = 0, received_ = 0, previous_ = 0;
  Written joined_{512}, covered_{512}, frame_{1024}, wrapped_{1024};
  MutableBytes covered_header_;  // of the message, behind what the session has
  std::vector<std::uint8_t> plaintext_ = std::vector<std::uint8_t>(1024);
  std::vector<Key> skipped_ = std::vector<Key>(1024);
};

}  // namespace bare
