#pragma once

// Erasing bytes in a way that the optimiser may not leave out.

#include <cstring>

#include "handfast/core/bytes.hpp"

namespace handfast {

/// Sets every byte to zero, also where nothing reads them afterwards.
inline void wipe(MutableBytes bytes) noexcept {
  if (bytes.empty()) return;
  std::memset(bytes.data(), 0, bytes.size());
  asm volatile(""
               :
               : "r"(bytes.data())
               : "memory");  // the compiler must assume that somebody reads them here
}

}  // namespace handfast
