// registration in one process: a server, and two clients that speak to each other through it. The
// server carries what they say and cannot read it. A real server is registration_server.cpp.

#include <deque>
#include <handfast/registration.hpp>
#include <iostream>
#include <stdexcept>

using namespace handfast;
using registration::Messenger, registration::Router;

namespace {

void expect(bool as_it_should_be, const char* what) {
  if (!as_it_should_be) throw std::runtime_error(what);
}
registration::MessengerConfig client_config() {
  registration::MessengerConfig config;
  config.connection.audience = "example.org:443";  // what this client has dialled
  return config;
}

std::deque<std::tuple<Link, bool, std::vector<std::uint8_t>>> wire;  // true: to the server

struct Person {
  const char* name;
  Link link;
  Messenger messenger{client_config(), Random().secret<32>().value()};
  int heard_count = 0, opened_count = 0;

  void perform(const Messenger::Output& out) {
    expect(!out.event<Messenger::Rejected>(), "something was refused");
    for (const Frame& frame : out.transmit)
      wire.push_back({link, true, {frame.bytes.begin(), frame.bytes.end()}});
    if (const auto* heard = out.event<Messenger::Heard>())
      std::cout << name << " hears \"" << text_of(heard->payload) << "\"\n", ++heard_count;
    if (out.event<Messenger::Opened>()) ++opened_count;
  }
};

void run() {
  registration::Config config;
  config.names = {"example.org:443"};
  Router<> router({config, x25519::PrivateKey::from(Random().secret<32>().value())});
  Person alice{"Alice", Link{1}}, bob{"Bob", Link{2}};
  const auto perform = [](const Router<>::Output& out) {
    expect(!out.event<Rejected>(), "the router has refused a frame");
    for (const Frame& frame : out.transmit)
      wire.push_back({frame.link, false, {frame.bytes.begin(), frame.bytes.end()}});
  };
  const auto deliver = [&] {  // until nothing is on its way
    for (; !wire.empty(); wire.pop_front()) {
      const auto& [link, is_to_server, frame] = wire.front();
      Person& person = link == alice.link ? alice : bob;
      if (is_to_server)
        perform(router.receive(link, frame, clock_time()));
      else
        person.perform(person.messenger.receive(frame, clock_time()));
    }
  };
  for (Person* one : {&alice, &bob}) {  // each proves its key to the server, which proves its own
    one->perform(one->messenger.connect(clock_time()));
    perform(router.opened(one->link, clock_time()));
  }
  deliver();
  expect(router.registered_count() == 2, "both are not registered");
  alice.perform(alice.messenger.say(bob.messenger.key(), bytes_of("Hello, Bob!"), clock_time()));
  deliver();  // the two agree on keys that the server does not have, then she speaks
  bob.perform(bob.messenger.say(alice.messenger.key(), bytes_of("Hello, Alice!"), clock_time()));
  deliver();
  expect(alice.heard_count * bob.heard_count * alice.opened_count == 1, "a message is lost");
}

}  // namespace

int main() try { run(); } catch (const std::exception& error) {
  std::cerr << "hello_registration: " << error.what() << '\n';
  return 1;
}
