// Two sides of a session prove to each other that they have its keys, twice; where each may ask, once
// each. And a session moves to a direct path and back.

#include <handfast/rehandshake.hpp>
#include <handfast/rehandshake/migration.hpp>

#include "transcript/runs.hpp"

namespace transcript {

namespace {

using namespace handfast::rehandshake;

/// The keys that both have from an earlier handshake, as one of them has them.
SessionKeys keys_of(const RunOptions& options, bool of_initiator) {
  Sources sources(options);
  Random random(sources.before);
  SessionKeys keys;
  auto there = random.secret<32>().value(), back = random.secret<32>().value();
  keys.tx = std::move(of_initiator ? there : back);
  keys.rx = std::move(of_initiator ? back : there);
  return keys;
}

template <class Profile, class Start, class Stop>
Transcript run_of(std::string title, typename Initiator<Profile>::Context one,
                  typename Responder<Profile>::Context other, const RunOptions& options) {
  Recording<Initiator<Profile>, Responder<Profile>> run{std::move(title), std::move(one),
                                                        std::move(other), start};
  run.obey(options);
  run.one(Start{});
  run.pass(10s);
  run.one(Start{Cause::migrated});
  run.pass(10s);
  run.one(Stop{});
  run.other(Stop{});
  return run.transcript();
}

}  // namespace

Transcript rehandshake(const RunOptions& options) {
  Sources sources(options);
  constexpr std::array<std::uint8_t, 32> exporter{1};  // that TLS has at both ends
  const auto binding = ChannelBinding::of(exporter);
  return run_of<Hardened, Start, Stop>(
      "rehandshake", {keys_of(options, true), binding, {}, Random(sources.one)},
      {keys_of(options, false), binding, {}, Random(sources.other)}, options);
}
Transcript rehandshake_compat(const RunOptions& options) {
  Sources sources(options);
  using Context = Initiator<Compat>::Context;
  return run_of<Compat, compat::Start, compat::Stop>(
      "rehandshake, compat", Context(keys_of(options, true), Random(sources.one)),
      Context(keys_of(options, false), Random(sources.other)), options);
}
Transcript rehandshake_peers(const RunOptions& options) {
  Sources sources(options);
  constexpr std::array<std::uint8_t, 32> exporter{1};
  const auto binding = ChannelBinding::of(exporter);
  Config one, other;
  one.local_id = other.remote_id = {1};
  one.remote_id = other.local_id = {2};
  Recording<Peer<>, Peer<>> run{
      "rehandshake, either asks",
      rehandshake::Context{keys_of(options, true), binding, one, Random(sources.one)},
      rehandshake::Context{keys_of(options, false), binding, other, Random(sources.other)}, start};
  run.obey(options);
  run.one(Start{});
  run.pass(10s);
  run.other(Start{Cause::migrated});
  run.pass(10s);
  run.one(Stop{});
  run.other(Stop{});
  return run.transcript();
}
Transcript migration(const RunOptions& options) {
  Sources sources(options);
  constexpr std::array<std::uint8_t, 32> exporter{1};  // of the direct path's TLS
  const PathBindings paths{ChannelBinding::none(), ChannelBinding::of(exporter)};
  const auto context = [&](bool of_initiator, testing::SeededRandom& source) {
    return MigrationContext(keys_of(options, of_initiator), paths, {}, {}, Random(source));
  };
  Recording<Migration<Part::initiator>, Migration<Part::responder>> run{
      "migration", context(true, sources.one), context(false, sources.other), start};
  run.obey(options);
  run.one(Start{});
  run.other(Start{});
  run.one(Send{bytes_of("Are you there?")});
  run.other(LinkOpened{direct_link});
  run.one(LinkOpened{direct_link});
  run.other(Send{bytes_of("Hello Alice!")});
  run.one(LinkClosed{direct_link});
  run.one(Send{bytes_of("And now?")});
  run.pass(MigrationConfig{}.ack_delay);
  run.one(Disconnect{});
  run.pass(MigrationConfig{}.drain_time);
  return run.transcript();
}

}  // namespace transcript
