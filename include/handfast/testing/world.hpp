#pragma once

// A simulated world: parties in sessions, a network between them, an attacker on it, all in virtual
// time and all from one plan. The same plan gives the same run, to the bit.
//
// After the plan's last move the network is perfect and the attacker silent; then, within the
// scene's patience, every session must carry application data both ways or have told both sides
// that it is over.

#include "handfast/testing/ledger.hpp"
//
#include "handfast/testing/claims.hpp"
#include "handfast/testing/event_log.hpp"
#include "handfast/testing/party_of.hpp"
#include "handfast/testing/plan.hpp"

namespace handfast::testing {

/// What a world can do wrong.
enum class Wrong : std::uint8_t {
  nothing,
  safety,    // something happened that must never happen
  liveness,  // something that must happen did not
};

/// Who noticed.
enum class Oracle : std::uint8_t {
  claims,   // commitments agree, data is told once and to whom it was meant for
  ledger,   // no key and nonce seals twice, nothing sealed is accepted twice
  calls,    // what must hold of every call: a refusal changes nothing and costs little
  quiesce,  // in quiet times sessions work or end
};

/// What became of a run.
struct Outcome {
  Wrong wrong = Wrong::nothing;
  Oracle oracle{};             // where something is wrong
  std::string what;            // in a sentence; empty where nothing is wrong
  std::size_t moves_made = 0;  // of the plan, until then
  std::size_t commit_count = 0;
  std::size_t seals_of_one_key_max = 0;
  [[nodiscard]] bool is_fine() const noexcept { return wrong == Wrong::nothing; }
};

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

template <class Scene>
[[nodiscard]] std::unique_ptr<Party> make_party(int side, const typename Scene::Setting& setting,
                                                std::string label, std::uint64_t seed,
                                                std::array<RowsReached, 2>& rows) {
  const auto make = [&]<int s>(std::integral_constant<int, s>) -> std::unique_ptr<Party> {
    return std::make_unique<PartyOf<Scene, handfast::detail::At<s, typename Scene::Roles>,
                                    handfast::detail::At<s, typename Scene::Applications>>>(
        setting, std::move(label), seed, rows[s]);
  };
  return side == 0 ? make(std::integral_constant<int, 0>{})
                   : make(std::integral_constant<int, 1>{});
}

/// One party of a world as a visitor sees it, and the peer that has its keys.
struct Sight {
  int who, session;
  const Party& party;
  const Party& peer;
  Time now, peers_now;  // by the clock of each
  bool is_honest;       // neither of the two is the attacker's
};

/// Sees what happens in a world, and must not change it: it may clone what it sees.
class Visitor {
 public:
  virtual ~Visitor() = default;
  /// The party is about to get what its peer has sent it, unchanged and for the first time.
  virtual void before_frame(const Sight&, const KeptFrame&) {}
  /// It got a frame, from wherever, and this came of it.
  virtual void after_frame(const Sight&, const KeptFrame&, const Caused&) {}
  /// A call of any kind is over.
  virtual void after_call(const Sight&, const Caused&) {}
};

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
    outcome_.commit_count = claims_.commit_count();
    outcome_.seals_of_one_key_max = ledger_.seals_of_one_key_max();
    if constexpr (requires { Scene::seals_of_one_key_max; })
      if (outcome_.seals_of_one_key_max > Scene::seals_of_one_key_max)
        wrong(Oracle::ledger, "one key sealed more messages than it may");
    return outcome_;
  }

 private:
  struct Member {
    std::unique_ptr<Party> party;
    int session = 0;
    int peer = 0;
    bool is_attackers = false;
    Duration steady_offset{};          // clocks of different machines have different origins
    std::chrono::milliseconds skew{};  // of the clock of the day
    std::vector<Move> next_frame;      // what the network does to the next frame
    SteadyTime cut_off_until{};        // nothing gets through from it,
    bool hears_when_cut_off = false;   // or to it either
    bool is_closed = false;
    bool has_moved = false;          // some row was taken
    bool is_link_closed = false;     // nothing gets through any more
    bool knows_link_closed = false;  // and it was told
  };
  struct InFlight {
    SteadyTime at;
    std::uint64_t serial;
    int from, to;
    KeptFrame frame;
    bool is_genuine;  // as it was sent, and no copy
  };
  struct Seen {
    int from, to;
    KeptFrame frame;
  };
  static constexpr Duration latency = std::chrono::milliseconds(1);
  static constexpr Duration hurried_wait_max = std::chrono::seconds(20);
  static constexpr std::size_t seen_max = 200;
  static constexpr int steps_at_once_max = 2000;  // of one moment
  static constexpr int frames_a_second_max = 1000;
  static constexpr int exchange_attempts_max = 6;

  // The beginning.

  void open_sessions() {
    const std::uint64_t kind = numbers_.below(4);
    const int sessions = kind < 2 ? 1 : kind == 2 ? 2 : 3;
    for (int session = 0; session < sessions; ++session) {
      const auto setting = Scene::setting(numbers_);
      const int attackers_side = session == 2 ? static_cast<int>(numbers_.below(2)) : -1;
      for (int side = 0; side < 2; ++side) {
        Member member;
        const auto index = static_cast<int>(members_.size());
        member.party = make_(side, setting, std::string(1, static_cast<char>('A' + index)),
                             numbers_.next(), rows_);
        member.session = session;
        member.peer = index ^ 1;
        member.is_attackers = side == attackers_side;
        member.steady_offset = std::chrono::seconds(numbers_.below(100000));
        members_.push_back(std::move(member));
      }
    }
    for (int i = 0; i < static_cast<int>(members_.size()); ++i) {
      const Member& one = member(i);
      note(i, "== " + std::string(1, static_cast<char>('A' + i)) + " " +
                  std::string(one.party->role()) + (one.is_attackers ? ", the attacker's" : ""));
      if (visitor_ != nullptr) visitor_->after_call(sight(i), {});  // where every run begins
      one.party->begin(time_of(one));
    }
    // First moves that wait for nothing and are the network's come before anything is said.
    for (const Move& move : plan_.moves) {
      if (move.after % waits.size() != 0 || !is_of_next_frame(move.deed)) break;
      make_move(move);
      ++outcome_.moves_made;
    }
    settle();
  }
  static constexpr bool is_of_next_frame(Deed deed) {
    return deed == Deed::lose || deed == Deed::duplicate || deed == Deed::delay ||
           deed == Deed::truncate || deed == Deed::extend || deed == Deed::flip;
  }

  // Time.

  [[nodiscard]] Time time_of(const Member& member) const {
    return {now_ + member.steady_offset,
            UnixTime{std::chrono::duration_cast<std::chrono::milliseconds>(
                (now_ - SteadyTime{}) + std::chrono::hours(24 * 365 * 50))} +
                member.skew};
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
    SteadyTime next = never;
    for (const Member& member : members_) next = std::min(next, due_of(member));
    for (const InFlight& one : in_flight_) next = std::min(next, one.at);
    return next;
  }
  /// The first thing that is due by `until`; false where nothing is.
  bool step(SteadyTime until) {
    auto first = in_flight_.end();
    for (auto one = in_flight_.begin(); one != in_flight_.end(); ++one)
      if (one->at <= until && (first == in_flight_.end() || one->at < first->at ||
                               (one->at == first->at && one->serial < first->serial)))
        first = one;
    int party = -1;
    SteadyTime due = first == in_flight_.end() ? never : first->at;
    for (int i = 0; i < static_cast<int>(members_.size()); ++i)
      if (const SteadyTime at = due_of(member(i)); at <= until && at < due) party = i, due = at;
    if (party >= 0) {
      caused(party, member(party).party->advance(time_of(member(party))), "");
      return true;
    }
    if (first == in_flight_.end()) return false;
    const InFlight one = std::move(*first);
    in_flight_.erase(first);
    if (visitor_ != nullptr && one.is_genuine) visitor_->before_frame(sight(one.to), one.frame);
    deliver(one.to, one.frame, "");
    return true;
  }

  // The network.

  void deliver(int to, const KeptFrame& frame, std::string_view note) {
    const bool is_held_to_refusal = is_thorough_ || !note.empty();
    Caused result =
        member(to).party->receive(frame.link, frame.bytes, time_of(member(to)), is_held_to_refusal);
    if (visitor_ != nullptr) visitor_->after_frame(sight(to), frame, result);
    caused(to, std::move(result), note.empty() ? "gets" : note);
  }

  void send(int from, KeptFrame frame) {
    if (now_ - storm_since_ >= std::chrono::seconds(1)) storm_since_ = now_, storm_size_ = 0;
    if (++storm_size_ == frames_a_second_max)
      return wrong(Oracle::quiesce, "the parties talk without end");
    Member& sender = member(from);
    const int to = sender.peer;
    if (seen_.size() == seen_max) seen_.erase(seen_.begin());
    seen_.push_back({from, to, frame});
    Duration held{};
    int copies = 1;
    bool is_genuine = true;
    for (const Move& move : std::exchange(sender.next_frame, {})) {
      note(from, std::string("network: ") + std::string(to_string(move.deed)));
      auto& bytes = frame.bytes;
      switch (move.deed) {
        case Deed::lose:
          copies = 0;
          if (move.amount % 8 > 0) sender.next_frame.push_back(fewer(move));
          break;
        case Deed::duplicate: ++copies; break;
        case Deed::delay: held += waits[move.amount % waits.size()]; break;
        case Deed::truncate:
          bytes.resize(move.amount % (bytes.size() + 1));
          is_genuine = false;
          break;
        case Deed::extend:
          bytes.resize(bytes.size() + 1 + move.amount % 40, move.choice);
          is_genuine = false;
          break;
        default:
          is_genuine = false;
          if (!bytes.empty()) {
            const std::size_t bit = move.amount % (8 * bytes.size());
            bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ 1u << bit % 8);
          }
      }
    }
    if (sender.is_link_closed || sender.cut_off_until > now_ ||
        (member(to).cut_off_until > now_ && !member(to).hears_when_cut_off))
      copies = 0;
    for (int copy = 0; copy < copies; ++copy)
      in_flight_.push_back({now_ + latency + (copy + 1 == copies ? held : Duration{0}), ++serial_,
                            from, to, frame, is_genuine && copy == 0});
  }

  static Move fewer(Move move) {
    --move.amount;
    return move;
  }

  /// A link closes; what was on its way on it is lost. Where no role knows that links close, none
  /// does.
  void close(int who, Link link, bool peer_is_told) {
    if constexpr (!knows_links_close) return;
    std::erase_if(in_flight_, [&](const InFlight& one) {
      return one.frame.link == link && (one.from == who || one.to == who);
    });
    const int peer = member(who).peer;
    member(who).is_link_closed = member(peer).is_link_closed = true;
    member(who).knows_link_closed = true;
    member(peer).knows_link_closed = member(peer).knows_link_closed || peer_is_told;
    caused(who, member(who).party->close(link, time_of(member(who))), "link closed");
    if (peer_is_told)
      caused(peer, member(peer).party->close(link, time_of(member(peer))), "link closed");
  }

  // Moves.

  void make_move(const Move& move) {
    const int who = move.party % static_cast<int>(members_.size());
    Member& one = member(who);
    Seeded numbers(move.amount + std::uint64_t{move.choice} * 65536);
    switch (move.deed) {
      case Deed::command: caused(who, one.party->whim(numbers, time_of(one)), "does"); break;
      case Deed::restart:
        note(who, "comes back from its stored state");
        if (!one.party->restart()) wrong(Oracle::calls, "a stored state was refused");
        break;
      case Deed::lose:
      case Deed::duplicate:
      case Deed::delay:
      case Deed::truncate:
      case Deed::extend:
      case Deed::flip: one.next_frame.push_back(move); break;
      case Deed::partition:
        note(who, "cut off");
        one.cut_off_until = now_ + waits[move.amount % waits.size()];
        one.hears_when_cut_off = move.choice % 2 == 0;
        break;
      case Deed::close: close(who, Link{move.choice % links}, move.amount % 4 != 0); break;
      case Deed::skew:
        one.skew = std::chrono::seconds(static_cast<std::int64_t>(move.amount) - 32768);
        break;
      case Deed::no_random:  // a few draws of anything, or many of keys only
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
    if (seen_.empty()) return;
    const Seen seen = seen_[move.choice % seen_.size()];
    switch (move.deed) {
      case Deed::replay: return deliver(seen.to, seen.frame, "attacker replays");
      case Deed::reflect: return deliver(seen.from, seen.frame, "attacker reflects");
      case Deed::splice:
        if (!is_private(seen.frame.link)) deliver(who, seen.frame, "attacker splices");
        return;
      default:
        if (const auto changed = member(seen.to).party->rewrite(seen.frame, numbers))
          deliver(seen.to, *changed, "attacker rewrites");
    }
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
      ledger_.begin_call(true);
      const auto made = member(i).party->forge(numbers, time_of(member(i)));
      ledger_.end_call(true);
      if (made) deliver(member(i).peer, *made, "attacker forges");
    }
  }

  // What calls cause.

  void caused(int who, Caused result, std::string_view why) {
    Member& one = member(who);
    if (log_ != nullptr &&
        (!result.told.empty() || !result.frames.empty() || !result.rows.empty() || !why.empty()))
      note(who, in_words(result, why));
    if (visitor_ != nullptr) visitor_->after_call(sight(who), result);
    one.has_moved = one.has_moved || !result.rows.empty();
    if (result.broken) wrong(Oracle::calls, *result.broken);
    if (ledger_.broken()) wrong(Oracle::ledger, *ledger_.broken());
    if (result.given && !result.rejected()) data_.given(who, one.session, *result.given);
    for (const Told& told : result.told) {
      if (told.kind == Told::Kind::closed) {
        one.is_closed = true;
        if (one.knows_link_closed &&
            (told.fault == Fault::peer_lost || told.fault == Fault::timed_out))
          wrong(Oracle::quiesce, "a party whose link was closed waited for its peer");
      }
      // What the attacker's own party believes is nobody's concern, but that it was there is.
      if (told.kind == Told::Kind::running) claims_.running({who, one.session, *told.claim});
      if (one.is_attackers) continue;
      if (told.kind == Told::Kind::commit) judge(claims_.commit({who, one.session, *told.claim}));
      if (told.payload && !member(one.peer).is_attackers)
        judge(data_.told(who, one.session, *told.payload));
    }
    for (KeptFrame& frame : result.frames) send(who, std::move(frame));
  }

  // The end.

  void quiesce() {
    in_flight_.clear();
    for (Member& one : members_) {
      one.next_frame.clear();
      one.cut_off_until = {};
      one.party->fail_random(0, 0);
    }
    if (log_ != nullptr) log_->line(now_, "from here on nothing is lost and nobody attacks");
    for (int i = 0; i < static_cast<int>(members_.size()) && outcome_.is_fine(); i += 2)
      if (!member(i).is_attackers && !member(i + 1).is_attackers) agree(i);
  }

  /// Whether the session of `first` and its peer works, or is over on both sides.
  void agree(int first) {
    for (int attempt = 0; attempt < exchange_attempts_max && outcome_.is_fine(); ++attempt) {
      if (is_over(first) && is_over(first + 1)) return;
      if (exchange(first) || exchange(first + 1)) return;
      pass(Scene::patience / exchange_attempts_max);
    }
    if (!outcome_.is_fine() || (is_over(first) && is_over(first + 1))) return;
    wrong(Oracle::quiesce, "in quiet times " + std::string(member(first).party->state()) + " and " +
                               std::string(member(first + 1).party->state()) +
                               " neither exchange data nor end");
  }
  /// Over, or never begun: a party that nothing has reached waits for nothing.
  [[nodiscard]] bool is_over(int who) const {
    const Member& one = members_[static_cast<std::size_t>(who)];
    return one.is_closed || one.party->is_over() || !one.has_moved;
  }
  /// Has one party give data, or ask for some, and lets time pass; whether there was data, and all
  /// of it was told by then.
  bool exchange(int who) {
    const std::size_t before = data_.given_count();
    Caused offered = member(who).party->offer_data(time_of(member(who)));
    const bool is_refused = offered.rejected().has_value();
    caused(who, std::move(offered), "does");
    if (is_refused) return false;
    const SteadyTime end = now_ + Scene::exchange_time;
    const auto is_done = [&] {
      return data_.given_count() > before && data_.all_arrived_since(before);
    };
    while (now_ < end && outcome_.is_fine() && !is_done())
      pass(std::max(std::min(next_due(), end) - now_, Duration{1}));
    // An application's answer may come a moment after what it answers.
    pass(2 * latency);
    return is_done();
  }

  // Words.

  void judge(std::optional<std::string> why) {
    if (why) wrong(Oracle::claims, *why);
  }
  void wrong(Oracle by, std::string what) {
    if (!outcome_.is_fine()) return;
    outcome_.wrong = by == Oracle::quiesce ? Wrong::liveness : Wrong::safety;
    outcome_.oracle = by;
    outcome_.what = std::move(what);
    if (log_ != nullptr) log_->line(now_, "WRONG: " + outcome_.what);
  }
  void note(int who, std::string_view text) {
    if (log_ != nullptr) log_->line(now_, who, text);
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
    return {who,
            one.session,
            *one.party,
            *peer.party,
            time_of(one),
            time_of(peer),
            !one.is_attackers && !peer.is_attackers};
  }
  [[nodiscard]] Member& member(int index) { return members_[static_cast<std::size_t>(index)]; }

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
  Ledger ledger_;
  ClaimBook claims_;
  DataBook data_;
  std::vector<Member> members_;
  std::vector<InFlight> in_flight_;
  std::vector<Seen> seen_;
  SteadyTime now_{std::chrono::hours(1000)};
  bool is_thorough_ = true;
  std::uint64_t serial_ = 0;
  SteadyTime storm_since_{};
  int storm_size_ = 0;
  Outcome outcome_;
};

}  // namespace handfast::testing
