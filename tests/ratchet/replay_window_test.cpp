#include "handfast/ratchet/replay_window.hpp"

#include <optional>
#include <random>
#include <set>

#include "tests/support/catch.hpp"

using handfast::Fault;
using handfast::ratchet::ReplayWindow;

namespace {

using Window = ReplayWindow<2048>;

static_assert(Window::size == 2048 && Window::map_size == 2112);

template <class AnyWindow>
std::optional<Fault> fault_of(const AnyWindow& window, std::uint64_t number) {
  const auto result = window.check(number);
  return result ? std::nullopt : std::optional(result.error());
}

/// What a window must say, with a set of everything that came.
struct Model {
  std::set<std::uint64_t> accepted;

  [[nodiscard]] std::optional<Fault> fault_of(std::uint64_t number) const {
    if (accepted.empty() || number > *accepted.rbegin()) return std::nullopt;
    if (*accepted.rbegin() - number >= Window::size) return Fault::stale;
    return accepted.contains(number) ? std::optional(Fault::replayed) : std::nullopt;
  }
};

}  // namespace

TEST_CASE("ratchet: a replay window takes each number once, from the first to the last") {
  Window window;
  CHECK_FALSE(window.any());
  for (const std::uint64_t number : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{63},
                                     std::uint64_t{64}, ~std::uint64_t{0} - 1, ~std::uint64_t{0}}) {
    CHECK(fault_of(window, number) == std::nullopt);
    window.accept(number);
    CHECK(window.any());
    CHECK(window.highest() == number);
    CHECK(fault_of(window, number) == Fault::replayed);
  }
  CHECK(fault_of(window, 64) == Fault::stale);
}

TEST_CASE("ratchet: a replay window is exactly 2048 numbers wide, wherever in a word it stands") {
  for (std::uint64_t top = 5000; top < 5000 + 130; ++top) {
    Window window;
    window.accept(top);
    CHECK(fault_of(window, top - 2047) == std::nullopt);
    CHECK(fault_of(window, top - 2048) == Fault::stale);
    // The lowest is still told from the one that shares its word's place.
    window.accept(top - 2047);
    CHECK(fault_of(window, top - 2047) == Fault::replayed);
    window.accept(top + 1);
    CHECK(fault_of(window, top - 2047) == Fault::stale);
  }
}

TEST_CASE("ratchet: a number that is only asked for moves no replay window") {
  Window window;
  window.accept(10);
  CHECK(fault_of(window, 1'000'000) == std::nullopt);
  CHECK(fault_of(window, 9) == std::nullopt);
  CHECK(window.highest() == 10);
  CHECK(fault_of(window, 9) == std::nullopt);
}

TEST_CASE("ratchet: a replay window agrees with a set of all that came, over jumps of every size",
          "[property]") {
  for (const std::uint32_t seed : {1u, 2u, 3u, 4u}) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    Window window;
    Model model;
    std::uint64_t top = 1;
    bool same = true;
    for (int i = 0; i < 20'000 && same; ++i) {
      // Mostly near the window's ends, now and then far beyond the whole map.
      const std::uint64_t kind = random() % 64;
      std::uint64_t number = top - std::min(top, random() % 2200);
      if (kind < 16) number = top + random() % 4;
      if (kind == 16) number = top + 2040 + random() % 100;
      if (kind == 17) number = top + random() % 10'000;
      if (kind == 18) number = top - std::min(top, std::uint64_t{2046} + random() % 4);
      const auto fault = fault_of(window, number);
      same = fault == model.fault_of(number);
      if (!fault) {
        window.accept(number);
        model.accepted.insert(number);
        top = *model.accepted.rbegin();
        same = same && window.highest() == top;
      }
    }
    CHECK(same);
  }
}
