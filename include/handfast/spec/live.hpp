#pragma once

// Which slots of a side's memory anything still depends on: all others are forgotten, so that sides
// are in one place wherever they can do the same.

#include "handfast/spec/making.hpp"

namespace handfast::spec::detail {

/// Of one role, by state and slot: backwards along the rows.
class Live {
 public:
  Live(const Outline& outline, const Making& making, int role)
      : outline_(outline), making_(making), role_(role), slots_(count()) {
    const RoleOutline& of = outline_.roles[role_];
    live_.assign(of.states.size(), std::vector<bool>(slots_));
    for (bool is_new = true; is_new;) {
      is_new = false;
      for (const RowOutline& row : of.rows) {
        auto uses = live_[static_cast<std::size_t>(row.to)];
        add_uses(row, uses);
        auto& before = live_[static_cast<std::size_t>(row.from)];
        for (std::size_t slot = 0; slot < slots_; ++slot)
          if (uses[slot] && !before[slot]) before[slot] = is_new = true;
      }
    }
  }
  [[nodiscard]] const std::vector<bool>& at(int state) const {
    return live_[static_cast<std::size_t>(state)];
  }

 private:
  [[nodiscard]] std::size_t count() const { return static_cast<std::size_t>(outline_.slot_count); }

  void add_uses(const RowOutline& row, std::vector<bool>& uses) const {
    std::vector<int> messages = row.sends;
    if (row.message >= 0) messages.push_back(row.message);
    for (const int message : messages)
      for (const FieldOutline* field : making_.fields_of(message)) {
        use(field->covers, uses);
        if (field->same) uses[making_.slot_of(*field->same)] = true;
        if (field->how == wire::How::signature) use_key(field->key, uses);
      }
    if (row.runs || row.commits) use(outline_.transcript, uses);
    // What the row itself sets is not from before, unless it says again what was.
    for (const int message : messages)
      for (const FieldOutline* field : making_.fields_of(message))
        if (!row.forgets || message != row.message)
          uses[static_cast<std::size_t>(field->slot)] = row.says_again;
    for (const int message : row.sends)
      for (const FieldOutline* field : making_.fields_of(message))
        if (field->how == wire::How::public_key && !is_drawn_each_time(*field))
          uses[static_cast<std::size_t>(field->slot)] = true;
    if (row.after >= 0) uses[making_.mark_of(row.after)] = true;
    for (const RuleOutline& rule : outline_.rules)
      if (rule.kind == RuleOutline::Kind::confirmed &&
          std::ranges::find(row.rules, rule.rule) != row.rules.end())
        for (const MessageOutline& message : outline_.messages)
          for (const FieldOutline& field : message.fields)
            if (field.name == rule.field && field.slot >= 0)
              uses[static_cast<std::size_t>(field.slot)] = true;
  }
  void use(const std::vector<Piece>& pieces, std::vector<bool>& uses) const {
    Piece::for_each(pieces, [&](const Piece& piece) {
      if (piece.kind == Piece::Kind::field) uses[making_.slot_of(piece)] = true;
      if (piece.kind == Piece::Kind::agreed)
        for (const auto& name : {piece.name, piece.other}) use_key(name, uses);
    });
  }
  void use_key(std::string_view name, std::vector<bool>& uses) const {
    const KeyOutline& key = *outline_.key(name);
    if (key.is_said()) uses[making_.slot_of(key.stands)] = true;
  }
  [[nodiscard]] bool is_drawn_each_time(const FieldOutline& field) const {
    const KeyOutline* key = outline_.key(field.key);
    return key && key->is_drawn_each_time;
  }

  const Outline& outline_;
  const Making& making_;
  int role_;
  std::size_t slots_;
  std::vector<std::vector<bool>> live_;
};

}  // namespace handfast::spec::detail
