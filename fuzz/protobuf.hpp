#pragma once

// Protobuf as the checks of codecs see it.

#include "fuzz/check.hpp"
#include "handfast/wire/protobuf.hpp"

namespace handfast::fuzz {

struct Protobuf {
  template <class Message>
  static std::expected<Message, Fault> decode(Bytes input) {
    return wire::protobuf::decode<Message>(input);
  }
  template <class Message>
  static std::expected<std::vector<std::uint8_t>, Fault> encode(const Message& message) {
    std::vector<std::uint8_t> frame;
    wire::GrowingWriter sink(frame);
    if (auto done = wire::protobuf::encode(message, sink); !done) {
      require(frame.empty());
      return std::unexpected(done.error());
    }
    require(frame.size() == wire::protobuf::encoded_size(message));
    return frame;
  }
  template <class Message>
  static void dissected(Bytes) {}
  /// A message has one spelling where its layout says so.
  template <class Message>
  static constexpr bool exact = wire::layout_of<Message>::template has<wire::Canonical>;
};

}  // namespace handfast::fuzz
