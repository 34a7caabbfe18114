#pragma once

// A party whose peer has gone silent: how many records it seals before it stops with a fault.

#include "handfast/testing/findings.hpp"

namespace handfast::testing {

/// Hands application data to the party for as long as it takes any; where it takes none, time goes
/// on to its next timer. Nothing ever comes back.
inline void check_seals_alone(const Place& place, Findings& findings) {
  const std::uint64_t limit = place.party->seals_alone_max();
  const auto party = place.party->clone();
  Ledger ledger;
  Time now = place.now;
  for (std::uint64_t i = 0; i < 3 * limit && !party->is_over(); ++i) {
    ++findings.tried;
    Caused caused = party->offer_data(now);
    if (caused.rows.empty()) {
      if (party->due() == never) break;
      now.steady = std::max(now.steady, party->due());
      caused = party->advance(now);
    }
    if (caused.broken) return findings.add(place, *caused.broken);
    if (ledger.broken()) return findings.add(place, *ledger.broken());
    if (ledger.seal_count() > limit)
      return findings.add(
          place, "it sealed more than " + std::to_string(limit) + " records and was never heard");
  }
}

}  // namespace handfast::testing
