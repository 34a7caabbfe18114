#pragma once

// What somebody else wrote, for a terminal.

#include <handfast/wire/utf8.hpp>
#include <string>
#include <string_view>

namespace shared {

/// `text` for a terminal, whoever wrote it: what would move its cursor, or ring its bell, is written
/// as \xNN, and so is all beyond ASCII where it is no UTF-8. A text stays one line.
[[nodiscard]] inline std::string printable(std::string_view text) {
  const bool is_utf8 = handfast::wire::is_utf8(text);
  constexpr std::string_view digits = "0123456789abcdef";
  std::string safe;
  const auto at = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const unsigned byte = at(i);
    const bool is_ascii_control = byte < 0x20 || byte == 0x7F;
    const bool is_of_c1 =  // U+0080 to U+009F are 0xC2 and this
        (byte == 0xC2 && at(i + 1) < 0xA0) || (byte < 0xA0 && byte >= 0x80 && at(i - 1) == 0xC2);
    if (is_ascii_control || is_of_c1 || (byte >= 0x80 && !is_utf8))
      safe += {'\\', 'x', digits[byte / 16], digits[byte % 16]};
    else
      safe += text[i];
  }
  return safe;
}

}  // namespace shared
