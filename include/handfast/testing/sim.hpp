#pragma once

// Many worlds from many seeds, for a program of its own: runs them until one fails or the time is
// over, shrinks what fails, and says how to see it again.

#include "handfast/testing/world.hpp"
//
#include <charconv>
#include <cstdio>

#include "handfast/testing/shrink.hpp"

namespace handfast::testing {

/// What the program ends with.
enum class SimExit : int { fine = 0, usage = 2, safety = 10, liveness = 11 };

/// What the program was asked for.
struct SimOptions {
  std::string protocol, profile;
  std::optional<std::uint64_t> seed;  // the first; where no time is given, the only one
  std::optional<std::chrono::seconds> time;
  std::optional<std::uint64_t> worlds;  // so many, whatever time it takes
  std::optional<Plan> plan;             // this one instead of drawn ones
  bool is_quiet = false;                // no trace
};

/// One scene that the program knows.
struct SimScene {
  std::string_view protocol, profile;
  SimExit (*run)(const SimOptions&);
};

/// The outcome of one plan, alone.
template <class Scene>
[[nodiscard]] Outcome outcome_of(const Plan& plan, EventLog* log = nullptr) {
  auto rows = rows_of_scene<Scene>();
  return World<Scene>(plan, rows, log).run();
}

/// The smallest plan that goes wrong in the same way, in the same words.
template <class Scene>
[[nodiscard]] Plan shrunk(const Plan& plan, const Outcome& outcome) {
  return shrink(plan, [&](const Plan& smaller) {
    const Outcome again = outcome_of<Scene>(smaller);
    return again.wrong == outcome.wrong && again.what == outcome.what;
  });
}

namespace detail {

inline void print(const EventLog& log) {
  for (const std::string& line : log.lines()) std::puts(line.c_str());
}

template <class Scene>
[[nodiscard]] SimExit report(const SimOptions& options, const Plan& plan, const Outcome& outcome) {
  const Plan smallest = options.plan ? plan : shrunk<Scene>(plan, outcome);
  EventLog log;
  (void)outcome_of<Scene>(smallest, &log);
  std::printf("%zu of %zu moves still fail:\n", smallest.moves.size(), plan.moves.size());
  print(log);
  std::printf("%s: %s\n", outcome.wrong == Wrong::safety ? "safety" : "liveness",
              outcome.what.c_str());
  std::fflush(stdout);
  std::fprintf(stderr, "see it again: tests/run --sim %s --profile %s --plan %s\n",
               options.protocol.c_str(), options.profile.c_str(), to_text(smallest).c_str());
  return outcome.wrong == Wrong::safety ? SimExit::safety : SimExit::liveness;
}

/// How many rows were reached, and which were not.
inline void print(const RowsReached& rows) {
  std::printf("rows reached: %.*s %zu of %zu\n", static_cast<int>(rows.role.size()),
              rows.role.data(), rows.reached(), rows.taken.size());
  for (std::size_t row = 0; row < rows.taken.size(); ++row)
    if (rows.taken[row] == 0) std::printf("  never: %s\n", rows.words[row].c_str());
}

}  // namespace detail

/// Runs worlds of `Scene` as `options` say: one plan; the one world of a seed, with its trace; or
/// worlds of rising seeds for a time.
template <class Scene>
[[nodiscard]] SimExit simulate(const SimOptions& options) {
  if (options.plan || (options.seed && !options.time && !options.worlds)) {
    const Plan plan = options.plan ? *options.plan : draw_plan(*options.seed);
    EventLog log;
    const Outcome outcome = outcome_of<Scene>(plan, &log);
    if (!outcome.is_fine()) return detail::report<Scene>(options, plan, outcome);
    if (!options.is_quiet) detail::print(log);
    std::puts("fine");
    return SimExit::fine;
  }
  auto rows = rows_of_scene<Scene>();
  const auto end = std::chrono::steady_clock::now() + options.time.value_or(std::chrono::years(1));
  std::uint64_t seed = *options.seed, count = 0;
  const std::uint64_t count_max = options.worlds.value_or(std::uint64_t{0} - 1);
  for (; count < count_max && (std::chrono::steady_clock::now() < end || count == 0);
       ++seed, ++count) {
    const Plan plan = draw_plan(seed);
    const Outcome outcome = World<Scene>(plan, rows).run();
    if (outcome.is_fine()) continue;
    std::printf("seed %llu, world %llu: ", static_cast<unsigned long long>(seed),
                static_cast<unsigned long long>(count + 1));
    return detail::report<Scene>(options, plan, outcome);
  }
  std::printf("%llu worlds, all fine\n", static_cast<unsigned long long>(count));
  for (const RowsReached& one : rows) detail::print(one);
  return SimExit::fine;
}

namespace detail {

[[nodiscard]] inline std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

[[nodiscard]] inline int usage(std::span<const SimScene> scenes, const std::string& why) {
  std::fprintf(stderr,
               "%s\nusage: --sim PROTOCOL [--profile NAME] [--seed N] [--for 30s] [--worlds N]"
               " [--plan TEXT]\nknown:",
               why.c_str());
  for (const SimScene& one : scenes)
    std::fprintf(stderr, " %.*s/%.*s", static_cast<int>(one.protocol.size()), one.protocol.data(),
                 static_cast<int>(one.profile.size()), one.profile.data());
  std::fputc('\n', stderr);
  return static_cast<int>(SimExit::usage);
}

}  // namespace detail

/// The whole program: `arguments` are what follows `--sim`. Without a seed one is taken from
/// `any_seed` and printed; without a time a seed is one world, and no seed means ten seconds.
[[nodiscard]] inline int sim_main(std::span<const SimScene> scenes,
                                  std::span<const char* const> arguments, std::uint64_t any_seed) {
  SimOptions options;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view name = arguments[i];
    if (!name.starts_with("--")) {
      options.protocol = name;
      continue;
    }
    if (++i == arguments.size()) return detail::usage(scenes, std::string(name) + " needs a value");
    const std::string_view value = arguments[i];
    if (name == "--profile") {
      options.profile = value;
    } else if (name == "--seed") {
      options.seed = detail::number_in(value);
      if (!options.seed)
        return detail::usage(
            scenes, "--seed takes a number from 0 to 2^64 - 1, not \"" + std::string(value) + "\"");
    } else if (name == "--for") {
      const auto seconds = detail::number_in(value.substr(0, value.size() - value.ends_with('s')));
      if (!seconds || *seconds > 1'000'000)
        return detail::usage(
            scenes, "--for takes seconds, such as 30s, not \"" + std::string(value) + "\"");
      options.time = std::chrono::seconds(*seconds);
    } else if (name == "--worlds") {
      options.worlds = detail::number_in(value);
      if (!options.worlds || *options.worlds == 0)
        return detail::usage(scenes,
                             "--worlds takes a number from 1, not \"" + std::string(value) + "\"");
    } else if (name == "--plan") {
      options.plan = plan_of_text(value);
      if (!options.plan) return detail::usage(scenes, "--plan takes what a failure printed, whole");
    } else
      return detail::usage(scenes, "unknown option " + std::string(name));
  }
  const auto chosen = std::ranges::find_if(scenes, [&](const SimScene& one) {
    return one.protocol == options.protocol &&
           (options.profile.empty() || one.profile == options.profile);
  });
  if (chosen == scenes.end())
    return detail::usage(scenes, "no such protocol or profile: \"" + options.protocol + " " +
                                     options.profile + "\"");
  options.profile = chosen->profile;
  if (!options.seed && !options.plan) {
    options.seed = any_seed;
    if (!options.time && !options.worlds) options.time = std::chrono::seconds(10);
  }
  if (options.seed) std::printf("seed %llu\n", static_cast<unsigned long long>(*options.seed));
  std::fflush(stdout);
  return static_cast<int>(chosen->run(options));
}

}  // namespace handfast::testing
