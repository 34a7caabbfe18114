#include "handfast/spec/sequence.hpp"

#include "handfast/spec/sequence_text.hpp"
#include "tests/support/catch.hpp"

using namespace handfast::spec;

namespace {

/// A question, its loss, and an answer that an attacker made.
Sequence small_run() {
  Sequence run;
  const int alice = run.participant("Alice"), mallory = run.attacker("Mallory");
  const int bob = run.participant("the server");
  run.arrow(alice, alice, "Start");
  run.arrow(alice, bob, "Request");
  run.note(bob, "Listening -> Answering, which is a long way to go for a small server");
  run.arrow(bob, alice, "Answer", Origin::honest, Fate::lost).said = "The answer is lost.";
  run.arrow(mallory, alice, "Answer", Origin::injected, Fate::refused);
  run.note(Moment::everyone, "two seconds later");
  run.arrow(bob, mallory, "Bye");
  return run;
}

}  // namespace

TEST_CASE("sequence: a run is drawn in Mermaid, by participants' names where they are words") {
  CHECK(mermaid(small_run()) == R"(sequenceDiagram
    autonumber
    participant Alice
    actor Mallory
    participant side_3 as the server
    Alice->>Alice: Start
    Alice->>side_3: Request
    Note over side_3: Listening -#gt; Answering, which is a long way to go for a small server
    side_3-xAlice: Answer (lost)
    Mallory-->>Alice: Answer (injected, refused)
    Note over Alice,side_3: two seconds later
    side_3->>Mallory: Bye
)");
}

TEST_CASE("sequence: a run is drawn in PlantUML in the same notation") {
  CHECK(plantuml(small_run()) == R"(@startuml
hide footbox
autonumber
participant Alice
actor Mallory
participant "the server" as side_3
Alice -> Alice : Start
Alice -> side_3 : Request
note over side_3 : Listening -> Answering, which is a long way to go for a small server
side_3 ->x Alice : Answer (lost)
Mallory --> Alice : Answer (injected, refused)
note over Alice, side_3 : two seconds later
side_3 -> Mallory : Bye
@enduml
)");
}

TEST_CASE("sequence: a run is drawn in characters, columns as wide as their words") {
  CHECK("\n" + text(small_run()) == R"(
     Alice                             Mallory        the server
1      |< Start                           |                |
2      |--------------------- Request -------------------->|
       |                                  |                |  Listening -> Answering, which
       |                                  |                |  is a long way to go for a
       |                                  |                |  small server
3      |x----------------- Answer (lost) ------------------|
4      |<== Answer (injected, refused) ===|                |
       | two seconds later                |                |
5      |                                  |<---- Bye ------|
)");
}

TEST_CASE("sequence: every message and local event has a number and a sentence, a note has none") {
  CHECK(sentences(small_run()) == R"(1. Alice: Start.
2. Alice sends Request to the server.
3. The answer is lost.
4. Mallory makes and sends Answer to Alice, who refuses it.
5. the server sends Bye to Mallory.
)");
}

TEST_CASE("sequence: what became of a message and who made it are words, not only strokes") {
  Sequence run;
  const int left = run.participant("A"), right = run.participant("B");
  for (const Origin origin : {Origin::honest, Origin::replayed, Origin::altered, Origin::injected})
    for (const Fate fate : {Fate::taken, Fate::ignored, Fate::refused, Fate::lost}) {
      run.moments.clear();
      run.arrow(left, right, "Ask", origin, fate);
      INFO(to_string(origin) << ", " << to_string(fate));
      for (const std::string& drawn : {mermaid(run), plantuml(run), text(run)}) {
        CHECK((drawn.find(to_string(origin)) != drawn.npos) == (origin != Origin::honest));
        CHECK((drawn.find(to_string(fate)) != drawn.npos) == (fate != Fate::taken));
      }
    }
}

TEST_CASE("sequence: a label is only ever a label") {
  Sequence run;
  run.participant("end");
  run.participant("x;\nactor y");
  run.arrow(0, 1, "<b>; 100 % #1\n//slanted// ~ \"\"mono\"\"\\n");
  CHECK(mermaid(run) == R"(sequenceDiagram
    autonumber
    participant side_1 as end
    participant side_2 as x#59;<br/>actor y
    side_1->>side_2: #lt;b#gt;#59; 100 #37; #35;1<br/>//slanted// ~ #quot;#quot;mono#quot;#quot;\n
)");
  CHECK(plantuml(run) == R"(@startuml
hide footbox
autonumber
participant "end" as side_1
participant "x;\nactor y" as side_2
side_1 -> side_2 : <U+003C>b>; 100 % #1\n/<U+002F>slanted/<U+002F> <U+007E> "<U+0022>mono"<U+0022><U+005C>n
@enduml
)");
}

TEST_CASE("sequence: no participants and no moments are a page all the same") {
  const Sequence nobody;
  CHECK(mermaid(nobody) == "sequenceDiagram\n    autonumber\n");
  CHECK(text(nobody) == "\n");
  CHECK(sentences(nobody).empty());
}

TEST_CASE("sequence: a line feed or an escape in a label does not break a line of text") {
  Sequence run;
  run.participant("A");
  run.arrow(0, 0, "one\ntwo \033[1m");
  CHECK(text(run) == "     A\n1    |< one two  [1m\n");
}
