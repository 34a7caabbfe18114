#pragma once

// The hardened client and one server of it as the testing kit wants to know them. A client may come
// to be elsewhere; before it does, its address and the server's are the same, since a frame has
// room for one of the two only and nobody asks whose it is.

#include "handfast/testing/world.hpp"
//
#include "handfast/testing/agreement.hpp"
//
#include "handfast/udp.hpp"
#include "tests/udp/nonces.hpp"

namespace udp_test {

using namespace handfast;
using namespace std::chrono_literals;

/// Where a client is that has moved so often; the server is where nobody has moved.
inline udp::Address place(unsigned moved) {
  return udp::Address::of(std::array<std::uint8_t, 4>{192, 0, 2, 1},
                          static_cast<std::uint16_t>(6711 + moved));
}

/// What an application has to say; once in a while it is too much.
inline Bytes payload(auto& doing) {
  static const testing::Kept too_much(udp::payload_size_max + 1);
  return doing.numbers.chance(2) ? Bytes(too_much) : doing.payload();
}

/// What both of a session are given.
struct Setting {
  udp::Config config;
  std::array<std::uint8_t, 32> server{};  // private key
  std::array<std::uint8_t, 32> left{};    // the secret of a session before this one
  udp::ResumptionId left_id{};
  bool client_has_left = false, server_has_left = false;
  bool leave_soon = false;
};

/// Dials, with something to say at once or without.
struct ClientUser {
  using Seldom = List<udp::Disconnect>;

  explicit ClientUser(const Setting& setting) : leaves_soon(setting.leave_soon) {}

  void begin(auto& doing) { doing.now(dial(doing)); }
  void told(const udp::Agreed&, auto& doing) {
    if (leaves_soon) doing.after(30ms, udp::Disconnect{});
  }
  std::optional<udp::Dial> whim(List<udp::Dial>, auto& doing) { return dial(doing); }
  std::optional<udp::Send> whim(List<udp::Send>, auto& doing) { return udp::Send{payload(doing)}; }
  bool leaves_soon;

 private:
  static udp::Dial dial(auto& doing) {
    return {place(0), doing.numbers.chance(50) ? payload(doing) : Bytes{}};
  }
};

/// Listens, but not for ever.
struct ServerUser {
  using Seldom = List<udp::Disconnect>;

  explicit ServerUser(const Setting& setting) : leaves_soon(setting.leave_soon) {}

  void begin(auto& doing) {
    doing.now(udp::Listen{});
    doing.after(2min, udp::Disconnect{});
  }
  void told(const udp::Agreed&, auto& doing) {
    doing.planned.clear();
    if (leaves_soon) doing.after(10ms, udp::Disconnect{});
  }
  std::optional<udp::Send> whim(List<udp::Send>, auto& doing) { return udp::Send{payload(doing)}; }
  bool leaves_soon;
};

struct HardenedScene {
  static constexpr std::string_view name = "udp";
  static constexpr std::string_view profile = "hardened";
  using Roles = List<udp::Client<>, udp::Server<>>;
  using Applications = List<ClientUser, ServerUser>;
  using Setting = udp_test::Setting;

  static constexpr unsigned opens_max = 1;
  static constexpr unsigned derived_max = 24;
  static constexpr Duration patience = 10min;
  static constexpr Duration exchange_time = 10s;

  /// Where there is but one session half of the clients know no server's key: of two servers such a
  /// client may meet either, and the worlds could not tell a relay from that.
  static Setting setting(testing::Seeded& numbers, int sessions) {
    Setting setting;
    for (auto* secret : {&setting.server, &setting.left})
      for (auto& byte : *secret) byte = static_cast<std::uint8_t>(numbers.next());
    for (auto& byte : setting.left_id) byte = static_cast<std::uint8_t>(numbers.next());
    udp::Config& config = setting.config;
    config.is_pinned = sessions > 1 || numbers.chance(50);
    if (config.is_pinned) config.server_key = identity(setting).public_key();
    config.wants_cookies = numbers.chance(30);
    setting.client_has_left = numbers.chance(40);
    setting.server_has_left = setting.client_has_left && numbers.chance(70);
    if (numbers.chance(50)) {
      config.epoch_packets_max = 2 + numbers.below(6);
      config.epoch_time_max = 10s * static_cast<int>(1 + numbers.below(12));
      if (numbers.chance(30)) config.old_key_time = 20s;
    }
    if (numbers.chance(15)) config.epoch_max = static_cast<std::uint32_t>(numbers.below(8));
    if (numbers.chance(10)) config.counter_max = 2 * udp::Config::counter_reserve;
    if (numbers.chance(20)) {
      config.connect_attempts = 2 + static_cast<std::uint32_t>(numbers.below(4));
      config.resume_attempts = 1;
    }
    if (numbers.chance(20)) config.close_attempts = 1;
    setting.leave_soon = numbers.chance(15);
    if (numbers.chance(10)) config.failed_opens_max = 1 + numbers.below(3);
    if (numbers.chance(20)) config.heartbeat_interval = 2s, config.silence_timeout = 9s;
    return setting;
  }
  static constexpr std::uint32_t rare_plan_count = 24;
  static testing::Plan rare_plan(std::uint32_t number) { return RarePlan(number).plan; }

  static x25519::PrivateKey identity(const Setting& setting) {
    return x25519::PrivateKey::from(Bytes(setting.server)).value();
  }

  /// By then all was said as often as it is, or the silence was noticed.
  static Duration recovery_time(const Setting& setting) {
    return setting.config.silence_timeout + 10s;
  }
  using Routine =
      List<udp::HeartbeatDue, udp::OldKeyDue, udp::WornOut, udp::DrainOver, udp::ChallengeDue>;

  /// A key is that of one direction of one session, in one epoch.
  static std::optional<testing::KeyUse> key_use(const testing::KeptFrame& frame) {
    const auto packet = wire::binary::decode<udp::Packet>(frame.bytes);
    if (!packet) return std::nullopt;
    std::uint64_t session = 0;
    for (const std::uint8_t byte : packet->server_half) session = session << 8 | byte;
    return testing::KeyUse{session << 32 | packet->epoch, packet->counter};
  }
  static testing::UseLimits limits(const Setting& setting) {
    const udp::Config& config = setting.config;
    return {config.counter_max, config.epoch_packets_max, config.epoch_time_max};
  }

  // Addresses.

  static constexpr std::size_t address_size = udp::Address::size;
  static constexpr int roaming_side = 0;
  static constexpr bool draws_in_vain = true;  // the path stays as it is, until a packet is newer
  static bool carry(testing::KeptFrame& frame, unsigned sender, unsigned receiver) {
    const auto address = std::span(frame.bytes).first<address_size>();
    if (!std::ranges::equal(address, place(receiver).bytes())) return false;
    std::ranges::copy(place(sender).bytes(), address.begin());
    return true;
  }

  template <class Role>
  static udp::Context context(const Setting& setting, Random random) {
    const auto left = [&] {
      return udp::Resumption{setting.left_id, Secret<32>::from(setting.left)};
    };
    if constexpr (std::same_as<Role, udp::Client<>>) {
      udp::Context context(setting.config, random);
      if (setting.client_has_left) context.resumption = left();
      return context;
    } else {
      udp::Context context(setting.config, identity(setting), random);
      constexpr Time begin{{}, UnixTime{std::chrono::hours(24 * 365 * 50 + 1000)}};
      if (setting.server_has_left) context.resumptions.put(left(), place(0).host(), {1, 1}, begin);
      return context;
    }
  }

  /// What does not open is counted, and too much of it ends the session.
  template <class State>
  requires requires(State& s) { s.session.failed_opens; }
  static auto failures(State& state) {
    return std::tie(state.session.failed_opens, state.session.worn_out.at);
  }

  /// As a session seals, but who is dishonest says what it likes of what it has seen, and to where
  /// the other side is.
  template <class State, class Message>
  requires requires(State& s, const Message& m) { s.session, m.seen_epoch; }
  static void seal(State& state, const Message& message, udp::Context& c, Frames& frames) {
    testing::Kept contents;
    wire::GrowingWriter writer{contents};
    if (wire::binary::encode(message, writer)) seal_raw(state, contents, c, frames);
  }
  /// Any bytes, those of no message too.
  template <class State>
  requires requires(State& s) { s.session; }
  static void seal_raw(State& state, Bytes contents, udp::Context& c, Frames& frames) {
    udp::Session& session = state.session;
    udp::Sending& sending = session.sending;
    udp::Packet packet{place(0),      session.client_half, session.server_half,
                       sending.epoch, sending.next,        {}};
    testing::Kept sealed(contents.size() + udp::Ciphers::tag_size);
    packet.ciphertext = sealed;
    const auto unsealed = encode(packet);
    if (!unsealed) return;
    const Bytes header = Bytes(unsealed->bytes).subspan(address_size, udp::Packet::header_size);
    if (!c.ciphers.seal(sending.key, nonce_of(packet.epoch, packet.counter), header, contents,
                        sealed))
      return;
    ++sending.next;
    ++sending.sent_in_epoch;
    if (const auto frame = encode(packet)) frames.append(c.link, text_of(frame->bytes));
  }

  template <class Message>
  static std::optional<testing::KeptFrame> encode(const Message& message) {
    testing::KeptFrame frame;
    wire::GrowingWriter writer{frame.bytes};
    if (!wire::binary::encode(message, writer)) return std::nullopt;
    return frame;
  }

 private:
  /// What takes a session that one damaged packet ends, or one of which nothing is proven.
  struct RarePlan {
    testing::Plan plan;

    explicit RarePlan(std::uint32_t number) {
      fill(number);
      wait(hundred_ms);  // in which what was planned comes about
    }

   private:
    void fill(std::uint32_t number) {
      using testing::Deed;
      const std::uint32_t kind = number % 4;
      plan.setting = alone(number, kind != 3);
      if (kind == 0) {  // the server's first packet comes damaged
        wait(one_ms), wait(one_ms);
        return add(Deed::flip, 1, in_ciphertext);
      }
      if (kind == 1) {  // the client's
        wait(one_ms);
        return add(Deed::flip, 0, in_ciphertext);
      }
      // The client is elsewhere as soon as it has asked, and asks again from there: no address is
      // proven, and nothing is left to pay with once it is challenged. Then its answer is damaged; or
      // it is lost, and what comes after it seems to come from somewhere else again.
      add(Deed::close, 0, 0);
      wait(hundred_ms);
      for (int i = 0; i < 3; ++i) wait(one_ms);
      if (kind == 2) return add(Deed::flip, 0, in_ciphertext);
      add(Deed::lose, 0, 0);
      wait(five_ms);
      add(Deed::flip, 0, in_address);
    }

    static constexpr std::uint8_t one_ms = 1, five_ms = 2, hundred_ms = 4;      // of testing::waits
    static constexpr std::uint16_t in_address = 8 * 3, in_ciphertext = 8 * 50;  // bits

    void add(testing::Deed deed, std::uint8_t party, std::uint16_t amount) {
      plan.moves.push_back({deed, party, 0, 0, amount});
    }
    void wait(std::uint8_t time) {  // the clock of the day is set to what it says
      plan.moves.push_back({testing::Deed::skew, 0, time, 0, 32768});
    }
    /// The seed of a setting with one session that begins anew and at once.
    static std::uint32_t alone(std::uint32_t number, bool ends_on_damage) {
      for (std::uint32_t seed = number << 16;; ++seed) {
        testing::Seeded numbers(seed);
        if (numbers.below(4) >= 2) continue;
        const Setting one = setting(numbers, 1);
        if (!one.config.wants_cookies && !one.client_has_left && one.config.connect_attempts > 4 &&
            (ends_on_damage ? one.config.failed_opens_max == 1 : one.leave_soon))
          return seed;
      }
    }
  };
};
static_assert(testing::claims_are_told(HardenedScene::Roles{}));

}  // namespace udp_test
