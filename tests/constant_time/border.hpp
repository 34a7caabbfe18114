#pragma once

// Where secrets end: what Botan gives back that anybody may know. The program is linked with
// `--wrap` for the functions that border.cpp names, and only what they give is revealed; inside
// them, and in all that is ours, everything stays as secret as it was.

#include "tests/constant_time/secret.hpp"

namespace constant_time {

/// How many bytes at the beginning of an opened message are no secret, from its first one, which is
/// none either: what a peer did can be told from when and how much it sends. Nothing of a message
/// is revealed where this is null.
using PublicPrefix = std::size_t (*)(std::uint8_t first);
inline PublicPrefix public_prefix = nullptr;

}  // namespace constant_time
