#pragma once

// The deployed client and server of either revision, as the testing kit wants to know them. The key
// of the handshake is public, so the attacker writes tokens as it likes.

#include "handfast/testing/world.hpp"
//
#include <limits>

#include "handfast/udp/compat.hpp"

namespace udp_test {

using namespace handfast;
using namespace std::chrono_literals;
namespace compat = udp::compat;

/// Something to say, now and then too much or on a channel that there is none of.
template <udp::Revision revision>
struct CompatUser {
  using Seldom = List<compat::Leave>;

  std::optional<compat::Send> whim(List<compat::Send>, auto& doing) {
    static const testing::Kept too_much(compat::payload_size_max + 1);
    compat::Send send{doing.numbers.chance(2) ? Bytes(too_much) : doing.payload()};
    if (revision == udp::Revision::v0_8 || doing.numbers.chance(2))
      send.header = {0, 1 + static_cast<std::uint32_t>(doing.numbers.below(4)), sequence++, 0};
    if (doing.numbers.chance(2)) send.header.channel = compat::Header::channel_max + 1;
    return send;
  }
  std::optional<compat::Acknowledge> whim(List<compat::Acknowledge>, auto& doing) {
    return compat::Acknowledge{doing.numbers.chance(5) ? ~std::uint32_t{0} : 1, sequence};
  }
  std::uint64_t sequence = 0;
};

template <udp::Revision revision>
struct CompatClientUser : CompatUser<revision> {
  void begin(auto& doing) { doing.now(compat::Start{}); }
};

template <udp::Revision revision>
struct CompatScene {
  static constexpr std::string_view name = "udp";
  static constexpr std::string_view profile =
      revision == udp::Revision::documented ? "documented" : "v0_8";
  using Roles = List<udp::Client<udp::Compat<revision>>, udp::Server<udp::Compat<revision>>>;
  using Applications = List<CompatClientUser<revision>, CompatUser<revision>>;
  using Setting = compat::Config;

  /// One key both ways, for ever.
  static constexpr std::uint64_t seals_of_one_key_max = std::numeric_limits<std::uint64_t>::max();
  static constexpr unsigned opens_max = 1;
  static constexpr unsigned derived_max = 16;
  static constexpr Duration patience = 10min;
  static constexpr Duration exchange_time = 10s;

  static Setting setting(testing::Seeded& numbers) {
    Setting config;
    if (numbers.chance(90)) config.ports = compat::Ports{1, 2, 3};
    if (numbers.chance(30)) config.negotiation_repeat = 1;
    if (numbers.chance(30)) config.ports_delay = 10ms;
    return config;
  }
  static constexpr std::uint32_t rare_plan_count = 0;
  static testing::Plan rare_plan(std::uint32_t number) { return {number, {}}; }

  template <class Role>
  static compat::Context context(const Setting& config, Random random) {
    return {config, random};
  }
  static void before_forging(compat::Context& context) { (void)context.draw(); }
  /// Any bytes as what is in a packet, those of no message too: `documented` has none but data.
  template <class State>
  requires(revision == udp::Revision::v0_8) && requires(State& s) {
    s.key;
    s.key.bytes();
  }
  static void seal_raw(State& state, Bytes contents, compat::Context& c, Frames& frames) {
    compat::write_packet(state.key, contents.size(), c, frames,
                         [&](wire::Writer& writer) { return writer.write(contents); });
  }

  template <class Message>
  static std::optional<testing::KeptFrame> encode(const Message& message) {
    testing::KeptFrame frame{{}, {}};
    wire::GrowingWriter writer{frame.bytes};
    if (!wire::binary::encode(message, writer)) return std::nullopt;
    return frame;
  }
};

}  // namespace udp_test
