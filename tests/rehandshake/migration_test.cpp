#include "tests/rehandshake/paths.hpp"
#include "tests/support/frozen.hpp"

// A connection that moves from a relay to a direct path and back: who sends where, what is said
// again, and what is refused.

using namespace rehandshake_test;
using handfast::test::hex, handfast::test::text, handfast::test::unhex;
using Json = nlohmann::json;
using Strings = std::vector<std::string>;

namespace {

int count(const Strings& told, std::string_view name) {
  return static_cast<int>(std::ranges::count(told, name));
}
Bits sent(auto& side, int number) {
  const Bits message = Ends::message(number);
  return side.does(Send{message}).frames.at(0);
}

}  // namespace

TEST_CASE("rehandshake: data goes over the relay, and is acknowledged soon") {
  Ends ends;
  ends.start();
  const auto asked = ends.first.does(Send{bytes_of("Hello!")});
  REQUIRE(asked.frames.size() == 1);
  CHECK(asked.links[0] == relay_link);
  const auto got = ends.second.gets(asked.frames[0], relay_link);
  REQUIRE(got.payloads.size() == 1);
  CHECK(text_of(got.payloads[0]) == "Hello!");
  CHECK(got.frames.empty());
  CHECK(ends.second.waits(20ms - 1ns).is_silent());
  const auto acknowledged = ends.second.waits(1ns);
  REQUIRE(acknowledged.frames.size() == 1);
  CHECK(ends.first.in<Mover::Steady>().stream.unacknowledged.size() == 1);
  CHECK(ends.first.gets(acknowledged.frames[0], relay_link).is_silent());
  CHECK(ends.first.in<Mover::Steady>().stream.unacknowledged.empty());
  CHECK(ends.first.waits(2s).is_silent());
}

TEST_CASE("rehandshake: the frames are the frozen ones, byte for byte", "[vectors]") {
  const Json all = Json::parse(handfast::test::read_file("vectors/rehandshake_hardened.json"));
  for (const Json& one : all["frames"]) {
    const bool is_initiator = text(one["from"]) == "initiator";
    SessionKeys keys;
    std::ranges::copy(unhex(all["session_id"]), keys.session.begin());
    keys.tx = Secret<32>::from(Bytes(unhex(all[is_initiator ? "initiator_tx" : "responder_tx"])));
    keys.rx = Secret<32>::from(Bytes(unhex(all[is_initiator ? "responder_tx" : "initiator_tx"])));
    keys.epoch = one["epoch"];
    MigrationContext context(std::move(keys), unbound);
    CHECK(hex(context.data_keys.tx.bytes()) == text(one["key"]));
    Stream stream = Stream::of(std::move(context.data_keys), context.proof_macs);
    stream.next_counter = one["counter"];
    const std::uint64_t number = one["number"];
    const auto body = unhex(one["body"]);
    Frames frames;
    const std::string kind = text(one["kind"]);
    if (kind == "data") stream.seal(Data{number, body}, relay_link, context, frames);
    if (kind == "switch") stream.seal(Switch{number}, relay_link, context, frames);
    if (kind == "close") stream.seal(rehandshake::Close{number}, relay_link, context, frames);
    if (kind == "ack") stream.seal(Ack{number}, relay_link, context, frames);
    if (kind == "heartbeat") stream.seal(Heartbeat{number}, relay_link, context, frames);
    REQUIRE(frames.view().size() == 1);
    CHECK(hex(frames.view()[0].bytes) == text(one["frame"]));
    CHECK(stream.next_counter == one["counter"].get<std::uint64_t>() + 1);
  }
}

TEST_CASE("rehandshake: both move to a path that is proved, and then the relay is done") {
  Ends ends;
  ends.start();
  ends.settle(ends.first.does(Send{Ends::message(0)}));
  (void)opens(ends.second, direct_link);
  const auto request = opens(ends.first, direct_link);
  REQUIRE(request.frames.size() == 1);
  CHECK(request.links[0] == direct_link);
  CHECK(ends.first.state() == "Proving");
  const auto response = ends.second.gets(request.frames[0], direct_link);
  CHECK(ends.second.state() == "Answering");
  // Meanwhile data goes over the relay.
  const auto before = ends.first.does(Send{Ends::message(1)});
  CHECK(before.links.at(0) == relay_link);
  const auto complete = ends.first.gets(response.frames.at(0), direct_link);
  CHECK(ends.first.state() == "Switching");
  CHECK(complete.event<Commit>());
  CHECK(complete.links.at(0) == direct_link);
  CHECK(ends.first.does(Send{Ends::message(2)}).links.at(0) == relay_link);
  const auto switched = ends.second.gets(complete.frames.at(0), direct_link);
  CHECK(switched.event<Commit>()->claim.transcript == complete.event<Commit>()->claim.transcript);
  REQUIRE(switched.event<Switched>());
  CHECK(switched.event<Switched>()->link == direct_link);
  REQUIRE(switched.frames.size() == 1);
  CHECK(switched.links[0] == direct_link);
  CHECK(ends.second.state() == "Steady");
  (void)ends.first.gets(switched.frames[0], direct_link);
  CHECK(ends.first.state() == "Switching");
  auto moved = ends.first.waits(0s);
  CHECK(ends.first.state() == "Steady");
  REQUIRE(moved.event<Switched>());
  REQUIRE(moved.event<AttemptEnded>());
  CHECK_FALSE(moved.event<AttemptEnded>()->fault);
  CHECK(moved.event<AttemptEnded>()->cause == Cause::migrated);
  // What went over the relay and is not acknowledged goes again, after the switch.
  CHECK(moved.frames.size() >= 3);
  for (const Link link : moved.links) CHECK(link == direct_link);
  ends.settle(std::move(moved));
  ends.wait(30ms);
  CHECK(ends.second_got == std::vector<Bits>{Ends::message(0), Ends::message(1), Ends::message(2)});
  CHECK(count(ends.first_told, "RelayDone") == 1);
  CHECK(count(ends.second_told, "RelayDone") == 1);
  (void)ends.first.does(LinkClosed{relay_link});
  (void)ends.second.does(LinkClosed{relay_link});
  CHECK(ends.first.does(Send{Ends::message(3)}).links.at(0) == direct_link);
}

TEST_CASE("rehandshake: a relay frame that comes after the switch is not delivered twice",
          "[attack]") {
  Ends ends;
  ends.start();
  const auto late = ends.first.does(Send{Ends::message(0)});
  ends.migrate();
  CHECK(ends.second_got == std::vector<Bits>{Ends::message(0)});
  CHECK(ends.second.gets(late.frames.at(0), relay_link).is_silent());
  check_refused(ends.second, late.frames.at(0), Fault::replayed, relay_link);
}

TEST_CASE("rehandshake: a direct path that dies leads back to the relay while that is there") {
  Ends ends;
  ends.start();
  ends.migrate();
  const auto lost = ends.first.does(Send{Ends::message(0)});
  CHECK(lost.links.at(0) == direct_link);
  auto back = ends.first.does(LinkClosed{direct_link});
  REQUIRE(back.event<Switched>());
  CHECK(back.event<Switched>()->link == relay_link);
  CHECK(back.links.at(0) == relay_link);
  ends.settle(std::move(back));
  ends.wait(30ms);
  CHECK(ends.second_got == std::vector<Bits>{Ends::message(0)});
  CHECK(ends.second.in<Follower::Steady>().paths.current == relay_link);  // it has followed
  // And a direct one is wanted again a minute later.
  ends.first_told.clear();
  ends.wait(59s);
  CHECK(count(ends.first_told, "PathWanted direct") == 0);
  ends.wait(1s);
  CHECK(count(ends.first_told, "PathWanted direct") == 1);
  ends.wait(60s);
  CHECK(count(ends.first_told, "PathWanted direct") == 2);
}

TEST_CASE("rehandshake: where no path is left all is kept until one is proved") {
  Ends ends;
  ends.start();
  ends.migrate();
  (void)ends.first.does(LinkClosed{relay_link});
  (void)ends.second.does(LinkClosed{relay_link});
  (void)ends.first.does(Send{Ends::message(0)});
  const auto stranded = ends.first.does(LinkClosed{direct_link});
  REQUIRE(stranded.event<PathWanted>());
  CHECK(stranded.event<PathWanted>()->link == relay_link);
  CHECK(ends.first.state() == "Stranded");
  (void)ends.second.does(LinkClosed{direct_link});
  CHECK(ends.first.does(Send{Ends::message(1)}).is_silent());
  CHECK(ends.second.does(Send{Ends::message(7)}).is_silent());
  (void)opens(ends.second, relay_link);
  auto request = opens(ends.first, relay_link);
  REQUIRE(request.links.size() == 1);
  CHECK(request.links[0] == relay_link);
  ends.settle(std::move(request));
  ends.wait(30ms);
  CHECK(ends.second_got == std::vector<Bits>{Ends::message(0), Ends::message(1)});
  CHECK(ends.first_got == std::vector<Bits>{Ends::message(7)});
  CHECK(ends.first.state() == "Steady");
  CHECK(ends.second.state() == "Steady");
}

TEST_CASE("rehandshake: no path is wanted for ever") {
  MigrationConfig config;
  config.reconnects_max = 3;
  Ends ends(config);
  ends.start();
  (void)ends.first.does(LinkClosed{relay_link});
  (void)ends.second.does(LinkClosed{relay_link});
  ends.wait(15s);
  CHECK(count(ends.first_told, "PathWanted relay") == 3);
  CHECK(count(ends.second_told, "PathWanted relay") == 3);
  ends.wait(5s);
  CHECK(ends.first.state() == "Ended");
  CHECK(ends.second.state() == "Ended");
  CHECK(count(ends.first_told, "Closed link_closed") == 1);
}

TEST_CASE("rehandshake: an attempt that is not answered leaves the relay as it is") {
  Ends ends;
  ends.start();
  (void)opens(ends.first, direct_link);
  ends.wait(5s);
  CHECK(count(ends.first_told, "AttemptEnded") == 1);
  CHECK(count(ends.first_told, "PathLost direct") == 1);
  CHECK(ends.first.state() == "Steady");
  ends.settle(ends.first.does(Send{Ends::message(0)}));
  CHECK(ends.second_got.size() == 1);
}

TEST_CASE("rehandshake: whose switch is never heard says where it still is") {
  Ends ends;
  ends.start();
  (void)ends.second.gets(complete_on(ends, direct_link), direct_link);  // its Switch is lost
  CHECK(ends.second.in<Follower::Steady>().paths.current == direct_link);
  ends.wait(6s, direct_link);
  CHECK(count(ends.first_told, "PathLost direct") == 1);
  CHECK(ends.first.in<Mover::Steady>().paths.current == relay_link);
  CHECK(ends.second.in<Follower::Steady>().paths.current == relay_link);
  ends.settle(ends.second.does(Send{Ends::message(0)}));
  CHECK(ends.first_got.size() == 1);
}

TEST_CASE("rehandshake: a path on which nobody is heard is lost") {
  Ends ends;
  ends.start();
  ends.migrate();
  ends.first_told.clear();
  ends.wait(51s, direct_link);
  CHECK(count(ends.first_told, "PathLost direct") == 1);
  CHECK(count(ends.first_told, "Switched relay") == 1);
  ends.wait(2s, direct_link);
  ends.settle(ends.first.does(Send{Ends::message(0)}));
  CHECK(ends.second_got.size() == 1);
}

TEST_CASE("rehandshake: silence is filled with heartbeats, so that a path that is there stays") {
  Ends ends;
  ends.start();
  ends.wait(200s);
  CHECK(count(ends.first_told, "PathLost relay") == 0);
  CHECK(count(ends.second_told, "PathLost relay") == 0);
}

TEST_CASE(
    "rehandshake: no sealed frame may be shorter, come by another path, or go back to its sender",
    "[illegal]") {
  Ends ends;
  ends.start();
  const Bits frame = sent(ends.first, 0);
  for (std::size_t size = 0; size < frame.size(); ++size)
    check_refused(ends.second, Bytes(frame).first(size), {}, relay_link);
  check_refused(ends.second, frame, Fault::link_closed, direct_link);
  check_refused(ends.second, frame, Fault::bad_argument, Link{2});
  check_refused(ends.first, frame, Fault::not_authentic, relay_link);  // reflected
  CHECK(ends.second.gets(frame, relay_link).payloads.size() == 1);
  check_refused(ends.second, frame, Fault::replayed, relay_link);
}

TEST_CASE("rehandshake: nobody acknowledges what was never said", "[illegal]") {
  Ends ends;
  ends.start();
  (void)sent(ends.first, 0);
  const auto says = [&](std::uint64_t number) {
    Frames frames;
    ends.second.in<Follower::Steady>().stream.seal(Ack{number}, relay_link, ends.second.context(),
                                                   frames);
    return bits(frames.view()[0].bytes);
  };
  check_refused(ends.first, says(2), Fault::malformed, relay_link);
  check_refused(ends.first, says(~std::uint64_t{0}), Fault::malformed, relay_link);
  const Bits late = says(0);
  CHECK(ends.first.gets(says(1), relay_link).is_silent());
  CHECK(ends.first.in<Mover::Steady>().stream.unacknowledged.empty());
  CHECK(ends.first.gets(late, relay_link).is_silent());
  // Who says now that it has less than before has gone back to an older state.
  check_refused(ends.first, says(0), Fault::peer_lost, relay_link);
}

TEST_CASE("rehandshake: what comes too early is not delivered, and comes again", "[illegal]") {
  Ends ends;
  ends.start();
  (void)sent(ends.first, 0);  // lost
  const Bits second = sent(ends.first, 1);
  const auto early = ends.second.gets(second, relay_link);
  CHECK(early.is_silent());
  ends.wait(1100ms);
  CHECK(ends.second_got == std::vector<Bits>{Ends::message(0), Ends::message(1)});
}

TEST_CASE("rehandshake: what is kept has a bound, in frames and in bytes", "[illegal]") {
  MigrationConfig config;
  config.unacknowledged_max = 3;
  Ends ends(config);
  ends.start();
  for (int i = 0; i < 3; ++i) CHECK_FALSE(ends.first.does(Send{Ends::message(i)}).fault());
  const Bits before = ends.first.snapshot();
  CHECK(ends.first.does(Send{Ends::message(3)}).fault() == Fault::back_pressure);
  CHECK(ends.first.snapshot() == before);
  ends.wait(1100ms);
  CHECK_FALSE(ends.first.does(Send{Ends::message(3)}).fault());

  Ends large;
  large.start();
  const Bits most(payload_size_max, 7), too_much(payload_size_max + 1);
  CHECK(large.first.does(Send{too_much}).fault() == Fault::too_large);
  for (int i = 0; i < 16; ++i) CHECK_FALSE(large.first.does(Send{most}).fault());
  CHECK(large.first.does(Send{most}).fault() == Fault::back_pressure);
}

TEST_CASE("rehandshake: counters go on over both paths, and are never used twice", "[property]") {
  Ends ends;
  ends.start();
  std::vector<std::uint64_t> counters;
  const auto note = [&](const auto& result) {
    for (const Bits& frame : result.frames)
      if (frame[1] == 0x10) counters.push_back(wire::read_big_endian(Bytes(frame).subspan(8, 8)));
  };
  note(ends.first.does(Send{Ends::message(0)}));
  (void)opens(ends.second, direct_link);
  const auto request = opens(ends.first, direct_link);
  const auto response = ends.second.gets(request.frames.at(0), direct_link);
  const auto complete = ends.first.gets(response.frames.at(0), direct_link);
  const auto switched = ends.second.gets(complete.frames.at(0), direct_link);
  (void)ends.first.gets(switched.frames.at(0), direct_link);
  note(ends.first.waits(0s));
  note(ends.first.does(Send{Ends::message(1)}));
  note(ends.first.does(LinkClosed{direct_link}));
  note(ends.first.waits(0s));
  note(ends.first.does(Send{Ends::message(2)}));
  REQUIRE(counters.size() >= 6);
  for (std::size_t i = 0; i < counters.size(); ++i) CHECK(counters[i] == i);
}

TEST_CASE("rehandshake: near the last counter data is refused, and the end is still said",
          "[illegal]") {
  MigrationConfig config;
  config.counter_max = 2 * MigrationConfig::counter_reserve;
  Ends ends(config);
  ends.start();
  auto& stream = ends.first.in<Mover::Steady>().stream;
  stream.next_counter = MigrationConfig::counter_reserve;
  CHECK_FALSE(ends.first.does(Send{Ends::message(0)}).fault());
  CHECK(ends.first.does(Send{Ends::message(1)}).fault() == Fault::limit_reached);
  stream.next_counter = config.counter_max;
  CHECK(ends.first.does(Disconnect{}).frames.size() == 1);
  CHECK(ends.first.waits(1s).frames.empty());  // there is no other counter
}

TEST_CASE("rehandshake: only the newest Switch says where the other side is", "[attack]") {
  Ends ends;
  ends.start();
  ends.migrate();
  auto back = ends.first.does(LinkClosed{direct_link});
  const Bits to_relay = back.frames.at(0);
  // The direct path comes up again, and somebody has kept what went over the relay.
  (void)ends.first.waits(0s);
  (void)ends.second.does(LinkClosed{direct_link});
  CHECK(ends.second.in<Follower::Steady>().paths.current == relay_link);
  ends.wait(3s);
  ends.migrate();
  REQUIRE(ends.second.in<Follower::Steady>().paths.current == direct_link);
  (void)ends.second.gets(to_relay, relay_link);
  (void)ends.second.waits(0s);
  CHECK(ends.second.in<Follower::Steady>().paths.current == direct_link);
}

TEST_CASE("rehandshake: a proof for one path is none for the other (claim 27)", "[attack]") {
  Ends ends;
  ends.start();
  const std::array<std::uint8_t, 32> one{1}, two{2};
  (void)opens(ends.second, direct_link);
  ends.first.context().bind(direct_link, ChannelBinding::of(one));
  ends.second.context().bindings[1] = ChannelBinding::of(two);
  const auto request = ends.first.does(LinkOpened{direct_link});
  check_refused(ends.second, request.frames.at(0), Fault::not_authentic, direct_link);
  check_refused(ends.second, request.frames.at(0), Fault::not_authentic, relay_link);
  ends.second.context().bindings[1] = ChannelBinding::of(one);
  const auto response = ends.second.gets(request.frames.at(0), direct_link);
  check_refused(ends.first, response.frames.at(0), Fault::unexpected_message, relay_link);
  const auto complete = ends.first.gets(response.frames.at(0), direct_link);
  check_refused(ends.second, complete.frames.at(0), Fault::unexpected_message, relay_link);
  CHECK(ends.second.gets(complete.frames.at(0), direct_link).event<Commit>());
}

TEST_CASE("rehandshake: an end comes after all that was said, and both know of it") {
  Ends ends;
  ends.start();
  (void)ends.first.does(Send{Ends::message(0)});  // lost
  ends.settle(ends.first.does(Disconnect{}));
  CHECK(ends.second.in<Follower::Steady>().stream.is_open());  // something is missing
  ends.wait(1100ms);
  CHECK(ends.second_got == std::vector<Bits>{Ends::message(0)});
  CHECK(ends.second.in<Follower::Steady>().stream.has_peer_closed);
  CHECK(ends.first.in<Mover::Steady>().stream.has_peer_closed);
  ends.wait(4s);
  CHECK(ends.first.state() == "Ended");
  CHECK(ends.second.state() == "Ended");
  CHECK(count(ends.first_told, "Closed") == 1);
  CHECK(count(ends.second_told, "Closed") == 1);
  CHECK(ends.first.does(Send{Ends::message(1)}).fault() == Fault::not_allowed_now);
}

TEST_CASE("rehandshake: an end that is cut off is known for one", "[attack]") {
  MigrationConfig config;
  config.close_timeout = 10s;
  Ends ends(config);
  ends.start();
  const Bits said = sent(ends.first, 0);
  (void)ends.first.does(Disconnect{});
  (void)ends.second.gets(said, relay_link);
  ends.wait(11s, relay_link);
  CHECK(ends.first.state() == "Ended");  // by its own time, and told so
  CHECK(count(ends.first_told, "Closed timed_out") == 1);
  CHECK(ends.second.state() == "Steady");
}

TEST_CASE("rehandshake: links that are open, and links that there are none of, are refused",
          "[illegal]") {
  Ends ends;
  ends.start();
  CHECK(ends.first.does(LinkOpened{relay_link}).fault() == Fault::bad_argument);
  CHECK(ends.first.does(LinkOpened{Link{2}}).fault() == Fault::bad_argument);
  CHECK(ends.second.does(LinkOpened{relay_link}).fault() == Fault::bad_argument);
  CHECK(ends.first.does(LinkClosed{Link{7}}).is_silent());
  CHECK(ends.second.does(LinkClosed{Link{7}}).is_silent());
  CHECK(ends.first.state() == "Steady");
}

TEST_CASE("rehandshake: both sides go on from what they were stored as, unacknowledged data too") {
  Ends ends;
  ends.start();
  (void)ends.first.does(Send{Ends::message(0)});  // lost
  ends.first.restarts();
  ends.second.restarts();
  ends.wait(1100ms);
  CHECK(ends.second_got == std::vector<Bits>{Ends::message(0)});
  (void)opens(ends.second, direct_link);
  auto request = opens(ends.first, direct_link);
  ends.first.restarts();
  ends.second.restarts();
  ends.settle(std::move(request));
  ends.wait(30ms);
  CHECK(ends.first.in<Mover::Steady>().paths.current == direct_link);
  CHECK(ends.second.in<Follower::Steady>().paths.current == direct_link);
}

TEST_CASE("rehandshake: what cannot work is refused at the start", "[illegal]") {
  const auto wrong = [](auto change) {
    MigrationConfig config;
    change(config);
    Ends ends(config);
    CHECK(ends.first.does(Start{}).fault() == Fault::bad_argument);
    CHECK(ends.second.does(Start{}).fault() == Fault::bad_argument);
    CHECK(ends.first.state() == "Idle");
  };
  wrong([](MigrationConfig& c) { c.ack_delay = 0s; });
  wrong([](MigrationConfig& c) { c.resend_after = -1s; });
  wrong([](MigrationConfig& c) { c.silence_timeout = c.heartbeat_interval; });
  wrong([](MigrationConfig& c) { c.reconnects_max = 0; });
  wrong([](MigrationConfig& c) { c.unacknowledged_max = 0; });
  wrong([](MigrationConfig& c) { c.unacknowledged_size_max = payload_size_max - 1; });
  wrong([](MigrationConfig& c) { c.counter_max = 2 * MigrationConfig::counter_reserve - 1; });
  wrong([](MigrationConfig& c) { c.drain_time = std::chrono::hours(24 * 366); });
}
