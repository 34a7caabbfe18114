#pragma once

// The attack gallery: each flaw of a deployed design as an attack that runs. One function plays the
// attacker against either profile with the same moves, and tells step by step what it does and why
// that works. README.md in this folder is the table of contents; `tests/run --attacks` prints the
// stories.

#include <algorithm>
#include <functional>
#include <ostream>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace attacks {

enum class Profile { compat, hardened };

[[nodiscard]] constexpr std::string_view to_string(Profile which) noexcept {
  return which == Profile::compat ? "compat" : "hardened";
}

/// What README.md says of an attack, in one row.
struct About {
  std::string_view protocol;
  std::string_view flaw;       // its number on the protocol's page, or nothing
  std::string_view claims;     // the numbers of the claims that it decides, or nothing
  std::string_view name;       // of its file, and for `tests/run --attacks NAME`
  std::string_view title;      // a sentence
  std::string_view compat;     // what compat does
  std::string_view hardened;   // what hardened does instead
  bool reaches_compat = true;  // false where only the deployed program itself falls

  /// Where it stands in the list: by protocol, then by flaw, those that have no number last.
  [[nodiscard]] auto place() const { return std::tuple(protocol, flaw.empty(), flaw, name); }
  [[nodiscard]] std::string file() const {
    return std::string(protocol) + "_" + std::string(name) + "_test.cpp";
  }
};

struct Step {
  std::string who;
  std::string text;
  int times = 1;
};

/// What happens in one run of an attack, in order. A step like the one before is counted, not
/// repeated.
class Story {
 public:
  /// Hears each step as it is told; nobody for most of the time.
  static inline void (*listener)(const std::string& who, const std::string& text) = nullptr;

  void attacker(std::string text) { step("attacker", std::move(text)); }
  /// What the deployed program did with what comes next, where neither profile does it.
  void deployed(std::string text) { step("deployed", std::move(text)); }
  void step(std::string who, std::string text) {
    if (listener != nullptr) listener(who, text);
    if (!steps_.empty() && steps_.back().who == who && steps_.back().text == text)
      ++steps_.back().times;
    else
      steps_.push_back({std::move(who), std::move(text)});
  }
  [[nodiscard]] const std::vector<Step>& steps() const noexcept { return steps_; }

 private:
  std::vector<Step> steps_;
};

/// How one run of an attack went.
struct Telling {
  bool reached = false;  // the attacker has what he came for
  std::vector<Step> steps;
};

class Attack;
/// Every attack of the program, in the order of the table of contents.
[[nodiscard]] inline std::vector<const Attack*>& gallery() {
  static std::vector<const Attack*> all;
  return all;
}

/// An attack in the list; `attack` says whether the attacker has what he came for.
class Attack {
 public:
  template <class OneStory>
  Attack(About what, bool (*attack)(Profile, OneStory&))
      : about(what), run([attack](Profile which) {
          OneStory story;
          const bool reached = attack(which, story);
          return Telling{reached, story.steps()};
        }) {
    const auto place = [](const Attack* one) { return one->about.place(); };
    gallery().insert(std::ranges::upper_bound(gallery(), about.place(), {}, place), this);
  }
  Attack(const Attack&) = delete;

  const About about;
  const std::function<Telling(Profile)> run;
};

/// `text` in lines of at most 100 columns, the first behind `who`, the others below its text.
inline void print_step(std::ostream& out, std::string_view who, std::string_view text) {
  constexpr std::size_t indent = 14, width = 100 - indent;
  std::string margin = "    " + std::string(who);
  while (!text.empty()) {
    std::size_t size = text.size();
    if (size > width) {
      const std::size_t space = text.rfind(' ', width);
      size = space == 0 || space == text.npos ? width : space;
    }
    margin.resize(indent, ' ');
    out << margin << text.substr(0, size) << '\n';
    text.remove_prefix(std::min(text.size(), text.find_first_not_of(' ', size)));
    margin.clear();
  }
}

/// One run: a line a step with the party before it, the verdict at the end.
inline void print_run(std::ostream& out, const Attack& attack, Profile which, const Telling& run) {
  const About& about = attack.about;
  out << "\n  against " << to_string(which) << '\n';
  for (const Step& step : run.steps)
    print_step(
        out, step.who,
        step.times == 1 ? step.text : step.text + " (" + std::to_string(step.times) + " times)");
  print_step(out, "verdict",
             std::string(run.reached ? "succeeds: " : "fails: ") +
                 std::string(which == Profile::compat ? about.compat : about.hardened));
}

/// The heading of a story.
inline void print_heading(std::ostream& out, const About& about) {
  out << '\n' << about.name << ": " << about.title << "\n  " << about.protocol;
  if (!about.flaw.empty()) out << ", flaw " << about.flaw;
  if (!about.claims.empty())
    out << (about.claims.size() == 1 ? "; claim " : "; claims ") << about.claims;
  out << '\n';
}

}  // namespace attacks
