#pragma once

// A run of machines as data: what each was asked, what it did by which row, what it told, and every
// frame between them with an owner for each of its bytes. recording.hpp makes one of two machines,
// notebook.hpp of those that somebody else runs; transcript_text.hpp and transcript_html.hpp print
// it. There is no secret in it unless it was asked for by a name that begins with `dangerous_`:
// what was sealed is shown opened, since both ends are ours, but no key.

#include <optional>

#include "handfast/core/time.hpp"
#include "handfast/spec/explain.hpp"
#include "handfast/spec/sequence.hpp"

namespace handfast::spec {

/// A frame on its way, whole.
struct Transit {
  int from = 0, to = 0;  // indices of participants
  std::string link;      // by its name; empty where there is only one
  std::string
      form;  // what anybody can see that it is: a message, or something sealed; empty where it is neither
  std::vector<std::uint8_t> bytes;
  std::vector<Explained> fields;    // one after the other, all of `bytes`
  std::string message;              // what its sender meant by it
  std::vector<Explained> contents;  // that message's fields, where it was sealed
  Origin origin = Origin::honest;
  Fate fate = Fate::taken;
};

/// What one call of a machine did.
struct CallRecord {
  int who = 0;
  std::string trigger;             // "Offer", "do Start", "after RetryDue"
  bool is_local = false;           // nothing from outside: a command, a timer
  std::string_view before, after;  // states
  std::vector<std::string> rows;   // that were taken, "Idle on Start to AwaitingAnswer"
  std::vector<std::string> tells;
  std::optional<std::string_view> refused;  // the fault, where the input changed nothing
};

/// A participant's state with everything in it, keys too.
struct DangerousState {
  int who = 0;
  std::string_view state;
  std::vector<std::uint8_t> bytes;  // its snapshot
};

/// What somebody says of what happens: the teller of an attack, or a simulated network.
struct Remark {
  std::string who, text;
};

/// One thing of these happened.
struct Entry {
  Duration at{};  // since the beginning
  std::optional<Transit> transit;
  std::optional<CallRecord> step;
  std::optional<DangerousState> dangerous_state;
  std::optional<Remark> remark;
};

/// A run from its beginning.
struct Transcript {
  std::string title;
  std::string origin;  // what makes the same one again: a command, a seed
  std::vector<Participant> participants;
  std::vector<Entry> entries;
};

/// The run as a sequence diagram: each frame is an arrow, each command and timer a local event, each
/// change of state a note.
[[nodiscard]] inline Sequence sequence_of(const Transcript& transcript) {
  Sequence run;
  run.participants = transcript.participants;
  for (const Entry& entry : transcript.entries) {
    if (const auto& one = entry.transit)
      run.arrow(one->from, one->to, one->message.empty() ? one->form : one->message, one->origin,
                one->fate);
    if (const auto& step = entry.step) {
      if (step->is_local) run.arrow(step->who, step->who, step->trigger);
      if (step->refused)
        run.note(step->who, "refused: " + std::string(*step->refused));
      else if (step->before != step->after)
        run.note(step->who, std::string(step->before) + " -> " + std::string(step->after));
    }
  }
  return run;
}

/// How many bytes of a frame its fields own; all of them, once, and in order, or a layout lies.
[[nodiscard]] inline bool owns_every_byte(const Transit& transit) {
  std::size_t at = 0;
  for (const Explained& field : transit.fields) {
    if (field.offset != at || field.name == "(unread)") return false;
    at += field.size;
  }
  return at == transit.bytes.size();
}

}  // namespace handfast::spec
