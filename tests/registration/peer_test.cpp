#include "handfast/registration/peer.hpp"

#include <set>

#include "handfast/core/pool.hpp"
#include "tests/registration/contacts.hpp"
#include "tests/support/catch.hpp"

using namespace peer_test;
using namespace handfast::registration::peer;

namespace {

/// Refused with `fault`, and everything is as it was.
void check_refused(Side& side, Bytes frame, std::optional<Fault> fault = {}) {
  const Kept before = side.snapshot();
  const auto result = side.gets(frame);
  REQUIRE(result.fault());
  if (fault) CHECK(to_string(*result.fault()) == to_string(*fault));
  CHECK(result.frames.empty());
  CHECK(result.events.size() == 1);
  CHECK(side.snapshot() == before);
}
void check_dropped(Side& side, Bytes frame) {
  const Kept before = side.snapshot();
  CHECK(side.gets(frame).is_silent());
  CHECK(side.snapshot() == before);
}
/// Every changed byte of `frame` is refused or dropped, nothing changes, and it is taken itself.
void check_each_byte(Side& side, Kept frame) {
  const Kept before = side.snapshot();
  for (std::size_t i = 0; i < frame.size(); ++i)
    for (const unsigned bit : {1u, 128u}) {
      frame[i] = static_cast<std::uint8_t>(frame[i] ^ bit);
      INFO("byte " << i);
      const auto result = side.gets(frame);
      CHECK(result.frames.empty());
      CHECK((result.fault() || result.events.empty()));
      CHECK(side.snapshot() == before);
      frame[i] = static_cast<std::uint8_t>(frame[i] ^ bit);
    }
  CHECK_FALSE(side.gets(frame).fault());
}
Kept at(const Result& result, std::size_t index = 0) { return result.frames.at(index); }

peer::Sessions& sessions_of(Side& side) {
  return std::get<Peer::Established>(side.machine().dangerous_engine().dangerous_state()).sessions;
}
/// `message` as `from` would seal it in its present session, if it were dishonest.
template <class M>
Kept forged(Side& from, const Side& to, const M& message) {
  Frames frames;
  Contact contact;
  contact.key = to.key();
  seal(sessions_of(from).current, message, contact, from.machine().context(), frames);
  return keep(frames.view()[0].bytes);
}
/// `side`, which has the smaller key of the two or not, comes back with nothing but its key.
void forget_session(Side& side, bool is_smallers, const Side& contact) {
  side = Side(is_smaller(1, 2) == is_smallers ? 1 : 2, 9);
  side.does(Meet{contact.key()});
}

}  // namespace

TEST_CASE("registration: two contacts agree on a session, and both claim the same") {
  Pair pair;
  auto& [alice, bob] = pair;
  const auto hello = alice.does(Call{});
  CHECK(at(hello).size() == Hello::size);
  const auto ack = bob.gets(at(hello));
  CHECK(at(ack).size() == HelloAck::size);
  REQUIRE(ack.event<Running>());
  CHECK(bob.state() == "AwaitingFrame");
  const auto first = alice.gets(at(ack));
  REQUIRE(first.event<Commit>());
  CHECK(first.event<Established>());
  CHECK(at(first).size() == 100);
  const auto answer = bob.gets(at(first));
  REQUIRE(answer.event<Commit>());
  CHECK(answer.event<Established>());
  CHECK(alice.gets(at(answer)).frames.empty());
  const Claim alices = first.event<Commit>()->claim, bobs = answer.event<Commit>()->claim;
  CHECK(bobs == ack.event<Running>()->claim);
  CHECK(alices == first.event<Running>()->claim);
  CHECK(alices.transcript == bobs.transcript);
  CHECK(alices.key_id == bobs.key_id);
  CHECK(alices.peer == bobs.own);
  CHECK(alices.own == bobs.peer);
  CHECK(alices.role == "caller");
  CHECK(bobs.role == "answerer");
  CHECK(std::ranges::equal(alices.peer, bob.key().bytes()));
}

TEST_CASE("registration: messages go both ways, and what was opened is told to who said it") {
  Pair pair;
  auto& [alice, bob] = pair;
  Pair::establish(alice, bob);
  const auto one = alice.says("one");
  const auto two = alice.says("two");
  REQUIRE(one.event<Sent>());
  CHECK(one.event<Sent>()->id == MessageId{1, 2});
  CHECK(two.event<Sent>()->id == MessageId{1, 3});
  CHECK(bob.gets(at(one)).said() == "one");
  CHECK(bob.gets(at(two)).said() == "two");
  // What Bob says names both.
  const auto reply = bob.says("three");
  const auto delivered = alice.gets(at(reply));
  CHECK(delivered.said() == "three");
  REQUIRE(delivered.event<Acknowledged>());
  CHECK(delivered.event<Acknowledged>()->has({1, 2}));
  CHECK(delivered.event<Acknowledged>()->has({1, 3}));
  CHECK_FALSE(delivered.event<Acknowledged>()->has({1, 4}));
  CHECK_FALSE(delivered.event<Acknowledged>()->has({2, 2}));
  // Alice has nothing to say: a second later she acknowledges all the same, once.
  pair.wait(1s - 1ns);
  CHECK(alice.waits(0s).is_silent());
  pair.wait(1ns);
  const auto ack = alice.waits(0s);
  REQUIRE(ack.frames.size() == 1);
  CHECK(bob.gets(at(ack)).event<Acknowledged>()->has(reply.event<Sent>()->id));
  pair.wait(1min);
  CHECK(alice.waits(0s).is_silent());
  CHECK(bob.waits(0s).is_silent());
}

TEST_CASE("registration: where the caller's first frame is lost, its first message does as well") {
  Pair pair;
  auto& [alice, bob] = pair;
  const auto begin = [&] {
    alice.gets(at(bob.gets(at(alice.does(Call{})))));
    const auto result = bob.gets(at(alice.says("hello")));
    CHECK(result.said() == "hello");
    CHECK(result.event<Commit>());
    CHECK(bob.state() == "Established");
    REQUIRE(result.frames.size() == 1);
    const auto* acknowledged = alice.gets(at(result)).event<Acknowledged>();
    REQUIRE(acknowledged);
    return bob.gets(at(alice.says("and on"))).said();
  };
  CHECK(begin() == "and on");
  CHECK(begin() == "and on");  // a renewal, too
}

TEST_CASE("registration: an acknowledgement names what was opened, not what was skipped") {
  Pair pair;
  auto& [alice, bob] = pair;
  Pair::establish(bob, alice);
  std::vector<Result> sent;
  for (int i = 0; i < 5; ++i) sent.push_back(alice.says("message"));
  for (const std::size_t i : {0u, 3u, 1u}) CHECK(bob.gets(at(sent[i])).payload);
  const auto acknowledged = alice.gets(at(bob.waits(1s)));
  for (std::size_t i = 0; i < sent.size(); ++i)
    CHECK(acknowledged.event<Acknowledged>()->has(sent[i].event<Sent>()->id) ==
          (i == 0 || i == 1 || i == 3));
}

TEST_CASE("registration: frames open in any order within the window, and each once", "[illegal]") {
  Pair pair;
  auto& [alice, bob] = pair;
  Pair::establish(alice, bob);
  std::vector<Kept> frames;
  for (int i = 0; i < 40; ++i) frames.push_back(at(alice.says(std::to_string(i))));
  CHECK(bob.gets(frames[39]).said() == "39");
  for (int i = 38; i > 38 - static_cast<int>(key_window); --i)
    CHECK(bob.gets(frames[static_cast<std::size_t>(i)]).said() == std::to_string(i));
  check_refused(bob, frames[0], Fault::stale);
  check_refused(bob, frames[39 - key_window - 1], Fault::stale);
  for (int i = 39; i > 38 - static_cast<int>(key_window); --i)
    check_refused(bob, frames[static_cast<std::size_t>(i)], Fault::replayed);
}

TEST_CASE(
    "registration: a sender stops where its receiver could no longer follow, and renews before",
    "[illegal]") {
  Pair pair;
  auto& [alice, bob] = pair;
  Pair::establish(alice, bob);
  Kept last;
  std::uint64_t count = 0;
  for (;; ++count) {
    const auto result = alice.says("message");
    if (result.fault()) {
      CHECK(result.fault() == Fault::rekey);
      break;
    }
    last = at(result);
  }
  // The caller's one acknowledgement was opened and answered.
  CHECK(count == skip_max - Config{}.reserve_count);
  CHECK(bob.gets(last).said() == "message");
  const auto hello = alice.waits(0s);
  CHECK(alice.state() == "RenewingAwaitingAck");
  CHECK(alice.says("no room").fault() == Fault::rekey);
  carry_all(alice, bob, hello.frames);
  CHECK(alice.state() == "Established");
  CHECK(bob.gets(at(alice.says("in the next session"))).said() == "in the next session");
}

TEST_CASE("registration: a session is renewed by itself, and no message is lost by it") {
  Config config;
  config.messages_max = 40;
  Pair pair(config);
  auto& [alice, bob] = pair;
  Pair::establish(alice, bob);
  std::size_t renewals = 0;
  std::vector<MessageId> sent, acknowledged;
  for (int i = 0; i < 300; ++i) {
    const std::string text = std::to_string(i);
    auto result = alice.says(text);
    REQUIRE(result.event<Sent>());
    sent.push_back(result.event<Sent>()->id);
    std::vector<Kept> to_bob = result.frames;
    pair.wait(100ms);
    result = alice.waits(0s);
    to_bob.insert(to_bob.end(), result.frames.begin(), result.frames.end());
    // In order, as a server carries them; everything is noted.
    std::deque<std::pair<Side*, Kept>> way;
    for (auto& frame : to_bob) way.emplace_back(&bob, frame);
    std::vector<std::string> said;
    const auto due = bob.waits(0s);
    for (const auto& frame : due.frames) way.emplace_back(&alice, frame);
    while (!way.empty()) {
      const auto [to, frame] = way.front();
      way.pop_front();
      const auto caused = to->gets(frame);
      REQUIRE_FALSE(caused.fault());
      if (caused.payload) said.push_back(caused.said());
      renewals += caused.event<Renewed>() != nullptr;
      if (const auto* told = caused.event<Acknowledged>(); told && to == &alice)
        for (const MessageId& id : sent)
          if (told->has(id) && std::ranges::count(acknowledged, id) == 0)
            acknowledged.push_back(id);
      for (const auto& one : caused.frames) way.emplace_back(to == &alice ? &bob : &alice, one);
    }
    REQUIRE(said == std::vector<std::string>{text});
  }
  pair.wait(1s);
  Acknowledged last;
  for (const Kept& frame : bob.waits(0s).frames) last = *alice.gets(frame).event<Acknowledged>();
  CHECK(renewals >= 2 * 300 / 40);
  // Each, those at the end of a session too.
  for (const MessageId& id : sent)
    CHECK((std::ranges::count(acknowledged, id) == 1 || last.has(id)));
}

TEST_CASE("registration: of two HELLOs that cross, the one from the smaller key counts") {
  const bool smaller_hears_first = GENERATE(true, false);
  Pair pair;
  const auto of_smaller = pair.smaller.does(Call{});
  const auto of_larger = pair.larger.does(Call{});
  Result ack;
  if (smaller_hears_first) {
    check_refused(pair.smaller, at(of_larger), Fault::stale);
    ack = pair.larger.gets(at(of_smaller));
  } else {
    ack = pair.larger.gets(at(of_smaller));
    check_refused(pair.smaller, at(of_larger), Fault::stale);
  }
  CHECK(pair.larger.state() == "AwaitingFrame");
  const auto first = pair.smaller.gets(at(ack));
  CHECK(first.event<Commit>()->claim.role == "caller");
  CHECK(pair.larger.gets(at(first)).event<Commit>()->claim.role == "answerer");
  CHECK(pair.larger.state() == "Established");
  CHECK(pair.smaller.state() == "Established");
}

TEST_CASE("registration: renewals cross too, and the session goes on meanwhile") {
  Pair pair;
  auto& [alice, bob] = pair;
  Pair::establish(bob, alice);
  const auto of_alice = alice.does(Call{}), of_bob = bob.does(Call{});
  const auto before = at(bob.says("in the old session"));
  check_refused(alice, at(of_bob), Fault::stale);
  const auto ack = bob.gets(at(of_alice));
  CHECK(bob.state() == "RenewingAwaitingFrame");
  const auto also = at(bob.says("still in the old session"));
  CHECK(alice.gets(before).said() == "in the old session");
  const auto first = alice.gets(at(ack));
  CHECK(first.event<Renewed>());
  CHECK(alice.gets(also).said() == "still in the old session");
  const auto answer = bob.gets(at(first));
  CHECK(answer.event<Renewed>());
  CHECK(alice.gets(at(answer)).event<Acknowledged>());
  CHECK(bob.gets(at(alice.says("new"))).said() == "new");
  // Nothing of the old session opens once the contact was heard in the new one.
  check_refused(alice, before, Fault::stale);
}

TEST_CASE("registration: what comes while a session is renewed is acknowledged, and no more") {
  Pair pair;
  auto& [alice, bob] = pair;
  Pair::establish(alice, bob);
  bob.gets(at(alice.does(Call{})));
  const auto of_alice = at(alice.says("to Bob")), of_bob = at(bob.says("to Alice"));
  alice.gets(of_bob);
  bob.gets(of_alice);
  const auto alices_ack = at(alice.waits(1s)), bobs_ack = at(bob.waits(1s));
  CHECK(alice.gets(bobs_ack).event<Acknowledged>());
  CHECK(bob.gets(alices_ack).event<Acknowledged>());
  CHECK(alice.state() == "RenewingAwaitingAck");
  CHECK(bob.state() == "RenewingAwaitingFrame");
  CHECK(bob.gets(at(alice.says("to Bob again"))).said() == "to Bob again");
  CHECK(alice.gets(at(bob.says("to Alice again"))).said() == "to Alice again");
}

TEST_CASE("registration: an answer to an earlier HELLO renews nothing", "[illegal]") {
  Pair pair;
  auto& [alice, bob] = pair;
  Pair::establish(alice, bob);
  const auto late = at(bob.gets(at(alice.does(Call{}))));
  for (int i = 0; i < 4; ++i) alice.waits(2s);
  alice.does(Call{});
  CHECK(alice.state() == "RenewingAwaitingAck");
  check_refused(alice, late, Fault::stale);
}

TEST_CASE("registration: who wishes for new keys while it is called asks for them itself, in time",
          "[timeout]") {
  Pair pair;
  auto& [alice, bob] = pair;
  Pair::establish(alice, bob);
  bob.gets(at(alice.does(Call{})));
  CHECK(bob.does(Call{}).is_silent());
  CHECK(bob.state() == "RenewingAwaitingFrame");
  CHECK(at(bob.waits(10s)).size() == Hello::size);
  CHECK(bob.state() == "RenewingAwaitingAck");
  CHECK(alice.gets(at(bob.says("meanwhile"))).said() == "meanwhile");
  // It is called again after its last repetition: nothing comes of that either.
  for (int i = 0; i < 3; ++i) CHECK(at(bob.waits(2s)).size() == Hello::size);
  for (int i = 0; i < 4; ++i) alice.waits(2s);
  bob.gets(at(alice.does(Call{})));
  CHECK(bob.state() == "RenewingAwaitingFrame");
  CHECK(bob.waits(10s).event<Unreachable>());
  CHECK(bob.state() == "Established");
}

TEST_CASE("registration: who gave its own HELLO up calls again where nothing comes of the other's",
          "[timeout]") {
  Pair pair;
  auto& [alice, bob] = pair;
  const auto of_alice = at(alice.does(Call{}));
  bob.does(Call{});
  bob.gets(of_alice);
  CHECK(bob.state() == "AwaitingFrame");
  const auto again = bob.waits(10s);
  CHECK(bob.state() == "AwaitingAck");
  CHECK(at(again).size() == Hello::size);
  // Somebody repeats what Alice once said: it is known.
  check_refused(bob, of_alice, Fault::stale);
  CHECK(bob.waits(2s).frames.size() == 1);
  CHECK(bob.waits(2s).frames.size() == 1);
  const auto over = bob.waits(2s);
  CHECK(over.event<Unreachable>());
  CHECK(bob.state() == "Met");
}

TEST_CASE(
    "registration: a HELLO that is repeated gets the same answer, or none, and resets nothing",
    "[attack]") {
  Pair pair;
  auto& [alice, bob] = pair;
  const auto hello = at(alice.does(Call{}));
  const auto ack = bob.gets(hello);
  const Kept before = bob.snapshot();
  bob.now.steady += 5s;
  const auto again = bob.gets(hello);
  CHECK(again.frames == ack.frames);
  CHECK(again.events.empty());
  CHECK(at(alice.waits(2s)) == hello);  // Alice's own repetition is the same, too
  const auto first = at(alice.gets(at(ack)));
  alice.gets(at(bob.gets(first)));
  check_refused(bob, hello, Fault::stale);
  check_dropped(alice, at(ack));
  check_refused(bob, first, Fault::replayed);
  // 31 sessions later it is still known.
  for (std::size_t i = 1; i < hellos_kept; ++i) pair.wait(1s), Pair::establish(alice, bob);
  check_refused(bob, hello, Fault::stale);
  // Then it is forgotten, and answered; the session does not notice.
  pair.wait(1s);
  Pair::establish(alice, bob);
  pair.wait(1s);
  CHECK(bob.gets(hello).frames.size() == 1);
  CHECK(bob.state() == "RenewingAwaitingFrame");
  check_refused(bob, first, Fault::stale);
  CHECK(bob.gets(at(alice.says("to Bob"))).said() == "to Bob");
  CHECK(alice.gets(at(bob.says("to Alice"))).said() == "to Alice");
  bob.waits(10s);
  CHECK(bob.state() == "Established");
  CHECK(bob.gets(at(alice.says("later"))).said() == "later");
}

TEST_CASE("registration: another HELLO takes the place of one whose caller never came") {
  Pair pair;
  auto& [alice, bob] = pair;
  const auto first = bob.gets(at(alice.does(Call{})));
  for (int i = 0; i < 4; ++i) alice.waits(2s);
  CHECK(alice.state() == "Met");
  bob.now = alice.now;
  const auto second = bob.gets(at(alice.does(Call{})));
  CHECK(second.event<Running>());
  check_refused(alice, at(first), Fault::stale);
  const auto frame = alice.gets(at(second));
  CHECK(frame.event<Established>());
  CHECK(bob.gets(at(frame)).event<Established>());
}

TEST_CASE("registration: who comes back without a session says so, and is called again") {
  const bool caller_comes_back = GENERATE(true, false);
  Pair pair;
  Pair::establish(pair.smaller, pair.larger);
  Side& lost = caller_comes_back ? pair.smaller : pair.larger;
  Side& other = caller_comes_back ? pair.larger : pair.smaller;
  lost = Side(is_smaller(1, 2) == caller_comes_back ? 1 : 2, 99);
  lost.does(Meet{other.key()});
  const auto message = other.says("to nobody");
  const auto news = lost.gets(at(message));
  REQUIRE(news.frames.size() == 1);
  CHECK(at(news).size() == NewSession::size);
  CHECK(at(news).size() < at(message).size());
  const auto hello = other.gets(at(news));
  CHECK(other.state() == "RenewingAwaitingAck");
  carry_all(other, lost, hello.frames);
  CHECK(other.state() == "Established");
  CHECK(lost.state() == "Established");
  CHECK(lost.gets(at(other.says("again"))).said() == "again");
  CHECK(other.gets(at(lost.says("back"))).said() == "back");
}

TEST_CASE("registration: who comes back without a session may call itself") {
  Pair pair;
  auto& [alice, bob] = pair;
  Pair::establish(alice, bob);
  alice = Side(is_smaller(1, 2) ? 1 : 2, 99);
  alice.does(Meet{bob.key()});
  Pair::establish(alice, bob);
  CHECK(bob.gets(at(alice.says("again"))).said() == "again");
}

TEST_CASE("registration: a storm of frames that cannot be read is answered once in ten seconds",
          "[attack]") {
  Pair pair, strangers({}, 11);
  auto& [alice, bob] = pair;
  Pair::establish(strangers.smaller, strangers.larger);
  std::size_t answers = 0;
  for (int i = 0; i < 1000; ++i) {
    answers += bob.gets(at(strangers.smaller.says("?"))).frames.size();
    if (i == 500) bob.now.steady += 10s - 1ns;
    if (i == 600) {
      CHECK(answers == 1);
      bob.now.steady += 1ns;
    }
    if (i % 100 == 99) {  // there is room again once something is acknowledged
      strangers.larger.gets(at(strangers.smaller.says("!")));
      strangers.smaller.gets(at(strangers.larger.waits(1s)));
    }
  }
  CHECK(answers == 2);
  // Who has a session says nothing to any of them.
  Pair::establish(alice, bob);
  for (int i = 0; i < 100; ++i) check_refused(bob, at(strangers.smaller.says("?")), Fault::stale);
}

TEST_CASE("registration: NEW_SESSION makes a contact call once, and costs the session nothing",
          "[attack]") {
  Pair pair;
  auto& [alice, bob] = pair;
  Pair::establish(alice, bob);
  Side lost(is_smaller(1, 2) ? 2 : 1, 99);
  lost.does(Meet{alice.key()});
  const auto news = at(lost.gets(at(alice.says("to Bob, who has come back"))));
  CHECK(alice.gets(news).frames.size() == 1);
  check_dropped(alice, news);
  for (int i = 0; i < 4; ++i) alice.waits(2s);
  CHECK(alice.state() == "Established");
  // Nobody has answered; the same news once more says nothing new.
  check_refused(alice, news, Fault::stale);
  CHECK(bob.gets(at(alice.says("goes on"))).said() == "goes on");
  CHECK(alice.gets(at(bob.says("both ways"))).said() == "both ways");
  // Nor is it about any other session.
  Pair::establish(alice, bob);
  check_refused(alice, news, Fault::stale);
  // And Bob's own does not come from Alice.
  check_refused(bob, news, Fault::not_authentic);
}

TEST_CASE(
    "registration: a frame fed back, moved to another session or said to be another's is refused",
    "[attack]") {
  Pair pair, other;
  auto& [alice, bob] = pair;
  const auto hello = at(alice.does(Call{}));
  check_refused(alice, hello, Fault::not_authentic);
  const auto ack = at(bob.gets(hello));
  check_dropped(bob, ack);
  const auto first = at(alice.gets(ack));
  bob.gets(first);
  Kept message = at(alice.says("hello"));
  check_refused(alice, message, Fault::not_authentic);
  // The same two clients in another session: their machines share nothing.
  other.smaller = Side(is_smaller(1, 2) ? 1 : 2, 7);
  other.larger = Side(is_smaller(1, 2) ? 2 : 1, 8);
  other.smaller.does(Meet{other.larger.key()});
  other.larger.does(Meet{other.smaller.key()});
  Pair::establish(other.smaller, other.larger);
  check_refused(other.larger, message, Fault::stale);
  const Kept theirs = at(other.smaller.says("?"));
  std::copy_n(theirs.begin() + 3, 32, message.begin() + 3);
  check_refused(other.larger, message, Fault::not_authentic);
}

TEST_CASE("registration: who has no session says nothing to its own frame that is fed back",
          "[attack]") {
  const bool is_smallers = GENERATE(true, false);
  Pair pair;
  Side& lost = is_smallers ? pair.smaller : pair.larger;
  Side& other = is_smallers ? pair.larger : pair.smaller;
  Pair::establish(lost, other);
  const Kept own = at(lost.says("to the other")), others = at(other.says("to who is lost"));
  forget_session(lost, is_smallers, other);
  check_refused(lost, own, Fault::not_authentic);
  CHECK(at(lost.gets(others)).size() == NewSession::size);
}

TEST_CASE("registration: a contact cannot acknowledge what was never sent", "[attack][illegal]") {
  Pair pair;
  auto& [alice, bob] = pair;
  Pair::establish(alice, bob);
  for (int i = 0; i < 3; ++i) alice.says("message");  // behind one acknowledgement
  for (const std::uint64_t too_much : {std::uint64_t{5}, ~std::uint64_t{0}}) {
    Ack ack;
    ack.acknowledged = too_much;
    check_refused(alice, forged(bob, alice, ack), Fault::malformed);
    Message message;
    message.acknowledged = too_much;
    check_refused(alice, forged(bob, alice, message), Fault::malformed);
  }
  Ack ack;
  ack.acknowledged = 4;
  CHECK(alice.gets(forged(bob, alice, ack)).event<Acknowledged>()->session.up_to == 4);
}

TEST_CASE("registration: nor what was never sent in the session before", "[attack][illegal]") {
  Pair pair;
  auto& [alice, bob] = pair;
  Pair::establish(alice, bob);
  for (int i = 0; i < 3; ++i) bob.gets(at(alice.says("message")));
  Pair::establish(alice, bob);
  const Before before = sessions_of(alice).current.before;
  REQUIRE(before.sent == 4);
  for (const std::uint64_t too_much : {std::uint64_t{5}, ~std::uint64_t{0}}) {
    Ack ack;
    ack.before = before.tag;
    ack.before_acknowledged = too_much;
    check_refused(alice, forged(bob, alice, ack), Fault::malformed);
  }
  Ack ack;
  ack.before = before.tag;
  ack.before_acknowledged = 4;
  CHECK(alice.gets(forged(bob, alice, ack)).event<Acknowledged>()->before.up_to == 4);
  // Of a session that is not that one nothing is told, whatever it says.
  ack.before = before.tag + 1;
  ack.before_acknowledged = 5;
  CHECK(alice.gets(forged(bob, alice, ack)).event<Acknowledged>()->before.up_to == 0);
}

TEST_CASE("registration: the frames of a third client open nowhere", "[attack]") {
  Side alice(1, 1), bob(2, 2), carol(3, 3);
  alice.does(Meet{bob.key()});
  bob.does(Meet{alice.key()});
  carol.does(Meet{bob.key()});
  check_refused(bob, at(carol.does(Call{})), Fault::not_authentic);
  // Nor does Carol's answer to what Alice says.
  Side for_alice(3, 4);
  for_alice.does(Meet{alice.key()});
  check_refused(for_alice, at(alice.does(Call{})), Fault::not_authentic);
}

TEST_CASE("registration: no changed byte of any message does anything", "[illegal]") {
  Pair pair;
  auto& [alice, bob] = pair;
  const auto hello = alice.does(Call{});
  check_each_byte(bob, at(hello));
  const auto ack = bob.gets(at(hello));
  check_each_byte(alice, at(ack));
  alice = Side(is_smaller(1, 2) ? 1 : 2, 5), bob = Side(is_smaller(1, 2) ? 2 : 1, 6);
  alice.does(Meet{bob.key()}), bob.does(Meet{alice.key()});
  const auto first = alice.gets(at(bob.gets(at(alice.does(Call{})))));
  check_each_byte(bob, at(first));
  check_each_byte(bob, at(alice.says("hello")));
  const auto renewal = alice.does(Call{});
  check_each_byte(bob, at(renewal));
  check_each_byte(bob, at(alice.says("hello")));
  const auto second = alice.gets(at(bob.gets(at(renewal))));
  check_each_byte(bob, at(second));
  Side lost(is_smaller(1, 2) ? 2 : 1, 99);
  lost.does(Meet{alice.key()});
  check_each_byte(alice, at(lost.gets(at(alice.says("?")))));
}

TEST_CASE("registration: no frame that is cut or extended does anything", "[illegal]") {
  Pair pair;
  auto& [alice, bob] = pair;
  const auto hello = at(alice.does(Call{}));
  const auto check = [](Side& side, const Kept& frame) {
    for (std::size_t size = 0; size < frame.size(); ++size)
      check_refused(side, Bytes(frame).first(size));
    Kept longer = frame;
    longer.push_back(0);
    check_refused(side, longer);
  };
  check(bob, hello);
  const auto ack = at(bob.gets(hello));
  check(alice, ack);
  const auto first = at(alice.gets(ack));
  check(bob, first);
  bob.gets(first);
  check(bob, at(alice.says("hello")));
  check_refused(bob, Kept(registration::payload_size_max + 1), Fault::oversized);
}

TEST_CASE("registration: each wait between contacts has its end, and not before", "[timeout]") {
  Pair pair;
  auto& [alice, bob] = pair;
  const auto hello = alice.does(Call{});
  CHECK(hello.due->timer == "AckOverdue");
  for (int i = 1; i < 4; ++i) {
    CHECK(alice.waits_just(2s).frames == hello.frames);
    CHECK(alice.state() == "AwaitingAck");
  }
  const auto over = alice.waits_just(2s);
  CHECK(over.event<Unreachable>());
  CHECK(over.frames.empty());
  CHECK_FALSE(over.due);
  CHECK(alice.state() == "Met");
  // And may be tried again.
  CHECK(alice.does(Call{}).frames.size() == 1);

  const auto ack = bob.gets(at(hello));
  CHECK(ack.due->timer == "FrameOverdue");
  CHECK(bob.waits_just(10s).is_silent());
  CHECK(bob.state() == "Met");
}

TEST_CASE("registration: an application that wants to call while it is called is not forgotten",
          "[timeout]") {
  Pair pair;
  auto& [alice, bob] = pair;
  bob.gets(at(alice.does(Call{})));
  CHECK(bob.does(Call{}).is_silent());
  CHECK(bob.waits(10s).frames.size() == 1);
  CHECK(bob.state() == "AwaitingAck");
}

TEST_CASE("registration: a caller who is not heard in the new session calls again, then is told",
          "[timeout]") {
  Pair pair;
  auto& [alice, bob] = pair;
  const auto first = alice.gets(at(bob.gets(at(alice.does(Call{})))));
  CHECK(first.due->timer == "FrameDue");
  for (int i = 1; i < 4; ++i) CHECK(at(alice.waits_just(2s)).size() == 100);
  CHECK(at(alice.waits_just(2s)).size() == Hello::size);
  for (int i = 1; i < 4; ++i) CHECK(at(alice.waits_just(2s)).size() == Hello::size);
  CHECK(alice.waits_just(2s).event<Unreachable>());
  CHECK(alice.state() == "Established");
  // And asks again by itself.
  const auto hello = alice.waits_just(1min);
  CHECK(at(hello).size() == Hello::size);
  bob.now = alice.now;
  bob.waits(0s);
  carry_all(alice, bob, hello.frames);
  CHECK(bob.gets(at(alice.says("at last"))).said() == "at last");
}

TEST_CASE("registration: messages alone do not make a caller believe that it is heard",
          "[timeout]") {
  Pair pair;
  auto& [alice, bob] = pair;
  alice.gets(at(bob.gets(at(alice.does(Call{})))));
  bool has_called = false;
  for (int i = 0; i < 20 && !has_called; ++i) {
    alice.says("is anybody there?");
    for (const auto& frame : alice.waits(500ms).frames) has_called |= frame.size() == Hello::size;
  }
  CHECK(has_called);
}

TEST_CASE("registration: who has no room left to acknowledge waits in silence, in every state",
          "[timeout]") {
  Config config;
  config.ahead_max = config.reserve_count + 1;
  config.hello_attempts = 2;
  config.renew_again = 5s;
  config.session_time_max = 1000h;
  Pair pair;
  auto& [alice, bob] = pair;
  bob = Side(is_smaller(1, 2) ? 2 : 1, 9, config);
  bob.does(Meet{alice.key()});
  Pair::establish(alice, bob);
  std::size_t acks = 0;
  std::set<std::string_view> silent_in;
  for (int i = 0; i < 60; ++i) {
    pair.wait(500ms);
    REQUIRE(bob.gets(at(alice.says("again"))).payload);
    if (i == 40) bob.gets(at(alice.does(Call{})));  // what Bob answers is lost like the rest
    pair.wait(1s);
    const auto due = bob.waits(0s);
    REQUIRE_FALSE(due.fault());
    for (const Kept& frame : due.frames) acks += frame.size() == 100;
    if (due.frames.empty()) silent_in.insert(bob.state());
  }
  CHECK(acks == config.ahead_max);  // behind the one that Alice has heard
  CHECK(silent_in.size() == 3);
}

TEST_CASE("registration: a session ends at its age, and is renewed before", "[timeout]") {
  Config config;
  config.session_time_max = 160s;
  Pair pair(config);
  auto& [alice, bob] = pair;
  Pair::establish(alice, bob);
  const Kept message = at(alice.says("late"));
  CHECK(at(alice.waits_just(150s)).size() == Hello::size);
  CHECK(alice.state() == "RenewingAwaitingAck");
  for (int i = 0; i < 3; ++i) CHECK(at(alice.waits(2s)).size() == Hello::size);
  CHECK(alice.waits(2s).event<Unreachable>());
  const auto over = alice.waits_just(2s);
  CHECK(over.event<SessionOver>());
  CHECK(alice.state() == "Met");
  CHECK(alice.says("no").fault() == Fault::not_allowed_now);
  // Bob had asked too, at the same time as he answers Alice now: his is over in its state.
  bob.waits(150s);
  CHECK(bob.state() == "RenewingAwaitingAck");
  bob.now.steady += 10s - 1ns;
  bob.machine().context().config.hello_attempts = 100;
  bob.waits(0s);
  CHECK(bob.waits(1ns).event<SessionOver>());
  CHECK(bob.state() == "AwaitingAck");
  check_dropped(bob, message);
}

TEST_CASE("registration: a session that ends while the next is awaited leaves the next",
          "[timeout]") {
  Config config;
  config.session_time_max = 160s;
  Pair pair(config);
  auto& [alice, bob] = pair;
  Pair::establish(alice, bob);
  pair.wait(140s);
  const auto hello = alice.does(Call{});
  pair.wait(15s);
  bob.waits(0s);
  const auto ack = bob.gets(at(hello));
  pair.wait(5s);
  CHECK(bob.waits(0s).event<SessionOver>());
  CHECK(bob.state() == "AwaitingFrame");
  const auto first = alice.gets(at(ack));
  CHECK(bob.gets(at(first)).event<Established>());
}

TEST_CASE(
    "registration: so many HELLOs of a contact are answered a second, and the same one any time",
    "[attack][illegal]") {
  Pair pair;
  auto& [alice, bob] = pair;
  std::uint64_t number = 50;
  const auto another = [&] {
    Side again(is_smaller(1, 2) ? 1 : 2, ++number);
    again.does(Meet{bob.key()});
    return at(again.does(Call{}));
  };
  // The same one costs nothing but the bytes that were made for it.
  const Kept hello = at(alice.does(Call{}));
  const Kept ack = at(bob.gets(hello));
  const Kept answered = bob.snapshot();
  for (int i = 0; i < 100; ++i) CHECK(at(bob.gets(hello)) == ack);
  CHECK(bob.snapshot() == answered);
  // Others cost agreements.
  for (int i = 0; i < 3; ++i) CHECK(at(bob.gets(another())).size() == HelloAck::size);
  const Kept before = bob.snapshot();
  CHECK(bob.gets(another()).fault() == Fault::back_pressure);
  CHECK(bob.snapshot() == before);
  bob.now.steady += 1s - 1ns;
  CHECK(bob.gets(another()).fault() == Fault::back_pressure);
  bob.now.steady += 1ns;
  CHECK(at(bob.gets(another())).size() == HelloAck::size);
  CHECK(bob.gets(another()).frames.empty());
}

TEST_CASE("registration: a HELLO that is old, or false, or one too many, is refused in every state",
          "[attack][illegal]") {
  Config config;
  config.frame_timeout = 100ms;
  Pair pair(config);
  auto& [alice, bob] = pair;
  std::uint64_t seed = 100;
  const auto hello = [&] {
    Side one(is_smaller(1, 2) ? 1 : 2, ++seed);  // Alice too, each time with another HELLO
    one.does(Meet{bob.key()});
    return at(one.does(Call{}));
  };
  const auto old = hello();
  const auto check_in = [&](std::string_view state) {
    INFO(state);
    CHECK(bob.state() == state);
    check_refused(bob, old, Fault::stale);
    Kept wrong = hello();
    wrong.back() ^= 1;
    check_refused(bob, wrong, Fault::not_authentic);
    check_refused(bob, hello(), Fault::back_pressure);
  };
  CHECK(bob.gets(old).frames.size() == 1);
  for (int i = 0; i < 3; ++i) CHECK(bob.gets(hello()).frames.size() == 1);
  check_in("AwaitingFrame");
  bob.waits(100ms);
  check_in("Met");
  const auto called = bob.does(Call{});
  check_in("AwaitingAck");
  alice.gets(at(bob.gets(at(alice.gets(at(called))))));
  check_in("Established");
  bob.does(Call{});
  check_in("RenewingAwaitingAck");
  bob.now.steady += 1s;
  const auto answered = hello();
  const auto ack = bob.gets(answered);
  CHECK(bob.gets(answered).frames == ack.frames);
  check_in("RenewingAwaitingFrame");
  bob.now.steady += 1s;
  CHECK(at(bob.gets(hello())).size() == HelloAck::size);
  check_in("RenewingAwaitingFrame");
}

TEST_CASE("registration: a session is over at its age though others were begun since and not heard",
          "[timeout][attack]") {
  // The server lets HELLO and its answer pass, and no frame of Bob's: he is never heard again.
  Config config;
  config.session_time_max = 160s;
  Pair pair(config);
  auto& [alice, bob] = pair;
  Pair::establish(alice, bob);
  for (int i = 0; i < 3; ++i) {
    pair.wait(30s);
    const auto hello = alice.does(Call{});
    const auto ack = bob.gets(at(hello));
    CHECK(alice.gets(at(ack)).event<Renewed>());
    bob.now.steady += 10s;
    bob.waits(0s);
  }
  CHECK(alice.state() == "Established");
  pair.wait(70s - 1ns);
  CHECK_FALSE(alice.waits(0s).event<SessionOver>());
  bool is_over = false;
  for (int i = 0; i < 10 && !is_over; ++i)
    is_over = alice.waits(i == 0 ? 1ns : 0ns).event<SessionOver>();
  CHECK(is_over);
  CHECK(alice.now.steady == SteadyTime{} + 1h + 160s);
}

TEST_CASE("registration: what is too much, or too early, is refused", "[illegal]") {
  Side alice(1, 1), bob(2, 2);
  CHECK(alice.does(Call{}).fault() == Fault::not_allowed_now);
  CHECK(alice.says("to nobody").fault() == Fault::not_allowed_now);
  CHECK(alice.does(Meet{alice.key()}).fault() == Fault::bad_argument);
  CHECK(alice.does(Meet{}).fault() == Fault::low_order_key);
  Machine<Peer> keyless{Context({}, {})};
  CHECK(keyless.handle(Meet{bob.key()}, {}).fault() == Fault::bad_argument);
  alice.does(Meet{bob.key()});
  bob.does(Meet{alice.key()});
  CHECK(alice.does(Meet{bob.key()}).fault() == Fault::not_allowed_now);
  CHECK(alice.says("too early").fault() == Fault::not_allowed_now);
  Pair::establish(alice, bob);
  const Kept most(payload_size_max, 'a'), too_much(payload_size_max + 1, 'a');
  const Kept before = alice.snapshot();
  CHECK(alice.does(Send{too_much}).fault() == Fault::too_large);
  CHECK(alice.snapshot() == before);
  const auto sent = alice.does(Send{most});
  CHECK(at(sent).size() == registration::payload_size_max);
  CHECK(bob.gets(at(sent)).payload == most);
}

TEST_CASE("registration: a random source that fails begins nothing", "[illegal]") {
  Pair pair;
  auto& [alice, bob] = pair;
  for (const std::size_t size : {16u, 32u}) {
    const Kept before = alice.snapshot();
    alice.random().fail_next(1, size);
    CHECK(alice.does(Call{}).fault() == Fault::random_source_failed);
    CHECK(alice.snapshot() == before);
  }
  const auto hello = alice.does(Call{});
  for (const std::size_t size : {16u, 32u}) {
    bob.random().fail_next(1, size);
    check_refused(bob, at(hello), Fault::random_source_failed);
  }
  const auto first = alice.gets(at(bob.gets(at(hello))));
  CHECK(first.event<Established>());
  // She is not heard in the new session, and would call again.
  for (int i = 1; i < 4; ++i) alice.waits(2s);
  alice.random().fail_next(1, 16);
  CHECK(alice.waits(2s).fault() == Fault::random_source_failed);
  CHECK(alice.state() == "Established");
  CHECK(at(alice.waits(2s)).size() == Hello::size);
}

TEST_CASE("registration: a random source that fails for hours keeps no session beyond its age",
          "[timeout][illegal]") {
  Config config;
  config.session_time_max = 16h;
  Pair pair(config);
  auto& [alice, bob] = pair;
  Pair::establish(alice, bob);
  alice.random().fail_next(100'000, 16);
  const SteadyTime began = alice.now.steady;
  // Each time no later than is asked for: the renewal is refused from 15 hours on.
  auto out = alice.says("in time");
  CHECK_FALSE(out.fault());
  int refused = 0, calls = 0;
  for (; !out.event<SessionOver>() && calls < 100'000; ++calls) {
    REQUIRE(out.due);
    REQUIRE(out.due->at > alice.now.steady);
    out = alice.waits(out.due->at - alice.now.steady);
    if (!out.fault()) continue;
    CHECK(out.fault() == Fault::random_source_failed);
    ++refused;
  }
  CHECK(out.event<SessionOver>());
  CHECK(alice.now.steady == began + 16h);
  CHECK(alice.state() == "Met");
  CHECK(refused >= 3600);
  CHECK(calls <= 3610);  // once a second
  CHECK(alice.does(Call{}).fault() == Fault::random_source_failed);
  alice.random().fail_next(0, 0);
  CHECK(at(alice.does(Call{})).size() == Hello::size);
}

TEST_CASE("registration: so many messages go one way in a session, and one more is refused",
          "[illegal]") {
  Config config;
  config.messages_max = 3;
  Pair pair(config);
  auto& [alice, bob] = pair;
  Pair::establish(alice, bob);
  for (int i = 0; i < 3; ++i) CHECK(bob.gets(at(alice.says("one of three"))).payload);
  // Though Bob tells that he has opened them.
  alice.gets(at(bob.says("all three")));
  const Kept before = alice.snapshot();
  const auto fourth = alice.says("one more");
  CHECK(fourth.fault() == Fault::rekey);
  CHECK(fourth.frames.empty());
  CHECK(alice.snapshot() == before);
  // What the other says is another count, and acknowledgements are none of them.
  for (int i = 0; i < 2; ++i) CHECK(alice.gets(at(bob.says("two more"))).payload);
  CHECK(bob.says("one more").fault() == Fault::rekey);
  alice.machine().context().config.hello_attempts = 100;  // no renewal comes of the HELLO here
  CHECK(at(alice.waits(1s)).size() == Hello::size);
  CHECK(alice.says("one more").fault() == Fault::rekey);
}

TEST_CASE("registration: a session has the same limits while it is renewed", "[illegal]") {
  Config config;
  config.messages_max = 1;
  Pair pair(config);
  auto& [alice, bob] = pair;
  Pair::establish(alice, bob);
  bob.gets(at(alice.does(Call{})));
  CHECK(alice.state() == "RenewingAwaitingAck");
  CHECK(bob.state() == "RenewingAwaitingFrame");
  const Kept too_much(payload_size_max + 1, 'a');
  const auto check_refuses = [](Side& side, Bytes payload, Fault fault) {
    const Kept before = side.snapshot();
    const auto result = side.does(Send{payload});
    CHECK(result.fault() == fault);
    CHECK(result.frames.empty());
    CHECK(side.snapshot() == before);
  };
  for (Side* const side : {&alice, &bob}) {
    check_refuses(*side, too_much, Fault::too_large);
    CHECK(side->says("the only one").frames.size() == 1);
    check_refuses(*side, bytes_of("one more"), Fault::rekey);
  }
}

TEST_CASE("registration: a machine that is stored and comes back goes on") {
  Pair pair;
  auto& [alice, bob] = pair;
  const auto stored = [](Side& side) {
    const Kept snapshot = side.snapshot();
    auto restored = Machine<Peer>::dangerous_restore(std::move(side.machine().context()), snapshot);
    REQUIRE(restored);
    side.machine() = std::move(*restored);
    CHECK(side.snapshot() == snapshot);
  };
  const auto hello = alice.does(Call{});
  stored(alice);
  const auto ack = bob.gets(at(hello));
  stored(bob);
  const auto first = alice.gets(at(ack));
  stored(alice);
  bob.gets(at(first));
  stored(bob);
  CHECK(bob.gets(at(alice.says("hello"))).said() == "hello");
}

TEST_CASE("registration: one pool serves all contacts with one key") {
  testing::SeededRandom random(1);
  Pool<Peer> pool(Context({}, identity(1), Random(random)), 2);
  Side bob(2, 2), carol(3, 3);
  const auto alice = identity(1).public_key();
  const Time now = bob.now;
  for (const std::uint32_t link : {2u, 3u}) {
    Side& contact = link == 2 ? bob : carol;
    contact.does(Meet{alice});
    REQUIRE(pool.open(Link{link}));
    CHECK_FALSE(pool.handle(Link{link}, Meet{contact.key()}, now).fault());
    const auto hello = keep(pool.handle(Link{link}, Call{}, now).transmit[0].bytes);
    const auto ack = contact.gets(hello);
    const auto out = pool.receive(Link{link}, at(ack), now);
    CHECK(out.event<handfast::Established>());
    CHECK(contact.gets(out.transmit[0].bytes).event<handfast::Established>());
  }
  const auto sent = keep(pool.handle(Link{2}, Send{bytes_of("to Bob")}, now).transmit[0].bytes);
  CHECK(carol.gets(sent).fault() == Fault::stale);
  CHECK(bob.gets(sent).said() == "to Bob");
}

TEST_CASE(
    "registration: no run of two gets stuck, with more messages in flight than a compiler explores",
    "[property]") {
  const auto check = [](const Verdict& verdict, int configurations_min) {
    CHECK(verdict.flaw == Flaw::none);
    CHECK(verdict.explored > configurations_min);
  };
  const handfast::Channel all = Channel::lossy | Channel::duplicating | Channel::reordering;
  check(explore<Peer, Peer, 2>(Channel::reliable, 0), 5000);
  check(explore<Peer, Peer, 2>(Channel::lossy, 0), 5000);
  check(explore<Peer, Peer, 2>(all, 1), 5000);
}
