#pragma once

// The hardened profile's messages: each has a key of its own, of the Double Ratchet.
//
//   key, nonce = HKDF(ikm the ratchet's message key, salt of the message, info label, 44 bytes)
//   ciphertext = AES-256-GCM(key, nonce, AD of the session | header, payload)
//
// The salt is random: two copies of one session never seal with the same key and nonce. The cipher,
// how its key is derived and the salt are ours, in the place of ENCRYPT (Double Ratchet, sections
// 3.1 and 5.2). The associated data is CONCAT of section 3.1: two pairs never give the same, for
// the header has one size.

#include "handfast/ratchet/double_ratchet.hpp"
#include "handfast/x3dh/session.hpp"

namespace handfast::x3dh {

using Ratchet = ratchet::DoubleRatchet<RatchetText>;
using Session = SessionOf<Hardened>;

/// Of one message of the session: version (1 byte), the ratchet's header (32, 4 and 4 bytes), a
/// salt (16), ciphertext, tag (16). All before the ciphertext is associated data, behind what the
/// session has. `ciphertext` includes the tag.
struct Content {
  x25519::PublicKey ratchet_key;
  std::uint32_t previous = 0;
  std::uint32_t number = 0;
  Salt salt{};
  Bytes ciphertext;
  static constexpr std::size_t header_size = 57;  // bytes
  using layout = wire::Layout<
      "content", wire::Version<"version", std::uint8_t{2}>,
      wire::Field<"ratchet_key", &Content::ratchet_key, wire::PublicKeyOf<RatchetKey>>,
      wire::Field<"previous", &Content::previous, wire::Counter>,
      wire::Field<"number", &Content::number, wire::Counter>,
      wire::Field<"salt", &Content::salt, wire::Fresh>,
      wire::Field<"ciphertext", &Content::ciphertext,
                  wire::Sealed<MessageKey, List<Message, Empty, First>,
                               wire::Of<"version", "ratchet_key", "previous", "number", "salt">>,
                  wire::Bounded<tag_size, payload_size_max + tag_size>>>;
};
static_assert(Content::header_size + payload_size_max + tag_size <= content_size_max &&
              Content::header_size <= Covered::header_size_max);

template <>
struct Sealing<Hardened> {
  using Pending = Ratchet::Pending;
  using Opened = handfast::Opened<Pending, Message, Empty>;

  Ratchet ratchet;
  static constexpr auto fields = Fields{&Sealing::ratchet};

  /// `shared` is SK, and the signed pre-key the ratchet's first (Double Ratchet, section 5.1).
  /// `random_source_failed`.
  [[nodiscard]] static std::expected<Sealing, Fault> of_holder(Secret<32> shared,
                                                               const Terms& terms,
                                                               const Transcript&, Context& c) {
    auto made = Ratchet::initiator(std::move(shared), terms.signed_pre_key, c.random, c.hkdf);
    if (!made) return std::unexpected(made.error());
    return Sealing{std::move(*made)};
  }
  [[nodiscard]] static Sealing of_issuer(Secret<32> shared, const Transcript&,
                                         const x25519::PrivateKey& signed_pre_key, Context&) {
    return Sealing{Ratchet::responder(std::move(shared), signed_pre_key.dangerous_copy())};
  }

  [[nodiscard]] static std::expected<Salt, Fault> draw(Random& random) {
    return random.bytes<16>();
  }
  /// Whether there is a number for another message.
  [[nodiscard]] bool has_numbers() const noexcept { return ratchet.has_numbers(); }
  /// Whether another one may go that nobody has asked for, before the first answer. Where all of
  /// them are lost, the issuer still follows; those that are said again come on top.
  [[nodiscard]] bool may_say_more() const noexcept {
    return ratchet.next().number < unanswered_max;
  }

  template <class M>
  void seal(const M& message, Bytes session, Context& c) {
    seal_payload(message.payload, message.salt, session, c);
  }
  void seal(const Empty& message, Bytes session, Context& c) {
    seal_payload({}, message.salt, session, c);
  }

  /// What is wrong with the content; the ratchet's faults; `not_authentic`;
  /// `random_source_failed`.
  [[nodiscard]] std::expected<Bytes, Fault> open(Bytes given, Bytes session, Pending& pending,
                                                 Context& c, Buffer& plaintext) const {
    const auto content = wire::binary::decode<Content>(given);
    if (!content) return std::unexpected(content.error());
    auto message_key = ratchet.key_for({content->ratchet_key, content->previous, content->number},
                                       c.now.utc, c.hkdf, c.hmac, pending);
    if (!message_key) return std::unexpected(message_key.error());
    const Keys keys(std::move(*message_key), content->salt, c.hkdf);
    const Covered covered(session, header_of(given));
    const MutableBytes payload = plaintext.extend(content->ciphertext.size() - tag_size);
    if (const auto opened =
            c.aead.open(keys.key, keys.nonce(), covered.bytes(), content->ciphertext, payload);
        !opened)
      return std::unexpected(opened.error());
    if (const auto answered = ratchet.answer(pending, c.random, c.hkdf); !answered)
      return std::unexpected(answered.error());
    return payload;
  }
  [[nodiscard]] std::expected<Bytes, Fault> open_first(Bytes given, Bytes session, Pending& pending,
                                                       Context& c, Buffer& plaintext) const {
    return open(given, session, pending, c, plaintext);
  }
  [[nodiscard]] static std::expected<Opened, Fault> read(Bytes payload, Pending&& pending) {
    return message_or_empty<Opened>(payload, std::move(pending));
  }
  /// Whether the time at which keys are too old may be another one now.
  bool commit(Pending&& pending) { return ratchet.commit(std::move(pending)); }

  /// When the oldest key of a late message is to be forgotten.
  [[nodiscard]] SteadyTime late_keys_end(const Context& c) const {
    const auto earliest = ratchet.earliest_late();
    if (!earliest) return never;
    const auto kept_for = late_keys_time(c);
    // Where the clock went back, not longer than from now on.
    const auto left = std::clamp(*earliest + kept_for - c.now.utc, UnixTime::duration{0}, kept_for);
    return Deadline<void>::in(left, c.now).at;
  }
  void forget_late_keys(const Context& c) {
    ratchet.forget_late(c.now.utc - late_keys_time(c), c.now.utc);
  }

 private:
  static constexpr std::uint32_t unanswered_max = 900;
  static_assert(unanswered_max + Config::attempts_max <= ratchet::SkipLimits::per_message_max);

  [[nodiscard]] static UnixTime::duration late_keys_time(const Context& c) {
    return std::chrono::ceil<UnixTime::duration>(c.config.late_keys_time);
  }
  [[nodiscard]] static Bytes header_of(Bytes content) {
    return handfast::detail::planted<"ratchet header not covered">
               ? Bytes{}
               : content.first(Content::header_size);
  }

  /// What is open of a content.
  struct ContentHeader {
    x25519::PublicKey ratchet_key;
    std::uint32_t previous = 0;
    std::uint32_t number = 0;
    Salt salt{};
    using layout = wire::Layout<"content header", wire::Version<"version", std::uint8_t{2}>,
                                wire::Field<"ratchet_key", &ContentHeader::ratchet_key>,
                                wire::Field<"previous", &ContentHeader::previous>,
                                wire::Field<"number", &ContentHeader::number>,
                                wire::Field<"salt", &ContentHeader::salt>>;
  };
  static_assert(wire::encoded_size<ContentHeader> == Content::header_size);

  /// What seals one message.
  struct Keys {
    Secret<32> key;
    Secret<12> nonce_bytes;

    Keys(Secret<32> message_key, const Salt& salt, Hkdf& hkdf) {
      const auto both = hkdf.derive<44>(message_key.bytes(), salt, bytes_of(labels::message));
      key = Secret<32>::from(both.bytes().first<32>());
      nonce_bytes = Secret<12>::from(both.bytes().last<12>());
    }
    [[nodiscard]] Aead<Aes256Gcm>::Nonce nonce() const noexcept { return nonce_bytes.bytes(); }
  };

  void seal_payload(Bytes payload, const Salt& salt, Bytes session, Context& c) {
    const ratchet::Header header = ratchet.next();
    const Keys keys(ratchet.send(c.hmac), salt, c.hkdf);
    const MutableBytes all = c.content.extend(Content::header_size + payload.size() + tag_size);
    wire::Writer writer(all);
    (void)wire::binary::encode(ContentHeader{header.key, header.previous, header.number, salt},
                               writer);  // it has room, and all values are allowed
    const Covered covered(session, header_of(all));
    (void)c.aead.seal(keys.key, keys.nonce(), covered.bytes(), payload,
                      all.subspan(Content::header_size));  // the size is right
  }
};

/// The keys of messages that have not come are kept for a time.
template <>
struct states::Established<Hardened> {
  Session session;
  Deadline<KeysTooOld> late_keys;
  static constexpr auto fields = Fields{&Established::session, &Established::late_keys};

  template <class Left>
  requires requires(Left& left) { left.session; }
  void adopt(Left&& left) { session = std::move(left.session); }
  void entered(const Context& c) { late_keys.at = session.sealing.late_keys_end(c); }
};

template <class Role>
struct Additions<Role, Hardened> {
  using Established = states::Established<Hardened>;

  // Section 6.4. Stored anew, or what was forgotten here would still be there.
  using AddedRows = Transitions<Row<Established, KeysTooOld, Established, StoresFirst>>;
  template <class... States>
  using AddedElsewhere = Transitions<>;
  using AddedCommands = List<>;
  using AddedMessages = List<>;
  using AddedTimers = List<KeysTooOld>;

  static Next<Role, Established, KeysTooOld> react(Established& s, const KeysTooOld&, Context& c) {
    s.session.sealing.forget_late_keys(c);
    s.entered(c);
    return stay();
  }
  static void write() = delete;
};

}  // namespace handfast::x3dh
