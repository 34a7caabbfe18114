#pragma once

// What SPIN is asked: a case is a protocol in a profile with some sides, and a verdict that is
// expected to each question. A weakening is a case with something taken away, in the model and in
// the machines, so that one of its verdicts is the other one.

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "handfast/spec/promela.hpp"
#include "handfast/testing/replay.hpp"

namespace model {

using handfast::spec::Model;
using handfast::spec::Outline;
using handfast::spec::Question;
using handfast::spec::Side;
using handfast::testing::Actor;
using handfast::testing::Value;

/// What the machines of a replay are made of.
struct Stage {
  std::function<std::unique_ptr<Actor>(const Side&)> actor;
  std::function<Value(std::string_view)> own;  // the bytes of what a side simply has, by its name
  handfast::testing::Apply apply{};            // what the attacker makes of what he has
};

struct Weakening {
  std::string name;
  std::string question;  // that it breaks
  std::function<void(Outline&)> change;
  std::vector<bool*> switches{};  // the same change in the machines,
  std::optional<Stage>
      stage{};                // or other machines; where there is neither, it is the model's only
  std::vector<Side> sides{};  // fewer than the case has, where what is weakened would be too much
};

struct Case {
  std::string name;
  std::string claims;  // the numbers of the document's claims that it decides
  std::function<Outline()> outline;
  std::vector<Side> sides;
  std::vector<std::string> fails;  // the questions whose answer is that it fails; all others hold
  Stage stage;
  std::vector<Weakening> weakenings{};

  bool grows = false;  // with more fresh values a side, too, what holds must hold

  [[nodiscard]] Model unfolded(const Weakening* weakening = nullptr, int more_fresh = 0) const {
    Outline changed = outline();
    if (weakening) weakening->change(changed);
    changed.place_fields();
    auto all = weakening && !weakening->sides.empty() ? weakening->sides : sides;
    for (Side& side : all) side.fresh_max += more_fresh;
    return handfast::spec::unfold(std::move(changed), std::move(all));
  }
};

/// Of one protocol; each is in a source of its own.
[[nodiscard]] std::vector<Case> rehandshake_cases();
[[nodiscard]] std::vector<Case> stdio_cases();
[[nodiscard]] std::vector<Case> x3dh_cases();

// What weakenings are made of.

/// Takes `rule` away from the rows of a role on a message.
inline void drop_rule(Outline& outline, std::string_view message, std::string_view rule) {
  for (auto& role : outline.roles)
    for (auto& row : role.rows)
      if (row.on == message) std::erase(row.rules, rule);
}
/// Takes what is called `piece` out of what is covered or goes into a key.
inline void drop_pieces(std::vector<handfast::spec::Piece>& pieces, std::string_view piece) {
  for (auto& one : pieces) drop_pieces(one.parts, piece);
  std::erase_if(pieces, [&](const auto& one) { return one.name == piece || one.other == piece; });
}
/// Takes what is called `piece` out of what a field covers.
inline void drop_covered(Outline& outline, std::string_view message, std::string_view field,
                         std::string_view piece) {
  drop_pieces(outline.field(message, field).covers, piece);
}
/// Takes all of another message out of what a MAC covers.
inline void drop_message(Outline& outline, std::string_view message, std::string_view field,
                         std::string_view other) {
  std::erase_if(outline.field(message, field).covers, [&](const handfast::spec::Piece& one) {
    return one.message >= 0 &&
           outline.messages[static_cast<std::size_t>(one.message)].name == other;
  });
}
/// Takes what is called `piece` out of all that MACs cover.
inline void drop_covered(Outline& outline, std::string_view piece) {
  for (const auto& message : outline.messages)
    for (const auto& field : message.fields) drop_covered(outline, message.name, field.name, piece);
}
/// No message has the field, in which `key` stands.
inline void drop_field(Outline& outline, std::string_view field, std::string_view key) {
  drop_pieces(outline.transcript, field);
  for (auto& message : outline.messages)
    for (auto& one : message.fields) {
      drop_pieces(one.covers, field);
      drop_pieces(one.covers, key);
      if (one.name == field) one.same.reset();
    }
  std::erase_if(outline.rules, [&](const auto& rule) { return rule.field == field; });
}
/// What was drawn anew each time is always the same.
inline void always_same(Outline& outline, std::string_view message, std::string_view field) {
  outline.field(message, field).how = handfast::wire::How::plain;
}
/// A field is a key as it is.
inline void give_away(Outline& outline, std::string_view message, std::string_view field,
                      std::string_view key) {
  handfast::spec::FieldOutline& one = outline.field(message, field);
  one.how = handfast::wire::How::plain;
  one.key = key;
}
/// Takes a timer away from a role.
inline void drop_timer(Outline& outline, std::string_view timer) {
  for (auto& role : outline.roles)
    std::erase_if(role.rows,
                  [&](const handfast::spec::RowOutline& row) { return row.on == timer; });
}

}  // namespace model
