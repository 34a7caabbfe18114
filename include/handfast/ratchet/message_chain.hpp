#pragma once

// A symmetric chain with two keys a step: one that seals a single message, and one that makes the
// next step. Neither yields the other, so a message key that is kept for a late message opens that
// message and nothing else.

#include <charconv>
#include <concepts>
#include <tuple>

#include "handfast/core/planted.hpp"
#include "handfast/crypto/hkdf.hpp"

namespace handfast::ratchet {

/// What a protocol calls its steps: four texts of its document.
template <class T>
concept ChainLabels = requires {
  { T::message_salt } -> std::convertible_to<std::string_view>;
  {
    T::message_info
    } -> std::convertible_to<std::string_view>;  // followed by the number in decimal
  { T::step_salt } -> std::convertible_to<std::string_view>;
  { T::step_info } -> std::convertible_to<std::string_view>;  // followed by the number in decimal
};

/// The chain at one step. Message numbers begin at 1.
template <ChainLabels Labels>
class MessageChain {
 public:
  using Key = Secret<32>;

  MessageChain() = default;
  explicit MessageChain(Key first) : key_(std::move(first)) {}

  /// The number of the message whose key is next.
  [[nodiscard]] std::uint64_t next() const noexcept { return next_; }

  /// The key of message `next()`; used once, then wiped by whoever asked for it.
  [[nodiscard]] Key message_key(Hkdf& hkdf) const {
    const Decimal number(next_);
    return hkdf.derive<32>(key_.bytes(), bytes_of(Labels::message_salt),
                           {bytes_of(Labels::message_info), number.bytes()});
  }

  /// Moves one message on; the key that was there is gone.
  void step(Hkdf& hkdf) {
    const Decimal number(next_);
    auto stepped = hkdf.derive<32>(key_.bytes(), bytes_of(Labels::step_salt),
                                   {bytes_of(Labels::step_info), number.bytes()});
    if (!detail::planted<"chain key kept">) key_ = std::move(stepped);
    ++next_;
  }

  [[nodiscard]] MessageChain dangerous_copy() const {
    MessageChain copy(key_.dangerous_copy());
    copy.next_ = next_;
    return copy;
  }
  void dangerous_write(auto& writer) const {
    key_.dangerous_write(writer);
    writer.integer(next_);
  }
  [[nodiscard]] bool dangerous_read(auto& reader) {
    return key_.dangerous_read(reader) && reader.integer(next_);
  }

 private:
  class Decimal {
   public:
    explicit Decimal(std::uint64_t number)
        : size_(static_cast<std::size_t>(std::to_chars(text_, text_ + sizeof text_, number).ptr -
                                         text_)) {}
    [[nodiscard]] Bytes bytes() const noexcept { return bytes_of({text_, size_}); }

   private:
    char text_[20];
    std::size_t size_;
  };

  Key key_;
  std::uint64_t next_ = 1;
};

}  // namespace handfast::ratchet
