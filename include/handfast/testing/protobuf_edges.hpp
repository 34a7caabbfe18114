#pragma once

// Numbers and lengths that no encoder would write, in protobuf: what raw_edges.hpp is for binary
// messages; and in either where one message stands in a field of another.

#include <functional>

#include "handfast/testing/dictionary.hpp"
#include "handfast/testing/raw_edges.hpp"
#include "handfast/wire/protobuf.hpp"

namespace handfast::testing {

namespace detail {

/// Whether a message is protobuf: all of its fields have numbers.
template <wire::HasLayout Message>
[[nodiscard]] consteval bool is_protobuf() {
  bool is = true;
  wire::for_each_field<Message>([&]<class F>(F) { is = is && has_number<F>; });
  return is;
}

/// One varint of a frame.
struct Varint {
  std::string name;
  std::size_t offset = 0, size = 0;  // bytes
  std::uint64_t value = 0;
};

/// All varints of `frame`, which is protobuf of varints and of bytes: keys, values, lengths.
[[nodiscard]] inline std::vector<Varint> varints_of(const Kept& frame) {
  std::vector<Varint> all;
  std::size_t at = 0;
  const auto read = [&](std::string name) {
    Varint one{std::move(name), at};
    while (at < frame.size() && one.size < 10) {
      const std::uint8_t byte = frame[at++];
      one.value |= static_cast<std::uint64_t>(byte & 127) << 7 * one.size++;
      if (byte < 128) break;
    }
    all.push_back(one);
    return one.value;
  };
  while (at < frame.size()) {
    const std::size_t key = all.size();
    const std::uint64_t kind = read("");
    const std::string field = "field " + std::to_string(kind >> 3);
    all[key].name = "the key of " + field;
    const bool is_varint = (kind & 7) == 0;
    const std::uint64_t value = read(is_varint ? field : "the length of " + field);
    if (!is_varint) at += std::min<std::uint64_t>(value, frame.size() - at);
  }
  return all;
}

}  // namespace detail

/// Calls `visit(RawEdge&&)` with the bytes of `frame`, a protobuf `Message`, with each of its
/// varints, keys and lengths among them, at each edge of 7, 32 and 64 bits and beside what it is,
/// and with it spelled in one byte more. Nothing where `frame` is no such message.
template <wire::HasLayout Message, class Visit>
void for_each_raw_varint(const Kept& frame, Visit&& visit) {
  constexpr std::uint64_t one = 1;
  if (!wire::protobuf::decode<Message>(frame)) return;
  for (const detail::Varint& varint : detail::varints_of(frame)) {
    const auto put = [&](const Kept& bytes, std::string name) {
      RawEdge edge{frame, std::move(name), false};
      const auto begin = edge.bytes.begin() + static_cast<std::ptrdiff_t>(varint.offset);
      edge.bytes.insert(edge.bytes.erase(begin, begin + static_cast<std::ptrdiff_t>(varint.size)),
                        bytes.begin(), bytes.end());
      edge.is_allowed = wire::protobuf::decode<Message>(edge.bytes).has_value();
      visit(std::move(edge));
    };
    for (const std::uint64_t number :
         {std::uint64_t{0}, one, one << 7, (one << 31) - 1, one << 31, (one << 32) - 1, one << 32,
          one << 63, ~std::uint64_t{0}, varint.value - 1, varint.value + 1}) {
      if (number == varint.value) continue;
      Kept bytes;
      wire::GrowingWriter sink(bytes);
      (void)wire::protobuf::detail::write_varint(sink, number);
      put(bytes, varint.name + " = " + std::to_string(number));
    }
    const auto begin = frame.begin() + static_cast<std::ptrdiff_t>(varint.offset);
    Kept longer(begin, begin + static_cast<std::ptrdiff_t>(varint.size));
    longer.back() |= 128;
    longer.push_back(0);
    put(longer, varint.name + " in one byte more");
  }
}

/// Calls `visit(RawEdge&&)` with the raw edges of `frame`, a `Message` that is protobuf or binary,
/// and with those of each message in a field of it that is one of `Enclosed...`, however deep.
template <wire::HasLayout Message, class... Enclosed>
void for_each_raw_edge_within(const Kept& frame, std::size_t size_max, List<Enclosed...> enclosed,
                              const std::function<void(RawEdge&&)>& visit) {
  if constexpr (!detail::is_protobuf<Message>()) {
    for_each_raw_edge<Message>(frame, size_max, visit);
  } else {
    for_each_raw_varint<Message>(frame, visit);
    const auto outer = wire::protobuf::decode<Message>(frame);
    if (!outer) return;
    wire::for_each_field<Message>([&]<class F>(F) {
      if constexpr (wire::detail::MemberField<F>) {
        if constexpr (std::same_as<typename F::Value, Bytes>) {
          const Kept content = keep((*outer).*F::member);
          const auto change = [&](RawEdge&& edge) {
            Message changed = *outer;
            changed.*F::member = edge.bytes;
            RawEdge around{{}, std::string(F::name) + ": " + edge.name, edge.is_allowed};
            wire::GrowingWriter sink(around.bytes);
            if (wire::protobuf::encode(changed, sink)) visit(std::move(around));
          };
          (for_each_raw_edge_within<Enclosed>(content, size_max, enclosed, change), ...);
        }
      }
    });
  }
}

}  // namespace handfast::testing
