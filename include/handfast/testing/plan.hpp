#pragma once

// What happens to a simulated world from outside: a list of small moves. A seed draws one, a fuzzer
// decodes one from its input, a property-test library generates and shrinks one; all of them mean
// the same run, and taking a move out leaves a run that makes sense.

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "handfast/core/bytes.hpp"
#include "handfast/core/time.hpp"
#include "handfast/testing/seeded.hpp"

namespace handfast::testing {

/// What a move does.
enum class Deed : std::uint8_t {
  // The applications.
  command,  // the party's application asks its machine for something
  restart,  // the party's process ends and comes back with what it had stored
  // The network, to the next frame that the party sends.
  lose,  // and some more
  duplicate,
  delay,
  truncate,
  extend,
  flip,
  // The network, to everything.
  partition,  // nothing gets through to or from the party for a while
  close,      // a link of the party's closes; its peer is told, most often; or it opens again
  skew,       // the party's clock of the day jumps
  no_random,  // the party's next draws of random bytes fail
  // The attacker, with frames that have been seen, or with a session of its own.
  replay,   // to the party that it was meant for, again
  reflect,  // to the party that sent it
  splice,   // to any other party, of another session or another role
  rewrite,  // with one field of its layout changed, to what another frame holds or to anything
  inject,   // bytes that are no frame
  forge,    // a message of any kind, sealed with the keys of the attacker's own session
};

inline constexpr int deed_count = 18;

[[nodiscard]] constexpr std::string_view to_string(Deed deed) noexcept {
  constexpr std::string_view names[deed_count] = {
      "command", "restart", "lose",      "duplicate", "delay",  "truncate",
      "extend",  "flip",    "partition", "close",     "skew",   "no_random",
      "replay",  "reflect", "splice",    "rewrite",   "inject", "forge"};
  return names[static_cast<std::size_t>(deed)];
}

/// One move. Each number is taken modulo what there is, so that every move means something.
struct Move {
  Deed deed{};
  std::uint8_t party = 0;    // whose application, frame, clock
  std::uint8_t after = 0;    // since the move before: an index of `waits`
  std::uint8_t choice = 0;   // which command, frame, field
  std::uint16_t amount = 0;  // how much, how long, or the seed of what is drawn
  bool operator==(const Move&) const = default;
};

/// The times between moves, and for which frames are held back.
inline constexpr std::array<Duration, 12> waits = [] {
  using namespace std::chrono_literals;
  return std::array<Duration, 12>{0ms, 1ms,    5ms, 20ms, 100ms, 400ms,
                                  1s,  2500ms, 6s,  20s,  60s,   1000s};
}();

/// A whole run: what the world is like, and what happens to it.
struct Plan {
  std::uint32_t setting = 0;  // the seed of everything that is decided before the run
  std::vector<Move> moves;
  bool operator==(const Plan&) const = default;
};

inline constexpr std::size_t move_size = 6;     // bytes, as an input
inline constexpr std::size_t moves_max = 4096;  // of a plan

namespace detail {

/// A wait as a byte of input: the lesser of its two digits, so that long waits, which end what is
/// under way and cost time, are rare in bytes that come by chance.
[[nodiscard]] constexpr std::uint8_t wait_of(std::uint8_t byte) noexcept {
  constexpr auto count = static_cast<std::uint8_t>(waits.size());
  return std::min<std::uint8_t>(byte % count, byte / count % count);
}
[[nodiscard]] constexpr std::uint8_t byte_of_wait(std::uint8_t wait) noexcept {
  constexpr auto count = static_cast<std::uint8_t>(waits.size());
  return static_cast<std::uint8_t>(wait % count * (count + 1));
}

}  // namespace detail

/// The plan that `input` says: 4 bytes of setting, then `move_size` bytes a move; what is left over
/// does not count. Every input says some plan, the empty one too.
[[nodiscard]] inline Plan plan_from(Bytes input) {
  const auto byte = [&](std::size_t i) -> std::uint8_t { return i < input.size() ? input[i] : 0; };
  Plan plan;
  for (std::size_t i = 0; i < 4; ++i) plan.setting = plan.setting << 8 | byte(i);
  for (std::size_t at = 4; at + move_size <= input.size() && plan.moves.size() < moves_max;
       at += move_size)
    plan.moves.push_back({static_cast<Deed>(byte(at) % deed_count), byte(at + 1),
                          detail::wait_of(byte(at + 2)), byte(at + 3),
                          static_cast<std::uint16_t>(byte(at + 4) << 8 | byte(at + 5))});
  return plan;
}

/// The input that says `plan`: `plan_from` gives it back.
[[nodiscard]] inline std::vector<std::uint8_t> input_of(const Plan& plan) {
  std::vector<std::uint8_t> out;
  for (int shift = 24; shift >= 0; shift -= 8)
    out.push_back(static_cast<std::uint8_t>(plan.setting >> shift));
  for (const Move& move : plan.moves) {
    const std::uint8_t bytes[move_size] = {static_cast<std::uint8_t>(move.deed),
                                           move.party,
                                           detail::byte_of_wait(move.after),
                                           move.choice,
                                           static_cast<std::uint8_t>(move.amount >> 8),
                                           static_cast<std::uint8_t>(move.amount)};
    out.insert(out.end(), bytes, bytes + move_size);
  }
  return out;
}

/// A plan as text, to be given to `--plan`, and back; nothing for what is no such text.
[[nodiscard]] inline std::string to_text(const Plan& plan) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : input_of(plan)) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}
[[nodiscard]] inline std::optional<Plan> plan_of_text(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  if (text.size() % 2 != 0 || text.size() < 8 || (text.size() / 2 - 4) % move_size != 0)
    return std::nullopt;
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const auto high = digits.find(text[i]), low = digits.find(text[i + 1]);
    if (high == digits.npos || low == digits.npos) return std::nullopt;
    bytes.push_back(static_cast<std::uint8_t>(high << 4 | low));
  }
  return plan_from(bytes);
}

/// The plan that follows from a seed. The seed draws first how much of everything there is: runs
/// with no loss at all are as frequent as runs that lose a third, and some have no attacker. In the
/// run of every eighth seed nothing goes wrong.
[[nodiscard]] inline Plan draw_plan(std::uint64_t seed) {
  Seeded numbers(seed);
  Plan plan;
  plan.setting = static_cast<std::uint32_t>(numbers.next());
  std::array<unsigned, deed_count> weights{};
  weights[static_cast<std::size_t>(Deed::command)] = 40;
  unsigned sum = 40;
  for (int deed = 1; deed < deed_count; ++deed) {
    unsigned weight = numbers.chance(40) ? static_cast<unsigned>(numbers.below(16)) : 0;
    if (static_cast<Deed>(deed) == Deed::close) weight = (weight + 7) / 8;  // it ends a session
    if (seed % 8 == 0) weight = 0;
    weights[static_cast<std::size_t>(deed)] = weight;
    sum += weight;
  }
  // Long waits end what is under way: most runs have few of them, and one in four is in a hurry.
  const std::uint64_t hurry = numbers.below(4);
  const std::uint64_t count = 4 + numbers.below(numbers.chance(20) ? 200 : 40);
  for (std::uint64_t i = 0; i < count; ++i) {
    std::uint64_t ticket = numbers.below(sum);
    int deed = 0;
    while (ticket >= weights[static_cast<std::size_t>(deed)])
      ticket -= weights[static_cast<std::size_t>(deed++)];
    // Each draw in a statement of its own: compilers differ in the order of arguments.
    const std::uint64_t one = numbers.below(hurry == 0 ? 5 : waits.size());
    const std::uint64_t other = numbers.below(waits.size());
    const std::uint64_t wait = std::min(one, other);
    plan.moves.push_back({static_cast<Deed>(deed), static_cast<std::uint8_t>(numbers.next()),
                          static_cast<std::uint8_t>(wait),
                          static_cast<std::uint8_t>(numbers.next()),
                          static_cast<std::uint16_t>(numbers.next())});
  }
  return plan;
}

}  // namespace handfast::testing
