#pragma once

// What a model can be asked, and which of that a protocol's outline gives it.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "handfast/spec/outline.hpp"

namespace handfast::spec {

/// What a model is asked; all but the last four of a role, and those before `taken_once` about
/// each of its commitments.
struct Question {
  enum class Kind : std::uint8_t {
    aliveness,    // the peer is there: it has said something, to whomever, in whichever role
    counterpart,  // the peer is running in the other role, with the teller, in the same session
    agreement,    // and has the same transcript
    injectivity,  // and no two commitments of the role are to one transcript
    completion,   // there are none: that this is broken shows that the others mean something
    taken_once,   // no side of the role takes one `message` twice, told by fresh values and numbers
    data,         // application data that a side takes was given by its peer, in the other role
    data_once,    // and none that was given once is taken twice
    in_order,     // nor before what was given before it
    none_lost,    // what a side does not keep any more its peer has taken; where it is told an end
                  // without fault, each has taken all that the other one gave
    in_step,      // application data that its peer says a side can take at once, whatever was lost
    any_order,    // and as long as it has not taken it, whatever it has taken or said meanwhile
    past_secrecy,  // who has recorded all, and then gets what a side has by now, learns no application
                   // data that it has taken or said before
    secrecy,       // the attacker learns no key, and no application data of a side's
    no_deadlock,      // no side waits for a message and nothing else, where no run may stop
    forward_secrecy,  // nor does who has recorded all, and comes by the keys that parties keep
    nonce_once,       // no two pieces of application data are sealed under one key and nonce
  };
  Kind kind{};
  int role = 0;
  int message = -1;

  [[nodiscard]] constexpr bool is_of_role() const { return kind <= Kind::past_secrecy; }
  [[nodiscard]] std::string name(const Outline& outline) const {
    constexpr std::string_view names[] = {
        "aliveness",    "counterpart", "agreement",   "injectivity",     "completion", "taken_once",
        "data",         "data_once",   "in_order",    "none_lost",       "in_step",    "any_order",
        "past_secrecy", "secrecy",     "no_deadlock", "forward_secrecy", "nonce_once"};
    std::string text(names[static_cast<std::size_t>(kind)]);
    if (is_of_role()) text += "_" + std::string(outline.roles[role].name);
    if (kind == Kind::taken_once)
      text += "_" + std::string(outline.messages[static_cast<std::size_t>(message)].name);
    return text;
  }
};

/// All questions that an outline can be asked.
[[nodiscard]] inline std::vector<Question> questions(const Outline& outline) {
  using Kind = Question::Kind;
  std::vector<Question> all;
  for (int role = 0; role < 2; ++role) {
    const RoleOutline& of = outline.roles[role];
    if (of.commits())
      for (const Kind kind : {Kind::aliveness, Kind::counterpart, Kind::agreement,
                              Kind::injectivity, Kind::completion})
        all.push_back({kind, role, -1});
    for (std::size_t m = 0; m < outline.messages.size(); ++m) {
      const bool is_taken = std::ranges::any_of(of.rows, [&](const RowOutline& row) {
        return row.message == static_cast<int>(m) && !row.says_again;
      });
      const bool is_fresh =
          std::ranges::any_of(outline.messages[m].fields, &FieldOutline::is_new_each_time);
      if (is_taken && is_fresh) all.push_back({Kind::taken_once, role, static_cast<int>(m)});
    }
    // Without their numbers a message that comes back to who said it is like any other.
    if (of.delivers() && outline.counts())
      for (const Kind kind : {Kind::data, Kind::data_once}) all.push_back({kind, role, -1});
    if (of.delivers() && outline.has_order())
      for (const Kind kind : {Kind::in_step, Kind::any_order, Kind::past_secrecy})
        all.push_back({kind, role, -1});
    if (outline.stream)
      for (const Kind kind : {Kind::in_order, Kind::none_lost}) all.push_back({kind, role, -1});
  }
  all.push_back({Kind::secrecy});
  all.push_back({Kind::no_deadlock});
  const bool is_kept =
      std::ranges::any_of(outline.keys, [](const KeyOutline& key) { return !key.kept.empty(); });
  if (is_kept) all.push_back({Kind::forward_secrecy});
  if (outline.counts_nonces()) all.push_back({Kind::nonce_once});
  return all;
}

}  // namespace handfast::spec
