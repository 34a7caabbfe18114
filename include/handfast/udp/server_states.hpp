#pragma once

// What a server is in, and what it keeps there of its one client.

#include <optional>

#include "handfast/core/apart.hpp"
#include "handfast/core/fields.hpp"
#include "handfast/core/planted.hpp"
#include "handfast/udp/path.hpp"
#include "handfast/udp/session.hpp"

namespace handfast::udp::server {

struct Idle {};
/// For whoever comes.
struct Listening {
  void entered(Context& c) { c.forget_keys(); }
};
/// What a client has asked, and was answered: of no use once it has come back.
struct Asked {
  ConnectName name{};
  Address from;  // first
  Mode mode = 0;
  x25519::PublicKey key;  // what it was answered with: a repeat gets the same
  Proof proof{};
  Sha256::Digest transcript{};
  KeyId key_id{};
  bool is_shown = false;      // where it seems to be, by a cookie
  bool is_elsewhere = false;  // the same was said from somewhere else too, and answered there
  Address heard_from;         // the first packet came from
  std::uint64_t heard_size = 0;
  SteadyTime began{};
  static constexpr auto fields =
      Fields{&Asked::name,         &Asked::from,       &Asked::mode,       &Asked::key,
             &Asked::proof,        &Asked::transcript, &Asked::key_id,     &Asked::is_shown,
             &Asked::is_elsewhere, &Asked::heard_from, &Asked::heard_size, &Asked::began};

  /// What went to one address and came back from it proves that one, and none else.
  [[nodiscard]] bool is_proven() const noexcept {
    const bool is_there =
        heard_from == from || handfast::detail::planted<"address proven from elsewhere">;
    const bool is_alone =
        is_shown || !is_elsewhere || handfast::detail::planted<"address proven by two Connects">;
    return is_there && is_alone;
  }
  [[nodiscard]] bool is_pinned() const noexcept { return (mode & pinned_mode) != 0; }
  [[nodiscard]] Claim claim(const Context& c) const {
    Claim made{{}, transcript, key_id, "server"};
    if (is_pinned()) std::ranges::copy(c.identity.public_key().bytes(), made.own.begin());
    return made;
  }
  [[nodiscard]] Agreed agreed() const noexcept {
    return {is_pinned(), (mode & resuming_mode) != 0, false};
  }
};
/// A client has asked and was answered; whether it is where it seems to be will show.
struct HalfOpen {
  Apart<Asked> asked;
  Session session;
  Deadline<HalfOpenOver> over;
  static constexpr auto fields = Fields{&HalfOpen::asked, &HalfOpen::session, &HalfOpen::over};

  /// The answer, for who asks at `to`.
  [[nodiscard]] Connected answer(const Address& to) const noexcept {
    return {to, asked->mode, session.client_half, session.server_half, asked->key, asked->proof};
  }
};

/// Where a client that was answered has come back from.
[[nodiscard]] inline Path first_path(const HalfOpen& left) {
  Path path;
  path.address = left.asked->heard_from;
  path.is_proven = left.asked->is_proven();
  path.came(left.asked->heard_size);
  return path;
}

/// Both speak.
struct Established {
  Session session;
  Paths paths;
  static constexpr auto fields = Fields{&Established::session, &Established::paths};

  void adopt(HalfOpen&& left) {
    session = std::move(left.session);
    paths.current = first_path(left);
  }
  void entered(Context& c) {
    paths.begin(paths.current, c);
    session.answer_at_once(c);
  }
};
/// We have said that it is over, where the client was known to be then.
// What is small goes into the bytes that a session leaves of its last word: a machine has room for the
// largest state, and these two would be it.
struct Closing {
  [[no_unique_address]] Session session;
  std::uint32_t attempts = 0;
  Path path;
  Deadline<CloseDue> close_due;
  static constexpr auto fields =
      Fields{&Closing::session, &Closing::path, &Closing::attempts, &Closing::close_due};

  void adopt(Established&& left) {
    session = std::move(left.session);
    path = left.paths.known();
  }
  void adopt(Closing&& left) {
    session = std::move(left.session);
    path = left.path;
  }
  void entered(Context& c) { close_due = Deadline<CloseDue>::in(c.config.close_repeat, c.now); }
};
/// It is over; a repeated end is still answered.
struct Draining {
  [[no_unique_address]] Session session;
  std::optional<Fault> why;
  Path path;
  Deadline<DrainOver> over;
  static constexpr auto fields =
      Fields{&Draining::why, &Draining::session, &Draining::path, &Draining::over};

  void adopt(HalfOpen&& left) {
    session = std::move(left.session);
    path = first_path(left);
  }
  void adopt(Established&& left) {
    session = std::move(left.session);
    path = left.paths.known();
  }
  void adopt(Closing&& left) {
    session = std::move(left.session);
    path = left.path;
  }
  void entered(Context& c) { over = Deadline<DrainOver>::in(c.config.drain_time, c.now); }
};
struct Ended {
  void entered(Context& c) { c.forget_keys(); }
};

/// Where packets go.
[[nodiscard]] inline Path& path_of(Established& s) noexcept { return s.paths.current; }
[[nodiscard]] inline Path& path_of(Closing& s) noexcept { return s.path; }
[[nodiscard]] inline Path& path_of(Draining& s) noexcept { return s.path; }

}  // namespace handfast::udp::server
