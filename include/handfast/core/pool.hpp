#pragma once

// Many machines of one role, one a link: a shared context, one scratch space, and a heap of their
// deadlines.

#include <algorithm>
#include <variant>

#include "handfast/core/blocks.hpp"
#include "handfast/core/checks.hpp"
#include "handfast/core/engine.hpp"
#include "handfast/core/index.hpp"

namespace handfast {

/// The machines of a server. A machine begins with `open` and ends with `close`; between them
/// `handle` and `receive` find it by its link. What one call returns is about one machine, named by
/// `Output::link`, and valid until the next of `handle`, `receive` and `advance`; `also` adds to it,
/// and `open`, `rename` and `close` leave it alone. Beside each machine its owner may keep something
/// of its own.
template <class Role, class Observer = Unobserved, class Beside = std::monostate>
class Pool {
  static_assert(well_formed<Role>());
  using One = Engine<Role, Observer>;

 public:
  using Context = typename Role::Context;

  /// At most `machines_max` machines, all of them sharing `context`.
  Pool(Context context, std::size_t machines_max)
      : context_(std::move(context)), machines_max_(machines_max) {}

  /// Makes the machine of `link`. `limit_reached` when the pool is full, `bad_argument` when it has
  /// that link already.
  [[nodiscard]] std::expected<void, Fault> open(Link link) {
    if (place_of(link) != Index::nowhere) return std::unexpected(Fault::bad_argument);
    if (slots_.size() >= machines_max_) return std::unexpected(Fault::limit_reached);
    by_link_.add(link.number, static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back(link);
    return {};
  }

  /// The machine of `link` is that of `to` from now on. `bad_argument` when there is none, or one of
  /// that link already.
  [[nodiscard]] std::expected<void, Fault> rename(Link link, Link to) {
    if (place_of(to) != Index::nowhere) return std::unexpected(Fault::bad_argument);
    const std::uint32_t place = place_of(link);
    if (place == Index::nowhere) return std::unexpected(Fault::bad_argument);
    by_link_.remove(link.number, place);
    by_link_.add(to.number, place);
    slots_[place].link = to;
    return {};
  }

  /// Ends the machine of `link` and wipes its state; false when there is none. Tell it `LinkClosed`
  /// before, if it should know.
  bool close(Link link) {
    const std::uint32_t place = place_of(link);
    if (place == Index::nowhere) return false;
    const auto last = static_cast<std::uint32_t>(slots_.size() - 1);
    schedule(place, {});
    by_link_.remove(link.number, place);
    if (place != last) {
      Slot& slot = slots_[place] = std::move(slots_[last]);
      by_link_.move(slot.link.number, last, place);
      if (slot.heap_place != not_waiting) heap_[slot.heap_place].slot = place;
    }
    slots_.pop_back();
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
      return engine.next_timer();
    });
  }
  Output<Role> receive(Link link, Bytes frame, const Time& now) {
    begin();
    return call(link, now, [&](auto& engine) {
      engine.receive(frame, context_, scratch_);
      return engine.next_timer();
    });
  }
  /// Advances the one machine whose deadline is earliest, if it is due. Call again while the
  /// output's deadline is not later.
  Output<Role> advance(const Time& now) {
    begin();
    if (!is_due(now)) return finish(Link{});
    const std::uint32_t place = heap_[0].slot;
    start(slots_[place].link, now);
    wait(place, slots_[place].engine.advance(context_, scratch_));
    return finish(slots_[place].link);
  }
  /// Whether there is a machine to advance.
  [[nodiscard]] bool is_due(const Time& now) {
    while (heap_.size() > 0 && heap_[0].at <= now.steady) {
      const std::uint32_t place = heap_[0].slot;
      const auto due = slots_[place].engine.next_timer();
      if (due.at <= slots_[place].turn) return true;
      wait(place, due);  // it was put off
    }
    return false;
  }

  [[nodiscard]] std::size_t size() const noexcept { return slots_.size(); }
  /// How many machines there is memory for.
  [[nodiscard]] std::size_t capacity() const noexcept { return slots_.capacity(); }
  /// Bytes of one machine and what is kept beside it; its places in the indices come on top.
  [[nodiscard]] static consteval std::size_t slot_size() noexcept { return sizeof(Slot); }
  /// When to call `advance`, as outputs tell it: the earliest deadline of all machines, or before
  /// it. A machine that may wait for longer than it said is asked again only when the time has come
  /// that it said; if nothing else is due then, `advance` does nothing, and a later deadline is told.
  [[nodiscard]] std::optional<Due> deadline() const noexcept {
    return heap_.size() == 0 ? std::nullopt : One::named({heap_[0].at, heap_[0].timer});
  }
  [[nodiscard]] Context& context() noexcept { return context_; }
  /// The machine of `link`, or nullptr.
  [[nodiscard]] const One* find(Link link) const {
    const std::uint32_t place = place_of(link);
    return place == Index::nowhere ? nullptr : &slots_[place].engine;
  }
  /// What is kept beside the machine of `link`, or nullptr.
  [[nodiscard]] Beside* beside(Link link) {
    const std::uint32_t place = place_of(link);
    return place == Index::nowhere ? nullptr : &slots_[place].beside;
  }

 private:
  static constexpr std::uint32_t not_waiting = 0xFFFF'FFFF;
  static constexpr std::size_t cache_line_size = 64;  // bytes
  static constexpr std::size_t prefetched_max = 32;  // lines; a large machine may wait for its rest

  struct Slot {
    explicit Slot(Link l) : link(l) {}
    Link link;
    std::uint32_t heap_place = not_waiting;
    [[no_unique_address]] Beside beside;
    SteadyTime turn = never;  // in the heap: its deadline is not before this
    One engine;
  };
  struct Waiting {
    SteadyTime at;
    std::int32_t timer;
    std::uint32_t slot;
  };

  /// What the calls before have caused must not leave twice.
  void begin() noexcept { scratch_.clear(); }

  /// Where the machine of `link` is, or `nowhere`. Who is asked for again is not searched for again.
  /// A machine's memory is asked for all at once: it will be needed, here and there, and among many
  /// it lies in no cache.
  [[nodiscard]] std::uint32_t place_of(Link link) const {
    if (last_ < slots_.size() && slots_[last_].link == link) return last_;
    const std::uint32_t place = by_link_.find(link.number);
    if (place == Index::nowhere) return place;
    const auto* const slot = reinterpret_cast<const std::byte*>(&slots_[place]);
    constexpr std::size_t lines = (sizeof(Slot) + cache_line_size - 1) / cache_line_size;
    [&]<std::size_t... line>(std::index_sequence<line...>) {
      (__builtin_prefetch(slot + line * cache_line_size), ...);
    }
    (std::make_index_sequence<std::min(lines, prefetched_max)>{});
    return last_ = place;
  }

  void start(Link link, const Time& now) {
    context_.now = now;
    context_.link = link;
  }
  template <class Act>
  Output<Role> call(Link link, const Time& now, Act&& act) {
    start(link, now);
    const std::uint32_t place = place_of(link);
    if (place == Index::nowhere) {
      scratch_.events.emplace_back(Rejected{Fault::bad_argument, link});
      return finish(link);
    }
    schedule(place, act(slots_[place].engine));
    return finish(link);
  }

  Output<Role> finish(Link link) {
    return {scratch_.frames.view(), scratch_.events, deadline(), scratch_.store_first, link};
  }

  /// A machine's turn comes when what is due of it next is, or before: each packet puts a deadline
  /// off, and moves nothing in the heap.
  void schedule(std::uint32_t slot, const typename One::Earliest& due) {
    const bool is_in_time = slots_[slot].heap_place != not_waiting && due.at >= slots_[slot].turn;
    if (due.timer < 0 || !is_in_time) wait(slot, due);
  }

  /// Puts a machine where what is due of it next belongs in the heap; nothing takes it out.
  void wait(std::uint32_t slot, const typename One::Earliest& due) {
    slots_[slot].turn = due.at;
    std::uint32_t place = slots_[slot].heap_place;
    if (place == not_waiting) {
      if (due.timer < 0) return;
      place = static_cast<std::uint32_t>(heap_.size());
      heap_.emplace_back(Waiting{due.at, due.timer, slot});
    } else if (due.timer < 0) {
      slots_[slot].heap_place = not_waiting;
      const Waiting last = heap_[heap_.size() - 1];
      heap_.pop_back();
      if (last.slot == slot) return;
      heap_[place] = last;
    } else {
      heap_[place] = {due.at, due.timer, slot};
    }
    settle(place);
  }

  void settle(std::uint32_t place) {
    const Waiting moved = heap_[place];
    const auto put = [&](std::uint32_t where, const Waiting& what) {
      heap_[where] = what;
      slots_[what.slot].heap_place = where;
    };
    for (; place > 0 && moved.at < heap_[(place - 1) / 2].at; place = (place - 1) / 2)
      put(place, heap_[(place - 1) / 2]);
    for (std::uint32_t child = 2 * place + 1; child < heap_.size(); child = 2 * place + 1) {
      if (child + 1 < heap_.size() && heap_[child + 1].at < heap_[child].at) ++child;
      if (moved.at <= heap_[child].at) break;
      put(place, heap_[child]);
      place = child;
    }
    put(place, moved);
  }

  Context context_;
  Scratch<Role> scratch_;
  Blocks<Slot> slots_;
  Blocks<Waiting, 64> heap_;
  Index by_link_;
  std::size_t machines_max_;
  mutable std::uint32_t last_ = 0;  // place of who was searched for
};

}  // namespace handfast
