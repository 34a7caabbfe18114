#pragma once

// The client as the deployed Python program is.

#include "handfast/core/deadline.hpp"
#include "handfast/core/fields.hpp"
#include "handfast/core/planted.hpp"
#include "handfast/udp/compat/channel.hpp"

namespace handfast::udp {

namespace compat::client {

/// We have a key.
struct Open {
  Secret<32> key;
  static constexpr auto fields = Fields{&Open::key};
};

}  // namespace compat::client

/// The deployed client. It connects up to 50 times and takes the first answer that comes.
template <Revision revision>
struct Client<Compat<revision>>
    : compat::Traffic<Client<Compat<revision>>, revision, compat::client::Open> {
  static constexpr bool is_v0_8 = revision == Revision::v0_8;
  using Traffic = compat::Traffic<Client, revision, compat::client::Open>;

  using Context = compat::Context;
  using Links = compat::Links;
  using Connect = compat::Connect;
  using Connected = compat::Connected;
  using Error = compat::Error;
  using Data = compat::Data;
  using Ports = compat::Ports;
  using Heartbeat = compat::Heartbeat;
  using Ack = compat::Ack;
  using Receives = std::conditional_t<is_v0_8, List<Connected, Error, Data, Ports, Heartbeat, Ack>,
                                      List<Connected, Data>>;

  using Start = compat::Start;
  using Send = compat::Send;
  using Acknowledge = compat::Acknowledge;
  using Beat = compat::Beat;
  using Leave = compat::Leave;
  using Commands = std::conditional_t<is_v0_8, List<Start, Send, Acknowledge, Beat, Leave>,
                                      List<Start, Send, Leave>>;

  using RetryDue = compat::RetryDue;
  using Timers = List<RetryDue>;

  struct Idle {};
  struct Connecting {
    x25519::PrivateKey key;
    std::uint32_t attempts = 1;  // how often we have asked
    Deadline<RetryDue> retry;
    static constexpr auto fields =
        Fields{&Connecting::key, &Connecting::attempts, &Connecting::retry};

    void adopt(Connecting&& left) { key = std::move(left.key); }
    void entered(Context& c) { retry = Deadline<RetryDue>::in(c.config.negotiation_delay, c.now); }
  };
  using Open = compat::client::Open;
  struct Ended {
    void entered(Context& c) { c.forget_keys(); }
  };
  using Ends = List<Idle, Open, Ended>;

  // clang-format off
  using Handshake = Transitions<
    //  from        on          to          sends and tells
    Row<Idle,       Start,      Connecting, Connect, Requires<compat::RandomSourceWorks>>,
    Row<Connecting, RetryDue,   Connecting, Connect, Requires<compat::RandomSourceWorks>>,
    Row<Connecting, RetryDue,   Ended,      Tells<Closed>>,
    Authenticates<                                       // by nothing: the wire proves nobody
    Row<Connecting, Connected,  Open,       Tells<Established>, Requires<compat::KeysAgree>>>,
    Row<Connecting, Leave,      Ended,      Tells<Closed>>,
    Row<Open,       Leave,      Ended,      Tells<Closed>>,
    Ignore<Idle, Connected, Data>,
    Ignore<Connecting, Data>,
    Ignore<Open, Connected>,
    Ignore<Ended, Connected, Data>>;
  using LaterHandshake = Transitions<
    Row<Connecting, Error,      Ended,      Tells<compat::Refused, Closed>>,
    Row<Open,       Ports,      Open,       Tells<compat::PortsTold>>,
    Ignore<Idle, Error, Ports, Heartbeat, Ack>,
    Ignore<Connecting, Ports, Heartbeat, Ack>,
    Ignore<Open, Error>,
    Ignore<Ended, Error, Ports, Heartbeat, Ack>>;
  // clang-format on
  using Table = std::conditional_t<
      is_v0_8, Join<Handshake, LaterHandshake, typename Traffic::Rows, typename Traffic::LaterRows>,
      Join<Handshake, typename Traffic::Rows>>;

  using Wire = compat::Wire;
  static std::expected<Wire, Fault> decode(Link, Bytes frame, const Context&) {
    return compat::decode(frame);
  }
  template <class S>
  static auto open(const S&, const compat::Token& token, Context& c, Buffer& plaintext) {
    if constexpr (is_v0_8)
      return compat::open<revision, Connected, Error>(token, c, plaintext);
    else
      return compat::open<revision, Connected>(token, c, plaintext);
  }
  static auto open(const Open& s, const compat::Packet& packet, Context& c, Buffer& plaintext) {
    if constexpr (is_v0_8)
      return compat::open<revision, Data, Ports, Heartbeat, Ack>(packet, s.key, c, plaintext);
    else
      return compat::open<revision, Data>(packet, s.key, c, plaintext);
  }
  template <class S>
  static void commit(S&, compat::NothingPending&&, Context&) {}

  static void write(const Connect& m, Context& c, Frames& frames) {
    compat::write_token<revision>(m, c, frames);
  }
  template <compat::Packed Message>
  static void write(Open& s, const Message& m, Context& c, Frames& frames) {
    compat::write_packet<revision>(s.key, m, c, frames);
  }

  using Traffic::react;
  static Next<Client, Idle, Start> react(const Idle&, const Start&, Context& c) {
    auto key = x25519::PrivateKey::generate(c.random);
    if (auto broken = require<compat::RandomSourceWorks>(key && c.draw())) return broken;
    const Connect connect{key->public_key()};
    return go(Connecting{std::move(*key), 1, {}}, connect);
  }
  static Next<Client, Connecting, RetryDue> react(const Connecting& s, const RetryDue&,
                                                  Context& c) {
    if (s.attempts >= c.config.negotiation_repeat &&
        !handfast::detail::planted<"deployed client asks for ever">)
      return go(Ended{}, Closed{Fault::timed_out});
    if (auto broken = require<compat::RandomSourceWorks>(c.draw())) return broken;
    return go(Connecting{{}, s.attempts + 1, {}}, Connect{s.key.public_key()});
  }
  static Next<Client, Connecting, Connected> react(const Connecting& s, const Connected& m,
                                                   Context& c) {
    auto key = compat::session_key(c, s.key, m.key);
    if (auto broken = require<compat::KeysAgree>(key.has_value())) return broken;
    return go(Open{std::move(*key)}, Established{});
  }
  static Next<Client, Connecting, Error> react(const Connecting&, const Error& m, Context&) {
    return go(Ended{}, compat::Refused{m.message}, Closed{Fault::peer_lost});
  }
  static Next<Client, Connecting, Leave> react(const Connecting&, const Leave&, Context&) {
    return go(Ended{}, Closed{});
  }
  static Next<Client, Open, Leave> react(const Open&, const Leave&, Context&) {
    return go(Ended{}, Closed{});
  }
  static Next<Client, Open, Ports> react(const Open&, const Ports& m, Context&) {
    return stay(compat::PortsTold{m});
  }
};

}  // namespace handfast::udp
