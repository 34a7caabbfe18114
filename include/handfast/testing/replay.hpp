#pragma once

// From a model to bytes: the steps that a model checker has found, taken by the real machines with
// real cryptography. What the model says of each step must happen: the row, what is told, what is
// sent. Then the same question is put to what really happened.

#include <functional>
#include <map>
#include <memory>
#include <ranges>
#include <set>

#include "handfast/spec/promela.hpp"
#include "handfast/testing/actor.hpp"

namespace handfast::testing {

/// The bytes of what the attacker makes by a rule of what he has, by their numbers; empty where
/// these bytes give none.
using Apply =
    std::function<Value(const spec::Model&, const spec::Rule&, const std::vector<Value>&)>;

/// A replay of steps of `model`, which must outlive it; `actors` are its sides, in its order. `own`
/// gives the bytes of a value that sides simply have, by the name of its term; empty where it has
/// none. `apply` is the attacker's cryptography.
class Replay {
 public:
  Replay(const spec::Model& model, std::vector<std::unique_ptr<Actor>> actors,
         std::function<Value(std::string_view)> own, Apply apply = {})
      : model_(model),
        actors_(std::move(actors)),
        own_(std::move(own)),
        apply_(std::move(apply)),
        rules_(model.terms.rules()),
        values_(static_cast<std::size_t>(model.terms.size())) {
    for (int term = 0; term < model.terms.size(); ++term)
      if (model.terms[term].is_public) value(term) = own_(model.terms[term].name);
  }

  /// Takes the steps; what the machines did otherwise than the model, or nothing.
  [[nodiscard]] std::optional<std::string> run(const std::vector<int>& steps) {
    int number = 0;
    for (const int index : steps) {
      ++number;
      if (auto other = take(model_.steps[static_cast<std::size_t>(index)]))
        return "step " + std::to_string(number) + ": " + *other;
    }
    return std::nullopt;
  }

  /// Whether what the question asks for was really broken. Of secrecy: whether the attacker has
  /// application data in bytes.
  [[nodiscard]] bool is_broken(const spec::Question& question) {
    using Kind = spec::Question::Kind;
    if (question.kind == Kind::forward_secrecy)
      for (const int key : model_.lasting) value(key) = own_(model_.terms[key].name);
    if (question.kind == Kind::forward_secrecy || question.kind == Kind::secrecy)
      return has_payload();
    if (question.kind == Kind::past_secrecy) return has_past(question.role);
    if (question.kind == Kind::nonce_once) return has_one_stream();
    if (question.kind == Kind::in_step || question.kind == Kind::any_order)
      return std::ranges::any_of(due_, [&](const Due& due) {
        return model_.sides[static_cast<std::size_t>(due.to)].role == question.role &&
               (question.kind == Kind::any_order || due.is_last) && is_refused(due);
      });
    for (const auto& [kind, role] : broken_)
      if (kind == question.kind && (role == question.role || !question.is_of_role())) return true;
    return false;
  }

 private:
  Value& value(int term) { return values_[static_cast<std::size_t>(term)]; }

  /// Whether the attacker has the bytes of a term, or can make them.
  bool has(int term) {
    if (!value(term).empty()) return true;
    if (!apply_ || !asked_.insert(term).second) return false;
    for (const spec::Rule& rule : rules_)
      if (rule.makes == term && value(term).empty() &&
          std::ranges::all_of(rule.from, [&](int part) { return has(part); }))
        value(term) = apply_(model_, rule, values_);
    asked_.erase(term);
    return !value(term).empty();
  }
  bool has_payload() {
    for (int term = 0; term < model_.terms.size(); ++term)
      if (model_.terms[term].sort == "payload" && !model_.terms[term].is_public && has(term) &&
          value(term) == own_(model_.terms[term].name))
        return true;
    return false;
  }

  std::optional<std::string> take(const spec::Step& step) {
    const spec::RowOutline& row = model_.row_of(step);
    Actor& actor = *actors_[static_cast<std::size_t>(step.side)];
    const std::string who = model_.sides[static_cast<std::size_t>(step.side)].name;
    Real real;
    if (row.trigger == Trigger::command) {
      real = actor.command(row.on);
    } else if (row.trigger == Trigger::timer) {
      real = actor.time_out_of(row.on);
    } else {
      RealMessage message = actor.blank(row.message);
      for (std::size_t f = 0; f < message.values.size(); ++f) {
        const int term = at(step.received, f);
        if (term < 0) continue;
        if (value(term).empty() && model_.terms[term].name.starts_with("attacker's"))
          value(term).assign(message.values[f].size(), 0xA7);
        if (!has(term)) return "nobody has said what " + model_.terms[term].name + " is in bytes";
        message.values[f] = value(term);
      }
      real = actor.receive(message);
      note_taken(step, message);
    }
    if (real.fault)
      return who + " refuses " + std::string(row.on) + ": " + std::string(to_string(*real.fault));
    if (real.state != model_.role_of(step.side).states[static_cast<std::size_t>(row.to)])
      return who + " is " + std::string(real.state) + " after " + std::string(row.on);
    if (real.told != row.tells || real.sent.size() != step.sent.size())
      return who + " takes another row on " + std::string(row.on);
    for (std::size_t i = 0; i < real.sent.size(); ++i)
      if (auto other = learn(step.sent[i], real.sent[i])) return who + *other;
    note_claims(step, real);
    note_given(step);
    nodes_[step.side] = step.to;
    for (const int data : model_.past_by(step)) past_.insert({step.side, data});
    if (row.delivers) note_data(step.side, real.delivered);
    if (model_.outline.stream) note_stream(step, real, actor);
    return std::nullopt;
  }

  /// The term of a field of `said`, or -1.
  [[nodiscard]] int at(const spec::Said& said, std::size_t field) const {
    const int slot =
        model_.outline.messages[static_cast<std::size_t>(said.message)].fields[field].slot;
    return slot < 0 ? -1 : said.values[static_cast<std::size_t>(slot)];
  }
  /// What was sent says which bytes a term is, and says the same of it each time.
  std::optional<std::string> learn(const spec::Said& said, const RealMessage& real) {
    const Actor& actor = *actors_.front();
    if (!actor.are_alike(real.message, said.message)) return " says something else";
    for (std::size_t f = 0; f < real.values.size(); ++f) {
      const int term = at(said, f);
      if (term < 0) continue;
      // What is sealed is another each time, if its nonce is.
      const bool is_sealed = model_.terms[term].operation == spec::Operation::sealed;
      if (value(term).empty() || is_sealed) value(term) = real.values[f];
      if (value(term) != real.values[f]) return " says another " + model_.terms[term].name;
    }
    return std::nullopt;
  }

  void note_taken(const spec::Step& step, const RealMessage& message) {
    const auto& fields = model_.outline.messages[static_cast<std::size_t>(message.message)].fields;
    std::vector<Value> fresh;
    for (std::size_t f = 0; f < fields.size(); ++f)
      if (fields[f].is_new_each_time())
        fresh.push_back(f < message.values.size() ? message.values[f]
                                                  : own_(model_.terms[at(step.received, f)].name));
    if (!fresh.empty() && !model_.row_of(step).says_again &&
        !taken_.insert({step.side, message.message, fresh}).second)
      note_broken(spec::Question::Kind::taken_once, step.side);
  }
  void note_claims(const spec::Step& step, const Real& real) {
    using Kind = spec::Question::Kind;
    const auto& sides = model_.sides;
    const spec::Side& one = sides[static_cast<std::size_t>(step.side)];
    if (real.running) {
      book_.running({step.side, session_of(step.side), *real.running});
      ran_.insert(step.side);
    }
    if (real.commit) {
      bool is_there = false, has_counterpart = false;
      for (std::size_t i = 0; i < sides.size(); ++i) {
        const int other = static_cast<int>(i);
        is_there = is_there || (sides[i].party == one.peer && said_.contains(other));
        has_counterpart = has_counterpart || (session_of(other) == session_of(step.side) &&
                                              sides[i].party == one.peer &&
                                              sides[i].role != one.role && ran_.contains(other));
      }
      if (!is_there) note_broken(Kind::aliveness, step.side);
      if (!has_counterpart) note_broken(Kind::counterpart, step.side);
      if (const auto wrong = book_.commit({step.side, session_of(step.side), *real.commit}))
        if (wrong->starts_with("agreement")) note_broken(Kind::agreement, step.side);
      if (!committed_.insert({one.role, real.commit->transcript}).second)
        note_broken(Kind::injectivity, step.side);
      note_broken(Kind::completion, step.side);
    }
    if (!real.sent.empty()) said_.insert(step.side);
  }
  /// Whether any 32 bytes that a machine of the role stores, as a key that the model says to be there,
  /// give application data that is behind it.
  bool has_past(int role) {
    for (std::size_t side = 0; side < model_.stored.size(); ++side) {
      if (model_.sides[side].role != role) continue;
      const Value stored = actors_[side]->stored();
      const auto& keys =
          model_.stored[side][static_cast<std::size_t>(nodes_[static_cast<int>(side)])];
      for (const int key : keys)
        for (std::size_t at = 0; at + static_cast<std::size_t>(key_size) <= stored.size(); ++at) {
          const auto from = stored.begin() + static_cast<std::ptrdiff_t>(at);
          if (std::set<std::uint8_t>(from, from + key_size).size() < different_min) continue;
          const auto before = values_;
          value(key).assign(from, from + key_size);
          for (const auto& [who, data] : past_)
            if (who == static_cast<int>(side) && is_opened(data)) return true;
          values_ = before;
        }
    }
    return false;
  }
  /// Whether anything that was said opens to this application data.
  bool is_opened(int data) {
    return std::ranges::any_of(rules_, [&](const spec::Rule& rule) {
      return rule.makes == data && rule.from.size() == 2 && !value(rule.from[0]).empty() &&
             has(rule.from[1]) && apply_(model_, rule, values_) == own_(model_.terms[data].name);
    });
  }
  /// Application data that was said, to whom, and its message in bytes.
  struct Due {
    int to = 0;
    spec::SaidData given;
    RealMessage message;
    bool is_last = true;  // it was said in the last step
  };
  void note_given(const spec::Step& step) {
    std::erase_if(due_, [&](const Due& due) {
      return due.to == step.side && due.given.said == step.received;
    });
    for (Due& due : due_) due.is_last = false;
    if (!model_.row_of(step).gives) return;
    for (const spec::Said& said : step.sent) {
      if (model_.payload_in(said) < 0) continue;
      RealMessage message = actors_.front()->blank(said.message);
      for (std::size_t f = 0; f < message.values.size(); ++f)
        if (at(said, f) >= 0) message.values[f] = value(at(said, f));
      const Value data = own_(model_.terms[model_.payload_in(said)].name);
      const auto& fields = model_.outline.messages[static_cast<std::size_t>(said.message)].fields;
      for (std::size_t f = 0; f < message.values.size(); ++f)
        if (fields[f].how == wire::How::sealed &&
            message.values[f].size() >= data.size() + tag_size)
          sealed_.emplace_back(message.values[f], data);
      for (std::size_t to = 0; to < model_.sides.size(); ++to)
        if (model_.sides[to].is_joined_to(model_.sides[static_cast<std::size_t>(step.side)]))
          due_.push_back({static_cast<int>(to), {step.side, said}, message});
    }
  }
  /// Whether a machine does not take what the model says that it does not take.
  bool is_refused(const Due& due) {
    const auto places = spec::refused_at(model_, due.to, due.given);
    if (std::ranges::find(places, nodes_[due.to]) == places.end()) return false;
    const Real real = actors_[static_cast<std::size_t>(due.to)]->receive(due.message);
    return real.delivered != own_(model_.terms[model_.payload_in(due.given.said)].name);
  }
  /// Whether two different texts were sealed with one stream: the exclusive or of what was sealed is
  /// that of the texts.
  [[nodiscard]] bool has_one_stream() const {
    for (const auto& [one, text] : sealed_)
      for (const auto& [other, other_text] : sealed_) {
        const std::size_t size = std::min(text.size(), other_text.size());
        bool is_one = text != other_text && size >= 8;
        for (std::size_t i = 0; is_one && i < size; ++i)
          is_one =
              (one[one.size() - tag_size - text.size() + i] ^
               other[other.size() - tag_size - other_text.size() + i]) == (text[i] ^ other_text[i]);
        if (is_one) return true;
      }
    return false;
  }

  void note_data(int side, const Value& data) {
    const spec::Side& one = model_.sides[static_cast<std::size_t>(side)];
    const bool is_given = std::ranges::any_of(model_.sides, [&](const spec::Side& two) {
      return one.is_joined_to(two) && two.own == one.own && is_payload_of(two.name, data);
    });
    if (!is_given) note_broken(spec::Question::Kind::data, side);
    if (is_given && !got_.insert({side, data}).second)
      note_broken(spec::Question::Kind::data_once, side);
    if (!model_.outline.stream) return;
    for (const Value& before : given_[peer_of(side)]) {
      if (before == data) break;
      if (!got_.contains({side, before})) note_broken(spec::Question::Kind::in_order, side);
    }
  }
  /// Whether all is there that a side, or who is told of an end, does not care for any more.
  void note_stream(const spec::Step& step, const Real& real, const Actor& actor) {
    const int side = step.side, peer = peer_of(side);
    const int item = step.flow.added;
    if (item >= 0 && model_.items[static_cast<std::size_t>(item)].given > 0)
      given_[side].push_back(
          own_(spec::payload_name(model_.sides[static_cast<std::size_t>(side)],
                                  model_.items[static_cast<std::size_t>(item)].given)));
    const auto has_first = [&](int who, int whose, std::size_t count) {
      return std::ranges::all_of(given_[whose] | std::views::take(count), [&](const Value& data) {
        return got_.contains({who, data});
      });
    };
    const std::size_t given = given_[side].size();
    const bool is_over = model_.row_of(step).closes;
    if (!is_over && !has_first(peer, side, given - std::min(given, actor.kept())))
      note_broken(spec::Question::Kind::none_lost, side);
    if (real.is_well &&
        !(has_first(peer, side, given) && has_first(side, peer, given_[peer].size())))
      note_broken(spec::Question::Kind::none_lost, side);
  }
  [[nodiscard]] int peer_of(int side) const {
    const spec::Side& one = model_.sides[static_cast<std::size_t>(side)];
    const auto found = std::ranges::find_if(model_.sides, [&](const spec::Side& two) {
      return one.is_joined_to(two) && two.own == one.own;
    });
    return static_cast<int>(found - model_.sides.begin());
  }
  [[nodiscard]] bool is_payload_of(const std::string& name, const Value& data) const {
    for (int term = 0; term < model_.terms.size(); ++term)
      if (model_.terms[term].name.starts_with(name + "'s payload") &&
          data == own_(model_.terms[term].name))
        return true;
    return false;
  }
  void note_broken(spec::Question::Kind kind, int side) {
    broken_.emplace_back(kind, model_.sides[static_cast<std::size_t>(side)].role);
  }
  /// Sides that mean each other are of one session: the first of them by number.
  [[nodiscard]] int session_of(int side) const {
    const spec::Side& one = model_.sides[static_cast<std::size_t>(side)];
    for (int other = 0; other < side; ++other) {
      const spec::Side& two = model_.sides[static_cast<std::size_t>(other)];
      if (two.own == one.own &&
          ((two.party == one.peer && two.peer == one.party && two.role != one.role) ||
           (two.party == one.party && two.peer == one.peer && two.role == one.role)))
        return other;
    }
    return side;
  }

  const spec::Model& model_;
  std::vector<std::unique_ptr<Actor>> actors_;
  std::function<Value(std::string_view)> own_;
  Apply apply_;
  std::vector<spec::Rule> rules_;
  std::vector<Value> values_;  // of terms
  std::set<int> asked_;        // for which terms `has` is looking
  ClaimBook book_;
  std::set<std::pair<int, decltype(Claim::transcript)>> committed_;  // by role
  std::set<int> ran_, said_;
  std::set<std::tuple<int, int, std::vector<Value>>> taken_;
  std::set<std::pair<int, Value>> got_;          // application data
  static constexpr std::size_t tag_size = 16;    // behind what is sealed
  std::vector<std::pair<Value, Value>> sealed_;  // and what is inside
  std::vector<Due> due_;
  static constexpr std::ptrdiff_t key_size = 32;
  static constexpr std::size_t different_min = 18;  // bytes in a key; drawn ones have about 30
  std::set<std::pair<int, int>> past_;              // application data behind sides
  std::map<int, int> nodes_;                        // of sides
  std::map<int, std::vector<Value>> given_;  // by side, in its order, where there are streams
  std::vector<std::pair<spec::Question::Kind, int>> broken_;
};

}  // namespace handfast::testing
