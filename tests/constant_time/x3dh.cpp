// Whole sessions of x3dh, all seeds, private keys and payloads secret from the moment they are
// there. What goes out is revealed as it leaves, and whether a tag fits (border.hpp); everything
// else stays secret, all the way to the other side's application.

#include "handfast/x3dh.hpp"
#include "handfast/x3dh/counter.hpp"
#include "handfast/x3dh/documented.hpp"
#include "tests/constant_time/border.hpp"
#include "tests/constant_time/cases.hpp"
#include "tests/constant_time/secret_random.hpp"

namespace constant_time {
namespace {

using namespace handfast;
using namespace handfast::x3dh;

using Kept = std::vector<std::uint8_t>;
using Frames = std::vector<Kept>;

/// An issuer and a holder; what each sends is revealed.
template <class Profile>
struct Sides {
  SecretRandom random{1};
  Machine<Issuer<Profile>> issuer{context()};
  Machine<Holder<Profile>> holder{context()};
  Time now{SteadyTime{} + 1h, UnixTime{} + 1'000'000h};
  ConnectionId connection = ConnectionId::parse("connection").value();
  Kept payload = secret_bytes(70, 1);
  std::optional<Met> met;
  int delivered = 0, refused = 0, closed = 0, synchronized = 0;

  Sides() {
    Random source(random);
    issuer.context().signed_pre_key = x25519::PrivateKey::generate(source).value();
    must(random.secret_draws() >= 3, "seeds and pre-keys are secret");
  }
  x3dh::Context context() {
    Random source(random);
    return x3dh::Context(xeddsa::PrivateKey::generate(source).value(), {}, source);
  }
  void must_be_payload(Bytes arrived) {
    must(is_secret(arrived), "a payload is as secret where it arrives");
    Kept copy(arrived.begin(), arrived.end()), right = payload;
    reveal(copy);
    reveal(right);
    must(copy == right, "a payload arrives unchanged");
    ++delivered;
  }
  Frames caused(const auto& out) {
    refused += out.fault() ? 1 : 0;
    if (const auto* const told = out.template event<Met>()) met = *told;
    if (const auto* const told = out.template event<Delivered>()) must_be_payload(told->payload);
    closed += out.template event<Closed>() != nullptr ? 1 : 0;
    if constexpr (std::same_as<Profile, Counter>)
      synchronized += out.template event<Synchronized>() != nullptr ? 1 : 0;
    Frames frames;
    for (const Frame& frame : out.transmit) {
      frames.emplace_back(frame.bytes.begin(), frame.bytes.end());
      reveal(frames.back());
    }
    return frames;
  }
  Frames issuer_does(const auto& command) { return caused(issuer.handle(command, now)); }
  Frames holder_does(const auto& command) { return caused(holder.handle(command, now)); }
  Frames issuer_gets(Bytes frame) { return caused(issuer.receive(frame, now)); }
  Frames holder_gets(Bytes frame) { return caused(holder.receive(frame, now)); }
  Kept issuer_says() { return issuer_does(Send{payload}).at(0); }
  Kept holder_says() { return holder_does(Send{payload}).at(0); }
};

/// `frame` with one bit flipped, `at` bytes before its end.
Kept forged(Kept frame, std::size_t at) {
  frame.at(frame.size() - at) ^= 1;
  return frame;
}
/// Behind the ciphertext stands the connection id, with its tag and size.
constexpr std::size_t last_of_tag = 10 + 2 + 1, first_of_tag = last_of_tag + tag_size - 1;

/// Both agree, and refuse what is forged of it.
template <class Profile>
void run_agreement(Sides<Profile>& s) {
  (void)s.holder_does(Start{s.connection});
  const Kept bundle = s.issuer_does(Start{s.connection}).at(0);
  must(s.holder_gets(forged(bundle, 80)).empty() && s.refused == 1, "a forged bundle is refused");
  const Kept initial = s.holder_gets(bundle).at(0);
  for (const std::size_t at : {first_of_tag, last_of_tag})
    must(s.issuer_gets(forged(initial, at)).empty(), "a forged first message is refused");
  must(s.refused == 3, "both were");
  const Kept answer = s.issuer_gets(initial).at(0);
  for (const std::size_t at : {first_of_tag, last_of_tag})
    must(s.holder_gets(forged(answer, at)).empty(), "a forged answer is refused");
  (void)s.holder_gets(answer);
  must(s.refused == 5 && s.holder.template in<typename Holder<Profile>::Established>() &&
           s.issuer.template in<typename Issuer<Profile>::Established>(),
       "both have the keys");
  Verify wrong{s.met->fingerprint};
  wrong.fingerprint.back() ^= 1;
  (void)s.holder_does(wrong);
  (void)s.holder_does(Verify{s.met->fingerprint});
  must(s.refused == 6, "another fingerprint is refused");
}

/// Turns, gaps, and what is late, again, or forged.
template <class Profile>
void run_turns(Sides<Profile>& s) {
  for (int turn = 0; turn < 2; ++turn) {
    (void)s.issuer_gets(s.holder_says());
    const Kept late = s.issuer_says(), lost = s.issuer_says(), next = s.issuer_says();
    (void)s.holder_gets(next);
    for (const std::size_t at : {first_of_tag, last_of_tag}) (void)s.holder_gets(forged(late, at));
    (void)s.holder_gets(late);
    (void)s.holder_gets(late);
    must(s.refused == 9 + 3 * turn, "what is forged or comes again is refused");
  }
  must(s.delivered == 6, "all else is heard");
}

template <class Profile>
void end(Sides<Profile>& s) {
  s.now.steady += 8 * 24h;
  s.now.utc += 8 * 24h;
  (void)s.caused(s.holder.advance(s.now));
  (void)s.holder_does(Stop{});
  (void)s.issuer_does(Stop{});
  must(s.closed == 2, "both have ended");
}

void run_session() {
  Sides<Hardened> s;
  run_agreement(s);
  const auto& ratchet =
      std::get<Holder<>::Established>(s.holder.engine().state()).session.sealing.ratchet;
  must(ratchet.can_send(), "and can send");
  run_turns(s);
  end(s);
}

void run_counter() {
  Sides<Counter> s;
  run_agreement(s);
  run_turns(s);
  // In step again. That is no payload: a nonce for once, and a number that all could see.
  public_prefix = [](std::uint8_t) { return sizeof(SyncNonce) + 8; };
  const Kept request = s.issuer_does(Synchronize{}).at(0);
  (void)s.holder_gets(forged(request, first_of_tag));
  const Kept answer = s.holder_gets(request).at(0);
  (void)s.issuer_gets(forged(answer, last_of_tag));
  (void)s.issuer_gets(answer);
  public_prefix = nullptr;
  must(s.refused == 14 && s.synchronized == 1, "both are in step");
  end(s);
}

/// The document's bears no gap: all that was not forged comes once, and in order.
void run_document() {
  Sides<Documented> s;
  run_agreement(s);
  for (int turn = 0; turn < 2; ++turn) {
    (void)s.issuer_gets(s.holder_says());
    const Kept said = s.issuer_says();
    for (const std::size_t at : {first_of_tag, last_of_tag}) (void)s.holder_gets(forged(said, at));
    (void)s.holder_gets(said);
    (void)s.holder_gets(said);
    must(s.refused == 9 + 3 * turn, "what is forged or comes again is refused");
  }
  must(s.delivered == 4, "all else is heard");
  end(s);
}

/// The keys of either side of an agreement, of which only the public halves are known.
struct Agreement {
  SecretRandom source{7};
  Random random{source};
  x25519::PrivateKey holder = key(), ephemeral = key(), issuer = key(), signed_pre_key = key(),
                     one_time_pre_key = key();
  Hkdf hkdf;
  Sha256 sha256;

  x25519::PrivateKey key() { return x25519::PrivateKey::generate(random).value(); }
  [[nodiscard]] Terms terms() const {
    return {holder.public_key(),    issuer.public_key(),           signed_pre_key.public_key(),
            ephemeral.public_key(), one_time_pre_key.public_key(), {}};
  }
  Secret<32> of_holder() {
    return std::move(
        agree_as_holder<Hardened>(holder, ephemeral, terms(), {}, hkdf, sha256)->shared);
  }
  Secret<32> of_issuer() {
    return std::move(agree_as_issuer<Hardened>(issuer, signed_pre_key, one_time_pre_key, terms(),
                                               {}, hkdf, sha256)
                         ->shared);
  }
};

void agree() {
  Agreement both;
  const auto holders = both.of_holder(), issuers = both.of_issuer();
  must(is_secret(holders.bytes()) && is_secret(issuers.bytes()), "what both agree on is secret");
  must(equal(holders, issuers), "and the same");
}

/// As it must not be: what both agree on is looked at until the first difference.
void compare_and_stop_early() {
  Agreement both;
  const auto holders = both.of_holder(), issuers = both.of_issuer();
  std::size_t same = 0;
  while (same < 32 && holders.bytes()[same] == issuers.bytes()[same]) ++same;
  must(same == 32, "the same");
}

constexpr Case all[] = {
    {"x3dh: a session, with forged, late and repeated messages on the way", run_session},
    {"x3dh: a session of the counter's, with the same, and both get in step", run_counter},
    {"x3dh: a session of the document's, with forged and repeated messages", run_document},
    {"x3dh: both sides agree", agree},
    {"x3dh: a comparison of agreements stops at the first difference", compare_and_stop_early,
     true},
};

}  // namespace

std::span<const Case> x3dh_cases() { return all; }

}  // namespace constant_time
