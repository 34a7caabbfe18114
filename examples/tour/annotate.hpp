#pragma once

// Layouts made visible: each byte of a frame with the field that owns it, each message by its
// fields' names and values. Knows no protocol; all it says comes from the layouts.

#include <cctype>
#include <string>
#include <variant>

#include "handfast/spec/transcript_text.hpp"
#include "handfast/wire/binary.hpp"
#include "handfast/wire/hex.hpp"
#include "handfast/wire/json.hpp"

namespace tour {

using handfast::Bytes;
namespace wire = handfast::wire;

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

/// Every byte of a binary frame with the field that owns it, from the field `first` on; several
/// lines.
template <wire::HasLayout Message>
[[nodiscard]] std::string annotated(Bytes frame, std::size_t first = 0) {
  const auto message = wire::binary::decode<Message>(frame);
  if (!message) return "      no " + std::string(wire::message_name<Message>) + "\n";
  auto fields = handfast::spec::explain(*message, frame);
  fields.erase(fields.begin(), fields.begin() + static_cast<std::ptrdiff_t>(first));
  return handfast::spec::text(frame, fields);
}

/// The same of a line of JSON.
template <wire::HasLayout Message>
[[nodiscard]] std::string annotated_line(Bytes line) {
  const auto message = wire::json::decode<Message>(line);
  if (!message) return "      no " + std::string(wire::message_name<Message>) + "\n";
  return handfast::spec::text(line, handfast::spec::explain(*message, line));
}

}  // namespace tour
