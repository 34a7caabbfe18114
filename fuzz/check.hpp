#pragma once

// What must hold of every codec on every input, whatever the layout.

#include <cstdlib>
#include <string>
#include <vector>

#include "handfast/testing/samples.hpp"
#include "handfast/wire/binary.hpp"
#include "handfast/wire/json.hpp"

namespace handfast::fuzz {

/// Ends the program where it does not hold, which is how a fuzzer sees it.
inline void require(bool holds) {
  if (!holds) std::abort();
}

struct Binary {
  template <class Message>
  static std::expected<Message, Fault> decode(Bytes input) {
    return wire::binary::decode<Message>(input);
  }
  template <class Message>
  static std::expected<std::vector<std::uint8_t>, Fault> encode(const Message& message) {
    std::vector<std::uint8_t> frame;
    wire::GrowingWriter sink(frame);
    if (auto done = wire::binary::encode(message, sink); !done) {
      require(frame.empty());
      return std::unexpected(done.error());
    }
    require(frame.size() == wire::binary::encoded_size(message));
    require(frame.size() >= wire::frame_size<Message>.min &&
            frame.size() <= wire::frame_size<Message>.max);
    return frame;
  }
  /// A dissection covers every byte once.
  template <class Message>
  static void dissected(Bytes frame) {
    const auto spans = wire::binary::dissect<Message>(frame);
    require(spans.has_value());
    std::size_t next = 0;
    for (const wire::FieldSpan& span : *spans) {
      require(span.offset == next);
      next += span.size;
    }
    require(next == frame.size());
  }
  /// A message has one frame, unless its layout is lenient.
  template <class Message>
  static constexpr bool exact = !wire::layout_of<Message>::template has<wire::Lenient>;
};

template <std::size_t InputSizeMax = wire::json::input_size_max>
struct Json {
  template <class Message>
  static std::expected<Message, Fault> decode(Bytes input) {
    return wire::json::decode<Message>(input, InputSizeMax);
  }
  template <class Message>
  static std::expected<std::vector<std::uint8_t>, Fault> encode(const Message& message) {
    const auto text = wire::json::encode(message);
    if (!text) return std::unexpected(text.error());
    return std::vector<std::uint8_t>(text->begin(), text->end());
  }
  template <class Message>
  static void dissected(Bytes) {}
  /// A message has one spelling where its layout says so.
  template <class Message>
  static constexpr bool exact = wire::layout_of<Message>::template has<wire::Canonical>;
};

/// What is accepted is written and read back as the same message, and in an exact layout as the
/// same bytes; what is refused is malformed. Whether `input` is accepted.
template <class Message, class Codec>
bool reads(Bytes input) {
  const auto message = Codec::template decode<Message>(input);
  if (!message) {
    require(group_of(message.error()) == FaultGroup::malformed);
    return false;
  }
  const auto frame = Codec::encode(*message);
  require(frame.has_value());
  if constexpr (Codec::template exact<Message>) require(std::ranges::equal(*frame, input));
  Codec::template dissected<Message>(*frame);
  const auto again = Codec::template decode<Message>(*frame);
  require(again.has_value() && testing::same(*again, *message));
  return true;
}

/// A message that `bits` decide is read back as it was written, or refused for its public key.
template <class Message, class Codec>
void writes(Bytes bits) {
  testing::BitsOf source(bits);
  const auto sample = testing::sample<Message>(source);
  const auto frame = Codec::encode(sample.message);
  if (!frame) return require(frame.error() == Fault::bad_argument);
  const auto back = Codec::template decode<Message>(*frame);
  require(back.has_value() == sample.acceptable);
  if (back)
    require(testing::same(*back, sample.message));
  else
    require(back.error() == Fault::low_order_key || back.error() == Fault::non_canonical_key);
}

}  // namespace handfast::fuzz
