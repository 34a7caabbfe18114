#pragma once

// Many worlds from many seeds, for a program of its own: runs them until one fails or the time is
// over, shrinks what fails, and says how to see it again.

#include "handfast/testing/world.hpp"
//
#include <random>

#include "handfast/testing/agreement.hpp"
#include "handfast/testing/shrink.hpp"
#include "handfast/testing/sim_note.hpp"
#include "handfast/testing/sim_options.hpp"

namespace handfast::testing {

/// The outcome of one plan, alone.
template <class Scene>
[[nodiscard]] Outcome outcome_of(const Plan& plan, EventLog* log = nullptr) {
  auto rows = rows_of_scene<Scene>();
  return World<Scene>(plan, rows, log).run();
}

/// The smallest plan that goes wrong in the same way, in the same words. `note` is told of each
/// that is tried: a smaller one may crash.
template <class Scene>
[[nodiscard]] Plan shrunk(const Plan& plan, const Outcome& outcome, SimNote* note = nullptr) {
  return shrink(plan, [&](const Plan& smaller) {
    if (note != nullptr) note->begin("a smaller one of a world that fails", smaller);
    const Outcome again = outcome_of<Scene>(smaller);
    return again.wrong == outcome.wrong && again.what == outcome.what;
  });
}

namespace detail {

inline void print(const EventLog& log) {
  for (const std::string& line : log.lines()) std::puts(line.c_str());
}
/// The world of `plan` as it was asked for: its trace, or every byte of it.
inline void show(const SimOptions& options, const Plan& plan, const EventLog& log) {
  if (!options.has_bytes) print(log);
  if (options.has_bytes || !options.html.empty()) options.page(options, plan);
}

template <class Scene>
[[nodiscard]] SimExit report(const SimOptions& options, const Plan& plan, const Outcome& outcome,
                             SimNote& note) {
  const Plan smallest = options.plan ? plan : shrunk<Scene>(plan, outcome, &note);
  EventLog log;
  (void)outcome_of<Scene>(smallest, &log);
  std::printf("%zu of %zu moves still fail:\n", smallest.moves.size(), plan.moves.size());
  show(options, smallest, log);
  std::printf("%s: %s\n", outcome.wrong == Wrong::safety ? "safety" : "liveness",
              outcome.what.c_str());
  std::fflush(stdout);
  std::fprintf(stderr, "see it again: %s %s --profile %s --plan %s\n", options.program.c_str(),
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

/// Says so where the tables gave the worlds no agreement to judge: a commitment is held against
/// the peer's claim to run.
template <class A, class B>
void print_agreement(List<A, B>) {
  constexpr bool a_is_judged = commits_to<A, B>, b_is_judged = commits_to<B, A>;
  if constexpr (!a_is_judged && !b_is_judged) {
    std::puts("agreement was not judged: no role tells Running and Commit");
  } else if constexpr (!a_is_judged || !b_is_judged) {
    const std::string_view who = a_is_judged ? name_of<B>() : name_of<A>();
    std::printf("agreement was judged one way only: %.*s tells no Commit, or its peer no Running\n",
                static_cast<int>(who.size()), who.data());
  }
  if constexpr (!a_is_judged || !b_is_judged)
    std::puts(
        "  add Tells<Running> to the row after which a role has the keys, and Tells<Commit> to the"
        " row after which its peer has proved them");
}

/// One plan, with its trace.
template <class Scene>
[[nodiscard]] SimExit simulate_one(const SimOptions& options) {
  const Plan plan = options.plan ? *options.plan : draw_plan(*options.seed);
  SimNote note(options.note);
  note.begin(options.plan ? "the plan" : "seed " + std::to_string(*options.seed), plan);
  EventLog log(note.file());
  const Outcome outcome = outcome_of<Scene>(plan, &log);
  if (!outcome.is_fine()) return report<Scene>(options, plan, outcome, note);
  show(options, plan, log);
  std::puts("fine");
  return SimExit::fine;
}

}  // namespace detail

/// Runs worlds of `Scene` as `options` say: one plan; the one world of a seed, with its trace; or
/// worlds of rising seeds for a time.
template <class Scene>
[[nodiscard]] SimExit simulate(const SimOptions& options) {
  if (options.plan || (options.seed && !options.time && !options.worlds))
    return detail::simulate_one<Scene>(options);
  SimNote note(options.note);
  auto rows = rows_of_scene<Scene>();
  const auto end = std::chrono::steady_clock::now() + options.time.value_or(std::chrono::years(1));
  std::uint64_t seed = *options.seed, count = 0;
  const std::uint64_t count_max = options.worlds.value_or(std::uint64_t{0} - 1);
  for (; count < count_max && (std::chrono::steady_clock::now() < end || count == 0);
       ++seed, ++count) {
    const Plan plan = draw_plan(seed);
    const std::string words =
        "seed " + std::to_string(seed) + ", world " + std::to_string(count + 1);
    note.begin(words, plan);
    const Outcome outcome = World<Scene>(plan, rows).run();
    if (outcome.is_fine()) continue;
    std::printf("%s: ", words.c_str());
    return detail::report<Scene>(options, plan, outcome, note);
  }
  std::printf("%llu worlds, all fine\n", static_cast<unsigned long long>(count));
  detail::print_agreement(typename Scene::Roles{});
  for (const RowsReached& one : rows) detail::print(one);
  return SimExit::fine;
}

/// The whole program, which is called as `program`, with `arguments`. Without a seed one is taken from
/// `any_seed` and printed; without a time a seed is one world, and no seed means ten seconds.
[[nodiscard]] inline int sim_main(std::string_view program, std::span<const SimScene> scenes,
                                  std::span<const char* const> arguments, std::uint64_t any_seed) {
  const auto refuse = [&](const std::string& why) {
    std::fprintf(stderr, "%s\n", why.c_str());
    print_sim_usage(program, scenes, stderr);
    return static_cast<int>(SimExit::usage);
  };
  auto options = sim_options_of(arguments);
  if (!options) return refuse(options.error());
  if (options->has_help) {
    print_sim_usage(program, scenes, stdout);
    return static_cast<int>(SimExit::fine);
  }
  options->program = program;
  if (options->protocol.empty()) return refuse("which protocol?");
  const auto chosen = std::ranges::find_if(scenes, [&](const SimScene& one) {
    return one.protocol == options->protocol &&
           (options->profile.empty() || one.profile == options->profile);
  });
  if (chosen == scenes.end())
    return refuse("no such protocol or profile: " + options->protocol +
                  (options->profile.empty() ? "" : "/" + options->profile));
  options->profile = chosen->profile;
  options->page = chosen->page;
  if (options->page == nullptr && (options->has_bytes || !options->html.empty()))
    return refuse("this program has no pages of " + options->protocol + "/" + options->profile +
                  "; page_of_world<Scene> in its list of scenes gives it some");
  if (options->has_properties) {
    if (chosen->judge == nullptr)
      return refuse("this program has no properties of " + options->protocol + "/" +
                    options->profile + "; judge<Scene> in its list of scenes gives it some");
    return static_cast<int>(chosen->judge(*options));
  }
  if (!options->seed && !options->plan) {
    options->seed = any_seed;
    if (!options->time && !options->worlds) options->time = std::chrono::seconds(10);
  }
  if (options->seed) std::printf("seed %llu\n", static_cast<unsigned long long>(*options->seed));
  std::fflush(stdout);
  return static_cast<int>(chosen->run(*options));
}

/// The same, as what `main` returns. Where something else starts it, `program` is how that is called.
[[nodiscard]] inline int sim_main(std::span<const SimScene> scenes, int argc,
                                  const char* const* argv, std::string_view program = {}) {
  return sim_main(program.empty() ? argv[0] : program, scenes,
                  std::span(argv, static_cast<std::size_t>(argc)).subspan(1),
                  std::random_device{}());
}

}  // namespace handfast::testing
