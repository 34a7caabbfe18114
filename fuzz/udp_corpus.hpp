#pragma once

// What the targets of udp begin with.

#include "fuzz/target.hpp"
#include "handfast/udp/compat.hpp"

namespace fuzz_corpus {

inline void udp_targets(const std::filesystem::path& folder) {
  namespace compat = udp::compat;
  Target datagrams(folder, "udp_compat_datagrams_fuzz");
  [&]<class... Messages>(List<Messages...>) {
    (datagrams.layout<Json<>, Messages>(), ...);
  }(List<compat::Connect, compat::Connected, compat::Error, compat::Ports>{});
  [&]<class... Messages>(List<Messages...>) {
    (datagrams.layout<Binary, Messages>(), ...);
  }(List<compat::Packet, compat::Data, compat::Heartbeat, compat::Ack>{});
}

}  // namespace fuzz_corpus
