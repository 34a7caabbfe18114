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

Transcript udp_compat(const RunOptions& options) {
  using Client = handfast::udp::Client<handfast::udp::Compat<>>;
  using Server = handfast::udp::Server<handfast::udp::Compat<>>;
  Sources sources(options);
  Recording<Client, Server> run{"udp, compat", Client::Context{{}, Random(sources.one)},
                                Server::Context{{}, Random(sources.other)}, start};
  run.obey(options);
  run.one(handfast::udp::compat::Start{});
  run.pass(1s);
  run.one(handfast::udp::compat::Send{bytes_of("Are you there?")});
  run.other(handfast::udp::compat::Send{bytes_of("Hello Alice!")});
  return run.transcript();
}

}  // namespace transcript
