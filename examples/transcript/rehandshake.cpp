// Two sides of a session prove to each other that they have its keys, twice.

#include <handfast/rehandshake.hpp>

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

}  // namespace transcript
