// Fernet tokens: whatever text is opened is the one that sealing what it holds writes, also where
// the input is signed as it is; what any bytes are sealed to opens as them.

#include "handfast/crypto/fernet.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

using namespace handfast;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

struct Fuzzed {
  Fernet fernet;
  HmacSha256 hmac;
  Fernet::Key key = [] {
    std::array<std::uint8_t, 32> bytes;
    bytes.fill(7);
    return Fernet::Key::from(bytes);
  }();
  std::vector<std::uint8_t> out, binary;
  std::string token, again;

  void open(std::string_view text) {
    out.assign(Fernet::plaintext_size_max(text.size()), 0xee);
    const auto opened = fernet.open(key, text, out);
    if (!opened) {
      require(std::ranges::all_of(out, [](std::uint8_t byte) { return byte == 0xee; }));
      return;
    }
    std::array<std::uint8_t, 27> begin{};  // the IV lies in the bytes 9 to 24
    require(wire::base64::decode(text.substr(0, 36), begin, wire::base64::url_padded).has_value());
    again.resize(Fernet::token_size(opened->size));
    const Fernet::Iv iv = Bytes{begin}.subspan<9, 16>();
    const Bytes plaintext = Bytes{out}.first(opened->size);
    require(fernet.seal(key, opened->seconds, iv, plaintext, again).has_value());
    require(again == text);
  }

  void open_signed(Bytes input) {
    const auto tag = hmac.mac(key.bytes().first<16>(), input);
    binary.assign(input.begin(), input.end());
    binary.insert(binary.end(), tag.begin(), tag.end());
    open(wire::base64::encode(binary, wire::base64::url_padded));
  }

  void seal(Bytes plaintext) {
    const std::array<std::uint8_t, 16> iv{};
    token.resize(Fernet::token_size(plaintext.size()));
    require(fernet.seal(key, plaintext.size(), iv, plaintext, token).has_value());
    out.assign(Fernet::plaintext_size_max(token.size()), 0);
    const auto opened = fernet.open(key, token, out);
    require(opened && opened->size == plaintext.size() && opened->seconds == plaintext.size());
    require(std::ranges::equal(Bytes{out}.first(opened->size), plaintext));
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Fuzzed fuzzed;
  const Bytes input{data, size};
  fuzzed.open(text_of(input));
  fuzzed.open_signed(input);
  fuzzed.seal(input);
  return 0;
}
