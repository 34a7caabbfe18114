#include "handfast/udp/keys.hpp"

#include "handfast/crypto/aead.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/frozen.hpp"
#include "tests/udp/nonces.hpp"

// The keys and bytes of the hardened profile, frozen: any change to them is a change of version.
// tests/vectors/udp_hardened.py computes the same file from its inputs with code that shares nothing
// with ours; with --write it writes it anew.

using namespace handfast;
using namespace handfast::udp;
using test::hex, test::text, test::unhex;
using Json = nlohmann::json;

namespace {

Json frozen() { return Json::parse(test::read_file("vectors/udp_hardened.json")); }

x25519::PrivateKey private_key(const Json& json) {
  return x25519::PrivateKey::from(Bytes(unhex(json))).value();
}

template <class M>
M decoded(const Json& datagram) {
  std::vector<std::uint8_t> frame(Address::size);
  const auto rest = unhex(datagram);
  frame.insert(frame.end(), rest.begin(), rest.end());
  return wire::binary::decode<M>(frame).value();
}

/// The keys that the file's inputs give in one mode, as the server makes them.
SessionKeys keys_of(const Json& all, const Json& session, const Secret<32>* resumed) {
  const auto connect = decoded<Connect>(session["connect"]);
  const auto connected = decoded<Connected>(session["connected"]);
  const auto identity = private_key(all["identity"]);
  const auto ee = *x25519::agree(private_key(all["server"]), connect.key);
  const auto es = *x25519::agree(identity, connect.key);
  Sha256 sha256;
  Hkdf hkdf;
  const auto transcript =
      Exchange::of(connect, connected, identity.public_key()).transcript(sha256);
  return {hkdf, transcript, ee, connect.is_pinned() ? &es : nullptr, resumed};
}

Secret<32> secret_of(const Json& json) { return Secret<32>::from(Bytes(unhex(json))); }

}  // namespace

TEST_CASE("udp: the four modes derive the frozen keys", "[vectors]") {
  const Json all = frozen();
  for (std::size_t i = 0; i < 4; ++i) {
    const Json& session = all["sessions"][i];
    const auto resumed = secret_of(all["sessions"][i % 2]["resumption"]["secret"]);
    const auto keys = keys_of(all, session, i < 2 ? nullptr : &resumed);
    CHECK(hex(keys.transcript) == text(session["transcript"]));
    CHECK(hex(keys.client_to_server.bytes()) == text(session["client"]));
    CHECK(hex(keys.server_to_client.bytes()) == text(session["server"]));
    CHECK(hex(keys.resumption.secret.bytes()) == text(session["resumption"]["secret"]));
    CHECK(hex(keys.resumption.id) == text(session["resumption"]["id"]));
    CHECK(hex(keys.id) == text(session["key_id"]));
    HmacSha256 hmac;
    CHECK(hmac.verify(keys.confirmation.bytes(), keys.transcript,
                      decoded<Connected>(session["connected"]).proof));
  }
}

TEST_CASE("udp: who resumes proves the frozen proof", "[vectors]") {
  const Json all = frozen();
  Hkdf hkdf;
  HmacSha256 hmac;
  for (const std::size_t i : {2u, 3u}) {
    const auto connect = decoded<Connect>(all["sessions"][i]["connect"]);
    const auto secret = secret_of(all["sessions"][i - 2]["resumption"]["secret"]);
    CHECK(hex(resumption_proof_of(hkdf, hmac, secret, connect).bytes()) ==
          hex(connect.resumption_proof));
    auto with_cookie = connect;
    with_cookie.cookie.fill(1);
    CHECK(hex(resumption_proof_of(hkdf, hmac, secret, with_cookie).bytes()) ==
          hex(connect.resumption_proof));
  }
}

TEST_CASE("udp: a proof of resuming covers every byte of its Connect but the cookie's",
          "[property]") {
  const Json session = frozen()["sessions"][3];
  Hkdf hkdf;
  HmacSha256 hmac;
  const auto secret = Secret<32>::from(std::array<std::uint8_t, 32>{7});
  const auto connect = decoded<Connect>(session["connect"]);
  const auto right = resumption_proof_of(hkdf, hmac, secret, connect);
  auto other = connect;
  other.mode = 2;
  CHECK_FALSE(equal(right, resumption_proof_of(hkdf, hmac, secret, other)));
  other = connect;
  other.key = decoded<Connected>(session["connected"]).key;
  CHECK_FALSE(equal(right, resumption_proof_of(hkdf, hmac, secret, other)));
  for (std::size_t i = 0; i < 16; ++i) {
    other = connect;
    other.nonce[i] ^= 1;
    CHECK_FALSE(equal(right, resumption_proof_of(hkdf, hmac, secret, other)));
    other = connect;
    other.resumption[i] ^= 1;
    CHECK_FALSE(equal(right, resumption_proof_of(hkdf, hmac, secret, other)));
    other = connect;
    other.client_half[i % 4] ^= 1;
    CHECK_FALSE(equal(right, resumption_proof_of(hkdf, hmac, secret, other)));
  }
}

TEST_CASE("udp: every public value of a handshake is in its transcript", "[property]") {
  Sha256 sha256;
  const Json all = frozen();
  const auto one = private_key(all["identity"]).public_key();
  const Exchange exchange{1, one, one, {}, {}, {}, {}, one};
  const auto right = exchange.transcript(sha256);
  const auto differs = [&](auto change) {
    Exchange other = exchange;
    change(other);
    return other.transcript(sha256) != right;
  };
  const auto two = private_key(all["client"]).public_key();
  CHECK(differs([](Exchange& e) { e.mode = 3; }));
  CHECK(differs([&](Exchange& e) { e.pinned = two; }));
  CHECK(differs([&](Exchange& e) { e.client = two; }));
  CHECK(differs([](Exchange& e) { e.nonce[15] = 1; }));
  CHECK(differs([](Exchange& e) { e.client_half[3] = 1; }));
  CHECK(differs([](Exchange& e) { e.server_half[3] = 1; }));
  CHECK(differs([](Exchange& e) { e.resumption[15] = 1; }));
  CHECK(differs([&](Exchange& e) { e.server = two; }));
}

TEST_CASE("udp: packets of each kind and epoch open to what was frozen", "[vectors]") {
  const Json all = frozen();
  for (const Json& one : all["packets"]) {
    Hkdf hkdf;
    auto key = secret_of(all["sessions"][1][text(one["from"])]);
    for (int i = 0; i < one["epoch"]; ++i) key = next_key(hkdf, key);
    const auto datagram = unhex(one["packet"]);
    std::vector<std::uint8_t> contents(datagram.size() - Packet::header_size - 16);
    Aead<ChaCha20Poly1305> aead;
    REQUIRE(aead.open(key, udp_test::nonce_of(one["epoch"], one["counter"]),
                      Bytes(datagram).first(Packet::header_size),
                      Bytes(datagram).subspan(Packet::header_size), contents));
    const auto message =
        wire::binary::decode_any<Data, Heartbeat, Challenge, Response, Close>(contents);
    REQUIRE(message);
    std::visit(
        [&]<class M>(const M& m) {
          CHECK(wire::message_name<M> == text(one["kind"]));
          CHECK(m.seen_epoch == one["seen_epoch"].get<std::uint32_t>());
          if constexpr (std::same_as<M, Data>) {
            CHECK(m.is_sound());
            CHECK(hex(m.payload()) == text(one["body"]));
          }
        },
        *message);
  }
}

TEST_CASE("udp: code that shares nothing with ours computes the frozen sessions", "[vectors]") {
  test::check_computed_anew("udp_hardened");
}
