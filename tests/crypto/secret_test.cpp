#include "handfast/crypto/secret.hpp"

#include <concepts>
#include <cstring>
#include <new>
#include <sstream>
#include <type_traits>
#include <utility>
#include <vector>

#if defined(__unix__)
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#endif

#include "tests/crypto/helpers.hpp"
#include "tests/support/catch.hpp"

using namespace crypto_test;
using handfast::equal;
using handfast::equal_in_constant_time;
using handfast::Secret;

namespace {

template <typename T>
concept Printable = requires(std::ostream& out, const T& value) {
  out << value;
};
template <typename T>
concept HasToString = requires(const T& value) {
  to_string(value);
};
template <typename T>
concept ComparableByOperator = requires(const T& left, const T& right) {
  left == right;
};

static_assert(!std::is_copy_constructible_v<Secret<32>>);
static_assert(!std::is_copy_assignable_v<Secret<32>>);
static_assert(std::is_nothrow_move_constructible_v<Secret<32>>);
static_assert(std::is_nothrow_move_assignable_v<Secret<32>>);
static_assert(!ComparableByOperator<Secret<32>>);
static_assert(!Printable<Secret<32>>);
static_assert(!HasToString<Secret<32>>);
static_assert(!std::convertible_to<Secret<32>, Bytes>);
static_assert(!std::constructible_from<Secret<32>, Bytes>);
static_assert(sizeof(Secret<32>) == 32, "inline, no heap");

// Whether any byte of an object's memory still is `value`.
bool holds(const unsigned char* memory, std::size_t size, unsigned char value) {
  return std::memchr(memory, value, size) != nullptr;
}

}  // namespace

TEST_CASE("crypto: a secret holds the bytes that it was made from", "[roundtrip]") {
  const auto source = rising(32, 7);
  const auto secret = Secret<32>::from(source);
  CHECK(copy(secret.bytes()) == source);
  const std::array<std::uint8_t, 3> fixed{1, 2, 3};
  CHECK(to_hex(Secret<3>::from(fixed).bytes()) == "010203");
  CHECK(to_hex(Secret<2>::from(std::span(fixed).first<2>()).bytes()) == "0102");
  CHECK(to_hex(Secret<2>{}.bytes()) == "0000");
}

TEST_CASE("crypto: a moved-from secret leaves no bytes", "[secret]") {
  auto source = Secret<32>::from(repeated(32, 0xa5));
  const Secret<32> target = std::move(source);
  CHECK(copy(target.bytes()) == repeated(32, 0xa5));
  CHECK(copy(source.bytes()) == repeated(32, 0));  // NOLINT: that is the point

  Secret<32> other;
  other = Secret<32>::from(repeated(32, 0xa6));
  Secret<32> assigned = Secret<32>::from(repeated(32, 0xa7));
  assigned = std::move(other);
  CHECK(copy(assigned.bytes()) == repeated(32, 0xa6));
  CHECK(copy(other.bytes()) == repeated(32, 0));  // NOLINT

  Secret<32>& alias = assigned;
  assigned = std::move(alias);
  CHECK(copy(assigned.bytes()) == repeated(32, 0xa6));
}

TEST_CASE("crypto: a destroyed secret leaves no bytes", "[secret]") {
  alignas(Secret<32>) unsigned char memory[sizeof(Secret<32>)];
  const auto source = repeated(32, 0xa5);
  auto* secret = new (memory) Secret<32>(Secret<32>::from(source));
  REQUIRE(holds(memory, sizeof memory, 0xa5));
  secret->~Secret();
  CHECK_FALSE(holds(memory, sizeof memory, 0xa5));
}

TEST_CASE("crypto: no instance of a secret is left in memory after moves, a result and its end",
          "[secret]") {
  const auto mask = hex("71c3a95be02846fd9314d8b7650a3fec");
  if (!count_in_memory(mask)) return;
  {
    Secret<16> secret;
    for (std::size_t i = 0; i < 16; ++i) secret.writable()[i] = static_cast<std::uint8_t>(~mask[i]);
    Secret<16> second = std::move(secret);
    std::optional<Secret<16>> third = std::move(second);
    CHECK(count_in_memory(mask) == 1);
    const auto fourth = third->dangerous_copy();
    CHECK(count_in_memory(mask) == 2);
    CHECK(equal(*third, fourth));
  }
  CHECK(count_in_memory(mask) == 0);
}

TEST_CASE("crypto: a secret is wiped on demand", "[secret]") {
  auto secret = Secret<16>::from(repeated(16, 9));
  secret.wipe();
  CHECK(copy(secret.bytes()) == repeated(16, 0));
}

TEST_CASE("crypto: equal secrets are equal, and one bit anywhere makes them differ", "[secret]") {
  const auto source = rising(32, 1);
  const auto secret = Secret<32>::from(source);
  CHECK(equal(secret, Secret<32>::from(source)));
  CHECK(equal(secret, secret.dangerous_copy()));
  for (std::size_t bit = 0; bit < 256; ++bit) {
    auto other = source;
    other[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    CHECK_FALSE(equal(secret, Secret<32>::from(other)));
    CHECK_FALSE(equal_in_constant_time(source, other));
  }
}

TEST_CASE("crypto: bytes of different lengths are never equal", "[illegal]") {
  const auto bytes = repeated(33, 0);
  const Bytes all{bytes};
  CHECK(equal_in_constant_time(all, all));
  CHECK(equal_in_constant_time({}, {}));
  CHECK_FALSE(equal_in_constant_time(all, all.first(32)));
  CHECK_FALSE(equal_in_constant_time(all.first(32), all));
  CHECK_FALSE(equal_in_constant_time(all.first(1), {}));
  CHECK_FALSE(equal_in_constant_time({}, all));
}

TEST_CASE("crypto: secrets are equal if no bit of them differs, whatever their size") {
  const auto check = []<std::size_t size>(std::integral_constant<std::size_t, size>) {
    std::array<std::uint8_t, size> bytes{};
    const auto zeros = Secret<size>::from(bytes);
    CHECK(equal(zeros, Secret<size>::from(bytes)));
    for (std::size_t bit = 0; bit < 8 * size; ++bit) {
      bytes[bit / 8] = static_cast<std::uint8_t>(1u << bit % 8);
      CAPTURE(size, bit);
      CHECK_FALSE(equal(zeros, Secret<size>::from(bytes)));
      bytes[bit / 8] = 0;
    }
  };
  check(std::integral_constant<std::size_t, 4>{});
  check(std::integral_constant<std::size_t, 8>{});
  check(std::integral_constant<std::size_t, 12>{});
  check(std::integral_constant<std::size_t, 32>{});
}

TEST_CASE("crypto: a secret goes through a snapshot as its raw bytes", "[roundtrip]") {
  Snapshot snapshot;
  const auto secret = Secret<4>::from(hex("01020304"));
  secret.dangerous_write(snapshot);
  CHECK(to_hex(snapshot.stored) == "01020304");
  Secret<4> restored;
  REQUIRE(restored.dangerous_read(snapshot));
  CHECK(equal(restored, secret));
}

TEST_CASE("crypto: a secret from a snapshot that is one byte short is refused and zero",
          "[illegal]") {
  Snapshot snapshot{hex("010203")};
  auto secret = Secret<4>::from(hex("ffffffff"));
  CHECK_FALSE(secret.dangerous_read(snapshot));
  CHECK(to_hex(secret.bytes()) == "00000000");
}

#if defined(__unix__)
TEST_CASE(
    "crypto: a secret from a view one byte short or long ends the program instead of going on",
    "[illegal]") {
  for (const std::size_t size : {0u, 31u, 33u}) {
    const auto source = repeated(size, 1);
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      std::signal(SIGABRT, SIG_DFL);
      const auto secret = Secret<32>::from(source);
      _exit(secret.bytes()[0]);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status));
  }
}
#endif
