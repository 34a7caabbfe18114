#pragma once

// A run as a sequence diagram: who said what to whom, what was lost on the way, what an attacker
// made of it. Plain data, so that a simulated run, an attack on real bytes and a trail of a model
// checker are drawn alike.
//
//   Sequence run;
//   const int alice = run.participant("Alice"), mallory = run.attacker("Mallory");
//   const int bob = run.participant("Bob");
//   run.arrow(alice, alice, "Start");
//   run.arrow(alice, mallory, "Request");
//   run.arrow(mallory, bob, "Request", Origin::altered, Fate::refused).said = "Bob is not fooled.";
//   run.note(bob, "stays Listening");
//   std::cout << text(run) << sentences(run);
//
// sequence_text.hpp has `text`, for a terminal; here are Mermaid and PlantUML.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "handfast/spec/detail/escaped.hpp"

namespace handfast::spec {

/// How a message that was on its way came to be.
enum class Origin : std::uint8_t {
  honest,    // as its sender made it
  replayed,  // a message of before, once more
  altered,   // a sender's message with other bytes in it
  injected,  // the attacker's own
};

/// What became of a message.
enum class Fate : std::uint8_t {
  taken,    // its receiver has a row for it and took it
  ignored,  // it arrived and was dropped without an event
  refused,  // it arrived and changed nothing but a counter
  lost,     // it never arrived
};

[[nodiscard]] constexpr std::string_view to_string(Origin origin) noexcept {
  constexpr std::string_view names[] = {"honest", "replayed", "altered", "injected"};
  return names[static_cast<std::uint8_t>(origin)];
}
[[nodiscard]] constexpr std::string_view to_string(Fate fate) noexcept {
  constexpr std::string_view names[] = {"taken", "ignored", "refused", "lost"};
  return names[static_cast<std::uint8_t>(fate)];
}

/// Who takes part, from left to right.
struct Participant {
  std::string name;
  bool attacks = false;
};

/// One line of a diagram: a message from one participant to another, a local event (`from` is
/// `to`), or a note. Messages and local events are numbered from 1, together.
struct Moment {
  static constexpr int everyone = -1;

  bool is_note = false;
  int from = 0, to = 0;  // indices of participants; of a note `everyone`, or both whose it is
  std::string label;
  Origin origin = Origin::honest;
  Fate fate = Fate::taken;
  std::string said;  // its sentence; empty for one that is made of the rest
};

/// A run. Whoever fills it in keeps the indices within `participants`.
struct Sequence {
  std::vector<Participant> participants;
  std::vector<Moment> moments;

  /// Adds a participant to the right of the others; its index.
  int participant(std::string_view name) { return add({std::string(name), false}); }
  int attacker(std::string_view name) { return add({std::string(name), true}); }

  /// Adds a message, or with `from` as `to` a local event: a command, or a timer that ran out.
  Moment& arrow(int from, int to, std::string_view label, Origin origin = Origin::honest,
                Fate fate = Fate::taken) {
    return moments.emplace_back(Moment{false, from, to, std::string(label), origin, fate, {}});
  }
  /// Adds words beside a participant, or over all of them.
  void note(int at, std::string_view words) {
    moments.push_back({true, at, at, std::string(words), Origin::honest, Fate::taken, {}});
  }

 private:
  int add(Participant participant) {
    participants.push_back(std::move(participant));
    return static_cast<int>(participants.size()) - 1;
  }
};

namespace detail {

[[nodiscard]] inline const Participant& participant(const Sequence& run, int index) {
  return run.participants[static_cast<std::size_t>(index)];
}

/// Whether the attacker had a hand in it: it made the message, or says it.
[[nodiscard]] inline bool is_attack(const Sequence& run, const Moment& moment) {
  return moment.origin != Origin::honest || participant(run, moment.from).attacks;
}

/// A message's label with what is not as it should be: "Request (altered, refused)".
[[nodiscard]] inline std::string full_label(const Moment& moment) {
  std::string marks;
  if (moment.origin != Origin::honest) marks += to_string(moment.origin);
  if (moment.fate != Fate::taken)
    marks += (marks.empty() ? "" : ", ") + std::string(to_string(moment.fate));
  return moment.label + (marks.empty() ? "" : " (" + marks + ")");
}

/// What a diagram's source calls a participant: its name where that is a word and not one of
/// theirs.
[[nodiscard]] inline std::string alias_of(const Sequence& run, int index) {
  constexpr std::string_view taken[] = {
      "actor",      "alt",         "and",        "as",
      "autonumber", "box",         "break",      "create",
      "critical",   "destroy",     "else",       "end",
      "entity",     "group",       "hide",       "left",
      "link",       "links",       "loop",       "note",
      "of",         "opt",         "option",     "over",
      "par",        "participant", "properties", "queue",
      "rect",       "ref",         "return",     "right",
      "title",      "activate",    "deactivate", "details",
      "control",    "boundary",    "database",   "collections",
      "header",     "footer",      "skinparam",  "sequenceDiagram",
      "accTitle",   "accDescr",    "par_over",   "newpage"};
  const std::string& name = participant(run, index).name;
  const auto same = [&](std::string_view word) {
    return std::ranges::equal(name, word, [](char a, char b) { return (a | 0x20) == (b | 0x20); });
  };
  return is_word(name) && std::ranges::none_of(taken, same) ? name
                                                            : "side_" + std::to_string(index + 1);
}

}  // namespace detail

/// A moment as a sentence, its number not included; empty for a note.
[[nodiscard]] inline std::string sentence(const Sequence& run, const Moment& moment) {
  if (moment.is_note || !moment.said.empty()) return moment.said;
  const std::string& from = detail::participant(run, moment.from).name;
  if (moment.from == moment.to) return from + ": " + moment.label + ".";
  const std::string& to = detail::participant(run, moment.to).name;
  constexpr std::string_view verbs[] = {" sends ", " sends again ", " sends, altered, ",
                                        " makes and sends "};
  std::string words = from + std::string(verbs[static_cast<std::uint8_t>(moment.origin)]) +
                      moment.label + " to " + to;
  if (moment.fate == Fate::lost) words += ", where it never arrives";
  if (moment.fate == Fate::ignored) words += ", who ignores it";
  if (moment.fate == Fate::refused) words += ", who refuses it";
  return words + ".";
}

/// The run in words: a numbered sentence for each message and local event, one a line.
[[nodiscard]] inline std::string sentences(const Sequence& run) {
  std::string lines;
  int number = 0;
  for (const Moment& moment : run.moments)
    if (!moment.is_note) lines += std::to_string(++number) + ". " + sentence(run, moment) + '\n';
  return lines;
}

/// The run as a Mermaid `sequenceDiagram`. What an attacker made is dotted; what was lost ends in a
/// cross.
[[nodiscard]] inline std::string mermaid(const Sequence& run) {
  std::string lines = "sequenceDiagram\n    autonumber\n";
  const auto alias = [&](int index) { return detail::alias_of(run, index); };
  for (int i = 0; const Participant& each : run.participants) {
    lines += std::string("    ") + (each.attacks ? "actor " : "participant ") + alias(i);
    if (alias(i) != each.name) lines += " as " + detail::mermaid_label(each.name);
    lines += '\n';
    ++i;
  }
  const int last = static_cast<int>(run.participants.size()) - 1;
  for (const Moment& moment : run.moments) {
    const std::string label = ": " + detail::mermaid_label(detail::full_label(moment)) + '\n';
    if (moment.is_note) {
      lines += "    Note over " + alias(std::max(moment.from, 0));
      if (moment.from == Moment::everyone && last > 0) lines += ',' + alias(last);
    } else {
      lines += "    " + alias(moment.from) + (detail::is_attack(run, moment) ? "--" : "-") +
               (moment.fate == Fate::lost ? "x" : ">>") + alias(moment.to);
    }
    lines += label;
  }
  return lines;
}

/// The run as a PlantUML sequence diagram, in the same notation.
[[nodiscard]] inline std::string plantuml(const Sequence& run) {
  std::string lines = "@startuml\nhide footbox\nautonumber\n";
  const auto alias = [&](int index) { return detail::alias_of(run, index); };
  for (int i = 0; const Participant& each : run.participants) {
    lines += each.attacks ? "actor " : "participant ";
    if (alias(i) != each.name) lines += '"' + detail::plantuml_label(each.name) + "\" as ";
    lines += alias(i) + '\n';
    ++i;
  }
  const int last = static_cast<int>(run.participants.size()) - 1;
  for (const Moment& moment : run.moments) {
    const std::string label = " : " + detail::plantuml_label(detail::full_label(moment)) + '\n';
    if (moment.is_note) {
      lines += "note over " + alias(std::max(moment.from, 0));
      if (moment.from == Moment::everyone && last > 0) lines += ", " + alias(last);
    } else {
      lines += alias(moment.from) + (detail::is_attack(run, moment) ? " --" : " -") +
               (moment.fate == Fate::lost ? ">x " : "> ") + alias(moment.to);
    }
    lines += label;
  }
  return lines + "@enduml\n";
}

}  // namespace handfast::spec
