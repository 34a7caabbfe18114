#include "handfast/testing/edited_table.hpp"

#include "handfast/stdio.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/pairs.hpp"
#include "tests/support/ring.hpp"
#include "tests/support/toy.hpp"

using namespace handfast;
using testing::Check;
using testing::in_words;
using testing::killed_by_checks;
using testing::KilledBy;
using testing::row_edits;
using testing::RowEdit;
using toy::Client;
using toy::Server;

namespace {

/// What kills the edit of these words, or "nothing".
template <class Edited, class A, class B, int side>
std::string killer(std::string_view words) {
  for (const RowEdit& edit : row_edits<Edited>) {
    if (in_words<Edited>(edit) != words) continue;
    const auto killed = killed_by_checks<A, B>(side, edit);
    return killed ? in_words(*killed) : "nothing";
  }
  return "no such edit";
}
const auto client = killer<Client, Client, Server, 0>;
const auto server = killer<Server, Client, Server, 1>;

template <class Edited, class A, class B, int side>
int killed_count() {
  int count = 0;
  for (const RowEdit& edit : row_edits<Edited>)
    if (killed_by_checks<A, B>(side, edit)) ++count;
  return count;
}

/// What refuses a pair as it is.
template <class A, class B>
std::optional<KilledBy> unedited(int side = 0) {
  return killed_by_checks<A, B>(side, RowEdit{});
}

template <class... Entries>
using Of = pairs::Role<Transitions<Entries...>, List<pairs::Answer>, List<pairs::Done>>;
/// Says nothing and takes everything.
struct Silent : pairs::Role<Transitions<Row<pairs::Done, pairs::Begin, pairs::Done>,
                                        Ignore<pairs::Done, pairs::Ask, pairs::Answer>>,
                            List<pairs::Ask, pairs::Answer>, List<pairs::Done>> {};

}  // namespace

TEST_CASE("testing: tables as they are pass the checks, as either side of the pair") {
  for (const int side : {0, 1}) {
    CHECK_FALSE(unedited<Client, Server>(side));
    CHECK_FALSE(unedited<stdio::Parent<>, stdio::Child<>>(side));
    CHECK_FALSE(unedited<pairs::Persistent, pairs::Answerer>(side));
  }
}

TEST_CASE("testing: the checks of one table kill the edits that they should") {
  CHECK(client("Client row 0, Idle on Connect: dropped") == "unreachable state");
  CHECK(client("Client row 4, AwaitingWelcome on Welcome: target Idle instead of Open") ==
        "unreachable state");
  CHECK(server("Server row 4, Serving on Quiet: dropped") == "a state that waits for ever");
  CHECK(client("Client row 0, Idle on Connect: sends Data instead of Hello") ==
        "data before authentication");
  CHECK(server("Server row 1, Serving on Hello: target Trusted instead of Serving") ==
        "data before authentication");
  const auto parent = killer<stdio::Parent<>, stdio::Parent<>, stdio::Child<>, 0>;
  CHECK(parent("Parent row 9, Open on ResponseOverdue: Request not sent") == "duplicate row");
  CHECK(parent("Parent row 45, CleaningUp on CleanedUp: target CleaningUp instead of Ended") ==
        "a state that cannot reach an end");
}

TEST_CASE("testing: exploring the pair kills the edits that it should, on the first channel") {
  CHECK(client("Client row 9, Open on Bye: dropped") ==
        "unspecified reception on a reliable channel");
  CHECK(client("Client row 1, AwaitingWelcome on Retry: sends Bye instead of Hello") ==
        "unspecified reception on a lossy channel");
  CHECK(server("Server row 3, Serving on Bye: target Waiting instead of Done") ==
        "unspecified reception on a lossy, duplicating channel");
  CHECK(server("Server row 4, Serving on Quiet: target Serving instead of Done") ==
        "deadlock on a reliable channel");
}

TEST_CASE("testing: what is about keys, data or time passes the checks") {
  CHECK(client("Client row 4, AwaitingWelcome on Welcome: RightProof not asked") == "nothing");
  CHECK(client("Client row 7, Open on Nudge: dropped") == "nothing");  // nobody nudges
  CHECK(client("Client row 2, AwaitingWelcome on GiveUp: dropped") == "nothing");
  CHECK(client("Client row 5, Open on Send: Data not sent") == "nothing");
}

TEST_CASE("testing: a rule that is not asked cannot refuse, unless the row has another") {
  using testing::EditedTable, testing::EditKind;
  const RowEdit one{EditKind::guard, 4, 0, 0, true}, only{EditKind::guard, 5, 0, 0, true};
  CHECK(EditedTable<Client>(one).view().edges[4].guarded);
  CHECK_FALSE(EditedTable<Client>(only).view().edges[5].guarded);
  CHECK(EditedTable<Client>(RowEdit{}).view().edges[5].guarded);
}

TEST_CASE("testing: a pair is refused only when no row is left for it") {
  using testing::EditedTable, testing::EditKind;
  using Parent = stdio::Parent<>;
  const EditedTable<Client> sole(RowEdit{EditKind::dropped, 9, 0, 0, true});
  CHECK(sole.view().edge_count == Graph<Client>::row_count - 1);
  const Edge& bye = Graph<Client>::edges[9];
  CHECK(sole.view().treatments[bye.from * Graph<Client>::message_count + bye.on] ==
        Treatment::refused);
  const EditedTable<Parent> alternative(RowEdit{EditKind::dropped, 1, 0, 0, true});
  const Edge& answer = Graph<Parent>::edges[1];
  CHECK(alternative.view().treatments[answer.from * Graph<Parent>::message_count + answer.on] ==
        Treatment::taken);
}

TEST_CASE("testing: a message more or less carries data or does not") {
  using testing::EditedTable, testing::EditKind;
  const auto moves_data = [](RowEdit edit) {
    return EditedTable<Client>(edit).view().edges[edit.row].application_data;
  };
  CHECK(moves_data({}) == false);
  CHECK(moves_data({EditKind::message, 0, 0, 1, false}));  // Hello becomes Data
  CHECK_FALSE(moves_data({EditKind::message, 5, 0, RowEdit::not_sent, true}));  // Data is not sent
  CHECK_FALSE(moves_data({EditKind::message, 5, 0, 0, true}));  // Data becomes Hello
}

TEST_CASE("testing: every flaw of a pair that is wrong already is named") {
  using namespace pairs;
  CHECK(unedited<Asker, Forgetful>() == KilledBy{Check::waits_for_ever, {}});
  CHECK(unedited<Of<Row<Idle, Begin, Done>, Refuse<Idle, Answer>>, Silent>() ==
        KilledBy{Check::undeclared_pair, {}});
  CHECK(unedited<Of<Row<Idle, Begin, Done>, Refuse<Idle, Answer>, Refuse<Done, Answer>,
                    Ignore<Done, Answer>>,
                 Silent>() == KilledBy{Check::declared_twice, {}});
  CHECK(unedited<Of<Row<Idle, Begin, Middle>, Row<Middle, Overdue, Idle>, Row<Idle, Answer, Done>,
                    Ignore<Middle, Answer>, Ignore<Done, Answer>>,
                 Silent>() == KilledBy{Check::cannot_finish, Channel::reliable});
}

TEST_CASE("testing: a pair that is larger than most is explored all the same") {
  using Ring = ring::Ring<0, 12>;
  const Verdict whole = explore<Ring, Ring, 2>(Channel::lossy, 0);
  REQUIRE(whole.flaw == Flaw::none);
  REQUIRE(whole.explored > 1 << 12);
  CHECK_FALSE(unedited<Ring, Ring>());
}

TEST_CASE("testing: what killed an edit in words") {
  CHECK(in_words(KilledBy{Check::duplicate_row, {}}) == "duplicate row");
  CHECK(in_words(KilledBy{Check::too_large,
                          Channel::lossy | Channel::duplicating | Channel::reordering}) ==
        "too many configurations on a lossy, duplicating, reordering channel");
}

TEST_CASE("stdio: how many mistakes of one row the checks find") {
  CHECK(killed_count<stdio::Parent<>, stdio::Parent<>, stdio::Child<>, 0>() == 160);
  CHECK(killed_count<stdio::Child<>, stdio::Parent<>, stdio::Child<>, 1>() == 82);
}
