#include "handfast/wire/base64.hpp"

#include <vector>

#include "tests/support/catch.hpp"

using namespace handfast;
namespace base64 = handfast::wire::base64;

namespace {

std::expected<std::string, Fault> decoded(std::string_view text, base64::Spelling spelling) {
  std::vector<std::uint8_t> out(base64::decoded_size_max(text.size()));
  const auto size = base64::decode(text, out, spelling);
  if (!size) return std::unexpected(size.error());
  return std::string(text_of(Bytes{out}.first(*size)));
}

bool refused(std::string_view text, base64::Spelling spelling) {
  const auto result = decoded(text, spelling);
  return !result && result.error() == Fault::bad_encoding;
}

/// The text of `bytes` from its 64 characters, one bit at a time.
std::string bit_by_bit(std::string_view bytes, base64::Spelling spelling) {
  std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (spelling.url) alphabet.replace(62, 2, "-_");
  std::string text;
  for (std::size_t bit = 0; bit < 8 * bytes.size(); bit += 6) {
    std::size_t value = 0;
    for (std::size_t i = bit; i < bit + 6; ++i) {
      const int byte = i / 8 < bytes.size() ? static_cast<std::uint8_t>(bytes[i / 8]) : 0;
      value = 2 * value + (byte >> (7 - i % 8) & 1);
    }
    text.push_back(alphabet[value]);
  }
  while (spelling.padded && text.size() % 4 != 0) text.push_back('=');
  return text;
}

constexpr base64::Spelling strict[] = {base64::standard, base64::url, base64::url_padded};

}  // namespace

// Coding works in constant expressions.
static_assert([] {
  std::uint8_t out[3]{};
  return base64::decode("/+7d", out, base64::standard) == 3u && out[0] == 0xFF && out[1] == 0xEE &&
         out[2] == 0xDD;
}());

TEST_CASE("wire: base64 has the values of RFC 4648, section 10", "[wire][vectors]") {
  const std::pair<std::string_view, std::string_view> vectors[] = {{"", ""},
                                                                   {"f", "Zg=="},
                                                                   {"fo", "Zm8="},
                                                                   {"foo", "Zm9v"},
                                                                   {"foob", "Zm9vYg=="},
                                                                   {"fooba", "Zm9vYmE="},
                                                                   {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    const std::string bare(text.substr(0, text.find('=')));
    CHECK(base64::encode(bytes_of(bytes), base64::standard) == text);
    CHECK(base64::encode(bytes_of(bytes), base64::url_padded) == text);
    CHECK(base64::encode(bytes_of(bytes), base64::url) == bare);
    CHECK(decoded(text, base64::standard) == bytes);
    CHECK(decoded(text, base64::url_padded) == bytes);
    CHECK(decoded(bare, base64::url) == bytes);
    CHECK(decoded(text, base64::url_lenient) == bytes);
    CHECK(decoded(bare, base64::url_lenient) == bytes);
  }
}

TEST_CASE("wire: base64 knows exactly its 64 characters, each in its place", "[wire][illegal]") {
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (int code = 0; code < 256; ++code) {
    const char c = static_cast<char>(code);
    const std::string text{'A', 'A', 'A', c};
    const auto place = alphabet.find(c);
    const auto in = [&](char first, char second) {
      if (place < 62 && c != '\0') return place;
      return c == first ? std::size_t{62} : c == second ? std::size_t{63} : alphabet.npos;
    };
    for (const auto spelling : strict) {
      const auto value = spelling.url ? in('-', '_') : in('+', '/');
      if (value == alphabet.npos) {
        if (c != '=' || !spelling.padded) CHECK(refused(text, spelling));
      } else {
        CHECK(decoded(text, spelling) == std::string{'\0', '\0', static_cast<char>(value)});
      }
    }
    if (c != '=')
      CHECK(refused(text, base64::url_lenient) ==
            (in('-', '_') == alphabet.npos && in('+', '/') == alphabet.npos));
  }
}

TEST_CASE("wire: base64 round trips at every length, in every spelling", "[wire][roundtrip]") {
  for (std::size_t size = 0; size < 100; ++size) {
    std::string bytes;
    for (std::size_t i = 0; i < size; ++i) bytes.push_back(static_cast<char>(i * 89 + size * 31));
    for (const auto spelling : strict) {
      const std::string text = base64::encode(bytes_of(bytes), spelling);
      CHECK(text.size() == base64::encoded_size(size, spelling));
      CHECK(decoded(text, spelling) == bytes);
    }
  }
}

TEST_CASE("wire: base64 of any length is what its bits say, character by character",
          "[wire][roundtrip]") {
  std::uint32_t state = 1;
  for (std::size_t size = 0; size < 100; ++size) {
    std::string bytes;
    for (std::size_t i = 0; i < size; ++i) {
      state = state * 1664525 + 1013904223;
      bytes.push_back(static_cast<char>(state >> 24));
    }
    for (const auto spelling : strict) {
      CHECK(base64::encode(bytes_of(bytes), spelling) == bit_by_bit(bytes, spelling));
      CHECK(decoded(bit_by_bit(bytes, spelling), spelling) == bytes);
      CHECK(decoded(bit_by_bit(bytes, spelling), base64::url_lenient) == bytes);
    }
  }
}

TEST_CASE("wire: a character that is none is found in every place of every length",
          "[wire][illegal]") {
  for (std::size_t size = 0; size < 40; ++size) {
    for (const auto spelling : {base64::standard, base64::url, base64::url_lenient}) {
      const std::string text = base64::encode(bytes_of(std::string(size, '\x5A')), spelling);
      std::size_t refused_count = 0, changes_count = 0;
      for (std::size_t place = 0; place < std::min(text.size(), text.find('=')); ++place) {
        for (int code = 0; code < 256; ++code) {
          const char c = static_cast<char>(code);
          const bool is_known = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                                (c >= 'a' && c <= 'z') ||
                                ((c == '+' || c == '/') && (!spelling.url || spelling.lenient)) ||
                                ((c == '-' || c == '_') && spelling.url);
          if (is_known || c == '=') continue;
          std::string other = text;
          other[place] = c;
          ++changes_count;
          refused_count += refused(other, spelling);
        }
      }
      CHECK(refused_count == changes_count);
    }
  }
}

TEST_CASE("wire: accepted base64 is what the encoder writes, over all short texts",
          "[wire][illegal]") {
  constexpr std::string_view characters = "AQgwBZz9+/-_= \n";
  for (const auto spelling : strict) {
    int accepted = 0;
    for (std::size_t size = 0; size <= 4; ++size) {
      std::size_t texts = 1;
      for (std::size_t i = 0; i < size; ++i) texts *= characters.size();
      for (std::size_t which = 0; which < texts; ++which) {
        std::string text;
        for (std::size_t i = 0, rest = which; i < size; ++i, rest /= characters.size())
          text.push_back(characters[rest % characters.size()]);
        const auto result = decoded(text, spelling);
        if (!result) continue;
        ++accepted;
        if (base64::encode(bytes_of(*result), spelling) != text) FAIL(text);
      }
    }
    CHECK(accepted > 1000);
  }
}

TEST_CASE("wire: strict base64 takes no other padding, white space or tail bits",
          "[wire][illegal]") {
  for (const std::string_view text :
       {"Zg",   "Zg=",    "Zg===", "Zg====", "Zm8",  "Zm8==", "Zm9v=", "Zm9v====",
        "=",    "==",     "===",   "====",   "Z",    "Z===",  "Z=g=",  "=Zg=",
        "Zg= ", "Zg==\n", " Zg==", "Zg\n==", "Zh==", "Zv==",  "Zm9=",  "Zm-_"}) {
    CHECK(refused(text, base64::standard));
  }
  for (const std::string_view text :
       {"Zg==", "Zg=", "Z", "Zm8=", "Zh", "Zn", "Zm9", "Zm+/", "Zm9vY", "Zg "})
    CHECK(refused(text, base64::url));
  CHECK(refused("Zm+/", base64::url_padded));
  CHECK(refused("Zg", base64::url_padded));
}

TEST_CASE(
    "wire: 4 spellings of a key's last character decode to one key only where that is asked for",
    "[wire][illegal]") {
  const std::string key(32, '\x5A');
  const std::string text = base64::encode(bytes_of(key), base64::url);
  REQUIRE(text.size() == 43);
  int strict_count = 0, lenient_count = 0;
  for (int code = 0; code < 256; ++code) {
    std::string other = text;
    other.back() = static_cast<char>(code);
    if (decoded(other, base64::url) == key) ++strict_count;
    const auto lenient = decoded(other, base64::url_lenient);
    if (code != '=' && lenient == key) ++lenient_count;
  }
  CHECK(strict_count == 1);
  CHECK(lenient_count == 4);
}

TEST_CASE("wire: lenient base64 takes both alphabets and full padding, nothing else", "[wire]") {
  CHECK(decoded("-_+/", base64::url_lenient) == decoded("+/+/", base64::standard));
  CHECK(decoded("Zg==", base64::url_lenient) == "f");
  CHECK(decoded("Zh==", base64::url_lenient) == "f");
  CHECK(decoded("Zh", base64::url_lenient) == "f");
  for (const std::string_view text :
       {"Zg=", "Z", "Z===", "Zg===", "====", "Zm9v====", "Z g", "Zg\n", "=", "Zm=v"}) {
    CHECK(refused(text, base64::url_lenient));
  }
}

TEST_CASE("wire: base64 never writes past its buffer and leaves nothing of a bad text", "[wire]") {
  std::array<std::uint8_t, 4> out{9, 9, 9, 9};
  CHECK(base64::decode("Zm9v", MutableBytes{out}.first(2), base64::standard).error() ==
        Fault::too_large);
  CHECK(out == std::array<std::uint8_t, 4>{9, 9, 9, 9});
  CHECK(base64::decode("Zm9v", MutableBytes{out}.first(3), base64::standard) == 3u);
  CHECK(out[3] == 9);
  CHECK(base64::decode("Zm9!", out, base64::standard).error() == Fault::bad_encoding);
  CHECK(out == std::array<std::uint8_t, 4>{0, 0, 0, 9});

  std::array<char, 5> text{'x', 'x', 'x', 'x', 'x'};
  CHECK(base64::encode(bytes_of("foo"), std::span{text}.first(3), base64::standard).error() ==
        Fault::too_large);
  CHECK(base64::encode(bytes_of("foo"), text, base64::standard) == 4u);
  CHECK(text[4] == 'x');
}
