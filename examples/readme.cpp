#include <handfast/stdio.hpp>
#include <iostream>

int main() {
  using namespace handfast;
  Machine<stdio::Parent<>> parent{stdio::Config{}};
  Machine<stdio::Child<>> child{stdio::Config{}};
  const auto to_child = [&](const auto& out) {  // in real life over a pipe, then a socket
    return child.receive(out.transmit[0].link, out.transmit[0].bytes, clock_time());
  };
  const auto to_parent = [&](const auto& out) {
    return parent.receive(out.transmit[0].link, out.transmit[0].bytes, clock_time());
  };
  // A line with a key each way; then sealed records, the first of them with a request.
  const auto first = to_child(parent.handle(stdio::Start{bytes_of("Hello?")}, clock_time()));
  if (!first.event<stdio::Offered>()) return 1;
  const auto asked = to_child(to_parent(child.handle(stdio::Listening{}, clock_time())));
  const auto* request = asked.event<stdio::Delivered>();
  if (!request) return 1;
  std::cout << "The parent asks: " << text_of(request->payload) << '\n';
  const stdio::Respond answer{request->correlation, bytes_of("Hello Alice!")};
  const auto told = to_parent(child.handle(answer, clock_time()));
  if (!told.event<stdio::Answered>()) return 1;
  std::cout << "The child says: " << text_of(told.event<stdio::Answered>()->payload) << '\n';
}
