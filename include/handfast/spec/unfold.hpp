#pragma once

// An outline, some sides and an attacker, unfolded: all that each side could ever do, with whatever
// the attacker could ever know by then. It is more than can happen in one run; which of it can is
// what the model checker finds out.

#include <compare>
#include <map>

#include "handfast/spec/outline.hpp"
#include "handfast/spec/terms.hpp"

namespace handfast::spec {

/// A machine of the model: one party in one role.
struct Side {
  std::string name;         // of this side in texts: "Alice"
  int role = 0;             // index in `Outline::roles`
  std::string party, peer;  // whose keys it uses, and whose it expects at the other end
  std::map<std::string, std::string, std::less<>> own{};  // its values of the session, by name;
                                                          // those that are not here all sides share
  int fresh_max = 1;  // how often it draws something fresh: how many runs it can begin
};

/// Where a side can be: a state, and what it remembers.
struct Node {
  int state = 0;
  int fresh_count = 0;
  std::vector<int> memory;  // terms by slot; -1 for none, or one that nothing depends on any more
  std::vector<int> taken;   // terms that it takes no second time
  auto operator<=>(const Node&) const = default;
};

/// A message with values: terms by slot, -1 for the slots of other messages.
struct Said {
  int message = -1;
  std::vector<int> values;
};

/// A row with all values that it has in one step.
struct Step {
  int side = 0, row = 0;  // `row` of its role's outline
  int from = 0, to = 0;   // its nodes
  Said received;          // where a message moves it
  std::vector<Said> sent;
  int running = -1, commit = -1;  // the transcript that it tells, as a number
};

/// A model, ready to be written down.
struct Model {
  Outline outline;
  std::vector<Side> sides;
  Terms terms;
  std::vector<std::vector<Node>> nodes;     // of each side; the first is where it starts
  std::vector<std::vector<bool>> may_rest;  // whether a run may stop there, or the model ends there
  std::vector<Step> steps;
  std::vector<std::vector<int>> transcripts;  // as terms
  std::vector<bool> reachable;                // which terms the attacker could ever know

  [[nodiscard]] const RoleOutline& role_of(int side) const {
    return outline.roles[sides[static_cast<std::size_t>(side)].role];
  }
  [[nodiscard]] const RowOutline& row_of(const Step& step) const {
    return role_of(step.side).rows[static_cast<std::size_t>(step.row)];
  }
};

namespace detail {

class Unfolding {
 public:
  Unfolding(Outline outline, std::vector<Side> sides) {
    model_.outline = std::move(outline);
    model_.sides = std::move(sides);
    for (int role = 0; role < 2; ++role) find_live(role);
  }

  Model unfold() {
    add_what_all_know();
    std::vector<bool>& known = model_.reachable;
    model_.terms.close(known);
    for (;;) {
      const auto before = known;
      unfold_once();
      for (const Step& step : model_.steps)
        for (const Said& said : step.sent)
          for (const int term : said.values)
            if (term >= 0) grow(known, term);
      model_.terms.close(known);
      if (known == before) return std::move(model_);
    }
  }

 private:
  using Values = std::vector<int>;

  [[nodiscard]] Outline& outline() { return model_.outline; }
  static void grow(std::vector<bool>& bits, int term) {
    if (bits.size() <= static_cast<std::size_t>(term))
      bits.resize(static_cast<std::size_t>(term) + 1);
    bits[static_cast<std::size_t>(term)] = true;
  }
  [[nodiscard]] bool is_known(int term) const {
    return term >= 0 && static_cast<std::size_t>(term) < model_.reachable.size() &&
           model_.reachable[static_cast<std::size_t>(term)];
  }
  std::string words_of(int message) {
    return std::string(outline().messages[static_cast<std::size_t>(message)].name);
  }
  [[nodiscard]] std::size_t slots() { return static_cast<std::size_t>(outline().slot_count); }

  // What a side knows by itself.

  int own_value(const Side& side, std::string_view name, std::string_view sort) {
    const auto found = side.own.find(name);
    const std::string value(found == side.own.end() ? "" : ":" + found->second);
    return model_.terms.atom(std::string(name) + value, sort, true);
  }
  int key(std::string_view name, const Side& side, bool is_own) {
    std::string text = std::string(name) + " of " + (is_own ? side.party : side.peer);
    for (const std::string_view of : outline().keys_name)
      text += ", " + model_.terms[own_value(side, of, of)].name;
    return model_.terms.atom(text, "key", false);
  }
  /// What a field must be that nobody draws: a MAC, a key as it is, or what a side simply has.
  int right_value(const FieldOutline& field, const Side& side, bool is_own, const Values& values) {
    if (field.how == wire::How::mac) return mac(field, side, is_own, values);
    if (!field.key.empty()) return key(field.key, side, is_own);
    return own_value(side, field.name, field.sort);
  }
  /// The MAC in `field` as its maker makes it; -1 where something in it is not there.
  int mac(const FieldOutline& field, const Side& side, bool is_own, const Values& values) {
    std::vector<int> parts{key(field.key, side, is_own)};
    for (const Piece& piece : field.covers) {
      int part = -1;
      switch (piece.kind) {
        case Piece::Kind::field: part = values[slot_of(piece)]; break;
        case Piece::Kind::named: part = own_value(side, piece.name, piece.name); break;
        case Piece::Kind::constants:
          part = model_.terms.atom(std::string(piece.name) + " header", "header", true);
          break;
      }
      if (part < 0) return -1;
      parts.push_back(part);
    }
    return model_.terms.mac(std::move(parts), field.sort);
  }
  [[nodiscard]] std::size_t slot_of(const Piece& piece) {
    return static_cast<std::size_t>(outline().field(piece).slot);
  }

  /// What the attacker has before anybody has said anything: bytes of his own, and all that is no
  /// secret.
  void add_what_all_know() {
    for (const MessageOutline& m : outline().messages)
      for (const FieldOutline& f : m.fields) {
        if (f.slot < 0) continue;
        if (f.how == wire::How::fresh || f.how == wire::How::mac)
          model_.terms.atom(
              "attacker's " + (f.how == wire::How::mac ? f.sort : std::string(f.name)), f.sort,
              true);
        else if (f.key.empty())
          for (const Side& side : model_.sides) own_value(side, f.name, f.sort);
      }
  }

  // One pass over all sides, with what is known so far.

  void unfold_once() {
    model_.steps.clear();
    model_.nodes.assign(model_.sides.size(), {});
    model_.may_rest.assign(model_.sides.size(), {});
    node_numbers_.assign(model_.sides.size(), {});
    for (std::size_t side = 0; side < model_.sides.size(); ++side) {
      node_of(side, {0, 0, Values(slots(), -1), {}});
      for (std::size_t node = 0; node < model_.nodes[side].size(); ++node) {
        const Node at = model_.nodes[side][node];  // a copy: more are added
        const RoleOutline& role = model_.role_of(static_cast<int>(side));
        for (std::size_t row = 0; row < role.rows.size(); ++row)
          if (role.rows[row].from == at.state) unfold_row(side, node, at, row);
      }
    }
  }
  int node_of(std::size_t side, Node node) {
    const auto& live = live_[model_.sides[side].role][static_cast<std::size_t>(node.state)];
    for (std::size_t slot = 0; slot < slots(); ++slot)
      if (!live[slot]) node.memory[slot] = -1;
    std::ranges::sort(node.taken);
    auto& nodes = model_.nodes[side];
    const auto [found, is_new] = node_numbers_[side].emplace(node, static_cast<int>(nodes.size()));
    if (is_new) {
      const RoleOutline& role = model_.role_of(static_cast<int>(side));
      model_.may_rest[side].push_back(role.ends[static_cast<std::size_t>(node.state)]);
      nodes.push_back(std::move(node));
    }
    return found->second;
  }

  void unfold_row(std::size_t side, std::size_t from, const Node& at, std::size_t number) {
    const RowOutline& row = model_.role_of(static_cast<int>(side)).rows[number];
    Step step{static_cast<int>(side),
              static_cast<int>(number),
              static_cast<int>(from),
              0,
              {},
              {},
              -1,
              -1};
    if (row.trigger != Trigger::message) {
      finish(side, at, row, step, Values(slots(), -1));
      return;
    }
    step.received.message = row.message;
    choose(side, at, row, step, Values(slots(), -1), 0);
  }

  /// Every way to fill in the fields of the message that `row` takes, from the `index`th on; MACs
  /// come last, since they may cover what stands behind them.
  void choose(std::size_t side, const Node& at, const RowOutline& row, Step& step, Values values,
              std::size_t index) {
    const auto order = fields_of(row.message);
    if (index == order.size()) {
      if (!row.says_again && is_again(side, at, row, values)) return;
      finish(side, at, row, step, std::move(values));
      return;
    }
    const FieldOutline& field = *order[index];
    for (const int value : candidates(side, at, row, field, values)) {
      const auto taken = std::ranges::find(at.taken, value);
      if (outline().checks(row, field, RuleOutline::Kind::remembers) && taken != at.taken.end())
        continue;
      Values more = values;
      more[static_cast<std::size_t>(field.slot)] = value;
      choose(side, at, row, step, std::move(more), index + 1);
    }
  }
  /// Whether the values are those that were taken last, where another row of the pair takes them.
  bool is_again(std::size_t side, const Node& at, const RowOutline& row, const Values& values) {
    const auto& rows = model_.role_of(static_cast<int>(side)).rows;
    const auto fields = fields_of(row.message);
    return std::ranges::any_of(rows,
                               [&](const RowOutline& other) {
                                 return other.says_again && other.from == row.from &&
                                        other.message == row.message;
                               }) &&
           std::ranges::all_of(fields, [&](const FieldOutline* field) {
             const auto slot = static_cast<std::size_t>(field->slot);
             return values[slot] == at.memory[slot];
           });
  }
  std::vector<const FieldOutline*> fields_of(int message) {
    std::vector<const FieldOutline*> order;
    for (const bool macs : {false, true})
      for (const FieldOutline& f : outline().messages[static_cast<std::size_t>(message)].fields)
        if (f.slot >= 0 && (f.how == wire::How::mac) == macs) order.push_back(&f);
    return order;
  }
  Values candidates(std::size_t side, const Node& at, const RowOutline& row,
                    const FieldOutline& field, const Values& values) {
    if (row.says_again) {
      const int last = at.memory[static_cast<std::size_t>(field.slot)];
      return is_known(last) ? Values{last} : Values{};
    }
    if (outline().checks(row, field, RuleOutline::Kind::compares)) {
      const int right = right_value(field, model_.sides[side], false, over(at, values));
      return is_known(right) ? Values{right} : Values{};
    }
    Values all;
    for (int term = 0; term < model_.terms.size(); ++term)
      if (is_known(term) && model_.terms[term].sort == field.sort) all.push_back(term);
    return all;
  }
  /// The memory with `values` over it.
  static Values over(const Node& at, const Values& values) {
    Values all = at.memory;
    for (std::size_t i = 0; i < all.size(); ++i)
      if (values[i] >= 0) all[i] = values[i];
    return all;
  }

  /// All values are there: what the row sends, tells and leaves behind.
  void finish(std::size_t side, const Node& at, const RowOutline& row, Step step, Values values) {
    const Side& one = model_.sides[side];
    step.received.values = values;
    Node to{row.to, at.fresh_count, over(at, values), at.taken};
    if (row.message >= 0)
      for (const FieldOutline* field : fields_of(row.message))
        if (outline().checks(row, *field, RuleOutline::Kind::remembers))
          to.taken.push_back(values[static_cast<std::size_t>(field->slot)]);
    for (const int message : row.sends) {
      Said said{message, Values(slots(), -1)};
      for (const FieldOutline* field : fields_of(message)) {
        const auto slot = static_cast<std::size_t>(field->slot);
        int& value = said.values[slot];
        if (row.says_again) {
          value = at.memory[slot];
        } else if (field->how == wire::How::fresh) {
          if (to.fresh_count == one.fresh_max) {  // the model ends here
            model_.may_rest[side][static_cast<std::size_t>(step.from)] = true;
            return;
          }
          value = model_.terms.atom(one.name + "'s " + words_of(message) + " " +
                                        std::string(field->name) + " " +
                                        std::to_string(++to.fresh_count),
                                    field->sort, false);
        } else {
          value = right_value(*field, one, true, over({0, 0, to.memory, {}}, said.values));
        }
        if (value < 0) return;  // it has nothing to make it of
      }
      to.memory = over(to, said.values);
      step.sent.push_back(std::move(said));
    }
    if (row.runs || row.commits) {
      const int transcript = transcript_of(to.memory);
      if (row.runs) step.running = transcript;
      if (row.commits) step.commit = transcript;
    }
    step.to = node_of(side, std::move(to));
    model_.steps.push_back(std::move(step));
  }
  int transcript_of(const Values& memory) {
    std::vector<int> parts;
    for (const Piece& piece : outline().transcript) parts.push_back(memory[slot_of(piece)]);
    auto& all = model_.transcripts;
    const auto found = std::ranges::find(all, parts);
    const auto index = static_cast<int>(found - all.begin());
    if (found == all.end()) all.push_back(std::move(parts));
    return index;
  }

  // Which slots anything still depends on, by role and state: backwards along the rows.

  void find_live(int role) {
    const RoleOutline& of = outline().roles[role];
    auto& live = live_[role];
    live.assign(of.states.size(), std::vector<bool>(slots()));
    for (bool is_new = true; is_new;) {
      is_new = false;
      for (const RowOutline& row : of.rows) {
        auto uses = live[static_cast<std::size_t>(row.to)];
        add_uses(row, uses);
        auto& before = live[static_cast<std::size_t>(row.from)];
        for (std::size_t slot = 0; slot < slots(); ++slot)
          if (uses[slot] && !before[slot]) before[slot] = is_new = true;
      }
    }
  }
  void add_uses(const RowOutline& row, std::vector<bool>& uses) {
    const auto use = [&](const std::vector<Piece>& pieces) {
      for (const Piece& piece : pieces)
        if (piece.kind == Piece::Kind::field) uses[slot_of(piece)] = true;
    };
    std::vector<int> messages = row.sends;
    if (row.message >= 0) messages.push_back(row.message);
    for (const int message : messages)
      for (const FieldOutline* field : fields_of(message)) use(field->covers);
    if (row.runs || row.commits) use(outline().transcript);
    // What the row itself sets is not from before, unless it says again what was.
    for (const int message : messages)
      for (const FieldOutline* field : fields_of(message))
        uses[static_cast<std::size_t>(field->slot)] = row.says_again;
  }

  Model model_;
  std::vector<std::map<Node, int>> node_numbers_;  // of each side
  std::vector<std::vector<bool>> live_[2];         // of each role, by state and slot
};

}  // namespace detail

/// All that these sides could ever do.
[[nodiscard]] inline Model unfold(Outline outline, std::vector<Side> sides) {
  return detail::Unfolding(std::move(outline), std::move(sides)).unfold();
}

}  // namespace handfast::spec
