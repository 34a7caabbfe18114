#pragma once

// What is taken away from a protocol's outline, so that something which held does not hold any more.

#include "handfast/spec/outline.hpp"

namespace handfast::spec {

/// Takes `rule` away from the rows of a role on a message.
inline void drop_rule(Outline& outline, std::string_view message, std::string_view rule) {
  for (auto& role : outline.roles)
    for (auto& row : role.rows)
      if (row.on == message) std::erase(row.rules, rule);
}
/// Takes what is called `piece` out of what is covered or goes into a key.
inline void drop_pieces(std::vector<Piece>& pieces, std::string_view piece) {
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
  std::erase_if(outline.field(message, field).covers, [&](const Piece& one) {
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
  outline.field(message, field).how = wire::How::plain;
}
/// A field is a key as it is.
inline void give_away(Outline& outline, std::string_view message, std::string_view field,
                      std::string_view key) {
  FieldOutline& one = outline.field(message, field);
  one.how = wire::How::plain;
  one.key = key;
}
/// Keys that move do not.
inline void keep_keys(std::vector<Piece>& pieces) {
  for (Piece& one : pieces) {
    keep_keys(one.parts);
    one.is_kept = one.kind == Piece::Kind::stepped;
  }
}
inline void keep_keys(Outline& outline) {
  for (auto& message : outline.messages)
    for (auto& field : message.fields) keep_keys(field.covers);
}
/// Takes a timer away from a role.
inline void drop_timer(Outline& outline, std::string_view timer) {
  for (auto& role : outline.roles)
    std::erase_if(role.rows, [&](const RowOutline& row) { return row.on == timer; });
}

}  // namespace handfast::spec
