// What a model checker is asked of the two tables, and the machines on which its findings are tried.

#include "handfast/spec/weaken.hpp"
#include "handfast/testing/model_main.hpp"
#include "handfast/testing/stage.hpp"

#include "description.hpp"

namespace {

using namespace handfast;
using ask::Description, spec::Outline, spec::Side, testing::Value;

/// The two applications; and, since no table tells `Running` and `Commit`, what each side believes:
/// that the last question it has seen is the one.
struct User {
  std::string_view role;
  Claim claim{};

  void operator()(ask::Give& command) const { command.payload = bytes_of("at noon"); }
  void operator()(ask::Ask&) const {}
  void saw(Link, Bytes frame) {
    if (frame.size() == sizeof(ask::Nonce)) std::ranges::copy(frame, claim.transcript.begin());
    claim.role = role;
  }
  void told(const ask::Wanted&, testing::Real& real) const { real.running = claim; }
  void told(const ask::Told&, testing::Real& real) const { real.commit = claim; }
};

/// Machines of either kind: they differ in what a tag covers.
template <class Covers>
struct Kind : Description {
  using Roles = List<ask::Asker<Covers>, ask::Answerer<Covers>>;
};
template <class Covers>
testing::Stage stage() {
  const auto context = [](const Side& side) {
    return ask::Shared::Context{{}, {}, testing::lasting_random(side.name), {}, {}};
  };
  const auto user = [](const Side& side) { return User{side.role == 0 ? "asker" : "answerer"}; };
  const auto own = [](std::string_view name) {
    return name == "data" ? Value{'a', 't', ' ', 'n', 'o', 'o', 'n'} : Value{};
  };
  return testing::wire_stage<Kind<Covers>, testing::BinaryCodec>(context, user,
                                                                 {SteadyTime{}, UnixTime{}}, own);
}

}  // namespace

int main(int argc, char** argv) {
  const auto not_of_the_question = [](Outline& outline) {
    drop_message(outline, "answer", "tag", "question");
  };
  const testing::ModelCase cases[] = {
      {.name = "ask",
       .claims = "",
       .outline = spec::outline_of<Description>,
       .sides = spec::one_side_a_role(2),
       .fails = {"completion_Asker", "taken_once_Answerer_question"},
       .stage = stage<ask::Mended>(),
       .weakenings = {{"the tag does not cover the question",
                       "agreement_Asker",
                       not_of_the_question,
                       {},
                       stage<ask::Flawed>()},
                      {"the tag is not checked", "aliveness_Asker",
                       [](Outline& o) { drop_rule(o, "Answer", "Authentic"); }},
                      {"nobody looks at the tag", "counterpart_Asker",
                       [](Outline& o) { drop_rule(o, "Answer", "Authentic"); }},
                      {"all questions have one nonce", "injectivity_Asker",
                       [](Outline& o) { always_same(o, "question", "nonce"); }},
                      {"a question is the key", "secrecy",
                       [](Outline& o) { give_away(o, "question", "nonce", "Key"); }},
                      {"nobody gives up", "no_deadlock",
                       [](Outline& o) { drop_timer(o, "Overdue"); }}},
       .begins_again = true},
  };
  return testing::model_main(cases, argc, argv);
}
