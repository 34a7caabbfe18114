#pragma once

// Genuine frames, changed on their way: single bits, cuts, extensions, another link, every field at
// every edge. None may do anything, and the genuine one must still be taken afterwards.

#include "handfast/testing/findings.hpp"

namespace handfast::testing {

namespace detail {

/// Of a frame every bit near both ends is flipped, and one bit of each byte between.
inline constexpr std::size_t flipped_whole = 96;  // bytes

/// Calls `visit(changed, name)` for each small change of `frame`.
template <class Visit>
void for_each_change(const Kept& frame, Visit&& visit) {
  for (std::size_t byte = 0; byte < frame.size(); ++byte) {
    const bool is_whole = byte < flipped_whole || byte + flipped_whole >= frame.size();
    for (unsigned bit = 0; bit < 8; ++bit) {
      if (!is_whole && bit != byte % 8) continue;
      Kept changed = frame;
      changed[byte] = static_cast<std::uint8_t>(changed[byte] ^ 1u << bit);
      visit(changed, "bit " + std::to_string(8 * byte + bit) + " flipped");
    }
  }
  for (std::size_t size = 0; size < frame.size(); ++size)
    visit(Kept(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(size)),
          "cut to " + std::to_string(size));
  static constexpr std::uint8_t endings[] = {0x00, 0x01, 0x0A, 0x20, 0x7D, 0xFF};
  for (const std::uint8_t added : endings) {
    for (const std::size_t count : {std::size_t{1}, std::size_t{16}}) {
      Kept changed = frame;
      changed.insert(changed.end(), count, added);
      visit(changed, "extended by " + std::to_string(count));
    }
  }
  Kept doubled = frame;
  doubled.insert(doubled.end(), frame.begin(), frame.end());
  visit(doubled, "sent twice in one");
}

/// Lets the application of `party` go on for a minute, and says whether the party came to believe
/// in its peer.
[[nodiscard]] inline bool comes_to_believe(Party& party, Time now) {
  const SteadyTime end = now.steady + std::chrono::minutes(1);
  for (int i = 0; i < 20 && party.due() <= end; ++i) {
    now.steady = std::max(now.steady, party.due());
    const Caused caused = party.advance(now);
    for (const int row : caused.rows)
      if (party.facts().table.edges[row].authenticates) return true;
    for (const Told& told : caused.told)
      if (told.kind == Told::Kind::running || told.kind == Told::Kind::commit) return true;
  }
  return false;
}

/// Tries changed frames on one party until it changes; then on a fresh one.
class ChangeTrial {
 public:
  ChangeTrial(const Arrival& arrival, Findings& findings)
      : arrival_(arrival), findings_(findings), before_(arrival.place.party->standing()) {
    renew();
  }

  void begin(const std::string& what) { findings_.trying(arrival_.place, words(what)); }
  void try_one(Link link, const Kept& bytes, const std::string& name, bool has_bad_point = false) {
    ++findings_.tried;
    const Time& now = arrival_.place.now;
    const Caused caused = party_->receive(link, bytes, now);
    if (caused.broken) findings_.add(arrival_.place, words(name) + ": " + *caused.broken);
    if (!caused.broken && is_inert(caused, *party_, before_)) return;
    if (!caused.broken && is_from_elsewhere(bytes, caused)) return renew();
    // Before the peer is known anybody may say anything that is well formed: what comes of it is
    // for the claims of whole runs. But nothing may come of a key that is none.
    if (!is_anybodys(caused, party_->facts()))
      findings_.add(arrival_.place, words(name) + " was taken");
    else if (has_bad_point && comes_to_believe(*party_, now))
      findings_.add(arrival_.place, words(name) + ": a public key was used that is none");
    renew();
  }

  /// The frame as it was sent takes its row, whatever was tried before.
  void finish() {
    const Caused caused =
        party_->receive(arrival_.frame.link, arrival_.frame.bytes, arrival_.place.now);
    if (party_->counts_failures() && caused.rejected() == Fault::limit_reached) return;
    if (caused.rows.size() != 1 || caused.rows[0] != arrival_.row)
      findings_.add(arrival_.place, words("unchanged") + " was not taken afterwards");
  }

 private:
  void renew() { party_ = arrival_.place.party->clone(); }
  [[nodiscard]] Bytes behind_address(Bytes frame) const {
    return frame.subspan(std::min(frame.size(), party_->address_size()));
  }
  /// The genuine frame, but for an address that proves nothing: it does what it is for.
  [[nodiscard]] bool is_from_elsewhere(const Kept& bytes, const Caused& caused) const {
    if (party_->address_size() == 0 ||
        !std::ranges::equal(behind_address(bytes), behind_address(arrival_.frame.bytes)))
      return false;
    const auto rows = party_->facts().rows();
    const Edge& genuine = rows[static_cast<std::size_t>(arrival_.row)];
    return caused.rows.size() == 1 && std::ranges::all_of(caused.rows, [&](int row) {
             const Edge& e = rows[static_cast<std::size_t>(row)];
             return e.from == genuine.from && e.trigger == genuine.trigger && e.on == genuine.on;
           });
  }
  [[nodiscard]] std::string words(const std::string& name) const {
    return std::string(party_->facts().receives[static_cast<std::size_t>(arrival_.message)]) +
           ", " + name;
  }

  const Arrival& arrival_;
  Findings& findings_;
  Kept before_;
  std::unique_ptr<Party> party_;
};

}  // namespace detail

/// Every flipped bit, prefix and extension of the frame, and the frame on the `link_count` links.
inline void check_changes(const Arrival& arrival, std::uint32_t link_count, Findings& findings) {
  Ledger ledger;
  detail::ChangeTrial trial(arrival, findings);
  trial.begin("flipped, cut and extended");
  const auto& [link, bytes] = arrival.frame;
  detail::for_each_change(bytes, [&, on = link](const Kept& changed, const std::string& name) {
    trial.try_one(on, changed, name);
  });
  for (std::uint32_t other = 0; other <= link_count; ++other)
    if (other != link.number) trial.try_one(Link{other}, bytes, "on another link");
  trial.finish();
}

/// Every field of the frame's layout at every edge, under the seal that was there.
inline void check_field_edges(const Arrival& arrival, Findings& findings) {
  Ledger ledger;
  detail::ChangeTrial trial(arrival, findings);
  trial.begin("a field at an edge");
  for (const EdgeFrame& one : arrival.place.party->edges_of(arrival.frame))
    trial.try_one(one.frame.link, one.frame.bytes, one.name, one.has_bad_point);
  trial.finish();
}

/// Gives each of `forged` to a copy of `place`'s party. What a layout does not allow is refused and
/// leaves everything as it was; what it allows may be taken; and nothing costs more than any input
/// may.
inline void check_raw_edges(const Place& place, const std::vector<RawFrame>& forged,
                            Findings& findings) {
  Ledger ledger;
  const Kept before = place.party->standing();
  auto party = place.party->clone();
  for (const auto& [frame, edge] : forged) {
    ++findings.tried;
    const Caused caused = party->receive(frame.link, frame.bytes, place.now);
    if (caused.broken) findings.add(place, edge.name + ": " + *caused.broken);
    if (detail::is_inert(caused, *party, before)) continue;
    // Where anybody may say anything, no seal was opened and no layout read.
    if (!edge.is_allowed && !detail::is_anybodys(caused, party->facts()))
      findings.add(place, edge.name + " was taken");
    party = place.party->clone();
  }
}

}  // namespace handfast::testing
