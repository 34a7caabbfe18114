#include "handfast/registration/compat.hpp"
#include "handfast/registration/messenger.hpp"
#include "handfast/registration/router.hpp"
#include "tests/registration/office.hpp"
#include "tests/registration/pair.hpp"
#include "tests/support/catch.hpp"

// Every security claim of the seed document (claims.md, 8 to 10): that the hardened roles hold it,
// and what of it is true of the deployed programs. What is not is shown by tests/attacks.

using namespace router_test;

namespace {

/// A server that has the keys of its connections, and does what a test says with what it carries.
struct DishonestServer {
  /// One client's connection to it.
  struct Connection {
    Connection(std::uint32_t number, testing::SeededRandom& random)
        : person(number, Random(random), {}),
          server(Context(default_config(), identity_of(0), Random(random))) {}
    Person person;
    Machine<Server<>> server;
  };
  struct Carried {
    std::uint32_t from;
    x25519::PublicKey to;
    Kept payload;
  };

  DishonestServer() {
    for (auto& [number, connection] : connections) {
      to_server(number, connection.person.messenger.connect(now));
      to_client(number, connection.server.handle(Accept{}, now));
      to_client(number, connection.server.handle(Admit{}, now));
      REQUIRE(connection.person.messenger.is_registered());
    }
  }

  /// What the messenger sends is carried where it is to go.
  void to_server(std::uint32_t number, const Messenger::Output& out) {
    auto& [person, server] = connections.at(number);
    person.note(out);
    std::vector<Kept> frames;
    for (const Frame& frame : out.transmit) frames.push_back(keep(frame.bytes));
    for (const Kept& frame : frames) {
      const auto read = server.receive({}, frame, now);
      std::optional<Forward> forward;
      Kept payload;
      if (const auto* told = read.event<Forward>()) forward = *told, payload = keep(told->payload);
      to_client(number, read);
      if (!forward) continue;
      carried.push_back({number, forward->recipient, payload});
      const std::uint32_t other = number == 1 ? 2 : 1;
      if (carries && forward->recipient == key_of(other)) tells(other, key_of(number), payload);
    }
  }
  void to_client(std::uint32_t number, const Output<Server<>>& out) {
    std::vector<Kept> frames;
    for (const Frame& frame : out.transmit) frames.push_back(keep(frame.bytes));
    for (const Kept& frame : frames)
      to_server(number, connections.at(number).person.messenger.receive(frame, now));
  }
  /// It says to its client `number` that `sender` has sent this.
  void tells(std::uint32_t number, const x25519::PublicKey& sender, Bytes payload) {
    to_client(number, connections.at(number).server.handle(Deliver{sender, payload}, now));
  }
  void says(std::uint32_t from, std::string_view text) {
    const std::uint32_t other = from == 1 ? 2 : 1;
    to_server(from, connections.at(from).person.messenger.say(key_of(other), bytes_of(text), now));
  }
  /// What client `number` has heard so far.
  [[nodiscard]] std::vector<std::string> heard(std::uint32_t number) const {
    std::vector<std::string> texts;
    for (const auto& [sender, text] : connections.at(number).person.heard) texts.push_back(text);
    return texts;
  }

  testing::SeededRandom random{1};
  Time now{SteadyTime{} + 1h, {}};
  std::map<std::uint32_t, Connection> connections = [this] {
    std::map<std::uint32_t, Connection> both;
    both.try_emplace(1, 1u, random);
    both.try_emplace(2, 2u, random);
    return both;
  }();
  std::vector<Carried> carried;
  bool carries = true;
};

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("registration: claim 8, compat: a server that only carries reads nothing") {
  using namespace registration_test;
  PairOf<Compat> alice;
  Side<Client<Compat>> bob({}, 3, 3);
  alice.register_client();
  const auto sent = alice.client.does(Send{bob.key(), bytes_of(R"("the secret")")});
  const auto forward = alice.server.gets(sent.frames.at(0));
  REQUIRE(forward.event<Forward>());
  const std::string seen(text_of(forward.event<Forward>()->payload));
  CHECK(seen.find("the secret") == std::string::npos);
  // The keys that the server has open nothing of it: the same box, told as one of the server's own.
  const auto envelope =
      wire::json::decode<compat::Envelope>(bytes_of(seen), compat::frame_size_max).value();
  SecretBox box;
  const auto opens = [&](const x25519::PrivateKey& own, const x25519::PublicKey& peer) {
    const auto key = box_key(own, peer);
    Kept plaintext(envelope.message.size() - SecretBox::tag_size);
    return key && box.open(*key, envelope.nonce, envelope.message, plaintext).has_value();
  };
  CHECK_FALSE(opens(Side<Server<Compat>>::identity(2), alice.client.key()));
  CHECK_FALSE(opens(Side<Server<Compat>>::identity(2), bob.key()));
  CHECK(opens(Side<Server<Compat>>::identity(3), alice.client.key()));
}

TEST_CASE("registration: claim 8, hardened: a server reads nothing of what it carries",
          "[attack]") {
  DishonestServer server;
  server.says(1, "the secret");
  server.says(2, "another one");
  server.says(1, "the secret");
  CHECK(server.heard(2) == Texts{"the secret", "the secret"});
  CHECK(server.heard(1) == Texts{"another one"});
  CHECK(server.carried.size() >= 3);
  for (const auto& [from, to, payload] : server.carried) {
    CHECK(text_of(payload).find("the secret") == std::string::npos);
    CHECK(text_of(payload).find("another one") == std::string::npos);
  }
}

TEST_CASE(
    "registration: claim 8, hardened: what a server changes, repeats, sends back or makes up is "
    "heard by nobody",
    "[attack]") {
  DishonestServer server;
  server.says(1, "one");
  server.says(2, "two");
  server.says(1, "three");
  const auto all = server.carried;
  for (const auto& [from, recipient, payload] : all) {
    const std::uint32_t to = from == 1 ? 2 : 1;
    server.tells(to, key_of(from), payload);  // again
    server.tells(from, key_of(to), payload);  // to its sender, as the other's
    server.tells(to, key_of(to), payload);    // as one's own
    server.tells(to, key_of(7), payload);     // as a stranger's
    server.tells(to, key_of(0), payload);     // as the server's
    for (std::size_t i = 0; i < payload.size(); ++i) {
      Kept changed = payload;
      changed[i] ^= 1;
      server.tells(to, key_of(from), changed);
      server.tells(to, key_of(from), Bytes(payload).first(i));
    }
  }
  server.tells(2, key_of(1), bytes_of("I am Alice"));
  CHECK(server.heard(2) == Texts{"one", "three"});
  CHECK(server.heard(1) == Texts{"two"});
  // And the two go on.
  server.says(1, "four");
  server.says(2, "five");
  CHECK(server.heard(2) == Texts{"one", "three", "four"});
  CHECK(server.heard(1) == Texts{"two", "five"});
}

TEST_CASE("registration: claim 8, hardened: nobody is a contact in another one's name",
          "[attack]") {
  DishonestServer server;
  server.carries = false;
  // Mallory says HELLO to Alice, and the server is his.
  Machine<Peer> mallory{peer::Context({}, identity_of(9), Random(server.random))};
  (void)mallory.handle(peer::Meet{key_of(1)}, server.now);
  const auto out = mallory.handle(peer::Call{}, server.now);
  REQUIRE(out.transmit.size() == 1);
  const Kept hello = keep(out.transmit[0].bytes);
  server.tells(1, key_of(2), hello);
  CHECK(server.carried.empty());
  server.tells(1, key_of(9), hello);
  REQUIRE(server.carried.size() == 1);  // as his own it is answered
  CHECK(server.carried[0].to == key_of(9));
  server.tells(1, key_of(2), hello);
  CHECK(server.carried.size() == 1);
  CHECK(server.heard(1).empty());
}

TEST_CASE("registration: claim 9, compat: who has not the private key proves nothing to a server") {
  using namespace registration_test;
  // Mallory has the key 3, and says that he is Alice.
  PairOf<Compat> pair;
  Side<Client<Compat>> mallory({}, 3, 3);
  mallory.does(Connect{});
  const auto response = mallory.gets(pair.server.does(Accept{}).frames.at(0));
  auto told =
      wire::json::decode<compat::ChallengeResponse>(response.frames.at(0), compat::frame_size_max)
          .value();
  told.from = pair.client.key();
  const auto result = pair.server.gets(bytes_of(*wire::json::encode(told)));
  CHECK_FALSE(result.event<Proven>());
  CHECK(pair.server.state() == "Ended");
}

TEST_CASE("registration: claim 9, hardened: each side is who it says, to the other, and here",
          "[attack]") {
  using namespace registration_test;
  {
    INFO("a client that has not the key which it names");
    Pair pair;
    Side<Client<>> mallory(client_config(), 3, 3);
    mallory.does(Connect{});
    const auto challenge = pair.server.does(Accept{});
    const auto response = mallory.gets(challenge.frames.at(0));
    auto told = wire::json::decode<ChallengeResponse>(response.frames.at(0), 4096).value();
    told.from = pair.client.key();
    CHECK(pair.server.gets(bytes_of(*wire::json::encode(told))).fault() == Fault::not_authentic);
    CHECK(pair.server.state() == "AwaitingResponse");
  }
  {
    INFO("a server that has not the key which it names");
    Pair pair;
    Side<Server<>> mallory(server_config(), 4, 4);
    pair.client.does(Connect{});
    auto challenge =
        wire::json::decode<Challenge>(mallory.does(Accept{}).frames.at(0), 4096).value();
    challenge.from = pair.server.key();
    const auto response = pair.client.gets(bytes_of(*wire::json::encode(challenge)));
    auto told = wire::json::decode<ChallengeResponse>(response.frames.at(0), 4096).value();
    told.to = mallory.key();
    CHECK(mallory.gets(bytes_of(*wire::json::encode(told))).fault() == Fault::not_authentic);
    // It says the success of a connection of its own.
    Side<Client<>> accomplice(client_config(), 5, 5);
    Side<Server<>> another(server_config(), 4, 6);
    accomplice.does(Connect{});
    another.gets(accomplice.gets(another.does(Accept{}).frames.at(0)).frames.at(0));
    const auto success = another.does(Admit{});
    CHECK(pair.client.gets(success.frames.at(0)).fault() == Fault::not_authentic);
    CHECK(pair.client.state() == "AwaitingResult");
  }
  {
    INFO("a server that the client has not dialled");
    Pair pair(client_config("middle.example:443"));
    pair.client.does(Connect{});
    const auto response = pair.client.gets(pair.server.does(Accept{}).frames.at(0));
    CHECK(pair.server.gets(response.frames.at(0)).fault() == Fault::wrong_audience);
  }
}

TEST_CASE("registration: claim 10, compat: messages reach the key that they are for, and no other",
          "[roundtrip]") {
  using namespace registration_test;
  testing::SeededRandom random(1);
  Router<Compat> router({server_config(), Side<Server<Compat>>::identity(9), Random(random)});
  std::map<std::uint32_t, Side<Client<Compat>>> clients;
  std::map<std::uint32_t, std::vector<std::pair<x25519::PublicKey, std::string>>> heard;
  std::deque<std::pair<Link, std::vector<std::uint8_t>>> wire;
  const Time now{SteadyTime{} + 1h, {}};
  const auto take = [&](const Router<Compat>::Output& out) {
    for (const Frame& frame : out.transmit)
      wire.push_back({frame.link, {frame.bytes.begin(), frame.bytes.end()}});
  };
  const auto run = [&] {
    for (; !wire.empty(); wire.pop_front()) {
      const auto [link, frame] = wire.front();
      const auto result = clients.at(link.number).gets(frame);
      if (const auto* told = result.event<Delivered>())
        heard[link.number].emplace_back(told->sender, text_of(result.payload));
      for (const auto& answer : result.frames) take(router.receive(link, answer, now));
    }
  };
  for (std::uint8_t number = 1; number <= 4; ++number) {
    const auto place = clients.try_emplace(number, Config(), number, number).first;
    place->second.does(Connect{});
    take(router.opened(Link{number}, now));
    run();
  }
  CHECK(router.registered_count() == 4);
  for (auto& [from, sender] : clients)
    for (auto& [to, recipient] : clients) {
      if (from == to) continue;
      const std::string text = '"' + std::to_string(from) + " to " + std::to_string(to) + '"';
      const auto sent = sender.does(Send{recipient.key(), bytes_of(text)});
      take(router.receive(Link{from}, sent.frames.at(0), now));
      run();
    }
  for (const std::uint32_t to : {1u, 2u, 3u, 4u}) {
    CHECK(heard[to].size() == 3);
    for (const auto& [sender, text] : heard[to]) {
      const auto from = static_cast<std::uint32_t>(text[1] - '0');
      CHECK(sender == clients.at(from).key());
      CHECK(text == '"' + std::to_string(from) + " to " + std::to_string(to) + '"');
    }
  }
}

TEST_CASE(
    "registration: claim 10, hardened: messages reach the key that they are for, and no other",
    "[roundtrip]") {
  Office office;
  for (const std::uint32_t number : {1u, 2u, 3u, 4u}) office.enter(number);
  for (const std::uint32_t from : {1u, 2u, 3u, 4u})
    for (const std::uint32_t to : {1u, 2u, 3u, 4u})
      if (from != to) office.say(from, to, std::to_string(from) + " to " + std::to_string(to));
  office.run();
  for (const std::uint32_t to : {1u, 2u, 3u, 4u}) {
    auto heard = office.people[to]->heard;
    CHECK(heard.size() == 3);
    for (const auto& [sender, text] : heard) {
      const auto from = static_cast<std::uint32_t>(text.front() - '0');
      CHECK(sender == key_of(from));
      CHECK(text == std::to_string(from) + " to " + std::to_string(to));
    }
  }
}
