#pragma once

// A transcript in lines of text, for a terminal.

#include <cstdio>

#include "handfast/spec/transcript.hpp"

namespace handfast::spec {

namespace detail {

/// `text` with spaces behind it, to `width` characters.
[[nodiscard]] inline std::string padded(std::string_view text, std::size_t width) {
  const std::size_t used = width_of(text);
  return std::string(text) + std::string(used < width ? width - used : 0, ' ');
}

/// Whether a frame is text that can be shown as it is.
[[nodiscard]] inline bool is_text(Bytes bytes) {
  return !bytes.empty() &&
         std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte >= ' ' && byte < 0x7f; });
}

/// Bytes in hexadecimal with a space between, or as the text that they are.
[[nodiscard]] inline std::string shown(Bytes bytes, bool as_text) {
  if (as_text) return std::string(text_of(bytes));
  std::string text;
  for (const std::uint8_t byte : bytes)
    text += (text.empty() ? "" : " ") + wire::hex::encode(std::span(&byte, 1));
  return text;
}

/// What a field says and is for, in one line.
[[nodiscard]] inline std::string explanation_of(const Explained& field, bool with_value) {
  if (!with_value || field.value.empty()) return field.meaning;
  return field.value + (field.meaning.empty() ? "" : ", " + field.meaning);
}

/// Whether the value is worth saying beside the bytes: not where they end with it, in hexadecimal.
[[nodiscard]] inline bool says_more(const Explained& field, Bytes bytes) {
  constexpr std::size_t digits_min = 8;  // fewer may be a number
  const bool is_there = field.value.size() >= digits_min &&
                        std::string_view(wire::hex::encode(bytes)).ends_with(field.value);
  return !is_there && field.value != std::to_string(bytes.size()) + " bytes";
}

[[nodiscard]] inline std::size_t name_width(const std::vector<Explained>& fields) {
  std::size_t width = 11;
  for (const Explained& field : fields) width = std::max(width, width_of(field.name));
  return width + 1;
}

}  // namespace detail

/// A frame as lines, each field with its bytes and what they are; `indent` before each line. A field
/// of many bytes has many lines.
[[nodiscard]] inline std::string text(Bytes frame, const std::vector<Explained>& fields,
                                      std::string_view indent = "      ") {
  constexpr std::size_t bytes_a_line = 16, column = 50;
  const bool as_text = detail::is_text(frame);
  const std::size_t width = detail::name_width(fields), step = as_text ? column - 3 : bytes_a_line;
  std::string page;
  for (const Explained& field : fields) {
    const Bytes own = frame.subspan(field.offset, field.size);
    for (std::size_t at = 0; at == 0 || at < own.size(); at += step) {
      const Bytes part = own.subspan(at, std::min(step, own.size() - at));
      std::string line = std::string(indent) + detail::padded(at == 0 ? field.name : "", width) +
                         detail::padded(detail::shown(part, as_text), column);
      if (at == 0) line += detail::explanation_of(field, detail::says_more(field, own));
      page += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
    }
  }
  return page;
}

/// A message's fields as lines, without their bytes.
[[nodiscard]] inline std::string text(const std::vector<Explained>& fields,
                                      std::string_view indent = "      ") {
  const std::size_t width = detail::name_width(fields);
  std::string page;
  for (const Explained& field : fields)
    page += std::string(indent) + detail::padded(field.name, width) +
            detail::explanation_of(field, true) + '\n';
  return page;
}

/// What a frame is, in one line without its line feed: "Parent -> Child: Request in Record (replayed)".
[[nodiscard]] inline std::string heading_of(const Transcript& transcript, const Transit& transit) {
  const auto name = [&](int who) {
    return transcript.participants[static_cast<std::size_t>(who)].name;
  };
  std::string words = name(transit.from) + " -> " + name(transit.to) + ": ";
  if (transit.form.empty())
    words += (transit.message.empty() ? "a frame" : transit.message) + ", unreadable";
  else if (!transit.message.empty() && transit.message != transit.form)
    words += transit.message + " in ";
  words += transit.form;
  if (!transit.link.empty()) words += ", on " + transit.link;
  words += ", " + std::to_string(transit.bytes.size()) + " bytes";
  if (transit.origin != Origin::honest) words += ", " + std::string(to_string(transit.origin));
  if (transit.fate != Fate::taken) words += ", " + std::string(to_string(transit.fate));
  return words;
}

/// The first frame, as a machine has made it, of whose bytes one has no owner; or nothing.
[[nodiscard]] inline std::optional<std::string> unowned(const Transcript& transcript) {
  for (const Entry& entry : transcript.entries)
    if (entry.transit && entry.transit->origin != Origin::altered &&
        entry.transit->origin != Origin::injected && !owns_every_byte(*entry.transit))
      return heading_of(transcript, *entry.transit);
  return std::nullopt;
}

/// What a call did, in one line without its line feed.
[[nodiscard]] inline std::string line_of(const Transcript& transcript, const CallRecord& step) {
  std::string words =
      transcript.participants[static_cast<std::size_t>(step.who)].name + ": " + step.trigger + "; ";
  if (step.refused)
    words += "refuses it, " + std::string(*step.refused) + ", stays " + std::string(step.after);
  else if (step.before == step.after)
    words +=
        std::string(step.rows.empty() ? "ignores it, " : "") + "stays " + std::string(step.after);
  else
    words += std::string(step.before) + " -> " + std::string(step.after);
  std::string_view between = "; tells ";
  for (const std::string& event : step.tells) {
    if (step.refused && event.starts_with("Rejected")) continue;
    words += std::string(between) + event;
    between = ", ";
  }
  return words;
}

/// The whole run. Frames are numbered from 1.
[[nodiscard]] inline std::string text(const Transcript& transcript) {
  std::string page = transcript.title + '\n';
  if (!transcript.origin.empty()) page += transcript.origin + '\n';
  int number = 0;
  for (const Entry& entry : transcript.entries) {
    if (const auto& transit = entry.transit) {
      page += "\n   " + detail::padded(std::to_string(++number) + ".", 4) +
              heading_of(transcript, *transit) + '\n' + text(transit->bytes, transit->fields);
      if (!transit->contents.empty())
        page +=
            "      opened, " + transit->message + " is:\n" + text(transit->contents, "        ");
    }
    if (const auto& step = entry.step) {
      char time[32];
      std::snprintf(time, sizeof time, "%10.3f s  ",
                    std::chrono::duration<double>(entry.at).count());
      page += time + line_of(transcript, *step) + '\n';
    }
    if (const auto& remark = entry.remark)
      page += "              " + remark->who + ": " + remark->text + '\n';
    if (const auto& held = entry.dangerous_state)
      page += "      holds now, secrets too: " + wire::hex::encode(held->bytes) + '\n';
  }
  return page;
}

}  // namespace handfast::spec
