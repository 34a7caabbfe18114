#pragma once

// A frame's fields of protobuf, to be changed as no encoder of ours would.

#include <optional>
#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>
#include <string>
#include <vector>

#include "tests/x3dh/pair.hpp"

namespace x3dh_test {

class RawFrame {
 public:
  explicit RawFrame(Bytes frame) {
    protozero::pbf_reader reader(reinterpret_cast<const char*>(frame.data()), frame.size());
    while (reader.next()) {
      const std::uint32_t number = reader.tag();
      if (reader.wire_type() == protozero::pbf_wire_type::varint)
        fields_.push_back({number, reader.get_uint64(), std::nullopt});
      else
        fields_.push_back({number, 0, reader.get_string()});
    }
  }

  std::uint64_t& number(std::uint32_t field) { return at(field).number; }
  std::string& bytes(std::uint32_t field) { return at(field).bytes.value(); }
  void erase(std::uint32_t field) {
    std::erase_if(fields_, [&](const Field& one) { return one.field == field; });
  }
  void repeat(std::uint32_t field) { fields_.push_back(Field(at(field))); }
  void add(std::uint32_t field, std::string bytes) { fields_.push_back({field, 0, bytes}); }

  std::vector<std::uint8_t> frame() const {
    std::string made;
    protozero::pbf_writer writer(made);
    for (const Field& one : fields_) {
      if (one.bytes)
        writer.add_bytes(one.field, *one.bytes);
      else
        writer.add_uint64(one.field, one.number);
    }
    return {made.begin(), made.end()};
  }

 private:
  struct Field {
    std::uint32_t field = 0;
    std::uint64_t number = 0;
    std::optional<std::string> bytes;
  };
  Field& at(std::uint32_t field) {
    const auto found = std::ranges::find(fields_, field, &Field::field);
    REQUIRE(found != fields_.end());
    return *found;
  }

  std::vector<Field> fields_;
};

// Field numbers.
namespace bundle_field {
inline constexpr std::uint32_t version = 11, identity = 12, signed_pre_key = 13, signature = 14,
                               one_time_pre_key = 15, connection_id = 16;
}
namespace initial_field {
inline constexpr std::uint32_t version = 21, identity = 22, ephemeral = 23, signed_pre_key = 24,
                               one_time_pre_key = 25, message = 26;
}
namespace message_field {
inline constexpr std::uint32_t content = 1, connection_id = 2;
}

inline std::string text(Bytes bytes) { return std::string(text_of(bytes)); }
inline std::string text(const x25519::PublicKey& key) { return text(Bytes(key.bytes())); }
/// A point of small order; and a key that is not below the prime.
inline std::string low_order_key() { return std::string(32, '\0'); }
inline std::string large_key() { return std::string(32, '\xFF'); }

/// The frame, changed.
template <class Change>
std::vector<std::uint8_t> changed(Bytes frame, Change&& change) {
  RawFrame raw(frame);
  change(raw);
  return raw.frame();
}
/// The holder's first message, with the message in it changed.
template <class Change>
std::vector<std::uint8_t> changed_inside(Bytes frame, Change&& change) {
  return changed(frame, [&](RawFrame& raw) {
    auto& message = raw.bytes(initial_field::message);
    message = text(Bytes(changed(bytes_of(message), change)));
  });
}

/// `side` refuses the frame with this fault: nothing has changed, and nothing is said about it.
template <class Role>
void check_refuses(Side<Role>& side, Bytes frame, Fault fault) {
  const std::string before = side.snapshot();
  const std::size_t said = side.sent.size(), heard = side.delivered.size();
  const auto due = side.due;
  CHECK_FALSE(side.receive(frame));
  CHECK(to_string(side.fault.value_or(Fault{})) == to_string(fault));
  CHECK((side.snapshot() == before));  // secret: not to be printed
  CHECK(side.sent.size() == said);
  CHECK(side.delivered.size() == heard);
  CHECK_FALSE(side.stores_first);
  CHECK_FALSE(side.closed);
  CHECK((side.due && due ? side.due->at == due->at : !side.due && !due));
}

}  // namespace x3dh_test
