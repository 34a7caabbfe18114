#pragma once

// A party whose peer has gone silent: how many records it seals before it stops with a fault.

#include "handfast/testing/findings.hpp"

namespace handfast::testing {

/// The largest `Scene::seals_alone_max` that is tried: a few times as many records are sealed.
inline constexpr std::uint64_t seals_alone_max_max = 1'000'000;

/// Hands application data to the party for as long as it takes any; where it takes none, time goes
/// on to its next timer. Nothing ever comes back. A scene without `seals_alone_max` has no limit to
/// hold a party to: that is a finding, and nothing is tried.
inline void check_seals_alone(const Place& place, Findings& findings) {
  findings.trying(place, "data while nothing comes back");
  const std::uint64_t limit = place.party->seals_alone_max();
  if (limit > seals_alone_max_max)
    return findings.add(
        place,
        "what it may seal alone was not tried: its scene has no seals_alone_max of at most " +
            std::to_string(seals_alone_max_max));
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
