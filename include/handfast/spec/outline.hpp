#pragma once

// A protocol in numbers and names: both tables and all layouts as a model needs them. Plain data,
// so that a test can take a check away and see what that costs.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "handfast/core/graph.hpp"
#include "handfast/spec/stream.hpp"
#include "handfast/wire/made.hpp"

namespace handfast::spec {

/// A part of what a MAC covers, of what goes into a key, or of what a run is known by.
struct Piece {
  enum class Kind : std::uint8_t {
    field,      // `field` of `message`
    constants,  // what is the same in every `message`: its header, its type
    named,      // a value that both have beside the messages
    sender,     // which role says it
    agreed,     // of the keys `name` and `other`; or of `name` and what stands in `parts`, a field
    derived,    // from `parts`, and called `name`
    stepped,    // from all `parts` but the first, and as often from itself as that field says
    shared,     // a key that both have beforehand, its sender's
  };
  Kind kind = Kind::field;
  int message = -1;  // index in `Outline::messages`
  int field = -1;    // index in its `fields`
  std::string_view name;
  std::string_view other{};
  std::vector<Piece> parts{};
  bool is_nonce = false;   // of a seal whose cipher is a stream
  bool is_inside = false;  // in a seal: not covered, but sealed
  bool is_kept = false;    // what is stepped takes no step
  bool operator==(const Piece&) const = default;

  /// Calls `visit` with each piece that is made of no other.
  template <class Pieces, class Visit>
  static void for_each(Pieces& pieces, const Visit& visit) {
    for (auto& piece : pieces) {
      if (!piece.parts.empty())
        for_each(piece.parts, visit);
      else
        visit(piece);
    }
  }
};

/// A private key of one role, whose public half stands in a field.
struct KeyOutline {
  std::string_view name;  // as layouts have it
  std::string_view kept;  // what a party calls it, in whichever role; empty where it is drawn
  int role = 0;           // whose it is
  Piece stands{};         // where its public half is said
  bool is_leaked = false;
  bool is_drawn_each_time = false;  // with each message that says its public half

  /// Whether its public half is said, and not known before.
  [[nodiscard]] bool is_said() const { return stands.message >= 0; }
};

/// A field that is not the same in every message.
struct FieldOutline {
  std::string_view name;
  wire::How how{};
  std::string sort;      // values of one sort may stand for each other
  std::string_view key;  // of a MAC: the name of its key; of a plain field: the key that it is
  std::vector<Piece> covers{};  // of a MAC, of a signature; of what is sealed the key comes first
  int slot = -1;           // where it stands in a side's memory; -1 where nothing depends on it
  bool is_inside = false;  // a seal of the message, and not on the wire
  std::optional<Piece> same{};  // as which other field it is said
  bool is_keyed = false;     // of a MAC: its key is derived, and comes first among what it covers
  bool is_counted = false;   // it says which message of its sender's this is
  bool is_peers = false;     // a public key: not of who says it, but of its peer
  bool is_unsaid = false;    // it is sealed with, and does not stand on the wire
  int turns_of = -1;         // it is how many messages with this index its side has sent and taken,
  int turns_kept = 1;        // and the last so many counts are as good
  bool is_numbered = false;  // it says which in its sender's stream this is
  bool acknowledges = false;  // it says up to which all was taken of its receiver's

  /// Whether there is application data in it that nobody can read who cannot open the message.
  [[nodiscard]] bool is_payload() const {
    return is_inside && slot >= 0 && how == wire::How::payload;
  }

  /// Whether no two messages of one sender's have the same value there.
  [[nodiscard]] bool is_new_each_time() const {
    return slot >= 0 && (how == wire::How::fresh || is_counted);
  }
};

struct MessageOutline {
  std::string_view name;
  std::vector<FieldOutline> fields;  // in the layout's order
  bool is_authentic = false;         // nobody but both ends writes on its link; all can read there
};

/// Whether a field is computed from others, and so comes after them.
[[nodiscard]] constexpr bool is_computed(wire::How how) {
  return how == wire::How::mac || how == wire::How::signature || how == wire::How::sealed;
}

/// A rule that looks at a field.
struct RuleOutline {
  enum class Kind : std::uint8_t {
    compares,   // the field is what it must be, by the layout and what the side knows
    remembers,  // the field has not had this value before
    differs,    // the field is not the side's own
    confirmed,  // the field was, in the message that came before, what it must be: of a command
    window,     // the number is not too far from the highest that was taken
  };
  Kind kind = Kind::compares;
  std::string_view rule;
  std::string_view field;
  int late_max = 0, ahead_max = 0;  // of a window
};

struct RowOutline {
  int from = 0, to = 0;  // indices in `RoleOutline::states`
  Trigger trigger{};
  std::string_view on;     // the name of the message, command or timer
  int message = -1;        // the same as an index in `Outline::messages`, if it is one
  std::vector<int> sends;  // indices in `Outline::messages`
  std::vector<std::string_view> tells, rules;
  bool runs = false, commits = false;    // tells `Running`, tells `Commit`
  bool says_again = false;               // takes only what was taken last, and says the same again
  bool gives = false, delivers = false;  // application data: what it sends has some, what it takes
  int after = -1;                        // not before a message with this index was sent or taken
  bool forgets = false;                  // what it takes leaves nothing behind
  bool closes = false;                   // tells `Closed`
};

struct RoleOutline {
  std::string_view name;
  std::vector<std::string_view> states;
  std::vector<bool> ends;  // where a run may stop
  std::vector<RowOutline> rows;

  [[nodiscard]] bool commits() const {
    return std::ranges::any_of(rows, [](const RowOutline& row) { return row.commits; });
  }
  [[nodiscard]] bool delivers() const {
    return std::ranges::any_of(rows, [](const RowOutline& row) { return row.delivers; });
  }
};

struct Outline {
  std::vector<MessageOutline> messages;  // of both roles
  RoleOutline roles[2];
  std::vector<RuleOutline> rules;
  std::vector<Piece> transcript;              // what a run is known by
  std::vector<std::string_view> keys_name{};  // values of the session that its keys depend on
  std::vector<std::string> left_out{};        // what the model does not have, a sentence each
  int slot_count = 0;
  std::vector<KeyOutline> keys{};  // that agree or sign
  std::optional<StreamOutline> stream{};

  /// Whether messages say which of their sender's they are, or are sealed with something new.
  [[nodiscard]] bool counts() const {
    if (stream) return true;
    const auto is_new = [&](const Piece& piece) {
      return piece.kind == Piece::Kind::field && field(piece).is_new_each_time();
    };
    return std::ranges::any_of(messages, [&](const MessageOutline& message) {
      return std::ranges::any_of(message.fields, [&](const FieldOutline& one) {
        return one.is_counted || one.turns_of >= 0 ||
               (one.how == wire::How::sealed && std::ranges::any_of(one.covers, is_new));
      });
    });
  }
  /// Whether it says what a side still takes where messages are lost or late.
  [[nodiscard]] bool has_order() const {
    return std::ranges::any_of(
               rules,
               [](const RuleOutline& rule) { return rule.kind == RuleOutline::Kind::window; }) ||
           std::ranges::any_of(messages, [](const MessageOutline& message) {
             return std::ranges::any_of(message.fields, &FieldOutline::is_unsaid);
           });
  }
  /// Whether nonces are counted.
  [[nodiscard]] bool counts_nonces() const {
    const auto is_one = [&](const Piece& piece) {
      return piece.is_nonce && (field(piece).is_counted || field(piece).turns_of >= 0);
    };
    return std::ranges::any_of(messages, [&](const MessageOutline& message) {
      return std::ranges::any_of(message.fields, [&](const FieldOutline& one) {
        return std::ranges::any_of(one.covers, is_one);
      });
    });
  }
  [[nodiscard]] const KeyOutline* key(std::string_view name) const {
    const auto found = std::ranges::find(keys, name, &KeyOutline::name);
    return found == keys.end() ? nullptr : &*found;
  }
  [[nodiscard]] const FieldOutline& field(const Piece& piece) const {
    return messages[static_cast<std::size_t>(piece.message)]
        .fields[static_cast<std::size_t>(piece.field)];
  }
  [[nodiscard]] FieldOutline& field(std::string_view message, std::string_view name) {
    for (MessageOutline& m : messages)
      for (FieldOutline& f : m.fields)
        if (m.name == message && f.name == name) return f;
    static FieldOutline none;
    return none = {};
  }
  /// Whether `row` refuses a message by what stands in the field, and how.
  [[nodiscard]] bool checks(const RowOutline& row, const FieldOutline& field,
                            RuleOutline::Kind kind) const {
    return rule(row, field, kind) != nullptr;
  }
  [[nodiscard]] const RuleOutline* rule(const RowOutline& row, const FieldOutline& field,
                                        RuleOutline::Kind kind) const {
    const auto found = std::ranges::find_if(rules, [&](const RuleOutline& rule) {
      return rule.kind == kind && rule.field == field.name &&
             std::ranges::find(row.rules, rule.rule) != row.rules.end();
    });
    return found == rules.end() ? nullptr : &*found;
  }

  /// Gives a slot to each field that a MAC, a rule or the transcript depends on, and to no other.
  void place_fields() {
    for (MessageOutline& m : messages)
      for (FieldOutline& f : m.fields) f.slot = -1;
    std::vector<Piece> needed;
    const auto need = [&](const std::vector<Piece>& pieces) {
      Piece::for_each(pieces, [&](const Piece& piece) {
        needed.push_back(piece);
        if (piece.kind == Piece::Kind::agreed)
          for (const auto& name : {piece.name, piece.other}) needed.push_back(key(name)->stands);
      });
    };
    need(transcript);
    for (std::size_t m = 0; m < messages.size(); ++m)
      if (is_used(static_cast<int>(m)))
        for (const FieldOutline& f : messages[m].fields) {
          need(f.covers);
          if (f.same) needed.push_back(*f.same);
          if (f.how == wire::How::signature) needed.push_back(key(f.key)->stands);
        }
    slot_count = 0;
    for (std::size_t m = 0; m < messages.size(); ++m)
      for (std::size_t f = 0; is_used(static_cast<int>(m)) && f < messages[m].fields.size(); ++f) {
        FieldOutline& field = messages[m].fields[f];
        const bool is_needed = std::ranges::any_of(needed, [&](const Piece& piece) {
          return piece.kind == Piece::Kind::field && piece.message == static_cast<int>(m) &&
                 piece.field == static_cast<int>(f);
        });
        const bool is_part = field.is_inside || field.how == wire::How::sealed;
        if (is_needed || is_part || is_checked(static_cast<int>(m), field))
          field.slot = slot_count++;
      }
  }

 private:
  /// Whether anybody says or takes it.
  [[nodiscard]] bool is_used(int message) const {
    return std::ranges::any_of(roles, [&](const RoleOutline& role) {
      return std::ranges::any_of(role.rows, [&](const RowOutline& row) {
        return row.message == message || std::ranges::find(row.sends, message) != row.sends.end();
      });
    });
  }
  [[nodiscard]] bool is_checked(int message, const FieldOutline& field) const {
    for (const RoleOutline& role : roles)
      for (const RowOutline& row : role.rows)
        if (row.message == message && (checks(row, field, RuleOutline::Kind::compares) ||
                                       checks(row, field, RuleOutline::Kind::remembers) ||
                                       checks(row, field, RuleOutline::Kind::window) ||
                                       checks(row, field, RuleOutline::Kind::differs)))
          return true;
    return false;
  }
};

}  // namespace handfast::spec
