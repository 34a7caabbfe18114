#pragma once

// Two roles as an explorer wants them: the rows of each, sorted by state and by what moves them.
// The compiler makes these arrays of a role's own table; a test makes them, with the same code, of
// one that it has changed.

#include <cstdint>
#include <vector>

#include "handfast/core/table_view.hpp"

namespace handfast {

namespace detail {

/// A row as an explorer wants it: what it sends as numbers in the peer's `Receives`, from 1.
struct Step {
  std::uint8_t to, row, guarded, send_count;
  std::uint8_t sends[Edge::sends_max];
};

/// A role as an explorer wants it: steps grouped by state and column; column 0 is local, column m +
/// 1 is message m.
struct RoleView {
  const Step* steps;
  const std::uint16_t* first;  // first[state * columns + column]; one more at the end
  const Treatment* treatments;
  const bool* ends;
  int columns;
};

struct PairView {
  RoleView roles[2];
};

constexpr int cell_of(const TableView& table, const Edge& e) {
  return e.from * (table.message_count + 1) + (e.trigger == Trigger::message ? e.on + 1 : 0);
}

/// Where the steps of each cell begin: `first` has one more than there are cells, all zero.
constexpr void count_steps(const TableView& table, std::uint16_t* first) {
  const int cells = table.state_count * (table.message_count + 1);
  for (int i = 0; i < table.edge_count; ++i) ++first[cell_of(table, table.edges[i]) + 1];
  for (int i = 0; i < cells; ++i)
    first[i + 1] = static_cast<std::uint16_t>(first[i + 1] + first[i]);
}

/// The rows as steps, in their cells; `next` begins as what `count_steps` made and is used up.
/// `received` says for each message that the role sends where it stands with the peer.
constexpr void sort_steps(const TableView& table, const std::uint8_t* received, std::uint16_t* next,
                          Step* sorted) {
  for (int r = 0; r < table.edge_count; ++r) {
    const Edge& e = table.edges[r];
    Step& step = sorted[next[cell_of(table, e)]++];
    step = {
        e.to, static_cast<std::uint8_t>(r), static_cast<std::uint8_t>(e.guarded), e.send_count, {}};
    for (int i = 0; i < e.send_count; ++i) step.sends[i] = received[e.sends[i]];
  }
}

template <class Role, class Peer, class Message>
struct NotReceivedByPeer {
  static_assert(always_false<Message>,
                "handfast: a role sends a message that its peer does not list in `Receives` (see "
                "NotReceivedByPeer<Role, Peer, "
                "Message>)");
};

template <class Role, class Peer>
struct Steps {
  using G = Graph<Role>;
  static constexpr int columns = G::message_count + 1;
  static constexpr int cells = G::state_count * columns;

  static constexpr auto received = []<class... Ms>(List<Ms...>) {
    [[maybe_unused]] const auto check = []<class M>(List<M>) {
      if constexpr (!contains<M, typename Peer::Receives>) [[maybe_unused]]
        NotReceivedByPeer<Role, Peer, M> culprit;
    };
    (check(List<Ms>{}), ...);
    return std::array<std::uint8_t, sizeof...(Ms) + 1>{
        static_cast<std::uint8_t>(index_in<Ms>(typename Peer::Receives{}) + 1)...};
  }(SendsOf<Role>{});

  static constexpr auto first = [] {
    std::array<std::uint16_t, static_cast<std::size_t>(cells) + 1> offsets{};
    count_steps(table_view<Role>, offsets.data());
    return offsets;
  }();
  static constexpr auto steps = [] {
    std::array<Step, static_cast<std::size_t>(G::row_count)> sorted{};
    auto next = first;
    sort_steps(table_view<Role>, received.data(), next.data(), sorted.data());
    return sorted;
  }();
  static constexpr RoleView view{steps.data(), first.data(), G::treatments.data(), G::ends.data(),
                                 columns};
};

template <class A, class B>
inline constexpr PairView pair_view{{Steps<A, B>::view, Steps<B, A>::view}};

/// The steps of a table that is known only at run time, in memory of their own. `received` as for
/// `sort_steps`.
class RunTimeSteps {
 public:
  RunTimeSteps(const TableView& table, const std::uint8_t* received)
      : first_(static_cast<std::size_t>(table.state_count * (table.message_count + 1)) + 1),
        steps_(static_cast<std::size_t>(table.edge_count)) {
    count_steps(table, first_.data());
    auto next = first_;
    sort_steps(table, received, next.data(), steps_.data());
  }

  /// Valid as long as this and the arrays of `table`, the one that this was made of.
  [[nodiscard]] RoleView view(const TableView& table) const noexcept {
    return {steps_.data(), first_.data(), table.treatments, table.ends, table.message_count + 1};
  }

 private:
  std::vector<std::uint16_t> first_;
  std::vector<Step> steps_;
};

}  // namespace detail

}  // namespace handfast
