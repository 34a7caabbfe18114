#pragma once

// The hardened roles as the testing kit wants to know them: an initiator and a responder, or two
// peers. All sessions of a world have the same keys, so that it is the session's id or the channel
// that tells one from another; and who is dishonest proves what it says, with those keys.

#include "handfast/testing/world.hpp"
//
#include "handfast/testing/agreement.hpp"
//
#include "handfast/rehandshake.hpp"

namespace rehandshake_test {

using namespace handfast;
using namespace std::chrono_literals;

/// What one side of a session is given.
struct Setting {
  rehandshake::Config config;
  rehandshake::SessionId session{};
  std::optional<std::array<std::uint8_t, 32>> exporter;  // what the channel is known by
  bool is_first = true;
  bool rotates = false;  // applications take other keys, of themselves and not both at once

  static constexpr Duration rotated_after = 20s;

  [[nodiscard]] rehandshake::SessionKeys keys(std::uint32_t epoch) const {
    testing::Kept one(32, static_cast<std::uint8_t>(epoch + 1)), other(32, 100);
    if (!is_first) std::swap(one, other);
    return {session, Secret<32>::from(Bytes(one)), Secret<32>::from(Bytes(other)), epoch};
  }
  [[nodiscard]] rehandshake::ChannelBinding binding() const {
    using rehandshake::ChannelBinding;
    return exporter ? ChannelBinding::of(*exporter) : ChannelBinding::none();
  }
};

/// Takes other keys once in a while, or what are none.
struct Asked {
  using Seldom = List<rehandshake::Stop, rehandshake::Rotate>;

  explicit Asked(const Setting& setting) : rotates(setting.rotates) {
    for (const std::uint32_t epoch : {1u, 2u}) later.push_back(setting.keys(epoch));
  }
  void begin(auto& doing) {
    if (rotates) doing.after(Setting::rotated_after, rehandshake::Rotate{&later[1]});
  }
  std::optional<rehandshake::Rotate> whim(List<rehandshake::Rotate>, auto& doing) {
    if (!rotates || doing.numbers.chance(10)) return rehandshake::Rotate{};
    return rehandshake::Rotate{&later[doing.numbers.below(later.size())]};
  }
  bool rotates;
  std::vector<rehandshake::SessionKeys> later;  // of later epochs
};

/// The same, and begins, soon or late; where nobody has answered, again.
struct Asking : Asked {
  explicit Asking(const Setting& setting) : Asked(setting) {}

  void begin(auto& doing) {
    Asked::begin(doing);
    if (doing.numbers.chance(70))
      doing.after(doing.numbers.chance(70) ? Duration{0} : 1s, rehandshake::Start{});
  }
  void told(const rehandshake::FellBack&, auto& doing) {
    if (doing.numbers.chance(30)) doing.after(5s, rehandshake::Start{rehandshake::Cause::resumed});
  }
};

template <class First, class Second, class FirstUser, class SecondUser>
struct SceneOf {
  static constexpr std::string_view name = "rehandshake";
  using Roles = List<First, Second>;
  using Applications = List<FirstUser, SecondUser>;
  using Setting = rehandshake_test::Setting;

  static constexpr unsigned opens_max = 0;
  static constexpr unsigned derived_max = 2;  // one proof that came, one that goes
  static constexpr Duration patience = 10min;
  static constexpr Duration exchange_time = 10s;

  /// A period is longer than all attempts for one cause, so that there are moments of rest.
  static Setting setting(testing::Seeded& numbers) {
    Setting setting;
    const auto draw = [&](auto& bytes) {
      for (auto& byte : bytes) byte = static_cast<std::uint8_t>(numbers.next());
    };
    draw(setting.config.local_id);
    draw(setting.config.remote_id);
    if (numbers.chance(50)) draw(setting.exporter.emplace());
    if (!setting.exporter || numbers.chance(50)) draw(setting.session);
    setting.rotates = numbers.chance(25);
    rehandshake::Config& config = setting.config;
    if (numbers.chance(30)) config.attempts_max = 1 + static_cast<std::uint32_t>(numbers.below(4));
    if (numbers.chance(20)) config.back_off_max = 1s;
    if (numbers.chance(30)) config.period = 10s * static_cast<int>(4 + numbers.below(12));
    if (numbers.chance(20)) config.challenges_max = 1 + numbers.below(4);
    return setting;
  }
  static Setting setting_of(const Setting& both, int side) {
    Setting one = both;
    one.is_first = side == 0;
    if (side == 1) std::swap(one.config.local_id, one.config.remote_id);
    return one;
  }
  template <class Role>
  static rehandshake::Context context(const Setting& setting, Random random) {
    return {setting.keys(0), setting.binding(), setting.config, random};
  }

  /// By then an attempt is over, and one of the other side's that gave way to it, and the pause after
  /// that. Where one side has other keys than its peer nothing is well.
  static Duration recovery_time(const Setting& setting) {
    const rehandshake::Config& config = setting.config;
    if (setting.rotates) return Duration::max();
    return 2 * config.timeout + config.pause_after(config.attempts_max) + 100ms;
  }
  using Routine = List<rehandshake::PeriodOver>;
  static constexpr std::uint32_t rare_plan_count = 0;
  static testing::Plan rare_plan(std::uint32_t number) { return {number, {}}; }

  /// Who is dishonest proves what it asks: of this session, and at about this time, unless it says
  /// another one. Runs are known by their RESPONSE: it has no other one than it has made.
  template <class State>
  static void seal(State&, rehandshake::Request m, rehandshake::Context& c, Frames& frames) {
    constexpr std::uint64_t a_year = 31'536'000'000;  // milliseconds
    m.session = c.proof_macs.session;
    if (m.timestamp < a_year) m.timestamp = rehandshake::unix_ms(c.now);
    auto frame = rehandshake::frame_of(m);
    prove(frame, {rehandshake::labels::request, c.proof_macs.own_initiator, {}}, c);
    frames.append(c.link, text_of(frame));
  }
  /// Any bytes, those of no message too, where a proof would be the last of them.
  template <class State>
  static void seal_raw(State& state, Bytes contents, rehandshake::Context& c, Frames& frames) {
    using rehandshake::Request, rehandshake::Response;
    testing::Kept frame = testing::keep(contents);
    if (is_of<Request>(contents))
      prove(frame, {rehandshake::labels::request, c.proof_macs.own_initiator, {}}, c);
    if constexpr (requires { state.answered; })
      if (is_of<Response>(contents)) prove(frame, response_of(state, c), c);
    frames.append(c.link, text_of(frame));
  }

  template <class Message>
  static std::optional<testing::KeptFrame> encode(const Message& message) {
    testing::KeptFrame frame;
    wire::GrowingWriter writer{frame.bytes};
    if (!wire::binary::encode(message, writer)) return std::nullopt;
    return frame;
  }

 private:
  /// What a proof is made with, beside the message that it is in.
  struct Proving {
    std::string_view label;
    KeyedHmacSha256& key;
    Bytes heard;  // before the message
  };
  static Proving response_of(auto& state, rehandshake::Context& c) {
    return {rehandshake::labels::response, c.proof_macs.own_responder, state.answered.request};
  }
  static void prove(std::span<std::uint8_t> frame, const Proving& by, rehandshake::Context& c) {
    if (frame.size() < sizeof(rehandshake::Proof) || !by.key.has_key()) return;  // who has ended
    const std::size_t size = frame.size() - sizeof(rehandshake::Proof);
    const auto proof =
        by.key.mac({bytes_of(by.label), c.binding.bytes(), by.heard, Bytes(frame).first(size)});
    std::ranges::copy(proof, frame.subspan(size).begin());
  }
  template <class Message>
  static bool is_of(Bytes frame) {
    return frame.size() > 1 && frame[1] == rehandshake::frame_of(Message{})[1];
  }
};

struct HardenedScene : SceneOf<rehandshake::Initiator<>, rehandshake::Responder<>, Asking, Asked> {
  static constexpr std::string_view profile = "hardened";
};
struct PeerScene : SceneOf<rehandshake::Peer<>, rehandshake::Peer<>, Asking, Asking> {
  static constexpr std::string_view profile = "peers";
};
static_assert(testing::claims_are_told(HardenedScene::Roles{}));
static_assert(testing::claims_are_told(PeerScene::Roles{}));

}  // namespace rehandshake_test
