#pragma once

// A model: sides, all that each could ever do, and the terms that it is about.

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
  // How often it draws something fresh, and how many messages it counts: how many runs it can begin.
  int fresh_max = 1;
  int numbers_max = 0;  // of what it says in its stream, if there is one,
  int given_max = 0;    // and of the application data in it

  /// Whether `other` is at the other end of what this side writes on a link that only both have.
  [[nodiscard]] bool is_joined_to(const Side& other) const {
    return party == other.peer && peer == other.party && role != other.role;
  }
};

/// What is called the application data that a side gives as its `number`th, where it is numbered.
[[nodiscard]] inline std::string payload_name(const Side& side, int number) {
  return side.name + "'s payload " + std::to_string(number);
}

/// Where a side can be: a state, and what it remembers.
struct Node {
  int state = 0;
  int fresh_count = 0;
  int sent_count = 0;       // of the messages that it counts
  int given_count = 0;      // of the application data in them
  std::vector<int> memory;  // terms by slot; -1 for none, or one that nothing depends on any more
  std::vector<int> taken;   // terms that it takes no second time
  int turn_count = 0;       // of the messages that it counts both ways
  auto operator<=>(const Node&) const = default;
};

/// A message with values: terms by slot, -1 for the slots of other messages.
struct Said {
  int message = -1;
  std::vector<int> values;
  auto operator<=>(const Said&) const = default;
};

/// A row with all values that it has in one step.
struct Step {
  int side = 0, row = 0;  // `row` of its role's outline
  int from = 0, to = 0;   // its nodes
  Said received;          // where a message moves it
  std::vector<Said> sent;
  int running = -1, commit = -1;  // the transcript that it tells, as a number
  Flow flow{};
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
  std::vector<int> lasting{};                 // private keys that parties have longer than a run
  std::vector<std::vector<std::vector<int>>>
      stored{};               // keys that each side has at each of its nodes
  std::vector<Item> items{};  // of streams

  /// How far any side comes in its stream.
  [[nodiscard]] int numbers_max() const {
    int most = 0;
    for (const Side& side : sides) most = std::max(most, outline.stream ? side.numbers_max : 0);
    return most;
  }

  [[nodiscard]] const RoleOutline& role_of(int side) const {
    return outline.roles[sides[static_cast<std::size_t>(side)].role];
  }
  [[nodiscard]] const RowOutline& row_of(const Step& step) const {
    return role_of(step.side).rows[static_cast<std::size_t>(step.row)];
  }
  /// The application data in `said`, or -1.
  [[nodiscard]] int payload_in(const Said& said) const {
    for (const FieldOutline& f : outline.messages[static_cast<std::size_t>(said.message)].fields)
      if (f.is_inside && f.slot >= 0) return said.values[static_cast<std::size_t>(f.slot)];
    return -1;
  }
  /// Application data, secret, that is behind a side once it has taken the step.
  [[nodiscard]] std::vector<int> past_by(const Step& step) const {
    std::vector<int> all;
    if (row_of(step).gives)
      for (const Said& said : step.sent) all.push_back(payload_in(said));
    if (row_of(step).delivers) all.push_back(payload_in(step.received));
    std::erase_if(all, [&](int term) { return term < 0 || terms[term].is_public; });
    return all;
  }
  /// The terms of `said` that stand on the wire, each once.
  [[nodiscard]] std::vector<int> on_wire(const Said& said) const {
    std::vector<int> all;
    if (said.message < 0) return all;
    for (const FieldOutline& f : outline.messages[static_cast<std::size_t>(said.message)].fields) {
      const int term = f.slot < 0 || f.is_inside || f.is_unsaid
                           ? -1
                           : said.values[static_cast<std::size_t>(f.slot)];
      if (term >= 0 && std::ranges::find(all, term) == all.end()) all.push_back(term);
    }
    return all;
  }
};

}  // namespace handfast::spec
