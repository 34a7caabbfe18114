#pragma once

// Two machines that speak to each other under scripted randomness: each frame and each state that they
// go through is a seed.

#include <deque>

#include "fuzz/target.hpp"
#include "handfast/core/machine.hpp"
#include "handfast/testing/seeded_random.hpp"

namespace fuzz_corpus {

/// Where what a session says is kept.
struct Targets {
  Target& texts;    // what is JSON
  Target& records;  // what is not
  Target& snapshots;
};

/// One of the two: its role, what it is called, and the number by which the snapshot target knows it.
template <class Role>
struct Actor {
  std::string_view name;
  std::uint8_t number;
  typename Role::Context context;
};

template <class First, class Second>
class Session {
 public:
  Session(std::string name, Targets targets, Actor<First> first, Actor<Second> second)
      : name_(std::move(name)),
        targets_(targets),
        first_(std::move(first)),
        second_(std::move(second)) {
    keep_state(first_);
    keep_state(second_);
  }

  void first_does(const auto& command) { caused(first_, first_.machine.handle(command, now_)); }
  void second_does(const auto& command) { caused(second_, second_.machine.handle(command, now_)); }
  /// Delivers until nothing is on its way.
  void run() {
    while (!first_.sent.empty() || !second_.sent.empty()) {
      deliver(first_, second_);
      deliver(second_, first_);
    }
  }
  void lose() { first_.sent.clear(), second_.sent.clear(); }
  /// Time passes, and all that is due happens.
  void wait(Duration duration) {
    now_.steady += duration;
    if (is_due(first_)) caused(first_, first_.machine.advance(now_));
    if (is_due(second_)) caused(second_, second_.machine.advance(now_));
  }

 private:
  template <class Role>
  struct End {
    explicit End(Actor<Role> actor)
        : name(actor.name), number(actor.number), machine(std::move(actor.context)) {}
    std::string_view name;
    std::uint8_t number;
    Machine<Role> machine;
    std::deque<std::pair<Link, Kept>> sent;
    std::optional<Due> due;
  };

  template <class From, class To>
  void deliver(End<From>& from, End<To>& to) {
    if (from.sent.empty()) return;
    const auto [link, bytes] = std::move(from.sent.front());
    from.sent.pop_front();
    caused(to, to.machine.receive(link, bytes, now_));
  }
  template <class Role>
  [[nodiscard]] bool is_due(const End<Role>& end) const {
    return end.due && end.due->at <= now_.steady;
  }
  template <class Role>
  void caused(End<Role>& end, const Output<Role>& out) {
    require(!out.fault());
    for (const Frame& frame : out.transmit) {
      const bool is_json = !frame.bytes.empty() && frame.bytes.front() == '{';
      (is_json ? targets_.texts : targets_.records)
          .seed(name_ + "." + std::string(end.name) + "." + std::to_string(++count_), frame.bytes);
      end.sent.emplace_back(frame.link, Kept(frame.bytes.begin(), frame.bytes.end()));
    }
    end.due = out.deadline;
    keep_state(end);
  }
  /// One snapshot a state, without its shape and checksum, as fuzz/snapshots.hpp reads it. The last
  /// one, which has most in it, is written over the others.
  template <class Role>
  void keep_state(const End<Role>& end) {
    const Buffer snapshot = end.machine.dangerous_snapshot();
    const std::size_t around = sizeof(std::uint64_t) + handfast::detail::checksum_size;
    const Bytes content = snapshot.bytes().subspan(sizeof(std::uint64_t), snapshot.size() - around);
    Kept seed = {end.number};
    seed.insert(seed.end(), content.begin(), content.end());
    targets_.snapshots.seed(
        name_ + "." + std::string(end.name) + "." + std::string(end.machine.state_name()), seed);
  }

  std::string name_;
  Targets targets_;
  int count_ = 0;
  Time now_{SteadyTime{std::chrono::hours(1000)}, {}};
  End<First> first_;
  End<Second> second_;
};

}  // namespace fuzz_corpus
