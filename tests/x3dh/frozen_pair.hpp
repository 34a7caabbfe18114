#pragma once

// A frozen run of a profile that counts, byte for byte.

#include "tests/support/frozen.hpp"
#include "tests/x3dh/pair.hpp"

namespace x3dh_test {

using Json = nlohmann::json;

/// Each message of the file's runs, said and heard in order; one of a type 2 is the answer to the one
/// before it.
template <class Profile>
void check_frozen_runs(const std::string& name) {
  using handfast::test::hex, handfast::test::text, handfast::test::unhex;
  const Json all = Json::parse(handfast::test::read_file("vectors/" + name + ".json"));
  for (const Json& run : all["runs"]) {
    handfast::test::QueuedRandom issuers, holders;
    const auto context = [&](const char* seed, RandomSource& random) {
      Config config;
      config.has_one_time_keys = !text(run["one_time_pre_key"]).empty();
      config.info = unhex(run["info"]);
      config.bound_data = unhex(run["bound_data"]);
      return x3dh::Context(
          xeddsa::PrivateKey::from_seed(Secret<32>::from(Bytes(unhex(run[seed])))).value(), config,
          Random(random));
    };
    Side<Issuer<Profile>> issuer(context("issuer_seed", issuers));
    Side<Holder<Profile>> holder(context("holder_seed", holders));
    issuer.machine.context().signed_pre_key =
        x25519::PrivateKey::from(Bytes(unhex(run["signed_pre_key"]))).value();
    const Start start{connection(text(run["connection_id"]))};
    if (!text(run["one_time_pre_key"]).empty()) issuers.queue = {unhex(run["one_time_pre_key"])};
    REQUIRE(holder.handle(start));
    REQUIRE(issuer.handle(start));
    const auto bundle = issuer.frame();
    CHECK(hex(bundle) == text(run["bundle"]));
    holders.queue = {unhex(run["ephemeral"])};
    REQUIRE(holder.receive(bundle));
    CHECK(hex(holder.running->transcript) == text(run["transcript"]));
    CHECK(hex(holder.running->key_id) == text(run["key_id"]));
    CHECK(hex(holder.met->fingerprint) == text(run["fingerprint"]));

    for (const Json& message : run["messages"]) {
      const auto carry = [&](auto& from, auto& froms, auto& to) {
        const int type = message.value("type", 0);
        if constexpr (std::same_as<Profile, Counter>)
          if (type == 1) {
            froms.queue = {unhex(message["nonce"])};
            REQUIRE(from.handle(Synchronize{}));
          }
        if (from.sent.empty()) {
          REQUIRE(from.send(text_of(unhex(message["payload"]))));
        }
        const auto frame = from.frame();
        CHECK(hex(frame) == text(message["frame"]));
        to.delivered.clear();
        REQUIRE(to.receive(frame));
        if (!text(message["payload"]).empty()) {
          REQUIRE(to.delivered.size() == 1);
          CHECK(hex(bytes_of(to.delivered[0])) == text(message["payload"]));
        }
      };
      if (text(message["from"]) == "issuer")
        carry(issuer, issuers, holder);
      else
        carry(holder, holders, issuer);
    }
    CHECK(issuer.sent.empty());
    CHECK(holder.is_established);
    CHECK(issuer.committed->key_id == holder.committed->key_id);
  }
}

/// Every bit of `frame` flipped, and every size: refused, and nothing has changed; then it is taken.
template <class Side>
void check_refused_when_changed(Side& side, const std::vector<std::uint8_t>& frame) {
  const std::string before = side.snapshot();
  for (std::size_t bit = 0; bit < 8 * frame.size(); ++bit) {
    auto flipped = frame;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    INFO("bit " << bit);
    CHECK_FALSE(side.receive(flipped));
  }
  for (std::size_t size = 0; size < frame.size(); ++size)
    CHECK_FALSE(side.receive(Bytes(frame).first(size)));
  CHECK(side.snapshot() == before);
  REQUIRE(side.receive(frame));
}

}  // namespace x3dh_test
