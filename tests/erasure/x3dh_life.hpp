#pragma once

// A session of x3dh, of any profile, and the secrets of its agreement.

#include <memory>

#include "handfast/x3dh.hpp"
#include "tests/erasure/life.hpp"

namespace erasure {

using namespace handfast::x3dh;
using Names = std::set<std::string>;

/// Both sides on the heap, leaving no secret behind but their own. Each step runs well below its
/// caller's frames (search.hpp).
template <class Profile>
struct X3dhLife {
  std::uint64_t seed = next_seed();
  LoggedRandom issuer_random{seed}, holder_random{seed + 1};
  std::size_t issuers_seed = 0, holders_seed = 0;  // places in `private_keys`
  std::unique_ptr<Machine<Issuer<Profile>>> issuer;
  std::unique_ptr<Machine<Holder<Profile>>> holder;
  Time now{SteadyTime{} + 1h, UnixTime{} + 1'000'000h};
  Departure sent;
  int refused = 0;

  X3dhLife() {
    well_below([&] {
      issuer = std::make_unique<Machine<Issuer<Profile>>>(context(issuer_random, issuers_seed));
      holder = std::make_unique<Machine<Holder<Profile>>>(context(holder_random, holders_seed));
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

/// Adds the secrets of both identities and of the agreement, as far as it has come; what came of it
/// is called `shared`. Only in a process that then ends.
template <class Profile>
std::optional<Agreed> add_agreement(std::vector<Watched>& watched, const X3dhLife<Profile>& life,
                                    const std::string& shared) {
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
  if (issuers.size() <= life.issuers_seed + 2) return std::nullopt;
  watched.push_back({"one-time pre-key", issuers[life.issuers_seed + 2], true});
  if (holders.size() <= life.holders_seed + 1) return std::nullopt;
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
      agree_as_holder<Profile>(holder.agreeing(), ephemeral, terms, {}, hkdf, sha256).value();
  add(shared, agreed.shared.bytes());
  return agreed;
}

/// All secrets that there ever were; of each profile beside what is said of it.
[[nodiscard]] std::vector<Watched> secrets_of(const X3dhLife<Hardened>& life);
[[nodiscard]] std::vector<Watched> secrets_of(const X3dhLife<Counter>& life);
[[nodiscard]] std::vector<Watched> secrets_of(const X3dhLife<Documented>& life);

/// What applications have given.
template <class Profile>
Expected expected_of(const X3dhLife<Profile>& life) {
  Expected expected;
  if (life.issuer) expected.needed = {"issuer's seed", "issuer's scalar", "signed pre-key"};
  if (life.holder) expected.needed.merge(Names{"holder's seed", "holder's scalar"});
  return expected;
}

}  // namespace erasure
