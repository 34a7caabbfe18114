// The keys and bytes of the hardened profile, frozen: any change to them is a change of version.
// tests/vectors/rehandshake_hardened.py computes the same file from its inputs with code that
// shares nothing with ours; with --write it writes it anew.

#include "handfast/rehandshake.hpp"
#include "tests/support/frozen.hpp"

using namespace handfast;
using namespace handfast::rehandshake;
using handfast::test::hex, handfast::test::text, handfast::test::unhex;
using Json = nlohmann::json;

namespace {

Json frozen() {
  return Json::parse(handfast::test::read_file("vectors/rehandshake_hardened.json"));
}

template <std::size_t Size>
std::array<std::uint8_t, Size> array(const Json& json) {
  std::array<std::uint8_t, Size> bytes{};
  const auto from = unhex(json);
  REQUIRE(from.size() == Size);
  std::ranges::copy(from, bytes.begin());
  return bytes;
}
SessionKeys keys_of(const Json& all, bool is_initiator, std::uint32_t epoch) {
  return {array<16>(all["session_id"]),
          Secret<32>::from(Bytes(unhex(all[is_initiator ? "initiator_tx" : "responder_tx"]))),
          Secret<32>::from(Bytes(unhex(all[is_initiator ? "responder_tx" : "initiator_tx"]))),
          epoch};
}
rehandshake::Context context(const Json& all, const Json& run, bool is_initiator,
                             RandomSource& random) {
  const auto binding = text(run["binding"]).empty() ? ChannelBinding::none()
                                                    : ChannelBinding::of(array<32>(run["binding"]));
  return {keys_of(all, is_initiator, run["epoch"]), binding, {}, Random(random)};
}

}  // namespace

TEST_CASE("rehandshake: both sides derive the frozen keys", "[vectors]") {
  const Json all = frozen();
  Hkdf hkdf;
  for (const Json& run : all["runs"]) {
    const auto initiator = ProofKeys::of(keys_of(all, true, run["epoch"]), hkdf);
    const auto responder = ProofKeys::of(keys_of(all, false, run["epoch"]), hkdf);
    CHECK(hex(initiator.own_initiator.bytes()) == text(run["initiator_key"]));
    CHECK(hex(responder.peer_initiator.bytes()) == text(run["initiator_key"]));
    CHECK(hex(responder.own_responder.bytes()) == text(run["responder_key"]));
    CHECK(hex(initiator.peer_responder.bytes()) == text(run["responder_key"]));
    CHECK(hex(initiator.id_as_initiator) == text(run["key_id"]));
    CHECK(hex(responder.id_as_responder) == text(run["key_id"]));
    // The same side in the other role has another key.
    CHECK_FALSE(equal(initiator.own_initiator, initiator.own_responder));
    CHECK_FALSE(equal(initiator.own_responder, initiator.peer_responder));
    CHECK(equal(initiator.own_responder, responder.peer_responder));
  }
}

TEST_CASE("rehandshake: the exchange is the frozen one, byte for byte", "[vectors]") {
  const Json all = frozen();
  for (const Json& run : all["runs"]) {
    handfast::test::QueuedRandom asks, answers;
    Machine<Initiator<>> initiator(context(all, run, true, asks));
    Machine<Responder<>> responder(context(all, run, false, answers));
    asks.queue = {unhex(all["challenge"])};
    answers.queue = {unhex(all["counter_challenge"])};
    const auto at = [&](int later) {
      return Time{
          SteadyTime{} + std::chrono::hours(1),
          UnixTime{} + std::chrono::milliseconds(all["timestamp_ms"].get<std::int64_t>() + later)};
    };
    const auto request = initiator.handle(Start{}, at(0));
    REQUIRE(request.transmit.size() == 1);
    CHECK(hex(request.transmit[0].bytes) == text(run["request"]));
    const auto response = responder.receive(request.transmit[0].bytes, at(1));
    REQUIRE(response.transmit.size() == 1);
    CHECK(hex(response.transmit[0].bytes) == text(run["response"]));
    const auto complete = initiator.receive(response.transmit[0].bytes, at(2));
    REQUIRE(complete.transmit.size() == 1);
    CHECK(hex(complete.transmit[0].bytes) == text(run["complete"]));
    CHECK(complete.event<Commit>()->claim.transcript ==
          array<32>(Json(text(run["response"]).substr(128))));
    CHECK(responder.receive(complete.transmit[0].bytes, at(2)).event<Commit>());
  }
}

TEST_CASE("rehandshake: code that shares nothing with ours computes the frozen file", "[vectors]") {
  handfast::test::check_computed_anew("rehandshake_hardened");
}
