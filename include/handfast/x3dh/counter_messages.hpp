#pragma once

// What the counter's profile says and asks besides what all profiles do.

#include "handfast/x3dh/messages.hpp"

namespace handfast::x3dh {

/// The key of one direction, for layouts only.
struct DirectionKey;

using SyncNonce = std::array<std::uint8_t, 16>;

/// Asks whether the other side is in step. It is, when the nonce comes back.
struct SyncRequest {
  SyncNonce nonce{};
  std::uint64_t highest = 0;  // of the receiver's counters, what the sender has accepted
  using layout =
      wire::Layout<"sync_request", wire::Field<"nonce", &SyncRequest::nonce, wire::Fresh>,
                   wire::Field<"highest", &SyncRequest::highest, wire::Counter>>;
};
struct SyncAnswer {
  SyncNonce nonce{};          // of the request
  std::uint64_t highest = 0;  // as above
  using layout = wire::Layout<"sync_answer", wire::Field<"nonce", &SyncAnswer::nonce>,
                              wire::Field<"highest", &SyncAnswer::highest, wire::Counter>>;
};

/// Of one message of the session. `ciphertext` includes the tag.
struct CounterContent {
  enum Type : std::uint8_t { data, sync_request, sync_answer };

  std::uint8_t type = data;
  std::uint64_t counter = 0;
  Bytes ciphertext;
  static constexpr std::size_t header_size = 10;  // bytes
  using layout = wire::Layout<
      "counted_content", wire::Version<"version", std::uint8_t{2}>,
      wire::Field<"type", &CounterContent::type, wire::Public>,
      wire::Field<"counter", &CounterContent::counter, wire::Counter>,
      wire::Field<"ciphertext", &CounterContent::ciphertext,
                  wire::Sealed<DirectionKey, List<Message, Empty, First, SyncRequest, SyncAnswer>,
                               wire::Of<"version", "type", "counter">>,
                  wire::Bounded<tag_size, payload_size_max + tag_size>>>;
};
static_assert(CounterContent::header_size + payload_size_max + tag_size <= content_size_max);

/// In `Established`: ask the other side to get in step, after `too_far_ahead` or a long silence.
/// `limit_reached`, `random_source_failed`.
struct Synchronize {};
/// The other side has answered the last `Synchronize`. Of what was sent with higher counters than
/// `accepted`, nothing has come.
struct Synchronized {
  std::uint64_t accepted = 0;
};

}  // namespace handfast::x3dh
