#pragma once

// Looks for secrets in all memory that this process can write to: the heap with everything that was
// ever freed (heap.hpp), variables, the stack with what returned functions left there. Secrets are
// held as complements, so that the search does not find what it is looking with.

#include <string>
#include <vector>

#include "handfast/core/bytes.hpp"

namespace erasure {

using handfast::Bytes;

/// A secret that is looked for.
struct Watched {
  std::string name;
  std::vector<std::uint8_t> complement;  // at least 32 bytes
  bool is_key = false;  // HMAC objects hold keys with each byte XORed: looked for too
};

/// The complement of `secret`.
[[nodiscard]] std::vector<std::uint8_t> complement_of(Bytes secret);

enum class Place { heap_in_use, heap_freed, stack, elsewhere };
[[nodiscard]] std::string_view to_string(Place place) noexcept;

/// A part of a secret that was found: 15 or 16 bytes of it in a row.
struct Found {
  const Watched* secret = nullptr;
  std::size_t offset = 0;  // of the part in the secret
  std::uint8_t xored = 0;  // with what, 0 for the bytes as they are
  bool is_whole = false;   // the rest of the secret is beside it
  Place place = Place::elsewhere;
  std::size_t block_size = 0;  // on the heap

  /// On the stack a whole copy is one that code made. A part there may be a register of 16 bytes
  /// that a compiler had to put somewhere: Botan's key schedules leave such halves, which no caller
  /// can wipe.
  [[nodiscard]] bool is_saved_register() const noexcept {
    return place == Place::stack && !is_whole;
  }
};

/// Every part of each of `secrets` that is in memory. Of a key the first and the last byte do not
/// count: X25519 works on a copy with some of their bits changed.
[[nodiscard]] std::vector<Found> search_memory(const std::vector<Watched>& secrets);

/// What a person can read: which secret, where, how often.
[[nodiscard]] std::string in_words(const std::vector<Found>& found);

/// Runs `act` with its frames well below what comes after it, so that the search does not write
/// over what they leave on the stack.
template <class Act>
[[gnu::noinline]] void well_below(Act&& act) {
  volatile std::uint8_t distance[32768];
  distance[0] = 0;
  act();
  distance[sizeof distance - 1] = 0;
}

}  // namespace erasure
