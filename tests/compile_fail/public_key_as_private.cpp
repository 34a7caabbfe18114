// clang-format off
// expect: PublicKey
// expect: (no matching function|no known conversion|could not convert|cannot convert|invalid initialization)
// clang-format on

// The document's own bug: a public key where a private key belongs.

#include "handfast/crypto/box.hpp"

using namespace handfast;

auto agree_on(const x25519::PrivateKey& mine, const x25519::PublicKey& theirs) {
#ifdef HANDFAST_SHOULD_FAIL
  return box_key(mine.public_key(), theirs);
#else
  return box_key(mine, theirs);
#endif
}
