#pragma once

// Numbers and lengths that no encoder would write, under a seal that is good: a dishonest peer
// writes what it likes. Needs of the scene, where what a role sends is sealed:
//
//   template <class S> static void seal_raw(S& state, Bytes contents, Context&, Frames&);
//
// It seals `contents` as the scene's `seal` would the message that they may be.

#include "handfast/testing/edges.hpp"
#include "handfast/testing/party.hpp"
#include "handfast/testing/samples.hpp"
#include "handfast/wire/binary.hpp"
#include "handfast/wire/json.hpp"

namespace handfast::testing {

namespace detail {

/// Whether a message may be binary. One whose spelling counts is JSON, and so are text and bytes with
/// memory of their own.
template <wire::HasLayout Message>
[[nodiscard]] consteval bool may_be_binary() {
  using Layout = wire::layout_of<Message>;
  bool may_be = !Layout::template has<wire::Canonical> && !Layout::template has<wire::Spaced>;
  wire::for_each_field<Message>([&]<class F>(F) {
    if constexpr (requires { F::member; })
      may_be = may_be && !wire::Owned<typename wire::detail::Unwrapped<typename F::Value>::type>;
  });
  return may_be;
}

/// What a layout says about a number, and its neighbours that it does not.
template <class Values>
struct BorderingValues {
  static void add(Numbers&) {}
};
template <std::uint64_t Min, std::uint64_t Max>
struct BorderingValues<wire::Range<Min, Max>> {
  static void add(Numbers& to) { to.insert(to.end(), {Min - 1, Min, Max, Max + 1}); }
};
template <auto... Values>
struct BorderingValues<wire::OneOf<Values...>> {
  static void add(Numbers& to) {
    for (const auto value : {static_cast<std::uint64_t>(Values)...})
      to.insert(to.end(), {value - 1, value, value + 1});
  }
};

/// All that `width` bytes can say of: 0, 1, the greatest two, where counters of 31, 32 and 64 bits
/// turn, and `more`. What does not fit is tried with its low bytes.
[[nodiscard]] inline Numbers raw_numbers(std::size_t width, Numbers more) {
  constexpr std::uint64_t one = 1, all = ~std::uint64_t{0};
  const std::uint64_t widest = all >> (64 - 8 * width);
  more.insert(more.end(), {0, 1, 2, widest - 1, widest, one << 31, (one << 32) - 1, one << 32,
                           (one << 32) + 1, one << 63, all, std::uint64_t{1} << (8 * width - 1)});
  for (std::uint64_t& number : more) number &= widest;
  return sorted_once(std::move(more));
}

/// Makes the raw edges of one frame of `Message`, field by field. What is allowed is said by the
/// notes of the layout, and never by the decoder alone: it is what is tried.
template <class Message, class Visit>
class RawEdges {
 public:
  RawEdges(const Kept& frame, std::size_t size_max, Visit& visit)
      : frame_(frame), size_max_(size_max), visit_(visit) {}

  template <class F>
  void field(const wire::FieldSpan& span) {
    if constexpr (wire::detail::LengthField<F>)
      length<F>(span);
    else if constexpr (wire::detail::ConstantField<F>)
      constant<F>(span);
    else if constexpr (wire::detail::MemberField<F>) {
      if constexpr (wire::detail::is_variable<F>)
        variable<F>(span);
      else if constexpr (wire::Scalar<typename F::Value>)
        scalar<F>(span);
    }
  }

 private:
  template <class F>
  void length(const wire::FieldSpan& span) {
    constexpr bool may_differ = wire::layout_of<Message>::template has<wire::Lenient>;
    overwrite(span, span.size, false, {F::max - 1, F::max, F::max + 1, frame_.size()},
              [](std::uint64_t number, Bytes bytes) {
                return may_differ && number <= F::max && is_read(bytes);
              });
  }
  template <class F>
  void constant(const wire::FieldSpan& span) {
    if constexpr (!std::remove_cvref_t<decltype(F::expected)>::is_text)
      overwrite(span, span.size, false, {F::expected.value + 1u, F::expected.value - 1u},
                [](std::uint64_t, Bytes) { return F::on_other == Fault::unknown_type; });
  }
  template <class F>
  void variable(const wire::FieldSpan& span) {
    constexpr std::size_t width = wire::detail::prefix_width_of<F>;
    constexpr wire::SizeRange range = wire::detail::content_range<F>;
    if constexpr (width > 0)
      overwrite(span, width, false,
                {range.min - 1, range.min, range.max, range.max + 1, span.size - width + 1},
                [&](std::uint64_t number, Bytes bytes) {
                  return number >= range.min && number <= range.max && is_read(bytes);
                });
    else
      resize<F>(span);
  }
  template <class F>
  void scalar(const wire::FieldSpan& span) {
    Numbers more;
    BorderingValues<wire::detail::NoteIn<wire::detail::ValuesNote, F>>::add(more);
    overwrite(span, span.size, wire::binary::detail::little_endian<F>, std::move(more),
              [](std::uint64_t number, Bytes) { return wire::allows<F>(number); });
  }

  /// The first `width` bytes of the field become each of the numbers that they can write.
  template <class IsAllowed>
  void overwrite(const wire::FieldSpan& span, std::size_t width, bool is_little, Numbers more,
                 IsAllowed&& is_allowed) {
    for (const std::uint64_t number : raw_numbers(width, std::move(more))) {
      RawEdge edge{frame_, std::string(span.name) + " = " + std::to_string(number), false};
      for (std::size_t i = 0; i < width; ++i)
        edge.bytes[span.offset + i] =
            static_cast<std::uint8_t>(number >> 8 * (is_little ? i : width - 1 - i));
      if (edge.bytes == frame_) continue;
      edge.is_allowed = is_allowed(number, edge.bytes);
      visit_(std::move(edge));
    }
  }
  /// The field is cut or filled up to each size at its bounds, and one beyond.
  template <class F>
  void resize(const wire::FieldSpan& span) {
    constexpr wire::SizeRange range = wire::detail::content_range<F>;
    const std::size_t most = std::min(range.max, size_max_);
    const auto at = static_cast<std::ptrdiff_t>(span.offset);
    const auto end = at + static_cast<std::ptrdiff_t>(span.size);
    for (const std::size_t size : sorted_once(std::vector<std::size_t>{
             0, range.min - std::min<std::size_t>(range.min, 1), range.min, range.min + 1,
             most - std::min<std::size_t>(most, 1), most, most + 1})) {
      RawEdge edge{frame_, std::string(span.name) + " of " + std::to_string(size) + " bytes",
                   false};
      edge.bytes.erase(edge.bytes.begin() + at, edge.bytes.begin() + end);
      edge.bytes.insert(edge.bytes.begin() + at, size, 'a');
      if (edge.bytes == frame_) continue;
      edge.is_allowed = size >= range.min && size <= range.max && is_read(edge.bytes);
      visit_(std::move(edge));
    }
  }
  static bool is_read(Bytes bytes) { return wire::binary::decode<Message>(bytes).has_value(); }

  const Kept& frame_;
  std::size_t size_max_;
  Visit& visit_;
};

}  // namespace detail

/// Calls `visit(RawEdge&&)` with the bytes of `frame`, a binary `Message`, with each of its numbers
/// at each edge that its width can write, whether the layout allows it or not: integers,
/// enumerations, bools, constants, lengths and length prefixes. And with each field that is the rest
/// of its frame at each size at its bounds and one beyond, none above `size_max` + 1 bytes. Nothing
/// where `frame` is no such message.
template <wire::HasLayout Message, class Visit>
void for_each_raw_edge(const Kept& frame, std::size_t size_max, Visit&& visit) {
  const auto spans = wire::binary::dissect<Message>(frame);
  if (!spans) return;
  detail::RawEdges<Message, std::remove_reference_t<Visit>> edges(frame, size_max, visit);
  std::size_t index = 0;
  wire::for_each_field<Message>([&]<class F>(F) { edges.template field<F>((*spans)[index++]); });
}

/// Calls `visit(RawEdge&&)` with `line`, a flat JSON object, with each of its numbers replaced by
/// each edge, by numbers that no counter holds, and by other spellings of small ones.
template <wire::HasLayout Message, class Visit>
void for_each_raw_number_in_json(const Kept& line, Visit&& visit) {
  static constexpr std::string_view edges[] = {"0",
                                               "1",
                                               "2",
                                               "255",
                                               "256",
                                               "65534",
                                               "65535",
                                               "65536",
                                               "2147483648",
                                               "4294967295",
                                               "4294967296",
                                               "4294967297",
                                               "9223372036854775808",
                                               "18446744073709551615",
                                               "18446744073709551616",
                                               "-1",
                                               "-0",
                                               "00",
                                               "1.0",
                                               "1e3",
                                               "1E400",
                                               "0x10",
                                               "true",
                                               "null",
                                               "\"1\"",
                                               "99999999999999999999999999999999999999"};
  const std::string_view text = text_of(line);
  for (std::size_t at = text.find(':'); at != text.npos; at = text.find(':', at + 1)) {
    const std::size_t begin = at + 1, end = text.find_first_not_of("0123456789", begin);
    if (end == begin || end == text.npos) continue;
    const std::size_t name_end = text.rfind('"', at), name = text.rfind('"', name_end - 1) + 1;
    for (const std::string_view number : edges) {
      std::string changed(text);
      changed.replace(begin, end - begin, number);
      if (changed == text) continue;
      const Kept bytes = keep(bytes_of(changed));
      visit(RawEdge{bytes,
                    std::string(text.substr(name, name_end - name)) + " = " + std::string(number),
                    wire::json::decode<Message>(bytes).has_value()});
    }
  }
}

}  // namespace handfast::testing
