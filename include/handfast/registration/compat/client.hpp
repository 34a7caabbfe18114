#pragma once

// The client as the deployed browser program is: it seals whatever text a server sends, as often as
// it is asked, for whatever key the server names, and takes the server's word that it is
// registered.

#include "handfast/core/engine.hpp"
#include "handfast/core/fields.hpp"
#include "handfast/registration/compat/context.hpp"
#include "handfast/registration/compat/rules.hpp"

namespace handfast::registration {

/// The deployed browser program's side.
template <>
struct Client<Compat> {
  using Context = compat::Context;
  using Links = compat::Links;
  using Challenge = compat::Challenge;
  using ChallengeResponse = compat::ChallengeResponse;
  using RegisterSuccess = compat::RegisterSuccess;
  using RegisterFailure = compat::RegisterFailure;
  using Envelope = compat::Envelope;
  using Message = compat::Message;
  using Routed = compat::Routed;
  using Returned = compat::Returned;
  using MessageDelivered = compat::MessageDelivered;
  using AlreadyRegistered = compat::AlreadyRegistered;
  using Receives = List<Challenge, RegisterSuccess, RegisterFailure, Routed, Returned,
                        MessageDelivered, AlreadyRegistered>;
  using Commands = List<Connect, Send, LinkClosed>;
  using Timers = List<ChallengeOverdue, ResultOverdue>;

  // States.

  struct Idle {};
  /// The connection is there; the server has said nothing.
  struct AwaitingChallenge {
    Deadline<ChallengeOverdue> overdue;
    static constexpr auto fields = Fields{&AwaitingChallenge::overdue};
  };
  /// The response is on its way.
  struct AwaitingResult {
    Deadline<ResultOverdue> overdue;
    static constexpr auto fields = Fields{&AwaitingResult::overdue};
  };
  /// Messages go out and come in.
  struct Registered {};
  struct Ended {
    void entered(Context& c) { c.forget_keys(); }
  };
  using Ends = List<Idle, Registered, Ended>;

  // The row that is tagged authenticates nobody: the server says so, and the deployed client
  // believes it.
  // clang-format off
  using Table = Transitions<
    //  from               on                 to                 sends and tells
    Row<Idle,              Connect,           AwaitingChallenge, Requires<HasIdentity>>,
    Row<AwaitingChallenge, Challenge,         AwaitingResult,    ChallengeResponse, Requires<KeysAgree>>,
    Row<AwaitingChallenge, RegisterFailure,   Ended,             Tells<compat::Refused, Closed>>,
    Row<AwaitingChallenge, ChallengeOverdue,  Ended,             Tells<Closed>>,
    Row<AwaitingChallenge, LinkClosed,        Ended,             Tells<Closed>>,
    Row<AwaitingResult,    Challenge,         AwaitingResult,    ChallengeResponse, Requires<KeysAgree>>,
    Authenticates<
    Row<AwaitingResult,    RegisterSuccess,   Registered,        Tells<Established, Admitted>>>,
    Row<AwaitingResult,    RegisterFailure,   Ended,             Tells<compat::Refused, Closed>>,
    Row<AwaitingResult,    ResultOverdue,     Ended,             Tells<Closed>>,
    Row<AwaitingResult,    LinkClosed,        Ended,             Tells<Closed>>,
    Row<Registered,        Send,              Registered,        Message, Tells<compat::Sent>,
                                                                 Requires<PayloadFits, compat::TextIsJson, KeysAgree, RandomSourceWorks>>,
    Row<Registered,        Routed,            Registered,        Tells<Delivered>>,
    Row<Registered,        Returned,          Registered,        Tells<compat::Receipted>, Requires<compat::AnswerIsOurs>>,
    Row<Registered,        MessageDelivered,  Registered,        Tells<compat::Receipted>, Requires<compat::AnswerIsOurs>>,
    Row<Registered,        AlreadyRegistered, Ended,             Tells<Closed>>,
    Row<Registered,        LinkClosed,        Ended,             Tells<Closed>>,
    Ignore<Idle, Challenge, RegisterFailure>,
    Refuse<Idle, RegisterSuccess, Routed, Returned, MessageDelivered, AlreadyRegistered>,
    Refuse<AwaitingChallenge, RegisterSuccess, Routed, Returned, MessageDelivered, AlreadyRegistered>,
    Refuse<AwaitingResult, Routed, Returned, MessageDelivered, AlreadyRegistered>,
    Ignore<Registered, Challenge, RegisterSuccess, RegisterFailure>,
    Ignore<Ended, Challenge, RegisterSuccess, RegisterFailure, Routed, Returned, MessageDelivered, AlreadyRegistered>>;
  // clang-format on

  // Input.

  using Wire = std::variant<Challenge, RegisterSuccess, RegisterFailure, Envelope, Returned,
                            MessageDelivered, AlreadyRegistered>;
  static std::expected<Wire, Fault> decode(Link, Bytes frame, const Context&) {
    auto decoded = compat::widened<Wire>(
        wire::json::decode_any<Challenge, RegisterSuccess, RegisterFailure, MessageDelivered,
                               Envelope, AlreadyRegistered>(frame, compat::frame_size_max));
    const bool may_be_answer =
        decoded ? std::holds_alternative<Envelope>(*decoded) : decoded.error() != Fault::not_json;
    if (!may_be_answer) return decoded;
    // Own words that come back are told by the `error` beside them.
    auto returned = wire::json::decode<Returned>(frame, compat::frame_size_max);
    if (returned && returned->from) return *std::move(returned);
    return decoded;
  }

  /// An authentic message changes nothing: it opens as often as it comes.
  struct Pending {};
  static std::expected<Opened<Pending, Routed>, Fault> open(const Registered&, const Envelope& m,
                                                            Context& c, Buffer& plaintext) {
    if (m.message.size() < SecretBox::tag_size) return std::unexpected(Fault::not_authentic);
    const auto key = c.key_with(m.from);
    if (!key) return std::unexpected(key.error());
    const MutableBytes out = plaintext.extend(m.message.size() - SecretBox::tag_size);
    if (const auto opened = c.box.open(**key, m.nonce, m.message, out); !opened)
      return std::unexpected(opened.error());
    if (!compat::is_json(out)) return std::unexpected(Fault::not_json);
    return Opened<Pending, Routed>{Routed{m.from, plaintext.bytes()}, {}};
  }
  static void commit(Registered&, Pending&&, Context&) {}

  // Output.

  static void write(const ChallengeResponse& response, Context& c, Frames& frames) {
    compat::write_json(response, c, frames);
  }
  static void write(const Message& message, Context& c, Frames& frames) {
    compat::write_json(message.envelope, c, frames);
  }

  // Registration.

  static Next<Client, Idle, Connect> react(const Idle&, const Connect&, Context& c) {
    if (auto broken = require<HasIdentity>(c.identity.has_key())) return broken;
    return go(
        AwaitingChallenge{Deadline<ChallengeOverdue>::in(c.config.registration_timeout, c.now)});
  }
  static Next<Client, AwaitingChallenge, Challenge> react(const AwaitingChallenge& s,
                                                          const Challenge& m, Context& c) {
    auto response = response_to(m, c);
    if (auto broken = require<KeysAgree>(response.has_value())) return broken;
    return go(AwaitingResult{{s.overdue.at}}, *std::move(response));  // one time-out for both
  }
  static Next<Client, AwaitingResult, Challenge> react(const AwaitingResult&, const Challenge& m,
                                                       Context& c) {
    auto response = response_to(m, c);
    if (auto broken = require<KeysAgree>(response.has_value())) return broken;
    return stay(*std::move(response));
  }
  static Next<Client, AwaitingResult, RegisterSuccess> react(const AwaitingResult&,
                                                             const RegisterSuccess&, Context&) {
    return go(Registered{}, Established{}, Admitted{});
  }
  static Next<Client, AwaitingChallenge, RegisterFailure> react(const AwaitingChallenge&,
                                                                const RegisterFailure& m,
                                                                Context&) {
    return go(Ended{}, compat::Refused{m.error.value_or("")}, Closed{Fault::not_authentic});
  }
  static Next<Client, AwaitingResult, RegisterFailure> react(const AwaitingResult&,
                                                             const RegisterFailure& m, Context&) {
    return go(Ended{}, compat::Refused{m.error.value_or("")}, Closed{Fault::not_authentic});
  }
  static Next<Client, AwaitingChallenge, ChallengeOverdue> react(const AwaitingChallenge&,
                                                                 const ChallengeOverdue&,
                                                                 Context&) {
    return go(Ended{}, Closed{Fault::timed_out});
  }
  static Next<Client, AwaitingResult, ResultOverdue> react(const AwaitingResult&,
                                                           const ResultOverdue&, Context&) {
    return go(Ended{}, Closed{Fault::timed_out});
  }
  static Next<Client, AwaitingChallenge, LinkClosed> react(const AwaitingChallenge&,
                                                           const LinkClosed&, Context&) {
    return go(Ended{}, Closed{Fault::link_closed});
  }
  static Next<Client, AwaitingResult, LinkClosed> react(const AwaitingResult&, const LinkClosed&,
                                                        Context&) {
    return go(Ended{}, Closed{Fault::link_closed});
  }

  // Traffic.

  static Next<Client, Registered, Send> react(const Registered&, const Send& m, Context& c) {
    if (auto broken = require<PayloadFits>(m.payload.size() <= payload_size_max)) return broken;
    if (auto broken = require<compat::TextIsJson>(compat::is_json(m.payload))) return broken;
    const auto key = c.key_with(m.recipient);
    if (auto broken = require<KeysAgree>(key.has_value())) return broken;
    const auto nonce = c.random.bytes<SecretBox::nonce_size>();
    if (auto broken = require<RandomSourceWorks>(nonce.has_value())) return broken;
    return stay(Message{{c.identity.public_key(), m.recipient, *nonce,
                         compat::sealed(c.box, **key, *nonce, m.payload)}},
                compat::Sent{*nonce});
  }
  static Next<Client, Registered, Routed> react(const Registered&, const Routed& m, Context&) {
    return stay(Delivered{m.sender, m.payload});
  }
  static Next<Client, Registered, Returned> react(const Registered&, const Returned& m,
                                                  Context& c) {
    const auto from = decoded_as<x25519::key_size>(m.from);
    const bool is_ours = from && std::ranges::equal(*from, c.identity.public_key().bytes());
    if (auto broken = require<compat::AnswerIsOurs>(is_ours)) return broken;
    return stay(compat::Receipted{
        decoded_as<SecretBox::nonce_size>(m.nonce).value_or(compat::Nonce{}), m.error});
  }
  static Next<Client, Registered, MessageDelivered> react(const Registered&,
                                                          const MessageDelivered& m, Context& c) {
    if (auto broken = require<compat::AnswerIsOurs>(m.from == c.identity.public_key()))
      return broken;
    return stay(compat::Receipted{m.nonce, {}});
  }
  static Next<Client, Registered, AlreadyRegistered> react(const Registered&,
                                                           const AlreadyRegistered&, Context&) {
    return go(Ended{}, Closed{Fault::already_registered});
  }
  static Next<Client, Registered, LinkClosed> react(const Registered&, const LinkClosed&,
                                                    Context&) {
    return go(Ended{}, Closed{Fault::link_closed});
  }

 private:
  /// Seals what the server says, under the nonce that it says, for the key that it says.
  static std::expected<ChallengeResponse, Fault> response_to(const Challenge& m, Context& c) {
    const auto key = box_key(c.identity, m.from);
    if (!key) return std::unexpected(key.error());
    ChallengeResponse response{c.identity.public_key(), m.from, m.nonce,
                               compat::sealed(c.box, *key, m.nonce, bytes_of(m.text))};
    c.box.forget();  // it would hold this key until there is a message
    return response;
  }

  /// `text` as exactly `Size` bytes.
  template <std::size_t Size>
  static std::optional<std::array<std::uint8_t, Size>> decoded_as(
      const std::optional<std::string>& text) {
    std::array<std::uint8_t, Size> bytes{};
    if (!text || wire::base64::decode(*text, bytes, wire::base64::url_lenient) != Size)
      return std::nullopt;
    return bytes;
  }
};

}  // namespace handfast::registration
