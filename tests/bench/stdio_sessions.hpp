#pragma once

// Running sessions of stdio to be measured: the machines, and the same channel by hand from their
// keys.

#include <cstdio>
#include <stdexcept>

#include "tests/bench/stdio_bare.hpp"

namespace sessions {

using namespace handfast;

inline const Time now{};

/// No limit and no timer comes up, so that every record costs the same.
inline stdio::Config endless() {
  stdio::Config config;
  config.messages_max = std::uint64_t{1} << 60;
  return config;
}

/// A measurement of something else than what was meant is worth nothing.
inline void must(bool holds, const char* what) {
  if (!holds) throw std::logic_error(std::string("not measured: ") + what);
}

/// Parent and child of `Profile`.
template <class Profile>
struct Machines {
  using Parent = Machine<stdio::Parent<Profile>>;
  using Child = Machine<stdio::Child<Profile>>;
  Parent parent{endless()};
  Child child{endless()};

  /// New machines on the old ones' Botan objects, from Start to where the child is established too.
  Output<stdio::Child<Profile>> shake_hands() {
    parent = Parent(std::move(parent.context()));
    child = Child(std::move(child.context()));
    const auto offer = parent.handle(stdio::Start{}, now);
    const auto offered = child.receive(stdio::standard_streams, offer.transmit[0].bytes, now);
    must(offered.template event<stdio::Offered>() != nullptr, "the offer");
    const auto answer = child.handle(stdio::Listening{8080}, now);
    const auto first = parent.receive(stdio::standard_streams, answer.transmit[0].bytes, now);
    must(first.template event<Established>() != nullptr, "the answer");
    if constexpr (stdio::HardenedProfile<Profile>)
      return child.receive(stdio::channel_link, first.transmit[0].bytes, now);
    else
      return answer;
  }

  /// The same, and the child's first record arrives.
  void run() {
    const auto last = shake_hands();
    if constexpr (stdio::HardenedProfile<Profile>)
      must(!parent.receive(stdio::channel_link, last.transmit[0].bytes, now).fault(),
           "the first acknowledgement");
  }
};

/// Takes the first 32 bytes of what a chain writes: its key.
struct FirstKey {
  bare::Key key{};
  bool taken = false;
  void bytes(Bytes all) {
    if (!taken) std::ranges::copy(all.first(key.size()), key.begin());
    taken = true;
  }
  void integer(auto) {}
};
inline bare::Key key_of(const auto& chain) {
  FirstKey first;
  chain.dangerous_write(first);
  return first.key;
}
inline bare::Key key_of(const Secret<32>& secret) {
  bare::Key key;
  std::ranges::copy(secret.bytes(), key.begin());
  return key;
}

inline std::string hex(Bytes bytes) {
  std::string out;
  for (const std::uint8_t byte : bytes) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", byte);
    out += digits;
  }
  return out;
}

inline const auto& channel_of(const Machines<stdio::Hardened>& machines) {
  return std::get<stdio::Parent<>::Open>(machines.parent.engine().state()).channel.session;
}
inline const auto& channel_of(const Machines<stdio::Compat>& machines) {
  return std::get<stdio::Parent<stdio::Compat>::Open>(machines.parent.engine().state()).channel;
}

/// Both sides of the hardened channel by hand, with the keys of machines that just `run`: one
/// record has gone each way.
struct BareHardened {
  bare::Primitives of_parent, of_child;
  bare::Side parent, child;

  BareHardened(const Machines<stdio::Hardened>& machines, std::size_t payload_size_max)
      : BareHardened(key_of(channel_of(machines).current.send),
                     key_of(channel_of(machines).current.receive), hex(channel_of(machines).id),
                     payload_size_max) {}

 private:
  BareHardened(const bare::Key& send, const bare::Key& receive, const std::string& id,
               std::size_t size)
      : parent(of_parent, send, receive, id, "alice-to-bob", "bob-to-alice", size, 1),
        child(of_child, receive, send, id, "bob-to-alice", "alice-to-bob", size, 1) {}
};

/// Both sides of the compat channel by hand, with the keys of machines that just `run`.
struct BareCompat {
  bare::Primitives of_parent, of_child;
  bare::CompatSide parent, child;

  BareCompat(const Machines<stdio::Compat>& machines, std::size_t payload_size_max)
      : BareCompat(key_of(channel_of(machines).send_key),
                   key_of(channel_of(machines).receive_keys[0]), payload_size_max) {}

 private:
  BareCompat(const bare::Key& send, const bare::Key& receive, std::size_t size)
      : parent(of_parent, send, receive, "alice-to-bob", "bob-to-alice", size),
        child(of_child, receive, send, "bob-to-alice", "alice-to-bob", size) {}
};

}  // namespace sessions
