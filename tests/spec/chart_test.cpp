#include "handfast/spec/chart.hpp"

#include "handfast/spec/dot.hpp"
#include "handfast/spec/matrix.hpp"
#include "handfast/spec/mermaid.hpp"
#include "handfast/spec/plantuml.hpp"
#include "tests/support/catch.hpp"

using namespace handfast;
using spec::chart_of;

// One of everything that a table can have, and a state whose name means something to Mermaid.
namespace chart_test {

struct Knock {};
struct Welcome {};
struct Word {};
struct Go {};
struct Overdue {};
struct Heard {};
struct Proved {
  static constexpr Fault fault = Fault::not_authentic;
};

struct Default {};
struct Waiting {};
struct Inside {};

// clang-format off
struct Guest {
  using Receives = List<Welcome, Word>;
  using Commands = List<Go, LinkClosed>;
  using Timers = List<Overdue>;
  using Ends = List<Inside, Default>;
  using Table = Transitions<
    Row<Default, Go,         Waiting, Knock, StoresFirst>,
    Authenticates<
    Row<Waiting, Welcome,    Inside,  Word, Word, Tells<Heard>, Requires<Proved>>>,
    Row<Waiting, Overdue,    Waiting, Knock>,
    Row<Waiting, Overdue,    Default>,
    Row<Inside,  Word,       Inside,  Tells<Heard>>,
    Row<Inside,  LinkClosed, Default>,
    Row<Waiting, LinkClosed, Default>,
    Refuse<Default, Welcome, Word>,
    Refuse<Waiting, Word>,
    Ignore<Inside, Welcome>>;
};
template <class>
struct Host {
  using Receives = List<Knock, Word>;
  using Commands = List<>;
  using Timers = List<>;
  using Ends = List<Waiting>;
  using Table = Transitions<
    Row<Waiting, Knock, Waiting, Welcome>,
    Row<Waiting, Word,  Waiting>>;
};
// clang-format on

}  // namespace chart_test

namespace {

using namespace chart_test;

spec::Chart guest() { return chart_of<Guest>(); }
spec::Chart host() { return chart_of<Host<int>>(); }

}  // namespace

TEST_CASE("chart: a table's rows are there by name, in its order, with their clauses") {
  const spec::Chart chart = guest();
  CHECK(chart.role == "Guest");
  CHECK(host().role == "Host");
  REQUIRE(chart.rows.size() == 7);
  const spec::ChartRow& row = chart.rows[1];
  CHECK(row.from == "Waiting");
  CHECK(row.on == "Welcome");
  CHECK(row.to == "Inside");
  CHECK(row.trigger == Trigger::message);
  CHECK(row.sends == std::vector<std::string_view>{"Word", "Word"});
  CHECK(row.tells == std::vector<std::string_view>{"Heard"});
  REQUIRE(row.rules.size() == 1);
  CHECK(row.rules[0] == "Proved");
  CHECK(row.authenticates);
  CHECK(!row.stores_first);
  CHECK(chart.rows[0].stores_first);
  CHECK(!chart.rows[0].authenticates);
  CHECK(chart.rows[0].trigger == Trigger::command);
  CHECK(chart.rows[2].trigger == Trigger::timer);
}

TEST_CASE("chart: what a table ignores and refuses, where a run may stop, which timers run") {
  const spec::Chart chart = guest();
  REQUIRE(chart.states.size() == 3);
  CHECK(chart.states[0] == "Default");
  CHECK(chart.ends == std::vector<bool>{true, false, true});
  CHECK(chart.treatments == std::vector{Treatment::refused, Treatment::refused, Treatment::taken,
                                        Treatment::refused, Treatment::ignored, Treatment::taken});
  CHECK(chart.treatment(2, 0) == Treatment::ignored);
  CHECK(chart.timers_of("Waiting") == std::vector<std::string_view>{"Overdue"});
  CHECK(chart.timers_of("Inside").empty());
}

TEST_CASE("mermaid: a role is a state diagram, whatever its states are called") {
  CHECK(spec::mermaid(guest()) == R"text(stateDiagram-v2
    [*] --> state_1
    state_1 : Default
    Waiting : Waiting
    Waiting : timer Overdue
    Waiting : after Overdue / Knock
    Inside : Inside
    Inside : Word
    state_1 --> Waiting : do Go / Knock
    Waiting --> Inside : Welcome / Word, Word (authentic)
    Waiting --> state_1 : after Overdue
    Inside --> state_1 : LinkClosed
    Waiting --> state_1 : LinkClosed
    state_1 --> [*]
    Inside --> [*]
)text");
}

TEST_CASE("mermaid: a pair is two subgraphs with the messages between them") {
  CHECK(spec::mermaid(host(), guest()) == R"text(flowchart LR
    subgraph one ["Host"]
        one_start((" ")) --> one_Waiting
        one_Waiting[["Waiting<br/>Knock / Welcome<br/>Word"]]
    end
    subgraph other ["Guest"]
        other_start((" ")) --> other_state_1
        other_state_1[["Default"]]
        other_Waiting("Waiting<br/>timer Overdue<br/>after Overdue / Knock")
        other_Inside[["Inside<br/>Word"]]
        other_state_1 ==>|"do Go / Knock"| other_Waiting
        other_Waiting -->|"Welcome / Word, Word (authentic)"| other_Inside
        other_Waiting -.->|"after Overdue"| other_state_1
        other_Inside ==>|"LinkClosed"| other_state_1
        other_Waiting ==>|"LinkClosed"| other_state_1
    end
    one_says_1{{"Welcome"}}
    one_Waiting -.- one_says_1
    one_says_1 -.-> other_Waiting
    other_says_1{{"Knock"}}
    other_state_1 -.- other_says_1
    other_Waiting -.- other_says_1
    other_says_1 -.-> one_Waiting
    other_says_2{{"Word"}}
    other_Waiting -.- other_says_2
    other_says_2 -.-> one_Waiting
)text");
}

TEST_CASE("dot: a role is a graph, a pair is two clusters with the messages between them") {
  CHECK(spec::dot(guest()) == R"text(digraph "Guest" {
  node [shape=box, style=rounded, fontname=Helvetica, fontsize=11];
  edge [fontname=Helvetica, fontsize=9];
  "(start)" [shape=point];
  "Default" [label="Default", peripheries=2];
  "Waiting" [label="Waiting\ntimer Overdue\nafter Overdue / Knock"];
  "Inside" [label="Inside\nWord", peripheries=2];
  "(start)" -> "Default";
  "Default" -> "Waiting" [label="do Go / Knock", style=bold];
  "Waiting" -> "Inside" [label="Welcome / Word, Word (authentic)"];
  "Waiting" -> "Default" [label="after Overdue", style=dashed];
  "Inside" -> "Default" [label="LinkClosed", style=bold];
  "Waiting" -> "Default" [label="LinkClosed", style=bold];
}
)text");
  const std::string pair = spec::dot(host(), guest());
  CHECK(pair.starts_with("digraph {\n  rankdir=LR;\n"));
  CHECK(pair.ends_with(R"text(
  "1 says Welcome" [label="Welcome", shape=plaintext, fontcolor=steelblue];
  "1 Waiting" -> "1 says Welcome" [style=dotted, color=steelblue, arrowhead=none];
  "1 says Welcome" -> "2 Waiting" [style=dotted, color=steelblue];
  "2 says Knock" [label="Knock", shape=plaintext, fontcolor=firebrick];
  "2 Default" -> "2 says Knock" [style=dotted, color=firebrick, arrowhead=none];
  "2 Waiting" -> "2 says Knock" [style=dotted, color=firebrick, arrowhead=none];
  "2 says Knock" -> "1 Waiting" [style=dotted, color=firebrick];
  "2 says Word" [label="Word", shape=plaintext, fontcolor=firebrick];
  "2 Waiting" -> "2 says Word" [style=dotted, color=firebrick, arrowhead=none];
  "2 says Word" -> "1 Waiting" [style=dotted, color=firebrick];
}
)text"));
  CHECK(pair.find("  subgraph cluster_1 {\n    label=\"Host\";\n") != pair.npos);
  CHECK(
      pair.find("    \"2 Waiting\" -> \"2 Default\" [label=\"after Overdue\", style=dashed];\n") !=
      pair.npos);
}

TEST_CASE("plantuml: a role is a state diagram, a pair two states with the messages between them") {
  CHECK(spec::plantuml(guest()) == R"text(@startuml
hide empty description
state "Default" as Default
state "Waiting" as Waiting
Waiting : timer Overdue
Waiting : after Overdue / Knock
state "Inside" as Inside
Inside : Word
[*] --> Default
Default -[bold]-> Waiting : do Go / Knock
Waiting --> Inside : Welcome / Word, Word (authentic)
Waiting -[dashed]-> Default : after Overdue
Inside -[bold]-> Default : LinkClosed
Waiting -[bold]-> Default : LinkClosed
Default --> [*]
Inside --> [*]
@enduml
)text");
  CHECK(spec::plantuml(host(), host()) == R"text(@startuml
hide empty description
state "Host" as one_role {
  state "Waiting" as one_Waiting
  one_Waiting : Knock / Welcome
  one_Waiting : Word
  [*] --> one_Waiting
  one_Waiting --> [*]
}
state "Host" as other_role {
  state "Waiting" as other_Waiting
  other_Waiting : Knock / Welcome
  other_Waiting : Word
  [*] --> other_Waiting
  other_Waiting --> [*]
}
state "Welcome" as one_says_1 #line.dotted
one_Waiting -[dotted]-> one_says_1
state "Welcome" as other_says_1 #line.dotted
other_Waiting -[dotted]-> other_says_1
@enduml
)text");
}

TEST_CASE("matrix: every event has a line, every state a column, every pair an outcome") {
  CHECK(spec::matrix(guest()) ==
        R"text(| Guest | Default (end) | Waiting | Inside (end) |
| --- | --- | --- | --- |
| Welcome | *refused* | to Inside / Word, Word [Heard] (authentic) | *ignored* |
| Word | *refused* | *refused* | stays [Heard] |
| do Go | to Waiting / Knock | | |
| LinkClosed | | to Default | to Default |
| after Overdue | | stays / Knock<br>to Default | |
)text");
}
