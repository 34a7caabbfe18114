#pragma once

// One role's machine with keys, time and randomness that a test decides; both profiles.

#include <functional>
#include <optional>
#include <vector>

#include "handfast/core/machine.hpp"
#include "handfast/rehandshake/profiles.hpp"
#include "handfast/testing/seeded_random.hpp"
#include "tests/support/catch.hpp"

namespace rehandshake_test {

using namespace handfast;
using namespace handfast::rehandshake;
using Bits = std::vector<std::uint8_t>;

[[nodiscard]] inline Bits bits(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

inline constexpr SessionId some_session{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

/// A session's keys, as one of its sides has them, or the other.
[[nodiscard]] inline SessionKeys keys_of(bool is_first, std::uint32_t epoch = 0,
                                         std::uint8_t number = 1) {
  const auto one = Secret<32>::from(Bytes(Bits(32, number)));
  const auto two = Secret<32>::from(Bytes(Bits(32, static_cast<std::uint8_t>(number + 100))));
  return {some_session, (is_first ? one : two).dangerous_copy(),
          (is_first ? two : one).dangerous_copy(), epoch};
}

/// What one call caused, as values that stay.
template <class Role>
struct Result {
  std::vector<Bits> frames;
  std::vector<Link> links;  // of the frames
  std::vector<Event<Role>> events;
  std::vector<Bits> payloads;  // of the events that have one: those hold views
  std::optional<Due> due;

  template <class E>
  [[nodiscard]] const E* event() const {
    for (const auto& one : events)
      if (const E* found = std::get_if<E>(&one)) return found;
    return nullptr;
  }
  [[nodiscard]] std::optional<Fault> fault() const {
    const auto* rejected = event<Rejected>();
    return rejected ? std::optional(rejected->fault) : std::nullopt;
  }
  [[nodiscard]] bool is_silent() const { return frames.empty() && events.empty(); }
};

template <class Role>
class Side {
 public:
  using Context = typename Role::Context;

  /// `make` makes the context, with this side's randomness, as often as it is restored.
  template <class Make>
  Side(Make make, std::uint64_t seed)
      : random_(seed), make_([this, make] { return make(Random(random_)); }), machine_(make_()) {}
  Side(const Side&) = delete;

  template <class Command>
  Result<Role> does(const Command& command) {
    return kept(machine_.handle(command, now));
  }
  Result<Role> gets(Bytes frame, Link link = {}) {
    return kept(machine_.receive(link, frame, now));
  }
  Result<Role> waits(Duration duration) {
    now.steady += duration;
    now.utc += std::chrono::duration_cast<std::chrono::milliseconds>(duration);
    return kept(machine_.advance(now));
  }
  /// Comes back from what it was stored as.
  void restarts() {
    const Bits stored = snapshot();
    auto restored = Machine<Role>::dangerous_restore(make_(), Bytes(stored));
    REQUIRE(restored);
    machine_ = std::move(*restored);
    CHECK(snapshot() == stored);
  }
  /// Comes back without it.
  void forgets() { machine_ = Machine<Role>(make_()); }

  [[nodiscard]] std::string_view state() const { return machine_.state_name(); }
  [[nodiscard]] Bits snapshot() const { return bits(machine_.dangerous_snapshot().bytes()); }
  [[nodiscard]] Machine<Role>& machine() { return machine_; }
  [[nodiscard]] Context& context() { return machine_.context(); }
  template <class State>
  [[nodiscard]] State& in() {
    return std::get<State>(machine_.dangerous_engine().dangerous_state());
  }
  [[nodiscard]] testing::SeededRandom& random() { return random_; }

  Time now{SteadyTime{} + std::chrono::hours(1),
           UnixTime{} + std::chrono::milliseconds(1762230000000)};

 private:
  static Result<Role> kept(const Output<Role>& out) {
    Result<Role> result;
    for (const Frame& frame : out.transmit) {
      result.frames.push_back(bits(frame.bytes));
      result.links.push_back(frame.link);
    }
    result.events.assign(out.events.begin(), out.events.end());
    for (const auto& event : out.events)
      std::visit(
          [&](const auto& one) {
            if constexpr (requires { one.payload; }) result.payloads.push_back(bits(one.payload));
          },
          event);
    result.due = out.deadline;
    return result;
  }

  testing::SeededRandom random_;
  std::function<Context()> make_;
  Machine<Role> machine_;
};

/// Refused with `fault`, and everything is as it was.
template <class Role>
void check_refused(Side<Role>& side, Bytes frame, std::optional<Fault> fault = {}, Link link = {}) {
  const Bits before = side.snapshot();
  const auto result = side.gets(frame, link);
  REQUIRE(result.fault());
  if (fault) CHECK(to_string(*result.fault()) == to_string(*fault));
  CHECK(result.frames.empty());
  CHECK(result.events.size() == 1);
  CHECK(side.snapshot() == before);
}
/// Every bit of `frame` matters: with any of them wrong nothing comes of it, and everything is as it
/// was. Where its type is another one, the state may be one that drops that.
template <class Role>
void check_each_bit(Side<Role>& side, Bits frame, Link link = {}) {
  const Bits before = side.snapshot();
  for (std::size_t bit = 0; bit < 8 * frame.size(); ++bit) {
    INFO("bit " << bit);
    frame[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    const auto result = side.gets(frame, link);
    const bool is_refused = result.fault() && result.events.size() == 1;
    CHECK((is_refused || (result.events.empty() && bit / 8 == 1)));
    CHECK(result.frames.empty());
    CHECK(side.snapshot() == before);
    frame[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
  }
}
template <class Role>
void check_dropped(Side<Role>& side, Bytes frame, Link link = {}) {
  const Bits before = side.snapshot();
  CHECK(side.gets(frame, link).is_silent());
  CHECK(side.snapshot() == before);
}

}  // namespace rehandshake_test
