#include "handfast/testing/world.hpp"
//
#include "handfast/testing/sim.hpp"
#include "handfast/wire/binary.hpp"
#include "tests/support/catch.hpp"

// Where nothing is amiss nobody repeats, refuses or gives up; what works, works both ways; and no set
// of keys is used beyond its limits. Roles without cryptography, each with one weakness or none.

using namespace handfast;
using testing::Deed, testing::KeyLimits, testing::Oracle, testing::Outcome, testing::Plan,
    testing::UseLimits;

namespace calm {

struct Word {
  Bytes data;
  static constexpr bool application_data = true;
  using layout =
      wire::Layout<"word", wire::Field<"data", &Word::data, wire::Payload, wire::Bounded<0, 500>>>;
};
struct Heard {  // the peer has a word
  std::uint8_t number = 0;
  using layout = wire::Layout<"heard", wire::Field<"number", &Heard::number, wire::Public>>;
};

constexpr Link words{0};
template <class Message>
constexpr Link link_of{std::same_as<Message, Word> ? 0u : 1u};

struct Say {
  Bytes payload;
};
struct Told {
  Bytes payload;
};
struct Overdue {};

struct Idle {};
struct Waiting {  // for the peer to have heard
  Deadline<Overdue> overdue;
  static constexpr auto fields = Fields{&Waiting::overdue};
};

enum class Weakness : std::uint8_t { none, silent, refuses, deaf };

/// Says words one after the other. One that is `silent` never says that it heard; one that `refuses`
/// takes no word while it waits itself; one that is `deaf` tells nobody.
template <int side, Weakness weakness>
struct Talker {
  struct Context {
    Time now;
    Link link;
  };
  using Links = List<LinkKind<"words", Framing::datagram, 600>,
                     LinkKind<"acknowledgements", Framing::datagram, 600>>;
  using Receives = List<Word, Heard>;
  using Commands = List<Say>;
  using Timers = List<Overdue>;
  using Ends = List<Idle, Waiting>;
  // clang-format off
  template <class S>
  using Hears = std::conditional_t<weakness == Weakness::silent, Transitions<Authenticates<Row<S, Word, S, Tells<Told>>>>,
                std::conditional_t<weakness == Weakness::deaf,   Transitions<Authenticates<Row<S, Word, S, Heard>>>,
                                                                 Transitions<Authenticates<Row<S, Word, S, Heard, Tells<Told>>>>>>;
  using Rest = Transitions<
    Authenticates<
    Row<Idle,    Say,     Waiting, Word>>,
    Row<Waiting, Heard,   Idle>,
    Row<Waiting, Overdue, Idle>,
    Ignore<Idle, Heard>>;
  // clang-format on
  using Table = Join<Rest, Hears<Idle>,
                     std::conditional_t<weakness == Weakness::refuses,
                                        Transitions<Refuse<Waiting, Word>>, Hears<Waiting>>>;

  static std::expected<std::variant<Word, Heard>, Fault> decode(Link link, Bytes frame,
                                                                const Context&) {
    if (link == words) return wire::binary::decode<Word>(frame);
    return wire::binary::decode<Heard>(frame);
  }
  template <class Message>
  static void write(const Message& message, Context&, Frames& frames) {
    wire::Writer writer{frames.add(link_of<Message>, wire::binary::encoded_size(message))};
    (void)wire::binary::encode(message, writer);
  }

  static Next<Talker, Idle, Say> react(const Idle&, const Say& m, Context& c) {
    return go(Waiting{Deadline<Overdue>::in(std::chrono::seconds(5), c.now)}, Word{m.payload});
  }
  static Next<Talker, Waiting, Heard> react(const Waiting&, const Heard&, Context&) {
    return go(Idle{});
  }
  static Next<Talker, Waiting, Overdue> react(const Waiting&, const Overdue&, Context&) {
    return go(Idle{});
  }
  static Next<Talker, Idle, Word> react(const Idle&, const Word& m, Context&) {
    return heard<Idle>(m);
  }
  static Next<Talker, Waiting, Word> react(const Waiting&, const Word& m,
                                           Context&) requires(weakness != Weakness::refuses) {
    return heard<Waiting>(m);
  }

 private:
  template <class S>
  static Next<Talker, S, Word> heard(const Word& m) {
    if constexpr (weakness == Weakness::silent)
      return stay(Told{m.data});
    else if constexpr (weakness == Weakness::deaf)
      return stay(Heard{1});
    else
      return stay(Heard{1}, Told{m.data});
  }
};

struct Quiet {
  std::optional<Say> whim(List<Say>, auto&) { return std::nullopt; }
};
struct Begins : Quiet {
  void begin(auto& doing) { doing.now(Say{doing.payload()}); }
};
struct BeginsLate : Quiet {
  void begin(auto& doing) { doing.after(std::chrono::seconds(1), Say{doing.payload()}); }
};
struct Talks {};

template <Weakness of_second, class FirstUser, class SecondUser>
struct Scene {
  static constexpr std::string_view name = "calm";
  using Roles = List<Talker<0, Weakness::none>, Talker<1, of_second>>;
  using Applications = List<FirstUser, SecondUser>;
  struct Setting {};
  static Setting setting(testing::Seeded&) { return {}; }
  template <class Role>
  static typename Role::Context context(const Setting&, Random) {
    return {};
  }
  static constexpr unsigned opens_max = 0, derived_max = 0;
  static constexpr Duration patience = std::chrono::minutes(1);
  static constexpr Duration exchange_time = std::chrono::seconds(10);
  static Duration recovery_time(const Setting&) { return std::chrono::seconds(6); }
  using Routine = List<>;

  template <class Message>
  static std::optional<testing::KeptFrame> encode(const Message& message) {
    testing::KeptFrame frame{link_of<Message>, {}};
    wire::GrowingWriter writer{frame.bytes};
    if (!wire::binary::encode(message, writer)) return std::nullopt;
    return frame;
  }
};

/// Nothing need ever be well.
template <Weakness of_second, class FirstUser, class SecondUser>
struct UnheldScene : Scene<of_second, FirstUser, SecondUser> {
  static Duration recovery_time(const auto&) { return Duration::max(); }
};

/// Every frame has a number under the one set of keys: its size, which is beyond `most` or is not.
template <std::uint64_t most>
struct CountedScene : Scene<Weakness::none, Talks, Talks> {
  static std::optional<testing::KeyUse> key_use(const testing::KeptFrame& frame) {
    return testing::KeyUse{0, frame.bytes.size()};
  }
  static UseLimits limits(const Setting&) { return {most, 100}; }
};

/// Every frame has a number under the one set of keys, its last byte, and data only so many seconds
/// after the first.
template <int seconds>
struct AgingScene : Scene<Weakness::none, Talks, Talks> {
  static std::optional<testing::KeyUse> key_use(const testing::KeptFrame& frame) {
    return testing::KeyUse{0, frame.bytes.back()};
  }
  static UseLimits limits(const Setting&) { return {255, 100, std::chrono::seconds(seconds)}; }
};

}  // namespace calm

namespace {

using namespace calm;

/// 20 s, and then a whim of those that have any.
constexpr testing::Move rest{Deed::command, 0, 9, 0, 0};
constexpr testing::Move loses_first{Deed::lose, 0, 0, 0, 0};

template <class Scene>
Outcome outcome_of(std::vector<testing::Move> moves) {
  return testing::outcome_of<Scene>(Plan{0, std::move(moves)}, nullptr);
}

constexpr const char* overdue = "nothing is amiss, and yet it came to Overdue";

}  // namespace

TEST_CASE("testing: a time-out where nothing is amiss is a fault of the protocol") {
  const Outcome silent = outcome_of<Scene<Weakness::silent, Begins, Quiet>>({rest});
  CHECK(silent.oracle == Oracle::calm);
  CHECK(silent.what == overdue);
  const Outcome fine = outcome_of<Scene<Weakness::none, Begins, Talks>>({rest});
  INFO(fine.what);
  CHECK(fine.is_fine());
}

TEST_CASE("testing: a time-out soon after a loss, or after somebody was kept waiting, is none") {
  const Outcome lost = outcome_of<Scene<Weakness::none, Begins, Talks>>({loses_first, rest});
  INFO(lost.what);
  CHECK(lost.is_fine());
  const Outcome late = outcome_of<Scene<Weakness::silent, BeginsLate, Begins>>({rest});
  CHECK(late.oracle == Oracle::quiesce);
}

TEST_CASE("testing: a message that came as it was sent, once and in order, must be taken") {
  const Outcome refused = outcome_of<Scene<Weakness::refuses, Begins, Begins>>({rest});
  CHECK(refused.oracle == Oracle::calm);
  CHECK(refused.what ==
        "a message that came as it was sent, once and in order, was refused: unexpected_message");
  const Outcome taken = outcome_of<Scene<Weakness::none, Begins, Begins>>({rest});
  CHECK(taken.oracle != Oracle::calm);
}

TEST_CASE("testing: a session that need never recover is not held to calm") {
  const Outcome silent = outcome_of<UnheldScene<Weakness::silent, Begins, Quiet>>({rest});
  CHECK(silent.oracle != Oracle::calm);
  const Outcome refused = outcome_of<UnheldScene<Weakness::refuses, Begins, Begins>>({rest});
  CHECK(refused.oracle != Oracle::calm);
}

TEST_CASE("testing: in quiet times data comes through both ways, from each that takes any") {
  const Outcome one_way = outcome_of<Scene<Weakness::deaf, Talks, Talks>>({rest});
  CHECK(one_way.oracle == Oracle::quiesce);
  const Outcome both = outcome_of<Scene<Weakness::none, Talks, Talks>>({rest});
  INFO(both.what);
  CHECK(both.is_fine());
  const Outcome only_one_talks = outcome_of<Scene<Weakness::none, Talks, Quiet>>({rest});
  CHECK(only_one_talks.is_fine());
}

TEST_CASE("testing: a world holds each session to the limits of its keys") {
  const Outcome beyond = outcome_of<CountedScene<1>>({rest});
  CHECK(beyond.oracle == Oracle::ledger);
  CHECK(beyond.what == "one set of keys sealed more records than it may");
  const Outcome within = outcome_of<CountedScene<1000>>({rest});
  INFO(within.what);
  CHECK(within.is_fine());
  // 20 s pass between the two, and nothing is known of what was before the first.
  const Outcome old = outcome_of<AgingScene<10>>({rest, rest});
  CHECK(old.oracle == Oracle::ledger);
  CHECK(old.what == "one set of keys sealed data when it was older than it may be");
  CHECK(outcome_of<AgingScene<10>>({rest}).is_fine());
  CHECK(outcome_of<AgingScene<30>>({rest, rest}).is_fine());
}

TEST_CASE("testing: a set of keys may not be used for more numbers or more data than it is for") {
  constexpr UseLimits limits{10, 2};
  constexpr SteadyTime now{};
  KeyLimits book;
  CHECK_FALSE(book.used(0, {1, 10}, false, now, limits));
  CHECK(book.used(0, {1, 11}, false, now, limits) ==
        "one set of keys sealed more records than it may");
  CHECK_FALSE(book.used(0, {1, 1}, true, now, limits));
  CHECK_FALSE(book.used(0, {1, 2}, true, now, limits));
  CHECK_FALSE(book.used(0, {1, 2}, true, now, limits));  // again is no second use
  CHECK_FALSE(book.used(0, {2, 3}, true, now, limits));  // other keys
  CHECK_FALSE(book.used(1, {1, 3}, true, now, limits));  // somebody else's
  CHECK(book.used(0, {1, 3}, true, now, limits) == "one set of keys sealed more data than it may");
}

TEST_CASE("testing: a set of keys may not be used for data when it is too old") {
  using namespace std::chrono_literals;
  constexpr UseLimits limits{100, 100, 10s};
  constexpr SteadyTime began{1h}, end = began + 10s, late = end + Duration{1};
  constexpr auto too_old = "one set of keys sealed data when it was older than it may be";
  KeyLimits book;
  CHECK_FALSE(book.used(0, {1, 1}, false, began, limits));  // its age begins without data too
  CHECK_FALSE(book.used(0, {1, 2}, true, end, limits));
  CHECK_FALSE(book.used(0, {1, 3}, false, late, limits));  // what keeps a channel alive goes on
  CHECK_FALSE(book.used(0, {1, 2}, true, late, limits));   // again is no second use
  CHECK_FALSE(book.used(0, {2, 1}, true, late, limits));   // other keys
  CHECK_FALSE(book.used(1, {1, 1}, true, late, limits));   // somebody else's
  CHECK(book.used(0, {1, 4}, true, late, limits) == too_old);
  CHECK_FALSE(KeyLimits{}.used(0, {1, 4}, true, late, limits));
  constexpr UseLimits none{100, 100};
  CHECK_FALSE(book.used(0, {1, 5}, true, late + 24h * 365, none));
}
