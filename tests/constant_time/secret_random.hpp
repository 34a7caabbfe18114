#pragma once

// A random source whose private keys are secret from the moment they are drawn.

#include "handfast/crypto/random.hpp"
#include "tests/constant_time/secret.hpp"

namespace constant_time {

/// Bytes that differ from draw to draw. A draw of 32 bytes is a private key and secret; a shorter
/// one is a nonce, which goes out.
class SecretRandom : public handfast::RandomSource {
 public:
  explicit SecretRandom(std::uint64_t seed = 1) : state_(seed) {}

  bool fill(MutableBytes out) override {
    for (auto& byte : out) {
      state_ = state_ * 6364136223846793005u + 1442695040888963407u;
      byte = static_cast<std::uint8_t>(state_ >> 56);
    }
    if (out.size() == 32) {
      make_secret(out);
      ++secret_draws_;
    }
    return true;
  }
  /// How many private keys were drawn.
  [[nodiscard]] int secret_draws() const noexcept { return secret_draws_; }

 private:
  std::uint64_t state_;
  int secret_draws_ = 0;
};

}  // namespace constant_time
