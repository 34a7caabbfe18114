#pragma once

// Messages of the shapes that the five protocols need, for the tests of the codecs.

#include "handfast/wire/layout.hpp"
#include "handfast/wire/value.hpp"

namespace wire_test {

using namespace handfast;
using namespace handfast::wire;

/// Typed bytes as a public key is: all zeros is refused.
class TestKey {
 public:
  constexpr TestKey() = default;
  constexpr explicit TestKey(const std::array<std::uint8_t, 4>& bytes) : bytes_(bytes) {}
  static constexpr std::expected<TestKey, Fault> parse(Bytes bytes) {
    auto key = parse_as_deployed(bytes);
    if (key && *key == TestKey{}) return std::unexpected(Fault::low_order_key);
    return key;
  }
  static constexpr std::expected<TestKey, Fault> parse_as_deployed(Bytes bytes) {
    if (bytes.size() != 4) return std::unexpected(Fault::wrong_length);
    TestKey key;
    std::ranges::copy(bytes, key.bytes_.begin());
    return key;
  }
  [[nodiscard]] constexpr std::span<const std::uint8_t, 4> bytes() const { return bytes_; }
  friend bool operator==(const TestKey&, const TestKey&) = default;

 private:
  std::array<std::uint8_t, 4> bytes_{};
};

struct MacKey {};
struct SealKey {};
struct ChannelBinding {};

// The re-handshake's documented frames: one header, many messages.
template <FixedString Name, std::uint8_t Code, class... Items>
using Framed = Layout<Name, Version<"version", std::uint8_t{1}>, Type<"type", Code>,
                      Constant<"flags", std::uint16_t{0}>,
                      LengthOfRest<"length", std::uint32_t, 65535>, Items...>;

struct Request {
  std::array<std::uint8_t, 16> session{};
  std::array<std::uint8_t, 32> challenge{};
  std::uint64_t unix_ms{};
  using layout = Framed<"request", 0x30, Field<"session_id", &Request::session, Public>,
                        Field<"challenge", &Request::challenge, Fresh>,
                        Field<"timestamp", &Request::unix_ms, Clock>>;
  friend bool operator==(const Request&, const Request&) = default;
};

struct Response {
  std::array<std::uint8_t, 16> session{};
  std::array<std::uint8_t, 32> proof{};
  std::array<std::uint8_t, 32> counter_challenge{};
  std::uint64_t unix_ms{};
  using layout = Framed<
      "response", 0x31, Field<"session_id", &Response::session, Public>,
      Field<"proof", &Response::proof, Mac<MacKey, Request, ChannelBinding, All, Of<"timestamp">>>,
      Field<"counter_challenge", &Response::counter_challenge, Fresh>,
      Field<"timestamp", &Response::unix_ms, Clock>>;
  friend bool operator==(const Response&, const Response&) = default;
};

struct Heartbeat {
  using layout = Framed<"heartbeat", 0x05>;
  friend bool operator==(const Heartbeat&, const Heartbeat&) = default;
};

struct Close {
  std::uint16_t code{};
  std::string_view text;
  using layout = Framed<"close", 0x0F, Field<"code", &Close::code>, Field<"text", &Close::text>>;
  friend bool operator==(const Close&, const Close&) = default;
};

// The same request as deployed peers read it: whatever follows the last field is ignored.
struct LenientRequest {
  std::uint16_t value{};
  using layout = Framed<"lenient_request", 0x30, Lenient, Field<"value", &LenientRequest::value>>;
};

// The udp packet header of revision 0.8, and stdio's record.
struct Packet {
  std::uint8_t flags{};
  std::uint32_t channel{};
  std::uint64_t sequence{};
  std::uint64_t offset{};
  Bytes payload;
  using layout =
      Layout<"packet", Field<"flags", &Packet::flags>,
             Field<"channel", &Packet::channel, InBytes<3>>,
             Field<"sequence", &Packet::sequence, Counter>, Field<"offset", &Packet::offset>,
             Field<"payload", &Packet::payload, Payload>>;
};

struct Record {
  std::uint64_t sequence{};
  std::array<std::uint8_t, 12> nonce{};
  Bytes body;
  using layout = Layout<
      "record", Field<"sequence", &Record::sequence, Counter>,
      Field<"nonce", &Record::nonce, Fresh>,
      Field<"body", &Record::body, Sealed<SealKey, Packet, Of<"sequence">>, Bounded<16, 1024>>>;
};

// A Fernet token: what has no fixed size stands before the MAC.
struct Token {
  std::uint64_t unix_s{};
  std::array<std::uint8_t, 16> iv{};
  Bytes ciphertext;
  std::array<std::uint8_t, 32> mac{};
  using layout =
      Layout<"token", Version<"version", std::uint8_t{0x80}>,
             Field<"timestamp", &Token::unix_s, Clock>, Field<"iv", &Token::iv, Fresh>,
             Field<"ciphertext", &Token::ciphertext, Sealed<SealKey, Payload>, Bounded<16, 4096>>,
             Field<"mac", &Token::mac, Mac<MacKey, All>>>;
};

// A connect that is padded so that no answer is longer, with an optional cookie.
enum class Mode : std::uint8_t { anonymous = 1, pinned = 2 };

struct Connect {
  Mode mode = Mode::anonymous;
  TestKey key;
  Bytes cookie;
  using layout = Layout<"connect", Constant<"magic", "HF">,
                        Field<"mode", &Connect::mode, OneOf<Mode::anonymous, Mode::pinned>>,
                        Field<"key", &Connect::key, PublicKeyOf<SealKey>>,
                        Field<"cookie", &Connect::cookie, LengthPrefix<1>, Bounded<0, 8>>,
                        PadTo<"padding", 20>>;
};

// One of each number.
struct Numbers {
  std::uint8_t u8{};
  std::uint16_t u16{};
  std::uint32_t u24{};
  std::uint32_t u32{};
  std::uint64_t u64{};
  std::uint64_t little{};
  std::uint16_t port = 1;
  bool flag{};
  using layout =
      Layout<"numbers", Field<"u8", &Numbers::u8>, Field<"u16", &Numbers::u16>,
             Field<"u24", &Numbers::u24, InBytes<3>>, Field<"u32", &Numbers::u32>,
             Field<"u64", &Numbers::u64>, Field<"little", &Numbers::little, LittleEndian>,
             Field<"port", &Numbers::port, Range<1, 65535>>, Field<"flag", &Numbers::flag>>;
  friend bool operator==(const Numbers&, const Numbers&) = default;
};

// Two variable fields, prefixed.
struct Pair {
  Bytes first;
  std::string_view second;
  using layout = Layout<"pair", Field<"first", &Pair::first, LengthPrefix<2>, Bounded<1, 300>>,
                        Field<"second", &Pair::second, LengthPrefix<4>, Bounded<0, 5>>>;
};

struct DeployedKey {
  TestKey key;
  using layout = Layout<"deployed_key", Field<"key", &DeployedKey::key, AsDeployed>>;
};

}  // namespace wire_test
