#pragma once

// A protocol of two messages, to try the testing kit on: one side asks, the other answers, and a
// key that both have shows that the answer is the other's. It has a flaw, which README.md finds.
//
//   asker -> answerer   question: nonce 16
//   answerer -> asker   answer:   tag 32, what was asked for

#include "handfast/core/compose.hpp"
#include "handfast/core/machine.hpp"
#include "handfast/crypto/hmac.hpp"
#include "handfast/crypto/random.hpp"
#include "handfast/wire/binary.hpp"

namespace ask {

using namespace handfast;
using Nonce = std::array<std::uint8_t, 16>;
using Tag = HmacSha256::Tag;

// clang-format off
struct Key;
struct Question {
  Nonce nonce{};
  using layout = wire::Layout<"question", wire::Field<"nonce", &Question::nonce, wire::Fresh>>;
};
struct Answer {
  Tag tag{};
  Bytes data;
  static constexpr bool application_data = true;
  using layout = wire::Layout<"answer", wire::Field<"tag", &Answer::tag, wire::Mac<Key, Question, wire::Of<"data">>>,
                                        wire::Field<"data", &Answer::data, wire::Payload, wire::Bounded<0, 500>>>;
};

struct Flawed { static Tag tag(HmacSha256& hmac, Bytes key, const Nonce&,       Bytes data) { return hmac.mac(key, data); } };
struct Mended { static Tag tag(HmacSha256& hmac, Bytes key, const Nonce& nonce, Bytes data) { return hmac.mac(key, {nonce, data}); } };

struct Ask {};                    // asker: ask
struct Told { Bytes payload; };   // asker's application: the answer
struct Wanted {};                 // answerer's application: there is a question
struct Give { Bytes payload; };   // answerer: the answer
struct Overdue {};                // either: the other is gone

struct RandomWorks { static constexpr Fault fault = Fault::random_source_failed; };
struct Authentic   { static constexpr Fault fault = Fault::not_authentic; };

struct Idle {};
struct Asked {
  Nonce nonce{};
  Deadline<Overdue> overdue;
  static constexpr auto fields = Fields{&Asked::nonce, &Asked::overdue};
};

struct Shared {
  struct Context {
    Time now;
    Link link;
    Random random;
    std::array<std::uint8_t, 32> key{};  // both have it from elsewhere
    HmacSha256 hmac;
  };
  using Links = List<LinkKind<"network", Framing::datagram, 600>>;
  using Timers = List<Overdue>;
  using Ends = List<Idle>;
  static Asked asked(const Nonce& nonce, const Context& c) { return {nonce, Deadline<Overdue>::in(std::chrono::seconds(5), c.now)}; }
};

template <class Covers>
struct Asker : Shared {
  using Receives = List<Answer>;
  using Commands = List<Ask>;
  using Table = Transitions<
    Row<Idle,  Ask,     Asked, Question, Requires<RandomWorks>>,
    Authenticates<
    Row<Asked, Answer,  Idle,  Tells<Told>, Requires<Authentic>>>,
    Row<Asked, Overdue, Idle>,
    Ignore<Idle, Answer>>;
  // clang-format on

  static std::expected<std::variant<Answer>, Fault> decode(Link, Bytes frame, const Context&) {
    return wire::binary::decode<Answer>(frame);
  }
  static void write(const Question& m, Context& c, Frames& frames) {
    std::ranges::copy(m.nonce, frames.add(c.link, m.nonce.size()).begin());
  }
  static Next<Asker, Idle, Ask> react(const Idle&, const Ask&, Context& c) {
    const auto nonce = c.random.bytes<16>();
    if (auto broken = require<RandomWorks>(nonce.has_value())) return broken;
    return go(asked(*nonce, c), Question{*nonce});
  }
  static Next<Asker, Asked, Answer> react(const Asked& s, const Answer& m, Context& c) {
    const Tag right = Covers::tag(c.hmac, c.key, s.nonce, m.data);
    if (auto broken = require<Authentic>(equal_in_constant_time(right, m.tag))) return broken;
    return go(Idle{}, Told{m.data});
  }
  static Next<Asker, Asked, Overdue> react(const Asked&, const Overdue&, Context&) {
    return go(Idle{});
  }
};

template <class Covers>
struct Answerer : Shared {
  // clang-format off
  using Receives = List<Question>;
  using Commands = List<Give>;
  using Table = Transitions<
    Row<Idle,  Question, Asked, Tells<Wanted>>,
    Authenticates<  // nobody asks who asks: an answer is no secret
    Row<Asked, Give,     Idle,  Answer>>,
    Row<Asked, Overdue,  Idle>,
    Ignore<Asked, Question>>;
  // clang-format on

  static std::expected<std::variant<Question>, Fault> decode(Link, Bytes frame, const Context&) {
    return wire::binary::decode<Question>(frame);
  }
  static void write(const Answer& m, Context& c, Frames& frames) {
    wire::Writer writer{frames.add(c.link, wire::binary::encoded_size(m))};
    (void)wire::binary::encode(m, writer);
  }
  static Next<Answerer, Idle, Question> react(const Idle&, const Question& m, Context& c) {
    return go(asked(m.nonce, c), Wanted{});
  }
  static Next<Answerer, Asked, Give> react(const Asked& s, const Give& m, Context& c) {
    return go(Idle{}, Answer{Covers::tag(c.hmac, c.key, s.nonce, m.payload), m.payload});
  }
  static Next<Answerer, Asked, Overdue> react(const Asked&, const Overdue&, Context&) {
    return go(Idle{});
  }
};

static_assert(never_stuck<Asker<Mended>, Answerer<Mended>, Channel::reliable,
                          Channel::lossy | Channel::duplicating | Channel::reordering>());

}  // namespace ask
