// The secrets of the deployed protocol: one key a direction that is chain and message key at once.

#include <algorithm>

#include "tests/erasure/stdio_life.hpp"

namespace erasure {

namespace {

std::string in_words(Direction direction, std::string_view kind, std::uint64_t ratchet) {
  return std::string(direction == Direction::alice_to_bob ? "alice " : "bob ") + std::string(kind) +
         " " + std::to_string(ratchet);
}

std::vector<Watched> derived_from(const std::vector<std::uint8_t>& parents,
                                  const std::vector<std::uint8_t>& childs, std::uint64_t last) {
  std::vector<Watched> watched;
  Hkdf hkdf;
  const auto add = [&](std::string name, const Secret<32>& key) {
    watched.push_back({std::move(name), complement_of(key.bytes()), true});
  };
  const auto shared = x25519::agree(key_from(parents), key_from(childs).public_key());
  add("agreement", *shared);
  add("secret", hkdf.extract(bytes_of(Compat::directional_salt), shared->bytes()));
  for (const Direction direction : {Direction::alice_to_bob, Direction::bob_to_alice}) {
    auto key = hkdf.derive<32>(shared->bytes(), bytes_of(Compat::directional_salt),
                               bytes_of(to_string(direction)));
    for (std::uint64_t n = 0; n <= last; ++n) {
      add(in_words(direction, "key", n), key);
      add(in_words(direction, "extract", n),
          hkdf.extract(bytes_of(Compat::ratchet_salt), key.bytes()));
      key = hkdf.derive<32>(key.bytes(), bytes_of(Compat::ratchet_salt),
                            {bytes_of(Compat::ratchet_info), bytes_of(std::to_string(n + 1))});
    }
  }
  return watched;
}

void expect(const compat::Channel& channel, Expected& expected) {
  const Direction receives = reverse(channel.direction);
  const std::uint64_t now = channel.ratchet_count;
  expected.needed.insert(in_words(channel.direction, "key", now));
  // The window, which the deployed design keeps.
  for (std::uint64_t i = 0; i < channel.receive_key_count; ++i)
    expected.needed.insert(in_words(receives, "key", now - i));
  if (now == 0) return;
  expected.held.insert(in_words(channel.direction, "key", now - 1));
  expected.held.insert(in_words(receives, "extract", now - 1));  // gives the present key, no other
}

void expect(const auto& machine, Expected& expected) {
  std::visit(
      [&](const auto& state) {
        if constexpr (requires { state.channel; }) expect(state.channel, expected);
        if constexpr (requires { state.key; }) expected.needed.insert("parent's private key");
      },
      machine.engine().state());
}

}  // namespace

template class LifeOf<Compat>;

std::vector<Watched> secrets_of(const CompatLife& life, std::uint64_t last) {
  const auto &parents = life.parent_random.private_keys, &childs = life.child_random.private_keys;
  std::vector<Watched> watched;
  if (!parents.empty() && !childs.empty())
    watched = in_another_process([&] { return derived_from(parents[0], childs[0], last); });
  if (!parents.empty()) watched.push_back({"parent's private key", parents[0], true});
  if (!childs.empty()) watched.push_back({"child's private key", childs[0], true});
  add_payloads(watched, life.asked);
  return watched;
}

Expected expected_of(const CompatLife& life) {
  Expected expected;
  expect(*life.parent, expected);
  expect(*life.child, expected);
  return expected;
}

}  // namespace erasure
