#pragma once

// A session: how its messages are sealed and opened.
//
//   key, nonce = HKDF(ikm the ratchet's message key, salt of the message, info label, 44 bytes)
//   ciphertext = AES-256-GCM(key, nonce, AD of the session | header, payload)
//
// The salt is random: two copies of one session never seal with the same key and nonce.

#include "handfast/core/deadline.hpp"
#include "handfast/core/engine.hpp"
#include "handfast/ratchet/double_ratchet.hpp"
#include "handfast/wire/binary.hpp"
#include "handfast/x3dh/context.hpp"

namespace handfast::x3dh {

using Ratchet = ratchet::DoubleRatchet<RatchetText>;

/// What two sides have after the agreement.
struct Session {
  Terms terms;
  AssociatedData associated_data;
  Transcript transcript{};
  std::array<std::uint8_t, 16> key_id{};
  Fingerprint fingerprint{};
  bool is_verified = false;
  Ratchet ratchet;
  static constexpr auto fields = Fields{
      &Session::terms,       &Session::associated_data, &Session::transcript, &Session::key_id,
      &Session::fingerprint, &Session::is_verified,     &Session::ratchet};

  Session() = default;
  Session(const Terms& t, const Agreed& agreed, Ratchet r, bool verified, Context& c)
      : terms(t),
        associated_data(t, agreed.transcript, c.config.bound_data),
        transcript(agreed.transcript),
        key_id(agreed.key_id),
        fingerprint(fingerprint_of(t.holder, t.issuer, c.sha256)),
        is_verified(verified),
        ratchet(std::move(r)) {}

  /// What `role` believes about the run with `peer`.
  [[nodiscard]] Claim claim(std::string_view role, const x25519::PublicKey& peer,
                            const x25519::PublicKey& own) const {
    Claim made;
    std::ranges::copy(peer.bytes(), made.peer.begin());
    std::ranges::copy(own.bytes(), made.own.begin());
    made.transcript = transcript;
    made.key_id = key_id;
    made.role = role;
    return made;
  }

  /// Seals `payload` as the next message, into `c.content`, as an `EncryptedMessage` whose views
  /// are valid until the next one.
  [[nodiscard]] EncryptedMessage seal(Bytes payload, const Salt& salt, Context& c) {
    const ratchet::Header header = ratchet.next();
    const Keys keys(ratchet.send(c.hmac), salt, c.hkdf);
    const std::size_t sealed_size = payload.size() + tag_size;
    c.content.clear();
    const MutableBytes all = c.content.extend(Content::header_size + sealed_size);
    wire::Writer writer(all);
    (void)wire::binary::encode(ContentHeader{header.key, header.previous, header.number, salt},
                               writer);  // it has room, and all values are allowed
    const MutableBytes sealed = all.last(sealed_size);
    (void)c.aead.seal(keys.key, keys.nonce(), Covered(*this, writer.written()).bytes(), payload,
                      sealed);  // the size is right
    return {c.content.bytes(), terms.connection.view()};
  }

  /// Opens `message`, and appends its payload to `plaintext`; then `pending` is what to commit.
  /// What is wrong with its content; the ratchet's faults; `not_authentic`; `wrong_session` where it
  /// names another connection.
  [[nodiscard]] std::expected<Bytes, Fault> open(const EncryptedMessage& message,
                                                 Ratchet::Pending& pending, Context& c,
                                                 Buffer& plaintext) const {
    const auto content = wire::binary::decode<Content>(message.content);
    if (!content) return std::unexpected(content.error());
    if (message.connection != terms.connection.view()) return std::unexpected(Fault::wrong_session);
    auto message_key = ratchet.key_for({content->ratchet_key, content->previous, content->number},
                                       c.now.utc, c.hkdf, c.hmac, pending);
    if (!message_key) return std::unexpected(message_key.error());
    const Keys keys(std::move(*message_key), content->salt, c.hkdf);
    const Bytes header = message.content.first(Content::header_size);
    const MutableBytes payload = plaintext.extend(content->ciphertext.size() - tag_size);
    if (const auto opened = c.aead.open(keys.key, keys.nonce(), Covered(*this, header).bytes(),
                                        content->ciphertext, payload);
        !opened)
      return std::unexpected(opened.error());
    if (const auto answered = ratchet.answer(pending, c.random, c.hkdf); !answered)
      return std::unexpected(answered.error());
    return payload;
  }

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
  [[nodiscard]] static UnixTime::duration late_keys_time(const Context& c) {
    return std::chrono::ceil<UnixTime::duration>(c.config.late_keys_time);
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

  /// The associated data of one message.
  class Covered {
   public:
    Covered(const Session& session, Bytes header) {
      if (!handfast::detail::planted<"agreement not in the associated data">)
        (void)writer_.write(session.associated_data.bytes());
      if (!handfast::detail::planted<"ratchet header not covered">) (void)writer_.write(header);
    }
    [[nodiscard]] Bytes bytes() const noexcept { return writer_.written(); }

   private:
    std::array<std::uint8_t, AssociatedData::size_max + Content::header_size> memory_{};
    wire::Writer writer_{memory_};
  };
};

/// Writes `message` as a frame of the role's one link.
template <class M>
void write_frame(const M& message, Context& c, Frames& frames) {
  FrameWriter frame(frames, c.link);
  (void)wire::protobuf::encode(message, frame);  // all its values are allowed
}

}  // namespace handfast::x3dh
