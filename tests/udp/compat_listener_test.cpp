#include "handfast/udp/compat/listener.hpp"

#include <memory>
#include <string>

#include "tests/support/catch.hpp"
#include "tests/udp/compat_pair.hpp"

// A deployed server of many clients, which it tells apart by their addresses.

using namespace udp_test;

namespace {

Address host(std::uint8_t number) {
  return Address::of(std::array<std::uint8_t, 4>{192, 0, 2, number}, 1000);
}

template <Revision revision>
struct Crowd {
  using Role = Server<Compat<revision>>;

  explicit Crowd(std::size_t clients_max, compat::Config config = server_config())
      : listener(compat::Context(std::move(config), Random(random)), clients_max) {}

  Result<Role> kept(const Output<Role>& out) {
    Result<Role> result;
    last = out.link;
    for (const Frame& frame : out.transmit) result.frames.push_back(keep(frame.bytes));
    result.events.assign(out.events.begin(), out.events.end());
    result.due = out.deadline;
    return result;
  }
  Result<Role> gets(std::uint8_t number, Bytes datagram) {
    return kept(listener.receive(host(number), datagram, now));
  }
  /// A client at `number` has connected.
  auto connect(std::uint8_t number) {
    auto client = std::make_unique<Side<Client<Compat<revision>>>>(compat::Config{}, number);
    const auto answer = gets(number, client->does(compat::Start{}).frames.at(0));
    CHECK(answer.template event<Established>());
    CHECK(client->gets(answer.frames.at(0)).template event<Established>());
    return client;
  }
  std::string hears(std::uint8_t number, Bytes datagram) {
    const auto result = gets(number, datagram);
    const auto* event = result.template event<compat::Delivered>();
    return event ? std::string(text_of(event->payload)) : "nothing";
  }

  testing::SeededRandom random{3};
  compat::Listener<revision> listener;
  Link last;
  Time now{SteadyTime{} + 1h, UnixTime{} + 1'700'000'000s};
};
using Documented = Crowd<Revision::documented>;
using Later = Crowd<Revision::v0_8>;

}  // namespace

TEST_CASE("udp compat: a listener knows its clients by where they are") {
  Documented crowd(10);
  auto one = crowd.connect(1), two = crowd.connect(2);
  CHECK(crowd.listener.size() == 2);
  CHECK(crowd.hears(1, one->says("Hello!")) == "Hello!");
  CHECK(*crowd.listener.address(crowd.last) == host(1));
  CHECK(crowd.hears(2, two->says("Hello, too!")) == "Hello, too!");
  CHECK(*crowd.listener.address(crowd.last) == host(2));
  CHECK(crowd.gets(2, one->says("Moved.")).fault() == Fault::not_authentic);
  CHECK(crowd.gets(3, one->says("Moved.")).fault() == Fault::unexpected_message);
  CHECK(crowd.listener.size() == 2);
}

TEST_CASE("udp compat: nothing is kept of what is refused", "[illegal]") {
  Documented crowd(10);
  CHECK(crowd.gets(1, Kept(5)).fault());
  CHECK(crowd.gets(1, bytes_of("gAAAA")).fault());
  CHECK(crowd.gets(1, Kept(100)).fault() == Fault::unexpected_message);
  CHECK(crowd.listener.size() == 0);
  Later without_ports(10, {});
  Side<Client<Compat<Revision::v0_8>>> client({}, 1);
  const auto answer = without_ports.gets(1, client.does(compat::Start{}).frames.at(0));
  CHECK(client.gets(answer.frames.at(0)).event<compat::Refused>());
  CHECK(without_ports.listener.size() == 0);
}

TEST_CASE("udp compat: every address that somebody writes is a client, and the first one goes",
          "[attack]") {
  Documented crowd(5);
  auto first = crowd.connect(1);
  Side<Client<Compat<Revision::documented>>> forger({}, 9);
  const auto connect = forger.does(compat::Start{}).frames.at(0);
  for (std::uint8_t i = 2; i <= 5; ++i)
    CHECK(crowd.gets(i, connect).event<Established>());  // for an address that has asked nothing
  CHECK(crowd.listener.size() == 5);
  CHECK(crowd.hears(1, first->says("Still here.")) == "Still here.");
  const auto sixth = crowd.gets(6, connect);
  REQUIRE(sixth.due);
  CHECK(sixth.due->at == crowd.now.steady);
  CHECK(crowd.gets(7, connect).event<Established>());
  CHECK(crowd.gets(8, connect).fault() == Fault::back_pressure);  // until it advances
  CHECK(crowd.kept(crowd.listener.advance(crowd.now)).event<Closed>());
  CHECK(crowd.gets(1, first->says("Still here?")).fault() == Fault::unexpected_message);
  CHECK(crowd.listener.address(crowd.last) == nullptr);
  (void)crowd.listener.advance(crowd.now);
  CHECK(crowd.listener.size() == 5);
}

TEST_CASE("udp compat: a listener does what is due for each client, and what it is asked") {
  Later crowd(5);
  auto one = crowd.connect(1);
  crowd.now.steady += 1s;
  auto two = crowd.connect(2);
  const Link link = crowd.last;
  crowd.now.steady += 4s;
  const auto ports = crowd.kept(crowd.listener.advance(crowd.now));
  CHECK(*crowd.listener.address(crowd.last) == host(1));
  CHECK(one->gets(ports.frames.at(0)).event<compat::PortsTold>());
  REQUIRE(ports.due);
  CHECK(ports.due->at == crowd.now.steady + 1s);
  const auto said = crowd.kept(
      crowd.listener.handle(link, compat::Send{bytes_of("Hello!"), {0, 1, 0, 0}}, crowd.now));
  CHECK(two->gets(said.frames.at(0)).event<compat::Delivered>());
  CHECK(crowd.kept(crowd.listener.handle(link, compat::Leave{}, crowd.now)).event<Closed>());
  CHECK(crowd.listener.size() == 1);
  CHECK(crowd.kept(crowd.listener.handle(link, compat::Leave{}, crowd.now)).fault() ==
        Fault::bad_argument);
}
