#include "handfast/testing/world.hpp"
//
#include "handfast/core/machine.hpp"
#include "handfast/testing/sim.hpp"
#include "handfast/wire/binary.hpp"
#include "tests/support/catch.hpp"

// What worlds ask of sessions in quiet times, and of parties whose links close and open. Scenes without
// cryptography, each with roles and applications that do one thing.

using namespace handfast;
using testing::Deed, testing::EventLog, testing::Oracle, testing::Outcome, testing::Plan,
    testing::Wrong;

namespace quiet {

// Two roles that ask and answer, and come back to where they began.

struct Question {
  std::uint8_t number = 0;
  using layout = wire::Layout<"question", wire::Field<"number", &Question::number, wire::Public>>;
};
struct Answer {
  Bytes data;
  static constexpr bool application_data = true;
  using layout =
      wire::Layout<"answer",
                   wire::Field<"data", &Answer::data, wire::Payload, wire::Bounded<0, 500>>>;
};

struct Ask {};
struct Give {
  Bytes payload;
};
struct Wanted {};
struct Answered {
  Bytes payload;
};
struct Overdue {};

struct Idle {};
struct Asked {
  Deadline<Overdue> overdue;
  static constexpr auto fields = Fields{&Asked::overdue};
};

struct Shared {
  struct Context {
    Time now;
    Link link;
  };
  using Links = List<LinkKind<"network", Framing::datagram, 600>>;
  using Timers = List<Overdue>;
  using Ends = List<Idle>;

  static Asked asked(const Context& c) {
    return {Deadline<Overdue>::in(std::chrono::seconds(5), c.now)};
  }
  static void write(const auto& message, Context& c, Frames& frames) {
    wire::Writer writer{frames.add(c.link, wire::binary::encoded_size(message))};
    (void)wire::binary::encode(message, writer);
  }
};

struct Asker : Shared {
  using Receives = List<Answer>;
  using Commands = List<Ask>;
  // clang-format off
  using Table = Transitions<
    Row<Idle,  Ask,     Asked, Question>,
    Authenticates<
    Row<Asked, Answer,  Idle,  Tells<Answered>>>,
    Row<Asked, Overdue, Idle>,
    Ignore<Idle, Answer>>;
  // clang-format on
  static std::expected<std::variant<Answer>, Fault> decode(Link, Bytes frame, const Context&) {
    return wire::binary::decode<Answer>(frame);
  }
  static Next<Asker, Idle, Ask> react(const Idle&, const Ask&, Context& c) {
    return go(asked(c), Question{1});
  }
  static Next<Asker, Asked, Answer> react(const Asked&, const Answer& m, Context&) {
    return go(Idle{}, Answered{m.data});
  }
  static Next<Asker, Asked, Overdue> react(const Asked&, const Overdue&, Context&) {
    return go(Idle{});
  }
};

struct Answerer : Shared {
  using Receives = List<Question>;
  using Commands = List<Give>;
  // clang-format off
  using Table = Transitions<
    Row<Idle,  Question, Asked, Tells<Wanted>>,
    Authenticates<
    Row<Asked, Give,     Idle,  Answer>>,
    Row<Asked, Overdue,  Idle>,
    Ignore<Asked, Question>>;
  // clang-format on
  static std::expected<std::variant<Question>, Fault> decode(Link, Bytes frame, const Context&) {
    return wire::binary::decode<Question>(frame);
  }
  static Next<Answerer, Idle, Question> react(const Idle&, const Question&, Context& c) {
    return go(asked(c), Wanted{});
  }
  static Next<Answerer, Asked, Give> react(const Asked&, const Give& m, Context&) {
    return go(Idle{}, Answer{m.payload});
  }
  static Next<Answerer, Asked, Overdue> react(const Asked&, const Overdue&, Context&) {
    return go(Idle{});
  }
};

// Applications: they ask at the beginning or not, and whenever they are to, or never again.

struct Willing {};
struct Unwilling {
  std::optional<Ask> whim(List<Ask>, auto&) { return std::nullopt; }
};
struct AsksOnce : Unwilling {
  void begin(auto& doing) { doing.now(Ask{}); }
};
struct Answers {
  void told(const Wanted&, auto& doing) { doing.now(Give{doing.payload()}); }
};
struct Silent {
  std::optional<Give> whim(List<Give>, auto&) { return std::nullopt; }
};

/// What every scene of this file needs and none is about.
struct Plain {
  static constexpr std::string_view name = "quiet";
  struct Setting {};
  static Setting setting(testing::Seeded&) { return {}; }
  template <class Role>
  static typename Role::Context context(const Setting&, Random) {
    return {};
  }
  static constexpr unsigned opens_max = 0, derived_max = 0;
  static constexpr Duration patience = std::chrono::minutes(1);
  static constexpr Duration exchange_time = std::chrono::seconds(10);

  template <class Message>
  static std::optional<testing::KeptFrame> encode(const Message& message) {
    testing::KeptFrame frame;
    wire::GrowingWriter writer{frame.bytes};
    if (!wire::binary::encode(message, writer)) return std::nullopt;
    return frame;
  }
};

template <class AskerUser, class AnswererUser>
struct Scene : Plain {
  using Roles = List<Asker, Answerer>;
  using Applications = List<AskerUser, AnswererUser>;
};

// A role that says one thing, and then waits until its time is over.

struct Ping {
  std::uint8_t number = 0;
  using layout = wire::Layout<"ping", wire::Field<"number", &Ping::number, wire::Public>>;
};
struct Begin {};
struct Waiting {
  Deadline<Overdue> overdue;
  static constexpr auto fields = Fields{&Waiting::overdue};
};
struct Ended {};

/// With `ends_at_once` it does not wait for a peer whose link is closed. `side` tells the two apart.
template <bool ends_at_once, Fault gives_up_with, int side>
struct Waiter : Shared {
  using Context = Shared::Context;
  using Receives = List<Ping>;
  using Commands = List<Begin, LinkClosed>;
  using Ends = List<Idle, Ended>;
  using WhenClosed =
      std::conditional_t<ends_at_once, Transitions<Row<Waiting, LinkClosed, Ended, Tells<Closed>>>,
                         Transitions<Row<Waiting, LinkClosed, Waiting>>>;
  // clang-format off
  using Rest = Transitions<
    Row<Idle,    Begin,   Waiting, Ping>,
    Row<Waiting, Ping,    Waiting>,
    Row<Waiting, Overdue, Ended,   Tells<Closed>>,
    Ignore<Idle, Ping>,
    Ignore<Ended, Ping>>;
  // clang-format on
  using Table = Join<Rest, WhenClosed>;

  static std::expected<std::variant<Ping>, Fault> decode(Link, Bytes frame, const Context&) {
    return wire::binary::decode<Ping>(frame);
  }
  static Next<Waiter, Idle, Begin> react(const Idle&, const Begin&, Context& c) {
    return go(Waiting{Deadline<Overdue>::in(std::chrono::seconds(5), c.now)}, Ping{1});
  }
  static Next<Waiter, Waiting, Ping> react(const Waiting&, const Ping&, Context&) { return stay(); }
  static Next<Waiter, Waiting, Overdue> react(const Waiting&, const Overdue&, Context&) {
    return go(Ended{}, Closed{gives_up_with});
  }
  static Next<Waiter, Waiting, LinkClosed> react(const Waiting&, const LinkClosed&, Context&) {
    if constexpr (ends_at_once)
      return go(Ended{}, Closed{Fault::link_closed});
    else
      return stay();
  }
};

struct Begins {
  void begin(auto& doing) { doing.now(Begin{}); }
};

/// The first role ends at once; its peer where `peer_ends_at_once`.
template <bool peer_ends_at_once, Fault gives_up_with>
struct ClosingScene : Plain {
  using Roles = List<Waiter<true, gives_up_with, 0>, Waiter<peer_ends_at_once, gives_up_with, 1>>;
  using Applications = List<Begins, Begins>;
};

// A role that carries no data and goes on for ever: once in a while it rests, for a millisecond.

struct Working {
  Deadline<Overdue> overdue;
  static constexpr auto fields = Fields{&Working::overdue};
};
struct Resting {
  Deadline<Overdue> overdue;
  static constexpr auto fields = Fields{&Resting::overdue};
};

/// It works for so many seconds.
template <int seconds>
struct Restless : Shared {
  using Context = Shared::Context;
  using Receives = List<Ping>;
  using Commands = List<Begin>;
  using Ends = List<Idle, Resting>;
  // clang-format off
  using Table = Transitions<
    Row<Idle,    Begin,   Working, Ping>,
    Row<Working, Overdue, Resting>,
    Row<Resting, Overdue, Working, Ping>,
    Ignore<Idle, Ping>,
    Ignore<Working, Ping>,
    Ignore<Resting, Ping>>;
  // clang-format on

  static std::expected<std::variant<Ping>, Fault> decode(Link, Bytes frame, const Context&) {
    return wire::binary::decode<Ping>(frame);
  }
  static Next<Restless, Idle, Begin> react(const Idle&, const Begin&, Context& c) {
    return go(working(c), Ping{1});
  }
  static Next<Restless, Working, Overdue> react(const Working&, const Overdue&, Context& c) {
    return go(Resting{Deadline<Overdue>::in(std::chrono::milliseconds(1), c.now)});
  }
  static Next<Restless, Resting, Overdue> react(const Resting&, const Overdue&, Context& c) {
    return go(working(c), Ping{1});
  }

 private:
  static Working working(const Context& c) {
    return {Deadline<Overdue>::in(std::chrono::seconds(seconds), c.now)};
  }
};

template <int seconds>
struct RestlessScene : Plain {
  using Roles = List<Restless<seconds>, Restless<seconds>>;
  using Applications = List<Begins, Begins>;
};

// A role with two links, of which it uses the last that was opened, and knows by what connection that
// is: what it says names the connection, and what it hears must name the same.

struct Parcel {
  std::uint8_t connection = 0;
  Bytes data;
  static constexpr bool application_data = true;
  using layout =
      wire::Layout<"parcel", wire::Field<"connection", &Parcel::connection, wire::Public>,
                   wire::Field<"data", &Parcel::data, wire::Payload, wire::Bounded<0, 500>>>;
};
struct SameConnection {
  static constexpr Fault fault = Fault::not_authentic;
};
struct Arrived {
  Bytes payload;
};
struct Apart {};
struct Joined {
  Link link;
  static constexpr auto fields = Fields{&Joined::link};
};

struct Courier {
  struct Context {
    Time now;
    Link link;
    std::uint8_t connection = 0;
  };
  using Links = List<LinkKind<"one", Framing::frame, 600>, LinkKind<"other", Framing::frame, 600>>;
  using Receives = List<Parcel>;
  using Commands = List<Begin, Give, LinkOpened, LinkClosed>;
  using Timers = List<>;
  using Ends = List<Apart, Joined>;
  // clang-format off
  using Table = Transitions<
    Authenticates<
    Row<Apart,  Begin,      Joined>>,
    Authenticates<
    Row<Apart,  LinkOpened, Joined>>,
    Row<Joined, LinkOpened, Joined>,
    Row<Joined, LinkClosed, Apart>,
    Row<Joined, LinkClosed, Joined>,
    Row<Joined, Give,       Joined, Parcel>,
    Row<Joined, Parcel,     Joined, Tells<Arrived>, Requires<SameConnection>>,
    Ignore<Apart, Parcel>>;
  // clang-format on

  static std::expected<std::variant<Parcel>, Fault> decode(Link, Bytes frame, const Context&) {
    return wire::binary::decode<Parcel>(frame);
  }
  static void write(Joined& s, const Parcel& m, Context&, Frames& frames) {
    wire::Writer writer{frames.add(s.link, wire::binary::encoded_size(m))};
    (void)wire::binary::encode(m, writer);
  }
  static Next<Courier, Apart, Begin> react(const Apart&, const Begin&, Context&) {
    return go(Joined{Link{0}});
  }
  static Next<Courier, Apart, LinkOpened> react(const Apart&, const LinkOpened& m, Context&) {
    return go(Joined{m.link});
  }
  static Next<Courier, Joined, LinkOpened> react(Joined& s, const LinkOpened& m, Context&) {
    s.link = m.link;
    return stay();
  }
  static Next<Courier, Joined, LinkClosed> react(const Joined& s, const LinkClosed& m, Context&) {
    if (m.link == s.link) return go(Apart{});
    return go(Joined{s.link});
  }
  static Next<Courier, Joined, Give> react(Joined&, const Give& m, Context& c) {
    return stay(Parcel{c.connection, m.payload});
  }
  static Next<Courier, Joined, Parcel> react(Joined&, const Parcel& m, Context& c) {
    if (auto broken = require<SameConnection>(m.connection == c.connection)) return broken;
    return stay(Arrived{m.data});
  }
};

/// Gives something when its peer has opened the other link.
struct Gives : Begins {
  void begin(auto& doing) {
    Begins::begin(doing);
    doing.after(std::chrono::milliseconds(100), Give{doing.payload()});
  }
};
struct Opens {
  inline static bool closes_when_told = false;  // a test says so
  void begin(auto& doing) { doing.now(LinkOpened{Link{1}}); }
  void told(const Arrived&, auto& doing) {
    if (closes_when_told) doing.now(LinkClosed{Link{1}});
  }
};

/// Link 0 is there at first.
struct LinkScene : Plain {
  using Roles = List<Courier, Courier>;
  using Applications = List<Opens, Gives>;
  inline static bool resumes = true;  // a test says otherwise
  static bool is_open(Link link) { return link == Link{0}; }
  static void bind(Courier::Context& c, const Setting&, Link, std::uint32_t connection) {
    c.connection = static_cast<std::uint8_t>(connection);
  }
  static void resume(Courier::Context& now, const Courier::Context& before) {
    if (resumes) now.connection = before.connection;
  }
};

}  // namespace quiet

namespace {

using namespace quiet;

constexpr std::uint8_t after_20_ms = 3, after_20_s = 9;  // of `waits`

/// A time in which nothing happens: a clock of the day that jumps by nothing.
constexpr testing::Move rest{Deed::skew, 0, after_20_s, 0, 32768};
/// The link closes; of the peers only `who` is told, or both.
constexpr testing::Move closes(std::uint8_t who, bool peer_is_told) {
  return {Deed::close, who, after_20_ms, 0, static_cast<std::uint16_t>(peer_is_told ? 1 : 0)};
}

template <class Scene>
Outcome outcome_of(std::uint32_t setting, std::vector<testing::Move> moves,
                   EventLog* log = nullptr) {
  return testing::outcome_of<Scene>(Plan{setting, std::move(moves)}, log);
}

auto count(const EventLog& log, std::string_view words) {
  return std::ranges::count_if(
      log.lines(), [&](const std::string& line) { return line.find(words) != std::string::npos; });
}
bool says(const EventLog& log, std::string_view words) { return count(log, words) > 0; }

}  // namespace

TEST_CASE("testing: a session that nobody began may rest in quiet times") {
  for (std::uint32_t setting = 0; setting < 8; ++setting) {
    const Outcome outcome = outcome_of<Scene<Unwilling, Silent>>(setting, {rest});
    INFO(outcome.what);
    CHECK(outcome.is_fine());
  }
}

TEST_CASE("testing: a session that came back to its first state must work in quiet times") {
  for (std::uint32_t setting = 0; setting < 8; ++setting) {
    EventLog log;
    const Outcome outcome = outcome_of<Scene<AsksOnce, Silent>>(setting, {rest}, &log);
    CHECK(outcome.wrong == Wrong::liveness);
    CHECK(outcome.oracle == Oracle::quiesce);
    CHECK(outcome.what ==
          "in quiet times Idle and Idle neither end nor have a command whose own row sends data");
    CHECK(outcome.moves_made == 1);
    CHECK(says(log, "Question"));  // it had left that state
    // It works: one that is asked again answers, whatever the first question came to.
    const Outcome working = outcome_of<Scene<Willing, Answers>>(setting, {rest});
    INFO(working.what);
    CHECK(working.is_fine());
  }
}

TEST_CASE("testing: where no data is carried, any moment in which a run may stop will do") {
  for (std::uint32_t setting = 0; setting < 8; ++setting) {
    const Outcome resting = outcome_of<RestlessScene<50>>(setting, {rest});
    INFO(resting.what);
    CHECK(resting.is_fine());
    const Outcome working = outcome_of<RestlessScene<100>>(setting, {rest});
    CHECK(working.oracle == Oracle::quiesce);
    CHECK(working.what == "in quiet times Working and Working do not come to where a run may stop");
  }
}

TEST_CASE("testing: no link closes where neither role knows that links close") {
  for (std::uint32_t setting = 0; setting < 8; ++setting)
    for (const bool peer_is_told : {false, true}) {
      EventLog log;
      const Outcome outcome =
          outcome_of<Scene<Willing, Answers>>(setting, {closes(0, peer_is_told)}, &log);
      INFO(outcome.what);
      CHECK(outcome.is_fine());
      CHECK_FALSE(says(log, "link closed"));
    }
}

TEST_CASE("testing: a party that was told that its link is closed must not wait for a time-out") {
  const auto check = []<Fault fault>(std::integral_constant<Fault, fault>) {
    for (std::uint32_t setting = 0; setting < 8; ++setting) {
      INFO("setting " << setting << ", " << to_string(fault));
      EventLog log;
      const Outcome ends = outcome_of<ClosingScene<true, fault>>(setting, {closes(0, true)}, &log);
      CHECK(ends.is_fine());
      CHECK(says(log, "link closed"));
      const Outcome waits = outcome_of<ClosingScene<false, fault>>(setting, {closes(0, true)});
      CHECK(waits.wrong == Wrong::liveness);
      CHECK(waits.oracle == Oracle::quiesce);
      CHECK(waits.what == "a party whose link was closed waited for its peer");
      // The first to notice is always told, whoever else is.
      const Outcome first = outcome_of<ClosingScene<false, fault>>(setting, {closes(1, false)});
      CHECK(first.what == "a party whose link was closed waited for its peer");
    }
  };
  check(std::integral_constant<Fault, Fault::timed_out>{});
  check(std::integral_constant<Fault, Fault::peer_lost>{});
}

TEST_CASE("testing: a party that was not told that its link is closed may wait for a time-out") {
  for (std::uint32_t setting = 0; setting < 8; ++setting) {
    EventLog log;
    const Outcome outcome =
        outcome_of<ClosingScene<false, Fault::timed_out>>(setting, {closes(0, false)}, &log);
    INFO(outcome.what);
    CHECK(outcome.is_fine());
    CHECK(says(log, "Closed " + std::string(to_string(Fault::timed_out))));
  }
}

TEST_CASE("testing: a party that gave up before its link closed waited for nothing") {
  for (std::uint32_t setting = 0; setting < 8; ++setting) {
    const Outcome outcome =
        outcome_of<ClosingScene<false, Fault::timed_out>>(setting, {rest, closes(0, true)});
    INFO(outcome.what);
    CHECK(outcome.is_fine());
  }
}

TEST_CASE("testing: a link that an application opens is there for both, as one connection") {
  for (std::uint32_t setting = 0; setting < 8; ++setting) {
    EventLog log;
    const Outcome outcome = outcome_of<LinkScene>(setting, {}, &log);
    INFO(outcome.what);
    CHECK(outcome.is_fine());
    CHECK(count(log, "link 1 opened") == count(log, "== "));  // once to each party
    CHECK(says(log, "Parcel; Arrived"));
    CHECK_FALSE(says(log, "closed"));
  }
}

TEST_CASE("testing: a link that an application closes is closed for both") {
  Opens::closes_when_told = true;
  for (std::uint32_t setting = 0; setting < 8; ++setting) {
    EventLog log;
    const Outcome outcome = outcome_of<LinkScene>(setting, {rest}, &log);
    CHECK(outcome.what ==
          "in quiet times Apart and Apart neither end nor have a command whose own row sends data");
    CHECK(count(log, "link 1 closed") == count(log, "== "));
  }
  Opens::closes_when_told = false;
}

TEST_CASE("testing: what is sent on a link that is closed is lost, until the link opens again") {
  constexpr testing::Move turns{Deed::close, 0, after_20_ms, 1, 0};  // only A is told
  for (std::uint32_t setting = 0; setting < 8; ++setting) {
    EventLog log;
    const Outcome closed = outcome_of<LinkScene>(setting, {turns, rest}, &log);
    CHECK(closed.what.starts_with("in quiet times Apart and Joined neither"));
    CHECK(count(log, "network: nothing gets through") >= 1);
    // The same move again opens it; who was not told that it had closed is told so first.
    EventLog again;
    const Outcome opened = outcome_of<LinkScene>(setting, {turns, rest, turns}, &again);
    INFO(opened.what);
    CHECK(opened.is_fine());
    CHECK(count(again, "link 1 closed") == 2);
    CHECK(count(again, "link 1 opened") == count(again, "== ") + 2);
  }
}

TEST_CASE("testing: a process that comes back has its connections, or none of them") {
  constexpr auto restart = [](std::uint8_t choice) {
    return testing::Move{Deed::restart, 0, after_20_ms, choice, 1};
  };
  for (std::uint32_t setting = 0; setting < 8; ++setting) {
    const Outcome kept = outcome_of<LinkScene>(setting, {restart(1)});
    INFO(kept.what);
    CHECK(kept.is_fine());
    EventLog log;
    const Outcome none = outcome_of<LinkScene>(setting, {restart(0)}, &log);
    CHECK(none.what.starts_with("in quiet times Apart and Apart neither"));
    CHECK(count(log, "link 1 closed") == 2);
    // Who is not told again what its connection is known by takes nothing more there.
    LinkScene::resumes = false;
    const Outcome forgotten = outcome_of<LinkScene>(setting, {restart(1)});
    LinkScene::resumes = true;
    CHECK(forgotten.what.starts_with("in quiet times Joined and Joined neither exchange data"));
  }
}
