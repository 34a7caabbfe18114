#include "handfast/wire/json_size.hpp"

#include <limits>

#include "tests/support/catch.hpp"
#include "tests/wire/messages.hpp"

using namespace wire_test;

namespace {

/// One of each kind, with whatever takes the most room.
template <class... Options>
struct Largest {
  bool no = false;
  std::uint8_t u8 = 255;
  std::uint64_t u64 = std::numeric_limits<std::uint64_t>::max();
  std::string text = std::string(7, '\x01');
  std::optional<std::string> perhaps = std::string(2, '\x1F');
  TestKey key{{1, 2, 3, 4}};
  std::array<std::uint8_t, 5> padded{};
  std::vector<std::uint8_t> url = std::vector<std::uint8_t>(11);
  std::vector<std::uint8_t> hex = std::vector<std::uint8_t>(3);
  std::vector<std::uint8_t> array = std::vector<std::uint8_t>(4, 255);
  using layout =
      Layout<"largest", Options..., Version<"version", std::uint8_t{20}>,
             Type<"\"type\"\n", "L\\\x02\b\xC3\xBC">, Constant<"strict", false>,
             Constant<"loose", true>, Field<"no", &Largest::no>, Field<"u8", &Largest::u8>,
             Field<"u64", &Largest::u64>, Field<"text", &Largest::text, Bounded<0, 7>>,
             Field<"perhaps", &Largest::perhaps, Bounded<1, 2>>,
             Field<"key", &Largest::key, Base64Url>, Field<"padded", &Largest::padded, Base64>,
             Field<"url", &Largest::url, Base64UrlLenient, Bounded<0, 11>>,
             Field<"hex", &Largest::hex, HexText, Bounded<0, 3>>,
             Field<"array", &Largest::array, ByteArrayOrBase64, Bounded<0, 4>>>;
};

struct Nothing {
  using layout = Layout<"nothing">;
};
struct NothingSpaced {
  using layout = Layout<"nothing", Spaced>;
};
struct NoBytes {
  std::vector<std::uint8_t> none;
  using layout =
      Layout<"no_bytes", Field<"none", &NoBytes::none, ByteArrayOrBase64, Bounded<0, 0>>>;
};
struct Endless {
  std::string text;
  std::vector<std::uint8_t> bytes;
  using layout = Layout<"endless", Field<"text", &Endless::text, Bounded<0, 9>>,
                        Field<"bytes", &Endless::bytes, Base64>>;
};
struct Named {
  Mode mode = Mode::pinned;
  using layout = Layout<"named", Field<"mode", &Named::mode, OneOf<Mode::pinned>>>;
};

template <class Message>
std::size_t size_of(const Message& message) {
  const auto text = json::encode(message);
  REQUIRE(text.has_value());
  CHECK(json::decode<Message>(bytes_of(*text)).has_value());
  return text->size();
}

}  // namespace

TEST_CASE("wire: the largest object of a layout has the size that is known before", "[wire]") {
  CHECK(size_of(Largest<>{}) == json::encoded_size_max<Largest<>>);
  CHECK(size_of(Largest<Spaced>{}) == json::encoded_size_max<Largest<Spaced>>);
  CHECK(size_of(Nothing{}) == json::encoded_size_max<Nothing>);
  CHECK(size_of(NothingSpaced{}) == json::encoded_size_max<NothingSpaced>);
  CHECK(size_of(NoBytes{}) == json::encoded_size_max<NoBytes>);
}

TEST_CASE("wire: no object of a layout is larger than its largest", "[wire]") {
  Largest<> message;
  for (const std::string_view text :
       {"", "plain", "\"\\\b\f\n\r\t", "\x7F\xC3\xBC\xF0\x9F\x97\xBC"}) {
    message.text = text;
    CHECK(size_of(message) < json::encoded_size_max<Largest<>>);
  }
  message.perhaps.reset();
  CHECK(size_of(message) < json::encoded_size_max<Largest<>>);
  CHECK(size_of(Named{}) <= json::encoded_size_max<Named>);
}

TEST_CASE("wire: a layout with a field that has no bound has no largest object", "[wire]") {
  STATIC_REQUIRE(json::encoded_size_max<Endless> == unbounded);
}
