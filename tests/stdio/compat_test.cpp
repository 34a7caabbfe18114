#include "handfast/stdio/compat.hpp"

#include <nlohmann/json.hpp>

#include "handfast/wire/base64.hpp"
#include "tests/stdio/side.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/files.hpp"

namespace stdio_test {

std::unique_ptr<Side> compat_parent(Config config, Script& random) {
  return std::make_unique<SideOf<Parent<Compat>>>(std::move(config), random);
}
std::unique_ptr<Side> compat_child(Config config, Script& random) {
  return std::make_unique<SideOf<Child<Compat>>>(std::move(config), random);
}

}  // namespace stdio_test

using namespace stdio_test;

namespace {

nlohmann::json stdio_vectors() {
  return nlohmann::json::parse(test::read_file("vectors/vectors.json"));
}

/// What the deployed child writes as the body of a response.
std::string envelope_of(const std::string& record_hex, std::uint64_t ratchet) {
  std::string numbers;
  for (const std::uint8_t byte : hex(record_hex))
    numbers += (numbers.empty() ? "" : ",") + std::to_string(byte);
  return "{\"ack\":true,\"ratchet_seq\":" + std::to_string(ratchet) + ",\"encrypted_data\":[" +
         numbers + "]}";
}

Secret<32> secret_of(const nlohmann::json& digits) {
  return Secret<32>::from(hex(digits.get<std::string>()));
}

/// Parent and child with the vectors' keys, nonces of each message queued.
void give_keys(Pair& pair, const nlohmann::json& all) {
  pair.parent_random.queue.push_back(hex(all["common"]["alice_or_client_sk"].get<std::string>()));
  pair.child_random.queue.push_back(hex(all["common"]["bob_or_server_sk"].get<std::string>()));
}

}  // namespace

TEST_CASE(
    "stdio: compat speaks the published session byte for byte, lines, records, responses and keys",
    "[vectors]") {
  const auto all = stdio_vectors();
  const auto& vectors = all["stdio"];
  Pair pair(Which::compat);
  pair.responds = false;
  give_keys(pair, all);
  const Result started = pair.parent_does(Start{});
  REQUIRE(started.frames.size() == 1);
  CHECK(text(started.frames[0].bytes) + "\n" == vectors["alice_stdin"].get<std::string>());
  pair.to_child_next();
  const Result listening = pair.child_does(Listening{40000});
  REQUIRE(listening.frames.size() == 1);
  CHECK(text(listening.frames[0].bytes) + "\n" == vectors["bob_stdout_example"].get<std::string>());
  CHECK(pair.to_parent_next().has("Established"));
  CHECK(to_hex(pair.parent->channel()->send_key.bytes()) == vectors["a2b_k0"].get<std::string>());
  CHECK(to_hex(pair.child->channel()->send_key.bytes()) == vectors["b2a_k0"].get<std::string>());

  REQUIRE(vectors["messages"].size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    const auto& message = vectors["messages"][i];
    const auto seq = message["seq"].get<std::uint64_t>();
    pair.parent_random.queue.push_back(hex(message["req_nonce"].get<std::string>()));
    const Result sent = pair.send(message["req_plain"].get<std::string>());
    REQUIRE(sent.frames.size() == 1);
    CHECK(to_hex(sent.frames[0].bytes) == message["req_body"].get<std::string>());
    CHECK(text_of(AssociatedData(seq, Direction::alice_to_bob, "/message").bytes()) ==
          message["req_aad"].get<std::string>());
    const Result delivered = pair.to_child_next();
    REQUIRE(delivered.has("Delivered"));
    CHECK(delivered.find("Delivered")->text == message["req_plain"].get<std::string>());
    CHECK(delivered.find("Delivered")->correlation == seq);

    pair.child_random.queue.push_back(hex(message["resp_nonce"].get<std::string>()));
    const auto answer = message["resp_plain"].get<std::string>();
    const Result responded = pair.child_does(Respond{seq, bytes_of(answer)});
    REQUIRE(responded.frames.size() == 1);
    CHECK(text(responded.frames[0].bytes) ==
          envelope_of(message["resp_encrypted_data"].get<std::string>(),
                      message["ratchet_seq"].get<std::uint64_t>()));
    CHECK(text_of(AssociatedData(seq, Direction::bob_to_alice, "/message").bytes()) ==
          message["resp_aad"].get<std::string>());
    const Result answered = pair.to_parent_next();
    REQUIRE(answered.has("Answered"));
    CHECK(answered.find("Answered")->text == answer);

    const auto& keys = vectors["ratchets"][i];
    for (compat::Channel* channel : {pair.parent->channel(), pair.child->channel()}) {
      CHECK(channel->ratchet_count == keys["counter"].get<std::uint64_t>());
      const bool is_parent = channel->direction == Direction::alice_to_bob;
      CHECK(to_hex(channel->send_key.bytes()) ==
            keys[is_parent ? "a2b" : "b2a"].get<std::string>());
      CHECK(to_hex(channel->receive_keys[0].bytes()) ==
            keys[is_parent ? "b2a" : "a2b"].get<std::string>());
    }
  }
}

TEST_CASE(
    "stdio: compat opens what the two deployed programs said to each other, and ratchets as they "
    "did",
    "[vectors]") {
  const auto session = nlohmann::json::parse(test::read_file("vectors/stdio_real_session.json"));
  Script random;
  stdio::Context context({}, Random(random));
  const Secret<32> shared = secret_of(session["shared"]);
  compat::Channel parent = compat::Channel::from(context.hkdf, shared, Direction::alice_to_bob, {});
  compat::Channel child = compat::Channel::from(context.hkdf, shared, Direction::bob_to_alice, {});
  CHECK(to_hex(parent.send_key.bytes()) == session["a2b0"].get<std::string>());
  CHECK(to_hex(parent.receive_keys[0].bytes()) == session["b2a0"].get<std::string>());

  const Kept request = hex(session["request"].get<std::string>());
  const auto request_record = wire::binary::decode<compat::Record>(request);
  REQUIRE(request_record);
  Buffer plaintext;
  auto opened = child.open(*request_record, context, plaintext);
  REQUIRE(opened);
  CHECK(text_of(plaintext.bytes()) == session["request_plain"].get<std::string>());
  CHECK(child.received == 0);
  child.commit(*opened, context);
  CHECK(child.received == 1);
  // The same bytes again from our own parent, its nonce the recorded one.
  std::ranges::copy(Bytes(request).subspan(8, 12), context.nonce.begin());
  Kept again(request.size());
  parent.seal(bytes_of(session["request_plain"].get<std::string>()), context, again);
  CHECK(again == request);

  const Kept response = hex(session["response"].get<std::string>());
  const auto response_record = wire::binary::decode<compat::Record>(response);
  REQUIRE(response_record);
  plaintext.clear();
  auto answer = parent.open(*response_record, context, plaintext);
  REQUIRE(answer);
  CHECK(text_of(plaintext.bytes()) == session["response_plain"].get<std::string>());
  answer->ratchets = true;
  parent.commit(*answer, context);
  std::ranges::copy(Bytes(response).subspan(8, 12), context.nonce.begin());
  Kept answered(response.size());
  child.seal(bytes_of(session["response_plain"].get<std::string>()), context, answered);
  CHECK(answered == response);
  child.ratchet(context.hkdf);
  for (const compat::Channel* side : {&parent, &child}) {
    const bool is_parent = side == &parent;
    CHECK(to_hex(side->send_key.bytes()) ==
          session[is_parent ? "a2b1" : "b2a1"].get<std::string>());
    CHECK(to_hex(side->receive_keys[0].bytes()) ==
          session[is_parent ? "b2a1" : "a2b1"].get<std::string>());
  }
}

TEST_CASE("stdio: a compat machine that was restored with the recorded keys answers as recorded",
          "[vectors]") {
  const auto session = nlohmann::json::parse(test::read_file("vectors/stdio_real_session.json"));
  Pair pair(Which::compat);
  pair.establish();
  pair.responds = false;
  const auto child = pair.child->clone(pair.child_random);
  child->channel()->receive_keys[0] = secret_of(session["a2b0"]);
  child->channel()->send_key = secret_of(session["b2a0"]);
  const Result delivered =
      child->receive(channel_link, hex(session["request"].get<std::string>()), pair.now);
  REQUIRE(delivered.has("Delivered"));
  const Kept response = hex(session["response"].get<std::string>());
  pair.child_random.queue.push_back(keep(Bytes(response).subspan(8, 12)));
  const std::string answer = session["response_plain"].get<std::string>();
  const Result responded = child->handle(Respond{1, bytes_of(answer)}, pair.now);
  REQUIRE(responded.frames.size() == 1);
  CHECK(text(responded.frames[0].bytes) == envelope_of(session["response"].get<std::string>(), 1));
  CHECK(to_hex(child->channel()->send_key.bytes()) == session["b2a1"].get<std::string>());
}

TEST_CASE(
    "stdio: compat takes each liberty that the deployed decoders take, and writes none of them "
    "itself") {
  const std::string key = "B6N8vBQgk8i3VdwbEOhstCY3StFqqFPtC9/AsrhtHHw=",
                    other = "ZLEBsdC+WocEvQePmJUAH8A+jp+VIvGI3RKNmEbUhGY=";
  const std::string plain = "{\"public_key\":\"" + key + "\"}";
  for (const std::string& line : {
           "{\"unknown\":[1,{}],\"public_key\":\"" + key + "\",\"version\":7}",  // unknown names
           "{\"public_key\":\"" + other + "\",\"public_key\":\"" + key +
               "\"}",                                 // the last of a repeated name
           " { \"public_key\" : \"" + key + "\" } ",  // white space
           "{\"public_key\":\"" + std::string("\\u0042") + key.substr(1) + "\"}",  // escapes
       }) {
    INFO(line);
    const auto offer = wire::json::decode<compat::Offer>(bytes_of(line));
    REQUIRE(offer);
    CHECK(wire::json::encode(*offer).value() == plain);
  }
  const auto answer = wire::json::decode<compat::Answer>(
      bytes_of("{\"port\":1,\"port\":80,\"public_key\":\"" + key + "\"}"));
  REQUIRE(answer);
  CHECK(answer->port == 80);
  CHECK(wire::json::encode(*answer).value() == "{\"public_key\":\"" + key + "\",\"port\":80}");

  const auto text = wire::json::decode<compat::Envelope>(bytes_of(
      "{\"encrypted_data\":\"AQL/\",\"ratchet_seq\":2,\"ack\":false,\"ack\":true,\"more\":null}"));
  REQUIRE(text);
  CHECK(text->encrypted_data == Kept{1, 2, 255});
  CHECK(text->ack);
  CHECK(wire::json::encode(*text).value() ==
        "{\"ack\":true,\"ratchet_seq\":2,\"encrypted_data\":[1,2,255]}");

  // A key that is not the one encoding of its point: looked at by length only.
  std::array<std::uint8_t, 32> high{};
  high.fill(0xFF);
  const std::string line =
      "{\"public_key\":\"" + wire::base64::encode(high, wire::base64::standard) + "\"}";
  CHECK(wire::json::decode<compat::Offer>(bytes_of(line)));
}

TEST_CASE("stdio: a compat parent opens a response whose data is base64 text") {
  const auto all = stdio_vectors();
  const auto& message = all["stdio"]["messages"][0];
  Pair pair(Which::compat);
  give_keys(pair, all);
  pair.exchange_lines();
  pair.send(message["req_plain"].get<std::string>());
  const std::string body =
      "{\"ack\":true,\"ratchet_seq\":1,\"encrypted_data\":\"" +
      wire::base64::encode(hex(message["resp_encrypted_data"].get<std::string>()),
                           wire::base64::standard) +
      "\"}";
  const Result answered = pair.parent_gets(keep(body));
  REQUIRE(answered.has("Answered"));
  CHECK(answered.find("Answered")->text == message["resp_plain"].get<std::string>());
}

TEST_CASE("stdio: compat tells the limits and goes on, as deployed") {
  Config config;
  config.messages_max = 2;
  Pair pair(Which::compat, config);
  pair.establish();
  CHECK(pair.ask("one") == "re: one");
  CHECK(Pair::count(pair.parent_told, "RekeyDue") == 0);
  CHECK(pair.ask("two") == "re: two");
  CHECK(Pair::count(pair.parent_told, "RekeyDue") == 1);
  CHECK(Pair::count(pair.child_told, "RekeyDue") == 1);
  CHECK(pair.ask("three") == "re: three");
  CHECK(Pair::count(pair.parent_told, "RekeyDue") == 2);
}

TEST_CASE(
    "stdio: a compat record is refused in every truncation, extension and with any bit of key, "
    "nonce, text or tag flipped") {
  Pair pair(Which::compat);
  pair.establish();
  pair.responds = false;
  pair.send("payload");
  const Kept record = pair.to_child.front().bytes;
  const Kept before = pair.child->snapshot();
  for (std::size_t size = 0; size < record.size(); ++size) {
    const Result cut = pair.child_gets(keep(Bytes(record).first(size)));
    REQUIRE(cut.fault());
    REQUIRE(cut.told.size() == 1);
  }
  Kept longer = record;
  longer.push_back(0);
  CHECK(pair.child_gets(longer).fault() == Fault::not_authentic);
  for (std::size_t bit = 8 * 8; bit < 8 * record.size(); ++bit)
    REQUIRE(pair.child_gets(flipped(record, bit)).fault() == Fault::not_authentic);
  CHECK(pair.child->snapshot() == before);
  CHECK(pair.to_child_next().has("Delivered"));
  CHECK(pair.child_gets(record).fault() == Fault::replayed);  // while the child is at work
  pair.child_does(Respond{1, {}});
  CHECK(pair.child_gets(record).fault() == Fault::replayed);
}

TEST_CASE("stdio: a deployed parent has no place for a first request, and says so", "[illegal]") {
  Pair pair(Which::compat);
  CHECK(pair.parent_does(Start{bytes_of("too early")}).fault() == Fault::bad_argument);
  CHECK(pair.parent->state() == "Idle");
  CHECK_FALSE(pair.parent_does(Start{}).fault());
}
