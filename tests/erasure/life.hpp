#pragma once

// What every protocol's life is made of, for which a search in memory looks: private keys and
// payloads of which only complements are kept, and a process of its own in which all other secrets
// are computed from them.

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "handfast/core/link.hpp"
#include "handfast/core/wipe.hpp"
#include "handfast/crypto/random.hpp"
#include "handfast/crypto/x25519.hpp"
#include "tests/erasure/search.hpp"

namespace erasure {

using namespace handfast;

/// Keeps the complement of every private key that it gave: a draw of 32 bytes is one.
class LoggedRandom : public RandomSource {
 public:
  explicit LoggedRandom(std::uint64_t seed) : state_(seed) {}
  bool fill(MutableBytes out) override;

  std::vector<std::vector<std::uint8_t>> private_keys;  // complements, in the order of the draws

 private:
  std::uint64_t state_;
};

/// Payloads by number: made where they are needed, wiped at once.
class Payload {
 public:
  static constexpr std::size_t size = 48;  // bytes
  explicit Payload(int number);
  ~Payload() { wipe(bytes_); }
  Payload(const Payload&) = delete;

  [[nodiscard]] Bytes bytes() const noexcept { return bytes_; }

 private:
  std::array<std::uint8_t, size> bytes_{};
};

/// A frame on its way.
struct Departed {
  Link link;
  std::vector<std::uint8_t> bytes;
};
using Departure = std::vector<Departed>;

/// Seeds that no other life has, with room for more beside each.
[[nodiscard]] std::uint64_t next_seed();

/// The private key of which `complement` is kept; only in a process that then ends.
[[nodiscard]] x25519::PrivateKey key_from(const std::vector<std::uint8_t>& complement);

/// What `compute` gives in another process, all of it keys: none of its work is in this one's
/// memory.
[[nodiscard]] std::vector<Watched> in_another_process(
    const std::function<std::vector<Watched>()>& compute);

/// Adds the payload of this number.
void add_payload(std::vector<Watched>& watched, std::string name, int number);

/// Which secrets the machines need as they are now, by name, and which their primitives' objects
/// may still hold: each its last key, until it is given the next one or forgets it.
struct Expected {
  std::set<std::string> needed, held;
};

}  // namespace erasure
