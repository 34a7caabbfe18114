#pragma once

// What the deployed roles are given. Of `Config` they use the time-out, the challenge's text, and
// the server's bounds.

#include "handfast/core/output.hpp"
#include "handfast/registration/compat/messages.hpp"
#include "handfast/registration/context.hpp"
#include "handfast/wire/json_size.hpp"

namespace handfast::registration::compat {

/// One link: a WebSocket connection, text frames both ways.
using Links = List<LinkKind<"websocket", Framing::frame, frame_size_max>>;

/// The context of `Client<Compat>` and `Server<Compat>`. Move-only; not for two threads at once.
struct Context {
  Context() = default;
  Context(Config c, x25519::PrivateKey key, Random r = {})
      : config(std::move(c)), identity(std::move(key)), random(r) {}

  /// The key that `identity` and `contact` share; `low_order_key`, `bad_argument` without an
  /// identity. That of the last contact is kept, so that a conversation costs one X25519 and not
  /// one a message: `forget_keys` wipes it. It is not looked at whether `identity` was exchanged
  /// since.
  [[nodiscard]] std::expected<const SecretBox::Key*, Fault> key_with(
      const x25519::PublicKey& other) {
    if (contact == other) return &contact_key;
    auto key = box_key(identity, other);
    if (!key) return std::unexpected(key.error());
    contact = other;
    contact_key = std::move(*key);
    return &contact_key;
  }

  /// Wipes the keys that are kept; what is used again allocates again.
  void forget_keys() {
    box.forget();
    contact.reset();
    contact_key.wipe();
  }

  Time now;
  Link link;
  Config config;
  x25519::PrivateKey identity;
  Random random;
  SecretBox box;
  std::optional<x25519::PublicKey> contact;
  SecretBox::Key contact_key;
};

/// Seals `text` as a box of its own.
[[nodiscard]] inline Box sealed(SecretBox& box, const SecretBox::Key& key, const Nonce& nonce,
                                Bytes text) {
  Box out(text.size() + SecretBox::tag_size);
  (void)box.seal(key, nonce, text, out);  // it refuses another size only
  return out;
}

/// Whether `text` is one JSON value (RFC 8259), without what the lexer passes over: a byte order
/// mark, and a zero byte with all behind it.
[[nodiscard]] inline bool is_json(Bytes text) {
  return !text.empty() && text.front() != 0xEF &&
         std::ranges::find(text, std::uint8_t{0}) == text.end() &&
         nlohmann::json::accept(text.begin(), text.end());
}

/// Writes a frame of JSON and gives its size in bytes. All that these roles say fits, its parts are
/// bounded where they come in: of what does not, nothing is written.
template <wire::HasLayout Message>
std::size_t write_json(const Message& message, const Context& context, Frames& frames) {
  // What comes back is as long as it was, and what is said about it.
  static_assert(
      std::same_as<Message, Returned> || wire::json::encoded_size_max<Message> <= frame_size_max,
      "handfast: what is said is read, whatever its texts escape to");
  FrameWriter writer(frames, context.link);
  if (!wire::json::encode(message, writer)) frames.drop_last();
  return writer.size();
}

/// A result of `decode_any` as a `Wire` that may hold more.
template <class Wire, class... Messages>
[[nodiscard]] std::expected<Wire, Fault> widened(
    std::expected<std::variant<Messages...>, Fault>&& decoded) {
  if (!decoded) return std::unexpected(decoded.error());
  return std::visit([](auto&& one) -> Wire { return std::move(one); }, std::move(*decoded));
}

}  // namespace handfast::registration::compat
