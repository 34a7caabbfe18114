#pragma once

// What the two sides say. Every frame is an address, where it comes from or goes to, and a
// datagram; the sizes below are those of the datagrams.

#include "handfast/core/events.hpp"
#include "handfast/core/fields.hpp"
#include "handfast/crypto/x25519.hpp"
#include "handfast/udp/address.hpp"
#include "handfast/udp/profiles.hpp"
#include "handfast/wire/layout.hpp"

namespace handfast::udp {

// Names of keys, for layouts only: what an attacker would need.
struct ClientEphemeral;
struct ServerEphemeral;
struct CookieKey;
struct ResumptionKey;
struct ConfirmationKey;
struct PacketKey;

/// How a session is agreed on: bit 0 where the client knows the server's key and wants it proved,
/// bit 1 where the two have had a session before and this one is to go on from it.
using Mode = std::uint8_t;
inline constexpr Mode pinned_mode = 1;
inline constexpr Mode resuming_mode = 2;
inline constexpr Mode mode_max = 3;

using ClientNonce = std::array<std::uint8_t, 16>;
/// One side's part of a connection id.
using IdHalf = std::array<std::uint8_t, 4>;
using Cookie = std::array<std::uint8_t, 32>;
using ResumptionId = std::array<std::uint8_t, 16>;
using Proof = std::array<std::uint8_t, 32>;

/// Client to server: let us have a session. 135 bytes, always: no answer has more. `cookie` is
/// zeros until the server has given one. `resumption` and `resumption_proof`, a MAC over all the
/// rest but the cookie, are zeros unless the mode says that it resumes.
struct Connect {
  Address from;
  Mode mode = 0;
  x25519::PublicKey key;
  ClientNonce nonce{};
  IdHalf client_half{};
  Cookie cookie{};
  ResumptionId resumption{};
  Proof resumption_proof{};
  static constexpr auto fields = Fields{
      &Connect::from,        &Connect::mode,   &Connect::key,        &Connect::nonce,
      &Connect::client_half, &Connect::cookie, &Connect::resumption, &Connect::resumption_proof};
  using layout = wire::Layout<
      "connect", wire::Field<"address", &Connect::from, wire::Public>,
      wire::Version<"version", std::uint8_t{2}>, wire::Type<"type", std::uint8_t{1}>,
      wire::Field<"mode", &Connect::mode, wire::Range<0, mode_max>>,
      wire::Field<"key", &Connect::key, wire::PublicKeyOf<ClientEphemeral>>,
      wire::Field<"nonce", &Connect::nonce, wire::Fresh>,
      wire::Field<"client_half", &Connect::client_half, wire::Fresh>,
      wire::Field<"cookie", &Connect::cookie>, wire::Field<"resumption", &Connect::resumption>,
      wire::Field<"resumption_proof", &Connect::resumption_proof,
                  wire::Mac<ResumptionKey, wire::Of<"version", "type", "mode", "key", "nonce",
                                                    "client_half", "resumption">>>>;
  static constexpr std::size_t size = 135;  // bytes

  [[nodiscard]] bool is_pinned() const noexcept { return (mode & pinned_mode) != 0; }
  [[nodiscard]] bool is_resuming() const noexcept { return (mode & resuming_mode) != 0; }
  [[nodiscard]] bool has_cookie() const noexcept { return cookie != Cookie{}; }
};

/// Server to client: say it again, with this cookie. 50 bytes.
struct CookieReply {
  Address from;
  ClientNonce nonce{};  // of the Connect
  Cookie cookie{};
  using layout =
      wire::Layout<"cookie_reply", wire::Field<"address", &CookieReply::from, wire::Public>,
                   wire::Version<"version", std::uint8_t{2}>, wire::Type<"type", std::uint8_t{2}>,
                   wire::Field<"nonce", &CookieReply::nonce>,
                   wire::Field<"cookie", &CookieReply::cookie, wire::Mac<CookieKey, Connect>>>;
  static constexpr std::size_t size = 50;  // bytes
};

/// Server to client: we have one. `proof` is a MAC over the hash of both messages, the cookie and
/// what resuming is proved by aside, under a key of all agreements. 75 bytes. The same Connect gets
/// the same answer.
struct Connected {
  Address from;
  Mode mode = 0;
  IdHalf client_half{};
  IdHalf server_half{};
  x25519::PublicKey key;
  Proof proof{};
  static constexpr auto fields =
      Fields{&Connected::from,        &Connected::mode, &Connected::client_half,
             &Connected::server_half, &Connected::key,  &Connected::proof};
  using layout = wire::Layout<
      "connected", wire::Field<"address", &Connected::from, wire::Public>,
      wire::Version<"version", std::uint8_t{2}>, wire::Type<"type", std::uint8_t{3}>,
      wire::Field<"mode", &Connected::mode, wire::Range<0, mode_max>>,
      wire::Field<"client_half", &Connected::client_half>,
      wire::Field<"server_half", &Connected::server_half, wire::Fresh>,
      wire::Field<"key", &Connected::key, wire::PublicKeyOf<ServerEphemeral>>,
      wire::Field<"proof", &Connected::proof,
                  wire::Mac<ConfirmationKey,
                            wire::In<Connect, "mode", "key", "nonce", "client_half", "resumption">,
                            wire::Of<"version", "mode", "client_half", "server_half", "key">>>>;
  static constexpr std::size_t size = 75;  // bytes
};

static_assert(CookieReply::size <= Connect::size && Connected::size <= Connect::size,
              "what is answered is not larger than what was asked");

struct Data;
struct Heartbeat;
struct Challenge;
struct Response;
struct Close;

/// A packet of a session: version, type, connection id (8 bytes), epoch (4), counter (8),
/// ciphertext, tag (16). All before the ciphertext is the associated data. The epoch names the key,
/// epoch and counter are the nonce; the counter begins at 0 each way and is never set back.
struct Packet {
  Address from;
  IdHalf client_half{};
  IdHalf server_half{};
  std::uint32_t epoch = 0;
  std::uint64_t counter = 0;
  Bytes ciphertext;  // the tag at its end
  using Contents = List<Data, Heartbeat, Challenge, Response, Close>;
  static constexpr std::size_t header_size = 22;  // bytes of the datagram before `ciphertext`
  static constexpr std::size_t short_contents_size = 13;  // bytes: no contents have fewer
  static constexpr std::size_t short_size = 51;           // bytes of the least packet there is
  static constexpr std::size_t contents_size_max = datagram_size_max - header_size - 16;
  using layout =
      wire::Layout<"packet", wire::Field<"address", &Packet::from, wire::Public>,
                   wire::Version<"version", std::uint8_t{2}>, wire::Type<"type", std::uint8_t{4}>,
                   wire::Field<"client_half", &Packet::client_half>,
                   wire::Field<"server_half", &Packet::server_half>,
                   wire::Field<"epoch", &Packet::epoch, wire::Counter>,
                   wire::Field<"counter", &Packet::counter, wire::Counter>,
                   wire::Field<"ciphertext", &Packet::ciphertext,
                               wire::Sealed<PacketKey, Contents,
                                            wire::Of<"version", "type", "client_half",
                                                     "server_half", "epoch", "counter">>,
                               wire::Bounded<short_contents_size + 16, contents_size_max + 16>>>;
};

// Contents of packets. Each begins with the highest epoch that its sender has opened of the other
// side's, 4 bytes, and its kind. None is smaller than `Packet::short_contents_size`: so whatever
// comes from a new address has paid for a challenge that goes there.

inline constexpr std::size_t data_size_min = 7;  // bytes that are sent at least
inline constexpr std::size_t payload_size_max = Packet::contents_size_max - 6;  // bytes

/// What an application says. `bytes` is its payload and then `padding` zeros, as many as bring it
/// to 7 bytes. 6 bytes, and `bytes`.
struct Data {
  std::uint32_t seen_epoch = 0;
  std::uint8_t padding = 0;
  Bytes bytes;
  enum class Turn : std::uint8_t { only, first, again };
  Turn turn = Turn::only;  // not in the contents: whether it is kept to be repeated, or is that
  static constexpr bool application_data = true;
  using layout = wire::Layout<"data", wire::Field<"seen_epoch", &Data::seen_epoch, wire::Counter>,
                              wire::Type<"kind", std::uint8_t{1}>,
                              wire::Field<"padding", &Data::padding, wire::Range<0, data_size_min>>,
                              wire::Field<"bytes", &Data::bytes, wire::Payload,
                                          wire::Bounded<data_size_min, payload_size_max>>>;

  [[nodiscard]] Bytes payload() const noexcept { return bytes.first(bytes.size() - padding); }
  /// Whether the padding is what it must be: a payload has one form only.
  [[nodiscard]] bool is_sound() const noexcept {
    if (padding > bytes.size() || (padding > 0 && bytes.size() != data_size_min)) return false;
    return std::ranges::all_of(bytes.last(padding), [](auto byte) { return byte == 0; });
  }
};
static_assert(Packet::short_contents_size == 6 + data_size_min);

/// The sender is there. Where `asks` is 1 it wants to hear at once that the other is too. 13 bytes.
struct Heartbeat {
  std::uint32_t seen_epoch = 0;
  std::uint64_t asks = 0;
  using layout =
      wire::Layout<"heartbeat", wire::Field<"seen_epoch", &Heartbeat::seen_epoch, wire::Counter>,
                   wire::Type<"kind", std::uint8_t{2}>,
                   wire::Field<"asks", &Heartbeat::asks, wire::Range<0, 1>>>;
};

using ChallengeBytes = std::array<std::uint8_t, 8>;

/// Server to client, to an address that may be the client's: say these bytes from there. 13 bytes.
struct Challenge {
  std::uint32_t seen_epoch = 0;
  ChallengeBytes bytes{};
  Address to;  // not in the contents
  using layout =
      wire::Layout<"challenge", wire::Field<"seen_epoch", &Challenge::seen_epoch, wire::Counter>,
                   wire::Type<"kind", std::uint8_t{3}>,
                   wire::Field<"bytes", &Challenge::bytes, wire::Fresh>>;
};

/// Client to server: the bytes of a challenge. 13 bytes.
struct Response {
  std::uint32_t seen_epoch = 0;
  ChallengeBytes bytes{};
  Address from;  // not in the contents
  using layout =
      wire::Layout<"response", wire::Field<"seen_epoch", &Response::seen_epoch, wire::Counter>,
                   wire::Type<"kind", std::uint8_t{4}>, wire::Field<"bytes", &Response::bytes>>;
};

/// The session is over. `answers` is 1 where this answers the other side's: that is not answered.
/// 13 bytes.
struct Close {
  std::uint32_t seen_epoch = 0;
  std::uint64_t answers = 0;
  using layout = wire::Layout<"close", wire::Field<"seen_epoch", &Close::seen_epoch, wire::Counter>,
                              wire::Type<"kind", std::uint8_t{5}>,
                              wire::Field<"answers", &Close::answers, wire::Range<0, 1>>>;
};

/// A packet of this session by its name, which its keys do not open: whatever is in it. Not on the
/// wire.
struct Forged {};

// What the application can ask for. In any other state than those named: `not_allowed_now`. After a
// fault the state is as before.

/// Client, in `Idle`: connect to `server`, then `Connecting`. `first`, at most `payload_size_max`
/// bytes, goes as soon as there is a session, and is repeated until the server is heard; where the
/// server has forgotten the session to go on from, and its key is not known, it is dropped, and
/// `Agreed` says that nothing was resumed.
/// `bad_argument` for a configuration that cannot work, or without the server's key where one must
/// be known; `too_large`; `random_source_failed`.
struct Dial {
  Address server;
  Bytes first;
};
/// Server, in `Idle`: take the client that comes first, then `Listening`. `bad_argument`.
struct Listen {};
/// Once established: say `payload`, at most `payload_size_max` bytes, once, whether it arrives or
/// not. `too_large`; `limit_reached` where the session has no numbers left; `back_pressure` where
/// the other side has to say first that it has new keys, or that it is where it seems to be.
struct Send {
  Bytes payload;
};
/// Once established: put what another session can go on from into the context. `limit_reached`
/// where that was done before; of a server, `back_pressure` as long as no address is proven.
struct Keep {};
/// At any time after the first command: end it; where it is about to end, at once.
struct Disconnect {};

// What time can do.

struct ConnectOverdue {};  // nobody has answered
struct RepeatDue {};       // the server has not been heard in the session
struct HalfOpenOver {};    // nobody has come back
struct HeartbeatDue {};    // nothing was said for a while, or an answer is due
struct PeerSilent {};      // nothing was heard for too long
struct OldKeyDue {};       // the key of the epoch before is no longer needed
struct WornOut {};         // a limit of the session is reached
struct ChallengeDue {};    // an address is to be proved
struct PathOverdue {};     // it was not
struct NowhereProven {};   // nor has the client shown any other
struct CloseDue {};        // the end was not answered
struct DrainOver {};       // nothing of the session is under way any more

// What the application is told, besides the events of core/events.hpp. Views are valid until the
// next call.

/// With `Established`: what kind of session it is. `is_authenticated` says whether the other side
/// has proved to be who it should: the server where the client knew its key, the client never.
struct Agreed {
  bool is_pinned = false;
  bool is_resumed = false;
  bool is_authenticated = false;
};
/// The other side says this.
struct Delivered {
  Bytes payload;
};
/// The client is to be reached at `address` now: it has shown that, or has not shown that it is at
/// another.
struct Moved {
  Address address;
};
/// The context has what another session can go on from.
struct Resumable {};
/// Both sides have agreed on the end. `is_kept`: the context has what another session can go on
/// from.
struct Finished {
  bool is_kept = false;
};

}  // namespace handfast::udp
