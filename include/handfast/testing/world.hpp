#pragma once

// A simulated world: parties in sessions, a network between them, an attacker on it, all in virtual
// time and all from one plan. The same plan gives the same run, to the bit.
//
// After the plan's last move the network is perfect and the attacker silent; then, within the
// scene's patience, every session must carry application data both ways or have told both sides
// that it is over. Where a protocol carries none, both sides must come to where a run may stop.

#include "handfast/testing/ledger.hpp"
//
#include "handfast/testing/event_log.hpp"
#include "handfast/testing/network.hpp"
#include "handfast/testing/oracles.hpp"
#include "handfast/testing/outcome.hpp"
#include "handfast/testing/party_of.hpp"
#include "handfast/testing/visitor.hpp"

namespace handfast::testing {

/// The rows that the runs of one scene have reached, of both roles.
template <class Scene>
[[nodiscard]] std::array<RowsReached, 2> rows_of_scene() {
  return {rows_of<handfast::detail::At<0, typename Scene::Roles>>(),
          rows_of<handfast::detail::At<1, typename Scene::Roles>>()};
}

/// Makes a party of a scene: side 0 or 1, its label, the seed of its randomness.
template <class Scene>
using MakeParty = std::unique_ptr<Party> (*)(int side, const typename Scene::Setting&, std::string,
                                             std::uint64_t, std::array<RowsReached, 2>&);

/// What side 0 or 1 knows of a session's setting.
template <class Scene>
[[nodiscard]] typename Scene::Setting setting_of(const typename Scene::Setting& setting, int side) {
  if constexpr (requires { Scene::setting_of(setting, side); })
    return Scene::setting_of(setting, side);
  else
    return setting;
}

template <class Scene>
[[nodiscard]] std::unique_ptr<Party> make_party(int side, const typename Scene::Setting& setting,
                                                std::string label, std::uint64_t seed,
                                                std::array<RowsReached, 2>& rows) {
  const auto make = [&]<int s>(std::integral_constant<int, s>) -> std::unique_ptr<Party> {
    return std::make_unique<PartyOf<Scene, handfast::detail::At<s, typename Scene::Roles>,
                                    handfast::detail::At<s, typename Scene::Applications>>>(
        setting_of<Scene>(setting, side), std::move(label), seed, rows[s]);
  };
  return side == 0 ? make(std::integral_constant<int, 0>{})
                   : make(std::integral_constant<int, 1>{});
}

/// The world of a plan. Session 0 and, in half the plans, session 1 are of honest parties; in
/// session 2 one side is the attacker's.
template <class Scene>
class World {
 public:
  /// `rows` counts what is reached; `log` is told every event, nullptr for none.
  World(const Plan& plan, std::array<RowsReached, 2>& rows, EventLog* log = nullptr,
        MakeParty<Scene> make = make_party<Scene>)
      : plan_(plan), numbers_(plan.setting), rows_(rows), log_(log), make_(make) {}
  /// `visitor` sees everything; `run` is called once, while it lives.
  World& shown_to(Visitor& visitor) {
    visitor_ = &visitor;
    return *this;
  }
  /// Looks at the state before and after only where the attacker speaks, and waits never long: many
  /// times as fast, for fuzzers.
  World& in_a_hurry() {
    is_thorough_ = false;
    return *this;
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  /// Runs the whole plan, and what comes after.
  Outcome run() {
    open_sessions();
    for (const Move& move : std::span(plan_.moves).subspan(outcome_.moves_made)) {
      const Duration wait = waits[move.after % waits.size()];
      pass(is_thorough_ ? wait : std::min(wait, Duration{hurried_wait_max}));
      if (!outcome_.is_fine()) break;
      make_move(move);
      ++outcome_.moves_made;
      settle();
      if (!outcome_.is_fine()) break;
    }
    if (outcome_.is_fine()) quiesce();
    oracles_.finish(now_);
    return outcome_;
  }

 private:
  static constexpr Duration hurried_wait_max = std::chrono::seconds(20);
  static constexpr int steps_at_once_max = 2000;  // of one moment
  static constexpr int frames_a_second_max = 1000;

  // The beginning.

  void open_sessions() {
    const std::uint64_t kind = numbers_.below(4);
    const int sessions = kind < 2 ? 1 : kind == 2 ? 2 : 3;
    for (int session = 0; session < sessions; ++session) {
      const auto setting = [&] {
        if constexpr (requires { Scene::setting(numbers_, sessions); })
          return Scene::setting(numbers_, sessions);
        else
          return Scene::setting(numbers_);
      }();
      oracles_.open_session(setting);
      const int attackers_side = session == 2 ? static_cast<int>(numbers_.below(2)) : -1;
      for (int side = 0; side < 2; ++side) {
        Member member;
        const auto index = static_cast<int>(members_.size());
        member.party = make_(side, setting, std::string(1, static_cast<char>('A' + index)),
                             numbers_.next(), rows_);
        member.session = session;
        member.peer = index ^ 1;
        member.is_attackers = side == attackers_side;
        member.is_honest = attackers_side < 0;
        member.steady_offset = std::chrono::seconds(numbers_.below(100000));
        members_.push_back(std::move(member));
        network_.add_party();
      }
      const auto last = static_cast<int>(members_.size()) - 1;
      lay_links(last - 1, last);
    }
    for (int i = 0; i < static_cast<int>(members_.size()); ++i) {
      const Member& one = member(i);
      note(i, "== " + std::string(1, static_cast<char>('A' + i)) + " " +
                  std::string(one.party->role()) + (one.is_attackers ? ", the attacker's" : ""));
      if (visitor_ != nullptr) visitor_->after_call(sight(i), {});  // where every run begins
      one.party->begin(one.time(now_));
    }
    // First moves that wait for nothing and are not the applications' come before anything is said.
    for (const Move& move : plan_.moves) {
      if (move.after % waits.size() != 0 || !may_be_first(move.deed)) break;
      make_move(move);
      ++outcome_.moves_made;
    }
    settle();
  }
  /// Links that come and go need not be there at first.
  void lay_links([[maybe_unused]] int who, [[maybe_unused]] int peer) {
    if constexpr (links_come_and_go<Scene>)
      for (std::uint32_t link = 0; link < links; ++link) {
        network_.cut(who, peer, Link{link});
        if (!Scene::is_open(Link{link})) continue;
        network_.mend(who, peer, Link{link});
        for (const int one : {who, peer}) member(one).open_links.insert(link);
      }
  }
  static constexpr bool may_be_first(Deed deed) {
    return deed == Deed::no_random || is_of_one_frame(deed);
  }

  // Time.

  [[nodiscard]] bool is_running(const Member& member) const noexcept {
    return !only_session_ || *only_session_ == member.session;
  }
  [[nodiscard]] SteadyTime due_of(const Member& member) const {
    const SteadyTime due = member.party->due();
    return due == never ? never : due - member.steady_offset;
  }

  /// Everything that is due now, and what it causes at once.
  void settle() {
    for (int steps = 0; outcome_.is_fine() && step(now_); ++steps)
      if (steps == steps_at_once_max) wrong(Oracle::quiesce, "time stands still");
  }
  /// Everything that is due in the next `duration`.
  void pass(Duration duration) {
    const SteadyTime end = now_ + duration;
    for (int steps = 0; outcome_.is_fine();) {
      const SteadyTime next = next_due();
      if (next > end) break;
      steps = next > now_ ? 0 : steps + 1;
      if (steps == steps_at_once_max) return wrong(Oracle::quiesce, "time stands still");
      now_ = std::max(now_, next);
      step(now_);
    }
    now_ = std::max(now_, end);
  }
  [[nodiscard]] SteadyTime next_due() const {
    SteadyTime next = network_.due(is_awake());
    for (const Member& member : members_)
      if (is_running(member)) next = std::min(next, due_of(member));
    return next;
  }
  /// The first thing that is due by `until`, frames before parties; false where nothing is.
  bool step(SteadyTime until) {
    const SteadyTime arrival = network_.due(is_awake());
    int party = -1;
    SteadyTime due = arrival;
    for (int i = 0; i < static_cast<int>(members_.size()); ++i)
      if (is_running(member(i)) && due_of(member(i)) < due) party = i, due = due_of(member(i));
    if (due > until || due == never) return false;
    if (party >= 0) {
      caused(party, member(party).party->advance(member(party).time(now_)), "");
      return true;
    }
    const InFlight one = network_.take(is_awake());
    if (visitor_ != nullptr && one.is_genuine) visitor_->before_frame(sight(one.to), one.frame);
    if (!one.is_genuine || !one.is_in_time) calm_of(one.to).disorder(now_);
    deliver(one.to, one.frame, "");
    return true;
  }
  [[nodiscard]] auto is_awake() const {
    return [this](int who) { return is_running(members_[static_cast<std::size_t>(who)]); };
  }

  // The network.

  void deliver(int to, const KeptFrame& frame, std::string_view note) {
    const bool is_held_to_refusal = is_thorough_ || !note.empty();
    if (visitor_ != nullptr && !note.empty()) visitor_->noted(sight(to), note);
    Caused& result = member(to).party->receive(frame.link, frame.bytes, member(to).time(now_),
                                               is_held_to_refusal);
    if (visitor_ != nullptr) visitor_->after_frame(sight(to), frame, result);
    if (note.empty())
      oracles_.came_as_sent(to, frame, result, now_);
    else if (!result.rejected())  // what is ignored may still be counted as received
      calm_of(to).disorder(now_);
    caused(to, result, note.empty() ? "gets" : note);
  }

  void send(int from, KeptFrame frame) {
    if (now_ - storm_since_ >= std::chrono::seconds(1)) storm_since_ = now_, storm_size_ = 0;
    if (++storm_size_ == frames_a_second_max)
      return wrong(Oracle::quiesce, "the parties talk without end");
    network_.send(from, member(from).peer, std::move(frame), now_, [&](Deed deed) {
      note(from, deed == Deed::partition ? "network: nothing gets through"
                                         : "network: " + std::string(to_string(deed)));
      if (deed == Deed::lose || deed == Deed::partition)
        calm_of(from).disturb(now_);
      else
        calm_of(from).disorder(now_);
    });
  }

  /// A link closes, for ever unless links come and go; what was on its way on it is lost. Where no
  /// role knows that links close, none does; but where one of the two may be reached elsewhere, it is
  /// from now on.
  void close(int who, Link link, bool peer_is_told) {
    if constexpr (requires { Scene::roaming_side; }) {
      if (who % 2 != Scene::roaming_side) return;
      ++member(who).moved;
      calm_of(who).disorder(now_);
      note(who, "is somewhere else");
    }
    if constexpr (!knows_links_close) return;
    const int peer = member(who).peer;
    calm_of(who).disorder(now_);
    if constexpr (links_come_and_go<Scene>)
      network_.cut(who, peer, link);
    else
      network_.close(who, peer, link);
    tell_closed(who, link);
    if (peer_is_told) tell_closed(peer, link);
  }
  /// A new connection takes the place of one that has closed, which by now everybody knows.
  void open(int who, Link link) {
    if (!network_.is_cut(who, link)) return;
    const int peer = member(who).peer;
    calm_of(who).disorder(now_);
    network_.mend(who, peer, link);
    ++connections_;
    for (const int one : {peer, who}) {
      tell_closed(one, link);
      member(one).open_links.insert(link.number);
      caused(one, member(one).party->open(link, connections_, member(one).time(now_)),
             words_of(link) + " opened");
    }
  }
  /// News for a session that has begun, and for a role that hears of links at all.
  void tell_closed(int who, Link link) {
    if (links_come_and_go<Scene> && member(who).open_links.erase(link.number) == 0) return;
    Caused& result = member(who).party->close(link, member(who).time(now_));
    const RoleFacts& facts = member(who).party->facts();
    if (!links_come_and_go<Scene> && (member(who).has_moved || !result.rows.empty()) &&
        facts.number_of(name_of<LinkClosed>(), facts.commands) >= 0)
      member(who).knows_link_closed = true;
    caused(who, result, words_of(link) + " closed");
  }
  static std::string words_of(Link link) {
    return links > 1 ? "link " + std::to_string(link.number) : "link";
  }

  // Moves.

  void make_move(const Move& move) {
    const int who = move.party % static_cast<int>(members_.size());
    Member& one = member(who);
    Seeded numbers(move.amount + std::uint64_t{move.choice} * 65536);
    switch (move.deed) {
      case Deed::command: caused(who, one.party->whim(numbers, one.time(now_)), "does"); break;
      case Deed::restart:
        note(who, "comes back from its stored state");
        calm_of(who).disorder(now_);
        if (!one.party->restart()) wrong(Oracle::calls, "a stored state was refused");
        if (links_come_and_go<Scene> && move.choice % 2 == 0)  // its connections do not
          for (std::uint32_t link = 0; link < links; ++link)
            close(who, Link{link}, move.amount % 4 != 0);
        break;
      case Deed::lose:
      case Deed::duplicate:
      case Deed::delay:
      case Deed::truncate:
      case Deed::extend:
      case Deed::flip: network_.plan(who, move); break;
      case Deed::partition:
        note(who, "cut off");
        network_.cut_off(who, now_ + waits[move.amount % waits.size()], move.choice % 2 == 0);
        break;
      case Deed::close:
        if (const Link link{move.choice % links};
            links_come_and_go<Scene> && network_.is_cut(who, link))
          open(who, link);
        else
          close(who, link, move.amount % 4 != 0);
        break;
      case Deed::skew:
        calm_of(who).disorder(now_);
        one.skew = std::chrono::seconds(static_cast<std::int64_t>(move.amount) - 32768);
        break;
      case Deed::no_random:  // a few draws of anything, or many of keys only
        calm_of(who).disorder(now_);
        if (move.choice % 2 == 0)
          one.party->fail_random(1 + move.amount % 12, 1);
        else
          one.party->fail_random(1 + move.amount % 256, 32);
        break;
      default: attack(move, who, numbers);
    }
  }

  void attack(const Move& move, int who, Seeded& numbers) {
    if (move.deed == Deed::forge) return forge(numbers);
    if (move.deed == Deed::inject) {
      KeptFrame frame{Link{move.choice % links}, Kept(move.amount % 100)};
      for (auto& byte : frame.bytes) byte = static_cast<std::uint8_t>(numbers.next());
      return deliver(who, frame, "attacker injects");
    }
    const auto& all = network_.seen();
    if (all.empty()) return;
    const Seen seen = all[move.choice % all.size()];
    switch (move.deed) {
      case Deed::replay: return deliver(seen.to, seen.frame, "attacker replays");
      case Deed::reflect: return deliver(seen.from, seen.frame, "attacker reflects");
      case Deed::splice:
        if (!is_private(seen.frame.link)) deliver(who, seen.frame, "attacker splices");
        return;
      default: return rewrite(seen, all[numbers.below(all.size())], numbers);
    }
  }

  /// One field becomes something else, or what one of `other` holds.
  void rewrite(const Seen& seen, const Seen& other, Seeded& numbers) {
    const bool mixes = numbers.below(3) == 0 && !is_private(other.frame.link);
    const Pieces pieces = mixes ? member(other.to).party->pieces_of(other.frame) : Pieces{};
    if (const auto changed = member(seen.to).party->rewrite(seen.frame, pieces, numbers))
      deliver(seen.to, *changed, mixes ? "attacker mixes" : "attacker rewrites");
  }

  /// A link that nobody else reads or writes by the protocol's own assumption: what it carries may
  /// be lost, repeated and damaged, and does not move to another session.
  static bool is_private(Link link) {
    if constexpr (requires { Scene::is_private(link); })
      return Scene::is_private(link);
    else
      return false;
  }

  void forge(Seeded& numbers) {
    for (int i = 0; i < static_cast<int>(members_.size()); ++i) {
      if (!member(i).is_attackers) continue;
      oracles_.begin_dishonest_call();
      const auto made = member(i).party->forge(numbers, member(i).time(now_));
      oracles_.end_dishonest_call();
      if (made) deliver(member(i).peer, *made, "attacker forges");
    }
  }

  // What calls cause.

  void caused(int who, Caused& result, std::string_view why) {
    if constexpr (requires { Scene::roaming_side; })
      std::erase_if(result.frames, [&](KeptFrame& frame) {
        const Member &one = member(who), &peer = member(one.peer);
        if (Scene::carry(frame, one.moved, peer.moved)) return false;
        calm_of(who).disturb(now_);
        note(who, "sends to where nobody is");
        return true;
      });
    if (log_ != nullptr &&
        (!result.told.empty() || !result.frames.empty() || !result.rows.empty() || !why.empty()))
      log_->line(now_, who, in_words(result, why));
    if (visitor_ != nullptr) visitor_->after_call(sight(who), result);
    oracles_.called(who, result, now_);
    for (KeptFrame& frame : result.frames) send(who, std::move(frame));
    for (const LinkWish& wish : std::exchange(result.wishes, {}))
      if (wish.is_to_open)
        open(who, wish.link);
      else
        close(who, wish.link, true);
  }

  // The end.

  void quiesce() {
    network_.heal(now_);
    for (Member& one : members_) one.party->fail_random(0, 0);
    if (log_ != nullptr) log_->line(now_, "from here on nothing is lost and nobody attacks");
    // Sessions have nothing more to do with each other: each begins at this moment.
    const SteadyTime quiet_since = now_;
    for (int i = 0; i < static_cast<int>(members_.size()) && outcome_.is_fine(); i += 2) {
      if (!member(i).is_honest) continue;
      now_ = storm_since_ = quiet_since;
      only_session_ = member(i).session;
      agree(i);
    }
  }

  /// Whether the session of `first` and its peer works, or is over on both sides, or on one where
  /// nothing tells the other: asked until the scene's patience is over, with data more and more seldom.
  void agree(int first) {
    is_data_offered_ = false;
    const auto is_decided = [&] {
      const bool one = member(first).is_over(), other = member(first + 1).is_over();
      return !outcome_.is_fine() || (ends_alone ? one || other : one && other);
    };
    if constexpr (carries_data) {
      for (Duration wait = Scene::patience / 1024; wait < Scene::patience; wait *= 2) {
        if (is_decided() || works(first)) return;
        pass(wait);
      }
    } else {  // nothing is asked of the two: each moment counts
      const SteadyTime end = now_ + Scene::patience;
      for (; now_ < end; pass(std::min(next_due(), end) - now_))
        if (is_decided() || works(first)) return;
    }
    if (is_decided()) return;
    const std::string states = std::string(member(first).party->state()) + " and " +
                               std::string(member(first + 1).party->state());
    if (!carries_data)
      wrong(Oracle::quiesce, "in quiet times " + states + " do not come to where a run may stop");
    else if (is_data_offered_)
      wrong(Oracle::quiesce, "in quiet times " + states + " neither exchange data nor end");
    else
      wrong(Oracle::quiesce, "in quiet times " + states +
                                 " neither end nor have a command whose own row sends data");
  }
  /// Whether data comes through from each of the two that takes any, and from one at least; where
  /// there is none, whether a run may stop here.
  bool works(int first) {
    if constexpr (!carries_data)
      return member(first).party->is_at_end() && member(first + 1).party->is_at_end();
    Exchange there = exchange(first);
    if (there == Exchange::failed) return false;
    const Exchange back = exchange(first + 1);
    // What it was waiting for may have come by now.
    if (there == Exchange::not_now) there = exchange(first);
    return there != Exchange::failed && back != Exchange::failed &&
           (there == Exchange::done || back == Exchange::done);
  }
  enum class Exchange : std::uint8_t { not_now, done, failed };
  /// Has one party give data, or ask for some, and lets time pass; whether there was data, and all
  /// of it was told by then.
  Exchange exchange(int who) {
    const std::size_t before = oracles_.data().given_count();
    Caused& offered = member(who).party->offer_data(member(who).time(now_));
    const bool is_refused = offered.rejected() || offered.messages.empty();
    caused(who, offered, "does");
    if (is_refused) return Exchange::not_now;
    is_data_offered_ = true;
    const SteadyTime end = now_ + Scene::exchange_time;
    const auto is_done = [&] {
      return oracles_.data().given_count() > before && oracles_.data().all_arrived_since(before);
    };
    while (now_ < end && outcome_.is_fine() && !is_done())
      pass(std::max(std::min(next_due(), end) - now_, Duration{1}));
    // An application's answer may come a moment after what it answers.
    pass(2 * Network::latency);
    return is_done() ? Exchange::done : Exchange::failed;
  }

  // Words.

  void wrong(Oracle by, std::string what) { oracles_.wrong(by, std::move(what), now_); }
  void note(int who, std::string_view text) {
    if (log_ != nullptr) log_->line(now_, who, text);
    if (visitor_ != nullptr) visitor_->noted(sight(who), text);
  }
  static std::string in_words(const Caused& result, std::string_view why) {
    std::string words(why);
    for (const auto& message : result.messages)
      words += (words.empty() ? "" : " ") + std::string(message);
    for (const Told& told : result.told) {
      words += (words.empty() ? "" : "; ") + std::string(told.name);
      if (told.fault) words += " " + std::string(to_string(*told.fault));
    }
    if (!result.frames.empty()) words += "; sends";
    for (const KeptFrame& frame : result.frames)
      words += " " + std::to_string(frame.bytes.size()) + " B";
    return words;
  }

  [[nodiscard]] Sight sight(int who) {
    const Member &one = member(who), &peer = member(one.peer);
    return {who,          one.session, *one.party, *peer.party, one.time(now_), peer.time(now_),
            one.is_honest};
  }
  [[nodiscard]] Calm& calm_of(int who) { return oracles_.calm_of(who); }
  [[nodiscard]] Member& member(int index) { return members_[static_cast<std::size_t>(index)]; }

  static constexpr bool carries_data = []<class... Roles>(List<Roles...>) {
    constexpr auto carries = [](const Edge& e) { return e.application_data; };
    return (std::ranges::any_of(Graph<Roles>::edges, carries) || ...);
  }(typename Scene::Roles{});
  static constexpr bool ends_alone = [] {
    if constexpr (requires { Scene::ends_alone; })
      return Scene::ends_alone;
    else
      return false;
  }();
  static constexpr bool knows_links_close = []<class... Roles>(List<Roles...>) {
    return (handfast::detail::is_command<Roles, LinkClosed> || ...);
  }(typename Scene::Roles{});
  static constexpr std::uint32_t links =
      static_cast<std::uint32_t>(handfast::detail::At<0, typename Scene::Roles>::Links::size);

  const Plan& plan_;
  Seeded numbers_;
  std::array<RowsReached, 2>& rows_;
  EventLog* log_;
  MakeParty<Scene> make_;
  Visitor* visitor_ = nullptr;
  Outcome outcome_;
  std::vector<Member> members_;
  Network network_;
  Oracles<Scene> oracles_{members_, network_, outcome_, log_};
  SteadyTime now_{std::chrono::hours(1000)};
  std::uint32_t connections_ = 0;    // that were opened
  std::optional<int> only_session_;  // time passes for, where it does not for all
  bool is_thorough_ = true;
  bool is_data_offered_ = false;  // in quiet times
  SteadyTime storm_since_{};
  int storm_size_ = 0;
};

}  // namespace handfast::testing
