#pragma once

// The cases of the soak.

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace soak {

/// `run` throws where something is not as it must be.
struct Case {
  std::string name;
  std::function<void()> run;
};

/// How much is done: the short form, or the long one for about so many seconds.
struct Extent {
  std::size_t crowd_count = 1'000;  // connections
  int fault_rounds = 1;             // of each fault
};

[[nodiscard]] std::vector<Case> crowd_cases(const Extent& extent);
[[nodiscard]] std::vector<Case> fault_cases(const Extent& extent);
[[nodiscard]] std::vector<Case> malformed_cases(const Extent& extent);

/// How many servers have not ended as they should.
[[nodiscard]] int broken_servers() noexcept;

}  // namespace soak
