#pragma once

// A program that prints protocols: `spec_main`, for ours and for yours.
//
//   int main(int argc, char** argv) {
//     static constexpr spec::Pair pairs[] = {
//         spec::pair_of<ask::Asker<ask::Mended>, ask::Answerer<ask::Mended>>("ask")};
//     return spec::spec_main(pairs, argc, argv);
//   }

#include <cstdio>

#include "handfast/spec/dot.hpp"
#include "handfast/spec/matrix.hpp"
#include "handfast/spec/mermaid.hpp"
#include "handfast/spec/plantuml.hpp"

namespace handfast::spec {

/// Two roles that speak with each other, under a name.
struct Pair {
  std::string_view name;
  std::string_view profile;  // empty where the name has only one
  Chart (*one)() = nullptr;
  Chart (*other)() = nullptr;
  std::string (*promela)() = nullptr;  // their model; nullptr where nobody has made one
};

/// `One` and `Other` as `spec_main` wants them.
template <class One, class Other>
[[nodiscard]] constexpr Pair pair_of(std::string_view name, std::string_view profile = {}) {
  return {name, profile, chart_of<One>, chart_of<Other>};
}

namespace detail {

/// An option and what it prints: of one role, and of two. The matrix of a pair is two matrices.
struct Printed {
  std::string_view option;
  std::string (*role)(const Chart&);
  std::string (*pair)(const Chart&, const Chart&);
};
inline constexpr Printed forms[] = {
    {"--mermaid", mermaid, mermaid},
    {"--dot", dot, dot},
    {"--plantuml", plantuml, plantuml},
    {"--matrix", matrix,
     [](const Chart& one, const Chart& other) { return matrix(one) + '\n' + matrix(other); }},
};

inline int refuse_use(std::span<const Pair> pairs, std::string_view program,
                      std::string_view complaint) {
  const std::string text =
      std::string(complaint) + "\n\n" + std::string(program) +
      " PROTOCOL [ROLE] [--profile NAME] [--mermaid | --dot | --plantuml | --matrix | "
      "--promela]\n\n"
      "Prints the state machine of a role, or of both and the messages between them, from their\n"
      "tables; --mermaid where nothing is said. These are there:\n";
  std::fputs(text.c_str(), stderr);
  for (const Pair& pair : pairs) {
    std::string line = "  " + std::string(pair.name);
    if (!pair.profile.empty()) line += " --profile " + std::string(pair.profile);
    line += ": " + std::string(pair.one().role) + ", " + std::string(pair.other().role) + '\n';
    std::fputs(line.c_str(), stderr);
  }
  return 2;
}

}  // namespace detail

/// Prints what the arguments ask for: 0, or 2 for a use that means nothing. Of several profiles the
/// first is the default.
inline int spec_main(std::span<const Pair> pairs, int argc, char** argv) {
  const std::string_view program = argc > 0 ? argv[0] : "spec";
  std::string name, role;
  std::string_view profile, option = "--mermaid";
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--profile" && i + 1 < argc)
      profile = argv[++i];
    else if (word.starts_with("--"))
      option = word;
    else
      (name.empty() ? name : role) = word;
  }
  const auto wanted = [&](const Pair& pair) {
    return pair.name == name && (profile.empty() || pair.profile == profile);
  };
  const auto pair = std::ranges::find_if(pairs, wanted);
  if (pair == pairs.end())
    return detail::refuse_use(pairs, program,
                              name.empty() ? "Which protocol?" : "No such protocol.");
  const auto say = [](const std::string& text) {
    std::fputs(text.c_str(), stdout);
    return 0;
  };
  if (option == "--promela") {
    if (!role.empty())
      return detail::refuse_use(pairs, program, "A model is of both roles, not of one.");
    if (pair->promela) return say(pair->promela());
    const std::string named =
        pair->profile.empty() ? name : name + " --profile " + std::string(pair->profile);
    return detail::refuse_use(
        pairs, program,
        "There is no model of " + named + ": nobody has said what one needs (spec/describe.hpp).");
  }
  const auto form = std::ranges::find(detail::forms, option, &detail::Printed::option);
  if (form == std::end(detail::forms)) return detail::refuse_use(pairs, program, "No such form.");
  if (role.empty()) return say(form->pair(pair->one(), pair->other()));
  for (const Chart& chart : {pair->one(), pair->other()})
    if (chart.role == role) return say(form->role(chart));
  return detail::refuse_use(pairs, program, "No such role.");
}

}  // namespace handfast::spec
