#include "handfast/udp.hpp"
#include "tests/udp/pair.hpp"

// What goes in a session, and how one ends and another goes on from it.

using namespace udp_hardened_test;

namespace {

/// Both have said what the end is, and it is over for both.
void close(Pair& pair, bool by_client = true) {
  if (by_client) {
    const auto closing = pair.client.does(Disconnect{});
    const auto answered = pair.to_server(closing.frames);
    REQUIRE(answered.event<Finished>());
    CHECK(pair.to_client(answered.frames).event<Closed>());
    CHECK(pair.server.lives(3s).event<Closed>());
  } else {
    const auto closing = pair.server.does(Disconnect{});
    const auto answered = pair.to_client(closing.frames);
    REQUIRE(answered.event<Finished>());
    CHECK(pair.to_server(answered.frames).event<Closed>());
    CHECK(pair.client.lives(3s).event<Closed>());
  }
  CHECK(pair.client.state() == "Ended");
  CHECK(pair.server.state() == "Ended");
}

/// Another pair, with what `from` has left.
struct Resumed : Pair {
  explicit Resumed(Pair& from, Config client_has = pinned_config()) : Pair(std::move(client_has)) {
    client.context().resumption = std::move(from.client.context().resumption);
    server.context().resumptions = std::move(from.server.context().resumptions);
    client.now = server.now = from.server.now;
  }
};

template <class Role>
bool holds(Side<Role>& side, const Secret<32>& secret) {
  const Bits stored = side.snapshot();
  return !std::ranges::search(stored, secret.bytes()).empty();
}

}  // namespace

TEST_CASE("udp: payloads of every size go both ways", "[roundtrip]") {
  Pair pair;
  pair.establish();
  Bits payload;
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{6}, std::size_t{7},
                                 std::size_t{8}, payload_size_max - 1, payload_size_max}) {
    payload.assign(size, 0);  // as padding looks
    const auto frames = pair.client.does(Send{payload}).frames;
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].size() >= Address::size + Packet::short_size);
    CHECK(frames[0].size() <= frame_size_max);
    const auto got = pair.to_server(frames);
    REQUIRE(got.event<Delivered>());
    CHECK(got.payload == payload);
    CHECK(pair.to_client(pair.server.does(Send{payload}).frames).payload == payload);
  }
  payload.push_back(0);
  CHECK(pair.client.does(Send{payload}).fault() == Fault::too_large);
  CHECK(pair.server.does(Send{payload}).fault() == Fault::too_large);
}

TEST_CASE("udp: a packet that comes again is refused, whoever it comes from and in any order",
          "[attack]") {
  Pair pair;
  pair.establish();
  std::vector<Bits> frames;
  for (int i = 0; i < 5; ++i) frames.push_back(pair.client.does(Send{bytes_of("x")}).frames[0]);
  for (const int i : {3, 0, 4, 1, 2})
    CHECK(pair.server.gets(coming_from(pair.home, frames[std::size_t(i)])).event<Delivered>());
  for (const auto& frame : frames) {
    check_refused(pair.server, coming_from(pair.home, frame), Fault::replayed);
    check_refused(pair.server, coming_from(pair.other, frame), Fault::replayed);
    CHECK(pair.client.gets(frame).fault() == Fault::not_authentic);  // nor goes it back
  }
}

TEST_CASE("udp: any bit of a packet that is wrong has it refused, and only the failure is counted",
          "[illegal]") {
  Pair pair;
  pair.establish();
  Bits frame = coming_from(pair.home, pair.client.does(Send{bytes_of("Hello!")}).frames[0]);
  std::uint64_t count = 0;
  for (std::size_t bit = 8 * Address::size; bit < 8 * frame.size(); ++bit) {
    frame[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    const auto result = pair.server.gets(frame);
    REQUIRE(result.fault());
    CHECK(result.frames.empty());
    count += *result.fault() == Fault::not_authentic;
    frame[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
  }
  auto& session = pair.server.in<Server<>::Established>().session;
  CHECK(session.failed_opens == count);
  CHECK(count > 200);
  CHECK(pair.server.gets(frame).event<Delivered>());
}

TEST_CASE("udp: silence is broken by heartbeats, and ends where they do not come") {
  Pair pair;
  pair.establish();
  pair.wait(15s);
  const auto beat = pair.client.settles();
  CHECK(beat.frames.size() == 1);
  CHECK(pair.to_server(beat.frames).is_silent());
  (void)pair.server.settles();
  for (int i = 0; i < 20; ++i) {
    pair.wait(15s);
    (void)pair.to_server(pair.client.settles().frames);
    (void)pair.to_client(pair.server.settles().frames);
  }
  pair.check_talk();
  const auto client_end = pair.client.lives(50s), server_end = Result<Client<>>{};
  REQUIRE(client_end.event<Closed>());
  CHECK(client_end.event<Closed>()->fault == Fault::peer_lost);
  const auto end = pair.server.lives(50s);
  REQUIRE(end.event<Closed>());
  CHECK(end.event<Closed>()->fault == Fault::peer_lost);
}

TEST_CASE("udp: keys are replaced while data goes one way only, and the answers are heartbeats") {
  Config config;
  config.epoch_packets_max = 5;
  Pair pair(pinned_config(config), config);
  pair.establish();
  for (int i = 0; i < 200; ++i) {
    const auto sent = pair.client.does(Send{bytes_of("x")});
    REQUIRE_FALSE(sent.fault());
    CHECK(pair.to_server(sent.frames).event<Delivered>());
    (void)pair.to_client(pair.server.settles().frames);
    (void)pair.to_server(pair.client.settles().frames);
  }
  CHECK(pair.client.in<Client<>::Established>().session.sending.epoch > 30);
  CHECK(pair.server.in<Server<>::Established>().session.sending.epoch > 5);
}

TEST_CASE("udp: a sender that is not followed waits, asks, and goes on") {
  Config config;
  config.epoch_packets_max = 2;
  Pair pair(pinned_config(config));
  pair.establish();
  Result<Client<>> sent;
  int count = 0;
  while (!(sent = pair.client.does(Send{bytes_of("lost")})).fault()) ++count;
  CHECK(count >= 8);
  CHECK(count <= 10);
  CHECK(*sent.fault() == Fault::back_pressure);
  for (int i = 0; i < 10; ++i)
    CHECK(pair.client.does(Send{bytes_of("x")}).fault() == Fault::back_pressure);
  pair.wait(1s);
  const auto asks = pair.client.settles();
  REQUIRE(asks.frames.size() == 1);
  CHECK(pair.to_server(asks.frames).is_silent());
  (void)pair.to_client(pair.server.settles().frames);
  pair.check_talk();
}

TEST_CASE("udp: the key of the epoch before is gone from memory 10 seconds later") {
  Pair pair;
  pair.establish();
  const auto old = pair.server.in<Server<>::Established>().session.receiving.key.dangerous_copy();
  pair.wait(2min);
  const auto late = pair.client.does(Send{bytes_of("x")}).frames;
  CHECK(pair.to_server(late).event<Delivered>());
  CHECK_FALSE(holds(pair.client, old));
  CHECK(holds(pair.server, old));
  (void)pair.server.lives(10s);
  CHECK_FALSE(holds(pair.server, old));
}

TEST_CASE("udp: a session whose numbers are used up ends by name, on both sides") {
  for (const bool is_clients : {true, false}) {
    Pair pair;
    pair.establish();
    auto& sending = is_clients ? pair.client.in<Client<>::Established>().session.sending
                               : pair.server.in<Server<>::Established>().session.sending;
    sending.next = ~std::uint64_t{0} - Config::counter_reserve;
    if (is_clients) {
      CHECK_FALSE(pair.client.does(Send{bytes_of("last")}).fault());
      CHECK(pair.client.does(Send{bytes_of("x")}).fault() == Fault::limit_reached);
      const auto end = pair.client.settles();
      CHECK(pair.client.state() == "Draining");
      CHECK(pair.to_server(end.frames).event<Finished>());
      CHECK(pair.client.lives(3s).event<Closed>()->fault == Fault::limit_reached);
    } else {
      CHECK_FALSE(pair.server.does(Send{bytes_of("last")}).fault());
      CHECK(pair.server.does(Send{bytes_of("x")}).fault() == Fault::limit_reached);
      const auto end = pair.server.settles();
      CHECK(pair.server.state() == "Draining");
      CHECK(pair.to_client(end.frames).event<Finished>());
      CHECK(pair.server.lives(3s).event<Closed>()->fault == Fault::limit_reached);
    }
  }
}

TEST_CASE("udp: a session whose epochs are used up ends by name") {
  Config config;
  config.epoch_packets_max = 3;
  config.epoch_max = 2;
  Pair pair(pinned_config(config));
  pair.establish();
  int count = 0;
  while (pair.client.state() == "Established" && count < 100) {
    const auto sent = pair.client.does(Send{bytes_of("x")});
    if (!sent.fault()) ++count;
    (void)pair.to_server(sent.frames);
    (void)pair.to_client(pair.server.settles().frames);
    (void)pair.to_server(pair.client.settles().frames);
  }
  CHECK(count < 10);
  CHECK(pair.server.state() == "Draining");
  CHECK(pair.client.lives(3s).event<Closed>()->fault == Fault::limit_reached);
}

TEST_CASE("udp: a session that too much was forged for ends by name, half-open or not",
          "[attack]") {
  Config config;
  config.failed_opens_max = 4;
  Pair pair(pinned_config(config), config);
  const auto first = pair.connect().frames;
  Bits forged = coming_from(pair.other, first[0]);
  forged.back() ^= 1;
  for (int i = 0; i < 4; ++i) CHECK(pair.server.gets(forged).fault() == Fault::not_authentic);
  CHECK(pair.server.gets(forged).fault() == Fault::limit_reached);
  (void)pair.server.settles();
  CHECK(pair.server.state() == "Listening");

  Pair established(pinned_config(config), config);
  established.establish();
  forged = coming_from(established.other, established.client.does(Send{}).frames[0]);
  forged.back() ^= 1;
  for (int i = 0; i < 4; ++i) (void)established.server.gets(forged);
  const auto end = established.server.settles();
  CHECK(end.frames.size() == 1);
  CHECK(established.server.lives(3s).event<Closed>()->fault == Fault::limit_reached);

  Pair clients(pinned_config(config), config);
  clients.establish();
  forged = clients.server.does(Send{}).frames[0];
  forged.back() ^= 1;
  for (int i = 0; i < 4; ++i) (void)clients.client.gets(forged);
  (void)clients.client.settles();
  CHECK(clients.client.state() == "Draining");
}

TEST_CASE("udp: an end is agreed on by either side, and what was lost of it is said again") {
  for (const bool by_client : {true, false}) {
    Pair pair;
    pair.establish();
    close(pair, by_client);
  }
  Pair pair;
  pair.establish();
  (void)pair.client.does(Disconnect{});  // lost
  const auto again = pair.client.waits(200ms);
  REQUIRE(again.frames.size() == 1);
  (void)pair.to_server(again.frames);  // its answer is lost
  const auto third = pair.client.waits(200ms);
  const auto answer = pair.to_server(third.frames);
  REQUIRE(answer.frames.size() == 1);
  CHECK_FALSE(answer.event<Finished>());
  const auto end = pair.to_client(answer.frames);
  REQUIRE(end.event<Closed>());
  CHECK_FALSE(end.event<Closed>()->fault);
}

TEST_CASE("udp: two ends that cross are one, and nobody answers an answer") {
  Pair pair;
  pair.establish();
  const auto ours = pair.client.does(Disconnect{}).frames;
  const auto theirs = pair.server.does(Disconnect{}).frames;
  const auto from_server = pair.to_server(ours), nothing = pair.to_server({});
  const auto from_client = pair.to_client(theirs);
  CHECK(from_server.event<Finished>());
  CHECK(from_client.event<Finished>());
  CHECK(pair.to_client(from_server.frames).frames.empty());
  CHECK(pair.to_server(from_client.frames).frames.empty());
  CHECK(pair.client.lives(3s).event<Closed>());
  CHECK(pair.server.lives(3s).event<Closed>());
}

TEST_CASE("udp: an end that nobody answers is one all the same, and nothing is left of it") {
  Pair pair;
  pair.establish();
  CHECK(pair.client.does(Disconnect{}).frames.size() == 1);
  const auto end = pair.client.lives(1s);
  CHECK(end.frames.size() == 4);
  REQUIRE(end.event<Closed>());
  CHECK_FALSE(end.event<Closed>()->fault);
  CHECK_FALSE(pair.client.context().resumption);
  CHECK(pair.server.does(Disconnect{}).frames.size() == 1);
  CHECK(pair.server.lives(1s).event<Closed>());
  CHECK(pair.server.context().resumptions.size() == 0);
}

TEST_CASE("udp: a client may end before it has heard the server, and before there is a session") {
  Pair pair;
  const auto first = pair.connect();  // lost
  const auto answered = pair.to_server(pair.client.does(Disconnect{}).frames);
  CHECK(answered.event<Commit>());
  REQUIRE(answered.event<Finished>());
  CHECK_FALSE(answered.event<Finished>()->is_kept);  // or who says no more would fill the store
  CHECK(pair.server.context().resumptions.size() == 0);
  const auto ended = pair.to_client(answered.frames);
  CHECK(ended.event<Closed>());
  CHECK_FALSE(ended.event<Finished>()->is_kept);
  CHECK_FALSE(pair.client.context().resumption);
  Pair early;
  (void)early.client.does(Dial{early.server_address, {}});
  CHECK(early.client.does(Disconnect{}).event<Closed>());
  (void)early.server.does(Listen{});
  CHECK(early.server.does(Disconnect{}).event<Closed>());
}

TEST_CASE("udp: nothing of a session is left when it is over") {
  Pair pair;
  pair.establish();
  close(pair);
  const auto size = pair.client.snapshot().size();
  CHECK(size < 32);
  CHECK(pair.server.snapshot().size() < 32);
  CHECK_FALSE(pair.client.context().ciphers.has_keys());
  CHECK_FALSE(pair.server.context().ciphers.has_keys());
}

TEST_CASE("udp: another session goes on from one that was agreed to be over, once") {
  Pair pair;
  pair.establish();
  close(pair);
  REQUIRE(pair.client.context().resumption);
  CHECK(pair.server.context().resumptions.size() == 1);
  Resumed next(pair);
  (void)next.server.does(Listen{});
  const auto asked = next.client.does(Dial{next.server_address, bytes_of("On!")}).frames;
  CHECK_FALSE(next.client.context().resumption);
  const auto answer = next.to_server(asked);
  CHECK(next.server.context().resumptions.size() == 0);
  CHECK(next.to_server(asked).frames == answer.frames);  // a repeat gets what is kept
  const auto begun = next.to_client(answer.frames);
  REQUIRE(begun.event<Agreed>());
  CHECK(begun.event<Agreed>()->is_resumed);
  const auto got = next.to_server(begun.frames);
  REQUIRE(got.event<Agreed>());
  CHECK(got.event<Agreed>()->is_resumed);
  (void)next.to_client(next.server.settles().frames);
  next.check_talk();

  Pair later;  // somebody repeats it, when that session is over
  later.server.context().resumptions = std::move(next.server.context().resumptions);
  (void)later.server.does(Listen{});
  check_refused(later.server, coming_from(later.home, asked[0]), Fault::stale);
}

TEST_CASE("udp: what a session leaves is given when it is asked for, and then not again") {
  Pair pair;
  pair.establish();
  CHECK(pair.client.does(Keep{}).event<Resumable>());
  CHECK(pair.server.does(Keep{}).event<Resumable>());
  CHECK(pair.client.does(Keep{}).fault() == Fault::limit_reached);
  CHECK(pair.server.does(Keep{}).fault() == Fault::limit_reached);
  REQUIRE(pair.client.context().resumption);
  Resumed next(pair);
  next.establish();
  const auto closing = pair.client.does(Disconnect{});
  const auto answered = pair.to_server(closing.frames);
  REQUIRE(answered.event<Finished>());
  CHECK_FALSE(answered.event<Finished>()->is_kept);
  CHECK(pair.server.context().resumptions.size() == 0);
}

TEST_CASE("udp: what is too old to go on from is wiped when something newer is kept") {
  Pair pair;
  pair.establish();
  close(pair);
  Resumed next(pair);
  next.client.context().resumption.reset();
  next.establish();
  CHECK(next.server.context().resumptions.size() == 1);
  next.server.now.utc += 24h;
  CHECK(next.server.does(Keep{}).event<Resumable>());
  CHECK(next.server.context().resumptions.size() == 1);
}

TEST_CASE("udp: who resumes must have the secret, and not too late", "[attack]") {
  Pair pair;
  pair.establish();
  close(pair);
  Resumed next(pair);
  (void)next.server.does(Listen{});
  const auto asked = next.client.does(Dial{next.server_address, {}}).frames[0];
  for (std::size_t i = Address::size + 2; i < asked.size(); ++i) {
    if (i >= Address::size + 55 && i < Address::size + 87) continue;  // the cookie
    Bits flipped = coming_from(next.home, asked);
    flipped[i] ^= 2;
    INFO("byte " << i);
    const auto answer = next.server.gets(flipped);
    CHECK(answer.fault());
    CHECK(next.server.context().resumptions.size() == 1);
  }
  next.server.now.utc += 24h;
  check_refused(next.server, coming_from(next.home, asked), Fault::stale);
  next.server.now.utc -= 3s + 1ms;  // it had drained for 3 seconds
  CHECK(next.server.gets(coming_from(next.home, asked)).event<Running>());
}

TEST_CASE("udp: a Connect that does not resume says nothing of resuming", "[illegal]") {
  Pair pair;
  (void)pair.server.does(Listen{});
  Bits asked = coming_from(pair.home, pair.client.does(Dial{pair.server_address, {}}).frames[0]);
  for (const std::size_t place : {Address::size + 87u, asked.size() - 1}) {
    asked[place] = 1;
    check_refused(pair.server, asked, Fault::malformed);
    asked[place] = 0;
  }
}

TEST_CASE("udp: a client whose session nobody remembers connects anew, and says so") {
  Pair pair;
  pair.establish();
  close(pair);
  Resumed next(pair);
  next.server.context().resumptions = {};
  (void)next.server.does(Listen{});
  auto asked = next.client.does(Dial{next.server_address, bytes_of("Hello!")});
  const Bits first = asked.frames[0];
  asked.add(next.client.lives(900ms));
  CHECK(asked.frames.size() == 10);
  for (const Bits& frame : asked.frames)
    check_refused(next.server, coming_from(next.home, frame), Fault::stale);
  const auto anew = next.client.lives(100ms);
  REQUIRE(anew.frames.size() == 1);
  CHECK(anew.frames[0] != first);
  const auto begun = next.to_client(next.to_server(anew.frames).frames);
  REQUIRE(begun.event<Agreed>());
  CHECK_FALSE(begun.event<Agreed>()->is_resumed);
  CHECK(text_of(next.to_server(begun.frames).payload) == "Hello!");
}

TEST_CASE("udp: what was for the server of a session is not said first to who knows nothing of it",
          "[attack]") {
  Pair pair;
  pair.establish();
  close(pair);
  Resumed next(pair, unpinned_config());
  next.server.context().resumptions = {};
  (void)next.server.does(Listen{});
  (void)next.client.does(Dial{next.server_address, bytes_of("Only for you.")});
  (void)next.client.lives(900ms);
  const auto begun = next.to_client(next.to_server(next.client.lives(100ms).frames).frames);
  REQUIRE(begun.event<Agreed>());
  CHECK_FALSE(begun.event<Agreed>()->is_resumed);
  const auto heard = next.to_server(begun.frames);
  CHECK(heard.event<Commit>());
  CHECK_FALSE(heard.event<Delivered>());
  (void)next.to_client(next.server.settles().frames);
  next.check_talk();
}

TEST_CASE("udp: roles are stored in any state and go on where they were") {
  Pair pair;
  (void)pair.server.does(Listen{});
  pair.server.restarts();
  const auto asked = pair.client.does(Dial{pair.server_address, bytes_of("Hello!")}).frames;
  pair.client.restarts();
  const auto answer = pair.to_server(asked).frames;
  pair.server.restarts();
  CHECK(pair.to_server(asked).frames == answer);
  const auto first = pair.to_client(answer).frames;
  pair.client.restarts();
  (void)pair.to_server(first);
  pair.server.restarts();
  (void)pair.to_client(pair.server.settles().frames);
  pair.client.restarts();
  pair.server.restarts();
  pair.check_talk();
  const auto closing = pair.client.does(Disconnect{}).frames;
  pair.client.restarts();
  const auto answered = pair.to_server(closing);
  pair.server.restarts();
  CHECK(pair.to_client(answered.frames).event<Closed>());
  pair.client.restarts();
  CHECK(pair.server.lives(3s).event<Closed>());
}

TEST_CASE("udp: a stored role with one bit changed is none", "[illegal]") {
  Pair pair;
  pair.establish();
  Bits stored = pair.server.snapshot();
  for (std::size_t i = 0; i < stored.size(); ++i) {
    stored[i] ^= 1;
    CHECK_FALSE(Machine<Server<>>::dangerous_restore(Context{}, stored));
    stored[i] ^= 1;
  }
  CHECK_FALSE(Machine<Client<>>::dangerous_restore(Context{}, stored));
}

TEST_CASE("udp: no run of the two gets stuck, with more in flight than a compiler explores") {
  const auto check = [](const Verdict& verdict, int configurations_min) {
    INFO("in " << state_names<Client<>>[std::size_t(verdict.states[0])] << " and "
               << state_names<Server<>>[std::size_t(verdict.states[1])] << ", message "
               << verdict.message);
    CHECK(static_cast<int>(verdict.flaw) == static_cast<int>(Flaw::none));
    CHECK(verdict.explored > configurations_min);
  };
  constexpr Channel all = Channel::lossy | Channel::duplicating | Channel::reordering;
  check(explore<Client<>, Server<>, 2>(Channel::reliable, 0), 1000);
  check(explore<Client<>, Server<>, 2>(Channel::lossy, 0), 1000);
  check(explore<Client<>, Server<>, 2>(all, 1), 1000);
  check(explore<Client<>, Server<>, 3, 1 << 20>(all, 2), 10'000);
}

TEST_CASE("udp: a command that a state has no row for is not allowed now", "[illegal]") {
  Pair pair;
  for (int i = 0; i < 2; ++i) {
    const bool is_idle = i == 0;
    CHECK(pair.client.does(Send{}).fault() == Fault::not_allowed_now);
    CHECK(pair.client.does(Keep{}).fault() == Fault::not_allowed_now);
    CHECK(pair.server.does(Send{}).fault() == Fault::not_allowed_now);
    CHECK(pair.server.does(Keep{}).fault() == Fault::not_allowed_now);
    CHECK(pair.client.does(Disconnect{}).fault() == Fault::not_allowed_now);
    CHECK(pair.server.does(Disconnect{}).fault() == Fault::not_allowed_now);
    if (!is_idle) break;
    pair.establish();
    CHECK(pair.client.does(Dial{}).fault() == Fault::not_allowed_now);
    CHECK(pair.server.does(Listen{}).fault() == Fault::not_allowed_now);
    close(pair);
  }
}

TEST_CASE("udp: what comes before its time or after it is dropped in silence", "[illegal]") {
  Pair pair, idle;
  const auto asked = pair.client.does(Dial{pair.server_address, {}}).frames;
  (void)pair.server.does(Listen{});
  const auto answer = pair.to_server(asked).frames;
  const auto first = pair.to_client(answer).frames;
  check_dropped(idle.server, coming_from(idle.home, asked[0]));
  check_dropped(idle.server, coming_from(idle.home, first[0]));
  check_dropped(idle.client, answer[0]);
  (void)idle.server.does(Listen{});
  check_dropped(idle.server, coming_from(idle.home, first[0]));
  (void)pair.to_server(first);
  const auto beat = pair.server.settles().frames;
  (void)pair.to_client(beat);
  check_dropped(pair.client, answer[0]);
  close(pair);
  check_dropped(pair.client, answer[0]);
  check_dropped(pair.client, beat[0]);
  check_dropped(pair.server, coming_from(pair.home, asked[0]));
  check_dropped(pair.server, coming_from(pair.home, first[0]));
}
