#pragma once

// Layouts made visible: each byte of a frame with the field that owns it, each message by its
// fields' names and values. Knows no protocol; all it says comes from the layouts.

#include <cctype>
#include <string>
#include <variant>

#include "handfast/wire/binary.hpp"
#include "handfast/wire/hex.hpp"
#include "handfast/wire/json.hpp"

namespace tour {

using handfast::Bytes;
namespace wire = handfast::wire;

/// How a field's value comes to be, in a newcomer's words.
[[nodiscard]] inline std::string_view meaning_of(wire::How how) {
  switch (how) {
    case wire::How::plain: return "a value that the sender has";
    case wire::How::open: return "known to everybody";
    case wire::How::fresh: return "random, for this message";
    case wire::How::clock: return "the sender's clock";
    case wire::How::counter: return "only rises";
    case wire::How::public_key: return "the public half of a key";
    case wire::How::mac: return "a proof";
    case wire::How::signature: return "a signature";
    case wire::How::derived: return "computed from the rest";
    case wire::How::sealed: return "sealed";
    case wire::How::payload: return "the application's";
    case wire::How::constant: return "says what this is";
    case wire::How::length: return "how much follows";
    case wire::How::padding: return "nothing";
  }
  return "";
}

[[nodiscard]] inline std::string padded(std::string_view text, std::size_t width) {
  return std::string(text) + std::string(width - std::min(width, text.size()), ' ');
}

/// The first bytes of a value that is too long to read.
[[nodiscard]] inline std::string abbreviated(Bytes bytes) {
  const std::size_t shown = std::min<std::size_t>(bytes.size(), 4);
  return wire::hex::encode(bytes.first(shown)) + (shown < bytes.size() ? "..." : "");
}

/// `bytes` as text in quotes if that is what they are, as how many if not.
[[nodiscard]] inline std::string quoted(Bytes bytes) {
  const auto printable = [](std::uint8_t byte) { return byte >= ' ' && byte != 0x7f; };
  const std::string_view text = handfast::text_of(bytes);
  if (!wire::is_utf8(text) || !std::ranges::all_of(bytes, printable))
    return std::to_string(bytes.size()) + " bytes";
  return '"' + std::string(text) + '"';
}

template <class Value>
[[nodiscard]] std::string value_of(const Value& value) {
  if constexpr (std::same_as<Value, bool>)
    return value ? "yes" : "no";
  else if constexpr (wire::Scalar<Value>)
    return std::to_string(static_cast<std::uint64_t>(value));
  else if constexpr (std::convertible_to<Value, std::string_view>)
    return quoted(handfast::bytes_of(value));
  else if constexpr (std::same_as<Value, Bytes>)
    return quoted(value);
  else if constexpr (requires { value.has_value(); })
    return value ? value_of(*value) : "none";
  else if constexpr (requires { value.port(); })
    return "port " + std::to_string(value.port());  // every address is this machine's
  else if constexpr (requires { value.bytes(); })
    return abbreviated(value.bytes());
  else
    return abbreviated(value);
}

/// A message as its name and its fields, in one line.
template <wire::HasLayout Message>
[[nodiscard]] std::string summary_of(const Message& message) {
  std::string text{wire::message_name<Message>};
  std::string_view between = ": ";
  wire::for_each_field<Message>([&]<class F>(F) {
    if constexpr (requires { F::member; }) {
      text += std::string(between) + std::string(F::name) + ' ' + value_of(message.*F::member);
      between = ", ";
    }
  });
  return text;
}
/// What has no fields to read.
template <class Message>
requires(!wire::HasLayout<Message>) [[nodiscard]] std::string summary_of(const Message&) {
  return "no more than that: " + std::string(handfast::name_of<Message>());
}
template <class... Messages>
[[nodiscard]] std::string summary_of(const std::variant<Messages...>& message) {
  return std::visit([](const auto& held) { return summary_of(held); }, message);
}

/// What the `index`th field of `Message` is: its number where it is one, how it was made, and over
/// which other fields.
template <wire::HasLayout Message>
[[nodiscard]] std::string meaning_of_field(const Message& message, std::size_t index) {
  const auto& table = wire::field_table<Message>;
  std::string text;
  std::size_t at = 0;
  wire::for_each_field<Message>([&]<class F>(F) {
    if (at++ != index) return;
    if constexpr (requires { message.*F::member; }) {
      if constexpr (wire::Scalar<typename F::Value>) text = value_of(message.*F::member) + ", ";
    } else if constexpr (requires { F::expected.value; }) {
      text = value_of(F::expected.value) + ", ";
    }
  });
  text += meaning_of(table[index].how);
  std::string_view between = table[index].how == wire::How::sealed ? " with " : " over ";
  for (std::size_t i = 0; i < table.size(); ++i) {
    if ((table[index].covers >> i & 1) == 0) continue;
    text += std::string(between) + std::string(table[i].name);
    between = ", ";
  }
  return text;
}

/// How wide the column of a message's names is, which is no narrower than `least`.
template <wire::HasLayout Message>
[[nodiscard]] std::size_t name_width(std::size_t least) {
  for (const auto& field : wire::field_table<Message>)
    least = std::max(least, field.name.size() + 1);
  return least;
}

/// Every byte of a binary frame with the field that owns it, from the field `first` on; several
/// lines.
template <wire::HasLayout Message>
[[nodiscard]] std::string annotated(Bytes frame, std::size_t first = 0) {
  constexpr std::size_t bytes_a_line = 16;
  const auto spans = wire::binary::dissect<Message>(frame);
  const auto message = wire::binary::decode<Message>(frame);
  if (!spans || !message) return "      no " + std::string(wire::message_name<Message>) + "\n";
  const std::size_t width = name_width<Message>(11);
  std::string text;
  for (std::size_t field = first; field < spans->size(); ++field) {
    const auto& span = (*spans)[field];
    for (std::size_t at = 0; at == 0 || at < span.size; at += bytes_a_line) {
      std::string line = "      " + padded(at == 0 ? span.name : "", width);
      for (std::size_t i = at; i < std::min(span.size, at + bytes_a_line); ++i)
        line += wire::hex::encode(frame.subspan(span.offset + i, 1)) + ' ';
      if (at == 0) line = padded(line, width + 55) + meaning_of_field(*message, field);
      text += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
    }
  }
  return text;
}

/// A line of JSON as it is, and what its fields are.
template <wire::HasLayout Message>
[[nodiscard]] std::string annotated_line(Bytes line) {
  const auto message = wire::json::decode<Message>(line);
  if (!message) return "      no " + std::string(wire::message_name<Message>) + "\n";
  std::string text = "      " + std::string(handfast::text_of(line)) + '\n';
  const auto& table = wire::field_table<Message>;
  for (std::size_t field = 0; field < table.size(); ++field)
    text += "      " + padded(table[field].name, name_width<Message>(13)) +
            meaning_of_field(*message, field) + '\n';
  return text;
}

}  // namespace tour
