#pragma once

// What one set of keys may seal, and for how long, by what somebody sees on the wire who has numbers
// and no keys. A scene whose frames carry numbers says
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
  // From a party's first frame under them to its last with data. The party has had them for longer,
  // so that this is never more than their age.
  Duration age_max = Duration::max();
};

/// The uses of keys in one session.
class KeyLimits {
 public:
  /// `party` has sent a frame at `now`, in a call that handed over application data or in another
  /// one. What is wrong with that, or nothing. The same frame again is no second use.
  [[nodiscard]] std::optional<std::string> used(int party, const KeyUse& use, bool has_data,
                                                SteadyTime now, const UseLimits& limits) {
    if (use.number > limits.number_max) return "one set of keys sealed more records than it may";
    Keys& keys = keys_.try_emplace({party, use.keys}, Keys{now, {}}).first->second;
    if (!has_data || !keys.data.insert(use.number).second) return std::nullopt;
    if (keys.data.size() > limits.data_max) return "one set of keys sealed more data than it may";
    if (now - keys.began > limits.age_max)
      return "one set of keys sealed data when it was older than it may be";
    return std::nullopt;
  }

 private:
  struct Keys {
    SteadyTime began;              // the first frame that was seen
    std::set<std::uint64_t> data;  // numbers of frames with data
  };
  std::map<std::pair<int, std::uint64_t>, Keys> keys_;  // of a party, of its sets
};

}  // namespace handfast::testing
