#include "tests/rehandshake/said.hpp"

// A migration to which things happen in an order that no run has by itself: paths that close while
// another one is proved, ends that both sides say at once, what is raised and then overtaken.

using namespace rehandshake_test;

namespace {

/// Silence is noticed before an attempt is over.
MigrationConfig impatient() {
  MigrationConfig config;
  config.heartbeat_interval = 1s;
  config.silence_timeout = 3s;
  return config;
}
/// Whether each row that seals anything is stored before that leaves: another side of the same keys
/// and an older state would use its nonces again.
template <class... Rows>
[[nodiscard]] bool what_seals_is_stored(List<Rows...>) {
  const auto seals = []<class... Sent>(List<Sent...>) {
    return (handfast::detail::contains<Sent, SealedFrame::Contents> || ...);
  };
  return ((!seals(typename RowParts<Rows>::sends{}) || RowParts<Rows>::stores_first) && ...);
}
/// Both have ended, once and without a fault.
void check_ended_well(const Ends& ends) {
  CHECK(ends.first.state() == "Ended");
  CHECK(ends.second.state() == "Ended");
  CHECK(std::ranges::count(ends.first_told, "Closed") == 1);
  CHECK(std::ranges::count(ends.second_told, "Closed") == 1);
}
/// It has told how the attempt ended, and wants a path if there is none.
template <class Role>
void check_attempt_closed(const Result<Role>& closed, bool wants_path) {
  REQUIRE(closed.template event<AttemptEnded>());
  CHECK(closed.template event<AttemptEnded>()->fault == Fault::link_closed);
  CHECK((closed.template event<PathWanted>() != nullptr) == wants_path);
}
template <class Role>
void check_loses_no_path(Side<Role>& side, std::string_view state) {
  CHECK(side.state() == state);
  CHECK(side.waits(4s).is_silent());
  CHECK(side.state() == state);
}

}  // namespace

TEST_CASE("rehandshake: a path that closes while another is proved cannot fall silent after that") {
  SECTION("asking") {
    Ends ends(impatient());
    ends.start();
    (void)opens(ends.first, direct_link);
    CHECK(ends.first.does(LinkClosed{relay_link}).is_silent());
    check_loses_no_path(ends.first, "Proving");
  }
  SECTION("answering") {
    Ends ends(impatient());
    ends.start();
    (void)response_on(ends, direct_link);
    CHECK(ends.second.does(LinkClosed{relay_link}).is_silent());
    check_loses_no_path(ends.second, "Answering");
  }
  SECTION("waiting to be shown") {
    Ends ends(impatient());
    ends.start();
    (void)complete_on(ends, direct_link);
    CHECK(ends.first.does(LinkClosed{relay_link}).is_silent());
    check_loses_no_path(ends.first, "Switching");
  }
}

TEST_CASE("rehandshake: without a link that there is none of, paths are as they were",
          "[illegal]") {
  const Paths paths = Paths{}.switched(relay_link).opened(direct_link);
  for (const Link link : {no_link, Link{7}}) {
    const Paths same = paths.closed(link);
    CHECK(same.is_open == paths.is_open);
    CHECK(same.is_proven == paths.is_proven);
    CHECK(same.current == paths.current);
  }
}

TEST_CASE("rehandshake: where both end at once, what was lost before is still said") {
  Ends ends;
  ends.start();
  (void)ends.second.does(Send{Ends::message(0)});  // lost
  const auto early = ends.second.does(Disconnect{});
  CHECK(ends.first.gets(early.frames.at(0), relay_link).is_silent());
  ends.settle(ends.first.does(Disconnect{}));
  // It comes again, too early once more: that is no reason to take it for the end.
  auto& stream = ends.second.in<Follower::Steady>().stream;
  Frames frames;
  stream.seal(rehandshake::Close{2}, relay_link, ends.second.context(), frames);
  CHECK(ends.first.gets(frames.view()[0].bytes, relay_link).is_silent());
  CHECK_FALSE(ends.first.in<Mover::Steady>().stream.has_peer_closed);
  ends.wait(1100ms);
  CHECK(ends.first_got == std::vector<Bits>{Ends::message(0)});
  CHECK(ends.first.in<Mover::Steady>().stream.has_peer_closed);
  ends.wait(4s);
  CHECK(std::ranges::count(ends.first_told, "Closed") == 1);
  CHECK(std::ranges::count(ends.second_told, "Closed") == 1);
}

TEST_CASE("rehandshake: an end whose acknowledgement is lost is acknowledged again") {
  Ends ends;
  ends.start();
  const auto end = ends.first.does(Disconnect{});
  CHECK(ends.second.gets(end.frames.at(0), relay_link).frames.size() == 1);  // lost
  CHECK(ends.second.waits(0s).frames.size() == 1);                           // the same
  ends.first.now = ends.second.now;
  ends.wait(1100ms);
  CHECK(ends.first.in<Mover::Steady>().stream.unacknowledged.empty());
  CHECK(ends.second.in<Follower::Steady>().stream.unacknowledged.empty());
}

TEST_CASE(
    "rehandshake: the last acknowledgement may be lost, however rarely the end is said by now") {
  Ends ends;
  ends.start();
  (void)ends.first.does(Disconnect{});
  ends.wait(16s, relay_link);  // nothing gets through
  Result<Follower> answer;
  for (int i = 0; i < 20 && answer.frames.empty(); ++i) {
    const auto again = ends.first.waits(1s);
    (void)ends.second.waits(1s);
    for (const Bits& frame : again.frames) answer = ends.second.gets(frame, relay_link);
  }
  REQUIRE(answer.frames.size() == 1);
  CHECK(ends.second.waits(0s).frames.size() == 1);  // lost
  (void)ends.first.gets(answer.frames[0], relay_link);
  const auto heard = ends.first.waits(0s);
  REQUIRE(heard.frames.size() == 1);
  (void)ends.second.gets(heard.frames[0], relay_link);
  CHECK_FALSE(ends.first.in<Mover::Steady>().stream.unacknowledged.empty());
  ends.wait(5s);
  check_ended_well(ends);
}

TEST_CASE("rehandshake: an end under a number that was delivered already ends nothing",
          "[illegal]") {
  Ends ends;
  ends.start();
  const auto said = ends.first.does(Send{Ends::message(0)});
  CHECK(ends.second.gets(said.frames.at(0), relay_link).payloads.size() == 1);
  Frames frames;
  ends.first.in<Mover::Steady>().stream.seal(rehandshake::Close{1}, relay_link,
                                             ends.first.context(), frames);
  CHECK(ends.second.gets(frames.view()[0].bytes, relay_link).is_silent());
  CHECK(ends.second.in<Follower::Steady>().stream.is_open());
}

TEST_CASE("rehandshake: who ends before it has acknowledged still does so") {
  Ends ends;
  ends.start();
  const auto said = ends.first.does(Send{Ends::message(0)});
  CHECK(ends.second.gets(said.frames.at(0), relay_link).payloads.size() == 1);
  ends.settle(ends.second.does(Disconnect{}));  // within `ack_delay`
  CHECK(ends.first.in<Mover::Steady>().stream.unacknowledged.empty());
  CHECK(ends.second.in<Follower::Steady>().stream.unacknowledged.empty());
  ends.wait(4s);
  CHECK(std::ranges::count(ends.first_told, "Closed") == 1);
  CHECK(std::ranges::count(ends.second_told, "Closed") == 1);
}

TEST_CASE("rehandshake: who has not been heard out when the other side ends is still heard") {
  Ends ends;
  ends.start();
  (void)ends.first.does(Send{Ends::message(0)});  // lost
  ends.settle(ends.second.does(Disconnect{}));
  ends.wait(5s);
  CHECK(ends.second_got == std::vector<Bits>{Ends::message(0)});
  check_ended_well(ends);
}

TEST_CASE("rehandshake: who has not been heard out knows it at the end") {
  Ends ends;
  ends.start();
  (void)ends.first.does(Send{Ends::message(0)});  // lost
  const auto end = ends.second.does(Disconnect{});
  CHECK(ends.first.gets(end.frames.at(0), relay_link).frames.size() == 1);
  ends.wait(91s, relay_link);
  CHECK(std::ranges::count(ends.first_told, "Closed timed_out") == 1);
  CHECK(std::ranges::count(ends.second_told, "Closed timed_out") == 1);
}

TEST_CASE("rehandshake: who has heard all and been heard ends well, though nobody hears that") {
  Ends ends;
  ends.start();
  ends.settle(ends.first.does(Send{Ends::message(0)}));
  ends.wait(30ms);
  const auto end = ends.second.does(Disconnect{});
  CHECK(ends.first.gets(end.frames.at(0), relay_link).frames.size() == 1);
  ends.wait(91s, relay_link);
  CHECK(std::ranges::count(ends.first_told, "Closed") == 1);
  CHECK(std::ranges::count(ends.second_told, "Closed timed_out") == 1);
}

TEST_CASE("rehandshake: who gives up all paths after it has heard all ends well too") {
  MigrationConfig config;
  config.reconnects_max = 1;
  const auto check = [&](auto ends_first, auto hears) {
    Ends ends(config);
    ends.start();
    const auto end = ends_first(ends).does(Disconnect{});
    (void)hears(ends).gets(end.frames.at(0), relay_link);
    (void)hears(ends).does(LinkClosed{relay_link});
    (void)hears(ends).waits(5s);
    const auto over = hears(ends).waits(5s);
    REQUIRE(over.template event<Closed>());
    CHECK_FALSE(over.template event<Closed>()->fault);
  };
  const auto first = [](Ends & ends) -> auto& { return ends.first; };
  const auto second = [](Ends & ends) -> auto& { return ends.second; };
  check(first, second);
  check(second, first);
}

TEST_CASE("rehandshake: a path that dies unnoticed before the end costs nothing of what was said") {
  const auto check = [](auto ends_it) {
    Ends ends;
    ends.start();
    ends.migrate();
    (void)ends.first.does(LinkClosed{relay_link});
    (void)ends.second.does(LinkClosed{relay_link});
    for (int i = 0; i < 3; ++i) (void)ends_it(ends).does(Send{Ends::message(i)});
    (void)ends_it(ends).does(Disconnect{});
    ends.wait(51s, direct_link);
    CHECK(ends.first.state() == "Stranded");
    CHECK(ends.second.state() == "Stranded");
    CHECK(std::ranges::count(ends.first_told, "PathWanted relay") >= 1);
    (void)opens(ends.second, relay_link);
    ends.settle(opens(ends.first, relay_link));
    ends.wait(4s);
    CHECK(ends.first_got.size() + ends.second_got.size() == 3);
    check_ended_well(ends);
  };
  check([](Ends & ends) -> auto& { return ends.first; });
  check([](Ends & ends) -> auto& { return ends.second; });
}

TEST_CASE("rehandshake: an end that is heard while the other side switches is taken at once") {
  Ends ends;
  ends.start();
  (void)ends.first.does(LinkClosed{relay_link});
  (void)ends.second.does(LinkClosed{relay_link});
  (void)opens(ends.second, relay_link);
  const auto request = opens(ends.first, relay_link);
  const auto response = ends.second.gets(request.frames.at(0), relay_link);
  const auto complete = ends.first.gets(response.frames.at(0), relay_link);
  const auto switched = ends.second.gets(complete.frames.at(0), relay_link);
  const auto end = ends.second.does(Disconnect{});
  (void)ends.first.gets(switched.frames.at(0), relay_link);
  CHECK(ends.first.gets(end.frames.at(0), relay_link).is_silent());
  CHECK(ends.first.state() == "Switching");
  CHECK(ends.first.in<Mover::Switching>().stream.has_peer_closed);
  ends.settle(ends.first.waits(0s));
  CHECK(ends.first.in<Mover::Steady>().stream.unacknowledged.empty());
  CHECK(ends.second.in<Follower::Steady>().stream.is_acknowledged(
      ends.second.in<Follower::Steady>().stream.close_number));
  ends.wait(4s);
  check_ended_well(ends);
}

TEST_CASE("rehandshake: an end without a path is said on the next one, after all that was kept") {
  Ends ends;
  ends.start();
  (void)ends.first.does(LinkClosed{relay_link});
  (void)ends.second.does(LinkClosed{relay_link});
  (void)ends.first.does(Send{Ends::message(0)});
  (void)ends.second.does(Send{Ends::message(7)});
  CHECK(ends.first.does(Disconnect{}).is_silent());
  CHECK(ends.first.state() == "Stranded");
  (void)opens(ends.second, relay_link);
  ends.settle(opens(ends.first, relay_link));
  ends.wait(5s);
  CHECK(ends.first_got == std::vector<Bits>{Ends::message(7)});
  CHECK(ends.second_got == std::vector<Bits>{Ends::message(0)});
  check_ended_well(ends);
}

TEST_CASE("rehandshake: the answer to an end is lost with its path, and is said on the next one") {
  Ends ends;
  ends.start();
  const auto end = ends.first.does(Disconnect{});
  (void)ends.second.gets(end.frames.at(0), relay_link);
  (void)ends.first.does(LinkClosed{relay_link});
  (void)ends.second.does(LinkClosed{relay_link});
  (void)opens(ends.second, relay_link);
  ends.settle(opens(ends.first, relay_link));
  ends.wait(4s);
  check_ended_well(ends);
}

TEST_CASE("rehandshake: the other side's end may come after ours is acknowledged, or before") {
  Ends ends;
  ends.start();
  const auto end = ends.first.does(Disconnect{});
  auto answer = ends.second.gets(end.frames.at(0), relay_link);
  auto acknowledged = ends.second.waits(0s);
  REQUIRE(answer.frames.size() == 1);
  REQUIRE(acknowledged.frames.size() == 1);
  const auto end_due = [&] { return ends.first.in<Mover::Steady>().stream.end_due.at; };
  const SteadyTime later = ends.first.now.steady + 90s, soon = ends.first.now.steady + 3s;
  const bool is_before = GENERATE(false, true);
  (void)ends.first.gets((is_before ? answer : acknowledged).frames[0], relay_link);
  CHECK(end_due() == later);
  (void)ends.first.gets((is_before ? acknowledged : answer).frames[0], relay_link);
  CHECK(end_due() == soon);
}

TEST_CASE("rehandshake: a Switch after the end does not hold it up, nor spoil it") {
  Ends ends;
  ends.start();
  ends.migrate();
  const auto end = ends.first.does(Disconnect{});
  ends.settle(ends.second.gets(end.frames.at(0), direct_link).frames.empty()
                  ? Result<Follower>{}
                  : ends.second.waits(0s));
  (void)ends.first.does(LinkClosed{direct_link});  // its Switch is lost
  auto& stream = ends.second.in<Follower::Steady>().stream;
  Frames frames;
  stream.seal(rehandshake::Close{stream.close_number}, relay_link, ends.second.context(), frames);
  (void)ends.first.gets(frames.view()[0].bytes, relay_link);
  const Stream& own = ends.first.in<Mover::Steady>().stream;
  CHECK(own.unacknowledged.size() == 1);
  CHECK(own.unacknowledged.at(0).kind == Unacknowledged::Kind::switched);
  const auto over = ends.first.waits(3s);
  REQUIRE(over.event<Closed>());
  CHECK_FALSE(over.event<Closed>()->fault);
}

TEST_CASE("rehandshake: nothing is said after the end, by neither side", "[illegal]") {
  const auto check_refused_here = [](auto& side) {
    const Bits before = side.snapshot();
    CHECK(side.does(Send{Ends::message(1)}).fault() == Fault::not_allowed_now);
    CHECK(side.does(Disconnect{}).fault() == Fault::not_allowed_now);
    CHECK(side.snapshot() == before);
  };
  Ends ends;
  ends.start();
  const auto end = ends.first.does(Disconnect{});
  check_refused_here(ends.first);
  (void)ends.second.gets(end.frames.at(0), relay_link);
  check_refused_here(ends.second);
  (void)ends.first.does(LinkClosed{relay_link});
  CHECK(ends.first.state() == "Stranded");
  check_refused_here(ends.first);
  (void)opens(ends.first, relay_link);
  CHECK(ends.first.state() == "Proving");
  check_refused_here(ends.first);
}

TEST_CASE("rehandshake: a path that has closed meanwhile is not followed") {
  Ends ends;
  ends.start();
  ends.migrate();
  const auto back = ends.first.does(LinkClosed{direct_link});
  (void)ends.second.gets(back.frames.at(0), relay_link);
  (void)ends.second.does(LinkClosed{relay_link});
  const auto due = ends.second.waits(0s);
  CHECK_FALSE(due.event<Switched>());
  CHECK(ends.second.in<Follower::Steady>().paths.current == direct_link);
}

TEST_CASE("rehandshake: the relay is not done when the direct path has closed meanwhile") {
  Ends ends;
  ends.start();
  const auto switched = ends.second.gets(complete_on(ends, direct_link), direct_link);
  (void)ends.first.gets(switched.frames.at(0), direct_link);
  auto moved = ends.first.waits(0s);
  for (const Bits& frame : moved.frames) (void)ends.second.gets(frame, direct_link);
  auto acknowledged = ends.second.waits(0s);
  for (const Bits& frame : acknowledged.frames) (void)ends.first.gets(frame, direct_link);
  CHECK(ends.first.in<Mover::Steady>().stream.both_switched.at != never);  // raised, not yet told
  CHECK(ends.first.does(LinkClosed{direct_link}).event<Switched>());
  CHECK_FALSE(ends.first.waits(0s).event<RelayDone>());
  CHECK(ends.first.in<Mover::Steady>().paths.current == relay_link);
}

TEST_CASE("rehandshake: paths that come and go do not fill the memory with Switches", "[illegal]") {
  MigrationConfig config;
  config.unacknowledged_max = 3;
  Ends ends(config);
  ends.start();
  (void)ends.first.does(Send{Ends::message(0)});
  for (int i = 0; i < 40; ++i) {
    auto& paths = ends.first.in<Mover::Steady>().paths;
    const Link link = paths.current;
    paths.is_open = paths.is_proven = {true, true};
    CHECK(ends.first.does(LinkClosed{link}).frames.size() == 1);
  }
  const auto& stream = ends.first.in<Mover::Steady>().stream;
  CHECK(stream.unacknowledged.size() == 3 + MigrationConfig::switches_max);
  ends.first.in<Mover::Steady>().paths = Paths{}.switched(relay_link);
  ends.wait(3s);
  CHECK(ends.first.in<Mover::Steady>().stream.unacknowledged.empty());
  CHECK(ends.second_got == std::vector<Bits>{Ends::message(0)});
}

TEST_CASE("rehandshake: a relay on which nobody answers is not tried for ever") {
  MigrationConfig config;
  config.reconnects_max = 3;
  Ends ends(config);
  ends.start();
  (void)ends.first.does(LinkClosed{relay_link});
  int tried = 0;
  while (ends.first.state() == "Stranded" && tried < 10) {
    CHECK(opens(ends.first, relay_link).frames.size() == 1);
    ++tried;
    (void)ends.first.waits(5s);
  }
  CHECK(tried == 4);
  CHECK(ends.first.state() == "Ended");
}

TEST_CASE("rehandshake: a relay that closes at once is not wanted again at once") {
  Ends ends;
  ends.start();
  CHECK(ends.first.does(LinkClosed{relay_link}).event<PathWanted>());
  (void)opens(ends.first, relay_link);
  CHECK_FALSE(ends.first.does(LinkClosed{relay_link}).event<PathWanted>());
  CHECK(ends.first.state() == "Stranded");
  CHECK_FALSE(ends.first.waits(5s - 1ns).event<PathWanted>());
  CHECK(ends.first.waits(1ns).event<PathWanted>());
}

TEST_CASE("rehandshake: nor is one that closes in the middle of an attempt, on either side") {
  Ends ends;
  ends.start();
  (void)ends.first.does(LinkClosed{relay_link});
  (void)ends.second.does(LinkClosed{relay_link});
  (void)opens(ends.second, relay_link);
  const auto request = opens(ends.first, relay_link);
  const auto response = ends.second.gets(request.frames.at(0), relay_link);
  (void)ends.first.gets(response.frames.at(0), relay_link);
  CHECK(ends.first.state() == "Switching");
  CHECK(ends.second.state() == "Answering");
  const auto check = [](auto& side) {
    const auto closed = side.does(LinkClosed{relay_link});
    CHECK(closed.template event<AttemptEnded>());
    CHECK_FALSE(closed.template event<PathWanted>());
    CHECK(side.state() == "Stranded");
    CHECK_FALSE(side.waits(5s - 1ns).template event<PathWanted>());
    CHECK(side.waits(1ns).template event<PathWanted>());
  };
  check(ends.first);
  check(ends.second);
  // It counts.
  CHECK(ends.first.in<Mover::Stranded>().paths.reconnects == 1);
  CHECK(ends.second.in<Follower::Stranded>().paths.reconnects == 1);
}

TEST_CASE(
    "rehandshake: who loses the relay while the other path is proved again says where it goes") {
  MigrationConfig config = impatient();
  config.migrate_repeat = 2500ms;
  Ends ends(config);
  ends.start();
  ends.migrate();
  const auto check_switch = [](const auto& back, std::string_view state, auto& side, auto& other) {
    CHECK(side.state() == state);
    CHECK(said(back, other) == Strings{"Switch on direct"});
    REQUIRE(back.template event<Switched>());
    CHECK(back.template event<Switched>()->link == direct_link);
  };
  SECTION("asking") {
    // The responder alone knows that it has closed; the initiator follows, and asks there again.
    ends.settle(ends.second.does(LinkClosed{direct_link}));
    CHECK(ends.first.in<Mover::Steady>().paths.current == relay_link);
    (void)ends.first.waits(2500ms);
    SECTION("closed") {
      check_switch(ends.first.does(LinkClosed{relay_link}), "Proving", ends.first, ends.second);
    }
    SECTION("silent") {
      auto silent = ends.first.waits(500ms);
      check_switch(silent, "Proving", ends.first, ends.second);
      CHECK(silent.event<PathLost>());
    }
  }
  SECTION("answering") {
    // The other way round.
    ends.settle(ends.first.does(LinkClosed{direct_link}));
    CHECK(ends.second.in<Follower::Steady>().paths.current == relay_link);
    (void)ends.second.waits(2900ms);
    ends.first.now = ends.second.now;
    const auto request = opens(ends.first, direct_link);
    (void)ends.second.gets(request.frames.at(0), direct_link);
    SECTION("closed") {
      check_switch(ends.second.does(LinkClosed{relay_link}), "Answering", ends.second, ends.first);
    }
    SECTION("silent") {
      auto silent = ends.second.waits(200ms);
      check_switch(silent, "Answering", ends.second, ends.first);
      CHECK(silent.event<PathLost>());
    }
  }
}

TEST_CASE("rehandshake: while a proven path is proved once more, traffic may go back to it") {
  MigrationConfig config = impatient();
  config.migrate_repeat = 2500ms;
  Ends ends(config);
  ends.start();
  ends.migrate();
  // The responder alone knows that the direct path has closed; the initiator follows, asks there
  // again, and is answered.
  ends.settle(ends.second.does(LinkClosed{direct_link}));
  (void)ends.first.waits(2500ms);
  REQUIRE(ends.first.state() == "Proving");
  ends.second.now = ends.first.now;
  Bits response;
  const auto answers = [&] {
    (void)opens(ends.second, direct_link);
    const Bits request = bits(ends.first.in<Mover::Proving>().attempt.request);
    response = ends.second.gets(request, direct_link).frames.at(0);
    CHECK(ends.first.gets(response, direct_link).event<Commit>());
    CHECK(ends.first.state() == "Switching");
  };
  const auto hear_switch = [&] {
    const Switch switched{stream_of(ends.second).next_number};
    CHECK_FALSE(ends.first.gets(sealed(ends.second, switched), direct_link).fault());
  };
  const auto check_followed = [&] {
    const auto followed = ends.first.waits(0s);
    REQUIRE(followed.event<Switched>());
    CHECK(followed.event<Switched>()->link == direct_link);
  };
  const auto check_said = [&](const auto& back) {
    CHECK(said(back, ends.second) == Strings{"Switch on direct"});
    REQUIRE(back.template event<Switched>());
    CHECK(back.template event<Switched>()->link == direct_link);
  };
  SECTION("asking, it follows") {
    hear_switch();
    check_followed();
    CHECK(ends.first.state() == "Proving");
  }
  SECTION("asking, it is answered before it follows") {
    hear_switch();
    answers();
    check_followed();
    CHECK(ends.first.state() == "Switching");
  }
  SECTION("waiting to be shown, it follows") {
    answers();
    hear_switch();
    check_followed();
    CHECK(ends.first.state() == "Steady");
  }
  SECTION("waiting to be shown, the relay closes") {
    answers();
    check_said(ends.first.does(LinkClosed{relay_link}));
    CHECK(ends.first.state() == "Switching");
  }
  SECTION("waiting to be shown, the relay falls silent") {
    answers();
    const auto silent = ends.first.waits(500ms);
    check_said(silent);
    CHECK(silent.event<PathLost>()->link == relay_link);
    CHECK(ends.first.state() == "Switching");
  }
}

TEST_CASE(
    "rehandshake: who answers on a path that was proven may follow there before it is again") {
  Ends ends;
  ends.start();
  ends.migrate();
  // The initiator alone knows that the direct path has closed; the responder follows.
  ends.settle(ends.first.does(LinkClosed{direct_link}));
  (void)ends.second.gets(opens(ends.first, direct_link).frames.at(0), direct_link);
  REQUIRE(ends.second.state() == "Answering");
  CHECK(ends.second.does(Send{}).links == std::vector{relay_link});
  const Switch switched{stream_of(ends.first).next_number};
  CHECK(ends.second.gets(sealed(ends.first, switched), direct_link).is_silent());
  const auto followed = ends.second.waits(0s);
  REQUIRE(followed.event<Switched>());
  CHECK(followed.event<Switched>()->link == direct_link);
  CHECK(ends.second.state() == "Answering");
  CHECK(ends.second.does(Send{}).links == std::vector{direct_link});
}

TEST_CASE("rehandshake: who falls back on a path says so there at once") {
  Ends ends(impatient());
  ends.start();
  ends.migrate();
  const auto check = [](auto& side, auto& other) {
    auto silent = side.waits(2900ms);
    for (int i = 0; i < 20 && !silent.template event<PathLost>(); ++i) silent = side.waits(5ms);
    REQUIRE(silent.template event<PathLost>());
    CHECK(silent.template event<PathLost>()->link == direct_link);
    REQUIRE(silent.template event<Switched>());
    CHECK(silent.template event<Switched>()->link == relay_link);
    CHECK(side.state() == "Steady");
    const Strings names = said(silent, other);
    CHECK(std::ranges::count(names, "Switch on relay") == 1);
  };
  SECTION("one") { check(ends.first, ends.second); }
  SECTION("the other") { check(ends.second, ends.first); }
}

TEST_CASE("rehandshake: who answers on a path that closes is where it was, or without one") {
  Ends ends;
  ends.start();
  (void)opens(ends.second, direct_link);
  (void)ends.second.gets(opens(ends.first, direct_link).frames.at(0), direct_link);
  REQUIRE(ends.second.state() == "Answering");
  const auto closed = ends.second.does(LinkClosed{direct_link});
  check_attempt_closed(closed, false);
  CHECK(closed.frames.empty());
  CHECK(ends.second.state() == "Steady");
  // It has not noticed that this is another relay connection.
  (void)ends.first.does(LinkClosed{relay_link});
  (void)ends.first.does(LinkClosed{direct_link});
  (void)ends.second.gets(opens(ends.first, relay_link).frames.at(0), relay_link);
  REQUIRE(ends.second.state() == "Answering");
  check_attempt_closed(ends.second.does(LinkClosed{relay_link}), true);
  CHECK(ends.second.state() == "Stranded");
}

TEST_CASE("rehandshake: who waits on a path that closes says where it is, or is without one") {
  Ends ends;
  ends.start();
  (void)complete_on(ends, direct_link);
  REQUIRE(ends.first.state() == "Switching");
  SECTION("on the relay") {
    const auto closed = ends.first.does(LinkClosed{direct_link});
    check_attempt_closed(closed, false);
    CHECK(said(closed, ends.second) == Strings{"Switch on relay"});
    CHECK(ends.first.state() == "Steady");
  }
  SECTION("without a path") {
    CHECK(ends.first.does(LinkClosed{relay_link}).is_silent());
    check_attempt_closed(ends.first.does(LinkClosed{direct_link}), true);
    CHECK(ends.first.state() == "Stranded");
  }
}

TEST_CASE("rehandshake: without a path one that is open and not proven is tried") {
  Ends ends;
  ends.start();
  (void)ends.first.does(LinkClosed{relay_link});
  (void)opens(ends.first, relay_link);
  (void)opens(ends.first, direct_link);
  (void)ends.first.does(LinkClosed{relay_link});
  REQUIRE(ends.first.state() == "Stranded");
  const auto tried = ends.first.waits(5s);
  REQUIRE(ends.first.state() == "Proving");
  CHECK(tried.links == std::vector{direct_link});
  CHECK(tried.frames == std::vector<Bits>{bits(ends.first.in<Mover::Proving>().attempt.request)});
  CHECK_FALSE(tried.event<PathWanted>());
}

TEST_CASE("rehandshake: an end that comes too early is none where there is no path either") {
  const auto check = [](auto& side, Stream& stream, MigrationContext& others) {
    REQUIRE(side.state() == "Stranded");
    Frames frames;
    stream.seal(rehandshake::Close{3}, direct_link, others, frames);
    CHECK(side.gets(frames.view()[0].bytes, direct_link).is_silent());
    CHECK(side.state() == "Stranded");
    CHECK_FALSE(side.does(Send{}).fault());
  };
  Ends ends;
  ends.start();
  (void)ends.second.does(LinkClosed{relay_link});
  (void)opens(ends.second, direct_link);
  check(ends.second, ends.first.in<Mover::Steady>().stream, ends.first.context());
  Ends other;
  other.start();
  (void)other.first.does(LinkClosed{relay_link});
  // A path that is there, and is not proven: the next attempt is made on it.
  other.first.in<Mover::Stranded>().paths.is_open[direct_link.number] = true;
  check(other.first, other.second.in<Follower::Steady>().stream, other.second.context());
}

TEST_CASE("rehandshake: what nobody acknowledges is said again more and more rarely") {
  Ends ends;
  ends.start();
  (void)ends.first.does(Send{Ends::message(0)});
  std::vector<int> when;
  for (int second = 1; second <= 14; ++second)
    if (!ends.first.waits(1s).frames.empty()) when.push_back(second);
  CHECK(when == std::vector<int>{1, 2, 4, 8});
}

TEST_CASE("rehandshake: a direct path that comes while the relay is proved is proved later") {
  Ends ends;
  ends.start();
  (void)ends.first.does(LinkClosed{relay_link});
  (void)ends.second.does(LinkClosed{relay_link});
  (void)opens(ends.second, relay_link);
  auto request = opens(ends.first, relay_link);
  CHECK(opens(ends.first, direct_link).is_silent());
  CHECK(opens(ends.second, direct_link).is_silent());
  ends.settle(std::move(request));
  ends.wait(1s);
  CHECK(ends.first.in<Mover::Steady>().paths.current == relay_link);
  ends.wait(60s);
  CHECK(ends.first.in<Mover::Steady>().paths.current == direct_link);
  CHECK(ends.second.in<Follower::Steady>().paths.current == direct_link);
  CHECK(std::ranges::count(ends.first_told, "PathWanted direct") == 0);
}

TEST_CASE("rehandshake: a session's keys serve one migration, and it stores what it seals first") {
  STATIC_REQUIRE_FALSE(
      std::is_constructible_v<MigrationContext, const SessionKeys&, const PathBindings&>);
  STATIC_REQUIRE_FALSE(
      std::is_constructible_v<MigrationContext, SessionKeys&, const PathBindings&>);
  CHECK(what_seals_is_stored(RowsOf<Mover>{}));
  CHECK(what_seals_is_stored(RowsOf<Follower>{}));
  Ends ends;
  ends.start();
  CHECK(ends.first.machine().handle(Send{Ends::message(0)}, ends.first.now).store_before_transmit);
}

TEST_CASE("rehandshake: no connection is taken for the one before it on its path", "[illegal]") {
  Ends ends;
  ends.start();
  const auto check_unbound = [](auto& side, Link link, std::string_view state) {
    CHECK(side.state() == state);
    CHECK(side.does(LinkOpened{link}).fault() == Fault::bad_argument);
    CHECK(side.state() == state);
  };
  (void)opens(ends.first, direct_link);
  (void)ends.first.does(LinkClosed{relay_link});
  check_unbound(ends.first, relay_link, "Proving");
  (void)ends.first.does(LinkClosed{direct_link});
  check_unbound(ends.first, relay_link, "Stranded");
  check_unbound(ends.first, direct_link, "Stranded");
  ends.first.random().fail_next(1, 32);
  CHECK(opens(ends.first, relay_link).fault() == Fault::random_source_failed);
  CHECK(ends.first.does(LinkOpened{relay_link}).frames.size() == 1);  // still bound

  (void)opens(ends.second, direct_link);
  (void)ends.second.does(LinkClosed{direct_link});
  check_unbound(ends.second, direct_link, "Steady");
  (void)ends.second.does(LinkClosed{relay_link});
  check_unbound(ends.second, relay_link, "Stranded");
}

TEST_CASE("rehandshake: nobody is answered on a path that is not open", "[attack]") {
  Ends ends;
  ends.start();
  const auto request = opens(ends.first, direct_link);
  check_refused(ends.second, request.frames.at(0), Fault::link_closed, direct_link);
  (void)opens(ends.second, direct_link);
  (void)ends.second.does(LinkClosed{direct_link});
  check_refused(ends.second, request.frames.at(0), Fault::link_closed, direct_link);
  (void)opens(ends.second, direct_link);
  CHECK(ends.second.gets(request.frames.at(0), direct_link).frames.size() == 1);
}

TEST_CASE("rehandshake: an end in the middle of an attempt goes on, and so does the attempt") {
  // Before which message of the attempt who ends it says so.
  const int message = GENERATE(1, 2, 3, 4);
  const bool is_first = GENERATE(true, false);
  const bool is_stranded = GENERATE(true, false);
  CAPTURE(message, is_first, is_stranded);
  Ends ends;
  ends.start();
  Link path = direct_link;
  if (is_stranded) {
    (void)ends.first.does(LinkClosed{path = relay_link});
    (void)ends.second.does(LinkClosed{relay_link});
  }
  (void)ends.first.does(Send{Ends::message(0)});  // lost
  Result<Mover> from_first;
  Result<Follower> from_second;
  const auto end = [&](int before) {
    if (before != message) return;
    if (is_first)
      (void)ends.first.does(Disconnect{});  // lost
    else
      (void)ends.second.does(Disconnect{});
  };
  (void)opens(ends.second, path);
  from_first = opens(ends.first, path);
  end(1);
  from_second = ends.second.gets(from_first.frames.at(0), path);
  end(2);
  from_first = ends.first.gets(from_second.frames.at(0), path);
  end(3);
  from_second = ends.second.gets(from_first.frames.at(0), path);
  end(4);
  ends.settle(std::move(from_second));
  ends.wait(6s);
  CHECK(std::ranges::count(ends.first_told, "AttemptEnded") == 1);
  CHECK(std::ranges::count(ends.first_told, "Switched direct") == (is_stranded ? 0 : 1));
  CHECK(ends.second_got == std::vector<Bits>{Ends::message(0)});
  check_ended_well(ends);
}

TEST_CASE("rehandshake: who is over in the middle of an attempt tells how that ended, and why") {
  MigrationConfig config;
  config.close_timeout = 4s;
  const auto check_over = [](auto& side, std::string_view state, Cause cause) {
    (void)side.does(Disconnect{});
    CHECK_FALSE(side.waits(4s - 1ns).template event<Closed>());
    CHECK(side.state() == state);
    const auto over = side.waits(1ns);
    REQUIRE(over.template event<AttemptEnded>());
    CHECK(over.template event<AttemptEnded>()->fault == Fault::superseded);
    CHECK(over.template event<AttemptEnded>()->cause == cause);
    REQUIRE(over.template event<Closed>());
    CHECK(over.template event<Closed>()->fault == Fault::timed_out);
    CHECK(side.state() == "Ended");
  };
  Ends ends(config);
  ends.start();
  (void)opens(ends.second, direct_link);
  const auto request = opens(ends.first, direct_link);
  SECTION("asking") { check_over(ends.first, "Proving", Cause::migrated); }
  const auto response = ends.second.gets(request.frames.at(0), direct_link);
  SECTION("answering") { check_over(ends.second, "Answering", Cause::answered); }
  SECTION("waiting to be shown") {
    (void)ends.first.gets(response.frames.at(0), direct_link);
    check_over(ends.first, "Switching", Cause::migrated);
  }
  SECTION("without a path") {
    (void)ends.first.does(LinkClosed{relay_link});
    (void)ends.first.does(LinkClosed{direct_link});
    (void)ends.first.does(Disconnect{});
    CHECK_FALSE(ends.first.waits(4s - 1ns).event<Closed>());
    const auto over = ends.first.waits(1ns);
    REQUIRE(over.event<Closed>());
    CHECK(over.event<Closed>()->fault == Fault::timed_out);
    CHECK_FALSE(over.event<AttemptEnded>());
  }
}
