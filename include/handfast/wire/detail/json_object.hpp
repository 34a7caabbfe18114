#pragma once

// Reads one flat JSON object through nlohmann's SAX interface. The DOM keeps the last of two equal
// names silently; here a name that comes twice is seen, nothing is built, and no exception leaves.
// What is all plain text, as a router's messages are, needs no parser that knows more.

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "handfast/core/bytes.hpp"
#include "handfast/core/fault.hpp"
#include "handfast/core/planted.hpp"
#include "handfast/wire/detail/plain_object.hpp"

namespace handfast::wire::detail {

/// A value of the object, as far as any field can use it; `other` is null, nested, negative, or has
/// a fraction.
struct JsonValue {
  enum class Kind : std::uint8_t { other, boolean, number, text, bytes };
  Kind kind = Kind::other;
  std::uint64_t number = 0;  // 0 or 1 for a boolean
  std::string_view text{};   // valid while it is set
  std::vector<std::uint8_t> bytes{};
};

/// A field of the layout, waiting for its value.
struct JsonSlot {
  std::string_view name{};
  std::string_view alias{};
  Fault (*set)(void* message, JsonValue& value) = nullptr;
  Fault when_missing{};  // none for an optional field
  bool decides = false;  // a constant: its fault comes before those of other fields
  bool takes_bytes = false;
  bool seen = false;
  Fault fault{};
};

struct JsonRules {
  bool unknown_allowed = false;
  bool last_wins = false;
};

class JsonObject {
 public:
  using Json = nlohmann::json;
  static constexpr int depth_max = 16;
  static constexpr std::size_t unknown_max = 64;

  JsonObject(std::span<JsonSlot> slots, void* message, JsonRules rules)
      : slots_(slots), message_(message), rules_(rules) {}

  /// The first fault by weight: no JSON, a constant that differs, a name too many, then the fields
  /// in layout order.
  [[nodiscard]] Fault read(Bytes input) {
    if (const auto plain = PlainObject::read(text_of(input)))
      tell(*plain);
    else if (!parse(input))
      return Fault::not_json;
    if (fault_ != Fault{}) return fault_;
    for (JsonSlot& slot : slots_)
      if (!slot.seen) slot.fault = slot.when_missing;
    for (const JsonSlot& slot : slots_)
      if (slot.decides && slot.fault != Fault{}) return slot.fault;
    if (unknown_ && !rules_.unknown_allowed) return Fault::malformed;
    for (const JsonSlot& slot : slots_)
      if (slot.fault != Fault{}) return slot.fault;
    return Fault{};
  }

  // What nlohmann calls; false ends the parse.
  bool null() { return scalar({}); }
  bool boolean(bool value) { return scalar({JsonValue::Kind::boolean, value}); }
  bool number_unsigned(std::uint64_t value) {
    if (collecting_ && value <= 0xFF) {
      bytes_.push_back(static_cast<std::uint8_t>(value));
      return true;
    }
    return scalar({JsonValue::Kind::number, value});
  }
  // It has a minus sign, if only that of -0.
  bool number_integer(std::int64_t) { return scalar({}); }
  bool number_float(double, const std::string&) { return scalar({}); }
  bool string(std::string_view value) { return scalar({JsonValue::Kind::text, 0, value}); }
  bool binary(Json::binary_t&) { return scalar({}); }

  bool start_object(std::size_t) {
    if (depth_ == 0) return deeper();
    return nested();
  }
  bool start_array(std::size_t) {
    if (depth_ == 1 && current_ != nullptr && current_->takes_bytes) {
      collecting_ = true;
      spoiled_ = false;
      bytes_.clear();
      return deeper();
    }
    return nested();
  }
  bool end_object() { return --depth_, true; }
  bool end_array() {
    if (--depth_ == 1 && collecting_) {
      collecting_ = false;
      JsonValue value;
      if (!spoiled_) value = {JsonValue::Kind::bytes, 0, {}, std::move(bytes_)};
      set(std::move(value));
    }
    return true;
  }

  bool key(std::string_view name) {
    if (depth_ != 1) return true;
    current_ = nullptr;
    for (JsonSlot& slot : slots_)
      if (slot.name == name || (!slot.alias.empty() && slot.alias == name)) current_ = &slot;
    if (current_ != nullptr) {
      if (current_->seen && !rules_.last_wins &&
          !handfast::detail::planted<"duplicate name accepted">)
        return end(Fault::duplicate_name);
      current_->seen = true;
      return true;
    }
    unknown_ = true;
    if (std::ranges::find(unknown_names_, name) != unknown_names_.end()) {
      return rules_.last_wins || end(Fault::duplicate_name);
    }
    if (unknown_names_.size() == unknown_max) return end(Fault::oversized);
    unknown_names_.emplace_back(name);
    return true;
  }

  template <class Exception>
  bool parse_error(std::size_t, const std::string&, const Exception&) {
    return end(Fault::not_json);
  }

 private:
  /// What the parser would say of it.
  void tell(const PlainObject& object) {
    (void)start_object(object.members().size());
    for (const auto& [name, text] : object.members())
      if (!key(name) || !string(text)) return;
    (void)end_object();
  }
  /// Whether it is JSON, or has a fault of its own.
  bool parse(Bytes input) {
    // The lexer takes a byte order mark for nothing and a zero byte for the end of the input.
    if (input.empty() || input.front() == 0xEF ||
        std::ranges::find(input, std::uint8_t{0}) != input.end()) {
      return false;
    }
    const std::string_view text = text_of(input);
    return Json::sax_parse(text.data(), text.data() + text.size(), this) || fault_ != Fault{};
  }

  bool end(Fault fault) {
    fault_ = fault;
    return false;
  }
  bool deeper() { return ++depth_ <= depth_max || end(Fault::malformed); }

  /// A value that no field can use.
  bool nested() {
    if (depth_ == 0) return end(Fault::malformed);
    if (collecting_)
      spoiled_ = true;
    else if (depth_ == 1)
      set({});
    return deeper();
  }

  bool scalar(JsonValue value) {
    if (depth_ == 0) return end(Fault::malformed);
    if (collecting_)
      spoiled_ = true;
    else if (depth_ == 1)
      set(std::move(value));
    return true;
  }

  void set(JsonValue value) {
    if (current_ != nullptr) current_->fault = current_->set(message_, value);
  }

  std::span<JsonSlot> slots_;
  void* message_;
  JsonRules rules_;
  JsonSlot* current_ = nullptr;
  std::vector<std::string> unknown_names_;
  std::vector<std::uint8_t> bytes_;
  int depth_ = 0;
  bool collecting_ = false;
  bool spoiled_ = false;
  bool unknown_ = false;
  Fault fault_{};
};

}  // namespace handfast::wire::detail
