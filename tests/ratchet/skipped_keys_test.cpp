#include "handfast/ratchet/skipped_keys.hpp"

#include <algorithm>
#include <deque>
#include <random>

#include "tests/ratchet/helpers.hpp"
#include "tests/support/catch.hpp"

using namespace ratchet_test;

namespace {

Secret<32> key_of(std::uint64_t number) {
  std::array<std::uint8_t, 32> bytes{};
  for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(number >> 8 * i);
  bytes[31] = 0xA5;
  return Secret<32>::from(bytes);
}

}  // namespace

TEST_CASE("ratchet: skipped keys keep the newest, wipe the oldest, and find by number only") {
  SkippedKeys<3> keys;
  for (std::uint64_t n = 1; n <= 5; ++n) keys.add(n, key_of(n));
  CHECK(keys.size() == 3);
  CHECK(keys.find(1) == nullptr);
  CHECK(keys.find(2) == nullptr);
  for (std::uint64_t n = 3; n <= 5; ++n) {
    REQUIRE(keys.find(n));
    CHECK(equal(*keys.find(n), key_of(n)));
  }
  keys.erase(4);
  keys.erase(4);
  CHECK(keys.size() == 2);
  CHECK(keys.find(4) == nullptr);
  // Nothing of what was wiped or moved is left in the object.
  const Bytes memory{reinterpret_cast<const std::uint8_t*>(&keys), sizeof keys};
  for (const std::uint64_t gone : {1u, 2u, 4u}) {
    const auto key = key_of(gone);
    CHECK(std::search(memory.begin(), memory.end(), key.bytes().begin(), key.bytes().end()) ==
          memory.end());
  }
}

TEST_CASE("ratchet: skipped keys behave as a plain list under random use") {
  std::mt19937_64 random(7);
  SkippedKeys<4> keys;
  std::deque<std::uint64_t> model;
  std::uint64_t next = 1;
  for (int i = 0; i < 3000; ++i) {
    switch (random() % 4) {
      case 0:
      case 1: {
        next += random() % 3;
        keys.add(next, key_of(next));
        model.push_back(next++);
        if (model.size() > 4) model.pop_front();
        break;
      }
      case 2: {
        const std::uint64_t number = next - std::min<std::uint64_t>(next, random() % 8);
        keys.erase(number);
        std::erase(model, number);
        break;
      }
      default: {  // through a snapshot
        const Buffer stored = snapshot(keys);
        REQUIRE(restore(keys, stored.bytes()));
      }
    }
    REQUIRE(keys.size() == model.size());
    for (std::uint64_t n = next > 12 ? next - 12 : 0; n <= next; ++n) {
      const bool is_there = std::ranges::find(model, n) != model.end();
      REQUIRE((keys.find(n) != nullptr) == is_there);
      if (is_there) REQUIRE(equal(*keys.find(n), key_of(n)));
    }
  }
}

TEST_CASE("ratchet: skipped keys move behind older ones and push the oldest out") {
  SkippedKeys<3> old, fresh;
  old.add(1, key_of(1));
  old.add(2, key_of(2));
  fresh.add(7, key_of(7));
  fresh.add(8, key_of(8));
  fresh.move_to(old);
  CHECK(fresh.size() == 0);
  CHECK(old.size() == 3);
  CHECK(old.find(1) == nullptr);
  CHECK(old.find(2));
  CHECK(old.find(7));
  CHECK(old.find(8));
}

TEST_CASE("ratchet: a store for no skipped keys keeps none") {
  SkippedKeys<0> keys;
  keys.add(1, key_of(1));
  CHECK(keys.size() == 0);
  CHECK(keys.find(1) == nullptr);
}

TEST_CASE("ratchet: a snapshot of skipped keys that is out of order, too long or cut is refused") {
  SkippedKeys<3> keys;
  for (std::uint64_t n = 1; n <= 3; ++n) keys.add(n * 10, key_of(n));
  const Buffer stored = snapshot(keys);
  CHECK(stored.size() == 8 + 3 * 40);
  SkippedKeys<3> other;
  CHECK(restore(other, stored.bytes()));
  for (std::size_t size = 0; size < stored.size(); ++size)
    CHECK_FALSE(restore(other, stored.bytes().first(size)));
  std::vector<std::uint8_t> wrong(stored.bytes().begin(), stored.bytes().end());
  wrong[7] = 4;
  CHECK_FALSE(restore(other, wrong));
  wrong[7] = 3;
  wrong[8 + 40 + 7] = 10;  // twice number 10
  CHECK_FALSE(restore(other, wrong));
  SkippedKeys<2> smaller;
  CHECK_FALSE(restore(smaller, stored.bytes()));
}
