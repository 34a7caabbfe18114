#pragma once

// What both deployed roles are given, and how they put what they say into datagrams.

#include <optional>
#include <variant>

#include "handfast/core/engine.hpp"
#include "handfast/core/fields.hpp"
#include "handfast/core/planted.hpp"
#include "handfast/crypto/aead.hpp"
#include "handfast/crypto/fernet.hpp"
#include "handfast/crypto/hkdf.hpp"
#include "handfast/crypto/random.hpp"
#include "handfast/udp/compat/messages.hpp"
#include "handfast/udp/profiles.hpp"
#include "handfast/wire/base64.hpp"
#include "handfast/wire/binary.hpp"
#include "handfast/wire/json.hpp"

namespace handfast::udp::compat {

/// NET_OBS_KEY: 16 bytes to sign with, 16 to encrypt with. It stands in the program that everybody
/// has: whoever wants to reads and writes tokens.
inline constexpr auto net_obs_key = [] {
  std::array<std::uint8_t, Fernet::key_size> key{};
  (void)wire::base64::decode("OdiXEOXdvwgWfIizYjdEguhN-IP7eyqp9oITq_0MiBs=", key,
                             wire::base64::url_padded);
  return key;
}();

inline constexpr std::string_view key_info = "bittrrt-chacha20poly1305";

/// What an application may choose.
struct Config {
  std::array<std::uint8_t, Fernet::key_size> obfuscation_key = net_obs_key;
  Duration negotiation_delay = 100ms;     // until the client connects again
  std::uint32_t negotiation_repeat = 50;  // how often it does in all, at least once
  /// Server, v0_8: what it tells each client; without them it refuses, in these words.
  std::optional<Ports> ports;
  Duration ports_delay = 5s;
  std::string no_ports = "No ports available";
};

/// The context of the deployed roles. Move-only; not for two threads at once.
struct Context {
  Context() = default;
  Context(Config c, Random r = {})
      : config(std::move(c)), random(r) {}  // NOLINT: a configuration is a context in the making

  /// Draws what makes the one datagram of the row under way unlike all others; false where the
  /// random source fails.
  [[nodiscard]] bool draw() {
    if (handfast::detail::planted<"deployed nonce never drawn">) return true;
    return random.fill(fresh).has_value();
  }
  [[nodiscard]] Fernet::Iv iv() const noexcept { return fresh; }
  [[nodiscard]] Bytes nonce() const noexcept { return Bytes{fresh}.first(nonce_size); }

  /// Wipes what the primitives' objects still hold of the last key.
  void forget_keys() {
    if (handfast::detail::planted<"deployed key kept after the end">) return;
    hkdf.forget();
    aead.forget();
  }

  Time now;
  Link link;
  Config config;
  Random random;
  std::array<std::uint8_t, Fernet::iv_size> fresh{};
  std::array<std::uint8_t, 8 * heartbeat_hops> hops{};  // of the heartbeat that is sent
  std::uint64_t token_count = 0;  // v0_8: what goes before the next token's JSON
  Fernet fernet;
  Hkdf hkdf;
  Aead<ChaCha20Poly1305> aead;
  static constexpr auto fields = Fields{&Context::token_count};
};

using Links = List<LinkKind<"network", Framing::datagram, datagram_size_max>>;

/// The key of both ways. `low_order_key` where the agreement is all zero: the deployed library
/// refuses that too.
[[nodiscard]] inline std::expected<Secret<32>, Fault> session_key(Context& c,
                                                                  const x25519::PrivateKey& ours,
                                                                  const x25519::PublicKey& theirs) {
  const auto shared = x25519::agree(ours, theirs);
  if (!shared) return std::unexpected(shared.error());
  auto key = c.hkdf.derive<32>(shared->bytes(), {}, bytes_of(key_info));
  if (!handfast::detail::planted<"deployed agreement kept">) c.hkdf.forget();
  return key;
}

/// Nothing follows from opening one of these: the deployed programs count nothing.
struct NothingPending {};

using Wire = std::variant<Token, Packet>;

/// A token begins with its version and a time whose highest bytes are zero for centuries; a packet
/// with a random nonce, which does so once in 2^30.
[[nodiscard]] inline std::expected<Wire, Fault> decode(Bytes datagram) {
  if (text_of(datagram).starts_with("gAAAA")) return Token{datagram};
  auto packet = wire::binary::decode<Packet>(datagram);
  if (!packet) return std::unexpected(packet.error());
  return *packet;
}

/// One of `Messages...` in a token.
template <Revision revision, class... Messages>
[[nodiscard]] std::expected<handfast::Opened<NothingPending, Messages...>, Fault> open(
    const Token& token, Context& c, Buffer& plaintext) {
  const std::string_view text = text_of(token.text);
  const auto key = Fernet::Key::from(c.config.obfuscation_key);
  const auto opened =
      c.fernet.open(key, text, plaintext.extend(Fernet::plaintext_size_max(text.size())));
  if (!opened) return std::unexpected(opened.error());
  Bytes json = plaintext.bytes().first(opened->size);
  if constexpr (revision == Revision::v0_8) {
    if (json.size() < 8) return std::unexpected(Fault::truncated);
    json = json.subspan(8);
  }
  auto message = wire::json::decode_any<Messages...>(json);
  if (!message) return std::unexpected(message.error());
  return handfast::Opened<NothingPending, Messages...>{std::move(*message), {}};
}

/// Writes `message` as a token around its JSON.
template <Revision revision, class Message>
void write_token(const Message& message, Context& c, Frames& frames) {
  auto encoded = wire::json::encode(message);
  if (!encoded) return;  // an error's text that is none: nothing goes out
  std::string& json = *encoded;
  if constexpr (revision == Revision::v0_8) {
    std::string count(8, '\0');
    for (std::size_t i = 0; i < 8; ++i)
      count[i] = static_cast<char>(c.token_count >> (8 * (7 - i)) & 0xff);
    json.insert(0, count);
    ++c.token_count;
  }
  const auto key = Fernet::Key::from(c.config.obfuscation_key);
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(c.now.utc.time_since_epoch()).count();
  std::string token(Fernet::token_size(json.size()), '\0');
  if (c.fernet.seal(key, static_cast<std::uint64_t>(seconds), c.iv(), bytes_of(json), token))
    frames.append(c.link, token);
}

}  // namespace handfast::udp::compat
