#pragma once

// An initiator and a responder of one session, or two peers of it, in one process.

#include "handfast/rehandshake.hpp"
#include "tests/machines/rehandshake.hpp"
#include "tests/rehandshake/side.hpp"

namespace rehandshake_test {

[[nodiscard]] inline PeerId id(std::uint8_t number) { return {number}; }

/// What makes the context of one side, or the other.
[[nodiscard]] inline auto making(bool is_first, Config config = {},
                                 ChannelBinding binding = ChannelBinding::none(),
                                 std::uint32_t epoch = 0, std::uint8_t session = 1) {
  return [=](Random random) {
    return rehandshake::Context(keys_of(is_first, epoch, session), binding, config, random);
  };
}

template <class One, class Other>
struct PairOf {
  PairOf(Config first_has, Config second_has)
      : first(making(true, first_has), 1), second(making(false, second_has), 2) {}
  explicit PairOf(Config both = {}) : PairOf(both, both) {}

  Side<One> first;
  Side<Other> second;

  void wait(Duration duration) {
    first.now.steady += duration;
    first.now.utc += std::chrono::duration_cast<std::chrono::milliseconds>(duration);
    second.now = first.now;
  }
  Bits request() { return first.does(Start{}).frames.at(0); }
  /// Start to finish.
  void confirm() {
    const Bits response = second.gets(request()).frames.at(0);
    const auto done = second.gets(first.gets(response).frames.at(0));
    CHECK(done.template event<Commit>());
    CHECK(first.state() == "Confirmed");
    CHECK(second.state() == "Confirmed");
  }
};
using Pair = PairOf<Initiator<>, Responder<>>;

struct Peers : PairOf<Peer<>, Peer<>> {
  static Config named(Config config, std::uint8_t local, std::uint8_t remote) {
    config.local_id = id(local);
    config.remote_id = id(remote);
    return config;
  }
  /// The first has the smaller id.
  Peers(Config first_has, Config second_has)
      : PairOf(named(first_has, 1, 2), named(second_has, 2, 1)) {}
  explicit Peers(Config both = {}) : Peers(both, both) {}
};

}  // namespace rehandshake_test
