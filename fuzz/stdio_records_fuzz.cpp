// stdio in bytes: the records of both profiles, and what a hardened one may hold once it is opened.
// All of them have one encoding.

#include "fuzz/check.hpp"
#include "handfast/stdio/compat/messages.hpp"

using namespace handfast;
using namespace handfast::fuzz;
using namespace handfast::stdio;

namespace {

template <class... Messages>
void contents(Bytes input, List<Messages...>) {
  const int accepted = (0 + ... + int{reads<Messages, Binary>(input)});
  require(accepted <= 1);
  const auto any = wire::binary::decode_any<Messages...>(input);
  require(any.has_value() == (accepted == 1));
  (writes<Messages, Binary>(input), ...);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input{data, size};
  reads<Record, Binary>(input);
  reads<stdio::compat::Record, Binary>(input);
  contents(input, Record::Contents{});
  writes<Record, Binary>(input);
  writes<stdio::compat::Record, Binary>(input);
  return 0;
}
