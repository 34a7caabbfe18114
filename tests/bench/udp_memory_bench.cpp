// How much memory a session of a listener takes: its place, and its places in all indices.

#include <cstdio>

#include "tests/bench/heap.hpp"
#include "tests/bench/udp_sessions.hpp"

namespace {

using namespace udp_sessions;

constexpr std::size_t count = 100'000;
// The window of 2048 numbers alone is 272 bytes, the keys and what the session leaves for another are
// 112, the path, deadlines and counters of the state another 160, what finds and orders sessions 93.
constexpr double limit = 640;

/// A client connects, and is gone.
void join(Listener& listener, std::size_t number) {
  Machine<Client<>> client{Context(endless())};
  const Bits connect = frame_of(client.handle(Dial{address_of(number), {}}, now));
  auto answered = listener.receive(connect, now);
  // Among so many two may well draw the same name, of 32 bits: then the client asks again.
  if (answered.fault() == Fault::back_pressure) answered = listener.receive(connect, now);
  const Bits first = frame_of(client.receive(frame_of(answered), now));
  const auto begun = listener.receive(first, now);
  must(begun.event<handfast::Established>() != nullptr, "a session");
  (void)listener.advance(now);
}

/// What all sessions but the first take, which pays for what a listener needs once. The clients are
/// watched too, and leave nothing: memory that they give back to Botan is taken by the listener.
double bytes_a_session() {
  auto listener = Listener::make(Crowd::config_for(count), identity()).value();
  join(listener, 0);
  heap::watched([&] {
    for (std::size_t i = 1; i < count; ++i) join(listener, i);
  });
  must(listener.established_count() == count, "all sessions");
  return static_cast<double>(heap::live_bytes) / (count - 1);
}

}  // namespace

int main() {
  const double bytes = bytes_a_session();
  const bool holds = bytes <= limit;
  std::printf("udp/memory/of_%zu  %.0f bytes a session  %.0f %s  %zu of them its place\n", count,
              bytes, limit, holds ? "ok" : "BROKEN", Listener::session_size());
  return holds ? 0 : 1;
}
