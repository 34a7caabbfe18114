#include "handfast/testing/switches.hpp"
// The switches come first.
#include "handfast/testing/model_main.hpp"
#include "tests/model/cases.hpp"

int main(int argc, char** argv) {
  auto cases = model::registration_cases();
  std::ranges::move(model::registration_compat_cases(), std::back_inserter(cases));
  std::ranges::move(model::registration_contacts_cases(), std::back_inserter(cases));
  std::ranges::move(model::rehandshake_cases(), std::back_inserter(cases));
  std::ranges::move(model::rehandshake_migration_cases(), std::back_inserter(cases));
  std::ranges::move(model::stdio_cases(), std::back_inserter(cases));
  std::ranges::move(model::udp_cases(), std::back_inserter(cases));
  std::ranges::move(model::x3dh_cases(), std::back_inserter(cases));
  return handfast::testing::model_main(cases, argc, argv);
}
