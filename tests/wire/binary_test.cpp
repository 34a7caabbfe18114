#include "handfast/wire/binary.hpp"

#include <vector>

#include "handfast/core/buffer.hpp"
#include "tests/support/catch.hpp"
#include "tests/wire/messages.hpp"

using namespace wire_test;

namespace {

using Frame = std::vector<std::uint8_t>;

template <class Message>
Frame framed(const Message& message) {
  Frame frame;
  GrowingWriter sink(frame);
  const auto done = binary::encode(message, sink);
  REQUIRE(done.has_value());
  REQUIRE(frame.size() == binary::encoded_size(message));
  return frame;
}

template <class Message>
Fault fault_of(Bytes frame) {
  const auto decoded = binary::decode<Message>(frame);
  return decoded ? Fault{} : decoded.error();
}

template <class Message>
Fault encode_fault(const Message& message) {
  Frame frame{0xEE};
  GrowingWriter sink(frame);
  const auto done = binary::encode(message, sink);
  if (!done) CHECK(frame == Frame{0xEE});
  return done ? Fault{} : done.error();
}

Frame bytes(std::initializer_list<int> values) {
  Frame frame;
  for (const int value : values) frame.push_back(static_cast<std::uint8_t>(value));
  return frame;
}

Request sample_request() {
  Request request;
  for (std::size_t i = 0; i < 16; ++i) request.session[i] = static_cast<std::uint8_t>(i + 1);
  for (std::size_t i = 0; i < 32; ++i) request.challenge[i] = static_cast<std::uint8_t>(0x80 + i);
  request.unix_ms = 1762230000123;
  return request;
}

}  // namespace

// The codec works in constant expressions.
static_assert([] {
  const auto frame = binary::encode(Numbers{0, 0, 0xABCDEF, 0, 0, 0, 7, false});
  const auto numbers = binary::decode<Numbers>(*frame);
  return numbers && numbers->u24 == 0xABCDEF && numbers->port == 7;
}());

TEST_CASE("wire: a request has the bytes of the published codec", "[wire][vectors]") {
  const auto frame = binary::encode(sample_request());
  REQUIRE(frame.has_value());
  Frame expected = bytes({0x01, 0x30, 0, 0, 0, 0, 0, 0x38});
  for (int i = 1; i <= 16; ++i) expected.push_back(static_cast<std::uint8_t>(i));
  for (int i = 0x80; i < 0xA0; ++i) expected.push_back(static_cast<std::uint8_t>(i));
  for (const int byte : {0x00, 0x00, 0x01, 0x9A, 0x4D, 0x17, 0xD9, 0xFB})
    expected.push_back(static_cast<std::uint8_t>(byte));
  CHECK(Frame(frame->begin(), frame->end()) == expected);
  CHECK(binary::decode<Request>(expected) == sample_request());
}

TEST_CASE("wire: every prefix and every extension of a frame is refused", "[wire][illegal]") {
  const Frame frame = framed(sample_request());
  for (std::size_t size = 0; size < frame.size(); ++size) {
    CHECK(fault_of<Request>(Bytes{frame}.first(size)) == Fault::truncated);
  }
  for (std::size_t extra = 1; extra < 4; ++extra) {
    Frame longer = frame;
    longer.resize(frame.size() + extra);
    CHECK(fault_of<Request>(longer) == Fault::oversized);
  }
}

TEST_CASE("wire: every flipped bit of a frame is a fault or another message with that encoding",
          "[wire][illegal]") {
  const Frame frame = framed(sample_request());
  for (std::size_t bit = 0; bit < 8 * frame.size(); ++bit) {
    Frame flipped = frame;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ 1u << (bit % 8));
    const auto decoded = binary::decode<Request>(flipped);
    if (bit < 64) {
      const Fault expected = bit < 8    ? Fault::wrong_version
                             : bit < 16 ? Fault::unknown_type
                             : bit < 32 ? Fault::malformed
                                        : Fault{};
      REQUIRE_FALSE(decoded.has_value());
      if (expected != Fault{})
        CHECK(decoded.error() == expected);
      else
        CHECK((decoded.error() == Fault::truncated || decoded.error() == Fault::oversized));
    } else {
      REQUIRE(decoded.has_value());
      CHECK(framed(*decoded) == flipped);
    }
  }
}

TEST_CASE("wire: the version is judged before the length", "[wire][illegal]") {
  CHECK(fault_of<Request>(bytes({2, 0x30})) == Fault::wrong_version);
  CHECK(fault_of<Request>(bytes({1, 0x31})) == Fault::unknown_type);
  CHECK(fault_of<Request>({}) == Fault::truncated);
}

TEST_CASE("wire: the stated length must be the length", "[wire][illegal]") {
  auto with_length = [](std::uint32_t length) {
    Frame frame = framed(sample_request());
    for (int i = 0; i < 4; ++i)
      frame[static_cast<std::size_t>(4 + i)] = static_cast<std::uint8_t>(length >> (24 - 8 * i));
    return fault_of<Request>(frame);
  };
  CHECK(with_length(56) == Fault{});
  CHECK(with_length(0) == Fault::oversized);
  CHECK(with_length(55) == Fault::oversized);
  CHECK(with_length(57) == Fault::truncated);
  CHECK(with_length(65535) == Fault::truncated);
  CHECK(with_length(65536) == Fault::oversized);
  CHECK(with_length(0x80000000) == Fault::oversized);
  CHECK(with_length(0xFFFFFFFF) == Fault::oversized);
}

TEST_CASE("wire: a lenient layout ignores what follows, inside the stated length and after it",
          "[wire]") {
  CHECK(fault_of<LenientRequest>(bytes({1, 0x30, 0, 0, 0, 0, 0, 2, 7, 8})) == Fault{});
  CHECK(fault_of<LenientRequest>(bytes({1, 0x30, 0, 0, 0, 0, 0, 2, 7, 8, 9})) == Fault{});
  CHECK(fault_of<LenientRequest>(bytes({1, 0x30, 0, 0, 0, 0, 0, 3, 7, 8, 9})) == Fault{});
  CHECK(fault_of<LenientRequest>(bytes({1, 0x30, 0, 0, 0, 0, 0, 1, 7, 8})) == Fault::truncated);
  CHECK(fault_of<LenientRequest>(bytes({1, 0x30, 0, 0, 0, 0, 0, 4, 7, 8, 9})) == Fault::truncated);
}

TEST_CASE("wire: numbers keep their bounds and their order of bytes", "[wire][roundtrip]") {
  const Numbers numbers{
      0x01, 0x0203, 0x040506, 0x0708090A, 0x0B0C0D0E0F101112, 0x131415161718191A, 0x1B1C, true};
  const Frame frame = framed(numbers);
  CHECK(frame == bytes({0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A,
                        0x0B, 0x0C, 0x0D, 0x0E, 0x0F, 0x10, 0x11, 0x12, 0x1A, 0x19,
                        0x18, 0x17, 0x16, 0x15, 0x14, 0x13, 0x1B, 0x1C, 0x01}));
  CHECK(binary::decode<Numbers>(frame) == numbers);

  constexpr std::uint64_t edges[] = {0,
                                     1,
                                     0x7F,
                                     0x80,
                                     0xFE,
                                     0xFF,
                                     0x100,
                                     0xFFFE,
                                     0xFFFF,
                                     0x10000,
                                     0xFFFFFE,
                                     0xFFFFFF,
                                     0x1000000,
                                     0x7FFFFFFF,
                                     0x80000000,
                                     0xFFFFFFFE,
                                     0xFFFFFFFF,
                                     0x100000000,
                                     0x100000001,
                                     0x7FFFFFFFFFFFFFFF,
                                     0x8000000000000000,
                                     0xFFFFFFFFFFFFFFFE,
                                     0xFFFFFFFFFFFFFFFF};
  for (const std::uint64_t edge : edges) {
    Numbers each;
    each.u8 = static_cast<std::uint8_t>(edge);
    each.u16 = static_cast<std::uint16_t>(edge);
    each.u24 = static_cast<std::uint32_t>(edge & 0xFFFFFF);
    each.u32 = static_cast<std::uint32_t>(edge);
    each.u64 = each.little = edge;
    CHECK(binary::decode<Numbers>(framed(each)) == each);
    if (edge > 0xFFFFFF && edge <= 0xFFFFFFFF) {
      each.u24 = static_cast<std::uint32_t>(edge);
      CHECK(encode_fault(each) == Fault::bad_argument);
    }
  }
}

TEST_CASE("wire: a value out of its range is neither written nor read", "[wire][illegal]") {
  CHECK(encode_fault(Numbers{0, 0, 0, 0, 0, 0, 0, false}) == Fault::bad_argument);
  Frame frame = framed(Numbers{});
  frame[27] = 0;
  CHECK(fault_of<Numbers>(frame) == Fault::malformed);
  frame[27] = 1;
  for (int flag = 0; flag < 256; ++flag) {
    frame[28] = static_cast<std::uint8_t>(flag);
    CHECK(fault_of<Numbers>(frame) == (flag < 2 ? Fault{} : Fault::malformed));
  }
  CHECK(encode_fault(Connect{Mode{3}, {}, {}}) == Fault::bad_argument);
}

TEST_CASE("wire: the rest of a frame has its bounds", "[wire]") {
  for (const std::size_t size : {0u, 15u, 16u, 17u, 1023u, 1024u, 1025u}) {
    const Frame body(size, 0x55);
    const Frame frame = [&] {
      Frame made(20 + size, 0);
      std::ranges::copy(body, made.begin() + 20);
      return made;
    }();
    const auto decoded = binary::decode<Record>(frame);
    const Fault expected = size < 16 ? Fault::truncated : size > 1024 ? Fault::oversized : Fault{};
    CHECK((decoded ? Fault{} : decoded.error()) == expected);
    if (decoded) {
      CHECK(decoded->body.data() == frame.data() + 20);  // a view, not a copy
      CHECK(framed(*decoded) == frame);
    }
    CHECK(encode_fault(Record{0, {}, body}) ==
          (expected == Fault{} ? Fault{} : Fault::bad_argument));
  }
}

TEST_CASE("wire: what has no fixed size may stand before the tag", "[wire]") {
  Frame frame(1 + 8 + 16 + 17 + 32, 0);
  frame[0] = 0x80;
  frame[25] = 1;
  frame[41] = 2;
  frame[42] = 3;
  const auto token = binary::decode<Token>(frame);
  REQUIRE(token.has_value());
  CHECK(token->ciphertext.size() == 17);
  CHECK(token->ciphertext[0] == 1);
  CHECK(token->ciphertext[16] == 2);
  CHECK(token->mac[0] == 3);
  CHECK(framed(*token) == frame);
  for (std::size_t size = 0; size < 73; ++size) {
    CHECK(fault_of<Token>(Bytes{frame}.first(size)) == (Fault::truncated));
  }
}

TEST_CASE("wire: a padded frame has one size and only zeros in its padding", "[wire][illegal]") {
  const Frame cookie = bytes({9, 8, 7});
  const Connect connect{Mode::pinned, TestKey{{1, 2, 3, 4}}, cookie};
  const Frame frame = framed(connect);
  CHECK(frame == bytes({'H', 'F', 2, 1, 2, 3, 4, 3, 9, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
  CHECK(fault_of<Connect>(Bytes{frame}.first(19)) == Fault::truncated);
  Frame longer = frame;
  longer.push_back(0);
  CHECK(fault_of<Connect>(longer) == Fault::oversized);
  for (std::size_t at = 11; at < 20; ++at) {
    Frame dirty = frame;
    dirty[at] = 1;
    CHECK(fault_of<Connect>(dirty) == Fault::malformed);
  }
  auto changed = [&](std::size_t at, int value) {
    Frame other = frame;
    other[at] = static_cast<std::uint8_t>(value);
    return fault_of<Connect>(other);
  };
  CHECK(changed(1, 'f') == Fault::malformed);
  CHECK(changed(2, 0) == Fault::malformed);
  CHECK(changed(2, 3) == Fault::malformed);
  CHECK(changed(7, 9) == Fault::oversized);
  CHECK(changed(7, 255) == Fault::oversized);
  CHECK(changed(7, 2) == Fault::malformed);
}

TEST_CASE("wire: a typed value is what its parse takes", "[wire]") {
  CHECK(fault_of<Connect>(bytes({'H', 'F', 1, 0, 0, 0, 0, 0, 0, 0,
                                 0,   0,   0, 0, 0, 0, 0, 0, 0, 0})) == Fault::low_order_key);
  CHECK(fault_of<DeployedKey>(bytes({0, 0, 0, 0})) == Fault{});
}

TEST_CASE("wire: length prefixes are bounded both ways", "[wire][illegal]") {
  const Frame first(300, 1);
  const Frame frame = framed(Pair{first, "hello"});
  CHECK(binary::decode<Pair>(frame)->second == "hello");
  CHECK(encode_fault(Pair{{}, ""}) == Fault::bad_argument);
  CHECK(encode_fault(Pair{first, "hellos"}) == Fault::bad_argument);
  CHECK(encode_fault(Pair{first, "\xFF"}) == Fault::bad_argument);
  CHECK(fault_of<Pair>(bytes({0, 0, 0, 0, 0, 0})) == Fault::wrong_length);
  CHECK(fault_of<Pair>(bytes({0, 1, 7, 0, 0, 0, 0})) == Fault{});
  CHECK(fault_of<Pair>(bytes({0, 2, 7})) == Fault::truncated);
  CHECK(fault_of<Pair>(bytes({0, 1, 7, 0, 0, 0, 1})) == Fault::truncated);
  CHECK(fault_of<Pair>(bytes({0, 1, 7, 0, 0, 0, 1, 0xFF})) == Fault::bad_encoding);
  CHECK(fault_of<Pair>(bytes({0, 1, 7, 0, 0, 0, 0, 0})) == Fault::oversized);
  CHECK(fault_of<Pair>(bytes({1, 45})) == Fault::oversized);
  CHECK(fault_of<Pair>(bytes({0xFF, 0xFF})) == Fault::oversized);
  CHECK(fault_of<Pair>(bytes({0, 1, 7, 0x80, 0, 0, 0})) == Fault::oversized);
  CHECK(fault_of<Pair>(bytes({0, 1, 7, 0xFF, 0xFF, 0xFF, 0xFF})) == Fault::oversized);
}

TEST_CASE("wire: a frame is read as the message whose type it has", "[wire]") {
  using Any = std::variant<Request, Response, Heartbeat, Close>;
  auto any = [](Bytes frame) {
    return binary::decode_any<Request, Response, Heartbeat, Close>(frame);
  };
  CHECK(std::holds_alternative<Request>(*any(framed(sample_request()))));
  CHECK(std::holds_alternative<Response>(*any(framed(Response{}))));
  CHECK(std::holds_alternative<Heartbeat>(*any(framed(Heartbeat{}))));
  const Frame close_frame = framed(Close{1000, "bye"});
  const auto close = any(close_frame);
  REQUIRE(close.has_value());
  CHECK(std::get<Close>(*close).text == "bye");
  CHECK(std::variant_size_v<Any> == 4);
  CHECK(any(bytes({1, 0x77, 0, 0, 0, 0, 0, 0})).error() == Fault::unknown_type);
  CHECK(any(bytes({2, 0x77, 0, 0, 0, 0, 0, 0})).error() == Fault::wrong_version);
  CHECK(any(bytes({1, 0x31, 0, 0, 0, 0, 0, 0})).error() == Fault::truncated);
  CHECK(any(bytes({1, 0x05, 0, 0, 0, 0, 0, 1, 0})).error() == Fault::oversized);
}

TEST_CASE("wire: a frame is read to where it is to stay, as what is asked for alone", "[wire]") {
  std::variant<std::monostate, Close, Heartbeat, Request> held;
  CHECK(binary::read_any<Request, Heartbeat>(held, framed(sample_request())) == Fault{});
  REQUIRE(std::holds_alternative<Request>(held));
  CHECK(framed(std::get<Request>(held)) == framed(sample_request()));
  CHECK(binary::read_any<Request, Heartbeat>(held, framed(Close{1000, "bye"})) ==
        Fault::unknown_type);
  CHECK(binary::read_any<Request, Heartbeat>(held, framed(Heartbeat{})) == Fault{});
  CHECK(std::holds_alternative<Heartbeat>(held));
}

TEST_CASE("wire: an encoder without room leaves its sink as it was", "[wire]") {
  const auto size = encoded_size<Request>;
  for (std::size_t room = 0; room <= size; ++room) {
    std::array<std::uint8_t, size + 1> memory{};
    Writer sink{MutableBytes{memory}.first(room + 1)};
    REQUIRE(sink.write(bytes({0xAA})));
    const auto done = binary::encode(sample_request(), sink);
    CHECK(done.has_value() == (room == size));
    if (!done) CHECK(done.error() == Fault::too_large);
    CHECK(sink.size() == (room == size ? size + 1 : 1));
  }
  Frame grown;
  GrowingWriter bounded(grown, 63);
  CHECK(binary::encode(sample_request(), bounded).error() == Fault::too_large);
  CHECK(grown.empty());
}

TEST_CASE("wire: an encoder writes into a wiping buffer too", "[wire]") {
  Buffer buffer;
  GrowingWriter sink(buffer);
  REQUIRE(binary::encode(sample_request(), sink).has_value());
  CHECK(binary::decode<Request>(buffer.bytes()) == sample_request());
}

TEST_CASE("wire: a payload beyond the stated length's bound is not written", "[wire]") {
  const std::string text(65533, 'x');
  CHECK(encode_fault(Close{1, text}) == Fault{});
  CHECK(encode_fault(Close{1, text + "x"}) == Fault::bad_argument);
}

TEST_CASE("wire: a dissected frame names every byte once", "[wire]") {
  const Frame cookie = bytes({9, 8, 7});
  const Frame frame = framed(Connect{Mode::pinned, TestKey{{1, 2, 3, 4}}, cookie});
  const auto spans = binary::dissect<Connect>(frame);
  REQUIRE(spans.has_value());
  std::size_t next = 0;
  for (const FieldSpan& span : *spans) {
    CHECK(span.offset == next);
    next += span.size;
  }
  CHECK(next == frame.size());
  CHECK((*spans)[3].name == "cookie");
  CHECK((*spans)[3].size == 4);
  CHECK((*spans)[4].how == How::padding);
  CHECK(binary::dissect<Connect>(Bytes{frame}.first(19)).error() == Fault::truncated);
}
