#pragma once

// Any text as a label that a drawing language cannot mistake for its own words.

#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>

namespace handfast::spec::detail {

/// A label of Mermaid: what could end it, begin a comment or be taken for HTML is an entity.
[[nodiscard]] inline std::string mermaid_label(std::string_view text) {
  std::string label;
  for (const char c : text) switch (c) {
      case '#': label += "#35;"; break;
      case ';': label += "#59;"; break;
      case '%': label += "#37;"; break;
      case '"': label += "#quot;"; break;
      case '&': label += "#amp;"; break;
      case '<': label += "#lt;"; break;
      case '>': label += "#gt;"; break;
      case '\n': label += "<br/>"; break;
      default: label += c;
    }
  return label;
}

/// A label of PlantUML, without its markup: `//`, `**`, `--`, `__`, `""`, `~` and `<...>`. A line
/// that begins like a list or a heading does not become one.
[[nodiscard]] inline std::string plantuml_label(std::string_view text) {
  constexpr std::string_view doubled = "/*-_\"", leading = "*#=|";
  std::string label;
  char before = '\n';
  for (const char c : text) {
    const bool marks = c == '<' || c == '~' || c == '\\' ||
                       (c == before && doubled.find(c) != doubled.npos) ||
                       (before == '\n' && leading.find(c) != leading.npos);
    char code[16];
    std::snprintf(code, sizeof code, "<U+%04X>", static_cast<unsigned>(c));
    label += c == '\n' ? "\\n" : marks ? std::string(code) : std::string(1, c);
    before = c;
  }
  return label;
}

/// A string of DOT, its quotes not included; a line feed centres the line before it.
[[nodiscard]] inline std::string dot_label(std::string_view text) {
  std::string label;
  for (const char c : text) {
    if (c == '"' || c == '\\') label += '\\';
    label += c == '\n' ? std::string("\\n") : std::string(1, c);
  }
  return label;
}

/// Whether `text` is a word that needs no quotes: a letter, then letters, digits and underscores.
[[nodiscard]] inline bool is_word(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto part = [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '_'; };
  return !text.empty() && letter(text.front()) && std::ranges::all_of(text, part);
}

/// The number of characters that `text`, UTF-8, shows.
[[nodiscard]] inline std::size_t width_of(std::string_view text) {
  const auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; };
  return static_cast<std::size_t>(std::ranges::count_if(text, begins));
}

/// `text` in lines of at most `width` characters where its words allow that.
[[nodiscard]] inline std::string wrapped(std::string_view text, std::size_t width) {
  std::string lines;
  std::size_t used = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(" \n"), text.size());
    const std::string_view word = text.substr(0, end);
    const bool fits = used == 0 || used + 1 + width_of(word) <= width;
    if (used > 0) lines += fits ? ' ' : '\n';
    used = (fits && used > 0 ? used + 1 : 0) + width_of(word);
    lines += word;
    if (end < text.size() && text[end] == '\n') {
      lines += '\n';
      used = 0;
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace handfast::spec::detail
