#include "handfast/crypto/wiping_buffer.hpp"

#include <type_traits>
#include <utility>

#include "tests/crypto/helpers.hpp"
#include "tests/support/catch.hpp"

using namespace crypto_test;
using handfast::WipingBuffer;

static_assert(!std::is_copy_constructible_v<WipingBuffer>);
static_assert(!std::is_copy_assignable_v<WipingBuffer>);
static_assert(std::is_nothrow_move_constructible_v<WipingBuffer>);
static_assert(std::is_nothrow_move_assignable_v<WipingBuffer>);

TEST_CASE("crypto: a wiping buffer holds what was appended", "[roundtrip]") {
  WipingBuffer buffer;
  CHECK(buffer.empty());
  buffer.append(hex("0102"));
  buffer.append({});
  buffer.append(hex("03"));
  CHECK(to_hex(buffer.bytes()) == "010203");
  buffer.resize(5);
  CHECK(to_hex(buffer.bytes()) == "0102030000");
  buffer.resize(1);
  CHECK(to_hex(buffer.bytes()) == "01");
  CHECK(buffer.size() == 1);
}

TEST_CASE("crypto: a wiping buffer wipes what is cut off and keeps its memory", "[secret]") {
  WipingBuffer buffer;
  buffer.append(repeated(64, 0xa5));
  const std::uint8_t* const memory = buffer.bytes().data();
  buffer.resize(8);
  for (std::size_t i = 8; i < 64; ++i) CHECK(memory[i] == 0);
  buffer.clear();
  for (std::size_t i = 0; i < 64; ++i) CHECK(memory[i] == 0);
  buffer.append(repeated(64, 1));
  CHECK(buffer.bytes().data() == memory);
  buffer.resize(8);
  buffer.resize(64);
  CHECK(buffer.bytes()[63] == 0);
}

TEST_CASE("crypto: a moved-from wiping buffer is empty", "[secret]") {
  WipingBuffer buffer;
  buffer.append(hex("0102"));
  WipingBuffer other = std::move(buffer);
  CHECK(buffer.empty());  // NOLINT: that is the point
  CHECK(to_hex(other.bytes()) == "0102");
  buffer = std::move(other);
  CHECK(other.empty());  // NOLINT
  CHECK(to_hex(buffer.bytes()) == "0102");
}

TEST_CASE("crypto: growing, moving and destroying a wiping buffer leaves nothing in memory",
          "[secret]") {
  const auto mask = hex("8c17f05a6be3d2490fb8713ec6a5249d");
  if (!count_in_memory(mask)) return;
  {
    WipingBuffer buffer;
    buffer.resize(16);
    for (std::size_t i = 0; i < 16; ++i) buffer.writable()[i] = static_cast<std::uint8_t>(~mask[i]);
    for (int i = 0; i < 12; ++i) buffer.append(repeated(500, 1));
    const WipingBuffer moved = std::move(buffer);
    CHECK(count_in_memory(mask) == 1);
    CHECK(moved.size() == 6016);
  }
  CHECK(count_in_memory(mask) == 0);
}

TEST_CASE("crypto: a wiping buffer goes through a snapshot as a size and its bytes",
          "[roundtrip]") {
  for (const std::size_t size : {0u, 1u, 300u}) {
    Snapshot snapshot;
    WipingBuffer buffer, restored;
    buffer.append(rising(size, 3));
    buffer.dangerous_write(snapshot);
    CHECK(snapshot.stored.size() == 4 + size);
    restored.append(hex("ff"));
    REQUIRE(restored.dangerous_read(snapshot));
    CHECK(copy(restored.bytes()) == rising(size, 3));
  }
}

TEST_CASE("crypto: a wiping buffer reads nothing from a snapshot cut anywhere", "[illegal]") {
  Snapshot whole;
  WipingBuffer buffer;
  buffer.append(hex("010203"));
  buffer.dangerous_write(whole);
  for (std::size_t size = 0; size < whole.stored.size(); ++size) {
    Snapshot cut{{whole.stored.begin(), whole.stored.begin() + static_cast<std::ptrdiff_t>(size)}};
    CHECK_FALSE(buffer.dangerous_read(cut));
    CHECK(buffer.empty());
  }
}

TEST_CASE("crypto: a wiping buffer of more than 1 MiB in a snapshot is refused", "[illegal]") {
  for (const std::size_t over : {0u, 1u}) {
    Snapshot snapshot;
    snapshot.u32(static_cast<std::uint32_t>(WipingBuffer::snapshot_size_max + over));
    snapshot.bytes(Bytes{repeated(WipingBuffer::snapshot_size_max + over, 5)});
    WipingBuffer buffer;
    CHECK(buffer.dangerous_read(snapshot) == (over == 0));
  }
  Snapshot lying;
  lying.u32(0xffffffff);
  WipingBuffer buffer;
  CHECK_FALSE(buffer.dangerous_read(lying));
}
