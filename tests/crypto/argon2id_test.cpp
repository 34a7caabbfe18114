#include "handfast/crypto/argon2id.hpp"

#include <string>

#include "tests/crypto/helpers.hpp"
#include "tests/support/catch.hpp"

using namespace crypto_test;
using handfast::bytes_of;
using handfast::Fault;
namespace argon2id = handfast::argon2id;
using argon2id::Cost;

namespace {

constexpr Cost cheap{Cost::memory_min, 1, 1};

std::string key(std::string_view passphrase, std::string_view salt, const Cost& cost = cheap) {
  const auto made = argon2id::derive<32>(passphrase, bytes_of(salt), cost);
  return made ? to_hex(made->bytes()) : std::string(to_string(made.error()));
}

}  // namespace

TEST_CASE("crypto: Argon2id gives the keys of its reference implementation", "[vectors]") {
  // phc-winner-argon2, src/test.c, version 0x13.
  CHECK(key("password", "somesalt", {65536, 2, 1}) ==
        "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7");
  CHECK(key("password", "somesalt", {65536, 1, 1}) ==
        "f6a5adc1ba723dddef9b5ac1d464e180fcd9dffc9d1cbf76cca2fed795d9ca98");
  CHECK(key("differentpassword", "somesalt", {65536, 2, 1}) ==
        "0b84d652cf6b0c4beaef0dfe278ba6a80df6696281d7e0d2891b817d8c458fde");
}

TEST_CASE("crypto: Argon2id's key depends on all that it is made of") {
  const std::string one = key("passphrase", "salt and more");
  CHECK(one.size() == 64);
  CHECK(key("passphrase", "salt and more") == one);
  CHECK(key("Passphrase", "salt and more") != one);
  CHECK(key("passphrase", "salt and mora") != one);
  CHECK(key("passphrase", "salt and more", {Cost::memory_min + 8, 1, 1}) != one);
  CHECK(key("passphrase", "salt and more", {Cost::memory_min, 2, 1}) != one);
  CHECK(key("passphrase", "salt and more", {Cost::memory_min, 1, 2}) != one);
}

TEST_CASE("crypto: Argon2id refuses a cost out of bounds, no passphrase, and a short salt") {
  CHECK(Cost{}.is_sound());
  for (const Cost& cost :
       {Cost{Cost::memory_min - 1, 1, 1}, Cost{Cost::memory_max + 1, 1, 1},
        Cost{Cost::memory_min, 0, 1}, Cost{Cost::memory_min, Cost::passes_max + 1, 1},
        Cost{Cost::memory_min, 1, 0}, Cost{Cost::memory_min, 1, Cost::lanes_max + 1}})
    CHECK(key("passphrase", "salt and more", cost) == "bad_argument");
  CHECK(key("passphrase", "salt and more", {Cost::memory_min, 1, Cost::lanes_max}).size() == 64);
  CHECK(key("", "salt and more") == "bad_argument");
  CHECK(key("passphrase", "seven b") == "bad_argument");
  CHECK(key("passphrase", "eight by").size() == 64);
}
