#pragma once

// A party of one role: its machine, its application, and the questions that are asked after every
// call.

#include "handfast/testing/ledger.hpp"
//
#include "handfast/testing/doing.hpp"
#include "handfast/testing/party.hpp"
#include "handfast/testing/raw_edges.hpp"
#include "handfast/testing/rewrite.hpp"
#include "handfast/testing/samples.hpp"
#include "handfast/testing/seeded_random.hpp"

namespace handfast::testing {

/// Tells a party what its machine does.
struct Watcher {
  Caused* caused = nullptr;
  RowsReached* rows = nullptr;

  void row_taken(int row) {
    caused->rows.push_back(row);
    ++rows->taken[static_cast<std::size_t>(row)];
  }
  void refused(int state, Fault fault) { rows->refused_with.emplace(state, fault); }
  template <class Message>
  void received(const Message&) {
    caused->messages.push_back(name_of<Message>());
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
                 Watcher{caused_.get(), rows_}) {
    doing_.label = std::move(label);
    doing_.numbers = Seeded(seed + 1);
    ends_early_ = Seeded(seed + 2).chance(10);
  }

  void begin(const Time& now) override {
    doing_.present = now.steady;
    if constexpr (requires { application_.begin(doing_); }) application_.begin(doing_);
  }

  Caused& receive(Link link, Bytes frame, const Time& now, bool compares) override {
    const int before = machine_.engine().state_index();
    std::optional<Buffer> stored;
    if (compares) stored = machine_.dangerous_snapshot();
    return call(now, before, [&] {
      auto out = machine_.receive(link, frame, now);
      const bool is_refused = out.fault().has_value();
      note(out);
      if (is_refused && stored) check_refusal(*stored);
      check_work();
      return is_refused;
    });
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

  Caused& whim(Seeded& numbers, const Time& now) override {
    const int before = machine_.engine().state_index();
    return call(now, before, [&] {
      doing_.present = now.steady;
      doing_.drawn.reset();
      if (auto command = draw_command(numbers)) run(*command, std::exchange(doing_.drawn, {}), now);
      return false;
    });
  }

  Caused& command(int number, const Time& now) override {
    const auto name = facts_of<Role>().commands[static_cast<std::size_t>(number)];
    if (name == name_of<LinkClosed>()) return close({}, now);
    const int before = machine_.engine().state_index();
    return call(now, before, [&] {
      doing_.drawn.reset();
      if (auto made = make_command(static_cast<std::size_t>(number)))
        run(*made, std::exchange(doing_.drawn, {}), now);
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
          if (e.application_data != carries || is_seldom(e.on)) continue;
          doing_.drawn.reset();
          auto command = make_command(e.on);
          // An application may ask for what is refused; twice in a row it hardly does.
          if (command && doing_.drawn.has_value() != carries) command = make_command(e.on);
          if (!command || doing_.drawn.has_value() != carries) continue;
          run(*command, std::exchange(doing_.drawn, {}), now);
          return false;
        }
      return false;
    });
  }

  bool restart() override {
    const Buffer stored = machine_.dangerous_snapshot();
    return come_back(stored.bytes());
  }

  std::optional<KeptFrame> forge(Seeded& numbers, const Time& now) override {
    const auto chosen =
        static_cast<int>(numbers.below(static_cast<std::uint64_t>(SendsOf<Role>::size)));
    std::optional<KeptFrame> made;
    with_sent(chosen, [&]<class Message>(List<Message>) {
      Message message{};
      Kept storage;
      if constexpr (wire::HasLayout<Message>)
        for (std::uint64_t i = numbers.below(3); i > 0; --i)
          rewrite_one_field(message, storage, numbers);
      made = sealed(message, now);
    });
    return made;
  }

  std::vector<EdgeFrame> forge_edges(int number, const Time& now) override {
    std::vector<EdgeFrame> made;
    with_sent(number, [&]<class Message>(List<Message>) {
      const auto add = [&](const Message& message, std::string name, bool acceptable) {
        if (auto frame = sealed(message, now))
          made.push_back({std::move(*frame), std::move(name), !acceptable});
      };
      if constexpr (wire::HasLayout<Message>)
        for_each_edge<Message>([&](auto&& one) { add(one.message, one.name, one.acceptable); });
      else
        add(Message{}, {}, true);
    });
    return made;
  }

  std::vector<RawFrame> forge_raw_edges(int number, std::size_t size_max,
                                        const Time& now) override {
    return testing::forge_raw_edges<Scene, Role>(machine_, number, size_max, now);
  }

  std::optional<KeptFrame> forge_plain(int number, const Time& now) override {
    std::optional<KeptFrame> made;
    with_sent(number, [&]<class Message>(List<Message>) {
      if constexpr (wire::HasLayout<Message>)
        made = sealed(plain_sample<Message>().message, now);
      else
        made = sealed(Message{}, now);
    });
    return made;
  }

  std::vector<EdgeFrame> edges_of(const KeptFrame& frame) const override {
    std::vector<EdgeFrame> made;
    const auto wire = Role::decode(frame.link, frame.bytes, machine_.context());
    if (!wire) return made;
    std::visit(
        [&]<class Message>(const Message& genuine) {
          for_each_edge<Message>([&](auto&& one) {
            if (one.name.empty()) return;
            const auto field = std::string_view(one.name).substr(0, one.name.rfind('.'));
            put_all_but(field, genuine, one.message);
            if (auto encoded = Scene::encode(one.message); encoded && encoded->bytes != frame.bytes)
              made.push_back({std::move(*encoded), one.name, !one.acceptable});
          });
        },
        *wire);
    return made;
  }

  std::optional<KeptFrame> rewrite(const KeptFrame& frame, Seeded& numbers) override {
    auto wire = Role::decode(frame.link, frame.bytes, std::as_const(machine_.context()));
    if (!wire) return std::nullopt;
    Kept storage;
    return std::visit(
        [&](auto& message) -> std::optional<KeptFrame> {
          rewrite_one_field(message, storage, numbers);
          return Scene::encode(message);
        },
        *wire);
  }

  void fail_random(unsigned count, std::size_t size) override { random_->fail_next(count, size); }

  std::unique_ptr<Party> clone() const override {
    auto other = std::make_unique<PartyOf>(setting_, doing_.label, seed_ + 1, *rows_);
    if (!other->come_back(machine_.dangerous_snapshot().bytes())) return nullptr;
    return other;
  }
  bool would_restore(Bytes snapshot) const override { return restored_from(snapshot).has_value(); }
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

  [[nodiscard]] Runner& machine() noexcept { return machine_; }

 private:
  using Command = typename Doing<Role>::Command;
  static constexpr int attempts_max = 1000;
  static constexpr std::size_t command_count = static_cast<std::size_t>(Role::Commands::size);

  [[nodiscard]] std::optional<Runner> restored_from(Bytes stored) const {
    auto restored =
        Runner::dangerous_restore(Scene::template context<Role>(setting_, Random(*random_)), stored,
                                  Watcher{caused_.get(), rows_});
    if (!restored) return std::nullopt;
    return std::move(*restored);
  }
  bool come_back(Bytes stored) {
    auto restored = restored_from(stored);
    if (!restored) return false;
    machine_ = std::move(*restored);
    const auto timer = machine_.engine().deadline();
    timer_ = timer ? timer->at : never;
    return true;
  }

  // One call: from an empty `caused_` to everything that it caused.

  template <class Do>
  Caused& call(const Time& now, int before, Do&& what) {
    doing_.present = now.steady;
    caused_->clear();
    Ledger* const ledger = Ledger::current();
    if (ledger != nullptr) ledger->begin_call();
    const std::uint64_t failures = random_->failure_count();
    const bool is_refused = what();
    if (ledger != nullptr) ledger->end_call(is_refused);
    name_timers();
    if (random_->failure_count() > failures && !caused_->rejected())
      broken("the random source failed and nobody was told");
    check_end(before);
    if constexpr (holds_to_table) check_rows(before);
    return *caused_;
  }

  void run(const Command& command, std::optional<Kept> data, const Time& now) {
    caused_->given = std::move(data);
    std::visit(
        [&]<class C>(const C& one) {
          caused_->messages.push_back(name_of<C>());
          note(machine_.handle(one, now));
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
            if constexpr (requires { application_.told(one, doing_); })
              application_.told(one, doing_);
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
    if constexpr (requires { Bytes{event.payload}; }) made.payload = keep(event.payload);
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
  void check_refusal(const Buffer& before) {
    if (!std::ranges::equal(before.bytes(), machine_.dangerous_snapshot().bytes()))
      broken("a refused input changed the state");
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

  // Commands.

  template <class C>
  std::optional<Command> make_one() {
    if constexpr (std::same_as<C, LinkClosed> || std::same_as<C, LinkOpened>)
      return std::nullopt;  // that is the network's
    else if constexpr (requires { application_.whim(List<C>{}, doing_); }) {
      std::optional<C> made = application_.whim(List<C>{}, doing_);
      return made ? std::optional<Command>(std::move(*made)) : std::nullopt;
    } else {
      C made{};
      if constexpr (requires { made.payload = Bytes{}; }) made.payload = doing_.payload();
      return Command(std::move(made));
    }
  }
  std::optional<Command> make_command(std::size_t index) {
    std::optional<Command> made;
    [&]<class... Cs>(List<Cs...>) {
      std::size_t i = 0;
      (void)((i++ == index && (made = make_one<Cs>(), true)) || ...);
    }(typename Role::Commands{});
    return made;
  }
  static bool is_seldom(std::size_t command) {
    if constexpr (requires { typename Application::Seldom; }) {
      static constexpr auto seldom = []<class... Cs>(List<Cs...>) {
        return std::array<bool, sizeof...(Cs)>{
            handfast::detail::contains<Cs, typename Application::Seldom>...};
      }(typename Role::Commands{});
      return seldom[command];
    } else
      return false;
  }

  /// In one of sixteen draws any command; else one that the state has a row for, the rows that
  /// were taken least often first.
  std::optional<Command> draw_command(Seeded& numbers) {
    if (numbers.below(16) == 0) return make_command(numbers.below(command_count));
    std::array<std::uint64_t, static_cast<std::size_t>(Graph<Role>::row_count)> weights{};
    std::uint64_t sum = 0;
    for (std::size_t row = 0; row < weights.size(); ++row) {
      const Edge& e = Graph<Role>::edges[row];
      if (e.from != state_index() || e.trigger != Trigger::command) continue;
      const std::uint64_t rarity = 64 / (1 + std::min<std::uint64_t>(taken_[row], 31));
      sum += weights[row] = is_seldom(e.on) && !ends_early_ ? (rarity + 15) / 16 : rarity;
    }
    if (sum == 0) return std::nullopt;
    std::uint64_t ticket = numbers.below(sum);
    std::size_t row = 0;
    while (ticket >= weights[row]) ticket -= weights[row++];
    ++taken_[row];
    return make_command(Graph<Role>::edges[row].on);
  }

  // A dishonest peer.

  /// Calls `make` with message `number` of those that the role sends.
  template <class Make>
  static void with_sent(int number, Make&& make) {
    [&]<class... Messages>(List<Messages...>) {
      ((number-- == 0 ? make(List<Messages>{}) : void()), ...);
    }(SendsOf<Role>{});
  }
  /// `message` by the keys of the present state, if it has any.
  template <class Message>
  std::optional<KeptFrame> sealed(const Message& message, const Time& now) {
    auto& context = machine_.context();
    context.now = now;
    if constexpr (requires { Scene::before_forging(context); }) Scene::before_forging(context);
    Frames frames;
    std::visit(
        [&](auto& state) {
          if constexpr (requires { Scene::seal(state, message, context, frames); })
            Scene::seal(state, message, context, frames);
          else if constexpr (requires { Role::write(state, message, context, frames); })
            Role::write(state, message, context, frames);
          else if constexpr (requires { Role::write(message, context, frames); })
            Role::write(message, context, frames);
        },
        machine_.dangerous_engine().dangerous_state());
    if (frames.view().empty()) return std::nullopt;
    return KeptFrame{frames.view()[0].link, keep(frames.view()[0].bytes)};
  }
  /// All fields but `field` of `message` become those of `genuine`.
  template <class Message>
  static void put_all_but(std::string_view field, const Message& genuine, Message& message) {
    wire::for_each_field<Message>([&]<class F>(F) {
      if constexpr (requires { F::member; })
        if (std::string_view(F::name) != field) message.*F::member = genuine.*F::member;
    });
  }

  Setting setting_;
  std::uint64_t seed_;
  RowsReached* rows_;
  std::unique_ptr<Caused> caused_ = std::make_unique<Caused>();
  std::unique_ptr<SeededRandom> random_;
  Runner machine_;
  Application application_;
  Doing<Role> doing_;
  bool ends_early_ = false;   // what is seldom with others is not with this application
  SteadyTime timer_ = never;  // when the machine asks to be called
  std::array<std::uint64_t, static_cast<std::size_t>(Graph<Role>::row_count)> taken_{};
};

}  // namespace handfast::testing
