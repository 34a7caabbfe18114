#pragma once

// How much more one thing costs than another, on a machine that is never quiet: the two take turns,
// each pair of turns gives a ratio, and the median of the ratios counts. A turn's figure is itself
// the median of many single times, so that whoever is interrupted in one of them loses nothing.
//
// A limit is broken when the median exceeds it by more than the spread, which is the median
// absolute deviation of the ratios, and does so whenever it is measured: whoever else has a part of
// the same core and its caches makes a ratio worse, and may soon be gone.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace bench {

inline constexpr int pairs_count = 51;  // an odd number
inline constexpr int warm_up_count = 3;
inline constexpr int attempts_max = 3;  // of what broke a limit

inline double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

/// The median absolute deviation from `center`.
inline double deviation(std::vector<double> values, double center) {
  for (double& value : values) value = std::abs(value - center);
  return median(std::move(values));
}

using Clock = std::chrono::steady_clock;

/// What reading the clock costs, in nanoseconds: a part of every single time.
inline double clock_cost() {
  std::vector<double> times;
  for (int i = 0; i < 1001; ++i) {
    const auto start = Clock::now();
    times.push_back(std::chrono::duration<double, std::nano>(Clock::now() - start).count());
  }
  return median(std::move(times));
}

/// The single times of a turn, step by step.
class Turn {
 public:
  explicit Turn(std::size_t step_count) : times_(step_count) {}

  /// Does `work` as step `step` and notes how long it took.
  template <class Work>
  void time(std::size_t step, Work&& work) {
    note(step, measure(work));
  }
  /// The same where a single time is made of several, which the caller puts together.
  template <class Work>
  [[nodiscard]] static double measure(Work&& work) {
    benchmark::ClobberMemory();
    const auto start = Clock::now();
    work();
    benchmark::ClobberMemory();
    return std::chrono::duration<double, std::nano>(Clock::now() - start).count();
  }
  void note(std::size_t step, double nanoseconds) { times_[step].push_back(nanoseconds); }
  [[nodiscard]] double figure(std::size_t step) const {
    static const double nothing = clock_cost();
    return median(times_[step]) - nothing;
  }

 private:
  std::vector<std::vector<double>> times_;
};

/// A step that is compared: its name, how many times the baseline it may cost, or 0 for no limit.
struct Step {
  std::string name;
  double limit = 0;
};

/// Two ways to do the same steps; each call is one turn of that way.
struct Ways {
  std::function<void(Turn&)> ours;
  std::function<void(Turn&)> bare;
};

/// What is compared. Every pair of turns has ways of its own: where in memory their objects happen
/// to lie makes a tenth of a difference, and must not for the whole run.
struct Comparison {
  std::vector<Step> steps;
  std::function<Ways()> make;

  struct Figures {
    std::vector<double> ratios, ours, bare;
  };
  std::vector<Figures> figures = {};
  Ways ways = {};

  void pair(int number) {
    const bool ours_first = number % 2 == 0;
    const std::vector<char> elsewhere(static_cast<std::size_t>(number % 16) * 1040 + 1);
    ways = make();  // before the last ones go: not in their place
    Turn warm_up{steps.size()}, our_turn{steps.size()}, bare_turn{steps.size()};
    ways.ours(warm_up);
    ways.bare(warm_up);
    if (ours_first) ways.ours(our_turn);
    ways.bare(bare_turn);
    if (!ours_first) ways.ours(our_turn);
    figures.resize(steps.size());
    for (std::size_t i = 0; i < steps.size(); ++i) {
      figures[i].ours.push_back(our_turn.figure(i));
      figures[i].bare.push_back(bare_turn.figure(i));
      figures[i].ratios.push_back(our_turn.figure(i) / bare_turn.figure(i));
    }
  }
};

/// Says nothing unless something went wrong: the lines are printed by `report`.
struct Quiet : benchmark::BenchmarkReporter {
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>&) override {}
};

/// Prints `name ratio limit ok` for each step and what the ratio is made of; whether all limits
/// hold.
inline bool report(const Comparison& comparison) {
  bool holds = true;
  for (std::size_t i = 0; i < comparison.figures.size(); ++i) {
    const auto& [ratios, ours, bare] = comparison.figures[i];
    const Step& step = comparison.steps[i];
    const double ratio = median(ratios), spread = deviation(ratios, ratio);
    const bool ok = step.limit == 0 || ratio <= step.limit + spread;
    char limit[16] = "-";
    if (step.limit > 0) std::snprintf(limit, sizeof limit, "%.2f", step.limit);
    std::printf("%-32s %.3f %5s %-6s  spread %.3f  %9.2f us  bare %9.2f us\n", step.name.c_str(),
                ratio, limit, ok ? "ok" : "BROKEN", spread, median(ours) / 1000,
                median(bare) / 1000);
    holds = holds && ok;
  }
  return holds;
}

/// Runs all comparisons as Google Benchmark does (its options choose among them by name) and gives
/// the program's exit code.
inline int run(int count, char** arguments,
               std::vector<std::pair<std::string, Comparison>> comparisons) {
  benchmark::Initialize(&count, arguments);
  if (benchmark::ReportUnrecognizedArguments(count, arguments)) return 2;
  const auto measure = [](auto& named) {
    const auto one = [&compared = named.second](benchmark::State& state) {
      for (int i = 0; i < warm_up_count; ++i) compared.pair(i);
      compared.figures.clear();
      int number = 0;
      for ([[maybe_unused]] const auto iteration : state) compared.pair(number++);
    };
    benchmark::RegisterBenchmark(named.first.c_str(), one)->Iterations(pairs_count);
  };
  Quiet quiet;
  for (int attempt = 0; attempt < attempts_max && !comparisons.empty(); ++attempt) {
    benchmark::ClearRegisteredBenchmarks();
    std::ranges::for_each(comparisons, measure);
    benchmark::RunSpecifiedBenchmarks(&quiet);
    std::erase_if(comparisons, [](const auto& named) { return report(named.second); });
  }
  return comparisons.empty() ? 0 : 1;
}

}  // namespace bench
