#pragma once

// What a compiler proves of the roles of udp over a network that loses datagrams, brings them twice
// and lets one overtake another: wherever a run has come the two are not stuck, no honest message
// arrives where its table refuses it, and an end is always within reach. Nothing here is code. It
// takes fifteen seconds, so that udp.hpp does not include it: one source file of a program that
// does has the proof in its own build.

#include "handfast/core/compose.hpp"
#include "handfast/udp/client.hpp"
#include "handfast/udp/compat.hpp"
#include "handfast/udp/server.hpp"

namespace handfast {

namespace udp::detail {
inline constexpr Channel network = Channel::lossy | Channel::duplicating | Channel::reordering;
}

/// Two messages in flight each way make twelve thousand configurations of the two: more than
/// compose.hpp has room for.
template <>
struct detail::VerdictOn<udp::Client<>, udp::Server<>, udp::detail::network, 2> {
  static constexpr Verdict value =
      settled_verdict<udp::Client<>, udp::Server<>, udp::detail::network, 2, 12'800, 0>();
};

}  // namespace handfast

namespace handfast::udp {

static_assert(never_stuck<Client<>, Server<>, detail::network>());
// Where less befalls the datagrams, one in flight each way; the tests explore more.
static_assert(never_stuck_within<1, Client<>, Server<>, Channel::reliable, Channel::lossy,
                                 Channel::lossy | Channel::duplicating>());
static_assert(
    never_stuck<Client<Compat<Revision::documented>>, Server<Compat<Revision::documented>>,
                Channel::reliable, Channel::lossy, detail::network>());
static_assert(never_stuck<Client<Compat<Revision::v0_8>>, Server<Compat<Revision::v0_8>>,
                          Channel::reliable, Channel::lossy, detail::network>());

}  // namespace handfast::udp
