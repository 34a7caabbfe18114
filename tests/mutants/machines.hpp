#pragma once

// The roles whose tables are edited, and the names that this takes.

#include "handfast/testing/edited_machine.hpp"
//
#include "handfast/stdio/child.hpp"
#include "handfast/stdio/parent.hpp"

namespace mutants {

using handfast::stdio::Child;
using handfast::stdio::Parent;
using handfast::testing::EditedContext;
using handfast::testing::EditedMachine;
using handfast::testing::row_edits;
using handfast::testing::RowEdit;

}  // namespace mutants
