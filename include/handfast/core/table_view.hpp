#pragma once

// A role's table as one value: what the checks read. The compiler judges a role's own table with
// it, and a test judges with the same code one that it has changed.

#include "handfast/core/graph.hpp"

namespace handfast {

/// A table as flat arrays that somebody else owns.
struct TableView {
  const Edge* edges;               // `edge_count` of them
  const Treatment* treatments;     // treatments[state * message_count + message]
  const std::uint8_t* declared;    // how often that pair is declared: as rows, and in each entry
  const bool* ends;                // ends[state]
  int edge_count;                  // rows
  int state_count, message_count;  // at most 63, 62
  int link_opened, link_closed;    // which commands are what the network does to a link, or -1
};

namespace detail {

/// How often each (state, message) pair is declared: once as rows, and once for each entry that
/// names it.
template <class Role>
inline constexpr auto declared_counts = [] {
  using G = Graph<Role>;
  std::array<std::uint8_t, static_cast<std::size_t>(G::state_count * G::message_count) + 1>
      counts{};
  const auto cell = [&](int state, int message) -> std::uint8_t& {
    return counts[static_cast<std::size_t>(state * G::message_count + message)];
  };
  for (const Edge& e : G::edges)
    if (e.trigger == Trigger::message) cell(e.from, e.on) = 1;
  const auto count =
      [&]<template <class, class...> class Entry, class S, class... Ms>(Entry<S, Ms...>) {
        const int state = index_in<S>(StatesOf<Role>{});
        ((state >= 0 && index_in<Ms>(typename Role::Receives{}) >= 0
              ? void(++cell(state, index_in<Ms>(typename Role::Receives{})))
              : void()),
         ...);
      };
  using OfTable = TableParts<typename Role::Table>;
  [&]<class... Es>(List<Es...>) { (count(Es{}), ...); }(typename OfTable::ignores{});
  [&]<class... Es>(List<Es...>) { (count(Es{}), ...); }(typename OfTable::refuses{});
  return counts;
}();

}  // namespace detail

/// The table of `Role` as it is written.
template <class Role>
inline constexpr TableView table_view{
    Graph<Role>::edges,
    Graph<Role>::treatments.data(),
    detail::declared_counts<Role>.data(),
    Graph<Role>::ends.data(),
    Graph<Role>::row_count,
    Graph<Role>::state_count,
    Graph<Role>::message_count,
    detail::index_in<LinkOpened>(typename Role::Commands{}),
    detail::index_in<LinkClosed>(typename Role::Commands{}),
};

}  // namespace handfast
