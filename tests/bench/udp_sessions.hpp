#pragma once

// Sessions of udp to be measured: the machines, and the same packets by hand from their keys. By
// hand means the cipher on Botan objects that live as long, and the bytes in their places, with the
// copies that Botan asks for: no parsing, no window, no epochs, no states, nothing wiped.

#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "handfast/udp/listener.hpp"

namespace udp_sessions {

using namespace handfast;
using namespace handfast::udp;
using Key = std::array<std::uint8_t, 32>;
using Bits = std::vector<std::uint8_t>;

inline const Time now{SteadyTime{} + std::chrono::hours(1), UnixTime{} + std::chrono::hours(1)};

/// A measurement of something else than what was meant is worth nothing.
inline void must(bool holds, const char* what) {
  if (!holds) throw std::logic_error(std::string("not measured: ") + what);
}

/// A client's address, as the server sees it. These clients dial their own address: what they send
/// then seems to come from there, and nothing has to be rewritten on its way.
inline Address address_of(std::size_t client) {
  const auto at = [&](int byte) { return static_cast<std::uint8_t>(client >> 8 * byte); };
  return Address::of(std::array<std::uint8_t, 4>{10, at(2), at(1), at(0)}, 1000);
}

/// No key is replaced, so that every packet costs the same.
inline Config endless() {
  Config config;
  config.epoch_packets_max = std::uint64_t{1} << 60;
  config.is_pinned = false;
  return config;
}
inline x25519::PrivateKey identity() {
  return x25519::PrivateKey::from(Bytes(Bits(32, 7))).value();
}

inline Bits frame_of(const auto& out) {
  must(out.transmit.size() == 1, "one frame");
  return {out.transmit[0].bytes.begin(), out.transmit[0].bytes.end()};
}

/// One direction of a session by hand.
struct Flow {
  Key key{};
  Address address;
  IdHalf client_half{}, server_half{};
  std::uint32_t epoch = 0;
  std::uint64_t next = 0;

  /// What a side of `session` sends to `address`.
  [[nodiscard]] static Flow of(const Session& session, const Address& address) {
    Flow flow{{},
              address,
              session.client_half,
              session.server_half,
              session.sending.epoch,
              session.sending.next};
    std::ranges::copy(session.sending.key.bytes(), flow.key.begin());
    return flow;
  }
};

/// Botan's two objects, and memory for a packet.
class ByHand {
 public:
  void set_seal_key(const Flow& flow) { seal_->set_key(flow.key.data(), flow.key.size()); }
  void set_open_key(const Flow& flow) { open_->set_key(flow.key.data(), flow.key.size()); }

  /// The flow's next packet, as it goes out.
  Bytes seal(Flow& flow, Bytes payload) {
    std::uint8_t* const header = frame_.data() + Address::size;
    std::uint8_t* const contents = header + Packet::header_size;
    std::memcpy(frame_.data(), flow.address.raw.data(), Address::size);
    header[0] = Hardened::version;
    header[1] = 4;
    std::memcpy(header + 2, flow.client_half.data(), 4);
    std::memcpy(header + 6, flow.server_half.data(), 4);
    write_big_endian(header + 10, flow.epoch, 4);
    write_big_endian(header + 14, flow.next++, 8);
    std::memset(contents, 0, 4);  // the epoch that was seen
    contents[4] = 1;              // data
    contents[5] = 0;              // without padding
    if (!payload.empty()) std::memcpy(contents + contents_size, payload.data(), payload.size());
    run(*seal_, header, {contents, contents_size + payload.size()});
    std::memcpy(contents, scratch_.data(), scratch_.size());
    return {frame_.data(), Address::size + Packet::header_size + scratch_.size()};
  }
  /// What is in `frame`.
  Bytes open(Bytes frame) {
    const std::uint8_t* const header = frame.data() + Address::size;
    run(*open_, header, frame.subspan(Address::size + Packet::header_size));
    std::memcpy(plaintext_.data(), scratch_.data(), scratch_.size());
    return {plaintext_.data() + contents_size, scratch_.size() - contents_size};
  }

 private:
  static constexpr std::size_t contents_size =
      6;  // bytes of a packet's contents before its payload

  static void write_big_endian(std::uint8_t* out, std::uint64_t number, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i)
      out[i] = static_cast<std::uint8_t>(number >> (8 * (size - 1 - i)));
  }
  /// The nonce is what the header ends with.
  void run(Botan::AEAD_Mode& mode, const std::uint8_t* header, Bytes in) {
    scratch_.assign(in.begin(), in.end());
    mode.set_associated_data(header, Packet::header_size);
    mode.start(header + 10, 12);
    mode.finish(scratch_);
  }
  static Botan::secure_vector<std::uint8_t> room() {
    Botan::secure_vector<std::uint8_t> out;
    out.reserve(frame_size_max);
    return out;
  }

  std::unique_ptr<Botan::AEAD_Mode> seal_ =
      Botan::AEAD_Mode::create_or_throw("ChaCha20Poly1305", handfast::detail::encryption);
  std::unique_ptr<Botan::AEAD_Mode> open_ =
      Botan::AEAD_Mode::create_or_throw("ChaCha20Poly1305", handfast::detail::decryption);
  Botan::secure_vector<std::uint8_t> scratch_ = room();
  Bits frame_ = Bits(frame_size_max), plaintext_ = Bits(frame_size_max);
};

template <class Role>
const Session& session_of(const Engine<Role>& engine) {
  return std::get<typename Role::Established>(engine.state()).session;
}

/// A client and a server, and between them an established session.
struct Machines {
  Machine<Client<>> client{Context(endless())};
  Machine<Server<>> server{Context(endless(), identity())};

  Machines() {
    must(!server.handle(Listen{}, now).fault(), "a server");
    const Bits connect = frame_of(client.handle(Dial{address_of(1), {}}, now));
    const Bits connected = frame_of(server.receive(connect, now));
    const Bits first = frame_of(client.receive(connected, now));
    must(server.receive(first, now).template event<handfast::Established>() != nullptr,
         "a session");
    const Bits answer = frame_of(server.advance(now));
    must(!client.receive(answer, now).fault(), "an answer");
    must(client.in<Client<>::Established>() && server.in<Server<>::Established>(), "both sides");
  }
};

/// A listener and clients whose sessions are established.
struct Crowd {
  struct Member {
    Machine<Client<>> client{Context(endless())};
    Link link;  // of its machine in the listener
  };

  Listener listener;
  std::vector<std::unique_ptr<Member>> members;

  [[nodiscard]] static ListenerConfig config_for(std::size_t count) {
    ListenerConfig config;
    config.session = endless();
    config.sessions_max = count;
    config.half_open_max = config.cookies_from = 1024;
    config.host_cookies_from = 1024;
    config.host_max = 1025;
    return config;
  }

  explicit Crowd(std::size_t count)
      : listener(Listener::make(config_for(count), identity()).value()) {
    for (std::size_t i = 0; i < count; ++i)
      members.push_back(std::make_unique<Member>()), join(*members.back(), i);
    must(listener.established_count() == count, "all sessions");
  }

  void join(Member& member, std::size_t number) {
    const Bits connect = frame_of(member.client.handle(Dial{address_of(number), {}}, now));
    const Bits connected = frame_of(listener.receive(connect, now));
    const Bits first = frame_of(member.client.receive(connected, now));
    const auto out = listener.receive(first, now);
    member.link = out.link;
    must(out.template event<handfast::Established>() != nullptr, "a session");
    must(!member.client.receive(frame_of(listener.advance(now)), now).fault(), "an answer");
    must(member.client.in<Client<>::Established>(), "a client");
  }
};

}  // namespace udp_sessions
