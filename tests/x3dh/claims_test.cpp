#include "tests/x3dh/pair.hpp"

// Every security claim of the document (claims.md, 20 to 23): what of it is true in each profile.
// What has a test elsewhere is not told again:
//
//   claim  documented                      counter                      hardened
//   20     below: false of a session       below: the same              below; session_property_test:
//                                                                       thieves of a whole machine
//   21     false: attacks/x3dh_crossing_   counter_test: a restored     below; tests/sim: its ledger
//          counters; tests/sim             session jumps; tests/sim
//   22     until one message is lost:      counter_test: who is out     handshake_test: a message
//          attacks/x3dh_lost_message       of step asks                 says its number
//   23     below: but not for whom         below                        below

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

TEST_CASE(
    "x3dh: claim 23: the name of the connection is authenticated but where it is documented") {
  CHECK(told_apart<Documented>() == std::nullopt);
  CHECK(told_apart<Counter>() == Fault::not_authentic);
  CHECK(told_apart<Hardened>() == Fault::not_authentic);
}
