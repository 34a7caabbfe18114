// x3dh in the messages of registration, in one process: the server hands on what issuer and holder
// say, and reads none of it. Neither protocol knows of the other; `carry` and `take` join them.

#include <deque>
#include <handfast/registration/client.hpp>
#include <handfast/registration/router.hpp>
#include <handfast/x3dh.hpp>
#include <iostream>

using namespace handfast;
using registration::Client, registration::Router, x3dh::Issuer, x3dh::Holder;

namespace {

const Time now = clock_time();
std::deque<std::pair<Link, std::vector<std::uint8_t>>> to_server;

template <class Role>
struct Person {
  Link link;
  x25519::PublicKey peer;  // as the server knows it
  Machine<Client<>> client;
  std::optional<Machine<Role>> session = {};
  std::string heard = {};

  void begin(const x3dh::Config& config) {
    Random random;
    session.emplace(x3dh::Context(xeddsa::PrivateKey::generate(random).value(), config));
    session->context().signed_pre_key = x25519::PrivateKey::generate(random).value();
    does(x3dh::Start{x3dh::ConnectionId::parse("by example.org").value()});
  }
  void does(const auto& command) { carry(session->handle(command, now)); }
  void connect() { take(client.handle(registration::Connect{}, now)); }
  void get(Bytes frame) { take(client.receive(frame, now)); }
  /// What the session says is the payload of messages to the peer.
  void carry(const Output<Role>& out) {
    if (const auto* e = out.template event<x3dh::Delivered>())
      std::cout << "heard: " << (heard = text_of(e->payload)) << '\n';
    for (const Frame& frame : out.transmit)
      take(client.handle(registration::Send{peer, frame.bytes}, now));
  }
  /// And the payload of messages from the peer is the session's.
  void take(const Output<Client<>>& out) {
    for (const auto& [_, b] : out.transmit) to_server.push_back({link, {b.begin(), b.end()}});
    if (const auto* e = out.event<registration::Delivered>(); e && e->sender == peer)
      carry(session->receive(e->payload, now));
  }
};

int run() {
  const auto new_key = [] { return x25519::PrivateKey::from(Random().secret<32>().value()); };
  auto one = new_key(), other = new_key();
  const auto issuers = one.public_key(), holders = other.public_key();
  x3dh::Config config;  // all that is said is between these two clients, and no others
  for (const auto key : {issuers, holders})
    config.bound_data.insert(config.bound_data.end(), key.bytes().begin(), key.bytes().end());
  registration::Config servers, clients;
  servers.names = {clients.audience = "example.org:443"};
  Router<> router({servers, new_key()});
  Person<Issuer<>> issuer{Link{1}, holders, Machine<Client<>>{{clients, std::move(one)}}};
  Person<Holder<>> holder{Link{2}, issuers, Machine<Client<>>{{clients, std::move(other)}}};
  const auto routed = [&](const Router<>::Output& out) {
    for (const auto& [link, b] : out.transmit) link == Link{1} ? issuer.get(b) : holder.get(b);
  };
  const auto settle = [&] {
    for (; !to_server.empty(); to_server.pop_front())
      routed(router.receive(to_server.front().first, to_server.front().second, now));
  };
  issuer.connect(), holder.connect();
  for (const Link link : {Link{1}, Link{2}}) routed(router.opened(link, now)), settle();
  holder.begin(config), issuer.begin(config), settle();
  holder.does(x3dh::Send{bytes_of("Are you there?")}), settle();
  issuer.does(x3dh::Send{bytes_of("I am.")}), settle();
  return issuer.heard == "Are you there?" && holder.heard == "I am." ? 0 : 1;
}

}  // namespace

int main() try { return run(); } catch (const std::exception& error) {
  std::cerr << "hello_x3dh_routed: " << error.what() << '\n';
  return 1;
}
