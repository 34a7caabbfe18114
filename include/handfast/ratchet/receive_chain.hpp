#pragma once

// The receiving end of a message chain: follows the sender over losses, keeps a few keys for late
// messages, and changes nothing before a message has proved authentic.

#include <expected>

#include "handfast/core/fault.hpp"
#include "handfast/core/planted.hpp"
#include "handfast/ratchet/message_chain.hpp"
#include "handfast/ratchet/skipped_keys.hpp"

namespace handfast::ratchet {

/// What becomes of a `ReceiveChain` when the message is authentic.
template <ChainLabels Labels, std::size_t Window>
struct PendingReceive {
  std::uint64_t number = 0;
  bool was_skipped = false;       // the key was in the window
  MessageChain<Labels> advanced;  // otherwise: the chain behind the message,
  SkippedKeys<Window> skipped;    // and the keys of the newest messages between
};

/// The receiving end; keeps the keys of at most `Window` messages that were skipped.
template <ChainLabels Labels, std::size_t Window>
class ReceiveChain {
 public:
  using Pending = PendingReceive<Labels, Window>;

  ReceiveChain() = default;
  explicit ReceiveChain(Secret<32> first) : chain_(std::move(first)) {}

  /// The highest number accepted so far; 0 before the first.
  [[nodiscard]] std::uint64_t highest() const noexcept { return chain_.next() - 1; }
  /// Which of the newest 64 were accepted: bit i for number `highest()` - i.
  [[nodiscard]] std::uint64_t accepted() const noexcept { return accepted_; }

  /// The one key to try for message `number`, and in `pending` what to commit if it fits. Derives
  /// at most `skip_max` keys over a gap. `malformed` for 0, `replayed`, `stale` where the key is
  /// gone, `too_far_ahead`.
  [[nodiscard]] std::expected<Secret<32>, Fault> key_for(std::uint64_t number,
                                                         std::uint64_t skip_max, Hkdf& hkdf,
                                                         Pending& pending) const {
    if (number == 0) return std::unexpected(Fault::malformed);
    pending.number = number;
    if (number <= highest()) {
      const Secret<32>* kept = skipped_.find(number);
      if (kept == nullptr)
        return std::unexpected(was_accepted(number) ? Fault::replayed : Fault::stale);
      pending.was_skipped = true;
      return kept->dangerous_copy();
    }
    const std::uint64_t gap = number - chain_.next();
    if (gap > skip_max + (detail::planted<"skip limit off by one"> ? 1u : 0u))
      return std::unexpected(Fault::too_far_ahead);
    if (detail::planted<"full window skips nothing"> && gap > 0 && skipped_.size() == Window)
      return std::unexpected(Fault::too_far_ahead);
    pending.advanced = chain_.dangerous_copy();
    auto& kept =
        detail::planted<"keys kept before the tag check"> ? unguarded().skipped_ : pending.skipped;
    while (pending.advanced.next() < number) {
      if (number - pending.advanced.next() <= Window)
        kept.add(pending.advanced.next(), pending.advanced.message_key(hkdf));
      pending.advanced.step(hkdf);
    }
    auto key = pending.advanced.message_key(hkdf);
    pending.advanced.step(hkdf);
    if (detail::planted<"window moved before the tag check">)
      unguarded().chain_ = pending.advanced.dangerous_copy();
    return key;
  }

  /// The message was authentic: its key can never be had again.
  void commit(Pending&& pending) {
    if (pending.was_skipped) {
      if (!detail::planted<"skipped key kept after use">) skipped_.erase(pending.number);
      if (const std::uint64_t age = highest() - pending.number; age < 64)
        accepted_ |= std::uint64_t{1} << age;
      return;
    }
    const std::uint64_t moved = pending.number - highest();
    if (detail::planted<"counter reset after a skip"> && moved > 1) return;
    accepted_ = (moved < 64 ? accepted_ << moved : 0) | 1;
    pending.skipped.move_to(skipped_);
    chain_ = std::move(pending.advanced);
  }

  void dangerous_write(auto& writer) const {
    chain_.dangerous_write(writer);
    skipped_.dangerous_write(writer);
    writer.integer(accepted_);
  }
  [[nodiscard]] bool dangerous_read(auto& reader) {
    return chain_.dangerous_read(reader) && skipped_.dangerous_read(reader) &&
           reader.integer(accepted_);
  }

 private:
  // Only for flaws that a test plants.
  ReceiveChain& unguarded() const noexcept { return const_cast<ReceiveChain&>(*this); }

  /// Known for the newest 64 numbers only; what is older counts as stale.
  [[nodiscard]] bool was_accepted(std::uint64_t number) const noexcept {
    const std::uint64_t age = highest() - number;
    return age < 64 && (accepted_ >> age & 1) != 0;
  }

  MessageChain<Labels> chain_;
  SkippedKeys<Window> skipped_;
  std::uint64_t accepted_ = 0;  // bit i: message highest() - i was accepted
};

}  // namespace handfast::ratchet
