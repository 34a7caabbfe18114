#include "handfast/registration/compat.hpp"

#include "handfast/core/machine.hpp"
#include "handfast/wire/base64.hpp"
#include "tests/support/frozen.hpp"

// What the document and its deployed programs are known to say (vectors/vectors.json). All of it is
// base64url without padding.

using namespace handfast;
using namespace handfast::registration;
using Json = nlohmann::json;
using Kept = std::vector<std::uint8_t>;

namespace {

Json vectors() {
  return Json::parse(handfast::test::read_file("vectors/vectors.json"))["registration"];
}
std::string text(const Json& value) { return value.get<std::string>(); }
Kept bytes(const Json& value) {
  const std::string encoded = text(value);
  Kept decoded(wire::base64::decoded_size_max(encoded.size()));
  REQUIRE(wire::base64::decode(encoded, decoded, wire::base64::url) == decoded.size());
  return decoded;
}
std::string spelled(Bytes raw) { return wire::base64::encode(raw, wire::base64::url); }
x25519::PrivateKey private_key(const Json& value) {
  return x25519::PrivateKey::from(Bytes(bytes(value))).value();
}
x25519::PublicKey public_key(const Json& value) {
  return x25519::PublicKey::parse(bytes(value)).value();
}

/// The private key of the deployed test seed `seed`: its UTF-8, padded with `0` to 32 bytes.
/// Dangerous: whoever guesses the text has the key.
x25519::PrivateKey dangerous_key_of_seed(std::string seed) {
  seed.resize(std::max<std::size_t>(seed.size(), 32), '0');
  return x25519::PrivateKey::from(bytes_of(std::string_view(seed).substr(0, 32))).value();
}
std::string frame(const auto& out, std::size_t index = 0) {
  REQUIRE(out.transmit.size() > index);
  return std::string(text_of(out.transmit[index].bytes));
}

}  // namespace

TEST_CASE("registration: both key pairs of the document agree on its shared secrets", "[vectors]") {
  const Json all = vectors();
  for (const Json& pair : {all, all["pair2"]}) {
    const auto client = private_key(pair["client_sk"]), server = private_key(pair["server_sk"]);
    CHECK(spelled(client.public_key().bytes()) == text(pair["client_pk"]));
    CHECK(spelled(server.public_key().bytes()) == text(pair["server_pk"]));
    CHECK(spelled(box_key(client, server.public_key())->bytes()) == text(pair["box_before"]));
    CHECK(spelled(box_key(server, client.public_key())->bytes()) == text(pair["box_before"]));
  }
}

TEST_CASE("registration: the document's second client has the key of the seed client-seed-123",
          "[vectors]") {
  const Json pair = vectors()["pair2"];
  CHECK(spelled(dangerous_key_of_seed("client-seed-123").public_key().bytes()) ==
        text(pair["client_pk"]));
}

TEST_CASE("registration: the document's bug is a public key that was used as a private key",
          "[vectors]") {
  // Its 32 bytes have to be taken out of the public key by hand: no PublicKey is taken where a
  // PrivateKey belongs (compile_fail/public_key_as_private.cpp).
  const Json pair = vectors()["pair2"];
  const auto client = public_key(pair["client_pk"]), server = public_key(pair["server_pk"]);
  const auto by_mistake = x25519::PrivateKey::from(Bytes(client.bytes())).value();
  CHECK(spelled(box_key(by_mistake, server)->bytes()) == text(pair["buggy_value_in_doc"]));
  CHECK(text(pair["buggy_value_in_doc"]) != text(pair["box_before"]));
}

TEST_CASE("registration: compat speaks a registration and a message byte for byte", "[vectors]") {
  const Json all = vectors();
  const std::string client_pk = text(all["client_pk"]), server_pk = text(all["server_pk"]),
                    nonce = text(all["nonce"]);
  test::QueuedRandom client_random, server_random;
  server_random.queue.push_back(bytes(all["nonce"]));
  client_random.queue.push_back(bytes(all["nonce"]));
  Config config;
  config.challenge_text = text(all["challengeText"]);
  Machine<Client<Compat>> client{
      compat::Context({}, private_key(all["client_sk"]), Random(client_random))};
  Machine<Server<Compat>> server{
      compat::Context(config, private_key(all["server_sk"]), Random(server_random))};
  (void)client.handle(Connect{}, {});

  const std::string challenge = frame(server.handle(Accept{}, {}));
  CHECK(challenge == R"({"type":"CHALLENGE","from":")" + server_pk + R"(","nonce":")" + nonce +
                         R"(","challengeText":")" + config.challenge_text + R"("})");
  const std::string response = frame(client.receive(bytes_of(challenge), {}));
  CHECK(response == R"({"type":"CHALLENGE_RESPONSE","from":")" + client_pk + R"(","to":")" +
                        server_pk + R"(","nonce":")" + nonce + R"(","message":")" +
                        text(all["challenge_response_message"]) + R"("})");
  const auto proven = server.receive(bytes_of(response), {});
  REQUIRE(proven.event<Proven>());
  CHECK(spelled(proven.event<Proven>()->key.bytes()) == client_pk);
  const std::string success = frame(server.handle(Admit{}, {}));
  CHECK(success == R"({"type":"REGISTER_SUCCESS"})");
  CHECK(client.receive(bytes_of(success), {}).event<Admitted>());

  const std::string json = text(all["message_json"]);
  const std::string message =
      frame(client.handle(Send{public_key(all["server_pk"]), bytes_of(json)}, {}));
  CHECK(message == R"({"type":"MESSAGE","from":")" + client_pk + R"(","to":")" + server_pk +
                       R"(","nonce":")" + nonce + R"(","message":")" +
                       text(all["message_message_same_nonce"]) + R"("})");
  // Who has the other key reads it: here the server's, as a client.
  Machine<Client<Compat>> reader{compat::Context({}, private_key(all["server_sk"]))};
  (void)reader.handle(Connect{}, {});
  (void)reader.receive(bytes_of(challenge), {});
  (void)reader.receive(bytes_of(success), {});
  const auto read = reader.receive(bytes_of(message), {});
  REQUIRE(read.event<Delivered>());
  CHECK(text_of(read.event<Delivered>()->payload) == json);
  CHECK(spelled(read.event<Delivered>()->sender.bytes()) == client_pk);
}
