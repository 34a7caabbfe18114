#pragma once

// What tests of frozen vectors share: random bytes that the file decides, and the code that computes
// the file again.

#include <cstdlib>
#include <deque>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "handfast/crypto/random.hpp"
#include "handfast/wire/hex.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/files.hpp"

namespace handfast::test {

[[nodiscard]] inline std::string text(const nlohmann::json& json) {
  return json.get<std::string>();
}
[[nodiscard]] inline std::string hex(Bytes bytes) { return wire::hex::encode(bytes); }
[[nodiscard]] inline std::vector<std::uint8_t> unhex(const nlohmann::json& json) {
  const std::string digits = text(json);
  std::vector<std::uint8_t> bytes(digits.size() / 2);
  REQUIRE(wire::hex::decode(digits, bytes));
  return bytes;
}

/// Gives what is queued, piece by piece, each of the size that is asked for; nothing else.
struct QueuedRandom : RandomSource {
  std::deque<std::vector<std::uint8_t>> queue;
  bool fill(MutableBytes out) override {
    if (queue.empty() || queue.front().size() != out.size()) return false;
    std::ranges::copy(queue.front(), out.begin());
    queue.pop_front();
    return true;
  }
};

/// Whether vectors/`name`.py, which shares nothing with our code, computes vectors/`name`.json.
inline void check_computed_anew(const std::string& name) {
  if (std::system("python3 --version > /dev/null 2>&1") != 0) SKIP("python3 is not there");
  const std::string command = "python3 '" + path_of("vectors/" + name + ".py") + "' '" +
                              path_of("vectors/" + name + ".json") + "'";
  CHECK(std::system(command.c_str()) == 0);
}

}  // namespace handfast::test
