#include "handfast/wire/layout.hpp"

#include "handfast/core/buffer.hpp"
#include "handfast/wire/binary.hpp"
#include "handfast/wire/shape.hpp"
#include "tests/support/catch.hpp"
#include "tests/wire/messages.hpp"

using namespace wire_test;

// A type that cannot have a member `layout`.
struct Foreign {
  std::uint8_t value{};
};
template <>
struct handfast::wire::LayoutFor<Foreign> {
  using type = Layout<"foreign", Field<"value", &Foreign::value>>;
};

// A message whose type says it all.
struct Nothing {
  using layout = Layout<"nothing">;
};

static_assert(field_count<Request> == 7 && message_name<Request> == "request");
static_assert(encoded_size<Request> == 64 && encoded_size<Response> == 96 &&
              encoded_size<Heartbeat> == 8);
static_assert(frame_size<Close> == SizeRange{10, unbounded});
static_assert(frame_size<Record> == SizeRange{36, 1044});
static_assert(frame_size<Token> == SizeRange{73, 4153});
static_assert(encoded_size<Connect> == 20);
static_assert(frame_size<Pair> == SizeRange{7, 311});
static_assert(field_count<Nothing> == 0 && frame_size<Nothing> == SizeRange{0, 0});
static_assert(HasLayout<Foreign> && encoded_size<Foreign> == 1 && !HasLayout<int>);
static_assert(carries_payload<Packet>() && carries_payload<Record>() && carries_payload<Token>());
static_assert(!carries_payload<Request>() && !carries_payload<Connect>());
static_assert(std::same_as<field_named<Request, "challenge">::Made, Fresh>);
static_assert(covered_fields<Response, 5>() == 0b1001'1111);

TEST_CASE("wire: a message without fields is no bytes", "[wire]") {
  CHECK(field_table<Nothing>.empty());
  handfast::Buffer bytes;
  GrowingWriter writer(bytes);
  REQUIRE(binary::encode(Nothing{}, writer));
  CHECK(bytes.bytes().empty());
  CHECK(binary::decode<Nothing>(bytes.bytes()));
  const std::uint8_t one[] = {0};
  CHECK_FALSE(binary::decode<Nothing>(handfast::Bytes(one)));
}

TEST_CASE("wire: a layout's table says names, sizes, places and making, at run time too",
          "[wire]") {
  const auto& table = field_table<Response>;
  CHECK(table[0].name == "version");
  CHECK(table[0].how == How::constant);
  CHECK(table[3].how == How::length);
  CHECK(table[5].name == "proof");
  CHECK(table[5].offset == 24);
  CHECK(table[5].size == SizeRange{32, 32});
  CHECK(table[5].how == How::mac);
  CHECK(table[5].covers == 0b1001'1111);
  CHECK_FALSE(table[5].offset_varies);

  const auto& token = field_table<Token>;
  CHECK(token[3].size == SizeRange{16, 4096});
  CHECK(token[4].offset == 41);
  CHECK(token[4].offset_varies);
  CHECK(token[4].covers == 0b1111);
}

TEST_CASE("wire: a layout's fields are visited in order, as types", "[wire]") {
  std::vector<std::string_view> names;
  for_each_field<Record>([&]<class F>(F) { names.push_back(F::name); });
  CHECK(names == std::vector<std::string_view>{"sequence", "nonce", "body"});
  CHECK(std::same_as<field_named<Record, "body">::Made::Contents, Packet>);
}

TEST_CASE("wire: every kind of making has its name", "[wire]") {
  CHECK(to_string(How::plain) == "plain");
  CHECK(to_string(How::sealed) == "sealed");
  CHECK(to_string(How::padding) == "padding");
}
