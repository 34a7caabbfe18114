#include "handfast/stdio/session.hpp"

#include <algorithm>

#include "handfast/core/snapshot.hpp"
#include "tests/stdio/harness.hpp"
#include "tests/support/catch.hpp"

// What is left in memory: of the machine itself, and of the whole process where that can be read.

using namespace stdio_test;

namespace {

/// Keys of its own for each pair: what other tests leave behind is theirs.
std::uint64_t seed() {
  static std::uint64_t last = 910000;
  return last += 10000;
}

/// The complement of a key, so that looking for it does not find itself.
Kept mask_of(Bytes key) {
  Kept mask = keep(key);
  for (auto& byte : mask) byte = static_cast<std::uint8_t>(~byte);
  return mask;
}

template <class Chain>
Kept mask_of_chain(const Chain& chain) {
  Buffer out;
  SnapshotWriter writer(out);
  chain.dangerous_write(writer);
  return mask_of(out.bytes().first(32));
}

bool is_in(Bytes memory, const Kept& mask) {
  for (std::size_t i = 0; i + mask.size() <= memory.size(); ++i) {
    std::size_t k = 0;
    while (k < mask.size() && memory[i + k] == static_cast<std::uint8_t>(~mask[k])) ++k;
    if (k == mask.size()) return true;
  }
  return false;
}

/// Each secret with what it is, looked for where the machines are and, once, in the whole process.
struct Masks {
  std::vector<std::pair<std::string, Kept>> all;

  void add(std::string name, Kept mask) { all.emplace_back(std::move(name), std::move(mask)); }
  void add_epoch(const std::string& name, const Epoch<Hardened>& epoch) {
    add(name + " send", mask_of_chain(epoch.send));
    add(name + " receive", mask_of_chain(epoch.receive));
    add(name + " next root", mask_of(epoch.next_root.bytes()));
  }
  void check_gone(Pair& pair) const {
    for (const auto& [name, mask] : all) {
      INFO(name);
      CHECK_FALSE(is_in(pair.parent->memory(), mask));
      CHECK_FALSE(is_in(pair.child->memory(), mask));
      const auto found = crypto_test::count_in_memory(mask);
      if (found) CHECK(*found == 0);
    }
  }
};

}  // namespace

TEST_CASE("stdio: the search for secrets finds what is there") {
  Pair pair(Which::hardened, {}, {}, seed());
  pair.establish();
  const Kept mask = mask_of_chain(pair.parent->session()->current.send);
  CHECK(is_in(pair.parent->memory(), mask));
  const auto found = crypto_test::count_in_memory(mask);
  if (found) CHECK(*found >= 2);  // the child's receiving chain is the same
}

TEST_CASE("stdio: chain keys are gone from memory once a record has moved them, both ways") {
  Pair pair(Which::hardened, {}, {}, seed());
  pair.establish();
  Masks masks;
  masks.add("parent's send", mask_of_chain(pair.parent->session()->current.send));
  masks.add("child's send", mask_of_chain(pair.child->session()->current.send));
  REQUIRE(pair.ask("x") == "re: x");
  masks.check_gone(pair);
}

TEST_CASE("stdio: a message key is gone from memory once the next record has moved on") {
  Pair pair(Which::hardened, {}, {}, seed());
  pair.establish();
  Hkdf hkdf;
  Masks masks;
  masks.add("request's", mask_of(pair.parent->session()->current.send.message_key(hkdf).bytes()));
  masks.add("response's", mask_of(pair.child->session()->current.send.message_key(hkdf).bytes()));
  hkdf.forget();
  REQUIRE(pair.ask("x") == "re: x");
  REQUIRE(pair.ask("y") == "re: y");
  masks.check_gone(pair);
}

TEST_CASE(
    "stdio: the private keys, and after a rekey every key of the epoch before, are gone from "
    "memory") {
  Pair pair(Which::hardened, {}, {}, seed());
  pair.parent_does(Start{});
  Masks masks;
  {
    Kept snapshot = pair.parent->snapshot();  // shape 8, state 1, then the private key
    masks.add("parent's private key", mask_of(Bytes(snapshot).subspan(9, 32)));
    CHECK(is_in(pair.parent->memory(), masks.all[0].second));
    handfast::wipe(snapshot);
  }
  pair.to_child_next();
  pair.child_does(Listening{1});
  pair.run();
  masks.check_gone(pair);
  masks.add_epoch("epoch 0", pair.parent->session()->current);
  pair.parent_does(Rekey{});
  {
    Kept snapshot = pair.parent->snapshot();
    masks.add("parent's new private key", mask_of(Bytes(snapshot).subspan(9, 32)));
    CHECK(is_in(pair.parent->memory(), masks.all.back().second));
    handfast::wipe(snapshot);
  }
  pair.run();
  masks.check_gone(pair);
}

TEST_CASE("stdio: after the end no key is left, and no payload that waited") {
  for (const bool is_shutdown : {true, false}) {
    Pair pair(Which::hardened, {}, {}, seed());
    pair.establish();
    REQUIRE(pair.ask("x") == "re: x");
    pair.responds = false;
    Masks masks;
    masks.add_epoch("parent's", pair.parent->session()->current);
    masks.add_epoch("child's", pair.child->session()->current);
    Hkdf hkdf;
    masks.add("last message key",
              mask_of(pair.parent->session()->current.send.message_key(hkdf).bytes()));
    hkdf.forget();
    if (is_shutdown) {
      masks.add("its message key",
                mask_of(pair.child->session()->current.send.message_key(hkdf).bytes()));
      hkdf.forget();
      pair.parent_does(Shutdown{});
      pair.run();
      CHECK(pair.parent->state() == "ClosingConnections");
    } else {
      pair.send("waits for an answer");
      pair.run();
    }
    pair.parent_does(LinkClosed{});
    pair.child_does(LinkClosed{});
    CHECK(pair.child->state() == "Ended");
    masks.check_gone(pair);
  }
}

TEST_CASE("stdio: a request's payload is gone from the parent's memory once it is answered") {
  Pair pair(Which::hardened, {}, {}, seed());
  pair.establish();
  pair.responds = false;
  Kept mask;
  {
    Kept secret = keep("a payload that nobody should find twice");
    mask = mask_of(secret);
    pair.parent_does(Send{secret});
    handfast::wipe(secret);
  }
  const auto waiting = crypto_test::count_in_memory(mask);
  if (waiting) CHECK(*waiting >= 1);
  Sealed frame = Pair::taken(pair.to_child, 0);
  // The machine's own view of the delivery is wiped by its next call; the harness keeps texts, so
  // it is not asked.
  (void)pair.child->receive(frame.link, frame.bytes, pair.now);
  (void)pair.child->advance(pair.now);
  pair.child_does(Respond{1, {}});
  pair.run();
  (void)pair.parent->advance(pair.now);
  const auto left = crypto_test::count_in_memory(mask);
  if (left) CHECK(*left <= 1);  // the copy that `Told` made of it, freed and not wiped
}
