#pragma once

// Walks every configuration that two roles and the two channels between them can get into, breadth
// first, so that the first trace found to anything is a shortest one. Plain loops over values: the
// same code runs at compile time, in stages that stay within each compiler's limits, and at run
// time with more room. Statements are few and long on purpose: Clang counts them.

#include <cstdint>
#include <memory>

#include "handfast/core/role_view.hpp"

namespace handfast {

/// What a channel may do to what it carries, as flags; `reliable` does nothing to it.
/// A reliable channel that is full holds its sender back; a lossy one loses what does not fit.
enum class Channel : std::uint8_t { reliable = 0, lossy = 1, duplicating = 2, reordering = 4 };

[[nodiscard]] constexpr Channel operator|(Channel a, Channel b) noexcept {
  return static_cast<Channel>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
[[nodiscard]] constexpr bool operator&(Channel a, Channel b) noexcept {
  return (static_cast<unsigned>(a) & static_cast<unsigned>(b)) != 0;
}

/// What an exploration can find.
enum class Flaw : std::uint8_t {
  none,
  deadlock,               // neither role can move, and they are not both where they may stop
  unspecified_reception,  // an honest message arrives where its receiver refuses it
  cannot_finish,          // from here no run leads to where both may stop
  too_large,              // more configurations than there is room for
};

/// One step on the way to a flaw.
struct Move {
  enum Kind : std::uint8_t { takes, takes_copy, refuses, ignores, loses };
  Kind kind{};
  std::uint8_t side = 0;   // 0 or 1: which role moves, or whose inbox loses
  std::uint8_t index = 0;  // a row of that role for `takes`, else a message in its `Receives`
  std::uint8_t early = 0;  // how many messages it overtook
};

/// The configurations seen so far, and what was found. A configuration is one number: the state of
/// each role in 6 bits, then the inbox of role 0 and that of role 1, `Capacity` messages of 6 bits
/// each, the oldest lowest.
template <int ConfigurationsMax, int Capacity>
struct Exploration {
  static constexpr std::size_t room = static_cast<std::size_t>(ConfigurationsMax);
  static constexpr int slot_count =
      1 << (33 - __builtin_clz(static_cast<unsigned>(ConfigurationsMax)));
  static constexpr int successors_max = 12 * ConfigurationsMax;
  static_assert(12 + 12 * Capacity <= 64, "handfast: a configuration must fit its 64 bits");

  std::uint64_t keys[room]{};
  std::int32_t parents[room]{};
  Move moves[room]{};
  std::int32_t slots[static_cast<std::size_t>(slot_count)]{};  // index + 1; 0 is free
  std::int32_t successors[static_cast<std::size_t>(successors_max)]{};
  std::int32_t first_successor[room + 1]{};
  bool finishes[room]{};
  int count = 0;  // configurations found
  int next = 0;   // the first one not yet expanded
  int successor_count = 0;
  Flaw flaw = Flaw::none;
  int at = -1;           // where the flaw is
  Move last{};           // the reception that is unspecified
  bool settled = false;  // `finishes` is final

  static constexpr int message_bits = 6 * Capacity;
  static constexpr std::uint64_t inbox_mask = (std::uint64_t{1} << message_bits) - 1;

  constexpr void add(std::uint64_t key, int parent, Move move) {
    std::uint32_t slot =
        static_cast<std::uint32_t>((key * 0x9E3779B97F4A7C15u) >> 32) & (slot_count - 1);
    while (slots[slot] != 0 && keys[slots[slot] - 1] != key) slot = (slot + 1) & (slot_count - 1);
    if (slots[slot] == 0) {
      if (count == ConfigurationsMax) {
        flaw = Flaw::too_large;
        return;
      }
      keys[count] = key, parents[count] = parent, moves[count] = move, slots[slot] = ++count;
    }
    if (slots[slot] - 1 == parent) return;
    if (successor_count == successors_max)
      flaw = Flaw::too_large;
    else
      successors[successor_count++] = slots[slot] - 1;
  }

  /// Takes one step of role `side`, its inbox as given, if what it sends fits.
  constexpr void take(const detail::Step& step, int parent, int side, std::uint64_t inbox,
                      std::uint64_t outbox, std::uint64_t peer, Channel channel, Move move) {
    for (int i = 0, used = 0; i < step.send_count; ++i) {
      while (used < message_bits && (outbox >> used & 63) != 0) used += 6;
      if (used < message_bits)
        outbox |= static_cast<std::uint64_t>(step.sends[i]) << used;
      else if (!(channel & Channel::lossy))
        return;
    }
    add(pack(side, step.to, peer, inbox, outbox), parent, move);
  }

  static constexpr std::uint64_t pack(int side, std::uint64_t self, std::uint64_t peer,
                                      std::uint64_t inbox, std::uint64_t outbox) {
    return side == 0 ? self | peer << 6 | inbox << 12 | outbox << (12 + message_bits)
                     : peer | self << 6 | outbox << 12 | inbox << (12 + message_bits);
  }

  /// Finds everything that can happen next in configuration `next`.
  constexpr void expand(const detail::PairView& pair, Channel channel, int reorder_max) {
    const int here = next++;
    const std::uint64_t key = keys[here];
    first_successor[here] = successor_count;
    for (int side = 0; side < 2 && flaw == Flaw::none; ++side) {
      const detail::RoleView& role = pair.roles[side];
      const std::uint64_t self = key >> 6 * side & 63, peer = key >> 6 * (1 - side) & 63;
      const std::uint64_t inbox = key >> (12 + message_bits * side) & inbox_mask,
                          outbox = key >> (12 + message_bits * (1 - side)) & inbox_mask;
      const auto* const first = role.first + static_cast<int>(self) * role.columns;
      for (int i = first[0]; i < first[1]; ++i)
        take(role.steps[i], here, side, inbox, outbox, peer, channel,
             {Move::takes, static_cast<std::uint8_t>(side), role.steps[i].row, 0});
      if (inbox == 0) continue;
      for (int place = 0; place <= reorder_max && (inbox >> 6 * place & 63) != 0; ++place) {
        const int message = static_cast<int>(inbox >> 6 * place & 63);
        const std::uint64_t below = (std::uint64_t{1} << 6 * place) - 1,
                            rest = (inbox & below) | (inbox >> 6 & ~below);
        const Treatment treatment =
            role.treatments[static_cast<int>(self) * (role.columns - 1) + message - 1];
        Move move{Move::ignores, static_cast<std::uint8_t>(side),
                  static_cast<std::uint8_t>(message - 1), static_cast<std::uint8_t>(place)};
        if (treatment == Treatment::refused || treatment == Treatment::undeclared) {
          flaw = Flaw::unspecified_reception, at = here, last = move;
          return;
        }
        bool guarded = treatment == Treatment::ignored;
        for (int i = first[message]; i < first[message + 1]; ++i) {
          const detail::Step& step = role.steps[i];
          guarded = guarded || step.guarded != 0;
          move.kind = Move::takes, move.index = step.row;
          take(step, here, side, rest, outbox, peer, channel, move);
          move.kind = Move::takes_copy;
          if (channel & Channel::duplicating)
            take(step, here, side, inbox, outbox, peer, channel, move);
        }
        move.kind = treatment == Treatment::ignored ? Move::ignores : Move::refuses;
        move.index = static_cast<std::uint8_t>(message - 1);
        if (guarded) add(pack(side, self, peer, rest, outbox), here, move);
      }
      if (channel & Channel::lossy)
        add(pack(side, self, peer, inbox >> 6, outbox), here,
            {Move::loses, static_cast<std::uint8_t>(side),
             static_cast<std::uint8_t>((inbox & 63) - 1), 0});
    }
    first_successor[next] = successor_count;
    if (flaw == Flaw::too_large) at = here;
    finishes[here] = pair.roles[0].ends[key & 63] && pair.roles[1].ends[key >> 6 & 63];
    if (flaw == Flaw::none && first_successor[here] == successor_count && !finishes[here])
      flaw = Flaw::deadlock, at = here;
  }

  /// Expands up to `most` configurations.
  constexpr void run(const detail::PairView& pair, Channel channel, int reorder_max, int most) {
    if (count == 0) add(0, -1, {});
    for (int i = 0; i < most && next < count && flaw == Flaw::none; ++i)
      expand(pair, channel, reorder_max);
  }

  [[nodiscard]] constexpr bool expanded() const {
    return count > 0 && (next == count || flaw != Flaw::none);
  }

  /// Goes over what was found once, from the end, and marks what can lead to where both may stop.
  constexpr void settle() {
    bool changed = false;
    for (int i = count; i-- > 0;) {
      if (finishes[i]) continue;
      int j = first_successor[i];
      while (j < first_successor[i + 1] && !finishes[successors[j]]) ++j;
      if (j < first_successor[i + 1]) finishes[i] = changed = true;
    }
    settled = !changed;
  }

  /// Names the earliest configuration from which nothing finishes.
  constexpr void judge() {
    for (int i = 0; i < count && flaw == Flaw::none; ++i)
      if (!finishes[i]) flaw = Flaw::cannot_finish, at = i;
  }
};

/// What was found, and the shortest way there.
struct Verdict {
  static constexpr int steps_max = 64;
  Flaw flaw = Flaw::none;
  int explored = 0;
  int states[2]{};   // where the two roles are
  int message = -1;  // of an unspecified reception: its receiver's `Receives`
  int receiver = 0;
  int step_count = 0;
  Move steps[steps_max]{};
};

namespace detail {

template <int N, int C>
constexpr Verdict verdict_of(const Exploration<N, C>& found) {
  Verdict verdict;
  verdict.flaw = found.flaw;
  verdict.explored = found.count;
  if (found.at < 0) return verdict;
  verdict.states[0] = static_cast<int>(found.keys[found.at] & 63);
  verdict.states[1] = static_cast<int>(found.keys[found.at] >> 6 & 63);
  if (found.flaw == Flaw::unspecified_reception)
    verdict.message = found.last.index, verdict.receiver = found.last.side;
  int length = 0;
  for (int i = found.at; found.parents[i] >= 0; i = found.parents[i]) ++length;
  verdict.step_count = length < Verdict::steps_max ? length : Verdict::steps_max;
  for (int i = found.at; found.parents[i] >= 0; i = found.parents[i])
    if (--length < Verdict::steps_max) verdict.steps[length] = found.moves[i];
  return verdict;
}

}  // namespace detail

/// Explores two roles as values: messages in flight each way, how many a message may overtake, and
/// room for how many configurations.
template <int Capacity, int ConfigurationsMax>
[[nodiscard]] Verdict explore(const detail::PairView& pair, Channel channel, int reorder_max) {
  const auto found = std::make_unique<Exploration<ConfigurationsMax, Capacity>>();
  found->run(pair, channel, reorder_max, ConfigurationsMax);
  while (found->flaw == Flaw::none && !found->settled) found->settle();
  found->judge();
  return detail::verdict_of(*found);
}

}  // namespace handfast
