#pragma once

// Stored states: a changed one never loads, and nothing that is printed holds a piece of one.

#include "handfast/testing/altered.hpp"

namespace handfast::testing {

/// Every flipped bit, cut and extension of the stored state, and the state of the peer's role.
inline void check_corrupt_snapshots(const Place& place, Findings& findings) {
  findings.trying(place, "its stored state, damaged");
  const Kept stored = place.party->snapshot();
  if (!place.party->would_restore(stored)) findings.add(place, "its stored state is refused");
  detail::for_each_change(stored, [&](const Kept& changed, const std::string& name) {
    ++findings.tried;
    if (place.party->would_restore(changed))
      findings.add(place, "its stored state, " + name + ", was loaded");
  });
  if (&place.party->facts() != &place.peer->facts() &&
      place.party->would_restore(place.peer->snapshot()))
    findings.add(place, "the stored state of another role was loaded");
}

/// Where `text` holds `piece_size` bytes of `stored` in a row, as they are or in hexadecimal: those
/// bytes in hexadecimal, else nothing. Pieces with few different bytes, and those that are text
/// themselves, are no keys.
[[nodiscard]] inline std::optional<std::string> piece_in(std::string_view text, Bytes stored) {
  constexpr std::size_t piece_size = 8;
  constexpr std::string_view digits = "0123456789abcdef";
  std::string folded(text);
  for (char& c : folded)
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
  for (std::size_t at = 0; at + piece_size <= stored.size(); ++at) {
    const Bytes piece = stored.subspan(at, piece_size);
    const std::set<std::uint8_t> different(piece.begin(), piece.end());
    const bool is_text =
        std::ranges::all_of(piece, [](std::uint8_t b) { return b >= 0x20 && b < 0x7F; });
    if (different.size() < 6 || is_text) continue;
    std::string hex;
    for (const std::uint8_t byte : piece) hex += {digits[byte >> 4], digits[byte & 15]};
    if (text.find(text_of(piece)) != text.npos || folded.find(hex) != folded.npos) return hex;
  }
  return std::nullopt;
}

}  // namespace handfast::testing
