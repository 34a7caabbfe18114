#pragma once

// Mistakes that are not there: places at which a test can make one, to see that something notices.

#include "handfast/core/bytes.hpp"

namespace handfast::detail {

/// False, always: nothing of it is in a program. A test program specialises it before it includes
/// anything else.
template <FixedString Name>
inline constexpr bool planted = false;

}  // namespace handfast::detail
