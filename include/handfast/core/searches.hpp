#pragma once

// What can be wrong with one table, found in plain loops over values: each search returns where, or
// -1. checks.hpp asks them of every role while it compiles.

#include "handfast/core/table_view.hpp"

namespace handfast::detail {

struct Reach {
  bool states[64]{};
};

/// The states that can be reached from the first one, over all rows or only over those that do not
/// authenticate.
constexpr Reach reach(const TableView& table, bool stop_at_authentication) {
  Reach reached{};
  reached.states[0] = true;
  for (bool changed = true; changed;) {
    changed = false;
    for (int i = 0; i < table.edge_count; ++i) {
      const Edge& e = table.edges[i];
      if (reached.states[e.from] && !reached.states[e.to] &&
          !(stop_at_authentication && e.authenticates))
        reached.states[e.to] = changed = true;
    }
  }
  return reached;
}

/// A state to which no run comes.
constexpr int find_unreachable(const TableView& table) {
  const Reach reached = reach(table, false);
  for (int s = 0; s < table.state_count; ++s)
    if (!reached.states[s]) return s;
  return -1;
}

/// A state from which no run comes to an end.
constexpr int find_without_end(const TableView& table) {
  Reach ending{};
  for (int s = 0; s < table.state_count; ++s) ending.states[s] = table.ends[s];
  for (bool changed = true; changed;) {
    changed = false;
    for (int i = 0; i < table.edge_count; ++i) {
      const Edge& e = table.edges[i];
      if (ending.states[e.to] && !ending.states[e.from]) ending.states[e.from] = changed = true;
    }
  }
  for (int s = 0; s < table.state_count; ++s)
    if (!ending.states[s]) return s;
  return -1;
}

/// What the network does to a link is no command: a state that only it can leave is waiting. So is
/// one whose commands all stay in it: asking it for something does not bring the run on.
constexpr bool brings_on(const TableView& table, const Edge& e) {
  return e.trigger == Trigger::timer || (e.trigger == Trigger::command && e.to != e.from &&
                                         e.on != table.link_opened && e.on != table.link_closed);
}

/// A state that waits for the peer and has no timer.
constexpr int find_waiting(const TableView& table) {
  for (int s = 0; s < table.state_count; ++s) {
    bool may_wait = table.ends[s];
    for (int i = 0; i < table.edge_count; ++i)
      if (table.edges[i].from == s && brings_on(table, table.edges[i])) may_wait = true;
    if (!may_wait) return s;
  }
  return -1;
}

constexpr bool same(const Edge& a, const Edge& b) {
  bool equal = a.from == b.from && a.on == b.on && a.trigger == b.trigger && a.to == b.to &&
               a.send_count == b.send_count && a.tell_count == b.tell_count;
  for (int i = 0; equal && i < a.send_count; ++i) equal = a.sends[i] == b.sends[i];
  for (int i = 0; equal && i < a.tell_count; ++i) equal = a.tells[i] == b.tells[i];
  return equal;
}

/// A row that does the same as one before it.
constexpr int find_duplicate(const TableView& table) {
  for (int i = 0; i < table.edge_count; ++i)
    for (int j = 0; j < i; ++j)
      if (same(table.edges[i], table.edges[j])) return i;
  return -1;
}

/// A (state, message) pair that is not declared, as state * message_count + message.
constexpr int find_undeclared(const TableView& table) {
  for (int i = 0; i < table.state_count * table.message_count; ++i)
    if (table.treatments[i] == Treatment::undeclared) return i;
  return -1;
}

/// A (state, message) pair that is declared more than once, likewise.
constexpr int find_declared_twice(const TableView& table) {
  for (int i = 0; i < table.state_count * table.message_count; ++i)
    if (table.declared[i] > 1) return i;
  return -1;
}

/// A row that moves application data and can be taken before any row that authenticates.
constexpr int find_early_data(const TableView& table) {
  const Reach early = reach(table, true);
  for (int i = 0; i < table.edge_count; ++i) {
    const Edge& e = table.edges[i];
    if (early.states[e.from] && e.application_data && !e.authenticates) return i;
  }
  return -1;
}

// The same asked of a role's own table.

template <class Role>
consteval int find_unreachable() {
  return find_unreachable(table_view<Role>);
}
template <class Role>
consteval int find_without_end() {
  return find_without_end(table_view<Role>);
}
template <class Role>
consteval int find_waiting() {
  return find_waiting(table_view<Role>);
}
template <class Role>
consteval int find_duplicate() {
  return find_duplicate(table_view<Role>);
}
template <class Role>
consteval int find_undeclared() {
  return find_undeclared(table_view<Role>);
}
template <class Role>
consteval int find_declared_twice() {
  return find_declared_twice(table_view<Role>);
}
template <class Role>
consteval int find_early_data() {
  return find_early_data(table_view<Role>);
}

}  // namespace handfast::detail
