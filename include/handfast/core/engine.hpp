#pragma once

// One role's present state and how it moves. Context and scratch space are borrowed, so that a
// machine can own them and a pool can share them. Input passes three stages: decode (bytes to a
// message, plain or sealed), open (a sealed one to a message and a pending commit, the state
// const), row (the handler). The commit happens only if the row is taken or the pair is ignored.
// What a row sends is written by the new state before it takes the place of the one that is left, so
// that a message may refer to that one.
//
// A state may have `adopt(Left&&)`, which takes over what it needs of the state that is left, and
// `entered(Context&)`.

#include <expected>
#include <utility>
#include <variant>

#include "handfast/core/fields.hpp"
#include "handfast/core/graph.hpp"
#include "handfast/core/next.hpp"
#include "handfast/core/observe.hpp"
#include "handfast/core/one_of.hpp"
#include "handfast/core/output.hpp"

namespace handfast {

/// What opening a sealed frame gives: the message inside, and the change of keys and windows that
/// is due if it is taken.
template <class Pending, class... Messages>
struct Opened {
  // Not left out: one that is new would be filled with zeros before its members are.
  Opened() {}
  Opened(std::variant<Messages...> m, Pending p) : message(std::move(m)), pending(std::move(p)) {}

  std::variant<Messages...> message;
  Pending pending;
};

namespace detail {

template <class Role, class On>
struct NotACommand {
  static_assert(
      always_false<On>,
      "handfast: `handle` takes what the role lists in `Commands` (see NotACommand<Role, Event>)");
};

}  // namespace detail

template <class Role, class Observer = Unobserved>
class Engine {
 public:
  using Context = typename Role::Context;
  using States = StatesOf<Role>;

  Engine() = default;
  explicit Engine(Observer observer) : observer_(std::move(observer)) {}
  Engine(Engine&&) noexcept = default;
  Engine& operator=(Engine&&) noexcept = default;

  /// The timer that is due next, by its number in `Timers`; -1, at `never`, where none runs.
  struct Earliest {
    SteadyTime at = never;
    int timer = -1;
  };

  template <class State>
  [[nodiscard]] bool in() const noexcept {
    return std::holds_alternative<State>(state_);
  }
  [[nodiscard]] int state_index() const noexcept { return static_cast<int>(state_.index()); }
  [[nodiscard]] const auto& state() const noexcept { return state_; }
  [[nodiscard]] auto& dangerous_state() noexcept { return state_; }
  [[nodiscard]] const Observer& observer() const noexcept { return observer_; }
  [[nodiscard]] Observer& observer() noexcept { return observer_; }

  template <class On>
  void handle(const On& command, Context& context, Scratch<Role>& scratch) {
    if constexpr (!detail::is_command<Role, On>) [[maybe_unused]]
      detail::NotACommand<Role, On> culprit;
    if (const auto fault = dispatch(command, context, scratch)) refuse(*fault, context, scratch);
  }

  void receive(Bytes frame, Context& context, Scratch<Role>& scratch) {
    if (const auto fault = accept(frame, context, scratch)) {
      // Nothing of what did not pass may be read.
      if (!detail::planted<"refused plaintext kept">) scratch.plaintext.clear();
      refuse(*fault, context, scratch);
    }
  }

  /// Fires what is due, the earliest first, and returns what is due next. A timer that its row
  /// refuses stays due and holds no other back.
  Earliest advance(Context& context, Scratch<Role>& scratch) {
    std::uint64_t refused = 0;
    for (int fired = 0; fired < fired_max; ++fired) {
      const auto due = without(refused, never);
      const bool is_early = due.at > context.now.steady && !detail::planted<"timers fire early">;
      if (due.timer < 0 || is_early) break;
      const int before = state_index();
      if (const auto fault = fire(due.timer, context, scratch)) {
        refused |= std::uint64_t{1} << due.timer;
        refuse(*fault, context, scratch);
      } else if (state_index() != before)
        refused = 0;
    }
    return without(refused, Deadline<void>::in(refused_timer_again_after, context.now).at);
  }

  /// The next deadline, or nothing where no timer runs.
  [[nodiscard]] std::optional<Due> deadline() const noexcept { return named(next_timer()); }
  /// The same with its timer's number.
  [[nodiscard]] Earliest next_timer() const noexcept {
    return earliest([](int, SteadyTime at) { return at; });
  }
  /// What is due next, by its name.
  [[nodiscard]] static std::optional<Due> named(const Earliest& due) noexcept {
    if (due.timer < 0) return std::nullopt;
    return Due{due.at, timer_names<Role>[static_cast<std::size_t>(due.timer)]};
  }

 private:
  using Rows = RowsOf<Role>;
  static constexpr int fired_max = 64;  // timers in one call of `advance`

  void refuse(Fault fault, Context& context, Scratch<Role>& scratch) {
    observer_.refused(state_index(), fault);
    scratch.events.emplace_back(Rejected{fault, context.link});
  }

  std::optional<Fault> accept(Bytes frame, Context& context, Scratch<Role>& scratch) {
    const auto size_max = frame_size_max(context.link);
    if (!size_max) return Fault::bad_argument;
    if (frame.size() > *size_max && !detail::planted<"frame size not checked">)
      return Fault::oversized;
    auto wire = Role::decode(context.link, frame, std::as_const(context));
    if (!wire) return wire.error();
    return detail::visit_held(*wire, [&]<class Form>(const Form& form) -> std::optional<Fault> {
      if constexpr (detail::is_message<Role, Form>) {
        observe(form);
        if (ignored<Form>()) return std::nullopt;
        return dispatch(form, context, scratch);
      } else
        return detail::visit_held(
            state_, [&]<class State>(State& state) { return open(state, form, context, scratch); });
    });
  }

  /// The limit of the link's kind, or nothing where the role has no such link.
  static constexpr std::optional<std::size_t> frame_size_max(Link link) {
    return [&]<class... Kinds>(List<Kinds...>) -> std::optional<std::size_t> {
      constexpr std::size_t sizes[]{Kinds::frame_size_max...};
      if constexpr (sizeof...(Kinds) == 1)
        return sizes[0];
      else
        return link.number < sizeof...(Kinds) ? std::optional(sizes[link.number]) : std::nullopt;
    }(typename Role::Links{});
  }

  template <class State, class Sealed>
  std::optional<Fault> open(State& state, const Sealed& sealed, Context& context,
                            Scratch<Role>& scratch) {
    if constexpr (requires {
                    Role::open(std::as_const(state), sealed, context, scratch.plaintext);
                  }) {
      auto opened = Role::open(std::as_const(state), sealed, context, scratch.plaintext);
      if (!opened) return opened.error();
      const auto commit = [&](State& from) {
        Role::commit(from, std::move(opened->pending), context);
      };
      return detail::visit_held(
          opened->message, [&]<class Message>(const Message& message) -> std::optional<Fault> {
            observe(message);
            if (ignored<Message>()) {
              commit(state);
              return std::nullopt;
            }
            if constexpr (detail::contains<State,
                                           typename detail::StatesThatTake<Message, Rows>::type>)
              return take<State>(message, context, scratch, commit);
            else
              return Fault::unexpected_message;
          });
    } else
      return without_key<Sealed>();
  }

  /// A sealed frame in a state that cannot open it: dropped where the table ignores all that its
  /// form may hold
  /// (`using Contents = List<...>`), so that an honest one that came early is no event.
  template <class Sealed>
  [[nodiscard]] std::optional<Fault> without_key() const noexcept {
    if constexpr (requires { typename Sealed::Contents; }) {
      const auto ignores = [&]<class M>(List<M>) {
        if constexpr (!detail::is_message<Role, M>)
          return true;  // the peer cannot send it to this role
        else
          return Graph<Role>::treatment(state_index(),
                                        detail::index_in<M>(typename Role::Receives{})) ==
                 Treatment::ignored;
      };
      const auto ignored = [&]<class... Ms>(List<Ms...>) { return (ignores(List<Ms>{}) && ...); };
      if (ignored(typename Sealed::Contents{})) return std::nullopt;
    }
    return Fault::unexpected_message;
  }

  template <class Message>
  void observe(const Message& message) {
    if constexpr (requires { observer_.received(message); }) observer_.received(message);
  }

  /// Whether the table drops this message in the present state.
  template <class Message>
  [[nodiscard]] bool ignored() const noexcept {
    constexpr int column = detail::index_in<Message>(typename Role::Receives{});
    const Treatment treatment = Graph<Role>::treatment(state_index(), column);
    return treatment == Treatment::ignored ||
           (treatment == Treatment::refused && detail::planted<"undeclared pair ignored">);
  }

  /// An event to the handler of the present state.
  template <class On>
  std::optional<Fault> dispatch(const On& on, Context& context, Scratch<Role>& scratch) {
    return first_of(typename detail::StatesThatTake<On, Rows>::type{}, on, context, scratch);
  }
  /// The handler of the first of these states that is the present one. Returns at once what a
  /// handler says: assigning it makes GCC 14 warn, wrongly.
  template <class On>
  static std::optional<Fault> first_of(List<>, const On&, Context&, Scratch<Role>&) {
    if constexpr (detail::is_message<Role, On>) return Fault::unexpected_message;
    // What happens to a link is nobody's fault; where no row wants to know, it changes nothing.
    else if constexpr (std::is_same_v<On, LinkOpened> || std::is_same_v<On, LinkClosed>)
      return std::nullopt;
    else
      return Fault::not_allowed_now;
  }
  template <class From, class... Rest, class On>
  std::optional<Fault> first_of(List<From, Rest...>, const On& on, Context& context,
                                Scratch<Role>& scratch) {
    if (in<From>()) return take<From>(on, context, scratch, [](From&) {});
    return first_of(List<Rest...>{}, on, context, scratch);
  }

  template <class From, class On, class Commit>
  std::optional<Fault> take(const On& on, Context& context, Scratch<Role>& scratch,
                            const Commit& commit) {
    From& from = *std::get_if<From>(&state_);
    auto next = [&]() -> Next<Role, From, On> {
      if constexpr (detail::AllowedFor<Role, From, On>::all_stay)
        return Role::react(from, on, context);
      else
        return Role::react(std::as_const(from), on, context);
    }();
    if (next.refused() && detail::planted<"committed though refused">) commit(from);
    if (next.refused()) return next.fault();
    commit(from);
    next.taken().each([&](auto& answer) { follow<From, On>(from, answer, context, scratch); });
    return std::nullopt;
  }

  template <class From, class On, class To, class... Outs>
  void follow(From& from, Goto<To, Outs...>& answer, Context& context, Scratch<Role>& scratch) {
    To& state = answer.state;
    if constexpr (requires { state.adopt(std::move(from)); }) state.adopt(std::move(from));
    if constexpr (requires { state.entered(context); }) state.entered(context);
    finish<From, On, To>(state, answer.outs, context, scratch);
    state_.template emplace<To>(std::move(state));
  }
  template <class From, class On, class... Outs>
  void follow(From& from, Stay<Outs...>& answer, Context& context, Scratch<Role>& scratch) {
    finish<From, On, From>(from, answer.outs, context, scratch);
  }

  template <class From, class On, class To, class... Outs>
  void finish(To& state, detail::Outs<Outs...>& outs, Context& context, Scratch<Role>& scratch) {
    constexpr int row = row_of<From, On, To, Outs...>();
    using P = RowParts<detail::At<row, Rows>>;
    observer_.row_taken(row);
    scratch.store_first = scratch.store_first || P::stores_first;
    say<P::sends::size>(outs, state, context, scratch);
  }

  /// Sends the first `sends_left`, tells what follows them.
  template <int sends_left, class State>
  void say(detail::Outs<>&, State&, Context&, Scratch<Role>&) {}
  template <int sends_left, class Out, class... Rest, class State>
  void say(detail::Outs<Out, Rest...>& outs, State& state, Context& context,
           Scratch<Role>& scratch) {
    out<(sends_left > 0)>(outs.first, state, context, scratch);
    say<sends_left - 1>(outs.rest, state, context, scratch);
  }

  template <bool is_sent, class Out, class State>
  void out(Out& what, State& state, Context& context, Scratch<Role>& scratch) {
    if constexpr (is_sent && requires { observer_.sent(what); }) observer_.sent(what);
    if constexpr (!is_sent)
      scratch.events.emplace_back(std::in_place_type<Out>, std::move(what));
    else if constexpr (requires { Role::write(state, what, context, scratch.frames); })
      Role::write(state, what, context, scratch.frames);
    else
      Role::write(what, context, scratch.frames);
  }

  /// Which row an answer is.
  template <class From, class On, class To, class... Outs>
  static consteval int row_of() {
    return []<class... Rs>(List<Rs...>) {
      int found = -1;
      ((std::is_same_v<typename RowParts<Rs>::to, To> &&
                std::is_same_v<
                    detail::Concat<typename RowParts<Rs>::sends, typename RowParts<Rs>::tells>,
                    List<Outs...>>
            ? void(found = detail::index_in<Rs>(Rows{}))
            : void()),
       ...);
      return found;
    }(typename detail::RowsFor<From, On, Rows>::type{});
  }

  template <class Timer, class State>
  static constexpr bool has_timer =
      detail::contains<State, typename detail::StatesThatTake<Timer, Rows>::type>;

  /// The deadline of `Timer` in the present state, which has a row on it.
  template <class Timer>
  [[nodiscard]] SteadyTime* deadline_of() {
    SteadyTime* found = nullptr;
    [&]<class... From>(List<From...>) {
      (void)((std::holds_alternative<From>(state_) &&
              (found = &detail::find_deadline<Timer>(*std::get_if<From>(&state_))->at, true)) ||
             ...);
    }(typename detail::StatesThatTake<Timer, Rows>::type{});
    return found;
  }
  /// When that is, without having it written: what lies apart stays shared.
  template <class Timer>
  [[nodiscard]] SteadyTime time_of() const noexcept {
    constexpr int timer = detail::index_in<Timer>(typename Role::Timers{});
    return earliest([](int one, SteadyTime at) { return one == timer ? at : never; }).at;
  }

  /// The timer of the present state that is due first, by what `at_of` makes of its number and
  /// deadline; of several at once the first in `Timers`.
  template <class AtOf>
  [[nodiscard]] Earliest earliest(AtOf&& at_of) const noexcept {
    static_assert(Role::Timers::size <= 64, "handfast: at most 64 timers a role");
    Earliest first;
    const auto one = [&]<class Timer, class State>(List<Timer>, const State& state) {
      if constexpr (has_timer<Timer, State>) {
        constexpr int timer = detail::index_in<Timer>(typename Role::Timers{});
        const SteadyTime at = at_of(timer, detail::find_deadline<Timer>(state)->at);
        if (at < first.at) first = {at, timer};
      }
    };
    detail::visit_held(state_, [&](const auto& state) {
      [&]<class... Timers>(List<Timers...>) {
        (one(List<Timers>{}, state), ...);
      }(typename Role::Timers{});
    });
    return first;
  }
  /// The same where those in `set_aside`, as bits, count as due at `their_time`.
  [[nodiscard]] Earliest without(std::uint64_t set_aside, SteadyTime their_time) const noexcept {
    return earliest(
        [&](int timer, SteadyTime at) { return (set_aside >> timer & 1) != 0 ? their_time : at; });
  }

  std::optional<Fault> fire(int index, Context& context, Scratch<Role>& scratch) {
    std::optional<Fault> fault;
    [&]<class... Timers>(List<Timers...>) {
      (void)((detail::index_in<Timers>(typename Role::Timers{}) == index &&
              (fault = fire_one<Timers>(context, scratch), true)) ||
             ...);
    }(typename Role::Timers{});
    return fault;
  }

  /// A timer that its handler leaves as it was has happened once and does not happen again.
  template <class Timer>
  std::optional<Fault> fire_one(Context& context, Scratch<Role>& scratch) {
    const int before = state_index();
    const SteadyTime at = time_of<Timer>();
    if (const auto fault = dispatch(Timer{}, context, scratch)) return fault;
    if (state_index() == before && time_of<Timer>() == at) *deadline_of<Timer>() = never;
    return std::nullopt;
  }

  detail::AsVariant<States> state_{};
  [[no_unique_address]] Observer observer_{};
};

}  // namespace handfast
