#include <set>

#include "tests/x3dh/raw_frame.hpp"
#include "tests/x3dh/stored.hpp"

// Every security claim of the document (claims.md, 20 to 23): what of it is true in each profile.
// What else shows it:
//
//   claim  documented                      counter                      hardened
//   20     true of the agreement, false    the same                     session_property_test:
//          of a session                                                 thieves of a whole machine
//   21     false: attacks/x3dh_crossing_   counter_test: a restored     tests/sim: its ledger
//          counters; tests/sim             session jumps; tests/sim
//   22     until one message is lost:      counter_test: who is out     handshake_test: a message
//          attacks/x3dh_lost_message       of step asks                 says its number
//   23     but not for whom                and for whom                 and for whom

using namespace x3dh_test;

namespace {

/// What `session` says of `message` when a thief has it, without what it remembers of the past.
template <class Profile>
std::optional<std::string> opened(SessionOf<Profile>& session, const EncryptedMessage& message) {
  x3dh::Context c{xeddsa::PrivateKey{}};
  typename SessionOf<Profile>::Pending pending;
  Buffer plaintext;
  const auto payload = session.open(message, pending, c, plaintext);
  if (!payload) return std::nullopt;
  return std::string(text_of(*payload));
}
template <class Role>
auto& session_of(Side<Role>& side) {
  return std::get<typename Role::Established>(side.machine.dangerous_engine().dangerous_state())
      .session;
}

/// A frame with another name of the connection in it, wherever it stands.
template <class Profile>
std::vector<std::uint8_t> renamed(const std::vector<std::uint8_t>& frame, std::string_view name) {
  using Initial = typename HandshakeOf<Profile>::Initial;
  using Bundle = typename HandshakeOf<Profile>::Bundle;
  Buffer made, inner;
  wire::GrowingWriter writer(made), inner_writer(inner);
  if (auto message = wire::protobuf::decode<EncryptedMessage>(frame)) {
    message->connection = name;
    REQUIRE(wire::protobuf::encode(*message, writer));
  } else if (auto bundle = wire::protobuf::decode<Bundle>(frame)) {
    bundle->connection = name;
    REQUIRE(wire::protobuf::encode(*bundle, writer));
  } else {
    auto initial = wire::protobuf::decode<Initial>(frame).value();
    auto sealed = wire::protobuf::decode<EncryptedMessage>(initial.message).value();
    sealed.connection = name;
    REQUIRE(wire::protobuf::encode(sealed, inner_writer));
    initial.message = inner.bytes();
    REQUIRE(wire::protobuf::encode(initial, writer));
  }
  return {made.bytes().begin(), made.bytes().end()};
}

/// The fault with which a holder refuses what a connector says that has another name for the
/// connection to each; nothing where both have a session, and the issuer is heard.
template <class Profile>
std::optional<Fault> told_apart() {
  PairOf<Profile> pair;
  REQUIRE(pair.holder.handle(Start{connection("with the bank")}));
  REQUIRE(pair.issuer.handle(Start{connection("with a game")}));
  const auto down = [&] {
    return pair.holder.receive(renamed<Profile>(pair.issuer.frame(), "with the bank"));
  };
  if (!down()) return pair.holder.fault;
  REQUIRE(pair.issuer.receive(renamed<Profile>(pair.holder.frame(), "with a game")));
  REQUIRE(down());
  REQUIRE(pair.issuer.send("you have won"));
  REQUIRE(down());
  CHECK(pair.holder.delivered == std::vector<std::string>{"you have won"});
  return std::nullopt;
}

}  // namespace

TEMPLATE_TEST_CASE(
    "x3dh: claim 20: who learns all long-term keys later has no agreement that had a one-time key",
    "", Documented, Counter, Hardened) {
  Random random;
  Hkdf hkdf;
  Sha256 sha256;
  const auto key = [&] { return x25519::PrivateKey::generate(random).value(); };
  const auto issuer = key(), holder = key(), pre_key = key(), ephemeral = key(), once = key(),
             other = key();
  for (const bool has_one_time : {true, false}) {
    Terms terms{
        holder.public_key(), issuer.public_key(), pre_key.public_key(), ephemeral.public_key(), {},
        connection()};
    if (has_one_time) terms.one_time_pre_key = once.public_key();
    const auto agreed = agree_as_holder<TestType>(holder, ephemeral, terms, {}, hkdf, sha256);
    // The thief has the issuer's two, and not the third, which is erased.
    const auto stolen = agree_as_issuer<TestType>(issuer, pre_key, other, terms, {}, hkdf, sha256);
    REQUIRE((agreed && stolen));
    CHECK(std::ranges::equal(agreed->shared.bytes(), stolen->shared.bytes()) == !has_one_time);
  }
}

TEST_CASE(
    "x3dh: claim 20: who steals a session's key has all that was ever said, where it is one") {
  const auto read_again = []<class Profile>(std::type_identity<Profile>, auto&& forget) {
    PairOf<Profile> pair;
    pair.establish();
    REQUIRE(pair.issuer.send("long ago"));
    const auto frame = pair.issuer.frame();
    REQUIRE(pair.holder.receive(frame));
    for (int i = 0; i < 10; ++i) {
      REQUIRE(pair.holder.send("since then"));
      pair.carry();
      REQUIRE(pair.issuer.send("and since then"));
      pair.carry();
    }
    forget(session_of(pair.holder).sealing);
    return opened(session_of(pair.holder), wire::protobuf::decode<EncryptedMessage>(frame).value());
  };
  CHECK(read_again(std::type_identity<Documented>{}, [](auto& sealing) { sealing.counter = 2; }) ==
        "long ago");
  CHECK(read_again(std::type_identity<Counter>{}, [](auto& sealing) { sealing.window = {}; }) ==
        "long ago");
  CHECK(read_again(std::type_identity<Hardened>{}, [](auto&) {}) == std::nullopt);
}

TEMPLATE_TEST_CASE(
    "x3dh: claim 20: a one-time key is gone with the first use, and refused after it", "[attack]",
    Documented, Counter, Hardened) {
  PairOf<TestType> pair;
  pair.start();
  const auto bundle = pair.issuer.frame();
  const auto has_key = search_for(std::get<typename Issuer<TestType>::AwaitingHolder>(
                                      pair.issuer.machine.dangerous_engine().dangerous_state())
                                      .one_time_pre_key);
  CHECK(has_key(pair.issuer));
  Side<Holder<TestType>> other(pair.context({}));
  REQUIRE(other.handle(Start{connection()}));
  REQUIRE(other.receive(bundle));
  REQUIRE(pair.holder.receive(bundle));
  const auto first = pair.holder.frame(), others = other.frame();
  REQUIRE(pair.issuer.receive(first));
  CHECK_FALSE(has_key(pair.issuer));
  check_refuses(pair.issuer, others, Fault::replayed);
  // Nor does whoever has recorded it get anything from the next bundle with it.
  Side<Issuer<TestType>> next(std::move(pair.issuer.machine.context()));
  REQUIRE(next.handle(Start{connection()}));
  for (const auto& again : {first, others}) check_refuses(next, again, Fault::unexpected_key);
}

namespace {

/// How many bytes of two messages that cross are their exclusive or, behind `header_size` bytes.
template <class Profile>
int told_by_crossing(std::size_t header_size) {
  PairOf<Profile> pair;
  pair.establish();
  const std::string one = "what the issuer says", other = "and the holder, too ";
  REQUIRE(pair.issuer.send(one));
  REQUIRE(pair.holder.send(other));
  std::string down = RawFrame(pair.issuer.frame()).bytes(message_field::content),
              up = RawFrame(pair.holder.frame()).bytes(message_field::content);
  int told = 0;
  for (std::size_t i = 0; i < one.size(); ++i)
    told += (down[header_size + i] ^ up[header_size + i]) == (one[i] ^ other[i]) ? 1 : 0;
  return told;
}

}  // namespace

TEST_CASE("x3dh: claim 21: two messages that cross have one key and IV where it is documented") {
  CHECK(told_by_crossing<Documented>(0) == 20);
  CHECK(told_by_crossing<Counter>(CounterContent::header_size) < 4);
  CHECK(told_by_crossing<Hardened>(Content::header_size) < 4);
}

TEST_CASE("x3dh: claim 21: no counter is used again by who goes on from what was stored") {
  PairOf<Counter> pair;
  pair.establish();
  std::set<std::string> headers;
  const auto say = [&] {
    REQUIRE(pair.issuer.send("text"));
    const std::string content = RawFrame(pair.issuer.frame()).bytes(message_field::content);
    CHECK(headers.insert(content.substr(0, CounterContent::header_size)).second);
  };
  for (int i = 0; i < 3; ++i) {
    // Of what it says from here on nothing is stored, up to the block that is reserved.
    const Buffer stored = pair.issuer.machine.dangerous_snapshot();
    for (int said = 0; said < 1000; ++said) say();
    pair.issuer.machine =
        Machine<Issuer<Counter>>::dangerous_restore(pair.context_of(pair.issuer), stored.bytes())
            .value();
    say();
  }
}

TEST_CASE(
    "x3dh: claim 21: of two copies of a hardened session none has the other's key and nonce") {
  Pair pair;
  pair.establish();
  Machine<Issuer<>>& machine = pair.issuer.machine;
  const Buffer stored = machine.dangerous_snapshot();
  auto copy = Machine<Issuer<>>::dangerous_restore(pair.context({}), stored.bytes()).value();
  const std::string one = "what the one says", other = "and what the other";
  REQUIRE(pair.issuer.send(one));
  const auto first = wire::protobuf::decode<EncryptedMessage>(pair.issuer.sent[0]).value();
  const auto said = copy.handle(Send{bytes_of(other)}, Time{});
  const auto second = wire::protobuf::decode<EncryptedMessage>(said.transmit[0].bytes).value();
  // The same number of the same chain, and other keys: no byte of the one tells one of the other.
  CHECK(std::ranges::equal(first.content.first(41), second.content.first(41)));
  int same = 0;
  for (std::size_t i = 0; i < one.size(); ++i)
    same += (first.content[57 + i] ^ second.content[57 + i]) == (one[i] ^ other[i]) ? 1 : 0;
  CHECK(same < 4);
}

namespace {

/// Of the messages behind `lost` ones, how many of ten are heard, and the fault of the others.
template <class Profile>
std::pair<int, std::optional<Fault>> heard_behind(PairOf<Profile>& pair, int lost) {
  for (int i = 0; i < lost; ++i) REQUIRE(pair.issuer.send("lost"));
  pair.issuer.sent.clear();
  int heard = 0;
  std::optional<Fault> fault;
  for (int i = 0; i < 10; ++i) {
    REQUIRE(pair.issuer.send("behind"));
    if (pair.holder.receive(pair.issuer.frame()))
      ++heard;
    else
      fault = pair.holder.fault;
  }
  return {heard, fault};
}

}  // namespace

TEMPLATE_TEST_CASE("x3dh: claim 22: both derive the same IV as long as all messages come", "",
                   Documented, Counter, Hardened) {
  PairOf<TestType> pair;
  pair.establish();
  for (int i = 0; i < 20; ++i) {
    REQUIRE(pair.issuer.send(std::to_string(i)));
    pair.carry();
    REQUIRE(pair.holder.send(std::to_string(i)));
    pair.carry();
  }
  CHECK(pair.holder.delivered.size() == 20);
  CHECK(pair.issuer.delivered == pair.holder.delivered);
}

TEST_CASE("x3dh: claim 22: behind a lost message nothing is heard where it is documented") {
  PairOf<Documented> documented;
  documented.establish();
  CHECK(heard_behind(documented, 1) == std::pair(0, std::optional(Fault::not_authentic)));

  PairOf<Counter> counter;
  counter.establish();
  CHECK(heard_behind(counter, 2047).first == 10);
  CHECK(heard_behind(counter, 2048) == std::pair(0, std::optional(Fault::too_far_ahead)));
  REQUIRE(counter.holder.handle(Synchronize{}));
  counter.carry();
  CHECK(counter.holder.synchronized);
  CHECK(heard_behind(counter, 0).first == 10);

  PairOf<Hardened> hardened;
  hardened.establish();
  CHECK(heard_behind(hardened, 1000).first == 10);
  CHECK(heard_behind(hardened, 1001) == std::pair(0, std::optional(Fault::too_far_ahead)));
}

TEMPLATE_TEST_CASE("x3dh: claim 23: a message with any bit of its content changed is refused",
                   "[illegal]", Documented, Counter, Hardened) {
  PairOf<TestType> pair;
  pair.establish();
  REQUIRE(pair.issuer.send("text"));
  const auto frame = pair.issuer.frame();
  const std::size_t size = RawFrame(frame).bytes(message_field::content).size();
  for (std::size_t bit = 0; bit < 8 * size; ++bit) {
    const auto flipped = changed(frame, [&](RawFrame& raw) {
      auto& byte = raw.bytes(message_field::content)[bit / 8];
      byte = static_cast<char>(byte ^ 1 << bit % 8);
    });
    CHECK_FALSE(pair.holder.receive(flipped));
  }
  REQUIRE(pair.holder.receive(frame));
}

TEST_CASE(
    "x3dh: claim 23: the name of the connection is authenticated but where it is documented") {
  CHECK(told_apart<Documented>() == std::nullopt);
  CHECK(told_apart<Counter>() == Fault::not_authentic);
  CHECK(told_apart<Hardened>() == Fault::not_authentic);
}
