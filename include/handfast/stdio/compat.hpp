#pragma once

// Both roles as the deployed programs speak, byte for byte: one key a direction that is chain and
// message key at once, and the flaws that follow. What the deployed receiver does is kept where
// bytes show it: it takes the header's sequence for the last one seen, but its own count for the
// associated data; it tries every key of its window.

#include "handfast/stdio/child.hpp"
#include "handfast/stdio/parent.hpp"

namespace handfast::stdio {

namespace compat {

struct DirectionKey;

/// Parent to child: one line on standard input. Unknown names are ignored, of a repeated one the
/// last counts.
struct Offer {
  x25519::PublicKey key;
  using layout = wire::Layout<"offer", wire::Lenient, wire::LastWins,
                              wire::Field<"public_key", &Offer::key, wire::PublicKeyOf<ParentKey>,
                                          wire::Base64, wire::AsDeployed>>;
};

/// Child to parent: one line on standard output, as lenient.
struct Answer {
  x25519::PublicKey key;
  std::uint16_t port = 0;
  using layout = wire::Layout<"answer", wire::Lenient, wire::LastWins,
                              wire::Field<"public_key", &Answer::key, wire::PublicKeyOf<ChildKey>,
                                          wire::Base64, wire::AsDeployed>,
                              wire::Field<"port", &Answer::port, wire::Public>>;
};

struct Request;
struct Response;

/// A record, the body of a request: sequence 8, nonce 12, ciphertext, tag 16. Nothing covers the
/// sequence.
struct Record {
  std::uint64_t sequence = 0;
  std::array<std::uint8_t, 12> nonce{};
  Bytes ciphertext;
  using Contents = List<Request>;
  using layout = wire::Layout<
      "record", wire::Field<"sequence", &Record::sequence, wire::Counter>,
      wire::Field<"nonce", &Record::nonce, wire::Fresh>,
      wire::Field<"ciphertext", &Record::ciphertext, wire::Sealed<DirectionKey, wire::Payload>,
                  wire::Bounded<16, payload_size_max + 16>>>;
  static constexpr std::size_t header_size = 20;  // bytes
};

/// The body of a response: a record, and two values that nothing covers.
struct Envelope {
  bool ack = false;
  std::uint64_t ratchet_seq = 0;
  std::vector<std::uint8_t> encrypted_data;
  using Contents = List<Response>;
  using layout =
      wire::Layout<"envelope", wire::Lenient, wire::LastWins, wire::Field<"ack", &Envelope::ack>,
                   wire::Field<"ratchet_seq", &Envelope::ratchet_seq, wire::Counter>,
                   wire::Field<"encrypted_data", &Envelope::encrypted_data,
                               wire::Sealed<DirectionKey, wire::Payload>, wire::ByteArrayOrBase64,
                               wire::Bounded<0, payload_size_max + 36>>>;
};

/// Parent to child, opened.
struct Request {
  Bytes text;
  static constexpr bool application_data = true;
};
/// Child to parent, opened; `ack` says that the child has moved its keys.
struct Response {
  bool ack = true;
  Bytes text;
  static constexpr bool application_data = true;
};

/// The keys and counts of one side.
struct Channel {
  /// The present receiving key and the ones before it, newest first.
  std::array<Secret<32>, Compat::key_window> receive_keys;
  std::uint8_t receive_key_count = 1;
  Secret<32> send_key;
  Direction direction = Direction::alice_to_bob;  // in which this side sends
  std::uint64_t ratchet_count = 0;
  std::uint64_t sent = 0;      // the last sequence sent
  std::uint64_t received = 0;  // the last sequence seen in a header
  SteadyTime began{};
  static constexpr auto fields = std::tuple{&Channel::receive_keys,  &Channel::receive_key_count,
                                            &Channel::send_key,      &Channel::direction,
                                            &Channel::ratchet_count, &Channel::sent,
                                            &Channel::received,      &Channel::began};

  /// The keys of the side that sends in `direction`.
  static Channel from(Hkdf& hkdf, const Secret<32>& shared, Direction direction, const Time& now) {
    const auto key_of = [&](Direction d) {
      return hkdf.derive<32>(shared.bytes(), bytes_of(Compat::directional_salt),
                             bytes_of(to_string(d)));
    };
    Channel channel;
    channel.receive_keys[0] = key_of(reverse(direction));
    channel.send_key = key_of(direction);
    channel.direction = direction;
    channel.began = now.steady;
    return channel;
  }

  /// Moves both keys on; the receiving one stays in the window.
  void ratchet(Hkdf& hkdf) {
    char number[20];
    const auto end = std::to_chars(number, number + sizeof number, ++ratchet_count).ptr;
    const auto step = [&](const Secret<32>& key) {
      return hkdf.derive<32>(key.bytes(), bytes_of(Compat::ratchet_salt),
                             {bytes_of(Compat::ratchet_info),
                              bytes_of({number, static_cast<std::size_t>(end - number)})});
    };
    send_key = step(send_key);
    auto next = step(receive_keys[0]);
    for (std::size_t i = Compat::key_window - 1; i > 0; --i)
      receive_keys[i] = std::move(receive_keys[i - 1]);
    receive_keys[0] = std::move(next);
    if (receive_key_count < Compat::key_window) ++receive_key_count;
  }

  /// The document's three limits; the deployed programs log this and go on.
  [[nodiscard]] bool is_rekey_due(const Context& c) const {
    return sent + 1 >= c.config.messages_max || sent + 1 >= c.config.sequence_max ||
           c.now.steady - began >= c.config.epoch_time_max;
  }

  /// Writes the next record of `text` to `out`, of exactly `Record::header_size + text.size() + 16`
  /// bytes.
  void seal(Bytes text, Context& c, MutableBytes out) {
    wire::Writer writer{out};
    ++sent;
    [[maybe_unused]] const bool fits =
        wire::write_big_endian(writer, sent, 8) && writer.write(c.nonce);
    const AssociatedData ad(sent, direction, c.config.endpoint);
    [[maybe_unused]] const auto sealed =
        c.aead.seal(send_key, c.nonce, ad.bytes(), text, out.subspan(Record::header_size));
  }

  /// What an authentic record changes: the header's number, and for the parent the keys, if the
  /// child says so.
  struct Pending {
    std::uint64_t sequence = 0;
    bool ratchets = false;
  };

  /// Opens with any key of the window; changes nothing.
  [[nodiscard]] std::expected<Pending, Fault> open(const Record& record, Context& c,
                                                   Buffer& plaintext) const {
    if (record.sequence <= received) return std::unexpected(Fault::replayed);
    const AssociatedData ad(received + 1, reverse(direction), c.config.endpoint);
    const MutableBytes out = plaintext.extend(record.ciphertext.size() - c.aead.tag_size);
    for (std::size_t i = 0; i < receive_key_count; ++i)
      if (c.aead.open(receive_keys[i], record.nonce, ad.bytes(), record.ciphertext, out))
        return Pending{record.sequence};
    return std::unexpected(Fault::not_authentic);
  }
  void commit(const Pending& pending, Context& c) {
    received = pending.sequence;
    if (pending.ratchets) ratchet(c.hkdf);
  }
};

using Links = List<LinkKind<"stdio", Framing::line, 4096>,
                   LinkKind<"channel", Framing::frame, 4 * payload_size_max + 512>>;

/// A state that has a channel.
template <class S>
concept HasChannel = requires(S& s) {
  requires std::same_as<std::remove_cvref_t<decltype(s.channel)>, Channel>;
};

}  // namespace compat

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
    static constexpr auto fields = std::tuple{&AwaitingAnswer::key, &AwaitingAnswer::overdue};
  };
  struct AwaitingResponse;
  struct Open {
    Channel channel;
    static constexpr auto fields = std::tuple{&Open::channel};
    void adopt(AwaitingResponse&& left) { channel = std::move(left.channel); }
  };
  struct AwaitingResponse {
    Deadline<ResponseOverdue> overdue;
    Channel channel;
    static constexpr auto fields =
        std::tuple{&AwaitingResponse::overdue, &AwaitingResponse::channel};
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
    Row<Idle,             Start,           AwaitingAnswer,   Offer, Requires<EndpointFits, RandomSourceWorks>>,
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

  static Next<Parent, Idle, Start> react(const Idle&, const Start&, Context& c) {
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
    static constexpr auto fields = std::tuple{&Offered::theirs};
  };
  struct Answering;
  struct Open {
    Channel channel;
    static constexpr auto fields = std::tuple{&Open::channel};
    void adopt(Answering&& left) { channel = std::move(left.channel); }
  };
  struct Answering {
    Channel channel;
    static constexpr auto fields = std::tuple{&Answering::channel};
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
