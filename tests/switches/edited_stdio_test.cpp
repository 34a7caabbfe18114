#include "handfast/testing/edited_machine.hpp"
//
#include "handfast/stdio.hpp"
#include "tests/stdio/harness.hpp"
#include "tests/support/catch.hpp"
#include "tests/switches/edited.hpp"

// The same with real roles: keys, records, alternatives, states that adopt each other.

using namespace edited_test;
using namespace handfast::stdio;
using namespace std::chrono_literals;
using stdio_test::Script;

namespace {

using Watch = TransitionTrace;
using EditedParent = EditedMachine<Parent<>, Watch>;
using EditedChild = EditedMachine<Child<>, Watch>;

/// Both machines, the frames between them, and all that they did, one line a call.
template <class ParentMachine, class ChildMachine>
struct Talk {
  explicit Talk(RowEdit parents = {}, RowEdit childs = {})
      : parent(made<ParentMachine>(parent_random, parents)),
        child(made<ChildMachine>(child_random, childs)) {}

  template <class AnyMachine>
  static AnyMachine made(Script& random, RowEdit edit) {
    if constexpr (std::is_constructible_v<typename AnyMachine::Context, stdio::Context, RowEdit>)
      return AnyMachine({stdio::Context({}, Random(random)), edit});
    else
      return AnyMachine({{}, Random(random)});
  }

  Script parent_random{1}, child_random{2};
  ParentMachine parent;
  ChildMachine child;
  Time now = at(100h);
  std::deque<stdio_test::Sealed> to_child, to_parent;
  std::vector<std::string> lines;

  template <class Out>
  std::optional<Fault> parent_did(const Out& out) {
    for (const Frame& f : out.transmit) to_child.push_back({f.link, stdio_test::keep(f.bytes)});
    lines.push_back(line_of(out, parent));
    return out.fault();
  }
  template <class Out>
  std::optional<Fault> child_did(const Out& out) {
    for (const Frame& f : out.transmit) to_parent.push_back({f.link, stdio_test::keep(f.bytes)});
    lines.push_back(line_of(out, child));
    return out.fault();
  }
  template <class Command>
  std::optional<Fault> parent_does(const Command& command) {
    return parent_did(parent.handle(command, now));
  }
  template <class Command>
  std::optional<Fault> child_does(const Command& command) {
    return child_did(child.handle(command, now));
  }
  std::optional<Fault> parent_gets(const stdio_test::Sealed& frame) {
    return parent_did(parent.receive(frame.link, frame.bytes, now));
  }
  std::optional<Fault> child_gets(const stdio_test::Sealed& frame) {
    return child_did(child.receive(frame.link, frame.bytes, now));
  }
  void run() {
    while (!to_child.empty() || !to_parent.empty()) {
      if (!to_child.empty()) child_gets(stdio_test::Pair::taken(to_child, 0));
      if (!to_parent.empty()) parent_gets(stdio_test::Pair::taken(to_parent, 0));
    }
  }
  void wait(Duration duration) {
    now.steady += duration;
    parent_did(parent.advance(now));
    child_did(child.advance(now));
  }
  void establish() {
    parent_does(Start{});
    run();
    child_does(Listening{40000});
    run();
  }
  /// A whole life: questions and answers, a repetition, new keys, an orderly end, and input that is
  /// refused on the way.
  void live() {
    parent_does(Send{bytes_of("too early")});
    establish();
    parent_does(Send{bytes_of("question")});
    const auto question = to_child.at(0);
    run();
    child_gets(question);  // replayed
    wait(6s);              // asked again
    run();
    child_does(Respond{1, bytes_of("answer")});
    const auto answer = to_parent.at(0);
    run();
    auto flipped = answer;
    flipped.bytes.back() ^= 1;
    parent_gets(flipped);
    child_does(Notify{bytes_of("not duplex")});
    parent_does(Rekey{});
    run();
    wait(20s);
    run();
    parent_does(Shutdown{});
    run();
    child_does(LinkClosed{});
    parent_does(LinkClosed{});
    parent_does(CleanedUp{});
  }
};

}  // namespace

TEST_CASE("stdio: edited roles are well formed") {
  STATIC_REQUIRE(well_formed<handfast::testing::Edited<Parent<>>>());
  STATIC_REQUIRE(well_formed<handfast::testing::Edited<Child<>>>());
}

TEST_CASE("stdio: roles without an edit behave bit for bit as the roles, all life long") {
  Talk<Machine<Parent<>, Watch>, Machine<Child<>, Watch>> plain;
  Talk<EditedParent, EditedChild> edited;
  plain.live();
  edited.live();
  CHECK(plain.parent.in<Parent<>::Ended>());
  CHECK(plain.child.in<Child<>::Ended>());
  CHECK(plain.lines.size() > 30);
  REQUIRE(edited.lines.size() == plain.lines.size());
  for (std::size_t i = 0; i < plain.lines.size(); ++i) CHECK(edited.lines[i] == plain.lines[i]);
}

TEST_CASE("stdio: an alternative that is dropped leaves the question open that it would close") {
  Talk<EditedParent, EditedChild> talk(edit<Parent<>>("row 6, Open on Response: dropped"));
  talk.establish();
  talk.parent_does(Send{bytes_of("question")});
  talk.run();
  talk.child_does(Respond{1, bytes_of("answer")});
  const auto before = talk.parent.dangerous_snapshot();
  CHECK(talk.parent_gets(talk.to_parent.at(0)) == Fault::unexpected_message);
  CHECK(std::ranges::equal(talk.parent.dangerous_snapshot().bytes(), before.bytes()));
}

TEST_CASE("stdio: a parent that may end with a question open ends, and forgets its keys") {
  Talk<EditedParent, EditedChild> talk(
      edit<Parent<>>("row 5, Open on Send: target Ended instead of Open"));
  talk.establish();
  CHECK_FALSE(talk.parent_does(Send{bytes_of("question")}));
  CHECK(talk.to_child.size() == 1);
  CHECK(talk.parent.in<Parent<>::Ended>());
  CHECK_FALSE(talk.parent.advance(talk.now).deadline);
}

TEST_CASE("stdio: a parent that sends a keepalive for a question waits for an answer in vain") {
  Talk<EditedParent, EditedChild> talk(
      edit<Parent<>>("row 5, Open on Send: sends Keepalive instead of Request"));
  talk.establish();
  talk.parent_does(Send{bytes_of("question")});
  talk.run();
  CHECK(talk.child_does(Respond{1, bytes_of("answer")}) == Fault::bad_argument);
}

TEST_CASE("stdio: a parent asks in vain for new keys where the child has no row for them") {
  const auto state = [](RowEdit childs) {
    Talk<EditedParent, EditedChild> talk({}, childs);
    talk.establish();
    talk.parent_does(Rekey{});
    talk.run();
    return std::string(talk.parent.state_name());
  };
  CHECK(state({}) == "Open");
  CHECK(state(edit<Child<>>("row 17, Open on RekeyRequest: dropped")) == "Rekeying");
  CHECK(state(edit<Child<>>("row 17, Open on RekeyRequest: RekeyResponse not sent")) == "Rekeying");
}

TEST_CASE("stdio: a child without the rule that its transport is duplex says what it likes") {
  Talk<EditedParent, EditedChild> talk(
      {}, edit<Child<>>("row 14, Open on Notify: TransportIsDuplex not asked"));
  talk.establish();
  CHECK_FALSE(talk.child_does(Notify{bytes_of("hello")}));
  REQUIRE(talk.to_parent.size() == 1);
  CHECK(talk.parent_gets(talk.to_parent.at(0)) == Fault::unexpected_message);
}
