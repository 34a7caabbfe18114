#pragma once

// A messenger: a client and its contacts as one thing, still without I/O. What a contact's machine
// sends goes as a message of the client's; what the client is delivered goes to the machine of whoever
// the server says has sent it, and from anybody else it opens nowhere.
//
//   say(key, payload)   needs a session: what is said before there is one waits, so many bytes of it,
//                       and is `Undelivered` where the contact does not answer
//   Handed              the server's word: it is on the contact's connection, or why it is not
//   Opened              the contact's word, under the keys of the session: it has opened it
//
// A message that is neither handed over nor opened may be lost, and is not said again by itself. The
// connection may end and begin again: the sessions with contacts go on. Every move is a row of
// `Client` or of `Peer`.
//
// Who says something to us without our having said anything to him is a stranger, and costs little
// (contacts.hpp).

#include <algorithm>
#include <map>
#include <optional>
#include <variant>
#include <vector>

#include "handfast/core/machine.hpp"
#include "handfast/registration/client.hpp"
#include "handfast/registration/contacts.hpp"

namespace handfast::registration {

/// What an application may choose.
struct MessengerConfig : ContactsConfig {
  Config connection;  // `audience` must be set
  /// Bytes a contact, until there is a session; 64 more for each message.
  std::size_t waiting_size_max = std::size_t{1} << 17;
  std::size_t followed_max = 256;  // messages a contact of which it is told what becomes of them
};

/// Move-only; not for use from two threads at once. Each call returns all that it has caused, valid
/// until the next one.
class Messenger {
 public:
  using Key = x25519::PublicKey;
  using Ticket = registration::Ticket;

  // What the application is told.

  /// What was asked for, or has come, is refused, and has changed nothing. `contact` is who it was to
  /// be said to, or who has sent it, by the server's word; nobody where it is the connection's.
  struct Rejected {
    Fault fault{};
    std::optional<Key> contact;
  };
  /// The server has taken us in; `replaced` where another connection with our key had to go.
  struct Registered {
    bool replaced = false;
  };
  /// The connection is over, and to be closed; `connect` begins anew.
  struct Disconnected {
    std::optional<Fault> why;
  };
  /// `contact` says this.
  struct Heard {
    Key contact;
    Bytes payload;
  };
  /// What was asked for is on its way, or waits for a session.
  struct Said {
    Ticket ticket = 0;
  };
  struct Handed {
    Key contact;
    Ticket ticket = 0;
    Fate fate = Fate::forwarded;
  };
  struct Opened {
    Key contact;
    Ticket ticket = 0;
  };
  /// It has not left, for the contact does not answer.
  struct Undelivered {
    Key contact;
    Ticket ticket = 0;
  };
  using Event =
      std::variant<Rejected, Registered, Disconnected, Heard, Said, Handed, Opened, Undelivered>;

  struct [[nodiscard]] Output {
    std::span<const Frame> transmit;  // to the server, in this order
    std::span<const Event> events;    // in the order in which they happened
    std::optional<Due> deadline;      // call `advance` no later than this

    /// The first event of type `E`, or nullptr.
    template <class E>
    [[nodiscard]] const E* event() const noexcept {
      for (const Event& event : events)
        if (const E* found = std::get_if<E>(&event)) return found;
      return nullptr;
    }
  };

  /// `private_key`: 32 bytes of X25519, for connections and sessions alike.
  Messenger(MessengerConfig config, const Secret<x25519::key_size>& private_key, Random random = {})
      : config_(std::move(config)),
        client_({config_.connection, key_from(private_key), random}),
        contacts_(config_, key_from(private_key), random) {}

  [[nodiscard]] const Key& key() const { return client_.context().identity.public_key(); }
  [[nodiscard]] bool is_registered() const { return client_.in<Client<>::Registered>(); }

  /// A transport to the server is open, after `Disconnected` or for the first time.
  Output connect(const Time& now) {
    begin(now);
    if (client_.in<Client<>::Ended>()) client_ = Machine<Client<>>(std::move(client_.context()));
    heed(client_.handle(Connect{}, now));
    return output();
  }
  /// A frame has come from the server, exactly one.
  Output receive(Bytes frame, const Time& now) {
    begin(now);
    heed(client_.receive({}, frame, now));
    return output();
  }
  /// The transport is gone.
  Output disconnected(const Time& now) {
    begin(now);
    heed(client_.handle(LinkClosed{}, now));
    return output();
  }
  /// Time: everything that is due happens.
  Output advance(const Time& now) {
    begin(now);
    if (is_due(client_.engine().deadline())) heed(client_.advance(now));
    while (machines().is_due(now_)) {
      const auto out = machines().advance(now_);
      Contact& contact = contacts_.of(out.link);
      heed(contact, first(out));
      contacts_.forget_idle_stranger(contact);
    }
    return output();
  }

  /// Says `payload`, at most `peer::payload_size_max` bytes, to `contact`: now where there is a
  /// session, else as soon as there is one; `Said` names it. `Rejected` with `not_allowed_now` where
  /// we are not registered, `too_large`, `back_pressure` where too much waits for the session already,
  /// `limit_reached` where there are too many contacts, what `Meet` refuses, and `rekey` where the
  /// session waits for new keys.
  Output say(const Key& contact, Bytes payload, const Time& now) {
    begin(now);
    const auto said = try_to_say(contact, payload);
    if (said)
      events_.push_back(Said{*said});
    else
      events_.push_back(Rejected{said.error(), contact});
    return output();
  }

  /// Ends what there is with `contact`, and forgets it: what waits is `Undelivered`, and nothing is
  /// told any more of what was said. Its next frame is a stranger's.
  Output forget(const Key& contact, const Time& now) {
    begin(now);
    if (Contact* const known = contacts_.find(contact)) {
      give_up(*known);
      std::erase_if(routed_, [&](const auto& one) { return one.second.contact == contact; });
      contacts_.forget(*known);
    }
    return output();
  }

 private:
  using Contact = Contacts::Contact;

  static x25519::PrivateKey key_from(const Secret<x25519::key_size>& secret) {
    return x25519::PrivateKey::from(secret.dangerous_copy());
  }

  // A call.

  void begin(const Time& now) {
    now_ = now;
    frames_.clear();
    events_.clear();
  }
  Output output() {
    auto due = client_.engine().deadline();
    if (const auto other = machines().deadline(); other && (!due || other->at < due->at))
      due = other;
    return {frames_.view(), events_, due};
  }
  [[nodiscard]] bool is_due(const std::optional<Due>& due) const {
    return due && due->at <= now_.steady;
  }

  // What the client's machine causes.

  void heed(const handfast::Output<Client<>>& out) {
    for (const Frame& frame : out.transmit)
      std::ranges::copy(frame.bytes, frames_.add(frame.link, frame.bytes.size()).begin());
    for (const auto& event : out.events) {
      if (const auto* one = std::get_if<handfast::Rejected>(&event))
        events_.push_back(Rejected{one->fault, {}});
      if (const auto* one = std::get_if<Admitted>(&event))
        events_.push_back(Registered{one->replaced});
      if (const auto* one = std::get_if<Receipted>(&event)) handed(*one);
      if (const auto* one = std::get_if<Closed>(&event)) {
        routed_.clear();  // nobody will say what became of these
        events_.push_back(Disconnected{one->fault});
      }
      // The last of them: what a contact's machine answers is the client's next call.
      if (const auto* one = std::get_if<Delivered>(&event))
        return arrived(Key(one->sender), one->payload);
    }
  }
  void handed(const Receipted& receipt) {
    const auto found = routed_.find(receipt.id);
    if (found == routed_.end()) return;  // of a frame that says nothing, or of long ago
    events_.push_back(Handed{found->second.contact, found->second.ticket, receipt.fate});
    routed_.erase(found);
  }
  void arrived(const Key& sender, Bytes payload) {
    Contact* const contact = contacts_.heard(sender, now_);
    if (!contact) return;
    heed(*contact, first(machines().receive(contact->link, payload, now_)));
    contacts_.forget_idle_stranger(*contact);
  }

  // What the contacts' machines cause.

  [[nodiscard]] Pool<Peer>& machines() noexcept { return contacts_.machines(); }
  /// A call that begins anew in the pool's memory, and not with `also`.
  const handfast::Output<Peer>& first(const handfast::Output<Peer>& out) {
    noted_frames_ = noted_events_ = 0;
    return out;
  }
  /// What is new in `out` since it was last looked at. The id of the client's message that carried
  /// the last of its frames, 0 where it carried none.
  std::uint64_t heed(Contact& contact, const handfast::Output<Peer>& out) {
    const Key& key = contact.key;
    const auto frames = out.transmit.subspan(noted_frames_);
    const auto events = out.events.subspan(noted_events_);
    noted_frames_ = out.transmit.size();
    noted_events_ = out.events.size();
    bool has_keys = false;
    for (const auto& event : events) {
      if (const auto* one = std::get_if<handfast::Rejected>(&event))
        events_.push_back(Rejected{one->fault, key});
      if (const auto* one = std::get_if<Peer::Delivered>(&event))
        events_.push_back(Heard{key, one->payload});
      if (const auto* one = std::get_if<Peer::Acknowledged>(&event)) opened(contact, *one);
      has_keys |= std::holds_alternative<Established>(event) ||
                  std::holds_alternative<Peer::Renewed>(event);
    }
    std::uint64_t route = 0;
    for (const Frame& frame : frames) route = send(key, frame.bytes);
    if (has_keys) say_what_waits(contact);
    if (contacts_.is_in<Peer::Met>(contact)) give_up(contact);
    return route;
  }
  /// Hands a frame to the server; one that cannot go now is lost, as on any network.
  std::uint64_t send(const Key& to, Bytes frame) {
    if (!is_registered()) return 0;
    const auto out = client_.handle(Send{to, frame}, now_);
    const auto* sent = out.event<registration::Sent>();
    const std::uint64_t route = sent != nullptr ? sent->id : 0;
    heed(out);
    return route;
  }
  void opened(Contact& contact, const Peer::Acknowledged& acknowledged) {
    contact.outgoing.acknowledge(acknowledged, [&](Ticket ticket) {
      events_.push_back(Opened{contact.key, ticket});
    });
  }
  void say_what_waits(Contact& contact) {
    while (contact.outgoing.is_waiting()) {
      const auto& next = contact.outgoing.next();
      if (say_now(contact, next.ticket, next.payload.bytes(), false)) return;  // with new keys
      contact.outgoing.pop_next();
    }
  }
  void give_up(Contact& contact) {
    contact.outgoing.give_up([&](Ticket ticket) {
      events_.push_back(Undelivered{contact.key, ticket});
    });
  }

  // What is said.

  std::expected<Ticket, Fault> try_to_say(const Key& key, Bytes payload) {
    if (!is_registered()) return std::unexpected(Fault::not_allowed_now);
    if (payload.size() > peer::payload_size_max) return std::unexpected(Fault::too_large);
    const auto contact = contacts_.spoken_to(key, now_);
    if (!contact) return std::unexpected(contact.error());
    const auto said = try_to_say(**contact, payload);
    contacts_.said(**contact, said.has_value());
    return said;
  }
  std::expected<Ticket, Fault> try_to_say(Contact& contact, Bytes payload) {
    const bool has_session = contacts_.has_session(contact);
    if (has_session && !contact.outgoing.is_waiting()) {
      if (const auto fault = say_now(contact, last_ticket_ + 1, payload, true))
        return std::unexpected(*fault);
      return ++last_ticket_;
    }
    if (!contact.outgoing.has_room(payload.size(), config_.waiting_size_max))
      return std::unexpected(Fault::back_pressure);
    if (!has_session && !contacts_.is_in<Peer::AwaitingAck>(contact)) {
      const auto out = machines().handle(contact.link, Peer::Call{}, now_);
      if (const auto fault = out.fault()) return std::unexpected(*fault);
      heed(contact, first(out));
    }
    contact.outgoing.wait(++last_ticket_, payload);
    return last_ticket_;
  }
  /// Says it in the session that there is; `is_first` where this begins anew in the pool's memory.
  std::optional<Fault> say_now(Contact& contact, Ticket ticket, Bytes payload, bool is_first) {
    const Peer::Send command{payload};
    const auto out = is_first ? first(machines().handle(contact.link, command, now_))
                              : machines().also(contact.link, command, now_);
    const auto* sent = last_event<Peer::Sent>(out);
    if (sent == nullptr) {
      noted_events_ = out.events.size();
      return std::get<handfast::Rejected>(out.events.back()).fault;
    }
    const peer::MessageId id = sent->id;
    const std::uint64_t route = heed(contact, out);
    contact.outgoing.follow(ticket, id, config_.followed_max);
    if (route != 0) routed_.emplace(route, Routed{contact.key, ticket});
    if (routed_.size() > routed_max) routed_.erase(routed_.begin());
    return std::nullopt;
  }
  template <class E>
  static const E* last_event(const handfast::Output<Peer>& out) {
    return out.events.empty() ? nullptr : std::get_if<E>(&out.events.back());
  }

  /// Which message of ours a message of the client's carried.
  struct Routed {
    Key contact;
    Ticket ticket = 0;
  };
  static constexpr std::size_t routed_max = 4096;

  MessengerConfig config_;
  Machine<Client<>> client_;
  Contacts contacts_;
  std::map<std::uint64_t, Routed> routed_;  // by the client's id, until the server says its fate
  Ticket last_ticket_ = 0;

  Time now_;
  std::size_t noted_frames_ = 0, noted_events_ = 0;  // of the pool's
  Frames frames_;
  std::vector<Event> events_;
};

}  // namespace handfast::registration
