#pragma once

// The child as the deployed Deno program is.

#include "handfast/core/fields.hpp"
#include "handfast/stdio/compat/channel.hpp"
#include "handfast/stdio/rules.hpp"
#include "handfast/wire/json.hpp"

namespace handfast::stdio {

/// The deployed Deno program's side. It serves one request at a time: `Respond` answers the one
/// that was delivered.
template <>
struct Child<Compat> {
  using Context = stdio::Context;
  using Links = compat::Links;
  using Channel = compat::Channel;
  using Offer = compat::Offer;
  using Answer = compat::Answer;
  using Request = compat::Request;
  using Response = compat::Response;
  using Receives = List<Offer, Request>;
  using Commands = List<Listening, Respond, LinkClosed>;
  using Timers = List<>;

  struct Idle {};
  struct Offered {
    x25519::PublicKey theirs;
    static constexpr auto fields = Fields{&Offered::theirs};
  };
  struct Answering;
  struct Open {
    Channel channel;
    static constexpr auto fields = Fields{&Open::channel};
    void adopt(Answering&& left) { channel = std::move(left.channel); }
  };
  struct Answering {
    Channel channel;
    static constexpr auto fields = Fields{&Answering::channel};
    void adopt(Open&& left) { channel = std::move(left.channel); }
  };
  struct Ended {
    void entered(Context& c) { c.forget_keys(); }
  };
  using Ends = List<Idle, Open, Ended>;

  // clang-format off
  using Table = Transitions<
    //  from      on          to         sends and tells
    Row<Idle,      Offer,      Offered,   Tells<stdio::Offered>>,
    Row<Idle,      LinkClosed, Ended,     Tells<Closed>>,
    Authenticates<
    Row<Offered,   Listening,  Open,      Answer, Tells<Established>, Requires<EndpointFits, KeysAgree, RandomSourceWorks>>>,
    Row<Offered,   LinkClosed, Ended,     Tells<Closed>>,
    Row<Open,      Request,    Answering, Tells<Delivered>>,
    Row<Answering, Respond,    Open,      Response, Requires<RequestIsRunning, PayloadFits, RandomSourceWorks>>,
    Row<Answering, Respond,    Open,      Response, Tells<RekeyDue>, Requires<RequestIsRunning, PayloadFits, RandomSourceWorks>>,
    Row<Open,      LinkClosed, Ended,     Tells<Closed>>,
    Row<Answering, LinkClosed, Ended,     Tells<Closed>>,
    Refuse<Idle, Request>,
    Ignore<Offered, Offer>,
    Refuse<Offered, Request>,
    Ignore<Open, Offer>,
    Ignore<Answering, Offer, Request>,
    Ignore<Ended, Offer, Request>>;
  // clang-format on

  using Wire = std::variant<Offer, compat::Record>;
  static std::expected<Wire, Fault> decode(Link link, Bytes frame, const Context&) {
    if (link == standard_streams) return wire::json::decode<Offer>(frame);
    return wire::binary::decode<compat::Record>(frame);
  }
  template <compat::HasChannel S>
  static std::expected<Opened<Channel::Pending, Request>, Fault> open(const S& s,
                                                                      const compat::Record& record,
                                                                      Context& c,
                                                                      Buffer& plaintext) {
    auto pending = s.channel.open(record, c, plaintext);
    if (!pending) return std::unexpected(pending.error());
    return Opened<Channel::Pending, Request>{Request{plaintext.bytes()}, *pending};
  }
  template <compat::HasChannel S>
  static void commit(S& s, Channel::Pending&& pending, Context& c) {
    s.channel.commit(pending, c);
  }

  static void write(const Answer& answer, Context&, Frames& frames) {
    frames.append(standard_streams, *wire::json::encode(answer));
  }
  /// The response goes out under the old keys; then both move.
  static void write(Open& s, const Response& response, Context& c, Frames& frames) {
    compat::Envelope envelope{response.ack, s.channel.ratchet_count + 1, {}};
    envelope.encrypted_data.resize(compat::Record::header_size + response.text.size() +
                                   c.aead.tag_size);
    s.channel.seal(response.text, c, envelope.encrypted_data);
    s.channel.ratchet(c.hkdf);
    frames.append(channel_link, *wire::json::encode(envelope));
  }

  static Next<Child, Idle, Offer> react(const Idle&, const Offer& m, Context&) {
    return go(Offered{m.key}, stdio::Offered{});
  }
  static Next<Child, Idle, LinkClosed> react(const Idle&, const LinkClosed&, Context&) {
    return go(Ended{}, Closed{Fault::link_closed});
  }
  static Next<Child, Offered, LinkClosed> react(const Offered&, const LinkClosed&, Context&) {
    return go(Ended{}, Closed{Fault::link_closed});
  }
  static Next<Child, Offered, Listening> react(const Offered& s, const Listening& m, Context& c) {
    if (auto broken = require<EndpointFits>(c.config.endpoint.size() <= endpoint_size_max))
      return broken;
    const auto key = x25519::PrivateKey::generate(c.random);
    if (auto broken = require<RandomSourceWorks>(key.has_value())) return broken;
    const auto shared = x25519::agree(*key, s.theirs);
    if (auto broken = require<KeysAgree>(shared.has_value())) return broken;
    return go(Open{Channel::from(c.hkdf, *shared, Direction::bob_to_alice, c.now)},
              Answer{key->public_key(), m.port}, Established{});
  }
  static Next<Child, Open, Request> react(const Open& s, const Request& m, Context&) {
    return go(Answering{}, Delivered{s.channel.sent + 1, m.text});
  }
  static Next<Child, Answering, Respond> react(const Answering& s, const Respond& m, Context& c) {
    if (auto broken = require<RequestIsRunning>(m.correlation == s.channel.sent + 1)) return broken;
    if (auto broken = require<PayloadFits>(m.payload.size() <= payload_size_max)) return broken;
    if (auto broken = require<RandomSourceWorks>(c.draw_nonce())) return broken;
    if (s.channel.is_rekey_due(c)) return go(Open{}, Response{true, m.payload}, RekeyDue{});
    return go(Open{}, Response{true, m.payload});
  }
  static Next<Child, Open, LinkClosed> react(const Open&, const LinkClosed&, Context&) {
    return go(Ended{}, Closed{Fault::link_closed});
  }
  static Next<Child, Answering, LinkClosed> react(const Answering&, const LinkClosed&, Context&) {
    return go(Ended{}, Closed{Fault::link_closed});
  }
};

}  // namespace handfast::stdio
