#pragma once

// What a side keeps beyond its process, and how it goes on from there: its identity, its signed
// pre-key with the first messages that it has seen, and a session for each connection.
//
//   auto key = identity_of(store, random)            // the one that is kept, or a new one
//   const auto out = machine.receive(frame, now);
//   if (out.store_before_transmit && !keep(store, connection, machine)) return;  // say nothing
//   ...                                              // now send, and act on the events
//   auto again = restore<Role>(store, connection, std::move(context), now)
//
// A lost key cannot be made again: nothing is derived from anything else. What is restored is the
// last state that was kept, one-time keys included; it goes on where it was. The records may be
// anywhere: in memory, in a sealed run of bytes (x3dh/sealed_store.hpp), in a database. Each says which
// version of its form it has, and has a checksum, so that what a storage has changed is not taken for
// what was kept; a session's says whose it is.
//
// Not every earlier copy is the last state. A one-time key that has been used since is there again
// in a backup, and would give its session to whoever recorded the first message; so would a counter
// that has gone on since seal two messages with one key and nonce. Whoever restores a backup calls
// `forget_spent`. A session of `Hardened` is kept: it seals nothing twice with one key and nonce, but
// its next numbers are used, and the other side refuses them as `replayed`, until it has said
// something itself; and what was delivered since may be delivered again. Where both have answered
// each other since, neither understands the other any more. Better is a new one.

#include <compare>
#include <map>
#include <optional>
#include <vector>

#include "handfast/core/machine.hpp"
#include "handfast/crypto/wiping_buffer.hpp"
#include "handfast/x3dh/context.hpp"

namespace handfast::x3dh {

/// Which record of a store; only that of a session has a connection.
struct RecordName {
  enum class Kind : std::uint8_t { identity = 1, signed_pre_key, session, first_messages };

  Kind kind = Kind::identity;
  ConnectionId connection = {};

  [[nodiscard]] static RecordName of(const ConnectionId& connection) {
    return {Kind::session, connection};
  }
  friend std::strong_ordering operator<=>(const RecordName& left, const RecordName& right) {
    if (const auto order = left.kind <=> right.kind; order != 0) return order;
    return left.connection.view() <=> right.connection.view();
  }
  friend bool operator==(const RecordName&, const RecordName&) = default;
};

/// Where a side keeps its records: secret bytes by name. What `put` and `erase` have returned from
/// without a fault stays, also where the machine stops in the next moment. After a fault a record is
/// as it was, but for a fault that came too late to say so: then a later start may find the change.
class Store {
 public:
  Store() = default;
  Store(const Store&) = delete;
  virtual ~Store() = default;

  /// The record's bytes, valid until the store changes; nothing where there is none.
  [[nodiscard]] virtual std::optional<Bytes> find(const RecordName& name) const = 0;
  /// The connections of all sessions, in the order of their bytes.
  [[nodiscard]] virtual std::vector<ConnectionId> sessions() const = 0;
  /// Keeps a copy of `record`, at most `record_size_max` bytes, instead of what is there.
  /// `too_large`; `limit_reached` where there is no place for another one; `storage_failed`.
  [[nodiscard]] virtual std::expected<void, Fault> put(const RecordName& name, Bytes record) = 0;
  /// Forgets the record, where there is one. `storage_failed`.
  [[nodiscard]] virtual std::expected<void, Fault> erase(const RecordName& name) = 0;

  static constexpr std::size_t record_size_max = WipingBuffer::snapshot_size_max;  // bytes
  static constexpr std::size_t records_max = 4096;

 protected:
  Store(Store&&) = default;
  Store& operator=(Store&&) = default;
};

/// A store that ends with its process, and wipes what it held.
class MemoryStore final : public Store {
 public:
  MemoryStore() = default;
  MemoryStore(MemoryStore&&) = default;
  MemoryStore& operator=(MemoryStore&&) = default;

  [[nodiscard]] std::optional<Bytes> find(const RecordName& name) const override {
    const auto found = records_.find(name);
    return found == records_.end() ? std::nullopt : std::optional(found->second.bytes());
  }
  [[nodiscard]] std::vector<ConnectionId> sessions() const override {
    std::vector<ConnectionId> all;
    for (const auto& [name, record] : records_)
      if (name.kind == RecordName::Kind::session) all.push_back(name.connection);
    return all;
  }
  [[nodiscard]] std::expected<void, Fault> put(const RecordName& name, Bytes record) override {
    if (record.size() > record_size_max) return std::unexpected(Fault::too_large);
    if (records_.size() >= records_max && !records_.contains(name))
      return std::unexpected(Fault::limit_reached);
    WipingBuffer kept;  // `record` may be what is there
    kept.append(record);
    records_[name] = std::move(kept);
    return {};
  }
  [[nodiscard]] std::expected<void, Fault> erase(const RecordName& name) override {
    records_.erase(name);
    return {};
  }

  /// Writes all records in the order of their names: how many (u32), then of each its kind, its
  /// connection, its size (u32) and its bytes.
  void dangerous_write(SnapshotWriter& writer) const {
    writer.u32(static_cast<std::uint32_t>(records_.size()));
    for (const auto& [name, record] : records_) {
      writer.integer(static_cast<std::uint8_t>(name.kind));
      name.connection.dangerous_write(writer);
      record.dangerous_write(writer);
    }
  }
  /// Reads what `dangerous_write` wrote; false, and of no use, where it is not exactly that.
  [[nodiscard]] bool dangerous_read(SnapshotReader& reader) {
    records_.clear();
    const auto count = reader.u32();
    if (!count || *count > records_max) return false;
    for (std::uint32_t i = 0; i < *count; ++i) {
      std::uint8_t kind = 0;
      RecordName name;
      WipingBuffer record;
      if (!reader.integer(kind) || kind < 1 || kind > 4 || !name.connection.dangerous_read(reader))
        return false;
      name.kind = static_cast<RecordName::Kind>(kind);
      const bool has_connection = name.connection != ConnectionId{};
      if (has_connection != (name.kind == RecordName::Kind::session)) return false;
      if (!records_.empty() && !(records_.rbegin()->first < name)) return false;
      if (!record.dangerous_read(reader)) return false;
      records_.emplace_hint(records_.end(), name, std::move(record));
    }
    return true;
  }

 private:
  std::map<RecordName, WipingBuffer> records_;
};

namespace detail {

// A record: its version (1 byte), its content, and a checksum of both (8 bytes), by which a change
// is seen that nobody made on purpose.
inline constexpr std::uint8_t record_version = 2;

/// A record of what `write` writes.
template <class Write>
[[nodiscard]] Buffer record_of(Write&& write) {
  Buffer record;
  SnapshotWriter writer(record);
  writer.integer(record_version);
  write(writer);
  writer.integer(handfast::detail::checksum_of(record.bytes()));
  return record;
}
/// The content of a record: `wrong_version` where it is of another one; `bad_snapshot` where it is not
/// what was written.
[[nodiscard]] inline std::expected<Bytes, Fault> content_of(Bytes record) {
  constexpr std::size_t around = 1 + handfast::detail::checksum_size;
  if (record.empty()) return std::unexpected(Fault::bad_snapshot);
  if (record[0] != record_version && !handfast::detail::planted<"record of any version read">)
    return std::unexpected(Fault::wrong_version);
  if (record.size() < around) return std::unexpected(Fault::bad_snapshot);
  const Bytes covered = record.first(record.size() - handfast::detail::checksum_size);
  std::uint64_t checksum = 0;
  (void)SnapshotReader(record.subspan(covered.size())).integer(checksum);  // it is there
  if (checksum != handfast::detail::checksum_of(covered) &&
      !handfast::detail::planted<"record not checked">)
    return std::unexpected(Fault::bad_snapshot);
  return covered.subspan(1);
}

/// The key in the record, or a new one, which is kept before anybody sees it.
template <class Key>
[[nodiscard]] std::expected<Key, Fault> key_of(Store& store, RecordName::Kind kind, bool is_new,
                                               Random& random) {
  if (const auto kept = store.find({kind}); kept && !is_new) {
    const auto content = content_of(*kept);
    if (!content) return std::unexpected(content.error());
    Key key;
    SnapshotReader reader(*content);
    if (!key.dangerous_read(reader) || !reader.at_end())
      return std::unexpected(Fault::bad_snapshot);
    return key;
  }
  auto key = Key::generate(random);
  if (!key) return key;
  const Buffer record = record_of([&](SnapshotWriter& writer) { key->dangerous_write(writer); });
  if (const auto kept = store.put({kind}, record.bytes()); !kept)
    return std::unexpected(kept.error());
  return key;
}

/// Whether a side may go on from an earlier state of this than its last one: not where a bundle is
/// out, which nobody has agreed with, and not where what seals a message is not drawn for it.
template <class Role, class State>
inline constexpr bool bears_backups = false;
template <template <class> class Role, class State>
inline constexpr bool bears_backups<Role<Hardened>, State> = !requires(const State& state) {
  state.one_time_pre_key;
};

/// Before the snapshot in a session's record. An empty record is that of a session that is void.
struct RecordHead {
  x25519::PublicKey identity;  // whose session it is
  bool bears_backups = false;
  std::uint64_t steady = 0;  // nanoseconds; when it was kept
  std::uint64_t utc = 0;     // milliseconds
  static constexpr auto fields = Fields{&RecordHead::identity, &RecordHead::bears_backups,
                                        &RecordHead::steady, &RecordHead::utc};
  static constexpr std::size_t size = 49;  // bytes
};
struct SessionRecord {
  RecordHead head;
  Bytes snapshot;
};
/// Faults as `content_of`.
[[nodiscard]] inline std::expected<SessionRecord, Fault> session_of(Bytes record) {
  const auto content = content_of(record);
  if (!content) return std::unexpected(content.error());
  SessionRecord session;
  SnapshotReader reader(*content);
  if (!handfast::detail::read_value(reader, session.head))
    return std::unexpected(Fault::bad_snapshot);
  session.snapshot = content->subspan(RecordHead::size);
  return session;
}
/// Whether the role has written `snapshot`, and in the shape that it has now.
template <class Role>
[[nodiscard]] bool is_of(Bytes snapshot) {
  std::uint64_t shape = 0;
  return SnapshotReader(snapshot).integer(shape) && shape == handfast::detail::shape_of<Role>();
}

/// Whether a machine in `state` is on another connection.
template <class State>
[[nodiscard]] bool is_elsewhere([[maybe_unused]] const State& state,
                                [[maybe_unused]] const ConnectionId& connection) {
  if constexpr (requires { state.connection; })
    return state.connection != connection;
  else if constexpr (requires { state.session; })
    return state.session.terms.connection != connection;
  else
    return false;
}

/// A deadline was on the clock of an earlier process, perhaps of an earlier start of the machine:
/// it has what it had left, less what has passed since by the calendar.
template <class T>
void go_on(T& value, const RecordHead& kept, const Time& now) {
  if constexpr (handfast::detail::is_deadline<T>) {
    if (value.at == never) return;
    const SteadyTime then{SteadyTime::duration(static_cast<std::int64_t>(kept.steady))};
    const UnixTime kept_at{UnixTime::duration(static_cast<std::int64_t>(kept.utc))};
    const auto left = std::max(value.at, then) - then;
    const auto passed = std::max(now.utc, kept_at) - kept_at;
    value.at = passed < left ? T::in(left - passed, now).at : now.steady;
  } else if constexpr (ListsFields<T>)
    for_each_field(value, [&](auto& field) { go_on(field, kept, now); });
}

}  // namespace detail

/// The long-term key that `store` has, or a new one, which is then kept. Whatever `put` says;
/// `wrong_version`, `bad_snapshot`; `random_source_failed`.
[[nodiscard]] inline std::expected<xeddsa::PrivateKey, Fault> identity_of(Store& store,
                                                                          Random& random) {
  return detail::key_of<xeddsa::PrivateKey>(store, RecordName::Kind::identity, false, random);
}

/// The issuer's signed pre-key that `store` has, or a new one, which is then kept. Faults as
/// `identity_of`.
[[nodiscard]] inline std::expected<x25519::PrivateKey, Fault> signed_pre_key_of(Store& store,
                                                                                Random& random) {
  return detail::key_of<x25519::PrivateKey>(store, RecordName::Kind::signed_pre_key, false, random);
}

/// A new signed pre-key, which is kept instead of the old one: every week or so. Faults as
/// `identity_of`.
[[nodiscard]] inline std::expected<x25519::PrivateKey, Fault> replace_signed_pre_key(
    Store& store, Random& random) {
  return detail::key_of<x25519::PrivateKey>(store, RecordName::Kind::signed_pre_key, true, random);
}

/// The first messages that the signed pre-key in `store` has seen, for the context of whoever gives
/// bundles without one-time pre-keys; none where nothing is kept. `wrong_version`, `bad_snapshot`.
[[nodiscard]] inline std::expected<FirstMessages, Fault> first_messages_of(const Store& store) {
  FirstMessages messages;
  const auto record = store.find({RecordName::Kind::first_messages});
  if (!record) return messages;
  const auto content = detail::content_of(*record);
  if (!content) return std::unexpected(content.error());
  SnapshotReader reader(*content);
  if (!handfast::detail::read_value(reader, messages) || !reader.at_end())
    return std::unexpected(Fault::bad_snapshot);
  return messages;
}

namespace detail {

/// Adds the first messages that were seen since bundles have the signed pre-key of `context` to what
/// is kept, and those of the one before; what was before that matters no more.
inline std::expected<void, Fault> keep_first_messages(Store& store, const Context& context) {
  if (!context.signed_pre_key.has_key() || handfast::detail::planted<"first messages not kept">)
    return {};
  const auto& current = context.signed_pre_key.public_key();
  if (!context.first_messages.are_of(current)) return {};
  auto messages = first_messages_of(store);
  if (!messages) return std::unexpected(messages.error());
  if (!messages->take(context.first_messages)) return {};  // nothing new
  const Buffer record =
      record_of([&](SnapshotWriter& writer) { handfast::detail::write_value(writer, *messages); });
  return store.put({RecordName::Kind::first_messages}, record.bytes());
}

}  // namespace detail

/// Keeps the state of the machine for `connection`, or forgets it where the session has ended. To be
/// called wherever an output says `store_before_transmit`, before its frames leave and its events
/// are acted on; after `Verified` and `Closed`, too, or the next process does not know. Whatever
/// `put` and `erase` say: then nothing of that output may leave. `bad_argument` where the machine is
/// on another connection; one that has ended forgets `connection`, whichever it was on.
template <class Role, class Observer>
[[nodiscard]] std::expected<void, Fault> keep(Store& store, const ConnectionId& connection,
                                              const Machine<Role, Observer>& machine) {
  const RecordName name = RecordName::of(connection);
  // First, for a session that nobody knows of is better than one that is made twice.
  if (const auto kept = detail::keep_first_messages(store, machine.context()); !kept) return kept;
  if (machine.template in<typename Role::Ended>()) return store.erase(name);
  const auto count_of = [](auto time) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(time.time_since_epoch().count(), 0));
  };
  const Time& now = machine.context().now;
  detail::RecordHead head{machine.context().identity.public_key(), false, count_of(now.steady),
                          count_of(now.utc)};
  bool is_elsewhere = false;
  handfast::detail::visit_held(machine.engine().state(), [&]<class State>(const State& state) {
    is_elsewhere = detail::is_elsewhere(state, connection);
    head.bears_backups = detail::bears_backups<Role, State> ||
                         handfast::detail::planted<"sessions of a backup go on">;
  });
  if (is_elsewhere) return std::unexpected(Fault::bad_argument);
  const Buffer snapshot = machine.dangerous_snapshot();
  const Buffer record = detail::record_of([&](SnapshotWriter& writer) {
    handfast::detail::write_value(writer, head);
    writer.bytes(snapshot.bytes());
  });
  return store.put(name, record.bytes());
}

/// A machine in the state that was kept for `connection`, with its deadlines as the calendar in `now`
/// says; call `advance` next to learn of the first. `bad_argument` where nothing is kept; `stale`
/// where it was spent, and came from a backup; `wrong_version` where another version has kept it, or
/// another role; `unexpected_key` where another identity has; `wrong_session` where it is of another
/// connection; `bad_snapshot` where it is not what was kept.
template <class Role>
[[nodiscard]] std::expected<Machine<Role>, Fault> restore(const Store& store,
                                                          const ConnectionId& connection,
                                                          typename Role::Context context,
                                                          const Time& now) {
  const auto record = store.find(RecordName::of(connection));
  if (!record) return std::unexpected(Fault::bad_argument);
  if (record->empty()) return std::unexpected(Fault::stale);
  const auto session = detail::session_of(*record);
  if (!session) return std::unexpected(session.error());
  const auto messages = first_messages_of(store);
  if (!messages) return std::unexpected(messages.error());
  // Nobody would know us: its keys were agreed with another identity.
  if (session->head.identity != context.identity.public_key() &&
      !handfast::detail::planted<"session of another identity restored">)
    return std::unexpected(Fault::unexpected_key);
  if (!detail::is_of<Role>(session->snapshot)) return std::unexpected(Fault::wrong_version);
  context.now = now;
  auto machine = Machine<Role>::dangerous_restore(std::move(context), session->snapshot);
  if (!machine) return machine;
  bool is_elsewhere = false;
  handfast::detail::visit_held(machine->dangerous_engine().dangerous_state(), [&](auto& state) {
    is_elsewhere = detail::is_elsewhere(state, connection);
    detail::go_on(state, session->head, now);
  });
  if (is_elsewhere && !handfast::detail::planted<"session of another connection restored">)
    return std::unexpected(Fault::wrong_session);
  // The record of a session has what it knew; of others, too, the store does.
  (void)machine->context().first_messages.take(*messages);
  return machine;
}

/// `store` is from a backup: what may have been used since is void. That is its pre-keys: each bundle
/// that is out may have made a session, so its own is `stale` from now on, and has to begin anew on
/// another connection; and what first messages the signed pre-key has seen is not known any more, so
/// the next one is new. And that is each session of a profile that counts, which would use its numbers
/// again. How many sessions are void. Whatever `put` and `erase` say.
[[nodiscard]] inline std::expected<std::size_t, Fault> forget_spent(Store& store) {
  std::size_t count = 0;
  if (handfast::detail::planted<"one-time keys of a backup are taken">) return count;
  for (const auto kind : {RecordName::Kind::signed_pre_key, RecordName::Kind::first_messages})
    if (const auto done = store.erase({kind}); !done) return std::unexpected(done.error());
  for (const ConnectionId& connection : store.sessions()) {
    const auto record = store.find(RecordName::of(connection));
    if (record->empty()) continue;
    if (const auto kept = detail::session_of(*record); kept && kept->head.bears_backups) continue;
    if (const auto done = store.put(RecordName::of(connection), {}); !done)
      return std::unexpected(done.error());
    ++count;
  }
  return count;
}

}  // namespace handfast::x3dh
