// The profile of the document, with what goes wrong in it.

#include "handfast/x3dh/documented.hpp"

#include "tests/x3dh/frozen_pair.hpp"

using namespace x3dh_test;
using handfast::test::hex, handfast::test::text, handfast::test::unhex;

namespace {

using DocumentedPair = PairOf<Documented>;

Json published() { return Json::parse(handfast::test::read_file("vectors/vectors.json"))["x3dh"]; }

}  // namespace

TEST_CASE("x3dh: a whole documented run is the frozen one, byte for byte", "[vectors]") {
  check_frozen_runs<Documented>("x3dh_documented");
}

TEST_CASE("x3dh: other code computes the documented runs from their inputs", "[vectors]") {
  handfast::test::check_computed_anew("x3dh_documented");
}

TEST_CASE("x3dh: the document's message is what other code has made of it", "[vectors]") {
  const Json vectors = published();
  x3dh::Context c{xeddsa::PrivateKey{}};
  SessionOf<Documented> session;
  session.terms.connection = connection("3fa85f64-5717-4562-b3fc-2c963f66afa6");
  session.sealing.shared = Secret<32>::from(Bytes(unhex(vectors["key"])));
  const auto inner = unhex(vectors["inner_AtalaMessage_plain_credential_cred"]);
  Buffer frame;
  wire::GrowingWriter writer(frame);
  REQUIRE(wire::protobuf::encode(session.seal(Message{inner, {}}, c), writer));
  CHECK(hex(frame.bytes()) ==
        text(vectors["proposal_EncryptedMessage(content=1 bytes, connection_id=2 string)"]));
}

TEST_CASE("x3dh: who takes turns is understood, as the document has it", "[roundtrip]") {
  for (const bool has_one_time : {true, false}) {
    Config config;
    config.has_one_time_keys = has_one_time;
    DocumentedPair pair(1, config, config);
    pair.establish();
    CHECK(pair.issuer.met->fingerprint == pair.holder.met->fingerprint);
    CHECK(pair.issuer.committed->transcript == pair.holder.running->transcript);
    for (const std::string text : {"a", "second", "third"}) {
      REQUIRE(pair.issuer.send(text));
      pair.carry();
      REQUIRE(pair.holder.send(text + "!"));
      pair.carry();
    }
    CHECK(pair.holder.delivered == std::vector<std::string>{"a", "second", "third"});
    CHECK(pair.issuer.delivered == std::vector<std::string>{"a!", "second!", "third!"});
  }
}

TEST_CASE("x3dh: the documented agreement bears losses: what is said again is the same",
          "[roundtrip]") {
  DocumentedPair pair;
  pair.start();
  (void)pair.issuer.frame();
  REQUIRE(pair.issuer.wait());
  REQUIRE(pair.holder.receive(pair.issuer.frame()));
  const auto first = pair.holder.frame();
  CHECK_FALSE(pair.holder.send("before the answer"));
  CHECK(pair.holder.fault == Fault::not_allowed_now);
  REQUIRE(pair.holder.wait());
  CHECK(pair.holder.frame() == first);
  REQUIRE(pair.issuer.receive(first));
  const auto answer = pair.issuer.frame();
  REQUIRE(pair.issuer.receive(first));
  CHECK(pair.issuer.frame() == answer);
  REQUIRE(pair.holder.receive(answer));
  CHECK(pair.holder.is_established);
  REQUIRE(pair.issuer.send("heard"));
  pair.carry();
  CHECK(pair.holder.delivered == std::vector<std::string>{"heard"});

  // A copy that comes late is answered, which the holder refuses, and nothing else comes of it.
  REQUIRE(pair.issuer.receive(first));
  CHECK_FALSE(pair.holder.receive(pair.issuer.frame()));
  CHECK(pair.holder.fault == Fault::not_authentic);
  REQUIRE(pair.holder.send("still in step"));
  pair.carry();
  CHECK(pair.issuer.delivered == std::vector<std::string>{"still in step"});
}

TEST_CASE("x3dh: one documented message that is lost is the end, in both directions", "[attack]") {
  DocumentedPair pair;
  pair.establish();
  REQUIRE(pair.issuer.send("lost"));
  (void)pair.issuer.frame();
  for (int i = 0; i < 5; ++i) {
    REQUIRE(pair.issuer.send("never heard"));
    CHECK_FALSE(pair.holder.receive(pair.issuer.frame()));
    CHECK(pair.holder.fault == Fault::not_authentic);
    REQUIRE(pair.holder.send("nor this"));
    CHECK_FALSE(pair.issuer.receive(pair.holder.frame()));
    CHECK(pair.issuer.fault == Fault::not_authentic);
  }
  DocumentedPair again(2);
  again.establish();
  REQUIRE(again.issuer.send("with a new key"));
  again.carry();
  CHECK(again.holder.delivered.size() == 1);
}

TEST_CASE(
    "x3dh: two documented messages that cross are sealed with one key and nonce, and both lost",
    "[attack]") {
  DocumentedPair pair;
  pair.establish();
  const std::string one = "as one says", other = "so the other";
  REQUIRE(pair.issuer.send(one));
  REQUIRE(pair.holder.send(other));
  const auto down = pair.issuer.frame(), up = pair.holder.frame();
  // Behind the field's number and size.
  for (std::size_t i = 0; i < std::min(one.size(), other.size()); ++i)
    CHECK((down[2 + i] ^ up[2 + i]) == (one[i] ^ other[i]));
  CHECK_FALSE(pair.holder.receive(down));
  CHECK_FALSE(pair.issuer.receive(up));
}

TEST_CASE("x3dh: a documented message or first message with any bit flipped is refused",
          "[illegal]") {
  DocumentedPair pair;
  pair.start();
  REQUIRE(pair.holder.receive(pair.issuer.frame()));
  check_refused_when_changed(pair.issuer, pair.holder.frame());
  check_refused_when_changed(pair.holder, pair.issuer.frame());
  REQUIRE(pair.holder.send("text"));
  check_refused_when_changed(pair.issuer, pair.holder.frame());
}

TEST_CASE("x3dh: a documented first message makes one session, whichever connection it names",
          "[attack]") {
  Config without;
  without.has_one_time_keys = false;
  DocumentedPair pair(1, without, without);
  pair.start();
  REQUIRE(pair.holder.receive(pair.issuer.frame()));
  const auto first = pair.holder.frame();
  REQUIRE(pair.issuer.receive(first));
  // No key and no seal covers the connection's name.
  const auto other = connection("another");
  auto initial = wire::protobuf::decode<documented::Initial>(first).value();
  auto inner = wire::protobuf::decode<EncryptedMessage>(initial.message).value();
  inner.connection = other.view();
  Buffer message, renamed;
  wire::GrowingWriter inside(message), outside(renamed);
  REQUIRE(wire::protobuf::encode(inner, inside));
  initial.message = message.bytes();
  REQUIRE(wire::protobuf::encode(initial, outside));
  Side<Issuer<Documented>> next(std::move(pair.issuer.machine.context()));
  REQUIRE(next.handle(Start{other}));
  CHECK_FALSE(next.receive(renamed.bytes()));
  CHECK(next.fault == Fault::replayed);
  CHECK_FALSE(next.is_established);
}

TEST_CASE("x3dh: what the document signs is the pre-key: another one-time key is found out later",
          "[attack]") {
  DocumentedPair pair;
  pair.start();
  auto bundle = wire::protobuf::decode<documented::Bundle>(pair.issuer.sent[0]).value();
  bundle.one_time_pre_key = x25519::PrivateKey::generate(pair.random)->public_key();
  Buffer changed;
  wire::GrowingWriter writer(changed);
  REQUIRE(wire::protobuf::encode(bundle, writer));
  REQUIRE(pair.holder.receive(changed.bytes()));
  CHECK_FALSE(pair.issuer.receive(pair.holder.frame()));
  CHECK(pair.issuer.fault == Fault::unexpected_key);
  bundle.signed_pre_key = *bundle.one_time_pre_key;
  changed.clear();
  REQUIRE(wire::protobuf::encode(bundle, writer));
  Side<Holder<Documented>> other(pair.context({}));
  REQUIRE(other.handle(Start{connection()}));
  CHECK_FALSE(other.receive(changed.bytes()));
  CHECK(other.fault == Fault::not_authentic);
}

TEST_CASE("x3dh: a documented first message that says something is refused, and so is its answer",
          "[illegal]") {
  DocumentedPair pair;
  pair.start();
  REQUIRE(pair.holder.receive(pair.issuer.frame()));
  const auto genuine = pair.holder.frame();
  // A holder that says something with its first, and one that says two things as its first.
  auto& machine = pair.holder.machine;
  auto& state =
      std::get<Holder<Documented>::AwaitingAnswer>(machine.dangerous_engine().dangerous_state());
  handfast::Frames frames;
  First other;
  other.payload = bytes_of("and also");
  Holder<Documented>::write(state, other, machine.context(), frames);
  const auto view = frames.view()[0].bytes;
  const auto is_refused = [&](auto& side, Bytes frame) {
    const std::string before = side.snapshot();
    return !side.receive(frame) && side.fault == Fault::malformed && side.snapshot() == before &&
           side.delivered.empty();
  };
  CHECK(is_refused(pair.issuer, view));
  REQUIRE(pair.issuer.receive(genuine));
  CHECK(is_refused(pair.issuer, view));

  // An issuer that says something with its answer.
  const auto answer = pair.issuer.frame();
  SessionOf<Documented>& session = std::get<Issuer<Documented>::Established>(
                                       pair.issuer.machine.dangerous_engine().dangerous_state())
                                       .session;
  session.sealing.counter = 1;
  REQUIRE(pair.issuer.send("at once"));
  CHECK(is_refused(pair.holder, pair.issuer.frame()));
  REQUIRE(pair.holder.receive(answer));
  CHECK(pair.holder.is_established);
}

TEST_CASE("x3dh: the deployed message of the same name has a fault of its own in every profile",
          "[illegal]") {
  const auto deployed =
      unhex(published()["deployed_EncryptedMessage(key_id=1 string, encrypted_content=2 bytes)"]);
  const auto is_told = [&]<class Profile>(std::type_identity<Profile>) {
    PairOf<Profile> pair;
    pair.start();
    const auto is_named = [&](auto& side) {
      return !side.receive(deployed) && side.fault == Fault::wrong_version;
    };
    CHECK(is_named(pair.issuer));
    CHECK(is_named(pair.holder));
    REQUIRE(pair.holder.receive(pair.issuer.frame()));
    CHECK(is_named(pair.holder));
    pair.carry();
    CHECK(is_named(pair.issuer));
    CHECK(is_named(pair.holder));
    CHECK(pair.issuer.is_established);
  };
  is_told(std::type_identity<Documented>{});
  is_told(std::type_identity<Counter>{});
  is_told(std::type_identity<Hardened>{});

  // Ciphertexts of every size, and of the document's own messages none.
  DocumentedPair pair;
  pair.establish();
  std::string text;
  for (int i = 0; i < 100; ++i) {
    REQUIRE(pair.issuer.send(text += 'x'));
    const auto frame = pair.issuer.frame();
    CHECK_FALSE(is_deployed_message(frame));
    const auto message = wire::protobuf::decode<EncryptedMessage>(frame).value();
    Buffer swapped;
    wire::GrowingWriter writer(swapped);
    REQUIRE(wire::protobuf::encode(DeployedMessage{message.connection, message.content}, writer));
    CHECK_FALSE(pair.holder.receive(swapped.bytes()));
    CHECK(pair.holder.fault == Fault::wrong_version);
    REQUIRE(pair.holder.receive(frame));
  }
}

TEST_CASE("x3dh: no profile takes another's messages", "[illegal]") {
  const auto fault_of = [&]<class From, class To>(std::type_identity<From>,
                                                  std::type_identity<To>) {
    PairOf<From> from;
    PairOf<To> to;
    from.start();
    to.start();
    CHECK_FALSE(to.holder.receive(from.issuer.sent[0]));
    return *to.holder.fault;
  };
  constexpr std::type_identity<Documented> documented;
  constexpr std::type_identity<Counter> counter;
  constexpr std::type_identity<Hardened> hardened;
  CHECK(fault_of(documented, hardened) == Fault::wrong_version);
  CHECK(fault_of(documented, counter) == Fault::wrong_version);
  CHECK(fault_of(hardened, documented) == Fault::wrong_version);
  CHECK(fault_of(hardened, counter) == Fault::not_authentic);
  CHECK(fault_of(counter, hardened) == Fault::not_authentic);
}

TEST_CASE("x3dh: a documented session binds no data, and goes through snapshots", "[roundtrip]") {
  Config config;
  config.bound_data = {1};
  DocumentedPair bound(1, config);
  CHECK_FALSE(bound.issuer.handle(Start{connection()}));
  CHECK(bound.issuer.fault == Fault::bad_argument);

  DocumentedPair pair;
  pair.start();
  restore(pair.issuer);
  restore(pair.holder);
  REQUIRE(pair.holder.receive(pair.issuer.frame()));
  restore(pair.holder);
  pair.carry();
  restore(pair.issuer);
  restore(pair.holder);
  REQUIRE(pair.issuer.send("one"));
  pair.carry();
  restore(pair.issuer);
  REQUIRE(pair.issuer.send("two"));
  pair.carry();
  CHECK(pair.holder.delivered == std::vector<std::string>{"one", "two"});
}
