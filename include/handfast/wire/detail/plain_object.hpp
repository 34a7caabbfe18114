#pragma once

// The JSON object that almost every frame of text is: members that are all text, ASCII without
// escapes, and no white space. It is read without a copy. Of anything else nothing is said here: a
// number, a literal, a list, an escape, a character above 0x7F, white space, no member or more than
// 16, and whatever is no JSON are the library's to read or to refuse.
//
// It stands beside a JSON library because a router of deployed clients shall carry messages of 256
// bytes at no less than half the speed of a server that only moves the same frames
// (tests/bench/sockets_bench.cpp), and a lexer that goes character by character takes that time.
// Measured there, GCC 12, -O2, medians of 31 rounds on a busy machine: with the library alone 0.39
// where it reads a frame twice, to find its type and then its fields; 0.48 to 0.54 where it reads it
// once; 0.68 to 0.70 with this in front.

#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "handfast/wire/detail/lanes.hpp"

namespace handfast::wire::detail {

class PlainObject {
 public:
  struct Member {
    std::string_view name, text;
  };
  static constexpr std::size_t members_max = 16;

  /// `input` where it is such an object, with at least one member and at most `members_max`; its
  /// members refer to it.
  [[nodiscard]] static constexpr std::optional<PlainObject> read(std::string_view input) noexcept {
    PlainObject object;
    char before = '{';
    while (object.count_ < members_max) {
      Member& member = object.members_[object.count_++];
      if (!take(before, input) || !take_text(member.name, input) || !take(':', input) ||
          !take_text(member.text, input))
        return std::nullopt;
      if (input == "}") return object;
      before = ',';
    }
    return std::nullopt;
  }

  /// In the order of the input; names may come twice.
  [[nodiscard]] constexpr std::span<const Member> members() const noexcept {
    return std::span(members_).first(count_);
  }

 private:
  static constexpr bool take(char character, std::string_view& input) noexcept {
    if (!input.starts_with(character)) return false;
    input.remove_prefix(1);
    return true;
  }
  /// Text between quotes.
  static constexpr bool take_text(std::string_view& text, std::string_view& input) noexcept {
    if (!take('"', input)) return false;
    const std::size_t size = plain_size(input);
    text = input.substr(0, size);
    input.remove_prefix(size);
    return take('"', input);
  }
  /// How many characters there are before one that is not ASCII, a control, a quote or a backslash.
  static constexpr std::size_t plain_size(std::string_view text) noexcept {
    std::size_t size = 0;
    while (text.size() - size >= 8 && all_plain(load<8>(text.data() + size))) size += 8;
    while (size < text.size() && all_plain(load<1>(text.data() + size) | eight('x') << 8)) ++size;
    return size;
  }
  static constexpr bool all_plain(std::uint64_t characters) noexcept {
    const auto is_none = [characters](char c) {  // of them is `c`
      return at_least(characters ^ eight(static_cast<std::uint8_t>(c)), 1) == eight(1);
    };
    return (characters & eight(0x80)) == 0 && at_least(characters, 0x20) == eight(1) &&
           is_none('"') && is_none('\\');
  }

  std::array<Member, members_max> members_{};
  std::size_t count_ = 0;
};

}  // namespace handfast::wire::detail
