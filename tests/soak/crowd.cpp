// Very many connections in one process, in bounded memory.

#include "handfast/registration/router.hpp"
#include "tests/soak/cases.hpp"

namespace soak {

namespace {

/// Bytes a registered connection in the whole process of the server: its router, its WebSocket, its
/// coroutine. Measured at 8'500, without optimization.
constexpr double whole_max = 12'000;
/// The same of the router alone. Measured at 440.
constexpr double state_max = 700;
/// Bytes that stay of each when all have gone. Measured at 220.
constexpr std::uint64_t kept_max = 320;

constexpr std::size_t talking = 100;  // of the crowd

template <class Profile>
void crowd(std::size_t count) {
  Setting setting = patient();
  setting.router.connections_max = count + 2;
  setting.router.unregistered_max = 100;
  Scene<Profile> scene(setting);
  const State before = scene.settled();
  std::vector<std::unique_ptr<Client<Profile>>> clients;
  scene.pair.start();
  const auto start = Clock::now();
  for (std::size_t i = 0; i < count; ++i) {
    clients.push_back(std::make_unique<Client<Profile>>(scene.server.port()));
    clients.back()->must_enter();
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  std::uint64_t beside = scene.pair.stop();
  const State full = scene.server.state();
  must(router_in<Profile>(full).registered == count + 2, "not all are registered");

  // Across the crowd: each message arrives.
  scene.pair.start();
  for (std::size_t i = 0; i < std::min(talking, count); ++i) {
    auto& from = *clients[i * 37 % count];
    auto& to = *clients[(i * 53 + count / 2) % count];
    must(from.say(to.key(), std::to_string(i)), "one of the crowd was thrown out");
    const auto message = to.next_message();
    must(message.text == std::to_string(i) && message.sender == from.key(),
         "one of the crowd hears something else than was said");
    must(from.next_receipt(), "one of the crowd is not heard");
  }
  beside += scene.pair.stop();
  const double each = static_cast<double>(full.heap - before.heap) / static_cast<double>(count);
  std::printf(
      "  %s: %zu connections registered in %.1f s; heap %.0f bytes each, resident %.0f; "
      "%llu messages beside it, the slowest in %.0f ms\n",
      std::string(name_of<Profile>).c_str(), count, seconds, each,
      static_cast<double>(full.resident - before.resident) / static_cast<double>(count),
      static_cast<unsigned long long>(beside),
      std::chrono::duration<double, std::milli>(scene.pair.slowest()).count());
  must(each <= whole_max, "that is more than " + std::to_string(whole_max));

  scene.pair.start();
  clients.clear();
  scene.pair.stop();
  // What is kept for the next time: Asio's descriptors, and the buckets of hash tables.
  const State after = scene.settled(before.heap + slack + kept_max * count);
  std::printf("  when all have gone: heap %+lld bytes\n",
              static_cast<long long>(after.heap - before.heap));
}

/// A router in this process, without sockets.
template <class Profile>
void state_alone(std::size_t count) {
  using namespace registration;
  using Router = registration::Router<Profile>;
  const Setting setting = patient();
  RouterConfig limits;
  limits.connections_max = count;
  const auto now = handfast::clock_time();
  Config dialling;
  dialling.audience = audience;
  const auto key = [] { return x25519::PrivateKey::from(new_secret().dangerous_copy()); };
  Router router(typename Router::Context(setting.config, key()), limits);
  std::uint64_t used = 0;
  for (std::uint32_t n = 0; n < count; ++n) {
    using Role = registration::Client<Profile>;
    handfast::Machine<Role> client(typename Role::Context(dialling, key()));
    (void)client.handle(Connect{}, now);
    std::uint64_t before = heap_in_use();
    const auto challenge = router.opened(handfast::Link{n + 1}, now);
    if (n > 0) used += heap_in_use() - before;  // the first pays for what is needed once
    const auto response = client.receive(challenge.transmit[0].bytes, now);
    before = heap_in_use();
    (void)router.receive(handfast::Link{n + 1}, response.transmit[0].bytes, now);
    if (n > 0) used += heap_in_use() - before;
  }
  must(router.registered_count() == count, "not all are registered");
  const double each = static_cast<double>(used) / static_cast<double>(count - 1);
  std::printf("  %s: %zu connections, %.0f bytes each, %zu of them their own\n",
              std::string(name_of<Profile>).c_str(), count, each, Router::state_size);
  must(each >= static_cast<double>(Router::state_size), "it is measured wrongly");
  must(each <= state_max, "that is more than " + std::to_string(state_max));
}

}  // namespace

std::vector<Case> crowd_cases(const Extent& extent) {
  const std::size_t count = extent.crowd_count;
  const std::string many = std::to_string(count) + " registered connections ";
  return {
      {many + "take bounded memory, and give it back", [count] { crowd<Hardened>(count); }},
      {many + "of the deployed profile take bounded memory, and give it back",
       [count] { crowd<Compat>(count); }},
      {"the state of a registered connection alone is small",
       [count] {
         state_alone<Hardened>(count);
         state_alone<Compat>(count);
       }},
  };
}

}  // namespace soak
