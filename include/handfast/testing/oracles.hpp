#pragma once

// What a simulated world is judged by, after every call of every party: claims, data, the ledger of
// keys, limits, calm. Whether a session still works when all is quiet the world finds out itself.

#include "handfast/testing/ledger.hpp"
//
#include "handfast/testing/calm.hpp"
#include "handfast/testing/claims.hpp"
#include "handfast/testing/event_log.hpp"
#include "handfast/testing/limits.hpp"
#include "handfast/testing/network.hpp"
#include "handfast/testing/outcome.hpp"
#include "handfast/testing/party.hpp"

namespace handfast::testing {

/// A party of a world, and what is remembered of it.
struct Member {
  std::unique_ptr<Party> party;
  int session = 0;
  int peer = 0;
  bool is_attackers = false;
  bool is_honest = true;             // and so is its peer
  Duration steady_offset{};          // clocks of different machines have different origins
  std::chrono::milliseconds skew{};  // of the clock of the day
  unsigned moved = 0;                // how often it was to be reached elsewhere from then on
  bool is_closed = false;
  bool has_moved = false;              // some row was taken
  bool was_busy = false;               // its application, after the last call
  bool knows_link_closed = false;      // it was told
  std::set<std::uint32_t> open_links;  // as it was told, where they come and go

  /// What its clocks say when it is `now` in the world.
  [[nodiscard]] Time time(SteadyTime now) const {
    return {now + steady_offset, UnixTime{std::chrono::duration_cast<std::chrono::milliseconds>(
                                     (now - SteadyTime{}) + std::chrono::hours(24 * 365 * 50))} +
                                     skew};
  }
  [[nodiscard]] bool is_busy(SteadyTime now) const { return party->is_busy(time(now)); }
  /// Over, or never begun: a party that nothing has reached waits for nothing.
  [[nodiscard]] bool is_over() const { return is_closed || party->is_over() || !has_moved; }
};

/// Judges the members of a world of `Scene`. What is wrong first is the outcome.
template <class Scene>
class Oracles {
 public:
  using Setting = typename Scene::Setting;

  /// `members` and `network` are the world's; `log` is told what is wrong, nullptr for none.
  Oracles(std::vector<Member>& members, const Network& network, Outcome& outcome, EventLog* log)
      : members_(members), network_(network), outcome_(outcome), log_(log) {}

  void open_session(const Setting& setting) { sessions_.push_back({setting, {}, {}}); }

  /// `who` has been called at `now`, which has caused `result`.
  void called(int who, const Caused& result, SteadyTime now) {
    Member& one = member(who);
    judge_calm(who, result, now);
    judge_limits(who, result, now);
    one.has_moved = one.has_moved || !result.rows.empty();
    if (result.broken) wrong(Oracle::calls, *result.broken, now);
    if (ledger_.broken()) wrong(Oracle::ledger, *ledger_.broken(), now);
    if (result.given && !result.rejected()) data_.given(who, one.session, *result.given);
    for (const Told& told : result.told) hear(who, told, now);
  }

  /// A frame has come to `who` as it was sent, once and in order.
  void came_as_sent(int who, const KeptFrame& frame, const Caused& result, SteadyTime now) {
    if constexpr (is_held_to_calm) {
      if (!member(who).is_honest || !calm_of(who).is_in_order() || !recovers(who)) return;
      const auto fault = result.rejected();
      if (fault && is_unwelcome(*fault) && !(fault == Fault::replayed && is_repeated(frame)))
        wrong(Oracle::calm,
              "a message that came as it was sent, once and in order, was refused: " +
                  std::string(to_string(*fault)),
              now);
    }
  }

  /// Whatever is made in between is the attacker's.
  void begin_dishonest_call() { ledger_.begin_call(true); }
  void end_dishonest_call() { ledger_.end_call(true); }

  /// The world is over.
  void finish(SteadyTime now) {
    outcome_.commit_count = claims_.commit_count();
    outcome_.seals_of_one_key_max = ledger_.seals_of_one_key_max();
    if constexpr (requires { Scene::seals_of_one_key_max; })
      if (outcome_.seals_of_one_key_max > Scene::seals_of_one_key_max)
        wrong(Oracle::ledger, "one key sealed more messages than it may", now);
  }

  void wrong(Oracle by, std::string what, SteadyTime now) {
    if (!outcome_.is_fine()) return;
    outcome_.wrong = by == Oracle::quiesce || by == Oracle::calm ? Wrong::liveness : Wrong::safety;
    outcome_.oracle = by;
    outcome_.what = std::move(what);
    if (log_ != nullptr) log_->line(now, "WRONG: " + outcome_.what);
  }

  [[nodiscard]] Calm& calm_of(int who) { return session_of(who).calm; }
  [[nodiscard]] const DataBook& data() const noexcept { return data_; }

 private:
  struct Session {
    Setting setting;
    Calm calm;
    KeyLimits limits;
  };

  void hear(int who, const Told& told, SteadyTime now) {
    Member& one = member(who);
    if (told.kind == Told::Kind::closed) {
      one.is_closed = true;
      if (one.knows_link_closed &&
          (told.fault == Fault::peer_lost || told.fault == Fault::timed_out))
        wrong(Oracle::quiesce, "a party whose link was closed waited for its peer", now);
      if (is_stream && !told.fault && one.is_honest && !data_.all_arrived_from(who))
        wrong(Oracle::claims, "a party ended as if all were well, and data of its own never came",
              now);
    }
    const auto judge = [&](std::optional<std::string> why) {
      if (why) wrong(Oracle::claims, *std::move(why), now);
    };
    // What the attacker's own party believes is nobody's concern, but that it was there is.
    if (told.kind == Told::Kind::running) claims_.running({who, one.session, *told.claim});
    if (one.is_attackers) return;
    if (told.kind == Told::Kind::commit) judge(claims_.commit({who, one.session, *told.claim}));
    if (told.payload && !member(one.peer).is_attackers)
      judge(data_.told(who, one.session, *told.payload, is_stream));
  }

  /// In calm no timer fires but the routine ones.
  void judge_calm(int who, const Caused& result, SteadyTime now) {
    Member &one = member(who), &peer = member(one.peer);
    Calm& calm = calm_of(who);
    const bool is_waiting = one.is_busy(now) || peer.is_busy(now);
    if (one.was_busy || is_waiting || is_trouble(result.rejected()) ||
        has_waited(result, one.party->facts()))
      calm.disturb(now);
    one.was_busy = one.is_busy(now);
    if constexpr (is_held_to_calm) {
      static constexpr auto routine = handfast::detail::names_of(typename Scene::Routine{});
      if (!one.is_honest || network_.is_closed(who) || peer.is_closed || peer.party->is_over() ||
          !recovers(who))
        return;
      if (!calm.lasts(Scene::recovery_time(session_of(who).setting), now)) return;
      if (const auto timer = alarm_in(result.rows, one.party->facts(), routine))
        wrong(Oracle::calm, "nothing is amiss, and yet it came to " + *timer, now);
    }
  }
  /// A wish that made no sense when it came is none.
  static constexpr bool is_trouble(std::optional<Fault> fault) noexcept {
    return fault && fault != Fault::bad_argument && fault != Fault::not_allowed_now;
  }
  /// Whether a timer fired for which the machine can do nothing now.
  static bool has_waited(const Caused& result, const RoleFacts& facts) {
    return std::ranges::any_of(result.rows, [&](int row) {
      const Edge& e = facts.rows()[static_cast<std::size_t>(row)];
      return e.trigger == Trigger::timer && e.from == e.to && e.send_count + e.tell_count == 0;
    });
  }
  /// Whether its sender has sent the very same bytes more than once.
  [[nodiscard]] bool is_repeated(const KeptFrame& frame) const {
    return std::ranges::count_if(network_.seen(), [&](const Seen& one) {
             return one.frame.link == frame.link && one.frame.bytes == frame.bytes;
           }) > 1;
  }
  /// What a message that is neither lost nor late nor altered is never refused with.
  static constexpr bool is_unwelcome(Fault fault) noexcept {
    const FaultGroup group = group_of(fault);
    return group != FaultGroup::caller && group != FaultGroup::environment &&
           group != FaultGroup::stale;
  }

  /// No set of keys is used beyond its limits.
  void judge_limits(int who, const Caused& result, SteadyTime now) {
    if constexpr (requires(const Setting& setting) { Scene::limits(setting); }) {
      if (!member(who).is_honest) return;
      Session& session = session_of(who);
      for (const KeptFrame& frame : result.frames)
        if (const auto use = Scene::key_use(frame))
          if (auto why = session.limits.used(who, *use, result.given.has_value(), now,
                                             Scene::limits(session.setting)))
            wrong(Oracle::ledger, *std::move(why), now);
    }
  }

  [[nodiscard]] Member& member(int index) { return members_[static_cast<std::size_t>(index)]; }
  [[nodiscard]] Session& session_of(int who) {
    return sessions_[static_cast<std::size_t>(member(who).session)];
  }
  [[nodiscard]] bool recovers(int who) {
    return Scene::recovery_time(session_of(who).setting) != Duration::max();
  }
  static constexpr bool is_stream = [] {
    if constexpr (requires { Scene::is_stream; })
      return Scene::is_stream;
    else
      return false;
  }();
  static constexpr bool is_held_to_calm = requires(const Setting& setting) {
    Scene::recovery_time(setting);
  };

  std::vector<Member>& members_;
  const Network& network_;
  Outcome& outcome_;
  EventLog* log_;
  Ledger ledger_;
  ClaimBook claims_;
  DataBook data_;
  std::vector<Session> sessions_;
};

}  // namespace handfast::testing
