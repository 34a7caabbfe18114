#pragma once

// A role for edits that the toy has no place for: alternatives that change their state in place,
// two messages in one row, a rule that two rows share, a state that notices being entered.

#include "handfast/testing/edited_machine.hpp"
//
#include <string>

namespace handfast::bell {

struct Pull {
  int strength = 0;
};
struct Stop {};
struct Tick {};
struct Tock {};
struct Ding {
  int strength = 0;
};
struct Dong {
  int strength = 0;
};
struct Hush {};

struct IsEven {
  static constexpr Fault fault = Fault::stale;
};
struct IsSmall {
  static constexpr Fault fault = Fault::stale;
};

struct Bell {
  struct Context {
    explicit Context(int count) : entered_count(count) {}  // and no other
    Time now;
    Link link;
    int entered_count;
  };

  struct Still {
    std::uint32_t pulls = 0;
    Deadline<Tick> tick;
    static constexpr auto fields = Fields{&Still::pulls, &Still::tick};
  };
  struct Swinging {
    std::uint32_t first = 1, second = 2;
    Deadline<Tock> tock;
    static constexpr auto fields = Fields{&Swinging::first, &Swinging::second, &Swinging::tock};
  };
  struct Broken {
    std::uint32_t one = 0, other = 0, third = 0;
    static constexpr auto fields = Fields{&Broken::one, &Broken::other, &Broken::third};
    void entered(Context& c) { ++c.entered_count; }
  };

  using Receives = List<Hush>;
  using Commands = List<Pull, Stop>;
  using Timers = List<Tick, Tock>;
  using Ends = List<Still, Broken>;
  using Links = List<LinkKind<"rope", Framing::datagram, 16>>;

  // clang-format off
  using Table = Transitions<
      Row<Still, Pull, Still, Requires<IsEven, IsSmall>>,
      Row<Still, Pull, Still, Ding, Dong, Requires<IsEven, IsSmall>>,
      Row<Still, Stop, Swinging, Ding>,
      Row<Still, Tick, Still, Ding>,
      Row<Still, Tick, Still>,
      Row<Swinging, Stop, Broken>,
      Row<Swinging, Tock, Broken>,
      Refuse<Still, Hush>, Refuse<Swinging, Hush>, Refuse<Broken, Hush>>;
  // clang-format on

  static std::expected<std::variant<Hush>, Fault> decode(Link, Bytes, const Context&) {
    return Hush{};
  }
  static void write(const Ding& ding, Context&, Frames& frames) {
    frames.append(Link{}, "ding" + std::to_string(ding.strength) + " ");
  }
  static void write(const Dong& dong, Context&, Frames& frames) {
    frames.append(Link{}, "dong" + std::to_string(dong.strength) + " ");
  }

  static Next<Bell, Still, Pull> react(Still& state, const Pull& pull, Context&) {
    if (auto broken = require<IsEven>(pull.strength % 2 == 0)) return broken;
    if (auto broken = require<IsSmall>(pull.strength < 100)) return broken;
    ++state.pulls;
    if (pull.strength > 10) return stay(Ding{pull.strength}, Dong{pull.strength});
    return stay();
  }
  static Next<Bell, Still, Stop> react(const Still&, const Stop&, Context& c) {
    return go(Swinging{3, 4, Deadline<Tock>::in(std::chrono::seconds(1), c.now)}, Ding{1});
  }
  static Next<Bell, Still, Tick> react(Still& state, const Tick&, Context&) {
    if (++state.pulls % 2 == 1) return stay(Ding{2});
    return stay();
  }
  static Next<Bell, Swinging, Stop> react(const Swinging&, const Stop&, Context&) {
    return go(Broken{5, 6, 7});
  }
  static Next<Bell, Swinging, Tock> react(const Swinging&, const Tock&, Context&) {
    return go(Broken{5, 6, 7});
  }
};

}  // namespace handfast::bell
