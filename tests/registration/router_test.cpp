#include "handfast/registration/router.hpp"

#include <sstream>

#include "tests/registration/network.hpp"
#include "tests/support/catch.hpp"

using namespace router_test;

namespace {

RouterConfig refusing() {
  RouterConfig config;
  config.duplicates = Duplicates::refuse;
  return config;
}
/// Enough faults for a test that counts on none of them.
RouterConfig patient() {
  RouterConfig config;
  config.faults_max = 1'000'000;
  return config;
}

/// The response that the client on `connection` gives to its challenge, not yet received.
Kept response_of(Network& network, std::uint32_t connection) {
  Party& party = network.at(connection);
  const Kept challenge = std::move(party.incoming.front());
  party.incoming.pop_front();
  return keep(party.machine.receive(challenge, network.now).transmit[0].bytes);
}
/// A message of the client on `connection`, not yet received.
Kept record_of(Network& network, std::uint32_t connection, std::uint32_t recipient,
               std::string_view text) {
  const Send send{key_of(recipient), bytes_of(text)};
  return keep(network.at(connection).machine.handle(send, network.now).transmit[0].bytes);
}
Kept replaced(const Kept& frame, std::string_view what, std::string_view by) {
  std::string text(text_of(frame));
  const std::size_t at = text.find(what);
  REQUIRE(at != text.npos);
  return keep(bytes_of(text.replace(at, what.size(), by)));
}
/// Each name of the object `text` with its value; none of these has a comma.
std::vector<std::string> members_of(const std::string& text) {
  std::vector<std::string> members;
  std::istringstream inside(text.substr(1, text.size() - 2));
  for (std::string one; std::getline(inside, one, ',');) members.push_back(one);
  return members;
}
std::string key_text(const x25519::PublicKey& key) {
  return wire::base64::encode(key.bytes(), wire::base64::url);
}

/// Clients 1 and 2, on connections 1 and 2, still reach each other.
void check_working(Network& network) {
  const std::size_t one = network.at(1).messages.size(), two = network.at(2).messages.size();
  CHECK(network.ask(1, 2, "ping") == Fate::forwarded);
  CHECK(network.ask(2, 1, "pong") == Fate::forwarded);
  CHECK(network.at(1).messages.size() == one + 1);
  CHECK(network.at(2).messages.size() == two + 1);
}
void enter_both(Network& network) {
  for (const std::uint32_t n : {1u, 2u}) network.enter(n, n);
  REQUIRE(network.router.registered_count() == 2);
}
void close_all(Network& network) {
  for (const auto& [number, party] : network.parties)
    network.take(network.router.closed(Link{number}, network.now));
}

}  // namespace

TEST_CASE("registration: a router carries messages both ways, and says who they are from",
          "[roundtrip]") {
  Network network;
  Party& one = network.enter(1, 1);
  Party& two = network.enter(2, 2);
  CHECK(one.admitted == false);
  const auto joined = network.told<Joined>();
  REQUIRE(joined.size() == 2);
  CHECK(joined[1].connection == Link{2});
  CHECK(joined[1].key == key_of(2));
  CHECK_FALSE(joined[1].replaced);
  CHECK(network.router.connection_of(key_of(2)) == Link{2});
  CHECK(network.ask(1, 2, "hello") == Fate::forwarded);
  CHECK(network.ask(2, 1, "hello back") == Fate::forwarded);
  REQUIRE(two.messages.size() == 1);
  CHECK(two.messages[0].sender == key_of(1));
  CHECK(two.messages[0].text == "hello");
  REQUIRE(one.messages.size() == 1);
  CHECK(one.messages[0].sender == key_of(2));
  CHECK(one.messages[0].text == "hello back");
  const std::string large(payload_size_max, 'x');
  CHECK(network.ask(1, 2, large) == Fate::forwarded);
  CHECK(two.messages.back().text == large);
  CHECK(network.ask(1, 2, "") == Fate::forwarded);
  CHECK(two.messages.back().text.empty());
  CHECK(network.told<Rejected>().empty());
  CHECK(network.told<Left>().empty());
}

TEST_CASE(
    "registration: one call sends the message to its recipient and the receipt to its sender") {
  Network network;
  enter_both(network);
  const Kept record = record_of(network, 1, 2, "hello");
  const auto out = network.router.receive(Link{1}, record, network.now);
  REQUIRE(out.transmit.size() == 2);
  CHECK(out.transmit[0].link == Link{2});
  CHECK(out.transmit[1].link == Link{1});
  CHECK(out.events.empty());
  CHECK(out.to_close.empty());
}

TEST_CASE("registration: who sends to nobody is told so") {
  Network network;
  enter_both(network);
  CHECK(network.ask(1, 3, "anybody?") == Fate::not_available);
  network.connect(3, 3);  // it has not proved anything
  const std::uint64_t id = network.send(1, 3, "anybody?");
  CHECK(network.at(1).incoming.size() == 1);
  network.run();
  CHECK(network.at(1).receipts.at(id) == Fate::not_available);
  CHECK(network.ask(1, 3, "anybody?") == Fate::forwarded);
  network.hang_up(3);
  CHECK(network.ask(1, 3, "anybody?") == Fate::not_available);
  CHECK(network.at(3).messages.size() == 1);
}

TEST_CASE("registration: a client reaches itself through the router") {
  Network network;
  Party& one = network.enter(1, 1);
  CHECK(network.ask(1, 1, "note to self") == Fate::forwarded);
  REQUIRE(one.messages.size() == 1);
  CHECK(one.messages[0].sender == key_of(1));
  CHECK(one.messages[0].text == "note to self");
  CHECK_FALSE(one.refused);
}

TEST_CASE("registration: who comes back replaces itself, and the old connection is told") {
  Network network;
  network.obeys = false;
  network.enter(1, 1);
  network.enter(2, 2);
  Party& again = network.enter(3, 1);
  CHECK(again.admitted == true);
  CHECK(network.at(1).ended == Fault::superseded);
  REQUIRE(network.closes.size() == 1);
  CHECK(network.closes[0].connection == Link{1});
  CHECK(network.closes[0].when == When::when_sent);
  CHECK(network.last<Joined>()->replaced == Link{1});
  REQUIRE(network.told<Left>().size() == 1);
  CHECK(network.told<Left>()[0].connection == Link{1});
  CHECK(network.told<Left>()[0].key == key_of(1));
  CHECK(network.told<Left>()[0].why == Fault::superseded);
  CHECK(network.router.registered_count() == 2);
  CHECK(network.ask(2, 1, "where are you?") == Fate::forwarded);
  CHECK(again.messages.size() == 1);
  CHECK(network.at(1).messages.empty());

  // The end of the old connection takes nothing from the new one, and is not told twice.
  network.hang_up(1);
  CHECK(network.told<Left>().size() == 1);
  CHECK(network.router.connection_of(key_of(1)) == Link{3});
  CHECK(network.ask(2, 1, "still there?") == Fate::forwarded);
  CHECK(network.router.unregistered_count() == 0);
  CHECK(network.router.connection_count() == 2);
}

TEST_CASE("registration: the call that replaces sends to both, and says which is to be closed") {
  Network network;
  network.enter(1, 1);
  network.connect(2, 1);
  const Kept response = response_of(network, 2);
  const auto out = network.router.receive(Link{2}, response, network.now);
  REQUIRE(out.transmit.size() == 2);
  CHECK(out.transmit[0].link == Link{1});
  CHECK(out.transmit[1].link == Link{2});
  REQUIRE(out.to_close.size() == 1);
  CHECK(out.to_close[0].connection == Link{1});
  CHECK(out.template event<Joined>()->connection == Link{2});
  CHECK(out.template event<Left>()->connection == Link{1});
}

TEST_CASE("registration: a replaced connection that is not closed has until its time-out",
          "[timeout]") {
  Network network;
  network.obeys = false;
  network.enter(1, 1);
  const Kept late = record_of(network, 1, 1, "late");
  network.enter(2, 1);
  // What was on its way is dropped, and is no fault of anybody's.
  network.receive_raw(1, late);
  CHECK(network.told<Rejected>().empty());
  CHECK(network.at(2).messages.empty());
  network.closes.clear();
  network.wait(10s - 1ns);
  CHECK(network.closes.empty());
  CHECK(network.router.connection_count() == 2);
  network.wait(1ns);
  REQUIRE(network.closes.size() == 1);
  CHECK(network.closes[0].connection == Link{1});
  CHECK(network.closes[0].when == When::at_once);
  CHECK(network.told<Left>().size() == 1);
  CHECK(network.router.connection_count() == 1);
  CHECK(network.router.connection_of(key_of(1)) == Link{2});
}

TEST_CASE("registration: a router that refuses keeps whom it has, and tells who comes second") {
  Network network(refusing());
  network.obeys = false;
  enter_both(network);
  Party& second = network.enter(3, 1);
  CHECK_FALSE(second.admitted);
  CHECK(second.ended == Fault::already_registered);
  REQUIRE(network.closes.size() == 1);
  CHECK(network.closes[0].connection == Link{3});
  CHECK(network.closes[0].when == When::when_sent);
  CHECK(network.last<Left>()->connection == Link{3});
  CHECK_FALSE(network.last<Left>()->key);
  CHECK(network.last<Left>()->why == Fault::already_registered);
  CHECK(network.told<Joined>().size() == 2);
  CHECK(network.router.connection_of(key_of(1)) == Link{1});
  check_working(network);
  // It is closed already, as the router sees it.
  network.hang_up(3);
  CHECK(network.told<Left>().size() == 1);
  check_working(network);
  // When the first has gone, the second may come.
  network.hang_up(1);
  CHECK(network.enter(4, 1).admitted == false);
  CHECK(network.router.connection_of(key_of(1)) == Link{4});
}

TEST_CASE(
    "registration: one key that comes again and again has one place, and the last one has it") {
  RouterConfig config;
  config.unregistered_max = 10;
  Network network(config);
  network.obeys = false;
  enter_both(network);
  for (std::uint32_t n = 100; n < 300; ++n) {
    CHECK(network.enter(n, 1).admitted == true);
    CHECK(network.router.connection_of(key_of(1)) == Link{n});
    CHECK(network.router.registered_count() == 2);
    CHECK(network.router.unregistered_count() <= 10);
    CHECK(network.router.connection_count() <= 12);
    CHECK(network.router.machines().size() == network.router.connection_count());
  }
  CHECK(network.told<Left>().size() == 200);
  CHECK(network.ask(2, 1, "which one?") == Fate::forwarded);
  CHECK(network.at(299).messages.size() == 1);
  close_all(network);
  CHECK(network.is_empty());
  CHECK(network.told<Left>().size() == 202);
}

TEST_CASE("registration: a proof that fails replaces nothing", "[attack][illegal]") {
  Network network;
  network.obeys = false;
  enter_both(network);
  const auto joined = network.told<Joined>().size();
  const auto check_nothing = [&](std::uint32_t connection, Bytes response, Fault fault) {
    network.closes.clear();
    network.receive_raw(connection, response);
    CHECK(network.last<Rejected>()->fault == fault);
    CHECK(network.last<Rejected>()->link == Link{connection});
    REQUIRE(network.closes.size() == 1);
    CHECK(network.closes[0].connection == Link{connection});
    CHECK(network.closes[0].when == When::at_once);
    CHECK(network.last<Left>()->connection == Link{connection});
    CHECK(network.told<Joined>().size() == joined);
    CHECK(network.router.connection_of(key_of(1)) == Link{1});
    CHECK_FALSE(network.router.machines().find(Link{connection}));
    check_working(network);
  };
  // Mallory's own proof under another's name.
  network.connect(3, 3);
  const Kept response = response_of(network, 3);
  check_nothing(3, replaced(response, key_text(key_of(3)), key_text(key_of(1))),
                Fault::not_authentic);
  // The other's own proof, of another connection.
  network.connect(4, 1);
  const Kept honest = response_of(network, 4);
  network.open_raw(5);
  check_nothing(5, honest, Fault::not_authentic);
  // It is the other's, and good where it belongs.
  network.receive_raw(4, honest);
  CHECK(network.router.connection_of(key_of(1)) == Link{4});
  CHECK(network.last<Joined>()->replaced == Link{1});
}

TEST_CASE("registration: there is room for so many, and for whom it is kept") {
  RouterConfig config;
  config.connections_max = 2;
  config.unregistered_max = 2;
  Network network(config);
  enter_both(network);
  Party& third = network.enter(3, 3);
  CHECK_FALSE(third.admitted);
  CHECK(third.ended == Fault::link_closed);
  CHECK(network.last<Left>()->connection == Link{3});
  CHECK_FALSE(network.last<Left>()->key);
  CHECK(network.last<Left>()->why == Fault::limit_reached);
  CHECK(network.router.registered_count() == 2);
  CHECK_FALSE(network.router.connection_of(key_of(3)));
  check_working(network);
  // Who has a place may change connections all the same.
  CHECK(network.enter(4, 1).admitted == true);
  CHECK(network.router.connection_of(key_of(1)) == Link{4});
  network.hang_up(2);
  CHECK(network.enter(5, 3).admitted == false);
  CHECK(network.ask(4, 3, "room!") == Fate::forwarded);
}

TEST_CASE("registration: a flood of connections that prove nothing keeps nobody out", "[attack]") {
  RouterConfig config;
  config.unregistered_max = 10;
  Network network(config);
  enter_both(network);
  for (std::uint32_t n = 1000; n < 1500; ++n) {
    network.open_raw(n);
    CHECK(network.router.unregistered_count() <= 10);
    CHECK(network.router.connection_count() <= 12);
  }
  CHECK(network.told<Left>().size() == 490);
  CHECK(network.told<Left>()[0].connection == Link{1000});
  CHECK(network.told<Left>()[0].why == Fault::limit_reached);
  CHECK_FALSE(network.told<Left>()[0].key);
  check_working(network);

  // An honest client answers before nine more have come.
  network.connect(3, 3);
  for (std::uint32_t n = 1500; n < 1509; ++n) network.open_raw(n);
  network.run();
  CHECK(network.at(3).admitted == false);
  CHECK(network.ask(1, 3, "welcome") == Fate::forwarded);
  // One that answers after the tenth does not, and may come again.
  network.connect(4, 4);
  for (std::uint32_t n = 1510; n < 1520; ++n) network.open_raw(n);
  network.run();
  CHECK_FALSE(network.at(4).admitted);
  CHECK(network.enter(5, 4).admitted == false);

  network.wait(10s);
  CHECK(network.router.unregistered_count() == 0);
  CHECK(network.router.connection_count() == 4);
  CHECK(network.last<Left>()->why == Fault::timed_out);
  check_working(network);
}

TEST_CASE("registration: a client that reads nothing costs a bounded queue, and others nothing",
          "[attack]") {
  Config config = default_config();
  config.queue_max = 10'000;
  config.messages_a_second = 1'000'000;
  config.messages_at_once = 1'000'000;
  config.frames_at_once = 1'000'000;
  Network network({}, config);
  enter_both(network);
  Party& slow = network.enter(3, 3);
  slow.reads = false;
  const std::string text(500, 'x');
  std::size_t forwarded = 0;
  while (network.ask(1, 3, text) == Fate::forwarded) ++forwarded;
  CHECK(forwarded >= 15);
  CHECK(slow.unread_size() <= 10'000);
  CHECK(slow.unread_size() > 9'000);
  CHECK(network.at(1).receipts.at(forwarded + 1) == Fate::busy);
  check_working(network);
  // What it asks for itself does not come on top without end.
  for (int i = 0; i < 20'000; ++i) network.send(3, 4, "?");
  CHECK(slow.unread_size() <= 10'000 + 64 * 1024);
  CHECK(slow.unread_size() > 64 * 1024);
  check_working(network);
  CHECK(network.ask(1, 3, text) == Fate::busy);
  // When it reads, everything is there, and it can be reached.
  slow.reads = true;
  network.run();
  CHECK(slow.messages.size() == forwarded);
  CHECK_FALSE(slow.refused);
  CHECK(network.ask(1, 3, text) == Fate::forwarded);
}

TEST_CASE("registration: a client that never stops asking is closed, and others wait for nothing",
          "[attack]") {
  Config config = default_config();
  config.frames_at_once = 100;
  Network network({}, config);
  network.obeys = false;
  enter_both(network);
  Party& loud = network.enter(3, 3);
  int asked = 0;
  while (!loud.to_close && asked < 1000) {
    network.send(3, 4, "?");
    ++asked;
  }
  CHECK(asked == 100 + 8);
  CHECK(loud.to_close == When::at_once);
  CHECK(network.last<Rejected>()->fault == Fault::limit_reached);
  CHECK(network.last<Left>()->connection == Link{3});
  CHECK(network.last<Left>()->why == Fault::limit_reached);
  CHECK_FALSE(network.router.connection_of(key_of(3)));
  check_working(network);
}

TEST_CASE("registration: a router counts exactly what a transport has not taken") {
  Config config = default_config();
  config.queue_max = 2'000;
  Network network({}, config);
  enter_both(network);
  Party& slow = network.connect(3, 3);
  network.receive_raw(3, response_of(network, 3));
  REQUIRE(network.router.connection_of(key_of(3)) == Link{3});
  slow.reads = false;
  // The success has not been read either.
  const std::string text(100, 'x');
  const auto fill = [&] {
    while (network.ask(1, 3, text) == Fate::forwarded) {}
    CHECK(slow.unread_size() <= 2'000);
    CHECK(slow.unread_size() > 2'000 - 100 - 2 * 64);
  };
  fill();
  // The same room again, however the reading is cut.
  for (int i = 0; i < 50; ++i) {
    REQUIRE_FALSE(slow.incoming.empty());
    network.read_one(3, slow);
    fill();
  }
  CHECK_FALSE(slow.refused);
}

TEST_CASE("registration: so many bad frames close their connection, and no other", "[illegal]") {
  Network network;
  network.obeys = false;
  enter_both(network);
  network.enter(3, 3);
  const Kept oversized(frame_size_max + 1, 2);
  for (int i = 1; i < 8; ++i) {
    network.receive_raw(3, i % 2 == 0 ? Bytes(oversized) : bytes_of("nonsense"));
    REQUIRE(network.told<Rejected>().size() == static_cast<std::size_t>(i));
    CHECK(network.last<Rejected>()->link == Link{3});
  }
  CHECK(network.closes.empty());
  CHECK(network.ask(3, 1, "sorry") == Fate::forwarded);
  network.receive_raw(3, oversized);
  CHECK(network.last<Rejected>()->fault == Fault::oversized);
  REQUIRE(network.closes.size() == 1);
  CHECK(network.closes[0].connection == Link{3});
  CHECK(network.closes[0].when == When::at_once);
  REQUIRE(network.told<Left>().size() == 1);
  CHECK(network.told<Left>()[0].key == key_of(3));
  CHECK(network.told<Left>()[0].why == Fault::oversized);
  CHECK_FALSE(network.router.connection_of(key_of(3)));
  CHECK(network.router.connection_count() == 2);
  CHECK(network.ask(1, 3, "gone?") == Fate::not_available);
  check_working(network);
}

TEST_CASE(
    "registration: a response that is wrong in any byte, or cut anywhere, costs its sender alone",
    "[illegal]") {
  Network network;
  enter_both(network);
  const auto check_refused = [&](const Kept& frame) {
    const std::size_t before = network.told<Rejected>().size();
    network.receive_raw(3, frame);
    REQUIRE(network.told<Rejected>().size() == before + 1);
    REQUIRE(network.at(3).to_close == When::at_once);
    REQUIRE(network.router.connection_count() == 2);
    network.hang_up(3);
  };
  network.connect(3, 3);
  const std::size_t size = response_of(network, 3).size();
  network.hang_up(3);
  for (std::size_t i = 0; i < size; ++i) {
    CAPTURE(i);
    network.connect(3, 3);
    Kept response = response_of(network, 3);
    response[i] ^= 1;
    check_refused(response);
    network.connect(3, 3);
    response = response_of(network, 3);
    response.resize(i);
    check_refused(response);
  }
  CHECK(network.told<Joined>().size() == 2);
  check_working(network);
}

TEST_CASE("registration: a response that has a name twice is refused by that", "[illegal]") {
  Network network;
  enter_both(network);
  std::size_t count = 1;
  for (std::size_t i = 0; i < count; ++i) {
    CAPTURE(i);
    network.connect(3, 3);
    std::string response(text_of(response_of(network, 3)));
    const auto members = members_of(response);
    count = members.size();
    response.back() = ',';
    response += members[i] + '}';
    network.receive_raw(3, keep(bytes_of(response)));
    REQUIRE(network.told<Left>().back().why == Fault::duplicate_name);
    REQUIRE(network.at(3).to_close == When::at_once);
    network.hang_up(3);
  }
  CHECK(count == 7);
  CHECK(network.told<Joined>().size() == 2);
  check_working(network);
}

TEST_CASE(
    "registration: a record that is wrong in any byte, or cut anywhere, costs its sender alone",
    "[illegal]") {
  Network network(patient());
  enter_both(network);
  network.enter(3, 3);
  Kept record = record_of(network, 3, 1, "to be spoilt");
  const auto check_refused = [&](Bytes frame) {
    const auto out = network.router.receive(Link{3}, frame, network.now);
    REQUIRE(out.event<Rejected>());
    REQUIRE(out.event<Rejected>()->link == Link{3});
    REQUIRE(out.events.size() == 1);
    REQUIRE(out.transmit.empty());
    REQUIRE(out.to_close.empty());
  };
  for (std::size_t i = 0; i < record.size(); ++i) {
    CAPTURE(i);
    record[i] ^= 1;
    check_refused(record);
    record[i] ^= 1;
    check_refused(Bytes(record).first(i));
    if (i % 16 == 0) check_working(network);
  }
  record.resize(frame_size_max + 1);
  check_refused(record);
  check_working(network);
  CHECK(network.ask(3, 1, "and now right") == Fate::forwarded);
}

TEST_CASE("registration: a number is free again when its connection is closed, and not before") {
  Network network;
  network.obeys = false;
  enter_both(network);
  // Not while it is there: nothing happens.
  const auto refused = network.router.opened(Link{1}, network.now);
  CHECK(refused.event<Rejected>()->fault == Fault::bad_argument);
  CHECK(refused.transmit.empty());
  CHECK(refused.to_close.empty());
  check_working(network);
  // Somebody else comes on it, and is not who was there.
  network.hang_up(1);
  CHECK(network.last<Left>()->key == key_of(1));
  CHECK(network.last<Left>()->why == Fault::link_closed);
  CHECK(network.enter(1, 3).admitted == false);
  CHECK_FALSE(network.router.connection_of(key_of(1)));
  CHECK(network.ask(2, 1, "you?") == Fate::not_available);
  CHECK(network.ask(2, 3, "you?") == Fate::forwarded);
  // Numbers that change hands: 2's client goes to 1, and 1's to 2.
  network.enter(4, 2);
  network.enter(5, 3);
  network.hang_up(1);
  network.hang_up(2);
  network.enter(1, 2);
  network.enter(2, 3);
  network.hang_up(4);
  network.hang_up(5);
  CHECK(network.router.connection_of(key_of(2)) == Link{1});
  CHECK(network.router.connection_of(key_of(3)) == Link{2});
  CHECK(network.router.connection_count() == 2);
  CHECK(network.ask(1, 3, "you") == Fate::forwarded);
}

TEST_CASE("registration: what happens to a connection that is not there is nobody's loss",
          "[illegal]") {
  Network network;
  enter_both(network);
  const auto frame = network.router.receive(Link{9}, bytes_of("hello?"), network.now);
  CHECK(frame.event<Rejected>()->fault == Fault::bad_argument);
  CHECK(frame.event<Rejected>()->link == Link{9});
  CHECK(frame.to_close.empty());
  const auto check_silent = [](const Router<>::Output& out) {
    CHECK(out.transmit.empty());
    CHECK(out.to_close.empty());
    CHECK(out.events.empty());
    CHECK(out.deadline.has_value());
  };
  check_silent(network.router.closed(Link{9}, network.now));
  check_silent(network.router.drained(Link{9}, 100, network.now));
  check_silent(network.router.advance(network.now));
  network.open_raw(9);
  check_silent(network.router.drained(Link{9}, 100, network.now));
  check_working(network);
}

TEST_CASE("registration: a router's waits have their ends, and its clients stay if they live",
          "[timeout]") {
  Network network;
  network.obeys = false;
  network.open_raw(7);
  REQUIRE(network.deadline);
  CHECK(network.deadline->timer == "ResponseOverdue");
  CHECK(network.deadline->at == network.now.steady + 10s);
  network.wait(10s - 1ns);
  CHECK(network.closes.empty());
  network.wait(1ns);
  REQUIRE(network.closes.size() == 1);
  CHECK(network.closes[0].connection == Link{7});
  CHECK(network.closes[0].when == When::at_once);
  CHECK(network.last<Left>()->why == Fault::timed_out);
  CHECK(network.is_empty());

  enter_both(network);
  network.live(5min);
  check_working(network);
  // One goes silent: its wire is dead.
  network.closes.clear();
  network.wait(20s);
  network.at(2).note(network.at(2).machine.advance(network.now));
  network.live(1s);
  CHECK(network.router.registered_count() == 2);
  network.wait(50s);
  REQUIRE(network.closes.size() == 2);
  CHECK(network.last<Left>()->why == Fault::peer_lost);
  CHECK(network.last<Left>()->key.has_value());
  CHECK(network.is_empty());
}

TEST_CASE("registration: a router without randomness takes nobody in and loses nobody") {
  Network network;
  network.obeys = false;
  enter_both(network);
  network.random().fail_next(1, 1);
  network.open_raw(3);
  CHECK(network.last<Rejected>()->fault == Fault::random_source_failed);
  CHECK(network.last<Left>()->connection == Link{3});
  REQUIRE(network.closes.size() == 1);
  CHECK(network.closes[0].connection == Link{3});
  CHECK(network.router.connection_count() == 2);
  check_working(network);
  CHECK(network.enter(3, 3).admitted == false);

  Router<> keyless{Context(default_config(), {})};
  const auto out = keyless.opened(Link{1}, network.now);
  CHECK(out.event<Rejected>()->fault == Fault::bad_argument);
  CHECK(out.to_close.size() == 1);
  CHECK(keyless.connection_count() == 0);
}

TEST_CASE("registration: a router that is moved has all its clients") {
  Network network;
  enter_both(network);
  network.open_raw(3);
  Router<> elsewhere(std::move(network.router));
  network.router = std::move(elsewhere);
  check_working(network);
  CHECK(network.enter(4, 1).admitted == true);
  network.hang_up(4);
  network.hang_up(2);
  network.hang_up(3);
  CHECK(network.is_empty());
}

TEST_CASE("registration: when all have gone a router holds nothing of them") {
  Network network;
  for (std::uint32_t round = 0; round < 3; ++round) {
    for (std::uint32_t n = 1; n <= 40; ++n) network.enter(n, n % 25 + 1);
    network.connect(50, 50);
    CHECK(network.router.registered_count() == 25);
    for (std::uint32_t n = 16; n <= 40; ++n)
      CHECK(network.ask(n, (n + 3) % 25 + 1, "x") == Fate::forwarded);
    close_all(network);
    CHECK(network.is_empty());
    network.parties.clear();
  }
  CHECK(network.told<Left>().size() == 3 * 41);
  CHECK(network.told<Rejected>().empty());
}

TEST_CASE("registration: a server in the middle is only a wire", "[attack]") {
  Network network(patient());
  network.enter(2, 2);
  // It passes on what client 1 and the router say to each other: the client is registered, not it.
  Party& client = network.connect(1, 1);
  std::vector<Kept> seen;
  const Kept response = response_of(network, 1);
  seen.push_back(response);
  network.receive_raw(1, response);
  network.run();
  REQUIRE(client.admitted == false);
  const Kept record = record_of(network, 1, 2, "for client 2 alone");
  seen.push_back(record);
  network.receive_raw(1, record);
  network.run();
  CHECK(network.at(2).messages.at(0).text == "for client 2 alone");
  // What it has seen is good for nothing: not to read, not to say again, not to change, not elsewhere.
  CHECK(std::string(text_of(record)).find("client 2") == std::string::npos);
  network.receive_raw(1, record);
  CHECK(network.last<Rejected>()->fault == Fault::replayed);
  Kept other = record;
  other[8] = 9;  // as a later one
  network.receive_raw(1, other);
  CHECK(network.last<Rejected>()->fault == Fault::not_authentic);
  network.receive_raw(2, other);
  CHECK(network.last<Rejected>()->fault == Fault::not_authentic);
  CHECK(network.at(2).messages.size() == 1);
  network.open_raw(3);
  network.receive_raw(3, response);
  CHECK(network.last<Rejected>()->fault == Fault::not_authentic);
  CHECK(network.told<Joined>().size() == 2);
  CHECK(network.router.connection_of(key_of(1)) == Link{1});
  check_working(network);
}

TEST_CASE(
    "registration: a client that has dialled the server in the middle is not taken for one here",
    "[attack]") {
  Network network;
  enter_both(network);
  // The middle hands out the router's challenge as its own.
  Config dialled = default_config();
  dialled.audience = "middle.example:443";
  network.connect(3, 3, dialled);
  const Kept response = response_of(network, 3);
  network.receive_raw(3, response);
  CHECK(network.last<Rejected>()->fault == Fault::wrong_audience);
  CHECK(network.at(3).to_close == When::at_once);
  // And it cannot say otherwise for the client.
  network.hang_up(3);
  network.connect(4, 3, dialled);
  network.receive_raw(4, replaced(response_of(network, 4), "middle.example:443", own_name));
  CHECK(network.last<Rejected>()->fault == Fault::not_authentic);
  CHECK(network.told<Joined>().size() == 2);
  CHECK_FALSE(network.router.connection_of(key_of(3)));
}
