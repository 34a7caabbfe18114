// JSON: no input throws; what a layout accepts is written and read back as the same message, and a
// canonical layout accepts only what it writes. The readers agree with nlohmann's own on what is
// JSON at all.

#include "fuzz/check.hpp"
#include "fuzz/layouts.hpp"

using namespace handfast;
using namespace handfast::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input{data, size};
  const bool strict = reads<Strict, Json<>>(input), exact = reads<Exact, Json<>>(input),
             loose = reads<Loose, Json<>>(input);
  if (strict || exact || loose) require(nlohmann::json::accept(data, data + size));

  const auto any = json::decode_any<Strict, Exact, Loose>(input);
  if (strict) require(any && std::holds_alternative<Strict>(*any));
  if (exact) require(any && std::holds_alternative<Exact>(*any));
  if (any && std::holds_alternative<Loose>(*any)) require(loose);

  writes<Strict, Json<>>(input);
  writes<Exact, Json<>>(input);
  writes<Loose, Json<>>(input);
  return 0;
}
