#pragma once

// What a side makes of what it has and remembers: the value that each field must have.

#include <cstdlib>

#include "handfast/spec/model.hpp"

namespace handfast::spec::detail {

/// Terms by slot; -1 for none.
using Values = std::vector<int>;

class Making {
 public:
  explicit Making(Model& model) : model_(model) {}

  [[nodiscard]] std::size_t slot_of(const Piece& piece) const {
    return static_cast<std::size_t>(outline().field(piece).slot);
  }
  /// The slot that says whether there was such a message: that of the field of which there are the
  /// fewest values.
  [[nodiscard]] std::size_t mark_of(int message) const {
    const auto fields = fields_of(message);
    const auto inside = std::ranges::find_if(fields, &FieldOutline::is_inside);
    return static_cast<std::size_t>((inside == fields.end() ? fields.front() : *inside)->slot);
  }
  /// The fields of a message that anything depends on; those that are computed come last.
  [[nodiscard]] std::vector<const FieldOutline*> fields_of(int message) const {
    std::vector<const FieldOutline*> order;
    for (const bool computed : {false, true})
      for (const FieldOutline& f : outline().messages[static_cast<std::size_t>(message)].fields)
        if (f.slot >= 0 && is_computed(f.how) == computed) order.push_back(&f);
    return order;
  }

  /// What a field of `message` must be that nobody draws, as `side` or its peer says it; -1 where
  /// something in it is not there.
  int right_value(int message, const FieldOutline& field, const Side& side, bool is_own,
                  const Values& values) {
    if (field.same) return values[slot_of(*field.same)];
    switch (field.how) {
      case wire::How::mac:
        return with_parts(field.is_keyed ? Values{} : Values{key(field.key, side, is_own)},
                          field.covers, side, is_own, values,
                          [&](auto parts) { return terms().mac(std::move(parts), field.sort); });
      case wire::How::signature:
        return with_parts(
            {private_key(field.key, side, values)}, field.covers, side, is_own, values,
            [&](auto parts) { return terms().signature(std::move(parts), field.sort); });
      case wire::How::sealed: return seal(message, field, side, is_own, values);
      case wire::How::public_key: {
        const KeyOutline* one = outline().key(field.key);
        if (!one || one->kept.empty()) return -1;
        const bool is_of_side = is_own != field.is_peers;
        return terms().public_of(lasting(*one, is_of_side ? side.party : side.peer), true);
      }
      default: break;
    }
    if (!field.key.empty()) return key(field.key, side, is_own);
    return own_value(side, field.name, field.sort);
  }
  /// What `piece` is to a side.
  int value_of(const Piece& piece, const Side& side, bool is_own, const Values& values) {
    switch (piece.kind) {
      case Piece::Kind::field: return values[slot_of(piece)];
      case Piece::Kind::named: return own_value(side, piece.name, piece.name);
      case Piece::Kind::constants:
        return terms().atom(std::string(piece.name) + " header", "header", true);
      case Piece::Kind::sender: {
        const RoleOutline& role = outline().roles[is_own ? side.role : 1 - side.role];
        return terms().atom("from " + std::string(role.name), "sender", true);
      }
      case Piece::Kind::agreed: {
        const bool is_with_field = !piece.parts.empty();
        const int one = is_with_field ? lasting(*outline().key(piece.name), side.party)
                                      : private_key(piece.name, side, values);
        const int other = is_with_field ? private_half(values[slot_of(piece.parts[0])])
                                        : private_key(piece.other, side, values);
        return one < 0 || other < 0 ? -1 : terms().agreed(one, other);
      }
      case Piece::Kind::stepped: {
        const std::vector<Piece> from(piece.parts.begin() + 1, piece.parts.end());
        int key = with_parts({}, from, side, is_own, values,
                             [&](auto parts) { return terms().derived(piece.name, parts); });
        const int said = values[slot_of(piece.parts[0])];
        for (int steps = said < 0 || key < 0 || piece.is_kept ? 0 : steps_to(said); steps > 0;
             --steps)
          key = terms().derived(piece.name, {key});
        return said < 0 ? -1 : key;
      }
      case Piece::Kind::shared: return key(piece.name, side, is_own);
      case Piece::Kind::derived: break;
    }
    return with_parts({}, piece.parts, side, is_own, values,
                      [&](auto parts) { return terms().derived(piece.name, std::move(parts)); });
  }
  /// What a field that is counted says in its sender's message of this number.
  int counted(int number) {
    return terms().atom("number " + std::to_string(number), "number", true);
  }
  /// The number that a term says, or 0.
  [[nodiscard]] int number_of(int term) const {
    const std::string& name = model_.terms[term].name;
    constexpr std::string_view mark = "number ";
    return name.starts_with(mark) ? std::atoi(name.c_str() + mark.size()) : 0;
  }
  /// How often a key has moved before the message of which the term is the number or the count.
  [[nodiscard]] int steps_to(int term) const {
    const std::string& name = model_.terms[term].name;
    constexpr std::string_view mark = "turn ";
    return name.starts_with(mark) ? std::atoi(name.c_str() + mark.size()) : number_of(term) - 1;
  }
  /// The keys that a side has when it is somewhere: those of the next message each way, what those
  /// come from, and those of messages that it still takes.
  Values stored(const Side& side, const Node& at) {
    Values all;
    const RoleOutline& role = outline().roles[side.role];
    for (std::size_t m = 0; m < outline().messages.size(); ++m) {
      const auto is_one = [&](const RowOutline& row) { return row.message == static_cast<int>(m); };
      const bool is_taken = std::ranges::any_of(role.rows, is_one);
      const bool is_said = std::ranges::any_of(role.rows, [&](const RowOutline& row) {
        return std::ranges::find(row.sends, static_cast<int>(m)) != row.sends.end();
      });
      for (const FieldOutline* field : fields_of(static_cast<int>(m)))
        if (field->how == wire::How::sealed) {
          if (is_said) store(field->covers[0], side, true, at, all);
          if (is_taken) store(field->covers[0], side, false, at, all);
        }
    }
    std::ranges::sort(all);
    all.erase(std::unique(all.begin(), all.end()), all.end());
    if (!all.empty() && all[0] < 0) all.erase(all.begin());
    return all;
  }
  /// So many messages went before.
  int turn(int count) { return terms().atom("turn " + std::to_string(count), "turn", true); }
  /// Whether any field is a count of messages with this index.
  [[nodiscard]] bool counts_turns(int message) const {
    return std::ranges::any_of(outline().messages, [&](const MessageOutline& m) {
      return std::ranges::any_of(m.fields, [&](const FieldOutline& f) {
        return f.slot >= 0 && f.turns_of >= 0 && f.turns_of == message;
      });
    });
  }
  /// Application data that a side gives, or none. Where messages are numbered, so is what is given.
  int payload(const Side* side, int number = 0) {
    if (!side) return terms().atom("nothing", "nothing", true);
    return terms().atom(
        outline().counts() ? payload_name(*side, number) : side->name + "'s payload", "payload",
        false);
  }
  int own_value(const Side& side, std::string_view name, std::string_view sort) {
    const auto found = side.own.find(name);
    const std::string value(found == side.own.end() ? "" : ":" + found->second);
    return terms().atom(std::string(name) + value, sort, true);
  }

  /// What the attacker has before anybody has said anything: bytes and a key of his own, and all
  /// that is no secret.
  void add_what_all_know() {
    for (int number = 1; number <= model_.numbers_max(); ++number) counted(number);
    if (!outline().keys.empty())
      terms().public_of(terms().atom("attacker's key", "key", true), true);
    for (const KeyOutline& one : outline().keys)
      for (const Side& side : model_.sides)
        if (!one.kept.empty())
          for (const auto& party : {side.party, side.peer})
            if (one.is_said() || (one.role == side.role) == (party == side.party))
              terms().public_of(lasting(one, party), true);
    for (const MessageOutline& m : outline().messages)
      for (const FieldOutline& f : m.fields) {
        if (f.slot < 0) continue;
        const bool is_anything = f.how == wire::How::mac || f.how == wire::How::signature;
        if (f.is_payload())
          terms().atom("attacker's payload", "payload", true);
        else if (f.is_inside)
          continue;
        else if (f.how == wire::How::fresh || is_anything)
          terms().atom("attacker's " + (is_anything ? f.sort : std::string(f.name)), f.sort, true);
        else if (f.is_counted)
          for (const Side& side : model_.sides)
            for (int number = 1; number <= side.fresh_max; ++number) counted(number);
        else if (f.turns_of < 0 && f.key.empty() && !f.same && f.how != wire::How::sealed)
          for (const Side& side : model_.sides) own_value(side, f.name, f.sort);
        if (f.how == wire::How::open)
          terms().atom("attacker's " + std::string(f.name), f.sort, true);
      }
  }

 private:
  /// What of the key of a message is stored.
  void store(const Piece& key, const Side& side, bool is_own, const Node& at, Values& all) {
    const Piece* moving = moving_in(key);
    if (!moving) return all.push_back(value_of(key, side, is_own, at.memory));
    Values values = at.memory;
    int& said = values[slot_of(moving->parts[0])];
    const FieldOutline& field = outline().field(moving->parts[0]);
    if (field.turns_of >= 0) {
      for (int i = 0; i <= at.turn_count && i < (is_own ? 1 : field.turns_kept); ++i) {
        said = turn(at.turn_count - i);
        all.push_back(value_of(*moving, side, is_own, values));
      }
      return;
    }
    int highest = is_own ? at.sent_count : 0;
    for (const int taken : at.taken)
      if (!is_own) highest = std::max(highest, number_of(taken));
    said = counted(highest + 1);
    all.push_back(value_of(*moving, side, is_own, values));
    for (int number = 1; !is_own && number < highest; ++number) {
      said = counted(number);
      const bool is_kept =
          std::ranges::find(at.taken, said) == at.taken.end() &&
          std::ranges::any_of(outline().rules, [&](const RuleOutline& rule) {
            return rule.kind == RuleOutline::Kind::window && highest - number <= rule.late_max;
          });
      if (is_kept) all.push_back(value_of(key, side, is_own, values));
    }
  }
  [[nodiscard]] static const Piece* moving_in(const Piece& piece) {
    if (piece.kind == Piece::Kind::stepped) return &piece;
    for (const Piece& part : piece.parts)
      if (const Piece* found = moving_in(part)) return found;
    return nullptr;
  }
  [[nodiscard]] const Outline& outline() const { return model_.outline; }
  [[nodiscard]] Terms& terms() { return model_.terms; }

  /// The private key called `name` that takes part in a run of `side`: its own, or the one behind
  /// what stands where the peer says its public half.
  int private_key(std::string_view name, const Side& side, const Values& values) {
    const KeyOutline& one = *outline().key(name);
    if (one.role == side.role && !one.kept.empty()) return lasting(one, side.party);
    if (!one.is_said()) return lasting(one, side.peer);
    return private_half(values[slot_of(one.stands)]);
  }
  /// The private key behind a public one, or -1.
  [[nodiscard]] int private_half(int said) const {
    if (said < 0 || model_.terms[said].operation != Operation::public_of) return -1;
    return model_.terms[said].parts[0];
  }
  int lasting(const KeyOutline& key, const std::string& party) {
    const int term = terms().atom(std::string(key.kept) + " of " + party, "key", key.is_leaked);
    if (std::ranges::find(model_.lasting, term) == model_.lasting.end())
      model_.lasting.push_back(term);
    return term;
  }
  /// A key that both have beforehand.
  int key(std::string_view name, const Side& side, bool is_own) {
    std::string text = std::string(name) + " of " + (is_own ? side.party : side.peer);
    for (const std::string_view of : outline().keys_name)
      text += ", " + model_.terms[own_value(side, of, of)].name;
    return terms().atom(text, "key", false);
  }
  int seal(int message, const FieldOutline& field, const Side& side, bool is_own,
           const Values& values) {
    Values inside;
    for (const FieldOutline& f : outline().messages[static_cast<std::size_t>(message)].fields)
      if (f.is_inside) inside.push_back(values[static_cast<std::size_t>(f.slot)]);
    const auto held = std::ranges::count_if(field.covers, &Piece::is_inside);
    const bool is_stream = std::ranges::any_of(field.covers, &Piece::is_nonce);
    return with_parts({}, field.covers, side, is_own, values, [&](auto parts) {
      parts.insert(parts.end(), inside.begin(), inside.end());
      return terms().sealed(std::move(parts), inside.size() + static_cast<std::size_t>(held),
                            field.sort, is_stream);
    });
  }
  template <class Make>
  int with_parts(Values parts, const std::vector<Piece>& pieces, const Side& side, bool is_own,
                 const Values& values, const Make& make) {
    for (const Piece& piece : pieces) parts.push_back(value_of(piece, side, is_own, values));
    return std::ranges::find(parts, -1) == parts.end() ? make(std::move(parts)) : -1;
  }

  Model& model_;
};

}  // namespace handfast::spec::detail
