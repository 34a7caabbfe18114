// What is left of x3dh's secrets after each step and after each end: in the machines, on the heap
// with all that was ever freed, in variables and on the stack.

#include <memory>

#include "handfast/x3dh.hpp"
#include "tests/erasure/left_over.hpp"

namespace erasure {
namespace {

using namespace handfast::x3dh;
using Names = std::set<std::string>;

/// Both sides on the heap, leaving no secret behind but their own. Each step runs well below its
/// caller's frames (search.hpp).
struct X3dhLife {
  std::uint64_t seed = next_seed();
  LoggedRandom issuer_random{seed}, holder_random{seed + 1};
  std::size_t issuers_seed = 0, holders_seed = 0;  // places in `private_keys`
  std::unique_ptr<Machine<Issuer<>>> issuer;
  std::unique_ptr<Machine<Holder<>>> holder;
  Time now{SteadyTime{} + 1h, UnixTime{} + 1'000'000h};
  Departure sent;
  int refused = 0;

  X3dhLife() {
    well_below([&] {
      issuer = std::make_unique<Machine<Issuer<>>>(context(issuer_random, issuers_seed));
      holder = std::make_unique<Machine<Holder<>>>(context(holder_random, holders_seed));
      Random random(issuer_random);
      issuer->context().signed_pre_key = x25519::PrivateKey::generate(random).value();
    });
  }
  Departed issuer_does(const auto& command) {
    return done([&]() -> decltype(auto) { return issuer->handle(command, now); });
  }
  Departed holder_does(const auto& command) {
    return done([&]() -> decltype(auto) { return holder->handle(command, now); });
  }
  Departed issuer_gets(const Departed& frame) {
    return done([&] { return issuer->receive(frame.bytes, now); });
  }
  Departed holder_gets(const Departed& frame) {
    return done([&] { return holder->receive(frame.bytes, now); });
  }
  /// Message `number`, on its way.
  Departed issuer_says(int number) { return issuer_does(Send{Payload(number).bytes()}); }
  Departed holder_says(int number) { return holder_does(Send{Payload(number).bytes()}); }
  void both_wait(Duration duration) {
    now.steady += duration;
    now.utc += std::chrono::duration_cast<std::chrono::milliseconds>(duration);
    (void)done([&] { return issuer->advance(now); });
    (void)done([&] { return holder->advance(now); });
  }
  Departed start() {
    const ConnectionId connection = ConnectionId::parse("connection").value();
    (void)holder_does(Start{connection});
    return issuer_does(Start{connection});
  }
  void establish() { (void)holder_gets(issuer_gets(holder_gets(start()))); }

 private:
  static x3dh::Context context(LoggedRandom& source, std::size_t& place) {
    Random random(source);
    auto identity = xeddsa::PrivateKey::generate(random).value();
    place = source.private_keys.size() - 1;
    return x3dh::Context(std::move(identity), {}, random);
  }
  /// What a call sends: nothing, or one frame.
  Departed done(auto call) {
    Departed departed;
    well_below([&] {
      const auto out = call();
      refused += out.fault() ? 1 : 0;
      for (const Frame& frame : out.transmit)
        departed = {frame.link, {frame.bytes.begin(), frame.bytes.end()}};
    });
    if (!departed.bytes.empty()) sent.push_back(departed);
    return departed;
  }
};

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
void add_ratchet(std::vector<Watched>& watched, const X3dhLife& life,
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

std::vector<Watched> derived_from(const X3dhLife& life) {
  std::vector<Watched> watched;
  const auto add = [&](std::string name, Bytes key) {
    watched.push_back({std::move(name), complement_of(key), true});
  };
  const auto identity_of = [&](const std::string& whose, const std::vector<std::uint8_t>& seed) {
    watched.push_back({whose + "'s seed", seed, true});
    auto identity = xeddsa::PrivateKey::from_seed(Secret<32>::from(complement_of(seed))).value();
    const auto sha512 = Botan::HashFunction::create_or_throw("SHA-512");
    const auto digest = sha512->process(complement_of(seed));
    add(whose + "'s scalar", Bytes(digest).first(32));
    add(whose + "'s prefix", Bytes(digest).last(32));
    return identity;
  };
  const auto &issuers = life.issuer_random.private_keys, &holders = life.holder_random.private_keys;
  const auto issuer = identity_of("issuer", issuers.at(life.issuers_seed));
  const auto holder = identity_of("holder", holders.at(life.holders_seed));
  const auto& signed_pre_key = issuers.at(life.issuers_seed + 1);
  watched.push_back({"signed pre-key", signed_pre_key, true});
  if (issuers.size() <= life.issuers_seed + 2) return watched;
  watched.push_back({"one-time pre-key", issuers[life.issuers_seed + 2], true});
  if (holders.size() <= life.holders_seed + 1) return watched;
  watched.push_back({"ephemeral key", holders[life.holders_seed + 1], true});

  const auto ephemeral = key_from(holders[life.holders_seed + 1]),
             pre_key = key_from(signed_pre_key),
             one_time = key_from(issuers[life.issuers_seed + 2]);
  const std::array<Secret<32>, 4> all{
      *agree(holder.agreeing(), pre_key.public_key()), *agree(ephemeral, issuer.public_key()),
      *agree(ephemeral, pre_key.public_key()), *agree(ephemeral, one_time.public_key())};
  for (std::size_t i = 0; i < all.size(); ++i) add("DH" + std::to_string(i + 1), all[i].bytes());
  Hkdf hkdf;
  Sha256 sha256;
  std::array<std::uint8_t, 32> filled;
  filled.fill(0xFF);
  const std::array<std::uint8_t, 32> zeros{};
  add("extract of the agreement",
      hkdf.extract(zeros, {filled, all[0].bytes(), all[1].bytes(), all[2].bytes(), all[3].bytes()})
          .bytes());
  const Terms terms{holder.public_key(),   issuer.public_key(),
                    pre_key.public_key(),  ephemeral.public_key(),
                    one_time.public_key(), ConnectionId::parse("connection").value()};
  auto agreed =
      agree_as_holder<Hardened>(holder.agreeing(), ephemeral, terms, {}, hkdf, sha256).value();
  add("root 0", agreed.shared.bytes());
  add_ratchet(watched, life, pre_key, std::move(agreed.shared));
  return watched;
}

std::vector<Watched> secrets_of(const X3dhLife& life) {
  auto watched = in_another_process([&] { return derived_from(life); });
  for (int i = 1; i <= 5; ++i) add_payload(watched, "payload " + std::to_string(i), i);
  return watched;
}
/// What applications have given.
Expected expected_of(const X3dhLife& life) {
  Expected expected;
  if (life.issuer) expected.needed = {"issuer's seed", "issuer's scalar", "signed pre-key"};
  if (life.holder) expected.needed.merge(Names{"holder's seed", "holder's scalar"});
  return expected;
}

}  // namespace
}  // namespace erasure

using namespace erasure;
using namespace handfast::x3dh;

TEST_CASE("erasure: x3dh keeps the keys of what may still come, and no others") {
  X3dhLife life;
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
  X3dhLife life;
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
  X3dhLife life;
  Departed initial = life.holder_gets(life.start());
  initial.bytes.at(initial.bytes.size() - 20) ^= 1;
  (void)life.issuer_gets(initial);
  CHECK(life.refused == 1);
  check(life, {"one-time pre-key", "root 1", "chain 1.1", "ratchet key 1"}, held_of("1.0"));
}

TEST_CASE("erasure: an end of x3dh leaves what is the applications', and nothing else") {
  X3dhLife life;
  life.establish();
  (void)life.issuer_says(1);
  (void)life.holder_gets(life.issuer_says(2));  // the first one's key is kept
  (void)life.issuer_does(Stop{});
  (void)life.holder_does(Stop{});
  check(life);

  X3dhLife early;
  (void)early.start();
  (void)early.issuer_does(Stop{});
  check(early);
  X3dhLife unanswered;
  (void)unanswered.holder_gets(unanswered.start());
  (void)unanswered.holder_does(Stop{});
  (void)unanswered.issuer_does(Stop{});
  check(unanswered);
}

TEST_CASE("erasure: machines of x3dh that are destroyed leave nothing at all") {
  X3dhLife life;
  life.establish();
  (void)life.issuer_says(1);
  (void)life.holder_gets(life.issuer_says(2));
  well_below([&] {
    life.issuer.reset();
    life.holder.reset();
  });
  check_nothing_left(life);
}
