#pragma once

// The server as the deployed Python program is: what it keeps for one client's address.

#include "handfast/core/deadline.hpp"
#include "handfast/core/fields.hpp"
#include "handfast/core/planted.hpp"
#include "handfast/udp/compat/channel.hpp"

namespace handfast::udp {

namespace compat::server {

/// The client of one address has a key, and so have we.
struct Open {
  Secret<32> key;
  x25519::PublicKey own;
  Deadline<PortsDue> ports;
  static constexpr auto fields = Fields{&Open::key, &Open::own, &Open::ports};

  void entered(Context& c) { ports = Deadline<PortsDue>::in(c.config.ports_delay, c.now); }
};

}  // namespace compat::server

/// The deployed server's side of one address. Whoever asks gets a key; who asks again gets another
/// one, which replaces the first (`documented`), or the first one's public key again, whatever was
/// asked with (`v0_8`).
template <Revision revision>
struct Server<Compat<revision>>
    : compat::Traffic<Server<Compat<revision>>, revision, compat::server::Open> {
  static constexpr bool is_v0_8 = revision == Revision::v0_8;
  using Traffic = compat::Traffic<Server, revision, compat::server::Open>;

  using Context = compat::Context;
  using Links = compat::Links;
  using Connect = compat::Connect;
  using Connected = compat::Connected;
  using Error = compat::Error;
  using Data = compat::Data;
  using Ports = compat::Ports;
  using Heartbeat = compat::Heartbeat;
  using Ack = compat::Ack;
  using Receives =
      std::conditional_t<is_v0_8, List<Connect, Data, Heartbeat, Ack>, List<Connect, Data>>;

  using Send = compat::Send;
  using Acknowledge = compat::Acknowledge;
  using Beat = compat::Beat;
  using Leave = compat::Leave;
  using Commands =
      std::conditional_t<is_v0_8, List<Send, Acknowledge, Beat, Leave>, List<Send, Leave>>;

  using PortsDue = compat::PortsDue;
  using Timers = std::conditional_t<is_v0_8, List<PortsDue>, List<>>;

  struct Idle {};
  using Open = compat::server::Open;
  struct Ended {
    void entered(Context& c) { c.forget_keys(); }
  };
  using Ends = List<Idle, Open, Ended>;

  // clang-format off
  using Handshake = Transitions<
    //  from   on        to     sends and tells
    Authenticates<                                       // by nothing: the wire proves nobody
    Row<Idle,  Connect,  Open,  Connected, Tells<Established>, Requires<compat::RandomSourceWorks, compat::KeysAgree>>>,
    Row<Idle,  Leave,    Ended, Tells<Closed>>,
    Row<Open,  Leave,    Ended, Tells<Closed>>,
    Ignore<Idle, Data>,
    Ignore<Ended, Connect, Data>>;
  using EarlierHandshake = Transitions<
    Row<Open,  Connect,  Open,  Connected, Tells<Established>, Requires<compat::RandomSourceWorks, compat::KeysAgree>>>;
  using LaterHandshake = Transitions<
    Row<Idle,  Connect,  Idle,  Error, Requires<compat::RandomSourceWorks>>,
    Row<Open,  Connect,  Open,  Connected, Requires<compat::RandomSourceWorks>>,
    Row<Open,  PortsDue, Open,  Ports, Requires<compat::RandomSourceWorks>>,
    Ignore<Idle, Heartbeat, Ack>,
    Ignore<Ended, Heartbeat, Ack>>;
  // clang-format on
  using Table = std::conditional_t<
      is_v0_8, Join<Handshake, LaterHandshake, typename Traffic::Rows, typename Traffic::LaterRows>,
      Join<Handshake, EarlierHandshake, typename Traffic::Rows>>;

  using Wire = compat::Wire;
  static std::expected<Wire, Fault> decode(Link, Bytes frame, const Context&) {
    return compat::decode(frame);
  }
  template <class S>
  static auto open(const S&, const compat::Token& token, Context& c, Buffer& plaintext) {
    return compat::open<revision, Connect>(token, c, plaintext);
  }
  static auto open(const Open& s, const compat::Packet& packet, Context& c, Buffer& plaintext) {
    if constexpr (is_v0_8)
      return compat::open<revision, Data, Heartbeat, Ack>(packet, s.key, c, plaintext);
    else
      return compat::open<revision, Data>(packet, s.key, c, plaintext);
  }
  template <class S>
  static void commit(S&, compat::NothingPending&&, Context&) {}

  static void write(const Connected& m, Context& c, Frames& frames) {
    compat::write_token<revision>(m, c, frames);
  }
  static void write(const Error& m, Context& c, Frames& frames) {
    compat::write_token<revision>(m, c, frames);
  }
  template <compat::Packed Message>
  static void write(Open& s, const Message& m, Context& c, Frames& frames) {
    compat::write_packet<revision>(s.key, m, c, frames);
  }

  using Traffic::react;
  static Next<Server, Idle, Connect> react(const Idle&, const Connect& m, Context& c) {
    if constexpr (is_v0_8)
      if (!c.config.ports && !handfast::detail::planted<"client for whom there are no ports">) {
        if (auto broken = require<compat::RandomSourceWorks>(c.draw())) return broken;
        return stay(Error{c.config.no_ports});
      }
    return connected<Idle>(m, c);
  }
  static Next<Server, Open, Connect> react(const Open& s, const Connect& m, Context& c) {
    if constexpr (is_v0_8) {
      if (auto broken = require<compat::RandomSourceWorks>(c.draw())) return broken;
      return stay(Connected{s.own});
    } else {
      return connected<Open>(m, c);
    }
  }
  template <class From>
  static Next<Server, From, Connect> connected(const Connect& m, Context& c) {
    const auto own = x25519::PrivateKey::generate(c.random);
    if (auto broken = require<compat::RandomSourceWorks>(own && c.draw())) return broken;
    auto key = compat::session_key(c, *own, m.key);
    if (auto broken = require<compat::KeysAgree>(key.has_value())) return broken;
    return go(Open{std::move(*key), own->public_key(), {}}, Connected{own->public_key()},
              Established{});
  }
  static Next<Server, Open, PortsDue> react(const Open&, const PortsDue&, Context& c) {
    if (auto broken = require<compat::RandomSourceWorks>(c.draw())) return broken;
    return stay(*c.config.ports);
  }
  static Next<Server, Idle, Leave> react(const Idle&, const Leave&, Context&) {
    return go(Ended{}, Closed{});
  }
  static Next<Server, Open, Leave> react(const Open&, const Leave&, Context&) {
    return go(Ended{}, Closed{});
  }
};

}  // namespace handfast::udp
