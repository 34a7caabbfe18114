#pragma once

// RapidCheck's properties inside Catch2's test cases: `rc::prop("...", [] { ... })`.
// The seed comes from the environment, RC_PARAMS="seed=1"; tests/run sets and prints it.

#include "tests/support/catch.hpp"

#include <rapidcheck.h>

#include <rapidcheck/catch.h>
