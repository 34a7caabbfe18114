#pragma once

// A server of many clients: which datagram is whose, and how many there may be of what. A session is
// found by its connection id, never by an address; a Connect that comes again by all that it says.
//
// Who says Connect and never comes back costs little and for a short time: there are so many
// half-open sessions, the oldest goes when one more begins, and none of them takes the place of one
// that is established. Where there are many already, or many of one host, only who shows by a cookie
// where it is gets any further, and for the others nothing is kept. Where more are established than
// there may be, the one that was silent for longest is told that it is over; of too many that are
// about to end, the oldest is over. A session counts for the host where it has shown to be, and for
// half-open as long as it has not shown that. All that has to go goes with `advance`, one for each
// call. Who was silent for how long is known to an eighth of a second: a packet that is not the first
// in that time changes nothing in the order.

#include <bit>

#include "handfast/core/pool.hpp"
#include "handfast/udp.hpp"
#include "handfast/udp/roll.hpp"

namespace handfast::udp {

/// What an application may choose for all its clients.
struct ListenerConfig {
  Config session;
  std::size_t sessions_max = 1024;  // that are established
  std::size_t half_open_max = 256;  // that are not yet
  std::size_t ending_max = 256;     // that are about to end
  std::size_t cookies_from = 64;    // half-open ones on: then only who shows a cookie gets further
  std::size_t host_max = 16;        // sessions of one host, half-open ones among them
  std::size_t host_cookies_from = 4;  // of them on, likewise

  [[nodiscard]] bool is_sound() const noexcept {
    constexpr std::size_t most = std::size_t{1} << 24;
    for (const std::size_t one : {sessions_max, half_open_max, ending_max, host_max})
      if (one == 0 || one > most) return false;
    // A host has places left for who shows that it is there, whatever others say in its name.
    return session.is_sound() && cookies_from <= half_open_max && host_cookies_from < host_max;
  }
};

/// The machines of a server. Each has a link, by which outputs name it and commands find it: the
/// server's half of its connection id, as a number. Which link a frame of an output has means
/// nothing: the address in it says where it goes. What a call returns is valid until the next. Before
/// `Established` there is nothing to keep for a link: of a half-open session that nobody came back to
/// the application is not told.
class Listener {
 public:
  using Role = Server<>;

  /// A listener with the static key that its clients may know, or with none. `bad_argument` for a
  /// configuration that cannot work.
  [[nodiscard]] static std::expected<Listener, Fault> make(ListenerConfig config,
                                                           x25519::PrivateKey key,
                                                           Random random = {}) {
    if (!config.is_sound()) return std::unexpected(Fault::bad_argument);
    return Listener(std::move(config), std::move(key), random);
  }

  /// Takes one frame. What is for no session and asks for none is `wrong_session`, or what is wrong
  /// with it; `back_pressure` where its host has as many as it may, or what has to go has not gone.
  Output<Role> receive(Bytes frame, const Time& now) {
    if (frame.size() > frame_size_max) return refused(Fault::oversized, now);
    if (const auto link = named_by(frame)) {
      if (!has(*link)) return refused(Fault::wrong_session, now);
      return heard(pool_.receive(*link, frame, now), now);
    }
    const auto decoded = wire::binary::decode_any<Connect, Packet>(frame);
    if (!decoded) return refused(decoded.error(), now);
    const Connect& connect = std::get<Connect>(*decoded);
    bool& wants_cookies = context().config.wants_cookies = is_under_load(connect.from.host());
    // Who gets a cookie, or nothing, costs no more than that; whoever is known comes back with it.
    if (wants_cookies && !connect.has_cookie()) return at_door(frame, now);
    const ConnectName name = name_of(connect, context().sha256);
    if (const auto said = roll_.find(name)) return heard(pool_.receive(*said, frame, now), now);
    return begin(connect, name, frame, now);
  }

  /// Does what the application asks of one session; `bad_argument` where there is none of `link`.
  template <class On>
  Output<Role> handle(Link link, const On& command, const Time& now) {
    if (!has(link)) return refused(Fault::bad_argument, now);
    return settled(pool_.handle(link, command, now), now);
  }

  /// Ends a session that has to go, or advances the one whose deadline is earliest, if it is due.
  /// Call again while the output's deadline is not later.
  Output<Role> advance(const Time& now) {
    if (const auto link = surplus()) return settled(pool_.handle(*link, Disconnect{}, now), now);
    return settled(pool_.advance(now), now);
  }

  [[nodiscard]] std::size_t half_open_count() const noexcept { return roll_.size(Roll::half_open); }
  [[nodiscard]] std::size_t established_count() const noexcept {
    return roll_.size(Roll::established);
  }
  [[nodiscard]] std::size_t ending_count() const noexcept { return roll_.size(Roll::ending); }
  [[nodiscard]] std::size_t size() const noexcept { return roll_.size(); }
  /// What the machine of `link` is in, or nullptr.
  [[nodiscard]] const auto* find(Link link) const {
    return link == door ? nullptr : pool_.find(link);
  }
  /// What all sessions share. Its `wants_cookies` is the listener's to set.
  [[nodiscard]] udp::Context& context() noexcept { return pool_.context(); }
  /// Bytes of one session, without its places in the indices.
  [[nodiscard]] static consteval std::size_t session_size() noexcept { return Pool::slot_size(); }

 private:
  /// The machine of this link is no session: it waits for the next.
  static constexpr Link door{0};

  /// Which session a machine is.
  struct Name {
    Roll::Place place = 0;
    std::uint32_t heard = 0;  // the moment in which it was, last, at an address that it has shown
  };
  using Pool = handfast::Pool<Role, Unobserved, Name>;

  /// Moments of an eighth of a second; only whether two are the same means anything.
  static std::uint32_t moment_of(SteadyTime at) noexcept {
    return static_cast<std::uint32_t>(at.time_since_epoch().count() >> 27);
  }

  Listener(ListenerConfig config, x25519::PrivateKey key, Random random)
      : config_(std::move(config)),
        pool_(udp::Context(config_.session, std::move(key), random),
              1 + config_.sessions_max + config_.half_open_max + config_.ending_max) {}

  static Link link_of(const IdHalf& half) noexcept {
    const auto number = std::bit_cast<std::uint32_t>(half);
    return Link{std::endian::native == std::endian::little ? std::byteswap(number) : number};
  }

  /// Whose packet `frame` says that it is, or nothing where it is none.
  static std::optional<Link> named_by(Bytes frame) noexcept {
    constexpr std::size_t size_min = Address::size + Packet::short_size;
    const Bytes datagram = frame.size() < size_min ? Bytes{} : frame.subspan(Address::size);
    if (datagram.empty() || datagram[0] != Hardened::version || datagram[1] != 4)
      return std::nullopt;
    IdHalf half{};
    constexpr std::size_t at = 2 + half.size();  // behind version, type and the client's half
    std::copy_n(datagram.data() + at, half.size(), half.data());
    return link_of(half);
  }

  /// Whether there is a session of `link`.
  [[nodiscard]] bool has(Link link) const { return find(link) != nullptr; }

  /// Who has to go, because there are more of its kind than there may be.
  [[nodiscard]] std::optional<Link> surplus() const {
    if (roll_.size(Roll::half_open) > config_.half_open_max &&
        !handfast::detail::planted<"half-open sessions without bound">)
      return roll_.longest_silent(Roll::half_open);
    if (roll_.size(Roll::established) > config_.sessions_max &&
        !handfast::detail::planted<"established sessions without bound">)
      return roll_.longest_silent(Roll::established);
    if (roll_.size(Roll::excess) > 0) return roll_.longest_silent(Roll::excess);
    if (roll_.size(Roll::ending) > config_.ending_max &&
        !handfast::detail::planted<"ending sessions without bound">)
      return roll_.longest_silent(Roll::ending);
    return std::nullopt;
  }

  [[nodiscard]] bool is_under_load(const Host& host) const {
    return config_.session.wants_cookies || half_open_count() >= config_.cookies_from ||
           roll_.count_of(host) >= config_.host_cookies_from;
  }

  /// The machine at the door takes a Connect of somebody new.
  Output<Role> at_door(Bytes frame, const Time& now) {
    if (pool_.find(door) == nullptr) {
      if (!pool_.open(door)) return refused(Fault::back_pressure, now);
      (void)pool_.handle(door, Listen{}, now);
    }
    return named(pool_.receive(door, frame, now), door, now);
  }

  /// Nobody has said `connect` before: the machine that answers is a session if it has begun one.
  Output<Role> begin(const Connect& connect, const ConnectName& name, Bytes frame,
                     const Time& now) {
    udp::Context& c = context();
    // Who has not shown to be there is asked for a cookie: it may be another.
    if (roll_.count_of(connect.from.host()) >= config_.host_max &&
        !handfast::detail::planted<"sessions of one host without bound"> &&
        c.cookies.verify(connect, c.config.cookie_time, now))
      return refused(Fault::back_pressure, now);
    Output<Role> out = at_door(frame, now);
    const auto* engine = pool_.find(door);
    const auto* begun = engine ? std::get_if<Role::HalfOpen>(&engine->state()) : nullptr;
    if (begun == nullptr) return out;  // nothing is kept
    const Link link = link_of(begun->session.server_half);
    if (!pool_.rename(door, link)) {  // another has this name: the client asks again
      drop(door);
      return refused(Fault::back_pressure, now);
    }
    pool_.beside(link)->place = roll_.add(link, name, connect.from.host());
    return named(std::move(out), link, now);
  }

  /// Keeps the order in step with what a call has made of its session.
  Output<Role> settled(Output<Role>&& out, const Time& now) {
    const auto* engine = find(out.link);
    if (engine == nullptr || engine->template in<Role::Established>())
      return named(std::move(out), out.link, now);
    const Roll::Place place = pool_.beside(out.link)->place;
    if (engine->template in<Role::Listening>() || engine->template in<Role::Ended>()) {
      forget(out.link, place);
      out.deadline = pool_.deadline();
    } else if (!engine->template in<Role::HalfOpen>() && roll_.stage_of(place) != Roll::ending) {
      roll_.move(place, Roll::ending);
    }
    return named(std::move(out), out.link, now);
  }
  /// The same where something has come.
  Output<Role> heard(Output<Role>&& out, const Time& now) {
    const auto* engine = pool_.find(out.link);
    const auto* state = engine ? std::get_if<Role::Established>(&engine->state()) : nullptr;
    if (state == nullptr) return settled(std::move(out), now);
    Name& name = *pool_.beside(out.link);
    const std::uint32_t moment = moment_of(state->session.peer_silent.at);
    const bool is_heard =
        moment != name.heard || handfast::detail::planted<"what is forged keeps a session">;
    const bool has_moved = out.template event<Moved>() != nullptr;
    const Address* shown = is_heard || has_moved ? state->paths.shown() : nullptr;
    if (shown != nullptr && roll_.stage_of(name.place) != Roll::excess) {
      name.heard = moment;
      show(name.place, shown->host(), is_heard, has_moved);
    }
    return named(std::move(out), out.link, now);
  }
  /// A session is where it has shown to be: its host has one more, which may be one too many.
  void show(Roll::Place place, const Host& host, bool is_heard, bool has_moved) {
    const bool is_new = roll_.stage_of(place) != Roll::established;
    if ((is_new || has_moved) && host != roll_[place].host &&
        !handfast::detail::planted<"host of a session that has moved kept">) {
      roll_.count_for(place, host);
      if (roll_.count_of(host) > config_.host_max) return roll_.move(place, Roll::excess);
    }
    if (is_heard || is_new) roll_.move(place, Roll::established);
  }
  void forget(Link link, Roll::Place place) {
    if (const auto moved = roll_.remove(place)) pool_.beside(*moved)->place = place;
    drop(link);
  }
  void drop(Link link) {
    pool_.close(link);
    context().forget_keys();
  }
  /// The same output as that of `link`, due at once where somebody has to go.
  Output<Role> named(Output<Role>&& out, Link link, const Time& now) const {
    out.link = link;
    if (surplus()) out.deadline = Due{now.steady, "Surplus"};
    return std::move(out);
  }
  Output<Role> refused(Fault fault, const Time& now) {
    rejected_.assign(1, Event<Role>{Rejected{fault, {}}});
    return named({{}, rejected_, pool_.deadline(), false, {}}, {}, now);
  }

  ListenerConfig config_;
  Pool pool_;
  Roll roll_;
  std::vector<Event<Role>> rejected_;
};

}  // namespace handfast::udp
