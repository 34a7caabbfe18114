#include "handfast/udp/session.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/frozen.hpp"

using namespace handfast;
using namespace handfast::udp;
using Json = nlohmann::json;

namespace {

using Kept = std::vector<std::uint8_t>;
using AnyOpened =
    std::expected<handfast::Opened<Pending, Data, Heartbeat, Challenge, Response, Close, Forged>,
                  Fault>;

/// One end of a session, without a role around it.
struct End {
  template <class M>
  Kept says(const M& message) {
    frames.clear();
    if (session.seal(message, to, c, frames) == 0) return {};
    const auto frame = frames.view()[0].bytes;
    return {frame.begin(), frame.end()};
  }
  Kept says_data(std::string_view text = "Hello, other side") {
    return says(Data{0, 0, bytes_of(text)});
  }
  AnyOpened opens(Bytes frame) {
    plaintext.clear();
    const auto packet = wire::binary::decode<Packet>(frame);
    if (!packet) return std::unexpected(packet.error());
    return session.open<Data, Heartbeat, Challenge, Response, Close>(*packet, c, plaintext);
  }
  /// Opens and commits; the fault, where there is one.
  std::optional<Fault> takes(Bytes frame) {
    auto opened = opens(frame);
    if (!opened) return opened.error();
    if (std::holds_alternative<Forged>(opened->message)) {
      session.count_forged(c);
      return Fault::not_authentic;
    }
    session.commit(opened->pending, c);
    return std::nullopt;
  }
  Kept snapshot() const {
    Buffer out;
    SnapshotWriter w(out);
    handfast::detail::write_value(w, session);
    return {out.bytes().begin(), out.bytes().end()};
  }

  Context c;
  Session session;
  Address to;
  Frames frames;
  Buffer plaintext;
};

struct Ends {
  explicit Ends(const Config& config = {}) {
    Connected connected;
    connected.client_half = {1, 2, 3, 4};
    connected.server_half = {5, 6, 7, 8};
    const auto secret = Secret<32>::from(std::array<std::uint8_t, 32>{9});
    for (const bool is_client : {true, false}) {
      End& end = is_client ? client : server;
      end.c.config = config;
      end.c.now.steady = SteadyTime{} + 1h;
      SessionKeys keys(end.c.hkdf, {}, secret, nullptr, nullptr);
      end.session = Session::of(keys, connected, is_client, end.c);
    }
  }
  void wait(Duration duration) {
    client.c.now.steady += duration;
    server.c.now.steady += duration;
  }
  /// The client's next packet is of the epoch after this one's.
  Kept in_next_epoch() {
    client.session.sending.sent_in_epoch = client.c.config.epoch_packets_max;
    return client.says_data();
  }
  End client, server;
};

bool holds(const Kept& where, Bytes what) { return !std::ranges::search(where, what).empty(); }

}  // namespace

TEST_CASE("udp: what one end seals the other opens, once", "[roundtrip]") {
  Ends ends;
  for (int i = 0; i < 3; ++i) {
    const auto frame = ends.client.says_data();
    CHECK(frame.size() == Address::size + 22 + 6 + 17 + 16);
    auto opened = ends.server.opens(frame);
    REQUIRE(opened);
    CHECK(text_of(std::get<Data>(opened->message).payload()) == "Hello, other side");
    CHECK_FALSE(ends.server.takes(frame));
    CHECK(ends.server.takes(frame) == Fault::replayed);
    CHECK(ends.client.takes(frame) == Fault::not_authentic);  // nor does it open at its sender
    CHECK_FALSE(ends.client.takes(ends.server.says(Heartbeat{})));
  }
}

TEST_CASE("udp: a packet with one bit flipped does not open and changes nothing", "[illegal]") {
  Ends ends;
  const auto frame = ends.client.says_data();
  const auto before = ends.server.snapshot();
  for (std::size_t bit = 8 * Address::size; bit < 8 * frame.size(); ++bit) {
    Kept flipped = frame;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    auto opened = ends.server.opens(flipped);
    if (opened) CHECK(std::holds_alternative<Forged>(opened->message));
  }
  CHECK(ends.server.snapshot() == before);
  CHECK_FALSE(ends.server.takes(frame));
}

TEST_CASE("udp: a packet of another session's name is refused before its key is tried",
          "[illegal]") {
  Ends ends;
  for (const std::size_t place : {Address::size + 2u, Address::size + 6u}) {
    Kept other = ends.client.says_data();
    other[place] ^= 1;
    CHECK(ends.server.takes(other) == Fault::wrong_session);
  }
  CHECK(ends.server.session.failed_opens == 0);
}

TEST_CASE("udp: a forged number moves no window", "[illegal]") {
  Ends ends;
  const auto one = ends.client.says_data(), two = ends.client.says_data();
  Kept forged = two;
  std::fill_n(forged.begin() + Address::size + 14, 8, std::uint8_t{0xFF});
  CHECK(ends.server.takes(forged) == Fault::not_authentic);
  CHECK_FALSE(ends.server.takes(two));
  CHECK_FALSE(ends.server.takes(one));
}

TEST_CASE("udp: of the last 2048 numbers each opens late, none before them") {
  Ends ends;
  std::vector<Kept> frames;
  for (int i = 0; i < 2050; ++i) frames.push_back(ends.client.says(Heartbeat{}));
  CHECK_FALSE(ends.server.takes(frames[2049]));
  CHECK(ends.server.takes(frames[1]) == Fault::stale);
  CHECK_FALSE(ends.server.takes(frames[2]));
  CHECK(ends.server.takes(frames[2]) == Fault::replayed);
}

TEST_CASE("udp: a key is replaced when it has sealed enough, or for long enough") {
  Config config;
  config.epoch_packets_max = 3;
  Ends ends(config);
  for (int i = 0; i < 3; ++i) CHECK_FALSE(ends.server.takes(ends.client.says_data()));
  CHECK(ends.client.session.sending.epoch == 0);
  CHECK_FALSE(ends.server.takes(ends.client.says_data()));
  CHECK(ends.client.session.sending.epoch == 1);
  CHECK(ends.server.session.receiving.epoch == 1);
  CHECK(ends.client.session.sending.next == 4);  // the numbers go on
  CHECK_FALSE(ends.client.takes(ends.server.says(Heartbeat{})));
  CHECK(ends.client.session.sending.seen_epoch == 1);
  ends.wait(2min);
  CHECK_FALSE(ends.server.takes(ends.client.says_data()));
  CHECK(ends.server.session.receiving.epoch == 2);
}

TEST_CASE("udp: a key that was replaced is nowhere in the session any more") {
  Ends ends;
  const auto first = ends.client.session.sending.key.dangerous_copy();
  REQUIRE(holds(ends.client.snapshot(), first.bytes()));
  const auto late = ends.client.says_data();
  const auto frame = ends.in_next_epoch();
  CHECK_FALSE(holds(ends.client.snapshot(), first.bytes()));
  CHECK_FALSE(ends.server.takes(frame));
  CHECK(holds(ends.server.snapshot(), first.bytes()));  // what is late still opens
  ends.wait(10s);
  ends.server.session.forget_old(ends.server.c);
  CHECK_FALSE(holds(ends.server.snapshot(), first.bytes()));
  CHECK(ends.server.takes(late) == Fault::stale);
}

TEST_CASE("udp: the key of the epoch before opens for 10 seconds, by the clock alone") {
  Ends ends;
  const auto one = ends.client.says_data(), two = ends.client.says_data();
  CHECK_FALSE(ends.server.takes(ends.in_next_epoch()));
  ends.wait(10s - 1ns);
  CHECK_FALSE(ends.server.takes(one));
  ends.wait(1ns);
  CHECK(ends.server.takes(two) == Fault::stale);
}

TEST_CASE("udp: a new epoch is answered at once, so that its sender may go on") {
  Ends ends;
  CHECK_FALSE(ends.server.takes(ends.in_next_epoch()));
  CHECK(ends.server.session.heartbeat_due.at == ends.server.c.now.steady);
}

TEST_CASE("udp: a receiver follows over 8 epochs and not over 9", "[illegal]") {
  for (const std::uint32_t ahead : {8u, 9u}) {
    Ends ends;
    auto& sending = ends.client.session.sending;
    for (std::uint32_t i = 0; i < ahead; ++i) {
      sending.seen_epoch = sending.epoch;
      sending.sent_in_epoch = ends.client.c.config.epoch_packets_max;
      (void)ends.client.says(Heartbeat{});
    }
    const auto before = ends.server.snapshot();
    const auto frame = ends.client.says_data();
    if (ahead == 8) {
      CHECK_FALSE(ends.server.takes(frame));
      CHECK(ends.server.session.receiving.epoch == 8);
    } else {
      CHECK(ends.server.takes(frame) == Fault::too_far_ahead);
      CHECK(ends.server.snapshot() == before);
    }
  }
}

TEST_CASE("udp: a forged epoch commits no key", "[illegal]") {
  Ends ends;
  Kept forged = ends.client.says_data();
  forged[Address::size + 13] = 3;
  const auto before = ends.server.snapshot();
  REQUIRE(ends.server.opens(forged));
  CHECK(ends.server.snapshot() == before);
  CHECK_FALSE(ends.server.takes(ends.client.says_data()));
}

TEST_CASE("udp: a sender is never more than 4 epochs beyond what was seen") {
  Ends ends;
  for (int i = 0; i < 9; ++i) (void)ends.in_next_epoch();
  CHECK(ends.client.session.sending.epoch == 4);
  CHECK(ends.client.session.sending.is_stuck(ends.client.c.config, ends.client.c.now));
  // What it says then asks for an answer, in its present epoch, soon.
  CHECK(ends.client.session.heartbeat_due.at == ends.client.c.now.steady + 1s);
  const auto asks = ends.client.says(Heartbeat{});
  auto opened = ends.server.opens(asks);
  REQUIRE(opened);
  CHECK(std::get<Heartbeat>(opened->message).asks == 1);
  CHECK_FALSE(ends.server.takes(asks));
  CHECK_FALSE(ends.client.takes(ends.server.says(Heartbeat{})));
  CHECK_FALSE(ends.client.session.sending.is_stuck(ends.client.c.config, ends.client.c.now));
  CHECK_FALSE(ends.server.takes(ends.client.says_data()));
  CHECK(ends.server.session.receiving.epoch == 5);
}

TEST_CASE("udp: nobody has seen an epoch that never was", "[illegal]") {
  Ends ends;
  ends.server.session.receiving.epoch = 1;  // of a server that lies
  const auto lie = ends.server.says(Heartbeat{});
  CHECK(ends.client.takes(lie) == Fault::malformed);
  CHECK(ends.client.session.sending.seen_epoch == 0);
}

TEST_CASE("udp: a payload whose padding is wrong is refused though it is authentic", "[illegal]") {
  Ends ends;
  const std::uint8_t bytes[7] = {1, 2, 3, 4, 5, 6, 7};
  CHECK(ends.server.takes(ends.client.says(Data{0, 2, bytes})) == Fault::malformed);
  CHECK_FALSE(ends.server.takes(ends.client.says(Data{0, 0, bytes})));
}

TEST_CASE("udp: numbers end before they wrap, with some left for the end") {
  Ends ends;
  auto& session = ends.client.session;
  const auto& config = ends.client.c.config;
  session.sending.next = ~std::uint64_t{0} - Config::counter_reserve;
  CHECK_FALSE(session.sending.is_worn_out(config, ends.client.c.now));
  CHECK_FALSE(ends.server.takes(ends.client.says_data()));
  CHECK(session.sending.is_worn_out(config, ends.client.c.now));
  CHECK(session.worn_out.at == ends.client.c.now.steady);
  int count = 0;
  while (!ends.client.says(Close{}).empty()) ++count;
  CHECK(count == Config::counter_reserve - 1);
  CHECK(session.sending.next == ~std::uint64_t{0});
}

TEST_CASE("udp: epochs end before they wrap") {
  Ends ends;
  auto& sending = ends.client.session.sending;
  sending.epoch = sending.seen_epoch = 0xFFFF'FFFE;
  (void)ends.in_next_epoch();
  CHECK(sending.epoch == 0xFFFF'FFFF);
  CHECK_FALSE(sending.is_worn_out(ends.client.c.config, ends.client.c.now));
  sending.seen_epoch = sending.epoch;
  (void)ends.in_next_epoch();
  CHECK(sending.epoch == 0xFFFF'FFFF);
  CHECK(sending.is_worn_out(ends.client.c.config, ends.client.c.now));
  CHECK(ends.client.session.worn_out.at == ends.client.c.now.steady);
  CHECK_FALSE(ends.client.says(Close{}).empty());
}

TEST_CASE("udp: after so many packets that did not open none is tried any more", "[illegal]") {
  Config config;
  config.failed_opens_max = 3;
  Ends ends(config);
  auto forged = ends.client.says_data();
  forged.back() ^= 1;
  for (int i = 0; i < 3; ++i) {
    CHECK(ends.server.session.worn_out.at == never);
    CHECK(ends.server.takes(forged) == Fault::not_authentic);
  }
  CHECK(ends.server.session.worn_out.at == ends.server.c.now.steady);
  CHECK(ends.server.takes(forged) == Fault::limit_reached);
  CHECK(ends.server.takes(ends.client.says_data()) == Fault::limit_reached);
}

TEST_CASE("udp: what another session goes on from is given once") {
  Ends ends;
  const auto one = ends.client.session.take_resumption();
  const auto other = ends.server.session.take_resumption();
  REQUIRE(one);
  REQUIRE(other);
  CHECK(equal(one->secret, other->secret));
  CHECK(one->id == other->id);
  CHECK_FALSE(ends.client.session.take_resumption());
  CHECK_FALSE(holds(ends.client.snapshot(), one->secret.bytes()));
}

TEST_CASE("udp: a session is stored and goes on where it was") {
  Ends ends;
  const auto one = ends.client.says_data();
  CHECK_FALSE(ends.server.takes(ends.in_next_epoch()));
  const auto stored = ends.server.snapshot();
  Session restored;
  SnapshotReader r(stored);
  REQUIRE(handfast::detail::read_value(r, restored));
  CHECK(r.at_end());
  ends.server.session = std::move(restored);
  CHECK(ends.server.snapshot() == stored);
  CHECK_FALSE(ends.server.takes(one));
  CHECK(ends.server.takes(one) == Fault::replayed);
}

TEST_CASE("udp: many sessions share the ciphers, and none seals with another's key") {
  Ends one, two;
  two.client.session.sending.key = Secret<32>::from(std::array<std::uint8_t, 32>{1});
  two.server.session.receiving.key = Secret<32>::from(std::array<std::uint8_t, 32>{1});
  End shared = std::move(one.client);
  for (int i = 0; i < 3; ++i) {
    std::swap(shared.session, two.client.session);
    CHECK_FALSE(two.server.takes(shared.says_data()));
    std::swap(shared.session, two.client.session);
    CHECK_FALSE(one.server.takes(shared.says_data()));
  }
}
