#pragma once

// A program that prints runs: `transcript_main`, for our protocols and for yours.
//
//   spec::Transcript ask_once(const spec::RunOptions& options) {
//     testing::SeededRandom random(options.seed);
//     spec::Recording<Asker, Answerer> run{"ask", context_of(random), context_of(random)};
//     run.obey(options);
//     run.one(Ask{});
//     run.other(Give{bytes_of("at noon")});
//     return run.transcript();
//   }
//   int main(int argc, char** argv) {
//     static constexpr spec::Run runs[] = {{"ask", "", ask_once}};
//     return spec::transcript_main(runs, argc, argv);
//   }

#include <charconv>
#include <span>

#include "handfast/spec/recording.hpp"
#include "handfast/spec/transcript_html.hpp"

namespace handfast::spec {

/// A run under a name.
struct Run {
  std::string_view name;
  std::string_view profile;  // empty where the name has only one
  Transcript (*make)(const RunOptions&) = nullptr;
};

namespace detail {

/// What somebody can do to a frame, by name.
struct AttackByName {
  std::string_view name;
  Meddle (*make)(int frame, int after);
  std::string_view words;
};
inline constexpr AttackByName attacks_by_name[] = {
    {"replay",
     [](int frame, int after) { return after > 0 ? replay(frame, after) : replay(frame); },
     "the frame comes twice, the second time right away or behind frame M"},
    {"reflect", [](int frame, int) { return reflect(frame); }, "it goes back to its sender too"},
    {"lose", [](int frame, int) { return lose(frame); }, "it does not arrive"},
    {"flip", [](int frame, int) { return flip(frame); },
     "one bit of its last byte is the other one"},
    {"truncate", [](int frame, int) { return truncate(frame); }, "its last byte is missing"},
};

/// What the arguments ask for.
struct TranscriptUse {
  std::string_view name, profile, attack, html, form = "--text";
  std::uint64_t seed = 1;
  int frame = 1, after = 0;
  bool shows_states = false;
  bool is_right = true;
};

template <class Number>
[[nodiscard]] bool read_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
}

[[nodiscard]] inline TranscriptUse use_of(int argc, char** argv) {
  TranscriptUse use;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--dangerous-states") {
      use.shows_states = true;
    } else if (word == "--text" || word == "--sequence" || word == "--mermaid" ||
               word == "--plantuml") {
      use.form = word;
    } else if (!word.starts_with("--")) {
      use.is_right = use.is_right && use.name.empty();
      use.name = word;
    } else if (i + 1 < argc) {
      const std::string_view value = argv[++i];
      if (word == "--profile")
        use.profile = value;
      else if (word == "--attack")
        use.attack = value;
      else if (word == "--html")
        use.html = value;
      else if (word == "--seed")
        use.is_right = use.is_right && read_number(value, use.seed);
      else if (word == "--frame")
        use.is_right = use.is_right && read_number(value, use.frame);
      else if (word == "--after")
        use.is_right = use.is_right && read_number(value, use.after);
      else
        use.is_right = false;
    } else {
      use.is_right = false;
    }
  }
  return use;
}

inline int refuse_use(std::span<const Run> runs, std::string_view program, std::string_view more) {
  std::string text(program);
  text +=
      " PROTOCOL [OPTION]...\n\n"
      "Runs a protocol in memory, and prints what was said with an owner for every byte.\n\n"
      "  --profile NAME      one of several\n"
      "  --seed N            other keys; the same seed is the same page, 1 where nothing is said\n"
      "  --attack NAME       somebody is on the way; --frame N says which frame he wants (1), and\n"
      "                      --after M when:\n";
  for (const AttackByName& attack : attacks_by_name)
    text += "                        " + padded(attack.name, 10) + std::string(attack.words) + '\n';
  text +=
      "  --html FILE         writes one page of HTML there\n"
      "  --sequence          prints the run as a sequence diagram; --mermaid, --plantuml too\n"
      "  --dangerous-states  shows what each side holds after each step, keys too\n\n"
      "These are there:\n";
  for (const Run& run : runs)
    text += "  " + std::string(run.name) +
            (run.profile.empty() ? "" : " --profile " + std::string(run.profile)) + '\n';
  text += more;
  std::fputs(text.c_str(), stderr);
  return 2;
}

}  // namespace detail

/// Prints what the arguments ask for: 0, 1 where a file cannot be written or a byte has no owner, or
/// 2 for a use that means nothing, after which it says how it is used, and then `more`. Of several
/// profiles the first is the default.
inline int transcript_main(std::span<const Run> runs, int argc, char** argv,
                           std::string_view more = {}) {
  const detail::TranscriptUse use = detail::use_of(argc, argv);
  const std::string_view program = argc > 0 ? argv[0] : "transcript";
  const auto run = std::ranges::find_if(runs, [&](const Run& one) {
    return one.name == use.name && (use.profile.empty() || one.profile == use.profile);
  });
  const auto attack =
      std::ranges::find(detail::attacks_by_name, use.attack, &detail::AttackByName::name);
  const bool is_attack = attack != std::end(detail::attacks_by_name);
  if (!use.is_right || run == runs.end() || is_attack == use.attack.empty())
    return detail::refuse_use(runs, program, more);
  RunOptions options{use.seed, {}, use.shows_states};
  if (is_attack) options.meddle = attack->make(use.frame, use.after);
  Transcript transcript = run->make(options);
  transcript.origin = "seed " + std::to_string(use.seed);
  if (is_attack)
    transcript.origin += ", " + std::string(use.attack) + " frame " + std::to_string(use.frame);
  if (use.after > 0) transcript.origin += " after frame " + std::to_string(use.after);
  if (const auto heading = unowned(transcript)) {
    std::fprintf(stderr, "a byte has no owner: %s\n", heading->c_str());
    return 1;
  }
  if (!use.html.empty()) {
    const std::string page = html(transcript);
    std::FILE* const file = std::fopen(std::string(use.html).c_str(), "w");
    const bool is_written = file != nullptr && std::fputs(page.c_str(), file) >= 0;
    if (file == nullptr || std::fclose(file) != 0 || !is_written) {
      std::fprintf(stderr, "%s cannot be written\n", std::string(use.html).c_str());
      return 1;
    }
  }
  const Sequence sequence = sequence_of(transcript);
  const std::string page = use.form == "--sequence"   ? text(sequence) + '\n' + sentences(sequence)
                           : use.form == "--mermaid"  ? mermaid(sequence)
                           : use.form == "--plantuml" ? plantuml(sequence)
                                                      : text(transcript);
  std::fputs(page.c_str(), stdout);
  return 0;
}

}  // namespace handfast::spec
