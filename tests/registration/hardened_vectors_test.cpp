#include "handfast/core/machine.hpp"
#include "handfast/registration/client.hpp"
#include "handfast/registration/server.hpp"
#include "tests/support/frozen.hpp"

// The bytes of a client and its server, frozen: any change to them is a change of version.
// tests/vectors/registration_hardened.py computes the same file from its inputs with code that shares
// nothing with ours; with --write it writes it anew.

using namespace handfast;
using namespace handfast::registration;
using namespace std::chrono_literals;
using test::hex, test::text, test::unhex;
using Json = nlohmann::json;

namespace {

Json frozen() { return Json::parse(test::read_file("vectors/registration_hardened.json")); }

x25519::PrivateKey private_key(const Json& json) {
  return x25519::PrivateKey::from(Bytes(unhex(json))).value();
}

std::string words(Bytes frame) { return std::string(text_of(frame)); }

/// A client and a server with the keys of the file.
struct Frozen {
  Frozen() {
    client_random.queue.push_back(unhex(all["client_nonce"]));
    server_random.queue.push_back(unhex(all["server_nonce"]));
  }
  /// The one frame that a call has caused.
  template <class Role>
  static std::vector<std::uint8_t> frame(const Output<Role>& out) {
    REQUIRE_FALSE(out.fault());
    REQUIRE(out.transmit.size() == 1);
    return {out.transmit[0].bytes.begin(), out.transmit[0].bytes.end()};
  }
  template <class Command>
  auto client_does(const Command& command) {
    return frame(client.handle(command, now));
  }
  template <class Command>
  auto server_does(const Command& command) {
    return frame(server.handle(command, now));
  }
  /// Up to where the server knows the client.
  void introduce() {
    (void)client.handle(Connect{}, now);
    const auto challenge = server_does(Accept{});
    CHECK(words(challenge) == text(all["challenge"]));
    const auto responded = client.receive(challenge, now);
    REQUIRE(responded.event<Running>());
    CHECK(hex(responded.event<Running>()->claim.transcript) == text(all["transcript"]));
    CHECK(hex(responded.event<Running>()->claim.key_id) == text(all["key_id"]));
    const auto response = frame(responded);
    CHECK(words(response) == text(all["response"]));
    REQUIRE(server.receive(response, now).event<Proven>());
  }

  Json all = frozen();
  test::QueuedRandom client_random, server_random;
  Time now{SteadyTime{} + 1h, {}};
  Machine<Client<>> client{[this] {
    Config made;
    made.audience = all["audience"].get<std::string>();
    return Context(made, private_key(all["client"]), Random(client_random));
  }()};
  Machine<Server<>> server{[this] {
    Config made;
    made.names = {all["audience"].get<std::string>()};
    made.challenge_text = all["challenge_text"].get<std::string>();
    return Context(made, private_key(all["server"]), Random(server_random));
  }()};
};

}  // namespace

TEST_CASE("registration: client and server speak the frozen connection byte for byte",
          "[vectors]") {
  Frozen pair;
  pair.introduce();
  const auto success = pair.server_does(Admit{});
  CHECK(words(success) == text(pair.all["success"]));
  CHECK(pair.client.receive(success, pair.now).event<Admitted>());

  std::size_t next = 0;
  const auto expect = [&](std::string_view from, const std::vector<std::uint8_t>& frame) {
    const Json& record = pair.all["records"].at(next++);
    INFO("record " << next);
    CHECK(text(record["from"]) == from);
    CHECK(hex(frame) == text(record["record"]));
    return frame;
  };
  const auto other = private_key(pair.all["other"]).public_key();
  const auto first = expect("client", pair.client_does(Send{other, bytes_of("Hello!")}));
  CHECK(pair.server.receive(first, pair.now).event<Forward>());
  auto receipt = expect("server", pair.server_does(Report{1, Fate::forwarded}));
  CHECK(pair.client.receive(receipt, pair.now).event<Receipted>()->fate == Fate::forwarded);
  const auto own = private_key(pair.all["server"]).public_key();
  CHECK(pair.server.receive(expect("client", pair.client_does(Send{own, {}})), pair.now)
            .event<Forward>());
  receipt = expect("server", pair.server_does(Report{2, Fate::not_available}));
  CHECK(pair.client.receive(receipt, pair.now).event<Receipted>()->fate == Fate::not_available);
  const auto routed = expect("server", pair.server_does(Deliver{other, bytes_of("Hello to you!")}));
  CHECK(pair.client.receive(routed, pair.now).event<Delivered>());
  pair.now.steady += 15s;
  const auto ping = expect("client", Frozen::frame(pair.client.advance(pair.now)));
  const auto pong = expect("server", Frozen::frame(pair.server.receive(ping, pair.now)));
  CHECK_FALSE(pair.client.receive(pong, pair.now).fault());
  const auto superseded = expect("server", pair.server_does(Supersede{}));
  CHECK(pair.client.receive(superseded, pair.now).event<Closed>()->fault == Fault::superseded);
  CHECK(next == pair.all["records"].size());
}

TEST_CASE("registration: who replaces another, and who is declined, reads the frozen words",
          "[vectors]") {
  Frozen taken;
  taken.introduce();
  const auto success = taken.server_does(Admit{true});
  CHECK(words(success) == text(taken.all["success_replaced"]));
  CHECK(taken.client.receive(success, taken.now).event<Admitted>()->replaced);

  Frozen declined;
  declined.introduce();
  const auto failure = declined.server_does(Decline{});
  CHECK(words(failure) == text(declined.all["failure"]));
  CHECK(declined.client.receive(failure, declined.now).event<Closed>()->fault ==
        Fault::already_registered);
}

TEST_CASE("registration: code that shares nothing with ours computes the frozen connection",
          "[vectors]") {
  test::check_computed_anew("registration_hardened");
}
