// A client proves its key, is taken in, and hands over a message; another one comes for it. And two
// clients agree on keys that the server between them does not have.

#include <handfast/registration.hpp>

#include "transcript/runs.hpp"

namespace transcript {

namespace {

template <class Profile>
Transcript run_of(std::string title, const registration::Config& of_client,
                  const registration::Config& of_server, const RunOptions& options) {
  using Client = registration::Client<Profile>;
  using Server = registration::Server<Profile>;
  Sources sources(options);
  Random before(sources.before);
  const auto new_key = [&] { return x25519::PrivateKey::generate(before).value(); };
  const auto contact = new_key().public_key();  // another client, somewhere
  Recording<Client, Server> run{
      std::move(title), typename Client::Context{of_client, new_key(), Random(sources.one)},
      typename Server::Context{of_server, new_key(), Random(sources.other)}, start};
  run.obey(options);
  run.one(registration::Connect{});
  run.other(registration::Accept{});
  run.other(registration::Admit{});
  run.one(registration::Send{contact, bytes_of("\"Hello, Bob!\"")});
  if constexpr (std::same_as<Profile, registration::Hardened>)
    run.other(registration::Deliver{contact, bytes_of("Hello, Alice!")});
  run.other(LinkClosed{});
  run.one(LinkClosed{});
  return run.transcript();
}

}  // namespace

Transcript registration(const RunOptions& options) {
  handfast::registration::Config client, server;
  client.audience = "example.org:443";
  server.names = {"example.org:443"};
  return run_of<handfast::registration::Hardened>("registration", client, server, options);
}
Transcript registration_compat(const RunOptions& options) {
  const handfast::registration::Config config;
  return run_of<handfast::registration::Compat>("registration, compat", config, config, options);
}
Transcript registration_peers(const RunOptions& options) {
  using handfast::registration::Peer;
  namespace peer = handfast::registration::peer;
  Sources sources(options);
  Random before(sources.before);
  auto alice = x25519::PrivateKey::generate(before).value();
  auto bob = x25519::PrivateKey::generate(before).value();
  const auto alices = alice.public_key(), bobs = bob.public_key();
  Recording<Peer, Peer> run{"registration, two clients",
                            peer::Context{peer::Config{}, std::move(alice), Random(sources.one)},
                            peer::Context{peer::Config{}, std::move(bob), Random(sources.other)},
                            start};
  run.obey(options);
  run.one(peer::Meet{bobs});
  run.other(peer::Meet{alices});
  run.one(peer::Call{});
  run.one(peer::Send{bytes_of("Hello, Bob!")});
  run.other(peer::Send{bytes_of("Hello, Alice!")});
  run.pass(peer::Config{}.ack_delay);
  return run.transcript();
}

}  // namespace transcript
