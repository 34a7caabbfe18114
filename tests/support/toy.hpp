#pragma once

// A toy protocol for the tests of the core: one of everything that a role can have, and no
// cryptography worth the name.
//
//   Client                                 Server
//     Hello      nonce                 ->              plain; sent again until answered
//                                      <-  Welcome     plain: nonce, proof
//     Data, Bye  sealed                <-> Data, Bye   counter, contents, tag
//
// Frames: a type byte, then integers big-endian. A sealed one is 3, counter (4 bytes), kind and
// payload under a stream of the key, and a checksum (4 bytes) that plays the tag.

#include <expected>
#include <utility>
#include <variant>
#include <vector>

#include "handfast/core/machine.hpp"

namespace handfast::toy {

using namespace std::chrono_literals;

inline constexpr std::size_t text_size_max = 32;  // bytes in one Data
inline constexpr std::size_t frame_size_max = 64;
inline constexpr std::size_t side_frame_size_max = 24;
inline constexpr Duration retry_after = 1s;
inline constexpr Duration give_up_after = 10s;
inline constexpr Duration quiet_after = 30s;
inline constexpr unsigned retries_max = 3;

// What is on the wire.

struct Hello {
  std::uint32_t nonce = 0;
};
struct Welcome {
  std::uint32_t nonce = 0;
  std::uint32_t proof = 0;
};
struct Data {
  static constexpr bool application_data = true;
  Bytes text;
};
struct Bye {};
struct Nudge {};  // nobody honest sends it

struct Sealed {
  using Contents = List<Data, Bye, Nudge>;
  std::uint32_t counter = 0;
  Bytes contents;
  std::uint32_t tag = 0;
};

// What the application asks and is told.

struct Connect {};
struct Send {
  Bytes text;
};
struct Close {};
struct Received {
  Bytes text;
};

// Timers.

struct Retry {};
struct GiveUp {};
struct Quiet {};

// Rules.

struct RightNonce {
  static constexpr Fault fault = Fault::wrong_session;
};
struct RightProof {
  static constexpr Fault fault = Fault::not_authentic;
};
struct NotEmpty {
  static constexpr Fault fault = Fault::malformed;
};
struct FitsFrame {
  static constexpr Fault fault = Fault::too_large;
};

/// A key that wipes itself and writes its own snapshots.
class Key {
 public:
  Key() = default;
  explicit Key(std::uint32_t value) : value_(value) {}
  Key(Key&& other) noexcept : value_(std::exchange(other.value_, 0)) {}
  Key& operator=(Key&& other) noexcept {
    value_ = std::exchange(other.value_, 0);
    return *this;
  }
  [[nodiscard]] Key dangerous_copy() const { return Key(value_); }
  [[nodiscard]] std::uint32_t dangerous_value() const noexcept { return value_; }
  void dangerous_write(SnapshotWriter& w) const { w.u32(value_); }
  [[nodiscard]] bool dangerous_read(SnapshotReader& r) { return r.integer(value_); }

 private:
  std::uint32_t value_ = 0;
};

[[nodiscard]] constexpr std::uint32_t proof_of(std::uint32_t nonce) noexcept {
  return nonce * 2654435761u + 1;
}
[[nodiscard]] inline Key key_of(std::uint32_t nonce) { return Key(proof_of(nonce) ^ 0x5A5A5A5Au); }

/// What the channel needs: the key, the number last sent, and the number last accepted.
struct Traffic {
  Key key;
  std::uint32_t sent = 0;
  std::uint32_t accepted = 0;
  static constexpr auto fields = Fields{&Traffic::key, &Traffic::sent, &Traffic::accepted};

  [[nodiscard]] Traffic dangerous_copy() const { return {key.dangerous_copy(), sent, accepted}; }
};

/// The change that is due if an opened frame is taken.
struct Pending {
  std::uint32_t accepted = 0;
};

namespace detail {

inline std::uint32_t read32(Bytes from) {
  return std::uint32_t{from[0]} << 24 | std::uint32_t{from[1]} << 16 | std::uint32_t{from[2]} << 8 |
         from[3];
}
inline void write32(MutableBytes to, std::uint32_t value) {
  for (std::size_t i = 0; i < 4; ++i) to[i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}
inline std::uint8_t stream(std::uint32_t key, std::uint32_t counter, std::size_t place) {
  return static_cast<std::uint8_t>((key + 31 * counter) >> 8 * (place % 4));
}
inline std::uint32_t tag_of(std::uint32_t key, std::uint32_t counter, Bytes contents) {
  std::uint32_t hash = key ^ counter * 2246822519u;
  for (const std::uint8_t byte : contents) hash = (hash ^ byte) * 16777619u;
  return hash;
}

inline void write_sealed(Link link, Key& key, std::uint32_t counter, std::uint8_t kind,
                         Bytes payload, Frames& frames) {
  const std::uint32_t secret = key.dangerous_value();
  const MutableBytes frame = frames.add(link, 10 + payload.size());
  frame[0] = 3;
  write32(frame.subspan(1), counter);
  frame[5] = kind;
  std::copy(payload.begin(), payload.end(), frame.begin() + 6);
  const MutableBytes contents = frame.subspan(5, payload.size() + 1);
  for (std::size_t i = 0; i < contents.size(); ++i) contents[i] ^= stream(secret, counter, i);
  write32(frame.last(4), tag_of(secret, counter, contents));
}

inline auto open_sealed(const Traffic& channel, const Sealed& sealed, Buffer& plaintext)
    -> std::expected<Opened<Pending, Data, Bye, Nudge>, Fault> {
  const std::uint32_t secret = channel.key.dangerous_value();
  if (sealed.counter <= channel.accepted) return std::unexpected(Fault::replayed);
  plaintext.append(sealed.contents);
  const MutableBytes text = plaintext.writable();
  for (std::size_t i = 0; i < text.size(); ++i) text[i] ^= stream(secret, sealed.counter, i);
  if (tag_of(secret, sealed.counter, sealed.contents) != sealed.tag)
    return std::unexpected(Fault::not_authentic);
  const Pending pending{sealed.counter};
  switch (text[0]) {
    case 0: return Opened<Pending, Data, Bye, Nudge>{Data{text.subspan(1)}, pending};
    case 1: return Opened<Pending, Data, Bye, Nudge>{Bye{}, pending};
    case 2: return Opened<Pending, Data, Bye, Nudge>{Nudge{}, pending};
    default: return std::unexpected(Fault::unknown_type);
  }
}

inline auto decode_sealed(Bytes frame) -> std::expected<Sealed, Fault> {
  if (frame.size() < 10) return std::unexpected(Fault::truncated);
  return Sealed{read32(frame.subspan(1)), frame.subspan(5, frame.size() - 9),
                read32(frame.last(4))};
}

}  // namespace detail

/// Opens the run, on its first link; takes answers on both.
struct Client {
  struct Idle {};
  struct AwaitingWelcome {
    std::uint32_t nonce = 0;
    std::uint8_t retries = 0;
    Deadline<Retry> retry;
    Deadline<GiveUp> give_up;
    static constexpr auto fields = Fields{&AwaitingWelcome::nonce, &AwaitingWelcome::retries,
                                          &AwaitingWelcome::retry, &AwaitingWelcome::give_up};
  };
  struct Open {
    Traffic channel;
    Link path;                          // where the newest data came from
    std::optional<std::uint8_t> first;  // the first byte ever received
    static constexpr auto fields = Fields{&Open::channel, &Open::path, &Open::first};
  };
  struct Done {
    Traffic channel;
    bool by_peer = false;
    static constexpr auto fields = Fields{&Done::channel, &Done::by_peer};

    /// Late frames must still be told from repeated ones.
    void adopt(Open&& left) { channel = std::move(left.channel); }
  };

  using Receives = List<Welcome, Data, Bye, Nudge>;
  using Commands = List<Connect, Send, Close, LinkClosed>;
  using Timers = List<Retry, GiveUp>;
  using Ends = List<Open, Done>;
  using Links = List<LinkKind<"main", Framing::datagram, frame_size_max>,
                     LinkKind<"side", Framing::frame, side_frame_size_max>>;

  // clang-format off
  using Table = Transitions<
      Row<Idle, Connect, AwaitingWelcome, Hello>,
      Refuse<Idle, Welcome, Data, Bye, Nudge>,

      Row<AwaitingWelcome, Retry, AwaitingWelcome, Hello>,
      Row<AwaitingWelcome, GiveUp, Done, Tells<Closed>>,
      Row<AwaitingWelcome, LinkClosed, Done, Tells<Closed>>,
      Authenticates<Row<AwaitingWelcome, Welcome, Open, Tells<Established>,
                        Requires<RightNonce, RightProof>>>,
      Ignore<AwaitingWelcome, Data, Bye, Nudge>,

      Row<Open, Send, Open, Data, Requires<FitsFrame>, StoresFirst>,
      Row<Open, Data, Open, Tells<Received>, Requires<NotEmpty>>,
      Row<Open, Nudge, Open>,
      Row<Open, Close, Done, Bye, Tells<Closed>>,
      Row<Open, Bye, Done, Tells<Closed>>,
      Ignore<Open, Welcome>,

      Ignore<Done, Welcome, Data, Bye>,
      Refuse<Done, Nudge>>;
  // clang-format on

  struct Context {
    Time now;
    Link link;
    std::uint32_t random = 7;
    std::uint32_t opened_count = 0;
    static constexpr auto fields =
        Fields{&Context::opened_count};  // the part that a stored session needs
  };

  using Form = std::variant<Welcome, Sealed>;
  static std::expected<Form, Fault> decode(Link, Bytes frame, const Context&) {
    if (frame.empty()) return std::unexpected(Fault::truncated);
    if (frame[0] == 3) return detail::decode_sealed(frame);
    if (frame[0] != 2) return std::unexpected(Fault::unknown_type);
    if (frame.size() != 9) return std::unexpected(Fault::wrong_length);
    return Welcome{detail::read32(frame.subspan(1)), detail::read32(frame.subspan(5))};
  }

  static auto open(const Open& state, const Sealed& sealed, Context&, Buffer& plaintext) {
    return detail::open_sealed(state.channel, sealed, plaintext);
  }
  static auto open(const Done& state, const Sealed& sealed, Context&, Buffer& plaintext) {
    return detail::open_sealed(state.channel, sealed, plaintext);
  }
  static void commit(Open& state, Pending pending, Context&) {
    state.channel.accepted = pending.accepted;
  }
  static void commit(Done& state, Pending pending, Context&) {
    state.channel.accepted = pending.accepted;
  }

  static void write(const Hello& hello, Context&, Frames& frames) {
    const MutableBytes frame = frames.add(Link{0}, 5);
    frame[0] = 1;
    detail::write32(frame.subspan(1), hello.nonce);
  }
  static void write(Open& state, const Data& data, Context&, Frames& frames) {
    detail::write_sealed(state.path, state.channel.key, ++state.channel.sent, 0, data.text, frames);
  }
  static void write(Done& state, const Bye&, Context&, Frames& frames) {
    detail::write_sealed(Link{0}, state.channel.key, ++state.channel.sent, 1, {}, frames);
  }

  static Next<Client, Idle, Connect> react(const Idle&, const Connect&, Context& c) {
    return go(AwaitingWelcome{c.random, 0, Deadline<Retry>::in(retry_after, c.now),
                              Deadline<GiveUp>::in(give_up_after, c.now)},
              Hello{c.random});
  }
  static Next<Client, AwaitingWelcome, Retry> react(AwaitingWelcome& state, const Retry&,
                                                    Context& c) {
    if (++state.retries < retries_max) state.retry = Deadline<Retry>::in(retry_after, c.now);
    return stay(Hello{state.nonce});
  }
  static Next<Client, AwaitingWelcome, GiveUp> react(const AwaitingWelcome&, const GiveUp&,
                                                     Context&) {
    return go(Done{}, Closed{Fault::timed_out});
  }
  static Next<Client, AwaitingWelcome, LinkClosed> react(const AwaitingWelcome&, const LinkClosed&,
                                                         Context&) {
    return go(Done{}, Closed{Fault::link_closed});
  }
  static Next<Client, AwaitingWelcome, Welcome> react(const AwaitingWelcome& state,
                                                      const Welcome& welcome, Context& c) {
    if (auto broken = require<RightNonce>(welcome.nonce == state.nonce)) return broken;
    if (auto broken = require<RightProof>(welcome.proof == proof_of(state.nonce))) return broken;
    ++c.opened_count;
    return go(Open{{key_of(state.nonce), 0, 0}, c.link, {}}, Established{});
  }
  static Next<Client, Open, Send> react(const Open&, const Send& send, Context&) {
    if (auto broken = require<FitsFrame>(send.text.size() <= text_size_max)) return broken;
    return stay(Data{send.text});
  }
  static Next<Client, Open, Data> react(Open& state, const Data& data, Context& c) {
    if (auto broken = require<NotEmpty>(!data.text.empty())) return broken;
    state.path = c.link;
    if (!state.first) state.first = data.text[0];
    return stay(Received{data.text});
  }
  static Next<Client, Open, Nudge> react(const Open&, const Nudge&, Context&) { return stay(); }
  static Next<Client, Open, Close> react(const Open&, const Close&, Context&) {
    return go(Done{}, Bye{}, Closed{});
  }
  static Next<Client, Open, Bye> react(const Open&, const Bye&, Context&) {
    return go(Done{{}, true}, Closed{});
  }
};

/// Answers; knows that the client is authentic when the first sealed data opens.
struct Server {
  struct Waiting {};
  struct Serving {
    std::uint32_t nonce = 0;
    Traffic channel;
    Deadline<Quiet> quiet;
    static constexpr auto fields = Fields{&Serving::nonce, &Serving::channel, &Serving::quiet};
  };
  struct Trusted {
    Traffic channel;
    Deadline<Quiet> quiet;
    static constexpr auto fields = Fields{&Trusted::channel, &Trusted::quiet};

    void adopt(Serving&& left) { channel = std::move(left.channel); }
  };
  struct Done {
    Traffic channel;
    static constexpr auto fields = Fields{&Done::channel};

    void adopt(Serving&& left) { channel = std::move(left.channel); }
    void adopt(Trusted&& left) { channel = std::move(left.channel); }
  };

  using Receives = List<Hello, Data, Bye>;
  using Commands = List<Send, Close>;
  using Timers = List<Quiet>;
  using Ends = List<Waiting, Trusted, Done>;
  using Links = List<LinkKind<"main", Framing::datagram, frame_size_max>>;

  // clang-format off
  using Table = Transitions<
      Row<Waiting, Hello, Serving, Welcome>,
      Refuse<Waiting, Data, Bye>,

      Row<Serving, Hello, Serving, Welcome, Requires<RightNonce>>,
      Authenticates<Row<Serving, Data, Trusted, Tells<Received>, Requires<NotEmpty>>>,
      Row<Serving, Bye, Done, Tells<Closed>>,
      Row<Serving, Quiet, Done, Tells<Closed>>,

      Row<Trusted, Data, Trusted, Tells<Received>, Requires<NotEmpty>>,
      Row<Trusted, Send, Trusted, Data, Requires<FitsFrame>>,
      Row<Trusted, Close, Done, Bye, Tells<Closed>>,
      Row<Trusted, Bye, Done, Tells<Closed>>,
      Row<Trusted, Quiet, Done, Tells<Closed>>,
      Ignore<Trusted, Hello>,

      Ignore<Done, Hello, Data, Bye>>;
  // clang-format on

  struct Context {
    Time now;
    Link link;
  };

  using Form = std::variant<Hello, Sealed>;
  static std::expected<Form, Fault> decode(Link, Bytes frame, const Context&) {
    if (frame.empty()) return std::unexpected(Fault::truncated);
    if (frame[0] == 3) return detail::decode_sealed(frame);
    if (frame[0] != 1) return std::unexpected(Fault::unknown_type);
    if (frame.size() != 5) return std::unexpected(Fault::wrong_length);
    return Hello{detail::read32(frame.subspan(1))};
  }

  using Contents = std::expected<Opened<Pending, Data, Bye>, Fault>;
  static Contents open(const Serving& state, const Sealed& sealed, Context&, Buffer& plaintext) {
    return known(detail::open_sealed(state.channel, sealed, plaintext));
  }
  static Contents open(const Trusted& state, const Sealed& sealed, Context&, Buffer& plaintext) {
    return known(detail::open_sealed(state.channel, sealed, plaintext));
  }
  static Contents open(const Done& state, const Sealed& sealed, Context&, Buffer& plaintext) {
    return known(detail::open_sealed(state.channel, sealed, plaintext));
  }
  static void commit(Serving& state, Pending pending, Context&) {
    state.channel.accepted = pending.accepted;
  }
  static void commit(Trusted& state, Pending pending, Context&) {
    state.channel.accepted = pending.accepted;
  }
  static void commit(Done& state, Pending pending, Context&) {
    state.channel.accepted = pending.accepted;
  }

  static void write(const Welcome& welcome, Context& c, Frames& frames) {
    const MutableBytes frame = frames.add(c.link, 9);
    frame[0] = 2;
    detail::write32(frame.subspan(1), welcome.nonce);
    detail::write32(frame.subspan(5), welcome.proof);
  }
  static void write(Trusted& state, const Data& data, Context& c, Frames& frames) {
    detail::write_sealed(c.link, state.channel.key, ++state.channel.sent, 0, data.text, frames);
  }
  static void write(Done& state, const Bye&, Context& c, Frames& frames) {
    detail::write_sealed(c.link, state.channel.key, ++state.channel.sent, 1, {}, frames);
  }

  static Next<Server, Waiting, Hello> react(const Waiting&, const Hello& hello, Context& c) {
    return go(
        Serving{hello.nonce, {key_of(hello.nonce), 0, 0}, Deadline<Quiet>::in(quiet_after, c.now)},
        Welcome{hello.nonce, proof_of(hello.nonce)});
  }
  static Next<Server, Serving, Hello> react(const Serving& state, const Hello& hello, Context&) {
    if (auto broken = require<RightNonce>(hello.nonce == state.nonce)) return broken;
    return stay(Welcome{hello.nonce, proof_of(hello.nonce)});
  }
  static Next<Server, Serving, Data> react(const Serving&, const Data& data, Context& c) {
    if (auto broken = require<NotEmpty>(!data.text.empty())) return broken;
    return go(Trusted{{}, Deadline<Quiet>::in(quiet_after, c.now)}, Received{data.text});
  }
  static Next<Server, Serving, Bye> react(const Serving&, const Bye&, Context&) {
    return go(Done{}, Closed{});
  }
  static Next<Server, Serving, Quiet> react(const Serving&, const Quiet&, Context&) {
    return go(Done{}, Closed{Fault::timed_out});
  }
  static Next<Server, Trusted, Data> react(Trusted& state, const Data& data, Context& c) {
    if (auto broken = require<NotEmpty>(!data.text.empty())) return broken;
    state.quiet = Deadline<Quiet>::in(quiet_after, c.now);
    return stay(Received{data.text});
  }
  static Next<Server, Trusted, Send> react(const Trusted&, const Send& send, Context&) {
    if (auto broken = require<FitsFrame>(send.text.size() <= text_size_max)) return broken;
    return stay(Data{send.text});
  }
  static Next<Server, Trusted, Close> react(const Trusted&, const Close&, Context&) {
    return go(Done{}, Bye{}, Closed{});
  }
  static Next<Server, Trusted, Bye> react(const Trusted&, const Bye&, Context&) {
    return go(Done{}, Closed{});
  }
  static Next<Server, Trusted, Quiet> react(const Trusted&, const Quiet&, Context&) {
    return go(Done{}, Closed{Fault::timed_out});
  }

 private:
  /// A server knows no nudge.
  static Contents known(std::expected<Opened<Pending, Data, Bye, Nudge>, Fault> opened) {
    if (!opened) return std::unexpected(opened.error());
    if (const Data* data = std::get_if<Data>(&opened->message))
      return Opened<Pending, Data, Bye>{*data, opened->pending};
    if (std::holds_alternative<Bye>(opened->message))
      return Opened<Pending, Data, Bye>{Bye{}, opened->pending};
    return std::unexpected(Fault::unknown_type);
  }
};

// Helpers of tests.

[[nodiscard]] inline Time at(Duration since_start) { return {SteadyTime{since_start}, UnixTime{}}; }

/// Bytes that outlive the call that made them.
using Kept = std::vector<std::uint8_t>;
[[nodiscard]] inline Kept keep(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

[[nodiscard]] inline Kept hello_frame(std::uint32_t nonce) {
  Kept frame(5, 1);
  detail::write32(MutableBytes(frame).subspan(1), nonce);
  return frame;
}
[[nodiscard]] inline Kept welcome_frame(std::uint32_t nonce, std::uint32_t proof) {
  Kept frame(9, 2);
  detail::write32(MutableBytes(frame).subspan(1), nonce);
  detail::write32(MutableBytes(frame).subspan(5), proof);
  return frame;
}
/// A sealed frame as the peer in the session of `nonce` would make it. Kinds: 0 data, 1 bye, 2
/// nudge.
[[nodiscard]] inline Kept sealed_frame(std::uint32_t nonce, std::uint32_t counter,
                                       std::uint8_t kind, Bytes payload = {}) {
  Key key = key_of(nonce);
  Frames frames;
  detail::write_sealed(Link{}, key, counter, kind, payload, frames);
  return keep(frames.view()[0].bytes);
}

/// A snapshot of a `Role` that is in `state`.
template <class Role, class State>
[[nodiscard]] Kept snapshot_in(State state, const typename Role::Context& context = {}) {
  handfast::detail::AsVariant<StatesOf<Role>> states{std::in_place_type<State>, std::move(state)};
  Buffer out;
  dangerous_write_snapshot<Role>(states, context, out);
  return keep(out.bytes());
}

/// A machine of `Role` that is in `state`.
template <class Role, class Observer = Unobserved, class State>
[[nodiscard]] Machine<Role, Observer> machine_in(State state, typename Role::Context context = {}) {
  const Kept snapshot = snapshot_in<Role>(std::move(state), context);
  return std::move(
      Machine<Role, Observer>::dangerous_restore(std::move(context), snapshot).value());
}

template <class AnyMachine>
[[nodiscard]] Kept snapshot_of(const AnyMachine& machine) {
  return keep(machine.dangerous_snapshot().bytes());
}

/// A role whose argument has a default one: a source that says it and one that does not name the
/// same role.
enum class Dialect : std::uint8_t { old, later };
template <Dialect dialect = Dialect::later>
struct Spoken {};
template <class Profile>
struct Speaker {};

/// What stands for a role's name in its snapshots.
template <class Role>
[[nodiscard]] constexpr std::uint64_t hashed_name() {
  handfast::detail::ShapeHash hash;
  handfast::detail::RoleName<Role>::add(hash);
  return hash.value;
}
inline constexpr std::uint64_t speaker_name = 0x055DBC69F39DBCC9u;

}  // namespace handfast::toy
