#pragma once

// What the roles wait for, and what they must know meanwhile. A role has those of these states that
// its rows name.

#include "handfast/core/deadline.hpp"
#include "handfast/core/fields.hpp"
#include "handfast/rehandshake/context.hpp"

namespace handfast::rehandshake {

/// An attempt of the initiator's.
struct Attempt {
  RequestBytes request{};
  std::uint32_t number = 1;
  Cause cause = Cause::connected;
  SteadyTime began{};
  static constexpr auto fields =
      Fields{&Attempt::request, &Attempt::number, &Attempt::cause, &Attempt::began};

  [[nodiscard]] AttemptEnded ended(std::optional<Fault> fault, const Time& now) const {
    return {fault, now.steady - began, number, cause};
  }
};

/// What the responder has answered.
struct Answered {
  RequestBytes request{};
  ResponseBytes response{};
  SteadyTime began{};
  static constexpr auto fields = Fields{&Answered::request, &Answered::response, &Answered::began};

  [[nodiscard]] AttemptEnded ended(std::optional<Fault> fault, const Time& now) const {
    return {fault, now.steady - began, 1, Cause::answered};
  }
};

namespace states {

/// Nothing is under way.
struct Idle {};
/// We have asked.
struct AwaitingResponse {
  Attempt attempt;
  Deadline<ResponseOverdue> overdue;
  static constexpr auto fields = Fields{&AwaitingResponse::attempt, &AwaitingResponse::overdue};

  void entered(Context& c) { overdue = Deadline<ResponseOverdue>::in(c.config.timeout, c.now); }
};
/// An attempt has failed, the next one comes.
struct BackingOff {
  std::uint32_t number = 1;  // of the attempt that failed
  Cause cause = Cause::connected;
  Deadline<RetryDue> retry;
  static constexpr auto fields =
      Fields{&BackingOff::number, &BackingOff::cause, &BackingOff::retry};

  void entered(Context& c) { retry = Deadline<RetryDue>::in(c.config.pause_after(number), c.now); }
};
/// We have answered.
struct AwaitingComplete {
  Answered answered;
  Deadline<CompleteOverdue> overdue;
  static constexpr auto fields = Fields{&AwaitingComplete::answered, &AwaitingComplete::overdue};

  void entered(Context& c) { overdue = Deadline<CompleteOverdue>::in(c.config.timeout, c.now); }
};
/// The other side has proved that it holds the same keys.
struct Confirmed {
  Deadline<PeriodOver> period;
  static constexpr auto fields = Fields{&Confirmed::period};

  void entered(Context& c) {
    if (c.config.period) period = Deadline<PeriodOver>::in(*c.config.period, c.now);
  }
};
/// No attempt has got there, until the period is over.
struct Failed {
  Deadline<PeriodOver> period;
  static constexpr auto fields = Fields{&Failed::period};

  void entered(Context& c) {
    if (c.config.period) period = Deadline<PeriodOver>::in(*c.config.period, c.now);
  }
};
/// The keys are forgotten.
struct Ended {
  void entered(Context& c) { c.forget_keys(); }
};

}  // namespace states
}  // namespace handfast::rehandshake
