// A relay in the middle of two channels: a parent has it on one, a child on the other, and it
// passes each frame on to the letter.

#include "tests/stdio/harness.hpp"
#include "tests/support/catch.hpp"

using namespace stdio_test;

namespace {

Config at(std::string_view endpoint) {
  Config config;
  config.endpoint = endpoint;
  config.duplex = true;
  return config;
}

/// The relay, and all that it has passed on.
struct Relay {
  Relay(std::string_view parents, std::string_view childs)
      : ends(Which::hardened, at(parents), at(childs)) {}

  Pair ends;
  std::vector<Sealed> from_parent, from_child;

  void pass_all() {
    while (!ends.to_child.empty() || !ends.to_parent.empty()) {
      if (!ends.to_child.empty()) {
        from_parent.push_back(ends.to_child.front());
        ends.to_child_next();
      }
      if (!ends.to_parent.empty()) {
        from_child.push_back(ends.to_parent.front());
        ends.to_parent_next();
      }
    }
  }
  void pass_lines() {
    ends.parent_does(Start{bytes_of("first")});
    pass_all();
    ends.child_does(Listening{40000});
  }
};

/// Refused, and everything is as it was.
bool is_refused(Side& side, const Sealed& frame, Time now) {
  const Kept before = side.snapshot();
  const Result result = side.receive(frame.link, frame.bytes, now);
  return result.fault() && result.told.size() == 1 && result.frames.empty() &&
         side.snapshot() == before;
}
int refused_of(Side& side, const std::vector<Sealed>& frames, Time now) {
  int count = 0;
  for (const Sealed& frame : frames)
    count += frame.link == channel_link && is_refused(side, frame, now);
  return count;
}
int records_in(const std::vector<Sealed>& frames) {
  return static_cast<int>(std::ranges::count(frames, channel_link, &Sealed::link));
}

}  // namespace

TEST_CASE(
    "stdio: through a relay between channels with different endpoints no record is taken, however "
    "long it passes them on",
    "[attack]") {
  const std::string_view others[] = {"/messages", "/messag", "/message/", "/Message", ""};
  for (const std::string_view childs : others) {
    INFO(childs);
    Relay relay("/message", childs);
    Pair& ends = relay.ends;
    relay.pass_lines();
    relay.pass_all();
    CHECK(ends.child->state() == "AwaitingFirstRecord");
    for (int i = 0; i < 3; ++i) {
      ends.send("is anybody there?");
      relay.pass_all();
    }
    ends.wait(10min);  // it passes on what is repeated, too
    for (const std::string_view name : {"Commit", "Established", "Delivered", "Rekeyed"})
      CHECK(Pair::count(ends.child_told, name) == 0);
    // The child's line names no endpoint: the parent has taken it, and its records open nowhere.
    for (const std::string_view name : {"Answered", "Noticed", "Rekeyed"})
      CHECK(Pair::count(ends.parent_told, name) == 0);
    CHECK(ends.child_told.back().fault == Fault::timed_out);
    CHECK(ends.parent_told.back().fault == Fault::peer_lost);
  }
}

TEST_CASE("stdio: a relay between channels with one endpoint gains a wire, and nothing else",
          "[attack]") {
  Relay relay("/message", "/message");
  Pair& ends = relay.ends;
  Pair own(Which::hardened, at("/message"), at("/message"), 500);  // its own two roles
  own.parent_does(Start{});
  relay.pass_lines();
  own.child_gets(relay.from_parent.front());
  own.child_does(Listening{40000});
  CHECK(is_refused(*own.parent, ends.to_parent.front(), ends.now));  // it answers another's line
  relay.pass_all();
  CHECK(Pair::count(ends.child_told, "Established") == 1);
  CHECK(ends.parent_told.back().text == "re: first");
  for (int epoch = 1; epoch < 3; ++epoch) {
    ends.send("more");
    ends.child_does(Notify{bytes_of("news")});
    relay.pass_all();
    CHECK(Pair::count(ends.parent_told, "Noticed") == epoch);
    CHECK(Pair::count(ends.parent_told, "Answered") == 1 + epoch);
    ends.parent_does(Rekey{});
    relay.pass_all();
    CHECK(ends.child->session()->current.number == static_cast<std::uint32_t>(epoch));
  }
  // Nobody but the two opens what it has passed on, whatever it exchanged keys with them for.
  const int parents = records_in(relay.from_parent), childs = records_in(relay.from_child);
  CHECK(parents >= 7);
  CHECK(childs >= 7);
  CHECK(refused_of(*own.child, relay.from_parent, ends.now) == parents);
  CHECK(refused_of(*own.parent, relay.from_child, ends.now) == childs);
  // Nor do these, when they come again or the wrong way round.
  CHECK(refused_of(*ends.child, relay.from_parent, ends.now) == parents);
  CHECK(refused_of(*ends.parent, relay.from_child, ends.now) == childs);
  CHECK(refused_of(*ends.parent, relay.from_parent, ends.now) == parents);
  CHECK(refused_of(*ends.child, relay.from_child, ends.now) == childs);
  // What a wire can do: it loses.
  ends.send("lost");
  ends.lose_all();
  ends.wait(10s);
  CHECK(ends.parent_told.back().text == "re: lost");
  ends.wait(10min, false);
  CHECK(ends.parent_told.back().fault == Fault::peer_lost);
  CHECK(ends.child_told.back().fault == Fault::peer_lost);
}
