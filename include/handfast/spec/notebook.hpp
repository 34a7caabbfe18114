#pragma once

// A transcript that is written from outside, of machines that somebody else runs: a test's, an
// attack's, a simulated world's. Whoever runs them notes each call; where a frame comes from is seen
// by its bytes, since whoever is on the way tells nobody what he does.
//
//   spec::Notebook book("an attack");
//   const int alice = book.participant(&alices_machine, "Alice", now.steady);
//   book.call(alice, now.steady, {.trigger = "Start", ...}, std::nullopt, {frame});
//   book.remark("attacker", "keeps the frame");
//   std::cout << spec::text(book.finish());

#include <algorithm>

#include "handfast/spec/transcript.hpp"

namespace handfast::spec {

/// Writes down what others do. A frame that arrives is its sender's where somebody has sent those
/// bytes: replayed where they had come before, or come back to who sent them. Of any other it is
/// said that it was altered, where most of it is a sender's frame, or else that it is the attacker's
/// own. What never arrived is lost.
class Notebook {
 public:
  /// The first `address_size` bytes of each frame say where it goes to, and on arrival where it comes
  /// from: they tell no frame from another.
  explicit Notebook(std::string title, std::size_t address_size = 0) : address_size_(address_size) {
    transcript_.title = std::move(title);
  }

  /// The number of who has `machine`; new where nobody has. Its clock shows `clock`: how late it is
  /// in the run is counted from there.
  int participant(const void* machine, std::string_view name, SteadyTime clock) {
    for (std::size_t who = 0; who < all_.size(); ++who)
      if (all_[who].machine == machine && all_[who].name == name) return static_cast<int>(who);
    all_.push_back({machine, std::string(name), clock - now_, -1});
    return static_cast<int>(all_.size()) - 1;
  }

  /// Participant `who` has made a call. `got` is the frame that it was for, `sent` what it sends, all
  /// with the fields that their receivers see; where `got` has an origin that is not honest, it is the
  /// attacker who brings it, whatever its bytes. A call for a frame by which no row was taken has
  /// ignored it.
  void call(int who, SteadyTime clock, CallRecord call, std::optional<Transit> got = {},
            std::vector<Transit> sent = {}) {
    now_ = std::max(now_, clock - all_[at(who)].begin);
    call.who = who;
    if (got) {
      got->to = who;
      got->fate = call.refused ? Fate::refused : call.rows.empty() ? Fate::ignored : Fate::taken;
      find_sender(*got);
      add().transit = *std::move(got);
    }
    add().step = std::move(call);
    for (Transit& frame : sent) {
      frame.from = who;
      sent_.push_back({std::move(frame), transcript_.entries.size(), false});
    }
  }
  /// Somebody says what he does, or why.
  void remark(std::string who, std::string text) {
    has_attacker_ = has_attacker_ || who == attacker_name;
    add().remark = Remark{std::move(who), std::move(text)};
  }

  /// The whole run, with what never arrived; the notebook is empty then.
  [[nodiscard]] Transcript finish() {
    add_lost();
    const auto place = [&](int who) {
      return who == attacker ? 1 : who + (has_attacker_ && who > 0);
    };
    for (const One& one : all_)
      transcript_.participants.push_back({one.name + number_of(one), false});
    if (has_attacker_) {
      const auto second = std::min<std::size_t>(1, all_.size());
      transcript_.participants.insert(
          transcript_.participants.begin() + static_cast<std::ptrdiff_t>(second),
          {std::string(attacker_name), true});
    }
    for (Entry& entry : transcript_.entries) {
      if (auto& transit = entry.transit)
        transit->from = place(transit->from), transit->to = place(transit->to);
      if (auto& step = entry.step) step->who = place(step->who);
    }
    return std::exchange(transcript_, {});
  }

 private:
  static constexpr int attacker = -1;
  static constexpr std::string_view attacker_name = "attacker";
  static constexpr std::size_t alike_max = 64;  // frames that an altered one is compared with

  struct One {
    const void* machine = nullptr;
    std::string name;
    SteadyTime begin{};  // by its own clock, when the run began
    int peer = attacker;
  };
  struct Sent {
    Transit transit;
    std::size_t before = 0;  // which entry
    bool has_arrived = false;
  };

  [[nodiscard]] static std::size_t at(int who) { return static_cast<std::size_t>(who); }
  Entry& add() { return transcript_.entries.emplace_back(Entry{now_, {}, {}, {}, {}}); }

  /// Which of several by one name.
  [[nodiscard]] std::string number_of(const One& one) const {
    int before = 1, all = 0;
    for (const One& other : all_)
      if (other.name == one.name) ++all, before += &other < &one;
    return all > 1 ? " " + std::to_string(before) : "";
  }

  [[nodiscard]] Bytes content(const Transit& frame) const {
    return Bytes(frame.bytes).subspan(std::min(address_size_, frame.bytes.size()));
  }
  /// How many of its bytes are where they are in the other one, counted from its begin or its end.
  [[nodiscard]] std::size_t alike(const Transit& one, const Transit& other) const {
    const Bytes a = content(one), b = content(other);
    const std::size_t size = std::min(a.size(), b.size());
    std::size_t count = 0, first = 0, last = 0;
    for (std::size_t i = 0; i < size; ++i) count += a[i] == b[i];
    while (first < size && a[first] == b[first]) ++first;
    while (last < size - first && a[a.size() - 1 - last] == b[b.size() - 1 - last]) ++last;
    return std::max(count, first + last);
  }

  /// Who has sent a frame that arrives.
  void find_sender(Transit& got) {
    const bool is_attackers = got.origin != Origin::honest;
    Sent* found = nullptr;
    for (Sent& one : sent_) {
      if (one.transit.link != got.link || !std::ranges::equal(content(one.transit), content(got)))
        continue;
      const bool is_new = !one.has_arrived && one.transit.from != got.to;
      if (found == nullptr || is_new) found = &one;
      if (is_new) break;
    }
    if (found == nullptr) {
      if (!is_attackers) got.origin = is_altered(got) ? Origin::altered : Origin::injected;
      got.from = attacker;
      has_attacker_ = true;
      return;
    }
    const bool is_honest = !is_attackers && !found->has_arrived && found->transit.from != got.to;
    if (!is_attackers) got.origin = is_honest ? Origin::honest : Origin::replayed;
    if (got.form.empty() && found->transit.bytes.size() == got.bytes.size())
      got.form = found->transit.form, got.fields = found->transit.fields;
    if (!is_honest) {
      got.from = attacker;
      has_attacker_ = true;
      return;
    }
    got.from = found->transit.from;
    found->has_arrived = true;
    all_[at(got.to)].peer = got.from;
    all_[at(got.from)].peer = got.to;
  }
  /// Whether most of it is what somebody has sent of late.
  [[nodiscard]] bool is_altered(const Transit& got) const {
    const std::size_t first = sent_.size() - std::min(sent_.size(), alike_max);
    return std::any_of(
        sent_.begin() + static_cast<std::ptrdiff_t>(first), sent_.end(), [&](const Sent& one) {
          return 2 * alike(one.transit, got) > std::max(content(got).size(), std::size_t{1});
        });
  }

  void add_lost() {
    std::vector<Entry> entries;
    auto next = sent_.begin();
    for (std::size_t i = 0; i <= transcript_.entries.size(); ++i) {
      for (; next != sent_.end() && next->before == i; ++next) {
        if (next->has_arrived) continue;
        Transit& lost = next->transit;
        lost.to = all_[at(lost.from)].peer;
        if (lost.to == attacker && (lost.from ^ 1) < static_cast<int>(all_.size()))
          lost.to = lost.from ^ 1;
        has_attacker_ = has_attacker_ || lost.to == attacker;
        lost.fate = Fate::lost;
        entries.push_back({entries.empty() ? Duration{} : entries.back().at, {}, {}, {}, {}});
        entries.back().transit = std::move(lost);
      }
      if (i < transcript_.entries.size()) entries.push_back(std::move(transcript_.entries[i]));
    }
    transcript_.entries = std::move(entries);
  }

  std::size_t address_size_;
  Transcript transcript_;
  std::vector<One> all_;
  std::vector<Sent> sent_;
  Duration now_{};
  bool has_attacker_ = false;
};

}  // namespace handfast::spec
