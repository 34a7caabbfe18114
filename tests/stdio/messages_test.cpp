#include "handfast/stdio/messages.hpp"

#include "handfast/stdio/compat.hpp"
#include "handfast/wire/binary.hpp"
#include "handfast/wire/json.hpp"
#include "tests/crypto/helpers.hpp"
#include "tests/support/catch.hpp"

using namespace handfast;
using namespace handfast::stdio;
using crypto_test::hex;

// The sizes that the messages' comments give.
static_assert(wire::encoded_size<Keepalive> == 9);
static_assert(wire::encoded_size<KeepaliveAck> == 10);
static_assert(wire::encoded_size<RekeyRequest> == 45);
static_assert(wire::encoded_size<RekeyResponse> == 45);
static_assert(wire::encoded_size<ShutdownRequest> == 9);
static_assert(wire::encoded_size<ShutdownAck> == 9);
static_assert(Record::header_size == 1 + 4 + 8 + 12);
static_assert(compat::Record::header_size == 8 + 12);

namespace {

x25519::PublicKey key_of(std::uint8_t first) {
  return *x25519::PublicKey::parse(crypto_test::rising(32, first));
}

template <class Message>
std::vector<std::uint8_t> encoded(const Message& message) {
  std::vector<std::uint8_t> bytes(wire::binary::encoded_size(message));
  wire::Writer writer{MutableBytes{bytes}};
  REQUIRE(wire::binary::encode(message, writer));
  return bytes;
}

/// Encodes, decodes, encodes again; refuses every prefix and one byte more where the size is fixed.
template <class Message>
void round_trip(const Message& message, std::string_view digits, bool is_open_ended = false) {
  const auto bytes = encoded(message);
  CHECK(crypto_test::to_hex(bytes) == digits);
  const auto decoded = wire::binary::decode<Message>(bytes);
  REQUIRE(decoded);
  CHECK(encoded(*decoded) == bytes);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto cut = wire::binary::decode<Message>(Bytes(bytes).first(size));
    if (!is_open_ended)
      CHECK(crypto_test::fault_of(cut) == Fault::truncated);
    else if (cut)
      CHECK(encoded(*cut).size() == size);
  }
  auto longer = bytes;
  longer.push_back(0);
  if (!is_open_ended)
    CHECK(crypto_test::fault_of(wire::binary::decode<Message>(longer)) == Fault::oversized);
  auto other_type = bytes;
  other_type[0] = static_cast<std::uint8_t>(bytes[0] ^ 0x40);
  CHECK(crypto_test::fault_of(wire::binary::decode<Message>(other_type)) == Fault::unknown_type);
}

std::string u64(std::uint64_t value) {
  std::array<std::uint8_t, 8> bytes{};
  for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(value >> 8 * (7 - i));
  return crypto_test::to_hex(bytes);
}

}  // namespace

TEST_CASE(
    "stdio: every message inside a record has the bytes that its layout says, and comes back the "
    "same",
    "[roundtrip]") {
  const std::string seven = crypto_test::to_hex(key_of(7).bytes());
  for (const std::uint64_t n :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1} << 31, std::uint64_t{1} << 32,
        std::uint64_t{1} << 63, ~std::uint64_t{0}}) {
    const auto payload = bytes_of("payload");
    round_trip(Request{n, n, n, payload}, "01" + u64(n) + u64(n) + u64(n) + "7061796c6f6164", true);
    round_trip(Response{n, n, true, payload}, "02" + u64(n) + u64(n) + "017061796c6f6164", true);
    round_trip(Keepalive{n}, "03" + u64(n));
    round_trip(KeepaliveAck{n, false}, "04" + u64(n) + "00");
    round_trip(RekeyRequest{n, 0x01020304, key_of(7)}, "05" + u64(n) + "01020304" + seven);
    round_trip(RekeyResponse{n, 0xFFFFFFFF, key_of(7)}, "06" + u64(n) + "ffffffff" + seven);
    round_trip(ShutdownRequest{n}, "07" + u64(n));
    round_trip(ShutdownAck{n}, "08" + u64(n));
    round_trip(Notice{n, true, payload}, "09" + u64(n) + "017061796c6f6164", true);
  }
  CHECK(encoded(Request{}).size() == 25);
  CHECK(encoded(Response{}).size() == 18);
  CHECK(encoded(Notice{}).size() == 10);
}

TEST_CASE("stdio: a flag is one of two bytes") {
  auto bytes = encoded(KeepaliveAck{1, true});
  bytes.back() = 2;
  CHECK(crypto_test::fault_of(wire::binary::decode<KeepaliveAck>(bytes)) == Fault::malformed);
}

TEST_CASE("stdio: a rekey with a key of small order or in another encoding is no message") {
  auto bytes = encoded(RekeyRequest{1, 1, key_of(7)});
  std::fill(bytes.end() - 32, bytes.end(), std::uint8_t{0});
  CHECK(crypto_test::fault_of(wire::binary::decode<RekeyRequest>(bytes)) == Fault::low_order_key);
  std::fill(bytes.end() - 32, bytes.end(), std::uint8_t{0xFF});
  CHECK(crypto_test::fault_of(wire::binary::decode<RekeyRequest>(bytes)) ==
        Fault::non_canonical_key);
}

TEST_CASE("stdio: a record's header is 25 bytes, its contents 25 bytes to 1 MiB and 64") {
  const auto shortest =
      hex("02"
          "00000001"
          "0000000000000002"
          "0102030405060708090a0b0c" +
          std::string(50, '9'));
  const auto record = wire::binary::decode<Record>(shortest);
  REQUIRE(record);
  CHECK(record->epoch == 1);
  CHECK(record->sequence == 2);
  CHECK(crypto_test::to_hex(record->nonce) == "0102030405060708090a0b0c");
  CHECK(record->ciphertext.size() == 25);
  CHECK(encoded(*record) == shortest);
  for (std::size_t size = 0; size < shortest.size(); ++size)
    CHECK_FALSE(wire::binary::decode<Record>(Bytes(shortest).first(size)));
  auto other = shortest;
  other[0] = 1;
  CHECK(crypto_test::fault_of(wire::binary::decode<Record>(other)) == Fault::wrong_version);
  std::vector<std::uint8_t> largest(25 + payload_size_max + 64);
  largest[0] = 2;
  CHECK(wire::binary::decode<Record>(largest));
  largest.push_back(0);
  CHECK(crypto_test::fault_of(wire::binary::decode<Record>(largest)) == Fault::oversized);
}

TEST_CASE("stdio: both lines come back the same and have one spelling only", "[roundtrip]") {
  Answer answer{key_of(7), 65535, {}};
  answer.confirmation.fill(9);
  const std::string line = *wire::json::encode(answer);
  CHECK(line ==
        "{\"version\":2,\"public_key\":\"BwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMkJSY=\",\"port\":"
        "65535,"
        "\"confirmation\":\"CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=\"}");
  CHECK(line.size() <= bootstrap_line_size_max);
  const auto decoded = wire::json::decode<Answer>(bytes_of(line));
  REQUIRE(decoded);
  CHECK(*wire::json::encode(*decoded) == line);
  for (const std::string& other : {" " + line, line + " ", line + "\n", "{ " + line.substr(1)})
    CHECK(crypto_test::fault_of(wire::json::decode<Answer>(bytes_of(other))) == Fault::malformed);
  std::string swapped = line;  // the same message, names in another order
  swapped.replace(1, 12, "");
  swapped.insert(swapped.size() - 1, ",\"version\":2");
  CHECK(crypto_test::fault_of(wire::json::decode<Answer>(bytes_of(swapped))) == Fault::malformed);

  const std::string offer = *wire::json::encode(Offer{key_of(7)});
  CHECK(offer == "{\"version\":2,\"public_key\":\"BwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMkJSY=\"}");
  CHECK(*wire::json::encode(*wire::json::decode<Offer>(bytes_of(offer))) == offer);
}
