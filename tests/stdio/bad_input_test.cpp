#include "handfast/stdio/session.hpp"

#include "handfast/wire/base64.hpp"
#include "tests/stdio/harness.hpp"
#include "tests/support/catch.hpp"

// Input that no honest peer sends, or not then: each with its fault, and nothing else happens.

using namespace stdio_test;

namespace {

/// The side refuses `frame` for `fault`: one event, no frame, no change, nothing of it told.
bool refuses(Side& side, const Sealed& frame, Time now, std::optional<Fault> fault = std::nullopt) {
  const Kept before = side.snapshot();
  const Result result = side.receive(frame.link, frame.bytes, now);
  if (fault) CHECK(result.fault() == fault);
  return result.fault() && result.told.size() == 1 && result.told[0].text.empty() &&
         result.frames.empty() && result.rows.empty() && side.snapshot() == before;
}
Sealed line(std::string_view text) { return {standard_streams, keep(text)}; }
Sealed record(const Kept& bytes) { return {channel_link, bytes}; }

std::string base64_of(const Kept& bytes) {
  return wire::base64::encode(bytes, wire::base64::standard);
}

struct BadLine {
  std::string text;
  Fault fault;
};

/// Bad lines that differ only in what stands before and after the key.
std::vector<BadLine> bad_lines(const std::string& key, const std::string& rest) {
  const std::string good = "{\"version\":2,\"public_key\":\"" + key + "\"" + rest + "}";
  Kept low(32, 0), prime(32, 0xFF), high(32);
  REQUIRE(wire::base64::decode(key, high, wire::base64::standard));
  prime[0] = 0xED;
  prime[31] = 0x7F;  // 2^255 - 19, which is 0
  high[31] |= 0x80;
  Kept order8 = hex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800");
  const auto with_key = [&](const std::string& other) {
    return "{\"version\":2,\"public_key\":\"" + other + "\"" + rest + "}";
  };
  return {
      {"", Fault::not_json},
      {"{", Fault::not_json},
      {"public_key", Fault::not_json},
      {"[]", Fault::malformed},
      {"null", Fault::malformed},
      {"{}", Fault::wrong_version},
      {std::string(100000, '['), Fault::oversized},
      {std::string(513, ' '), Fault::oversized},
      {good.substr(0, good.size() - 1), Fault::not_json},
      {good.substr(0, 30), Fault::not_json},
      {good + good, Fault::not_json},
      {good + " ", Fault::malformed},
      {"{\"version\":2,\"version\":2" + good.substr(12), Fault::duplicate_name},
      {good.substr(0, good.size() - 1) + ",\"public_key\":\"" + key + "\"}", Fault::duplicate_name},
      {good.substr(0, good.size() - 1) + ",\"more\":1}", Fault::malformed},
      {"{\"public_key\":\"" + key + "\"" + rest + "}", Fault::wrong_version},  // what compat says
      {"{\"version\":1" + good.substr(12), Fault::wrong_version},
      {"{\"version\":3" + good.substr(12), Fault::wrong_version},
      {"{\"version\":\"2\"" + good.substr(12), Fault::wrong_version},
      {"{\"version\":2.0" + good.substr(12), Fault::wrong_version},
      {"{\"version\":18446744073709551618" + good.substr(12), Fault::wrong_version},
      {"{\"version\":2" + rest + "}", Fault::malformed},
      {"{\"version\":2,\"public_key\":7" + rest + "}", Fault::malformed},
      {"{\"version\":2,\"public_key\":[1,2]" + rest + "}", Fault::malformed},
      {with_key(""), Fault::wrong_length},
      {with_key("AAAA"), Fault::wrong_length},
      {with_key(base64_of(Kept(31, 9))), Fault::wrong_length},
      {with_key(base64_of(Kept(33, 9))), Fault::wrong_length},
      {with_key(key.substr(0, 43)), Fault::bad_encoding},
      {with_key("-" + key.substr(1)), Fault::bad_encoding},
      {with_key(base64_of(low)), Fault::low_order_key},
      {with_key(base64_of(order8)), Fault::low_order_key},
      {with_key(base64_of(prime)), Fault::non_canonical_key},
      {with_key(base64_of(high)), Fault::non_canonical_key},
      {with_key(base64_of(Kept(32, 0xFF))), Fault::non_canonical_key},
  };
}

std::string key_in(const Kept& bytes) {
  const std::string all = text(bytes);
  return all.substr(all.find("public_key\":\"") + 13, 44);
}

}  // namespace

TEST_CASE("stdio: a child refuses each bad line with its named fault and still takes the good one",
          "[illegal]") {
  Pair pair;
  pair.parent_does(Start{});
  const Sealed good = pair.to_child.front();
  for (const BadLine& bad : bad_lines(key_in(good.bytes), "")) {
    INFO(bad.text.substr(0, 120));
    CHECK(refuses(*pair.child, line(bad.text), pair.now, bad.fault));
  }
  CHECK(pair.child_gets(good).has("Offered"));
}

TEST_CASE("stdio: a parent refuses each bad line with its named fault and still takes the good one",
          "[illegal]") {
  Pair pair;
  pair.parent_does(Start{});
  pair.to_child_next();
  pair.child_does(Listening{40000});
  const Sealed good = pair.to_parent.front();
  const std::string all = text(good.bytes);
  const std::size_t end_of_key = all.find("\",\"port") + 1;
  for (const BadLine& bad :
       bad_lines(key_in(good.bytes), all.substr(end_of_key, all.size() - end_of_key - 1))) {
    INFO(bad.text.substr(0, 200));
    CHECK(refuses(*pair.parent, line(bad.text), pair.now, bad.fault));
  }
  const auto with = [&](std::string_view from, std::string_view to) {
    std::string changed = all;
    return changed.replace(changed.find(from), from.size(), to);
  };
  const auto check = [&](const std::string& changed, Fault fault) {
    INFO(changed);
    CHECK(refuses(*pair.parent, line(changed), pair.now, fault));
  };
  check(with("40000", "65536"), Fault::malformed);
  check(with("40000", "-1"), Fault::malformed);
  check(with("40000", "40000.0"), Fault::malformed);
  check(with("40000", "\"40000\""), Fault::malformed);
  check(with(",\"port\":40000", ""), Fault::malformed);
  check(with("40000", "40001"), Fault::not_authentic);  // the port is in the transcript
  check(with("\"confirmation\":\"", "\"confirmation\":\"AAAA"), Fault::wrong_length);
  check(text(pair.to_parent.front().bytes).substr(0, all.find(",\"confirmation")) + "}",
        Fault::malformed);
  CHECK(pair.parent_gets(good).has("Established"));
}

TEST_CASE("stdio: no flipped bit of either line leads to a channel", "[illegal]") {
  Pair pair;
  pair.parent_does(Start{});
  const Sealed offer = pair.to_child.front();
  int other_keys = 0;
  for (std::size_t bit = 0; bit < 8 * offer.bytes.size(); ++bit) {
    const Sealed changed{standard_streams, flipped(offer.bytes, bit)};
    const auto child = pair.child->clone(pair.child_random);
    const Result offered = child->receive(changed.link, changed.bytes, pair.now);
    if (offered.fault()) continue;
    // Another key arrived: the child's answer is about that one, and the parent says so.
    if (++other_keys % 20 != 0) continue;
    const Result answer = child->handle(Listening{1}, pair.now);
    REQUIRE(answer.frames.size() == 1);
    REQUIRE(refuses(*pair.parent, answer.frames[0], pair.now, Fault::not_authentic));
  }
  CHECK(other_keys > 100);
  pair.to_child_next();
  pair.child_does(Listening{40000});
  const Sealed answer = pair.to_parent.front();
  for (std::size_t bit = 0; bit < 8 * answer.bytes.size(); ++bit)
    REQUIRE(refuses(*pair.parent, Sealed{standard_streams, flipped(answer.bytes, bit)}, pair.now));
  CHECK(pair.to_parent_next().has("Established"));
}

TEST_CASE("stdio: every flipped bit, prefix and extension of every kind of record is refused",
          "[illegal]") {
  Config config;
  config.duplex = true;
  Pair pair(Which::hardened, config);
  pair.establish();
  pair.responds = false;
  const auto key = x25519::PrivateKey::from(Bytes(Kept(32, 7)))->public_key();
  const auto hammer = [&](Side& receiver, const Kept& good, bool every_bit) {
    const Kept before = receiver.snapshot();
    for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
      const std::size_t byte = bit / 8;
      const bool is_header_or_tag = byte < Record::header_size || byte + 16 >= good.size();
      if (!every_bit && !is_header_or_tag && bit % 8 != byte % 8) continue;
      // A flipped sequence may cost up to a thousand derivations each: half of those bits are far
      // away.
      const Result result = receiver.receive(channel_link, flipped(good, bit), pair.now);
      REQUIRE(result.told.size() == 1);
      REQUIRE(result.fault());
      REQUIRE(result.frames.empty());
    }
    for (std::size_t size = 0; size < good.size(); ++size) {
      const Result result = receiver.receive(channel_link, Bytes(good).first(size), pair.now);
      REQUIRE(result.fault());
    }
    for (const std::size_t more : {1u, 16u, 100u}) {
      Kept longer = good;
      longer.resize(good.size() + more);
      REQUIRE(receiver.receive(channel_link, longer, pair.now).fault() == Fault::not_authentic);
    }
    REQUIRE(receiver.snapshot() == before);
    REQUIRE_FALSE(receiver.receive(channel_link, good, pair.now).fault());
  };
  hammer(*pair.child->clone(pair.child_random),
         forged(*pair.parent->clone(pair.parent_random), Request{0, 1, 1, bytes_of("text")}), true);
  for (const auto& make : std::vector<std::function<Kept(Side&)>>{
           [](Side& p) { return forged(p, Keepalive{}); },
           [&](Side& p) {
             return forged(p, RekeyRequest{0, 1, key});
           },
           [](Side& p) { return forged(p, ShutdownRequest{}); }})
    hammer(*pair.child->clone(pair.child_random), make(*pair.parent->clone(pair.parent_random)),
           false);
  pair.send("open");
  pair.run();
  for (const auto& make : std::vector<std::function<Kept(Side&)>>{
           [](Side& c) {
             return forged(c, Response{0, 1, false, bytes_of("text")});
           },
           [](Side& c) { return forged(c, KeepaliveAck{}); },
           [](Side& c) { return forged(c, Notice{}); }})
    hammer(*pair.parent->clone(pair.parent_random), make(*pair.child->clone(pair.child_random)),
           false);
  pair.parent_does(Rekey{});
  pair.lose_all();
  hammer(*pair.parent->clone(pair.parent_random),
         forged(*pair.child->clone(pair.child_random), RekeyResponse{0, 1, key}), false);
  pair.parent_does(Shutdown{});
  pair.lose_all();
  hammer(*pair.parent->clone(pair.parent_random),
         forged(*pair.child->clone(pair.child_random), ShutdownAck{}), false);
}

TEST_CASE("stdio: garbage records of every size are refused", "[illegal]") {
  Pair pair;
  pair.establish();
  Script random(99);
  const Kept before = pair.child->snapshot(), parent_before = pair.parent->snapshot();
  for (std::size_t size = 0; size < 200; ++size) {
    Kept garbage(size);
    REQUIRE(random.fill(garbage));
    CHECK(pair.child_gets(garbage).fault());
    if (size > 0) garbage[0] = 2;
    CHECK(pair.parent_gets(garbage).fault());
    CHECK(pair.child_gets(Sealed{standard_streams, garbage}).fault());
  }
  CHECK(pair.child_gets(Kept(record_size_max + 1)).fault() == Fault::oversized);
  CHECK(pair.child_gets(Sealed{Link{2}, Kept(60)}).fault() == Fault::bad_argument);
  CHECK(pair.child->snapshot() == before);
  CHECK(pair.parent->snapshot() == parent_before);
  CHECK(pair.ask("still here") == "re: still here");
}

TEST_CASE("stdio: sequence 0, unknown epochs and other versions are named", "[illegal]") {
  Pair pair;
  pair.establish();
  const Kept good = forged(*pair.parent->clone(pair.parent_random), Keepalive{});
  const auto with = [&](std::size_t at, std::size_t size, std::uint64_t value) {
    Kept changed = good;
    for (std::size_t i = 0; i < size; ++i)
      changed[at + i] = static_cast<std::uint8_t>(value >> 8 * (size - 1 - i));
    return record(changed);
  };
  CHECK(refuses(*pair.child, with(5, 8, 0), pair.now, Fault::malformed));
  CHECK(refuses(*pair.child, with(5, 8, 1), pair.now, Fault::replayed));
  CHECK(refuses(*pair.child, with(5, 8, 2 + 1000), pair.now, Fault::not_authentic));
  CHECK(refuses(*pair.child, with(5, 8, 2 + 1001), pair.now, Fault::too_far_ahead));
  CHECK(refuses(*pair.child, with(5, 8, std::uint64_t{1} << 63), pair.now, Fault::too_far_ahead));
  CHECK(refuses(*pair.child, with(5, 8, ~std::uint64_t{0}), pair.now, Fault::too_far_ahead));
  CHECK(refuses(*pair.child, with(1, 4, 1), pair.now, Fault::too_far_ahead));
  CHECK(refuses(*pair.child, with(1, 4, 0xFFFFFFFF), pair.now, Fault::too_far_ahead));
  for (const std::uint64_t version : {0u, 1u, 3u, 255u})
    CHECK(refuses(*pair.child, with(0, 1, version), pair.now, Fault::wrong_version));
  pair.parent_does(Rekey{});
  pair.run();
  CHECK(refuses(*pair.child, record(good), pair.now, Fault::stale));  // an epoch that is gone
}

TEST_CASE("stdio: every frame fed back to its sender is refused", "[illegal][attack]") {
  Pair pair;
  pair.parent_does(Start{});
  CHECK(refuses(*pair.parent, pair.to_child.front(), pair.now));
  pair.to_child_next();
  pair.child_does(Listening{1});
  const Sealed answer = pair.to_parent.front();
  CHECK(refuses(*pair.child, answer, pair.now));
  pair.to_parent_next();
  CHECK(refuses(*pair.parent, pair.to_child.front(), pair.now, Fault::not_authentic));
  pair.to_child_next();
  CHECK(refuses(*pair.child, pair.to_parent.front(), pair.now));
  pair.run();
  for (int i = 0; i < 3; ++i) {
    const Result sent = pair.send("q");
    CHECK(refuses(*pair.parent, sent.frames[0], pair.now));
    pair.to_child_next();
    CHECK(refuses(*pair.child, pair.to_parent.front(), pair.now));
    pair.run();
  }
}

TEST_CASE("stdio: lines and records of two sessions do not mix", "[illegal][attack]") {
  Pair one(Which::hardened, {}, {}, 1), two(Which::hardened, {}, {}, 500);
  for (Pair* pair : {&one, &two}) {
    pair->parent_does(Start{});
    pair->to_child_next();
    pair->child_does(Listening{1});
  }
  // The other child's answer, and each part of it in place of one's own.
  const std::string mine = text(one.to_parent.front().bytes),
                    others = text(two.to_parent.front().bytes);
  CHECK(refuses(*one.parent, line(others), one.now, Fault::not_authentic));
  const std::size_t key = mine.find("public_key"), port = mine.find("\"port\"");
  CHECK(refuses(*one.parent,
                line(mine.substr(0, key) + others.substr(key, port - key) + mine.substr(port)),
                one.now, Fault::not_authentic));
  CHECK(refuses(*one.parent, line(mine.substr(0, port) + others.substr(port)), one.now,
                Fault::not_authentic));
  one.to_parent_next();
  two.to_parent_next();
  // The other parent's first record.
  CHECK(refuses(*one.child, two.to_child.front(), one.now, Fault::not_authentic));
  CHECK(one.child->state() == "AwaitingFirstRecord");
  one.run();
  two.run();
  one.send("one");
  two.send("two");
  CHECK(refuses(*one.child, two.to_child.front(), one.now, Fault::not_authentic));
  CHECK(one.child_gets(one.to_child.front()).has("Delivered"));
}

TEST_CASE("stdio: two roles with different endpoints never establish a channel") {
  Config other;
  other.endpoint = "/messages";
  Pair pair(Which::hardened, {}, other);
  pair.exchange_lines();
  CHECK(pair.to_child_next().fault() == Fault::not_authentic);
  Config longest;
  longest.endpoint = std::string(endpoint_size_max, 'e');
  Pair edge(Which::hardened, longest);
  edge.establish();
  CHECK(edge.ask("x") == "re: x");
  longest.endpoint += 'e';
  Pair beyond(Which::hardened, longest);
  CHECK(beyond.parent_does(Start{}).fault() == Fault::bad_argument);
}

TEST_CASE("stdio: hardened and compat do not talk to each other, whoever begins") {
  Pair hardened, compat(Which::compat);
  hardened.parent_does(Start{});
  compat.parent_does(Start{});
  // A hardened child is not talked down; a hardened parent is not either, though the lenient
  // deployed decoder answers it.
  CHECK(refuses(*hardened.child, compat.to_child.front(), hardened.now, Fault::wrong_version));
  CHECK(compat.child_gets(hardened.to_child.front()).has("Offered"));
  compat.child_does(Listening{1});
  CHECK(refuses(*hardened.parent, compat.to_parent.front(), hardened.now, Fault::wrong_version));
}

TEST_CASE("stdio: a child that ends early or never answers is told as such") {
  Pair early;
  early.parent_does(Start{});
  const Result closed = early.parent_does(LinkClosed{});
  REQUIRE(closed.has("Closed"));
  CHECK(closed.find("Closed")->fault == Fault::link_closed);
  Pair silent;
  const Result started = silent.parent_does(Start{});
  REQUIRE(started.due);
  CHECK(started.due->timer == "AnswerOverdue");
  silent.now.steady = started.due->at;
  const Result overdue = silent.parent->advance(silent.now);
  REQUIRE(overdue.has("Closed"));
  CHECK(overdue.find("Closed")->fault == Fault::timed_out);
}

TEST_CASE(
    "stdio: wherever the random source fails nothing changes, and the same works when it is back") {
  const auto check = [](Script& random, Side& side, const std::function<Result()>& act) {
    const Kept before = side.snapshot();
    const int draws = random.draws;
    random.fails = true;
    const Result failed = act();
    CHECK(random.draws > draws);
    CHECK(failed.fault() == Fault::random_source_failed);
    CHECK(failed.frames.empty());
    CHECK(side.snapshot() == before);
    random.fails = false;
    const Result worked = act();
    CHECK_FALSE(worked.fault());
    CHECK(worked.rows.size() == 1);
    return worked;
  };
  Config config;
  config.duplex = true;
  Pair p(Which::hardened, config);
  const auto parent_draws = [&](const std::function<Result()>& act) {
    return check(p.parent_random, *p.parent, act);
  };
  const auto child_draws = [&](const std::function<Result()>& act) {
    return check(p.child_random, *p.child, act);
  };
  const auto to_parent = [&] { return Pair::taken(p.to_parent, 0); };
  const auto to_child = [&] { return Pair::taken(p.to_child, 0); };
  p.responds = false;
  parent_draws([&] { return p.parent_does(Start{}); });
  p.to_child_next();
  child_draws([&] { return p.child_does(Listening{1}); });
  Sealed frame = to_parent();
  parent_draws([&] { return p.parent_gets(frame); });
  frame = to_child();
  child_draws([&] { return p.child_gets(frame); });
  p.run();
  parent_draws([&] { return p.send("one"); });
  p.run();
  child_draws([&] { return p.child_does(Respond{1, {}}); });
  p.lose_all();
  child_draws([&] { return p.child_does(Notify{}); });
  p.lose_all();
  p.now.steady += 5s;
  parent_draws([&] { return p.parent_caused_by_time(); });  // repeats
  frame = to_child();
  child_draws([&] { return p.child_gets(frame); });  // answers again
  p.run();
  p.now.steady += 15s;
  parent_draws([&] { return p.parent_caused_by_time(); });  // keepalive
  frame = to_child();
  child_draws([&] { return p.child_gets(frame); });
  p.run();
  p.parent_random.fail_at = p.parent_random.draws + 2;  // the key, but not the nonce
  CHECK(p.parent_does(Rekey{}).fault() == Fault::random_source_failed);
  parent_draws([&] { return p.parent_does(Rekey{}); });
  p.lose_all();
  p.now.steady += 2s;
  parent_draws([&] { return p.parent_caused_by_time(); });  // rekey again
  frame = to_child();
  p.child_random.fail_at = p.child_random.draws + 2;
  CHECK(p.child_gets(frame).fault() == Fault::random_source_failed);
  child_draws([&] { return p.child_gets(frame); });
  frame = to_parent();
  parent_draws([&] { return p.parent_gets(frame); });
  p.run();
  parent_draws([&] { return p.parent_does(Shutdown{}); });
  p.lose_all();
  p.now.steady += 1s;
  parent_draws([&] { return p.parent_caused_by_time(); });
  frame = to_child();
  child_draws([&] { return p.child_gets(frame); });
}

TEST_CASE("stdio: snapshots that are cut, extended or of another role are refused") {
  Pair pair, compat(Which::compat);
  pair.establish();
  pair.responds = false;
  pair.send("kept");
  pair.run();
  compat.establish();
  Script random;
  for (Side* side :
       {pair.parent.get(), pair.child.get(), compat.parent.get(), compat.child.get()}) {
    const Kept whole = side->snapshot();
    REQUIRE(side->restore(whole, random));
    CHECK(side->restore(whole, random)->snapshot() == whole);
    for (std::size_t size = 0; size < whole.size(); size += size < 300 ? 1 : 37)
      CHECK_FALSE(side->restore(Bytes(whole).first(size), random));
    Kept longer = whole;
    longer.push_back(0);
    CHECK_FALSE(side->restore(longer, random));
    for (Side* other :
         {pair.parent.get(), pair.child.get(), compat.parent.get(), compat.child.get()})
      if (other != side) CHECK_FALSE(other->restore(whole, random));
  }
}

TEST_CASE("stdio: a machine restored from its snapshot goes on where it was") {
  Pair pair;
  pair.establish();
  pair.send("one");
  pair.parent = pair.parent->clone(pair.parent_random);
  pair.child = pair.child->clone(pair.child_random);
  pair.run();
  CHECK(Pair::count(pair.parent_told, "Answered") == 1);
  pair.parent_does(Rekey{});
  pair.parent = pair.parent->clone(pair.parent_random);
  pair.to_child_next();
  pair.child = pair.child->clone(pair.child_random);
  pair.run();
  CHECK(pair.ask("two") == "re: two");
  CHECK(pair.parent->session()->current.number == 1);
}
