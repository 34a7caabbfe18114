#include "handfast/wire/hex.hpp"

#include "tests/support/catch.hpp"

using namespace handfast;
namespace hex = handfast::wire::hex;

static_assert(hex::bytes<"00ff1a"> == std::array<std::uint8_t, 3>{0x00, 0xFF, 0x1A});
static_assert(hex::bytes<"">.empty());

TEST_CASE("wire: hexadecimal digits round trip for every byte", "[wire][roundtrip]") {
  for (int value = 0; value < 256; ++value) {
    const std::array<std::uint8_t, 1> byte{static_cast<std::uint8_t>(value)};
    const std::string text = hex::encode(byte);
    std::array<std::uint8_t, 1> back{};
    CHECK(hex::decode(text, back) == 1u);
    CHECK(back == byte);
  }
  CHECK(hex::encode(hex::bytes<"0123456789abcdef">) == "0123456789abcdef");
}

TEST_CASE("wire: hexadecimal digits are lower case, in pairs, and fit", "[wire][illegal]") {
  std::array<std::uint8_t, 2> out{};
  for (int code = 0; code < 256; ++code) {
    const char c = static_cast<char>(code);
    const bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    CHECK(hex::decode(std::string{'0', c}, out).has_value() == digit);
    CHECK(hex::decode(std::string{c, '0'}, out).has_value() == digit);
  }
  CHECK(hex::decode("0", out).error() == Fault::bad_encoding);
  CHECK(hex::decode("000000", out).error() == Fault::too_large);
  std::array<char, 3> text{};
  CHECK(hex::encode(out, text).error() == Fault::too_large);
}
