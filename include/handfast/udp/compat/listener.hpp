#pragma once

// A deployed server of many clients: it knows them by where their datagrams come from, which is
// where the seed's fourth flaw is: whoever writes any address into a datagram makes a client. The
// deployed program keeps them all, for ever; here the one that connected first goes.

#include <list>
#include <map>

#include "handfast/core/planted.hpp"
#include "handfast/core/pool.hpp"
#include "handfast/udp/address.hpp"
#include "handfast/udp/compat/server.hpp"

namespace handfast::udp::compat {

/// The machines of a server, each for one address, with a link by which outputs name it and commands
/// find it. What a call returns is valid until the next.
template <Revision revision>
class Listener {
 public:
  using Role = Server<Compat<revision>>;

  /// At most `clients_max` clients, and two more until the next call of `advance`.
  explicit Listener(Context context, std::size_t clients_max = 1000)
      : pool_(std::move(context), clients_max + 2), clients_max_(clients_max) {}

  /// Takes one datagram from `from`, to where the output's frames go. From where nobody has
  /// connected, what is no token is `unexpected_message`; `back_pressure` where one has to go that
  /// has not gone.
  Output<Role> receive(const Address& from, Bytes datagram, const Time& now) {
    const auto known = by_address_.find(from);
    if (known != by_address_.end()) return named(pool_.receive(known->second, datagram, now), now);
    const auto wire = compat::decode(datagram);
    if (!wire) return refused(wire.error(), now);
    if (!std::holds_alternative<Token>(*wire) &&
        !handfast::detail::planted<"packet from nowhere begins a client">)
      return refused(Fault::unexpected_message, now);
    return begin(from, datagram, now);
  }

  /// Does what the application asks of one client; `bad_argument` where there is none of `link`.
  template <class On>
  Output<Role> handle(Link link, const On& command, const Time& now) {
    return settled(pool_.handle(link, command, now), now);
  }

  /// Ends the client that has to go, or advances the one whose deadline is earliest, if it is due.
  /// Call again while the output's deadline is not later.
  Output<Role> advance(const Time& now) {
    if (has_surplus()) return settled(pool_.handle(clients_.front(), Leave{}, now), now);
    return named(pool_.advance(now), now);
  }

  /// Where the frames of the outputs of `link` go, or nullptr.
  [[nodiscard]] const Address* address(Link link) {
    const Place* place = pool_.beside(link);
    return place == nullptr ? nullptr : &place->address;
  }
  [[nodiscard]] std::size_t size() const noexcept { return clients_.size(); }
  [[nodiscard]] Context& context() noexcept { return pool_.context(); }

 private:
  using Order = std::list<Link>;
  struct Place {
    Address address;
    Order::iterator at{};
  };

  [[nodiscard]] bool has_surplus() const noexcept {
    return clients_.size() > clients_max_ &&
           !handfast::detail::planted<"deployed clients without bound">;
  }

  Output<Role> begin(const Address& from, Bytes datagram, const Time& now) {
    do ++last_.number;
    while (pool_.find(last_) != nullptr);
    const Link link = last_;
    if (!pool_.open(link)) return refused(Fault::back_pressure, now);
    *pool_.beside(link) = {from, clients_.end()};
    auto out = pool_.receive(link, datagram, now);
    if (!pool_.find(link)->template in<typename Role::Open>() &&
        !handfast::detail::planted<"who is refused keeps a place">) {
      pool_.close(link);  // it was refused: nothing is kept
      out.link = {};
    } else {
      pool_.beside(link)->at = clients_.insert(clients_.end(), link);
      by_address_.emplace(from, link);
    }
    return named(out, now);
  }
  Output<Role> settled(Output<Role> out, const Time& now) {
    const auto* engine = pool_.find(out.link);
    if (engine != nullptr && engine->template in<typename Role::Ended>()) {
      const Place& place = *pool_.beside(out.link);
      by_address_.erase(place.address);
      clients_.erase(place.at);
      pool_.close(out.link);
    }
    return named(out, now);
  }
  Output<Role> named(Output<Role> out, const Time& now) const {
    out.deadline = has_surplus() ? std::optional(Due{now.steady, "Surplus"}) : pool_.deadline();
    return out;
  }
  Output<Role> refused(Fault fault, const Time& now) {
    rejected_.assign(1, Event<Role>{Rejected{fault, {}}});
    return named({{}, rejected_, {}, false, {}}, now);
  }

  Pool<Role, Unobserved, Place> pool_;
  std::size_t clients_max_;
  std::map<Address, Link> by_address_;
  Order clients_;  // the one that connected first in front
  Link last_;
  std::vector<Event<Role>> rejected_;
};

}  // namespace handfast::udp::compat
