#pragma once

// What one set of keys may seal, counted on the wire by somebody who sees numbers and no keys. A
// scene whose frames carry numbers says
//
//   static std::optional<KeyUse> key_use(const KeptFrame&);   nothing where a frame has no number
//   static UseLimits limits(const Setting&);

#include <map>
#include <optional>
#include <set>
#include <string>

#include "handfast/testing/party.hpp"

namespace handfast::testing {

/// The numbers in the clear of a sealed frame.
struct KeyUse {
  std::uint64_t keys = 0;    // of which set, of the sender
  std::uint64_t number = 0;  // of the frame under them
};

/// What is allowed of one set of keys.
struct UseLimits {
  std::uint64_t number_max = ~std::uint64_t{0};  // of a frame
  std::uint64_t data_max = ~std::uint64_t{0};    // frames that applications asked for with data
};

/// The uses of keys in one session.
class KeyLimits {
 public:
  /// `party` has sent a frame, in a call that handed over application data or in another one. What is
  /// wrong with that, or nothing. The same frame again is no second use.
  [[nodiscard]] std::optional<std::string> used(int party, const KeyUse& use, bool has_data,
                                                const UseLimits& limits) {
    if (use.number > limits.number_max) return "one set of keys sealed more records than it may";
    if (!has_data) return std::nullopt;
    auto& numbers = data_[{party, use.keys}];
    numbers.insert(use.number);
    if (numbers.size() > limits.data_max) return "one set of keys sealed more data than it may";
    return std::nullopt;
  }

 private:
  std::map<std::pair<int, std::uint64_t>, std::set<std::uint64_t>> data_;
};

}  // namespace handfast::testing
