#include "handfast/testing/row_edits.hpp"

#include <set>

#include "handfast/stdio.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/toy.hpp"

using namespace handfast;
using testing::EditKind;
using testing::in_words;
using testing::row_edits;
using testing::RowEdit;

namespace {

/// Every edit of `Role` in words, one a line.
template <class Role>
std::string listed() {
  std::string lines;
  for (const RowEdit& edit : row_edits<Role>)
    lines += in_words<Role>(edit) + (edit.constructible ? "\n" : " (not constructible)\n");
  return lines;
}

template <class Role>
int constructible_count() {
  return static_cast<int>(std::ranges::count(row_edits<Role>, true, &RowEdit::constructible));
}

/// No edit says what the table says, and no two say the same.
template <class Role>
void edits_differ() {
  std::set<std::string> seen;
  for (const RowEdit& edit : row_edits<Role>) {
    const Edge& e = Graph<Role>::edges[edit.row];
    INFO(in_words<Role>(edit));
    CHECK(seen.insert(in_words<Role>(edit) + std::to_string(edit.place)).second);
    CHECK(edit.kind != EditKind::none);
    if (edit.kind == EditKind::target) CHECK(edit.to != e.to);
    if (edit.kind == EditKind::message) CHECK(edit.to != e.sends[edit.place]);
  }
}

}  // namespace

namespace row_edits_test {

struct Ask {};
struct Tell {};
struct Loud {
  explicit Loud(int) {}
};
struct Go {};
struct First {
  static constexpr Fault fault = Fault::stale;
};
struct Second {
  static constexpr Fault fault = Fault::stale;
};

/// Sends two messages in one row, one of which cannot be made of nothing, and has states of every
/// shape.
struct Shapes {
  struct Empty {};
  struct Number {
    std::uint32_t value = 0;
    static constexpr auto fields = Fields{&Number::value};
  };
  struct Numbers {
    std::uint32_t one = 0, other = 0;
    static constexpr auto fields = Fields{&Numbers::one, &Numbers::other};
  };
  struct Mixed {
    std::uint32_t value = 0;
    bool flag = false;
    static constexpr auto fields = Fields{&Mixed::value, &Mixed::flag};
  };
  using Receives = List<Ask>;
  using Commands = List<Go>;
  using Timers = List<>;
  using Ends = List<Mixed>;
  // clang-format off
  using Table = Transitions<
      Row<Empty, Go, Number, Tell, Loud, Requires<First, Second>>,
      Row<Number, Go, Numbers, Tell>,
      Row<Numbers, Go, Mixed, Ask>,
      Refuse<Empty, Ask>, Refuse<Number, Ask>, Refuse<Numbers, Ask>, Refuse<Mixed, Ask>>;
  // clang-format on
  struct Context {};
  static void write(const Tell&, Context&, Frames&);
  static void write(const Loud&, Context&, Frames&);
  static void write(Mixed&, const Ask&, Context&, Frames&);
};

}  // namespace row_edits_test

using row_edits_test::Shapes;

TEST_CASE("testing: the edits of the toy's client, all of them") {
  CHECK(
      listed<toy::Client>() ==
      "Client row 0, Idle on Connect: dropped\n"
      "Client row 0, Idle on Connect: target Idle instead of AwaitingWelcome\n"
      "Client row 0, Idle on Connect: target Open instead of AwaitingWelcome (not constructible)\n"
      "Client row 0, Idle on Connect: target Done instead of AwaitingWelcome (not constructible)\n"
      "Client row 0, Idle on Connect: sends Data instead of Hello (not constructible)\n"
      "Client row 0, Idle on Connect: sends Bye instead of Hello (not constructible)\n"
      "Client row 0, Idle on Connect: Hello not sent\n"
      "Client row 1, AwaitingWelcome on Retry: dropped\n"
      "Client row 1, AwaitingWelcome on Retry: target Idle instead of AwaitingWelcome\n"
      "Client row 1, AwaitingWelcome on Retry: target Open instead of AwaitingWelcome (not "
      "constructible)\n"
      "Client row 1, AwaitingWelcome on Retry: target Done instead of AwaitingWelcome (not "
      "constructible)\n"
      "Client row 1, AwaitingWelcome on Retry: sends Data instead of Hello (not constructible)\n"
      "Client row 1, AwaitingWelcome on Retry: sends Bye instead of Hello (not constructible)\n"
      "Client row 1, AwaitingWelcome on Retry: Hello not sent\n"
      "Client row 2, AwaitingWelcome on GiveUp: dropped\n"
      "Client row 2, AwaitingWelcome on GiveUp: target Idle instead of Done\n"
      "Client row 2, AwaitingWelcome on GiveUp: target AwaitingWelcome instead of Done\n"
      "Client row 2, AwaitingWelcome on GiveUp: target Open instead of Done (not constructible)\n"
      "Client row 3, AwaitingWelcome on LinkClosed: dropped\n"
      "Client row 3, AwaitingWelcome on LinkClosed: target Idle instead of Done\n"
      "Client row 3, AwaitingWelcome on LinkClosed: target AwaitingWelcome instead of Done\n"
      "Client row 3, AwaitingWelcome on LinkClosed: target Open instead of Done (not "
      "constructible)\n"
      "Client row 4, AwaitingWelcome on Welcome: dropped\n"
      "Client row 4, AwaitingWelcome on Welcome: target Idle instead of Open\n"
      "Client row 4, AwaitingWelcome on Welcome: target AwaitingWelcome instead of Open\n"
      "Client row 4, AwaitingWelcome on Welcome: target Done instead of Open (not constructible)\n"
      "Client row 4, AwaitingWelcome on Welcome: RightNonce not asked\n"
      "Client row 4, AwaitingWelcome on Welcome: RightProof not asked\n"
      "Client row 5, Open on Send: dropped\n"
      "Client row 5, Open on Send: target Idle instead of Open\n"
      "Client row 5, Open on Send: target AwaitingWelcome instead of Open (not constructible)\n"
      "Client row 5, Open on Send: target Done instead of Open (not constructible)\n"
      "Client row 5, Open on Send: sends Hello instead of Data\n"
      "Client row 5, Open on Send: sends Bye instead of Data (not constructible)\n"
      "Client row 5, Open on Send: Data not sent\n"
      "Client row 5, Open on Send: FitsFrame not asked\n"
      "Client row 6, Open on Data: dropped\n"
      "Client row 6, Open on Data: target Idle instead of Open\n"
      "Client row 6, Open on Data: target AwaitingWelcome instead of Open (not constructible)\n"
      "Client row 6, Open on Data: target Done instead of Open (not constructible)\n"
      "Client row 6, Open on Data: NotEmpty not asked\n"
      "Client row 7, Open on Nudge: dropped\n"
      "Client row 7, Open on Nudge: target Idle instead of Open\n"
      "Client row 7, Open on Nudge: target AwaitingWelcome instead of Open (not constructible)\n"
      "Client row 7, Open on Nudge: target Done instead of Open (not constructible)\n"
      "Client row 8, Open on Close: dropped\n"
      "Client row 8, Open on Close: target Idle instead of Done\n"
      "Client row 8, Open on Close: target AwaitingWelcome instead of Done (not constructible)\n"
      "Client row 8, Open on Close: target Open instead of Done\n"
      "Client row 8, Open on Close: sends Hello instead of Bye\n"
      "Client row 8, Open on Close: sends Data instead of Bye (not constructible)\n"
      "Client row 8, Open on Close: Bye not sent\n"
      "Client row 9, Open on Bye: dropped\n"
      "Client row 9, Open on Bye: target Idle instead of Done\n"
      "Client row 9, Open on Bye: target AwaitingWelcome instead of Done (not constructible)\n"
      "Client row 9, Open on Bye: target Open instead of Done\n");
}

TEST_CASE("testing: the edits of the toy's server, all of them") {
  CHECK(listed<toy::Server>() ==
        "Server row 0, Waiting on Hello: dropped\n"
        "Server row 0, Waiting on Hello: target Waiting instead of Serving\n"
        "Server row 0, Waiting on Hello: target Trusted instead of Serving\n"
        "Server row 0, Waiting on Hello: target Done instead of Serving\n"
        "Server row 0, Waiting on Hello: sends Data instead of Welcome (not constructible)\n"
        "Server row 0, Waiting on Hello: sends Bye instead of Welcome (not constructible)\n"
        "Server row 0, Waiting on Hello: Welcome not sent\n"
        "Server row 1, Serving on Hello: dropped\n"
        "Server row 1, Serving on Hello: target Waiting instead of Serving\n"
        "Server row 1, Serving on Hello: target Trusted instead of Serving\n"
        "Server row 1, Serving on Hello: target Done instead of Serving\n"
        "Server row 1, Serving on Hello: sends Data instead of Welcome (not constructible)\n"
        "Server row 1, Serving on Hello: sends Bye instead of Welcome (not constructible)\n"
        "Server row 1, Serving on Hello: Welcome not sent\n"
        "Server row 1, Serving on Hello: RightNonce not asked\n"
        "Server row 2, Serving on Data: dropped\n"
        "Server row 2, Serving on Data: target Waiting instead of Trusted\n"
        "Server row 2, Serving on Data: target Serving instead of Trusted\n"
        "Server row 2, Serving on Data: target Done instead of Trusted\n"
        "Server row 2, Serving on Data: NotEmpty not asked\n"
        "Server row 3, Serving on Bye: dropped\n"
        "Server row 3, Serving on Bye: target Waiting instead of Done\n"
        "Server row 3, Serving on Bye: target Serving instead of Done\n"
        "Server row 3, Serving on Bye: target Trusted instead of Done (not constructible)\n"
        "Server row 4, Serving on Quiet: dropped\n"
        "Server row 4, Serving on Quiet: target Waiting instead of Done\n"
        "Server row 4, Serving on Quiet: target Serving instead of Done\n"
        "Server row 4, Serving on Quiet: target Trusted instead of Done (not constructible)\n"
        "Server row 5, Trusted on Data: dropped\n"
        "Server row 5, Trusted on Data: target Waiting instead of Trusted\n"
        "Server row 5, Trusted on Data: target Serving instead of Trusted (not constructible)\n"
        "Server row 5, Trusted on Data: target Done instead of Trusted\n"
        "Server row 5, Trusted on Data: NotEmpty not asked\n"
        "Server row 6, Trusted on Send: dropped\n"
        "Server row 6, Trusted on Send: target Waiting instead of Trusted\n"
        "Server row 6, Trusted on Send: target Serving instead of Trusted (not constructible)\n"
        "Server row 6, Trusted on Send: target Done instead of Trusted\n"
        "Server row 6, Trusted on Send: sends Welcome instead of Data\n"
        "Server row 6, Trusted on Send: sends Bye instead of Data (not constructible)\n"
        "Server row 6, Trusted on Send: Data not sent\n"
        "Server row 6, Trusted on Send: FitsFrame not asked\n"
        "Server row 7, Trusted on Close: dropped\n"
        "Server row 7, Trusted on Close: target Waiting instead of Done\n"
        "Server row 7, Trusted on Close: target Serving instead of Done (not constructible)\n"
        "Server row 7, Trusted on Close: target Trusted instead of Done\n"
        "Server row 7, Trusted on Close: sends Welcome instead of Bye\n"
        "Server row 7, Trusted on Close: sends Data instead of Bye (not constructible)\n"
        "Server row 7, Trusted on Close: Bye not sent\n"
        "Server row 8, Trusted on Bye: dropped\n"
        "Server row 8, Trusted on Bye: target Waiting instead of Done\n"
        "Server row 8, Trusted on Bye: target Serving instead of Done (not constructible)\n"
        "Server row 8, Trusted on Bye: target Trusted instead of Done\n"
        "Server row 9, Trusted on Quiet: dropped\n"
        "Server row 9, Trusted on Quiet: target Waiting instead of Done\n"
        "Server row 9, Trusted on Quiet: target Serving instead of Done (not constructible)\n"
        "Server row 9, Trusted on Quiet: target Trusted instead of Done\n");
}

TEST_CASE("testing: an edit is constructible where the role has what it needs") {
  CHECK(listed<Shapes>() ==
        "Shapes row 0, Empty on Go: dropped\n"
        "Shapes row 0, Empty on Go: target Empty instead of Number\n"
        // Both numbers can come from the one that is there; a flag cannot.
        "Shapes row 0, Empty on Go: target Numbers instead of Number\n"
        "Shapes row 0, Empty on Go: target Mixed instead of Number (not constructible)\n"
        // A Loud needs a number, and nobody can ask but in Mixed.
        "Shapes row 0, Empty on Go: sends Loud instead of Tell (not constructible)\n"
        "Shapes row 0, Empty on Go: sends Ask instead of Tell (not constructible)\n"
        "Shapes row 0, Empty on Go: Tell not sent\n"
        "Shapes row 0, Empty on Go: sends Tell instead of Loud\n"
        "Shapes row 0, Empty on Go: sends Ask instead of Loud (not constructible)\n"
        "Shapes row 0, Empty on Go: Loud not sent\n"
        "Shapes row 0, Empty on Go: First not asked\n"
        "Shapes row 0, Empty on Go: Second not asked\n"
        "Shapes row 1, Number on Go: dropped\n"
        "Shapes row 1, Number on Go: target Empty instead of Numbers\n"
        "Shapes row 1, Number on Go: target Number instead of Numbers\n"
        "Shapes row 1, Number on Go: target Mixed instead of Numbers (not constructible)\n"
        "Shapes row 1, Number on Go: sends Loud instead of Tell (not constructible)\n"
        "Shapes row 1, Number on Go: sends Ask instead of Tell (not constructible)\n"
        "Shapes row 1, Number on Go: Tell not sent\n"
        "Shapes row 2, Numbers on Go: dropped\n"
        "Shapes row 2, Numbers on Go: target Empty instead of Mixed\n"
        "Shapes row 2, Numbers on Go: target Number instead of Mixed\n"
        "Shapes row 2, Numbers on Go: target Numbers instead of Mixed\n"
        "Shapes row 2, Numbers on Go: sends Tell instead of Ask\n"
        "Shapes row 2, Numbers on Go: sends Loud instead of Ask (not constructible)\n"
        "Shapes row 2, Numbers on Go: Ask not sent\n");
}

TEST_CASE("testing: no edit is the table as it is, and no two are the same") {
  edits_differ<toy::Client>();
  edits_differ<toy::Server>();
  edits_differ<stdio::Parent<>>();
  edits_differ<stdio::Child<>>();
}

TEST_CASE("testing: no edit has words too") {
  CHECK(in_words<toy::Client>(RowEdit{}) == "Client, unedited");
}

TEST_CASE("stdio: how many mistakes of one row there are to make, and how many of them can run") {
  CHECK(row_edits<stdio::Parent<>>.size() == 484);
  CHECK(constructible_count<stdio::Parent<>>() == 310);
  CHECK(row_edits<stdio::Child<>>.size() == 252);
  CHECK(constructible_count<stdio::Child<>>() == 182);
}
