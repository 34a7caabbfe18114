#pragma once

// Two machines that talk, and a transcript of it. Between them is a network that loses nothing and
// somebody who may meddle; time is virtual; where the contexts' random sources follow from a seed,
// so does every byte.
//
//   spec::Recording<Asker, Answerer> run{"ask", context, context};
//   run.one(Ask{});                              // and everything that follows from it
//   run.other(Give{bytes_of("at noon")});
//   run.pass(std::chrono::seconds(5));           // timers that are due by then
//   std::cout << spec::text(run.transcript());

#include <deque>

#include "handfast/spec/chart.hpp"
#include "handfast/spec/detail/arrows.hpp"
#include "handfast/spec/detail/listener.hpp"
#include "handfast/spec/meddle.hpp"

namespace handfast::spec {

/// What a run can be asked for, beside itself.
struct RunOptions {
  std::uint64_t seed = 1;  // of every random byte, as far as it is up to the run
  Meddle meddle;           // nothing for nobody
  bool dangerous_states = false;
};

/// Two machines, `One` and `Other`, and what they have said to each other. Not movable: the machines
/// tell it what they do.
template <class One, class Other>
class Recording {
 public:
  using ContextOne = typename One::Context;
  using ContextOther = typename Other::Context;

  /// `start` is the time at which it begins.
  Recording(std::string title, ContextOne one, ContextOther other, Time start = {})
      : one_(std::move(one), detail::Listener{&heard_}),
        other_(std::move(other), detail::Listener{&heard_}),
        now_(start),
        begin_(start.steady) {
    transcript_.title = std::move(title);
    const bool same = name_of<One>() == name_of<Other>();
    transcript_.participants = {{std::string(name_of<One>()) + (same ? " 1" : ""), false},
                                {std::string(name_of<Other>()) + (same ? " 2" : ""), false}};
  }
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  /// From now on `meddle` sees every frame: there is an attacker.
  void let(Meddle meddle) {
    meddle_ = std::move(meddle);
    if (has_attacker()) return;
    auto& all = transcript_.participants;
    all.insert(all.begin() + 1, {"attacker", true});
    const auto move_right = [](int& who) { who += who; };
    for (Entry& entry : transcript_.entries) {
      if (entry.transit) move_right(entry.transit->from), move_right(entry.transit->to);
      if (entry.step) move_right(entry.step->who);
      if (entry.dangerous_state) move_right(entry.dangerous_state->who);
    }
  }
  /// What `options` say, but for the seed: that is in the contexts.
  void obey(const RunOptions& options) {
    if (options.meddle) let(options.meddle);
    if (options.dangerous_states) dangerous_show_states();
  }
  /// From now on `carry` makes of a frame that party `from` has sent what arrives: for frames that
  /// say where they go to, and shall say where they come from.
  void carry_with(std::function<void(int from, std::vector<std::uint8_t>&)> carry) {
    carry_ = std::move(carry);
  }
  /// From now on each step shows everything that its machine holds, keys too.
  void dangerous_show_states() { shows_states_ = true; }

  /// Asks one of the two for something, and brings what it sends to the other, until nobody has
  /// anything more to say.
  template <class Command>
  void one(const Command& command) {
    command_to<0>(command);
  }
  template <class Command>
  void other(const Command& command) {
    command_to<1>(command);
  }

  /// Lets time pass; what is due by then happens when it is due.
  void pass(Duration duration) {
    const SteadyTime end = now_.steady + duration;
    for (int fired = 0; fired < fired_max; ++fired) {
      const SteadyTime next = std::min(due_[0].at, due_[1].at);
      if (next > end) break;
      set_time(next);
      if (due_[0].at <= next)
        advance<0>();
      else
        advance<1>();
      deliver();
    }
    set_time(end);
  }

  [[nodiscard]] const Transcript& transcript() const noexcept { return transcript_; }
  [[nodiscard]] Transcript& transcript() noexcept { return transcript_; }
  [[nodiscard]] Machine<One, detail::Listener>& machine_one() noexcept { return one_; }
  [[nodiscard]] Machine<Other, detail::Listener>& machine_other() noexcept { return other_; }
  [[nodiscard]] const Time& now() const noexcept { return now_; }

 private:
  static constexpr int fired_max = 1000;      // timers in one call of `pass`
  static constexpr int delivered_max = 1000;  // frames that follow from one call

  template <int who>
  using RoleOf = std::conditional_t<who == 0, One, Other>;
  template <int who>
  auto& machine() noexcept {
    if constexpr (who == 0)
      return one_;
    else
      return other_;
  }

  [[nodiscard]] bool has_attacker() const { return transcript_.participants.size() > 2; }
  /// Where one of the two stands among the participants: an attacker is between them.
  [[nodiscard]] int place_of(int who) const { return has_attacker() ? 2 * who : who; }

  void set_time(SteadyTime at) {
    now_.utc += std::chrono::duration_cast<std::chrono::milliseconds>(at - now_.steady);
    now_.steady = at;
  }
  Entry& add() {
    return transcript_.entries.emplace_back(Entry{now_.steady - begin_, {}, {}, {}, {}});
  }

  template <int who, class Command>
  void command_to(const Command& command) {
    called<who>(detail::trigger_of(Trigger::command, name_of<Command>()), true,
                [&] { return machine<who>().handle(command, now_); });
    deliver();
  }
  template <int who>
  void advance() {
    const std::string trigger = detail::trigger_of(Trigger::timer, due_[who].timer);
    called<who>(trigger, true, [&] { return machine<who>().advance(now_); });
  }

  /// One call, all that it did, and its frames, which are then under way.
  template <int who, class Call>
  void called(const std::string& trigger, bool is_local, Call&& call) {
    using Role = RoleOf<who>;
    heard_ = {};
    CallRecord step;
    step.who = place_of(who);
    step.trigger = trigger;
    step.is_local = is_local;
    step.before = machine<who>().state_name();
    const auto out = call();
    step.after = machine<who>().state_name();
    if (!heard_.received.empty()) step.trigger = heard_.received.front().name;
    for (const int row : heard_.rows)
      step.rows.push_back(row_in_words(chart<Role>().rows[static_cast<std::size_t>(row)]));
    for (const auto& event : out.events)
      step.tells.push_back(
          std::visit([](const auto& held) { return detail::event_in_words(held); }, event));
    if (heard_.fault) step.refused = to_string(*heard_.fault);
    add().step = std::move(step);
    due_[who] = out.deadline.value_or(Due{});
    for (std::size_t i = 0; i < out.transmit.size(); ++i) {
      const Frame& frame = out.transmit[i];
      std::vector<std::uint8_t> bytes(frame.bytes.begin(), frame.bytes.end());
      if (carry_) carry_(who, bytes);
      sent_.push_back(
          {1 - who, heard_.sent.size() == out.transmit.size() ? heard_.sent[i] : detail::Spoken{}});
      underway_.push_back({static_cast<int>(sent_.size()), 1 - who, frame.link, std::move(bytes),
                           Origin::honest, false});
    }
    if (shows_states_) {
      const Buffer held = machine<who>().dangerous_snapshot();
      add().dangerous_state = DangerousState{
          place_of(who), machine<who>().state_name(), {held.bytes().begin(), held.bytes().end()}};
    }
  }

  /// Until nothing is on its way.
  void deliver() {
    for (int delivered = 0; !underway_.empty() && delivered < delivered_max; ++delivered) {
      const Underway frame = std::move(underway_.front());
      underway_.pop_front();
      const auto all = meddle_ ? meddle_(frame) : std::vector<Underway>{frame};
      for (const Underway& one : all)
        if (one.to == 0)
          arrives<0>(one);
        else
          arrives<1>(one);
    }
  }

  /// Brings `frame` to machine `to`.
  template <int to>
  void arrives(const Underway& frame) {
    using Role = RoleOf<to>;
    const auto& [sent_to, said] = sent_[static_cast<std::size_t>(frame.number - 1)];
    Transit transit;
    transit.from = frame.origin == Origin::honest ? place_of(1 - sent_to) : 1;
    transit.to = place_of(to);
    transit.bytes = frame.bytes;
    transit.origin = frame.origin;
    transit.link = detail::link_name<Role>(frame.link);
    // One that comes back is explained as by the machine that it was for.
    if (sent_to == to)
      detail::explain_frame<Role>(machine<to>().context(), frame.link, transit);
    else
      detail::explain_frame<RoleOf<1 - to>>(machine<1 - to>().context(), frame.link, transit);
    transit.message = said.name;
    if (said.name != transit.form) transit.contents = said.fields;
    if (frame.is_lost) {
      transit.fate = Fate::lost;
      add().transit = std::move(transit);
      return;
    }
    const auto at = transcript_.entries.size();
    const std::string form = transit.form;
    add().transit = std::move(transit);
    called<to>(form, false, [&] { return machine<to>().receive(frame.link, frame.bytes, now_); });
    Transit& arrived = *transcript_.entries[at].transit;
    if (heard_.fault)
      arrived.fate = Fate::refused;
    else if (heard_.rows.empty())
      arrived.fate = Fate::ignored;
    // A sender may fill in a field as it seals: what was opened is what was sealed.
    if (!arrived.contents.empty() && !heard_.received.empty() &&
        heard_.received.front().name == arrived.message)
      arrived.contents = std::move(heard_.received.front().fields);
  }

  template <class Role>
  static const Chart& chart() {
    static const Chart chart = chart_of<Role>();
    return chart;
  }
  static std::string row_in_words(const ChartRow& row) {
    return std::string(row.from) + " on " + std::string(row.on) + " to " + std::string(row.to);
  }

  detail::Heard heard_;
  Machine<One, detail::Listener> one_;
  Machine<Other, detail::Listener> other_;
  Time now_;
  SteadyTime begin_;
  Due due_[2];
  std::deque<Underway> underway_;
  std::vector<std::pair<int, detail::Spoken>> sent_;  // to whom, and what; by number, from 1
  Meddle meddle_;
  std::function<void(int, std::vector<std::uint8_t>&)> carry_;
  bool shows_states_ = false;
  Transcript transcript_;
};

}  // namespace handfast::spec
