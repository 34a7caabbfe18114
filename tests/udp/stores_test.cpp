#include "handfast/udp/context.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/frozen.hpp"

using namespace handfast;
using namespace handfast::udp;
using namespace std::chrono_literals;
using test::hex, test::text, test::unhex;
using Json = nlohmann::json;

namespace {

using Bits = std::vector<std::uint8_t>;

Resumption numbered(std::uint8_t number) {
  Resumption made;
  made.id.fill(number);
  made.secret = Secret<32>::from(Bits(32, number));
  return made;
}
ResumptionId id_of(std::uint8_t number) { return numbered(number).id; }

struct Baker {
  Baker() {
    for (std::uint8_t i = 1; i < 9; ++i) random.queue.push_back(Bits(32, i));
    connect.from = Address::of(std::array<std::uint8_t, 4>{192, 0, 2, 7}, 1000);
  }
  Connect with_cookie() {
    auto made = connect;
    made.cookie = cookies.make(connect, c, 2min, now).value();
    return made;
  }
  bool takes(const Connect& m) { return cookies.verify(m, 2min, now); }

  test::QueuedRandom random;
  Random c{random};
  Cookies cookies;
  Connect connect;
  Time now{SteadyTime{} + 1h, {}};
};

}  // namespace

TEST_CASE("udp: a cookie is good for its Connect from its address only", "[illegal]") {
  Baker baker;
  CHECK_FALSE(baker.takes(baker.connect));
  const auto right = baker.with_cookie();
  CHECK(baker.takes(right));
  for (std::size_t i = 0; i < Address::size; ++i) {
    auto other = right;
    other.from.raw[i] ^= 1;
    CHECK_FALSE(baker.takes(other));
  }
  for (std::size_t i = 0; i < 32; ++i) {
    auto other = right;
    other.cookie[i] ^= 1;
    CHECK_FALSE(baker.takes(other));
    other = right;
    other.nonce[i % 16] ^= 1;
    CHECK_FALSE(baker.takes(other));
    other = right;
    other.resumption_proof[i] ^= 1;
    CHECK_FALSE(baker.takes(other));
  }
  auto other = right;
  other.mode = 1;
  CHECK_FALSE(baker.takes(other));
}

TEST_CASE("udp: a cookie is good for two to four minutes") {
  Baker baker;
  const auto first = baker.with_cookie();
  baker.now.steady += 4min - 1ns;
  CHECK(baker.takes(first));
  const auto second = baker.with_cookie();
  CHECK(second.cookie != first.cookie);
  CHECK(baker.takes(first));
  CHECK(baker.takes(second));
  baker.now.steady += 1ns;
  CHECK_FALSE(baker.takes(first));
  baker.now.steady += 2min;
  const auto third = baker.with_cookie();
  CHECK(baker.takes(second));
  baker.now.steady += 2min;
  CHECK_FALSE(baker.takes(second));
  CHECK(baker.takes(third));
}

TEST_CASE("udp: a cookie whose secret cannot be drawn is none") {
  Baker baker;
  baker.random.queue.clear();
  CHECK(baker.cookies.make(baker.connect, baker.c, 2min, baker.now).error() ==
        Fault::random_source_failed);
  auto connect = baker.connect;
  connect.cookie.fill(1);
  CHECK_FALSE(baker.takes(connect));
}

TEST_CASE("udp: a cookie has the frozen bytes", "[vectors]") {
  const Json all = Json::parse(test::read_file("vectors/udp_hardened.json"));
  for (const Json& session : all["sessions"]) {
    Baker baker;
    baker.random.queue = {unhex(all["cookie_secret"])};
    auto frame = unhex(all["client_address"]);
    const auto rest = unhex(session["connect"]);
    frame.insert(frame.end(), rest.begin(), rest.end());
    baker.connect = wire::binary::decode<Connect>(frame).value();
    const auto encoded = *wire::binary::encode(baker.with_cookie());
    CHECK(hex(Bytes(encoded).subspan(Address::size)) == text(session["connect_with_cookie"]));
  }
}

TEST_CASE("udp: what a session left is used once") {
  Resumptions kept;
  kept.put(numbered(1), {}, {4, 4}, {});
  CHECK(kept.find(id_of(2), 24h, {}) == nullptr);
  REQUIRE(kept.find(id_of(1), 24h, {}) != nullptr);
  const auto secret = kept.take(id_of(1));
  REQUIRE(secret);
  CHECK(equal(*secret, numbered(1).secret));
  CHECK(kept.find(id_of(1), 24h, {}) == nullptr);
  CHECK_FALSE(kept.take(id_of(1)));
}

TEST_CASE("udp: so many are kept, the newest, and for so long") {
  Resumptions kept;
  Time now;
  for (std::uint8_t i = 1; i <= 6; ++i) {
    kept.put(numbered(i), Host{i}, {4, 4}, now);
    now.utc += 1h;
  }
  CHECK(kept.size() == 4);
  CHECK(kept.find(id_of(2), 24h, now) == nullptr);
  CHECK(kept.find(id_of(3), 24h, now) != nullptr);
  CHECK(kept.find(id_of(3), 4h, now) == nullptr);
  kept.forget_old(4h, now);
  CHECK(kept.size() == 3);
  kept.put(numbered(6), {}, {4, 4}, now);
  CHECK(kept.size() == 3);  // not twice
  Resumptions none;
  none.put(numbered(1), {}, {0, 0}, now);
  CHECK(none.size() == 0);
}

TEST_CASE("udp: what one host leaves takes no place of another's", "[attack]") {
  Resumptions kept;
  const Host one{1}, other{2};
  kept.put(numbered(100), one, {8, 3}, {});
  for (std::uint8_t i = 1; i <= 50; ++i) kept.put(numbered(i), other, {8, 3}, {});
  CHECK(kept.size() == 4);
  CHECK(kept.find(id_of(100), 24h, {}) != nullptr);
  CHECK(kept.find(id_of(47), 24h, {}) == nullptr);
  CHECK(kept.find(id_of(48), 24h, {}) != nullptr);
  kept.put(numbered(101), one, {8, 0}, {});
  CHECK(kept.find(id_of(101), 24h, {}) == nullptr);
}

TEST_CASE("udp: what was made in a time to come is not kept for longer than its age once more") {
  Resumptions kept;
  Time now;
  now.utc += 48h;
  kept.put(numbered(1), {}, {4, 4}, now);
  now.utc -= 24h - 1ms;
  CHECK(kept.find(id_of(1), 24h, now) != nullptr);
  now.utc -= 1ms;
  CHECK(kept.find(id_of(1), 24h, now) == nullptr);
  kept.forget_old(24h, now);
  CHECK(kept.size() == 0);
}

TEST_CASE("udp: what sessions left is saved, and nothing else is taken for it") {
  Resumptions kept;
  for (std::uint8_t i = 1; i <= 3; ++i) kept.put(numbered(i), {}, {4, 4}, {});
  const Buffer saved = kept.dangerous_snapshot();
  auto restored = Resumptions::dangerous_restore(saved.bytes());
  REQUIRE(restored);
  CHECK(restored->size() == 3);
  CHECK(equal(*restored->take(id_of(2)), numbered(2).secret));
  Bits bytes(saved.bytes().begin(), saved.bytes().end());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] ^= 1;
    CHECK(Resumptions::dangerous_restore(bytes).error() == Fault::bad_snapshot);
    bytes[i] ^= 1;
    CHECK(Resumptions::dangerous_restore(Bytes(bytes).first(i)).error() == Fault::bad_snapshot);
  }
}

TEST_CASE("udp: a configuration that cannot work is known") {
  CHECK(Config{}.is_sound());
  const auto refuses = [](auto change) {
    Config config;
    change(config);
    return !config.is_sound();
  };
  CHECK(refuses([](Config& c) { c.connect_repeat = 0s; }));
  CHECK(refuses([](Config& c) { c.heartbeat_interval = 999us; }));
  CHECK(refuses([](Config& c) { c.ask_repeat = c.silence_timeout; }));
  CHECK(refuses([](Config& c) { c.resume_attempts = c.connect_attempts; }));
  CHECK(refuses([](Config& c) { c.resumptions_max = (1u << 16) + 1; }));
  CHECK(refuses([](Config& c) { c.server_key.emplace(), c.is_pinned = false; }));
  CHECK(refuses([](Config& c) { c.half_open_time = -1s; }));
  CHECK(refuses([](Config& c) { c.drain_time = 24h * 366; }));
  CHECK(refuses([](Config& c) { c.connect_attempts = 0; }));
  CHECK(refuses([](Config& c) { c.connect_attempts = 10'001; }));
  CHECK(refuses([](Config& c) { c.epoch_packets_max = 1; }));
  CHECK(refuses([](Config& c) { c.failed_opens_max = 0; }));
  CHECK(refuses([](Config& c) { c.failed_opens_max = (std::uint64_t{1} << 36) + 1; }));
  CHECK(refuses([](Config& c) { c.counter_max = 127; }));
  CHECK(refuses([](Config& c) { c.heartbeat_interval = c.silence_timeout; }));
}
