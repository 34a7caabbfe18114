#pragma once

// What there is to run, by the file that holds it.

#include <span>

#include "tests/constant_time/secret.hpp"

namespace constant_time {

[[nodiscard]] std::span<const Case> crypto_cases();
[[nodiscard]] std::span<const Case> ratchet_cases();
[[nodiscard]] std::span<const Case> stdio_cases();
[[nodiscard]] std::span<const Case> registration_cases();
[[nodiscard]] std::span<const Case> udp_cases();
[[nodiscard]] std::span<const Case> rehandshake_cases();
[[nodiscard]] std::span<const Case> x3dh_cases();
[[nodiscard]] std::span<const Case> controls();

}  // namespace constant_time
