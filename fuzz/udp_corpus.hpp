#pragma once

// What the targets of udp begin with: the layouts of both profiles, and what a client and a server of
// each say.

#include "fuzz/session.hpp"
#include "handfast/udp.hpp"

namespace fuzz_corpus {

namespace udp = handfast::udp;

/// A session of the hardened roles with a cookie, data both ways, other keys and an end, and one that
/// goes on from another.
inline void speak_of_udp(const Targets& targets) {
  using namespace std::chrono_literals;
  testing::SeededRandom clients(1), servers(2);
  const auto identity = x25519::PrivateKey::from(Bytes(Kept(32, 2))).value();
  const udp::Resumption left{{1, 2, 3}, Secret<32>::from(Kept(32, 3))};
  const auto server_address = udp::Address::of(std::array<std::uint8_t, 4>{192, 0, 2, 9}, 6711);
  for (const bool resumes : {false, true}) {
    udp::Config config;
    config.server_key = identity.public_key();
    config.wants_cookies = !resumes;
    config.epoch_packets_max = 2;
    udp::Context client(config, Random(clients)),
        server(config, x25519::PrivateKey::from(Bytes(Kept(32, 2))).value(), Random(servers));
    if (resumes) {
      client.resumption = udp::Resumption{left.id, left.secret.dangerous_copy()};
      server.resumptions.put({left.id, left.secret.dangerous_copy()}, server_address.host(), {1, 1},
                             {});
    }
    Session<udp::Client<>, udp::Server<>> session(resumes ? "resumed" : "hardened", targets,
                                                  {"client", 0, std::move(client)},
                                                  {"server", 1, std::move(server)});
    session.second_does(udp::Listen{});
    session.first_does(udp::Dial{server_address, bytes_of("first")});
    session.run();
    for (int i = 0; i < 4; ++i) {
      session.wait(Duration{0});
      session.run();
    }
    session.first_does(udp::Send{bytes_of("a message of more than seven bytes")});
    session.second_does(udp::Send{bytes_of("short")});
    session.run();
    session.wait(1s);
    session.run();
    session.first_does(udp::Disconnect{});
    session.run();
  }
}

/// What the deployed programs say, of one revision; `number` is the client's for the snapshot target.
template <udp::Revision revision>
void speak_of_udp_compat(std::string_view name, const Targets& targets, std::uint8_t number) {
  using namespace std::chrono_literals;
  namespace compat = udp::compat;
  using Profile = udp::Compat<revision>;
  testing::SeededRandom clients(1), servers(2);
  compat::Config config;
  config.ports = compat::Ports{1, 2, 3};
  Session<udp::Client<Profile>, udp::Server<Profile>> session(
      std::string(name), targets, {"client", number, {config, Random(clients)}},
      {"server", static_cast<std::uint8_t>(number + 1), {config, Random(servers)}});
  session.first_does(compat::Start{});
  session.run();
  session.first_does(compat::Send{bytes_of("1"), {}});
  session.run();
  session.wait(6s);
  session.run();
}

inline void udp_targets(const std::filesystem::path& folder) {
  namespace compat = udp::compat;
  Target datagrams(folder, "udp_datagrams_fuzz"), deployed(folder, "udp_compat_datagrams_fuzz"),
      snapshots(folder, "udp_snapshot_fuzz");
  [&]<class... Messages>(List<Messages...>) {
    (datagrams.layout<Binary, Messages>(), ...);
  }(List<udp::Connect, udp::CookieReply, udp::Connected, udp::Packet>{});
  [&]<class... Messages>(List<Messages...>) {
    (datagrams.layout<Binary, Messages>(), ...);
  }(udp::Packet::Contents{});
  [&]<class... Messages>(List<Messages...>) {
    (deployed.layout<Json<>, Messages>(), ...);
  }(List<compat::Connect, compat::Connected, compat::Error, compat::Ports>{});
  [&]<class... Messages>(List<Messages...>) {
    (deployed.layout<Binary, Messages>(), ...);
  }(List<compat::Packet, compat::Data, compat::Heartbeat, compat::Ack>{});
  speak_of_udp({datagrams, datagrams, snapshots});
  speak_of_udp_compat<udp::Revision::documented>("documented", {deployed, deployed, snapshots}, 2);
  speak_of_udp_compat<udp::Revision::v0_8>("v0_8", {deployed, deployed, snapshots}, 4);
  udp::Resumptions store;
  const Kept secret(32, 7);
  store.put({{4, 5, 6}, Secret<32>::from(secret)}, udp::Host{1}, {1, 1}, {});
  const Buffer stored = store.dangerous_snapshot();
  const std::size_t around = sizeof(std::uint64_t) + handfast::detail::checksum_size;
  Kept seed = {6};
  const Bytes content = stored.bytes().subspan(sizeof(std::uint64_t), stored.size() - around);
  seed.insert(seed.end(), content.begin(), content.end());
  snapshots.seed("resumptions", seed);
}

}  // namespace fuzz_corpus
