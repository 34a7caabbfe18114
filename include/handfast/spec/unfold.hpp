#pragma once

// An outline, some sides and an attacker, unfolded: all that each side could ever do, with whatever
// the attacker could ever know by then. It is more than can happen in one run; which of it can is
// what the model checker finds out.

#include <set>

#include "handfast/spec/flows.hpp"
#include "handfast/spec/live.hpp"

namespace handfast::spec {

namespace detail {

class Unfolding {
 public:
  Unfolding(Outline outline, std::vector<Side> sides) {
    model_.outline = std::move(outline);
    model_.sides = std::move(sides);
    for (int role = 0; role < 2; ++role) live_.emplace_back(model_.outline, making_, role);
  }

  Model unfold() {
    making_.add_what_all_know();
    std::vector<bool>& known = model_.reachable;
    model_.terms.close(known);
    for (;;) {
      const auto before = known;
      const auto written_before = written_.size();
      unfold_once();
      model_.terms.close(known);
      for (const Step& step : model_.steps)
        for (const Said& said : step.sent) {
          for (const int term : model_.on_wire(said)) known[static_cast<std::size_t>(term)] = true;
          if (is_authentic(said.message)) written_.emplace(step.side, said);
        }
      model_.terms.close(known);
      if (known == before && written_.size() == written_before) break;
    }
    for (std::size_t side = 0; outline().has_order() && side < model_.sides.size(); ++side) {
      model_.stored.emplace_back();
      for (const Node& node : model_.nodes[side])
        model_.stored.back().push_back(making_.stored(model_.sides[side], node));
    }
    model_.terms.close(known);
    return std::move(model_);
  }

 private:
  [[nodiscard]] const Outline& outline() const { return model_.outline; }
  [[nodiscard]] bool is_known(int term) const {
    return term >= 0 && static_cast<std::size_t>(term) < model_.reachable.size() &&
           model_.reachable[static_cast<std::size_t>(term)];
  }
  [[nodiscard]] std::size_t slots() const { return static_cast<std::size_t>(outline().slot_count); }
  [[nodiscard]] bool is_authentic(int message) const {
    return outline().messages[static_cast<std::size_t>(message)].is_authentic;
  }
  /// Whether somebody at the other end has written this, on a link where nobody else does.
  [[nodiscard]] bool was_written(std::size_t side, const Said& said) const {
    return std::ranges::any_of(written_, [&](const auto& one) {
      return one.second == said &&
             model_.sides[side].is_joined_to(model_.sides[static_cast<std::size_t>(one.first)]);
    });
  }

  // One pass over all sides, with what is known so far.

  void unfold_once() {
    model_.steps.clear();
    model_.nodes.assign(model_.sides.size(), {});
    model_.may_rest.assign(model_.sides.size(), {});
    node_numbers_.assign(model_.sides.size(), {});
    for (std::size_t side = 0; side < model_.sides.size(); ++side) {
      node_of(side, {0, 0, 0, 0, Values(slots(), -1), {}});
      for (std::size_t node = 0; node < model_.nodes[side].size(); ++node) {
        const Node at = model_.nodes[side][node];  // a copy: more are added
        const RoleOutline& role = model_.role_of(static_cast<int>(side));
        for (std::size_t row = 0; row < role.rows.size(); ++row)
          if (role.rows[row].from == at.state) unfold_row(side, node, at, row);
      }
    }
  }
  int node_of(std::size_t side, Node node) {
    const auto& live = live_[static_cast<std::size_t>(model_.sides[side].role)].at(node.state);
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
    if (row.after >= 0 && at.memory[making_.mark_of(row.after)] < 0) return;
    Step step{static_cast<int>(side),
              static_cast<int>(number),
              static_cast<int>(from),
              0,
              {},
              {},
              -1,
              -1};
    if (row.trigger != Trigger::message && !is_confirmed(model_.sides[side], at, row)) return;
    if (row.trigger == Trigger::message && making_.counts_turns(row.message) &&
        at.turn_count >= turns_max()) {
      model_.may_rest[side][from] = true;  // the model ends here
      return;
    }
    for (const Flow& flow : flows_.of(static_cast<int>(side), row)) {
      step.flow = flow;
      if (row.trigger != Trigger::message) {
        finish(side, at, row, step, Values(slots(), -1));
        continue;
      }
      step.received.message = row.message;
      choose(side, at, row, step, Values(slots(), -1), 0);
    }
  }

  /// Whether all that a command needs to be confirmed was what it must be.
  bool is_confirmed(const Side& side, const Node& at, const RowOutline& row) {
    for (std::size_t m = 0; m < outline().messages.size(); ++m)
      for (const FieldOutline& field : outline().messages[m].fields) {
        const int value = field.slot < 0 ? -1 : at.memory[static_cast<std::size_t>(field.slot)];
        if (value >= 0 && outline().checks(row, field, RuleOutline::Kind::confirmed) &&
            value != making_.right_value(static_cast<int>(m), field, side, false, at.memory) &&
            value != making_.right_value(static_cast<int>(m), field, side, true, at.memory))
          return false;
      }
    return true;
  }
  /// Every way to fill in the fields of the message that `row` takes, from the `index`th on; what
  /// is computed comes last, since it may cover what stands behind it.
  void choose(std::size_t side, const Node& at, const RowOutline& row, Step& step, Values values,
              std::size_t index) {
    const auto order = making_.fields_of(row.message);
    if (index == order.size()) {
      if (!row.says_again && is_again(side, at, row, values)) return;
      if (is_authentic(row.message) && !was_written(side, {row.message, values})) return;
      finish(side, at, row, step, std::move(values));
      return;
    }
    const FieldOutline& field = *order[index];
    for (const int value : candidates(side, at, row, field, values)) {
      const auto taken = std::ranges::find(at.taken, value);
      if (outline().checks(row, field, RuleOutline::Kind::remembers) && taken != at.taken.end())
        continue;
      if (!is_timely(at, row, field, value)) continue;
      if (outline().checks(row, field, RuleOutline::Kind::differs) &&
          value ==
              making_.right_value(row.message, field, model_.sides[side], true, over(at, values)))
        continue;
      Values more = values;
      more[static_cast<std::size_t>(field.slot)] = value;
      choose(side, at, row, step, std::move(more), index + 1);
    }
  }
  /// Whether a number is neither too late nor too early for what was taken.
  [[nodiscard]] bool is_timely(const Node& at, const RowOutline& row, const FieldOutline& field,
                               int value) const {
    const RuleOutline* window = outline().rule(row, field, RuleOutline::Kind::window);
    if (!window) return true;
    int highest = 0;
    for (const int taken : at.taken) highest = std::max(highest, making_.number_of(taken));
    const int ahead = making_.number_of(value) - highest;
    return ahead <= window->ahead_max && -ahead <= window->late_max;
  }
  /// More than all sides could send.
  [[nodiscard]] int turns_max() const {
    int all = 0;
    for (const Side& side : model_.sides) all += side.fresh_max;
    return all;
  }
  /// Whether the values are those that were taken last, where another row of the pair takes them.
  bool is_again(std::size_t side, const Node& at, const RowOutline& row, const Values& values) {
    const auto& rows = model_.role_of(static_cast<int>(side)).rows;
    const auto fields = making_.fields_of(row.message);
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
  Values candidates(std::size_t side, const Node& at, const RowOutline& row,
                    const FieldOutline& field, const Values& values) {
    if (row.says_again) {
      const int last = at.memory[static_cast<std::size_t>(field.slot)];
      return is_known(last) ? Values{last} : Values{};
    }
    if (outline().checks(row, field, RuleOutline::Kind::compares)) {
      const int right =
          making_.right_value(row.message, field, model_.sides[side], false, over(at, values));
      return is_known(right) ? Values{right} : Values{};
    }
    if (field.turns_of >= 0) {
      Values kept;
      for (int i = 0; i < field.turns_kept && i <= at.turn_count; ++i)
        kept.push_back(making_.turn(at.turn_count - i));
      return kept;
    }
    if (field.is_payload() && !row.delivers) return {making_.payload(nullptr)};
    Values all;
    for (int term = 0; term < model_.terms.size(); ++term)
      if ((is_known(term) || field.is_inside) && model_.terms[term].sort == field.sort)
        all.push_back(term);
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
    if (row.message >= 0) note_flow(row, step);
    Node to{row.to,
            at.fresh_count,
            at.sent_count,
            at.given_count,
            row.forgets ? at.memory : over(at, values),
            at.taken,
            at.turn_count};
    if (row.message >= 0 && making_.counts_turns(row.message)) ++to.turn_count;
    if (row.message >= 0)
      for (const FieldOutline* field : making_.fields_of(row.message))
        if (outline().checks(row, *field, RuleOutline::Kind::remembers))
          to.taken.push_back(values[static_cast<std::size_t>(field->slot)]);
    for (const int message : row.sends) {
      Said said{message, Values(slots(), -1)};
      for (const FieldOutline* field : making_.fields_of(message)) {
        const auto slot = static_cast<std::size_t>(field->slot);
        int& value = said.values[slot];
        const bool is_drawn = !row.says_again && is_drawn_now(*field, one, to.memory[slot]);
        const bool is_counted = !row.says_again && is_counted_in(message, *field);
        if ((is_drawn && to.fresh_count == one.fresh_max) ||
            (is_counted && to.sent_count == one.fresh_max)) {  // the model ends here
          model_.may_rest[side][static_cast<std::size_t>(step.from)] = true;
          return;
        }
        if (row.says_again)
          value = at.memory[slot];
        else if (field->turns_of >= 0) {
          value = making_.turn(to.turn_count);
          to.sent_count += is_counted;
        } else if (is_counted)
          value = making_.counted(++to.sent_count);
        else if (is_drawn)
          value = drawn(message, *field, one, ++to.fresh_count);
        else if (field->how == wire::How::public_key && to.memory[slot] >= 0)
          value = to.memory[slot];
        else if (field->is_numbered)
          value = making_.counted(item_of(step).number);
        else if (field->acknowledges)
          value = making_.counted(step.flow.told);
        else if (field->is_inside && outline().stream)
          value = making_.payload(item_of(step).given > 0 ? &one : nullptr, item_of(step).given);
        else if (field->is_inside)
          value = row.gives ? making_.payload(&one, to.given_count += outline().counts())
                            : making_.payload(nullptr);
        else
          value = making_.right_value(message, *field, one, true,
                                      over({0, 0, 0, 0, to.memory, {}}, said.values));
        if (value < 0) return;  // it has nothing to make it of
      }
      if (making_.counts_turns(message)) ++to.turn_count;
      to.memory = over(to, said.values);
      step.sent.push_back(std::move(said));
    }
    if (row.runs || row.commits) {
      const int transcript = transcript_of(one, to.memory);
      if (row.runs) step.running = transcript;
      if (row.commits) step.commit = transcript;
    }
    step.to = node_of(side, std::move(to));
    if (outline().stream && !does_anything(row, step)) return;
    model_.steps.push_back(std::move(step));
  }
  /// Whether a message is counted by this field of it: by its number, or else by the count of its like.
  [[nodiscard]] bool is_counted_in(int message, const FieldOutline& field) const {
    const auto& fields = outline().messages[static_cast<std::size_t>(message)].fields;
    return field.is_counted ||
           (field.turns_of == message && std::ranges::none_of(fields, &FieldOutline::is_counted));
  }
  [[nodiscard]] const Item& item_of(const Step& step) const {
    return model_.items[static_cast<std::size_t>(step.flow.item())];
  }
  /// What a step takes of streams, by the message that it takes.
  void note_flow(const RowOutline& row, Step& step) {
    const MessageOutline& message = outline().messages[static_cast<std::size_t>(row.message)];
    // Of a row that could do something with what is next, the others are for what is not.
    const bool is_idle = detail::has_payload(message) && !row.delivers;
    for (const FieldOutline& field : message.fields)
      for (int number = 1; number <= model_.numbers_max(); ++number) {
        if (is_idle || field.slot < 0 ||
            step.received.values[static_cast<std::size_t>(field.slot)] != making_.counted(number))
          continue;
        if (field.is_numbered) step.flow.taken = number;
        if (field.acknowledges) step.flow.acknowledged = number;
      }
  }
  /// Where streams are, much of what sides take changes nothing that a model has.
  [[nodiscard]] bool does_anything(const RowOutline& row, const Step& step) const {
    return step.from != step.to || !step.sent.empty() || step.flow.is_any() || row.runs ||
           row.commits;
  }
  /// Whether the field is drawn anew: always, or where a key is and the run has none yet.
  bool is_drawn_now(const FieldOutline& field, const Side& side, int before) const {
    if (field.how == wire::How::fresh) return true;
    const KeyOutline* key = field.how == wire::How::public_key ? outline().key(field.key) : nullptr;
    return key && key->kept.empty() && key->role == side.role &&
           (before < 0 || key->is_drawn_each_time);
  }
  int drawn(int message, const FieldOutline& field, const Side& side, int number) {
    const auto words = outline().messages[static_cast<std::size_t>(message)].name;
    const std::string name = side.name + "'s " + std::string(words) + " " +
                             std::string(field.name) + " " + std::to_string(number);
    if (field.how == wire::How::fresh) return model_.terms.atom(name, field.sort, false);
    return model_.terms.public_of(model_.terms.atom(name, "key", false), false);
  }
  int transcript_of(const Side& side, const Values& memory) {
    std::vector<int> parts;
    for (const Piece& piece : outline().transcript)
      parts.push_back(making_.value_of(piece, side, true, memory));
    auto& all = model_.transcripts;
    const auto found = std::ranges::find(all, parts);
    const auto index = static_cast<int>(found - all.begin());
    if (found == all.end()) all.push_back(std::move(parts));
    return index;
  }

  Model model_;
  Making making_{model_};
  Flows flows_{model_};
  std::vector<std::map<Node, int>> node_numbers_;  // of each side
  std::vector<Live> live_;                         // of each role
  std::set<std::pair<int, Said>> written_;         // on links that only both ends write on, by side
};

}  // namespace detail

/// All that these sides could ever do.
[[nodiscard]] inline Model unfold(Outline outline, std::vector<Side> sides) {
  return detail::Unfolding(std::move(outline), std::move(sides)).unfold();
}

}  // namespace handfast::spec
