#include "tests/erasure/stdio_life.hpp"

#include <algorithm>

namespace erasure {

namespace {

/// Collects what is derived from the private keys; only ever in a process that then ends.
class Derivation {
 public:
  explicit Derivation(const Life& life, std::uint64_t last) : life_(life), last_(last) {}

  std::vector<Watched> all() {
    const auto &parents = life_.parent_random.private_keys,
               &children = life_.child_random.private_keys;
    add_private("parent's", parents);
    add_private("child's", children);
    std::array<std::uint8_t, 32> next_root{};
    SessionId session{};
    for (std::size_t e = 0; e < std::min(parents.size(), children.size()); ++e) {
      epoch_ = "epoch " + std::to_string(e) + ": ";
      const auto parent = key_from(parents[e]), child = key_from(children[e]);
      const auto shared = x25519::agree(parent, child.public_key());
      add("agreement", shared->bytes());
      if (e == 0) {
        Sha256 sha256;
        const auto transcript =
            transcript_of(sha256, parent.public_key(), child.public_key(), child_port);
        add("secret", hkdf_.extract(transcript, shared->bytes()).bytes());
        const BootstrapKeys keys(hkdf_, *shared, transcript);
        add("confirmation key", keys.confirmation.bytes());
        session = keys.session_id;
        std::ranges::copy(add_epoch(keys.root), next_root.begin());
      } else {
        add("secret", hkdf_.extract(next_root, shared->bytes()).bytes());
        const auto root =
            next_root_of(hkdf_, *shared, Secret<32>::from(next_root), static_cast<std::uint32_t>(e),
                         parent.public_key(), child.public_key(), session);
        std::ranges::copy(add_epoch(root), next_root.begin());
      }
    }
    return std::move(watched_);
  }

 private:
  void add_private(const std::string& whose, const std::vector<std::vector<std::uint8_t>>& keys) {
    for (std::size_t e = 0; e < keys.size(); ++e)
      watched_.push_back(
          {"epoch " + std::to_string(e) + ": " + whose + " private key", keys[e], true});
  }
  void add(const std::string& name, Bytes key) {
    watched_.push_back({epoch_ + name, complement_of(key), true});
  }
  /// Gives the next root.
  std::array<std::uint8_t, 32> add_epoch(const Secret<32>& root) {
    add("root", root.bytes());
    const EpochKeys keys(hkdf_, root);
    add("next root", keys.next_root.bytes());
    add_chain("alice", keys.alice_to_bob);
    add_chain("bob", keys.bob_to_alice);
    std::array<std::uint8_t, 32> next_root{};
    std::ranges::copy(keys.next_root.bytes(), next_root.begin());
    return next_root;
  }
  void add_chain(const std::string& direction, const Secret<32>& first) {
    ratchet::MessageChain<ChainText> chain(first.dangerous_copy());
    auto key = first.dangerous_copy();
    for (std::uint64_t n = 1; n <= last_; ++n) {
      const std::string number = " " + std::to_string(n);
      add(direction + " chain" + number, key.bytes());
      add(direction + " message" + number, chain.message_key(hkdf_).bytes());
      // What HKDF extracts on the way from a chain key to each of the two.
      add(direction + " message extract" + number,
          hkdf_.extract(bytes_of(ChainText::message_salt), key.bytes()).bytes());
      const auto extract = hkdf_.extract(bytes_of(ChainText::step_salt), key.bytes());
      add(direction + " chain extract" + number, extract.bytes());
      key = hkdf_.expand<32>(extract.bytes(),
                             {bytes_of(ChainText::step_info), bytes_of(std::to_string(n))});
      chain.step(hkdf_);
    }
  }

  const Life& life_;
  std::uint64_t last_;
  std::string epoch_;
  Hkdf hkdf_;
  std::vector<Watched> watched_;
};

std::string in_epoch(std::uint32_t number, std::string_view what) {
  return "epoch " + std::to_string(number) + ": " + std::string(what);
}

void expect(const Epoch<Hardened>& epoch, Direction sends, Expected& expected) {
  const auto name = [&](Direction direction, std::string_view kind, std::uint64_t n) {
    const std::string_view whose = direction == Direction::alice_to_bob ? "alice" : "bob";
    return in_epoch(epoch.number,
                    std::string(whose) + " " + std::string(kind) + " " + std::to_string(n));
  };
  const auto expect_chain = [&](Direction direction, std::uint64_t next) {
    expected.needed.insert(name(direction, "chain", next));
    if (next == 1) return;
    expected.held.insert(name(direction, "message", next - 1));
    expected.held.insert(name(direction, "chain extract", next - 1));  // gives `next` and no other
  };
  expect_chain(sends, epoch.send.next());
  expect_chain(reverse(sends), epoch.receive.highest() + 1);
  expected.needed.insert(in_epoch(epoch.number, "next root"));
}

void expect(const auto& machine, std::string_view whose, Expected& expected) {
  std::visit(
      [&](const auto& state) {
        std::uint32_t epoch = 0;
        if constexpr (requires { state.channel.session; }) {
          const auto& session = state.channel.session;
          expect(session.current, session.direction, expected);
          if (session.previous) expect(*session.previous, session.direction, expected);
          epoch = session.current.number + 1;
        }
        if constexpr (requires { state.key; })
          expected.needed.insert(in_epoch(epoch, std::string(whose) + " private key"));
      },
      machine.engine().state());
}

}  // namespace

template class LifeOf<Hardened>;

void add_payloads(std::vector<Watched>& watched, std::uint64_t count) {
  for (std::uint64_t id = 1; id <= count; ++id) {
    add_payload(watched, "request " + std::to_string(id), request_payload(id));
    add_payload(watched, "response " + std::to_string(id), response_payload(id));
  }
}

std::vector<Watched> secrets_of(const Life& life, std::uint64_t last) {
  auto watched = in_another_process([&] { return Derivation(life, last).all(); });
  add_payloads(watched, life.asked);
  return watched;
}

Expected expected_of(const Life& life) {
  Expected expected;
  expect(*life.parent, "parent's", expected);
  expect(*life.child, "child's", expected);
  return expected;
}

}  // namespace erasure
