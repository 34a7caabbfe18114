#pragma once

// The router: many connections, one key each, and messages between them. It does no I/O: frames go
// in with the number of their connection, frames come out with that of theirs.
//
//   sender's Server   -> Forward{id, recipient, payload}   opened into the pool's scratch space
//   recipient's       <- Deliver{sender, payload}          sealed straight from there, if there is one
//   sender's          <- Report{id, fate}                  forwarded | not_available | busy
//
// Both profiles' servers say these (compat's payload is the envelope as it came), so that the router
// knows neither.
//
// Every connection is a `Server` (its table has all moves); what is here is what no single connection
// can know: who else has which key. A connection is registered from its completed proof to its
// end, and a key has at most one. When a second proves the same key, `Duplicates` says which of them
// goes; that nobody can do without the private key. Connections are told apart by their numbers, so
// that the end of a replaced one takes nothing from the one that came for it.
//
// What hostile clients can do:
// - A connection's rejected frames are counted, and `faults_max` of them close it. Before
//   registration the first one does: the challenge has one right answer, nothing about a second
//   attempt would be better on this connection, and each costs the server four agreements.
// - Connections that are not registered have `unregistered_max` places of their own. Who comes when
//   all are taken gets that of whoever has waited longest: a flood must take all of them in less
//   time than an honest client needs for its answer, and never touches the registered.
// - What a client does not read is counted until `drained` says that its transport took it; when
//   `Config::queue_max` waits, senders are told `busy`. `Config::messages_a_second` bounds how many
//   messages one client has carried; beyond that it is told `busy` too, and answers of any kind it
//   gets `Config::frames_a_second` of: a frame more is rejected, and counted as any that is. So
//   nobody has the router open and seal for it as fast as it can send, and stay.
// - The directory is an ordered map: clients choose their keys, and could make ones that collide in
//   a hash table whose function they know. A secret function would do as well; an order needs none.

#include <cassert>
#include <map>
#include <unordered_map>
#include <variant>
#include <vector>

#include "handfast/core/planted.hpp"
#include "handfast/core/pool.hpp"
#include "handfast/registration/router_terms.hpp"
#include "handfast/registration/server.hpp"

namespace handfast::registration {

/// The router of `Profile`. Move-only; not for use from two threads at once.
///
/// Each call returns all that it has caused, valid until the next one. A connection's number is the
/// application's choice and free again after `closed`, not before. A frame for a connection that is
/// not there, because it was never opened or is to be closed, is `bad_argument`.
template <class Profile = Hardened>
class Router {
  using Role = Server<Profile>;
  using Machines = Pool<Role>;

 public:
  using Context = typename Role::Context;
  /// What the application is told; `Rejected` is a refused input and its connection, for the log.
  using Event = std::variant<Joined, Left, Rejected>;

  struct [[nodiscard]] Output {
    std::span<const Frame> transmit;  // to send, in this order, each on its connection
    std::span<const ToClose> to_close;
    std::span<const Event> events;  // in the order in which they happened
    std::optional<Due> deadline;    // call `advance` no later than this

    /// The first event of type `E`, or nullptr.
    template <class E>
    [[nodiscard]] const E* event() const noexcept {
      for (const Event& event : events)
        if (const E* found = std::get_if<E>(&event)) return found;
      return nullptr;
    }
  };

  /// `context` is what all connections share: the server's key, its names, limits, randomness.
  explicit Router(Context context, RouterConfig config = {})
      : config_(config),
        machines_(std::move(context), config.connections_max + unregistered_max()) {}

  /// A client has connected: the challenge leaves. `bad_argument` when there is such a connection,
  /// then nothing has happened; what `Accept` may say, then the connection is to be closed.
  Output opened(Link connection, const Time& now) {
    begin(now);
    if (connections_.contains(connection.number)) return rejected(connection, Fault::bad_argument);
    if (waiting_.size() >= unregistered_max() &&
        !handfast::detail::planted<"unregistered connections without bound">)
      expel(connections_.find(waiting_.begin()->second.number), Fault::limit_reached);
    [[maybe_unused]] const auto place = machines_.open(connection);
    assert(place);  // there is one for each of both kinds
    const auto added = connections_.try_emplace(connection.number).first;
    wait(added);
    if (const auto refused = tell(connection, Accept{}).refused) {
      events_.push_back(Rejected{*refused, connection});
      expel(added, *refused);
    }
    return output();
  }

  /// A frame has come, exactly one.
  Output receive(Link connection, Bytes frame, const Time& now) {
    begin(now);
    const auto found = connections_.find(connection.number);
    if (found == connections_.end()) return rejected(connection, Fault::bad_argument);
    const auto out = machines_.receive(connection, frame, now);
    const Answer answer = note(out);
    // Copies: what other machines are told adds to these events, and may move them.
    if (answer.refused)
      misbehaved(found, *answer.refused);
    else if (answer.ended)
      dismiss(found, *answer.ended);
    else if (const auto* proven = out.template event<Proven>())
      admit(found, x25519::PublicKey(proven->key));
    else if (const auto* forward = out.template event<Forward>())
      carry(found, Forward(*forward));
    return output();
  }

  /// The transport of `connection` has taken `size` more bytes of what was sent on it. Nothing
  /// happens where nobody is registered there.
  Output drained(Link connection, std::size_t size, const Time& now) {
    begin(now);
    const auto found = connections_.find(connection.number);
    if (found != connections_.end()) tell(connection, Drained{size});
    return output();
  }

  /// The connection is gone, whoever closed it; its number is free.
  Output closed(Link connection, const Time& now) {
    begin(now);
    const auto found = connections_.find(connection.number);
    if (found != connections_.end())
      remove(found, tell(connection, LinkClosed{connection}).ended.value_or(Fault::link_closed));
    return output();
  }

  /// Lets time pass for the one connection whose deadline is earliest, if it is due. Call again
  /// while the output's deadline is not later.
  Output advance(const Time& now) {
    begin(now);
    const auto out = machines_.advance(now);
    if (const auto ended = note(out).ended) dismiss(connections_.find(out.link.number), *ended);
    return output();
  }

  /// The connection on which `key` is registered.
  [[nodiscard]] std::optional<Link> connection_of(const x25519::PublicKey& key) const {
    const auto found = directory_.find(key);
    return found == directory_.end() ? std::nullopt : std::optional(found->second);
  }
  [[nodiscard]] std::size_t registered_count() const noexcept { return directory_.size(); }
  /// The connections that are not registered, not yet or no more.
  [[nodiscard]] std::size_t unregistered_count() const noexcept { return waiting_.size(); }
  [[nodiscard]] std::size_t connection_count() const noexcept { return connections_.size(); }
  [[nodiscard]] std::optional<Due> deadline() const noexcept { return machines_.deadline(); }
  [[nodiscard]] const Machines& machines() const noexcept { return machines_; }
  [[nodiscard]] Context& context() noexcept { return machines_.context(); }

 private:
  using Directory = std::map<x25519::PublicKey, Link>;
  struct Connection {
    const typename Directory::value_type* entry = nullptr;  // where it is registered
    std::uint64_t waits_as = 0;  // its key in `waiting_`, where it was not
    std::uint32_t faults = 0;    // of its frames
    bool has_left = false;       // and that was told
  };
  using Connections = std::unordered_map<std::uint32_t, Connection>;
  using Place = typename Connections::iterator;
  /// What a machine says to one call.
  struct Answer {
    std::optional<Fault> refused;
    std::optional<Fault> ended;
  };

 public:
  /// Bytes of a registered connection's own values, without what containers add to them.
  static constexpr std::size_t state_size = Machines::slot_size() +
                                            sizeof(typename Connections::value_type) +
                                            sizeof(typename Directory::value_type);

 private:
  // A call: what the machines cause gathers in the pool, the rest here.

  void begin(const Time& now) {
    now_ = now;
    is_first_ = true;
    told_count_ = 0;
    transmit_ = {};
    to_close_.clear();
    events_.clear();
  }
  Output output() const { return {transmit_, to_close_, events_, deadline()}; }
  Output rejected(Link connection, Fault fault) {
    events_.push_back(Rejected{fault, connection});
    return output();
  }
  template <class Command>
  Answer tell(Link connection, const Command& command) {
    return note(is_first_ ? machines_.handle(connection, command, now_)
                          : machines_.also(connection, command, now_));
  }
  /// What the newest events in `out` say; those before are other machines'.
  Answer note(const handfast::Output<Role>& out) {
    Answer answer;
    for (const auto& event : out.events.subspan(told_count_)) {
      if (const auto* one = std::get_if<Rejected>(&event)) answer.refused = one->fault;
      if (const auto* one = std::get_if<Closed>(&event))
        answer.ended = one->fault.value_or(Fault::link_closed);
    }
    is_first_ = false;
    told_count_ = out.events.size();
    transmit_ = out.transmit;
    return answer;
  }

  // Connections.

  [[nodiscard]] std::size_t unregistered_max() const noexcept {
    return std::max<std::size_t>(config_.unregistered_max, 1);
  }
  void wait(Place place) {
    place->second.waits_as = ++last_place_;
    waiting_.emplace(last_place_, Link{place->first});
  }
  /// Nobody is registered on it from here on.
  void leave(Place place, Fault why) {
    Connection& connection = place->second;
    if (connection.has_left) return;
    connection.has_left = true;
    Left left{{place->first}, std::nullopt, why};
    if (const auto* entry = std::exchange(connection.entry, nullptr)) {
      left.key = entry->first;
      // By its number: the entry may be its successor's already.
      if (entry->second == left.connection ||
          handfast::detail::planted<"closing takes the successor away">)
        directory_.erase(*left.key);
    }
    events_.push_back(left);
  }
  /// Its machine has ended: nothing of it stays.
  void remove(Place place, Fault why) {
    leave(place, why);
    waiting_.erase(place->second.waits_as);
    machines_.close(Link{place->first});
    connections_.erase(place);
  }
  void dismiss(Place place, Fault why) {
    close({place->first});
    remove(place, why);
  }
  /// The application is to close it, after what this call sends on it.
  void close(Link connection) {
    const bool is_last_word = std::ranges::count(transmit_, connection, &Frame::link) > 0;
    to_close_.push_back(
        {connection, is_last_word ? ToClose::When::when_sent : ToClose::When::at_once});
  }
  /// Ends it, whatever its machine waits for.
  void expel(Place place, Fault why) {
    tell(Link{place->first}, LinkClosed{{place->first}});
    dismiss(place, why);
  }
  void misbehaved(Place place, Fault fault) {
    events_.push_back(Rejected{fault, {place->first}});
    const bool is_known =
        place->second.entry || handfast::detail::planted<"guesses before registration are free">;
    if (!is_known || ++place->second.faults >= config_.faults_max) expel(place, fault);
  }

  // Registration.

  void admit(Place place, const x25519::PublicKey& key) {
    const Link connection{place->first};
    const auto other = directory_.find(key);
    const bool is_known = other != directory_.end();
    if (is_known && config_.duplicates == Duplicates::refuse) {
      tell(connection, Decline{});
      return dismiss(place, Fault::already_registered);
    }
    if (!is_known && directory_.size() >= config_.connections_max)
      return expel(place, Fault::limit_reached);

    std::optional<Link> replaced;
    if (is_known) replaced = other->second;
    waiting_.erase(place->second.waits_as);
    place->second.entry = &*directory_.insert_or_assign(key, connection).first;
    if (replaced) supersede(connections_.find(replaced->number));
    tell(connection, Admit{replaced.has_value()});
    events_.push_back(Joined{connection, key, replaced});
  }
  void supersede(Place place) {
    const Link connection{place->first};
    leave(place, Fault::superseded);
    wait(place);
    const Answer answer = tell(connection, Supersede{});
    if (answer.refused || answer.ended)
      dismiss(place, Fault::superseded);
    else
      close(connection);
  }

  // Traffic.

  void carry(Place sender, const Forward& forward) {
    const auto found = directory_.find(forward.recipient);
    Fate fate = Fate::not_available;
    if (found != directory_.end()) {
      const x25519::PublicKey& from = sender->second.entry->first;
      const auto refused = tell(found->second, Deliver{from, forward.payload}).refused;
      if (!refused)
        fate = Fate::forwarded;
      else if (*refused == Fault::back_pressure)
        fate = Fate::busy;
    }
    tell(Link{sender->first}, Report{forward.id, fate});
  }

  RouterConfig config_;
  Machines machines_;
  Directory directory_;
  Connections connections_;
  std::map<std::uint64_t, Link> waiting_;  // those that are not registered, in the order of arrival
  std::uint64_t last_place_ = 0;

  Time now_;
  bool is_first_ = true;
  std::size_t told_count_ = 0;  // of the pool's events
  std::span<const Frame> transmit_;
  std::vector<ToClose> to_close_;
  std::vector<Event> events_;
};

}  // namespace handfast::registration
