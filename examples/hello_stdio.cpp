// Both peers of the stdio protocol in one process, in memory: keys, one request, new keys, the end.
// A real parent and a real child, with pipes, HTTP and losses between them, are in tour.cpp.

#include <handfast/stdio.hpp>
#include <iostream>
#include <stdexcept>

using namespace handfast;

namespace {

using Parent = stdio::Parent<>;
using Child = stdio::Child<>;

void expect(bool as_it_should_be, const char* what) {
  if (!as_it_should_be) throw std::runtime_error(what);
}

/// The one frame that a call is expected to have caused; valid until the next call to its machine.
const Frame& frame_of(const auto& out) {
  expect(!out.fault(), "an input was refused");
  expect(out.transmit.size() == 1, "a call did not cause exactly one frame");
  return out.transmit[0];
}

void run() {
  Machine<Parent> parent{stdio::Config{}};
  Machine<Child> child{stdio::Config{}};
  const auto to_child = [&](const Output<Parent>& out) {
    return child.receive(frame_of(out).link, frame_of(out).bytes, clock_time());
  };
  const auto to_parent = [&](const Output<Child>& out) {
    return parent.receive(frame_of(out).link, frame_of(out).bytes, clock_time());
  };

  // The parent speaks first: a line with its key. The child binds its listener (here it has none)
  // and answers with its own key and a proof. The parent's first record proves the parent.
  const auto offered = to_child(parent.handle(stdio::Start{}, clock_time()));
  expect(offered.event<stdio::Offered>(), "the child did not take the parent's line");
  const auto keyed = to_parent(child.handle(stdio::Listening{}, clock_time()));
  expect(keyed.event<Established>(), "the parent did not take the child's line");
  const auto proved = to_child(keyed);
  expect(proved.event<Established>(), "the child did not take the parent's first record");
  expect(!to_parent(proved).fault(), "the parent refused the child's first record");
  std::cout << "parent " << parent.state_name() << ", child " << child.state_name() << '\n';

  // A request and its response.
  const auto asked = to_child(parent.handle(stdio::Send{bytes_of("Are you there?")}, clock_time()));
  const auto* request = asked.event<stdio::Delivered>();
  expect(request, "the request was not delivered");
  std::cout << "request  " << text_of(request->payload) << '\n';
  const stdio::Respond response{request->correlation, bytes_of("Hello Alice!")};
  const auto told = to_parent(child.handle(response, clock_time()));
  const auto* answer = told.event<stdio::Answered>();
  expect(answer, "the request was not answered");
  std::cout << "response " << text_of(answer->payload) << '\n';

  // New keys: the parent asks, the child agrees, and the first record under them wipes the old.
  const auto renewed = to_parent(to_child(parent.handle(stdio::Rekey{}, clock_time())));
  expect(renewed.event<stdio::Rekeyed>(), "the keys were not renewed");
  std::cout << "epoch    " << renewed.event<stdio::Rekeyed>()->epoch << '\n';
  expect(!to_parent(to_child(renewed)).fault(), "a record under the new keys was refused");

  // The end, in four steps: asked for, acknowledged, connections closed, child reaped.
  const auto agreed = to_parent(to_child(parent.handle(stdio::Shutdown{}, clock_time())));
  expect(agreed.event<stdio::CloseConnections>(), "the child did not agree to the end");
  const LinkClosed closed{stdio::channel_link};
  expect(child.handle(closed, clock_time()).event<Closed>(), "the child did not end");
  expect(parent.handle(closed, clock_time()).event<stdio::CleanUp>(), "there is nothing to reap");
  expect(parent.handle(stdio::CleanedUp{}, clock_time()).event<Closed>(), "the parent did not end");
  std::cout << "parent " << parent.state_name() << ", child " << child.state_name() << '\n';
}

}  // namespace

int main() try { run(); } catch (const std::exception& error) {
  std::cerr << "hello_stdio: " << error.what() << '\n';
  return 1;
}
