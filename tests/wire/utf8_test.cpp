#include "handfast/wire/utf8.hpp"

#include <string>

#include "tests/support/catch.hpp"

using handfast::wire::is_utf8;

static_assert(is_utf8("plain") && !is_utf8("\x80"));

TEST_CASE("wire: every code point is UTF-8 in its shortest form, surrogates are not", "[wire]") {
  for (std::uint32_t point = 0; point <= 0x110000; ++point) {
    std::string text;
    auto tail = [&](int shift) {
      text.push_back(static_cast<char>(0x80 | (point >> shift & 0x3F)));
    };
    if (point < 0x80)
      text.push_back(static_cast<char>(point));
    else if (point < 0x800)
      text.push_back(static_cast<char>(0xC0 | point >> 6)), tail(0);
    else if (point < 0x10000)
      text.push_back(static_cast<char>(0xE0 | point >> 12)), tail(6), tail(0);
    else
      text.push_back(static_cast<char>(0xF0 | point >> 18)), tail(12), tail(6), tail(0);
    const bool expected = point <= 0x10FFFF && (point < 0xD800 || point > 0xDFFF);
    if (is_utf8(text) != expected) FAIL(point);
    if (text.size() > 1 && is_utf8(text.substr(0, text.size() - 1))) FAIL(point);
    if (text.size() > 1 && is_utf8(text.substr(1))) FAIL(point);
  }
}

TEST_CASE("wire: longer forms than needed are not UTF-8", "[wire][illegal]") {
  for (const char* text :
       {"\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xE0\x9F\xBF", "\xF0\x80\x80\x80",
        "\xF0\x8F\xBF\xBF", "\xF5\x80\x80\x80", "\xFE", "\xFF", "a\xC3", "\xC3(", "\xE2\x82("}) {
    CHECK_FALSE(is_utf8(text));
  }
}
