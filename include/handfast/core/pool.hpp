#pragma once

// Many machines of one role, one a link: a shared context, one scratch space, and a heap of their
// deadlines.

#include <unordered_map>
#include <variant>
#include <vector>

#include "handfast/core/checks.hpp"
#include "handfast/core/engine.hpp"

namespace handfast {

/// The machines of a server. A machine begins with `open` and ends with `close`; between them
/// `handle` and `receive` find it by its link. What one call returns is about one machine, named by
/// `Output::link`, and valid until the next of `handle`, `receive` and `advance`; `also` adds to it,
/// and `open`, `rename` and `close` leave it alone. Beside each machine its owner may keep something
/// of its own.
template <class Role, class Observer = Unobserved, class Beside = std::monostate>
class Pool {
  static_assert(well_formed<Role>());

 public:
  using Context = typename Role::Context;

  /// At most `machines_max` machines, all of them sharing `context`.
  Pool(Context context, std::size_t machines_max)
      : context_(std::move(context)), machines_max_(machines_max) {}

  /// Makes the machine of `link`. `limit_reached` when the pool is full, `bad_argument` when it has
  /// that link already.
  [[nodiscard]] std::expected<void, Fault> open(Link link) {
    if (by_link_.contains(link.number)) return std::unexpected(Fault::bad_argument);
    if (slots_.size() >= machines_max_) return std::unexpected(Fault::limit_reached);
    by_link_.emplace(link.number, slots_.size());
    slots_.emplace_back(link);
    return {};
  }

  /// The machine of `link` is that of `to` from now on. `bad_argument` when there is none, or one of
  /// that link already.
  [[nodiscard]] std::expected<void, Fault> rename(Link link, Link to) {
    if (by_link_.contains(to.number)) return std::unexpected(Fault::bad_argument);
    auto node = by_link_.extract(link.number);
    if (node.empty()) return std::unexpected(Fault::bad_argument);
    slots_[node.mapped()].link = to;
    node.key() = to.number;
    by_link_.insert(std::move(node));
    return {};
  }

  /// Ends the machine of `link` and wipes its state; false when there is none. Tell it `LinkClosed`
  /// before, if it should know.
  bool close(Link link) {
    const auto found = by_link_.find(link.number);
    if (found == by_link_.end()) return false;
    const std::size_t index = found->second, last = slots_.size() - 1;
    by_link_.erase(found);
    schedule(index, never);
    if (index != last) {
      slots_[index] = std::move(slots_[last]);
      by_link_[slots_[index].link.number] = index;
      if (slots_[index].heap_place != not_waiting) heap_[slots_[index].heap_place].slot = index;
    }
    slots_.pop_back();
    // What many needed is not kept for few.
    if (slots_.size() < slots_.capacity() / 4 && slots_.capacity() > places_kept) {
      slots_.shrink_to_fit();
      heap_.shrink_to_fit();
      by_link_.rehash(0);
    }
    return true;
  }

  template <class On>
  Output<Role> handle(Link link, const On& command, const Time& now) {
    begin();
    return also(link, command, now);
  }
  /// The same without clearing what the calls before have caused: one machine's input moves another,
  /// and what the command refers to may be a plaintext that the input was opened to. Returns all of
  /// it, what this command caused last; `link` is this one's. The frames and events of outputs from
  /// before are no longer valid, what those events refer to is.
  template <class On>
  Output<Role> also(Link link, const On& command, const Time& now) {
    return call(link, now, [&](auto& engine) {
      engine.handle(command, context_, scratch_);
      return engine.deadline();
    });
  }
  Output<Role> receive(Link link, Bytes frame, const Time& now) {
    begin();
    return call(link, now, [&](auto& engine) {
      engine.receive(frame, context_, scratch_);
      return engine.deadline();
    });
  }
  /// Advances the one machine whose deadline is earliest, if it is due. Call again while the
  /// output's deadline is not later.
  Output<Role> advance(const Time& now) {
    begin();
    if (heap_.empty() || heap_[0].at > now.steady) return finish(Link{});
    return call(slots_[heap_[0].slot].link, now,
                [&](auto& engine) { return engine.advance(context_, scratch_); });
  }

  [[nodiscard]] std::size_t size() const noexcept { return slots_.size(); }
  /// How many machines there is memory for: at most four times as many as there are, or 64.
  [[nodiscard]] std::size_t capacity() const noexcept { return slots_.capacity(); }
  /// Bytes of one machine and what is kept beside it; its places in the indices come on top.
  [[nodiscard]] static consteval std::size_t slot_size() noexcept { return sizeof(Slot); }
  /// The earliest deadline of all machines, as outputs tell it.
  [[nodiscard]] std::optional<Due> deadline() const noexcept {
    return heap_.empty() ? std::nullopt : std::optional(Due{heap_[0].at, heap_[0].timer});
  }
  [[nodiscard]] Context& context() noexcept { return context_; }
  /// The machine of `link`, or nullptr.
  [[nodiscard]] const Engine<Role, Observer>* find(Link link) const {
    const auto found = by_link_.find(link.number);
    return found == by_link_.end() ? nullptr : &slots_[found->second].engine;
  }
  /// What is kept beside the machine of `link`, or nullptr.
  [[nodiscard]] Beside* beside(Link link) {
    const auto found = by_link_.find(link.number);
    return found == by_link_.end() ? nullptr : &slots_[found->second].beside;
  }

 private:
  static constexpr std::size_t not_waiting = static_cast<std::size_t>(-1);
  static constexpr std::size_t places_kept = 64;

  struct Slot {
    explicit Slot(Link l) : link(l) {}
    Link link;
    std::size_t heap_place = not_waiting;
    [[no_unique_address]] Beside beside;
    Engine<Role, Observer> engine;
  };
  struct Waiting {
    SteadyTime at;
    std::string_view timer;
    std::size_t slot;
  };

  /// What the calls before have caused must not leave twice.
  void begin() noexcept {
    scratch_.clear();
    store_first_ = false;
  }

  template <class Act>
  Output<Role> call(Link link, const Time& now, Act&& act) {
    context_.now = now;
    context_.link = link;
    const auto found = by_link_.find(link.number);
    if (found == by_link_.end()) {
      scratch_.events.emplace_back(Rejected{Fault::bad_argument, link});
      return finish(link);
    }
    Slot& slot = slots_[found->second];
    slot.engine.clear();
    const std::optional<Due> due = act(slot.engine);
    schedule(found->second, due ? due->at : never, due ? due->timer : std::string_view{});
    store_first_ = store_first_ || slot.engine.store_first();
    return finish(link);
  }

  Output<Role> finish(Link link) {
    return {scratch_.frames.view(), scratch_.events, deadline(), store_first_, link};
  }

  /// Puts a machine where its deadline belongs in the heap; `never` takes it out.
  void schedule(std::size_t index, SteadyTime at, std::string_view timer = {}) {
    std::size_t place = slots_[index].heap_place;
    if (place == not_waiting) {
      if (at == never) return;
      place = heap_.size();
      heap_.push_back({at, timer, index});
    } else if (at == never) {
      slots_[index].heap_place = not_waiting;
      const Waiting last = heap_.back();
      heap_.pop_back();
      if (last.slot == index) return;
      heap_[place] = last;
    } else {
      heap_[place] = {at, timer, index};
    }
    settle(place);
  }

  void settle(std::size_t place) {
    const Waiting moved = heap_[place];
    const auto put = [&](std::size_t where, const Waiting& what) {
      heap_[where] = what;
      slots_[what.slot].heap_place = where;
    };
    for (; place > 0 && moved.at < heap_[(place - 1) / 2].at; place = (place - 1) / 2)
      put(place, heap_[(place - 1) / 2]);
    for (std::size_t child = 2 * place + 1; child < heap_.size(); child = 2 * place + 1) {
      if (child + 1 < heap_.size() && heap_[child + 1].at < heap_[child].at) ++child;
      if (moved.at <= heap_[child].at) break;
      put(place, heap_[child]);
      place = child;
    }
    put(place, moved);
  }

  Context context_;
  Scratch<Role> scratch_;
  std::vector<Slot> slots_;
  std::vector<Waiting> heap_;
  std::unordered_map<std::uint32_t, std::size_t> by_link_;
  std::size_t machines_max_;
  bool store_first_ = false;
};

}  // namespace handfast
