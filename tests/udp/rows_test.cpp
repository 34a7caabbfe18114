#include "tests/udp/pair.hpp"

// The rows of both tables state by state: what each input leads to there, what is sent, opened by
// the other side, what is told, and by which fault each rule refuses.

using namespace udp_hardened_test;

namespace {

using Names = std::vector<std::string>;

template <class Role>
auto& side_of(Pair& pair) {
  if constexpr (std::same_as<Role, Client<>>)
    return pair.client;
  else
    return pair.server;
}
template <class Role>
auto& peer_of(Pair& pair) {
  if constexpr (std::same_as<Role, Client<>>)
    return pair.server;
  else
    return pair.client;
}

/// The session of the state that `side` is in, which has one.
template <class Role>
Session& session_of(Side<Role>& side) {
  Session* found = nullptr;
  std::visit(
      [&](auto& state) {
        if constexpr (requires { state.session; }) found = &state.session;
      },
      side.machine().dangerous_engine().dangerous_state());
  REQUIRE(found != nullptr);
  return *found;
}

/// What the frames hold, as `side` would open them; it has not got them then.
template <class Role>
Names opened_by(Side<Role>& side, const std::vector<Bits>& frames) {
  Names names;
  for (const Bits& frame : frames) {
    Buffer plaintext;
    const auto packet = wire::binary::decode<Packet>(frame);
    REQUIRE(packet);
    const auto opened = session_of(side).template open<Data, Heartbeat, Challenge, Response, Close>(
        *packet, side.context(), plaintext);
    REQUIRE(opened);
    names.push_back(std::visit(
        []<class M>(const M& message) {
          std::string name(name_of<M>());
          if constexpr (std::same_as<M, Close>) name += message.answers == 1 ? " back" : "";
          return name;
        },
        opened->message));
  }
  return names;
}

/// `message` as `by` would seal it in its session, if it were dishonest; it comes from `from`.
template <class Role, class M>
Bits sealed_by(Side<Role>& by, const M& message, const Address& from) {
  Frames frames;
  (void)session_of(by).seal(message, from, by.context(), frames);
  return bits(frames.view()[0].bytes);
}
/// To the side of `Role` from its peer, each where the other takes it to be.
template <class Role, class M>
Bits sealed_for(Pair& pair, const M& message) {
  const bool is_for_client = std::same_as<Role, Client<>>;
  return sealed_by(peer_of<Role>(pair), message, is_for_client ? pair.server_address : pair.home);
}

template <class Role>
Names told(const test::Result<Role>& result) {
  Names names;
  for (const auto& event : result.events)
    names.push_back(std::visit([]<class E>(const E&) { return std::string(name_of<E>()); }, event));
  return names;
}

template <class Role>
void bring(Pair& pair, std::string_view state);
template <>
void bring<Client<>>(Pair& pair, std::string_view state) {
  if (state == "Connecting") (void)pair.client.does(Dial{pair.server_address, {}});
  if (state == "Confirming") (void)pair.connect();
  const bool is_closing = state == "Closing" || state == "Ended";
  if (state == "Established" || state == "Draining" || is_closing) pair.establish();
  if (state == "Draining") (void)pair.to_client(pair.server.does(Disconnect{}).frames);
  if (is_closing) (void)pair.client.does(Disconnect{});
  if (state == "Ended") (void)pair.client.does(Disconnect{});
  REQUIRE(pair.client.state() == state);
}
template <>
void bring<Server<>>(Pair& pair, std::string_view state) {
  if (state == "Listening") (void)pair.server.does(Listen{});
  if (state == "HalfOpen") (void)pair.connect();
  const bool is_closing = state == "Closing" || state == "Ended";
  if (state == "Established" || state == "Draining" || is_closing) pair.establish();
  if (state == "Draining") (void)pair.to_server(pair.client.does(Disconnect{}).frames);
  if (is_closing) (void)pair.server.does(Disconnect{});
  if (state == "Ended") (void)pair.server.does(Disconnect{});
  REQUIRE(pair.server.state() == state);
}

/// What comes of one input in one state.
struct Expected {
  std::string_view state, after;
  Names said, told;
};
template <class Role>
void check(const Expected& row, Pair& pair, const Result<Role>& result) {
  CHECK(side_of<Role>(pair).state() == row.after);
  CHECK(result.frames.size() == row.said.size());
  if (!result.frames.empty()) CHECK(opened_by(peer_of<Role>(pair), result.frames) == row.said);
  CHECK(told(result) == row.told);
}
/// `input` gives what `Role` gets in a pair.
template <class Role, class Input>
void check_each(const std::vector<Expected>& rows, const Input& input) {
  for (const Expected& row : rows) {
    INFO(name_of<Role>() << " in " << row.state);
    Pair pair;
    bring<Role>(pair, row.state);
    const Bits frame = input(pair);
    check<Role>(row, pair, side_of<Role>(pair).gets(frame));
  }
}
template <class Role, class Command>
void check_command(const std::vector<Expected>& rows, const Command& command) {
  for (const Expected& row : rows) {
    INFO(name_of<Role>() << " in " << row.state);
    Pair pair;
    bring<Role>(pair, row.state);
    const Bits before = side_of<Role>(pair).snapshot();
    const auto result = side_of<Role>(pair).does(command);
    check<Role>(row, pair, result);
    if (row.told != Names{"Rejected"}) continue;
    CHECK(result.fault() == Fault::not_allowed_now);
    CHECK(side_of<Role>(pair).snapshot() == before);
  }
}

/// What does not open is refused, counted and nothing else; what does is taken as before.
template <class Role>
void check_forged(std::string_view state) {
  INFO(name_of<Role>() << " in " << state);
  Pair pair;
  bring<Role>(pair, state);
  auto& side = side_of<Role>(pair);
  Bits frame = sealed_for<Role>(pair, Heartbeat{});
  frame.back() ^= 1;
  const Bits before = side.snapshot();
  const auto refused = side.gets(frame);
  CHECK(refused.fault() == Fault::not_authentic);
  CHECK(told(refused) == Names{"Rejected"});
  CHECK(refused.frames.empty());
  CHECK(std::exchange(session_of(side).failed_opens, 0) == 1);
  CHECK(side.snapshot() == before);
  frame.back() ^= 1;
  CHECK_FALSE(side.gets(frame).fault());
}

/// Refused with `fault`, and all but the time of the next heartbeat as it was.
template <class Role>
void check_send_refused(Side<Role>& side, Bytes payload, Fault fault) {
  const auto due = session_of(side).heartbeat_due;
  const Bits before = side.snapshot();
  const auto result = side.does(Send{payload});
  CHECK(result.fault() == fault);
  CHECK(told(result) == Names{"Rejected"});
  CHECK(result.frames.empty());
  session_of(side).heartbeat_due = due;
  CHECK(side.snapshot() == before);
}
template <class Role>
void check_send(std::string_view state) {
  INFO(name_of<Role>() << " in " << state);
  Pair pair;
  bring<Role>(pair, state);
  auto& side = side_of<Role>(pair);
  const Bits large(payload_size_max + 1, 1);
  const Bytes largest = Bytes(large).first(payload_size_max);
  check_send_refused(side, large, Fault::too_large);
  const auto sending = [&]() -> Sending& { return session_of(side).sending; };
  const auto next = std::exchange(sending().next, ~std::uint64_t{0} - Config::counter_reserve + 1);
  check_send_refused(side, largest, Fault::limit_reached);
  sending().next = next;
  const auto count =
      std::exchange(sending().sent_in_epoch, side.context().config.epoch_packets_max);
  sending().epoch = epochs_unseen_max;
  check_send_refused(side, largest, Fault::back_pressure);
  sending().sent_in_epoch = count, sending().epoch = 0;
  check<Role>({state, state, {"Data"}, {}}, pair, side.does(Send{largest}));
}

/// A client that came back from elsewhere than it had asked from, and has paid for one challenge
/// there, which has gone: `other` is not proven, and nothing more may go there.
struct Unpaid : Pair {
  explicit Unpaid(Config server_has = {}) : Pair(pinned_config(), std::move(server_has)) {
    (void)to_server(connect().frames, other);
    CHECK(opened_by(client, server.settles().frames) == Names{"Challenge"});
    REQUIRE(server.state() == "Established");
  }
};

}  // namespace

TEST_CASE("udp: each state has its own answer to the application's wish to end") {
  check_command<Client<>>({{"Idle", "Idle", {}, {"Rejected"}},
                           {"Connecting", "Ended", {}, {"Closed"}},
                           {"Confirming", "Closing", {"Close"}, {}},
                           {"Established", "Closing", {"Close"}, {}},
                           {"Closing", "Ended", {}, {"Closed"}},
                           {"Draining", "Ended", {}, {"Closed"}},
                           {"Ended", "Ended", {}, {"Rejected"}}},
                          Disconnect{});
  check_command<Server<>>({{"Idle", "Idle", {}, {"Rejected"}},
                           {"Listening", "Ended", {}, {"Closed"}},
                           {"HalfOpen", "Ended", {}, {"Closed"}},
                           {"Established", "Closing", {"Close"}, {}},
                           {"Closing", "Ended", {}, {"Closed"}},
                           {"Draining", "Ended", {}, {"Closed"}},
                           {"Ended", "Ended", {}, {"Rejected"}}},
                          Disconnect{});
}

TEST_CASE("udp: an end is answered in each state that has a session, and an answer in none") {
  const auto end_for = [](auto role, std::uint64_t answers) {
    using Role = decltype(role);
    return [answers](Pair& pair) { return sealed_for<Role>(pair, Close{0, answers}); };
  };
  check_each<Client<>>({{"Confirming", "Draining", {"Close back"}, {"Finished"}},
                        {"Established", "Draining", {"Close back"}, {"Finished"}},
                        {"Closing", "Draining", {"Close back"}, {"Finished"}},
                        {"Draining", "Draining", {"Close back"}, {}}},
                       end_for(Client<>{}, 0));
  check_each<Client<>>(
      {{"Closing", "Ended", {}, {"Finished", "Closed"}}, {"Draining", "Draining", {}, {}}},
      end_for(Client<>{}, 1));
  check_each<Server<>>({{"HalfOpen", "Draining", {"Close back"}, {"Commit", "Finished"}},
                        {"Established", "Draining", {"Close back"}, {"Finished"}},
                        {"Closing", "Draining", {"Close back"}, {"Finished"}},
                        {"Draining", "Draining", {"Close back"}, {}}},
                       end_for(Server<>{}, 0));
  check_each<Server<>>(
      {{"Closing", "Ended", {}, {"Finished", "Closed"}}, {"Draining", "Draining", {}, {}}},
      end_for(Server<>{}, 1));
}

TEST_CASE("udp: what a session says is taken in each state that knows it") {
  const auto data = Data{0, 0, bytes_of("seven..")};
  check_each<Client<>>({{"Confirming", "Established", {}, {"Delivered"}},
                        {"Established", "Established", {}, {"Delivered"}},
                        {"Closing", "Closing", {}, {}},
                        {"Draining", "Draining", {}, {}}},
                       [&](Pair& pair) { return sealed_for<Client<>>(pair, data); });
  check_each<Client<>>({{"Confirming", "Established", {}, {}},
                        {"Established", "Established", {}, {}},
                        {"Closing", "Closing", {}, {}},
                        {"Draining", "Draining", {}, {}}},
                       [](Pair& pair) { return sealed_for<Client<>>(pair, Heartbeat{}); });
  check_each<Client<>>({{"Confirming", "Established", {"Response"}, {}},
                        {"Established", "Established", {"Response"}, {}},
                        {"Closing", "Closing", {}, {}},
                        {"Draining", "Draining", {}, {}}},
                       [](Pair& pair) { return sealed_for<Client<>>(pair, Challenge{}); });
  check_each<Server<>>(
      {{"HalfOpen", "Established", {}, {"Commit", "Established", "Agreed", "Delivered"}},
       {"Established", "Established", {}, {"Delivered"}},
       {"Closing", "Closing", {}, {}},
       {"Draining", "Draining", {}, {}}},
      [&](Pair& pair) { return sealed_for<Server<>>(pair, data); });
  check_each<Server<>>({{"HalfOpen", "Established", {}, {"Commit", "Established", "Agreed"}},
                        {"Established", "Established", {}, {}},
                        {"Closing", "Closing", {}, {}},
                        {"Draining", "Draining", {}, {}}},
                       [](Pair& pair) { return sealed_for<Server<>>(pair, Heartbeat{}); });
}

TEST_CASE("udp: what is forged is refused in each state that has a session, and only counted",
          "[attack]") {
  for (const auto state : {"Confirming", "Established", "Closing", "Draining"})
    check_forged<Client<>>(state);
  for (const auto state : {"HalfOpen", "Established", "Closing", "Draining"})
    check_forged<Server<>>(state);
}

TEST_CASE("udp: in each state that may send, a payload waits for room and for the other side",
          "[illegal]") {
  for (const auto state : {"Confirming", "Established"}) check_send<Client<>>(state);
  check_send<Server<>>("Established");
}

TEST_CASE("udp: until the server is heard its client says the first again, and that it is there") {
  for (const std::string_view first : {"", "First!"}) {
    Pair pair;
    const auto begun = pair.connect(bytes_of(first));
    const Names said = first.empty() ? Names{"Heartbeat"} : Names{"Data", "Heartbeat"};
    for (int i = 0; i < 3; ++i)
      check<Client<>>({"Confirming", "Confirming", said, {}}, pair, pair.client.waits(100ms));
    CHECK(opened_by(pair.server, begun.frames) == Names{said[0]});
  }
}

TEST_CASE("udp: a session that is worn out says so where it may, and ends by name", "[attack]") {
  Config config;
  config.failed_opens_max = 4;
  const auto wear_out = [](auto& side, Bits frame) {
    frame.back() ^= 1;
    for (int i = 0; i < 4; ++i) CHECK(side.gets(frame).fault() == Fault::not_authentic);
  };
  for (const std::string_view state : {"Confirming", "Established"})
    for (const bool is_hurried : {false, true}) {
      Pair pair(pinned_config(config));
      bring<Client<>>(pair, state);
      wear_out(pair.client, sealed_for<Client<>>(pair, Heartbeat{}));
      const auto end = pair.client.settles();
      check<Client<>>({state, "Draining", {"Close"}, {}}, pair, end);
      CHECK(pair.to_server(end.frames).event<Finished>());
      const auto closed = is_hurried ? pair.client.does(Disconnect{}) : pair.client.lives(3s);
      REQUIRE(closed.event<Closed>());
      CHECK(closed.event<Closed>()->fault == Fault::limit_reached);
    }
  Unpaid unpaid(config);
  wear_out(unpaid.server, sealed_by(unpaid.client, Heartbeat{}, unpaid.other));
  check<Server<>>({"Established", "Draining", {}, {}}, unpaid, unpaid.server.settles());
  const auto closed = unpaid.server.lives(3s);
  REQUIRE(closed.event<Closed>());
  CHECK(closed.event<Closed>()->fault == Fault::limit_reached);
}

TEST_CASE("udp: who has been silent for 15 seconds says that he is there") {
  Pair pair;
  pair.establish();
  pair.wait(15s);
  check<Client<>>({{}, "Established", {"Heartbeat"}, {}}, pair, pair.client.settles());
  check<Server<>>({{}, "Established", {"Heartbeat"}, {}}, pair, pair.server.settles());
}

TEST_CASE("udp: a heartbeat that is not paid for waits until it is, and then goes") {
  Config config;
  config.heartbeat_interval = 2s;
  config.challenge_repeat = 5s;  // or each challenge would begin the time anew
  Unpaid pair(config);
  check<Server<>>({{}, "Established", {}, {}}, pair, pair.server.waits(2s));
  const auto pays = pair.client.does(Send{Bits(500)}).frames.at(0);
  CHECK(pair.server.gets(coming_from(pair.other, pays)).event<Delivered>());
  check<Server<>>({{}, "Established", {"Heartbeat"}, {}}, pair, pair.server.waits(2s));
}

TEST_CASE("udp: the client too forgets the key of the epoch before, 10 seconds later") {
  Pair pair;
  pair.establish();
  const auto old = session_of(pair.client).receiving.key.dangerous_copy();
  const auto holds_old = [&] {
    const Bits stored = pair.client.snapshot();
    return !std::ranges::search(stored, old.bytes()).empty();
  };
  pair.wait(2min);
  CHECK(pair.to_client(pair.server.does(Send{bytes_of("x")}).frames).event<Delivered>());
  CHECK(holds_old());
  (void)pair.client.lives(10s - 1ns);
  CHECK(holds_old());
  const auto after = pair.client.lives(1ns);
  CHECK_FALSE(holds_old());
  CHECK(pair.client.state() == "Established");
  CHECK(after.events.empty());
}

TEST_CASE("udp: an end that is not answered is said again, as the same") {
  Pair clients, servers;
  bring<Client<>>(clients, "Closing");
  bring<Server<>>(servers, "Closing");
  for (int i = 0; i < 4; ++i) {
    check<Client<>>({{}, "Closing", {"Close"}, {}}, clients, clients.client.waits(200ms));
    check<Server<>>({{}, "Closing", {"Close"}, {}}, servers, servers.server.waits(200ms));
  }
  check<Client<>>({{}, "Ended", {}, {"Closed"}}, clients, clients.client.waits(200ms));
  check<Server<>>({{}, "Ended", {}, {"Closed"}}, servers, servers.server.waits(200ms));
}

TEST_CASE("udp: a server that may not say the end takes and gives it in silence", "[attack]") {
  Unpaid first;
  auto closing = first.client.does(Disconnect{}).frames.at(0);
  first.server.random().fail_next(1, 8);  // or it would follow, and that would pay
  const auto ended = first.server.gets(coming_from(first.away, closing));
  check<Server<>>({"Established", "Draining", {}, {"Finished"}}, first, ended);
  CHECK_FALSE(ended.event<Finished>()->is_kept);
  CHECK(first.server.lives(3s).event<Closed>());

  Unpaid second;
  check<Server<>>({"Established", "Closing", {}, {}}, second, second.server.does(Disconnect{}));
  check<Server<>>({"Closing", "Closing", {}, {}}, second, second.server.waits(200ms));
  closing = second.client.does(Disconnect{}).frames.at(0);
  check<Server<>>({"Closing", "Draining", {}, {"Finished"}}, second,
                  second.server.gets(coming_from(second.away, closing)));
  check<Server<>>(
      {"Draining", "Draining", {}, {}}, second,
      second.server.gets(coming_from(second.away, second.client.waits(200ms).frames[0])));
  CHECK(second.server.lives(3s).event<Closed>());
}

TEST_CASE("udp: a challenge that is not paid for waits until it is, and then goes") {
  Unpaid pair;
  check<Server<>>({{}, "Established", {}, {}}, pair, pair.server.waits(1s));
  (void)pair.server.gets(sealed_by(pair.client, Heartbeat{}, pair.other));
  check<Server<>>({{}, "Established", {"Challenge"}, {}}, pair, pair.server.waits(1s));
}

TEST_CASE("udp: nobody is asked to prove an address by bytes that were not drawn", "[illegal]") {
  Pair pair;
  (void)pair.to_server(pair.connect().frames, pair.other);
  const auto credit = pair.server.in<Server<>::Established>().paths.current.credit;
  pair.server.random().fail_next(1, 8);
  const auto failed = pair.server.settles();
  CHECK(failed.fault() == Fault::random_source_failed);
  CHECK(failed.frames.empty());
  CHECK(pair.server.in<Server<>::Established>().paths.current.credit == credit);
  CHECK(opened_by(pair.client, pair.server.settles().frames) == Names{"Challenge"});
}

TEST_CASE("udp: a client that has shown no address in 10 seconds is left", "[attack]") {
  Unpaid pair;
  CHECK(pair.server.lives(10s - 1ns).is_silent());
  CHECK(pair.server.state() == "Established");
  const auto end = pair.server.lives(1ns);
  check<Server<>>({{}, "Ended", {}, {"Closed"}}, pair, end);
  CHECK(end.event<Closed>()->fault == Fault::timed_out);
}

namespace {

Resumption left_by_another(std::uint8_t number) {
  Resumption made;
  made.id.fill(1);
  made.secret = Secret<32>::from(Bits(32, number));
  return made;
}

/// A server that listens, or that has answered one client already, and another one that asks.
struct Newcomer {
  Newcomer(bool is_half_open, bool wants_cookies) {
    auto& server = pair.server;
    (void)server.does(Listen{});
    asked = coming_from(pair.other, pair.client.does(Dial{pair.server_address, {}}).frames[0]);
    if (is_half_open) {
      Side<Client<>> first(pinned_config(), 0, 4);
      (void)pair.to_server(first.does(Dial{pair.server_address, {}}).frames);
      server.context().config.wants_cookies = wants_cookies;
      check_refused(server, asked, Fault::back_pressure);
      pair.wait(1s - 1ns);
      check_refused(server, asked, Fault::back_pressure);
      pair.wait(1ns);
    }
    server.context().config.wants_cookies = wants_cookies;
    REQUIRE(server.state() == (is_half_open ? "HalfOpen" : "Listening"));
  }

  void check_unsound() {
    Bits unsound = asked;
    unsound[Address::size + 87] = 1;  // it does not resume, and names what it resumes
    check_refused(pair.server, unsound, Fault::malformed);
  }
  void check_random(std::size_t size) {
    pair.server.random().fail_next(1, size);
    check_refused(pair.server, asked, Fault::random_source_failed);
  }
  /// The answer reaches the client, which goes on with it to a session.
  void check_begins() {
    const auto answer = pair.server.gets(asked);
    CHECK(told(answer) == Names{"Running"});
    CHECK(pair.server.state() == "HalfOpen");
    const auto begun = pair.to_client(answer.frames, pair.other);
    CHECK(pair.client.state() == "Confirming");
    CHECK(pair.to_server(begun.frames, pair.other).event<Commit>());
    CHECK(pair.server.state() == "Established");
  }

  Pair pair;
  Bits asked;  // its Connect
};

}  // namespace

TEST_CASE("udp: a Connect passes the same rules, whether another one was answered before or not",
          "[illegal]") {
  for (const bool is_half_open : {false, true}) {
    Newcomer one(is_half_open, false);
    auto& context = one.pair.server.context();
    one.check_unsound();
    for (const std::size_t size : {std::size_t{4}, std::size_t{32}}) one.check_random(size);
    auto identity = std::exchange(context.identity, {});
    check_refused(one.pair.server, one.asked, Fault::unexpected_key);
    context.identity = std::move(identity);
    one.check_begins();
  }
}

TEST_CASE("udp: a Connect that needs a cookie passes the same rules, and takes nobody's place",
          "[illegal]") {
  for (const bool is_half_open : {false, true}) {
    Newcomer one(is_half_open, true);
    one.check_unsound();
    one.check_random(32);
    const Bits before = one.pair.server.snapshot();
    const auto reply = one.pair.server.gets(one.asked);
    CHECK(reply.events.empty());
    CHECK(one.pair.server.snapshot() == before);
    REQUIRE(reply.size_to(one.pair.other) == CookieReply::size);
    const auto again = one.pair.to_client(reply.frames, one.pair.other);
    REQUIRE(again.frames.size() == 1);
    one.asked = coming_from(one.pair.other, again.frames[0]);
    one.check_begins();
  }
}

TEST_CASE("udp: who resumes must prove it, whether another one was answered before or not",
          "[attack]") {
  for (const bool is_half_open : {false, true}) {
    Newcomer one(is_half_open, false);
    Side<Client<>> resuming(pinned_config(), 0, 6);
    resuming.now = one.pair.server.now;
    resuming.context().resumption = left_by_another(1);
    const auto asked = resuming.does(Dial{one.pair.server_address, {}}).frames.at(0);
    const Bits frame = coming_from(one.pair.away, asked);
    auto& server = one.pair.server;
    check_refused(server, frame, Fault::stale);
    auto& kept = server.context().resumptions;
    kept.put(left_by_another(2), one.pair.away.host(), {8, 8}, server.now);
    check_refused(server, frame, Fault::not_authentic);
    CHECK(kept.size() == 1);
    kept.put(left_by_another(1), one.pair.away.host(), {8, 8}, server.now);
    const auto answer = server.gets(frame);
    CHECK(told(answer) == Names{"Running"});
    CHECK(kept.size() == 0);
    const auto begun = resuming.gets(coming_from(one.pair.server_address, answer.frames.at(0)));
    REQUIRE(begun.event<Agreed>());
    CHECK(begun.event<Agreed>()->is_resumed);
  }
}
