#pragma once

// The state-event matrix of a role against what its machine does: every message that its peer can
// seal, every command, every timer, tried in a place.

#include <set>

#include "handfast/testing/findings.hpp"

namespace handfast::testing {

/// The pairs of state and event that have moved a row somewhere in the matrix.
using PairsMoved = std::set<std::tuple<int, Trigger, int>>;

namespace detail {

/// Holds what was moved by event `on` to the table: one row of that pair, or a refusal that
/// changed nothing.
inline void check_event(const Place& place, Party& after, const Caused& caused, const Kept& before,
                        Trigger trigger, int on, const std::string& name, Findings& findings,
                        PairsMoved& moved) {
  ++findings.tried;
  const RoleFacts& facts = place.party->facts();
  const int state = place.party->state_index();
  if (caused.broken) return findings.add(place, name + ": " + *caused.broken);
  if (caused.rows.size() > 1) return findings.add(place, name + " took more than one row");
  if (caused.rows.empty()) {
    if (!is_inert(caused, after, before) &&
        !(trigger == Trigger::message && facts.treatment(state, on) == Treatment::ignored))
      findings.add(place, name + " changed something without a row");
    return;
  }
  const Edge& row = facts.table.edges[caused.rows[0]];
  if (row.from != state || row.trigger != trigger || row.on != on || row.to != after.state_index())
    return findings.add(place, name + " took a row of another pair");
  moved.emplace(state, trigger, on);
}

}  // namespace detail

/// Every message that the genuine peer can seal, with ordinary content and at every edge.
inline void check_messages(const Place& place, Findings& findings, PairsMoved& moved) {
  const RoleFacts& facts = place.party->facts();
  const auto sends = place.peer->facts().sends;
  const Kept before = place.party->standing();
  Ledger ledger;  // counts the work of each input
  for (int message = 0; message < facts.table.message_count; ++message) {
    const auto name = facts.receives[static_cast<std::size_t>(message)];
    const int sent = RoleFacts::number_of(name, sends);
    if (sent < 0) continue;
    findings.trying(place, std::string(name) + " at each edge");
    for (const EdgeFrame& one : place.peer->clone()->forge_edges(sent, place.peers_now)) {
      const auto party = place.party->clone();
      const Caused caused = party->receive(one.frame.link, one.frame.bytes, place.now);
      const std::string words = std::string(name) + " " + one.name;
      const bool is_unopened =
          facts.unopened >= 0 && caused.messages.size() == 1 &&
          caused.messages[0] == facts.receives[static_cast<std::size_t>(facts.unopened)];
      const int read_as = is_unopened ? facts.unopened : message;
      for (const auto& opened : caused.messages)
        if (opened != name && !is_unopened)
          findings.add(place, words + " was read as " + std::string(opened));
      detail::check_event(place, *party, caused, before, Trigger::message, read_as, words, findings,
                          moved);
      if (caused.messages.empty()) continue;
      const Treatment treatment = facts.treatment(place.party->state_index(), read_as);
      const auto fault = caused.rejected();
      if (treatment == Treatment::refused && fault != Fault::unexpected_message)
        findings.add(place, words + " is to be refused, and was not");
      if (treatment == Treatment::ignored && !caused.told.empty())
        findings.add(place, words + " is to be ignored, and was not");
      if (one.has_bad_point && !fault && treatment == Treatment::taken)
        findings.add(place, words + ": a public key was taken that is none");
    }
  }
}

/// Every command that the application may wish for.
inline void check_commands(const Place& place, Findings& findings, PairsMoved& moved) {
  const RoleFacts& facts = place.party->facts();
  const Kept before = place.party->standing();
  for (int command = 0; command < static_cast<int>(facts.commands.size()); ++command) {
    const std::string name(facts.commands[static_cast<std::size_t>(command)]);
    findings.trying(place, name);
    const auto party = place.party->clone();
    const Caused caused = party->command(command, place.now);
    const bool is_links = name == "LinkClosed" || name == "LinkOpened";
    if (!is_links && caused.messages.empty()) continue;  // the application has no such wish
    detail::check_event(place, *party, caused, before, Trigger::command, command, name, findings,
                        moved);
    if (facts.has_row(place.party->state_index(), Trigger::command, command)) {
      // To open a link is first a wish, which the network hears.
      if (caused.rows.empty() && caused.wishes.empty() && !caused.rejected())
        findings.add(place, name + " has a row and did nothing");
    } else if (is_links ? !caused.told.empty() : caused.rejected() != Fault::not_allowed_now)
      findings.add(place, name + " has no row, and was not refused as that");
  }
}

/// Every timer, one after the other as long as the state stays: nothing a nanosecond early, a row
/// at its deadline.
inline void check_timers(const Place& place, Findings& findings, PairsMoved& moved) {
  constexpr int timers_max = 400;
  findings.trying(place, "the timers");
  const RoleFacts& facts = place.party->facts();
  const auto party = place.party->clone();
  const int state = party->state_index();
  const bool has_timer = std::ranges::any_of(
      facts.rows(), [&](const Edge& e) { return e.from == state && e.trigger == Trigger::timer; });
  if (!has_timer && party->due() != never) findings.add(place, "a timer runs that has no row");
  for (int i = 0; i < timers_max && party->state_index() == state && party->due() != never; ++i) {
    ++findings.tried;
    const SteadyTime due = party->due();
    const Kept before = party->standing();
    if (due > place.now.steady) {
      const Caused early = party->advance({due - Duration{1}, place.now.utc});
      if (!detail::is_inert(early, *party, before) || !early.told.empty())
        findings.add(place, "something happened a nanosecond before its time");
    }
    const Caused caused = party->advance({std::max(due, place.now.steady), place.now.utc});
    if (caused.broken) findings.add(place, "a timer: " + *caused.broken);
    const bool is_applications = !caused.wishes.empty();  // whose time it was
    if (caused.rows.empty() && !caused.rejected() && !is_applications)
      findings.add(place, "a timer was not on time");
    for (const int row : caused.rows) {
      const Edge& e = facts.table.edges[row];
      if (e.trigger != Trigger::timer) findings.add(place, "time moved a row that is no timer's");
      if (e.from == state) moved.emplace(state, Trigger::timer, e.on);
    }
    if (caused.rejected()) break;  // it stays due
  }
}

/// The pairs of `facts` that have a row and were never moved, in words; without messages that a peer
/// of the role `peers` never sends.
[[nodiscard]] inline std::string pairs_missed(const RoleFacts& facts, const RoleFacts& peers,
                                              const PairsMoved& moved) {
  std::set<std::string> missed;
  for (const Edge& e : facts.rows()) {
    if (moved.contains({e.from, e.trigger, e.on})) continue;
    if (e.trigger == Trigger::message && !facts.may_come(e, peers)) continue;
    const auto names = e.trigger == Trigger::message   ? facts.receives
                       : e.trigger == Trigger::command ? facts.commands
                                                       : facts.timers;
    missed.insert(std::string(facts.states[e.from]) + " on " + std::string(names[e.on]));
  }
  std::string words;
  for (const std::string& one : missed) words += (words.empty() ? "" : ", ") + one;
  return words;
}

}  // namespace handfast::testing
