#pragma once

// What waits while two contacts agree on a session: a HELLO that was said, or one that was
// answered.

#include "handfast/core/fields.hpp"
#include "handfast/registration/peer/session.hpp"

namespace handfast::registration::peer {

/// A HELLO of ours that waits for its answer.
struct OwnCall {
  Hello hello;
  x25519::PrivateKey ephemeral;
  std::uint32_t attempts = 0;  // how often it was said
  Deadline<AckOverdue> overdue;
  static constexpr auto fields =
      Fields{&OwnCall::hello, &OwnCall::ephemeral, &OwnCall::attempts, &OwnCall::overdue};
  [[nodiscard]] bool is_empty() const noexcept { return !ephemeral.has_key(); }
};

/// A HELLO of the contact's that we have answered; nobody has shown yet that it was he who said it.
struct Answer {
  Hello hello;
  HelloAck ack;
  Session session;
  Sha256::Digest transcript{};
  KeyId key_id{};
  bool is_wished = false;      // we were calling, or want to if nothing comes of this
  std::uint32_t attempts = 0;  // how often we have called
  Deadline<FrameOverdue> overdue;
  Pace pace;  // of answers to the contact, this one among them; set only on the way in
  static constexpr auto fields = Fields{&Answer::hello,      &Answer::ack,     &Answer::session,
                                        &Answer::transcript, &Answer::key_id,  &Answer::is_wished,
                                        &Answer::attempts,   &Answer::overdue, &Answer::pace};
  [[nodiscard]] bool is_empty() const noexcept { return session.is_empty(); }
};

/// What a state takes over from the one that is left, besides what its handler has made for it.
template <class To, class Left>
void carry(To& to, Left& left) {
  to.contact = std::move(left.contact);
  if constexpr (requires { to.call, left.call; })
    if (to.call.is_empty()) to.call = std::move(left.call);
  if constexpr (requires { to.answer; }) {
    if constexpr (requires { left.answer; })
      if (to.answer.is_empty()) to.answer = std::move(left.answer);
    if (!to.contact.has_answered(to.answer.hello)) to.contact.answers = to.answer.pace;
    to.contact.remember(to.answer.hello);
  }
  if constexpr (requires { to.sessions, left.sessions; }) to.sessions = std::move(left.sessions);
}
template <class State>
concept HasContact = requires(State& state) {
  { state.contact } -> std::same_as<Contact&>;
};

}  // namespace handfast::registration::peer
