#pragma once

// What the targets of rehandshake begin with: the layouts of both profiles and of a migration, and
// what each pair of roles says.

#include "fuzz/session.hpp"
#include "handfast/rehandshake.hpp"
#include "handfast/rehandshake/migration.hpp"

namespace fuzz_corpus {

namespace rehandshake = handfast::rehandshake;

/// A session's keys, as one of its sides has them, or the other.
inline rehandshake::SessionKeys rehandshake_keys(bool is_first, std::uint32_t epoch = 0) {
  const Kept one(32, 1), other(32, 2);
  return {{1, 2, 3},
          Secret<32>::from(Bytes(is_first ? one : other)),
          Secret<32>::from(Bytes(is_first ? other : one)),
          epoch};
}

/// An attempt that nobody hears and the one after it, or where both begin the one that goes on; what
/// comes after a period, with keys of the next epoch; the end.
template <class First, class Second>
void speak_of_rehandshake(std::string name, const Targets& targets, std::uint8_t first,
                          std::uint8_t second, bool both_begin) {
  using namespace std::chrono_literals;
  testing::SeededRandom ones(1), others(2);
  rehandshake::Config config;
  config.period = 1min;
  config.attempts_max = 2;
  config.remote_id = {1};
  rehandshake::Config seconds = config;
  std::swap(seconds.local_id, seconds.remote_id);
  const auto none = rehandshake::ChannelBinding::none();
  Session<First, Second> session(
      std::move(name), targets,
      {"first", first, {rehandshake_keys(true), none, config, Random(ones)}},
      {"second", second, {rehandshake_keys(false), none, seconds, Random(others)}});
  session.first_does(rehandshake::Start{});
  if constexpr (handfast::detail::is_command<Second, rehandshake::Start>)
    if (both_begin) session.second_does(rehandshake::Start{});
  if (!both_begin) {
    session.lose();
    session.wait(5s);
    session.wait(1s);
  }
  session.run();
  const auto keys = rehandshake_keys(true, 1), others_keys = rehandshake_keys(false, 1);
  session.first_does(rehandshake::Rotate{&keys});
  session.second_does(rehandshake::Rotate{&others_keys});
  session.first_does(rehandshake::Start{rehandshake::Cause::rotated});
  session.run();
  session.wait(1min);  // from here on nothing arrives
  session.lose();
  session.wait(5s);
  session.wait(1s);
  session.lose();
  session.wait(5s);
  session.first_does(rehandshake::Stop{});
  session.second_does(rehandshake::Stop{});
}

inline void speak_of_deployed_rehandshake(const Targets& targets) {
  namespace compat = rehandshake::compat;
  using rehandshake::Compat, rehandshake::Initiator, rehandshake::Responder;
  testing::SeededRandom ones(1), others(2);
  Session<Initiator<Compat>, Responder<Compat>> session(
      "compat", targets, {"initiator", 3, compat::Context(rehandshake_keys(true), Random(ones))},
      {"responder", 4, compat::Context(rehandshake_keys(false), Random(others))});
  session.first_does(compat::Start{});
  session.run();
  session.first_does(compat::Start{});
  session.lose();
  session.wait(std::chrono::seconds(5));
  session.first_does(compat::Stop{});
  session.second_does(compat::Stop{});
}

/// Data over a relay, then over a direct connection; the loss of both, a new one, and an end.
inline void speak_of_migration(const Targets& targets) {
  using namespace std::chrono_literals;
  using namespace rehandshake;
  testing::SeededRandom ones(1), others(2);
  MigrationConfig config;
  const PathBindings none{ChannelBinding::none(), ChannelBinding::none()};
  fuzz_corpus::Session<Migration<Part::initiator>, Migration<Part::responder>> session(
      "migration", targets,
      {"initiator", 5, {rehandshake_keys(true), none, {}, config, Random(ones)}},
      {"responder", 6, {rehandshake_keys(false), none, {}, config, Random(others)}});
  const auto say = [&] {
    session.first_does(Send{bytes_of("to")});
    session.second_does(Send{bytes_of("and back")});
  };
  const auto rest = [&] {
    for (int i = 0; i < 3; ++i) {
      session.run();
      session.wait(20ms);
    }
    session.run();
  };
  session.first_does(handfast::rehandshake::Start{});
  session.second_does(handfast::rehandshake::Start{});
  say();
  rest();
  session.second_does(LinkOpened{direct_link});
  session.first_does(LinkOpened{direct_link});
  say();
  rest();
  session.first_does(LinkClosed{relay_link});
  session.second_does(LinkClosed{relay_link});
  say();
  session.lose();
  session.first_does(LinkClosed{direct_link});
  session.second_does(LinkClosed{direct_link});
  session.wait(1s);
  session.lose();
  session.first_does(Disconnect{});
  session.second_does(Disconnect{});
  session.wait(90s);
}

inline void rehandshake_targets(const std::filesystem::path& folder) {
  using namespace rehandshake;
  Target frames(folder, "rehandshake_frames_fuzz"), snapshots(folder, "rehandshake_snapshot_fuzz");
  [&]<class... Messages>(List<Messages...>) {
    (frames.layout<Binary, Messages>(), ...);
  }(List<Request, Response, Complete, SealedFrame>{});
  [&]<class... Messages>(List<Messages...>) {
    (frames.layout<Binary, Messages>(), ...);
  }(SealedFrame::Contents{});
  [&]<class... Messages>(List<Messages...>) {
    (frames.layout<Binary, Messages>("compat."), ...);
  }(List<rehandshake::compat::Request, rehandshake::compat::Response, rehandshake::compat::Complete,
         rehandshake::compat::Heartbeat, rehandshake::compat::HeartbeatAck,
         rehandshake::compat::Error, rehandshake::compat::Close, rehandshake::compat::DataFrame>{});
  const Targets targets{frames, frames, snapshots};
  speak_of_rehandshake<Initiator<>, Responder<>>("hardened", targets, 0, 1, false);
  speak_of_rehandshake<Peer<>, Peer<>>("peers", targets, 2, 2, true);
  speak_of_deployed_rehandshake(targets);
  speak_of_migration(targets);
}

}  // namespace fuzz_corpus
