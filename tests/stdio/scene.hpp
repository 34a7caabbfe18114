#pragma once

// stdio as the testing kit wants to know it: who the applications are, what may be configured, what
// one input may cost.

#include "handfast/testing/world.hpp"
//
#include <limits>

#include "handfast/stdio.hpp"

namespace stdio_test {

using namespace handfast;
using namespace std::chrono_literals;

/// What an application has to say; once in a while it is too much.
inline Bytes payload(auto& doing) {
  static const testing::Kept too_much(stdio::payload_size_max + 1);
  return doing.numbers.chance(2) ? Bytes(too_much) : doing.payload();
}

/// Starts, with a request or without, asks, and cleans up after itself, soon or too late.
template <class Profile>
struct ParentUser {
  using Seldom = List<stdio::Shutdown, stdio::CleanedUp>;

  void begin(auto& doing) { doing.now(start(doing)); }
  void told(const stdio::CloseConnections&, auto& doing) {
    doing.after(doing.numbers.chance(80) ? Duration{10ms} : 20s, LinkClosed{stdio::channel_link});
  }
  void told(const stdio::CleanUp&, auto& doing) { doing.after(10ms, stdio::CleanedUp{}); }

  std::optional<stdio::Start> whim(List<stdio::Start>, auto& doing) { return start(doing); }
  std::optional<stdio::Send> whim(List<stdio::Send>, auto& doing) {
    return stdio::Send{payload(doing)};
  }

 private:
  static stdio::Start start(auto& doing) {
    const bool may_ask = stdio::HardenedProfile<Profile> && doing.numbers.chance(50);
    return {may_ask ? payload(doing) : Bytes{}};
  }
};

/// Listens, and answers each request once, at once or after a while.
struct ChildUser {
  void told(const stdio::Offered&, auto& doing) {
    doing.after(doing.numbers.chance(80) ? Duration{0} : 50ms, stdio::Listening{40000});
  }
  void told(const stdio::Delivered& e, auto& doing) {
    delivered = e.correlation;
    doing.after(doing.numbers.chance(80) ? Duration{0} : 2s,
                stdio::Respond{e.correlation, payload(doing)});
  }
  std::optional<stdio::Respond> whim(List<stdio::Respond>, auto& doing) {
    return stdio::Respond{delivered + 1, doing.payload()};  // to a request that nobody made
  }
  std::optional<stdio::Notify> whim(List<stdio::Notify>, auto& doing) {
    return stdio::Notify{payload(doing)};
  }
  std::uint64_t delivered = 0;
};

template <class Profile>
struct Scene {
  static constexpr std::string_view name = "stdio";
  using Roles = List<stdio::Parent<Profile>, stdio::Child<Profile>>;
  using Applications = List<ParentUser<Profile>, ChildUser>;
  using Setting = stdio::Config;

  /// Each record of hardened has a key of its own.
  static constexpr std::uint64_t seals_of_one_key_max =
      stdio::HardenedProfile<Profile> ? 1 : std::numeric_limits<std::uint64_t>::max();
  static constexpr unsigned opens_max = stdio::HardenedProfile<Profile> ? 1 : 3;
  static constexpr unsigned derived_max = 4 * 1000 + 64;  // two a key, two keys a message
  static constexpr std::uint64_t window = 3, skip_max = 1000;
  static constexpr Duration patience = 30min;
  static constexpr Duration exchange_time = 60s;

  /// Half of the worlds have room for few records, so that every limit is met, and of these some
  /// wait long for a peer that is lost.
  static Setting setting(testing::Seeded& numbers) {
    Setting config;
    config.duplex = numbers.chance(50);
    if (numbers.chance(50)) {
      config.messages_max = 2 + numbers.below(12);
      config.sequence_max = 24 + numbers.below(12);
      config.epoch_time_max = 10s * static_cast<int>(1 + numbers.below(60));
      if (numbers.chance(30)) config.dead_peer_timeout = config.shutdown_timeout = 1000s;
    }
    if (numbers.chance(20)) config.keepalive_interval = 1s;
    if (numbers.chance(20)) config.response_timeout = 1s;
    if (config.shutdown_timeout == 1000s && numbers.chance(50)) config.dead_peer_timeout = 50s;
    return config;
  }
  /// What hardened promises of one epoch; compat only logs that it is over.
  static testing::UseLimits limits(const Setting& config) requires stdio::HardenedProfile<Profile> {
    return {config.sequence_max, config.messages_max, config.epoch_time_max};
  }
  static std::optional<testing::KeyUse> key_use(const testing::KeptFrame& frame) {
    if (frame.link != stdio::channel_link) return std::nullopt;
    const auto record = wire::binary::decode<stdio::Record>(frame.bytes);
    if (!record) return std::nullopt;
    return testing::KeyUse{record->epoch, record->sequence};
  }
  /// The window's, of two epochs.
  static constexpr std::size_t kept_keys_max = 2 * window;
  /// The key of the message in `frame`: compat's chain key itself, with hardened made of it.
  static std::vector<std::array<std::uint8_t, 32>> derive(Bytes stolen,
                                                          const testing::KeptFrame& frame) {
    if (frame.link != stdio::channel_link) return {};
    std::array<std::uint8_t, 32> key{};
    if constexpr (stdio::HardenedProfile<Profile>) {
      static Hkdf hkdf;
      using Text = stdio::ChainText;
      const auto use = key_use(frame);
      if (!use) return {};
      const auto derived =
          hkdf.derive<32>(stolen, bytes_of(Text::message_salt),
                          {bytes_of(Text::message_info), bytes_of(std::to_string(use->number))});
      std::ranges::copy(derived.bytes(), key.begin());
    } else {
      std::ranges::copy(stolen, key.begin());
    }
    return {key};
  }

  /// By then everything was repeated, as often as it is where nobody answers. A peer that is lost is
  /// noticed later than that, by nobody's
  /// fault: the record that was lost may have been the last that the reserve had room for.
  static Duration recovery_time(const Setting& config) requires stdio::HardenedProfile<Profile> {
    return std::max({config.answer_timeout, config.keepalive_interval,
                     config.response_timeout * config.response_attempts}) +
           100ms;
  }
  using Routine = List<stdio::KeepaliveDue, stdio::RekeyTime, stdio::PeerSilent>;

  /// Hardened counts the reserve too, in one epoch; compat has the document's limit on messages.
  static std::uint64_t seals_alone_max(const Setting& config) {
    return stdio::HardenedProfile<Profile> ? std::min(config.sequence_max, skip_max)
                                           : config.messages_max;
  }
  /// No random bytes for keys, all run long: the parent asks, hears no answer for a while, and keeps
  /// alive until the present keys have no room for anything.
  static constexpr std::uint32_t rare_plan_count = 200;
  static testing::Plan rare_plan(std::uint32_t number) {
    using testing::Deed;
    const auto by_chance = static_cast<std::uint16_t>(number);
    testing::Plan plan{number, {}};
    const auto add = [&](Deed deed, std::uint8_t party, std::uint8_t wait, std::uint8_t choice,
                         std::uint16_t amount) {
      plan.moves.push_back({deed, party, wait, choice, amount});
    };
    constexpr std::uint8_t short_wait = 3, long_wait = 8;  // 20 ms, 6 s
    for (std::uint8_t i = 0; i < 120; ++i) {
      add(Deed::no_random, 0, long_wait, 1, 255);
      if (i == 0 && number % 2 == 0) add(Deed::lose, 1, 0, 0, 7);
      for (std::uint8_t k = 0; i == 0 && k < number % 16; ++k)
        add(Deed::command, 0, short_wait, k, by_chance);
      if (i % 8 == 0) add(Deed::command, 1, short_wait, i, by_chance);
    }
    return plan;
  }

  template <class Role>
  static stdio::Context context(const Setting& config, Random random) {
    return {config, random};
  }
  static void before_forging(stdio::Context& context) { (void)context.draw_nonce(); }

  /// As a session seals, but who is dishonest acknowledges and wishes what it likes.
  template <class State, class Message>
  requires requires(State& s, Message& m) { s.channel.session, m.acknowledged; }
  static void seal(State& state, const Message& message, stdio::Context& c, Frames& frames) {
    testing::Kept contents;
    wire::GrowingWriter writer{contents};
    if (wire::binary::encode(message, writer)) seal_raw(state, contents, c, frames);
  }
  /// Any bytes, those of no message too.
  template <class State>
  requires requires(State& s) { s.channel.session; }
  static void seal_raw(State& state, Bytes contents, stdio::Context& c, Frames& frames) {
    auto& session = state.channel.session;
    auto& epoch = session.sending();
    testing::Kept sealed(contents.size() + c.aead.tag_size);
    const stdio::AssociatedData ad(session.id, epoch.number, epoch.send.next(), session.direction,
                                   c.config.endpoint);
    const auto key = epoch.send.message_key(c.hkdf);
    if (!c.aead.seal(key, c.nonce, ad.bytes(), contents, sealed)) return;
    const stdio::Record record{epoch.number, epoch.send.next(), c.nonce, sealed};
    epoch.send.step(c.hkdf);
    if (const auto frame = encode(record)) frames.append(frame->link, text_of(frame->bytes));
  }

  /// The document trusts the operating system with the child's standard streams.
  static bool is_private(Link link) { return link == stdio::standard_streams; }

  template <class Message>
  static std::optional<testing::KeptFrame> encode(const Message& message) {
    using stdio::channel_link, stdio::standard_streams, testing::KeptFrame, testing::keep;
    if constexpr (requires { message.ciphertext; }) {
      KeptFrame frame{channel_link, {}};
      wire::GrowingWriter writer{frame.bytes};
      if (!wire::binary::encode(message, writer)) return std::nullopt;
      return frame;
    } else {
      const auto text = wire::json::encode(message);
      if (!text) return std::nullopt;
      const bool is_line = requires { message.key; };
      return KeptFrame{is_line ? standard_streams : channel_link, keep(bytes_of(*text))};
    }
  }
};

}  // namespace stdio_test
