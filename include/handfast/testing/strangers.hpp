#pragma once

// Frames that were genuine somewhere else: repeated, fed back to their sender, moved to another
// session or role. A repetition may be answered as it was the first time, byte for byte, and resets
// nothing: no count, no key, no deadline. What was never meant for a party does not even open.

#include "handfast/testing/findings.hpp"

namespace handfast::testing {

/// Everything that was said in the world of `crowd`, to each of its witnesses.
inline void check_strangers(const Crowd& crowd, Findings& findings) {
  Ledger ledger;
  for (const Witness& witness : crowd.witnesses) {
    findings.trying(witness.place, "frames repeated, fed back and moved");
    const Kept before = witness.place.party->snapshot();
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
      const bool is_same_answer =
          was_taken && caused.told.empty() && party->snapshot() == before &&
          std::ranges::equal(caused.frames, one.answer, {}, &KeptFrame::bytes, &KeptFrame::bytes);
      const bool may_be_anybodys = !was_taken && one.from != witness.who;
      if (!is_same_answer && !(may_be_anybodys && detail::is_anybodys(caused, party->facts())))
        findings.add(witness.place, what + " was taken");
      party = witness.place.party->clone();
    }
  }
}

}  // namespace handfast::testing
