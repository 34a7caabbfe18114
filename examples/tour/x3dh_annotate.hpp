#pragma once

// The frames of x3dh made visible: protobuf, in which a message is inside another, and a binary one
// inside that.

#include <handfast/x3dh/messages.hpp>

#include "tour/annotate.hpp"

namespace tour {

namespace x3dh = handfast::x3dh;

template <wire::HasLayout Message>
[[nodiscard]] std::string annotated_protobuf(Bytes frame);

/// Lines that stand inside others.
[[nodiscard]] inline std::string indented(const std::string& lines) {
  std::string text;
  for (std::size_t at = 0; at < lines.size(); at = lines.find('\n', at) + 1)
    text += "  " + lines.substr(at, lines.find('\n', at) + 1 - at);
  return text;
}

/// The lines of the message that a field holds, and how many bytes that has; none for other fields.
template <class Message>
[[nodiscard]] std::pair<std::string, std::size_t> lines_in(const Message& message,
                                                           std::string_view field) {
  if constexpr (std::same_as<Message, x3dh::EncryptedMessage>)
    if (field == "content")
      return {indented(annotated<x3dh::Content>(message.content)), message.content.size()};
  if constexpr (std::same_as<Message, x3dh::Initial>)
    if (field == "message")
      return {indented(annotated_protobuf<x3dh::EncryptedMessage>(message.message)),
              message.message.size()};
  return {};
}

/// Every byte of a protobuf frame with the field that owns it. Of a field that holds a message those
/// that say which field it is and how long, and then that message.
template <wire::HasLayout Message>
[[nodiscard]] std::string annotated_protobuf(Bytes frame) {
  const auto message = wire::protobuf::decode<Message>(frame);
  if (!message) return "      no " + std::string(wire::message_name<Message>) + "\n";
  std::string text;
  std::vector<handfast::spec::Explained> fields;
  for (auto& field : handfast::spec::explain(*message, frame)) {
    const auto [lines, size] = lines_in(*message, field.name);
    field.size -= size;
    fields.push_back(std::move(field));
    if (lines.empty()) continue;
    fields.back().value = std::to_string(size) + " bytes";
    fields.back().meaning = "which are:";
    text += handfast::spec::text(frame, std::exchange(fields, {})) + lines;
  }
  return text + handfast::spec::text(frame, fields);
}

}  // namespace tour
