#pragma once

// The network of a simulated world: what loses, doubles, delays and damages frames, one party's next
// one or all of a while, and remembers what an attacker on it has seen.

#include <algorithm>
#include <deque>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "handfast/testing/party.hpp"
#include "handfast/testing/plan.hpp"

namespace handfast::testing {

/// A frame on its way from one party to another.
struct InFlight {
  SteadyTime at;  // when it arrives
  std::uint64_t serial = 0;
  int from = 0, to = 0;
  KeptFrame frame;
  bool is_genuine = true;  // as it was sent, and no copy
  bool is_in_time = true;
};

/// A frame as it was sent.
struct Seen {
  int from = 0, to = 0;
  KeptFrame frame;
};

/// Whether the network may do `deed` to one frame.
[[nodiscard]] constexpr bool is_of_one_frame(Deed deed) noexcept {
  return deed == Deed::lose || deed == Deed::duplicate || deed == Deed::delay ||
         deed == Deed::truncate || deed == Deed::extend || deed == Deed::flip;
}

/// Every way between the parties of a world, each by its number.
class Network {
 public:
  static constexpr Duration latency = std::chrono::milliseconds(1);

  void add_party() { ways_.emplace_back(); }

  /// Happens to the next frame that `from` sends; several such moves all do.
  void plan(int from, const Move& move) { way(from).next_frame.push_back(move); }
  /// Nothing gets through from `who`, or to it unless it `hears`.
  void cut_off(int who, SteadyTime until, bool hears) {
    way(who).cut_off_until = until;
    way(who).hears_when_cut_off = hears;
  }
  /// Nothing gets through between the two for ever; what was on its way on `link` is lost.
  void close(int who, int peer, Link link) {
    cut(who, peer, link);
    way(who).is_closed = way(peer).is_closed = true;
  }
  /// Nothing gets through between the two on `link` until it is mended; what was on its way there is
  /// lost.
  void cut(int who, int peer, Link link) {
    std::erase_if(in_flight_, [&](const InFlight& one) {
      return one.frame.link == link && (one.from == who || one.to == who);
    });
    way(who).cut_links.insert(link.number);
    way(peer).cut_links.insert(link.number);
  }
  void mend(int who, int peer, Link link) {
    way(who).cut_links.erase(link.number);
    way(peer).cut_links.erase(link.number);
  }
  [[nodiscard]] bool is_cut(int who, Link link) const {
    return ways_[static_cast<std::size_t>(who)].cut_links.contains(link.number);
  }
  [[nodiscard]] bool is_closed(int who) const noexcept {
    return ways_[static_cast<std::size_t>(who)].is_closed;
  }
  /// From `now` on it loses and alters nothing that is sent on a way that is not closed, on a link
  /// that is not cut, and what it held back arrives.
  void heal(SteadyTime now) {
    for (InFlight& one : in_flight_) one.at = std::min(one.at, now + latency);
    for (Way& one : ways_) {
      one.next_frame.clear();
      one.cut_off_until = {};
    }
  }

  /// Takes a frame; `done` is told each deed that is done to it, `Deed::partition` where the way is
  /// cut.
  template <class Done>
  void send(int from, int to, KeptFrame frame, SteadyTime now, Done&& done) {
    if (seen_.size() == seen_max) seen_.pop_front();
    seen_.push_back({from, to, frame});
    Fate fate;
    for (const Move& move : std::exchange(way(from).next_frame, {})) {
      done(move.deed);
      suffer(from, move, frame.bytes, fate);
    }
    const bool is_cut = way(from).is_closed || way(from).cut_links.contains(frame.link.number) ||
                        way(from).cut_off_until > now ||
                        (way(to).cut_off_until > now && !way(to).hears_when_cut_off);
    if (is_cut) done(Deed::partition);
    if (is_cut || fate.is_lost) return;
    for (int copy = 1; copy <= fate.copies; ++copy) {
      const bool is_last = copy == fate.copies;
      in_flight_.push_back({now + latency + (is_last ? fate.held : Duration{0}), ++serial_, from,
                            to, is_last ? std::move(frame) : frame, fate.is_genuine && copy == 1,
                            fate.held == Duration{0}});
    }
  }

  /// When the next frame arrives at a party that `wanted` names; `never` where none does.
  template <class Wanted>
  [[nodiscard]] SteadyTime due(Wanted&& wanted) const {
    const auto first = next(*this, wanted);
    return first == in_flight_.end() ? never : first->at;
  }
  /// That frame: the one that was sent first of those that arrive at one moment. One must be due.
  template <class Wanted>
  [[nodiscard]] InFlight take(Wanted&& wanted) {
    const auto first = next(*this, wanted);
    InFlight one = std::move(*first);
    in_flight_.erase(first);
    return one;
  }

  /// The last frames that were sent, the oldest first, whatever became of them.
  [[nodiscard]] const std::deque<Seen>& seen() const noexcept { return seen_; }

 private:
  struct Way {
    std::vector<Move> next_frame;     // what happens to it
    SteadyTime cut_off_until{};       // nothing gets through from it,
    bool hears_when_cut_off = false;  // or to it either
    bool is_closed = false;
    std::set<std::uint32_t> cut_links;  // nothing gets through on those
  };
  /// What becomes of one frame.
  struct Fate {
    Duration held{};
    int copies = 1;
    bool is_genuine = true;
    bool is_lost = false;
  };
  static constexpr std::size_t seen_max = 200;

  void suffer(int from, Move move, Kept& bytes, Fate& fate) {
    switch (move.deed) {
      case Deed::lose:
        fate.is_lost = true;
        if (move.amount-- % 8 > 0) plan(from, move);
        return;
      case Deed::duplicate: ++fate.copies; return;
      case Deed::delay: fate.held += waits[move.amount % waits.size()]; return;
      case Deed::truncate: bytes.resize(move.amount % (bytes.size() + 1)); break;
      case Deed::extend: bytes.resize(bytes.size() + 1 + move.amount % 40, move.choice); break;
      default:
        if (!bytes.empty()) {
          const std::size_t bit = move.amount % (8 * bytes.size());
          bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ 1u << bit % 8);
        }
    }
    fate.is_genuine = false;
  }

  template <class Self, class Wanted>
  static auto next(Self& self, Wanted& wanted) {
    auto& all = self.in_flight_;
    auto first = all.end();
    for (auto one = all.begin(); one != all.end(); ++one)
      if (wanted(one->to) && (first == all.end() || one->at < first->at ||
                              (one->at == first->at && one->serial < first->serial)))
        first = one;
    return first;
  }
  [[nodiscard]] Way& way(int who) { return ways_[static_cast<std::size_t>(who)]; }

  std::vector<Way> ways_;
  std::vector<InFlight> in_flight_;
  std::deque<Seen> seen_;
  std::uint64_t serial_ = 0;
};

}  // namespace handfast::testing
