#pragma once

// Pairs of small roles, one for each flaw that an exploration can find. They are tables only:
// nothing runs them.

#include "handfast/core/role.hpp"

namespace handfast::pairs {

struct Ask {};
struct Answer {};
struct More {};
struct Begin {};
struct Overdue {};
struct Holds {
  static constexpr Fault fault = Fault::not_authentic;
};

template <class Table_, class Receives_, class Ends_, class Commands_ = List<Begin>,
          class Timers_ = List<Overdue>>
struct Role {
  using Receives = Receives_;
  using Commands = Commands_;
  using Timers = Timers_;
  using Ends = Ends_;
  using Table = Table_;
};

struct Idle {};
struct Waiting {};
struct Middle {};
struct Done {};

// clang-format off

/// Asks once and takes one answer.
struct Asker : Role<Transitions<
    Row<Idle, Begin, Waiting, Ask>,
    Row<Waiting, Answer, Done>,
    Ignore<Done, Answer>, Refuse<Idle, Answer>>, List<Answer>, List<Done>> {};

/// Answers each question.
struct Answerer : Role<Transitions<
    Row<Idle, Ask, Done, Answer>,
    Row<Done, Ask, Done, Answer>>, List<Ask>, List<Idle, Done>> {};

/// Asks again until answered.
struct Persistent : Role<Transitions<
    Row<Idle, Begin, Waiting, Ask>,
    Row<Waiting, Overdue, Waiting, Ask>,
    Row<Waiting, Answer, Done>,
    Ignore<Done, Answer>, Refuse<Idle, Answer>>, List<Answer>, List<Done>> {};

/// Answers only if its rule holds; then an `Asker` waits for ever.
struct Guarded : Role<Transitions<
    Row<Idle, Ask, Done, Answer, Requires<Holds>>,
    Row<Done, Ask, Done, Answer>>, List<Ask>, List<Idle, Done>> {};

/// Takes the question and forgets to answer: deadlock.
struct Forgetful : Role<Transitions<
    Row<Idle, Ask, Done>,
    Ignore<Done, Ask>>, List<Ask>, List<Idle, Done>> {};

/// Says more than was asked for, one at a time.
struct Talkative : Role<Transitions<
    Row<Idle, Ask, Middle, Answer>,
    Row<Middle, Overdue, Done, More>,
    Ignore<Middle, Ask>, Ignore<Done, Ask>>, List<Ask>, List<Idle, Done>> {};

/// Does not expect more: unspecified reception in Done.
struct Curt : Role<Transitions<
    Row<Idle, Begin, Waiting, Ask>,
    Row<Waiting, Answer, Done>,
    Row<Waiting, More, Done>,
    Ignore<Done, Answer>, Refuse<Done, More>, Refuse<Idle, Answer, More>>,
    List<Answer, More>, List<Done>> {};

/// Asks for ever; its end is behind a row that it has left: cannot finish.
struct Restless : Role<Transitions<
    Row<Idle, Begin, Waiting, Ask>,
    Row<Idle, Overdue, Done>,
    Row<Waiting, Answer, Middle, Ask>,
    Row<Middle, Answer, Waiting, Ask>,
    Ignore<Done, Answer>, Refuse<Idle, Answer>>, List<Answer>, List<Done>> {};

/// Either side may begin, both may at once. With `Row`s for the crossing it comes to rest.
struct Peer : Role<Transitions<
    Row<Idle, Begin, Waiting, Ask>,
    Row<Idle, Ask, Done, Answer>,
    Row<Waiting, Ask, Done, Answer>,
    Row<Waiting, Answer, Done>,
    Ignore<Done, Ask, Answer>, Refuse<Idle, Answer>>, List<Ask, Answer>, List<Done>> {};

/// The same without thought for a crossing: unspecified reception after both have begun.
struct Selfish : Role<Transitions<
    Row<Idle, Begin, Waiting, Ask>,
    Row<Idle, Ask, Done, Answer>,
    Row<Waiting, Answer, Done>,
    Refuse<Waiting, Ask>, Ignore<Done, Ask, Answer>, Refuse<Idle, Answer>>,
    List<Ask, Answer>, List<Done>> {};

/// Sends three at once, more than a channel of capacity two holds.
struct Burst : Role<Transitions<
    Row<Idle, Begin, Done, Ask, Ask, Ask>,
    Ignore<Done, Answer>, Refuse<Idle, Answer>>, List<Answer>, List<Done>> {};

// clang-format on

}  // namespace handfast::pairs
