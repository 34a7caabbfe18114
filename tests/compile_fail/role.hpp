#pragma once

// A role that is right in everything. Each case takes it and makes one mistake.

#include <handfast/core/compose.hpp>
#include <handfast/core/machine.hpp>

using namespace handfast;

struct Begin {};
struct Stop {};
struct Overdue {};
struct Question {};
struct Answer {};
struct Data {
  static constexpr bool application_data = true;
};
struct Told {};
struct Listed {
  static constexpr Fault fault = Fault::malformed;
};
struct NotListed {
  static constexpr Fault fault = Fault::stale;
};

struct Idle {};
struct Waiting {
  Deadline<Overdue> overdue;
  static constexpr auto fields = Fields{&Waiting::overdue};
};
struct Open {};
struct Done {};
struct Island {};

struct Context {
  Time now;
  Link link;
};

/// The lists that most cases need; a case hides the one that it gets wrong.
struct Lists {
  using Receives = List<Answer, Data>;
  using Commands = List<Begin, Stop>;
  using Timers = List<Overdue>;
  using Ends = List<Done>;
  using Links = List<LinkKind<"main", Framing::datagram, 64>>;
  using Context = ::Context;
};

// The table's parts, so that a case can leave one out.
// clang-format off
using Begins = Row<Idle, Begin, Waiting, Question>;
using Proves = Authenticates<Row<Waiting, Answer, Open, Requires<Listed>>>;
using GivesUp = Row<Waiting, Overdue, Done>;
using Talks = Row<Open, Data, Open, Tells<Told>>;
using Stops = Row<Open, Stop, Done>;
using NotYet = Refuse<Idle, Answer, Data>;
using Early = Ignore<Waiting, Data>;
using Again = Ignore<Open, Answer>;
using Late = Ignore<Done, Answer, Data>;
using Verdicts = Transitions<NotYet, Early, Again, Late>;
using Right = Join<Transitions<Begins, Proves, GivesUp, Talks, Stops>, Verdicts>;
// clang-format on

/// The handlers of `Right`; a case hides the one that it gets wrong. They are never called and need
/// no bodies.
template <class Role>
struct Handlers {
  static Next<Role, Idle, Begin> react(const Idle&, const Begin&, Context&);
  static Next<Role, Waiting, Answer> react(const Waiting&, const Answer&, Context&);
  static Next<Role, Waiting, Overdue> react(const Waiting&, const Overdue&, Context&);
  static Next<Role, Open, Data> react(const Open&, const Data&, Context&);
  static Next<Role, Open, Stop> react(const Open&, const Stop&, Context&);
};
