// A session of x3dh inside registration's messages: what an application composes of the two, and what
// comes of it where the server does not do its part.

#include "handfast/x3dh.hpp"

#include "tests/registration/network.hpp"
#include "tests/support/catch.hpp"

using namespace router_test;
namespace x3dh = handfast::x3dh;

namespace {

// What is around a payload: the content's header and tag, and the envelope with the connection.
constexpr std::size_t around = x3dh::Content::header_size + x3dh::tag_size + 2 + 2 + 14;

/// Issuer or holder, a client of the network on a connection of its own.
template <class Role>
struct Talker {
  Network& network;
  std::uint32_t connection, peer;  // the peer's number
  Machine<Role> machine;
  std::vector<std::string> heard = {};
  std::optional<Fault> fault = {};
  bool is_established = false;

  void does(const auto& command) { carry(machine.handle(command, network.now)); }
  void say(std::string_view text) { does(x3dh::Send{bytes_of(text)}); }
  void carry(const Output<Role>& out) {
    fault = out.fault();
    if (const auto* e = out.template event<x3dh::Delivered>())
      heard.emplace_back(text_of(e->payload));
    if (out.template event<Established>()) is_established = true;
    for (const Frame& frame : out.transmit) network.send(connection, key_of(peer), frame.bytes);
  }
  /// Takes what has come from the peer; whether anything has.
  bool take() {
    network.run();
    auto& party = network.at(connection);
    const auto messages = std::exchange(party.messages, {});
    for (const auto& one : messages)
      if (one.sender == key_of(peer)) carry(machine.receive(bytes_of(one.text), network.now));
    return !messages.empty();
  }
};

/// The session of the clients `issuer` and `holder`.
x3dh::Context context(std::uint32_t issuer, std::uint32_t holder, Random& random) {
  x3dh::Config config;
  for (const auto& key : {key_of(issuer), key_of(holder)})
    config.bound_data.insert(config.bound_data.end(), key.bytes().begin(), key.bytes().end());
  x3dh::Context made(xeddsa::PrivateKey::generate(random).value(), config, random);
  made.signed_pre_key = x25519::PrivateKey::generate(random).value();
  return made;
}

/// Client 1 is the issuer, and client 2 the holder, who thinks that the issuer is `thinks`.
struct Pair {
  testing::SeededRandom source{1};
  Random random{source};
  Network network;
  Talker<x3dh::Issuer<>> issuer{network, 1, 2, Machine<x3dh::Issuer<>>(context(1, 2, random))};
  Talker<x3dh::Holder<>> holder;

  explicit Pair(std::uint32_t thinks = 1)
      : holder{network, 2, 1, Machine<x3dh::Holder<>>(context(thinks, 2, random))} {
    network.enter(1, 1);
    network.enter(2, 2);
    network.enter(3, 3);
    const x3dh::Start start{x3dh::ConnectionId::parse("by example.org").value()};
    holder.does(start);
    issuer.does(start);
    settle();
  }
  void settle() {
    while (issuer.take() || holder.take()) continue;
  }
};

}  // namespace

TEST_CASE("registration: a session of x3dh is the payload of messages, and the server reads none") {
  Pair pair;
  REQUIRE(pair.issuer.is_established);
  REQUIRE(pair.holder.is_established);
  pair.holder.say("Are you there?");
  pair.network.run();
  // The server has opened the record, and has this of it.
  const auto& handed = pair.network.at(1).messages;
  REQUIRE(handed.size() == 1);
  CHECK(handed[0].text.find("there") == std::string::npos);
  CHECK(handed[0].text.size() == around + 14);
  pair.settle();
  pair.issuer.say("I am.");
  pair.settle();
  CHECK(pair.issuer.heard == std::vector<std::string>{"Are you there?"});
  CHECK(pair.holder.heard == std::vector<std::string>{"I am."});
  // It makes two of one message, or gives it to somebody else, in vain.
  const auto again = pair.issuer.machine.handle(x3dh::Send{bytes_of("once")}, pair.network.now);
  const Kept frame = keep(again.transmit[0].bytes);
  for (int i = 0; i < 2; ++i) pair.network.send(1, key_of(2), frame);
  pair.settle();
  CHECK(pair.holder.heard.size() == 2);
  CHECK(pair.holder.fault == Fault::replayed);
  pair.network.send(3, key_of(2), frame);
  CHECK(pair.holder.take());
  CHECK(pair.holder.heard.size() == 2);
}

TEST_CASE("registration: a session of x3dh is between the clients that it says", "[attack]") {
  // The server hands the issuer's messages to the holder as those of client 3.
  const Pair pair(3);
  CHECK_FALSE(pair.issuer.is_established);
  CHECK_FALSE(pair.holder.is_established);
  CHECK(pair.issuer.fault == Fault::not_authentic);
}

TEST_CASE("registration: a session of x3dh outlives the connection that a message was lost with") {
  Pair pair;
  pair.network.hang_up(2);
  const auto lost = pair.issuer.machine.handle(x3dh::Send{bytes_of("lost")}, pair.network.now);
  const auto id = pair.network.send(1, key_of(2), lost.transmit[0].bytes);
  pair.network.run();
  CHECK(pair.network.at(1).receipts.at(id) == Fate::not_available);
  pair.network.enter(4, 2);
  pair.holder.connection = 4;
  pair.issuer.say("heard");
  pair.settle();
  pair.holder.say("yes");
  pair.settle();
  CHECK(pair.holder.heard == std::vector<std::string>{"heard"});
  CHECK(pair.issuer.heard == std::vector<std::string>{"yes"});
}

TEST_CASE("registration: what a session of x3dh says fits a message, up to a size") {
  Pair pair;
  const std::string most(payload_size_max - around - 2, 'x');  // whose lengths take three bytes
  pair.holder.say(most);
  pair.settle();
  CHECK(pair.issuer.heard == std::vector<std::string>{most});
  const auto more = pair.holder.machine.handle(x3dh::Send{bytes_of(most + 'x')}, pair.network.now);
  const auto sent =
      pair.network.at(2).machine.handle(Send{key_of(1), more.transmit[0].bytes}, pair.network.now);
  CHECK(sent.fault() == Fault::too_large);
}
