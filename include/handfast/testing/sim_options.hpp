#pragma once

// What a program of simulated worlds can be asked for, and how it is asked.

#include <charconv>
#include <chrono>
#include <cstdio>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "handfast/testing/plan.hpp"

namespace handfast::testing {

/// What the program ends with. Who started it adds 12, for a crash.
enum class SimExit : int { fine = 0, usage = 2, safety = 10, liveness = 11 };

/// What the program was asked for.
struct SimOptions {
  std::string program;  // how this one is called, for who wants to see it again
  std::string protocol, profile;
  std::optional<std::uint64_t> seed;  // the first; where no time is given, the only one
  std::optional<std::chrono::seconds> time;
  std::optional<std::uint64_t> worlds;  // so many, whatever time it takes
  std::optional<Plan> plan;             // this one instead of drawn ones
  std::string note;                     // a file for what is under way (testing/sim_note.hpp)
  std::string html;                     // a file for the page of the world that is shown
  bool has_bytes = false;               // that page as text instead of the world's trace
  void (*page)(const SimOptions&, const Plan&) = nullptr;  // makes it, where the scene has pages
  bool has_properties = false;                             // properties instead of worlds
  bool has_help = false;                                   // how to ask, and nothing else
};

/// One scene that the program knows.
struct SimScene {
  std::string_view protocol, profile;
  SimExit (*run)(const SimOptions&);
  SimExit (*judge)(const SimOptions&) = nullptr;           // its properties (testing/judge.hpp)
  void (*page)(const SimOptions&, const Plan&) = nullptr;  // every byte (testing/page.hpp)
};

namespace detail {

[[nodiscard]] inline std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// Six digits at most, and a unit: 90, 90s, 10m, 1h.
[[nodiscard]] inline std::optional<std::chrono::seconds> time_in(std::string_view text) {
  int unit = 1;
  if (text.ends_with('m')) unit = 60;
  if (text.ends_with('h')) unit = 3600;
  if (text.ends_with('s') || unit > 1) text.remove_suffix(1);
  const auto number = text.size() > 6 ? std::nullopt : number_in(text);
  if (!number) return std::nullopt;
  return std::chrono::seconds(*number) * unit;
}

/// Options that have a value, one after the other; what is wrong with one, or nothing.
[[nodiscard]] inline std::optional<std::string> read_option(std::string_view name,
                                                            std::string_view value,
                                                            SimOptions& options) {
  const auto wrong = [&](const std::string& takes) {
    return std::string(name) + " takes " + takes + ", not \"" + std::string(value) + "\"";
  };
  if (name == "--profile") {
    options.profile = value;
  } else if (name == "--note") {
    options.note = value;
  } else if (name == "--html") {
    options.html = value;
  } else if (name == "--seed") {
    options.seed = number_in(value);
    if (!options.seed) return wrong("a number from 0 to 2^64 - 1");
  } else if (name == "--for") {
    options.time = time_in(value);
    if (!options.time) return wrong("a time, such as 90s, 10m or 1h");
  } else if (name == "--worlds") {
    options.worlds = number_in(value);
    if (!options.worlds || *options.worlds == 0) return wrong("a number from 1");
  } else {
    options.plan = plan_of_text(value);
    if (!options.plan) return "--plan takes what a failure printed, whole";
  }
  return std::nullopt;
}

/// What would have to be left out in silence is refused.
[[nodiscard]] inline std::optional<std::string> contradiction_in(const SimOptions& options) {
  if (options.plan && (options.seed || options.time || options.worlds))
    return "--plan is one whole world: it takes no --seed, --for or --worlds";
  const bool has_page = options.has_bytes || !options.html.empty();
  if (options.has_properties && (options.plan || options.time || options.worlds || has_page))
    return "--properties takes --seed, and no --plan, --for, --worlds, --bytes or --html";
  return std::nullopt;
}

}  // namespace detail

/// What follows `--sim`, read; or what is wrong with it, in a sentence.
[[nodiscard]] inline std::expected<SimOptions, std::string> sim_options_of(
    std::span<const char* const> arguments) {
  static constexpr std::string_view with_value[] = {"--profile", "--seed", "--for", "--worlds",
                                                    "--plan",    "--note", "--html"};
  SimOptions options;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view name = arguments[i];
    if (name == "--help") {
      options.has_help = true;
    } else if (name == "--properties") {
      options.has_properties = true;
    } else if (name == "--bytes") {
      options.has_bytes = true;
    } else if (!name.starts_with("--")) {
      if (!options.protocol.empty())
        return std::unexpected("one protocol at a time, not \"" + options.protocol + " " +
                               std::string(name) + "\"");
      options.protocol = name;
    } else if (std::ranges::find(with_value, name) == std::end(with_value)) {
      return std::unexpected("unknown option " + std::string(name));
    } else {
      if (++i == arguments.size()) return std::unexpected(std::string(name) + " needs a value");
      if (const auto wrong = detail::read_option(name, arguments[i], options))
        return std::unexpected(*wrong);
    }
  }
  if (const auto wrong = detail::contradiction_in(options)) return std::unexpected(*wrong);
  return options;
}

/// How to ask `program`, to `to`.
inline void print_sim_usage(std::string_view program, std::span<const SimScene> scenes,
                            std::FILE* to) {
  std::fprintf(to, "usage: %.*s PROTOCOL [OPTION]...\n", static_cast<int>(program.size()),
               program.data());
  std::fputs(
      "  --profile NAME  of those that the protocol has; without it the first\n"
      "  --seed N        the first world's; alone it is one world, with its trace\n"
      "  --for TIME      so long, such as 90s, 10m or 1h; 10 seconds where nothing is said\n"
      "  --worlds N      so many, whatever time it takes\n"
      "  --plan TEXT     the world that a failure printed, with its trace\n"
      "  --bytes         every byte of the one world, or of the one that fails, instead of its "
      "trace\n"
      "  --html FILE     writes the same there, as one page\n"
      "  --properties    instead of worlds: each message in each state, each flipped bit, ...\n"
      "  --note FILE     keeps there what is under way, for who has to explain a crash\n"
      "ends with 0 where all is fine, 10 for a violation of safety, 11 of liveness, 12 for a "
      "crash, 2 for a use that means nothing\nknown:",
      to);
  for (const SimScene& one : scenes)
    std::fprintf(to, " %.*s/%.*s", static_cast<int>(one.protocol.size()), one.protocol.data(),
                 static_cast<int>(one.profile.size()), one.profile.data());
  std::fputc('\n', to);
}

}  // namespace handfast::testing
