#pragma once

// Both roles as the deployed programs speak, byte for byte, with the flaws that follow: for talking
// to them, and for showing what goes wrong.

#include "handfast/stdio/compat/child.hpp"
#include "handfast/stdio/compat/parent.hpp"
