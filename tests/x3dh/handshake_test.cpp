// Issuer and holder, from the bundle to the end.

#include "handfast/core/pool.hpp"
#include "tests/x3dh/pair.hpp"

using namespace x3dh_test;

TEST_CASE("x3dh: issuer and holder agree, and each is told who the other is", "[roundtrip]") {
  for (const bool has_one_time : {true, false}) {
    Config config;
    config.has_one_time_keys = has_one_time;
    Pair pair(1, config, config);
    pair.establish();
    CHECK(pair.issuer.stores_first);
    const auto issuers = pair.issuer.machine.context().identity.public_key(),
               holders = pair.holder.machine.context().identity.public_key();
    CHECK(pair.issuer.met->peer == holders);
    CHECK(pair.holder.met->peer == issuers);
    CHECK(pair.issuer.met->fingerprint == pair.holder.met->fingerprint);
    CHECK(pair.issuer.committed->transcript == pair.holder.running->transcript);
    CHECK(pair.issuer.committed->key_id == pair.holder.committed->key_id);
    CHECK(pair.issuer.committed->own == pair.holder.committed->peer);
    CHECK(pair.issuer.committed->peer == pair.holder.committed->own);
    CHECK(pair.issuer.delivered.empty());
    CHECK(pair.holder.delivered.empty());
  }
}

TEST_CASE("x3dh: whatever uses a key up is stored before its frame leaves", "[roundtrip]") {
  Pair pair;
  pair.start();
  CHECK(pair.issuer.stores_first);
  REQUIRE(pair.holder.receive(pair.issuer.frame()));
  CHECK(pair.holder.stores_first);
  REQUIRE(pair.holder.send("early"));
  CHECK(pair.holder.stores_first);
  REQUIRE(pair.holder.wait());
  CHECK(pair.holder.stores_first);
  REQUIRE(pair.issuer.receive(pair.holder.frame()));
  CHECK(pair.issuer.stores_first);
  REQUIRE(pair.issuer.receive(pair.holder.frame()));
  CHECK(pair.issuer.stores_first);
  REQUIRE(pair.issuer.send("text"));
  CHECK(pair.issuer.stores_first);
}

TEST_CASE("x3dh: messages go both ways, each delivered once", "[roundtrip]") {
  Pair pair;
  pair.establish();
  for (const std::string text : {"a", "second", "third"}) {
    REQUIRE(pair.issuer.send(text));
    REQUIRE(pair.holder.send(text + "!"));
    pair.carry();
  }
  CHECK(pair.holder.delivered == std::vector<std::string>{"a", "second", "third"});
  CHECK(pair.issuer.delivered == std::vector<std::string>{"a!", "second!", "third!"});
}

TEST_CASE("x3dh: what the holder says before it was answered is delivered, in any order",
          "[roundtrip]") {
  Pair pair;
  pair.start();
  REQUIRE(pair.holder.receive(pair.issuer.frame()));
  REQUIRE(pair.holder.send("one"));
  REQUIRE(pair.holder.send("two"));
  REQUIRE(pair.holder.sent.size() == 3);
  REQUIRE(pair.issuer.receive(pair.holder.sent[2]));
  CHECK(pair.issuer.is_established);
  REQUIRE(pair.issuer.receive(pair.holder.sent[0]));
  REQUIRE(pair.issuer.receive(pair.holder.sent[1]));
  CHECK(pair.issuer.delivered == std::vector<std::string>{"two", "one"});
  CHECK_FALSE(pair.issuer.receive(pair.holder.sent[1]));
  CHECK(pair.issuer.fault == Fault::replayed);
  pair.holder.sent.clear();
  // Three answers, of which the last comes first.
  REQUIRE(pair.issuer.sent.size() == 3);
  REQUIRE(pair.holder.receive(pair.issuer.sent[2]));
  CHECK(pair.holder.is_established);
  REQUIRE(pair.holder.receive(pair.issuer.sent[0]));
}

TEST_CASE("x3dh: a bundle, a first message and an answer that are lost are said again",
          "[roundtrip]") {
  Pair pair;
  pair.start();
  (void)pair.issuer.frame();
  REQUIRE(pair.issuer.wait());
  const auto bundle = pair.issuer.frame();
  REQUIRE(pair.holder.receive(bundle));
  (void)pair.holder.frame();
  REQUIRE(pair.holder.wait());
  REQUIRE(pair.issuer.receive(pair.holder.frame()));
  (void)pair.issuer.frame();
  REQUIRE(pair.holder.wait());
  REQUIRE(pair.holder.receive(bundle));  // repeated, which changes nothing
  pair.carry();
  CHECK(pair.holder.is_established);
  CHECK(pair.issuer.is_established);
}

TEST_CASE("x3dh: who hears nothing has said it twelve times, and ends", "[limits]") {
  Pair alone;
  alone.start();
  for (int i = 1; i < 12; ++i) REQUIRE(alone.issuer.wait());
  CHECK(alone.issuer.sent.size() == 12);
  CHECK_FALSE(alone.issuer.closed);
  REQUIRE(alone.issuer.wait());
  CHECK(alone.issuer.closed->fault == Fault::timed_out);
  REQUIRE(alone.holder.wait());
  CHECK(alone.holder.closed->fault == Fault::timed_out);

  Pair half;
  half.start();
  REQUIRE(half.holder.receive(half.issuer.frame()));
  for (int i = 1; i < 12; ++i) REQUIRE(half.holder.wait());
  CHECK(half.holder.sent.size() == 12);
  REQUIRE(half.holder.wait());
  CHECK(half.holder.closed->fault == Fault::timed_out);
}

TEST_CASE("x3dh: what the holder's application says is no attempt, and puts none off", "[limits]") {
  Pair pair;
  pair.start();
  REQUIRE(pair.holder.receive(pair.issuer.frame()));
  for (int i = 0; i < 50; ++i) REQUIRE(pair.holder.send("nobody has answered"));
  CHECK(pair.holder.due->at - pair.holder.now.steady == Config{}.repeat);
  for (int i = 1; i < 12; ++i) REQUIRE(pair.holder.wait());
  CHECK_FALSE(pair.holder.closed);
  REQUIRE(pair.holder.wait());
  CHECK(pair.holder.closed->fault == Fault::timed_out);
}

TEST_CASE("x3dh: what comes when all is over is dropped without a word", "[roundtrip]") {
  Pair pair;
  pair.establish();
  REQUIRE(pair.issuer.send("too late"));
  REQUIRE(pair.holder.handle(Stop{}));
  CHECK(pair.holder.receive(pair.issuer.frame()));
  CHECK(pair.holder.delivered.empty());
  CHECK_FALSE(pair.holder.closed->fault);
}

TEST_CASE("x3dh: any bit of bundle, first message and message that is flipped is refused",
          "[illegal]") {
  Pair pair;
  pair.start();
  const auto refused = [](auto& side, const std::vector<std::uint8_t>& frame) {
    const std::string before = side.snapshot();
    for (std::size_t bit = 0; bit < 8 * frame.size(); ++bit) {
      auto flipped = frame;
      flipped[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
      INFO("bit " << bit);
      CHECK_FALSE(side.receive(flipped));
      CHECK(side.snapshot() == before);
    }
    for (std::size_t size = 0; size < frame.size(); ++size)
      CHECK_FALSE(side.receive(Bytes(frame).first(size)));
    CHECK(side.snapshot() == before);
    REQUIRE(side.receive(frame));
  };
  refused(pair.holder, pair.issuer.frame());
  refused(pair.issuer, pair.holder.frame());
  refused(pair.holder, pair.issuer.frame());
  REQUIRE(pair.holder.send("text"));
  refused(pair.issuer, pair.holder.frame());
}

TEST_CASE(
    "x3dh: a bundle for another connection, from somebody else, without a one-time key is "
    "refused by name",
    "[illegal]") {
  Config strict;
  Pair pair, others(2);
  strict.peer = others.holder.machine.context().identity.public_key();
  pair.start();
  const auto bundle = pair.issuer.frame();

  Side<Holder<>> elsewhere(pair.context({}));
  REQUIRE(elsewhere.handle(Start{connection("another")}));
  CHECK_FALSE(elsewhere.receive(bundle));
  CHECK(elsewhere.fault == Fault::wrong_session);

  Side<Holder<>> pinned(pair.context(strict));
  REQUIRE(pinned.handle(Start{connection()}));
  CHECK_FALSE(pinned.receive(bundle));
  CHECK(pinned.fault == Fault::unexpected_key);

  Config without;
  without.has_one_time_keys = false;
  Pair poor(3, without);
  poor.start();
  CHECK_FALSE(poor.holder.receive(poor.issuer.frame()));
  CHECK(poor.holder.fault == Fault::limit_reached);
}

TEST_CASE("x3dh: a side that hears itself refuses it", "[illegal]") {
  Pair pair;
  Side<Issuer<>>& issuer = pair.issuer;
  pair.start();
  Side<Holder<>> mirror(x3dh::Context(
      [&] {
        xeddsa::PrivateKey same;
        Buffer bytes;
        SnapshotWriter writer(bytes);
        issuer.machine.context().identity.dangerous_write(writer);
        SnapshotReader reader(bytes.bytes());
        REQUIRE(same.dangerous_read(reader));
        return same;
      }(),
      {}, pair.random));
  REQUIRE(mirror.handle(Start{connection()}));
  CHECK_FALSE(mirror.receive(issuer.frame()));
  CHECK(mirror.fault == Fault::unexpected_key);

  Pair open(4);
  open.establish();
  REQUIRE(open.issuer.send("to the holder"));
  CHECK_FALSE(open.issuer.receive(open.issuer.frame()));
  CHECK(open.issuer.fault == Fault::not_authentic);
}

TEST_CASE("x3dh: a one-time key makes one session", "[illegal]") {
  Pair pair;
  pair.start();
  const auto bundle = pair.issuer.frame();
  Side<Holder<>> second(pair.context({}));
  REQUIRE(second.handle(Start{connection()}));
  REQUIRE(pair.holder.receive(bundle));
  REQUIRE(second.receive(bundle));
  const auto first = pair.holder.frame();
  REQUIRE(pair.issuer.receive(first));
  const std::string before = pair.issuer.snapshot();
  CHECK_FALSE(pair.issuer.receive(second.frame()));
  CHECK(pair.issuer.fault == Fault::replayed);
  CHECK_FALSE(pair.issuer.receive(first));
  CHECK(pair.issuer.fault == Fault::replayed);
  CHECK(pair.issuer.snapshot() == before);
}

TEST_CASE(
    "x3dh: without a one-time key a first message makes one session as long as the pre-key lives",
    "[illegal]") {
  Config without;
  without.has_one_time_keys = false;
  Pair pair(1, without, without);
  pair.start();
  REQUIRE(pair.holder.receive(pair.issuer.frame()));
  const auto first = pair.holder.frame();
  REQUIRE(pair.issuer.receive(first));
  const auto again = [&] {
    Side<Issuer<>> next(std::move(pair.issuer.machine.context()));
    REQUIRE(next.handle(Start{connection()}));
    CHECK_FALSE(next.receive(first));
    CHECK_FALSE(next.is_established);
    pair.issuer.machine.context() = std::move(next.machine.context());
    return *next.fault;
  };
  CHECK(again() == Fault::replayed);
  CHECK(again() == Fault::replayed);
  pair.issuer.machine.context().signed_pre_key = x25519::PrivateKey::generate(pair.random).value();
  CHECK(again() == Fault::unexpected_key);
}

TEST_CASE("x3dh: an answer to a bundle whose pre-key was replaced makes a pool forget nothing",
          "[illegal]") {
  Config without;
  without.has_one_time_keys = false;
  Pair pair(1, without, without);
  Pool<Issuer<>> pool(std::move(pair.issuer.machine.context()), 4);
  const auto begin = [&](Link link, std::string_view name) {
    (void)pool.close(link);
    REQUIRE(pool.open(link));
    const auto out = pool.handle(link, Start{connection(name)}, {});
    const Bytes bundle = out.transmit[0].bytes;
    return std::vector<std::uint8_t>(bundle.begin(), bundle.end());
  };
  const auto answer_to = [&](const auto& bundle, std::string_view name) {
    Side<Holder<>> holder(pair.context(without));
    REQUIRE(holder.handle(Start{connection(name)}));
    REQUIRE(holder.receive(bundle));
    return holder.frame();
  };
  const auto fault_of = [&](Link link, const auto& frame) {
    return pool.receive(link, frame, {}).fault();
  };
  const Link one{1}, two{2}, same_as_one{3}, four{4};
  const auto early = answer_to(begin(one, "one"), "one");
  (void)begin(same_as_one, "one");
  pool.context().signed_pre_key = x25519::PrivateKey::generate(pair.random).value();
  const auto late = answer_to(begin(two, "two"), "two");

  CHECK_FALSE(fault_of(two, late));
  CHECK_FALSE(fault_of(one, early));
  CHECK_FALSE(fault_of(four, answer_to(begin(four, "four"), "four")));
  (void)begin(two, "two");
  CHECK(fault_of(two, late) == Fault::replayed);
  CHECK(fault_of(same_as_one, early) == Fault::replayed);
}

TEST_CASE("x3dh: of first messages without a one-time key 1024 are remembered", "[limits]") {
  FirstMessages messages;
  Random random;
  const auto one = x25519::PrivateKey::generate(random)->public_key(),
             other = x25519::PrivateKey::generate(random)->public_key(),
             third = x25519::PrivateKey::generate(random)->public_key();
  const auto name = [](std::size_t i) {
    return FirstMessages::Name{static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(i >> 8)};
  };
  for (std::size_t i = 0; i < FirstMessages::count_max; ++i) {
    REQUIRE(messages.check(name(i), one));
    messages.remember(name(i), one);
    REQUIRE(messages.check(name(i), one).error() == Fault::replayed);
  }
  CHECK(messages.check(name(5000), one).error() == Fault::limit_reached);
  CHECK(messages.check(name(5000), other));
  messages.remember(name(5000), other);
  CHECK(messages.check(name(5000), other).error() == Fault::replayed);
  // What was there before is remembered until the next but one is there.
  CHECK(messages.check(name(0), other).error() == Fault::replayed);
  messages.remember(name(5001), third);
  CHECK(messages.check(name(5000), third).error() == Fault::replayed);
  CHECK(messages.check(name(0), third));
}

TEST_CASE("x3dh: where the random source fails at any draw nothing has changed", "[illegal]") {
  struct Failing : RandomSource {
    int left = 1 << 20;  // draws that succeed
    testing::SeededRandom source{7};
    bool fill(MutableBytes out) override { return left-- > 0 && source.fill(out); }
  } failing;
  Config config;
  const auto context = [&] {
    Random random(failing);
    return x3dh::Context(xeddsa::PrivateKey::generate(random).value(), config, random);
  };
  Side<Issuer<>> issuer(context());
  Side<Holder<>> holder(context());
  Random any;
  issuer.machine.context().signed_pre_key = x25519::PrivateKey::generate(any).value();
  // Each draw of `call` fails once; then it succeeds.
  const auto failing_each = [&](auto& side, int draws, auto&& call) {
    for (int i = 0; i < draws; ++i) {
      const std::string before = side.snapshot();
      failing.left = i;
      CHECK_FALSE(call());
      CHECK(side.fault == Fault::random_source_failed);
      CHECK(side.snapshot() == before);
      CHECK(side.sent.empty());
    }
    failing.left = draws;
    REQUIRE(call());
    CHECK(failing.left == 0);
  };
  REQUIRE(holder.handle(Start{connection()}));
  failing_each(issuer, 1, [&] { return issuer.handle(Start{connection()}); });
  const auto bundle = issuer.frame();
  failing_each(holder, 3, [&] { return holder.receive(bundle); });
  const auto first = holder.frame();
  failing_each(holder, 1, [&] { return holder.send("early"); });
  const auto early = holder.frame();
  failing_each(issuer, 2, [&] { return issuer.receive(first); });
  const auto answer = issuer.frame();
  failing_each(issuer, 1, [&] { return issuer.receive(early); });
  failing_each(holder, 1, [&] { return holder.receive(answer); });
  failing_each(holder, 1, [&] { return holder.send("text"); });
}

TEST_CASE("x3dh: who has not been answered says no more than the issuer can follow", "[limits]") {
  Pair pair;
  pair.start();
  REQUIRE(pair.holder.receive(pair.issuer.frame()));
  int sent = 0;
  while (pair.holder.send("lost")) ++sent;
  CHECK(sent == 899);
  CHECK(pair.holder.fault == Fault::back_pressure);
  pair.holder.sent.clear();
  for (int i = 0; i < 3; ++i) REQUIRE(pair.holder.wait());
  REQUIRE(pair.issuer.receive(pair.holder.sent.back()));
  pair.holder.sent.clear();
  pair.carry();
  CHECK(pair.holder.is_established);
}

TEST_CASE("x3dh: a first message that comes late, when the ratchet has turned, is delivered once",
          "[roundtrip]") {
  Pair pair;
  pair.start();
  REQUIRE(pair.holder.receive(pair.issuer.frame()));
  REQUIRE(pair.holder.send("late"));
  const auto first = pair.holder.frame(), late = pair.holder.frame();
  REQUIRE(pair.issuer.receive(first));
  pair.carry();
  for (int i = 0; i < 3; ++i) {
    REQUIRE(pair.holder.send("turn"));
    REQUIRE(pair.issuer.send("turn"));
    pair.carry();
  }
  REQUIRE(pair.issuer.receive(late));
  CHECK(pair.issuer.delivered.back() == "late");
  pair.issuer.sent.clear();
  CHECK_FALSE(pair.issuer.receive(late));
  CHECK(pair.issuer.sent.empty());
}

TEST_CASE("x3dh: a first message to other pre-keys, or from somebody else, is refused by name",
          "[illegal]") {
  Config strict;
  Pair pair, others(2);
  strict.peer = others.holder.machine.context().identity.public_key();
  pair.start();
  others.start();
  REQUIRE(others.holder.receive(others.issuer.frame()));
  CHECK_FALSE(pair.issuer.receive(others.holder.frame()));
  CHECK(pair.issuer.fault == Fault::unexpected_key);

  Pair pinned(3, strict);
  pinned.start();
  REQUIRE(pinned.holder.receive(pinned.issuer.frame()));
  CHECK_FALSE(pinned.issuer.receive(pinned.holder.frame()));
  CHECK(pinned.issuer.fault == Fault::unexpected_key);
}

TEST_CASE("x3dh: with another info or other bound data nothing opens", "[illegal]") {
  for (const bool is_info : {true, false}) {
    Config other;
    (is_info ? other.info : other.bound_data) = {1};
    Pair pair(1, {}, other);
    pair.start();
    REQUIRE(pair.holder.receive(pair.issuer.frame()));
    CHECK_FALSE(pair.issuer.receive(pair.holder.frame()));
    CHECK(pair.issuer.fault == Fault::not_authentic);
  }
}

TEST_CASE("x3dh: who must be verified is sent nothing until the fingerprint was compared",
          "[illegal]") {
  Config careful;
  careful.wants_verified = true;
  Pair pair(1, careful, careful);
  pair.start();
  REQUIRE(pair.holder.receive(pair.issuer.frame()));
  CHECK_FALSE(pair.holder.send("too soon"));
  CHECK(pair.holder.fault == Fault::unexpected_key);
  auto wrong = pair.holder.met->fingerprint;
  wrong[31] ^= 1;
  CHECK_FALSE(pair.holder.handle(Verify{wrong}));
  CHECK(pair.holder.fault == Fault::unexpected_key);
  CHECK_FALSE(pair.holder.send("still"));
  pair.carry();
  CHECK_FALSE(pair.issuer.handle(Verify{wrong}));
  CHECK_FALSE(pair.issuer.send("nor this side"));
  REQUIRE(pair.holder.handle(Verify{pair.issuer.met->fingerprint}));
  REQUIRE(pair.holder.send("now"));
  pair.carry();
  CHECK(pair.issuer.delivered == std::vector<std::string>{"now"});
  CHECK_FALSE(pair.issuer.is_verified);  // this user has not compared anything
  REQUIRE(pair.issuer.handle(Verify{pair.issuer.met->fingerprint}));
  REQUIRE(pair.issuer.send("and now"));
  pair.carry();
  CHECK(pair.holder.is_verified);
}

TEST_CASE("x3dh: who was known beforehand is verified", "[roundtrip]") {
  Pair first(1);
  Config knows;
  knows.peer = first.issuer.machine.context().identity.public_key();
  knows.wants_verified = true;
  Side<Holder<>> holder(first.context(knows));
  first.start();
  REQUIRE(holder.handle(Start{connection()}));
  REQUIRE(holder.receive(first.issuer.frame()));
  CHECK(holder.send("at once"));
}

TEST_CASE("x3dh: a payload is one byte to 65535", "[limits]") {
  Pair pair;
  pair.establish();
  CHECK_FALSE(pair.issuer.send(""));
  CHECK(pair.issuer.fault == Fault::bad_argument);
  CHECK_FALSE(pair.issuer.send(std::string(payload_size_max + 1, 'x')));
  CHECK(pair.issuer.fault == Fault::too_large);
  const std::string largest(payload_size_max, 'x');
  REQUIRE(pair.issuer.send(largest));
  REQUIRE(pair.holder.receive(pair.issuer.frame()));
  CHECK(pair.holder.delivered.back() == largest);
}

TEST_CASE("x3dh: keys of late messages are forgotten after a week", "[limits]") {
  Pair pair;
  pair.establish();
  REQUIRE(pair.issuer.send("late"));
  const auto late = pair.issuer.frame();
  REQUIRE(pair.issuer.send("in time"));
  REQUIRE(pair.holder.receive(pair.issuer.frame()));
  REQUIRE(pair.holder.due);
  CHECK(pair.holder.due->at - pair.holder.now.steady == std::chrono::hours(24 * 7));
  REQUIRE(pair.holder.wait());
  CHECK_FALSE(pair.holder.due);
  CHECK_FALSE(pair.holder.receive(late));
  CHECK(pair.holder.fault == Fault::replayed);
}

TEST_CASE("x3dh: where the clock goes back keys of late messages are kept no longer for it",
          "[limits]") {
  Pair pair;
  pair.establish();
  using namespace std::chrono_literals;
  pair.holder.now.utc += 9 * 365 * 24h;
  REQUIRE(pair.issuer.send("late"));
  (void)pair.issuer.frame();
  REQUIRE(pair.issuer.send("one"));
  REQUIRE(pair.holder.receive(pair.issuer.frame()));
  pair.holder.now.utc -= 9 * 365 * 24h;
  REQUIRE(pair.issuer.send("later"));
  (void)pair.issuer.frame();
  REQUIRE(pair.issuer.send("two"));
  REQUIRE(pair.holder.receive(pair.issuer.frame()));
  CHECK(pair.holder.due->at - pair.holder.now.steady == 24h * 7);
  REQUIRE(pair.holder.wait());
  CHECK_FALSE(pair.holder.due);
}

TEST_CASE("x3dh: a start that cannot work is refused by name", "[illegal]") {
  Pair pair;
  CHECK_FALSE(pair.holder.handle(Start{}));
  CHECK(pair.holder.fault == Fault::bad_argument);
  Side<Issuer<>> keyless(pair.context({}));
  CHECK_FALSE(keyless.handle(Start{connection()}));
  CHECK(keyless.fault == Fault::bad_argument);
  Side<Holder<>> nobody(x3dh::Context(xeddsa::PrivateKey{}));
  CHECK_FALSE(nobody.handle(Start{connection()}));
  const auto is_refused = [&](auto&& change) {
    Config config;
    change(config);
    Side<Holder<>> side(pair.context(config));
    return !side.handle(Start{connection()}) && side.fault == Fault::bad_argument;
  };
  using namespace std::chrono_literals;
  CHECK_FALSE(is_refused([](Config&) {}));
  CHECK(is_refused([](Config& c) { c.attempts = 0; }));
  CHECK(is_refused([](Config& c) { c.attempts = 101; }));
  CHECK_FALSE(is_refused([](Config& c) { c.attempts = 100, c.repeat = 24h; }));
  CHECK(is_refused([](Config& c) { c.repeat = 0s; }));
  CHECK(is_refused([](Config& c) { c.repeat = 24h + 1ns; }));
  CHECK(is_refused([](Config& c) { c.late_keys_time = 0s; }));
  CHECK(is_refused([](Config& c) { c.late_keys_time = 24h * 365 + 1ns; }));
  CHECK_FALSE(is_refused([](Config& c) { c.bound_data.resize(128); }));
  CHECK(is_refused([](Config& c) { c.bound_data.resize(129); }));
  CHECK_FALSE(ConnectionId::parse(std::string(65, 'x')));
  CHECK_FALSE(ConnectionId::parse("\xFF"));
  CHECK_FALSE(ConnectionId::parse(""));
}

TEST_CASE("x3dh: a session goes through a snapshot in each state", "[roundtrip]") {
  const auto again = [](auto& side, Pair& pair) {
    using M = std::remove_reference_t<decltype(side.machine)>;
    const Buffer stored = side.machine.dangerous_snapshot();
    x3dh::Context context(std::move(side.machine.context()));
    auto restored = M::dangerous_restore(std::move(context), stored.bytes());
    REQUIRE(restored);
    CHECK(text_of(restored->dangerous_snapshot().bytes()) == text_of(stored.bytes()));
    side.machine = std::move(*restored);
    (void)pair;
  };
  Pair pair;
  again(pair.issuer, pair);
  pair.start();
  again(pair.issuer, pair);
  again(pair.holder, pair);
  REQUIRE(pair.holder.receive(pair.issuer.frame()));
  again(pair.holder, pair);
  REQUIRE(pair.holder.send("while nobody has answered"));
  pair.carry();
  again(pair.issuer, pair);
  again(pair.holder, pair);
  REQUIRE(pair.issuer.send("lost"));
  (void)pair.issuer.frame();
  REQUIRE(pair.issuer.send("then"));
  pair.carry();
  again(pair.holder, pair);
  REQUIRE(pair.holder.send("back"));
  pair.carry();
  CHECK(pair.issuer.delivered == std::vector<std::string>{"while nobody has answered", "back"});
  CHECK(pair.holder.delivered == std::vector<std::string>{"then"});
  REQUIRE(pair.holder.handle(Stop{}));
  again(pair.holder, pair);
}
