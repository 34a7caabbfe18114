// The dynamic linker binds a function of a shared library at its first call, and to do so saves all
// registers on the stack, with whatever keys were copied through them last. What is left on the
// stack would then be the linker's, and depend on what ran before. So this program starts itself
// again with everything bound from the beginning.

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace {

constexpr const char* variable = "LD_BIND_NOW";

[[gnu::constructor]] void bind_now(int, char** arguments, char**) {
  if (std::getenv(variable) != nullptr) return;
  setenv(variable, "1", 1);
  execv("/proc/self/exe", arguments);
  std::perror("erasure: cannot start again with LD_BIND_NOW");
  std::abort();
}

}  // namespace
