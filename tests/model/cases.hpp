#pragma once

// What SPIN is asked of our protocols.

#include "handfast/spec/weaken.hpp"
#include "handfast/testing/model_case.hpp"

namespace model {

using handfast::spec::Model;
using handfast::spec::Outline;
using handfast::spec::Question;
using handfast::spec::Side;
using handfast::testing::Actor;
using handfast::testing::Stage;
using handfast::testing::Value;
using handfast::testing::Weakening;
using Case = handfast::testing::ModelCase;

/// Of one protocol; each is in a source of its own.
[[nodiscard]] std::vector<Case> registration_cases();
[[nodiscard]] std::vector<Case> rehandshake_cases();
[[nodiscard]] std::vector<Case> stdio_cases();
[[nodiscard]] std::vector<Case> udp_cases();
[[nodiscard]] std::vector<Case> x3dh_cases();

}  // namespace model
