#pragma once

// What calls leave on the heap. This file replaces operator new for the whole program: one source
// of it includes this.

#include <malloc.h>

#include <cstddef>
#include <cstdlib>
#include <new>

namespace heap {

// Bytes as the heap counts them, what it adds to each piece included, while a call is watched.
inline std::ptrdiff_t live_bytes = 0;
inline bool is_watching = false;

inline std::ptrdiff_t size_of(void* memory) {
  return static_cast<std::ptrdiff_t>(malloc_usable_size(memory) + sizeof(std::size_t));
}
inline void* counted(std::size_t size) {
  void* const memory = std::malloc(size > 0 ? size : 1);
  if (is_watching && memory != nullptr) live_bytes += size_of(memory);
  return memory;
}
inline void returned(void* memory) {
  if (is_watching && memory != nullptr) live_bytes -= size_of(memory);
  std::free(memory);
}

/// Does `work`; what it allocates and frees counts.
template <class Work>
decltype(auto) watched(Work&& work) {
  struct Watch {
    Watch() { is_watching = true; }
    ~Watch() { is_watching = false; }
  } watch;
  return work();
}

}  // namespace heap

// Not inlined: GCC 12 would see a malloc on one side and not on the other, and warn.
[[gnu::noinline]] void* operator new(std::size_t size) {
  if (void* const memory = heap::counted(size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return heap::counted(size);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { heap::returned(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  heap::returned(memory);
}
