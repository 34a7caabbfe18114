#include "handfast/registration/compat.hpp"

#include <nlohmann/json.hpp>

#include "handfast/core/pool.hpp"
#include "tests/registration/pair.hpp"
#include "tests/support/catch.hpp"

using namespace registration_test;
using CompatPair = PairOf<Compat>;
using Json = nlohmann::ordered_json;

namespace {

std::string text(Bytes bytes) { return std::string(text_of(bytes)); }
Json json(Bytes frame) { return Json::parse(text_of(frame)); }
Kept bytes(const Json& value) { return keep(bytes_of(value.dump())); }

/// Refused with `fault`, and everything is as it was.
template <class Role>
void check_refused(Side<Role>& side, Bytes frame, Fault fault) {
  INFO(text_of(frame));
  const Kept before = side.snapshot();
  const auto result = side.gets(frame);
  CHECK(result.fault() == fault);
  CHECK(result.frames.empty());
  CHECK(result.events.size() == 1);
  CHECK(side.snapshot() == before);
}

/// The server up to its challenge, and the client's answer to it.
struct Answered : CompatPair {
  explicit Answered(Config config = server_config()) : CompatPair(client_config(), config) {
    client.does(Connect{});
    challenge = server.does(Accept{}).frames.at(0);
    response = json(client.gets(challenge).frames.at(0));
  }
  Kept challenge;
  Json response;

  /// The server says that the registration failed, as `error`, and ends.
  void check_failure(const Result<Server<Compat>>& result, std::string_view error, Fault fault) {
    REQUIRE(result.frames.size() == 1);
    CHECK(text(result.frames[0]) ==
          R"({"type":"REGISTER_FAILURE","error":")" + std::string(error) + R"("})");
    REQUIRE(result.event<Closed>());
    CHECK(result.event<Closed>()->fault == fault);
    CHECK(server.state() == "Ended");
  }
};

/// Both registered; the other client has the key whose bytes are all 3.
struct Joined : CompatPair {
  explicit Joined(Config config = server_config()) : CompatPair(client_config(), config) {
    register_client();
  }
  Side<Client<Compat>> bob{client_config(), 3, 3};
  Joined& with_bob() {
    Side<Server<Compat>> other{server_config(), 2, 4};
    bob.does(Connect{});
    other.gets(bob.gets(other.does(Accept{}).frames.at(0)).frames.at(0));
    bob.gets(other.does(Admit{}).frames.at(0));
    return *this;
  }
  /// What the client sends for Bob.
  Kept says(std::string_view json_text) {
    return client.does(Send{bob.key(), bytes_of(json_text)}).frames.at(0);
  }
};

constexpr std::string_view invalid = "Registration failed: Invalid ciphertext";

}  // namespace

TEST_CASE("registration: compat registers a client and says what the deployed server says") {
  CompatPair pair;
  const auto proven = pair.introduce();
  REQUIRE(proven.event<Proven>());
  CHECK(proven.event<Proven>()->key == pair.client.key());
  CHECK(proven.frames.empty());
  const auto admitted = pair.server.does(Admit{});
  CHECK(text(admitted.frames.at(0)) == R"({"type":"REGISTER_SUCCESS"})");
  CHECK(admitted.event<Established>());
  CHECK(pair.client.gets(admitted.frames.at(0)).event<Admitted>());
  CHECK(pair.client.state() == "Registered");
  CHECK(pair.server.state() == "Registered");
}

TEST_CASE("registration: a compat message goes whole from one client through two to another") {
  Joined pair;
  pair.with_bob();
  const Kept frame = pair.says(R"({"a":1})");
  const auto forward = pair.server.gets(frame);
  REQUIRE(forward.event<Forward>());
  CHECK(forward.event<Forward>()->id == 1);
  CHECK(forward.event<Forward>()->recipient == pair.bob.key());
  CHECK(keep(forward.event<Forward>()->payload) == frame);

  Side<Server<Compat>> bobs{server_config(), 2, 5};
  bobs.does(Accept{});
  Joined other;
  const auto routed = other.server.does(Deliver{pair.client.key(), frame});
  CHECK(routed.frames.at(0) == frame);
  const auto delivered = pair.bob.gets(routed.frames.at(0));
  REQUIRE(delivered.event<Delivered>());
  CHECK(delivered.event<Delivered>()->sender == pair.client.key());
  CHECK(text_of(delivered.event<Delivered>()->payload) == R"({"a":1})");

  // And the answer: the envelope with another type.
  Json expected = json(frame);
  expected["type"] = "MESSAGE_DELIVERED";
  const auto answer = pair.server.does(Report{1, Fate::forwarded});
  CHECK(text(answer.frames.at(0)) == expected.dump());
  const auto receipted = pair.client.gets(answer.frames.at(0));
  REQUIRE(receipted.event<compat::Receipted>());
  CHECK(receipted.event<compat::Receipted>()->error.empty());
}

TEST_CASE("registration: a compat client knows by its nonce which message an answer is about") {
  Joined pair;
  const auto first = pair.client.does(Send{pair.bob.key(), bytes_of("1")});
  const auto second = pair.client.does(Send{pair.bob.key(), bytes_of("2")});
  const auto nonce = [](const auto& sent) { return sent.template event<compat::Sent>()->nonce; };
  CHECK(nonce(first) != nonce(second));
  pair.server.gets(first.frames.at(0));
  pair.server.gets(second.frames.at(0));
  const auto about_second =
      pair.client.gets(pair.server.does(Report{2, Fate::not_available}).frames.at(0));
  CHECK(about_second.event<compat::Receipted>()->nonce == nonce(second));
  CHECK(about_second.event<compat::Receipted>()->error == "RECIPIENT_NOT_AVAILABLE");
  const auto about_first =
      pair.client.gets(pair.server.does(Report{1, Fate::forwarded}).frames.at(0));
  CHECK(about_first.event<compat::Receipted>()->nonce == nonce(first));
  CHECK(about_first.event<compat::Receipted>()->error.empty());
}

// The server's checks of a response, in the page's order.

TEST_CASE("registration: a compat response to another server is no registration", "[illegal]") {
  Answered pair;
  pair.response["to"] = json(Answered().challenge)["from"];
  CHECK(pair.server.gets(bytes(pair.response)).event<Proven>());
  Answered wrong;
  wrong.response["to"] = wrong.response["from"];
  wrong.check_failure(wrong.server.gets(bytes(wrong.response)), invalid, Fault::wrong_session);
}

TEST_CASE("registration: a compat response to another challenge is no registration", "[illegal]") {
  Answered pair;
  pair.response["nonce"] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
  pair.check_failure(pair.server.gets(bytes(pair.response)), invalid, Fault::wrong_session);
}

TEST_CASE("registration: a compat response whose box does not open is no registration",
          "[illegal]") {
  Answered reference;
  const auto size = reference.response["message"].get<std::string>().size();
  for (std::size_t at = 0; at < size; ++at) {
    Answered pair;
    auto box = pair.response["message"].get<std::string>();
    box[at] = box[at] == 'A' ? 'B' : 'A';
    if (at + 1 == size) continue;  // its last bits may be none of the box's
    pair.response["message"] = box;
    pair.check_failure(pair.server.gets(bytes(pair.response)), invalid, Fault::not_authentic);
  }
  for (const char* const box : {"", "AAAA", "AAAAAAAAAAAAAAAAAAAAAA"}) {
    Answered pair;
    pair.response["message"] = box;
    pair.check_failure(pair.server.gets(bytes(pair.response)), invalid, Fault::not_authentic);
  }
}

TEST_CASE("registration: a compat response needs a box of its own for an empty text too",
          "[illegal]") {
  // Nothing to compare: the tag alone says whether the key was there.
  Config config = server_config();
  config.challenge_text.clear();
  Answered pair(config);
  pair.response["message"] = "AAAAAAAAAAAAAAAAAAAAAA";
  pair.check_failure(pair.server.gets(bytes(pair.response)), invalid, Fault::not_authentic);
  Answered honest(config);
  CHECK(honest.server.gets(bytes(honest.response)).event<Proven>());
}

TEST_CASE("registration: a compat response with another text is no registration", "[illegal]") {
  for (const std::string_view other : {"Welcome?", "Welcome", "Welcome!!", ""}) {
    Answered pair;
    Json challenge = json(pair.challenge);
    challenge["challengeText"] = other;
    const auto response = pair.client.gets(bytes(challenge));
    pair.check_failure(pair.server.gets(response.frames.at(0)), invalid, Fault::not_authentic);
  }
}

TEST_CASE("registration: a compat response under a key that everybody knows is no registration",
          "[illegal]") {
  Answered pair;
  pair.response["from"] = std::string(43, 'A');
  pair.check_failure(pair.server.gets(bytes(pair.response)), invalid, Fault::low_order_key);
}

TEST_CASE("registration: what is no response to a compat server is told its type, and ends",
          "[illegal]") {
  const std::string_view unexpected = "Registration failed: Unexpected message type: ";
  const std::pair<std::string, std::string> cases[] = {
      {R"({"type":"HELLO"})", "HELLO"},     {R"({"type":"CHALLENGE"})", "CHALLENGE"},
      {R"({"type":"MESSAGE"})", "MESSAGE"}, {R"({"type":""})", ""},
      {R"({"hello":1})", "undefined"},
  };
  for (const auto& [frame, type] : cases) {
    Answered pair;
    pair.check_failure(pair.server.gets(bytes_of(frame)), std::string(unexpected) + type,
                       Fault::unexpected_message);
  }
  Joined whole;
  Answered pair;
  pair.check_failure(pair.server.gets(whole.says("1")), std::string(unexpected) + "MESSAGE",
                     Fault::unexpected_message);
}

TEST_CASE("registration: a compat server says that the time is over, and the client hears it",
          "[timeout]") {
  Answered pair;
  const auto result = pair.server.waits_just(10s);
  pair.check_failure(result, "Registration timed out", Fault::timed_out);
  const auto refused = pair.client.gets(result.frames.at(0));
  REQUIRE(refused.event<compat::Refused>());
  CHECK(refused.event<compat::Refused>()->reason == "Registration timed out");
  REQUIRE(refused.event<Closed>());
  Answered undecided;
  undecided.server.waits(10s - 1ns);
  undecided.server.gets(bytes(undecided.response));
  CHECK(undecided.server.state() == "Admitting");
  undecided.check_failure(undecided.server.waits_just(10s), "Registration timed out",
                          Fault::timed_out);
  Config quick = server_config();
  quick.registration_timeout = 1000ms;
  CompatPair document(client_config(), quick);
  document.server.does(Accept{});
  CHECK(document.server.waits_just(1000ms).event<Closed>()->fault == Fault::timed_out);
}

TEST_CASE("registration: a compat client waits ten seconds for all of the registration",
          "[timeout]") {
  CompatPair pair;
  pair.client.does(Connect{});
  CHECK(pair.client.waits(9999ms).is_silent());
  pair.client.gets(pair.server.does(Accept{}).frames.at(0));
  CHECK(pair.client.state() == "AwaitingResult");
  CHECK(pair.client.waits_just(1ms).event<Closed>()->fault == Fault::timed_out);
  CompatPair silent;
  silent.client.does(Connect{});
  CHECK(silent.client.waits_just(10s).event<Closed>()->fault == Fault::timed_out);
  Config quick = client_config();
  quick.registration_timeout = 1000ms;
  CompatPair document(quick);
  document.client.does(Connect{});
  CHECK(document.client.waits_just(1s).event<Closed>()->fault == Fault::timed_out);
  CompatPair registered;
  registered.register_client();
  CHECK(registered.client.waits(24h).is_silent());
  CHECK(registered.server.waits(24h).is_silent());
}

TEST_CASE("registration: a compat connection that is gone ends either side in any state") {
  const auto ends = [](auto& side) {
    const auto result = side.does(LinkClosed{});
    CHECK(result.frames.empty());
    REQUIRE(result.template event<Closed>());
    CHECK(result.template event<Closed>()->fault == Fault::link_closed);
    CHECK(side.state() == "Ended");
  };
  CompatPair begun;
  begun.client.does(Connect{});
  ends(begun.client);
  Answered answered;
  ends(answered.client);
  ends(answered.server);
  CompatPair proven;
  proven.introduce();
  ends(proven.server);
  Joined joined;
  ends(joined.client);
  ends(joined.server);
}

TEST_CASE("registration: compat tells a key that is taken first that it is registered, then not") {
  CompatPair pair;
  pair.introduce();
  const auto declined = pair.server.does(Decline{});
  REQUIRE(declined.frames.size() == 2);
  CHECK(text(declined.frames[0]) == R"({"type":"REGISTER_SUCCESS"})");
  CHECK(text(declined.frames[1]) == R"({"error":"SOCKET_ALREADY_REGISTERED"})");
  CHECK(declined.event<Closed>()->fault == Fault::already_registered);
  CHECK(pair.client.gets(declined.frames[0]).event<Admitted>());
  CHECK(pair.client.gets(declined.frames[1]).event<Closed>()->fault == Fault::already_registered);

  Joined later;
  const auto left = later.server.does(Decline{});
  CHECK(text(left.frames.at(0)) == R"({"error":"SOCKET_ALREADY_REGISTERED"})");
  CHECK(left.event<Closed>()->fault == Fault::already_registered);
  Joined replaced;
  const auto superseded = replaced.server.does(Supersede{});
  CHECK(text(superseded.frames.at(0)) == R"({"error":"SOCKET_ALREADY_REGISTERED"})");
  CHECK(superseded.event<Closed>()->fault == Fault::superseded);
}

// The router's checks that concern one connection, in the page's order.

TEST_CASE("registration: a compat server answers what it does not carry with the sender's envelope",
          "[illegal]") {
  Joined pair;
  const Json whole = json(pair.says(R"("hello")"));
  const auto check = [&](Json envelope, std::string_view error) {
    INFO(envelope.dump());
    const auto result = pair.server.gets(bytes(envelope));
    CHECK_FALSE(result.event<Forward>());
    envelope["error"] = error;
    REQUIRE(result.frames.size() == 1);
    CHECK(text(result.frames[0]) == envelope.dump());
  };
  const auto without = [&](std::initializer_list<const char*> names) {
    Json envelope = whole;
    for (const char* const name : names) envelope.erase(name);
    return envelope;
  };
  const auto with = [](Json envelope, const char* name, const std::string& value) {
    envelope[name] = value;
    return envelope;
  };
  const std::string another = json(
      Joined().with_bob().bob.does(Send{pair.client.key(), bytes_of("1")}).frames.at(0))["from"];
  check(without({"from"}), "SOCKET_NOT_REGISTERED");
  check(with(whole, "from", "no key"), "SOCKET_NOT_REGISTERED");
  check(without({"from", "message", "type"}), "SOCKET_NOT_REGISTERED");
  check(with(whole, "from", another), "MISMATCHED_SOCKET_PUBLIC_KEY");
  check(with(without({"message", "type"}), "from", another), "MISMATCHED_SOCKET_PUBLIC_KEY");
  check(without({"message"}), "MISSING_CONTENT_FIELD");
  check(without({"message", "type"}), "MISSING_CONTENT_FIELD");
  check(without({"type"}), "MISSING_TYPE_MESSAGE");
  check(with(whole, "type", "LETTER"), "MISSING_TYPE_MESSAGE");
  check(without({"to"}), "RECIPIENT_NOT_AVAILABLE");
  check(with(whole, "to", "nobody"), "RECIPIENT_NOT_AVAILABLE");
  check(without({"nonce"}), "RECIPIENT_NOT_AVAILABLE");
  const auto forward = pair.server.gets(bytes(whole));
  REQUIRE(forward.event<Forward>());
  Json expected = whole;
  expected["error"] = "RECIPIENT_NOT_AVAILABLE";
  CHECK(text(pair.server.does(Report{forward.event<Forward>()->id, Fate::busy}).frames.at(0)) ==
        expected.dump());
}

TEST_CASE("registration: each answer of a compat server reaches the client that it is for") {
  Joined pair;
  for (const std::string_view error :
       {"SOCKET_NOT_REGISTERED", "MISMATCHED_SOCKET_PUBLIC_KEY", "MISSING_CONTENT_FIELD",
        "MISSING_TYPE_MESSAGE", "RECIPIENT_NOT_AVAILABLE"}) {
    Json answer = json(pair.says("1"));
    answer["error"] = error;
    const auto told = pair.client.gets(bytes(answer));
    REQUIRE(told.event<compat::Receipted>());
    CHECK(told.event<compat::Receipted>()->error == error);
    CHECK_FALSE(told.event<Delivered>());
  }
  Json others = json(pair.says("1"));
  others["from"] = others["to"];
  others["error"] = "RECIPIENT_NOT_AVAILABLE";
  check_refused(pair.client, bytes(others), Fault::wrong_session);
  others.erase("error");
  others["type"] = "MESSAGE_DELIVERED";
  check_refused(pair.client, bytes(others), Fault::wrong_session);
}

// Bounds.

TEST_CASE("registration: a compat client that sends more than its share is told what there is") {
  Config config = server_config();
  config.messages_a_second = 2;
  config.messages_at_once = 3;
  Joined pair(config);
  const auto send = [&] {
    const auto result = pair.server.gets(pair.says("1"));
    if (const auto* forward = result.event<Forward>())
      (void)pair.server.does(Report{forward->id, Fate::forwarded});
    return result;
  };
  for (int i = 0; i < 3; ++i) CHECK(send().event<Forward>());
  const auto busy = send();
  CHECK_FALSE(busy.event<Forward>());
  CHECK(json(busy.frames.at(0))["error"] == "RECIPIENT_NOT_AVAILABLE");
  pair.server.now.steady += 500ms;
  CHECK(send().event<Forward>());
  CHECK_FALSE(send().event<Forward>());
}

TEST_CASE("registration: a compat server answers so many frames of a client, and refuses one more",
          "[attack]") {
  Config config = server_config();
  config.frames_a_second = 2;
  config.frames_at_once = 3;
  config.messages_a_second = 1;
  config.messages_at_once = 1;
  Joined pair(config);
  const Kept stray = keep(bytes_of(R"({"type":"STRAY"})"));
  CHECK(pair.server.gets(stray).frames.size() == 1);
  CHECK(pair.server.gets(pair.says("1")).event<Forward>());
  CHECK(pair.server.gets(pair.says("1")).frames.size() == 1);
  check_refused(pair.server, stray, Fault::limit_reached);
  check_refused(pair.server, pair.says("1"), Fault::limit_reached);
  pair.server.now.steady += 499ms;
  check_refused(pair.server, stray, Fault::limit_reached);
  pair.server.now.steady += 1ms;
  CHECK(pair.server.gets(pair.says("1")).frames.size() == 1);
  check_refused(pair.server, stray, Fault::limit_reached);
}

TEST_CASE("registration: a compat server keeps no more than sixteen messages without a report") {
  Joined pair;
  for (std::uint64_t id = 1; id <= 16; ++id)
    CHECK(pair.server.gets(pair.says("1")).event<Forward>()->id == id);
  const auto more = pair.server.gets(pair.says("1"));
  CHECK_FALSE(more.event<Forward>());
  CHECK(json(more.frames.at(0))["error"] == "RECIPIENT_NOT_AVAILABLE");
  CHECK(pair.server.does(Report{17, Fate::forwarded}).fault() == Fault::bad_argument);
  CHECK(pair.server.does(Report{3, Fate::forwarded}).frames.size() == 1);
  CHECK(pair.server.does(Report{3, Fate::forwarded}).fault() == Fault::bad_argument);
  CHECK(pair.server.gets(pair.says("1")).event<Forward>()->id == 17);
}

TEST_CASE("registration: what waits for a slow compat client is bounded, answers too") {
  Config config = server_config();
  config.queue_max = 1000;
  Joined pair(config);
  const Kept envelope = pair.says("1");
  std::size_t delivered = 0;
  while (!pair.server.does(Deliver{pair.bob.key(), envelope}).fault()) ++delivered;
  CHECK(delivered ==
        (1000 - std::string_view(R"({"type":"REGISTER_SUCCESS"})").size()) / envelope.size());
  CHECK(pair.server.does(Deliver{pair.bob.key(), envelope}).fault() == Fault::back_pressure);
  std::size_t answers = 0;
  while (!pair.server.gets(bytes_of("{}")).frames.empty()) ++answers;
  CHECK(answers > 100);
  CHECK(answers < 3000);
  // A message goes on all the same, its sender is not told.
  const auto forward = pair.server.gets(envelope);
  REQUIRE(forward.event<Forward>());
  CHECK(pair.server.does(Report{1, Fate::forwarded}).is_silent());
  Json mismatched = json(envelope);
  mismatched["from"] = mismatched["to"];
  CHECK(pair.server.gets(bytes(mismatched)).is_silent());
  pair.server.does(Drained{std::size_t{1} << 40});
  CHECK(pair.server.does(Deliver{pair.bob.key(), envelope}).frames.at(0) == envelope);
  CHECK(pair.server.does(Deliver{pair.bob.key(), Kept(compat::frame_size_max + 1)}).fault() ==
        Fault::too_large);
}

TEST_CASE("registration: the largest compat text goes through, one byte more does not") {
  Joined pair;
  pair.with_bob();
  const std::string largest = '"' + std::string(payload_size_max - 2, 'x') + '"';
  const Kept frame = pair.says(largest);
  CHECK(frame.size() <= compat::frame_size_max);
  REQUIRE(pair.server.gets(frame).event<Forward>());
  const auto delivered = pair.bob.gets(frame);
  REQUIRE(delivered.event<Delivered>());
  CHECK(text_of(delivered.event<Delivered>()->payload) == largest);
  const auto answer = pair.server.does(Report{1, Fate::not_available});
  REQUIRE(pair.client.gets(answer.frames.at(0)).event<compat::Receipted>());
  CHECK(pair.client.does(Send{pair.bob.key(), bytes_of(largest + ' ')}).fault() ==
        Fault::too_large);
  check_refused(pair.server, Kept(compat::frame_size_max + 1, ' '), Fault::oversized);
}

// Bad input is a fault with a name, and changes nothing.

TEST_CASE("registration: what compat repeats of the other's words is bounded", "[illegal]") {
  const std::string type(compat::type_size_max, 'x');
  Answered pair;
  check_refused(pair.server, bytes_of(R"({"type":")" + type + R"(x"})"), Fault::unknown_type);
  pair.check_failure(pair.server.gets(bytes_of(R"({"type":")" + type + R"("})")),
                     "Registration failed: Unexpected message type: " + type,
                     Fault::unexpected_message);
  const auto failure = [](std::size_t size) {
    return R"({"type":"REGISTER_FAILURE","error":")" + std::string(size, 'x') + R"("})";
  };
  check_refused(pair.client, bytes_of(failure(compat::error_size_max + 1)), Fault::oversized);
  const auto refused = pair.client.gets(bytes_of(failure(compat::error_size_max)));
  REQUIRE(refused.event<compat::Refused>());
  CHECK(refused.event<compat::Refused>()->reason.size() == compat::error_size_max);
}

TEST_CASE("registration: what ends the deployed server's process is a fault of compat's",
          "[illegal][attack]") {
  Answered pair;
  for (const std::string_view frame :
       {"", "x", "{", "{\"type\":\"CHALLENGE_RESPONSE\"", "\xFF\xFE", "{\"type\":\"\xC0\"}"})
    check_refused(pair.server, bytes_of(frame), Fault::not_json);
  for (const std::string_view frame : {"null", "[]", "1", "\"text\"", "[]x"})
    check_refused(pair.server, bytes_of(frame), Fault::malformed);
  const auto with = [&](const char* name, const Json& value) {
    Json changed = pair.response;
    changed[name] = value;
    return bytes(changed);
  };
  check_refused(pair.server, with("from", "not a key!"), Fault::bad_encoding);
  check_refused(pair.server, with("from", "AAAA"), Fault::wrong_length);
  check_refused(pair.server, with("from", nullptr), Fault::malformed);
  check_refused(pair.server, with("to", 5), Fault::malformed);
  check_refused(pair.server, with("nonce", "AAAA"), Fault::wrong_length);
  check_refused(pair.server, with("message", "====="), Fault::bad_encoding);
  check_refused(pair.server, with("message", Json::array({1, 2})), Fault::malformed);
  Json none = pair.response;
  none.erase("message");
  check_refused(pair.server, bytes(none), Fault::malformed);
  check_refused(pair.server, bytes_of("{\"type\":\"" + std::string(65, 'x') + "\"}"),
                Fault::unknown_type);
  CHECK(pair.server.gets(bytes(pair.response)).event<Proven>());  // still there
}

TEST_CASE("registration: a compat client survives whatever a server sends", "[illegal]") {
  CompatPair pair;
  pair.client.does(Connect{});
  const Json challenge = json(pair.server.does(Accept{}).frames.at(0));
  const auto with = [&](const char* name, const Json& value) {
    Json changed = challenge;
    changed[name] = value;
    return bytes(changed);
  };
  check_refused(pair.client, bytes_of("x"), Fault::not_json);
  check_refused(pair.client, bytes_of(R"({"type":"REGISTER_SUCCESS"})"), Fault::unexpected_message);
  check_refused(pair.client, bytes_of(R"({"type":"HELLO"})"), Fault::unknown_type);
  check_refused(pair.client, with("from", "AAAA"), Fault::wrong_length);
  check_refused(pair.client, with("from", std::string(43, 'A')), Fault::low_order_key);
  check_refused(pair.client, with("nonce", "!"), Fault::bad_encoding);
  check_refused(pair.client, with("challengeText", std::string(1025, 'x')), Fault::oversized);
  check_refused(pair.client, with("challengeText", Json::object()), Fault::malformed);
  CHECK(pair.client.gets(bytes(challenge)).frames.size() == 1);

  Joined joined;
  joined.with_bob();
  const Json message = json(joined.says("[1]"));
  const auto changed = [&](const char* name, const Json& value) {
    Json envelope = message;
    envelope[name] = value;
    return bytes(envelope);
  };
  const std::string box = message["message"];
  for (std::size_t at = 0; at + 1 < box.size(); ++at) {
    std::string flipped = box;
    flipped[at] = flipped[at] == 'A' ? 'B' : 'A';
    check_refused(joined.bob, changed("message", flipped), Fault::not_authentic);
  }
  check_refused(joined.bob, changed("message", "AAAA"), Fault::not_authentic);
  check_refused(joined.bob, changed("from", message["to"]), Fault::not_authentic);
  check_refused(joined.bob, changed("from", std::string(43, 'A')), Fault::low_order_key);
  check_refused(joined.bob, changed("nonce", std::string(32, 'A')), Fault::not_authentic);
  CHECK(joined.bob.gets(bytes(message)).event<Delivered>());
}

TEST_CASE("registration: what is in a compat box is a JSON value, or it is not told", "[illegal]") {
  Joined pair;
  pair.with_bob();
  for (const std::string_view no_json : {"", "x", "{", "1 2",
                                         "\xEF\xBB\xBF"
                                         "1",
                                         "'a'"})
    CHECK(pair.client.does(Send{pair.bob.key(), bytes_of(no_json)}).fault() == Fault::bad_argument);
  for (const std::string_view fine : {"null", "1", "\"a\"", "[{}]", " { } "})
    CHECK(pair.bob.gets(pair.says(fine)).event<Delivered>());
  // Another program may seal what it likes.
  SecretBox box;
  const auto key = box_key(Side<Client<Compat>>::identity(1), pair.bob.key());
  compat::Envelope envelope{pair.client.key(), pair.bob.key(), {}, {}};
  envelope.message = compat::sealed(box, *key, envelope.nonce, bytes_of("no JSON"));
  check_refused(pair.bob, bytes_of(*wire::json::encode(envelope)), Fault::not_json);
}

TEST_CASE("registration: who has no key, no text or no random bytes begins nothing as compat",
          "[illegal]") {
  Machine<Client<Compat>> keyless{compat::Context(client_config(), {})};
  CHECK(keyless.handle(Connect{}, {}).fault() == Fault::bad_argument);
  Machine<Server<Compat>> none{compat::Context(server_config(), {})};
  CHECK(none.handle(Accept{}, {}).fault() == Fault::bad_argument);
  Config config = server_config();
  for (const char letter : {'x', '\x01'}) {  // the second takes six bytes in JSON
    config.challenge_text = std::string(compat::text_size_max, letter);
    CHECK(CompatPair(client_config(), config).introduce().event<Proven>());
    config.challenge_text += letter;
    CHECK(CompatPair(client_config(), config).server.does(Accept{}).fault() == Fault::bad_argument);
  }
  config.challenge_text = "\xFF";
  CHECK(CompatPair(client_config(), config).server.does(Accept{}).fault() == Fault::bad_argument);
  CompatPair broken;
  broken.server.random().fail_next(1, 1);
  CHECK(broken.server.does(Accept{}).fault() == Fault::random_source_failed);
  Joined pair;
  pair.client.random().fail_next(1, 1);
  CHECK(pair.client.does(Send{pair.bob.key(), bytes_of("1")}).fault() ==
        Fault::random_source_failed);
  const auto nobody = x25519::PublicKey::parse_as_deployed(Kept(32)).value();
  CHECK(pair.client.does(Send{nobody, bytes_of("1")}).fault() == Fault::low_order_key);
}

// Leniencies: what the deployed decoders take is taken, and said again in its one right form.

TEST_CASE(
    "registration: compat takes four spellings of a key for one, padded or not, and + and /") {
  for (const char last : {'U', 'V', 'W', 'X'}) {
    std::string key = "u3I5RMw41QpBtvUcogAZc_N5h3YCTHVWIJV-wlNXgFU";
    key.back() = last;
    std::string standard = key;
    std::ranges::replace(standard, '-', '+');
    std::ranges::replace(standard, '_', '/');
    for (const std::string& spelling : {key, key + "=", standard, standard + "="}) {
      const auto challenge = wire::json::decode<compat::Challenge>(
          bytes_of(R"({"type":"CHALLENGE","from":")" + spelling +
                   R"(","nonce":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYX","challengeText":""})"));
      REQUIRE(challenge);
      CHECK(wire::json::encode(*challenge).value() ==
            R"({"type":"CHALLENGE","from":"u3I5RMw41QpBtvUcogAZc_N5h3YCTHVWIJV-wlNXgFU",)"
            R"("nonce":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYX","challengeText":""})");
    }
  }
}

TEST_CASE("registration: compat compares keys by their bytes, where the deployed router does not") {
  Answered pair;
  std::string from = pair.response["from"], to = pair.response["to"];
  const auto respelled = [](std::string key) {
    ++key.back();  // one of the two bits that are ignored
    return key;
  };
  pair.response["from"] = respelled(from);
  pair.response["to"] = respelled(to);
  const auto proven = pair.server.gets(bytes(pair.response));
  REQUIRE(proven.event<Proven>());
  CHECK(proven.event<Proven>()->key == pair.client.key());
  Joined joined;
  Json message = json(joined.says("1"));
  const Json as_written = message;
  message["from"] = respelled(message["from"]);
  message["to"] = respelled(message["to"]);
  const Kept frame = bytes(message);
  const auto forward = joined.server.gets(frame);
  REQUIRE(forward.event<Forward>());
  CHECK(forward.event<Forward>()->recipient == joined.bob.key());
  CHECK(keep(forward.event<Forward>()->payload) == frame);  // whole, as it came
  Json answer = as_written;
  answer["type"] = "MESSAGE_DELIVERED";
  CHECK(text(joined.server.does(Report{1, Fate::forwarded}).frames.at(0)) == answer.dump());
}

TEST_CASE("registration: compat takes what JSON.parse takes, and says none of it itself") {
  const std::string plain = R"({"type":"REGISTER_FAILURE","error":"why"})";
  for (const std::string_view frame : {
           R"({"type":"REGISTER_FAILURE","error":"why"})",
           R"({"type":"REGISTER_FAILURE","reason":"why"})",               // the document's word
           R"({"error":"why","type":"REGISTER_FAILURE"})",                // in any order
           R"({"more":[1,{}],"type":"REGISTER_FAILURE","error":"why"})",  // unknown names
           R"({"type":"X","type":"REGISTER_FAILURE","error":1,"error":"why"})",  // the last counts
           "{ \"type\" :\t\"REGISTER_FAILURE\",\n\"error\":\"why\" }",           // white space
           R"({"type":"REGISTER_FAIL\u0055RE","error":"w\u0068y"})",             // escapes
       }) {
    INFO(frame);
    const auto failure = wire::json::decode<compat::RegisterFailure>(bytes_of(frame));
    REQUIRE(failure);
    CHECK(wire::json::encode(*failure).value() == plain);
    Answered pair;
    const auto refused = pair.client.gets(bytes_of(frame));
    REQUIRE(refused.event<compat::Refused>());
    CHECK(refused.event<compat::Refused>()->reason == "why");
    CHECK(refused.event<Closed>()->fault == Fault::not_authentic);
  }
  Answered pair;  // the document's client does without a reason
  const auto refused = pair.client.gets(bytes_of(R"({"type":"REGISTER_FAILURE"})"));
  REQUIRE(refused.event<compat::Refused>());
  CHECK(refused.event<compat::Refused>()->reason.empty());
}

TEST_CASE("registration: a compat server takes all of that too") {
  Answered pair;
  const std::string response = pair.response.dump();
  const std::string lenient = " {\"more\":{\"type\":1}, \"nonce\":\"x\", " +
                              response.substr(1, response.size() - 2) + " } ";
  CHECK(pair.server.gets(bytes_of(lenient)).event<Proven>());
  // A key is looked at by its length only: one that is not the one encoding of its point.
  Answered other;
  std::array<std::uint8_t, 32> high{};
  high.fill(0xFF);
  other.response["from"] = wire::base64::encode(high, wire::base64::url);
  CHECK(other.server.gets(bytes(other.response)).event<Closed>()->fault == Fault::not_authentic);
}

// What follows from the design, and stays.

TEST_CASE("registration: a compat client answers every challenge, whoever it names", "[attack]") {
  Answered pair;
  Json challenge = json(pair.challenge);
  challenge["from"] = json(Joined().says("1"))["to"];
  const auto sealed = pair.client.gets(bytes(challenge));
  REQUIRE(sealed.frames.size() == 1);
  CHECK(json(sealed.frames[0])["to"] == challenge["from"]);
  CHECK(pair.client.state() == "AwaitingResult");
}

TEST_CASE("registration: a compat message is told as often as it comes", "[attack]") {
  Joined pair;
  pair.with_bob();
  const Kept frame = pair.says("1");
  CHECK(pair.bob.gets(frame).event<Delivered>());
  CHECK(pair.bob.gets(frame).event<Delivered>());
}

TEST_CASE("registration: a compat client keeps one contact's key, and wipes it at its end") {
  Joined pair;
  const auto& context = pair.client.machine().context();
  const auto holds = [&](const x25519::PublicKey& contact) {
    const auto key = box_key(Side<Client<Compat>>::identity(1), contact);
    return context.contact == contact && equal(context.contact_key, *key);
  };
  pair.says("1");
  CHECK(holds(pair.bob.key()));
  pair.client.does(Send{pair.server.key(), bytes_of("1")});
  CHECK(holds(pair.server.key()));
  pair.client.does(LinkClosed{});
  CHECK_FALSE(context.contact);
  CHECK(equal(context.contact_key, SecretBox::Key{}));
}

TEST_CASE("registration: compat roles are never stuck with four messages in flight") {
  const Verdict verdict = explore<Client<Compat>, Server<Compat>, 4>(Channel::reliable, 0);
  CHECK(verdict.flaw == Flaw::none);
  CHECK(verdict.explored > 100);
}

TEST_CASE("registration: a compat server in a pool speaks as one alone") {
  Pool<Server<Compat>> pool(compat::Context(server_config(), Side<Server<Compat>>::identity(2)), 2);
  Side<Client<Compat>> clients[] = {{client_config(), 1, 1}, {client_config(), 3, 3}};
  const Time now{SteadyTime{} + 1h, {}};
  for (std::uint32_t i = 0; i < 2; ++i) {
    REQUIRE(pool.open(Link{i}));
    clients[i].does(Connect{});
    const Kept challenge = keep(pool.handle(Link{i}, Accept{}, now).transmit[0].bytes);
    const Kept response = clients[i].gets(challenge).frames.at(0);
    CHECK(pool.receive(Link{i}, response, now).event<Proven>()->key == clients[i].key());
    clients[i].gets(pool.handle(Link{i}, Admit{}, now).transmit[0].bytes);
  }
  const Kept frame = clients[0].does(Send{clients[1].key(), bytes_of("1")}).frames.at(0);
  const auto forward = pool.receive(Link{0}, frame, now);
  REQUIRE(forward.event<Forward>());
  const Kept whole = keep(forward.event<Forward>()->payload);
  const auto routed = pool.handle(Link{1}, Deliver{clients[0].key(), whole}, now);
  CHECK(routed.transmit[0].link == Link{1});
  CHECK(clients[1].gets(routed.transmit[0].bytes).event<Delivered>());
}
