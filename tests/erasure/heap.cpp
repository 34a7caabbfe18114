#include "tests/erasure/heap.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace {

/// In front of each block, in memory; `to_header` right in front.
struct Header {
  std::size_t whole_size;  // from this header to the next
  std::size_t size;        // of the block
  std::size_t is_freed;
  std::size_t to_header;  // from the block back to its header
};
constexpr std::size_t room_size = std::size_t{1}
                                  << 32;  // bytes of addresses; used as they are asked
constexpr std::size_t alignment = 16;
static_assert(sizeof(Header) % alignment == 0);

std::atomic<std::uint8_t*> room{nullptr};
std::atomic<std::size_t> used{0};

[[noreturn]] void give_up(const char* why) {
  (void)!write(STDERR_FILENO, why, std::strlen(why));
  std::abort();
}

/// Asked for before any constructor has run.
std::uint8_t* room_begin() {
  if (std::uint8_t* const begin = room.load()) return begin;
  void* const mapped = mmap(nullptr, room_size, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) give_up("the heap that forgets nothing has no room\n");
  std::uint8_t* none = nullptr;
  auto* const mine = static_cast<std::uint8_t*>(mapped);
  if (room.compare_exchange_strong(none, mine)) return mine;
  munmap(mapped, room_size);
  return none;
}

std::size_t rounded_up(std::size_t size, std::size_t to) { return (size + to - 1) / to * to; }

void* allocate(std::size_t size, std::size_t aligned_to) {
  std::uint8_t* const begin = room_begin();
  if (size > room_size || aligned_to > room_size) return nullptr;
  const std::size_t slack = aligned_to > alignment ? aligned_to : 0;
  const std::size_t whole_size = rounded_up(sizeof(Header) + slack + size, alignment);
  const std::size_t offset = used.fetch_add(whole_size);
  if (offset + whole_size > room_size) give_up("the heap that forgets nothing is full\n");
  std::uint8_t* const at = begin + offset;
  const auto address = reinterpret_cast<std::uintptr_t>(at + sizeof(Header));
  std::uint8_t* const block =
      at + sizeof(Header) + (slack == 0 ? 0 : rounded_up(address, aligned_to) - address);
  const Header header{whole_size, size, 0, static_cast<std::size_t>(block - at)};
  std::memcpy(at, &header, sizeof header);
  std::memcpy(block - sizeof header.to_header, &header.to_header, sizeof header.to_header);
  return block;
}

Header* header_of(void* block) {
  auto* const bytes = static_cast<std::uint8_t*>(block);
  std::size_t to_header = 0;
  std::memcpy(&to_header, bytes - sizeof to_header, sizeof to_header);
  return reinterpret_cast<Header*>(bytes - to_header);
}

}  // namespace

// Instead of the C library's.
extern "C" {

void* malloc(std::size_t size) noexcept { return allocate(size, alignment); }
void free(void* block) noexcept {
  if (block != nullptr) header_of(block)->is_freed = 1;
}
// What was never handed out is zero.
void* calloc(std::size_t count, std::size_t size) noexcept {
  std::size_t whole = 0;
  return __builtin_mul_overflow(count, size, &whole) ? nullptr : malloc(whole);
}
void* realloc(void* block, std::size_t size) noexcept {
  if (block == nullptr) return malloc(size);
  void* const moved = malloc(size);
  const std::size_t before = header_of(block)->size;
  std::memcpy(moved, block, before < size ? before : size);
  free(block);
  return moved;
}
void* memalign(std::size_t aligned_to, std::size_t size) noexcept {
  return allocate(size, aligned_to);
}
void* aligned_alloc(std::size_t aligned_to, std::size_t size) noexcept {
  return allocate(size, aligned_to);
}
int posix_memalign(void** block, std::size_t aligned_to, std::size_t size) noexcept {
  *block = allocate(size, aligned_to);
  return *block == nullptr ? ENOMEM : 0;
}
std::size_t malloc_usable_size(void* block) noexcept {
  return block == nullptr ? 0 : header_of(block)->size;
}

// Botan keeps a pool of locked pages for small secrets, unless no page can be locked: then it asks
// malloc.
int mlock(const void*, std::size_t) noexcept {
  errno = ENOMEM;
  return -1;
}

}  // extern "C"

namespace erasure {

handfast::Bytes whole_heap() noexcept { return {room_begin(), used.load()}; }

handfast::Bytes heap_room() noexcept { return {room_begin(), room_size}; }

std::optional<Block> block_of(const std::uint8_t* address) noexcept {
  const handfast::Bytes heap = whole_heap();
  for (std::size_t offset = 0; offset < heap.size();) {
    const std::uint8_t* const at = heap.data() + offset;
    Header header;
    std::memcpy(&header, at, sizeof header);
    const Block block{at + header.to_header, header.size, header.is_freed != 0};
    if (address >= block.begin && address < block.begin + block.size) return block;
    offset += header.whole_size;
  }
  return std::nullopt;
}

}  // namespace erasure
