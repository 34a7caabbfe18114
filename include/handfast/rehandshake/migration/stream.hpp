#pragma once

// What is said over both paths as one stream: numbered, kept until it is acknowledged, sealed anew
// each time that it is said, under counters that are never set back.

#include <algorithm>
#include <vector>

#include "handfast/core/deadline.hpp"
#include "handfast/core/engine.hpp"
#include "handfast/core/fields.hpp"
#include "handfast/crypto/wiping_buffer.hpp"
#include "handfast/ratchet/replay_window.hpp"
#include "handfast/rehandshake/migration/context.hpp"
#include "handfast/rehandshake/migration/paths.hpp"

namespace handfast::rehandshake {

/// Something that was said and is not acknowledged.
struct Unacknowledged {
  enum class Kind : std::uint8_t { data, switched, close };
  std::uint64_t number = 0;
  Kind kind = Kind::data;
  WipingBuffer payload;
  static constexpr auto fields =
      Fields{&Unacknowledged::number, &Unacknowledged::kind, &Unacknowledged::payload};
};

/// What an authentic frame changes, before the message in it does anything.
struct Pending {
  Link link;
  std::uint64_t counter = 0;
  bool is_newest = false;  // none with a higher counter has come
  bool is_numbered = false;
  bool is_next = false;  // and the next to be delivered
  bool is_switch = false;
  bool is_close = false;
  std::optional<std::uint64_t> acknowledged;
};

/// Both directions of one connection, on whatever paths.
struct Stream {
  SessionId session{};
  std::uint32_t epoch = 0;
  Secret<32> tx;
  Secret<32> rx;
  std::uint64_t next_counter = 0;              // never set back
  std::uint64_t next_number = 1;               // of what is said next
  std::vector<Unacknowledged> unacknowledged;  // in order
  std::uint64_t unacknowledged_size = 0;       // bytes of payload
  std::uint64_t resend_next = 0;               // number
  std::uint32_t resends = 0;                   // of all of it, since anything was acknowledged
  std::uint64_t switch_number = 0;             // of our last Switch
  bool has_peer_switched = false;              // to the direct path
  std::uint64_t close_number = 0;              // of our Close, 0 where it is not said
  bool has_peer_closed = false;                // and all that it said was delivered
  ratchet::ReplayWindow<1024> window;          // of counters
  std::uint64_t delivered = 0;                 // number
  Link path = no_link;                         // that the deadlines below are of
  Link follow_to = no_link;
  Deadline<AckDue> ack_due;
  Deadline<ResendDue> resend_due;
  Deadline<HeartbeatDue> heartbeat_due;
  Deadline<PathSilent> path_silent;
  Deadline<FollowDue> follow_due;
  Deadline<BothSwitched> both_switched;
  Deadline<EndDue> end_due;
  static constexpr auto fields = Fields{&Stream::session,
                                        &Stream::epoch,
                                        &Stream::tx,
                                        &Stream::rx,
                                        &Stream::next_counter,
                                        &Stream::next_number,
                                        &Stream::unacknowledged,
                                        &Stream::unacknowledged_size,
                                        &Stream::resend_next,
                                        &Stream::resends,
                                        &Stream::switch_number,
                                        &Stream::has_peer_switched,
                                        &Stream::close_number,
                                        &Stream::has_peer_closed,
                                        &Stream::window,
                                        &Stream::delivered,
                                        &Stream::path,
                                        &Stream::follow_to,
                                        &Stream::ack_due,
                                        &Stream::resend_due,
                                        &Stream::heartbeat_due,
                                        &Stream::path_silent,
                                        &Stream::follow_due,
                                        &Stream::both_switched,
                                        &Stream::end_due};

  template <class Key>
  [[nodiscard]] static Stream of(DataKeys keys, const ProofKeysAs<Key>& of) {
    Stream made;
    made.session = of.session;
    made.epoch = of.epoch;
    made.tx = std::move(keys.tx);
    made.rx = std::move(keys.rx);
    return made;
  }

  [[nodiscard]] bool has_room(std::size_t size, const MigrationConfig& config) const noexcept {
    return (unacknowledged.size() < config.unacknowledged_max &&
            unacknowledged_size + size <= config.unacknowledged_size_max) ||
           handfast::detail::planted<"unacknowledged frames without bound">;
  }
  [[nodiscard]] bool has_counters(const MigrationConfig& config) const noexcept {
    return next_counter <= config.counter_max - MigrationConfig::counter_reserve;
  }

  /// Keeps what is about to be said, and returns its number.
  std::uint64_t keep(Unacknowledged::Kind kind, Bytes payload, MigrationContext& c) {
    if (unacknowledged.empty()) {
      resend_due = Deadline<ResendDue>::in(c.migration.resend_after, c.now);
      resend_next = next_number;
    }
    Unacknowledged& one = unacknowledged.emplace_back();
    one.number = next_number++;
    one.kind = kind;
    if (!payload.empty() && !c.spare.empty()) {
      one.payload = std::move(c.spare.back());
      c.spare.pop_back();
    }
    one.payload.append(payload);
    unacknowledged_size += payload.size();
    return one.number;
  }

  /// Keeps a Switch, and returns its number. Where paths come and go and nothing is acknowledged,
  /// the newest that is kept is said instead of one more: the same number may then have been heard
  /// on either path, so no relay is done by it.
  std::uint64_t keep_switch(MigrationContext& c) {
    const std::size_t most = c.migration.unacknowledged_max + MigrationConfig::switches_max;
    if (unacknowledged.size() >= most && !handfast::detail::planted<"Switches without bound">)
      for (std::size_t i = unacknowledged.size(); i-- > 0;)
        if (unacknowledged[i].kind == Unacknowledged::Kind::switched) {
          switch_number = 0;
          return unacknowledged[i].number;
        }
    switch_number = next_number;
    return keep(Unacknowledged::Kind::switched, {}, c);
  }

  /// Keeps our Close, and returns its number. Some time it is over, whatever becomes of that.
  std::uint64_t keep_close(MigrationContext& c) {
    end_due = Deadline<EndDue>::in(c.migration.close_timeout, c.now);
    return close_number = keep(Unacknowledged::Kind::close, {}, c);
  }
  [[nodiscard]] bool is_open() const noexcept { return close_number == 0; }
  /// It is over: without a fault where all that either side has said was delivered.
  [[nodiscard]] Closed closed(Fault otherwise) const noexcept {
    const auto is_data = [](const Unacknowledged& one) {
      return one.kind == Unacknowledged::Kind::data;
    };
    const bool has_all = has_peer_closed && std::ranges::none_of(unacknowledged, is_data);
    if (has_all || handfast::detail::planted<"an end that says nothing of what is missing">)
      return {};
    return {otherwise};
  }

  /// All that is not acknowledged is said again, in order, from now on.
  void resend_all(const MigrationContext& c) noexcept {
    if (unacknowledged.empty() || handfast::detail::planted<"nothing resent on the new path">)
      return;
    resend_next = unacknowledged.front().number;
    resend_due.at = c.now.steady;
  }
  /// What is to be said again next, or nullptr; then a while passes until it all is again, or a path
  /// is there.
  [[nodiscard]] const Unacknowledged* take_resent(const Paths& paths,
                                                  const MigrationContext& c) noexcept {
    if (paths.is_stranded()) {
      resend_due = {};
      return nullptr;
    }
    for (const Unacknowledged& one : unacknowledged)
      if (one.number >= resend_next) {
        resend_next = one.number + 1;
        resend_due.at -= 1ns;  // still due: a deadline that stays as it was would be over
        return &one;
      }
    resend_due = {};
    if (!unacknowledged.empty()) {
      resend_next = unacknowledged.front().number;
      ++resends;
      resend_due = Deadline<ResendDue>::in(resend_pause(c.migration), c.now);
    }
    return nullptr;
  }
  /// From the second time on twice as long each time, so that a path that is slow is not filled
  /// with repetitions; but no longer than it takes to be heard anyway.
  [[nodiscard]] Duration resend_pause(const MigrationConfig& config) const noexcept {
    const Duration longest = std::max(config.resend_after, config.heartbeat_interval);
    Duration pause = config.resend_after;
    for (std::uint32_t i = 1; i < resends && pause < longest; ++i) pause *= 2;
    if (handfast::detail::planted<"resent without a pause">) return config.resend_after;
    return std::min(pause, longest);
  }

  /// The path that we send on is another one, or none.
  void path_changed(const Paths& paths, const MigrationContext& c) noexcept {
    path = paths.current;
    follow_due = {};
    if (!handfast::detail::planted<"relay done for a path that is gone">) both_switched = {};
    resend_due = {};
    resends = 0;
    heartbeat_due = {};
    path_silent = {};
    if (paths.is_stranded()) return;
    resend_all(c);
    heartbeat_due = Deadline<HeartbeatDue>::in(c.migration.heartbeat_interval, c.now);
    path_silent = Deadline<PathSilent>::in(c.migration.silence_timeout, c.now);
  }

  /// A path may have closed since its Switch was heard: nobody is followed there.
  void drop_follow(const Paths& paths) noexcept {
    if (!paths.may_send(follow_to) && !handfast::detail::planted<"closed path followed">)
      follow_due = {};
  }
  /// A state is entered in which we send on what `paths` says.
  void entered(const Paths& paths, const MigrationContext& c) noexcept {
    drop_follow(paths);
    if (paths.current == path) return;
    if (path == no_link || !handfast::detail::planted<"deadlines of a path that is gone">)
      path_changed(paths, c);
  }

  /// Seals `message` as the next frame, to `to`. Nothing goes out where there is no path, or no
  /// counter left.
  template <class M>
  void seal(const M& message, Link to, MigrationContext& c, Frames& frames) {
    if (to == no_link || next_counter > c.migration.counter_max ||
        next_counter == ~std::uint64_t{0})
      return;
    const std::size_t contents_size = wire::binary::encoded_size(message);
    const std::size_t size = SealedFrame::head_size + contents_size + 16;
    const MutableBytes frame = frames.add(to, size);
    const MutableBytes sealed = frame.subspan(SealedFrame::head_size);
    AssociatedData ad;
    write_head(ad, next_counter, size);
    std::copy_n(ad.begin(), SealedFrame::head_size, frame.begin());
    wire::Writer writer{sealed};
    const bool fits = wire::binary::encode(message, writer).has_value();
    const auto done =
        c.cipher.seal(tx, nonce_of(next_counter), ad, sealed.first(contents_size), sealed);
    if (!fits || !done) wipe(frame);  // Botan refused: zeros go out, not the plaintext
    if (!handfast::detail::planted<"counter set back on another path">)
      ++next_counter;
    else
      next_counter = to == direct_link ? 0 : next_counter + 1;
    heartbeat_due = Deadline<HeartbeatDue>::in(c.migration.heartbeat_interval, c.now);
  }

  using OpenedFrame = handfast::Opened<Pending, Data, Switch, Close, Ack, Heartbeat>;

  /// Opens `frame`: the message and what to commit, or a fault and no change. `replayed` and
  /// `stale` by its counter; `not_authentic`; `malformed`, also for an acknowledgement of what was
  /// never said; `peer_lost` for one of less than before, by the newest frame: the other side goes
  /// on from an older state, and what it has lost is not kept any more.
  [[nodiscard]] std::expected<OpenedFrame, Fault> open(const SealedFrame& frame,
                                                       MigrationContext& c,
                                                       Buffer& plaintext) const {
    if (auto fresh = window.check(frame.counter); !fresh) return std::unexpected(fresh.error());
    AssociatedData ad;
    write_head(ad, frame.counter, SealedFrame::head_size + frame.ciphertext.size());
    const MutableBytes out = plaintext.extend(frame.ciphertext.size() - 16);
    if (auto done = c.cipher.open(rx, nonce_of(frame.counter), ad, frame.ciphertext, out); !done)
      return std::unexpected(done.error());
    auto message = wire::binary::decode_any<Data, Switch, Close, Ack, Heartbeat>(out);
    if (!message) return std::unexpected(message.error());
    Pending pending;
    pending.link = c.link;
    pending.counter = frame.counter;
    pending.is_newest = !window.any() || frame.counter > window.highest();
    return std::visit(
        [&]<class M>(M& m) -> std::expected<OpenedFrame, Fault> {
          if constexpr (requires { m.number; }) {
            pending.is_numbered = true;
            pending.is_next =
                m.number == delivered + 1 ||
                (m.number > delivered && handfast::detail::planted<"gaps delivered over">) ||
                handfast::detail::planted<"what was delivered is delivered again">;
            pending.is_switch = std::same_as<M, Switch>;
            pending.is_close = std::same_as<M, Close>;
            if constexpr (requires { m.turn; })
              m.turn = pending.is_next        ? Turn::next
                       : m.number > delivered ? Turn::early
                                              : Turn::again;
          } else {
            if (m.delivered >= next_number &&
                !handfast::detail::planted<"unsaid numbers acknowledged">)
              return std::unexpected(Fault::malformed);
            // Delivery never goes back, unless the other side itself has.
            if (pending.is_newest && m.delivered < acknowledged_last() &&
                !handfast::detail::planted<"peer that has gone back not noticed">)
              return std::unexpected(Fault::peer_lost);
            pending.acknowledged = m.delivered;
          }
          return OpenedFrame{std::move(m), pending};
        },
        *message);
  }

  void commit(const Pending& pending, const Paths& paths, MigrationContext& c) {
    window.accept(pending.counter);
    if (pending.link == paths.current)
      path_silent = Deadline<PathSilent>::in(c.migration.silence_timeout, c.now);
    if (pending.is_numbered) {
      if (pending.is_next) ++delivered;
      // Taken for the end too early, it would take what is missing before it along.
      const bool is_end = pending.is_next || handfast::detail::planted<"end taken over a gap">;
      if (is_end && pending.is_close) has_peer_closed = true;
      // Soon, or at once where the other side waits for it, or seems not to know.
      const bool is_data = !pending.is_switch && !pending.is_close;
      const Duration delay = pending.is_next && is_data ? c.migration.ack_delay : 0s;
      ack_due.at = std::min(ack_due.at, Deadline<AckDue>::in(delay, c.now).at);
    }
    if (pending.acknowledged) acknowledge(*pending.acknowledged, c);
    if (pending.is_switch) {
      has_peer_switched = pending.link == direct_link;
      // Only what is newest says where the other side is: what is old may have been kept back.
      const bool is_newest = pending.is_newest || handfast::detail::planted<"old Switch followed">;
      if (is_newest && pending.link != paths.current && paths.may_send(pending.link)) {
        follow_to = pending.link;
        follow_due.at = c.now.steady;
      }
    }
    if (paths.current == direct_link && has_peer_switched && switch_number != 0 &&
        is_acknowledged(switch_number)) {
      switch_number = 0;  // told once
      both_switched.at = c.now.steady;
    }
    if (is_known_to_both()) {
      end_due.at = std::min(end_due.at, Deadline<EndDue>::in(c.migration.drain_time, c.now).at);
      ack_due.at = std::min(ack_due.at, acknowledged_again(c).at);
    }
  }

  /// Both sides have said that it is over; the other one has acknowledged ours.
  [[nodiscard]] bool is_known_to_both() const noexcept {
    const bool is_heard = !is_open() && is_acknowledged(close_number);
    return is_heard &&
           (has_peer_closed || handfast::detail::planted<"end before the other side's">);
  }
  /// The other side was told how far delivery has come. At the end it is told so again for as long
  /// as we are there: nobody would say a second time what was lost.
  void ack_said(const Paths& paths, const MigrationContext& c) noexcept {
    ack_due = {};
    if (is_known_to_both() && !paths.is_stranded()) ack_due = acknowledged_again(c);
  }
  [[nodiscard]] static Deadline<AckDue> acknowledged_again(const MigrationContext& c) noexcept {
    if (handfast::detail::planted<"the last word said once">) return {};
    return Deadline<AckDue>::in(c.migration.resend_after, c.now);
  }

  [[nodiscard]] bool is_acknowledged(std::uint64_t number) const noexcept {
    return number <= acknowledged_last();
  }
  [[nodiscard]] std::uint64_t acknowledged_last() const noexcept {
    return (unacknowledged.empty() ? next_number : unacknowledged.front().number) - 1;
  }

 private:
  using AssociatedData = std::array<std::uint8_t, SealedFrame::head_size + 16 + 4>;

  void write_head(AssociatedData& ad, std::uint64_t counter, std::size_t frame_size) const {
    wire::Writer writer{ad};
    const std::uint8_t begin[] = {Hardened::version, 0x10, 0, 0};
    (void)(writer.write(begin) && wire::write_big_endian(writer, frame_size - header_size, 4) &&
           wire::write_big_endian(writer, counter, 8) && writer.write(session) &&
           wire::write_big_endian(writer, epoch, 4));
  }
  [[nodiscard]] std::array<std::uint8_t, 12> nonce_of(std::uint64_t counter) const noexcept {
    std::array<std::uint8_t, 12> nonce{};
    wire::Writer writer{nonce};
    (void)(wire::write_big_endian(writer, epoch, 4) && wire::write_big_endian(writer, counter, 8));
    return nonce;
  }

  void acknowledge(std::uint64_t up_to, MigrationContext& c) {
    std::size_t count = 0;
    while (count < unacknowledged.size() && unacknowledged[count].number <= up_to) {
      WipingBuffer& payload = unacknowledged[count++].payload;
      unacknowledged_size -= payload.size();
      const bool has_room = c.spare.size() < MigrationConfig::spare_max ||
                            handfast::detail::planted<"spare memory without bound">;
      if (payload.empty() || !has_room) continue;
      payload.clear();
      c.spare.push_back(std::move(payload));
    }
    if (count == 0) return;
    resends = 0;
    unacknowledged.erase(unacknowledged.begin(),
                         unacknowledged.begin() + static_cast<std::ptrdiff_t>(count));
    if (unacknowledged.empty()) {
      resend_due = {};
    } else if (resend_due.at != never && resend_due.at > c.now.steady) {
      resend_due = Deadline<ResendDue>::in(c.migration.resend_after, c.now);  // it gets on
    }
  }
};

}  // namespace handfast::rehandshake
