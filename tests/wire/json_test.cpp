#include "handfast/wire/json.hpp"

#include "tests/support/catch.hpp"
#include "tests/wire/messages.hpp"

using namespace wire_test;

namespace {

// stdio's two lines, documented and hardened.
struct ParentLine {
  std::array<std::uint8_t, 32> key{};
  using layout =
      Layout<"parent_line", Field<"public_key", &ParentLine::key, PublicKeyOf<SealKey>, Base64>>;
};

struct ChildLine {
  TestKey key{{1, 2, 3, 4}};
  std::uint16_t port = 1;
  using layout = Layout<"child_line", Field<"public_key", &ChildLine::key, Base64>,
                        Field<"port", &ChildLine::port, Range<1, 65535>>>;
};

struct HardenedLine {
  TestKey key{{1, 2, 3, 4}};
  std::array<std::uint8_t, 2> confirmation{};
  using layout =
      Layout<"hardened_line", Canonical, Version<"version", std::uint8_t{2}>,
             Field<"public_key", &HardenedLine::key, Base64>,
             Field<"confirmation", &HardenedLine::confirmation, Mac<MacKey, All>, Base64Url>>;
};

struct RecordResponse {
  bool ack{};
  std::uint64_t ratchet_seq{};
  std::vector<std::uint8_t> encrypted_data;
  using layout = Layout<"record_response", Field<"ack", &RecordResponse::ack>,
                        Field<"ratchet_seq", &RecordResponse::ratchet_seq, Counter>,
                        Field<"encrypted_data", &RecordResponse::encrypted_data,
                              Sealed<SealKey, Payload>, ByteArrayOrBase64, Bounded<0, 64>>>;
};

// registration's frames.
struct Challenge {
  TestKey from{{1, 2, 3, 4}};
  std::string text;
  using layout = Layout<"challenge", Lenient, Type<"type", "CHALLENGE">,
                        Field<"from", &Challenge::from, Base64UrlLenient>,
                        Field<"challengeText", &Challenge::text, Bounded<1, 64>>>;
};

struct Failure {
  std::string error;
  using layout = Layout<"failure", Type<"type", "REGISTER_FAILURE">,
                        Field<"error", &Failure::error, Alias<"reason">>>;
};

struct Refusal {
  std::string error;
  using layout = Layout<"refusal", Field<"error", &Refusal::error>>;
};

struct Envelope {
  std::optional<std::string> from, to;
  std::optional<std::uint8_t> count;
  using layout = Layout<"envelope", LastWins, Field<"from", &Envelope::from>,
                        Field<"to", &Envelope::to>, Field<"count", &Envelope::count>>;
};

// Two of a link whose programs take the last of equal names.
struct Hello {
  std::string text;
  using layout = Layout<"hello", LastWins, Lenient, Type<"type", "HELLO">,
                        Field<"text", &Hello::text, Alias<"words">>>;
};

struct Bye {
  std::uint64_t code{};
  using layout = Layout<"bye", LastWins, Lenient, Type<"type", "BYE">, Field<"code", &Bye::code>>;
};

// udp's, as Python spaces them.
struct UdpConnect {
  TestKey key{{1, 2, 3, 4}};
  using layout = Layout<"connect", Spaced, Type<"cmd", "connect">,
                        Field<"pubkey", &UdpConnect::key, Base64UrlPadded>>;
};

struct Integers {
  std::uint8_t u8{};
  std::uint16_t u16{};
  std::uint32_t u32{};
  std::uint64_t u64{};
  using layout = Layout<"integers", Field<"u8", &Integers::u8>, Field<"u16", &Integers::u16>,
                        Field<"u32", &Integers::u32>, Field<"u64", &Integers::u64>>;
};

struct Switches {
  bool on{};
  Mode mode = Mode::pinned;
  std::string session;
  std::vector<std::uint8_t> id;
  using layout =
      Layout<"switches", Constant<"strict", true>, Constant<"number", 7>,
             Field<"on", &Switches::on>, Field<"mode", &Switches::mode, OneOf<Mode::pinned>>,
             Field<"id", &Switches::id, HexText, Bounded<1, 4>>>;
};

struct Bag {
  std::vector<std::uint8_t> hex, base64;
  using layout = Layout<"bag", Field<"hex", &Bag::hex, HexText, Bounded<0, 600>>,
                        Field<"base64", &Bag::base64, Base64, Bounded<0, 600>>>;
};

template <class Message>
Fault fault_of(std::string_view text) {
  const auto decoded = json::decode<Message>(bytes_of(text));
  return decoded ? Fault{} : decoded.error();
}

template <class Message>
bool reads(std::string_view text) {
  return json::decode<Message>(bytes_of(text)).has_value();
}

}  // namespace

TEST_CASE("wire: the lines of stdio are written as deployed programs write them",
          "[wire][vectors]") {
  constexpr std::string_view line =
      R"({"public_key":"B6N8vBQgk8i3VdwbEOhstCY3StFqqFPtC9/AsrhtHHw="})";
  const auto parent = json::decode<ParentLine>(bytes_of(line));
  REQUIRE(parent.has_value());
  CHECK(parent->key ==
        hex::bytes<"07a37cbc142093c8b755dc1b10e86cb426374ad16aa853ed0bdfc0b2b86d1c7c">);
  CHECK(json::encode(*parent) == line);
  ChildLine child;
  child.port = 40000;
  CHECK(json::encode(child) == R"({"public_key":"AQIDBA==","port":40000})");
  CHECK(json::encode(UdpConnect{}) == R"({"cmd": "connect", "pubkey": "AQIDBA=="})");
  CHECK(json::encode(RecordResponse{true, 1, {1, 2, 255}}) ==
        R"({"ack":true,"ratchet_seq":1,"encrypted_data":[1,2,255]})");
  CHECK(json::encode(RecordResponse{}) == R"({"ack":false,"ratchet_seq":0,"encrypted_data":[]})");
}

TEST_CASE("wire: a JSON object is read in any order and spacing", "[wire]") {
  CHECK(reads<ChildLine>(R"({"public_key":"AQIDBA==","port":1})"));
  CHECK(reads<ChildLine>(" {\t\"port\" : 65535 ,\r\n \"public_key\" : \"AQIDBA==\" } \n"));
  CHECK(reads<ChildLine>(R"({"p\u006frt":1,"public_key":"AQ\u0049DBA=="})"));
  CHECK(reads<UdpConnect>(R"({"pubkey":"AQIDBA==","cmd":"connect"})"));
}

TEST_CASE("wire: a name that comes twice is a fault", "[wire][illegal]") {
  CHECK(fault_of<ChildLine>(R"({"port":1,"public_key":"AQIDBA==","port":1})") ==
        Fault::duplicate_name);
  CHECK(fault_of<ChildLine>(R"({"port":1,"public_key":"AQIDBA==","p\u006frt":2})") ==
        Fault::duplicate_name);
  CHECK(fault_of<HardenedLine>(R"({"version":2,"version":1})") == Fault::duplicate_name);
  CHECK(fault_of<Challenge>(R"({"x":1,"x":1})") == Fault::duplicate_name);
  CHECK(fault_of<Failure>(R"({"type":"REGISTER_FAILURE","error":"a","reason":"b"})") ==
        Fault::duplicate_name);
  CHECK(json::decode<Envelope>(bytes_of(R"({"from":"a","from":"b","z":1,"z":2})")).error() ==
        Fault::malformed);
  CHECK(json::decode<Envelope>(bytes_of(R"({"from":7,"from":"b"})"))->from == "b");
}

TEST_CASE("wire: an object of plain text is read as the parser of all JSON reads it",
          "[wire][illegal]") {
  // A space behind it is enough for the parser.
  const auto is_read_alike = [](const std::string& text) {
    const auto plain = json::decode<Envelope>(bytes_of(text));
    const auto parsed = json::decode<Envelope>(bytes_of(text + ' '));
    if (!plain || !parsed) return !plain && !parsed && plain.error() == parsed.error();
    return plain->from == parsed->from && plain->to == parsed->to && plain->count == parsed->count;
  };
  const std::string texts[] = {R"({"from":"a","to":"0123456789abcdef"})",
                               R"({"to":"","from":"long enough for eight at once"})",
                               R"({"from":"first","from":"the last"})"};
  for (const std::string& text : texts) {
    REQUIRE(wire::detail::PlainObject::read(text));
    CHECK(!wire::detail::PlainObject::read(text + ' '));
    CHECK(json::decode<Envelope>(bytes_of(text)));
    for (std::size_t place = 0; place <= text.size(); ++place) {
      CHECK(is_read_alike(text.substr(0, place)));
      for (int code = 0; code < 256; ++code) {
        std::string other = text, longer = text;
        longer.insert(place, 1, static_cast<char>(code));
        if (place < text.size()) other[place] = static_cast<char>(code);
        if (!is_read_alike(other)) FAIL(other);
        if (!is_read_alike(longer)) FAIL(longer);
      }
    }
  }
  std::string many;
  for (std::size_t count = 1; count < 20; ++count) {
    many += std::string(count == 1 ? "{" : ",") + R"("from":")" + std::to_string(count) + '"';
    CHECK(wire::detail::PlainObject::read(many + '}').has_value() ==
          (count <= wire::detail::PlainObject::members_max));
    CHECK(json::decode<Envelope>(bytes_of(many + '}'))->from == std::to_string(count));
  }
}

TEST_CASE("wire: bytes of any size are written in JSON as they are in one piece",
          "[wire][roundtrip]") {
  for (std::size_t size = 1; size < 600; size += 7) {
    Bag bag{std::vector<std::uint8_t>(size, 0xA5), std::vector<std::uint8_t>(size, 0x5A)};
    const auto text = json::encode(bag);
    REQUIRE(text);
    CHECK(*text == R"({"hex":")" + hex::encode(bag.hex) + R"(","base64":")" +
                       base64::encode(bag.base64, base64::standard) + R"("})");
  }
}

TEST_CASE("wire: what is no JSON object is refused by name", "[wire][illegal]") {
  for (const std::string_view text : {"",
                                      " ",
                                      "{",
                                      "}",
                                      "{]",
                                      "{\"port\"}",
                                      "{\"port\":}",
                                      "{\"port\":1,}",
                                      "{,}",
                                      "{port:1}",
                                      "{'port':1}",
                                      "{\"port\":01}",
                                      "{\"port\":+1}",
                                      "{\"port\":.5}",
                                      "{\"port\":1.}",
                                      "{\"port\":0x10}",
                                      "{\"port\":NaN}",
                                      "{} {}",
                                      "{}x",
                                      "{}/**/",
                                      "//\n{}",
                                      "{\"a\":\"\x01\"}",
                                      "{\"a\":\"\xFF\"}",
                                      "{\"a\":\"\xC0\x80\"}",
                                      "{\"a\":\"\\ud800\"}",
                                      "{\"a\":\"\\x\"}",
                                      "{\"a\":1e999}",
                                      "\xEF\xBB\xBF{}",
                                      "nul",
                                      "\"",
                                      "-"}) {
    INFO(text);
    CHECK(fault_of<ChildLine>(text) == Fault::not_json);
  }
  using namespace std::string_view_literals;
  CHECK(fault_of<ChildLine>("{\"public_key\":\"AQIDBA==\",\"port\":1}\0"sv) == Fault::not_json);
  CHECK(fault_of<ChildLine>("{\"public_key\":\"AQIDBA==\",\"port\":1}\0garbage"sv) ==
        Fault::not_json);
  CHECK(fault_of<ChildLine>("\0"sv) == Fault::not_json);
  for (const std::string_view text :
       {"null", "true", "1", "-1", "1.5", "\"a\"", "[]", "[{}]", "{}"}) {
    INFO(text);
    CHECK(fault_of<ChildLine>(text) == Fault::malformed);
  }
}

TEST_CASE("wire: a missing, unknown or mistyped field is malformed", "[wire][illegal]") {
  for (const std::string_view text :
       {R"({"port":1})", R"({"public_key":"AQIDBA=="})",
        R"({"public_key":"AQIDBA==","port":1,"x":1})", R"({"public_key":1,"port":1})",
        R"({"public_key":null,"port":1})", R"({"public_key":"AQIDBA==","port":"1"})",
        R"({"public_key":"AQIDBA==","port":true})", R"({"public_key":"AQIDBA==","port":null})",
        R"({"public_key":"AQIDBA==","port":[1]})", R"({"public_key":"AQIDBA==","port":{"port":1}})",
        R"({"public_key":[1,2,3,4],"port":1})", R"({"public_key":{},"port":1})",
        R"({"Public_key":"AQIDBA==","port":1})"}) {
    INFO(text);
    CHECK(fault_of<ChildLine>(text) == Fault::malformed);
  }
  CHECK(fault_of<ChildLine>(R"({"public_key":"AQIDBA","port":1})") == Fault::bad_encoding);
  CHECK(fault_of<ChildLine>(R"({"public_key":"AQIDBB==","port":1})") == Fault::bad_encoding);
  CHECK(fault_of<ChildLine>(R"({"public_key":"AQID","port":1})") == Fault::wrong_length);
  CHECK(fault_of<ChildLine>(R"({"public_key":"","port":1})") == Fault::wrong_length);
  CHECK(fault_of<ChildLine>(R"({"public_key":"AAAAAA==","port":1})") == Fault::low_order_key);
}

TEST_CASE("wire: numbers are plain integers of their field's type", "[wire][illegal]") {
  const auto with = [](std::string_view name, std::string_view number) {
    std::string text = "{";
    for (const std::string_view field : {"u8", "u16", "u32", "u64"}) {
      if (text.size() > 1) text += ",";
      text += "\"" + std::string(field) + "\":" + std::string(field == name ? number : "0");
    }
    return fault_of<Integers>(text + "}");
  };
  const struct {
    std::string_view name;
    std::uint64_t max;
  } fields[] = {{"u8", 0xFF}, {"u16", 0xFFFF}, {"u32", 0xFFFFFFFF}, {"u64", ~std::uint64_t{0}}};
  constexpr std::uint64_t edges[] = {0,
                                     1,
                                     254,
                                     255,
                                     256,
                                     65534,
                                     65535,
                                     65536,
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
  for (const auto& field : fields) {
    for (const std::uint64_t edge : edges) {
      CHECK(with(field.name, std::to_string(edge)) ==
            (edge <= field.max ? Fault{} : Fault::malformed));
    }
    for (const std::string_view number :
         {"-0", "-1", "1.0", "1e3", "1E0", "0.0", "0e0", "18446744073709551616",
          "36893488147419103232", "-9223372036854775808", "-9223372036854775809",
          "100000000000000000000000000000"}) {
      INFO(number);
      CHECK(with(field.name, number) == Fault::malformed);
    }
  }
  Integers integers{0xFF, 0xFFFF, 0xFFFFFFFF, ~std::uint64_t{0}};
  CHECK(json::encode(integers) ==
        R"({"u8":255,"u16":65535,"u32":4294967295,"u64":18446744073709551615})");
  CHECK(fault_of<ChildLine>(R"({"public_key":"AQIDBA==","port":0})") == Fault::malformed);
  CHECK(fault_of<ChildLine>(R"({"public_key":"AQIDBA==","port":65536})") == Fault::malformed);
  ChildLine portless;
  portless.port = 0;
  CHECK(json::encode(portless).error() == Fault::bad_argument);
}

TEST_CASE("wire: a version that differs or is missing outweighs the rest of the object",
          "[wire][illegal]") {
  CHECK(reads<HardenedLine>(R"({"version":2,"public_key":"AQIDBA==","confirmation":"AAA"})"));
  for (const std::string_view text :
       {R"({"public_key":"AQIDBA=="})", R"({"version":3,"new":[]})", R"({"new":1,"version":1})",
        R"({"version":"2"})", R"({"version":2.0})", R"({"version":null})", R"({"version":true})",
        "{}"}) {
    INFO(text);
    CHECK(fault_of<HardenedLine>(text) == Fault::wrong_version);
  }
}

TEST_CASE("wire: a canonical object has one spelling", "[wire][illegal]") {
  for (const std::string_view text :
       {R"({"version":2,"confirmation":"AAA","public_key":"AQIDBA=="})",
        R"({"version": 2,"public_key":"AQIDBA==","confirmation":"AAA"})",
        R"( {"version":2,"public_key":"AQIDBA==","confirmation":"AAA"})",
        R"({"version":2,"public_key":"AQIDBA==","confirmation":"AAA"} )",
        R"({"version":2,"public_key":"AQIDB\u0041==","confirmation":"AAA"})",
        "{\"version\":2,\"public_key\":\"AQIDBA==\",\"confirmation\":\"AAA\"}\r"}) {
    CHECK(fault_of<HardenedLine>(text) == Fault::malformed);
  }
}

TEST_CASE("wire: every truncation of a line is no JSON", "[wire][illegal]") {
  const std::string line = *json::encode(HardenedLine{});
  for (std::size_t size = 0; size < line.size(); ++size)
    CHECK(fault_of<HardenedLine>(line.substr(0, size)) == Fault::not_json);
  const std::string python = *json::encode(UdpConnect{});
  for (std::size_t size = 0; size < python.size(); ++size)
    CHECK(fault_of<UdpConnect>(python.substr(0, size)) == Fault::not_json);
}

TEST_CASE("wire: every byte of a canonical line matters, whatever it becomes", "[wire][illegal]") {
  const std::string line = *json::encode(HardenedLine{});
  for (std::size_t at = 0; at < line.size(); ++at) {
    for (int code = 0; code < 256; ++code) {
      std::string other = line;
      other[at] = static_cast<char>(code);
      if (other == line) continue;
      const auto decoded = json::decode<HardenedLine>(bytes_of(other));
      if (decoded) {
        if (json::encode(*decoded) != other) FAIL(other);
      } else if (group_of(decoded.error()) != FaultGroup::malformed) {
        FAIL(other);
      }
    }
  }
}

TEST_CASE("wire: sealed bytes come as an array of numbers or as base64", "[wire]") {
  const auto with = [](std::string_view data) {
    return json::decode<RecordResponse>(
        bytes_of(R"({"ack":true,"ratchet_seq":1,"encrypted_data":)" + std::string(data) + "}"));
  };
  using Data = std::vector<std::uint8_t>;
  CHECK(with("[0,1,255]")->encrypted_data == Data{0, 1, 255});
  CHECK(with("[ ]")->encrypted_data == Data{});
  CHECK(with("\"AAH/\"")->encrypted_data == Data{0, 1, 255});
  CHECK(with("\"\"")->encrypted_data == Data{});
  for (const std::string_view wrong :
       {"[256]", "[-1]", "[-0]", "[1.0]", "[1e0]", "[\"1\"]", "[true]", "[null]", "[[1]]", "[{}]",
        "[1,[2],3]", "{}", "1", "null", "[1,{\"ack\":true}]"}) {
    INFO(wrong);
    CHECK(with(wrong).error() == Fault::malformed);
  }
  CHECK(with("\"AAH\"").error() == Fault::bad_encoding);
  CHECK(with("\"AAH_\"").error() == Fault::bad_encoding);
  std::string many = "[0";
  for (int i = 1; i < 64; ++i) many += ",0";
  CHECK(with(many + "]").has_value());
  CHECK(with(many + ",0]").error() == Fault::oversized);
  CHECK(with("\"" + base64::encode(Data(65), base64::standard) + "\"").error() == Fault::oversized);
  CHECK(json::encode(RecordResponse{true, 1, Data(65)}).error() == Fault::bad_argument);
}

TEST_CASE(
    "wire: a lenient layout ignores names it does not know, and deployed base64url is normalised",
    "[wire]") {
  const auto challenge = json::decode<Challenge>(
      bytes_of(R"({"type":"CHALLENGE","from":"AQIDBA","challengeText":"hi",)"
               R"("later":{"from":"x","from":[[1]]},"z":[1,{"type":2}],"n":null})"));
  REQUIRE(challenge.has_value());
  CHECK(challenge->text == "hi");
  for (const std::string_view key : {"AQIDBA==", "AQIDBB", "AQIDBP=="}) {
    const auto same = json::decode<Challenge>(bytes_of(
        R"({"type":"CHALLENGE","challengeText":"hi","from":")" + std::string(key) + "\"}"));
    REQUIRE(same.has_value());
    CHECK(json::encode(*same) == R"({"type":"CHALLENGE","from":"AQIDBA","challengeText":"hi"})");
  }
}

TEST_CASE("wire: a second name is read and the first is written", "[wire]") {
  const auto failure =
      json::decode<Failure>(bytes_of(R"({"type":"REGISTER_FAILURE","reason":"no"})"));
  REQUIRE(failure.has_value());
  CHECK(json::encode(*failure) == R"({"type":"REGISTER_FAILURE","error":"no"})");
}

TEST_CASE("wire: optional fields may be missing, not null", "[wire]") {
  CHECK(json::encode(Envelope{}) == "{}");
  CHECK(json::encode(Envelope{{}, "b", 3}) == R"({"to":"b","count":3})");
  CHECK(json::decode<Envelope>(bytes_of(R"({"count":0})"))->count == std::uint8_t{0});
  CHECK_FALSE(json::decode<Envelope>(bytes_of("{}"))->count.has_value());
  CHECK(fault_of<Envelope>(R"({"to":null})") == Fault::malformed);
  CHECK(fault_of<Envelope>(R"({"count":256})") == Fault::malformed);
}

TEST_CASE("wire: constants, enumerations and hexadecimal bytes in JSON", "[wire]") {
  Switches switches;
  switches.id = {0xAB, 0x01};
  const std::string text = R"({"strict":true,"number":7,"on":false,"mode":2,"id":"ab01"})";
  CHECK(json::encode(switches) == text);
  CHECK(json::decode<Switches>(bytes_of(text))->id == switches.id);
  CHECK(fault_of<Switches>(R"({"strict":1,"number":7,"on":false,"mode":2,"id":"ab01"})") ==
        Fault::malformed);
  CHECK(fault_of<Switches>(R"({"strict":true,"number":8,"on":false,"mode":2,"id":"ab01"})") ==
        Fault::malformed);
  CHECK(fault_of<Switches>(R"({"strict":true,"number":7,"on":0,"mode":2,"id":"ab01"})") ==
        Fault::malformed);
  CHECK(fault_of<Switches>(R"({"strict":true,"number":7,"on":false,"mode":1,"id":"ab01"})") ==
        Fault::malformed);
  CHECK(fault_of<Switches>(R"({"strict":true,"number":7,"on":false,"mode":2,"id":"AB01"})") ==
        Fault::bad_encoding);
  CHECK(fault_of<Switches>(R"({"strict":true,"number":7,"on":false,"mode":2,"id":""})") ==
        Fault::wrong_length);
  CHECK(fault_of<Switches>(R"({"strict":true,"number":7,"on":false,"mode":2,"id":"0011223344"})") ==
        Fault::oversized);
}

TEST_CASE("wire: text is escaped as little as JSON allows, and comes back", "[wire][roundtrip]") {
  std::string all;
  for (int code = 0; code < 128; ++code) all.push_back(static_cast<char>(code));
  all += "\u00E9\u20AC\U0001F600";
  const Refusal refusal{all};
  const auto text = json::encode(refusal);
  REQUIRE(text.has_value());
  CHECK(text->find("\\u0000\\u0001") != std::string::npos);
  CHECK(text->find("\\b\\t\\n\\u000b\\f\\r") != std::string::npos);
  CHECK(text->find("\\\"#") != std::string::npos);
  CHECK(json::decode<Refusal>(bytes_of(*text))->error == all);
  CHECK(json::encode(Refusal{"\xFF"}).error() == Fault::bad_argument);
  CHECK(json::encode(Challenge{}).error() == Fault::bad_argument);  // its text is too short
}

TEST_CASE("wire: an object is read as the message whose type it has", "[wire]") {
  auto any = [](std::string_view text) {
    return json::decode_any<Challenge, Failure, Refusal>(bytes_of(text));
  };
  CHECK(std::holds_alternative<Challenge>(
      *any(R"({"challengeText":"hi","from":"AQIDBA","type":"CHALLENGE"})")));
  CHECK(std::holds_alternative<Failure>(*any(R"({"type":"REGISTER_FAILURE","error":"x"})")));
  CHECK(std::holds_alternative<Refusal>(*any(R"({"error":"SOCKET_ALREADY_REGISTERED"})")));
  CHECK(any(R"({"type":"OTHER"})").error() == Fault::unknown_type);
  CHECK(any(R"({"type":7})").error() == Fault::unknown_type);
  CHECK(any(R"({"type":"CHALLENGE"})").error() == Fault::malformed);
  CHECK(any(R"({"type":"CHALLENGE","type":"OTHER"})").error() == Fault::duplicate_name);
  CHECK(any("{").error() == Fault::not_json);
  CHECK(any("{}").error() == Fault::malformed);
  CHECK(json::decode_any<Challenge>(bytes_of("{}")).error() == Fault::unknown_type);
}

TEST_CASE("wire: a type is found wherever it stands, and what is behind it counts too",
          "[wire][illegal]") {
  const auto fault_of_any = [](std::string_view text) {
    const auto any = json::decode_any<Challenge, Failure, Refusal>(bytes_of(text));
    return any ? Fault{} : any.error();
  };
  const std::string first = R"({"type":"REGISTER_FAILURE","error":"x"})",
                    last = R"({"error":"x","type":"REGISTER_FAILURE"})";
  for (const std::string& text : {first, last, "\n" + first, "\n" + last}) {
    CHECK(fault_of_any(text) == Fault{});
    for (std::size_t size = 0; size < text.size(); ++size) {
      INFO(text.substr(0, size));
      CHECK(fault_of_any(text.substr(0, size)) == Fault::not_json);
    }
    CHECK(fault_of_any(text + '}') == Fault::not_json);
    CHECK(fault_of_any(text.substr(0, text.size() - 1) + R"(,"error":"y"})") ==
          Fault::duplicate_name);
    CHECK(fault_of_any(text.substr(0, text.size() - 1) + R"(,"reason":"y"})") ==
          Fault::duplicate_name);
    CHECK(fault_of_any(text.substr(0, text.size() - 1) + R"(,"more":[{}]})") == Fault::malformed);
  }
}

TEST_CASE("wire: where the last of equal names wins, the last type says what the message is",
          "[wire]") {
  const auto any = [](std::string_view text) {
    return json::decode_any<Hello, Bye>(bytes_of(text));
  };
  for (const std::string space : {"", " "}) {
    const auto bye = any(R"({"type":"HELLO","code":7,"code":"8","code":9,"type":"BYE"})" + space);
    REQUIRE(bye.has_value());
    CHECK(std::get<Bye>(*bye).code == 9);
    const auto hello =
        any(R"({"words":"a","type":"BYE","text":"b","words":"c","type":"HELLO"})" + space);
    REQUIRE(hello.has_value());
    CHECK(std::get<Hello>(*hello).text == "c");
    CHECK(any(R"({"type":"HELLO","text":"a","type":"OTHER"})" + space).error() ==
          Fault::unknown_type);
  }
}

TEST_CASE("wire: input is bounded in size, depth and names", "[wire][illegal]") {
  const std::string line = *json::encode(HardenedLine{});
  CHECK(json::decode<HardenedLine>(bytes_of(line), line.size()).has_value());
  CHECK(json::decode<HardenedLine>(bytes_of(line), line.size() - 1).error() == Fault::oversized);
  CHECK(json::decode_any<HardenedLine>(bytes_of(line), line.size() - 1).error() ==
        Fault::oversized);
  CHECK(fault_of<Refusal>(std::string(json::input_size_max + 1, ' ')) == Fault::oversized);

  auto nested = [](std::size_t depth) {
    return fault_of<Challenge>(R"({"x":)" + std::string(depth, '[') + std::string(depth, ']') +
                               R"(,"type":"CHALLENGE","from":"AQIDBA","challengeText":"hi"})");
  };
  CHECK(nested(15) == Fault{});
  CHECK(nested(16) == Fault::malformed);
  CHECK(nested(30000) == Fault::malformed);

  std::string names = R"({"type":"CHALLENGE","from":"AQIDBA","challengeText":"hi")";
  for (int i = 0; i < 64; ++i) names += ",\"n" + std::to_string(i) + "\":0";
  CHECK(fault_of<Challenge>(names + "}") == Fault{});
  CHECK(fault_of<Challenge>(names + ",\"n64\":0}") == Fault::oversized);
  for (int i = 65; i < 5000; ++i) names += ",\"n" + std::to_string(i) + "\":0";
  CHECK(fault_of<Challenge>(names) == Fault::oversized);  // and no further
}

TEST_CASE("wire: a JSON encoder without room leaves its sink as it was", "[wire]") {
  const std::string line = *json::encode(HardenedLine{});
  for (std::size_t room = 0; room <= line.size(); ++room) {
    std::string text = "x";
    GrowingWriter sink(text, room + 1);
    const auto done = json::encode(HardenedLine{}, sink);
    CHECK(done.has_value() == (room == line.size()));
    if (!done) CHECK(done.error() == Fault::too_large);
    CHECK(text == (room == line.size() ? "x" + line : "x"));
  }
}
