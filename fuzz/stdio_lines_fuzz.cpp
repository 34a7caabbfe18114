// stdio in JSON: the lines of both profiles, and compat's envelope. A hardened line has one
// spelling; a compat one is read leniently and says the same once it is written properly.

#include "fuzz/check.hpp"
#include "handfast/stdio/compat/messages.hpp"

using namespace handfast;
using namespace handfast::fuzz;

namespace {

using Line = Json<stdio::bootstrap_line_size_max>;
using Body = Json<4 * stdio::payload_size_max + 512>;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input{data, size};
  const bool offer = reads<stdio::Offer, Line>(input), answer = reads<stdio::Answer, Line>(input);
  const bool compat_offer = reads<stdio::compat::Offer, Json<>>(input);
  const bool compat_answer = reads<stdio::compat::Answer, Json<>>(input);
  reads<stdio::compat::Envelope, Body>(input);
  require(!(offer && answer));
  // The deployed reader ignores the names that it does not know, the version too.
  if (offer) require(compat_offer);
  if (answer || compat_answer) require(compat_offer && compat_answer);

  writes<stdio::Offer, Line>(input);
  writes<stdio::Answer, Line>(input);
  writes<stdio::compat::Offer, Json<>>(input);
  writes<stdio::compat::Answer, Json<>>(input);
  writes<stdio::compat::Envelope, Body>(input);
  return 0;
}
