// A program of somebody else's: it finds the library and, through it, Botan.

#ifdef CONSUMER_OF_ONE_HEADER
#include <handfast_all.hpp>
#else
#include <handfast/core/fault.hpp>
#include <handfast/crypto/secret.hpp>
#endif

#include <botan/version.h>

#include <cstdio>

int main() {
  std::printf("%s, %s\n", to_string(handfast::Fault::malformed).data(), Botan::version_cstr());
  return Botan::version_major() >= 2 ? 0 : 1;
}
