#pragma once

// What a fuzzer should know of a layout before it begins: names, constants, lengths and edges as
// they stand on the wire.

#include "handfast/testing/edges.hpp"
#include "handfast/wire/base64.hpp"
#include "handfast/wire/hex.hpp"
#include "handfast/wire/json.hpp"
#include "handfast/wire/protobuf.hpp"

namespace handfast::testing {

/// How a message is written.
enum class Codec : std::uint8_t { binary, json, protobuf };

namespace detail {

[[nodiscard]] inline std::string big_endian(std::uint64_t number, std::size_t width) {
  std::string bytes(width, '\0');
  for (std::size_t i = 0; i < width; ++i)
    bytes[i] = static_cast<char>(static_cast<std::uint8_t>(number >> (8 * (width - 1 - i))));
  return bytes;
}

template <class F>
void add_binary_tokens(std::vector<std::string>& to) {
  using namespace wire::detail;
  if constexpr (ConstantField<F>) {
    if constexpr (std::remove_cvref_t<decltype(F::expected)>::is_text)
      to.emplace_back(F::expected.view());
    else
      to.push_back(big_endian(F::expected.value, sizeof(F::expected.value)));
  } else if constexpr (LengthField<F>) {
    for (const std::uint64_t length : {std::uint64_t{0}, F::max, F::max + 1})
      to.push_back(big_endian(length, sizeof(typename F::Value)));
  } else if constexpr (MemberField<F>) {
    if constexpr (wire::Scalar<ValueOf<F>>) {
      for (const std::uint64_t number : edge_numbers<F>()) {
        std::string bytes = big_endian(number, width_of<F>);
        if constexpr (!std::is_void_v<NoteIn<OrderNote, F>>) std::ranges::reverse(bytes);
        to.push_back(std::move(bytes));
      }
    } else if constexpr (prefix_width_of<F> != 0) {
      for (const std::size_t size : {content_range<F>.min, content_range<F>.max})
        to.push_back(big_endian(size, prefix_width_of<F>));
    }
    if constexpr (takes_bad_points<F>)
      for (const auto& point : bad_points()) to.emplace_back(text_of(point));
  }
}

template <class F>
void add_json_tokens(std::vector<std::string>& to) {
  using namespace wire::detail;
  const std::string name = "\"" + std::string(F::name) + "\":";
  to.push_back(name);
  if constexpr (ConstantField<F>) {
    std::string value;
    wire::GrowingWriter sink(value);
    if (write_json_constant<F>(sink) == Fault{}) to.push_back(name + value);
  } else if constexpr (MemberField<F>) {
    if constexpr (!std::is_void_v<NoteIn<AliasNote, F>>)
      to.push_back("\"" + std::string(NoteIn<AliasNote, F>::name) + "\":");
    if constexpr (std::same_as<ValueOf<F>, bool>) {
      to.insert(to.end(), {"true", "false"});
    } else if constexpr (wire::Scalar<ValueOf<F>>) {
      for (const std::uint64_t number : edge_numbers<F>()) to.push_back(std::to_string(number));
    } else if constexpr (takes_bad_points<F>) {
      for (const auto& point : bad_points())
        to.push_back("\"" + wire::base64::encode(point, spelling_of<TextOf<F>>) + "\"");
    }
  }
}

/// Whether a field has a number, as those of protobuf have.
template <class F>
inline constexpr bool has_number = requires {
  F::number;
}
|| requires { wire::detail::NoteIn<wire::detail::TagNote, F>::number; };

template <class F>
void add_protobuf_tokens(std::vector<std::string>& to) {
  using namespace wire::detail;
  namespace protobuf = wire::protobuf::detail;
  const auto add = [&](std::initializer_list<std::uint64_t> numbers) {
    std::string token;
    wire::GrowingWriter sink(token);
    for (const std::uint64_t number : numbers) (void)protobuf::write_varint(sink, number);
    to.push_back(std::move(token));
  };
  constexpr std::uint64_t key = protobuf::key_of<F>;
  if constexpr (ConstantField<F>) {
    add({key, F::expected.value});
  } else if constexpr (wire::Scalar<ValueOf<F>>) {
    for (const std::uint64_t number : edge_numbers<F>()) add({key, number});
  } else if constexpr (is_variable<F>) {
    for (const std::size_t size : {content_range<F>.min, content_range<F>.max}) add({key, size});
  } else {
    add({key, wire::fixed_size_of<ValueOf<F>>()});
    if constexpr (takes_bad_points<F>)
      for (const auto& point : bad_points()) to.emplace_back(text_of(point));
  }
}

}  // namespace detail

/// The tokens of `Message`'s layout as `codec` writes them, each once, in the order of the fields.
template <wire::HasLayout Message>
[[nodiscard]] std::vector<std::string> dictionary(Codec codec) {
  std::vector<std::string> all, once;
  wire::for_each_field<Message>([&]<class F>(F) {
    if constexpr (detail::has_number<F>) {
      if (codec == Codec::protobuf) return detail::add_protobuf_tokens<F>(all);
    }
    if (codec == Codec::binary) detail::add_binary_tokens<F>(all);
    if (codec == Codec::json) detail::add_json_tokens<F>(all);
  });
  for (std::string& token : all)
    if (!token.empty() && std::ranges::find(once, token) == once.end())
      once.push_back(std::move(token));
  return once;
}

/// `token` as a line of libFuzzer's dictionaries, line feed included: between quotes, with what is
/// not printable as \xAB.
[[nodiscard]] inline std::string dictionary_line(std::string_view token) {
  std::string line = "\"";
  for (const char c : token) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (c == '"' || c == '\\')
      line += '\\', line += c;
    else if (byte >= 0x20 && byte < 0x7f)
      line += c;
    else
      line += "\\x" + wire::hex::encode(Bytes{&byte, 1});
  }
  return line + "\"\n";
}

}  // namespace handfast::testing
