#pragma once

// A thief: he has the bytes of a machine's state, and every record that went by. Where in the bytes
// a key lies he need not know: he tries each place.

#include <optional>

#include "handfast/stdio/messages.hpp"
#include "tests/attacks/stdio.hpp"

namespace attacks {

using Key = Secret<32>;

class Thief {
 public:
  /// Steals from `victim`, the child of a session.
  Thief(Profile which, Side& victim) : which_(which), stolen_(victim.snapshot()) {
    if (which == Profile::hardened) id_ = victim.session()->id;  // it lies there with the rest
  }

  /// The text of a request that `key` opens.
  [[nodiscard]] std::optional<std::string> opened(const Key& key, const Sealed& request) {
    if (which_ == Profile::compat) {
      const auto record = wire::binary::decode<compat::Record>(request.bytes).value();
      const AssociatedData ad(record.sequence, Direction::alice_to_bob, "/message");
      return opened(key, record.nonce, ad, record.ciphertext);
    }
    const auto record = wire::binary::decode<Record>(request.bytes).value();
    const AssociatedData ad(id_, record.epoch, record.sequence, Direction::alice_to_bob,
                            "/message");
    return opened(key, record.nonce, ad, record.ciphertext);
  }

  /// The stolen key that opens `request` as it is, if there is one.
  [[nodiscard]] std::optional<Key> key_of(const Sealed& request) {
    for (std::size_t at = 0; at + 32 <= stolen_.size(); ++at) {
      Key key = key_at(at);
      if (opened(key, request)) return key;
    }
    return std::nullopt;
  }

  /// What the stolen bytes tell of `request`: with any 32 of them as its key, or as the chain key
  /// that makes it.
  [[nodiscard]] std::optional<std::string> reads(const Sealed& request) {
    for (std::size_t at = 0; at + 32 <= stolen_.size(); ++at) {
      const Key key = key_at(at);
      if (auto found = opened(key, request)) return found;
      const Key made = message_key(key, sequence_of(which_, request));
      if (auto found = opened(made, request)) return found;
    }
    return std::nullopt;
  }

  /// The step that both profiles make from number `n` to the next: the same two texts.
  [[nodiscard]] Key step(const Key& key, std::uint64_t n) {
    return hkdf_.derive<32>(key.bytes(), bytes_of(ChainText::step_salt),
                            {bytes_of(ChainText::step_info), bytes_of(std::to_string(n))});
  }
  [[nodiscard]] Key message_key(const Key& key, std::uint64_t n) {
    return hkdf_.derive<32>(key.bytes(), bytes_of(ChainText::message_salt),
                            {bytes_of(ChainText::message_info), bytes_of(std::to_string(n))});
  }

 private:
  [[nodiscard]] Key key_at(std::size_t at) const {
    return Key::from(Bytes(stolen_).subspan(at, 32));
  }
  std::optional<std::string> opened(const Key& key, const std::array<std::uint8_t, 12>& nonce,
                                    const AssociatedData& ad, Bytes ciphertext) {
    Kept out(ciphertext.size() - 16);
    if (!aead_.open(key, nonce, ad.bytes(), ciphertext, out)) return std::nullopt;
    if (which_ == Profile::compat) return text(out);
    const auto request = wire::binary::decode<Request>(out);
    return request ? std::string(text_of(request->payload)) : "no request";
  }

  Profile which_;
  Kept stolen_;
  SessionId id_{};
  Hkdf hkdf_;
  Aead<Aes256Gcm> aead_;
};

}  // namespace attacks
