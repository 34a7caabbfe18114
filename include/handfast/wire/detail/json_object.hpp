#pragma once

// Reads one flat JSON object through nlohmann's SAX interface, once, into a list of its members.
// The DOM keeps the last of two equal names silently; here a name that comes twice is seen, what no
// field can use is not kept, and no exception leaves. What is all plain text, as a router's messages
// are, needs no parser that knows more.

#include <algorithm>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "handfast/core/bytes.hpp"
#include "handfast/core/fault.hpp"
#include "handfast/wire/detail/plain_object.hpp"

namespace handfast::wire::detail {

/// A value, as far as any field can use it: nothing of what is null, nested, negative, or has a
/// fraction. An array of numbers that fit is bytes.
using JsonValue =
    std::variant<std::monostate, bool, std::uint64_t, std::string, std::vector<std::uint8_t>>;

struct JsonMember {
  std::string name;
  JsonValue value{};
};

/// Its members in the order of the input, each name where it comes last.
struct JsonObject {
  std::vector<JsonMember> members;
  bool has_repeated_name = false;
};

/// What nlohmann calls; false ends the parse.
class JsonReader {
 public:
  using Json = nlohmann::json;
  static constexpr int depth_max = 16;
  static constexpr std::size_t members_max = 128;  // twice the fields of a layout

  /// `malformed` where it is no object or too deep, `oversized` where it has too many names, else
  /// `not_json`.
  [[nodiscard]] std::expected<JsonObject, Fault> read(Bytes input) {
    const std::string_view text = text_of(input);
    object_.members.reserve(8);  // most have fewer
    if (const auto plain = PlainObject::read(text))
      tell(*plain);
    else
      parse(text);
    if (fault_ != Fault{}) return std::unexpected(fault_);
    return std::move(object_);
  }

  bool null() { return scalar(std::monostate{}); }
  bool boolean(bool value) { return scalar(value); }
  bool number_unsigned(std::uint64_t value) {
    if (collecting_ && value <= 0xFF) {
      bytes_.push_back(static_cast<std::uint8_t>(value));
      return true;
    }
    return scalar(value);
  }
  // It has a minus sign, if only that of -0.
  bool number_integer(std::int64_t) { return scalar(std::monostate{}); }
  bool number_float(double, const std::string&) { return scalar(std::monostate{}); }
  bool string(std::string_view value) { return scalar(std::string(value)); }
  bool binary(Json::binary_t&) { return scalar(std::monostate{}); }

  bool start_object(std::size_t) {
    if (depth_ == 0) return deeper();
    return nested();
  }
  bool start_array(std::size_t) {
    if (depth_ != 1) return nested();
    collecting_ = true;
    bytes_.clear();
    return deeper();
  }
  bool end_object() { return --depth_, true; }
  bool end_array() {
    if (--depth_ == 1 && collecting_) {
      collecting_ = false;
      object_.members.back().value = std::move(bytes_);
    }
    return true;
  }

  bool key(std::string_view name) {
    if (depth_ != 1) return true;
    auto& members = object_.members;
    if (const auto same = std::ranges::find(members, name, &JsonMember::name);
        same != members.end()) {
      object_.has_repeated_name = true;
      members.erase(same);
    }
    if (members.size() == members_max) return end(Fault::oversized);
    members.push_back({std::string(name)});
    return true;
  }

  template <class Exception>
  bool parse_error(std::size_t, const std::string&, const Exception&) {
    return end(Fault::not_json);
  }

 private:
  void parse(std::string_view text) {
    // The lexer takes a byte order mark for nothing and a zero byte for the end of the input.
    if (text.empty() || text.starts_with('\xEF') || text.find('\0') != text.npos)
      end(Fault::not_json);
    else
      (void)Json::sax_parse(text.data(), text.data() + text.size(), this);
  }
  /// What the parser would say of it.
  void tell(const PlainObject& plain) {
    deeper();
    for (const auto& [name, text] : plain.members()) {
      key(name);
      string(text);
    }
    end_object();
  }

  bool end(Fault fault) {
    fault_ = fault;
    return false;
  }
  bool deeper() { return ++depth_ <= depth_max || end(Fault::malformed); }

  /// A value that no field can use.
  bool nested() { return scalar(std::monostate{}) && deeper(); }

  bool scalar(auto&& value) {
    if (depth_ == 0) return end(Fault::malformed);
    collecting_ = false;  // it is in an array that is not bytes
    if (depth_ == 1) object_.members.back().value = std::forward<decltype(value)>(value);
    return true;
  }

  JsonObject object_;
  std::vector<std::uint8_t> bytes_;
  int depth_ = 0;
  bool collecting_ = false;  // the bytes of an array
  Fault fault_{};
};

}  // namespace handfast::wire::detail
