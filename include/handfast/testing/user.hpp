#pragma once

// The honest application of a party: what it begins with, how it answers events, and what it takes
// into its head of itself.

#include "handfast/testing/doing.hpp"
#include "handfast/testing/party.hpp"

namespace handfast::testing {

/// An `Application` of `Role`, as testing/party.hpp describes one; what that leaves out is made up.
template <class Role, class Application>
class User {
 public:
  using Command = typename Doing<Role>::Command;

  /// `label` tells its data from everybody else's; `seed` decides what it does by chance.
  User(std::string label, std::uint64_t seed) requires std::default_initializable<Application>
      : User(std::move(label), seed, Application{}) {}
  /// The same; an application that can be made of the side's `setting` is.
  template <class Setting>
  User(std::string label, std::uint64_t seed, const Setting& setting)
      : User(std::move(label), seed, made_of(setting)) {}

  void begin() {
    if constexpr (requires { application_.begin(doing); }) application_.begin(doing);
  }
  template <class Event>
  void told(const Event& event) {
    if constexpr (requires { application_.told(event, doing); }) application_.told(event, doing);
  }

  /// Command number `index` of the role's, the data that it hands over in `doing.drawn`; nothing where
  /// the application has no such wish, and for links, which are the network's, unless it has one.
  std::optional<Command> make(std::size_t index) {
    std::optional<Command> made;
    doing.drawn.reset();
    [&]<class... Cs>(List<Cs...>) {
      std::size_t i = 0;
      (void)((i++ == index && (made = make<Cs>(), true)) || ...);
    }(typename Role::Commands{});
    return made;
  }

  /// In one of sixteen draws any command; else one that `state` has a row for, the rows that were
  /// taken least often first.
  std::optional<Command> draw(int state, Seeded& numbers) {
    constexpr auto command_count = static_cast<std::size_t>(Role::Commands::size);
    if (command_count == 0) return std::nullopt;
    if (numbers.below(16) == 0) return make(numbers.below(command_count));
    std::array<std::uint64_t, row_count> weights{};
    std::uint64_t sum = 0;
    for (std::size_t row = 0; row < row_count; ++row) {
      const Edge& e = Graph<Role>::edges[row];
      if (e.from != state || e.trigger != Trigger::command) continue;
      const std::uint64_t rarity = 64 / (1 + std::min<std::uint64_t>(drawn_[row], 31));
      sum += weights[row] = is_seldom(e.on) && !ends_early_ ? (rarity + 15) / 16 : rarity;
    }
    if (sum == 0) return std::nullopt;
    std::uint64_t ticket = numbers.below(sum);
    std::size_t row = 0;
    while (ticket >= weights[row]) ticket -= weights[row++];
    ++drawn_[row];
    return make(Graph<Role>::edges[row].on);
  }

  /// Whether a command ends what is interesting.
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

  Doing<Role> doing;  // what it has planned

 private:
  User(std::string label, std::uint64_t seed, Application application)
      : application_(std::move(application)), ends_early_(Seeded(seed + 1).chance(10)) {
    doing.label = std::move(label);
    doing.numbers = Seeded(seed);
  }
  template <class Setting>
  static Application made_of(const Setting& setting) {
    if constexpr (std::constructible_from<Application, const Setting&>)
      return Application(setting);
    else
      return Application{};
  }

  static constexpr auto row_count = static_cast<std::size_t>(Graph<Role>::row_count);

  template <class C>
  std::optional<Command> make() {
    if constexpr (requires { application_.whim(List<C>{}, doing); }) {
      std::optional<C> made = application_.whim(List<C>{}, doing);
      return made ? std::optional<Command>(std::move(*made)) : std::nullopt;
    } else if constexpr (std::same_as<C, LinkClosed> || std::same_as<C, LinkOpened>) {
      return std::nullopt;
    } else {
      C made{};
      if constexpr (requires { made.payload = Bytes{}; }) made.payload = doing.payload();
      return Command(std::move(made));
    }
  }

  Application application_;
  bool ends_early_;  // what is seldom with others is not with this one
  std::array<std::uint64_t, row_count> drawn_{};
};

}  // namespace handfast::testing
