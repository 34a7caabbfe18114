#pragma once

// A session: what both sides have after the agreement, and what seals its messages, which is the
// profile's (`Sealing<Profile>`, and there what each of its members does):
//
//   of_holder, of_issuer           from SK
//   draw                           what is random of a message
//   has_numbers                    whether there can be another
//   may_say_more                   the same before the first answer, where the profile speaks early
//   seal(message)                  into `c.content`; a number is used up
//   open, open_first               a content, or that which comes with the holder's keys; const
//   read                           which message was in it
//   commit                         it was taken: keys and windows move

#include "handfast/core/deadline.hpp"
#include "handfast/core/engine.hpp"
#include "handfast/core/next.hpp"
#include "handfast/core/output.hpp"
#include "handfast/core/planted.hpp"
#include "handfast/wire/binary.hpp"
#include "handfast/x3dh/context.hpp"
#include "handfast/x3dh/rules.hpp"

namespace handfast::x3dh {

/// What two sides have after the agreement.
template <class Profile>
struct SessionOf {
  using Sealing = x3dh::Sealing<Profile>;
  using Pending = typename Sealing::Pending;

  Terms terms;
  AssociatedData associated_data;
  Transcript transcript{};
  std::array<std::uint8_t, 16> key_id{};
  Fingerprint fingerprint{};
  bool is_verified = false;
  Sealing sealing;
  static constexpr auto fields =
      Fields{&SessionOf::terms,  &SessionOf::associated_data, &SessionOf::transcript,
             &SessionOf::key_id, &SessionOf::fingerprint,     &SessionOf::is_verified,
             &SessionOf::sealing};

  SessionOf() = default;
  /// `verified`: the application knew the peer's identity beforehand.
  SessionOf(const Terms& t, const Agreed& agreed, Sealing s, bool verified, Context& c)
      : terms(t),
        associated_data(t, agreed.transcript, c.config.bound_data),
        transcript(agreed.transcript),
        key_id(agreed.key_id),
        fingerprint(fingerprint_of(t.holder, t.issuer, c.sha256)),
        is_verified(verified),
        sealing(std::move(s)) {}

  /// What `role` believes about the run with `peer`.
  [[nodiscard]] Claim claim(std::string_view role, const x25519::PublicKey& peer,
                            const x25519::PublicKey& own) const {
    Claim made;
    std::ranges::copy(peer.bytes(), made.peer.begin());
    std::ranges::copy(own.bytes(), made.own.begin());
    made.transcript = transcript;
    made.key_id = key_id;
    made.role = role;
    return made;
  }

  /// Seals `message`, as an `EncryptedMessage` whose views are valid until the next one.
  template <class M>
  [[nodiscard]] EncryptedMessage seal(const M& message, Context& c) {
    c.content.clear();
    sealing.seal(message, associated_data.bytes(), c);
    return {c.content.bytes(), terms.connection.view()};
  }

  /// Opens `message`, and appends its payload to `plaintext`; then `pending` is what to commit.
  /// `wrong_session` where it names another connection; what is wrong with its content;
  /// `not_authentic`; the profile's own faults.
  [[nodiscard]] std::expected<Bytes, Fault> open(const EncryptedMessage& message, Pending& pending,
                                                 Context& c, Buffer& plaintext) const {
    if (message.connection != terms.connection.view()) return std::unexpected(Fault::wrong_session);
    return sealing.open(message.content, associated_data.bytes(), pending, c, plaintext);
  }
  /// The same for what has come with the holder's keys: an encoded `EncryptedMessage`.
  [[nodiscard]] std::expected<Bytes, Fault> open_first(Bytes inner, Pending& pending, Context& c,
                                                       Buffer& plaintext) const {
    const auto message = wire::protobuf::decode<EncryptedMessage>(inner);
    if (!message) return std::unexpected(message.error());
    if (message->connection != terms.connection.view())
      return std::unexpected(Fault::wrong_session);
    return sealing.open_first(message->content, associated_data.bytes(), pending, c, plaintext);
  }
};

/// The associated data of one message: the session's, then what is open of the content.
class Covered {
 public:
  static constexpr std::size_t header_size_max = 64;  // bytes

  Covered(Bytes sessions, Bytes header) {
    if (!handfast::detail::planted<"agreement not in the associated data">)
      (void)writer_.write(sessions);
    (void)writer_.write(header);
  }
  [[nodiscard]] Bytes bytes() const noexcept { return writer_.written(); }

 private:
  std::array<std::uint8_t, AssociatedData::size_max + header_size_max> memory_{};
  wire::Writer writer_{memory_};
};

/// What the application said, or nothing, as it has been opened.
template <class Opened, class Pending>
[[nodiscard]] Opened message_or_empty(Bytes payload, Pending&& pending) {
  if (payload.empty()) return {Empty{}, std::forward<Pending>(pending)};
  return {Message{payload, {}}, std::forward<Pending>(pending)};
}

/// Writes `message` as a frame of the role's one link.
template <class M>
void write_frame(const M& message, Context& c, Frames& frames) {
  FrameWriter frame(frames, c.link);
  (void)wire::protobuf::encode(message, frame);  // all its values are allowed
}

namespace states {

/// Nothing is under way.
struct Idle {};

/// Both have the keys.
template <class Profile>
struct Established {
  SessionOf<Profile> session;
  static constexpr auto fields = Fields{&Established::session};

  template <class Left>
  requires requires(Left& left) { left.session; }
  void adopt(Left&& left) { session = std::move(left.session); }
  void entered(const Context&) {}
};

/// The keys are forgotten.
struct Ended {
  void entered(Context& c) { c.forget_keys(); }
};

}  // namespace states

struct NoEntry {};
/// An entry of a table for profiles that speak early; the others have the other one, or none.
template <class Profile, class Entry, class Otherwise = NoEntry>
using Early = std::conditional_t<Profile::speaks_early, Entry, Otherwise>;

/// What a profile adds to both roles: rows and what they do, commands, messages, timers.
template <class Role, class Profile>
struct Additions {
  using AddedRows = Transitions<>;
  /// For the states that are not `Established`.
  template <class... States>
  using AddedElsewhere = Transitions<>;
  using AddedCommands = List<>;
  using AddedMessages = List<>;
  using AddedTimers = List<>;

  static void react() = delete;  // so that there is one to name
  static void write() = delete;
};

}  // namespace handfast::x3dh
