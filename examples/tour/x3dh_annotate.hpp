#pragma once

// The frames of x3dh made visible: protobuf, in which a message is inside another, and a binary one
// inside that.

#include <handfast/x3dh/messages.hpp>

#include "tour/annotate.hpp"

namespace tour {

namespace x3dh = handfast::x3dh;

/// A protobuf message's bytes, from the front on.
class ProtobufBytes {
 public:
  explicit ProtobufBytes(Bytes all) : left_(all) {}
  [[nodiscard]] bool at_end() const noexcept { return left_.empty(); }
  /// The next number of up to 10 bytes, 7 bits a byte, the lowest first.
  [[nodiscard]] std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned bits = 0; !left_.empty() && bits < 64; bits += 7) {
      const std::uint8_t byte = take(1)[0];
      value |= std::uint64_t{byte & 0x7Fu} << bits;
      if (byte < 0x80) break;
    }
    return value;
  }
  [[nodiscard]] Bytes take(std::size_t size) {
    const Bytes first = left_.first(std::min(size, left_.size()));
    left_ = left_.subspan(first.size());
    return first;
  }
  [[nodiscard]] const std::uint8_t* position() const noexcept { return left_.data(); }

 private:
  Bytes left_;
};

/// Bytes in hex, 16 a line; what follows the first of them is `meaning`.
[[nodiscard]] inline std::string hex_lines(std::string_view name, std::size_t width, Bytes bytes,
                                           std::string_view meaning) {
  constexpr std::size_t bytes_a_line = 16;
  std::string text;
  for (std::size_t at = 0; at == 0 || at < bytes.size(); at += bytes_a_line) {
    std::string line = "      " + padded(at == 0 ? name : "", width);
    for (std::size_t i = at; i < std::min(bytes.size(), at + bytes_a_line); ++i)
      line += wire::hex::encode(bytes.subspan(i, 1)) + ' ';
    if (at == 0) line = padded(line, width + 55) + std::string(meaning);
    text += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
  }
  return text;
}

template <wire::HasLayout Message>
[[nodiscard]] std::string annotated_protobuf(Bytes frame);

/// Lines that stand inside others.
[[nodiscard]] inline std::string indented(const std::string& lines) {
  std::string text;
  for (std::size_t at = 0; at < lines.size(); at = lines.find('\n', at) + 1)
    text += "  " + lines.substr(at, lines.find('\n', at) + 1 - at);
  return text;
}

/// What is in a field: another message, where it has one.
template <class Message>
[[nodiscard]] std::string lines_in(std::string_view field, std::size_t width, Bytes value,
                                   std::string_view meaning) {
  if constexpr (std::same_as<Message, x3dh::EncryptedMessage>)
    if (field == "content") return indented(annotated<x3dh::Content>(value));
  if constexpr (std::same_as<Message, x3dh::Initial>)
    if (field == "message") return indented(annotated_protobuf<x3dh::EncryptedMessage>(value));
  return hex_lines("", width, value, meaning);
}

/// Every byte of a protobuf frame: of each field the bytes that say which it is and how long, and
/// those of its value.
template <wire::HasLayout Message>
[[nodiscard]] std::string annotated_protobuf(Bytes frame) {
  const auto message = wire::protobuf::decode<Message>(frame);
  if (!message) return "      no " + std::string(wire::message_name<Message>) + "\n";
  const std::size_t width = name_width<Message>(13);
  std::string text;
  ProtobufBytes left(frame);
  while (!left.at_end()) {
    const std::uint8_t* const begin = left.position();
    const std::uint64_t key = left.number(), number = left.number();
    const Bytes head(begin, static_cast<std::size_t>(left.position() - begin));
    const bool is_number = (key & 7) == 0;
    const std::string which = "field " + std::to_string(key >> 3) + ", ";
    std::size_t index = 0;
    wire::for_each_field<Message>([&]<class F>(F) {
      const std::string meaning = meaning_of_field(*message, index++);
      if (wire::protobuf::detail::number_of<F> != key >> 3) return;
      if (is_number) {
        text += hex_lines(F::name, width, head, which + meaning);
      } else {
        text += hex_lines(F::name, width, head, which + std::to_string(number) + " bytes");
        text += lines_in<Message>(F::name, width, left.take(number), meaning);
      }
    });
  }
  return text;
}

}  // namespace tour
