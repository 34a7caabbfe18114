#pragma once

// What the tour prints: numbered headings, a few words, and what the two sides have to say.

#include <unistd.h>

#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>

#include "tour/annotate.hpp"

namespace tour {

/// Something happened that should not have; the tour ends.
struct Surprise : std::runtime_error {
  using std::runtime_error::runtime_error;
};
inline void expect(bool as_it_should_be, const std::string& what) {
  if (!as_it_should_be) throw Surprise(what);
}

class Screen {
 public:
  /// `width`: of the longest name of who has something to say.
  explicit Screen(std::size_t width = 6) : width_(width) {}

  /// Before a part.
  void title(std::string_view text) { put('\n' + painted(bold, text)); }
  void heading(std::string_view text) {
    put("\n" + painted(bold, std::to_string(++number_) + ". " + std::string(text)));
  }
  void words(std::string_view text) { put("   " + std::string(text)); }
  void gap() { put(""); }
  /// What `who` has to say.
  void said(std::string_view who, std::string_view text) {
    const bool serves = who == "child" || who == "server" || who == "connector";
    put("   " + painted(serves ? green : blue, padded(who, width_) + " |") + ' ' +
        std::string(text));
  }
  /// A frame on its way, and its bytes in several lines.
  void frame(std::string_view title, std::string_view bytes) {
    put("\n   " + painted(bold, title) + '\n' + std::string(bytes.substr(0, bytes.size() - 1)));
  }

 private:
  static constexpr std::string_view bold = "\033[1m", green = "\033[32m", blue = "\033[34m";

  [[nodiscard]] std::string painted(std::string_view colour, std::string_view text) const {
    if (!is_terminal_) return std::string(text);
    return std::string(colour) + std::string(text) + "\033[0m";
  }
  static void put(const std::string& line) { std::cout << line + '\n' << std::flush; }

  std::size_t width_;
  bool is_terminal_ = ::isatty(STDOUT_FILENO) == 1;
  int number_ = 0;
};

}  // namespace tour
