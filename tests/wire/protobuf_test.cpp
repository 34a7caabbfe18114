#include "handfast/wire/protobuf.hpp"

#include <vector>

#include "tests/support/catch.hpp"
#include "tests/wire/messages.hpp"

using namespace wire_test;

namespace {

using Frame = std::vector<std::uint8_t>;

enum class Colour : std::uint8_t { red = 1, green = 2 };

struct Card {
  TestKey key;
  std::optional<TestKey> other_key;
  std::uint32_t count = 0;
  bool is_last = false;
  Colour colour{};
  std::string_view name;
  Bytes content;
  template <class... Options>
  using LayoutWith =
      Layout<"card", Numbered<1, Version<"version", std::uint32_t{2}>>,
             Field<"key", &Card::key, Tag<2>>, Field<"other_key", &Card::other_key, Tag<3>>,
             Field<"count", &Card::count, Tag<5>, Range<0, 1000>>,
             Field<"is_last", &Card::is_last, Tag<6>>,
             Field<"colour", &Card::colour, Tag<7>, OneOf<Colour::red, Colour::green>>,
             Field<"name", &Card::name, Tag<15>, Bounded<0, 200>>,
             Field<"content", &Card::content, Tag<16>, Bounded<1, 1000>>, Options...>;
  using layout = LayoutWith<>;
};

// The same, but for what its layout is lenient about.
struct LooseCard : Card {
  using layout = Card::LayoutWith<Lenient, LastWins>;
};
struct StrictCard : Card {
  using layout = Card::LayoutWith<Canonical>;
};

struct Other {
  Bytes content;
  using layout = Layout<"other", Field<"content", &Other::content, Tag<20>, Bounded<0, 100>>>;
};

Frame bytes(std::initializer_list<int> values) {
  Frame frame;
  for (const int value : values) frame.push_back(static_cast<std::uint8_t>(value));
  return frame;
}
Frame joined(std::initializer_list<Frame> parts) {
  Frame frame;
  for (const Frame& part : parts) frame.insert(frame.end(), part.begin(), part.end());
  return frame;
}

constexpr std::uint8_t content[] = {0xAA, 0xBB};

Card sample() {
  Card card;
  card.key = TestKey({1, 2, 3, 4});
  card.count = 300;
  card.is_last = true;
  card.colour = Colour::green;
  card.name = "né";
  card.content = content;
  return card;
}

const Frame version = bytes({0x08, 2}), key = bytes({0x12, 4, 1, 2, 3, 4}),
            other_key = bytes({0x1A, 4, 5, 6, 7, 8}), count = bytes({0x28, 0xAC, 0x02}),
            is_last = bytes({0x30, 1}), colour = bytes({0x38, 2}),
            name = bytes({0x7A, 3, 'n', 0xC3, 0xA9}),
            content_field = bytes({0x82, 0x01, 2, 0xAA, 0xBB});
const Frame sample_frame = joined({version, key, count, is_last, colour, name, content_field});

template <class Message>
Frame encoded(const Message& message) {
  Frame frame;
  GrowingWriter sink(frame);
  REQUIRE(protobuf::encode(message, sink));
  CHECK(frame.size() == protobuf::encoded_size(message));
  return frame;
}

template <class Message = Card>
Fault fault_of(const Frame& frame) {
  const auto decoded = protobuf::decode<Message>(frame);
  return decoded ? Fault{} : decoded.error();
}

Fault encode_fault(const Card& card) {
  Frame frame{0xEE};
  GrowingWriter sink(frame);
  const auto done = protobuf::encode(card, sink);
  if (!done) CHECK(frame == Frame{0xEE});
  return done ? Fault{} : done.error();
}

}  // namespace

TEST_CASE("wire: a protobuf message is written field by field, and read back", "[roundtrip]") {
  CHECK(encoded(sample()) == sample_frame);
  const auto read = protobuf::decode<Card>(sample_frame);
  REQUIRE(read);
  CHECK(read->key == TestKey({1, 2, 3, 4}));
  CHECK_FALSE(read->other_key);
  CHECK(read->count == 300);
  CHECK(read->is_last);
  CHECK(read->colour == Colour::green);
  CHECK(read->name == "né");
  CHECK(std::ranges::equal(read->content, content));

  Card with = sample();
  with.other_key = TestKey({5, 6, 7, 8});
  const Frame frame =
      joined({version, key, other_key, count, is_last, colour, name, content_field});
  CHECK(encoded(with) == frame);
  CHECK(protobuf::decode<Card>(frame)->other_key == with.other_key);
}

TEST_CASE("wire: what is zero or empty is not written, and read from its absence", "[roundtrip]") {
  Card card = sample();
  card.count = 0;
  card.is_last = false;
  card.name = {};
  const Frame frame = joined({version, key, colour, content_field});
  CHECK(encoded(card) == frame);
  const auto read = protobuf::decode<Card>(frame);
  REQUIRE(read);
  CHECK((read->count == 0 && !read->is_last && read->name.empty()));
}

TEST_CASE("wire: each prefix of a protobuf message is refused or misses a field", "[illegal]") {
  for (std::size_t size = 0; size < sample_frame.size(); ++size)
    CHECK(fault_of({sample_frame.begin(), sample_frame.begin() + static_cast<int>(size)}) !=
          Fault{});
}

TEST_CASE("wire: a protobuf field that is missing is named by its fault", "[illegal]") {
  CHECK(fault_of(joined({key, colour, content_field})) == Fault::wrong_version);
  CHECK(fault_of(joined({version, colour, content_field})) == Fault::malformed);
  CHECK(fault_of(joined({version, key, content_field})) == Fault::malformed);  // no colour is zero
  CHECK(fault_of(joined({version, key, colour})) == Fault::wrong_length);
  CHECK(fault_of({}) == Fault::wrong_version);
}

TEST_CASE("wire: a protobuf value out of its field's bounds is refused", "[illegal]") {
  const auto with = [](const Frame& field) {
    return joined({version, key, colour, field, content_field});
  };
  CHECK(fault_of(joined({bytes({0x08, 1}), key, colour, content_field})) == Fault::wrong_version);
  CHECK(fault_of(with(bytes({0x28, 0xE9, 0x07}))) == Fault::malformed);                    // 1001
  CHECK(fault_of(with(bytes({0x28, 0x80, 0x80, 0x80, 0x80, 0x10}))) == Fault::malformed);  // 2^32
  CHECK(fault_of(with(bytes({0x30, 2}))) == Fault::malformed);
  CHECK(fault_of(joined({version, key, bytes({0x38, 3}), content_field})) == Fault::malformed);
  CHECK(fault_of(with(bytes({0x7A, 1, 0xFF}))) == Fault::bad_encoding);
  CHECK(fault_of(joined({version, bytes({0x12, 3, 1, 2, 3}), colour, content_field})) ==
        Fault::wrong_length);
  CHECK(fault_of(joined({version, bytes({0x12, 4, 0, 0, 0, 0}), colour, content_field})) ==
        Fault::low_order_key);
  Frame long_name{0x7A, 0xC9, 0x01};  // 201
  long_name.resize(3 + 201, 'a');
  CHECK(fault_of(with(long_name)) == Fault::oversized);
  CHECK(fault_of(with(bytes({0x7A, 5, 'a'}))) == Fault::truncated);
  CHECK(fault_of(with(bytes({0x28, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                             1}))) == Fault::malformed);  // a varint has at most ten bytes
}

TEST_CASE("wire: a protobuf field of another wire type is refused, also by a lenient layout",
          "[illegal]") {
  for (const Frame& field : {bytes({0x2A, 1, 5}), bytes({0x2D, 1, 0, 0, 0}), bytes({0x78, 5})}) {
    const Frame frame = joined({version, key, colour, field, content_field});
    CHECK(fault_of(frame) == Fault::malformed);
    CHECK(fault_of<LooseCard>(frame) == Fault::malformed);
  }
}

TEST_CASE("wire: an unknown protobuf field is refused unless the layout is lenient", "[illegal]") {
  for (const Frame& field : {bytes({0x20, 5}), bytes({0x22, 1, 5}), bytes({0x25, 1, 2, 3, 4}),
                             bytes({0x21, 1, 2, 3, 4, 5, 6, 7, 8})}) {
    const Frame frame = joined({version, key, field, colour, content_field});
    CHECK(fault_of(frame) == Fault::malformed);
    CHECK(fault_of<LooseCard>(frame) == Fault{});
  }
}

TEST_CASE("wire: a protobuf field twice is refused unless the layout lets the last one win",
          "[illegal]") {
  const Frame frame = joined({sample_frame, bytes({0x28, 7})});
  CHECK(fault_of(frame) == Fault::duplicate_name);
  CHECK(protobuf::decode<LooseCard>(frame)->count == 7);
}

TEST_CASE("wire: a canonical protobuf message has one spelling", "[illegal]") {
  CHECK(fault_of<StrictCard>(sample_frame) == Fault{});
  const Frame others[] = {
      joined({key, version, colour, content_field}),                    // another order
      joined({version, key, bytes({0x28, 0}), colour, content_field}),  // an explicit zero
      joined({bytes({0x08, 0x82, 0x00}), key, colour, content_field}),  // a longer varint
      joined({bytes({0x88, 0x00, 2}), key, colour, content_field}),     // also of a number
      joined({version, bytes({0x12, 0x84, 0x00, 1, 2, 3, 4}), colour, content_field}),
  };
  for (const Frame& other : others) {
    CHECK(fault_of(other) == Fault{});
    CHECK(fault_of<StrictCard>(other) == Fault::malformed);
  }
}

TEST_CASE("wire: what the protobuf decoder would refuse is not encoded", "[illegal]") {
  Card card = sample();
  card.count = 1001;
  CHECK(encode_fault(card) == Fault::bad_argument);
  card = sample();
  card.content = {};
  CHECK(encode_fault(card) == Fault::bad_argument);
  card = sample();
  card.name = "\xFF";
  CHECK(encode_fault(card) == Fault::bad_argument);
  card = sample();
  card.colour = Colour{};
  CHECK(encode_fault(card) == Fault::bad_argument);
}

TEST_CASE("wire: where there is no room for a protobuf message nothing is written", "[illegal]") {
  for (std::size_t room = 0; room < sample_frame.size(); ++room) {
    Frame memory(room);
    Writer sink{MutableBytes(memory)};
    const auto done = protobuf::encode(sample(), sink);
    REQUIRE_FALSE(done);
    CHECK(done.error() == Fault::too_large);
    CHECK(sink.size() == 0);
  }
}

TEST_CASE("wire: the number that a protobuf message begins with says which message it is",
          "[roundtrip]") {
  const auto card = protobuf::decode_any<Other, Card>(sample_frame);
  REQUIRE(card);
  CHECK(std::get<Card>(*card).count == 300);
  const Frame other_frame = bytes({0xA2, 0x01, 1, 9});
  const auto other = protobuf::decode_any<Other, Card>(other_frame);
  REQUIRE(other);
  CHECK(std::get<Other>(*other).content[0] == 9);
  const auto fault = [](const Frame& frame) {
    return protobuf::decode_any<Other, Card>(frame).error();
  };
  CHECK(fault(bytes({0x22, 0})) == Fault::unknown_type);
  CHECK(fault({}) == Fault::unknown_type);
  CHECK(fault(bytes({0x80})) == Fault::truncated);
  CHECK(fault(bytes({0x07, 0})) == Fault::malformed);
  CHECK(fault(joined({sample_frame, bytes({0xA2, 0x01, 1, 9})})) == Fault::malformed);
}
