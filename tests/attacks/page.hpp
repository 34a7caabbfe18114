#pragma once

// A run of an attack as a transcript: what its teller says, and every frame that moved, with an owner
// for each of its bytes.

#include "handfast/spec/transcript.hpp"
#include "tests/attacks/gallery.hpp"

namespace attacks {

/// Runs `attack` against `which`. `telling` is how it went.
[[nodiscard]] handfast::spec::Transcript page_of(const Attack& attack, Profile which,
                                                 Telling& telling);

}  // namespace attacks
