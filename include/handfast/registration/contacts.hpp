#pragma once

// Whom a messenger knows, each with a machine of `Peer`: contacts, to whom it has said something, and
// strangers, who have only spoken to it.
//
// Anybody may make a key, so a stranger costs little: of what strangers send before they have a
// session so much is looked at a second, in all and of each; one whose frame proves no key is
// forgotten at once, one who begins a session and does not use it when its time is over, and one
// whose session ends then. There are at most so many of them: who comes then takes the place of
// whoever was silent longest, and that one begins a new session when he speaks again. Contacts stay
// until they are forgotten.

#include <algorithm>
#include <map>
#include <unordered_map>

#include "handfast/core/pool.hpp"
#include "handfast/registration/outgoing.hpp"
#include "handfast/registration/pace.hpp"
#include "handfast/registration/peer.hpp"

namespace handfast::registration {

/// What an application may choose.
struct ContactsConfig {
  peer::Config sessions;            // with contacts
  std::size_t contacts_max = 1000;  // to whom we have said something
  std::size_t strangers_max = 100;  // beside them, who have said HELLO
  // Frames of strangers without a session, each of which costs an X25519, on the average and after a
  // silence; and those of one of them.
  std::uint32_t strangers_a_second = 20;
  std::uint32_t strangers_at_once = 100;
  std::uint32_t stranger_a_second = 1;
  std::uint32_t stranger_at_once = 5;
};

class Contacts {
 public:
  using Key = x25519::PublicKey;

  /// Stays where it is until it is forgotten.
  struct Contact {
    Key key;
    Link link;                // of its machine
    bool is_stranger = true;  // we have never said anything to it
    SteadyTime heard_at{};
    Outgoing outgoing;
  };

  Contacts(const ContactsConfig& config, x25519::PrivateKey key, Random random)
      : config_(config),
        machines_({config.sessions, std::move(key), random},
                  config.contacts_max + config.strangers_max) {}

  [[nodiscard]] Pool<Peer>& machines() noexcept { return machines_; }
  [[nodiscard]] const Pool<Peer>& machines() const noexcept { return machines_; }

  /// nullptr where nobody with this key is known.
  [[nodiscard]] Contact* find(const Key& key) {
    const auto found = all_.find(key);
    return found == all_.end() ? nullptr : &found->second;
  }
  /// Whose machine this is.
  [[nodiscard]] Contact& of(Link link) { return *by_link_.at(link.number); }

  /// Whoever has sent a frame that has come now; nullptr where it is not to be looked at.
  [[nodiscard]] Contact* heard(const Key& sender, const Time& now) {
    Contact* known = find(sender);
    const bool is_paced = !known || (known->is_stranger && !has_session(*known));
    if (is_paced && !in_pace(sender, now)) return nullptr;
    if (!known) {
      if (config_.strangers_max == 0) return nullptr;
      make_room();
      const auto met = meet(sender, now);
      if (!met) return nullptr;
      known = *met;
    }
    known->heard_at = now.steady;
    return known;
  }
  /// Whom something is to be said to; `said` is to follow. `limit_reached` where there are as many
  /// contacts as there may be, and what `Meet` refuses.
  [[nodiscard]] std::expected<Contact*, Fault> spoken_to(const Key& key, const Time& now) {
    Contact* const known = find(key);
    if (known && !known->is_stranger) return known;
    if (all_.size() - strangers_count_ >= config_.contacts_max)
      return std::unexpected(Fault::limit_reached);
    return known ? known : meet(key, now);
  }
  /// Whom we say something to is a stranger no more, and whom nothing could be said to has no place.
  void said(Contact& contact, bool was_said) {
    if (!was_said) return forget_idle_stranger(contact);
    if (contact.is_stranger) --strangers_count_;
    contact.is_stranger = false;
  }

  /// To be called after every move of its machine.
  void forget_idle_stranger(Contact& contact) {
    if (contact.is_stranger && is_in<Peer::Met>(contact)) forget(contact);
  }
  void forget(Contact& contact) {
    if (contact.is_stranger) --strangers_count_;
    machines_.close(contact.link);
    machines_.context().forget_keys();  // the last that were used may be this session's
    by_link_.erase(contact.link.number);
    all_.erase(all_.find(contact.key));
  }

  template <class State>
  [[nodiscard]] bool is_in(const Contact& contact) const {
    return machines_.find(contact.link)->template in<State>();
  }
  [[nodiscard]] bool has_session(const Contact& contact) const {
    return is_in<Peer::Established>(contact) || is_in<Peer::RenewingAwaitingAck>(contact) ||
           is_in<Peer::RenewingAwaitingFrame>(contact);
  }

 private:
  /// A new stranger.
  std::expected<Contact*, Fault> meet(const Key& key, const Time& now) {
    const Link link{last_link_ + 1};
    if (const auto opened = machines_.open(link); !opened) return std::unexpected(opened.error());
    if (const auto fault = machines_.handle(link, Peer::Meet{key}, now).fault()) {
      machines_.close(link);
      return std::unexpected(*fault);
    }
    ++last_link_;
    ++strangers_count_;
    Contact& made = all_[key];
    made.key = key;
    made.link = link;
    by_link_.emplace(link.number, &made);
    return &made;
  }
  /// Whether a frame of this stranger, who has no session, is looked at.
  bool in_pace(const Key& stranger, const Time& now) {
    Pace& own = paces_[stranger];
    const bool may = own.allows(config_.stranger_a_second, config_.stranger_at_once, now) &&
                     pace_.takes_one(config_.strangers_a_second, config_.strangers_at_once, now);
    if (may) own.take(config_.stranger_a_second, now);
    if (paces_.size() > paces_max) {
      const auto by_time = [](const auto& one) { return one.second.on_time; };
      paces_.erase(std::ranges::min_element(paces_, {}, by_time));
    }
    return may;
  }
  /// For one more stranger: whoever was silent longest goes.
  void make_room() {
    if (strangers_count_ < config_.strangers_max) return;
    Contact* silent = nullptr;
    for (auto& [key, one] : all_)
      if (one.is_stranger && (!silent || one.heard_at < silent->heard_at)) silent = &one;
    forget(*silent);
  }

  static constexpr std::size_t paces_max = 256;

  ContactsConfig config_;
  Pool<Peer> machines_;
  std::map<Key, Contact> all_;
  std::unordered_map<std::uint32_t, Contact*> by_link_;
  std::uint32_t last_link_ = 0;
  std::size_t strangers_count_ = 0;  // of all
  Pace pace_;                        // of strangers
  std::map<Key, Pace> paces_;        // of those who came last
};

}  // namespace handfast::registration
