#include "handfast/core/snapshot.hpp"
#include "tests/x3dh/pair.hpp"

// Row by row: what each state refuses, answers and comes to where other tests look at one state only.

using namespace x3dh_test;

namespace {

/// As if the side had sent 2^32 - 1 messages in its present chain.
template <class Role>
void use_up_chain(Side<Role>& side) {
  auto& state = side.machine.dangerous_engine().dangerous_state();
  auto& ratchet = std::get<states::Established<Hardened>>(state).session.sealing.ratchet;
  Buffer stored;
  SnapshotWriter writer(stored);
  ratchet.dangerous_write(writer);
  std::vector<std::uint8_t> bytes(stored.bytes().begin(), stored.bytes().end());
  // Behind the private key, the peer's public one and three keys, of 32 bytes each.
  std::fill_n(bytes.begin() + 5 * 32, 4, std::uint8_t{0xFF});
  SnapshotReader reader(bytes);
  REQUIRE(ratchet.dangerous_read(reader));
  REQUIRE(ratchet.next().number == 0xFFFFFFFF);
}

/// What a call is refused with; nothing has changed then, and nothing is sent.
template <class Role, class Call>
void check_refuses(Side<Role>& side, Fault fault, Call&& call) {
  const std::string before = side.snapshot();
  const std::size_t sent = side.sent.size();
  CHECK_FALSE(call(side));
  CHECK(side.fault == fault);
  CHECK(side.snapshot() == before);
  CHECK(side.sent.size() == sent);
}

/// The salt of an answer of the issuer's.
Salt salt_of(Bytes frame) {
  const auto message = wire::protobuf::decode<EncryptedMessage>(frame);
  REQUIRE(message);
  const auto content = wire::binary::decode<Content>(message->content);
  REQUIRE(content);
  return content->salt;
}

/// A pair of which the issuer has nothing yet, and the holder's first messages: the one that says
/// nothing, and one with a payload.
struct Begun : Pair {
  std::vector<std::uint8_t> silent, speaking;
  Begun() {
    start();
    REQUIRE(holder.receive(issuer.frame()));
    REQUIRE(holder.send("early"));
    silent = holder.frame();
    speaking = holder.frame();
  }
};

}  // namespace

TEST_CASE("x3dh: each first message is answered, with a salt of its own") {
  for (const bool speaks_first : {false, true}) {
    Begun pair;
    const auto& one = speaks_first ? pair.speaking : pair.silent;
    const auto& other = speaks_first ? pair.silent : pair.speaking;
    REQUIRE(pair.issuer.receive(one));
    REQUIRE(pair.issuer.receive(other));
    REQUIRE(pair.holder.wait());  // nobody answered: it says the first one again, anew
    REQUIRE(pair.issuer.receive(pair.holder.frame()));
    CHECK(pair.issuer.delivered == std::vector<std::string>{"early"});
    REQUIRE(pair.issuer.sent.size() == 3);
    const Salt first = salt_of(pair.issuer.sent[0]), second = salt_of(pair.issuer.sent[1]),
               third = salt_of(pair.issuer.sent[2]);
    CHECK((first != Salt{} && second != Salt{} && third != Salt{}));
    CHECK((first != second && second != third && first != third));
    pair.carry();
    CHECK(pair.holder.is_established);
    CHECK(pair.holder.delivered.empty());  // an answer says nothing
  }
}

TEST_CASE("x3dh: in either order of first messages a failing random source changes nothing",
          "[illegal]") {
  struct Failing : RandomSource {
    int left = 1 << 20;  // draws that succeed
    testing::SeededRandom source{7};
    bool fill(MutableBytes out) override { return left-- > 0 && source.fill(out); }
  };
  for (const bool speaks_first : {false, true}) {
    Failing failing;
    Begun pair;
    pair.issuer.machine.context().random = Random(failing);
    const auto failing_each = [&](int draws, const std::vector<std::uint8_t>& frame) {
      for (int i = 0; i < draws; ++i) {
        failing.left = i;
        check_refuses(pair.issuer, Fault::random_source_failed,
                      [&](auto& side) { return side.receive(frame); });
      }
      failing.left = draws;
      REQUIRE(pair.issuer.receive(frame));
      CHECK(failing.left == 0);
    };
    failing_each(2, speaks_first ? pair.speaking : pair.silent);  // a ratchet key, and a salt
    failing_each(1, speaks_first ? pair.silent : pair.speaking);
  }
}

TEST_CASE("x3dh: where a chain has no number left nothing is sealed with it", "[limits]") {
  Begun pair;
  REQUIRE(pair.holder.wait());
  const auto again = pair.holder.frame();  // the silent one, said anew
  REQUIRE(pair.issuer.receive(pair.silent));
  (void)pair.issuer.frame();
  use_up_chain(pair.issuer);
  check_refuses(pair.issuer, Fault::limit_reached, [](auto& side) { return side.send("more"); });
  for (const auto& frame : {pair.speaking, again})
    check_refuses(pair.issuer, Fault::limit_reached,
                  [&](auto& side) { return side.receive(frame); });

  Pair talking;
  talking.establish();
  REQUIRE(talking.holder.send("the first of its chain"));
  use_up_chain(talking.holder);
  check_refuses(talking.holder, Fault::limit_reached, [](auto& side) { return side.send("more"); });
  // The next turn of the ratchet gives a new chain.
  talking.carry();
  REQUIRE(talking.issuer.send("turn"));
  talking.carry();
  CHECK(talking.holder.send("on it goes"));
}

TEST_CASE("x3dh: a payload that is not there is refused in every state that sends", "[limits]") {
  const auto refuses_nothing = [](auto& side) {
    check_refuses(side, Fault::bad_argument, [](auto& one) { return one.send(""); });
  };
  Begun begun;
  refuses_nothing(begun.holder);
  Pair pair;
  pair.establish();
  refuses_nothing(pair.holder);
  refuses_nothing(pair.issuer);
}

TEST_CASE("x3dh: the holder may compare fingerprints before he was answered") {
  Begun pair;
  REQUIRE(pair.holder.handle(Verify{pair.holder.met->fingerprint}));
  pair.carry();
  REQUIRE(pair.issuer.receive(pair.silent));
  pair.carry();
  REQUIRE(pair.issuer.send("to one who knows me"));
  pair.carry();
  CHECK(pair.holder.is_verified);
}

TEST_CASE("x3dh: the end may be said in every state, and is one") {
  const auto ends = [](auto& side) {
    INFO(side.machine.state_name());
    REQUIRE(side.handle(Stop{}));
    REQUIRE(side.closed);
    CHECK_FALSE(side.closed->fault);
    CHECK(side.machine.state_name() == "Ended");
    CHECK_FALSE(side.due);
    CHECK_FALSE(side.handle(Stop{}));
  };
  Pair idle;
  ends(idle.issuer);
  ends(idle.holder);
  Pair started;
  started.start();
  ends(started.issuer);
  ends(started.holder);
  Begun begun;
  ends(begun.holder);
  Pair established;
  established.establish();
  ends(established.issuer);
  ends(established.holder);
}
