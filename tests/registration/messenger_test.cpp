#include "handfast/registration/messenger.hpp"

#include "tests/registration/office.hpp"
#include "tests/support/catch.hpp"

using namespace router_test;

TEST_CASE("registration: what is said before there is a session waits, arrives, and is told of",
          "[roundtrip]") {
  Office office;
  Person &alice = office.enter(1), &bob = office.enter(2);
  CHECK(alice.registered == 1);
  const auto first = office.say(1, 2, "hello"), second = office.say(1, 2, "are you there?");
  CHECK(first == 1);
  CHECK(second == 2);
  CHECK(bob.heard.empty());
  office.run();
  REQUIRE(bob.heard.size() == 2);
  CHECK(bob.heard[0] == std::pair(key_of(1), std::string("hello")));
  CHECK(bob.heard[1].second == "are you there?");
  CHECK(alice.handed == std::map{std::pair(first, Fate::forwarded), {second, Fate::forwarded}});
  const auto answer = office.say(2, 1, "yes");
  office.run();
  REQUIRE(alice.heard.size() == 1);
  CHECK(alice.heard[0] == std::pair(key_of(2), std::string("yes")));
  CHECK(alice.has_opened(first));
  CHECK(alice.has_opened(second));
  office.live(2s);
  CHECK(bob.opened == std::vector{answer});
}

TEST_CASE("registration: two that speak to each other at the same moment hear each other") {
  Office office;
  Person &alice = office.enter(1), &bob = office.enter(2);
  const auto one = office.say(1, 2, "you"), two = office.say(2, 1, "first");
  office.live(30s);
  REQUIRE(bob.heard.size() == 1);
  REQUIRE(alice.heard.size() == 1);
  CHECK(alice.has_opened(one));
  CHECK(bob.has_opened(two));
}

TEST_CASE("registration: what is said to somebody who is not there is told to be undelivered",
          "[timeout]") {
  Office office;
  Person& alice = office.enter(1);
  const auto ticket = office.say(1, 2, "hello");
  office.live(7s);
  CHECK(alice.undelivered.empty());
  office.live(2s);
  CHECK(alice.undelivered == std::vector{ticket});
  Person& bob = office.enter(2);
  office.live(10s);
  CHECK(bob.heard.empty());
  // In a session the server's word is told.
  office.say(1, 2, "again");
  office.run();
  REQUIRE(bob.heard.size() == 1);
  office.hang_up(2);
  const auto lost = office.say(1, 2, "and again");
  office.run();
  CHECK(alice.handed.at(lost) == Fate::not_available);
  CHECK_FALSE(alice.has_opened(lost));
}

TEST_CASE("registration: sessions with contacts outlive the connection to the server") {
  Office office;
  Person &alice = office.enter(1), &bob = office.enter(2);
  office.say(1, 2, "before");
  office.run();
  office.hang_up(1);
  CHECK(alice.disconnected == 1);
  CHECK_FALSE(alice.messenger.is_registered());
  CHECK(office.say(1, 2, "meanwhile") == 0);
  CHECK(alice.refused == Fault::not_allowed_now);
  office.connect(1);
  CHECK(alice.registered == 2);
  const auto after = office.say(1, 2, "after");
  CHECK(office.people[1]->handed.count(after) == 0);
  office.run();
  REQUIRE(bob.heard.size() == 2);
  CHECK(bob.heard[1].second == "after");
  office.live(2s);
  CHECK(alice.has_opened(after));
}

TEST_CASE("registration: who has lost everything but its key is found again") {
  Office office;
  Person& alice = office.enter(1);
  office.enter(2);
  office.say(1, 2, "before");
  office.run();
  office.hang_up(2);
  Person& again = office.enter(2);
  const auto lost = office.say(1, 2, "unreadable");
  office.run();
  CHECK(again.heard.empty());
  office.live(2s);
  const auto after = office.say(1, 2, "after");
  office.live(2s);
  REQUIRE(again.heard.size() == 1);
  CHECK(again.heard[0].second == "after");
  CHECK(alice.has_opened(after));
  CHECK_FALSE(alice.has_opened(lost));
}

namespace {

/// Somebody with a client of his own who says whatever he likes, on connection `number`.
struct Mallory {
  Mallory(Office& where, std::uint32_t number)
      : office(where), link{number}, party(default_config(), number, Random(where.random)) {
    (void)party.machine.handle(Connect{}, office.now);
    const auto challenge = office.router.opened(link, office.now);
    const auto response = party.machine.receive(keep(challenge.transmit[0].bytes), office.now);
    const auto success = office.router.receive(link, keep(response.transmit[0].bytes), office.now);
    (void)party.machine.receive(keep(success.transmit[0].bytes), office.now);
    REQUIRE(party.is_registered());
  }
  void says(std::uint32_t to, Bytes frame) {
    const auto out = party.machine.handle(Send{key_of(to), frame}, office.now);
    office.take(office.router.receive(link, keep(out.transmit[0].bytes), office.now));
    office.run();
  }
  Office& office;
  Link link;
  Party party;
};

}  // namespace

TEST_CASE("registration: a stranger who shows no key of his own takes no place", "[attack]") {
  Office office;
  MessengerConfig config;
  config.strangers_max = 1;
  Person& alice = office.enter(1, config);
  office.enter(2);
  office.enter(3);
  Mallory mallory(office, 4);
  for (const std::size_t size : {0u, 1u, 66u, 82u, 98u, 99u, 500u}) {
    Kept junk(size, 0);
    if (size > 0) junk[0] = 2;
    if (size > 1) junk[1] = static_cast<std::uint8_t>(size == 82 ? 17 : 20);
    mallory.says(1, junk);
  }
  CHECK(alice.heard.empty());
  office.say(2, 1, "there is room");
  office.run();
  REQUIRE(alice.heard.size() == 1);
  // Who comes next takes the place of whoever was silent longest, and that one begins anew.
  office.say(3, 1, "for me too?");
  office.run();
  CHECK(alice.heard.size() == 2);
  office.say(2, 1, "lost");
  office.live(2s);
  const auto again = office.say(2, 1, "and me again");
  office.live(2s);
  REQUIRE(alice.heard.size() == 3);
  CHECK(alice.heard[2].second == "and me again");
  CHECK(office.people[2]->has_opened(again));
  // Whom we speak to takes no stranger's place: then there is one.
  office.say(1, 2, "welcome");
  office.run();
  const auto heard = office.say(3, 1, "and now?");
  office.live(4s);
  CHECK_FALSE(office.people[3]->has_opened(heard));  // it was of a session that is gone
  office.say(3, 1, "again");
  office.say(2, 1, "still here");
  office.run();
  REQUIRE(alice.heard.size() == 5);
}

TEST_CASE("registration: keys made for the purpose keep nobody out", "[attack]") {
  Office office;
  MessengerConfig config;
  config.strangers_max = 3;
  config.contacts_max = 1;
  Person& alice = office.enter(1, config);
  // Each begins a session, says something in it, and goes.
  for (const std::uint32_t number : {10u, 11u, 12u, 13u, 14u}) {
    office.enter(number);
    office.say(number, 1, "I take a place");
    office.run();
    office.hang_up(number);
  }
  CHECK(alice.heard.size() == 5);
  office.live(20min, 10s);
  office.enter(2);
  office.say(2, 1, "is there room?");
  office.run();
  REQUIRE(alice.heard.size() == 6);
  CHECK(alice.heard[5].first == key_of(2));
  // Whom Alice wants to speak to has room all the time.
  office.enter(3);
  CHECK(office.say(1, 3, "I have looked for you") != 0);
  office.run();
  CHECK(office.people[3]->heard.size() == 1);
}

TEST_CASE("registration: who has a session is heard, however many frames strangers send",
          "[attack]") {
  Office office;
  Person& alice = office.enter(1);
  office.enter(2);
  office.say(2, 1, "0");  // Alice says nothing to Bob, ever
  office.run();
  Mallory mallory(office, 4);
  for (int i = 1; i <= 180; ++i) {
    mallory.says(1, bytes_of("junk"));
    office.say(2, 1, std::to_string(i));
    office.run();
  }
  CHECK(alice.heard.size() == 181);
  // Nor does one stranger keep out another.
  office.enter(3);
  office.say(3, 1, "and I?");
  office.run();
  CHECK(alice.heard.size() == 182);
}

TEST_CASE("registration: what waits is said in order, also when the keys have no room for all") {
  Office office;
  MessengerConfig config;
  config.sessions.ahead_max = 40;
  Person& alice = office.enter(1, config);
  Person& bob = office.enter(2);
  std::vector<Messenger::Ticket> said;
  for (int i = 0; i < 60; ++i) said.push_back(office.say(1, 2, std::to_string(i)));
  office.run();
  CHECK(bob.heard.size() < 60);
  said.push_back(office.say(1, 2, "60"));  // behind the others
  office.live(1min);
  REQUIRE(bob.heard.size() == 61);
  for (std::size_t i = 0; i < 61; ++i) {
    CHECK(bob.heard[i].second == std::to_string(i));
    CHECK(alice.has_opened(said[i]));
  }
}

TEST_CASE("registration: what waits when its session ends is undelivered, and said to be",
          "[timeout]") {
  Office office;
  MessengerConfig config;
  config.sessions.ahead_max = 40;
  config.sessions.session_time_max = 10min;
  Person& alice = office.enter(1, config);
  office.enter(2);
  std::vector<Messenger::Ticket> said;
  for (int i = 0; i < 60; ++i) said.push_back(office.say(1, 2, std::to_string(i)));
  office.run();
  const std::size_t sent = alice.handed.size();
  CHECK(sent < 60);
  office.hang_up(2);
  office.live(20min, 1s);
  for (const auto ticket : said)
    CHECK(alice.handed.contains(ticket) != (std::ranges::count(alice.undelivered, ticket) == 1));
}

TEST_CASE("registration: what strangers send is looked at so many times a second", "[attack]") {
  Office office;
  MessengerConfig config;
  config.strangers_a_second = config.stranger_a_second = 2;
  config.strangers_at_once = config.stranger_at_once = 4;
  Person& alice = office.enter(1, config);
  office.enter(2);
  office.say(1, 2, "a contact");
  office.run();
  Mallory mallory(office, 4);
  // Frames of sessions that Alice has not: she says so, as often as she may.
  const auto try_often = [&] {
    const int before = alice.sent;
    for (std::uint8_t i = 0; i < 10; ++i) {
      Kept frame(100, i);
      frame[0] = 2, frame[1] = 20;
      frame[2] = key_of(4) < key_of(1);
      mallory.says(1, frame);
    }
    return alice.sent - before;
  };
  CHECK(try_often() == 4);
  CHECK(try_often() == 0);
  office.live(1s);
  CHECK(try_often() == 2);
  // Contacts are none of them.
  office.say(2, 1, "and I?");
  office.run();
  CHECK(alice.heard.size() == 1);
}

TEST_CASE("registration: a contact that is forgotten is a stranger") {
  Office office;
  MessengerConfig config;
  config.contacts_max = 1;
  Person &alice = office.enter(1, config), &bob = office.enter(2);
  office.enter(3);
  office.say(1, 2, "one");
  office.run();
  REQUIRE(bob.heard.size() == 1);
  CHECK(office.say(1, 3, "no room") == 0);
  CHECK(alice.refused == Fault::limit_reached);
  office.did(1, alice.messenger.forget(key_of(2), office.now));
  office.did(1, alice.messenger.forget(key_of(2), office.now));  // which does nothing
  const auto waits = office.say(1, 3, "two");
  office.did(1, alice.messenger.forget(key_of(3), office.now));
  CHECK(alice.undelivered == std::vector{waits});
  // Bob still has the session: he is told that it is over, and begins another.
  office.say(2, 1, "lost");
  office.live(2s);
  office.say(2, 1, "heard");
  office.live(2s);
  REQUIRE(alice.heard.size() == 1);
  CHECK(alice.heard[0].second == "heard");
}

TEST_CASE("registration: what a messenger keeps is bounded", "[illegal]") {
  Office office;
  MessengerConfig config;
  config.waiting_size_max = 2 * 64 + 10;
  config.contacts_max = 2;
  Person& alice = office.enter(1, config);
  CHECK(office.say(1, 2, "123456") == 1);
  CHECK(office.say(1, 2, "12345") == 0);
  CHECK(alice.refused == Fault::back_pressure);
  CHECK(office.say(1, 2, "1234") == 2);
  CHECK(office.say(1, 3, "x") == 3);
  CHECK(office.say(1, 4, "x") == 0);
  CHECK(alice.refused == Fault::limit_reached);
  CHECK(office.say(1, 1, "x") == 0);
  CHECK(alice.refused == Fault::limit_reached);
  const std::string too_much(peer::payload_size_max + 1, 'x');
  CHECK(office.say(1, 2, too_much) == 0);
  CHECK(alice.refused == Fault::too_large);
  office.live(10s);
  std::ranges::sort(alice.undelivered);  // of two contacts, at one moment
  CHECK(alice.undelivered == std::vector<Messenger::Ticket>{1, 2, 3});
  // What is empty counts too.
  CHECK(office.say(1, 2, "") == 4);
  CHECK(office.say(1, 2, "") == 5);
  CHECK(office.say(1, 2, "") == 0);
  CHECK(alice.refused == Fault::back_pressure);
}

TEST_CASE("registration: to whom nothing could be said has no place, and a refusal says who",
          "[illegal]") {
  Office office;
  MessengerConfig config;
  config.contacts_max = 1, config.strangers_max = 1;
  config.waiting_size_max = 64 + 5;
  config.sessions.messages_max = 0;  // whoever has a session with Alice, it has no room
  Person& alice = office.enter(1, config);
  Person& bob = office.enter(2);
  const auto check_refused = [&](std::uint32_t number, std::string_view text, Fault fault) {
    alice.refused.reset(), alice.refused_by.reset();
    CHECK(office.say(1, number, text) == 0);
    CHECK(alice.refused == fault);
    CHECK(alice.refused_by == key_of(number));
  };
  for (std::uint32_t number = 3; number < 7; ++number)
    check_refused(number, "123456", Fault::back_pressure);
  office.random.fail_next(1, 16);
  check_refused(3, "1", Fault::random_source_failed);
  // A stranger with a session is one afterwards too, and keeps it.
  office.say(2, 1, "one");
  office.run();
  REQUIRE(alice.heard.size() == 1);
  check_refused(2, "1", Fault::rekey);
  office.say(2, 1, "two");
  office.run();
  CHECK(alice.heard.size() == 2);
  CHECK(office.say(1, 3, "12345") != 0);
  check_refused(2, "1", Fault::limit_reached);
  check_refused(3, "", Fault::back_pressure);
  CHECK(bob.refused == std::nullopt);
  // What came and is refused: of whom the server says, or the connection's own.
  Mallory mallory(office, 4);
  mallory.says(1, bytes_of("junk"));
  CHECK(alice.refused_by == key_of(4));
  office.did(1, alice.messenger.receive(bytes_of("junk"), office.now));
  CHECK(alice.refused == Fault::wrong_version);
  CHECK(alice.refused_by == std::nullopt);
}

TEST_CASE("registration: of what was said the last so many are followed") {
  Office office;
  MessengerConfig config;
  config.followed_max = 2;
  Person& alice = office.enter(1, config);
  office.enter(2);
  office.say(1, 2, "a session");
  office.live(2s);
  alice.opened.clear();
  std::vector<Messenger::Ticket> said;
  for (const std::string_view text : {"one", "two", "three"})
    said.push_back(office.say(1, 2, text));
  office.live(2s);
  CHECK(office.people[2]->heard.size() == 4);
  CHECK(alice.opened == std::vector{said[1], said[2]});
}

TEST_CASE("registration: of the messages on their way the last 4096 are told of", "[illegal]") {
  Office office;
  Person& alice = office.enter(1);
  for (const std::uint32_t number : {2u, 3u, 4u, 5u, 6u}) {
    office.enter(number);
    office.say(1, number, "a session");
    office.live(2s);
  }
  // The server's word on these two waits to be read, while it hears nothing of what follows.
  const auto first = office.say(1, 2, "first"), second = office.say(1, 2, "second");
  const auto say_more = [&](std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) {
      const auto out =
          alice.messenger.say(key_of(2 + i % 5), bytes_of("unheard"), office.now);  // not handed on
      REQUIRE(out.event<Messenger::Said>());
    }
  };
  SECTION("all of 4096") {
    say_more(4094);
    office.run();
    CHECK(alice.handed.contains(first));
  }
  SECTION("all of 4097 but the first") {
    say_more(4095);
    office.run();
    CHECK_FALSE(alice.handed.contains(first));
  }
  CHECK(alice.handed.contains(second));
}

TEST_CASE("registration: of the strangers who came last 256 have a pace of their own", "[attack]") {
  testing::SeededRandom random(1);
  ContactsConfig config;
  config.stranger_a_second = config.stranger_at_once = 1;
  config.strangers_at_once = 1'000'000;
  config.strangers_max = 1;
  Contacts contacts(config, identity_of(0), Random(random));
  Time now{SteadyTime{} + 1h, {}};
  const auto is_heard = [&](std::uint32_t number) {
    now.steady += 1ns;
    return contacts.heard(key_of(number), now) != nullptr;
  };
  CHECK(is_heard(1));
  CHECK_FALSE(is_heard(1));
  for (std::uint32_t number = 2; number <= 256; ++number) CHECK(is_heard(number));
  CHECK_FALSE(is_heard(1));
  CHECK(is_heard(257));
  CHECK(is_heard(1));
  CHECK_FALSE(is_heard(257));
}
