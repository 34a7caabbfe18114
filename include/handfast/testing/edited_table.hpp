#pragma once

// A table with one row changed, as values, and the checks of the core asked of it: whether a role
// with this mistake would have compiled.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "handfast/core/explore.hpp"
#include "handfast/core/searches.hpp"
#include "handfast/testing/row_edits.hpp"

namespace handfast::testing {

/// What refuses a table, or a pair of them.
enum class Check : std::uint8_t {
  unreachable_state,
  cannot_reach_end,
  waits_for_ever,
  duplicate_row,
  undeclared_pair,
  declared_twice,
  data_before_authentication,
  deadlock,
  unspecified_reception,
  cannot_finish,
  too_large,
};

/// What refused a table first; for what exploring the pair finds, on which channel.
struct KilledBy {
  Check check{};
  Channel channel{};
  bool operator==(const KilledBy&) const = default;
};

/// The channels on which a pair is explored, in this order; two messages in flight each way, and
/// where they are reordered a message overtakes at most one.
inline constexpr Channel explored_channels[]{
    Channel::reliable, Channel::lossy, Channel::lossy | Channel::duplicating,
    Channel::lossy | Channel::duplicating | Channel::reordering};

/// The table of `Role` with one edit, in memory of its own.
template <class Role>
class EditedTable {
 public:
  explicit EditedTable(const RowEdit& edit)
      : edges_(std::begin(G::edges), std::end(G::edges)),
        treatments_(G::treatments.begin(), G::treatments.end()) {
    switch (edit.kind) {
      case EditKind::none: break;
      case EditKind::dropped: drop(edit.row); break;
      case EditKind::target: edges_[edit.row].to = edit.to; break;
      case EditKind::message: send_other(edit); break;
      case EditKind::guard:
        edges_[edit.row].guarded = rule_counts[edit.row] > 1;  // what the others may refuse
        break;
    }
  }

  /// Valid as long as this is.
  [[nodiscard]] TableView view() const noexcept {
    TableView view = table_view<Role>;
    view.edges = edges_.data();
    view.edge_count = static_cast<int>(edges_.size());
    view.treatments = treatments_.data();
    return view;
  }

 private:
  using G = Graph<Role>;
  template <class... Rs>
  static consteval auto count_rules(List<Rs...>) {
    return std::array<int, sizeof...(Rs)>{RowParts<Rs>::rules::size...};
  }
  template <class... Rs>
  static consteval auto find_data_triggers(List<Rs...>) {
    return std::array<bool, sizeof...(Rs)>{ApplicationData<typename RowParts<Rs>::on>...};
  }
  template <class... Ms>
  static consteval auto find_data(List<Ms...>) {
    return std::array<bool, sizeof...(Ms)>{ApplicationData<Ms>...};
  }
  static constexpr auto rule_counts = count_rules(RowsOf<Role>{});
  static constexpr auto data_triggers = find_data_triggers(RowsOf<Role>{});
  static constexpr auto data_sends = find_data(SendsOf<Role>{});

  /// The pair of a message's last row is refused: not to declare it at all would be found at once.
  void drop(std::uint8_t row) {
    const Edge gone = edges_[row];
    edges_.erase(edges_.begin() + row);
    if (gone.trigger != Trigger::message) return;
    for (const Edge& e : edges_)
      if (e.trigger == Trigger::message && e.from == gone.from && e.on == gone.on) return;
    treatments_[static_cast<std::size_t>(gone.from * G::message_count + gone.on)] =
        Treatment::refused;
  }

  void send_other(const RowEdit& edit) {
    Edge& e = edges_[edit.row];
    if (edit.to == RowEdit::not_sent) {
      --e.send_count;
      for (int i = edit.place; i < e.send_count; ++i) e.sends[i] = e.sends[i + 1];
    } else
      e.sends[edit.place] = edit.to;
    e.application_data = data_triggers[edit.row];
    for (int i = 0; i < e.send_count; ++i)
      e.application_data = e.application_data || data_sends[e.sends[i]];
  }

  std::vector<Edge> edges_;
  std::vector<Treatment> treatments_;
};

namespace detail {

/// What a search finds in one table, in the order in which `well_formed` asks.
[[nodiscard]] inline std::optional<KilledBy> judge(const TableView& table) {
  if (find_unreachable(table) >= 0) return KilledBy{Check::unreachable_state, {}};
  if (find_without_end(table) >= 0) return KilledBy{Check::cannot_reach_end, {}};
  if (find_waiting(table) >= 0) return KilledBy{Check::waits_for_ever, {}};
  if (find_duplicate(table) >= 0) return KilledBy{Check::duplicate_row, {}};
  if (find_undeclared(table) >= 0) return KilledBy{Check::undeclared_pair, {}};
  if (find_declared_twice(table) >= 0) return KilledBy{Check::declared_twice, {}};
  if (find_early_data(table) >= 0) return KilledBy{Check::data_before_authentication, {}};
  return std::nullopt;
}

/// What exploring a pair finds, on the first channel where it finds something. Most pairs are
/// small; the few that are not get more room.
[[nodiscard]] inline std::optional<KilledBy> judge(const PairView& pair) {
  for (const Channel channel : explored_channels) {
    const int reorder_max = channel & Channel::reordering ? 1 : 0;
    Flaw flaw = handfast::explore<2, 1 << 12>(pair, channel, reorder_max).flaw;
    if (flaw == Flaw::too_large)
      flaw = handfast::explore<2, 1 << 18>(pair, channel, reorder_max).flaw;
    switch (flaw) {
      case Flaw::none: break;
      case Flaw::deadlock: return KilledBy{Check::deadlock, channel};
      case Flaw::unspecified_reception: return KilledBy{Check::unspecified_reception, channel};
      case Flaw::cannot_finish: return KilledBy{Check::cannot_finish, channel};
      case Flaw::too_large: return KilledBy{Check::too_large, channel};
    }
  }
  return std::nullopt;
}

}  // namespace detail

/// What refuses the pair of `A` (side 0) and `B` (side 1) with `edit` in the table of side `side`;
/// nothing if they would compile.
template <class A, class B>
[[nodiscard]] std::optional<KilledBy> killed_by_checks(int side, const RowEdit& edit) {
  const auto judged = [&]<class Edited, class Peer>(List<Edited, Peer>) -> std::optional<KilledBy> {
    const EditedTable<Edited> edited(edit);
    const TableView table = edited.view();
    if (const auto killed = detail::judge(table)) return killed;
    const handfast::detail::RunTimeSteps steps(
        table, handfast::detail::Steps<Edited, Peer>::received.data());
    handfast::detail::PairView pair = handfast::detail::pair_view<A, B>;
    pair.roles[side] = steps.view(table);
    return detail::judge(pair);
  };
  return side == 0 ? judged(List<A, B>{}) : judged(List<B, A>{});
}

/// "deadlock on a lossy channel".
[[nodiscard]] inline std::string in_words(const KilledBy& killed) {
  static constexpr std::string_view checks[]{"unreachable state",
                                             "a state that cannot reach an end",
                                             "a state that waits for ever",
                                             "duplicate row",
                                             "undeclared pair",
                                             "pair declared twice",
                                             "data before authentication",
                                             "deadlock",
                                             "unspecified reception",
                                             "a run that cannot finish",
                                             "too many configurations"};
  std::string words(checks[static_cast<std::size_t>(killed.check)]);
  if (killed.check < Check::deadlock) return words;
  words += " on a ";
  if (killed.channel == Channel::reliable) return words + "reliable channel";
  words += "lossy";
  if (killed.channel & Channel::duplicating) words += ", duplicating";
  if (killed.channel & Channel::reordering) words += ", reordering";
  return words + " channel";
}

}  // namespace handfast::testing
