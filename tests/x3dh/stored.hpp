#pragma once

// Whether what is stored of a side still has something.

#include "tests/x3dh/pair.hpp"

namespace x3dh_test {

/// A search for `value`, as it is now, in the snapshots of a side.
[[nodiscard]] auto search_for(const auto& value) {
  Buffer bytes;
  SnapshotWriter writer(bytes);
  value.dangerous_write(writer);
  return [wanted = std::string(text_of(bytes.bytes()))](const auto& side) {
    return side.snapshot().find(wanted) != std::string::npos;
  };
}

}  // namespace x3dh_test
