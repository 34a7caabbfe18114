#include "handfast/udp/obfuscation.hpp"

#include "handfast/udp/compat/context.hpp"
#include "tests/udp/pair.hpp"

// The document's outer layer around the handshake, which may be wanted or not.

using namespace udp_hardened_test;

namespace {

/// The layers of both sides, with the document's key.
struct Layers {
  static Fernet::Key key() { return Fernet::Key::from(compat::net_obs_key); }

  testing::SeededRandom random{11};
  Obfuscation client{key(), Random(random)}, server{key(), Random(random)};
  Time now{SteadyTime{} + 1h, UnixTime{} + std::chrono::hours(24 * 365)};
};

bool is_token(Bytes frame) { return text_of(frame.subspan(Address::size)).starts_with("gAAAA"); }

}  // namespace

TEST_CASE("udp: a handshake goes in tokens where both want that, and packets as they are") {
  Layers layers;
  Config config;
  config.wants_cookies = true;
  Pair pair(pinned_config(), config);
  (void)pair.server.does(Listen{});
  std::vector<std::size_t> sizes;
  const auto there = [&](const Bits& frame) {
    const Bits wrapped = bits(layers.client.wrap(frame, layers.now).value());
    if (is_token(wrapped)) sizes.push_back(wrapped.size() - Address::size);
    return pair.server.gets(bits(layers.server.unwrap(coming_from(pair.home, wrapped)).value()));
  };
  const auto back = [&](const Bits& frame) {
    const Bits wrapped = bits(layers.server.wrap(frame, layers.now).value());
    if (is_token(wrapped)) sizes.push_back(wrapped.size() - Address::size);
    return pair.client.gets(
        bits(layers.client.unwrap(coming_from(pair.server_address, wrapped)).value()));
  };
  const auto asked = pair.client.does(Dial{pair.server_address, {}}).frames.at(0);
  const auto again = back(there(asked).frames.at(0)).frames.at(0);
  const auto first = back(there(again).frames.at(0)).frames.at(0);
  CHECK(there(first).event<Commit>());
  // Connect, its cookie, Connect, Connected: no answer is longer than what asks for it.
  CHECK(sizes == std::vector<std::size_t>{268, 164, 268, 184});
}

TEST_CASE("udp: what is said again is another token around the same bytes") {
  Layers layers;
  Pair pair;
  const auto asked = pair.client.does(Dial{pair.server_address, {}}).frames.at(0);
  const Bits one = bits(layers.client.wrap(asked, layers.now).value());
  const Bits two = bits(layers.client.wrap(asked, layers.now).value());
  CHECK(one != two);
  CHECK(bits(layers.server.unwrap(one).value()) == asked);
  CHECK(bits(layers.server.unwrap(two).value()) == asked);
}

TEST_CASE("udp: where the handshake goes in tokens nothing else is taken for it", "[illegal]") {
  Layers layers;
  Pair pair;
  const auto asked = pair.client.does(Dial{pair.server_address, {}}).frames.at(0);
  CHECK(layers.server.unwrap(asked).error() == Fault::bad_encoding);  // bare
  Obfuscation other(Fernet::Key::from(Bytes(Bits(32, 5))), Random(layers.random));
  const Bits foreign = bits(other.wrap(asked, layers.now).value());
  CHECK(layers.server.unwrap(foreign).error() == Fault::not_authentic);
  const Bits token = bits(layers.client.wrap(asked, layers.now).value());
  for (std::size_t size = 0; size < token.size(); ++size)
    CHECK_FALSE(layers.server.unwrap(Bytes(token).first(size)));
  CHECK(layers.server.unwrap(Bits(Obfuscation::frame_size_max + 1)).error() == Fault::oversized);
  CHECK(layers.server.unwrap(Bits(Obfuscation::frame_size_max)).error() == Fault::bad_encoding);
}

TEST_CASE("udp: a packet in a token is refused", "[illegal]") {
  Layers layers;
  Pair pair;
  pair.establish();
  const Bits packet = pair.client.does(Send{bytes_of("Hello!")}).frames.at(0);
  CHECK(bits(layers.client.wrap(packet, layers.now).value()) == packet);
  std::string text(Fernet::token_size(packet.size() - Address::size), '\0');
  Fernet fernet;
  const std::array<std::uint8_t, 16> iv{};
  REQUIRE(fernet.seal(Layers::key(), 0, iv, Bytes(packet).subspan(Address::size), text));
  Bits frame(packet.begin(), packet.begin() + Address::size);
  frame.insert(frame.end(), text.begin(), text.end());
  CHECK(layers.server.unwrap(frame).error() == Fault::unexpected_message);
}

TEST_CASE("udp: what cannot go in a token does not go") {
  Layers layers;
  CHECK(layers.client.wrap(Bits(Address::size + 1), layers.now).error() == Fault::truncated);
  CHECK(layers.client.wrap(Bits(Obfuscation::frame_size_max), layers.now).error() ==
        Fault::too_large);
  layers.random.fail_next(1, 16);
  Pair pair;
  const auto asked = pair.client.does(Dial{pair.server_address, {}}).frames.at(0);
  CHECK(layers.client.wrap(asked, layers.now).error() == Fault::random_source_failed);
  CHECK(layers.client.wrap(asked, layers.now));
}
