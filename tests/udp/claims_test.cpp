#include "handfast/udp/compat.hpp"
#include "tests/udp/compat_pair.hpp"
#include "tests/udp/nonces.hpp"
#include "tests/udp/pair.hpp"

// Every security claim of the seed document (claims.md, 11 to 14 and 24): that the hardened roles
// hold it, and what of it is true of the deployed programs. What is not is shown by tests/attacks.
// What has a test elsewhere is not told again:
//
//   claim  compat                               hardened
//   11     below                                below; session_test: a key that was replaced;
//                                               tests/erasure: what is left in memory
//   12     false: attacks/udp_replay,           below; traffic_test: a packet that comes again
//          udp_reflection
//   13     compat_test: a packet with a         below; handshake_test: any byte of a Connect, of
//          flipped bit, or cut                  an answer; traffic_test: any bit of a packet
//   14     false: attacks/udp_late_answer;      below; network_test: three of ten are lost
//          v0_8 fails another client:
//          attacks/udp_taken_place
//   24     below: false                         below; handshake_test: no answer by another;
//                                               attacks/udp_man_in_the_middle

namespace {

using Documented = udp_test::CompatPair<handfast::udp::Revision::documented>;
using Later = udp_test::CompatPair<handfast::udp::Revision::v0_8>;

bool holds(handfast::Bytes all, handfast::Bytes part) {
  return !std::ranges::search(all, part).empty();
}

}  // namespace

TEMPLATE_TEST_CASE("udp: claim 11, compat: of a session's key nothing is left when it is over", "",
                   Documented, Later) {
  using namespace udp_test;
  TestType pair;
  pair.connect();
  const Kept packet = pair.client.says("the secret");
  CHECK(pair.server.gets(packet).template event<compat::Delivered>());
  const auto key_of = [](auto& side, auto open) {
    using Open = decltype(open);
    const auto& state = side.machine().dangerous_engine().dangerous_state();
    return keep(std::get<Open>(state).key.bytes());
  };
  const Kept key = key_of(pair.server, typename TestType::ServerRole::Open{});
  CHECK(key == key_of(pair.client, typename TestType::ClientRole::Open{}));
  CHECK(holds(pair.server.snapshot(), key));
  CHECK(holds(pair.client.snapshot(), key));
  (void)pair.server.does(compat::Leave{});
  (void)pair.client.does(compat::Leave{});
  CHECK_FALSE(holds(pair.server.snapshot(), key));
  CHECK_FALSE(holds(pair.client.snapshot(), key));
  // And the next session of the two is under another.
  TestType next;
  Kept unused(32);
  REQUIRE(next.server.random().fill(unused));
  next.connect();
  CHECK(next.server.gets(packet).fault() == Fault::not_authentic);
}

TEST_CASE(
    "udp: claim 11, hardened: who learns the server's static key later opens nothing of the past",
    "[attack]") {
  using namespace udp_hardened_test;
  Pair pair;
  (void)pair.server.does(Listen{});
  const auto asked = pair.client.does(Dial{pair.server_address, bytes_of("the secret")});
  const auto answered = pair.to_server(asked.frames);
  const Connect connect = wire::binary::decode<Connect>(asked.frames.at(0)).value();
  const Connected connected = wire::binary::decode<Connected>(answered.frames.at(0)).value();
  const auto ee = agree(pair.client.in<Client<>::Connecting>().ephemeral, connected.key).value();
  const Bits packet = pair.to_client(answered.frames).frames.at(0);

  const auto identity = Side<Server<>>::identity(7);
  const auto es = agree(identity, connect.key).value();
  const auto opens = [&](const Secret<32>& ephemeral_agreement) {
    Hkdf hkdf;
    Sha256 sha256;
    Ciphers ciphers;
    const auto transcript =
        Exchange::of(connect, connected, identity.public_key()).transcript(sha256);
    const SessionKeys keys(hkdf, transcript, ephemeral_agreement, &es, nullptr);
    const Bytes datagram = Bytes(packet).subspan(Address::size);
    const Bytes header = datagram.first(Packet::header_size);
    const Bytes sealed = datagram.subspan(Packet::header_size);
    Bits plaintext(sealed.size() - Ciphers::tag_size);
    const bool is_open =
        ciphers.open(keys.client_to_server, udp_test::nonce_of(0, 0), header, sealed, plaintext)
            .has_value();
    return is_open && holds(plaintext, bytes_of("the secret"));
  };
  CHECK(opens(ee));  // with what only the two had, and have wiped
  CHECK_FALSE(opens(es));
  CHECK_FALSE(opens(agree(identity, connected.key).value()));
  CHECK_FALSE(opens(Secret<32>{}));
}

TEST_CASE(
    "udp: claim 12, hardened: whatever was said, said again to either side by anybody, is told to "
    "nobody",
    "[attack]") {
  using namespace udp_hardened_test;
  Config config;
  config.epoch_packets_max = 8;
  Pair pair(pinned_config(config), config);
  std::vector<Bits> to_server, to_client;
  (void)pair.server.does(Listen{});
  const auto keep_all = [](std::vector<Bits>& kept, const std::vector<Bits>& frames) {
    kept.insert(kept.end(), frames.begin(), frames.end());
    return frames;
  };
  int told = 0;
  const auto server_takes = [&](const std::vector<Bits>& frames) {
    auto all = pair.to_server(keep_all(to_server, frames));
    told += all.event<Delivered>() != nullptr ? 1 : 0;
    all.add(pair.server.settles());
    return keep_all(to_client, all.frames);
  };
  const auto client_takes = [&](const std::vector<Bits>& frames) {
    auto all = pair.to_client(frames);
    told += all.event<Delivered>() != nullptr ? 1 : 0;
    all.add(pair.client.settles());
    return all.frames;
  };
  auto frames = pair.client.does(Dial{pair.server_address, bytes_of("the first")}).frames;
  while (!frames.empty()) frames = client_takes(server_takes(frames));
  for (int i = 0; i < 20; ++i) {
    frames = pair.client.does(Send{bytes_of("a question")}).frames;
    while (!frames.empty()) frames = client_takes(server_takes(frames));
    frames =
        client_takes(keep_all(to_client, pair.server.does(Send{bytes_of("an answer")}).frames));
    while (!frames.empty()) frames = client_takes(server_takes(frames));
  }
  CHECK(told == 41);
  CHECK(pair.server.in<Server<>::Established>().session.receiving.epoch >= 2);

  for (const Address& from : {pair.home, pair.other}) {
    for (const auto& kept : {to_server, to_client}) {
      for (const Bits& frame : kept) {
        CHECK_FALSE(pair.server.gets(coming_from(from, frame)).event<Delivered>());
        CHECK_FALSE(pair.client.gets(coming_from(from, frame)).event<Delivered>());
      }
    }
  }
  CHECK(pair.server.in<Server<>::Established>().paths.current.address == pair.home);
  pair.check_talk();
}

TEST_CASE(
    "udp: claim 13, hardened: where each datagram arrives changed before it arrives, all is told "
    "as it was said",
    "[attack]") {
  using namespace udp_hardened_test;
  Pair pair;
  pair.establish();
  std::size_t bit = 0;
  for (int i = 0; i < 100; ++i) {
    const std::string said = "number " + std::to_string(i);
    for (const bool is_clients : {true, false}) {
      const Send command{bytes_of(said)};
      const Bits frame = is_clients ? pair.client.does(command).frames.at(0)
                                    : pair.server.does(command).frames.at(0);
      const std::size_t bits_of_datagram = 8 * (frame.size() - Address::size);
      Bits changed = frame;
      bit = (bit + 7919) % bits_of_datagram;
      changed[Address::size + bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
      INFO("bit " << bit << " of " << said);
      if (is_clients) {
        CHECK(pair.server.gets(coming_from(pair.other, changed)).fault());
        CHECK(text_of(pair.to_server({frame}).payload) == said);
      } else {
        CHECK(pair.client.gets(coming_from(pair.server_address, changed)).fault());
        CHECK(text_of(pair.to_client({frame}).payload) == said);
      }
    }
  }
  CHECK(pair.server.in<Server<>::Established>().paths.current.address == pair.home);
}

TEST_CASE(
    "udp: claim 14, hardened: 50 connects have one answer, and whichever of them arrives first "
    "makes the session",
    "[roundtrip]") {
  using namespace udp_hardened_test;
  for (const std::size_t first : {0u, 24u, 49u}) {
    INFO("answer " << first);
    Pair pair;
    (void)pair.server.does(Listen{});
    std::vector<Bits> asked = pair.client.does(Dial{pair.server_address, {}}).frames, answers;
    for (int i = 0; i < 50; ++i) {
      REQUIRE(asked.size() == 1);
      const auto answer = pair.to_server(asked);
      REQUIRE(answer.frames.size() == 1);
      answers.push_back(answer.frames[0]);
      pair.wait(i < 49 ? 100ms : 99ms);
      asked = pair.client.settles().frames;
    }
    for (const Bits& answer : answers) CHECK(answer == answers[0]);
    auto frames = pair.to_client({answers[first]}).frames;
    CHECK(pair.client.state() == "Confirming");
    CHECK(pair.to_client(answers).is_silent());
    (void)pair.to_server(frames);
    (void)pair.to_client(pair.server.settles().frames);
    pair.check_talk();
  }
}

TEMPLATE_TEST_CASE(
    "udp: claim 24, compat: whoever has the program reads the handshake and can write it",
    "[attack]", Documented, Later) {
  using namespace udp_test;
  TestType pair;
  const Kept asked = pair.client.does(compat::Start{}).frames.at(0);
  Fernet fernet;
  const auto key = Fernet::Key::from(compat::net_obs_key);
  Kept text(Fernet::plaintext_size_max(asked.size()));
  const auto opened = fernet.open(key, text_of(asked), text);
  REQUIRE(opened);
  CHECK(holds(Bytes(text).first(opened->size), bytes_of(R"({"cmd": "connect", "pubkey": ")")));

  const auto own = x25519::PrivateKey::from(Bytes(Kept(32, 9))).value();
  std::string answer = *wire::json::encode(compat::Connected{own.public_key()});
  if constexpr (std::same_as<TestType, Later>) answer.insert(0, 8, '\0');
  std::string token(Fernet::token_size(answer.size()), '\0');
  const Kept iv(16, 9);
  REQUIRE(fernet.seal(key, 1, Fernet::Iv{iv}, bytes_of(answer), token));
  CHECK(pair.client.gets(bytes_of(token)).template event<Established>());
}

TEST_CASE("udp: claim 24, hardened: the handshake is readable, and only a pin says who answers") {
  using namespace udp_hardened_test;
  for (const bool is_pinned : {true, false}) {
    Pair pair(is_pinned ? pinned_config() : unpinned_config());
    (void)pair.server.does(Listen{});
    const auto asked = pair.client.does(Dial{pair.server_address, {}});
    const Connect connect = wire::binary::decode<Connect>(asked.frames.at(0)).value();
    CHECK(connect.is_pinned() == is_pinned);
    CHECK(holds(asked.frames[0], connect.key.bytes()));
    const auto answered = pair.to_server(asked.frames);
    const auto begun = pair.to_client(answered.frames);
    REQUIRE(begun.event<Agreed>());
    CHECK(begun.event<Agreed>()->is_authenticated == is_pinned);
    const auto shown = pair.to_server(begun.frames);
    REQUIRE(shown.event<Agreed>());
    CHECK_FALSE(shown.event<Agreed>()->is_authenticated);
  }
}
