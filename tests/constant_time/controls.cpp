// Code as it must not be: memcheck has to complain about each, or it would not about ours either.

#include <cstring>

#include "handfast/crypto/hmac.hpp"
#include "tests/constant_time/cases.hpp"

namespace constant_time {
namespace {

using namespace handfast;

volatile int sink;  // what the compiler may not leave out

void compare_with_memcmp() {
  HmacSha256 hmac;
  const auto right = hmac.mac(secret_bytes(32, 1), bytes_of("message"));
  const HmacSha256::Tag received{};
  const volatile std::size_t size = right.size();  // or a compiler writes something better
  sink = std::memcmp(right.data(), received.data(), size) == 0 ? 1 : 0;
}

void compare_and_stop_early() {
  const auto left = secret_bytes(32, 1), right = secret_bytes(32, 1);
  std::size_t same = 0;
  while (same < left.size() && left[same] == right[same]) ++same;
  sink = same == left.size() ? 1 : 0;
}

void look_up_in_table() {
  static constexpr std::uint8_t table[256] = {99, 124, 119, 123};
  sink = table[secret_bytes(1, 3)[0]];
}

void branch_on_key_bit() {
  const auto key = secret_bytes(1, 1);
  for (int bit = 0; bit < 8; ++bit)
    if ((key[0] >> bit & 1) != 0) sink = bit;
}

constexpr Case all[] = {
    {"two tags are compared with memcmp", compare_with_memcmp, true},
    {"a comparison stops at the first difference", compare_and_stop_early, true},
    {"a table is looked up with a secret byte", look_up_in_table, true},
    {"a branch depends on a bit of a key", branch_on_key_bit, true},
};

}  // namespace

std::span<const Case> controls() { return all; }

}  // namespace constant_time
