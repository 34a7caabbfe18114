#pragma once

// A transcript as one HTML file that needs nothing else: no script, no font, no picture. Every byte
// is labelled with its field, and says more under the pointer; light and dark as the reader likes it.

#include "handfast/spec/sequence_text.hpp"
#include "handfast/spec/transcript_text.hpp"

namespace handfast::spec {

namespace detail {

/// Text that HTML takes for nothing else, in attributes too.
[[nodiscard]] inline std::string html_text(std::string_view text) {
  std::string safe;
  for (const char c : text) switch (c) {
      case '&': safe += "&amp;"; break;
      case '<': safe += "&lt;"; break;
      case '>': safe += "&gt;"; break;
      case '"': safe += "&quot;"; break;
      case '\'': safe += "&#39;"; break;
      default: safe += c;
    }
  return safe;
}

inline constexpr std::string_view html_style = R"(
:root { color-scheme: light dark; --paper: #fff; --ink: #1c2024; --soft: #5c6670; --line: #d5dae0;
  --f0: #cfe4ff; --f1: #ffe2b8; --f2: #d3f2cf; --f3: #f6d3ea; --f4: #d9d6fb; --f5: #f7f0b2; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171a; --ink: #e4e7ea; --soft: #98a2ac;
  --line: #343b42; --f0: #173a63; --f1: #5a3c0b; --f2: #1c4a1f; --f3: #5a1f47; --f4: #352f75;
  --f5: #4c460f; } }
body { background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif;
  max-width: 75rem; margin: 2rem auto; padding: 0 1rem; }
h2 { font-size: 1rem; margin: 2rem 0 .3rem; border-top: 1px solid var(--line); padding-top: 1rem; }
.step, .origin, footer { color: var(--soft); }
.step b { color: var(--ink); }
.attack { border-left: .3rem solid #d33; padding-left: .8rem; }
pre, code, .bytes { font-family: ui-monospace, monospace; font-size: 13px; }
pre { overflow-x: auto; line-height: 1.35; }
.bytes { line-height: 1.9; overflow-wrap: anywhere; }
.bytes span { padding: .1rem .15rem; border-radius: .2rem; }
table { border-collapse: collapse; margin: .4rem 0; }
td, th { border-bottom: 1px solid var(--line); padding: .15rem .7rem .15rem 0; text-align: left;
  vertical-align: top; }
td code { overflow-wrap: anywhere; }
.f0 { background: var(--f0); } .f1 { background: var(--f1); } .f2 { background: var(--f2); }
.f3 { background: var(--f3); } .f4 { background: var(--f4); } .f5 { background: var(--f5); }
.secret { border: 2px solid #d33; padding: .5rem; overflow-wrap: anywhere; }
)";

inline constexpr std::size_t drawn_max = 12;  // participants of a diagram

[[nodiscard]] inline std::string html_colour(std::size_t field) {
  return "f" + std::to_string(field % 6);
}

/// A frame's bytes, each field a span with its name and meaning, and a table of the same.
[[nodiscard]] inline std::string html_frame(const Transit& transit) {
  const Bytes frame = transit.bytes;
  const bool as_text = is_text(frame);
  std::string bytes, rows;
  for (std::size_t i = 0; i < transit.fields.size(); ++i) {
    const Explained& field = transit.fields[i];
    const Bytes own = frame.subspan(field.offset, field.size);
    const std::string words = html_text(explanation_of(field, says_more(field, own)));
    bytes += "<span class=\"" + html_colour(i) + "\" title=\"" + html_text(field.name) + ": " +
             words + "\">" + html_text(shown(own, as_text)) + "</span>" + (as_text ? "" : " ");
    rows += "<tr><td><code class=\"" + html_colour(i) + "\">" + html_text(field.name) +
            "</code></td><td>" + std::to_string(field.offset) + "</td><td>" +
            std::to_string(field.size) + "</td><td>" + words + "</td></tr>\n";
  }
  return "<div class=\"bytes\">" + bytes +
         "</div>\n<table><tr><th>field</th><th>from byte</th>"
         "<th>bytes</th><th>what it is</th></tr>\n" +
         rows + "</table>\n";
}

[[nodiscard]] inline std::string html_contents(const Transit& transit) {
  std::string rows;
  for (const Explained& field : transit.contents)
    rows += "<tr><td><code>" + html_text(field.name) + "</code></td><td><code>" +
            html_text(field.value) + "</code></td><td>" + html_text(field.meaning) + "</td></tr>\n";
  return "<p>Opened, it is a " + html_text(transit.message) + ":</p>\n<table>" + rows +
         "</table>\n";
}

}  // namespace detail

/// The whole run as a page, its sequence diagram first, where no more take part than a page is wide.
/// Frames are numbered as in the diagram's text.
[[nodiscard]] inline std::string html(const Transcript& transcript) {
  using detail::html_text;
  std::string page =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width\">\n<title>" +
      html_text(transcript.title) + "</title>\n<style>" + std::string(detail::html_style) +
      "</style>\n</head>\n<body>\n<h1>" + html_text(transcript.title) + "</h1>\n";
  if (!transcript.origin.empty())
    page += "<p class=\"origin\"><code>" + html_text(transcript.origin) + "</code></p>\n";
  if (transcript.participants.size() <= detail::drawn_max)
    page += "<pre>" + html_text(text(sequence_of(transcript))) + "</pre>\n";
  int number = 0;
  for (const Entry& entry : transcript.entries) {
    if (const auto& transit = entry.transit) {
      const bool attacks = transit->origin != Origin::honest;
      page += std::string("<section") + (attacks ? " class=\"attack\"" : "") + ">\n<h2>" +
              std::to_string(++number) + ". " + html_text(heading_of(transcript, *transit)) +
              "</h2>\n" + detail::html_frame(*transit);
      if (!transit->contents.empty()) page += detail::html_contents(*transit);
      page += "</section>\n";
    }
    if (const auto& step = entry.step)
      page += "<p class=\"step\">" + html_text(line_of(transcript, *step)) + "</p>\n";
    if (const auto& remark = entry.remark)
      page += "<p class=\"remark\"><b>" + html_text(remark->who) +
              "</b>: " + html_text(remark->text) + "</p>\n";
    if (const auto& held = entry.dangerous_state)
      page += "<p class=\"secret\">Holds now, secrets too: <code>" +
              wire::hex::encode(held->bytes) + "</code></p>\n";
  }
  return page + "</body>\n</html>\n";
}

}  // namespace handfast::spec
