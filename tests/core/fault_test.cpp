#include "handfast/core/fault.hpp"

#include <set>
#include <string_view>

#include "tests/support/catch.hpp"

using namespace handfast;

TEST_CASE("core: every fault has a name of its own and a group") {
  constexpr auto last = static_cast<unsigned>(Fault::storage_failed);
  std::set<std::string_view> names;
  std::set<FaultGroup> groups;
  for (unsigned value = 1; value <= last; ++value) {
    const auto fault = static_cast<Fault>(value);
    CAPTURE(value);
    CHECK(to_string(fault) != "unknown");
    CHECK(names.insert(to_string(fault)).second);
    groups.insert(group_of(fault));
  }
  CHECK(groups.size() == 7);
  CHECK(to_string(static_cast<Fault>(last + 1)) == "unknown");
}

TEST_CASE("core: a fault's group says whose fault it is") {
  CHECK(group_of(Fault::too_large) == FaultGroup::caller);
  CHECK(group_of(Fault::truncated) == FaultGroup::malformed);
  CHECK(group_of(Fault::unexpected_message) == FaultGroup::not_allowed_now);
  CHECK(group_of(Fault::not_authentic) == FaultGroup::not_authentic);
  CHECK(group_of(Fault::replayed) == FaultGroup::replayed);
  CHECK(group_of(Fault::too_far_ahead) == FaultGroup::stale);
  CHECK(group_of(Fault::timed_out) == FaultGroup::environment);
}
