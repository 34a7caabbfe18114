#pragma once

// stdio by hand: the primitives that a record and a handshake need, in the machine's order, on
// Botan objects that live as long as the session, with the copies that the protocol and Botan ask
// for. No parsing, no checks, no states, nothing wiped. The baseline of the costs, and of the
// allocations.

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "handfast/stdio.hpp"
#include "tests/bench/primitives.hpp"

namespace bare {

inline constexpr std::size_t tag_size = 16;  // bytes

/// A number in decimal.
struct Digits {
  explicit Digits(std::uint64_t number)
      : size(static_cast<std::size_t>(std::to_chars(text, text + sizeof text, number).ptr - text)) {
  }
  [[nodiscard]] Bytes bytes() const { return bytes_of({text, size}); }
  char text[20];
  std::size_t size;
};

/// Associated data whose beginning and end are always the same.
class AssociatedData {
 public:
  AssociatedData(std::string begin, std::string_view direction)
      : begin_size_(begin.size()), end_(":" + std::string(direction) + ":/message") {
    std::ranges::copy(begin, text_);
  }
  Bytes of(std::uint64_t sequence) {
    char* const end = std::to_chars(text_ + begin_size_, text_ + sizeof text_, sequence).ptr;
    std::memcpy(end, end_.data(), end_.size());
    return bytes_of({text_, static_cast<std::size_t>(end - text_) + end_.size()});
  }

 private:
  std::size_t begin_size_;
  std::string end_;
  char text_[224];
};

/// The content's header of each record: type, acknowledged, and for requests and responses the
/// rest.
inline constexpr std::size_t request_size = 25, response_size = 18, keepalive_size = 9,
                             keepalive_ack_size = 10;  // bytes

/// One side of the hardened channel, from its keys after `count` records each way.
class Side {
 public:
  Side(Primitives& primitives, const Key& send, const Key& receive, std::string_view session_hex,
       std::string_view sends, std::string_view receives, std::size_t payload_size_max,
       std::uint64_t count)
      : p_(&primitives),
        send_(send),
        receive_(receive),
        sent_(count),
        received_(count),
        send_ad_("v2:" + std::string(session_hex) + ":0:seq:", sends),
        receive_ad_("v2:" + std::string(session_hex) + ":0:seq:", receives),
        frame_(payload_size_max + 128),
        plaintext_(payload_size_max + 128) {
    for (auto& kept : kept_) kept.resize(payload_size_max);
  }

  /// A copy for a repetition: the parent's of a request, the child's of an answer.
  Bytes keep(std::uint64_t correlation, Bytes payload) {
    auto& kept = kept_[correlation % kept_.size()];
    std::memcpy(kept.data(), payload.data(), payload.size());
    return {kept.data(), payload.size()};
  }

  Bytes request(std::uint64_t correlation, Bytes payload) {
    return seal(1, request_size, payload, [&](std::uint8_t* rest) {
      write_big_endian(rest, correlation, 8);
      write_big_endian(rest + 8, correlation, 8);
    });
  }
  Bytes response(std::uint64_t correlation, Bytes payload) {
    return seal(2, response_size, payload, [&](std::uint8_t* rest) {
      write_big_endian(rest, correlation, 8);
      rest[8] = 0;
    });
  }
  Bytes keepalive() {
    return seal(3, keepalive_size, {}, [](std::uint8_t*) {});
  }
  Bytes keepalive_ack() {
    return seal(4, keepalive_ack_size, {}, [](std::uint8_t* rest) { rest[0] = 0; });
  }

  /// The contents of the next record, header included.
  Bytes open(Bytes record) {
    Nonce nonce;
    std::copy_n(record.begin() + 13, nonce.size(), nonce.begin());
    const Digits number{received_ + 1};
    Key key;
    p_->hkdf(receive_, message_salt, {bytes_of("message:"), number.bytes()}, key);
    p_->hkdf(receive_, step_salt, {bytes_of("ratchet:"), number.bytes()}, receive_);
    const std::size_t size = record.size() - header_size - tag_size;
    p_->open(key, nonce, receive_ad_.of(++received_), record.subspan(header_size),
             {plaintext_.data(), size});
    return {plaintext_.data(), size};
  }

 private:
  static constexpr std::size_t header_size = 25;  // bytes
  static constexpr std::string_view message_salt = "denobridge-message-key";
  static constexpr std::string_view step_salt = "denobridge-key-ratchet";

  template <class WriteRest>
  Bytes seal(std::uint8_t type, std::size_t contents_header, Bytes payload,
             WriteRest&& write_rest) {
    Nonce nonce;
    p_->random(nonce);
    std::uint8_t* const frame = frame_.data();
    frame[0] = 2;
    write_big_endian(frame + 1, 0, 4);
    write_big_endian(frame + 5, ++sent_, 8);
    std::ranges::copy(nonce, frame + 13);
    std::uint8_t* const contents = frame + header_size;
    contents[0] = type;
    write_big_endian(contents + 1, received_, 8);
    write_rest(contents + 9);
    if (!payload.empty()) std::memcpy(contents + contents_header, payload.data(), payload.size());
    const std::size_t size = contents_header + payload.size();
    const Digits number{sent_};
    Key key;
    p_->hkdf(send_, message_salt, {bytes_of("message:"), number.bytes()}, key);
    p_->seal(key, nonce, send_ad_.of(sent_), {contents, size}, {contents, size + tag_size});
    p_->hkdf(send_, step_salt, {bytes_of("ratchet:"), number.bytes()}, send_);
    return {frame, header_size + size + tag_size};
  }

  Primitives* p_;
  Key send_, receive_;
  std::uint64_t sent_, received_;
  AssociatedData send_ad_, receive_ad_;
  std::vector<std::uint8_t> frame_, plaintext_;
  std::array<std::vector<std::uint8_t>, 64> kept_;
};

/// The keys of the hardened bootstrap as one side derives them.
struct Bootstrap {
  Key confirmation, alice_to_bob, bob_to_alice, next_root;
  std::array<std::uint8_t, 16> session_id, key_id;
  Key transcript;

  Bootstrap(Primitives& p, const Key& secret, const Key& theirs, const Key& parent,
            const Key& child, std::uint16_t port) {
    Key shared, extracted, root;
    Botan::Sodium::crypto_scalarmult_curve25519(shared.data(), secret.data(), theirs.data());
    const std::uint8_t version[] = {2};
    const std::uint8_t port_bytes[] = {static_cast<std::uint8_t>(port >> 8),
                                       static_cast<std::uint8_t>(port)};
    p.sha256({bytes_of(stdio::labels::transcript), version, parent, child, port_bytes}, transcript);
    p.mac(transcript, shared, extracted);
    p.expand(extracted, {bytes_of(stdio::labels::root)}, root);
    p.expand(extracted, {bytes_of(stdio::labels::confirmation)}, confirmation);
    p.expand(extracted, {bytes_of(stdio::labels::session_id)}, session_id);
    p.expand(extracted, {bytes_of(stdio::labels::key_id)}, key_id);
    p.expand(root, {bytes_of(stdio::labels::alice_to_bob)}, alice_to_bob);
    p.expand(root, {bytes_of(stdio::labels::bob_to_alice)}, bob_to_alice);
    p.expand(root, {bytes_of(stdio::labels::next_root)}, next_root);
  }
};

/// One side of the compat channel.
class CompatSide {
 public:
  CompatSide(Primitives& primitives, const Key& send, const Key& receive, std::string_view sends,
             std::string_view receives, std::size_t payload_size_max)
      : p_(&primitives),
        send_(send),
        receive_(receive),
        send_ad_("v1:seq:", sends),
        receive_ad_("v1:seq:", receives),
        frame_(payload_size_max + 128),
        plaintext_(payload_size_max + 128) {}

  Bytes seal(Bytes payload) {
    Nonce nonce;
    p_->random(nonce);
    write_big_endian(frame_.data(), ++sent_, 8);
    std::ranges::copy(nonce, frame_.begin() + 8);
    const std::size_t size = payload.size() + tag_size;
    p_->seal(send_, nonce, send_ad_.of(sent_), payload, {frame_.data() + header_size, size});
    return {frame_.data(), header_size + size};
  }
  Bytes open(Bytes record) {
    Nonce nonce;
    std::copy_n(record.begin() + 8, nonce.size(), nonce.begin());
    const std::size_t size = record.size() - header_size - tag_size;
    p_->open(receive_, nonce, receive_ad_.of(++received_), record.subspan(header_size),
             {plaintext_.data(), size});
    return {plaintext_.data(), size};
  }
  void ratchet() {
    const Digits number{++ratchets_};
    for (Key* const key : {&send_, &receive_})
      p_->hkdf(*key, "denobridge-key-ratchet", {bytes_of("ratchet:"), number.bytes()}, *key);
  }

 private:
  static constexpr std::size_t header_size = 20;  // bytes

  Primitives* p_;
  Key send_, receive_;
  AssociatedData send_ad_, receive_ad_;
  std::uint64_t sent_ = 0, received_ = 0, ratchets_ = 0;
  std::vector<std::uint8_t> frame_, plaintext_;
};

}  // namespace bare
