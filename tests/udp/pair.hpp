#pragma once

// A client and a server in one process, with keys, time, addresses and randomness that a test
// decides, and a network that does what the test says.

#include "handfast/udp/client.hpp"
#include "handfast/udp/server.hpp"
#include "tests/machines/udp.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/side.hpp"

namespace udp_hardened_test {

using namespace handfast;
using namespace handfast::udp;
using Bits = test::Kept;

[[nodiscard]] inline Bits bits(Bytes bytes) { return test::keep(bytes); }
[[nodiscard]] inline Address host(std::uint8_t number, std::uint16_t port = 1000) {
  return Address::of(std::array<std::uint8_t, 4>{192, 0, 2, number}, port);
}
[[nodiscard]] inline Address address_of(Bytes frame) {
  return Address::parse(frame.first(Address::size)).value();
}
/// `frame` as it arrives when it seems to come from `from`.
[[nodiscard]] inline Bits coming_from(const Address& from, Bytes frame) {
  Bits made = bits(frame);
  std::ranges::copy(from.bytes(), made.begin());
  return made;
}

template <class Role>
struct Result : test::Result<Role> {
  /// The bytes of the datagrams that went to `to`.
  [[nodiscard]] std::size_t size_to(const Address& to) const {
    std::size_t size = 0;
    for (const Bits& frame : this->frames)
      if (address_of(frame) == to) size += frame.size() - Address::size;
    return size;
  }
};

/// One role's machine with what it is given.
template <class Role>
class Side : public test::Side<Role, Result<Role>> {
  using Base = test::Side<Role, Result<Role>>;

 public:
  using Base::now, Base::waits;

  Side(Config config, std::uint8_t key, std::uint64_t seed)
      : Base(seed, UnixTime{} + std::chrono::hours(1),
             [&](const Random& random) { return made(std::move(config), key, random); }),
        key_(key) {}

  [[nodiscard]] static x25519::PrivateKey identity(std::uint8_t key) {
    return x25519::PrivateKey::from(Bytes(Bits(32, key))).value();
  }
  /// What is due now.
  Result<Role> settles() { return waits({}); }
  /// Lets `duration` pass, and does all that becomes due as it does.
  Result<Role> lives(Duration duration) {
    const SteadyTime end = now.steady + duration;
    Result<Role> all = settles();
    while (all.due && all.due->at <= end) {
      const SteadyTime at = std::max(all.due->at, now.steady);
      all.add(waits(at - now.steady));
    }
    all.add(waits(end - now.steady));
    return all;
  }
  /// Comes back from what it was stored as.
  void restarts() {
    const auto stored = this->snapshot();
    Context context = made(this->context().config, key_, Random(this->random()));
    auto restored = Machine<Role>::dangerous_restore(std::move(context), Bytes(stored));
    REQUIRE(restored);
    this->machine() = std::move(*restored);
    CHECK(this->snapshot() == stored);
  }

 private:
  static Context made(Config config, std::uint8_t key, const Random& random) {
    if (key == 0) return Context(std::move(config), random);
    return Context(std::move(config), identity(key), random);
  }

  std::uint8_t key_;
};

inline Config pinned_config(Config config = {}) {
  config.server_key = Side<Server<>>::identity(7).public_key();
  return config;
}
inline Config unpinned_config(Config config = {}) {
  config.is_pinned = false;
  return config;
}

struct Pair {
  using C = Client<>;
  using S = Server<>;

  explicit Pair(Config client_has = pinned_config(), Config server_has = {},
                std::uint8_t server_key = 7)
      : client(std::move(client_has), 0, 1), server(std::move(server_has), server_key, 2) {}

  Side<C> client;
  Side<S> server;
  Address home = host(1), away = host(2), other = host(3), server_address = host(9, 6711);

  /// The client's frames at the server, as from `from`.
  Result<S> to_server(const std::vector<Bits>& frames, const Address& from) {
    Result<S> all;
    for (const Bits& frame : frames) {
      CHECK(address_of(frame) == server_address);
      all.add(server.gets(coming_from(from, frame)));
    }
    return all;
  }
  Result<S> to_server(const std::vector<Bits>& frames) { return to_server(frames, home); }
  /// The server's frames at the client, those that go to where it is.
  Result<C> to_client(const std::vector<Bits>& frames, const Address& where) {
    Result<C> all;
    for (const Bits& frame : frames)
      if (address_of(frame) == where) all.add(client.gets(coming_from(server_address, frame)));
    return all;
  }
  Result<C> to_client(const std::vector<Bits>& frames) { return to_client(frames, home); }

  /// Connect and its answer.
  Result<C> connect(Bytes first = {}) {
    if (server.state() == "Idle") (void)server.does(Listen{});
    return to_client(to_server(client.does(Dial{server_address, first}).frames).frames);
  }
  /// Up to where both have heard each other.
  void establish() {
    (void)to_server(connect().frames);
    (void)to_client(server.settles().frames);
    CHECK(client.state() == "Established");
    CHECK(server.state() == "Established");
  }
  void wait(Duration duration) {
    client.now.steady += duration;
    client.now.utc += std::chrono::duration_cast<std::chrono::milliseconds>(duration);
    server.now = client.now;
  }
  /// Whether data goes both ways.
  void check_talk() {
    const auto to = to_server(client.does(Send{bytes_of("Hello!")}).frames);
    REQUIRE(to.event<Delivered>());
    CHECK(text_of(to.payload) == "Hello!");
    const auto back = to_client(server.does(Send{bytes_of("Hello to you!")}).frames);
    REQUIRE(back.event<Delivered>());
    CHECK(text_of(back.payload) == "Hello to you!");
  }
};

/// Refused with `fault`, and everything is as it was.
template <class Role>
void check_refused(Side<Role>& side, Bytes frame, std::optional<Fault> fault = {}) {
  const Bits before = side.snapshot();
  const auto result = side.gets(frame);
  REQUIRE(result.fault());
  if (fault) CHECK(to_string(*result.fault()) == to_string(*fault));
  CHECK(result.frames.empty());
  CHECK(result.events.size() == 1);
  CHECK(side.snapshot() == before);
}
template <class Role>
void check_dropped(Side<Role>& side, Bytes frame) {
  const Bits before = side.snapshot();
  CHECK(side.gets(frame).is_silent());
  CHECK(side.snapshot() == before);
}

}  // namespace udp_hardened_test
