#include "tests/support/files.hpp"

#include <stdexcept>
#include <string>

#include "tests/support/catch.hpp"

using namespace handfast;

TEST_CASE("support: a file beside the tests is read whole") {
  const std::string text = test::read_file("support/files_test.cpp");
  CHECK(text.starts_with("#include \"tests/support/files.hpp\"\n"));
  CHECK(text.ends_with("}\n"));
}

TEST_CASE("support: a file that is not there is an error that names it") {
  try {
    static_cast<void>(test::read_file("vectors/no_such_file.json"));
    FAIL("no error");
  } catch (const std::runtime_error& error) {
    CHECK(std::string(error.what()).ends_with("vectors/no_such_file.json"));
  }
}
