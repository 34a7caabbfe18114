#pragma once

// The profile of the document, as it stands there: one key for both directions, and a counter on each
// side that says which nonce is next. For talking to who has built that, and for showing what goes
// wrong; use `Hardened` for anything else.
//
//   counter    one of each side's, from 0; the next message, sent or received, has one more
//   nonce      SHA-256(counter, 8 bytes, highest first), the first 16 bytes; not sent
//   content    AES-256-GCM(SK, nonce, no associated data, payload)
//
// What follows from it: two messages that cross have one key and nonce, which tells the exclusive or
// of both and GCM's authentication key; a message that is lost is the end, for ever; the connection's
// name is not authenticated; whoever gets the key reads all there ever was.
//
// The document has no first messages of its own, so those are ours, of version 1. The holder's is
// number 1, the issuer's answer 2, both empty, and said again as they were; the holder's application
// says nothing before the answer. So the agreement bears losses, though the conversation does not.

#include "handfast/x3dh/counter_nonce.hpp"
#include "handfast/x3dh/holder.hpp"
#include "handfast/x3dh/issuer.hpp"

namespace handfast::x3dh {

namespace documented {

/// Issuer to holder. Only the pre-key is signed.
struct Bundle : x3dh::Bundle {
  using layout = wire::Layout<
      "bundle", wire::Numbered<11, wire::Version<"version", Documented::version>>,
      wire::Field<"identity_key", &Bundle::identity, wire::PublicKeyOf<IssuerIdentity>,
                  wire::Tag<12>>,
      wire::Field<"signed_pre_key", &Bundle::signed_pre_key, wire::PublicKeyOf<SignedPreKey>,
                  wire::Tag<13>>,
      wire::Field<"signature", &Bundle::signature,
                  wire::Signed<IssuerIdentity, wire::Of<"signed_pre_key">>, wire::Tag<14>>,
      wire::Field<"one_time_pre_key", &Bundle::one_time_pre_key, wire::PublicKeyOf<OneTimePreKey>,
                  wire::Tag<15>>,
      wire::Field<"connection_id", &Bundle::connection, wire::Public, wire::Tag<16>,
                  wire::Bounded<1, ConnectionId::size_max>>,
      wire::Canonical>;
};

/// Holder to issuer.
struct Initial : x3dh::Initial {
  using layout =
      wire::Layout<"initial", wire::Numbered<21, wire::Version<"version", Documented::version>>,
                   wire::Field<"identity_key", &Initial::identity,
                               wire::PublicKeyOf<HolderIdentity>, wire::Tag<22>>,
                   wire::Field<"ephemeral_key", &Initial::ephemeral,
                               wire::PublicKeyOf<HolderEphemeral>, wire::Tag<23>>,
                   wire::Field<"signed_pre_key", &Initial::signed_pre_key, wire::Tag<24>>,
                   wire::Field<"one_time_pre_key", &Initial::one_time_pre_key, wire::Tag<25>>,
                   wire::Field<"message", &Initial::message, wire::Tag<26>,
                               wire::Bounded<1, content_size_max + 100>>,
                   wire::Canonical>;
};

}  // namespace documented

template <>
struct HandshakeOf<Documented> {
  using Bundle = documented::Bundle;
  using Initial = documented::Initial;
};

template <>
struct Sealing<Documented> {
  struct Pending {
    bool moves = false;
  };
  using Opened = handfast::Opened<Pending, Message, Empty>;

  Secret<32> shared;
  std::uint64_t counter = 0;  // of the message that was sent or received last
  static constexpr auto fields = Fields{&Sealing::shared, &Sealing::counter};

  [[nodiscard]] static std::expected<Sealing, Fault> of_holder(Secret<32> key, const Terms&,
                                                               const Transcript&, Context&) {
    return Sealing{std::move(key), 0};
  }
  [[nodiscard]] static Sealing of_issuer(Secret<32> key, const Transcript&,
                                         const x25519::PrivateKey&, Context&) {
    return Sealing{std::move(key), 0};
  }

  [[nodiscard]] static std::expected<Salt, Fault> draw(Random&) { return Salt{}; }
  [[nodiscard]] bool has_numbers() const noexcept { return true; }

  void seal(const Message& message, Bytes, Context& c) { seal_as(++counter, message.payload, c); }
  void seal(const First& message, Bytes, Context& c) { seal_always(1, message.payload, c); }
  void seal(const Empty&, Bytes, Context& c) { seal_always(2, {}, c); }

  /// `truncated`, `oversized`; `not_authentic`, also where this side's counter is not the sender's;
  /// `malformed` where the first message or its answer says something.
  [[nodiscard]] std::expected<Bytes, Fault> open(Bytes content, Bytes, Pending& pending, Context& c,
                                                 Buffer& plaintext) const {
    pending.moves = true;
    return open_as(counter + 1, content, c, plaintext);
  }
  /// The first is said until it was answered.
  [[nodiscard]] std::expected<Bytes, Fault> open_first(Bytes content, Bytes, Pending& pending,
                                                       Context& c, Buffer& plaintext) const {
    pending.moves = counter == 0;
    return open_as(1, content, c, plaintext);
  }
  [[nodiscard]] static std::expected<Opened, Fault> read(Bytes payload, Pending&& pending) {
    return message_or_empty<Opened>(payload, std::move(pending));
  }
  bool commit(Pending&& pending) {
    counter += pending.moves ? 1 : 0;
    return false;
  }

 private:
  void seal_always(std::uint64_t number, Bytes payload, Context& c) {
    counter = std::max(counter, number);
    seal_as(number, payload, c);
  }
  void seal_as(std::uint64_t number, Bytes payload, Context& c) const {
    (void)c.aead_nonce16.seal(shared, counter_nonce(number, c.sha256), {}, payload,
                              c.content.extend(payload.size() + tag_size));  // the size is right
  }
  [[nodiscard]] std::expected<Bytes, Fault> open_as(std::uint64_t number, Bytes content, Context& c,
                                                    Buffer& plaintext) const {
    if (content.size() < tag_size) return std::unexpected(Fault::truncated);
    if (content.size() > payload_size_max + tag_size) return std::unexpected(Fault::oversized);
    const MutableBytes payload = plaintext.extend(content.size() - tag_size);
    if (const auto opened =
            c.aead_nonce16.open(shared, counter_nonce(number, c.sha256), {}, content, payload);
        !opened)
      return std::unexpected(opened.error());
    if (number <= 2 && !payload.empty()) return std::unexpected(Fault::malformed);
    return payload;
  }
};

}  // namespace handfast::x3dh
