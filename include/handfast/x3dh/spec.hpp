#pragma once

// What a model of this protocol needs beside its tables and layouts (spec/describe.hpp): X3DH and
// the first messages under what came of it, in all three profiles. Without a word more it is the
// default configuration: neither side knows the other's key beforehand.
//
// The model has what the agreement is made of and leaves out the rest, and still means something:
// - Messages after the agreement are under SK itself, with the role of who says them, and in
//   `Documented` with the counter of the first two. The ratchet and all other counters are left out:
//   what they do for order and secrecy inside a session `Conversation` says. What brings counters of
//   `Counter` in step again is for tests/x3dh to say. An attacker who has SK has more here than in a
//   real session, so what holds holds there too.
// - A session's first message makes it. One that is said again to the side that has it, which real
//   issuers take for the same pre-keys only, is left out, and so is the memory for bundles without
//   a one-time pre-key: such bundles are here what they would be without it.
// - X25519, XEdDSA, HKDF and AES-GCM are perfect: of what two keys agree on nobody has anything
//   without one of them. The attacker has one key of his own, which he uses as all that he needs.
// - Time is left out: a timer may run out at any moment.

#include "handfast/spec/describe.hpp"
#include "handfast/x3dh.hpp"
#include "handfast/x3dh/counter.hpp"
#include "handfast/x3dh/documented.hpp"

namespace handfast::x3dh {

/// The sentences of all.
inline constexpr std::string_view left_out_of_model[] = {
    "messages are under the agreed key itself, without a ratchet or a window",
    "a first message that is said again to its own session",
    "a timer may run out at any moment",
    "each side runs once, and the attacker has one key of his own",
};

namespace detail {

/// What the profiles have in common.
template <class Profile>
struct DescriptionOf {
  using Bundle = typename HandshakeOf<Profile>::Bundle;
  using Initial = typename HandshakeOf<Profile>::Initial;
  using Roles = List<Issuer<Profile>, Holder<Profile>>;

  using Forms = List<spec::Form<First, Initial, spec::Inside<"message", EncryptedMessage>>,
                     spec::Form<Message, EncryptedMessage>, spec::Form<Empty, EncryptedMessage>>;
  using Keys =
      List<spec::Lasting<IssuerIdentity, "identity">, spec::Lasting<HolderIdentity, "identity">,
           spec::Lasting<SignedPreKey, "signed pre-key">, spec::Drawn<OneTimePreKey>,
           spec::Drawn<HolderEphemeral>>;
  /// SK, from the four agreements and what the profile adds.
  template <class... More>
  using Shared = spec::DerivedFrom<"SK", spec::Agreed<HolderIdentity, SignedPreKey>,
                                   spec::Agreed<HolderEphemeral, IssuerIdentity>,
                                   spec::Agreed<HolderEphemeral, SignedPreKey>,
                                   spec::Agreed<HolderEphemeral, OneTimePreKey>, More...>;
  using Repeats = List<spec::Same<First, "signed_pre_key", Bundle, "signed_pre_key">,
                       spec::Same<First, "one_time_pre_key", Bundle, "one_time_pre_key">>;

  using Data = spec::Given<Send, Delivered>;
  using Rules = List<
      spec::Compares<ConnectionIsOurs, "connection_id">,
      spec::Compares<SignatureIsValid, "signature">, spec::Differs<PeerIsExpected, "identity_key">,
      spec::Differs<spec::Opening, "identity_key">, spec::Compares<spec::Opening, "signed_pre_key">,
      spec::Compares<spec::Opening, "one_time_pre_key">,
      spec::Compares<spec::Opening, "connection_id">, spec::Compares<spec::Opening, "content">>;
  using Transcript = List<wire::In<First, "identity_key", "ephemeral_key">,
                          wire::In<Bundle, "identity_key", "signed_pre_key", "one_time_pre_key">,
                          spec::Named<"connection_id">>;
  using SaysAgain = List<>;
  using KeysName = List<>;
  static constexpr auto& left_out = left_out_of_model;
};

}  // namespace detail

template <class Profile>
struct Description;

template <>
struct Description<Documented> : detail::DescriptionOf<Documented> {
  using SK = Shared<>;
  using Sealed = List<spec::Seals<First, "content", SK, spec::Named<"number 1">>,
                      spec::Seals<Empty, "content", SK, spec::Named<"number 2">>,
                      spec::Seals<Message, "content", SK, spec::Named<"a later number">>>;
  using LeftOut = List<Stop, Verify, spec::Without<states::Established<Documented>, First>>;
};

namespace detail {

/// All that is sealed has its session in its associated data.
template <class Profile>
struct BoundDescriptionOf : DescriptionOf<Profile> {
  using Transcript = typename DescriptionOf<Profile>::Transcript;
  using SK = typename DescriptionOf<Profile>::template Shared<Transcript>;
  template <class M>
  using Seals = spec::Seals<M, "content", SK, spec::Sender, Transcript>;
  using Sealed = List<Seals<First>, Seals<Empty>, Seals<Message>>;
};

}  // namespace detail

template <>
struct Description<Counter> : detail::BoundDescriptionOf<Counter> {
  using Forms = handfast::detail::Concat<
      detail::BoundDescriptionOf<Counter>::Forms,
      List<spec::Form<SyncRequest, EncryptedMessage>, spec::Form<SyncAnswer, EncryptedMessage>>>;
  using LeftOut = List<Stop, Verify, Synchronize, SyncRequest, SyncAnswer,
                       spec::Without<states::Established<Counter>, First>>;
};

template <>
struct Description<Hardened> : detail::BoundDescriptionOf<Hardened> {
  using LeftOut =
      List<Stop, Verify, KeysTooOld, spec::Without<states::Established<Hardened>, First>>;
};

// What comes behind the agreement: the number of each message, the nonce that it is sealed under, and
// what a side still takes where others are lost or late. Keys of the ratchet are one a message here,
// from one chain a direction: new agreements, which only add to what goes into them, are left out.
// Numbers end after a few messages; windows are as wide as in real sessions, and so never reached.
// A thief of keys gets those of messages, and not the ratchet's root and private key, which open what
// comes later.

template <class Profile>
struct Conversation;

/// Each side counts for itself what it has sent and taken; the first two messages have numbers of
/// their own.
template <>
struct Conversation<Documented> : Description<Documented> {
  using Unsaid = List<spec::Counts<Message, "turn", Message>>;
  using Sealed = List<spec::Seals<First, "content", SK, spec::Named<"number 1">>,
                      spec::Seals<Empty, "content", SK, spec::Named<"number 2">>,
                      spec::Seals<Message, "content", SK, spec::Nonce<wire::In<Message, "turn">>>>;
  static constexpr std::string_view left_out[] = {
      "a first message that is said again to its own session",
      "a timer may run out at any moment",
      "each side runs once, and says a few messages",
  };
};

namespace detail {

template <class Profile, int Late, int Ahead>
struct NumberedDescription : Description<Profile> {
  using Base = Description<Profile>;
  using Unsaid = List<spec::Numbers<First, "number">, spec::Numbers<Empty, "number">,
                      spec::Numbers<Message, "number">>;
  using Rules = handfast::detail::Concat<typename Base::Rules,
                                         List<spec::Remembers<spec::Opening, "number">,
                                              spec::Window<spec::Opening, "number", Late, Ahead>>>;
  template <class M, class Key>
  using Sealing =
      spec::Seals<M, "content", Key, spec::Nonce<wire::In<M, "number">>, typename Base::Transcript>;
  static constexpr auto& left_out = Conversation<Documented>::left_out;
};

}  // namespace detail

template <>
struct Conversation<Counter> : detail::NumberedDescription<Counter, Sealing<Counter>::ahead_max - 1,
                                                           Sealing<Counter>::ahead_max> {
  using Key = spec::DerivedFrom<"direction key", SK, spec::Sender>;
  using Sealed = List<Sealing<First, Key>, Sealing<Empty, Key>, Sealing<Message, Key>>;
};

template <>
struct Conversation<Hardened> : detail::NumberedDescription<Hardened, ratchet::SkipLimits::kept_max,
                                                            ratchet::SkipLimits::per_message_max> {
  template <class M>
  using Key =
      spec::DerivedFrom<"message key",
                        spec::Stepped<"chain key", wire::In<M, "number">, SK, spec::Sender>>;
  using Sealed =
      List<Sealing<First, Key<First>>, Sealing<Empty, Key<Empty>>, Sealing<Message, Key<Message>>>;
};

}  // namespace handfast::x3dh
