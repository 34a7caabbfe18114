// Who has stolen somebody's private key can speak as that one, and to that one as nobody else
// (key-compromise impersonation): of the four agreements one takes a key that the thief has not. Nor
// can he read what was said before, though he has recorded all of it and has the keys of both: one
// takes two that are gone.

#include "tests/registration/contacts.hpp"
#include "tests/registration/pair.hpp"
#include "tests/support/catch.hpp"

using namespace registration_test;

namespace {

using Shared = Secret<32>;

Shared agreed(const x25519::PrivateKey& mine, const x25519::PublicKey& theirs) {
  return x25519::agree(mine, theirs).value();
}
x25519::PrivateKey key_of(std::uint8_t number) { return peer_test::identity(number); }

/// What `a` and `b` agree on, each copied: one thing may be guessed for another.
Agreements agreements(const Shared& ss, const Shared& es, const Shared& se, const Shared& ee) {
  return {ss.dangerous_copy(), es.dangerous_copy(), se.dangerous_copy(), ee.dangerous_copy()};
}
template <class Message>
Kept frame_of(const Message& message) {
  return keep(bytes_of(wire::json::encode(message).value()));
}

constexpr std::uint8_t clients = 1, servers = 2, thiefs = 77;  // keys; see `Pair`

}  // namespace

TEST_CASE("registration: with a client's stolen key nobody is a server to it", "[attack]") {
  Pair pair;
  pair.client.does(Connect{});
  const auto ephemeral = key_of(thiefs);
  const Challenge challenge{pair.server.key(), ephemeral.public_key(), "Welcome!"};
  const auto sent = pair.client.gets(frame_of(challenge));
  const auto response = wire::json::decode<ChallengeResponse>(sent.frames.at(0));
  REQUIRE(response);
  const Shared ss = agreed(key_of(clients), pair.server.key()),
               se = agreed(ephemeral, pair.client.key()), ee = agreed(ephemeral, response->nonce);
  const auto success_with = [&](const Shared& es) {
    Hkdf hkdf;
    Sha256 sha256;
    HmacSha256 hmac;
    const Exchange exchange{pair.client.key(), pair.server.key(), response->nonce,
                            challenge.nonce,   challenge.text,    response->audience};
    const Keys keys(hkdf, exchange.transcript(sha256), agreements(ss, es, se, ee));
    const std::uint8_t replaced[] = {0};
    return frame_of(RegisterSuccess{
        false, hmac.mac(keys.success_proof.bytes(), {Bytes(keys.transcript), Bytes(replaced)})});
  };
  for (const Shared* guessed : {&ss, &se, &ee})
    CHECK(pair.client.gets(success_with(*guessed)).fault() == Fault::not_authentic);
  // The server itself would have had it.
  CHECK(pair.client.gets(success_with(agreed(key_of(servers), response->nonce))).event<Admitted>());
}

TEST_CASE("registration: with a server's stolen key nobody is another client to it", "[attack]") {
  Pair pair;
  const auto challenge =
      wire::json::decode<Challenge>(pair.server.does(Accept{}).frames.at(0)).value();
  const auto ephemeral = key_of(thiefs), victim = key_of(9);
  const x25519::PublicKey client = victim.public_key();
  const Shared ss = agreed(key_of(servers), client), es = agreed(ephemeral, challenge.from),
               ee = agreed(ephemeral, challenge.nonce);
  const auto response_with = [&](const Shared& se) {
    Hkdf hkdf;
    Sha256 sha256;
    HmacSha256 hmac;
    const std::string audience = client_config().audience;
    const x25519::PublicKey nonce = ephemeral.public_key();
    const Exchange exchange{client,          challenge.from, nonce,
                            challenge.nonce, challenge.text, audience};
    const Keys keys(hkdf, exchange.transcript(sha256), agreements(ss, es, se, ee));
    return frame_of(ChallengeResponse{client, challenge.from, nonce, audience,
                                      hmac.mac(keys.client_proof.bytes(), keys.transcript)});
  };
  for (const Shared* guessed : {&ss, &es, &ee})
    CHECK(pair.server.gets(response_with(*guessed)).fault() == Fault::not_authentic);
  CHECK(pair.server.gets(response_with(agreed(victim, challenge.nonce))).event<Proven>());
}

TEST_CASE("registration: with a stolen key nobody is another contact to who lost it", "[attack]") {
  namespace peer = handfast::registration::peer;
  peer_test::Pair pair;
  auto& [alice, bob] = pair;
  const std::uint8_t alices = peer_test::is_smaller(1, 2) ? 1 : 2, bobs = alices == 1 ? 2 : 1;
  const auto called = alice.does(peer::Call{});
  const auto hello = wire::binary::decode<peer::Hello>(called.frames.at(0)).value();
  const auto ephemeral = key_of(thiefs);
  const Shared ss = agreed(key_of(alices), bob.key()), se = agreed(ephemeral, alice.key()),
               ee = agreed(ephemeral, hello.key);
  const auto answer_with = [&](const Shared& es) {
    Hkdf hkdf;
    Sha256 sha256;
    HmacSha256 hmac;
    peer::HelloAck ack;
    std::ranges::copy(hello.half, ack.session.begin());
    ack.key = ephemeral.public_key();
    const peer::SessionKeys keys(hkdf,
                                 peer::transcript_of(sha256, alice.key(), bob.key(), hello, ack),
                                 agreements(ss, es, se, ee));
    ack.proof = hmac.mac(keys.confirmation.bytes(), keys.transcript);
    return keep(wire::binary::encode(ack).value());
  };
  for (const Shared* guessed : {&ss, &se, &ee})
    CHECK(alice.gets(answer_with(*guessed)).fault() == Fault::not_authentic);
  CHECK(alice.gets(answer_with(agreed(key_of(bobs), hello.key))).event<Established>());
}

TEST_CASE("registration: with both stolen keys no record of the past is opened", "[attack]") {
  Pair pair;
  auto& [client, server] = pair;
  client.does(Connect{});
  const Kept challenged = server.does(Accept{}).frames.at(0);
  const Kept responded = client.gets(challenged).frames.at(0);
  const auto challenge = wire::json::decode<Challenge>(challenged).value();
  const auto response = wire::json::decode<ChallengeResponse>(responded).value();
  // Gone with the registration.
  const Shared ee = agreed(server.in<Server<>::AwaitingResponse>().ephemeral, response.nonce);
  server.gets(responded);
  client.gets(server.does(Admit{}).frames.at(0));
  const Kept up = client.does(Send{server.key(), bytes_of("the secret")}).frames.at(0);
  const Kept down = server.does(Deliver{client.key(), bytes_of("another one")}).frames.at(0);

  const Shared ss = agreed(key_of(clients), challenge.from),
               es = agreed(key_of(servers), response.nonce),
               se = agreed(key_of(clients), challenge.nonce);
  const auto opens = [&](const Shared& guessed) {
    Hkdf hkdf;
    Sha256 sha256;
    const Exchange exchange{response.from,   challenge.from, response.nonce,
                            challenge.nonce, challenge.text, response.audience};
    const Keys keys(hkdf, exchange.transcript(sha256), agreements(ss, es, se, guessed));
    const auto opens_record = [](const Secret<32>& key, Bytes record) {
      Aead<ChaCha20Poly1305> aead;
      const Bytes sealed = record.subspan(Record::header_size);
      Kept plaintext(sealed.size() - aead.tag_size);
      return aead.open(key, nonce_of(1), record.first(Record::header_size), sealed, plaintext)
          .has_value();
    };
    return opens_record(keys.client_to_server, up) + opens_record(keys.server_to_client, down);
  };
  for (const Shared* guessed : {&ss, &es, &se}) CHECK(opens(*guessed) == 0);
  CHECK(opens(ee) == 2);
}

TEST_CASE("registration: with both stolen keys no message of the past is opened", "[attack]") {
  namespace peer = handfast::registration::peer;
  peer_test::Pair pair;
  auto& [alice, bob] = pair;
  const std::uint8_t alices = peer_test::is_smaller(1, 2) ? 1 : 2, bobs = alices == 1 ? 2 : 1;
  const Kept called = alice.does(peer::Call{}).frames.at(0);
  const Kept answered = bob.gets(called).frames.at(0);
  const auto hello = wire::binary::decode<peer::Hello>(called).value();
  const auto ack = wire::binary::decode<peer::HelloAck>(answered).value();
  // Gone with the handshake.
  const auto& waiting =
      std::get<Peer::AwaitingAck>(alice.machine().dangerous_engine().dangerous_state());
  const Shared ee = agreed(waiting.call.ephemeral, ack.key);
  bob.gets(alice.gets(answered).frames.at(0));
  const Kept said = alice.says("the secret").frames.at(0);
  const auto frame = wire::binary::decode<peer::Frame>(said).value();

  const Shared ss = agreed(key_of(alices), bob.key()), es = agreed(key_of(bobs), hello.key),
               se = agreed(key_of(alices), ack.key);
  const auto opens = [&](const Shared& guessed) {
    Hkdf hkdf;
    Sha256 sha256;
    peer::SessionKeys keys(hkdf, peer::transcript_of(sha256, alice.key(), bob.key(), hello, ack),
                           agreements(ss, es, se, guessed));
    ratchet::MessageChain<peer::ChainText> chain(std::move(keys.caller_chain));
    while (chain.next() < frame.counter) chain.step(hkdf);
    Aead<ChaCha20Poly1305> aead;
    Kept plaintext(frame.ciphertext.size() - aead.tag_size);
    return aead
        .open(chain.message_key(hkdf), nonce_of(frame.counter),
              peer::detail::AssociatedData(frame, alice.key(), bob.key()).bytes(), frame.ciphertext,
              plaintext)
        .has_value();
  };
  for (const Shared* guessed : {&ss, &es, &se}) CHECK_FALSE(opens(*guessed));
  CHECK(opens(ee));
}
