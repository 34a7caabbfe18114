#pragma once

// What the machines of all cases begin with: the time, and what there is only by its name.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "handfast/core/time.hpp"
#include "handfast/crypto/x25519.hpp"
#include "handfast/testing/stage.hpp"
#include "tests/model/cases.hpp"

namespace model {

inline constexpr handfast::Time start{handfast::SteadyTime{} + std::chrono::hours(1),
                                      handfast::UnixTime{} + std::chrono::seconds(1'762'230'000)};

/// The bytes of anything that has some.
template <class T>
[[nodiscard]] Value bytes_in(const T& bytes) {
  return {bytes.begin(), bytes.end()};
}

/// A number as eight bytes, and back.
[[nodiscard]] inline Value number(std::uint64_t n) {
  return handfast::testing::detail::value_of(n);
}
[[nodiscard]] inline std::uint64_t number_in(const Value& value) {
  std::uint64_t n = 0;
  handfast::testing::detail::put_value(n, value);
  return n;
}

/// What is behind the colon of `name`: which of several it is; nothing where there is one.
[[nodiscard]] inline std::string which_of(std::string_view name) {
  const auto colon = name.find(':');
  return std::string(colon == name.npos ? "" : name.substr(colon + 1));
}

/// 32 bytes, of which there is one for each name, anybody's or the attacker's.
[[nodiscard]] inline Value seed_of(std::string_view name) {
  Value seed(32);
  std::copy_n(name.begin(), std::min(name.size(), seed.size()), seed.begin());
  return seed;
}
[[nodiscard]] inline handfast::x25519::PrivateKey key_from(handfast::Bytes seed) {
  return handfast::x25519::PrivateKey::from(seed).value();
}
[[nodiscard]] inline handfast::x25519::PrivateKey key_of(std::string_view name) {
  return key_from(seed_of(name));
}
/// The public key that `name` says, which begins so.
inline constexpr std::string_view publics = "public ";
[[nodiscard]] inline Value public_key_in(std::string_view name) {
  return bytes_in(key_of(name.substr(publics.size())).public_key().bytes());
}

}  // namespace model
