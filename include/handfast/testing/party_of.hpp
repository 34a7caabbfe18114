#pragma once

// A party of one role: its machine, its application, and the questions that are asked after every
// call.

#include "handfast/testing/ledger.hpp"
//
#include <typeinfo>

#include "handfast/testing/forger.hpp"
#include "handfast/testing/party.hpp"
#include "handfast/testing/seeded_random.hpp"
#include "handfast/testing/user.hpp"

namespace handfast::testing {

/// Tells a party what its machine does.
struct Watcher {
  Caused* caused = nullptr;
  RowsReached* rows = nullptr;
  /// Gets each message that any machine has read, with its type; nobody for most of the time.
  using Reader = void (*)(const std::type_info&, const void* message);
  static inline constinit thread_local Reader reader = nullptr;

  void row_taken(int row) {
    caused->rows.push_back(row);
    ++rows->taken[static_cast<std::size_t>(row)];
  }
  void refused(int state, Fault fault) {
    rows->refused_with.emplace(state, fault);
    const RoleFacts& facts = *rows->facts;
    if (caused->messages.empty() || facts.unopened < 0 ||
        caused->messages.back() != facts.receives[static_cast<std::size_t>(facts.unopened)])
      return;
    for (std::size_t row = 0; row < facts.rows().size(); ++row)
      if (const Edge& e = facts.rows()[row]; e.from == state && facts.only_refuses(e))
        ++rows->taken[row];
  }
  template <class Message>
  void received(const Message& message) {
    caused->messages.push_back(name_of<Message>());
    if (reader != nullptr) reader(typeid(Message), &message);
  }
};

/// A party of `Role` in `Scene`. `Runner` is `Machine`, or what behaves as one; where it does not
/// hold to `Role`'s own table, `holds_to_table` says so.
template <class Scene, class Role, class Application, class Runner = Machine<Role, Watcher>,
          bool holds_to_table = true>
class PartyOf : public Party {
 public:
  using Setting = typename Scene::Setting;

  /// `label` tells the party's data from everybody else's; `seed` decides its randomness.
  PartyOf(const Setting& setting, std::string label, std::uint64_t seed, RowsReached& rows)
      : setting_(setting),
        seed_(seed),
        rows_(&rows),
        random_(std::make_unique<SeededRandom>(seed)),
        machine_(Scene::template context<Role>(setting, Random(*random_)),
                 Watcher{caused_.get(), rows_}),
        user_(std::move(label), seed + 1, setting_) {}

  void begin(const Time& now) override {
    doing_.present = now.steady;
    user_.begin();
  }

  Caused& receive(Link link, Bytes frame, const Time& now, bool compares) override {
    const int before = machine_.engine().state_index();
    std::optional<Kept> stored;
    if (compares) stored = standing();
    return call(
        now, before,
        [&] {
          auto out = machine_.receive(link, frame, now);
          const bool is_refused = out.fault().has_value();
          note(out);
          if (is_refused && stored) check_refusal(*stored);
          check_work();
          return is_refused;
        },
        draws_in_vain);
  }

  Caused& advance(const Time& now) override {
    const int before = machine_.engine().state_index();
    return call(now, before, [&] {
      if (!doing_.planned.empty() && doing_.planned.front().at <= now.steady) {
        auto planned = std::move(doing_.planned.front());
        doing_.planned.pop_front();
        run(planned.command, planned.data, now);
        if (may_work_later(caused_->rejected()) && ++planned.attempts < attempts_max) {
          planned.at = now.steady + std::chrono::seconds(1);
          doing_.plan(std::move(planned));
        }
      } else
        note(machine_.advance(now));
      return false;
    });
  }

  SteadyTime due() const override {
    return std::min(doing_.planned.empty() ? never : doing_.planned.front().at, timer_);
  }

  bool is_busy(const Time& now) const override {
    return !doing_.planned.empty() && doing_.planned.back().at > now.steady;
  }

  Caused& close(Link link, const Time& now) override {
    const int before = machine_.engine().state_index();
    return call(now, before, [&] {
      if constexpr (handfast::detail::is_command<Role, LinkClosed>)
        note(machine_.handle(LinkClosed{link}, now));
      return false;
    });
  }

  Caused& open(Link link, std::uint32_t number, const Time& now) override {
    const int before = machine_.engine().state_index();
    return call(now, before, [&] {
      if constexpr (handfast::detail::is_command<Role, LinkOpened>) {
        if constexpr (links_come_and_go<Scene>)
          Scene::bind(machine_.context(), setting_, link, number);
        note(machine_.handle(LinkOpened{link}, now));
      }
      return false;
    });
  }

  Caused& whim(Seeded& numbers, const Time& now) override {
    const int before = machine_.engine().state_index();
    return call(now, before, [&] {
      doing_.present = now.steady;
      if (auto command = user_.draw(before, numbers)) run(*command, now);
      return false;
    });
  }

  Caused& command(int number, const Time& now) override {
    const auto name = facts_of<Role>().commands[static_cast<std::size_t>(number)];
    if (name == name_of<LinkClosed>()) return close({}, now);
    const int before = machine_.engine().state_index();
    return call(now, before, [&] {
      if (auto made = user_.make(static_cast<std::size_t>(number))) run(*made, now);
      return false;
    });
  }

  Caused& offer_data(const Time& now) override {
    const int before = machine_.engine().state_index();
    return call(now, before, [&] {
      doing_.present = now.steady;
      // A command that carries data itself; else one that sends what the peer may answer with data.
      for (const bool carries : {true, false})
        for (const Edge& e : Graph<Role>::edges) {
          if (e.from != before || e.trigger != Trigger::command || e.send_count == 0) continue;
          if (e.application_data != carries || user_.is_seldom(e.on)) continue;
          auto command = user_.make(e.on);
          // An application may ask for what is refused; twice in a row it hardly does.
          if (command && doing_.drawn.has_value() != carries) command = user_.make(e.on);
          if (!command || doing_.drawn.has_value() != carries) continue;
          run(*command, now);
          return false;
        }
      return false;
    });
  }

  bool restart() override {
    const Buffer stored = machine_.dangerous_snapshot();
    return come_back(stored.bytes(), machine_.context());
  }

  std::optional<KeptFrame> forge(Seeded& numbers, const Time& now) override {
    return dishonest().forge(numbers, now);
  }
  std::optional<KeptFrame> forge_plain(int message, const Time& now) override {
    return dishonest().forge_plain(message, now);
  }
  std::vector<EdgeFrame> forge_edges(int message, const Time& now) override {
    return dishonest().forge_edges(message, now);
  }
  std::vector<RawFrame> forge_raw_edges(int message, std::size_t size_max,
                                        const Time& now) override {
    return dishonest().forge_raw_edges(message, size_max, now);
  }
  std::vector<EdgeFrame> edges_of(const KeptFrame& frame) const override {
    return Forger<Scene, Role>::edges_of(frame, machine_.context());
  }
  std::optional<KeptFrame> rewrite(const KeptFrame& frame, const Pieces& pieces,
                                   Seeded& numbers) override {
    return Forger<Scene, Role>::rewrite(frame, pieces, numbers, machine_.context());
  }
  Pieces pieces_of(const KeptFrame& frame) const override {
    return Forger<Scene, Role>::pieces_of(frame, machine_.context());
  }

  void fail_random(unsigned count, std::size_t size) override { random_->fail_next(count, size); }

  std::unique_ptr<Party> clone() const override {
    auto other = std::make_unique<PartyOf>(setting_, doing_.label, seed_ + 1, *rows_);
    if (!other->come_back(machine_.dangerous_snapshot().bytes(), machine_.context()))
      return nullptr;
    return other;
  }
  bool would_restore(Bytes snapshot) const override {
    return restored_from(snapshot, machine_.context()).has_value();
  }
  std::uint64_t seals_alone_max() const override {
    if constexpr (requires { Scene::seals_alone_max(setting_); })
      return Scene::seals_alone_max(setting_);
    else
      return ~std::uint64_t{0};
  }

  const RoleFacts& facts() const override { return facts_of<Role>(); }
  std::string_view state() const override {
    return state_names<Role>[static_cast<std::size_t>(state_index())];
  }
  int state_index() const override { return machine_.engine().state_index(); }
  bool is_at_end() const override {
    return Graph<Role>::ends[static_cast<std::size_t>(state_index())];
  }
  bool is_over() const override {
    return std::ranges::none_of(Graph<Role>::edges,
                                [&](const Edge& e) { return e.from == state_index(); });
  }
  Kept snapshot() const override { return keep(machine_.dangerous_snapshot().bytes()); }
  Kept standing() override {
    return std::visit(
        [&]<class State>(State& state) {
          if constexpr (requires { Scene::failures(state); }) {
            return std::apply(
                [&]<class... Counts>(Counts&... counts) {
                  const std::tuple counted{std::exchange(counts, Counts{})...};
                  Kept all = snapshot();
                  std::tie(counts...) = counted;
                  return all;
                },
                Scene::failures(state));
          } else {
            return snapshot();
          }
        },
        machine_.dangerous_engine().dangerous_state());
  }
  bool counts_failures() const override {
    return std::visit([]<class State>(const State&) { return counts_failures_in<State>; },
                      machine_.engine().state());
  }
  std::size_t address_size() const override {
    if constexpr (requires { Scene::address_size; })
      return Scene::address_size;
    else
      return 0;
  }

  [[nodiscard]] Runner& machine() noexcept { return machine_; }
  [[nodiscard]] const Runner& machine() const noexcept { return machine_; }

 private:
  using Command = typename Doing<Role>::Command;
  static constexpr int attempts_max = 1000;
  template <class State>
  static constexpr bool counts_failures_in = requires(State& state) {
    Scene::failures(state);
  };
  static constexpr bool draws_in_vain = [] {
    if constexpr (requires { Scene::draws_in_vain; })
      return Scene::draws_in_vain;
    else
      return false;
  }();

  [[nodiscard]] Forger<Scene, Role, Runner> dishonest() {
    return Forger<Scene, Role, Runner>(machine_);
  }

  using Context = typename Runner::Context;

  [[nodiscard]] std::optional<Runner> restored_from(Bytes stored, const Context& before) const {
    auto restored =
        Runner::dangerous_restore(Scene::template context<Role>(setting_, Random(*random_)), stored,
                                  Watcher{caused_.get(), rows_});
    if (!restored) return std::nullopt;
    if constexpr (requires { Scene::resume(restored->context(), before); })
      Scene::resume(restored->context(), before);
    return std::move(*restored);
  }
  bool come_back(Bytes stored, const Context& before) {
    auto restored = restored_from(stored, before);
    if (!restored) return false;
    machine_ = std::move(*restored);
    const auto timer = machine_.engine().deadline();
    timer_ = timer ? timer->at : never;
    return true;
  }

  // One call: from an empty `caused_` to everything that it caused.

  template <class Do>
  Caused& call(const Time& now, int before, Do&& what, bool may_draw_in_vain = false) {
    doing_.present = now.steady;
    caused_->clear();
    Ledger* const ledger = Ledger::current();
    if (ledger != nullptr) ledger->begin_call();
    const std::uint64_t failures = random_->failure_count();
    const bool is_refused = what();
    if (ledger != nullptr) ledger->end_call(is_refused);
    name_timers();
    if (random_->failure_count() > failures && !caused_->rejected() && !may_draw_in_vain)
      broken("the random source failed and nobody was told");
    check_end(before);
    if constexpr (holds_to_table) check_rows(before);
    return *caused_;
  }

  /// A command that was made just now.
  void run(const Command& command, const Time& now) {
    run(command, std::exchange(doing_.drawn, {}), now);
  }
  void run(const Command& command, std::optional<Kept> data, const Time& now) {
    caused_->given = std::move(data);
    std::visit(
        [&]<class C>(const C& one) {
          if constexpr (links_come_and_go<Scene> &&
                        (std::same_as<C, LinkOpened> || std::same_as<C, LinkClosed>)) {
            caused_->wishes.push_back({one.link, std::same_as<C, LinkOpened>});
          } else if constexpr (handfast::detail::is_command<Role, C>) {
            caused_->messages.push_back(name_of<C>());
            note(machine_.handle(one, now));
          }
        },
        command);
  }
  /// Faults that an application waits out.
  static bool may_work_later(std::optional<Fault> fault) {
    return fault && (group_of(*fault) == FaultGroup::environment || *fault == Fault::rekey ||
                     *fault == Fault::back_pressure);
  }

  template <class Out>
  void note(const Out& out) {
    for (const Frame& frame : out.transmit)
      caused_->frames.push_back({frame.link, keep(frame.bytes)});
    for (const auto& event : out.events)
      std::visit(
          [&](const auto& one) {
            caused_->told.push_back(told(one));
            user_.told(one);
          },
          event);
    timer_ = out.deadline ? out.deadline->at : never;
  }

  template <class E>
  static Told told(const E& event) {
    Told made;
    made.name = name_of<E>();
    if constexpr (std::same_as<E, Running>) made.kind = Told::Kind::running;
    if constexpr (std::same_as<E, Commit>) made.kind = Told::Kind::commit;
    if constexpr (std::same_as<E, Closed>) made.kind = Told::Kind::closed;
    if constexpr (std::same_as<E, Rejected>) made.kind = Told::Kind::rejected;
    if constexpr (requires { event.claim; }) made.claim = event.claim;
    if constexpr (requires { event.fault; }) made.fault = event.fault;
    if constexpr (requires { Scene::data_of(event); })
      made.payload = Scene::data_of(event);
    else if constexpr (requires { Bytes{event.payload}; })
      made.payload = keep(event.payload);
    return made;
  }

  void name_timers() {
    static constexpr auto timers = handfast::detail::names_of(typename Role::Timers{});
    for (const int row : caused_->rows)
      if (const Edge& e = Graph<Role>::edges[row]; e.trigger == Trigger::timer)
        caused_->messages.push_back(timers[e.on]);
  }

  // What must hold of every call.

  void broken(std::string why) {
    if (!caused_->broken) caused_->broken = std::move(why);
  }
  void check_refusal(const Kept& before) {
    if (before != standing()) broken("a refused input changed the state");
    if (!caused_->frames.empty() || caused_->told.size() != 1 || !caused_->rows.empty())
      broken("a refused input caused more than its refusal");
  }
  void check_work() {
    const Ledger* const ledger = Ledger::current();
    if (ledger == nullptr) return;
    if (ledger->work().opens > Scene::opens_max) broken("one input had more than its keys tried");
    if (ledger->work().derived > Scene::derived_max) broken("one input had too many keys derived");
  }
  /// Where a role tells `Closed` it does so when no row leaves its state any more, and only then.
  void check_end(int before) {
    if constexpr (handfast::detail::contains<Closed, TellsOf<Role>>) {
      const bool is_told = std::ranges::count(caused_->told, Told::Kind::closed, &Told::kind) > 0;
      const bool has_ended = is_over() && before != state_index();
      if (is_told && !has_ended) broken("a machine told that it is closed and is not");
      if (!is_told && has_ended) broken("a machine ended and did not tell");
    }
  }
  void check_rows(int state) {
    int sends = 0, tells = 0;
    for (const int row : caused_->rows) {
      const Edge& e = Graph<Role>::edges[row];
      if (e.from != state) broken("a row was taken from a state that the machine was not in");
      state = e.to;
      sends += e.send_count;
      tells += e.tell_count;
    }
    if (state != state_index()) broken("the state changed without a row");
    if (static_cast<int>(caused_->frames.size()) != sends)
      broken("other frames were sent than the rows say");
    const auto rejected = std::ranges::count(caused_->told, Told::Kind::rejected, &Told::kind);
    if (static_cast<int>(caused_->told.size()) - static_cast<int>(rejected) != tells)
      broken("other events were told than the rows say");
  }

  Setting setting_;
  std::uint64_t seed_;
  RowsReached* rows_;
  std::unique_ptr<Caused> caused_ = std::make_unique<Caused>();
  std::unique_ptr<SeededRandom> random_;
  Runner machine_;
  User<Role, Application> user_;
  Doing<Role>& doing_ = user_.doing;
  SteadyTime timer_ = never;  // when the machine asks to be called
};

}  // namespace handfast::testing
