// What the deployed programs are known to say (vectors/vectors.json): keys, messages and a data
// frame, byte for byte, at the time and with the randomness of the vectors.

#include "handfast/rehandshake/compat.hpp"
#include "tests/support/frozen.hpp"

using namespace handfast;
using namespace handfast::rehandshake;
using handfast::test::hex, handfast::test::text, handfast::test::unhex;
using Json = nlohmann::json;

namespace {

struct Vectors {
  Json all = Json::parse(handfast::test::read_file("vectors/vectors.json"))["rehandshake"];

  [[nodiscard]] Secret<32> secret(const char* name) const {
    return Secret<32>::from(Bytes(unhex(all[name])));
  }
  template <std::size_t Size>
  [[nodiscard]] std::array<std::uint8_t, Size> array(const char* name) const {
    std::array<std::uint8_t, Size> bytes{};
    const auto from = unhex(all[name]);
    REQUIRE(from.size() == Size);
    std::ranges::copy(from, bytes.begin());
    return bytes;
  }
  [[nodiscard]] Time at(std::int64_t later) const {
    return {
        SteadyTime{} + std::chrono::hours(1),
        UnixTime{} + std::chrono::milliseconds(all["timestamp_ms"].get<std::int64_t>() + later)};
  }
  [[nodiscard]] compat::Context context(bool is_initiator, RandomSource& random) const {
    auto theirs = secret("responder_tx=initiator_rx"), ours = secret("responder_rx=initiator_tx");
    SessionKeys keys{array<16>("session_id"), std::move(is_initiator ? ours : theirs),
                     std::move(is_initiator ? theirs : ours), 0};
    return compat::Context(std::move(keys), Random(random));
  }
};

}  // namespace

TEST_CASE("rehandshake: the deployed exchange, byte for byte", "[vectors]") {
  const Vectors vectors;
  handfast::test::QueuedRandom asks, answers;
  Machine<Initiator<Compat>> initiator(vectors.context(true, asks));
  Machine<Responder<Compat>> responder(vectors.context(false, answers));
  asks.queue = {unhex(vectors.all["challenge"])};
  answers.queue = {unhex(vectors.all["counter_challenge"])};
  const auto request = initiator.handle(compat::Start{}, vectors.at(0));
  REQUIRE(request.transmit.size() == 1);
  CHECK(hex(request.transmit[0].bytes) == text(vectors.all["request"]));
  const auto response = responder.receive(request.transmit[0].bytes, vectors.at(1));
  REQUIRE(response.transmit.size() == 1);
  CHECK(hex(response.transmit[0].bytes) == text(vectors.all["response"]));
  const auto complete = initiator.receive(response.transmit[0].bytes, vectors.at(2));
  REQUIRE(complete.transmit.size() == 1);
  CHECK(hex(complete.transmit[0].bytes) == text(vectors.all["complete"]));
  CHECK(complete.event<Established>());
  CHECK(responder.receive(complete.transmit[0].bytes, vectors.at(2)).event<Established>());
}

TEST_CASE("rehandshake: a deployed proof is a MAC under its maker's TX, and either role checks it",
          "[vectors]") {
  const Vectors vectors;
  handfast::test::QueuedRandom none;
  auto initiator = vectors.context(true, none), responder = vectors.context(false, none);
  const auto check = [&](compat::Context& maker, compat::Context& checker,
                         const Challenge& challenge, const char* tx, const char* message) {
    // In RESPONSE and COMPLETE, behind header and session id.
    const auto frame = unhex(vectors.all[message]);
    const Proof proof = maker.prove(challenge);
    CHECK(hex(proof) == hex(Bytes(frame).subspan(24, 32)));
    HmacSha256 hmac;
    CHECK(hex(hmac.mac(vectors.secret(tx).bytes(), {challenge})) == hex(proof));
    CHECK(checker.proves(challenge, proof));
    CHECK_FALSE(maker.proves(challenge, proof));  // by the other side's key
    for (std::size_t bit = 0; bit < 8 * proof.size(); ++bit) {
      Proof wrong = proof;
      wrong[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
      CHECK_FALSE(checker.proves(challenge, wrong));
      Challenge other = challenge;
      other[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
      CHECK_FALSE(checker.proves(other, proof));
    }
  };
  check(responder, initiator, vectors.array<32>("challenge"), "responder_tx=initiator_rx",
        "response");
  check(initiator, responder, vectors.array<32>("counter_challenge"), "responder_rx=initiator_tx",
        "complete");
}

TEST_CASE("rehandshake: the deployed keys come from KEM and X25519, in this order", "[vectors]") {
  const Vectors vectors;
  Hkdf hkdf;
  const auto master =
      compat::master_secret(hkdf, vectors.secret("kem_ss(assumed)"), vectors.secret("ecdh_ss"));
  CHECK(hex(master.bytes()) == text(vectors.all["master_secret(code)"]));
  const auto session = vectors.array<16>("session_id");
  const auto client = vectors.array<32>("client_id"), relay = vectors.array<32>("relay_id");
  const auto keys = compat::session_keys(hkdf, master, session, client, relay);
  CHECK(hex(keys.tx.bytes()) == text(vectors.all["client_tx"]));
  CHECK(hex(keys.rx.bytes()) == text(vectors.all["client_rx"]));
  const auto other = compat::session_keys(hkdf, master, session, relay, client);
  CHECK(equal(other.rx, keys.tx));
  CHECK(equal(other.tx, keys.rx));
}

TEST_CASE("rehandshake: the deployed data frame, byte for byte, and back", "[vectors]") {
  const Vectors vectors;
  const auto known = unhex(vectors.all["data_frame_ctr1_encctr0_prefix01020304_'frame'"]);
  compat::FrameCipher cipher;
  const auto key = vectors.secret("client_tx");
  compat::FrameNonces nonces{0, {1, 2, 3, 4}};
  std::vector<std::uint8_t> frame(known.size());
  REQUIRE(compat::seal_frame(cipher, key, nonces, 1, bytes_of("frame"), frame));
  CHECK(hex(frame) == hex(known));
  CHECK(nonces.next == 1);

  const auto decoded = wire::binary::decode<compat::DataFrame>(known);
  REQUIRE(decoded);
  CHECK(decoded->counter == 1);
  std::array<std::uint8_t, 5> opened{};
  REQUIRE(compat::open_frame(cipher, key, *decoded, opened));
  CHECK(text_of(opened) == "frame");
  compat::DataFrame shorter = *decoded;
  shorter.sealed = shorter.sealed.first(27);
  CHECK(compat::open_frame(cipher, key, shorter, opened).error() == Fault::truncated);
  std::vector<std::uint8_t> wrong(known.size() - 1);
  CHECK(compat::seal_frame(cipher, key, nonces, 1, bytes_of("frame"), wrong).error() ==
        Fault::bad_argument);
  CHECK(nonces.next == 1);
}

TEST_CASE("rehandshake: the deployed neighbours are read and written", "[vectors]") {
  const auto check = [](const auto& message, std::string_view known) {
    std::vector<std::uint8_t> frame;
    wire::GrowingWriter writer(frame);
    REQUIRE(wire::binary::encode(message, writer));
    CHECK(hex(frame) == known);
    CHECK(wire::binary::decode<std::remove_cvref_t<decltype(message)>>(frame));
  };
  check(compat::Heartbeat{}, "0105000000000000");
  check(compat::HeartbeatAck{}, "0106000000000000");
  check(compat::Error{0, 7, "no"}, "010e00000000000400076e6f");
  check(compat::Close{0, 1, ""}, "010f0000000000020001");
}
