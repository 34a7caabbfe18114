#include "tests/erasure/search.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include "handfast/crypto/hmac.hpp"
#include "handfast/crypto/secret.hpp"
#include "handfast/crypto/wiping_buffer.hpp"
#include "tests/erasure/heap.hpp"
#include "tests/support/catch.hpp"

using namespace erasure;
using handfast::MutableBytes;
using handfast::Secret;

namespace {

/// A key that nothing else holds, made anew where it is asked for and kept as a complement.
class Planted {
 public:
  Planted() : number_(++last_) {
    const Secret<32> key = secret();
    watched_.push_back({"planted", complement_of(key.bytes()), true});
  }
  [[nodiscard]] Secret<32> secret() const {
    Secret<32> key;
    unsigned state = number_ * 2654435761u + 12345u;
    for (auto& byte : key.writable()) {
      state = state * 1664525u + 1013904223u;
      byte = static_cast<std::uint8_t>(state >> 24);
    }
    return key;
  }
  void write_to(void* memory) const {
    const Secret<32> key = secret();
    std::memcpy(memory, key.bytes().data(), 32);
  }
  /// Where its parts are.
  [[nodiscard]] std::vector<Found> search() const { return search_memory(watched_); }
  [[nodiscard]] std::string found() const { return in_words(search()); }

 private:
  static inline unsigned last_ = 0;
  unsigned number_;
  std::vector<Watched> watched_;
};

[[nodiscard]] bool is_on_heap(const void* address) {
  return block_of(static_cast<const std::uint8_t*>(address)).has_value();
}

}  // namespace

TEST_CASE("erasure: the heap hands out no block twice", "[helpers]") {
  void* const first = ::operator new(40);
  ::operator delete(first);
  void* const second = ::operator new(40);
  CHECK(first != second);
  CHECK(block_of(static_cast<const std::uint8_t*>(first))->is_freed);
  CHECK_FALSE(block_of(static_cast<const std::uint8_t*>(second))->is_freed);
  ::operator delete(second);
  auto* const grown = static_cast<char*>(std::malloc(10));
  std::memcpy(grown, "123456789", 10);
  auto* const moved = static_cast<char*>(std::realloc(grown, 1000));
  REQUIRE(moved != nullptr);
  CHECK(std::string(moved) == "123456789");
  std::free(moved);
  auto* const zeros = static_cast<std::uint8_t*>(std::calloc(100, 10));
  CHECK(std::count(zeros, zeros + 1000, 0) == 1000);
  std::free(zeros);
  void* const aligned = std::aligned_alloc(4096, 8192);
  CHECK(reinterpret_cast<std::uintptr_t>(aligned) % 4096 == 0);
  CHECK(block_of(static_cast<const std::uint8_t*>(aligned) + 8191)->size == 8192);
  std::free(aligned);
}

TEST_CASE("erasure: what new and Botan allocate is on that heap", "[helpers]") {
  CHECK(is_on_heap(std::make_unique<int>(1).get()));
  CHECK(is_on_heap(std::string(100, 'x').data()));
  CHECK(is_on_heap(Botan::secure_vector<std::uint8_t>(32).data()));
  CHECK(is_on_heap(Botan::secure_vector<std::uint8_t>(5000).data()));
}

TEST_CASE("erasure: a key that was never written is not found", "[helpers]") {
  const Planted key;
  CHECK(key.found() == "");
}

TEST_CASE("erasure: a planted copy that is freed and not wiped is found", "[helpers]") {
  const Planted key;
  SECTION("in a block that was freed") {
    void* const block = std::malloc(100);
    key.write_to(block);
    CHECK(key.found() ==
          "planted, bytes from 1, in a block of the heap of 100 bytes\n"
          "planted, bytes from 16, in a block of the heap of 100 bytes\n");
    std::free(block);
    CHECK(key.found() ==
          "planted, bytes from 1, in a freed block of the heap of 100 bytes\n"
          "planted, bytes from 16, in a freed block of the heap of 100 bytes\n");
  }
  SECTION("in a vector that grew") {
    std::vector<std::uint8_t> bytes(32);
    key.write_to(bytes.data());
    bytes.resize(1000);
    handfast::wipe(bytes);
    CHECK(key.found().find("in a freed block of the heap of 32 bytes") != std::string::npos);
  }
  SECTION("where the bytes do not begin at a round address") {
    auto* const block = static_cast<std::uint8_t*>(std::malloc(50));
    key.write_to(block + 7);
    std::free(block);
    CHECK_FALSE(key.found().empty());
  }
  SECTION("where only half of it is left") {
    auto* const block = static_cast<std::uint8_t*>(std::malloc(32));
    key.write_to(block);
    handfast::wipe(MutableBytes{block, 16});
    std::free(block);
    CHECK(key.found() == "planted, bytes from 16, in a freed block of the heap of 32 bytes\n");
  }
}

TEST_CASE("erasure: a copy in a variable is found", "[helpers]") {
  static std::array<std::uint8_t, 32> variable;
  const Planted key;
  key.write_to(variable.data());
  CHECK(key.found().find("in a variable") != std::string::npos);
  handfast::wipe(variable);
  CHECK(key.found() == "");
}

TEST_CASE("erasure: a copy that a function left on the stack is found", "[helpers]") {
  const Planted key;
  well_below([&] {
    volatile std::uint8_t local[32];
    key.write_to(const_cast<std::uint8_t*>(local));
  });
  const auto whole = key.search();
  CHECK(in_words(whole).find("on the stack") != std::string::npos);
  CHECK(std::ranges::none_of(whole, &Found::is_saved_register));
  well_below([&] {
    std::array<std::uint8_t, 200> local;
    handfast::wipe(local);
  });
}

TEST_CASE("erasure: half a key on the stack is told from a whole one", "[helpers]") {
  const Planted key;
  well_below([&] {
    volatile std::uint8_t local[32];
    key.write_to(const_cast<std::uint8_t*>(local));
    for (int i = 0; i < 16; ++i) local[i] = 0;
  });
  const auto half = key.search();
  CHECK(in_words(half).find("bytes from 16, on the stack") != std::string::npos);
  CHECK(std::ranges::any_of(half, &Found::is_saved_register));
}

TEST_CASE("erasure: a secret that moves and is destroyed leaves nothing", "[secret]") {
  const Planted key;
  well_below([&] {
    auto first = std::make_unique<Secret<32>>(key.secret());
    auto second = std::make_unique<Secret<32>>(std::move(*first));
    const Secret<32> third = second->dangerous_copy();
    Botan::secure_vector<std::uint8_t> botans(third.bytes().begin(), third.bytes().end());
  });
  CHECK(key.found() == "");
}

TEST_CASE("erasure: a wiping buffer that grows, shrinks and ends leaves nothing", "[secret]") {
  const Planted key;
  well_below([&] {
    handfast::WipingBuffer buffer;
    const Secret<32> secret = key.secret();
    for (int i = 0; i < 100; ++i) buffer.append(secret.bytes());
    buffer.resize(40);
    handfast::WipingBuffer other = std::move(buffer);
    other.append(secret.bytes());
    other.clear();
    other.append(secret.bytes());
  });
  CHECK(key.found() == "");
}

TEST_CASE("erasure: the key in an HMAC object is found until it is forgotten", "[secret]") {
  const Planted key;
  handfast::HmacSha256 hmac;
  well_below([&] { (void)hmac.mac(key.secret().bytes(), handfast::bytes_of("message")); });
  CHECK(key.found().find("as HMAC's inner key, in a block of the heap") != std::string::npos);
  CHECK(key.found().find("as HMAC's outer key, in a block of the heap") != std::string::npos);
  well_below([&] { hmac.forget(); });
  CHECK(key.found() == "");
}
