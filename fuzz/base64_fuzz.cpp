// Base64: what a strict spelling accepts is what its encoder writes; what any spelling writes, it
// reads back.

#include "handfast/wire/base64.hpp"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "handfast/wire/hex.hpp"

using namespace handfast;
namespace base64 = handfast::wire::base64;
namespace hex = handfast::wire::hex;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check(std::string_view text, base64::Spelling spelling) {
  std::vector<std::uint8_t> bytes(base64::decoded_size_max(text.size()));
  const auto size = base64::decode(text, bytes, spelling);
  if (size) {
    require(*size <= bytes.size());
    bytes.resize(*size);
    const std::string again = base64::encode(bytes, spelling);
    require(again.size() == base64::encoded_size(*size, spelling));
    if (!spelling.lenient) require(again == text);
    // Whatever a strict spelling reads, the lenient one reads alike.
    std::vector<std::uint8_t> lenient(base64::decoded_size_max(text.size()));
    const auto lenient_size = base64::decode(text, lenient, base64::url_lenient);
    require(lenient_size == *size && std::equal(bytes.begin(), bytes.end(), lenient.begin()));
  } else {
    require(size.error() == Fault::bad_encoding);
    require(std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; }));
  }

  const std::string written = base64::encode(bytes_of(text), spelling);
  std::vector<std::uint8_t> back(base64::decoded_size_max(written.size()));
  require(base64::decode(written, back, spelling) == text.size());
  require(text_of(Bytes{back}.first(text.size())) == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = text_of({data, size});
  for (const auto spelling :
       {base64::standard, base64::url, base64::url_padded, base64::url_lenient})
    check(text, spelling);

  std::vector<std::uint8_t> bytes(size / 2);
  if (const auto digits = hex::decode(text, bytes))
    require(hex::encode(Bytes{bytes}.first(*digits)) == text);
  return 0;
}
