#pragma once

// The files beside the tests: vectors and recorded sessions.

#include <string>
#include <string_view>

namespace handfast::test {

/// Where the file `name`, given from the tests' folder ("vectors/vectors.json"), is.
[[nodiscard]] std::string path_of(std::string_view name);

/// The whole content of the file `name`, given from the tests' folder; throws where there is none.
[[nodiscard]] std::string read_file(std::string_view name);

}  // namespace handfast::test
