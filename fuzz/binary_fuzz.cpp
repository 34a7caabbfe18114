// Binary frames of every shape: what is accepted is exactly what its message is written as, and its
// dissection covers every byte once.

#include "fuzz/check.hpp"
#include "fuzz/layouts.hpp"

using namespace handfast;
using namespace handfast::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input{data, size};
  const bool numbers = reads<Numbers, Binary>(input), tailed = reads<Tailed, Binary>(input),
             texts = reads<Texts, Binary>(input), deployed = reads<Deployed, Binary>(input);
  reads<Padded, Binary>(input);
  const auto any = binary::decode_any<Numbers, Tailed, Texts, Deployed>(input);
  require(any.has_value() == (numbers || tailed || texts || deployed));
  require(int{numbers} + int{tailed} + int{texts} + int{deployed} <= 1);

  writes<Numbers, Binary>(input);
  writes<Tailed, Binary>(input);
  writes<Texts, Binary>(input);
  writes<Padded, Binary>(input);
  return 0;
}
