#pragma once

// The roles as the testing kit wants to know them.

#include "handfast/testing/world.hpp"
//
#include "handfast/testing/agreement.hpp"
//
#include "handfast/x3dh.hpp"
#include "handfast/x3dh/counter.hpp"
#include "handfast/x3dh/documented.hpp"

namespace x3dh_test {

using namespace handfast;
using namespace std::chrono_literals;

/// What one side is given: the seeds of both identities, of which the first is the issuer's, and
/// the issuer's signed pre-key.
struct Setting {
  using Bytes32 = std::array<std::uint8_t, 32>;

  x3dh::Config config;
  std::array<Bytes32, 2> seeds{};
  Bytes32 signed_pre_key{};
  x3dh::ConnectionId connection;
  int side = 0;

  [[nodiscard]] xeddsa::PrivateKey identity(int of) const {
    auto key = xeddsa::PrivateKey::from_seed(Secret<32>::from(seeds[static_cast<std::size_t>(of)]));
    return std::move(*key);
  }
};

/// Begins, soon or late; gets in step where it is not; compares fingerprints when it knows the other side, and now and then, not
/// always with the right one.
struct Talker {
  using Seldom = List<x3dh::Stop>;

  explicit Talker(const Setting& setting)
      : connection(setting.connection), is_careful(setting.config.wants_verified) {
    Sha256 sha256;
    fingerprint = x3dh::fingerprint_of(setting.identity(0).public_key(),
                                       setting.identity(1).public_key(), sha256);
  }

  void begin(auto& doing) {
    doing.after(doing.numbers.chance(80) ? Duration{0} : 1s, x3dh::Start{connection});
  }
  void told(const x3dh::Met&, auto& doing) {
    if (is_careful || doing.numbers.chance(50)) doing.after(1s, x3dh::Verify{fingerprint});
  }
  /// Who cannot follow asks, where there is something to ask.
  template <class Role>
  void told(const Rejected& e, testing::Doing<Role>& doing) {
    if constexpr (handfast::detail::contains<x3dh::Synchronize, typename Role::Commands>)
      if (e.fault == Fault::too_far_ahead) doing.after(1s, x3dh::Synchronize{});
  }
  std::optional<x3dh::Start> whim(List<x3dh::Start>, auto&) { return x3dh::Start{connection}; }
  std::optional<x3dh::Verify> whim(List<x3dh::Verify>, auto& doing) {
    x3dh::Verify verify{fingerprint};
    if (doing.numbers.chance(50)) verify.fingerprint[doing.numbers.below(32)] ^= 1;
    return verify;
  }
  std::optional<x3dh::Send> whim(List<x3dh::Send>, auto& doing) {
    static const testing::Kept too_much(x3dh::payload_size_max + 1);
    return x3dh::Send{doing.numbers.chance(2) ? Bytes(too_much) : doing.payload()};
  }

  x3dh::ConnectionId connection;
  bool is_careful;
  x3dh::Fingerprint fingerprint{};
};

template <class Profile>
struct SceneOf {
  static constexpr bool is_hardened = std::same_as<Profile, x3dh::Hardened>;
  static constexpr bool is_documented = std::same_as<Profile, x3dh::Documented>;
  static constexpr std::string_view name = "x3dh";
  static constexpr std::string_view profile = is_hardened     ? "hardened"
                                              : is_documented ? "documented"
                                                              : "counter";
  using Roles = List<x3dh::Issuer<Profile>, x3dh::Holder<Profile>>;
  using Applications = List<Talker, Talker>;
  using Setting = x3dh_test::Setting;
  /// In fields of others, openly.
  using Contents = std::conditional_t<is_hardened, List<x3dh::Content>, List<x3dh::CounterContent>>;
  using Enclosed = handfast::detail::Concat<List<x3dh::EncryptedMessage>,
                                            std::conditional_t<is_documented, List<>, Contents>>;

  static constexpr std::uint64_t seals_of_one_key_max = is_hardened ? 1 : std::uint64_t{1} << 32;
  static constexpr unsigned opens_max = 1;
  static constexpr unsigned derived_max =  // two a key that is skipped
      is_hardened ? 2 * 1000 + 64 : 16;
  static constexpr Duration patience = 30min;
  static constexpr bool ends_alone = true;  // a session has no end that both agree on
  static constexpr Duration exchange_time = 10s;

  static Setting setting(testing::Seeded& numbers) {
    Setting setting;
    const auto draw = [&](auto& bytes) {
      for (auto& byte : bytes) byte = static_cast<std::uint8_t>(numbers.next());
    };
    for (auto& seed : setting.seeds) {
      do draw(seed);
      while (!xeddsa::PrivateKey::from_seed(Secret<32>::from(seed)));
    }
    draw(setting.signed_pre_key);
    std::string connection = std::to_string(numbers.next());
    if (numbers.chance(50)) connection.resize(x3dh::ConnectionId::size_max, 'x');
    setting.connection = x3dh::ConnectionId::parse(connection).value();
    x3dh::Config& config = setting.config;
    if (numbers.chance(30)) config.has_one_time_keys = false;
    if (numbers.chance(30)) config.attempts = 1 + static_cast<std::uint32_t>(numbers.below(4));
    if (numbers.chance(30)) config.late_keys_time = 10s * static_cast<int>(1 + numbers.below(60));
    if (numbers.chance(30) && !is_documented) config.bound_data.resize(numbers.below(129));
    if (numbers.chance(30)) config.info.resize(numbers.below(20));
    config.wants_verified = numbers.chance(25);
    if (numbers.chance(30)) config.peer.emplace();  // and which, `setting_of` says
    return setting;
  }
  static Setting setting_of(const Setting& both, int side) {
    Setting one = both;
    one.side = side;
    if (one.config.peer) one.config.peer = both.identity(1 - side).public_key();
    return one;
  }
  template <class Role>
  static x3dh::Context context(const Setting& setting, Random random) {
    x3dh::Context context(setting.identity(setting.side), setting.config, random);
    if (setting.side == 0)
      context.signed_pre_key = x25519::PrivateKey::from(Bytes(setting.signed_pre_key)).value();
    return context;
  }

  /// The document's own never recovers from anything.
  static Duration recovery_time(const Setting& setting) {
    return is_documented ? Duration::max() : 2 * setting.config.repeat + 2s;
  }
  using Routine = List<x3dh::KeysTooOld>;
  static constexpr std::uint32_t rare_plan_count = 0;
  static testing::Plan rare_plan(std::uint32_t number) { return {number, {}}; }

  /// Who is dishonest signs whatever bundle it makes, and seals whatever it says.
  static void seal(x3dh::states::AwaitingHolder<Profile>& state,
                   typename x3dh::HandshakeOf<Profile>::Bundle m, x3dh::Context& c,
                   Frames& frames) {
    const auto own = state.bundle(c);
    if (m.identity == x25519::PublicKey{}) m.identity = own.identity;
    if (m.signed_pre_key == x25519::PublicKey{}) m.signed_pre_key = own.signed_pre_key;
    if (!m.one_time_pre_key) m.one_time_pre_key = own.one_time_pre_key;
    if (m.connection.empty()) m.connection = own.connection;
    if (const auto id = x3dh::ConnectionId::parse(m.connection);
        id && m.signature == xeddsa::Signature{}) {
      const x3dh::SignedPart<Profile> part(m.signed_pre_key, m.one_time_pre_key, *id);
      m.signature = xeddsa::sign(c.identity, part.bytes()).value();
    }
    if (const auto made = encode(m)) frames.append(c.link, text_of(made->bytes));
  }

  template <class Message>
  static std::optional<testing::KeptFrame> encode(const Message& message) {
    testing::KeptFrame frame;
    if constexpr (wire::HasLayout<Message>) {
      wire::GrowingWriter writer{frame.bytes};
      if (!wire::protobuf::encode(message, writer)) return std::nullopt;
    }
    return frame;
  }
};
static_assert(testing::claims_are_told(SceneOf<x3dh::Hardened>::Roles{}));
static_assert(testing::claims_are_told(SceneOf<x3dh::Counter>::Roles{}));
static_assert(testing::claims_are_told(SceneOf<x3dh::Documented>::Roles{}));

/// The hardened roles, and what a thief can make of what he steals.
struct Scene : SceneOf<x3dh::Hardened> {
  /// A chain's key makes a message's, and that, with the salt of the message, its cipher's.
  static constexpr std::size_t kept_keys_max = ratchet::SkipLimits::kept_max;
  static std::vector<Setting::Bytes32> derive(Bytes stolen, const testing::KeptFrame& frame) {
    auto outer = wire::protobuf::decode<x3dh::EncryptedMessage>(frame.bytes);
    if (const auto initial = wire::protobuf::decode<x3dh::Initial>(frame.bytes))
      outer = wire::protobuf::decode<x3dh::EncryptedMessage>(initial->message);
    if (!outer) return {};
    const auto content = wire::binary::decode<x3dh::Content>(outer->content);
    if (!content) return {};
    static Hkdf hkdf;
    static HmacSha256 hmac;
    static constexpr std::uint8_t one[] = {1};
    std::vector<Setting::Bytes32> keys;
    const Secret<32> message_keys[] = {Secret<32>::from(stolen),
                                       hmac.mac_secret(stolen, Bytes(one))};
    for (const auto& message_key : message_keys) {
      const auto both =
          hkdf.derive<44>(message_key.bytes(), content->salt, bytes_of(x3dh::labels::message));
      std::ranges::copy(both.bytes().template first<32>(), keys.emplace_back().begin());
    }
    return keys;
  }
};

}  // namespace x3dh_test
