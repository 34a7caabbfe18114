#include "handfast/registration/compat.hpp"
#include "handfast/registration/router.hpp"

#include <map>
#include <string>

#include "handfast/core/machine.hpp"
#include "handfast/testing/seeded_random.hpp"
#include "tests/support/catch.hpp"

using namespace handfast;
using namespace handfast::registration;
using namespace std::chrono_literals;

namespace {

using CompatRouter = Router<Compat>;
using CompatClient = Machine<Client<Compat>>;

x25519::PrivateKey identity(std::uint8_t number) {
  const std::vector<std::uint8_t> bytes(32, number);
  return x25519::PrivateKey::from(Bytes(bytes)).value();
}

struct World {
  testing::SeededRandom random{1};
  Time now{SteadyTime{} + 1h, {}};
  CompatRouter router{CompatRouter::Context({}, identity(9), Random(random))};
  std::map<std::uint32_t, CompatClient> clients;
  std::map<std::uint32_t, std::vector<std::string>> told;  // frames to each connection
  std::vector<ToClose> closes;
  std::vector<CompatRouter::Event> events;

  void take(const CompatRouter::Output& out) {
    std::vector<std::pair<Link, std::string>> frames;
    for (const Frame& frame : out.transmit)
      frames.emplace_back(frame.link, std::string(text_of(frame.bytes)));
    closes.insert(closes.end(), out.to_close.begin(), out.to_close.end());
    events.insert(events.end(), out.events.begin(), out.events.end());
    for (const auto& [link, text] : frames) {
      told[link.number].push_back(text);
      const auto found = clients.find(link.number);
      if (found == clients.end()) continue;
      const auto answers = found->second.receive(bytes_of(text), now);
      CHECK_FALSE(answers.fault());
      for (const Frame& frame : answers.transmit) take(router.receive(link, frame.bytes, now));
    }
  }
  void connect(std::uint32_t connection, std::uint8_t number) {
    auto& client = clients
                       .insert_or_assign(connection, CompatClient(CompatClient::Context(
                                                         {}, identity(number), Random(random))))
                       .first->second;
    (void)client.handle(Connect{}, now);
    take(router.opened(Link{connection}, now));
  }
  void send(std::uint32_t connection, std::uint8_t to, std::string_view text) {
    const auto out =
        clients.at(connection).handle(Send{identity(to).public_key(), bytes_of(text)}, now);
    REQUIRE(out.transmit.size() == 1);
    take(router.receive(Link{connection}, out.transmit[0].bytes, now));
  }
  [[nodiscard]] bool says(std::uint32_t connection, std::string_view what) {
    return told[connection].back().find(what) != std::string::npos;
  }
};

}  // namespace

TEST_CASE("registration: the router carries compat's messages as hardened's") {
  World world;
  world.connect(1, 1);
  world.connect(2, 2);
  CHECK(world.router.registered_count() == 2);
  world.send(1, 2, R"("hello")");
  CHECK(world.says(2, R"("type":"MESSAGE")"));
  CHECK(world.says(1, "MESSAGE_DELIVERED"));
  world.send(2, 3, R"("anybody?")");
  CHECK(world.says(2, "RECIPIENT_NOT_AVAILABLE"));
  world.send(1, 1, R"("to myself")");
  CHECK(world.says(1, "MESSAGE_DELIVERED"));

  // Again: the first is told as deployed servers tell the second, and closed after it.
  world.connect(3, 1);
  CHECK(world.says(1, "SOCKET_ALREADY_REGISTERED"));
  REQUIRE(world.closes.size() == 1);
  CHECK(world.closes[0].connection == Link{1});
  CHECK(world.closes[0].when == ToClose::When::when_sent);
  CHECK(world.router.connection_of(identity(1).public_key()) == Link{3});
  CHECK(world.router.connection_count() == 2);
  (void)world.router.closed(Link{1}, world.now);
  world.send(2, 1, R"("still there?")");
  CHECK(world.says(3, R"("type":"MESSAGE")"));
}

TEST_CASE("registration: the router ends compat's failed registrations after their last word") {
  World world;
  world.take(world.router.opened(Link{1}, world.now));
  world.take(world.router.receive(Link{1}, bytes_of(R"({"type":"HELLO"})"), world.now));
  CHECK(world.says(1, "REGISTER_FAILURE"));
  REQUIRE(world.closes.size() == 1);
  CHECK(world.closes[0].when == ToClose::When::when_sent);
  world.take(world.router.opened(Link{2}, world.now));
  world.now.steady += 10s;
  world.take(world.router.advance(world.now));
  CHECK(world.says(2, "Registration timed out"));
  REQUIRE(world.closes.size() == 2);
  CHECK(world.closes[1].when == ToClose::When::when_sent);
  world.take(world.router.opened(Link{3}, world.now));
  world.take(world.router.receive(Link{3}, bytes_of("nonsense"), world.now));
  REQUIRE(world.closes.size() == 3);
  CHECK(world.closes[2].when == ToClose::When::at_once);
  CHECK(world.router.connection_count() == 0);
  CHECK(world.events.size() == 4);
}
