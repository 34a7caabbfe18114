#pragma once

// The runs that transcript.cpp prints: one for each protocol and profile, each in a source of its own.

#include <handfast/spec/transcript_main.hpp>
#include <handfast/testing/seeded_random.hpp>

namespace transcript {

using namespace handfast;
using namespace std::chrono_literals;
using spec::Recording, spec::RunOptions, spec::Transcript;

/// When every run begins: 2026-01-01 00:00 UTC.
inline constexpr Time start{SteadyTime{1000h}, UnixTime{1'767'225'600s}};

/// What follows from the seed: a source of randomness for each side, so that neither side's draws move
/// the other's, and one for what both have beforehand.
struct Sources {
  testing::SeededRandom one, other, before;
  explicit Sources(const RunOptions& options)
      : one(3 * options.seed), other(3 * options.seed + 1), before(3 * options.seed + 2) {}
};

Transcript stdio(const RunOptions& options);
Transcript stdio_compat(const RunOptions& options);
Transcript registration(const RunOptions& options);
Transcript registration_compat(const RunOptions& options);
Transcript registration_peers(const RunOptions& options);
Transcript udp(const RunOptions& options);
Transcript udp_compat(const RunOptions& options);
Transcript udp_v0_8(const RunOptions& options);
Transcript rehandshake(const RunOptions& options);
Transcript rehandshake_compat(const RunOptions& options);
Transcript rehandshake_peers(const RunOptions& options);
Transcript migration(const RunOptions& options);
Transcript x3dh(const RunOptions& options);
Transcript x3dh_counter(const RunOptions& options);
Transcript x3dh_documented(const RunOptions& options);

}  // namespace transcript
