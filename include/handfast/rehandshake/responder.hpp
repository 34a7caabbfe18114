#pragma once

// The side that is asked.

#include "handfast/core/output.hpp"
#include "handfast/rehandshake/responding.hpp"

namespace handfast::rehandshake {

template <>
struct Responder<Hardened> : Responding<Responder<Hardened>>, Ending<Responder<Hardened>> {
  using Context = rehandshake::Context;
  using Links = rehandshake::Links;
  using Receives = List<Request, Complete>;
  using Commands = List<Rotate, Stop>;
  using Timers = List<CompleteOverdue>;
  using Ends = List<states::Idle, states::Confirmed, states::Ended>;
  using Table = Join<typename Responding<Responder>::Rows, typename Ending<Responder>::Rows>;

  using Wire = std::variant<Request, Complete>;
  static std::expected<Wire, Fault> decode(Link, Bytes frame, const Context&) {
    return wire::binary::decode_any<Request, Complete>(frame);
  }
  static void write(const Response& m, Context& c, Frames& frames) {
    frames.append(c.link, text_of(frame_of(m)));
  }
  [[nodiscard]] static bool is_sound(const Config& config) noexcept { return config.is_sound(); }

  using Responding<Responder>::react;
  using Ending<Responder>::react;
};

}  // namespace handfast::rehandshake
