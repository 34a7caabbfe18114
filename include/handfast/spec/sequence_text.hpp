#pragma once

// A sequence diagram in characters, for a terminal: a column a participant.

#include "handfast/spec/sequence.hpp"

namespace handfast::spec {

namespace detail {

/// Characters in a line, of which later ones replace earlier ones.
class Canvas {
 public:
  explicit Canvas(std::size_t width) : cells_(width, " ") {}

  /// Writes `text`, UTF-8, from `column` on; what would stand beyond the canvas widens it. Control
  /// characters become spaces.
  void put(std::size_t column, std::string_view text) {
    for (std::size_t at = 0; at < text.size(); ++column) {
      std::size_t size = 1;
      while (at + size < text.size() &&
             (static_cast<unsigned char>(text[at + size]) & 0xc0) == 0x80)
        ++size;
      if (column >= cells_.size()) cells_.resize(column + 1, " ");
      cells_[column] = static_cast<unsigned char>(text[at]) < ' ' ? " " : text.substr(at, size);
      at += size;
    }
  }
  [[nodiscard]] std::string line() const {
    std::string text;
    for (const std::string& cell : cells_) text += cell;
    return text.substr(0, text.find_last_not_of(' ') + 1) + '\n';
  }

 private:
  std::vector<std::string> cells_;
};

/// Where everything stands: columns wide enough for what is written between them.
class SequencePage {
 public:
  explicit SequencePage(const Sequence& run) : run_(run) {
    const std::size_t count = run.participants.size();
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t half = (width_of(run.participants[i].name) + 1) / 2;
      lines_.push_back(i == 0 ? margin + half : lines_.back() + half + gap_min + last_half_);
      last_half_ = half;
    }
    // Short arrows first: what lies between a long one's ends is then as wide as it will be.
    for (std::size_t span = 0; span < count; ++span)
      for (const Moment& moment : run.moments) fit(moment, span);
  }

  [[nodiscard]] std::string text() const {
    Canvas names = blank(' ');
    for (std::size_t i = 0; i < lines_.size(); ++i)
      names.put(lines_[i] - width_of(run_.participants[i].name) / 2, run_.participants[i].name);
    std::string page = names.line();
    int number = 0;
    for (const Moment& moment : run_.moments) {
      if (moment.is_note) {
        page += note(moment);
        continue;
      }
      Canvas line = moment.from == moment.to ? local(moment) : arrow(moment);
      line.put(0, std::to_string(++number));
      page += line.line();
    }
    return page;
  }

 private:
  static constexpr std::size_t margin = 4, gap_min = 8, note_width = 30;

  /// Moves what is right of a moment's left end so far that its words fit.
  void fit(const Moment& moment, std::size_t span) {
    const int low = std::min(moment.from, moment.to), high = std::max(moment.from, moment.to);
    if (low < 0) return;
    const bool beside = low == high;
    const std::size_t left = static_cast<std::size_t>(low);
    const std::size_t right = beside ? left + 1 : static_cast<std::size_t>(high);
    if (static_cast<std::size_t>(high - low) != span || right >= lines_.size()) return;
    const std::size_t words = moment.is_note ? std::min(width_of(moment.label), note_width)
                                             : width_of(full_label(moment));
    const std::size_t have = lines_[right] - lines_[left], need = words + (beside ? 6 : 9);
    for (std::size_t i = right; have < need && i < lines_.size(); ++i) lines_[i] += need - have;
  }

  [[nodiscard]] Canvas blank(char lifeline) const {
    Canvas line(lines_.empty() ? 0 : lines_.back() + 1);
    for (const std::size_t at : lines_) line.put(at, {&lifeline, 1});
    return line;
  }

  [[nodiscard]] std::string note(const Moment& moment) const {
    std::string page, rest = wrapped(moment.label, note_width);
    if (moment.from == Moment::everyone) rest = moment.label;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      const std::string words = rest.substr(0, end);
      Canvas line = blank('|');
      if (moment.from == Moment::everyone)
        line.put(lines_.front() + 1, " " + words + " ");
      else
        line.put(lines_[static_cast<std::size_t>(moment.from)] + 3, words);
      page += line.line();
      rest.erase(0, end + 1);
    }
    return page;
  }

  [[nodiscard]] Canvas local(const Moment& moment) const {
    Canvas line = blank('|');
    line.put(lines_[static_cast<std::size_t>(moment.from)], "|< " + full_label(moment));
    return line;
  }

  [[nodiscard]] Canvas arrow(const Moment& moment) const {
    const bool right = moment.from < moment.to;
    const std::size_t low = lines_[static_cast<std::size_t>(std::min(moment.from, moment.to))];
    const std::size_t high = lines_[static_cast<std::size_t>(std::max(moment.from, moment.to))];
    const std::string label = " " + full_label(moment) + " ";
    Canvas line = blank('|');
    line.put(low + 1, std::string(high - low - 1, is_attack(run_, moment) ? '=' : '-'));
    line.put((low + high + 1 - width_of(label)) / 2, label);
    line.put(right ? high - 1 : low + 1, moment.fate == Fate::lost ? "x" : right ? ">" : "<");
    return line;
  }

  const Sequence& run_;
  std::vector<std::size_t> lines_;  // the columns of the lifelines
  std::size_t last_half_ = 0;
};

}  // namespace detail

/// The run in lines of text. What an attacker made is drawn with `=`; what was lost ends in `x`; a
/// local event is `|< Start`.
[[nodiscard]] inline std::string text(const Sequence& run) {
  return detail::SequencePage(run).text();
}

}  // namespace handfast::spec
