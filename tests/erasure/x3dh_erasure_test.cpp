// What is left of x3dh's secrets after each step and after each end: in the machines, on the heap
// with all that was ever freed, in variables and on the stack.

#include "tests/erasure/left_over.hpp"
#include "tests/erasure/x3dh_life.hpp"

namespace erasure {
namespace {

/// Of message `name`, chain and number, what a primitive's object keeps until the next one.
Names held_of(const std::string& name) {
  return {"chain " + name, "extract " + name, "cipher " + name};
}
Names operator|(Names left, const Names& right) {
  left.insert(right.begin(), right.end());
  return left;
}

/// The content of a frame that has one.
std::optional<Content> content_of(Bytes frame) {
  auto outer = wire::protobuf::decode<EncryptedMessage>(frame);
  if (const auto initial = wire::protobuf::decode<Initial>(frame))
    outer = wire::protobuf::decode<EncryptedMessage>(initial->message);
  if (!outer) return std::nullopt;
  const auto content = wire::binary::decode<Content>(outer->content);
  return content ? std::optional(*content) : std::nullopt;
}

/// Of the Double Ratchet: key 0 is the signed pre-key, the odd ones the holder's, the others the
/// issuer's. Root k and chain k come from keys k - 1 and k; chain k.n is its key before message n.
void add_ratchet(std::vector<Watched>& watched, const X3dhLife<Hardened>& life,
                 const x25519::PrivateKey& signed_pre_key, Secret<32> root) {
  const auto add = [&](std::string name, Bytes key) {
    watched.push_back({std::move(name), complement_of(key), true});
  };
  constexpr int messages = 6;
  const auto &issuers = life.issuer_random.private_keys, &holders = life.holder_random.private_keys;
  Hkdf hkdf;
  HmacSha256 hmac;
  static constexpr std::uint8_t one[] = {1}, two[] = {2};
  auto before = signed_pre_key.dangerous_copy();
  for (std::size_t k = 1;; ++k) {
    const bool is_holders = k % 2 == 1;
    const auto& keys = is_holders ? holders : issuers;
    // Behind the identity: an ephemeral key, or two pre-keys.
    const std::size_t place =
        is_holders ? life.holders_seed + 2 + k / 2 : life.issuers_seed + 2 + k / 2;
    if (place >= keys.size()) return;
    const std::string number = std::to_string(k);
    auto own = key_from(keys[place]);
    watched.push_back({"ratchet key " + number, keys[place], true});
    const auto agreed = *agree(own, before.public_key());
    add("agreement " + number, agreed.bytes());
    add("extract of root " + number, hkdf.extract(root.bytes(), agreed.bytes()).bytes());
    const auto both =
        hkdf.derive<64>(agreed.bytes(), root.bytes(), bytes_of(RatchetText::root_info));
    root = Secret<32>::from(both.bytes().first<32>());
    add("root " + number, root.bytes());
    auto chain = Secret<32>::from(both.bytes().last<32>());
    for (int n = 0; n < messages; ++n) {
      const std::string name = number + "." + std::to_string(n);
      add("chain " + name, chain.bytes());
      const auto key = hmac.mac_secret(chain.bytes(), Bytes(one));
      add("key " + name, key.bytes());
      for (const Departed& frame : life.sent) {
        const auto content = content_of(frame.bytes);
        if (!content || content->ratchet_key != own.public_key() ||
            content->number != static_cast<std::uint32_t>(n))
          continue;
        add("extract " + name, hkdf.extract(content->salt, key.bytes()).bytes());
        const auto sealed = hkdf.derive<44>(key.bytes(), content->salt, bytes_of(labels::message));
        add("cipher " + name, sealed.bytes().first<32>());
      }
      chain = hmac.mac_secret(chain.bytes(), Bytes(two));
    }
    before = std::move(own);
  }
}

std::vector<Watched> derived_from(const X3dhLife<Hardened>& life) {
  std::vector<Watched> watched;
  auto agreed = add_agreement(watched, life, "root 0");
  if (agreed)
    add_ratchet(watched, life, key_from(life.issuer_random.private_keys[life.issuers_seed + 1]),
                std::move(agreed->shared));
  return watched;
}

}  // namespace

std::vector<Watched> secrets_of(const X3dhLife<Hardened>& life) {
  auto watched = in_another_process([&] { return derived_from(life); });
  for (int i = 1; i <= 5; ++i) add_payload(watched, "payload " + std::to_string(i), i);
  return watched;
}

}  // namespace erasure

using namespace erasure;

TEST_CASE("erasure: x3dh keeps the keys of what may still come, and no others") {
  X3dhLife<Hardened> life;
  check(life);
  const Departed bundle = life.start();
  check(life, {"one-time pre-key"});
  const Departed initial = life.holder_gets(bundle);
  check(life, {"one-time pre-key", "root 1", "chain 1.1", "ratchet key 1"}, held_of("1.0"));
  const Departed answer = life.issuer_gets(initial);
  check(life, {"root 1", "chain 1.1", "ratchet key 1", "root 2", "chain 2.1", "ratchet key 2"},
        held_of("1.0") | held_of("2.0"));
  (void)life.holder_gets(answer);
  const Names established{"chain 1.1", "root 2",    "chain 2.1",    "ratchet key 2",
                          "root 3",    "chain 3.0", "ratchet key 3"};
  check(life, established, held_of("2.0") | Names{"cipher 1.0", "extract of root 3"});
  // Each turn ends what came before.
  (void)life.issuer_gets(life.holder_says(1));
  check(life,
        {"root 3", "chain 3.1", "ratchet key 3", "chain 2.1", "root 4", "chain 4.0",
         "ratchet key 4", "payload 1"},
        held_of("3.0") | Names{"cipher 2.0", "extract of root 4"});
  CHECK(life.refused == 0);
}

TEST_CASE("erasure: the key of a message of x3dh is gone when it was opened, late or not") {
  X3dhLife<Hardened> life;
  life.establish();
  const Departed first = life.issuer_says(1), second = life.issuer_says(2),
                 third = life.issuer_says(3);
  const Names now_and_later{"chain 1.1", "root 2",    "chain 2.4",    "ratchet key 2",
                            "root 3",    "chain 3.0", "ratchet key 3"};
  const Names before = now_and_later | Names{"chain 2.1"};
  const Names held = held_of("2.3") | Names{"cipher 1.0", "extract of root 3"};
  check(life, before, held | held_of("2.0"));
  Departed forged = third;
  forged.bytes.at(forged.bytes.size() - 20) ^= 1;
  (void)life.holder_gets(forged);
  CHECK(life.refused == 1);
  check(life, before, held);

  (void)life.holder_gets(third);
  check(life, now_and_later | Names{"key 2.1", "key 2.2", "payload 3"}, held);
  (void)life.holder_gets(first);
  check(life, now_and_later | Names{"key 2.2", "payload 1"}, held | held_of("2.1"));
  (void)life.holder_gets(first);
  CHECK(life.refused == 2);
  check(life, now_and_later | Names{"key 2.2"}, held | held_of("2.1"));

  // What is too late never opens, and its key does not wait for it.
  life.both_wait(7 * 24h);
  check(life, now_and_later, held | held_of("2.1"));
  (void)life.holder_gets(second);
  CHECK(life.refused == 3);
  check(life, now_and_later, held | held_of("2.1"));
}

TEST_CASE("erasure: a first message of x3dh that is refused leaves nothing") {
  X3dhLife<Hardened> life;
  Departed initial = life.holder_gets(life.start());
  initial.bytes.at(initial.bytes.size() - 20) ^= 1;
  (void)life.issuer_gets(initial);
  CHECK(life.refused == 1);
  check(life, {"one-time pre-key", "root 1", "chain 1.1", "ratchet key 1"}, held_of("1.0"));
}

TEST_CASE("erasure: an end of x3dh leaves what is the applications', and nothing else") {
  X3dhLife<Hardened> life;
  life.establish();
  (void)life.issuer_says(1);
  (void)life.holder_gets(life.issuer_says(2));  // the first one's key is kept
  (void)life.issuer_does(Stop{});
  (void)life.holder_does(Stop{});
  check(life);

  X3dhLife<Hardened> early;
  (void)early.start();
  (void)early.issuer_does(Stop{});
  check(early);
  X3dhLife<Hardened> unanswered;
  (void)unanswered.holder_gets(unanswered.start());
  (void)unanswered.holder_does(Stop{});
  (void)unanswered.issuer_does(Stop{});
  check(unanswered);
}

TEST_CASE("erasure: machines of x3dh that are destroyed leave nothing at all") {
  X3dhLife<Hardened> life;
  life.establish();
  (void)life.issuer_says(1);
  (void)life.holder_gets(life.issuer_says(2));
  well_below([&] {
    life.issuer.reset();
    life.holder.reset();
  });
  check_nothing_left(life);
}
