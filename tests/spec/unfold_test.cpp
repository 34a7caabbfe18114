#include "handfast/spec/unfold.hpp"

#include <set>

#include "handfast/spec/trail.hpp"
#include "handfast/spec/weaken.hpp"
#include "tests/support/catch.hpp"

// A protocol of two messages, made by hand: Alice asks with a challenge, Bob answers with a MAC over
// it. What the model checker says of models is in tests/model.

namespace {

using namespace handfast;
using namespace handfast::spec;

Outline asking() {
  Outline made;
  made.messages = {{"ask", {{"challenge", wire::How::fresh, "fresh", {}, {}, -1}}},
                   {"answer",
                    {{"flags", wire::How::open, "flags", {}, {}, -1},
                     {"proof",
                      wire::How::mac,
                      "answer's proof",
                      "Key",
                      {{Piece::Kind::field, 0, 0, "challenge"}},
                      -1}}}};
  made.roles[0] = {
      "Asker",
      {"Idle", "Waiting", "Done"},
      {true, false, true},
      {{0, 1, Trigger::command, "Start", -1, {0}, {}, {}},
       {1, 0, Trigger::timer, "Overdue", -1, {}, {}, {}},
       {1, 2, Trigger::message, "answer", 1, {}, {"Commit"}, {"Proves"}, false, true}}};
  made.roles[1] = {
      "Asked", {"Ready"}, {true}, {{0, 0, Trigger::message, "ask", 0, {1}, {"Running"}, {}, true}}};
  made.rules = {{RuleOutline::Kind::compares, "Proves", "proof"}};
  made.transcript = {{Piece::Kind::field, 0, 0, "challenge"}};
  made.place_fields();
  return made;
}

std::vector<int> steps_on(const Model& model, std::string_view on) {
  std::vector<int> found;
  for (std::size_t i = 0; i < model.steps.size(); ++i)
    if (model.row_of(model.steps[i]).on == on) found.push_back(static_cast<int>(i));
  return found;
}

}  // namespace

TEST_CASE("terms: a MAC can be made by whoever has its key and all that it covers") {
  Terms terms;
  const int key = terms.atom("key", "key", false), nonce = terms.atom("nonce", "nonce", true);
  const int mac = terms.mac({key, nonce}, "proof"), again = terms.mac({key, nonce}, "proof");
  const int twice = terms.mac({key, mac}, "proof");
  CHECK(mac == again);
  CHECK(terms[twice].name == "mac_3(key; mac_2)");
  std::vector<bool> known;
  terms.close(known);
  CHECK(known == std::vector{false, true, false, false});
  known[static_cast<std::size_t>(key)] = true;
  terms.close(known);
  CHECK(known == std::vector{true, true, true, true});
}

TEST_CASE("terms: what two keys agree on has whoever has one of them and the other's public half") {
  Terms terms;
  const int one = terms.atom("one", "key", false), other = terms.atom("other", "key", false);
  const int agreed = terms.agreed(one, other);
  CHECK(terms.agreed(other, one) == agreed);
  const int public_one = terms.public_of(one, false), public_other = terms.public_of(other, false);
  const auto gives = [&](const std::vector<int>& from) -> bool {
    std::vector<bool> known(static_cast<std::size_t>(terms.size()));
    for (const int term : from) known[static_cast<std::size_t>(term)] = true;
    terms.close(known);
    return known[static_cast<std::size_t>(agreed)];
  };
  CHECK(gives({one, public_other}));
  CHECK(gives({public_one, other}));
  CHECK(gives({one, other}));
  CHECK_FALSE(gives({one}));
  CHECK_FALSE(gives({public_one, public_other}));
}

TEST_CASE("terms: who has a key opens what is under it, and sees nothing of how it came to be") {
  Terms terms;
  const int secret = terms.atom("secret", "key", false), text = terms.atom("text", "text", false);
  const int covered = terms.atom("covered", "covered", false);
  const int key = terms.derived("key", {secret});
  const int sealed = terms.sealed({key, covered, text}, 1, "sealed");
  const int named = terms.signature({secret, text}, "name");
  CHECK(terms[sealed].name == "sealed_4(key_3; covered, text)");
  std::vector<bool> known(static_cast<std::size_t>(terms.size()));
  const auto has = [&](int term) { return bool(known[static_cast<std::size_t>(term)]); };
  known[static_cast<std::size_t>(sealed)] = known[static_cast<std::size_t>(named)] = true;
  terms.close(known);
  CHECK_FALSE(has(text));
  known[static_cast<std::size_t>(key)] = true;
  terms.close(known);
  CHECK(has(text));
  CHECK_FALSE(has(covered));
  CHECK_FALSE(has(secret));
}

TEST_CASE("terms: of two streams under one key and nonce, one tells what is in the other") {
  Terms terms;
  const int key = terms.atom("key", "key", false), nonce = terms.atom("nonce", "nonce", true);
  const int other_nonce = terms.atom("other nonce", "nonce", true);
  const int text = terms.atom("text", "text", false), chosen = terms.atom("chosen", "text", true);
  const auto tells = [&](int one, int other) -> bool {
    std::vector<bool> known(static_cast<std::size_t>(terms.size()));
    known[static_cast<std::size_t>(one)] = known[static_cast<std::size_t>(other)] = true;
    terms.close(known);
    CHECK_FALSE(known[static_cast<std::size_t>(key)]);
    return known[static_cast<std::size_t>(text)];
  };
  const int wanted = terms.sealed({key, nonce, text}, 1, "sealed", true);
  CHECK(tells(wanted, terms.sealed({key, nonce, chosen}, 1, "sealed", true)));
  CHECK_FALSE(tells(wanted, terms.sealed({key, other_nonce, chosen}, 1, "sealed", true)));
  const int closed = terms.sealed({key, other_nonce, text}, 1, "sealed");
  CHECK_FALSE(tells(closed, terms.sealed({key, other_nonce, chosen}, 1, "sealed")));
}

TEST_CASE("unfold: only what a MAC, a rule or the transcript depends on is remembered") {
  const Outline outline = asking();
  CHECK(outline.slot_count == 2);
  CHECK(outline.messages[1].fields[0].slot == -1);  // flags
}

TEST_CASE("unfold: a receiver that checks takes one value, one that does not takes all") {
  const Model model = unfold(asking(), one_side_a_role());
  REQUIRE(steps_on(model, "answer").size() == 1);
  const Step& taken = model.steps[static_cast<std::size_t>(steps_on(model, "answer")[0])];
  CHECK(told(model, taken.received) == "answer(proof = mac_4(Key of B; Alice's ask challenge 1))");
  CHECK(taken.commit >= 0);
  CHECK(steps_on(model, "ask").size() == 2);  // Alice's challenge, and the attacker's own

  Outline weak = asking();
  weak.roles[0].rows[2].rules.clear();
  // The attacker's bytes, a MAC over Alice's challenge, one over the attacker's.
  CHECK(steps_on(unfold(weak, one_side_a_role()), "answer").size() == 3);
}

TEST_CASE("unfold: a side begins as many runs as it may draw values, and rests then") {
  auto sides = one_side_a_role();
  const Model once = unfold(asking(), sides);
  CHECK(steps_on(once, "Start").size() == 1);
  sides[0].fresh_max = 3;
  CHECK(steps_on(unfold(asking(), sides), "Start").size() == 3);
}

TEST_CASE("unfold: a key depends on what the outline says that keys name") {
  auto sides = one_side_a_role();
  sides[0].own["session"] = "1";
  sides[1].own["session"] = "2";
  Outline named = asking();
  named.keys_name = {"session"};
  CHECK(steps_on(unfold(named, sides), "answer").empty());
  CHECK(steps_on(unfold(asking(), sides), "answer").size() == 1);
}

TEST_CASE("unfold: a row that says again takes what was taken, and the other row of the pair not") {
  Outline outline = asking();
  RoleOutline& asked = outline.roles[1];
  asked.states = {"Ready", "Answered"};
  asked.ends = {true, true};
  RowOutline again = asked.rows[0];
  asked.rows[0].to = again.from = again.to = 1;
  RowOutline another = again;
  again.says_again = true;
  again.runs = false;
  asked.rows.push_back(again);
  asked.rows.push_back(another);
  const Model model = unfold(outline, one_side_a_role());
  int same = 0, other = 0;
  for (const int index : steps_on(model, "ask")) {
    const Step& step = model.steps[static_cast<std::size_t>(index)];
    if (step.row == 1) same += step.from == step.to;
    if (step.row == 2) other += step.from != step.to;
    if (step.row == 2) CHECK(step.from != step.to);
  }
  CHECK(same == 2);
  CHECK(other == 2);
}

TEST_CASE("unfold: where nobody else writes, a side takes what was written at the other end") {
  Outline outline = asking();
  outline.messages[0].is_authentic = true;
  auto sides = one_side_a_role();
  const Model model = unfold(outline, sides);
  REQUIRE(steps_on(model, "ask").size() == 1);
  CHECK(told(model, model.steps[static_cast<std::size_t>(steps_on(model, "ask")[0])].received) ==
        "ask(challenge = Alice's ask challenge 1)");
  const std::string text = promela(model);
  CHECK(text.find("    written[0] = 1;\n") != text.npos);
  CHECK(text.find("!is_new && (written[0]) -> ") != text.npos);
  sides[1].peer = "C";
  CHECK(steps_on(unfold(outline, sides), "ask").empty());
}

TEST_CASE("unfold: a counted field says which message of its side's it stands in") {
  Outline outline = asking();
  outline.messages[0].fields.push_back({"number", wire::How::counter, "number", {}, {}, -1});
  outline.messages[0].fields[1].is_counted = true;
  outline.messages[1].fields[1].covers.push_back({Piece::Kind::field, 0, 1, "number"});
  outline.place_fields();
  const Model model = unfold(outline, one_side_a_role(2));
  std::vector<std::string> said;
  for (const int index : steps_on(model, "Start"))
    said.push_back(told(model, model.steps[static_cast<std::size_t>(index)].sent[0]));
  CHECK(said ==
        std::vector<std::string>{"ask(challenge = Alice's ask challenge 1, number = number 1)",
                                 "ask(challenge = Alice's ask challenge 2, number = number 2)"});
  // Three challenges, the attacker's among them, and either number.
  CHECK(steps_on(model, "ask").size() == 6);
}

TEST_CASE("unfold: a window refuses a number that is too far below or above the highest taken") {
  Outline outline = asking();
  outline.messages[0].fields.push_back({"number", wire::How::counter, "number", {}, {}, -1});
  outline.messages[0].fields[1].is_counted = true;
  outline.roles[1].rows[0].rules = {"Opens"};
  outline.rules.push_back({RuleOutline::Kind::remembers, "Opens", "number"});
  outline.rules.push_back({RuleOutline::Kind::window, "Opens", "number", 0, 1});
  outline.place_fields();
  const auto slot = static_cast<std::size_t>(outline.messages[0].fields[1].slot);
  const auto distances = [&](int late_max, int ahead_max) {
    outline.rules.back().late_max = late_max;
    outline.rules.back().ahead_max = ahead_max;
    const Model model = unfold(outline, one_side_a_role(3));
    const auto number = [&](int term) { return model.terms[term].name.back() - '0'; };
    std::set<int> all;
    for (const int index : steps_on(model, "ask")) {
      const Step& step = model.steps[static_cast<std::size_t>(index)];
      int highest = 0;
      for (const int taken : model.nodes[1][static_cast<std::size_t>(step.from)].taken)
        highest = std::max(highest, number(taken));
      all.insert(number(step.received.values[slot]) - highest);
    }
    return all;
  };
  CHECK(distances(0, 1) == std::set{1});
  CHECK(distances(0, 2) == std::set{1, 2});
  CHECK(distances(1, 3) == std::set{-1, 1, 2, 3});
  CHECK(distances(2, 3) == std::set{-2, -1, 1, 2, 3});
}

TEST_CASE("unfold: what is counted both ways each side counts for itself, and nobody says it") {
  Outline outline = asking();
  outline.messages[0].fields.push_back({"turn", wire::How::plain, "turn", {}});
  outline.messages[0].fields[1].is_unsaid = true;
  outline.messages[0].fields[1].turns_of = 0;
  outline.messages[1].fields[1].covers.push_back({Piece::Kind::field, 0, 1, "turn"});
  outline.place_fields();
  const auto turns_of = [&](const Model& model, std::string_view on) {
    std::set<std::pair<int, std::string>> all;  // of the side, of the message
    for (const int index : steps_on(model, on)) {
      const Step& step = model.steps[static_cast<std::size_t>(index)];
      const Said& said =
          step.sent.empty() || step.received.message == 0 ? step.received : step.sent[0];
      const auto& nodes = model.nodes[static_cast<std::size_t>(step.side)];
      const auto slot = static_cast<std::size_t>(outline.messages[0].fields[1].slot);
      all.emplace(nodes[static_cast<std::size_t>(step.from)].turn_count,
                  model.terms[said.values[slot]].name);
      CHECK(model.on_wire(said).size() == 1);
    }
    return all;
  };
  using Turns = std::set<std::pair<int, std::string>>;
  const Model model = unfold(outline, one_side_a_role(2));
  CHECK(turns_of(model, "Start") == Turns{{0, "turn 0"}, {1, "turn 1"}});
  CHECK(turns_of(model, "ask") ==
        Turns{{0, "turn 0"}, {1, "turn 1"}, {2, "turn 2"}, {3, "turn 3"}});
  outline.messages[0].fields[1].turns_kept = 2;
  const auto kept = turns_of(unfold(outline, one_side_a_role(2)), "ask");
  CHECK(kept.contains({2, "turn 1"}));
  CHECK_FALSE(kept.contains({2, "turn 0"}));
}

TEST_CASE(
    "unfold: a key that moves gives the later ones, and one that is kept is always the same") {
  Outline outline = asking();
  outline.messages[0].fields.push_back({"number", wire::How::counter, "number", {}, {}, -1});
  outline.messages[0].fields[1].is_counted = true;
  Piece chain{Piece::Kind::stepped, -1, -1, "chain"};
  chain.parts = {{Piece::Kind::field, 0, 1, "number"}, {Piece::Kind::named, -1, -1, "root"}};
  outline.messages[1].fields[1].covers = {chain};
  outline.place_fields();
  const auto keys = [&] {
    const Model model = unfold(outline, one_side_a_role(3));
    std::vector<int> all;
    for (int term = 0; term < model.terms.size(); ++term)
      if (model.terms[term].sort == "chain") all.push_back(term);
    for (std::size_t i = 1; i < all.size(); ++i)
      CHECK(model.terms[all[i]].parts == std::vector{all[i - 1]});
    return all.size();
  };
  CHECK(keys() == 3);
  keep_keys(outline);
  CHECK(keys() == 1);
}

TEST_CASE(
    "promela: what is lost or late, and nonces, are asked of where numbers say something of it") {
  Outline outline = asking();
  const auto asks = [&](Question::Kind kind) {
    return std::ranges::any_of(questions(outline),
                               [&](const Question& question) { return question.kind == kind; });
  };
  outline.messages[0].fields.push_back(
      {"payload", wire::How::payload, "payload", {}, {}, -1, true});
  outline.messages[0].fields.push_back({"number", wire::How::counter, "number", {}, {}, -1});
  outline.messages[0].fields[2].is_counted = true;
  outline.roles[1].rows[0].delivers = true;
  Piece nonce{Piece::Kind::field, 0, 2, "number"};
  outline.messages[1].fields[1].covers.push_back(nonce);
  for (const auto kind :
       {Question::Kind::in_step, Question::Kind::any_order, Question::Kind::past_secrecy})
    CHECK_FALSE(asks(kind));
  CHECK_FALSE(asks(Question::Kind::nonce_once));
  outline.rules.push_back({RuleOutline::Kind::window, "Opens", "number", 0, 1});
  outline.messages[1].fields[1].covers.back().is_nonce = true;
  for (const auto kind :
       {Question::Kind::in_step, Question::Kind::any_order, Question::Kind::past_secrecy})
    CHECK(asks(kind));
  CHECK(asks(Question::Kind::nonce_once));
}

TEST_CASE("unfold: what comes after a message has to wait for it") {
  Outline outline = asking();
  outline.roles[0].rows[2].after = 0;  // it has asked before
  CHECK(steps_on(unfold(outline, one_side_a_role()), "answer").size() == 1);
  // That it has is remembered for this alone where nothing else depends on it.
  Outline alone = outline;
  alone.roles[0].rows[2].commits = false;
  alone.messages[1].fields[1].covers.clear();
  CHECK(steps_on(unfold(alone, one_side_a_role()), "answer").size() == 1);
  outline.roles[1].rows[0].after = 1;  // it answers first where it was asked
  CHECK(steps_on(unfold(outline, one_side_a_role()), "ask").empty());
}

TEST_CASE("unfold: the key of a MAC may be derived") {
  Outline outline = asking();
  FieldOutline& proof = outline.messages[1].fields[1];
  const Piece challenge = proof.covers[0];
  proof.is_keyed = true;
  proof.covers = {{Piece::Kind::derived, -1, -1, "key", {}, {challenge}}, challenge};
  const Model model = unfold(outline, one_side_a_role());
  const Step& taken = model.steps[static_cast<std::size_t>(steps_on(model, "answer").at(0))];
  const std::string said = told(model, taken.received);
  CHECK(said.find("(key_") != said.npos);
  CHECK(said.find("Key of B") == said.npos);
}

TEST_CASE("unfold: a key that no message says is known before") {
  Outline outline = asking();
  outline.messages[0].fields[0] = {"challenge", wire::How::public_key, "public key", "Own", {}, -1};
  outline.keys = {{"Own", {}, 0, {Piece::Kind::field, 0, 0, "challenge"}},
                  {"Static", "static key", 1}};
  FieldOutline& proof = outline.messages[1].fields[1];
  proof.is_keyed = true;
  proof.covers.insert(proof.covers.begin(),
                      Piece{Piece::Kind::derived,
                            -1,
                            -1,
                            "key",
                            {},
                            {{Piece::Kind::agreed, -1, -1, "Own", "Static"}}});
  outline.place_fields();
  const Model model = unfold(outline, one_side_a_role());
  const auto is_there = [&](std::string_view name) {
    for (int term = 0; term < model.terms.size(); ++term)
      if (model.terms[term].name == name) return true;
    return false;
  };
  CHECK(steps_on(model, "answer").size() == 1);
  CHECK(is_there("public static key of B"));
  CHECK_FALSE(is_there("public static key of A"));
}

TEST_CASE("unfold: a message may name its peer's key, and be sealed with whom it names") {
  Outline outline = asking();
  MessageOutline& ask = outline.messages[0];
  ask.fields = {{"to", wire::How::public_key, "public key", "Own", {}, -1},
                {"text", wire::How::payload, "payload", {}, {}, -1, true},
                {"box", wire::How::sealed, "ask's box", {}, {}, -1}};
  const Piece to{Piece::Kind::field, 0, 0, "to"};
  ask.fields[2].covers = {
      {Piece::Kind::derived, -1, -1, "key", {}, {{Piece::Kind::agreed, -1, -1, "Own", {}, {to}}}}};
  outline.messages[1].fields[1].covers.clear();
  outline.transcript.clear();
  outline.roles[0].rows[0].gives = true;
  outline.keys = {{"Own", "identity", 0, to}};
  const auto said = [&] {
    outline.place_fields();
    const Model model = unfold(outline, one_side_a_role());
    const std::string text =
        told(model, model.steps[static_cast<std::size_t>(steps_on(model, "Start").at(0))].sent[0]);
    for (int term = 0; term < model.terms.size(); ++term)
      if (model.terms[term].operation == Operation::agreed)
        return text + " " + model.terms[term].name.substr(model.terms[term].name.find('('));
    return text;
  };
  CHECK(said().starts_with("ask(to = public identity of A,"));
  outline.messages[0].fields[0].is_peers = true;
  CHECK(said().starts_with("ask(to = public identity of B,"));
  CHECK(said().ends_with("(identity of A; identity of B)"));
}

TEST_CASE("unfold: what a seal holds beside its message's own fields is inside") {
  Outline outline = asking();
  FieldOutline& proof = outline.messages[1].fields[1];
  proof.how = wire::How::sealed;
  Piece held = proof.covers[0];
  held.is_inside = true;
  proof.covers = {{Piece::Kind::named, -1, -1, "key"}, held};
  outline.place_fields();
  const auto inside_count = [&] {
    const Model model = unfold(outline, one_side_a_role());
    std::size_t count = 0;
    for (int term = 0; term < model.terms.size(); ++term)
      count = std::max(count, model.terms[term].inside_count);
    return count;
  };
  CHECK(inside_count() == 1);
  outline.messages[1].fields[1].covers[1].is_inside = false;
  CHECK(inside_count() == 0);
}

TEST_CASE("unfold: a key may be drawn for each message that says it") {
  Outline outline = asking();
  outline.messages[1].fields[0] = {"flags", wire::How::public_key, "public key", "Own", {}, -1};
  outline.messages[1].fields[1].covers.push_back({Piece::Kind::field, 1, 0, "flags"});
  outline.keys = {{"Own", {}, 1, {Piece::Kind::field, 1, 0, "flags"}}};
  outline.place_fields();
  const auto keys = [&] {
    const Model model = unfold(outline, one_side_a_role(2));
    int count = 0;
    for (int term = 0; term < model.terms.size(); ++term)
      count += model.terms[term].name.starts_with("public Bob's answer flags");
    return count;
  };
  CHECK(keys() == 1);
  outline.keys[0].is_drawn_each_time = true;
  CHECK(keys() == 2);
}

TEST_CASE("unfold: a row may leave nothing behind of what it takes") {
  Outline outline = asking();
  auto& rows = outline.roles[1].rows;
  rows[0].runs = false;
  outline.messages[1].fields[1].covers.clear();
  rows.push_back({0, 0, Trigger::timer, "Over", -1, {}, {}, {}, false, true});
  const auto remembers = [&] {
    const Model model = unfold(outline, one_side_a_role());
    return std::ranges::any_of(steps_on(model, "Over"), [&](int index) {
      const int commit = model.steps[static_cast<std::size_t>(index)].commit;
      return model.transcripts[static_cast<std::size_t>(commit)][0] >= 0;
    });
  };
  CHECK(remembers());
  rows[0].forgets = true;
  CHECK_FALSE(remembers());
  CHECK(steps_on(unfold(outline, one_side_a_role()), "ask").size() > 0);
}

TEST_CASE("promela: application data is asked for where messages are counted, and is the peer's") {
  Outline outline = asking();
  outline.messages[0].fields.push_back(
      {"payload", wire::How::payload, "payload", {}, {}, -1, true});
  outline.messages[0].fields.push_back({"number", wire::How::counter, "number", {}, {}, -1});
  outline.roles[0].rows[0].gives = outline.roles[1].rows[0].delivers = true;
  outline.messages[1].fields[1].covers.push_back({Piece::Kind::field, 0, 2, "number"});
  outline.place_fields();
  CHECK(promela(unfold(outline, one_side_a_role())).find("data_Asked") == std::string::npos);
  outline.messages[0].fields[2].is_counted = true;
  const Model model = unfold(outline, one_side_a_role());
  std::size_t wrong = 0;
  for (const int index : steps_on(model, "ask"))
    wrong += told(model, model.steps[static_cast<std::size_t>(index)].received)
                 .contains("payload = attacker's payload");
  const std::string text = promela(model), mark = "#ifdef data_Asked\n    assert(0);";
  std::size_t asked = 0;
  for (auto at = text.find(mark); at != text.npos; at = text.find(mark, at + 1)) ++asked;
  CHECK(wrong > 0);
  CHECK(asked == wrong);
}

TEST_CASE(
    "promela: application data that was given once may be taken once, whatever number it has") {
  Outline outline = asking();
  outline.messages[0].fields.push_back(
      {"payload", wire::How::payload, "payload", {}, {}, -1, true});
  outline.messages[0].fields.push_back({"number", wire::How::counter, "number", {}, {}, -1});
  outline.messages[0].fields[2].is_counted = true;
  outline.roles[0].rows[0].gives = outline.roles[1].rows[0].delivers = true;
  outline.messages[1].fields[1].covers.push_back({Piece::Kind::field, 0, 2, "number"});
  outline.place_fields();
  const Model model = unfold(outline, one_side_a_role(2));
  std::vector<std::string> given;
  for (const int index : steps_on(model, "Start"))
    given.push_back(told(model, model.steps[static_cast<std::size_t>(index)].sent[0]));
  REQUIRE(given.size() == 2);
  CHECK(given[0].contains("payload = Alice's payload 1"));
  CHECK(given[1].contains("payload = Alice's payload 2"));
  // A bit for each of both, whatever stands beside it; none for the attacker's.
  const std::string text = promela(model);
  std::set<std::string> bits;
  const std::string mark = "#ifdef data_once_Asked\n    assert(!";
  for (auto at = text.find(mark); at != text.npos; at = text.find(mark, at + 1)) {
    const auto bit = text.substr(at + mark.size(), text.find(')', at) - at - mark.size());
    CHECK(text.contains("bit " + bit + ";\n"));
    bits.insert(bit);
  }
  CHECK(bits.size() == 2);
}

TEST_CASE("unfold: data of messages that have no number is one, however often it is given") {
  Outline outline = asking();
  outline.messages[0].fields = {{"payload", wire::How::payload, "payload", {}, {}, -1, true}};
  outline.messages[1].fields[1].covers = {{Piece::Kind::field, 0, 0, "payload"}};
  outline.transcript = {{Piece::Kind::field, 0, 0, "payload"}};
  outline.roles[0].rows[0].gives = true;
  outline.place_fields();
  const Model model = unfold(outline, one_side_a_role());
  REQUIRE(steps_on(model, "Start").size() == 1);
  CHECK(told(model, model.steps[static_cast<std::size_t>(steps_on(model, "Start")[0])].sent[0]) ==
        "ask(payload = Alice's payload)");
}

TEST_CASE("promela: forward secrecy is asked where somebody keeps a key for longer than a run") {
  Outline outline = asking();
  const auto is_asked = [&] {
    return std::ranges::any_of(questions(outline), [](const Question& question) {
      return question.kind == Question::Kind::forward_secrecy;
    });
  };
  outline.keys = {{"Key", ""}};
  CHECK_FALSE(is_asked());
  outline.keys[0].kept = "identity";
  CHECK(is_asked());
}

TEST_CASE("promela: each question of the outline stands where its name is defined") {
  const Model model = unfold(asking(), one_side_a_role());
  const std::string text = promela(model);
  for (const Question& question : questions(model.outline))
    CHECK(text.find("? " + question.name(model.outline) + "\n") != text.npos);
  CHECK(text.find("#ifdef agreement_Asker\n    assert(0 || running[") != text.npos);
  CHECK(text.find("#ifdef no_deadlock") == text.npos);  // a timer leads out of the only wait
  Outline stuck = asking();
  stuck.roles[0].rows.erase(stuck.roles[0].rows.begin() + 1);
  CHECK(promela(unfold(stuck, one_side_a_role())).find("#ifdef no_deadlock\n    assert(0);") !=
        text.npos);
}

// What is said as one stream: Alice gives, Bob takes and acknowledges.
namespace {

Outline streaming() {
  const auto sealed = [](std::string_view kind) -> FieldOutline {
    return {"sealed",
            wire::How::sealed,
            std::string(kind) + "'s sealed",
            {},
            {{Piece::Kind::shared, -1, -1, "Key"}, {Piece::Kind::named, -1, -1, kind}},
            -1};
  };
  FieldOutline number{"number", wire::How::counter, "number", {}, {}, -1, true};
  FieldOutline delivered = number;
  number.is_numbered = delivered.acknowledges = true;
  const FieldOutline payload{"payload", wire::How::payload, "payload", {}, {}, -1, true};
  Outline made;
  made.messages = {{"data", {sealed("data"), number, payload}},
                   {"ack", {sealed("ack"), delivered}}};
  made.roles[0] = {"Giver",
                   {"Open"},
                   {true},
                   {{0, 0, Trigger::command, "Send", -1, {0}, {}, {}},
                    {0, 0, Trigger::timer, "ResendDue", -1, {0}, {}, {}},
                    {0, 0, Trigger::message, "ack", 1, {}, {}, {"Opening"}}}};
  made.roles[1] = {"Taker",
                   {"Open"},
                   {true},
                   {{0, 0, Trigger::message, "data", 0, {}, {"Delivered"}, {"Opening"}},
                    {0, 0, Trigger::message, "data", 0, {}, {}, {"Opening"}},
                    {0, 0, Trigger::timer, "AckDue", -1, {1}, {}, {}}}};
  made.roles[0].rows[0].gives = made.roles[1].rows[0].delivers = true;
  made.rules = {{RuleOutline::Kind::compares, "Opening", "sealed"}};
  made.stream = StreamOutline{{0}, -1, "ResendDue", "", {}};
  made.place_fields();
  return made;
}
std::vector<Side> giver_of(int numbers, int given) {
  return {{"Alice", 0, "A", "B", {}, 1, numbers, given}, {"Bob", 1, "B", "A"}};
}

}  // namespace

TEST_CASE(
    "unfold: a stream has its numbers beside where sides are, and what is said again is kept") {
  const Model model = unfold(streaming(), giver_of(2, 2));
  CHECK(model.nodes[0].size() == 1);
  CHECK(model.nodes[1].size() == 1);
  // The first under the first number; either under the second, since something else may come first.
  const std::vector<Item> items{{0, 1, 0, 1}, {0, 2, 0, 1}, {0, 2, 0, 2}};
  CHECK(model.items == items);
  CHECK(steps_on(model, "Send").size() == 3);
  CHECK(steps_on(model, "ResendDue").size() == 3);
  CHECK(steps_on(model, "data").size() == 3);  // and none that takes what it has no use for
  CHECK(steps_on(model, "AckDue").size() == 2);
  CHECK(steps_on(model, "ack").size() == 2);
}

TEST_CASE("promela: of a stream what is next is taken, and what is taken away is not asked") {
  const auto text_of_it = [](auto change) {
    Outline outline = streaming();
    change(*outline.stream);
    return promela(unfold(outline, giver_of(2, 2)));
  };
  const std::string whole = text_of_it([](StreamOutline&) {});
  CHECK(whole.find("? in_order_Taker\n") != whole.npos);
  CHECK(whole.find("#ifdef in_order_Taker\n    assert(heard[2]);") != whole.npos);
  CHECK(whole.find("#ifdef none_lost_Giver\n    assert(1 && (kept[1] != 1 || heard[2])") !=
        whole.npos);
  CHECK(whole.find(" && taken[1] + 1 == 2 -> ") != whole.npos);
  CHECK(whole.find("taken[1] < 2 -> ") == whole.npos);
  const std::string early = text_of_it([](StreamOutline& stream) { stream.takes_early = true; });
  CHECK(early.find(" && taken[1] + 1 == 2 -> ") == early.npos);
  CHECK(early.find(" && taken[1] < 2 -> ") != early.npos);
  // Nothing is ever made of what is said, so nobody makes anything.
  CHECK(whole.find("proctype attacker") == whole.npos);
}

TEST_CASE("trail: steps are told as the attacker makes them of what was said") {
  const Model model = unfold(asking(), one_side_a_role());
  std::string printed = "pan: noise\n";
  const auto add = [&](std::string_view on, std::size_t which) {
    printed += "step " + std::to_string(steps_on(model, on)[which]) + "\n";
  };
  add("Start", 0);
  add("ask", 0);
  add("ask", 1);
  add("ask", 0);
  add("ask", 1);
  add("answer", 0);
  printed += "step 999\nspin: trail ends after 6 steps\n";
  const auto steps = steps_in(printed, model);
  REQUIRE(steps.size() == 6);
  const Sequence run = sequence_of(model, steps);
  std::vector<Origin> origins;
  for (const Moment& moment : run.moments)
    if (!moment.is_note && moment.from == 2) origins.push_back(moment.origin);
  // The attacker's own challenge has the smaller number.
  CHECK(origins == std::vector{Origin::altered, Origin::honest, Origin::altered, Origin::replayed,
                               Origin::honest});
}
