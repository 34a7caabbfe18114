#pragma once

// How two contacts agree on a session: HELLO and HELLO_ACK, said, answered and taken, in whatever
// state that is.

#include "handfast/core/next.hpp"
#include "handfast/registration/peer/rules.hpp"
#include "handfast/registration/peer/states.hpp"

namespace handfast::registration::peer::role {

// Both sides.

inline Claim claim_of(const Contact& contact, const Sha256::Digest& transcript, const KeyId& id,
                      std::string_view role, const Context& c) {
  Claim made{{}, transcript, id, role};
  std::ranges::copy(contact.key.bytes(), made.peer.begin());
  std::ranges::copy(c.identity.public_key().bytes(), made.own.begin());
  return made;
}
template <class S>
Claim claim(const S& s, const Context& c) {
  return claim_of(s.contact, s.answer.transcript, s.answer.key_id, "answerer", c);
}

// The caller's side.

inline std::expected<OwnCall, Fault> make_call(const Contact& contact, std::uint32_t attempts,
                                               Context& c) {
  const auto half = c.random.bytes<16>();
  if (!half) return std::unexpected(half.error());
  auto ephemeral = x25519::PrivateKey::generate(c.random);
  if (!ephemeral) return std::unexpected(ephemeral.error());
  OwnCall made{{*half, ephemeral->public_key(), {}}, std::move(*ephemeral), attempts, {}};
  made.hello.proof =
      proof_of(c.hmac, contact.keys.hello, made.hello, c.identity.public_key(), contact.key);
  return made;
}
template <class Role, class To, class S, class On>
Next<Role, S, On> call(const S& s, std::uint32_t attempts, Context& c) {
  auto made = make_call(s.contact, attempts, c);
  if (auto broken = require<RandomSourceWorks>(made.has_value())) return broken;
  const Hello hello = made->hello;
  To next;
  next.call = std::move(*made);
  return go(std::move(next), hello);
}
/// The answer to our call has come.
template <class Role, class Event, class S>
Next<Role, S, HelloAck> take_ack(const S& s, const HelloAck& m, Context& c) {
  const Hello& hello = s.call.hello;
  const bool is_ours = std::equal(hello.half.begin(), hello.half.end(), m.session.begin());
  if (auto broken =
          require<AckIsOurs>(is_ours || handfast::detail::planted<"answer to another HELLO">))
    return broken;
  const auto& ours = c.identity.public_key();
  const auto agreed = Agreements::of_client(c.identity, s.call.ephemeral, s.contact.key, m.key);
  if (auto broken = require<KeysAgree>(agreed.has_value())) return broken;
  SessionKeys keys(c.hkdf, transcript_of(c.sha256, ours, s.contact.key, hello, m), *agreed);
  const bool proves = c.hmac.verify(keys.confirmation.bytes(), keys.transcript, m.proof);
  c.hmac.forget();  // it would hold this key until the next proof
  if (auto broken =
          require<PeerProves>(proves || handfast::detail::planted<"HELLO_ACK's proof not checked">))
    return broken;
  const Claim claim = claim_of(s.contact, keys.transcript, keys.id, "caller", c);
  Established next;
  next.begins = Established::Begins::called;
  next.made = Session::of(keys, m.session, true, c.now);
  return go(std::move(next), Ack{}, Running{claim}, Commit{claim}, Event{});
}
inline Established put_off() {
  Established next;
  next.is_put_off = true;
  return next;
}

// The answerer's side.

inline bool is_same(const Hello& a, const Hello& b) {
  return a.half == b.half && a.key == b.key && a.proof == b.proof &&
         !handfast::detail::planted<"repeated HELLO not answered again">;
}
/// Whether a HELLO of the contact's is to be answered while ours waits for its answer.
inline bool gives_way(const Contact& contact, const Context& c) {
  return contact.key < c.identity.public_key();
}
template <class Role, class To, class S>
Next<Role, S, Hello> answer(const S& s, const Hello& m, Context& c) {
  const auto& ours = c.identity.public_key();
  const Contact& contact = s.contact;
  const bool is_his = proves(c.hmac, contact.keys.hello, m, contact.key, ours);
  if (auto broken =
          require<PeerProves>(is_his || handfast::detail::planted<"HELLO's proof not checked">))
    return broken;
  if (auto broken = require<HelloIsNew>(!contact.has_answered(m) ||
                                        handfast::detail::planted<"old HELLO makes a new session">))
    return broken;
  if (auto broken =
          require<HelloIsInPace>(contact.may_answer(c.config, c.now) ||
                                 handfast::detail::planted<"HELLOs answered at any pace">))
    return broken;
  if constexpr (requires { s.call; })
    if (auto broken = require<HelloCounts>(
            gives_way(contact, c) || handfast::detail::planted<"HELLOs that cross both count">))
      return broken;
  const auto half = c.random.bytes<16>();
  const auto ephemeral = x25519::PrivateKey::generate(c.random);
  if (auto broken = require<RandomSourceWorks>(half && ephemeral)) return broken;
  const auto agreed = Agreements::of_server(c.identity, *ephemeral, contact.key, m.key);
  if (auto broken = require<KeysAgree>(agreed.has_value())) return broken;

  Answer made;
  made.hello = m;
  std::ranges::copy(m.half, made.ack.session.begin());
  std::ranges::copy(*half, made.ack.session.begin() + m.half.size());
  made.ack.key = ephemeral->public_key();
  SessionKeys keys(c.hkdf, transcript_of(c.sha256, contact.key, ours, m, made.ack), *agreed);
  made.ack.proof = c.hmac.mac(keys.confirmation.bytes(), keys.transcript);
  c.hmac.forget();
  made.transcript = keys.transcript;
  made.key_id = keys.id;
  made.session = Session::of(keys, made.ack.session, false, c.now);
  made.overdue = Deadline<FrameOverdue>::in(c.config.frame_timeout, c.now);
  made.pace = contact.answers;
  made.pace.take(c.config.answers_a_second, c.now);
  if constexpr (requires { s.call; }) {
    made.is_wished = true;
    made.attempts = s.call.attempts;
  } else if constexpr (requires { s.answer; }) {
    // Who wants to call does not wait for ever, however many old HELLOs somebody repeats.
    made.is_wished = s.answer.is_wished;
    made.attempts = s.answer.attempts + (s.answer.is_wished ? 1 : 0);
    if (made.attempts >= c.config.hello_attempts) made.overdue = s.answer.overdue;
  }
  const Running running{claim_of(contact, keys.transcript, keys.id, "answerer", c)};
  const HelloAck ack = made.ack;
  To next;
  next.answer = std::move(made);
  return go(std::move(next), ack, running);
}
inline Established answered() {
  Established next;
  next.begins = Established::Begins::answered;
  return next;
}
template <class M>
Acknowledged acknowledged_first(const RenewingAwaitingFrame& s, const M& message) {
  auto told = acknowledged_by(message, s.answer.session, s.sessions.summary());
  told.session.session = s.contact.session_count + 1;
  return told;
}

}  // namespace handfast::registration::peer::role
