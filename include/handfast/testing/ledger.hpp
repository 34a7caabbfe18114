#pragma once

// The ledger of keys: over all parties of a world, their clones and their restored snapshots, each
// (key, nonce) seals once, and each sealed message is accepted once. Include this before anything
// else of handfast: it is how the crypto folder comes to report.

#include <cstring>
#include <memory_resource>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "handfast/crypto/detail/watch.hpp"

namespace handfast::testing {

/// What was sealed and accepted under which key. One is current at a time in a thread, and hears
/// what all objects of crypto/ do; with none nothing is kept.
class Ledger {
 public:
  /// What the call that is under way has cost so far.
  struct Work {
    unsigned opens = 0;      // keys tried on a ciphertext
    unsigned authentic = 0;  // of these, keys that it was sealed with
    unsigned derived = 0;    // HMAC outputs
  };

  Ledger() : before_(current_) { current_ = this; }
  ~Ledger() { current_ = before_; }
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;
  [[nodiscard]] static Ledger* current() noexcept { return current_; }

  /// A call of a party begins; what an insider of the attacker does with its own keys
  /// is not held against anybody.
  void begin_call(bool is_attackers = false) {
    work_ = {};
    opened_.clear();
    used_.clear();
    is_attackers_ = is_attackers;
  }
  /// The call ended. What it opened counts as accepted, unless its input was refused.
  void end_call(bool refused) {
    if (refused) used_.clear();
    if (!refused)
      for (const std::uint64_t id : opened_)
        if (!accepted_.insert(id).second && !broken_)
          broken_ = "one sealed message was accepted twice";
    opened_.clear();
    is_attackers_ = false;
  }
  [[nodiscard]] const Work& work() const noexcept { return work_; }
  /// What `key` is called in here.
  [[nodiscard]] static std::uint64_t name_of_key(Bytes key) noexcept { return hash(0, key); }
  /// The names of the keys that sealed, or opened what was authentic, in the last call, which was
  /// not refused.
  [[nodiscard]] const std::vector<std::uint64_t>& keys_used() const noexcept { return used_; }

  /// What went wrong first, if anything did.
  [[nodiscard]] const std::optional<std::string>& broken() const noexcept { return broken_; }
  /// How many messages one key has sealed at most.
  [[nodiscard]] std::uint64_t seals_of_one_key_max() const noexcept {
    std::uint64_t most = 0;
    for (const auto& [key, count] : seals_) most = std::max(most, count);
    return most;
  }

  /// How many messages were sealed in all, resends too.
  [[nodiscard]] std::uint64_t seal_count() const noexcept {
    std::uint64_t all = 0;
    for (const auto& [key, count] : seals_) all += count;
    return all;
  }

  void keyed(const void* object, Bytes key) { keys_[object] = name_of_key(key); }
  void sealed(const void* object, Bytes nonce, Bytes ad, Bytes text) {
    if (is_attackers_) return;
    const std::uint64_t key = keys_[object];
    ++seals_[key];
    used_.push_back(key);
    // A resend of the very same bytes is no second seal.
    const auto [place, is_new] = sealed_.try_emplace(hash(key, nonce), hash(hash(1, ad), text));
    if (!is_new && place->second != hash(hash(1, ad), text) && !broken_)
      broken_ = "one key and nonce sealed two messages";
  }
  void opened(const void* object, Bytes nonce, bool authentic) {
    ++work_.opens;
    work_.authentic += authentic;
    if (!authentic || is_attackers_) return;
    opened_.push_back(hash(keys_[object], nonce));
    used_.push_back(keys_[object]);
  }
  void derived() noexcept { ++work_.derived; }

 private:
  /// For telling apart, not for security: 64 bits of what are mostly keys and nonces.
  static std::uint64_t hash(std::uint64_t before, Bytes bytes) noexcept {
    std::uint64_t h = before ^ 0x9ae16a3b2f90404fu ^ bytes.size();
    for (std::size_t i = 0; i < bytes.size(); i += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes.data() + i, std::min<std::size_t>(8, bytes.size() - i));
      h = (h ^ word) * 0xd6e8feb86659fd93u;
      h ^= h >> 32;
    }
    return h;
  }

  static inline thread_local Ledger* current_ = nullptr;
  Ledger* before_;
  std::pmr::monotonic_buffer_resource memory_{4096};  // of the four below, kept to the end
  std::pmr::unordered_map<const void*, std::uint64_t> keys_{&memory_};      // by cipher object
  std::pmr::unordered_map<std::uint64_t, std::uint64_t> sealed_{&memory_};  // by (key, nonce)
  std::pmr::unordered_map<std::uint64_t, std::uint64_t> seals_{&memory_};   // by key
  std::pmr::unordered_set<std::uint64_t> accepted_{&memory_};
  std::vector<std::uint64_t> opened_;  // in the call under way
  std::vector<std::uint64_t> used_;    // in it, or in the one before
  Work work_;
  bool is_attackers_ = false;
  std::optional<std::string> broken_;
};

}  // namespace handfast::testing

namespace handfast::detail {

template <>
struct CryptoWatch<void> {
  static void keyed(const void* object, Bytes key) {
    if (auto* ledger = testing::Ledger::current()) ledger->keyed(object, key);
  }
  static void sealed(const void* object, Bytes nonce, Bytes ad, Bytes text) {
    if (auto* ledger = testing::Ledger::current()) ledger->sealed(object, nonce, ad, text);
  }
  static void opened(const void* object, Bytes nonce, bool authentic) {
    if (auto* ledger = testing::Ledger::current()) ledger->opened(object, nonce, authentic);
  }
  static void derived() noexcept {
    if (auto* ledger = testing::Ledger::current()) ledger->derived();
  }
};

}  // namespace handfast::detail
