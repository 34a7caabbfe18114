#include "tests/support/files.hpp"

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace handfast::test {

std::string path_of(std::string_view name) {
  return std::string(HANDFAST_TESTS) + "/" + std::string(name);
}

std::string read_file(std::string_view name) {
  std::ifstream file(path_of(name), std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path_of(name));
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace handfast::test
