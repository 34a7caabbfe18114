#pragma once

// Two well-behaved clients that talk to each other while somebody else misbehaves. Each message has
// a number; one that does not arrive, arrives twice, late or in another order ends it with words.

#include <atomic>
#include <thread>

#include "tests/soak/client.hpp"

namespace soak {

template <class Profile>
class Pair {
 public:
  /// `pause`: after each message.
  Pair(std::uint16_t port, Clock::duration pause) : pause_(pause), one_(port), other_(port) {
    one_.must_enter();
    other_.must_enter();
  }
  ~Pair() {
    is_over_ = true;
    if (thread_.joinable()) thread_.join();
  }

  /// So many messages, in turns, now.
  void exchange(int count) {
    for (int i = 0; i < count; ++i) {
      auto& from = number_ % 2 == 0 ? one_ : other_;
      auto& to = number_ % 2 == 0 ? other_ : one_;
      const auto start = Clock::now();
      const std::string text = std::to_string(number_);
      if (!from.say(to.key(), text)) throw Failure("a well-behaved client was thrown out");
      const auto message = to.next_message();
      if (message.text != text || message.sender != from.key())
        throw Failure("message " + message.text + " arrives where " + text + " should");
      if (!from.next_receipt()) throw Failure("message " + text + " is said to be lost");
      if (!to.messages.empty() || !from.receipts.empty() || !one_.refused.empty() ||
          !other_.refused.empty())
        throw Failure("more arrives than was sent");
      slowest_ = std::max(slowest_, Clock::now() - start);
      // They talk at their leisure; nothing comes meanwhile.
      if (from.step(Clock::now() + pause_)) throw Failure("something comes that nobody said");
      ++number_;
    }
  }
  /// Goes on by itself until `stop`, and until it has said enough.
  void start() {
    is_over_ = false;
    first_ = number_;
    slowest_ = {};
    thread_ = std::thread([this] {
      try {
        while (!is_over_ || number_ < first_ + enough) exchange(1);
      } catch (const std::exception& error) {
        words_ = error.what();
      }
    });
  }
  /// How many messages that were.
  std::uint64_t stop() {
    is_over_ = true;
    thread_.join();
    if (!words_.empty()) throw Failure("beside the fault: " + words_);
    return number_ - first_;
  }
  /// From a message to its receipt, since `start`.
  [[nodiscard]] Clock::duration slowest() const noexcept { return slowest_; }
  [[nodiscard]] const x25519::PublicKey& key() const { return one_.key(); }

 private:
  static constexpr std::uint64_t enough = 10;

  const Clock::duration pause_;

  Client<Profile> one_, other_;
  std::uint64_t number_ = 0, first_ = 0;
  Clock::duration slowest_{};
  std::atomic<bool> is_over_ = false;
  std::thread thread_;
  std::string words_;
};

}  // namespace soak
