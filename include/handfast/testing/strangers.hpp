#pragma once

// Frames that were genuine somewhere else: repeated, fed back to their sender, moved to another
// session or role. A repetition may be answered as it was once, byte for byte, and resets nothing: no
// count, no key, no deadline. Where frames say where they come from, and the peer is not known yet, it
// may have a row that is anybody's, where that sends nothing new, or where nothing is under way. What
// was never meant for a party does not even open.

#include "handfast/testing/findings.hpp"

namespace handfast::testing {

namespace detail {

/// Whether a party has told nothing, and sent something, but nothing that it has not sent before, to
/// wherever. What happens in silence is not that.
[[nodiscard]] inline bool has_only_repeated(const Caused& caused, const Witness& witness,
                                            const Crowd& crowd) {
  const std::size_t address_size = witness.place.party->address_size();
  const auto content = [&](const KeptFrame& frame) {
    return Bytes(frame.bytes).subspan(std::min(frame.bytes.size(), address_size));
  };
  const auto is_repeated = [&](const KeptFrame& frame) {
    return std::ranges::any_of(crowd.frames, [&](const Passed& one) {
      return one.from == witness.who && std::ranges::equal(content(one.frame), content(frame));
    });
  };
  return address_size > 0 && caused.told.empty() && !caused.frames.empty() &&
         std::ranges::all_of(caused.frames, is_repeated);
}
/// Whether the party is where a run may stop and nobody is known: it has nothing that could be reset.
[[nodiscard]] inline bool is_idle(const Party& party) {
  return party.address_size() > 0 && party.is_at_end() &&
         party.facts().is_before_authentic(party.state_index());
}

}  // namespace detail

/// Everything that was said in the world of `crowd`, to each of its witnesses.
inline void check_strangers(const Crowd& crowd, Findings& findings) {
  Ledger ledger;
  for (const Witness& witness : crowd.witnesses) {
    findings.trying(witness.place, "frames repeated, fed back and moved");
    const Kept before = witness.place.party->standing();
    auto party = witness.place.party->clone();
    for (std::size_t i = 0; i < crowd.frames.size(); ++i) {
      const Passed& one = crowd.frames[i];
      const bool was_taken = std::ranges::count(witness.taken, i) > 0;
      if (one.to == witness.who && !was_taken) continue;  // it may still be genuine
      ++findings.tried;
      const Caused caused = party->receive(one.frame.link, one.frame.bytes, witness.place.now);
      const std::string what = was_taken                 ? "a repeated frame"
                               : one.from == witness.who ? "its own frame, fed back,"
                                                         : "a frame of others";
      if (caused.broken) findings.add(witness.place, what + ": " + *caused.broken);
      if (!was_taken && ledger.work().authentic > 0)
        findings.add(witness.place, what + " was opened");
      if (!caused.broken && detail::is_inert(caused, *party, before)) continue;
      const bool is_same_answer = was_taken && caused.told.empty() && party->standing() == before &&
                                  (std::ranges::equal(caused.frames, one.answer, {},
                                                      &KeptFrame::bytes, &KeptFrame::bytes) ||
                                   detail::has_only_repeated(caused, witness, crowd));
      const bool may_be_anybodys = was_taken ? detail::has_only_repeated(caused, witness, crowd) ||
                                                   detail::is_idle(*witness.place.party)
                                             : one.from != witness.who;
      if (!is_same_answer && !(may_be_anybodys && detail::is_anybodys(caused, party->facts())))
        findings.add(witness.place, what + " was taken");
      party = witness.place.party->clone();
    }
  }
}

}  // namespace handfast::testing
