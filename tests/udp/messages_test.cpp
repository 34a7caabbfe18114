#include "handfast/udp/messages.hpp"

#include "handfast/wire/binary.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/frozen.hpp"

using namespace handfast;
using namespace handfast::udp;
using test::unhex;
using Json = nlohmann::json;

namespace {

using Kept = std::vector<std::uint8_t>;

Json frozen() { return Json::parse(test::read_file("vectors/udp_hardened.json")); }

Kept framed(const Json& datagram) {
  Kept frame = unhex(frozen()["client_address"]);
  const Kept rest = unhex(datagram);
  frame.insert(frame.end(), rest.begin(), rest.end());
  return frame;
}

template <class M>
void check_lengths(const Json& datagram, std::size_t size) {
  const Kept frame = framed(datagram);
  REQUIRE(frame.size() == Address::size + size);
  const auto decoded = wire::binary::decode<M>(frame);
  REQUIRE(decoded);
  const auto again = *wire::binary::encode(*decoded);
  CHECK(std::ranges::equal(again, frame));
  for (std::size_t left = 0; left < frame.size(); ++left)
    CHECK_FALSE(wire::binary::decode<M>(Bytes(frame).first(left)));
  Kept longer = frame;
  longer.push_back(0);
  CHECK(wire::binary::decode<M>(longer).error() == Fault::oversized);
  for (const std::size_t place : {Address::size, Address::size + 1}) {
    Kept other = frame;
    ++other[place];
    CHECK(wire::binary::decode<M>(other).error() ==
          (place == Address::size ? Fault::wrong_version : Fault::unknown_type));
  }
}

}  // namespace

TEST_CASE(
    "udp: each message of the handshake has one length, and no answer is longer than what "
    "was asked",
    "[illegal]") {
  for (const Json& session : frozen()["sessions"]) {
    check_lengths<Connect>(session["connect"], 135);
    check_lengths<Connect>(session["connect_with_cookie"], 135);
    check_lengths<CookieReply>(session["cookie_reply"], 50);
    check_lengths<Connected>(session["connected"], 75);
  }
}

TEST_CASE("udp: a mode with a bit that has no meaning is refused", "[illegal]") {
  const Json session = frozen()["sessions"][0];
  for (const unsigned mode : {4u, 8u, 0x80u, 0xFFu}) {
    Kept connect = framed(session["connect"]), connected = framed(session["connected"]);
    connect[Address::size + 2] = connected[Address::size + 2] = static_cast<std::uint8_t>(mode);
    CHECK(wire::binary::decode<Connect>(connect).error() == Fault::malformed);
    CHECK(wire::binary::decode<Connected>(connected).error() == Fault::malformed);
  }
}

TEST_CASE("udp: a low-order or non-canonical key is refused in either message", "[illegal]") {
  const Json session = frozen()["sessions"][0];
  Kept connect = framed(session["connect"]), connected = framed(session["connected"]);
  std::fill_n(connect.begin() + 21, 32, std::uint8_t{0});
  CHECK(wire::binary::decode<Connect>(connect).error() == Fault::low_order_key);
  std::fill_n(connected.begin() + 29, 32, std::uint8_t{0xFF});
  CHECK(wire::binary::decode<Connected>(connected).error() == Fault::non_canonical_key);
}

TEST_CASE("udp: no packet is smaller than a challenge, and none larger than a datagram may be",
          "[illegal]") {
  for (const Json& one : frozen()["packets"]) {
    const Kept frame = framed(one["packet"]);
    CHECK(frame.size() >= Address::size + Packet::short_size);
    const auto packet = wire::binary::decode<Packet>(frame);
    REQUIRE(packet);
    CHECK(packet->epoch == one["epoch"].get<std::uint32_t>());
    CHECK(packet->counter == one["counter"].get<std::uint64_t>());
  }
  const Kept frame = framed(frozen()["packets"][0]["packet"]);
  REQUIRE(frame.size() == Address::size + Packet::short_size);
  for (std::size_t left = 0; left < frame.size(); ++left)
    CHECK_FALSE(wire::binary::decode<Packet>(Bytes(frame).first(left)));
  Kept largest = frame;
  largest.resize(Address::size + datagram_size_max);
  CHECK(wire::binary::decode<Packet>(largest));
  largest.push_back(0);
  CHECK(wire::binary::decode<Packet>(largest).error() == Fault::oversized);
}

TEST_CASE("udp: a payload has one padding only", "[illegal]") {
  const auto sound = [](std::uint8_t padding, Kept bytes) {
    return Data{0, padding, bytes}.is_sound();
  };
  CHECK(sound(0, Kept(7, 1)));
  CHECK(sound(7, Kept(7, 0)));
  CHECK(sound(1, {1, 2, 3, 4, 5, 6, 0}));
  CHECK(sound(0, {1, 2, 3, 4, 5, 6, 0}));
  CHECK_FALSE(sound(1, {1, 2, 3, 4, 5, 6, 7}));
  CHECK_FALSE(sound(1, {1, 2, 3, 4, 5, 6, 7, 0}));
  CHECK_FALSE(sound(8, Kept(7, 0)));
  const Kept bytes{1, 2, 3, 0, 0, 0, 0};
  CHECK(Data{0, 4, bytes}.payload().size() == 3);
}

TEST_CASE("udp: of IPv6 a network of 64 bits is one host, of IPv4 an address") {
  const auto four = Address::of(std::array<std::uint8_t, 4>{192, 0, 2, 7}, 50001);
  CHECK(std::ranges::equal(four.bytes(), unhex(frozen()["client_address"])));
  CHECK(four.port() == 50001);
  CHECK(four.is_ipv4());
  CHECK(four.host() == Address::of(std::array<std::uint8_t, 4>{192, 0, 2, 7}, 1).host());
  CHECK(four.host() != Address::of(std::array<std::uint8_t, 4>{192, 0, 2, 8}, 50001).host());
  std::array<std::uint8_t, 16> six{0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, 9, 9, 9, 9, 9, 9, 9, 9};
  const auto one = Address::of(six, 1);
  CHECK_FALSE(one.is_ipv4());
  six[8] = 10;
  CHECK(one.host() == Address::of(six, 2).host());
  CHECK(one != Address::of(six, 1));
  six[7] = 2;
  CHECK(one.host() != Address::of(six, 1).host());
  CHECK(Address::parse(Bytes(six)).error() == Fault::wrong_length);
}
