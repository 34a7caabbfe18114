// The keys and bytes of the hardened profile, frozen: any change to them is a change of version.
// tests/vectors/x3dh_hardened.py computes the same file from its inputs with code that shares
// nothing with ours; with --write it writes it anew.

#include "handfast/x3dh.hpp"
#include "tests/support/frozen.hpp"

using namespace handfast;
using namespace handfast::x3dh;
using handfast::test::hex, handfast::test::text, handfast::test::unhex;
using Json = nlohmann::json;

namespace {

Json frozen() { return Json::parse(handfast::test::read_file("vectors/x3dh_hardened.json")); }

x3dh::Context context(const Json& run, const char* seed, RandomSource& random) {
  Config config;
  config.has_one_time_keys = !text(run["one_time_pre_key"]).empty();
  config.info = unhex(run["info"]);
  config.bound_data = unhex(run["bound_data"]);
  return x3dh::Context(
      xeddsa::PrivateKey::from_seed(Secret<32>::from(Bytes(unhex(run[seed])))).value(), config,
      Random(random));
}

}  // namespace

TEST_CASE("x3dh: a whole run is the frozen one, byte for byte", "[vectors]") {
  const Json all = frozen();
  for (const Json& run : all["runs"]) {
    handfast::test::QueuedRandom issuers, holders;
    Machine<Issuer<>> issuer(context(run, "issuer_seed", issuers));
    Machine<Holder<>> holder(context(run, "holder_seed", holders));
    issuer.context().signed_pre_key =
        x25519::PrivateKey::from(Bytes(unhex(run["signed_pre_key"]))).value();
    const Start start{ConnectionId::parse(text(run["connection_id"])).value()};
    const Time now{};
    if (!unhex(run["one_time_pre_key"]).empty())
      issuers.queue.push_back(unhex(run["one_time_pre_key"]));
    std::deque<std::vector<std::uint8_t>> ratchet_keys;
    for (const Json& key : run["ratchet_keys"]) ratchet_keys.push_back(unhex(key));
    const auto next_key = [&] {
      auto key = ratchet_keys.front();
      ratchet_keys.pop_front();
      return key;
    };

    REQUIRE_FALSE(holder.handle(start, now).fault());
    const auto bundle = issuer.handle(start, now);
    REQUIRE(bundle.transmit.size() == 1);
    CHECK(hex(bundle.transmit[0].bytes) == text(run["bundle"]));

    const Json& messages = run["messages"];
    holders.queue = {unhex(run["ephemeral"]), unhex(messages[0]["salt"]), next_key()};
    const auto first = holder.receive(unhex(run["bundle"]), now);
    REQUIRE_FALSE(first.fault());
    CHECK(hex(first.event<Running>()->claim.transcript) == text(run["transcript"]));
    CHECK(hex(first.event<Running>()->claim.key_id) == text(run["key_id"]));
    CHECK(hex(first.event<Met>()->fingerprint) == text(run["fingerprint"]));
    REQUIRE(first.transmit.size() == 1);
    CHECK(hex(first.transmit[0].bytes) == text(messages[0]["frame"]));

    issuers.queue = {next_key(), unhex(messages[1]["salt"])};
    const auto answer = issuer.receive(unhex(messages[0]["frame"]), now);
    REQUIRE_FALSE(answer.fault());
    CHECK(hex(answer.event<Commit>()->claim.key_id) == text(run["key_id"]));
    REQUIRE(answer.transmit.size() == 1);
    CHECK(hex(answer.transmit[0].bytes) == text(messages[1]["frame"]));
    holders.queue = {next_key()};
    REQUIRE_FALSE(holder.receive(unhex(messages[1]["frame"]), now).fault());

    std::string last = "issuer";
    for (std::size_t i = 2; i < messages.size(); ++i) {
      const Json& message = messages[i];
      const auto payload = unhex(message["payload"]);
      const auto carry = [&](auto& from, auto& froms, auto& to, auto& tos) {
        froms.queue = {unhex(message["salt"])};
        const auto sent = from.handle(Send{payload}, now);
        REQUIRE(sent.transmit.size() == 1);
        CHECK(hex(sent.transmit[0].bytes) == text(message["frame"]));
        if (text(message["from"]) != last) tos.queue = {next_key()};
        const auto heard = to.receive(unhex(message["frame"]), now);
        REQUIRE(heard.template event<Delivered>() != nullptr);
        CHECK(hex(heard.template event<Delivered>()->payload) == text(message["payload"]));
        CHECK(tos.queue.empty());
      };
      if (text(message["from"]) == "issuer")
        carry(issuer, issuers, holder, holders);
      else
        carry(holder, holders, issuer, issuers);
      last = text(message["from"]);
    }
    CHECK(ratchet_keys.empty());
  }
}

TEST_CASE("x3dh: other code computes the frozen file from its inputs", "[vectors]") {
  handfast::test::check_computed_anew("x3dh_hardened");
}
