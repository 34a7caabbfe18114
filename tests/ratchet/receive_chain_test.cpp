#include "handfast/ratchet/receive_chain.hpp"

#include <deque>
#include <random>
#include <set>

#include "tests/ratchet/helpers.hpp"
#include "tests/support/catch.hpp"

using namespace ratchet_test;

namespace {

/// What a receiver should do, as plain as it can be said.
template <std::size_t Window>
struct Model {
  std::uint64_t highest = 0;
  std::deque<std::uint64_t> kept;
  std::set<std::uint64_t> accepted;

  std::optional<Fault> judge(std::uint64_t number, std::uint64_t skip_max) const {
    if (number == 0) return Fault::malformed;
    if (number > highest)
      return number - highest - 1 > skip_max ? std::optional(Fault::too_far_ahead) : std::nullopt;
    if (std::ranges::find(kept, number) != kept.end()) return std::nullopt;
    return highest - number < 64 && accepted.contains(number) ? Fault::replayed : Fault::stale;
  }
  void accept(std::uint64_t number) {
    accepted.insert(number);
    std::erase(kept, number);
    for (std::uint64_t n = highest + 1; n < number; ++n) kept.push_back(n);
    while (kept.size() > Window) kept.pop_front();
    highest = std::max(highest, number);
  }
};

template <std::size_t Window>
void compare(std::uint64_t seed) {
  constexpr std::uint64_t skip_max = 20;
  const auto keys = message_keys(6000);
  std::mt19937_64 random(seed);
  Hkdf hkdf;
  ReceiveChain<Labels, Window> chain(first_key());
  Model<Window> model;
  for (int i = 0; i < 2500 && model.highest < 5900; ++i) {
    const std::uint64_t back = random() % 90, ahead = random() % 24;
    const std::uint64_t number = random() % 3 == 0
                                     ? model.highest - std::min(model.highest, back)
                                     : model.highest + (random() % 2 == 0 ? 1 : ahead);
    const Buffer before = snapshot(chain);
    typename ReceiveChain<Labels, Window>::Pending pending;
    const auto key = chain.key_for(number, skip_max, hkdf, pending);
    REQUIRE(to_hex(snapshot(chain).bytes()) == to_hex(before.bytes()));
    REQUIRE(crypto_test::fault_of(key) == model.judge(number, skip_max));
    if (!key) continue;
    REQUIRE(to_hex(key->bytes()) == keys[static_cast<std::size_t>(number)]);
    if (random() % 4 == 0) continue;  // it was not authentic
    chain.commit(std::move(pending));
    model.accept(number);
    REQUIRE(chain.highest() == model.highest);
    if (random() % 8 == 0) {
      const Buffer stored = snapshot(chain);
      ReceiveChain<Labels, Window> again;
      REQUIRE(restore(again, stored.bytes()));
      chain = std::move(again);
    }
  }
}

}  // namespace

TEST_CASE(
    "ratchet: a receive chain accepts exactly what a plain model accepts, with the right keys",
    "[property]") {
  compare<0>(1);
  compare<3>(2);
  compare<5>(3);
}

TEST_CASE("ratchet: a receive chain derives exactly skip_max keys over a gap, not one more") {
  Hkdf hkdf;
  ReceiveChain<Labels, 3> chain(first_key());
  ReceiveChain<Labels, 3>::Pending pending, other;
  CHECK(crypto_test::fault_of(chain.key_for(1002, 1000, hkdf, pending)) == Fault::too_far_ahead);
  CHECK(crypto_test::fault_of(chain.key_for(~std::uint64_t{0}, 1000, hkdf, pending)) ==
        Fault::too_far_ahead);
  const auto key = chain.key_for(1001, 1000, hkdf, other);
  REQUIRE(key);
  CHECK(to_hex(key->bytes()) == message_keys(1001)[1001]);
  chain.commit(std::move(other));
  CHECK(chain.highest() == 1001);
  for (const std::uint64_t kept : {998u, 999u, 1000u}) CHECK(chain.key_for(kept, 0, hkdf, pending));
  CHECK(crypto_test::fault_of(chain.key_for(997, 0, hkdf, pending)) == Fault::stale);
}

TEST_CASE(
    "ratchet: a receive chain knows a replay among the newest 64 numbers, what is older is stale") {
  Hkdf hkdf;
  ReceiveChain<Labels, 3> chain(first_key());
  for (std::uint64_t n = 1; n <= 65; ++n) {
    ReceiveChain<Labels, 3>::Pending pending;
    REQUIRE(chain.key_for(n, 0, hkdf, pending));
    chain.commit(std::move(pending));
  }
  ReceiveChain<Labels, 3>::Pending pending;
  CHECK(crypto_test::fault_of(chain.key_for(65, 0, hkdf, pending)) == Fault::replayed);
  CHECK(crypto_test::fault_of(chain.key_for(2, 0, hkdf, pending)) == Fault::replayed);
  CHECK(crypto_test::fault_of(chain.key_for(1, 0, hkdf, pending)) == Fault::stale);
}

TEST_CASE(
    "ratchet: a receive chain at the end of its numbers neither wraps nor opens anything again") {
  Hkdf hkdf;
  Buffer stored =
      chain_at(~std::uint64_t{0} - 1);  // chain, then no skipped keys, then no accepted ones
  SnapshotWriter writer(stored);
  writer.integer(std::uint64_t{0});
  writer.integer(std::uint64_t{0});
  ReceiveChain<Labels, 3> chain;
  REQUIRE(restore(chain, stored.bytes()));
  CHECK(chain.highest() == ~std::uint64_t{0} - 2);
  ReceiveChain<Labels, 3>::Pending last;
  REQUIRE(chain.key_for(~std::uint64_t{0}, 1000, hkdf, last));
  chain.commit(std::move(last));
  CHECK(chain.highest() == ~std::uint64_t{0});
  ReceiveChain<Labels, 3>::Pending pending;
  CHECK(crypto_test::fault_of(chain.key_for(~std::uint64_t{0}, 1000, hkdf, pending)) ==
        Fault::replayed);
  CHECK(crypto_test::fault_of(chain.key_for(0, 1000, hkdf, pending)) == Fault::malformed);
  CHECK(crypto_test::fault_of(chain.key_for(1, 1000, hkdf, pending)) == Fault::stale);
  CHECK(crypto_test::fault_of(chain.key_for(5, 1000, hkdf, pending)) == Fault::stale);
  ReceiveChain<Labels, 3>::Pending skipped;
  CHECK(chain.key_for(~std::uint64_t{0} - 1, 1000, hkdf, skipped));
}

TEST_CASE("ratchet: what a receive chain has opened is not in its memory any more") {
  Hkdf hkdf;
  ReceiveChain<Labels, 3> chain(first_key());
  const auto keys = message_keys(12);
  for (const std::uint64_t n : {2u, 5u, 4u, 9u, 12u}) {
    ReceiveChain<Labels, 3>::Pending pending;
    REQUIRE(chain.key_for(n, 100, hkdf, pending));
    chain.commit(std::move(pending));
  }
  const std::string memory = to_hex({reinterpret_cast<const std::uint8_t*>(&chain), sizeof chain});
  for (std::size_t n = 1; n <= 12; ++n) {
    const bool is_kept = n == 8 || n == 10 || n == 11;
    CHECK((memory.find(keys[n]) != std::string::npos) == is_kept);
  }
  CHECK(memory.find(to_hex(first_key().bytes())) == std::string::npos);
}
