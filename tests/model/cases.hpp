#pragma once

// What SPIN is asked of our protocols.

#include <string>
#include <vector>

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

using Names = std::vector<std::string>;
/// Each of these questions, of each of these roles.
[[nodiscard]] inline Names all_of(const Names& questions, const Names& roles) {
  Names all;
  for (const auto& question : questions)
    for (const auto& role : roles) all.push_back(question + "_" + role);
  return all;
}
[[nodiscard]] inline Names operator+(Names one, const Names& other) {
  one.insert(one.end(), other.begin(), other.end());
  return one;
}

/// Of one protocol; each is in a source of its own.
[[nodiscard]] std::vector<Case> registration_cases();
[[nodiscard]] std::vector<Case> registration_compat_cases();
[[nodiscard]] std::vector<Case> registration_contacts_cases();
[[nodiscard]] std::vector<Case> rehandshake_cases();
[[nodiscard]] std::vector<Case> rehandshake_migration_cases();
[[nodiscard]] std::vector<Case> stdio_cases();
[[nodiscard]] std::vector<Case> udp_cases();
[[nodiscard]] std::vector<Case> x3dh_cases();

}  // namespace model
