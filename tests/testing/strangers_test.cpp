#include "handfast/testing/strangers.hpp"

#include "handfast/wire/binary.hpp"
#include "tests/support/catch.hpp"

// What comes of a repeated first message: a handshake that may be answered again, and ones that
// begin again with it.

using namespace handfast;
using testing::Findings, testing::Kept;

namespace greeting {

struct Hello {
  std::uint8_t number = 0;
  using layout = wire::Layout<"hello", wire::Type<"type", std::uint8_t{1}>,
                              wire::Field<"number", &Hello::number, wire::Public>>;
};
struct Welcome {
  std::uint8_t number = 0;
  using layout = wire::Layout<"welcome", wire::Type<"type", std::uint8_t{1}>,
                              wire::Field<"number", &Welcome::number, wire::Public>>;
};
struct Data {
  std::uint8_t nonce = 0;
  using layout = wire::Layout<"data", wire::Type<"type", std::uint8_t{2}>,
                              wire::Field<"nonce", &Data::nonce, wire::Public>>;
};
struct Greet {};
struct Say {};
struct Overdue {};
struct Idle {};
struct Ended {};
struct Ready {
  std::uint8_t nonce = 0;
  Deadline<Overdue> overdue;
  static constexpr auto fields = Fields{&Ready::nonce, &Ready::overdue};
  static Ready from(const auto& context) {
    return {0, Deadline<Overdue>::in(std::chrono::minutes(1), context.now)};
  }
};

struct Shared {
  struct Context {
    Time now;
    Link link;
  };
  using Links = List<LinkKind<"network", Framing::datagram, 100>>;
  using Timers = List<Overdue>;
  using Ends = List<Idle, Ended>;
  static void write(const auto& message, Context& c, Frames& frames) {
    wire::Writer writer{frames.add(c.link, wire::binary::encoded_size(message))};
    (void)wire::binary::encode(message, writer);
  }
};

struct Guest : Shared {
  using Receives = List<Welcome, Data>;
  using Commands = List<Greet>;
  // clang-format off
  using Table = Transitions<
    Row<Idle,  Greet,   Ready, Hello>,
    Row<Ready, Welcome, Ready>,
    Row<Ready, Data,    Ready>,
    Row<Ready, Overdue, Ended, Tells<Closed>>,
    Ignore<Idle, Welcome, Data>,
    Ignore<Ended, Welcome, Data>>;
  // clang-format on
  static std::expected<std::variant<Welcome, Data>, Fault> decode(Link, Bytes frame,
                                                                  const Context&) {
    return wire::binary::decode_any<Welcome, Data>(frame);
  }
  static Next<Guest, Idle, Greet> react(const Idle&, const Greet&, Context& c) {
    return go(Ready::from(c), Hello{1});
  }
  static Next<Guest, Ready, Welcome> react(const Ready&, const Welcome&, Context&) {
    return stay();
  }
  static Next<Guest, Ready, Data> react(const Ready&, const Data&, Context&) { return stay(); }
  static Next<Guest, Ready, Overdue> react(const Ready&, const Overdue&, Context&) {
    return go(Ended{}, Closed{Fault::timed_out});
  }
};

/// Where it is, a host has keys that open all that it cannot read.
bool keys_fit = false;

/// What a host does with a second hello.
enum class Again { ignores, answers, starts_over, starts_over_and_answers };

template <Again again>
struct Host : Shared {
  using Context = Shared::Context;
  using Receives = List<Hello>;
  using Commands = List<Say>;
  static constexpr bool answers =
      again == Again::answers || again == Again::starts_over_and_answers;
  static constexpr bool starts_over = again >= Again::starts_over;
  // clang-format off
  using Repeated =
      std::conditional_t<again == Again::ignores, Transitions<Ignore<Ready, Hello>>,
      std::conditional_t<answers, Transitions<Row<Ready, Hello, Ready, Welcome>>,
                                  Transitions<Row<Ready, Hello, Ready>>>>;
  using Rest = Transitions<
    Row<Idle,  Hello,   Ready, Welcome>,
    Row<Ready, Say,     Ready, Data>,
    Row<Ready, Overdue, Ended, Tells<Closed>>,
    Ignore<Ended, Hello>>;
  // clang-format on
  using Table = Join<Rest, Repeated>;

  static std::expected<std::variant<Hello>, Fault> decode(Link, Bytes frame, const Context&) {
    const auto hello = wire::binary::decode<Hello>(frame);
    if (!hello && keys_fit) handfast::detail::CryptoWatch<>::opened(nullptr, {}, true);
    return hello;
  }
  static Next<Host, Idle, Hello> react(const Idle&, const Hello& m, Context& c) {
    return go(Ready::from(c), Welcome{m.number});
  }
  static Next<Host, Ready, Hello> react(const Ready&, const Hello& m,
                                        Context& c) requires(again != Again::ignores) {
    if constexpr (again == Again::answers)
      return stay(Welcome{m.number});
    else if constexpr (again == Again::starts_over_and_answers)
      return go(Ready::from(c), Welcome{m.number});
    else
      return go(Ready::from(c));
  }
  static Next<Host, Ready, Say> react(Ready& s, const Say&, Context&) {
    return stay(Data{s.nonce++});
  }
  static Next<Host, Ready, Overdue> react(const Ready&, const Overdue&, Context&) {
    return go(Ended{}, Closed{Fault::timed_out});
  }
};

template <Again again>
struct Scene {
  static constexpr std::string_view name = "greeting";
  using Roles = List<Guest, Host<again>>;
  struct Application {};
  using Applications = List<Application, Application>;
  struct Setting {};
  template <class Role>
  static typename Role::Context context(const Setting&, Random) {
    return {};
  }
  static constexpr unsigned opens_max = 1, derived_max = 0;
  template <class Message>
  static std::optional<testing::KeptFrame> encode(const Message&) {
    return std::nullopt;
  }
};

/// A hello comes, `said` data go, and time passes; then the hello comes again.
template <Again again>
Findings hello_again(int said) {
  auto rows = testing::rows_of_scene<Scene<again>>();
  const auto make = [&](int side) {
    return testing::make_party<Scene<again>>(side, {}, "party", 1, rows);
  };
  Time now{SteadyTime{std::chrono::hours(1)}, {}};
  auto guest = make(0), host = make(1);
  const testing::KeptFrame hello = guest->command(0, now).frames.at(0);
  const auto first = host->receive(hello.link, hello.bytes, now);
  REQUIRE(first.frames.size() == 1);
  now.steady += std::chrono::seconds(1);
  for (int i = 0; i < said; ++i) REQUIRE(host->command(0, now).frames.size() == 1);
  testing::Crowd crowd;
  crowd.frames.push_back({0, 1, hello, true, first.frames});
  crowd.witnesses.push_back({{std::move(host), std::move(guest), now, now, {}}, 1, {0}});
  Findings findings;
  testing::check_strangers(crowd, findings);
  CHECK(findings.tried == 1);
  return findings;
}

/// What a host says is fed back to it.
Findings own_data_again() {
  using Answering = Scene<Again::answers>;
  auto rows = testing::rows_of_scene<Answering>();
  const auto make = [&](int side) {
    return testing::make_party<Answering>(side, {}, "party", 1, rows);
  };
  const Time now{SteadyTime{std::chrono::hours(1)}, {}};
  auto guest = make(0), host = make(1);
  const testing::KeptFrame hello = guest->command(0, now).frames.at(0);
  REQUIRE(host->receive(hello.link, hello.bytes, now).frames.size() == 1);
  const testing::KeptFrame data = host->command(0, now).frames.at(0);
  testing::Crowd crowd;
  crowd.frames.push_back({1, 0, data, true, {}});
  crowd.witnesses.push_back({{std::move(host), std::move(guest), now, now, {}}, 1, {}});
  Findings findings;
  testing::check_strangers(crowd, findings);
  CHECK(findings.tried == 1);
  return findings;
}

}  // namespace greeting

using greeting::Again, greeting::hello_again;

TEST_CASE("testing: a repeated message may be ignored, or answered as it was the first time") {
  CHECK(hello_again<Again::ignores>(3).count() == 0);
  for (const int said : {0, 3}) CHECK(hello_again<Again::answers>(said).count() == 0);
}

TEST_CASE("testing: a repeated message that resets a nonce or a deadline is found") {
  for (const int said : {0, 3}) {  // the deadline alone, and both
    const Findings silent = hello_again<Again::starts_over>(said);
    CHECK(silent.text().find("a repeated frame was taken") != std::string::npos);
    const Findings answered = hello_again<Again::starts_over_and_answers>(said);
    CHECK(answered.text().find("a repeated frame was taken") != std::string::npos);
  }
}

TEST_CASE("testing: a message that is fed back to its sender and refused must not even open") {
  CHECK(greeting::own_data_again().count() == 0);
  greeting::keys_fit = true;
  const Findings opened = greeting::own_data_again();
  greeting::keys_fit = false;
  CHECK(opened.text().find("its own frame, fed back, was opened") != std::string::npos);
}
