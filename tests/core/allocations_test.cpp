#include "tests/support/allocations.hpp"

#include <memory>

#include "handfast/core/pool.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/toy.hpp"

using namespace handfast;
using namespace std::chrono_literals;
using test::allocations_in;
using toy::at;
using toy::Client;
using toy::Server;

namespace {

constexpr int message_count = 1000;

}  // namespace

TEST_CASE("support: every operator new is counted") {
  CHECK(allocations_in([] { static_cast<void>(std::make_unique<int>(1)); }) == 1);
  CHECK(allocations_in([] { static_cast<void>(std::make_unique<int[]>(100)); }) == 1);
  CHECK(allocations_in([] { std::vector<int>(7).resize(50); }) == 2);
  CHECK(allocations_in([] {}) == 0);
}

TEST_CASE("core: a thousand messages each way allocate nothing once each size has been seen") {
  auto client = toy::machine_in<Client>(Client::Open{{toy::key_of(7), 0, 0}, Link{0}, {}});
  auto server = toy::machine_in<Server>(Server::Trusted{{toy::key_of(7), 0, 0}, {}});
  int received = 0;
  const auto exchange = [&] {
    const auto asked = client.handle(toy::Send{bytes_of("0123456789abcdef")}, at(1s));
    received += server.receive(asked.transmit[0].bytes, at(1s)).event<toy::Received>() != nullptr;
    const auto answered = server.handle(toy::Send{bytes_of("fedcba9876543210")}, at(1s));
    received +=
        client.receive(Link{0}, answered.transmit[0].bytes, at(1s)).event<toy::Received>() !=
        nullptr;
    static_cast<void>(
        client.receive(Link{0}, bytes_of("\x09nonsense"), at(1s)));  // refusals neither
    static_cast<void>(server.advance(at(1s)));
  };
  CHECK(allocations_in(exchange) > 0);
  CHECK(allocations_in([&] {
          for (int i = 0; i < message_count; ++i) exchange();
        }) == 0);
  CHECK(received == 2 * (message_count + 1));
}

TEST_CASE("core: a pool in its steady state allocates nothing a message") {
  constexpr std::uint32_t machine_count = 20;
  Pool<Server> pool({}, machine_count);
  std::vector<Machine<Client>> clients;
  for (std::uint32_t i = 0; i < machine_count; ++i) {
    REQUIRE(pool.open(Link{i}).has_value());
    clients.emplace_back(Client::Context{{}, {}, i, 0});
    const auto hello = clients[i].handle(toy::Connect{}, at(0s));
    const auto welcome = pool.receive(Link{i}, hello.transmit[0].bytes, at(0s));
    static_cast<void>(clients[i].receive(Link{0}, welcome.transmit[0].bytes, at(0s)));
  }
  int received = 0;
  const auto round = [&] {
    for (std::uint32_t i = 0; i < machine_count; ++i) {
      const auto asked = clients[i].handle(toy::Send{bytes_of("0123456789abcdef")}, at(1s));
      received +=
          pool.receive(Link{i}, asked.transmit[0].bytes, at(1s)).event<toy::Received>() != nullptr;
      static_cast<void>(pool.handle(Link{i}, toy::Send{bytes_of("fedcba9876543210")}, at(1s)));
      static_cast<void>(pool.advance(at(1s)));
    }
  };
  round();
  CHECK(allocations_in([&] {
          for (int i = 0; i < message_count / 20; ++i) round();
        }) == 0);
  CHECK(received == machine_count * (message_count / 20 + 1));
}
