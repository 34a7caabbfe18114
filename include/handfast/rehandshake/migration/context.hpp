#pragma once

// What both parts of a migration are given, beside what a re-handshake needs.

#include <vector>

#include "handfast/crypto/aead.hpp"
#include "handfast/crypto/wiping_buffer.hpp"
#include "handfast/rehandshake/context.hpp"
#include "handfast/rehandshake/migration/messages.hpp"

namespace handfast::rehandshake {

/// What an application may choose. Times are of the steady clock, at most a year; one of zero, and a
/// count of zero, is `bad_argument` at `Start`. The minute is the document's ("Story 3d", 4), silence
/// and heartbeat are as in the other protocols, and the rest is chosen here. The time of an end runs
/// without a path too.
struct MigrationConfig {
  Duration ack_delay = 20ms;             // after something was delivered
  Duration resend_after = 1s;            // of what is not acknowledged; from then on ever longer
  Duration heartbeat_interval = 15s;     // of the own silence; the longest pause of what is resent
  Duration silence_timeout = 50s;        // of the other side's, on the path that we send on
  Duration migrate_repeat = 60s;         // on the relay, until a direct path is wanted again
  Duration reconnect_repeat = 5s;        // without a path, until one is
  std::uint32_t reconnects_max = 120;    // how often it is, after the first time
  Duration close_timeout = 90s;          // of an end: to notice a silent path and prove another
  Duration drain_time = 3s;              // in which the end is acknowledged again
  std::size_t unacknowledged_max = 256;  // frames, at most 65 536
  std::size_t unacknowledged_size_max = std::size_t{1} << 20;  // bytes, at least a payload's
  std::uint64_t counter_max = ~std::uint64_t{0};  // the last there is, at least twice the reserve

  static constexpr std::uint64_t counter_reserve =
      1024;                                        // for what must be said again, and the end
  static constexpr std::size_t switches_max = 16;  // kept beyond `unacknowledged_max`, and the end
  static constexpr std::size_t spare_max = 16;     // payloads' memory that is used again

  [[nodiscard]] bool is_sound() const noexcept {
    constexpr Duration longest = std::chrono::hours(24 * 365);
    for (const Duration one : {ack_delay, resend_after, heartbeat_interval, silence_timeout,
                               migrate_repeat, reconnect_repeat, close_timeout, drain_time})
      if (one <= Duration::zero() || one > longest) return false;
    return heartbeat_interval < silence_timeout && reconnects_max > 0 && unacknowledged_max > 0 &&
           unacknowledged_max <= 65536 && unacknowledged_size_max >= payload_size_max &&
           counter_max >= 2 * counter_reserve;
  }
};

/// The data keys of one direction each: HKDF(TX, `data` | session id | epoch).
struct DataKeys {
  Secret<32> tx;
  Secret<32> rx;
  bool is_there = false;

  [[nodiscard]] static DataKeys of(const SessionKeys& keys, Hkdf& hkdf) {
    const auto derive = [&](const Secret<32>& from) {
      return hkdf.derive<32>(from.bytes(), bytes_of(labels::salt),
                             {bytes_of(labels::data), keys.session, epoch_bytes(keys.epoch)});
    };
    DataKeys made{derive(keys.tx), derive(keys.rx), true};
    hkdf.forget();
    return made;
  }
};

/// What each path is known by, the relay first.
using PathBindings = std::array<ChannelBinding, path_count>;

/// The context of `Migration`, which takes the keys: those of one epoch serve one of these on each
/// side, ever. Its counters begin at 0, so another one of the same keys would seal with the same
/// nonces. What is to go on in another process goes on from the newest snapshot, and each is stored
/// before what was sealed leaves: `Output::store_before_transmit` says when. From an older one
/// nonces are used twice, and the other side refuses what it hears (`replayed`, `peer_lost`).
/// Move-only; not for two threads at once.
struct MigrationContext : Context {
  MigrationContext(SessionKeys keys, const PathBindings& b, Config c = {}, MigrationConfig m = {},
                   Random r = {})
      : Context(keys, b[relay_link.number], std::move(c), r),
        migration(std::move(m)),
        bindings(b),
        next_bindings{std::nullopt, b[direct_link.number]},
        data_keys(DataKeys::of(keys, hkdf)) {}

  /// The session is over: no key is left.
  void forget_all() {
    forget_keys();
    data_keys = {};
    spare.clear();
    if (!handfast::detail::planted<"data keys kept after the end">) cipher.forget();
  }
  /// What the next connection that is opened on `path` is known by. Each has its own, and none is
  /// opened without: said anew before each `LinkOpened`, which uses it up. The first direct one has
  /// what this was made with.
  void bind(Link path, ChannelBinding to) {
    if (path.number < path_count) next_bindings[path.number] = to;
  }
  [[nodiscard]] bool has_binding(Link path) const noexcept {
    return next_bindings[path.number].has_value();
  }
  void use_binding(Link path) {
    bindings[path.number] = next_bindings[path.number].value_or(bindings[path.number]);
    if (!handfast::detail::planted<"binding of a closed connection used again">)
      next_bindings[path.number].reset();
  }
  /// From now on proofs are of the channel that `path` is.
  void bind_to(Link path) { binding = bindings[path.number]; }

  MigrationConfig migration;
  PathBindings bindings;  // of those that are open, or were the last
  std::array<std::optional<ChannelBinding>, path_count> next_bindings;
  DataKeys data_keys;  // until `Start`
  Aead<ChaCha20Poly1305> cipher;
  std::vector<WipingBuffer> spare;  // empty: memory for what is said next
};

/// The paths, as links.
using PathLinks = List<LinkKind<"relay", Framing::frame, path_frame_size_max>,
                       LinkKind<"direct", Framing::frame, path_frame_size_max>>;

}  // namespace handfast::rehandshake
