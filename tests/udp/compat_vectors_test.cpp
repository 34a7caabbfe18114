// What the deployed programs are known to say (vectors/vectors.json): both revisions, byte for byte,
// at the time and with the randomness of the vectors.

#include "tests/udp/compat_pair.hpp"

#include "tests/support/frozen.hpp"

using namespace udp_test;
using handfast::test::hex;
using handfast::test::text;
using handfast::test::unhex;
using Json = nlohmann::json;

namespace {

struct Vectors {
  Json all = Json::parse(handfast::test::read_file("vectors/vectors.json"));
  Json udp = all["udp"];

  [[nodiscard]] Kept key(const char* name) const { return unhex(all["common"][name]); }
  [[nodiscard]] Kept iv() const { return unhex(udp["fernet_iv"]); }
  /// The fixed nonce, and what else of one draw a packet does not use.
  [[nodiscard]] Kept nonce() const {
    Kept bytes = unhex(udp["aead_nonce"]);
    bytes.resize(Fernet::iv_size);
    return bytes;
  }
};

/// Both machines, with queues of what their random sources are to give.
template <Revision revision>
struct Scripted : Vectors {
  handfast::test::QueuedRandom client_random, server_random;
  Machine<Client<Compat<revision>>> client{compat::Context({}, Random(client_random))};
  Machine<Server<Compat<revision>>> server{compat::Context(server_config(), Random(server_random))};
  Time now{SteadyTime{} + 1h, UnixTime{} + 1'700'000'000s};

  std::string start() {
    client_random.queue = {key("alice_or_client_sk"), iv()};
    return frame(client.handle(compat::Start{}, now));
  }
  std::string answer(std::string_view token) {
    server_random.queue = {key("bob_or_server_sk"), iv()};
    return frame(server.receive(bytes_of(token), now));
  }
  void connect() {
    const auto out = client.receive(bytes_of(answer(start())), now);
    REQUIRE(out.template event<Established>());
  }
  /// The one packet that `command` causes, under the fixed nonce.
  template <class Command>
  std::string packet(const Command& command) {
    client_random.queue = {nonce()};
    return hex(bytes_of(frame(client.handle(command, now))));
  }
  std::string ports() {
    server_random.queue = {nonce()};
    return hex(bytes_of(frame(server.advance({now.steady + 5s, now.utc + 5s}))));
  }
  static std::string frame(const auto& out) {
    REQUIRE(out.transmit.size() == 1);
    return std::string(text_of(out.transmit[0].bytes));
  }
};

}  // namespace

TEST_CASE("udp: the network's obfuscation key is the one that everybody has", "[vectors]") {
  const Vectors vectors;
  const std::string both =
      text(vectors.udp["fernet_signing_key"]) + text(vectors.udp["fernet_encryption_key"]);
  CHECK(hex(compat::net_obs_key) == both);
}

TEST_CASE("udp: the document's handshake is the deployed one, byte for byte", "[vectors]") {
  Scripted<Revision::documented> pair;
  const std::string connect = pair.start();
  CHECK(connect == text(pair.udp["v04_connect_token"]));
  CHECK(connect.size() == 184);
  const std::string connected = pair.answer(connect);
  CHECK(connected == text(pair.udp["v04_connected_token"]));
  CHECK(pair.client.receive(bytes_of(connected), pair.now).event<Established>());
  CHECK(pair.packet(compat::Send{bytes_of("hello")}) == text(pair.udp["v04_packet_hello"]));
}

TEST_CASE("udp: the later revision's handshake has a counter before its JSON", "[vectors]") {
  Scripted<Revision::v0_8> pair;
  const std::string connect = pair.start();
  CHECK(connect == text(pair.udp["v08_connect_token_salt0"]));
  CHECK(connect.size() == 204);
  const std::string connected = pair.answer(connect);
  CHECK(connected == text(pair.udp["v08_connected_token_salt0"]));
  CHECK(pair.client.receive(bytes_of(connected), pair.now).event<Established>());
}

TEST_CASE("udp: the later revision's packets are the deployed ones, byte for byte", "[vectors]") {
  Scripted<Revision::v0_8> pair;
  pair.connect();
  const compat::Header header{0, 1, 2, 3};
  CHECK(pair.packet(compat::Send{bytes_of("hello"), header}) ==
        text(pair.udp["v07_packet_hello_fl0_ch1_seq2_off3"]));
  CHECK(pair.packet(compat::Acknowledge{0, 1234567}) == text(pair.udp["v08_ack_seq1234567"]));
  pair.now.utc = UnixTime{1700000000123ms};
  CHECK(pair.packet(compat::Beat{}) == text(pair.udp["v08_heartbeat_seq3_ts1700000000123"]));
}

TEST_CASE("udp: the later revision's ports are read and written as deployed", "[vectors]") {
  Scripted<Revision::v0_8> pair;
  pair.connect();
  const std::string known = text(pair.udp["v08_ports"]);
  const auto out = pair.client.receive(unhex(pair.udp["v08_ports"]), pair.now);
  const auto* told = out.event<compat::PortsTold>();
  REQUIRE(told);
  pair.server.context().config.ports = told->ports;
  CHECK(pair.ports() == known);

  // A message of the applications on the same channel is none of these.
  const auto other = pair.client.receive(unhex(pair.udp["v08_bwup"]), pair.now);
  const auto* delivered = other.event<compat::Delivered>();
  REQUIRE(delivered);
  CHECK(delivered->header == compat::Header{0, 0, 1234567, 0});
  CHECK(text_of(delivered->payload) == R"({"bwup": 30})");
}
