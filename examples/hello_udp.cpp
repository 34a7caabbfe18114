// Both peers of the udp protocol in one process, in memory: a Connect that is lost and said again,
// the first words, an answer, the end. Real sockets, and more that goes wrong, are in tour.cpp.

#include <handfast/udp.hpp>
#include <iostream>
#include <stdexcept>

using namespace handfast;
using udp::Client, udp::Server;

namespace {

const auto client_address = udp::Address::of(std::array<std::uint8_t, 4>{192, 0, 2, 1}, 50000);
const auto server_address = udp::Address::of(std::array<std::uint8_t, 4>{192, 0, 2, 9}, 6711);

void expect(bool as_it_should_be, const char* what) {
  if (!as_it_should_be) throw std::runtime_error(what);
}

/// The one frame that a call has caused, as it arrives: where it comes from, then the datagram.
std::vector<std::uint8_t> arriving(const auto& out, const udp::Address& from) {
  expect(!out.fault(), "an input was refused");
  expect(out.transmit.size() == 1, "a call did not cause exactly one frame");
  const Bytes bytes = out.transmit[0].bytes;
  std::vector<std::uint8_t> frame(bytes.begin(), bytes.end());
  std::ranges::copy(from.bytes(), frame.begin());
  return frame;
}

void run() {
  auto key = x25519::PrivateKey::from(Random().secret<32>().value());
  udp::Config client_config;
  client_config.server_key = key.public_key();  // the client takes no other server for this one
  Machine<Client<>> client{udp::Context{client_config}};
  Machine<Server<>> server{udp::Context{udp::Config{}, std::move(key)}};
  Time now = clock_time();
  const auto to_server = [&](const Output<Client<>>& out) {
    return server.receive(arriving(out, client_address), now);
  };
  const auto to_client = [&](const Output<Server<>>& out) {
    return client.receive(arriving(out, server_address), now);
  };

  // The client asks, and is not heard. When its deadline comes it asks again, to the letter.
  expect(!server.handle(udp::Listen{}, now).fault(), "the server does not listen");
  const auto lost = client.handle(udp::Dial{server_address, bytes_of("Are you there?")}, now);
  const auto asked = arriving(lost, client_address);
  now.steady = lost.deadline->at;
  const auto again = client.advance(now);
  expect(arriving(again, client_address) == asked, "another question was asked");
  std::cout << "asked    twice\n";

  // The server answers with its key and a proof; the first packet shows that who has asked is there.
  const auto connected = to_client(to_server(again));
  const auto* agreed = connected.event<udp::Agreed>();
  expect(agreed && agreed->is_authenticated, "the server has not proved its key");
  const auto heard = to_server(connected);
  expect(heard.event<udp::Delivered>(), "the first words were not delivered");
  std::cout << "first    " << text_of(heard.event<udp::Delivered>()->payload) << '\n';
  const auto told = to_client(server.handle(udp::Send{bytes_of("Hello Alice!")}, now));
  expect(told.event<udp::Delivered>(), "the answer was not delivered");
  std::cout << "answer   " << text_of(told.event<udp::Delivered>()->payload) << '\n';
  std::cout << "client " << client.state_name() << ", server " << server.state_name() << '\n';

  // The end: said, answered, and answered again for a while if the answer should be lost.
  const auto ended = to_client(to_server(client.handle(udp::Disconnect{}, now)));
  expect(ended.event<Closed>() && !ended.event<Closed>()->fault, "the client did not end");
  now.steady += udp::Config{}.drain_time;
  expect(server.advance(now).event<Closed>(), "the server did not end");
  std::cout << "client " << client.state_name() << ", server " << server.state_name() << '\n';
}

}  // namespace

int main() try { run(); } catch (const std::exception& error) {
  std::cerr << "hello_udp: " << error.what() << '\n';
  return 1;
}
