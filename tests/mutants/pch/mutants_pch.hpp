// Compiled once for all sources of the program: the switches before anything else of handfast, and
// the ledger; the machines that the test cases run; then what most of the tests include.

#include "handfast/testing/switches.hpp"
//
#include "handfast/testing/ledger.hpp"
//
#include "tests/mutants/edited_machines.hpp"
//
#include "tests/attacks/gallery.hpp"
#include "tests/stdio/harness.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/files.hpp"
