// The profile of the document's counter, made sound.

#include "handfast/x3dh/counter.hpp"

#include "tests/x3dh/frozen_pair.hpp"

using namespace x3dh_test;

namespace {

using CounterPair = PairOf<Counter>;

/// The sealing of a side with a session, which may be one that was not answered yet.
template <class Role>
Sealing<Counter>& sealing_of(Side<Role>& side) {
  auto& state = side.machine.dangerous_engine().dangerous_state();
  if constexpr (std::same_as<Role, Holder<Counter>>)
    if (auto* const early = std::get_if<Holder<Counter>::AwaitingAnswer>(&state))
      return early->session.sealing;
  return std::get<typename Role::Established>(state).session.sealing;
}

/// What is open of a message's content.
CounterContent content_of(Bytes frame) {
  const auto message = wire::protobuf::decode<EncryptedMessage>(frame).value();
  return wire::binary::decode<CounterContent>(message.content).value();
}

/// From here on the side's counter is as if it had sent so many.
template <class Role>
void count_on(Side<Role>& side, std::uint64_t messages) {
  for (std::uint64_t i = 0; i < messages; ++i) (void)sealing_of(side).sent.use();
}
/// The next counter that the side uses is `counter`.
template <class Role>
void count_from(Side<Role>& side, std::uint64_t counter) {
  Buffer bytes;
  SnapshotWriter writer(bytes);
  writer.integer(counter - 1 - SendCounter::reserved);
  SnapshotReader reader(bytes.bytes());
  REQUIRE(sealing_of(side).sent.dangerous_read(reader));
}

/// What a call is refused with; nothing has changed then, and nothing is said.
template <class Role, class Call>
void check_refuses(Side<Role>& side, Fault fault, Call&& call) {
  const std::string before = side.snapshot();
  CHECK_FALSE(call(side));
  CHECK(side.fault == fault);
  CHECK(side.snapshot() == before);
  CHECK(side.sent.empty());
}

/// A pair of which the issuer has nothing yet, and the holder's first messages: the one that says
/// nothing, and one with a payload.
struct Begun : CounterPair {
  std::vector<std::uint8_t> silent, speaking;
  Begun() {
    start();
    REQUIRE(holder.receive(issuer.frame()));
    REQUIRE(holder.send("early"));
    silent = holder.frame();
    speaking = holder.frame();
  }
};

/// The frame with one byte of its content changed.
std::vector<std::uint8_t> with_byte(std::vector<std::uint8_t> frame, std::size_t at,
                                    std::uint8_t byte) {
  frame.at(2 + at) = byte;  // behind the field's number and size
  return frame;
}

}  // namespace

TEST_CASE("x3dh: a whole run of the counter is the frozen one, byte for byte", "[vectors]") {
  check_frozen_runs<Counter>("x3dh_counter");
}

TEST_CASE("x3dh: other code computes the counter's runs from their inputs", "[vectors]") {
  handfast::test::check_computed_anew("x3dh_counter");
}

TEST_CASE("x3dh: counted messages may cross, be lost, come late and twice", "[roundtrip]") {
  CounterPair pair;
  pair.establish();
  REQUIRE(pair.issuer.send("crosses"));
  REQUIRE(pair.holder.send("crosses too"));
  pair.carry();
  REQUIRE(pair.issuer.send("lost"));
  (void)pair.issuer.frame();
  REQUIRE(pair.issuer.send("late"));
  const auto late = pair.issuer.frame();
  REQUIRE(pair.issuer.send("in time"));
  const auto in_time = pair.issuer.frame();
  REQUIRE(pair.holder.receive(in_time));
  REQUIRE(pair.holder.receive(late));
  CHECK_FALSE(pair.holder.receive(in_time));
  CHECK(pair.holder.fault == Fault::replayed);
  CHECK_FALSE(pair.holder.receive(late));
  CHECK(pair.holder.fault == Fault::replayed);
  CHECK(pair.holder.delivered == std::vector<std::string>{"crosses", "in time", "late"});
  CHECK(pair.issuer.delivered == std::vector<std::string>{"crosses too"});
}

TEST_CASE("x3dh: what the holder says before it was answered is counted, and delivered once",
          "[roundtrip]") {
  CounterPair pair;
  pair.start();
  REQUIRE(pair.holder.receive(pair.issuer.frame()));
  REQUIRE(pair.holder.send("one"));
  REQUIRE(pair.holder.wait());
  const auto first = pair.holder.frame(), one = pair.holder.frame(), again = pair.holder.frame();
  CHECK(first != again);
  REQUIRE(pair.issuer.receive(one));
  REQUIRE(pair.issuer.receive(again));
  REQUIRE(pair.issuer.receive(first));
  CHECK_FALSE(pair.issuer.receive(one));
  CHECK(pair.issuer.fault == Fault::replayed);
  pair.carry();
  CHECK(pair.holder.is_established);
  CHECK(pair.issuer.delivered == std::vector<std::string>{"one"});
}

TEST_CASE("x3dh: each first message that is counted is answered, and any of the answers is one",
          "[roundtrip]") {
  for (const bool speaks_first : {false, true}) {
    Begun pair;
    REQUIRE(pair.issuer.receive(speaks_first ? pair.speaking : pair.silent));
    REQUIRE(pair.issuer.receive(speaks_first ? pair.silent : pair.speaking));
    REQUIRE(pair.holder.wait());  // nobody answered: it says the first one again, anew
    REQUIRE(pair.issuer.receive(pair.holder.frame()));
    CHECK(pair.issuer.delivered == std::vector<std::string>{"early"});
    REQUIRE(pair.issuer.sent.size() == 3);
    for (std::size_t i = 3; i-- > 0;) {
      const auto& answer = pair.issuer.sent[i];
      CHECK(content_of(answer).type == CounterContent::data);
      CHECK(content_of(answer).counter == i + 1);
      REQUIRE(pair.holder.receive(answer));
      CHECK(pair.holder.is_established);
    }
    CHECK(pair.holder.delivered.empty());
    CHECK(pair.holder.sent.empty());
  }
}

TEST_CASE("x3dh: who counts and has not been answered says no more than the issuer can follow",
          "[limits]") {
  Begun pair;
  const std::uint64_t most = Sealing<Counter>::sync_ahead_max / 2 - 1;
  count_from(pair.holder, most);
  REQUIRE(pair.holder.send("the last"));
  CHECK(sealing_of(pair.holder).sent.next() == most + 1);
  (void)pair.holder.frame();
  check_refuses(pair.holder, Fault::back_pressure, [](auto& side) { return side.send("lost"); });
  // As often as it may be, by processes that are started anew each time.
  for (std::uint32_t i = 1; i < pair.holder.machine.context().config.attempts; ++i) {
    restore(pair.holder);
    pair.holder.sent.clear();
    REQUIRE(pair.holder.wait());
  }
  REQUIRE(pair.issuer.receive(pair.holder.frame()));
  pair.carry();
  CHECK(pair.holder.is_established);
  CHECK(pair.holder.send("goes on"));
}

TEST_CASE("x3dh: a counted message may be 2047 late, and 2048 ahead", "[limits]") {
  CounterPair pair;
  pair.establish();  // the holder has heard 1
  REQUIRE(pair.issuer.send("too late"));
  REQUIRE(pair.issuer.send("late"));
  const auto too_late = pair.issuer.frame(), late = pair.issuer.frame();
  count_on(pair.issuer, 2045);
  REQUIRE(pair.issuer.send("as far ahead as may be"));
  CHECK(content_of(pair.issuer.sent[0]).counter == 2049);
  REQUIRE(pair.holder.receive(pair.issuer.frame()));
  REQUIRE(pair.issuer.send("next"));
  REQUIRE(pair.holder.receive(pair.issuer.frame()));
  CHECK_FALSE(pair.holder.receive(too_late));
  CHECK(pair.holder.fault == Fault::stale);
  REQUIRE(pair.holder.receive(late));

  count_on(pair.issuer, 2047);
  REQUIRE(pair.issuer.send("as far ahead as may be"));
  const auto furthest = pair.issuer.frame();
  CHECK(content_of(furthest).counter == 2050 + 2048);
  REQUIRE(pair.holder.receive(furthest));
  count_on(pair.issuer, 2048);
  REQUIRE(pair.issuer.send("too far ahead"));
  const auto too_far = pair.issuer.frame();
  const std::string before = pair.holder.snapshot();
  CHECK_FALSE(pair.holder.receive(too_far));
  CHECK(pair.holder.fault == Fault::too_far_ahead);
  CHECK(pair.holder.snapshot() == before);
}

TEST_CASE("x3dh: who is out of step asks, or is asked, and is in step again", "[roundtrip]") {
  for (const bool does_ask : {true, false}) {
    CounterPair pair;
    pair.establish();
    count_on(pair.issuer, 5000);
    REQUIRE(pair.issuer.send("refused"));
    CHECK_FALSE(pair.holder.receive(pair.issuer.frame()));
    CHECK(pair.holder.fault == Fault::too_far_ahead);
    if (does_ask) {
      REQUIRE(pair.holder.handle(Synchronize{}));
      CHECK(pair.holder.stores_first);
      REQUIRE(pair.issuer.receive(pair.holder.frame()));
      CHECK(pair.issuer.stores_first);
      REQUIRE(pair.holder.receive(pair.issuer.frame()));
      REQUIRE(pair.holder.synchronized);
      CHECK(pair.holder.synchronized->accepted == 2);  // the question itself
      CHECK_FALSE(pair.issuer.synchronized);
    } else {
      REQUIRE(pair.issuer.handle(Synchronize{}));
      REQUIRE(pair.holder.receive(pair.issuer.frame()));
      REQUIRE(pair.issuer.receive(pair.holder.frame()));
      REQUIRE(pair.issuer.synchronized);
      CHECK(pair.issuer.synchronized->accepted == 5003);
    }
    REQUIRE(pair.issuer.send("heard"));
    REQUIRE(pair.holder.send("heard too"));
    pair.carry();
    CHECK(pair.holder.delivered == std::vector<std::string>{"heard"});
    CHECK(pair.issuer.delivered == std::vector<std::string>{"heard too"});
  }
}

TEST_CASE("x3dh: a synchronisation brings a window forward by 2^20 and no more, and never back",
          "[limits]") {
  CounterPair pair;
  pair.establish();
  REQUIRE(pair.issuer.handle(Synchronize{}));
  const auto early = pair.issuer.frame();
  const std::uint64_t most = 1 + Sealing<Counter>::sync_ahead_max;  // the answer was 1
  count_from(pair.issuer, most + 1);
  REQUIRE(pair.issuer.handle(Synchronize{}));
  const std::string before = pair.holder.snapshot();
  const auto too_far = pair.issuer.frame();
  CHECK_FALSE(pair.holder.receive(too_far));
  CHECK(pair.holder.fault == Fault::too_far_ahead);
  CHECK(pair.holder.snapshot() == before);
  count_from(pair.issuer, 1500);
  REQUIRE(pair.issuer.handle(Synchronize{}));
  REQUIRE(pair.holder.receive(pair.issuer.frame()));
  CHECK(sealing_of(pair.holder).window.highest() == 1500);
  REQUIRE(pair.holder.receive(early));
  CHECK(sealing_of(pair.holder).window.highest() == 1500);
  count_from(pair.issuer, 1500 + Sealing<Counter>::sync_ahead_max);
  REQUIRE(pair.issuer.handle(Synchronize{}));
  const auto next = sealing_of(pair.holder).sent.next();
  REQUIRE(pair.holder.receive(pair.issuer.frame()));
  CHECK(sealing_of(pair.holder).window.highest() == 1500 + Sealing<Counter>::sync_ahead_max);
  CHECK(sealing_of(pair.holder).sent.next() == next + 1);  // of the answer
}

TEST_CASE("x3dh: only the answer to the last question ends it, and only once", "[illegal]") {
  CounterPair pair;
  pair.establish();
  REQUIRE(pair.holder.handle(Synchronize{}));
  REQUIRE(pair.holder.handle(Synchronize{}));
  REQUIRE(pair.issuer.receive(pair.holder.frame()));
  REQUIRE(pair.issuer.receive(pair.holder.frame()));
  const auto earlier = pair.issuer.frame(), answer = pair.issuer.frame();
  REQUIRE(pair.holder.receive(earlier));
  CHECK_FALSE(pair.holder.synchronized);
  REQUIRE(pair.holder.receive(answer));
  CHECK(pair.holder.synchronized);
  CHECK_FALSE(pair.holder.receive(answer));
  CHECK(pair.holder.fault == Fault::replayed);
}

TEST_CASE("x3dh: who has accepted what was never sent is not believed", "[illegal]") {
  const auto is_not_believed = [](auto& liar, auto& side) {
    sealing_of(liar).window.accept(100);
    REQUIRE(liar.handle(Synchronize{}));
    const auto question = liar.frame();
    check_refuses(side, Fault::too_far_ahead, [&](auto& one) { return one.receive(question); });
    // Nor in its answers, to the last question and to the one before.
    REQUIRE(side.handle(Synchronize{}));
    REQUIRE(side.handle(Synchronize{}));
    REQUIRE(liar.receive(side.frame()));
    REQUIRE(liar.receive(side.frame()));
    while (!liar.sent.empty()) {
      const auto answer = liar.frame();
      check_refuses(side, Fault::too_far_ahead, [&](auto& one) { return one.receive(answer); });
    }
    CHECK_FALSE(side.synchronized);
  };
  CounterPair one, other;
  one.establish();
  is_not_believed(one.holder, one.issuer);
  other.establish();
  is_not_believed(other.issuer, other.holder);
}

TEST_CASE("x3dh: a counter is used up to 2^32, then nothing is said any more", "[limits]") {
  const auto sends = [](auto& side) { return side.send("one more"); };
  const auto is_used_up = [&](auto& side, auto& peer) {
    count_from(side, SendCounter::max);
    sealing_of(peer).window.accept(SendCounter::max - 1);
    REQUIRE(side.send("the last"));
    const auto last = side.frame();
    CHECK(content_of(last).counter == SendCounter::max);
    REQUIRE(peer.receive(last));
    check_refuses(side, Fault::limit_reached, sends);
    check_refuses(side, Fault::limit_reached, [](auto& one) { return one.handle(Synchronize{}); });
    REQUIRE(peer.handle(Synchronize{}));
    const auto question = peer.frame();  // it could not be answered
    check_refuses(side, Fault::limit_reached, [&](auto& one) { return one.receive(question); });
    restore(side);
    check_refuses(side, Fault::limit_reached, sends);
  };
  CounterPair one, other;
  one.establish();
  is_used_up(one.holder, one.issuer);
  other.establish();
  is_used_up(other.issuer, other.holder);

  Begun begun;
  REQUIRE(begun.holder.wait());
  const auto again = begun.holder.frame();
  REQUIRE(begun.issuer.receive(begun.silent));
  (void)begun.issuer.frame();
  count_from(begun.issuer, SendCounter::max + 1);
  for (const auto& frame : {begun.speaking, again})
    check_refuses(begun.issuer, Fault::limit_reached,
                  [&](auto& side) { return side.receive(frame); });
}

TEST_CASE("x3dh: a restored session first jumps past 1000 counters, and does so once",
          "[roundtrip]") {
  CounterPair pair;
  pair.establish();
  REQUIRE(pair.issuer.send("two"));
  CHECK(content_of(pair.issuer.sent.back()).counter == 2);
  restore(pair.issuer);
  restore(pair.issuer);
  REQUIRE(pair.issuer.send("behind the block"));
  CHECK(content_of(pair.issuer.sent.back()).counter == 1003);
  REQUIRE(pair.issuer.send("and on"));
  CHECK(content_of(pair.issuer.sent.back()).counter == 1004);
  restore(pair.holder);
  pair.carry();
  CHECK(pair.holder.delivered == std::vector<std::string>{"two", "behind the block", "and on"});
  REQUIRE(pair.holder.send("back"));
  pair.carry();
  CHECK(pair.issuer.delivered == std::vector<std::string>{"back"});
}

TEST_CASE("x3dh: a counted session goes through a snapshot in each state", "[roundtrip]") {
  CounterPair pair;
  restore(pair.issuer);
  pair.start();
  restore(pair.issuer);
  restore(pair.holder);
  REQUIRE(pair.holder.receive(pair.issuer.frame()));
  // As often as it may be, with nothing heard: the first that comes may be far ahead.
  for (int i = 0; i < 11; ++i) {
    restore(pair.holder);
    pair.holder.sent.clear();
    REQUIRE(pair.holder.wait());
  }
  pair.carry();
  CHECK(pair.holder.is_established);
  REQUIRE(pair.holder.handle(Synchronize{}));
  restore(pair.holder);
  pair.carry();
  CHECK(pair.holder.synchronized);
  REQUIRE(pair.holder.handle(Stop{}));
  restore(pair.holder);
}

TEST_CASE("x3dh: a counted message, a question and an answer with any bit flipped are refused",
          "[illegal]") {
  CounterPair pair;
  pair.start();
  REQUIRE(pair.holder.receive(pair.issuer.frame()));
  check_refused_when_changed(pair.issuer, pair.holder.frame());
  check_refused_when_changed(pair.holder, pair.issuer.frame());
  REQUIRE(pair.holder.send("text"));
  check_refused_when_changed(pair.issuer, pair.holder.frame());
  REQUIRE(pair.holder.handle(Synchronize{}));
  check_refused_when_changed(pair.issuer, pair.holder.frame());
  check_refused_when_changed(pair.holder, pair.issuer.frame());
}

TEST_CASE("x3dh: a counted content of another version, type or counter is refused by name",
          "[illegal]") {
  CounterPair pair;
  pair.establish();
  REQUIRE(pair.issuer.send("this text is as long as the answer"));
  const auto frame = pair.issuer.frame();
  const auto fault_of = [&](const std::vector<std::uint8_t>& changed) {
    CHECK_FALSE(pair.holder.receive(changed));
    return *pair.holder.fault;
  };
  CHECK(fault_of(with_byte(frame, 0, 1)) == Fault::wrong_version);
  CHECK(fault_of(with_byte(frame, 1, 1)) == Fault::not_authentic);
  CHECK(fault_of(with_byte(frame, 1, 2)) == Fault::not_authentic);
  CHECK(fault_of(with_byte(frame, 1, 3)) == Fault::unknown_type);
  CHECK(fault_of(with_byte(frame, 9, 3)) == Fault::not_authentic);
  CHECK(fault_of(with_byte(frame, 9, 1)) == Fault::replayed);
  CHECK(fault_of(with_byte(frame, 9, 0)) == Fault::malformed);
  CHECK(fault_of(with_byte(frame, 5, 2)) == Fault::malformed);
  CHECK(fault_of(with_byte(frame, 8, 1)) == Fault::not_authentic);
  CHECK(fault_of(with_byte(frame, 7, 1)) == Fault::too_far_ahead);
  REQUIRE(pair.holder.receive(frame));

  // What it has said itself: each direction has a key of its own.
  REQUIRE(pair.issuer.send("to the holder"));
  CHECK_FALSE(pair.issuer.receive(pair.issuer.frame()));
  CHECK(pair.issuer.fault == Fault::not_authentic);
}

TEST_CASE("x3dh: only data comes with the holder's keys", "[illegal]") {
  CounterPair pair;
  pair.start();
  REQUIRE(pair.holder.receive(pair.issuer.frame()));
  auto& context = pair.holder.machine.context();
  auto& state = std::get<Holder<Counter>::AwaitingAnswer>(
      pair.holder.machine.dangerous_engine().dangerous_state());
  auto initial = wire::protobuf::decode<Initial>(pair.holder.sent[0]).value();
  Buffer inner, frame;
  wire::GrowingWriter to_inner(inner), to_frame(frame);
  REQUIRE(wire::protobuf::encode(state.session.seal(SyncRequest{}, context), to_inner));
  initial.message = inner.bytes();
  REQUIRE(wire::protobuf::encode(initial, to_frame));
  CHECK_FALSE(pair.issuer.receive(frame.bytes()));
  CHECK(pair.issuer.fault == Fault::malformed);
  pair.carry();
  CHECK(pair.issuer.is_established);
}

TEST_CASE("x3dh: each state of the counter ends where its application says so", "[roundtrip]") {
  const auto ends = [](auto&& side) {
    CHECK(side.handle(Stop{}));
    return side.closed.has_value();
  };
  CHECK(ends(CounterPair().issuer));
  CHECK(ends(CounterPair().holder));
  CounterPair pair;
  pair.start();
  CHECK(ends(pair.issuer));
  CHECK(ends(pair.holder));
  CounterPair agreeing(2);
  agreeing.start();
  REQUIRE(agreeing.holder.receive(agreeing.issuer.frame()));
  CHECK(ends(agreeing.holder));
}

TEST_CASE("x3dh: who wants a verified peer says nothing to another, with the counter too",
          "[attack]") {
  Config careful;
  careful.wants_verified = true;
  CounterPair pair(1, careful, careful);
  const auto says_nothing = [](auto& side) {
    return !side.send("text") && side.fault == Fault::unexpected_key && side.sent.empty();
  };
  pair.start();
  REQUIRE(pair.holder.receive(pair.issuer.frame()));
  const auto first = pair.holder.frame();
  CHECK(says_nothing(pair.holder));
  REQUIRE(pair.holder.handle(Verify{pair.holder.met->fingerprint}));
  CHECK_FALSE(pair.holder.send(""));
  CHECK(pair.holder.fault == Fault::bad_argument);
  REQUIRE(pair.issuer.receive(first));
  const auto answer = pair.issuer.frame();
  CHECK(says_nothing(pair.issuer));

  CounterPair late(2, careful, careful);
  late.establish();
  CHECK(says_nothing(late.holder));
}
