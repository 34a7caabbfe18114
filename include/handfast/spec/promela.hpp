#pragma once

// A model in Promela, for SPIN: a process a side, and the attacker folded into the network. What is
// sent, the attacker knows; what is received is any message that he can make of what he knows and
// that the receiver takes. A claim is checked where its name is defined:
//
//   spin -a -Dagreement_Responder model.pml && gcc -DSAFETY -DBFS -o pan pan.c && ./pan
//
// `./pan -r` prints the numbers of the steps of what was found (trail.hpp).

#include "handfast/spec/question.hpp"
#include "handfast/spec/unfold.hpp"

namespace handfast::spec {

/// "request(challenge = Alice's request challenge 1)": what is the same in all of them is left out.
[[nodiscard]] inline std::string told(const Model& model, const Said& said) {
  const MessageOutline& message = model.outline.messages[static_cast<std::size_t>(said.message)];
  std::string text;
  for (const FieldOutline& field : message.fields) {
    if (field.slot < 0) continue;
    const std::string& value = model.terms[said.values[static_cast<std::size_t>(field.slot)]].name;
    if (value != field.name)
      text += (text.empty() ? "" : ", ") + std::string(field.name) + " = " + value;
  }
  return std::string(message.name) + (text.empty() ? "" : "(" + text + ")");
}

/// Application data that a side says.
struct SaidData {
  int side = 0;
  Said said;
  auto operator<=>(const SaidData&) const = default;
};
/// All that sides ever say with application data in it.
[[nodiscard]] inline std::vector<SaidData> all_given(const Model& model) {
  std::set<SaidData> all;
  for (const Step& step : model.steps)
    for (const Said& said : step.sent)
      if (model.row_of(step).gives && model.payload_in(said) >= 0) all.insert({step.side, said});
  return {all.begin(), all.end()};
}
/// Where `side` does not take what is `given`, though it takes such messages there.
[[nodiscard]] inline std::vector<int> refused_at(const Model& model, int side,
                                                 const SaidData& given) {
  const auto& nodes = model.nodes[static_cast<std::size_t>(side)];
  std::vector<bool> takes(nodes.size());
  for (const Step& step : model.steps)
    if (step.side == side && step.received == given.said)
      takes[static_cast<std::size_t>(step.from)] = true;
  std::vector<int> all;
  for (std::size_t node = 0; node < nodes.size(); ++node)
    if (!takes[node] && std::ranges::any_of(model.role_of(side).rows, [&](const RowOutline& row) {
          return row.from == nodes[node].state && row.message == given.said.message && row.delivers;
        }))
      all.push_back(static_cast<int>(node));
  return all;
}

namespace detail {

class Promela {
 public:
  explicit Promela(const Model& model) : model_(model) {
    first_.resize(static_cast<std::size_t>(model.terms.size()));
    model.terms.close(first_);
    ever_ = model.reachable;
    for (const int key : model.lasting) ever_[static_cast<std::size_t>(key)] = true;
    for (const auto& nodes : model.stored)
      for (const auto& keys : nodes)
        for (const int key : keys) ever_[static_cast<std::size_t>(key)] = true;
    model.terms.close(ever_);
    is_deriving_ =
        !model.outline.stream || !model.lasting.empty() ||
        std::ranges::any_of(model.terms.rules(), [&](const Rule& rule) { return derives(rule); });
    for (const Step& step : model.steps)
      for (const Said& said : step.sent)
        if (is_authentic(said)) written_.emplace(std::pair(step.side, said), written_.size());
    if (!model.outline.has_order()) return;
    for (const SaidData& given : all_given(model))
      for (std::size_t side = 0; side < model.sides.size(); ++side)
        if (model.sides[side].is_joined_to(model.sides[static_cast<std::size_t>(given.side)]))
          due_.push_back(
              {static_cast<int>(side), given, refused_at(model, static_cast<int>(side), given)});
  }

  std::string write() {
    head();
    if (!model_.lasting.empty()) asked("forward_secrecy", thief());
    for (std::size_t side = 0; side < model_.stored.size(); ++side)
      asked(past_secrecy_of(side), thief_of(side));
    if (is_deriving_) attacker();
    for (std::size_t side = 0; side < model_.sides.size(); ++side) process(static_cast<int>(side));
    return std::move(text_);
  }

 private:
  static std::string number(std::size_t n) { return std::to_string(n); }
  static std::string number(int n) { return std::to_string(n); }
  void line(const std::string& words) { text_ += words + '\n'; }
  /// Lines that are there only where `name` is asked.
  void asked(const std::string& name, const std::string& words) {
    line("#ifdef " + name + "\n" + words + "\n#endif");
  }
  [[nodiscard]] std::size_t transcripts() const {
    return std::max<std::size_t>(1, model_.transcripts.size());
  }
  [[nodiscard]] std::string running(int side, int transcript) const {
    return "running[" +
           number(static_cast<std::size_t>(side) * transcripts() +
                  static_cast<std::size_t>(transcript)) +
           "]";
  }
  [[nodiscard]] bool is_secret(int term, std::string_view sort) const {
    return model_.terms[term].sort == sort && !first_[static_cast<std::size_t>(term)];
  }
  [[nodiscard]] bool is_secret(int term) const {
    return is_secret(term, "key") || is_secret(term, "payload");
  }

  void head() {
    line(
        "/* Both roles and an attacker who has the network: what is sent he knows, what is "
        "received he\n"
        "   has made of what he knows. Left out:");
    for (const std::string& words : model_.outline.left_out) line("   - " + words);
    line("   Asked, each where its name is defined:");
    for (const Question& one : questions(model_.outline)) line("   ? " + one.name(model_.outline));
    line("   Terms:");
    for (int term = 0; term < model_.terms.size(); ++term)
      line("   " + number(term) + " " + model_.terms[term].name);
    line("*/");
    line("bit known[" + number(std::max(1, model_.terms.size())) + "];  /* by the attacker */");
    line("byte at[" + number(model_.sides.size()) + "];  /* where each side is */");
    line("bit said[" + number(model_.sides.size()) + "];  /* whether it has said anything */");
    line("bit ran[" + number(model_.sides.size()) + "];  /* whether it has told Running */");
    line("bit running[" + number(model_.sides.size() * transcripts()) +
         "];  /* by side and transcript */");
    line("bit committed[" + number(2 * transcripts()) + "];  /* by role and transcript */");
    if (!written_.empty())
      line("bit written[" + number(written_.size()) +
           "];  /* on links that only both ends write on: by side and message */");
    text_ += stream_.head();
    line("bit is_new;  /* something was said, and the attacker has not made of it what he can */");
    line("bit more;");
  }
  /// Everybody waits until the attacker has made all that he can of what is new. Rule by rule, and
  /// in parts, since SPIN takes no long steps.
  void attacker() {
    line("\nactive proctype attacker() {\nend:\n  do\n  :: is_new -> d_step { more = 0");
    std::size_t count = 0;
    for (const Rule& rule : model_.terms.rules())
      if (derive(rule) && ++count % rules_a_step == 0) line("  };\n  d_step { skip");
    line("  };\n  d_step { if :: more -> skip :: else -> is_new = 0");
    for (int term = 0; term < model_.terms.size(); ++term)
      if (is_secret(term)) asked("secrecy", "  ; assert(!known[" + number(term) + "])");
    if (!model_.lasting.empty()) {
      std::string all;
      for (int term = 0; term < model_.terms.size(); ++term)
        if (is_secret(term, "payload"))
          all += (all.empty() ? "" : "; ") + ("assert(!known[" + number(term) + "])");
      if (!all.empty())
        asked("forward_secrecy", "  ; if :: stolen -> is_new = 1; " + all + " :: else fi");
    }
    for (std::size_t side = 0; side < model_.stored.size(); ++side) {
      std::string all;
      for (int term = 0; term < model_.terms.size(); ++term)
        if (is_past(side, term))
          all += "; assert(!known[" + number(term) + "] || !" + past(side, term) + ")";
      asked(past_secrecy_of(side),
            "  ; if :: robbed_" + number(side) + " -> is_new = 1" + all + " :: else fi");
    }
    line("  fi }\n  od\n}");
  }
  [[nodiscard]] std::string past_secrecy_of(std::size_t side) const {
    return Question{Question::Kind::past_secrecy, model_.sides[side].role}.name(model_.outline);
  }
  [[nodiscard]] static std::string past(std::size_t side, int term) {
    return "past_" + number(side) + "_" + number(term);
  }
  /// Whether application data is ever behind a side.
  [[nodiscard]] bool is_past(std::size_t side, int term) const {
    return std::ranges::any_of(model_.steps, [&](const Step& step) {
      const auto all = model_.past_by(step);
      return step.side == static_cast<int>(side) && std::ranges::find(all, term) != all.end();
    });
  }
  /// What the attacker may come to know by a rule; false where he never does.
  bool derive(const Rule& rule) {
    if (!derives(rule)) return false;
    std::string parts = "!known[" + number(rule.makes) + "]";
    for (const int part : rule.from)
      if (!first_[static_cast<std::size_t>(part)]) parts += " && known[" + number(part) + "]";
    line("  ; if :: " + parts + " -> known[" + number(rule.makes) + "] = 1; more = 1 :: else fi");
    return true;
  }
  [[nodiscard]] bool derives(const Rule& rule) const {
    return !first_[static_cast<std::size_t>(rule.makes)] && Terms::can_make(rule, ever_);
  }
  /// Somebody to whom, at any time, all keys are given that parties have for longer than a run.
  /// Then nothing more happens.
  std::string thief() const {
    std::string text = "bit stolen;\nactive proctype thief() {\n  d_step { !is_new -> ";
    for (const int key : model_.lasting) text += "known[" + number(key) + "] = 1; ";
    return text + "stolen = 1; is_new = 1 }\n}";
  }

  /// Somebody to whom, at any time, all keys are given that a side has then. Then nothing more happens.
  std::string thief_of(std::size_t side) {
    const std::string robbed = "robbed_" + number(side);
    std::string text =
        "bit " + robbed + ";\nactive proctype thief_of_" + number(side) + "() {\nend:\n  if";
    for (std::size_t node = 0; node < model_.stored[side].size(); ++node) {
      if (model_.stored[side][node].empty()) continue;
      text += "\n  :: d_step { !is_new && at[" + number(side) + "] == " + number(node) + " -> ";
      for (const int key : model_.stored[side][node]) text += "known[" + number(key) + "] = 1; ";
      text += robbed + " = 1; is_new = 1 }";
    }
    return text + "\n  fi\n}";
  }

  void process(int side) {
    const Side& one = model_.sides[static_cast<std::size_t>(side)];
    line("\nactive proctype " + one.name + "_" + std::string(model_.role_of(side).name) + "() {");
    line("end:");
    line("  do");
    bool has_steps = false;
    for (std::size_t i = 0; i < model_.steps.size(); ++i)
      if (model_.steps[i].side == side) {
        step(i, model_.steps[i]);
        has_steps = true;
      }
    if (!has_steps) line("  :: false -> skip");
    line("  od\n}");
  }

  void step(std::size_t index, const Step& step) {
    const RowOutline& row = model_.row_of(step);
    const RoleOutline& role = model_.role_of(step.side);
    const auto side = number(step.side);
    std::string words = std::string(role.states[static_cast<std::size_t>(row.from)]) + ", " +
                        std::string(row.on) + ", " +
                        std::string(role.states[static_cast<std::size_t>(row.to)]);
    line("  /* " + words + " */");
    if (step.received.message >= 0) line("  /*   takes " + told(model_, step.received) + " */");
    for (const Said& said : step.sent) line("  /*   says " + told(model_, said) + " */");
    line("  :: d_step { at[" + side + "] == " + number(step.from) + " && !is_new" + needs(step) +
         stream_.needs(step) + " -> printf(\"step " + number(index) + "\\n\");");
    if (model_.outline.stream && model_.outline.stream->opens_once && step.flow.taken > 0)
      for (const int term : model_.on_wire(step.received))
        if (!first_[static_cast<std::size_t>(term)]) line("    known[" + number(term) + "] = 0;");
    for (const Said& said : step.sent)
      for (const int term : model_.on_wire(said))
        if (!first_[static_cast<std::size_t>(term)]) line("    known[" + number(term) + "] = 1;");
    for (const Said& said : step.sent)
      if (is_authentic(said))
        line("    written[" + number(written_.at({step.side, said})) + "] = 1;");
    if (!step.sent.empty())
      line("    " + std::string(is_deriving_ ? "is_new = 1; " : "") + "said[" + side + "] = 1;");
    for (const Said& said : step.sent)
      for (const int term : model_.on_wire(said))
        if (!is_deriving_ && is_secret(term)) asked("secrecy", "    assert(0);");
    if (step.running >= 0)
      line("    ran[" + side + "] = 1; " + running(step.side, step.running) + " = 1;");
    if (step.commit >= 0) commit(step);
    if (step.received.message >= 0 && !row.says_again) take(step);
    if (row.delivers && model_.outline.counts()) deliver(step);
    keep_order(step);
    if (!model_.stored.empty())
      for (const int data : model_.past_by(step)) {
        declare("bit " + past(static_cast<std::size_t>(step.side), data));
        asked(past_secrecy_of(static_cast<std::size_t>(step.side)),
              "    " + past(static_cast<std::size_t>(step.side), data) + " = 1;");
      }
    if (row.gives && model_.outline.counts_nonces()) use_nonces(step);
    stream_.change(
        step, [&](const std::string& change) { line("    " + change); },
        [&](StreamWriter::Question asked_of, const std::string& what) {
          const auto kind = asked_of == StreamWriter::Question::in_order
                                ? Question::Kind::in_order
                                : Question::Kind::none_lost;
          const int of = model_.sides[static_cast<std::size_t>(step.side)].role;
          asked(Question{kind, of, -1}.name(model_.outline), "    assert(" + what + ");");
        });
    if (!can_leave(step.side, step.to)) asked("no_deadlock", "    assert(0);");
    line("    at[" + side + "] = " + number(step.to) + " }");
  }
  [[nodiscard]] bool is_authentic(const Said& said) const {
    return said.message >= 0 &&
           model_.outline.messages[static_cast<std::size_t>(said.message)].is_authentic;
  }
  /// What a step takes of application data.
  void deliver(const Step& step) {
    const Side& one = model_.sides[static_cast<std::size_t>(step.side)];
    for (const FieldOutline& field :
         model_.outline.messages[static_cast<std::size_t>(step.received.message)].fields) {
      if (!field.is_payload()) continue;
      const int data = step.received.values[static_cast<std::size_t>(field.slot)];
      if (!is_given(one, model_.terms[data].name))
        asked(Question{Question::Kind::data, one.role}.name(model_.outline), "    assert(0);");
      else
        only_once(Question{Question::Kind::data_once, one.role},
                  "got_" + number(step.side) + "_" + number(data));
    }
  }
  /// Of application data that is on its way, and where its receiver is.
  void keep_order(const Step& step) {
    for (std::size_t i = 0; i < due_.size(); ++i) {
      const Due& due = due_[i];
      const int role = model_.sides[static_cast<std::size_t>(due.to)].role;
      const auto in_step = Question{Question::Kind::in_step, role}.name(model_.outline);
      const auto any_order = Question{Question::Kind::any_order, role}.name(model_.outline);
      const std::string bit = "due_" + number(i);
      if (due.given.side == step.side &&
          std::ranges::find(step.sent, due.given.said) != step.sent.end()) {
        std::string places;
        for (const int node : due.refused_at)
          places += " && at[" + number(due.to) + "] != " + number(node);
        asked(in_step, "    assert(1" + places + ");");
        declare("bit " + bit);
        asked(any_order, "    assert(1" + places + "); " + bit + " = 1;");
      } else if (due.to == step.side) {
        if (step.received == due.given.said) asked(any_order, "    " + bit + " = 0;");
        if (std::ranges::find(due.refused_at, step.to) != due.refused_at.end()) {
          declare("bit " + bit);
          asked(any_order, "    assert(!" + bit + ");");
        }
      }
    }
  }
  /// What each key and nonce seal of application data.
  void use_nonces(const Step& step) {
    for (const Said& said : step.sent)
      for (const FieldOutline& field :
           model_.outline.messages[static_cast<std::size_t>(said.message)].fields) {
        const int data = model_.payload_in(said);
        if (data < 0 || field.slot < 0 || field.how != wire::How::sealed) continue;
        const auto& parts = model_.terms[said.values[static_cast<std::size_t>(field.slot)]].parts;
        std::string used = "used_" + number(parts[0]);
        for (std::size_t i = 0; i < field.covers.size(); ++i)
          if (field.covers[i].is_nonce) used += "_" + number(parts[i]);
        declare("short " + used);
        const auto here = number(data + 1);
        asked("nonce_once", "    assert(!" + used + " || " + used + " == " + here + "); " + used +
                                " = " + here + ";");
      }
  }
  /// Whether application data was given by a side's peer for it.
  [[nodiscard]] bool is_given(const Side& one, std::string_view data) const {
    return std::ranges::any_of(model_.sides, [&](const Side& two) {
      return one.is_joined_to(two) && two.own == one.own &&
             data.starts_with(two.name + "'s payload");
    });
  }
  /// What has a bit of its own happens once; the bit is declared where it is first needed.
  void only_once(const Question& question, const std::string& bit) {
    declare("bit " + bit);
    asked(question.name(model_.outline), "    assert(!" + bit + "); " + bit + " = 1;");
  }
  void declare(const std::string& variable) {
    if (declared_.insert(variable).second) text_.insert(0, variable + ";\n");
  }
  /// What must have been written by who is at the other end, or what the attacker must know to make
  /// what is received.
  std::string needs(const Step& step) const {
    std::string text;
    if (is_authentic(step.received)) {
      for (const auto& [one, bit] : written_)
        if (one.second == step.received &&
            model_.sides[static_cast<std::size_t>(step.side)].is_joined_to(
                model_.sides[static_cast<std::size_t>(one.first)]))
          text += (text.empty() ? " && (" : " || ") + ("written[" + number(bit) + "]");
      return text + ")";
    }
    for (const int term : model_.on_wire(step.received))
      if (!first_[static_cast<std::size_t>(term)]) text += " && known[" + number(term) + "]";
    return text;
  }
  void commit(const Step& step) {
    const Side& one = model_.sides[static_cast<std::size_t>(step.side)];
    std::string alive, counterpart, agreement;
    for (std::size_t other = 0; other < model_.sides.size(); ++other) {
      const Side& two = model_.sides[other];
      if (two.party != one.peer) continue;
      alive += " || said[" + number(other) + "]";
      if (two.role == one.role || two.peer != one.party || two.own != one.own) continue;
      counterpart += " || ran[" + number(other) + "]";
      agreement += " || " + running(static_cast<int>(other), step.commit);
    }
    const auto ask = [&](Question::Kind kind, const std::string& what) {
      asked(Question{kind, one.role, -1}.name(model_.outline), "    assert(" + what + ");");
    };
    ask(Question::Kind::aliveness, "0" + alive);
    ask(Question::Kind::counterpart, "0" + counterpart);
    ask(Question::Kind::agreement, "0" + agreement);
    const std::string bit = "committed[" +
                            number(static_cast<std::size_t>(one.role) * transcripts() +
                                   static_cast<std::size_t>(step.commit)) +
                            "]";
    ask(Question::Kind::injectivity, "!" + bit);
    ask(Question::Kind::completion, "0");
    line("    " + bit + " = 1;");
  }
  /// One bit for each set of fresh values that a side may take.
  void take(const Step& step) {
    const MessageOutline& message =
        model_.outline.messages[static_cast<std::size_t>(step.received.message)];
    std::string bit = "took_" + number(step.side) + "_" + std::string(message.name);
    bool is_fresh = false;
    for (const FieldOutline& field : message.fields)
      if (field.is_new_each_time()) {
        bit += "_" + number(step.received.values[static_cast<std::size_t>(field.slot)]);
        is_fresh = true;
      }
    if (is_fresh)
      only_once({Question::Kind::taken_once, model_.sides[static_cast<std::size_t>(step.side)].role,
                 step.received.message},
                bit);
  }

  /// Whether a side is not left there by an attacker who lets nothing through.
  [[nodiscard]] bool can_leave(int side, int node) const {
    return model_.may_rest[static_cast<std::size_t>(side)][static_cast<std::size_t>(node)] ||
           std::ranges::any_of(model_.steps, [&](const Step& step) {
             return step.side == side && step.from == node &&
                    model_.row_of(step).trigger != Trigger::message;
           });
  }

  static constexpr std::size_t rules_a_step = 50;

  const Model& model_;
  StreamWriter stream_{model_};
  std::vector<bool> first_;  // what the attacker knows before anything is said
  std::vector<bool> ever_;   // and what he, or the thief, could ever know
  /// Application data that a side says, to whom, and where he does not take it.
  struct Due {
    int to = 0;
    SaidData given;
    std::vector<int> refused_at;
  };
  std::vector<Due> due_;
  std::set<std::string> declared_;
  bool is_deriving_ = true;  // whether he makes anything; without streams that costs little
  std::vector<std::string> bits_;
  std::map<std::pair<int, Said>, std::size_t> written_;
  std::string text_;
};

}  // namespace detail

/// One side a role, for who wants to see a model: `promela(unfold(outline_of<Description>(),
/// one_side_a_role()))`. `fresh_max` is each side's.
[[nodiscard]] inline std::vector<Side> one_side_a_role(int fresh_max = 1) {
  return {{"Alice", 0, "A", "B", {}, fresh_max}, {"Bob", 1, "B", "A", {}, fresh_max}};
}

/// The model in Promela.
[[nodiscard]] inline std::string promela(const Model& model) {
  return detail::Promela(model).write();
}

}  // namespace handfast::spec
