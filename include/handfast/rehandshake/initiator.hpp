#pragma once

// The side that asks.

#include "handfast/core/output.hpp"
#include "handfast/rehandshake/initiating.hpp"

namespace handfast::rehandshake {

template <>
struct Initiator<Hardened> : Initiating<Initiator<Hardened>>, Ending<Initiator<Hardened>> {
  using Context = rehandshake::Context;
  using Links = rehandshake::Links;
  using Receives = List<Response>;
  using Commands = List<Start, Rotate, Stop>;
  using Timers = List<ResponseOverdue, RetryDue, PeriodOver>;
  using Ends = List<states::Idle, states::Confirmed, states::Failed, states::Ended>;
  using Table = Join<typename Initiating<Initiator>::Rows, typename Ending<Initiator>::Rows>;

  using Wire = std::variant<Response>;
  static std::expected<Wire, Fault> decode(Link, Bytes frame, const Context&) {
    return wire::binary::decode_any<Response>(frame);
  }
  template <class Message>
  static void write(const Message& m, Context& c, Frames& frames) {
    frames.append(c.link, text_of(frame_of(m)));
  }
  [[nodiscard]] static bool is_sound(const Config& config) noexcept { return config.is_sound(); }

  using Initiating<Initiator>::react;
  using Ending<Initiator>::react;
};

}  // namespace handfast::rehandshake
