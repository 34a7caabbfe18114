#pragma once

// The parent as the deployed Go program is.

#include "handfast/core/fields.hpp"
#include "handfast/stdio/compat/channel.hpp"
#include "handfast/stdio/rules.hpp"
#include "handfast/wire/json.hpp"

namespace handfast::stdio {

/// The deployed Go program's side.
template <>
struct Parent<Compat> {
  using Context = stdio::Context;
  using Links = compat::Links;
  using Channel = compat::Channel;
  using Offer = compat::Offer;
  using Answer = compat::Answer;
  using Request = compat::Request;
  using Response = compat::Response;
  using Receives = List<Answer, Response>;
  using Commands = List<Start, Send, LinkClosed>;
  using Timers = List<AnswerOverdue, ResponseOverdue>;

  struct Idle {};
  struct AwaitingAnswer {
    x25519::PrivateKey key;
    Deadline<AnswerOverdue> overdue;
    static constexpr auto fields = Fields{&AwaitingAnswer::key, &AwaitingAnswer::overdue};
  };
  struct AwaitingResponse;
  struct Open {
    Channel channel;
    static constexpr auto fields = Fields{&Open::channel};
    void adopt(AwaitingResponse&& left) { channel = std::move(left.channel); }
  };
  struct AwaitingResponse {
    Deadline<ResponseOverdue> overdue;
    Channel channel;
    static constexpr auto fields = Fields{&AwaitingResponse::overdue, &AwaitingResponse::channel};
    void adopt(Open&& left) { channel = std::move(left.channel); }
  };
  struct Ended {
    void entered(Context& c) { c.forget_keys(); }
  };
  using Ends = List<Open, Ended>;

  // The row that is tagged authenticates by the document's argument only: nobody but the child
  // writes to that pipe.
  // clang-format off
  using Table = Transitions<
    //  from              on               to                sends and tells
    Row<Idle,             Start,           AwaitingAnswer,   Offer, Requires<EndpointFits, NothingToAskYet, RandomSourceWorks>>,
    Authenticates<
    Row<AwaitingAnswer,   Answer,          Open,             Tells<Established, Reachable>, Requires<KeysAgree>>>,
    Row<AwaitingAnswer,   AnswerOverdue,   Ended,            Tells<Closed>>,
    Row<AwaitingAnswer,   LinkClosed,      Ended,            Tells<Closed>>,
    Row<Open,             Send,            AwaitingResponse, Request, Requires<PayloadFits, RandomSourceWorks>>,
    Row<Open,             Send,            AwaitingResponse, Request, Tells<RekeyDue>, Requires<PayloadFits, RandomSourceWorks>>,
    Row<AwaitingResponse, Response,        Open,             Tells<Answered>>,
    Row<AwaitingResponse, ResponseOverdue, Open,             Tells<RequestFailed>>,
    Row<Open,             LinkClosed,      Ended,            Tells<Closed>>,
    Row<AwaitingResponse, LinkClosed,      Ended,            Tells<Closed>>,
    Refuse<Idle, Answer, Response>,
    Refuse<AwaitingAnswer, Response>,
    Ignore<Open, Answer, Response>,
    Ignore<AwaitingResponse, Answer>,
    Ignore<Ended, Answer, Response>>;
  // clang-format on

  using Wire = std::variant<Answer, compat::Envelope>;
  static std::expected<Wire, Fault> decode(Link link, Bytes frame, const Context&) {
    if (link == standard_streams) return wire::json::decode<Answer>(frame);
    return wire::json::decode<compat::Envelope>(frame, 4 * payload_size_max + 512);
  }
  template <compat::HasChannel S>
  static std::expected<Opened<Channel::Pending, Response>, Fault> open(
      const S& s, const compat::Envelope& envelope, Context& c, Buffer& plaintext) {
    const auto record = wire::binary::decode<compat::Record>(envelope.encrypted_data);
    if (!record) return std::unexpected(record.error());
    auto pending = s.channel.open(*record, c, plaintext);
    if (!pending) return std::unexpected(pending.error());
    pending->ratchets = envelope.ack;
    return Opened<Channel::Pending, Response>{Response{envelope.ack, plaintext.bytes()}, *pending};
  }
  template <compat::HasChannel S>
  static void commit(S& s, Channel::Pending&& pending, Context& c) {
    s.channel.commit(pending, c);
  }

  static void write(const Offer& offer, Context&, Frames& frames) {
    frames.append(standard_streams, *wire::json::encode(offer));
  }
  static void write(AwaitingResponse& s, const Request& request, Context& c, Frames& frames) {
    s.channel.seal(request.text, c,
                   frames.add(channel_link,
                              compat::Record::header_size + request.text.size() + c.aead.tag_size));
  }

  static Next<Parent, Idle, Start> react(const Idle&, const Start& m, Context& c) {
    if (auto broken = require<NothingToAskYet>(m.first_request.empty())) return broken;
    if (auto broken = require<EndpointFits>(c.config.endpoint.size() <= endpoint_size_max))
      return broken;
    auto key = x25519::PrivateKey::generate(c.random);
    if (auto broken = require<RandomSourceWorks>(key.has_value())) return broken;
    const Offer offer{key->public_key()};
    return go(AwaitingAnswer{std::move(*key),
                             Deadline<AnswerOverdue>::in(c.config.answer_timeout, c.now)},
              offer);
  }
  static Next<Parent, AwaitingAnswer, Answer> react(const AwaitingAnswer& s, const Answer& m,
                                                    Context& c) {
    const auto shared = x25519::agree(s.key, m.key);
    if (auto broken = require<KeysAgree>(shared.has_value())) return broken;
    return go(Open{Channel::from(c.hkdf, *shared, Direction::alice_to_bob, c.now)}, Established{},
              Reachable{m.port});
  }
  static Next<Parent, AwaitingAnswer, AnswerOverdue> react(const AwaitingAnswer&,
                                                           const AnswerOverdue&, Context&) {
    return go(Ended{}, Closed{Fault::timed_out});
  }
  static Next<Parent, AwaitingAnswer, LinkClosed> react(const AwaitingAnswer&, const LinkClosed&,
                                                        Context&) {
    return go(Ended{}, Closed{Fault::link_closed});
  }
  static Next<Parent, Open, Send> react(const Open& s, const Send& m, Context& c) {
    if (auto broken = require<PayloadFits>(m.payload.size() <= payload_size_max)) return broken;
    if (auto broken = require<RandomSourceWorks>(c.draw_nonce())) return broken;
    AwaitingResponse next{Deadline<ResponseOverdue>::in(c.config.response_timeout, c.now), {}};
    if (s.channel.is_rekey_due(c)) return go(std::move(next), Request{m.payload}, RekeyDue{});
    return go(std::move(next), Request{m.payload});
  }
  static Next<Parent, AwaitingResponse, Response> react(const AwaitingResponse& s,
                                                        const Response& m, Context&) {
    return go(Open{}, Answered{s.channel.sent, m.text});
  }
  static Next<Parent, AwaitingResponse, ResponseOverdue> react(const AwaitingResponse& s,
                                                               const ResponseOverdue&, Context&) {
    return go(Open{}, RequestFailed{s.channel.sent});
  }
  static Next<Parent, Open, LinkClosed> react(const Open&, const LinkClosed&, Context&) {
    return go(Ended{}, Closed{Fault::link_closed});
  }
  static Next<Parent, AwaitingResponse, LinkClosed> react(const AwaitingResponse&,
                                                          const LinkClosed&, Context&) {
    return go(Ended{}, Closed{Fault::link_closed});
  }
};

}  // namespace handfast::stdio
