#pragma once

// A coin toss over three messages, by somebody who commits to a coin and somebody who calls, for the
// tests of worlds. It carries no application data, and one of its roles has no commands. The flawed
// one leaves out of its tags whose they are, so that the caller's tag serves as the opening's.
//
//   thrower -> caller   commitment: sha256(coin) 32
//   caller -> thrower   call:       guess 16, tag 32
//   thrower -> caller   opening:    coin 16, tag 32

#include "handfast/testing/sim.hpp"
//
#include "handfast/core/compose.hpp"
#include "handfast/crypto/hash.hpp"
#include "handfast/crypto/hmac.hpp"
#include "handfast/crypto/random.hpp"
#include "handfast/wire/binary.hpp"

namespace toss {

using namespace handfast;
using namespace std::chrono_literals;
using Coin = std::array<std::uint8_t, 16>;
using Digest = Sha256::Digest;
using Tag = HmacSha256::Tag;

// clang-format off
struct Commitment {
  Digest digest{};
  using layout = wire::Layout<"commitment", wire::Field<"digest", &Commitment::digest>>;
};
struct Call {
  Coin guess{};
  Tag tag{};
  using layout = wire::Layout<"call", wire::Field<"guess", &Call::guess>, wire::Field<"tag", &Call::tag>>;
};
struct Opening {
  Coin coin{};
  Tag tag{};
  using layout = wire::Layout<"opening", wire::Field<"coin", &Opening::coin>, wire::Field<"tag", &Opening::tag>>;
};

struct Flawed { static constexpr std::string_view thrower = "",        caller = ""; };
struct Mended { static constexpr std::string_view thrower = "thrower", caller = "caller"; };

struct Throw {};
struct Overdue {};
struct RandomWorks { static constexpr Fault fault = Fault::random_source_failed; };
struct Authentic   { static constexpr Fault fault = Fault::not_authentic; };
struct Opens       { static constexpr Fault fault = Fault::not_authentic; };

struct Idle {};
struct Thrown {
  Coin coin{};
  Deadline<Overdue> overdue;
  static constexpr auto fields = Fields{&Thrown::coin, &Thrown::overdue};
};
struct Called {
  Digest digest{};
  Coin guess{};
  Deadline<Overdue> overdue;
  static constexpr auto fields = Fields{&Called::digest, &Called::guess, &Called::overdue};
};
// clang-format on

struct Shared {
  struct Context {
    Time now;
    Link link;
    Random random;
    std::array<std::uint8_t, 32> key{};
    HmacSha256 hmac;
    Sha256 sha256;
  };
  using Links = List<LinkKind<"network", Framing::datagram, 100>>;
  using Timers = List<Overdue>;
  using Ends = List<Idle>;

  static Deadline<Overdue> soon(const Context& c) { return Deadline<Overdue>::in(5s, c.now); }
  static Tag tag(Context& c, std::string_view whose, const Digest& digest, const Coin& guess) {
    return c.hmac.mac(c.key, {bytes_of(whose), digest, guess});
  }
  static Claim claim(Context& c, const Digest& digest, const Coin& guess, std::string_view role) {
    return {{}, c.sha256.digest({digest, guess}), {}, role};
  }
  template <class Message>
  static void write(const Message& m, Context& c, Frames& frames) {
    wire::Writer writer{frames.add(c.link, wire::binary::encoded_size(m))};
    (void)wire::binary::encode(m, writer);
  }
};

template <class Labels>
struct Thrower : Shared {
  using Receives = List<Call>;
  using Commands = List<Throw>;
  // clang-format off
  using Table = Transitions<
    Row<Idle,   Throw,   Thrown, Commitment, Requires<RandomWorks>>,
    Authenticates<
    Row<Thrown, Call,    Idle,   Opening, Tells<Running>, Requires<Authentic>>>,
    Row<Thrown, Overdue, Idle>,
    Ignore<Idle, Call>>;
  // clang-format on

  static std::expected<std::variant<Call>, Fault> decode(Link, Bytes frame, const Context&) {
    return wire::binary::decode<Call>(frame);
  }
  static Next<Thrower, Idle, Throw> react(const Idle&, const Throw&, Context& c) {
    const auto coin = c.random.bytes<16>();
    if (auto broken = require<RandomWorks>(coin.has_value())) return broken;
    return go(Thrown{*coin, soon(c)}, Commitment{c.sha256.digest(*coin)});
  }
  static Next<Thrower, Thrown, Call> react(const Thrown& s, const Call& m, Context& c) {
    const Digest digest = c.sha256.digest(s.coin);
    const Tag right = tag(c, Labels::caller, digest, m.guess);
    if (auto broken = require<Authentic>(equal_in_constant_time(right, m.tag))) return broken;
    return go(Idle{}, Opening{s.coin, tag(c, Labels::thrower, digest, m.guess)},
              Running{claim(c, digest, m.guess, "thrower")});
  }
  static Next<Thrower, Thrown, Overdue> react(const Thrown&, const Overdue&, Context&) {
    return go(Idle{});
  }
};

template <class Labels>
struct Caller : Shared {
  using Receives = List<Commitment, Opening>;
  using Commands = List<>;
  // clang-format off
  using Table = Transitions<
    Row<Idle,   Commitment, Called, Call, Requires<RandomWorks>>,
    Authenticates<
    Row<Called, Opening,    Idle,   Tells<Commit>, Requires<Opens, Authentic>>>,
    Row<Called, Overdue,    Idle>,
    Ignore<Called, Commitment>,
    Ignore<Idle, Opening>>;
  // clang-format on

  static std::expected<std::variant<Commitment, Opening>, Fault> decode(Link, Bytes frame,
                                                                        const Context&) {
    if (frame.size() == 32) return wire::binary::decode<Commitment>(frame);
    return wire::binary::decode<Opening>(frame);
  }
  static Next<Caller, Idle, Commitment> react(const Idle&, const Commitment& m, Context& c) {
    const auto guess = c.random.bytes<16>();
    if (auto broken = require<RandomWorks>(guess.has_value())) return broken;
    return go(Called{m.digest, *guess, soon(c)},
              Call{*guess, tag(c, Labels::caller, m.digest, *guess)});
  }
  static Next<Caller, Called, Opening> react(const Called& s, const Opening& m, Context& c) {
    const Digest opened = c.sha256.digest(m.coin);
    if (auto broken = require<Opens>(std::ranges::equal(opened, s.digest))) return broken;
    const Tag right = tag(c, Labels::thrower, s.digest, s.guess);
    if (auto broken = require<Authentic>(equal_in_constant_time(right, m.tag))) return broken;
    return go(Idle{}, Commit{claim(c, s.digest, s.guess, "caller")});
  }
  static Next<Caller, Called, Overdue> react(const Called&, const Overdue&, Context&) {
    return go(Idle{});
  }
};

static_assert(never_stuck<Thrower<Mended>, Caller<Mended>, Channel::reliable,
                          Channel::lossy | Channel::duplicating | Channel::reordering>());

struct ThrowerUser {};
struct CallerUser {};

template <class Labels>
struct Scene {
  static constexpr std::string_view name = "toss";
  using Roles = List<Thrower<Labels>, Caller<Labels>>;
  using Applications = List<ThrowerUser, CallerUser>;
  struct Setting {
    std::array<std::uint8_t, 32> key{};
  };
  static Setting setting(testing::Seeded& numbers) {
    Setting setting;
    for (auto& byte : setting.key) byte = static_cast<std::uint8_t>(numbers.next());
    return setting;
  }
  template <class Role>
  static Shared::Context context(const Setting& setting, Random random) {
    return {{}, {}, random, setting.key, {}, {}};
  }
  static constexpr unsigned opens_max = 0, derived_max = 2;
  static constexpr Duration patience = 60s, exchange_time = 10s;
  template <class Message>
  static std::optional<testing::KeptFrame> encode(const Message& message) {
    testing::KeptFrame frame;
    wire::GrowingWriter writer{frame.bytes};
    if (!wire::binary::encode(message, writer)) return std::nullopt;
    return frame;
  }
};

}  // namespace toss
