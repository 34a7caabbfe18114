#pragma once

// Two contacts as the testing kit wants to know them: the same role on both sides.

#include "handfast/testing/world.hpp"
//
#include "handfast/testing/agreement.hpp"
//
#include "handfast/registration/peer.hpp"

namespace peer_test {

using namespace handfast;
using namespace std::chrono_literals;
using registration::Peer;
namespace peer = handfast::registration::peer;

/// What one side is given.
struct Setting {
  peer::Config config;
  std::array<std::uint8_t, 32> own{}, contact{};  // private keys
  [[nodiscard]] static x25519::PrivateKey key(Bytes bytes) {
    return x25519::PrivateKey::from(bytes).value();
  }
};

/// Meets the contact, soon or late, and calls whenever there is no session, else seldom.
struct ContactUser {
  explicit ContactUser(const Setting& setting)
      : contact(Setting::key(setting.contact).public_key()) {}

  void begin(auto& doing) {
    const Duration later = doing.numbers.chance(80) ? Duration{0} : 1s;
    doing.after(later, peer::Meet{contact});
    if (doing.numbers.chance(60)) doing.after(later, peer::Call{});
  }
  void told(const peer::Unreachable&, auto& doing) {
    if (doing.numbers.chance(50)) doing.after(5s, peer::Call{});
  }
  void told(const Established&, auto&) { is_in_session = true; }
  void told(const peer::SessionOver&, auto& doing) {
    is_in_session = false;
    if (doing.numbers.chance(50)) doing.now(peer::Call{});
  }
  std::optional<peer::Meet> whim(List<peer::Meet>, auto&) { return peer::Meet{contact}; }
  std::optional<peer::Call> whim(List<peer::Call>, auto& doing) {
    if (is_in_session && !doing.numbers.chance(20)) return std::nullopt;
    return peer::Call{};
  }
  std::optional<peer::Send> whim(List<peer::Send>, auto& doing) {
    static const testing::Kept too_much(peer::payload_size_max + 1);
    return peer::Send{doing.numbers.chance(2) ? Bytes(too_much) : doing.payload()};
  }

  x25519::PublicKey contact;
  bool is_in_session = false;
};

struct Scene {
  static constexpr std::string_view name = "registration";
  static constexpr std::string_view profile = "peers";
  using Roles = List<Peer, Peer>;
  using Applications = List<ContactUser, ContactUser>;
  using Setting = peer_test::Setting;

  static constexpr std::uint64_t seals_of_one_key_max = 1;
  static constexpr unsigned opens_max = 1;
  static constexpr unsigned derived_max = 4 * 1000 + 64;  // two a key, two keys a message
  static constexpr std::uint64_t window = peer::key_window, skip_max = peer::skip_max;
  static constexpr Duration patience = 30min;
  static constexpr Duration exchange_time = 60s;

  /// Half of the worlds have sessions that end soon, on one side earlier than on the other.
  static Setting setting(testing::Seeded& numbers) {
    Setting setting;
    for (auto* key : {&setting.own, &setting.contact})
      for (auto& byte : *key) byte = static_cast<std::uint8_t>(numbers.next());
    if (numbers.chance(50)) {
      setting.config.messages_max = 4 + numbers.below(20);
      setting.config.reserve_count = numbers.chance(50) ? 1 : 16;
      setting.config.ahead_max = setting.config.reserve_count + 2 + numbers.below(12);
      setting.config.session_time_max = 16s * static_cast<int>(1 + numbers.below(20));
      setting.config.renew_again = numbers.chance(50) ? Duration{10s} : 1h;
    }
    const bool is_short = setting.config.session_time_max < 1h;
    if (numbers.chance(is_short ? 50 : 20)) setting.config.hello_attempts = 1;
    return setting;
  }
  static Setting setting_of(const Setting& both, int side) {
    Setting one = both;
    if (side == 0) return one;
    std::swap(one.own, one.contact);
    if (one.config.session_time_max < 1h && one.own[0] % 2 == 0) one.config.session_time_max *= 3;
    if (one.own[1] % 2 == 0)
      one.config.ahead_max = peer::skip_max, one.config.messages_max = 10'000;
    return one;
  }
  template <class Role>
  static peer::Context context(const Setting& setting, Random random) {
    return {setting.config, Setting::key(setting.own), random};
  }

  /// One side is cut off: all the time, so that its session ends and the other's does not; or so that
  /// it hears everything and is heard by nobody, until nothing is left to acknowledge with.
  static constexpr std::uint32_t rare_plan_count = 80;
  static testing::Plan rare_plan(std::uint32_t number) {
    using testing::Deed;
    constexpr std::uint8_t tenth = 4, second = 6, some = 8, minute = 10, long_time = 11;  // waits
    testing::Plan plan{number / 2, {}};
    const auto add = [&](Deed deed, std::uint8_t party, std::uint8_t wait, bool hears,
                         std::uint16_t amount) {
      plan.moves.push_back({deed, party, wait, static_cast<std::uint8_t>(!hears), amount});
    };
    add(Deed::command, 0, second, false, 1);
    add(Deed::command, 1, some, false, 2);
    if (number % 2 == 0) {
      for (std::uint16_t i = 0; i < 8; ++i) {
        add(Deed::partition, 0, tenth, false, minute);
        for (std::uint16_t k = 0; k < 3; ++k)
          add(Deed::command, 1, k == 0 ? minute : tenth, false,
              static_cast<std::uint16_t>(8 * i + k));
      }
    } else {
      add(Deed::partition, 0, tenth, true, long_time);
      for (std::uint16_t i = 0; i < 150; ++i) add(Deed::command, 1, second, false, i);
    }
    return plan;
  }

  static std::uint64_t seals_alone_max(const Setting& setting) { return setting.config.ahead_max; }

  /// Who is dishonest proves what it says, and acknowledges what it likes.
  template <class State>
  requires requires(State& s) { s.contact; }
  static void seal(State& state, peer::Hello hello, peer::Context& c, Frames& frames) {
    if (hello.half == peer::SessionHalf{}) (void)c.random.fill(hello.half);
    hello.proof = peer::proof_of(c.hmac, state.contact.keys.hello, hello, c.identity.public_key(),
                                 state.contact.key);
    append(hello, c, frames);
  }
  template <class State>
  requires requires(State& s) { s.contact; }
  static void seal(State& state, peer::NewSession news, peer::Context& c, Frames& frames) {
    news.proof = peer::proof_of(c.hmac, state.contact.keys.new_session, news,
                                c.identity.public_key(), state.contact.key);
    append(news, c, frames);
  }
  template <class State, class Message>
  requires requires(State& s, Message& m) { s.sessions, m.acknowledged; }
  static void seal(State& state, const Message& message, peer::Context& c, Frames& frames) {
    peer::seal(state.sessions.current, message, state.contact, c, frames);
  }
  template <class State>
  requires requires(State& s) { s.contact; }
  static void seal(State&, const peer::HelloAck& ack, peer::Context& c, Frames& frames) {
    append(ack, c, frames);
  }
  /// Any bytes, those of no message too, in the present session.
  template <class State>
  requires requires(State& s) { s.sessions; }
  static void seal_raw(State& state, Bytes contents, peer::Context& c, Frames& frames) {
    auto& session = state.sessions.current;
    testing::Kept sealed(contents.size() + c.aead.tag_size);
    peer::Frame frame{
        c.identity.public_key() < state.contact.key, session.id, session.send.next(), {}};
    const peer::detail::AssociatedData ad(frame, c.identity.public_key(), state.contact.key);
    const auto key = session.send.message_key(c.hkdf);
    if (!c.aead.seal(key, registration::nonce_of(frame.counter), ad.bytes(), contents, sealed))
      return;
    session.send.step(c.hkdf);
    frame.ciphertext = sealed;
    if (const auto made = encode(frame)) frames.append(c.link, text_of(made->bytes));
  }

  /// By then HELLO was said as often as it is where nobody answers, twice.
  static Duration recovery_time(const Setting& setting) {
    return setting.config.hello_repeat * (2 * setting.config.hello_attempts + 2) +
           setting.config.frame_timeout + setting.config.renew_again;
  }
  using Routine = List<peer::FrameDue, peer::RenewDue, peer::TooOld>;

  /// The window's, of three sessions.
  static constexpr std::size_t kept_keys_max = 3 * window;
  static std::vector<std::array<std::uint8_t, 32>> derive(Bytes stolen,
                                                          const testing::KeptFrame& frame) {
    const auto sealed = wire::binary::decode<peer::Frame>(frame.bytes);
    if (!sealed) return {};
    static Hkdf hkdf;
    using Text = peer::ChainText;
    const auto derived =
        hkdf.derive<32>(stolen, bytes_of(Text::message_salt),
                        {bytes_of(Text::message_info), bytes_of(std::to_string(sealed->counter))});
    std::array<std::uint8_t, 32> key{};
    std::ranges::copy(derived.bytes(), key.begin());
    return {key};
  }

  template <class Message>
  static std::optional<testing::KeptFrame> encode(const Message& message) {
    testing::KeptFrame frame;
    if constexpr (wire::HasLayout<Message>) {
      wire::GrowingWriter writer{frame.bytes};
      if (!wire::binary::encode(message, writer)) return std::nullopt;
    }
    return frame;
  }

 private:
  template <class Message>
  static void append(const Message& message, peer::Context& c, Frames& frames) {
    if (const auto made = encode(message)) frames.append(c.link, text_of(made->bytes));
  }
};
static_assert(testing::claims_are_told(Scene::Roles{}));

}  // namespace peer_test
