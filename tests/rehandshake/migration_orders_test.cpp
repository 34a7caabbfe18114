#include "tests/rehandshake/paths.hpp"

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
    (void)opens(ends.second, direct_link);
    const auto request = opens(ends.first, direct_link);
    (void)ends.second.gets(request.frames.at(0), direct_link);
    CHECK(ends.second.does(LinkClosed{relay_link}).is_silent());
    check_loses_no_path(ends.second, "Answering");
  }
  SECTION("waiting to be shown") {
    Ends ends(impatient());
    ends.start();
    (void)opens(ends.second, direct_link);
    const auto request = opens(ends.first, direct_link);
    const auto response = ends.second.gets(request.frames.at(0), direct_link);
    (void)ends.first.gets(response.frames.at(0), direct_link);
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
  CHECK(ends.first.state() == "Draining");
  // It comes again, too early once more: that is no reason to take it for the end.
  auto& stream = ends.second.in<Follower::Closing>().stream;
  Frames frames;
  stream.seal(rehandshake::Close{2}, relay_link, ends.second.context(), frames);
  CHECK(ends.first.gets(frames.view()[0].bytes, relay_link).is_silent());
  ends.wait(1100ms);
  CHECK(ends.first_got == std::vector<Bits>{Ends::message(0)});
  CHECK(ends.second.state() == "Draining");
  ends.wait(4s);
  CHECK(std::ranges::count(ends.first_told, "Closed") == 1);
  CHECK(std::ranges::count(ends.second_told, "Closed") == 1);
}

TEST_CASE("rehandshake: an end whose acknowledgement is lost is acknowledged again") {
  Ends ends;
  ends.start();
  const auto end = ends.first.does(Disconnect{});
  CHECK(ends.second.gets(end.frames.at(0), relay_link).frames.size() == 1);  // lost
  CHECK(ends.second.state() == "Draining");
  ends.wait(1100ms);
  CHECK(ends.first.state() == "Draining");
}

TEST_CASE("rehandshake: who ends before it has acknowledged still does so") {
  Ends ends;
  ends.start();
  const auto said = ends.first.does(Send{Ends::message(0)});
  CHECK(ends.second.gets(said.frames.at(0), relay_link).payloads.size() == 1);
  ends.settle(ends.second.does(Disconnect{}));  // within `ack_delay`
  CHECK(ends.first.state() == "Draining");
  CHECK(ends.second.state() == "Draining");
  ends.wait(4s);
  CHECK(std::ranges::count(ends.first_told, "Closed") == 1);
  CHECK(std::ranges::count(ends.second_told, "Closed") == 1);
}

TEST_CASE("rehandshake: who has not been heard out knows it at the end") {
  Ends ends;
  ends.start();
  (void)ends.first.does(Send{Ends::message(0)});  // lost
  ends.settle(ends.second.does(Disconnect{}));
  ends.wait(4s);
  CHECK(std::ranges::count(ends.first_told, "Closed peer_lost") == 1);
  CHECK(std::ranges::count(ends.second_told, "Closed") == 1);
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
  (void)opens(ends.second, direct_link);
  const auto request = opens(ends.first, direct_link);
  const auto response = ends.second.gets(request.frames.at(0), direct_link);
  const auto complete = ends.first.gets(response.frames.at(0), direct_link);
  const auto switched = ends.second.gets(complete.frames.at(0), direct_link);
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
  const auto check_switch = [](const auto& back, std::string_view state, const auto& side) {
    CHECK(side.state() == state);
    REQUIRE(back.frames.size() == 1);
    CHECK(back.links[0] == direct_link);
    REQUIRE(back.template event<Switched>());
    CHECK(back.template event<Switched>()->link == direct_link);
  };
  SECTION("asking") {
    // The responder alone knows that it has closed; the initiator follows, and asks there again.
    ends.settle(ends.second.does(LinkClosed{direct_link}));
    CHECK(ends.first.in<Mover::Steady>().paths.current == relay_link);
    (void)ends.first.waits(2500ms);
    SECTION("closed") {
      check_switch(ends.first.does(LinkClosed{relay_link}), "Proving", ends.first);
    }
    SECTION("silent") {
      auto silent = ends.first.waits(500ms);
      check_switch(silent, "Proving", ends.first);
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
      check_switch(ends.second.does(LinkClosed{relay_link}), "Answering", ends.second);
    }
    SECTION("silent") {
      auto silent = ends.second.waits(200ms);
      check_switch(silent, "Answering", ends.second);
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
  const auto check_followed = [&](std::string_view state) {
    const auto by = [&](auto& stream) {
      Frames frames;
      stream.seal(Switch{stream.next_number}, direct_link, ends.second.context(), frames);
      return bits(frames.view()[0].bytes);
    };
    const Bits switched = state == "Proving" ? by(ends.second.in<Follower::Steady>().stream)
                                             : by(ends.second.in<Follower::Answering>().stream);
    CHECK_FALSE(ends.first.gets(switched, direct_link).fault());
    const auto followed = ends.first.waits(0s);
    REQUIRE(followed.event<Switched>());
    CHECK(followed.event<Switched>()->link == direct_link);
  };
  const auto check_said = [](const auto& back) {
    REQUIRE(back.frames.size() == 1);
    CHECK(back.links[0] == direct_link);
    CHECK(back.template event<Switched>()->link == direct_link);
  };
  SECTION("asking, it follows") {
    check_followed("Proving");
    CHECK(ends.first.state() == "Proving");
  }
  SECTION("waiting to be shown, it follows") {
    answers();
    check_followed("Switching");
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

TEST_CASE("rehandshake: an end that comes too early is none where there is no path either") {
  const auto check = [](auto& side, Stream& stream, MigrationContext& others) {
    REQUIRE(side.state() == "Stranded");
    Frames frames;
    stream.seal(rehandshake::Close{3}, direct_link, others, frames);
    CHECK(side.gets(frames.view()[0].bytes, direct_link).is_silent());
    CHECK(side.state() == "Stranded");
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

TEST_CASE("rehandshake: an end in the middle of an attempt ends that too, on both sides") {
  const auto begin = [](Ends& ends) {
    ends.start();
    (void)opens(ends.second, direct_link);
    const auto request = opens(ends.first, direct_link);
    return ends.second.gets(request.frames.at(0), direct_link);
  };
  const auto check_ended = [](const auto& result, Cause cause) {
    REQUIRE(result.template event<AttemptEnded>());
    CHECK(result.template event<AttemptEnded>()->fault == Fault::superseded);
    CHECK(result.template event<AttemptEnded>()->cause == cause);
  };
  Ends one;
  (void)begin(one);
  const auto end = one.first.does(Disconnect{});
  check_ended(end, Cause::migrated);
  check_ended(one.second.gets(end.frames.at(0), relay_link), Cause::answered);

  Ends two;
  const auto response = begin(two);
  (void)two.first.gets(response.frames.at(0), direct_link);
  CHECK(two.first.state() == "Switching");
  const auto other_end = two.second.does(Disconnect{});
  check_ended(other_end, Cause::answered);
  check_ended(two.first.gets(other_end.frames.at(0), relay_link), Cause::migrated);
}
