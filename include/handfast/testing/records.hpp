#pragma once

// Sealed messages in any order, with losses and repetitions, against a model of which of them a
// receiver accepts. Needs of the scene:
//
//   static constexpr std::uint64_t window = 3;       keys of skipped messages that are kept
//   static constexpr std::uint64_t skip_max = 1000;  messages that one input may skip

#include <set>

#include "handfast/testing/findings.hpp"

namespace handfast::testing {

/// Which numbers a receiver accepts: above the highest, with at most `skip_max` between; and below
/// it the newest `window` that were skipped, each once.
class ReceiverModel {
 public:
  ReceiverModel(std::uint64_t window, std::uint64_t skip_max)
      : window_(window), skip_max_(skip_max) {}

  bool accept(std::uint64_t number) {
    if (number <= highest_) return kept_.erase(number) > 0;
    if (number - highest_ - 1 > skip_max_) return false;
    for (std::uint64_t skipped = highest_ + 1; skipped < number; ++skipped) kept_.insert(skipped);
    while (kept_.size() > window_) kept_.erase(kept_.begin());
    highest_ = number;
    return true;
  }

 private:
  std::uint64_t window_, skip_max_, highest_ = 0;
  std::set<std::uint64_t> kept_;
};

/// A place whose peer can seal messages of one kind that always open.
struct Stream {
  const Place* place = nullptr;
  int message = 0;                // of the peer's `sends`
  std::unique_ptr<Party> sender;  // has sealed message 0, which the receiver has taken
  std::unique_ptr<Party> receiver;

  [[nodiscard]] KeptFrame next() { return *sender->forge_plain(message, place->peers_now); }
  [[nodiscard]] static bool takes(Party& party, const KeptFrame& frame, const Time& now) {
    return !party.receive(frame.link, frame.bytes, now).rows.empty();
  }
};

/// The stream of `place`, or nothing where no kind of message can come three times. Where a role has
/// a seal, what comes without one is no record.
[[nodiscard]] inline std::optional<Stream> stream_at(const Place& place) {
  for (int message = 0; message < static_cast<int>(place.peer->facts().sends.size()); ++message) {
    const RoleFacts& facts = place.party->facts();
    if (facts.sealed != 0 &&
        !facts.is_sealed(place.peer->facts().sends[static_cast<std::size_t>(message)]))
      continue;
    Stream stream{&place, message, place.peer->clone(), place.party->clone()};
    const auto trial = [&](Party& sender, Party& receiver) {
      const auto frame = sender.forge_plain(message, place.peers_now);
      return frame && Stream::takes(receiver, *frame, place.now);
    };
    if (!trial(*stream.sender, *stream.receiver)) continue;
    const auto sender = stream.sender->clone(), receiver = stream.receiver->clone();
    const int state = receiver->state_index();
    if (trial(*sender, *receiver) && trial(*sender, *receiver) && receiver->state_index() == state)
      return stream;
  }
  return std::nullopt;
}

namespace detail {

/// All sequences of at most `depth_left` of the records, repetitions too, from `party` on.
inline void try_sequences(const Stream& stream, std::span<const KeptFrame> records,
                          const Party& party, const ReceiverModel& model, int depth_left,
                          std::string order, Findings& findings) {
  if (depth_left == 0) return;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto receiver = party.clone();
    ReceiverModel expected = model;
    const bool is_taken = Stream::takes(*receiver, records[i], stream.place->now);
    ++findings.tried;
    const std::string now_order = order + " " + std::to_string(i + 1);
    if (is_taken != expected.accept(i + 1))
      return findings.add(*stream.place, "records" + now_order + ": the last one was " +
                                             (is_taken ? "taken" : "refused"));
    try_sequences(stream, records, *receiver, expected, depth_left - 1, now_order, findings);
  }
}

}  // namespace detail

/// All orders of `count` records, with losses and repetitions, up to `depth` long.
inline void check_orders(Stream stream, std::uint64_t window, std::uint64_t skip_max, int count,
                         int depth, Findings& findings) {
  std::vector<KeptFrame> records;
  for (int i = 0; i < count; ++i) records.push_back(stream.next());
  detail::try_sequences(stream, records, *stream.receiver, ReceiverModel(window, skip_max), depth,
                        "", findings);
}

/// A long random run: most records soon after they were sealed, some much later, some never, some
/// twice; and gaps up to two more than may be skipped.
inline void check_long_run(Stream stream, std::uint64_t window, std::uint64_t skip_max,
                           std::uint64_t seed, int length, Findings& findings) {
  Seeded numbers(seed);
  ReceiverModel model(window, skip_max);
  std::vector<std::pair<std::uint64_t, KeptFrame>> held;
  std::uint64_t sealed = 0;
  const auto give = [&](const std::pair<std::uint64_t, KeptFrame>& one) {
    ++findings.tried;
    const bool is_taken = Stream::takes(*stream.receiver, one.second, stream.place->now);
    if (is_taken == model.accept(one.first)) return;
    findings.add(*stream.place, "long run of seed " + std::to_string(seed) + ": record " +
                                    std::to_string(one.first) + " was " +
                                    (is_taken ? "taken" : "refused"));
  };
  for (int i = 0; i < length && findings.count() == 0; ++i) {
    std::uint64_t gap = numbers.below(4);
    if (numbers.below(static_cast<std::uint64_t>(length)) == 0)
      gap = skip_max - 1 + numbers.below(4);
    for (; gap > 0; --gap, ++sealed) {
      auto lost = stream.next();
      if (numbers.chance(50)) held.emplace_back(sealed + 1, std::move(lost));
    }
    held.emplace_back(++sealed, stream.next());
    give(held.back());
    for (std::uint64_t late = numbers.below(4); late > 0; --late)
      give(held[numbers.chance(70)
                    ? held.size() - 1 - numbers.below(std::min<std::uint64_t>(held.size(), 6))
                    : numbers.below(held.size())]);
  }
}

/// For ever some records are lost: each fresh one opens, and what is stored stays bounded.
inline void check_permanent_loss(Stream stream, std::uint64_t seed, int length,
                                 Findings& findings) {
  Seeded numbers(seed);
  std::size_t early_max = 0, late_max = 0;
  for (int i = 0; i < length; ++i) {
    for (std::uint64_t lost = numbers.below(8); lost > 0; --lost) (void)stream.next();
    ++findings.tried;
    if (!Stream::takes(*stream.receiver, stream.next(), stream.place->now))
      return findings.add(*stream.place, "a fresh record was refused after losses");
    std::size_t& most = i < length / 4 ? early_max : late_max;
    most = std::max(most, stream.receiver->snapshot().size());
  }
  if (late_max > early_max) findings.add(*stream.place, "what is stored grows with every loss");
}

}  // namespace handfast::testing
