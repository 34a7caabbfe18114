#pragma once

// The stage of the stdio attacks: a parent, a child, and an attacker who has everything that is on
// its way between them.

#include <memory>
#include <stdexcept>

#include "handfast/stdio/compat/messages.hpp"
#include "handfast/wire/base64.hpp"
#include "handfast/wire/binary.hpp"
#include "handfast/wire/json.hpp"
#include "tests/attacks/gallery.hpp"
#include "tests/stdio/harness.hpp"

namespace attacks {

using namespace stdio_test;

/// An event as a reader wants to see it: its name, and what is in it.
[[nodiscard]] inline std::string words_of(const Told& told) {
  std::string inside;
  const auto add = [&](const std::string& text) { inside += (inside.empty() ? "" : ", ") + text; };
  if (told.correlation != 0) add(std::to_string(told.correlation));
  if (told.epoch != 0) add("epoch " + std::to_string(told.epoch));
  if (!told.text.empty()) add('"' + told.text + '"');
  if (told.fault) add(std::string(to_string(*told.fault)));
  return std::string(told.name) + (inside.empty() ? "" : '{' + inside + '}');
}

/// The story of a parent and a child.
class PairStory : public Story {
 public:
  std::vector<Fault> forged;      // of what the attacker handed over and was refused
  std::vector<Fault> honest;      // of what a peer sent and was refused all the same
  bool is_state_kept = true;      // no refusal of the attacker's frames changed its receiver
  std::string heard;              // the answer to the last genuine question
  std::vector<Fault> ends;        // why sessions ended, where not in order
  std::vector<std::string> read;  // by the attacker

  void parent(std::string text) { step("parent", std::move(text)); }
  void child(std::string text) { step("child", std::move(text)); }

  /// A new parent and a new child, who have not spoken yet; they replace those before.
  Pair& stage(Profile which, Config config = {}) {
    const Which both = which == Profile::compat ? Which::compat : Which::hardened;
    pair_ = std::make_unique<Pair>(both, config, config, ++stages_);
    return *pair_;
  }
  /// The same, after both lines and the first record.
  Pair& established(Profile which, Config config = {}) {
    return stage(which, std::move(config)).establish();
  }
  [[nodiscard]] Pair& pair() { return *pair_; }

  /// The parent asks; the request stops at the attacker.
  [[nodiscard]] Sealed asks(const std::string& text) {
    parent("asks \"" + text + '"');
    pair_->send(text);
    return Pair::taken(pair_->to_child, 0);
  }
  /// The attacker hands a frame over; what becomes of it is the next step.
  Result hands_child(const Sealed& frame) { return hands(*pair_->child, "child", frame); }
  Result hands_parent(const Sealed& frame) { return hands(*pair_->parent, "parent", frame); }

  /// Time passes; all is delivered, or all is lost; what the two tell meanwhile is the next step.
  void waits(Duration duration, bool delivers = true) {
    const std::size_t parents = pair_->parent_told.size(), childs = pair_->child_told.size();
    pair_->wait(duration, delivers);
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
    const std::string when = "after " + std::to_string(seconds) + " s: ";
    tells("parent", when, pair_->parent_told, parents);
    tells("child", when, pair_->child_told, childs);
  }

  /// A genuine question while nobody is in between; whether its answer came.
  bool hears(const std::string& text) {
    const std::size_t parents = pair_->parent_told.size(), childs = pair_->child_told.size();
    heard = pair_->ask(text);
    const bool is_heard = heard == "re: " + text;
    std::string line = "asks \"" + text + "\" while nobody is in between: ";
    line += is_heard ? "it is answered" : heard;
    note_refusals("child", pair_->child_told, childs, line);
    note_refusals("parent", pair_->parent_told, parents, line);
    parent(line);
    if (!is_heard) pair_->wait(6s);  // until the parent stops waiting
    return is_heard;
  }

 private:
  Result hands(Side& side, std::string_view who, const Sealed& frame) {
    const Kept before = side.snapshot();
    const Result result = who == "child" ? pair_->child_gets(frame) : pair_->parent_gets(frame);
    std::string line;
    if (const auto fault = result.fault()) {
      const bool is_kept = side.snapshot() == before;
      is_state_kept = is_state_kept && is_kept;
      forged.push_back(*fault);
      line = "refuses it as " + std::string(to_string(*fault)) +
             (is_kept ? "; its state is as it was" : "; its state has changed");
    } else {
      for (const Told& told : result.told)
        line += (line.empty() ? "takes it: " : ", ") + words_of(told);
      if (line.empty()) line = "takes no notice of it";
    }
    step(std::string(who), line);
    return result;
  }
  void note_refusals(const std::string& who, const std::vector<Told>& told, std::size_t from,
                     std::string& line) {
    for (std::size_t i = from; i < told.size(); ++i) {
      if (told[i].name != "Rejected") continue;
      honest.push_back(told[i].fault.value());
      line +=
          ", the " + who + " refuses the honest record as " + std::string(to_string(honest.back()));
    }
  }
  void tells(std::string who, const std::string& when, const std::vector<Told>& told,
             std::size_t from) {
    std::string line;
    for (std::size_t i = from; i < told.size(); ++i) {
      line += (line.empty() ? when : ", ") + words_of(told[i]);
      if (told[i].name == "Closed" && told[i].fault) ends.push_back(*told[i].fault);
    }
    if (!line.empty()) step(std::move(who), line);
  }

  std::unique_ptr<Pair> pair_;
  std::uint64_t stages_ = 0;
};

// What an attacker does to bytes. Whatever he needs for it is public: the layouts.

/// `frame` read as a binary `Message`, changed, and written again.
template <class Message, class Change>
[[nodiscard]] Sealed changed(const Sealed& frame, Change change) {
  auto message = wire::binary::decode<Message>(frame.bytes);
  if (!message) throw std::logic_error("no such message");
  change(*message);
  Kept bytes(wire::binary::encoded_size(*message));
  wire::Writer writer{bytes};
  if (!wire::binary::encode(*message, writer)) throw std::logic_error("no such message");
  return {frame.link, bytes};
}

/// A request with another sequence in its header.
[[nodiscard]] inline Sealed with_sequence(Profile which, const Sealed& request, std::uint64_t n) {
  const auto change = [n](auto& record) { record.sequence = n; };
  return which == Profile::compat ? changed<compat::Record>(request, change)
                                  : changed<Record>(request, change);
}

/// The sequence in a request's header.
[[nodiscard]] inline std::uint64_t sequence_of(Profile which, const Sealed& request) {
  return which == Profile::compat ? wire::binary::decode<compat::Record>(request.bytes)->sequence
                                  : wire::binary::decode<Record>(request.bytes)->sequence;
}

/// A line of JSON with one piece of its text replaced.
[[nodiscard]] inline Sealed replaced(const Sealed& line, std::string_view old,
                                     std::string_view with) {
  std::string changed_text = text(line.bytes);
  const std::size_t at = changed_text.find(old);
  if (at == std::string::npos) throw std::logic_error("no such text in the line");
  return {line.link, keep(changed_text.replace(at, old.size(), with))};
}

using RawKey = std::array<std::uint8_t, 32>;

/// Where the public key stands in a line, as base64.
[[nodiscard]] inline std::string key_text_in(const Sealed& line) {
  const std::string name = "\"public_key\":\"";
  return text(line.bytes).substr(text(line.bytes).find(name) + name.size(), 44);
}
[[nodiscard]] inline RawKey key_in(const Sealed& line) {
  RawKey key{};
  if (!wire::base64::decode(key_text_in(line), key, wire::base64::standard))
    throw std::logic_error("no key in the line");
  return key;
}
[[nodiscard]] inline Sealed with_key(const Sealed& line, const RawKey& key) {
  return replaced(line, key_text_in(line), wire::base64::encode(key, wire::base64::standard));
}

}  // namespace attacks
