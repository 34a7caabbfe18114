// A client asks until it is heard, both say a word, the client leaves.

#include <handfast/udp.hpp>

#include "transcript/runs.hpp"

namespace transcript {

Transcript udp(const RunOptions& options) {
  using handfast::udp::Address;
  constexpr std::array<std::uint8_t, 4> net{192, 0, 2, 1};
  const Address addresses[] = {Address::of(net, 50000), Address::of(net, 6711)};
  Sources sources(options);
  Random before(sources.before);
  auto key = x25519::PrivateKey::generate(before).value();
  handfast::udp::Config config;
  config.server_key = key.public_key();  // the client takes no other server for this one
  Recording<handfast::udp::Client<>, handfast::udp::Server<>> run{
      "udp", handfast::udp::Context{config, Random(sources.one)},
      handfast::udp::Context{handfast::udp::Config{}, std::move(key), Random(sources.other)},
      start};
  run.obey(options);
  run.carry_with([&](int from, std::vector<std::uint8_t>& frame) {
    std::ranges::copy(addresses[from].bytes(), frame.begin());
  });
  run.other(handfast::udp::Listen{});
  run.one(handfast::udp::Dial{addresses[1], bytes_of("Are you there?")});
  run.pass(config.connect_repeat);
  run.other(handfast::udp::Send{bytes_of("Hello Alice!")});
  run.one(handfast::udp::Send{bytes_of("And now?")});
  run.one(handfast::udp::Disconnect{});
  run.pass(config.drain_time);
  return run.transcript();
}

namespace {

template <handfast::udp::Revision revision>
Transcript deployed(std::string title, const RunOptions& options) {
  using Client = handfast::udp::Client<handfast::udp::Compat<revision>>;
  using Server = handfast::udp::Server<handfast::udp::Compat<revision>>;
  handfast::udp::compat::Config config;
  config.ports = {6712, 6713, 6714};  // v0_8 tells them
  Sources sources(options);
  Recording<Client, Server> run{std::move(title), typename Client::Context{{}, Random(sources.one)},
                                typename Server::Context{config, Random(sources.other)}, start};
  run.obey(options);
  run.one(handfast::udp::compat::Start{});
  run.pass(1s);
  run.one(handfast::udp::compat::Send{bytes_of("Are you there?")});
  run.other(handfast::udp::compat::Send{bytes_of("Hello Alice!")});
  run.pass(config.ports_delay);
  return run.transcript();
}

}  // namespace

Transcript udp_compat(const RunOptions& options) {
  return deployed<handfast::udp::Revision::documented>("udp, compat", options);
}
Transcript udp_v0_8(const RunOptions& options) {
  return deployed<handfast::udp::Revision::v0_8>("udp, compat, v0_8", options);
}

}  // namespace transcript
