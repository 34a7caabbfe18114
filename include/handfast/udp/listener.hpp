#pragma once

// A server of many clients: which datagram is whose, and how many there may be of what. A session is
// found by its connection id, never by an address; a Connect that comes again by all that it says.
//
// Who says Connect and never comes back costs little and for a short time: there are so many
// half-open sessions, the oldest goes when one more begins, and none of them takes the place of one
// that is established. Where there are many already, or many of one host, only who shows by a cookie
// where it is gets any further, and for the others nothing is kept. Where more are established than
// there may be, the one that was silent for longest is told that it is over.

#include <map>
#include <set>

#include "handfast/core/pool.hpp"
#include "handfast/udp.hpp"

namespace handfast::udp {

/// What an application may choose for all its clients.
struct ListenerConfig {
  Config session;
  std::size_t sessions_max = 1024;  // that are established
  std::size_t half_open_max = 256;  // that are not yet
  std::size_t cookies_from = 64;    // half-open ones on: then only who shows a cookie gets further
  std::size_t host_max = 16;        // sessions of one host, half-open ones among them
  std::size_t host_cookies_from = 4;  // of them on, likewise

  [[nodiscard]] bool is_sound() const noexcept {
    constexpr std::size_t most = std::size_t{1} << 24;
    for (const std::size_t one : {sessions_max, half_open_max, host_max})
      if (one == 0 || one > most) return false;
    return session.is_sound() && cookies_from <= half_open_max && host_cookies_from <= host_max;
  }
};

/// The machines of a server, each with a link of its own by which outputs name it and commands find
/// it. What a call returns is valid until the next.
class Listener {
 public:
  using Role = Server<>;
  using Pool = handfast::Pool<Role>;

  /// A listener with the static key that its clients may know, or with none. `bad_argument` for a
  /// configuration that cannot work.
  [[nodiscard]] static std::expected<Listener, Fault> make(ListenerConfig config,
                                                           x25519::PrivateKey key,
                                                           Random random = {}) {
    if (!config.is_sound()) return std::unexpected(Fault::bad_argument);
    return Listener(std::move(config), std::move(key), random);
  }

  /// Takes one frame. What is for no session and asks for none is `wrong_session`, or what is wrong
  /// with it; `back_pressure` where its host has as many as it may.
  Output<Role> receive(Bytes frame, const Time& now) {
    if (frame.size() > frame_size_max) return refused(Fault::oversized);
    auto wire = wire::binary::decode_any<Connect, Packet>(frame);
    if (!wire) return refused(wire.error());
    if (const auto* packet = std::get_if<Packet>(&*wire)) {
      const auto found = by_id_.find({packet->client_half, packet->server_half});
      if (found == by_id_.end()) return refused(Fault::wrong_session);
      return settled(pool_.receive(found->second, frame, now), now);
    }
    const Connect& connect = std::get<Connect>(*wire);
    const auto said = by_connect_.find(told(connect));
    if (said != by_connect_.end()) return settled(pool_.receive(said->second, frame, now), now);
    return begin(connect, frame, now);
  }

  /// Does what the application asks of one session.
  template <class On>
  Output<Role> handle(Link link, const On& command, const Time& now) {
    return settled(pool_.handle(link, command, now), now);
  }

  /// Advances the one session whose deadline is earliest, if it is due. Call again while the
  /// output's deadline is not later.
  Output<Role> advance(const Time& now) { return settled(pool_.advance(now), now); }

  [[nodiscard]] std::size_t half_open_count() const noexcept { return half_open_.size(); }
  [[nodiscard]] std::size_t established_count() const noexcept { return established_.size(); }
  /// All of them, those that are about to end too.
  [[nodiscard]] std::size_t size() const noexcept { return pool_.size(); }
  /// What the machine of `link` is in, or nullptr.
  [[nodiscard]] const Engine<Role>* find(Link link) const { return pool_.find(link); }
  [[nodiscard]] udp::Context& context() noexcept { return pool_.context(); }
  /// Bytes of one session, without its places in the indices: about 300 more.
  [[nodiscard]] static consteval std::size_t session_size() noexcept { return Pool::slot_size(); }

 private:
  struct Id {
    IdHalf client{}, server{};
    auto operator<=>(const Id&) const = default;
  };
  /// All that a Connect says, without where it comes from and without a cookie.
  using Told = std::array<std::uint8_t, Connect::size - 32>;
  struct Place {
    Id id;
    Told told{};
    Host host{};
  };

  Listener(ListenerConfig config, x25519::PrivateKey key, Random random)
      : config_(std::move(config)),
        pool_(udp::Context(config_.session, std::move(key), random),
              config_.sessions_max + 2 * config_.half_open_max) {}

  static Told told(const Connect& connect) {
    Connect plain = connect;
    plain.cookie = {};
    const auto all = *wire::binary::encode(plain);
    constexpr std::size_t before = Address::size + 3 + 32 + 16 + 4;
    Told made{};
    const auto rest = std::copy(all.begin() + Address::size, all.begin() + before, made.begin());
    std::copy(all.begin() + before + 32, all.end(), rest);
    return made;
  }

  Output<Role> begin(const Connect& connect, Bytes frame, const Time& now) {
    udp::Context& c = pool_.context();
    const auto host = hosts_.find(connect.from.host());
    const std::size_t of_host = host == hosts_.end() ? 0 : host->second;
    c.config.wants_cookies = config_.session.wants_cookies ||
                             half_open_.size() >= config_.cookies_from ||
                             of_host >= config_.host_cookies_from;
    // Whose address nobody has shown is not counted against its host: it may be another's.
    if (of_host >= config_.host_max &&
        !handfast::detail::planted<"sessions of one host without bound"> &&
        c.cookies.verify(connect, c.hmac, c.config.cookie_time, now))
      return refused(Fault::back_pressure);

    const Link link = free_link();
    if (!pool_.open(link)) return refused(Fault::limit_reached);
    (void)pool_.handle(link, Listen{}, now);
    Output<Role> out = pool_.receive(link, frame, now);
    const auto* half_open = std::get_if<Role::HalfOpen>(&pool_.find(link)->state());
    if (half_open == nullptr) {  // it was refused, or asked for a cookie: nothing is kept
      pool_.close(link);
      out.deadline = pool_.deadline();
      return out;
    }
    const Id id{half_open->connected.client_half, half_open->connected.server_half};
    if (by_id_.contains(id)) {  // the client asks again, and gets another
      pool_.close(link);
      return refused(Fault::back_pressure);
    }
    const Place place{id, told(connect), connect.from.host()};
    by_id_.emplace(id, link);
    by_connect_.emplace(place.told, link);
    ++hosts_[place.host];
    places_.emplace(link, place);
    half_open_.insert(link);
    if (half_open_.size() > config_.half_open_max &&
        !handfast::detail::planted<"half-open sessions without bound">)
      forget(*half_open_.begin());
    out.deadline = pool_.deadline();
    return out;
  }

  /// Keeps the lists in step with what a call has made of its session.
  Output<Role> settled(Output<Role> out, const Time& now) {
    const Link link = out.link;
    const auto* engine = pool_.find(link);
    if (engine == nullptr || !places_.contains(link)) return out;
    if (engine->in<Role::Listening>() || engine->in<Role::Ended>()) {
      forget(link);
    } else if (!engine->in<Role::HalfOpen>() && half_open_.erase(link) > 0) {
      established_.insert(link);
      if (established_.size() > config_.sessions_max) out = dismiss_idlest(link, now);
    }
    if (!engine_is<Role::Established>(link)) established_.erase(link);
    out.deadline = pool_.deadline();
    out.link = link;
    return out;
  }

  /// Tells the session that was silent for longest that it is over; `newest` is not meant.
  Output<Role> dismiss_idlest(Link newest, const Time& now) {
    Link idlest = newest;
    SteadyTime silent = never;
    for (const Link one : established_) {
      const auto* state = std::get_if<Role::Established>(&pool_.find(one)->state());
      if (one != newest && state != nullptr && state->session.peer_silent.at < silent)
        silent = state->session.peer_silent.at, idlest = one;
    }
    established_.erase(idlest);
    return pool_.also(idlest, Disconnect{}, now);
  }

  template <class State>
  [[nodiscard]] bool engine_is(Link link) const {
    const auto* engine = pool_.find(link);
    return engine != nullptr && engine->template in<State>();
  }

  void forget(Link link) {
    const auto found = places_.find(link);
    if (found == places_.end()) return;
    by_id_.erase(found->second.id);
    by_connect_.erase(found->second.told);
    const auto host = hosts_.find(found->second.host);
    if (--host->second == 0) hosts_.erase(host);
    half_open_.erase(link);
    established_.erase(link);
    places_.erase(found);
    pool_.close(link);
  }

  /// Links rise, so that the lowest of those half-open is the oldest; they come round after 2^32.
  Link free_link() {
    do ++last_.number;
    while (places_.contains(last_));
    return last_;
  }

  Output<Role> refused(Fault fault) {
    rejected_.assign(1, Event<Role>{Rejected{fault, {}}});
    return {{}, rejected_, pool_.deadline(), false, {}};
  }

  ListenerConfig config_;
  Pool pool_;
  std::map<Id, Link> by_id_;
  std::map<Told, Link> by_connect_;
  std::map<Host, std::size_t> hosts_;
  std::map<Link, Place> places_;
  std::set<Link> half_open_, established_;
  Link last_;
  std::vector<Event<Role>> rejected_;
};

}  // namespace handfast::udp
