#include <limits>

#include "tests/registration/pair.hpp"
#include "tests/support/catch.hpp"

using namespace registration_test;

namespace {

/// Refused with `fault`, and everything is as it was.
template <class Role>
void check_refused(Side<Role>& side, Bytes frame, Fault fault) {
  const Kept before = side.snapshot();
  const auto result = side.gets(frame);
  CHECK(result.fault() == fault);
  CHECK(result.frames.empty());
  CHECK(result.events.size() == 1);
  CHECK(side.snapshot() == before);
}
std::string replaced(const Kept& frame, std::string_view what, std::string_view by) {
  std::string text(text_of(frame));
  const std::size_t at = text.find(what);
  REQUIRE(at != text.npos);
  return text.replace(at, what.size(), by);
}
/// Every changed byte of `frame` is refused, nothing changes, and it is taken itself.
void check_each_byte(Side<Client<>>& side, Kept frame) {
  const Kept before = side.snapshot();
  for (std::size_t i = 0; i < frame.size(); ++i)
    for (const unsigned bit : {1u, 128u}) {
      INFO("byte " << i << " of " << frame.size());
      frame[i] = static_cast<std::uint8_t>(frame[i] ^ bit);
      const auto result = side.gets(frame);
      CHECK(result.fault());
      CHECK(result.frames.empty());
      CHECK(result.events.size() == 1);
      CHECK(side.snapshot() == before);
      frame[i] = static_cast<std::uint8_t>(frame[i] ^ bit);
    }
  CHECK_FALSE(side.gets(frame).fault());
}
/// The counters of a registered side.
template <class Role>
RecordChannel& channel_of(Side<Role>& side) {
  auto& state = side.machine().dangerous_engine().dangerous_state();
  return std::get<typename Role::Registered>(state).channel;
}
constexpr std::uint64_t last_counter = std::numeric_limits<std::uint64_t>::max();

/// What `command` asks for is refused with `fault`, and everything is as it was.
template <class Role>
void check_refuses_to(Side<Role>& side, const auto& command, Fault fault) {
  const Kept before = side.snapshot();
  const auto result = side.does(command);
  CHECK(result.fault() == fault);
  CHECK(result.frames.empty());
  CHECK(side.snapshot() == before);
}

}  // namespace

TEST_CASE(
    "registration: a client that proves its key is known, taken in, and both claim the same") {
  Pair pair;
  const auto proven = pair.introduce();
  REQUIRE(proven.event<Proven>());
  CHECK(proven.event<Proven>()->key == pair.client.key());
  const Claim servers = proven.event<Commit>()->claim;
  const auto success = pair.server.does(Admit{});
  CHECK(success.event<Established>());
  const auto admitted = pair.client.gets(success.frames.at(0));
  REQUIRE(admitted.event<Admitted>());
  CHECK_FALSE(admitted.event<Admitted>()->replaced);
  CHECK(admitted.event<Established>());
  const Claim clients = admitted.event<Commit>()->claim;
  CHECK(clients.transcript == servers.transcript);
  CHECK(clients.key_id == servers.key_id);
  CHECK(clients.peer == servers.own);
  CHECK(clients.own == servers.peer);
  CHECK(std::ranges::equal(clients.peer, pair.server.key().bytes()));
}

TEST_CASE("registration: messages, receipts and keepalives go both ways") {
  Pair pair;
  pair.register_client();
  const auto sent = pair.client.does(Send{pair.server.key(), bytes_of("hello")});
  CHECK(sent.event<Sent>()->id == 1);
  const auto forward = pair.server.gets(sent.frames.at(0));
  REQUIRE(forward.event<Forward>());
  CHECK(forward.event<Forward>()->id == 1);
  CHECK(forward.event<Forward>()->recipient == pair.server.key());
  CHECK(text_of(forward.event<Forward>()->payload) == "hello");
  const auto receipt = pair.client.gets(pair.server.does(Report{1, Fate::busy}).frames.at(0));
  REQUIRE(receipt.event<Receipted>());
  CHECK(receipt.event<Receipted>()->fate == Fate::busy);
  const auto routed = pair.server.does(Deliver{pair.client.key(), bytes_of("hello back")});
  const auto delivered = pair.client.gets(routed.frames.at(0));
  REQUIRE(delivered.event<Delivered>());
  CHECK(delivered.event<Delivered>()->sender == pair.client.key());
  CHECK(text_of(delivered.event<Delivered>()->payload) == "hello back");
  const auto ping = pair.client.waits(15s);
  REQUIRE(ping.frames.size() == 1);
  const auto pong = pair.server.gets(ping.frames[0]);
  REQUIRE(pong.frames.size() == 1);
  CHECK(pair.client.gets(pong.frames[0]).is_silent());
  CHECK(pair.client.state() == "Registered");
}

TEST_CASE("registration: a pinned client answers no other server", "[illegal]") {
  Config config = client_config();
  config.pinned_server = Side<Server<>>::identity(3).public_key();
  Pair pair(config);
  pair.client.does(Connect{});
  check_refused(pair.client, pair.server.does(Accept{}).frames.at(0), Fault::unexpected_key);
  Pair right(client_config(), server_config());
  config.pinned_server = right.server.key();
  Pair pinned(config);
  CHECK(pinned.register_client().event<Admitted>());
}

TEST_CASE("registration: a server takes no client that has dialled another name",
          "[illegal][attack]") {
  // A server in the middle relays the challenge of another: the response names where the client
  // believes to be.
  Pair pair(client_config("middle.example:443"));
  pair.client.does(Connect{});
  const auto challenge = pair.server.does(Accept{});
  const auto response = pair.client.gets(challenge.frames.at(0));
  check_refused(pair.server, response.frames.at(0), Fault::wrong_audience);
  // And cannot say otherwise.
  const std::string lie = replaced(response.frames.at(0), "middle.example:443", "example.org:443");
  check_refused(pair.server, bytes_of(lie), Fault::not_authentic);
}

TEST_CASE("registration: a response to another server, or to another challenge, is refused",
          "[illegal]") {
  Pair pair;
  Side<Server<>> other(server_config(), 3, 3), again(server_config(), 2, 4);
  pair.client.does(Connect{});
  const auto challenge = pair.server.does(Accept{});
  other.does(Accept{});
  again.does(Accept{});
  const auto response = pair.client.gets(challenge.frames.at(0));
  check_refused(other, response.frames.at(0), Fault::wrong_session);
  check_refused(again, response.frames.at(0), Fault::not_authentic);
  CHECK(pair.server.gets(response.frames.at(0)).event<Proven>());
}

TEST_CASE("registration: what the server says of itself is believed by its proof alone",
          "[illegal]") {
  Pair pair;
  pair.introduce();
  const auto success = pair.server.does(Admit{true});
  const Kept frame = success.frames.at(0);
  check_refused(pair.client, bytes_of(replaced(frame, "true", "false")), Fault::not_authentic);
  check_refused(pair.client, bytes_of(replaced(frame, "SUCCESS\",\"replaced\":true", "FAILURE\"")),
                Fault::not_authentic);
  const auto admitted = pair.client.gets(frame);
  REQUIRE(admitted.event<Admitted>());
  CHECK(admitted.event<Admitted>()->replaced);
}

TEST_CASE("registration: a client that is declined is told so, and why it was") {
  Pair pair;
  pair.introduce();
  const auto declined = pair.server.does(Decline{});
  CHECK(declined.event<Closed>()->fault == Fault::already_registered);
  const auto ended = pair.client.gets(declined.frames.at(0));
  REQUIRE(ended.event<Closed>());
  CHECK(ended.event<Closed>()->fault == Fault::already_registered);
}

TEST_CASE("registration: a client that is superseded is told so, and its connection has time") {
  Pair pair;
  pair.register_client();
  const auto superseded = pair.server.does(Supersede{});
  CHECK(pair.server.state() == "Leaving");
  const auto ended = pair.client.gets(superseded.frames.at(0));
  REQUIRE(ended.event<Closed>());
  CHECK(ended.event<Closed>()->fault == Fault::superseded);
  Pair gone;
  gone.register_client();
  gone.server.does(Supersede{});
  const auto closed = gone.server.does(LinkClosed{});
  REQUIRE(closed.event<Closed>());
  CHECK(closed.event<Closed>()->fault == Fault::superseded);
  CHECK(gone.server.state() == "Ended");
}

TEST_CASE("registration: a frame is taken once, in order, by whom it is for, and as it was sealed",
          "[illegal]") {
  Pair pair;
  pair.register_client();
  const Kept first = pair.client.does(Send{pair.server.key(), bytes_of("one")}).frames.at(0);
  const Kept second = pair.client.does(Send{pair.server.key(), bytes_of("two")}).frames.at(0);
  check_refused(pair.client, first, Fault::not_authentic);  // fed back
  CHECK(pair.server.gets(second).event<Forward>());
  check_refused(pair.server, second, Fault::replayed);
  check_refused(pair.server, first, Fault::replayed);
  Kept third = pair.client.does(Send{pair.server.key(), bytes_of("three")}).frames.at(0);
  for (std::size_t i = 0; i < third.size(); ++i) {
    third[i] ^= 1;
    const Kept before = pair.server.snapshot();
    CHECK(pair.server.gets(third).fault());
    CHECK(pair.server.snapshot() == before);
    third[i] ^= 1;
  }
  CHECK(pair.server.gets(third).event<Forward>());
}

TEST_CASE("registration: a receipt is for a message that was sent", "[illegal]") {
  Pair pair;
  auto& [client, server] = pair;
  pair.register_client();
  const auto receipt = [&](std::uint64_t id) {
    return server.does(Report{id, Fate::forwarded}).frames.at(0);
  };
  check_refused(client, receipt(1), Fault::malformed);
  client.does(Send{server.key(), bytes_of("the first")});
  CHECK(client.gets(receipt(1)).event<Receipted>()->id == 1);
  check_refused(client, receipt(2), Fault::malformed);
}

TEST_CASE("registration: the largest payload goes both ways, and one byte more goes nowhere",
          "[illegal]") {
  Pair pair;
  auto& [client, server] = pair;
  pair.register_client();
  Kept payload(payload_size_max, 'x');
  CHECK(server.gets(client.does(Send{server.key(), payload}).frames.at(0)).payload == payload);
  CHECK(client.gets(server.does(Deliver{client.key(), payload}).frames.at(0)).payload == payload);
  payload.push_back('x');
  check_refuses_to(client, Send{server.key(), payload}, Fault::too_large);
  check_refuses_to(server, Deliver{client.key(), payload}, Fault::too_large);
}

TEST_CASE("registration: a client takes no changed byte of what a server says", "[illegal]") {
  {
    INFO("success");
    Pair pair;
    pair.introduce();
    check_each_byte(pair.client, pair.server.does(Admit{true}).frames.at(0));
    INFO("a message, receipts, an answer to a ping, and the end");
    const Kept payload(3, 'x');
    check_each_byte(pair.client,
                    pair.server.does(Deliver{pair.server.key(), payload}).frames.at(0));
    const auto route = pair.client.does(Send{pair.server.key(), payload});
    pair.server.gets(route.frames.at(0));
    for (const Fate fate : {Fate::forwarded, Fate::not_available, Fate::busy})
      check_each_byte(pair.client, pair.server.does(Report{1, fate}).frames.at(0));
    const auto ping = pair.client.waits(15s);
    check_each_byte(pair.client, pair.server.gets(ping.frames.at(0)).frames.at(0));
    check_each_byte(pair.client, pair.server.does(Supersede{}).frames.at(0));
    CHECK(pair.client.state() == "Ended");
  }
  INFO("failure");
  Pair pair;
  pair.introduce();
  check_each_byte(pair.client, pair.server.does(Decline{}).frames.at(0));
  CHECK(pair.client.state() == "Ended");
}

TEST_CASE("registration: a challenge with a changed byte registers nobody", "[illegal]") {
  // Nothing proves it yet: what is a challenge is answered, and the answer proves nothing.
  Config config = server_config();
  config.challenge_text = "hi";
  Side<Server<>> server(config, 2, 2);
  const Kept challenge = server.does(Accept{}).frames.at(0);
  const Kept waiting = server.snapshot();
  int answered = 0;
  for (std::size_t i = 0; i < challenge.size(); ++i) {
    INFO("byte " << i << " of " << challenge.size());
    Side<Client<>> client(client_config(), 1, 1);
    client.does(Connect{});
    const Kept before = client.snapshot();
    Kept changed = challenge;
    changed[i] ^= 1;
    const auto response = client.gets(changed);
    if (response.fault()) {
      CHECK(response.frames.empty());
      CHECK(client.snapshot() == before);
      CHECK(client.gets(challenge).frames.size() == 1);
      continue;
    }
    ++answered;
    const auto refused = server.gets(response.frames.at(0));
    CHECK(refused.fault());
    CHECK(refused.events.size() == 1);
    CHECK(server.snapshot() == waiting);
  }
  CHECK(answered > 60);  // most bytes of the two keys, and both of the text
  CHECK(answered < 90);
}

TEST_CASE("registration: the last counter is used, and then nothing is sealed any more",
          "[illegal]") {
  Pair pair;
  auto& [client, server] = pair;
  pair.register_client();
  channel_of(client).sent = channel_of(server).sent = last_counter - 1;
  const Send message{server.key(), bytes_of("the last")};
  const auto last = client.does(message);
  CHECK(server.gets(last.frames.at(0)).event<Forward>());
  check_refused(server, last.frames.at(0), Fault::replayed);
  check_refuses_to(client, message, Fault::limit_reached);
  CHECK(channel_of(client).sent == last_counter);
  const Kept before = client.snapshot();
  const auto due = client.waits(15s);
  CHECK(due.fault() == Fault::limit_reached);
  CHECK(due.frames.empty());
  CHECK(client.snapshot() == before);

  const Deliver delivery{client.key(), bytes_of("the last")};
  CHECK(client.gets(server.does(delivery).frames.at(0)).event<Delivered>());
  check_refuses_to(server, delivery, Fault::limit_reached);
  check_refuses_to(server, Supersede{}, Fault::limit_reached);
  const Kept servers = server.snapshot();
  CHECK(server.does(Report{1, Fate::forwarded}).is_silent());  // an answer is left out
  CHECK(server.snapshot() == servers);
  channel_of(server).received = 0;
  channel_of(client).sent = 1;
  const auto ping = client.waits(15s);
  CHECK(server.gets(ping.frames.at(0)).is_silent());
  // The ping that cannot be sealed holds no other time-out back.
  channel_of(client).sent = last_counter;
  CHECK(client.waits(15s).fault() == Fault::limit_reached);
  CHECK(client.waits(50s).event<Closed>()->fault == Fault::peer_lost);
}

TEST_CASE("registration: each wait has its end, and not before", "[timeout]") {
  Pair pair;
  auto& [client, server] = pair;
  client.does(Connect{});
  CHECK(client.waits_just(10s).event<Closed>()->fault == Fault::timed_out);
  CHECK(server.does(Accept{}).due->timer == "ResponseOverdue");
  CHECK(server.waits_just(10s).event<Closed>()->fault == Fault::timed_out);
  // Each message of a registration has that time.
  Pair later;
  later.client.does(Connect{});
  later.client.waits(10s - 1ns);
  const auto challenge = later.server.does(Accept{});
  later.server.waits(10s - 1ns);
  later.server.gets(later.client.gets(challenge.frames.at(0)).frames.at(0));
  CHECK(later.server.state() == "Admitting");
  CHECK(later.client.waits_just(10s).event<Closed>()->fault == Fault::timed_out);
  CHECK(later.server.waits_just(10s).event<Closed>()->fault == Fault::timed_out);
  Pair superseded;
  superseded.register_client();
  superseded.server.does(Supersede{});
  CHECK(superseded.server.waits_just(10s).event<Closed>()->fault == Fault::superseded);
}

TEST_CASE("registration: the times of a registration are the application's", "[timeout]") {
  Config client_has = client_config(), server_has = server_config();
  client_has.registration_timeout = 1000ms;  // as the document calls it
  server_has.registration_timeout = 3s;
  Pair pair(client_has, server_has), proven(client_has, server_has), left(client_has, server_has);
  pair.client.does(Connect{});
  CHECK(pair.client.waits_just(1000ms).event<Closed>()->fault == Fault::timed_out);
  pair.server.does(Accept{});
  CHECK(pair.server.waits_just(3s).event<Closed>()->fault == Fault::timed_out);
  proven.introduce();
  CHECK(proven.client.waits_just(1000ms).event<Closed>()->fault == Fault::timed_out);
  CHECK(proven.server.waits_just(3s).event<Closed>()->fault == Fault::timed_out);
  left.register_client();
  left.server.does(Supersede{});
  CHECK(left.server.waits_just(3s).event<Closed>()->fault == Fault::superseded);
}

TEST_CASE("registration: who has sent nothing for a while pings, and who is not heard is given up",
          "[timeout]") {
  Pair silent;
  silent.register_client();
  for (int i = 0; i < 3; ++i) CHECK(silent.client.waits_just(15s).frames.size() == 1);
  CHECK(silent.client.waits_just(5s).event<Closed>()->fault == Fault::peer_lost);
  CHECK(silent.server.waits_just(50s).event<Closed>()->fault == Fault::peer_lost);
  // What is sent, or heard, begins the time anew; what is refused does not.
  Pair pair;
  auto& [client, server] = pair;
  pair.register_client();
  client.waits(15s - 1ns);
  const Kept message = client.does(Send{server.key(), {}}).frames.at(0);
  const Kept ping = client.waits_just(15s).frames.at(0);
  server.waits(50s - 1ns);
  server.gets(message);
  server.waits(49s);
  check_refused(server, message, Fault::replayed);
  CHECK(server.waits(1s - 1ns).is_silent());
  const Kept pong = server.gets(ping).frames.at(0);
  CHECK(server.waits_just(50s).event<Closed>()->fault == Fault::peer_lost);
  client.waits(10s), client.waits(5s), client.waits(5s - 1ns);
  CHECK(client.gets(pong).is_silent());
  client.waits(49s);
  check_refused(client, pong, Fault::replayed);
  client.waits(1s - 1ns);
  CHECK(client.state() == "Registered");
  CHECK(client.waits(1ns).event<Closed>()->fault == Fault::peer_lost);
}

TEST_CASE("registration: no client sends more than its share, and is told that it is too much") {
  Config config = server_config();
  config.messages_a_second = 2;
  config.messages_at_once = 3;
  Pair pair(client_config(), config);
  pair.register_client();
  const auto send = [&] {
    return pair.server.gets(pair.client.does(Send{pair.server.key(), {}}).frames.at(0));
  };
  for (int i = 0; i < 3; ++i) CHECK(send().event<Forward>());
  const auto busy = send();
  CHECK_FALSE(busy.event<Forward>());
  CHECK(pair.client.gets(busy.frames.at(0)).event<Receipted>()->fate == Fate::busy);
  pair.server.now.steady += 499ms;
  CHECK_FALSE(send().event<Forward>());
  pair.server.now.steady += 1ms;
  CHECK(send().event<Forward>());
  CHECK_FALSE(send().event<Forward>());
  pair.server.now.steady += 1h;
  for (int i = 0; i < 3; ++i) CHECK(send().event<Forward>());
  CHECK_FALSE(send().event<Forward>());
}

TEST_CASE("registration: a server answers so many frames of a client, and refuses one more",
          "[attack]") {
  Config config = server_config();
  config.frames_a_second = 2;
  config.frames_at_once = 3;
  config.messages_a_second = 1;
  config.messages_at_once = 1;
  Pair pair(client_config(), config);
  pair.register_client();
  const auto ping = [&] { return pair.client.waits(15s).frames.at(0); };
  const auto message = [&] { return pair.client.does(Send{pair.server.key(), {}}).frames.at(0); };
  // Whatever they are, and whatever becomes of them.
  CHECK(pair.server.gets(ping()).frames.size() == 1);
  CHECK(pair.server.gets(message()).event<Forward>());
  CHECK(pair.server.gets(message()).frames.size() == 1);
  check_refused(pair.server, ping(), Fault::limit_reached);
  const Kept refused = message();
  check_refused(pair.server, refused, Fault::limit_reached);
  pair.server.now.steady += 499ms;
  check_refused(pair.server, refused, Fault::limit_reached);
  pair.server.now.steady += 1ms;
  CHECK(pair.server.gets(refused).frames.size() == 1);
  check_refused(pair.server, ping(), Fault::limit_reached);
  pair.server.now.steady += 40s;
  for (int i = 0; i < 3; ++i) CHECK_FALSE(pair.server.gets(message()).fault());
  check_refused(pair.server, message(), Fault::limit_reached);
}

TEST_CASE("registration: frames count whether or not there are messages left", "[attack]") {
  Config config = server_config();
  config.frames_a_second = 1;
  config.frames_at_once = 3;
  Pair pair(client_config(), config);
  pair.register_client();
  const auto message = [&] { return pair.client.does(Send{pair.server.key(), {}}).frames.at(0); };
  for (int i = 0; i < 3; ++i) CHECK(pair.server.gets(message()).event<Forward>());
  check_refused(pair.server, message(), Fault::limit_reached);
}

TEST_CASE("registration: what waits for a slow client is bounded, answers too") {
  Config config = server_config();
  config.queue_max = 1000;
  Pair pair(client_config(), config);
  pair.register_client();
  const Kept payload(500);
  std::size_t queued = pair.server.does(Deliver{pair.client.key(), payload}).frames.at(0).size();
  const Kept before = pair.server.snapshot();
  CHECK(pair.server.does(Deliver{pair.client.key(), payload}).fault() == Fault::back_pressure);
  CHECK(pair.server.snapshot() == before);
  int answers = 0;
  while (!pair.server.does(Report{0, Fate::forwarded}).frames.empty()) ++answers;
  CHECK(answers > 1000);
  CHECK(answers < 3000);
  CHECK(pair.server.gets(pair.client.waits(15s).frames.at(0)).is_silent());
  pair.server.does(Drained{std::size_t{1} << 40});
  CHECK(pair.server.does(Deliver{pair.client.key(), payload}).frames.at(0).size() == queued);
}

TEST_CASE("registration: a queue is filled to its last byte, with messages and with answers",
          "[illegal]") {
  Pair measured;
  measured.introduce();
  const std::size_t first = measured.server.does(Admit{}).frames.at(0).size();
  Config config = server_config();
  config.queue_max = first + 500 + 64;  // what is around a message counts as 64
  Pair pair(client_config(), config);
  pair.register_client();
  CHECK(pair.server.does(Deliver{pair.client.key(), Kept(501)}).fault() == Fault::back_pressure);
  const std::size_t size =
      pair.server.does(Deliver{pair.client.key(), Kept(500)}).frames.at(0).size();
  pair.server.does(Drained{size - 1});
  CHECK(pair.server.does(Deliver{pair.client.key(), Kept(500)}).fault() == Fault::back_pressure);
  pair.server.does(Drained{1});
  CHECK_FALSE(pair.server.does(Deliver{pair.client.key(), Kept(500)}).fault());
  for (const std::size_t beside : {64u, 63u}) {
    Config narrow = server_config();
    narrow.queue_max = first;
    narrow.answers_max = beside;
    Pair answered(client_config(), narrow);
    answered.register_client();
    const auto report = answered.server.does(Report{1, Fate::forwarded});
    CHECK(report.frames.size() == (beside == 64 ? 1 : 0));
    CHECK(answered.server.does(Report{2, Fate::forwarded}).is_silent());
  }
}

TEST_CASE("registration: what is read of an object while registering is bounded", "[illegal]") {
  Pair pair;
  pair.client.does(Connect{});
  pair.server.does(Accept{});
  for (const auto& [size, fault] : {std::pair(registration_size_max, Fault::not_json),
                                    std::pair(registration_size_max + 1, Fault::oversized)}) {
    Kept object(size, ' ');
    object[0] = '{';
    check_refused(pair.client, object, fault);
    check_refused(pair.server, object, fault);
  }
}

TEST_CASE("registration: who reads nothing is not told that it sends too much, and it counts",
          "[attack]") {
  Config config = server_config();
  config.queue_max = config.answers_max = 1000;
  config.messages_a_second = config.messages_at_once = 1;
  config.frames_a_second = 1;
  config.frames_at_once = 3;
  Pair pair(client_config(), config);
  auto& [client, server] = pair;
  pair.register_client();
  const auto message = [&] { return client.does(Send{server.key(), {}}).frames.at(0); };
  while (!server.does(Report{0, Fate::forwarded}).frames.empty()) continue;
  CHECK(server.gets(message()).event<Forward>());
  for (int i = 0; i < 2; ++i) CHECK(server.gets(message()).is_silent());
  check_refused(server, message(), Fault::limit_reached);
  check_refused(server, client.waits(15s).frames.at(0), Fault::limit_reached);
}

TEST_CASE("registration: who has no key, no name or no random bytes begins nothing", "[illegal]") {
  Pair nameless(client_config(""));
  CHECK(nameless.client.does(Connect{}).fault() == Fault::bad_argument);
  Machine<Client<>> keyless{Context(client_config(), {})};
  CHECK(keyless.handle(Connect{}, {}).fault() == Fault::bad_argument);
  Config no_names;
  Pair unnamed(client_config(), no_names);
  CHECK(unnamed.server.does(Accept{}).fault() == Fault::bad_argument);
  CHECK(unnamed.server.state() == "Idle");
  Machine<Server<>> none{Context(server_config(), {})};
  CHECK(none.handle(Accept{}, {}).fault() == Fault::bad_argument);
  Pair broken;
  broken.server.random().fail_next(1, 1);
  CHECK(broken.server.does(Accept{}).fault() == Fault::random_source_failed);
  broken.client.does(Connect{});
  const auto challenge = broken.server.does(Accept{});
  broken.client.random().fail_next(1, 1);
  check_refused(broken.client, challenge.frames.at(0), Fault::random_source_failed);
  CHECK(broken.client.gets(challenge.frames.at(0)).frames.size() == 1);
}

TEST_CASE("registration: the longest texts are read, escaped too, and one byte more is not said",
          "[illegal]") {
  for (const char letter : {'a', '\x01'}) {  // the second takes six bytes in JSON
    INFO(int{letter});
    const std::string audience(audience_size_max, letter), text(text_size_max, letter);
    Config server_has = server_config(audience);
    server_has.challenge_text = text;
    Pair pair(client_config(audience), server_has);
    CHECK(pair.register_client().event<Established>());
    server_has.challenge_text += letter;
    CHECK(Pair({}, server_has).server.does(Accept{}).fault() == Fault::bad_argument);
    CHECK(Pair(client_config(audience + letter)).client.does(Connect{}).fault() ==
          Fault::bad_argument);
  }
  Config server_has = server_config();
  server_has.challenge_text = "\xFF";  // no UTF-8
  CHECK(Pair({}, server_has).server.does(Accept{}).fault() == Fault::bad_argument);
  CHECK(Pair(client_config("\xFF:443")).client.does(Connect{}).fault() == Fault::bad_argument);
}

TEST_CASE("registration: neither profile takes a word of the other's", "[attack][illegal]") {
  Pair hardened;
  PairOf<Compat> deployed;
  hardened.client.does(Connect{});
  deployed.client.does(Connect{});
  const Kept challenge = hardened.server.does(Accept{}).frames.at(0);
  const Kept deployed_challenge = deployed.server.does(Accept{}).frames.at(0);
  check_refused(hardened.client, deployed_challenge, Fault::wrong_version);

  // The deployed client reads leniently: it passes over the version, but the nonce has another size.
  check_refused(deployed.client, challenge, Fault::wrong_length);
  const Kept response = hardened.client.gets(challenge).frames.at(0);
  const Kept deployed_response = deployed.client.gets(deployed_challenge).frames.at(0);
  check_refused(hardened.server, deployed_response, Fault::wrong_version);
  CHECK_FALSE(deployed.server.gets(response).event<Proven>());

  const std::string_view success = R"({"type":"REGISTER_SUCCESS"})";
  check_refused(hardened.client, bytes_of(success), Fault::wrong_version);
}
