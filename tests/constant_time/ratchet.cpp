// What the ratchet folder does with keys, and stdio's key schedule.

#include "handfast/ratchet/receive_chain.hpp"
#include "handfast/stdio/keys.hpp"
#include "tests/constant_time/cases.hpp"

namespace constant_time {
namespace {

using namespace handfast;
using stdio::ChainText;
using Chain = ratchet::MessageChain<ChainText>;
using Receive = ratchet::ReceiveChain<ChainText, 3>;

Secret<32> secret_key(std::uint8_t first) { return Secret<32>::from(secret_bytes(32, first)); }

void step_chain() {
  Hkdf hkdf;
  Chain chain(secret_key(1));
  for (int i = 0; i < 12; ++i) {
    must(is_secret(chain.message_key(hkdf).bytes()), "a message key that depends on the chain");
    chain.step(hkdf);
  }
  Chain other = chain.dangerous_copy();
  chain = std::move(other);
  must(chain.next() == 13, "twelve steps");
}

void skip_keys() {
  ratchet::SkippedKeys<3> keys, newer;
  for (std::uint64_t number = 1; number <= 5; ++number)
    keys.add(number, secret_key(static_cast<std::uint8_t>(number)));
  must(keys.find(2) == nullptr && keys.find(3) != nullptr, "the newest three");
  must(is_secret(keys.find(4)->bytes()), "a key that is kept");
  keys.erase(4);
  newer.add(6, secret_key(6));
  newer.move_to(keys);
  must(keys.find(4) == nullptr && is_secret(keys.find(6)->bytes()), "erased and moved");
}

void receive() {
  Hkdf hkdf;
  Receive chain(secret_key(1));
  const auto take = [&](std::uint64_t number) {
    Receive::Pending pending;
    const auto key = chain.key_for(number, 1000, hkdf, pending);
    must(key && is_secret(key->bytes()), "a key to try");
    chain.commit(std::move(pending));
  };
  const auto refuses = [&](std::uint64_t number) {
    Receive::Pending pending;
    return !chain.key_for(number, 1000, hkdf, pending);
  };
  take(1);
  take(5);  // 2, 3 and 4 are skipped
  take(3);
  must(refuses(3) && refuses(5) && refuses(0) && refuses(1007), "replayed, or too far");
  {
    Receive::Pending forged;
    must(chain.key_for(900, 1000, hkdf, forged).has_value(), "a gap that is not committed");
  }
  take(10);
  must(refuses(2), "its key has left the window");
  must(chain.highest() == 10, "what was accepted");
}

void derive_bootstrap() {
  Hkdf hkdf;
  Sha256 sha256;
  const auto parent = x25519::PrivateKey::from(secret_key(1));
  const auto child = x25519::PrivateKey::from(secret_key(2));
  const auto shared = agree(parent, child.public_key());
  const auto transcript =
      stdio::transcript_of(sha256, parent.public_key(), child.public_key(), 40000);
  const stdio::BootstrapKeys keys(hkdf, *shared, transcript);
  must(is_secret(keys.root.bytes()) && is_secret(keys.confirmation.bytes()), "secret keys");
  HmacSha256 hmac;
  const auto confirmation = revealed(hmac.mac(keys.confirmation.bytes(), transcript));
  must(hmac.verify(keys.confirmation.bytes(), transcript, confirmation), "a confirmation");
}

void derive_epochs() {
  Hkdf hkdf;
  const stdio::EpochKeys first(hkdf, secret_key(1));
  const auto parent = x25519::PrivateKey::from(secret_key(3));
  const auto child = x25519::PrivateKey::from(secret_key(4));
  const auto shared = agree(parent, child.public_key());
  const auto root = stdio::next_root_of(hkdf, *shared, first.next_root, 1, parent.public_key(),
                                        child.public_key(), {});
  const stdio::EpochKeys next(hkdf, root);
  for (const stdio::EpochKeys* keys : {&first, &next})
    must(is_secret(keys->alice_to_bob.bytes()) && is_secret(keys->bob_to_alice.bytes()) &&
             is_secret(keys->next_root.bytes()),
         "secret keys");
}

constexpr Case all[] = {
    {"ratchet: a message chain gives keys and steps", step_chain},
    {"ratchet: skipped keys are added, found and erased", skip_keys},
    {"ratchet: a receive chain finds keys and commits", receive},
    {"stdio: the bootstrap's keys are derived", derive_bootstrap},
    {"stdio: an epoch's keys are derived", derive_epochs},
};

}  // namespace

std::span<const Case> ratchet_cases() { return all; }

}  // namespace constant_time
