#include "handfast/testing/dictionary.hpp"

#include "fuzz/layouts.hpp"
#include "handfast/stdio/messages.hpp"
#include "handfast/x3dh/messages.hpp"
#include "tests/support/catch.hpp"

using namespace handfast;
using namespace handfast::testing;
using namespace std::string_literals;

namespace {

bool holds(const std::vector<std::string>& tokens, const std::string& token) {
  return std::ranges::count(tokens, token) == 1;
}

}  // namespace

TEST_CASE("testing: a dictionary for JSON has names, constants and edges as they are spelled",
          "[property]") {
  const auto tokens = dictionary<stdio::Answer>(Codec::json);
  CHECK(holds(tokens, "\"version\":2"));
  CHECK(holds(tokens, "\"public_key\":"));
  CHECK(holds(tokens, "\"port\":"));
  CHECK(holds(tokens, "65535"));
  CHECK(holds(tokens, "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\""));
  const auto loose = dictionary<fuzz::Loose>(Codec::json);
  CHECK(holds(loose, "\"y\":"));  // another name for x
}

TEST_CASE("testing: a dictionary for bytes has constants, lengths and edges as they are written",
          "[property]") {
  const auto tokens = dictionary<stdio::RekeyRequest>(Codec::binary);
  CHECK(holds(tokens, "\x05"s));
  CHECK(holds(tokens, "\xff\xff\xff\xff"s));
  CHECK(holds(tokens, "\x00\x00\x00\x01\x00\x00\x00\x01"s));
  CHECK(holds(tokens, std::string(32, '\0')));
  const auto numbers = dictionary<fuzz::Numbers>(Codec::binary);
  CHECK(holds(numbers, "\x03\xe8"s));          // the greatest port
  CHECK(holds(numbers, "\x00\xc9"s));          // one more than the greatest length
  CHECK(holds(numbers, "\x00\x00\x00\x80"s));  // 2^31, lowest byte first
  CHECK(holds(dictionary<fuzz::Padded>(Codec::binary), "HF"));
}

TEST_CASE(
    "testing: a dictionary for protobuf has numbers of fields with what may stand behind them",
    "[property]") {
  const auto tokens = dictionary<x3dh::Bundle>(Codec::protobuf);
  CHECK(holds(tokens, "\x58\x02"s));            // the version
  CHECK(holds(tokens, "\x72\x40"s));            // 64 bytes of signature
  CHECK(holds(tokens, "\x82\x01\x01"s));        // the shortest connection id
  CHECK(holds(tokens, std::string(32, '\0')));  // no public key
}

TEST_CASE("testing: a dictionary's line has what is not printable as hexadecimal digits",
          "[property]") {
  CHECK(dictionary_line("a\"b\\c") == "\"a\\\"b\\\\c\"\n");
  CHECK(dictionary_line("\0\n\x7f\xff ~"s) == "\"\\x00\\x0a\\x7f\\xff ~\"\n");
}
