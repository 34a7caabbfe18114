#include "tests/erasure/search.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "tests/erasure/heap.hpp"

namespace erasure {

namespace {

/// Bytes in a row that are looked for.
struct Part {
  const Watched* secret;
  std::size_t offset, size;
  std::uint8_t xored;

  [[nodiscard]] std::uint8_t byte(std::size_t i) const {
    return static_cast<std::uint8_t>(~secret->complement[offset + i] ^ xored);
  }
  [[nodiscard]] bool is_at(const std::uint8_t* memory, std::size_t left) const {
    if (left < size) return false;
    for (std::size_t i = 0; i < size; ++i)
      if (memory[i] != byte(i)) return false;
    return true;
  }
  /// Whether all parts are side by side around `at`, where this one is, in that area.
  [[nodiscard]] bool is_whole_around(const std::uint8_t* at, const std::uint8_t* begin,
                                     const std::uint8_t* end) const {
    const std::size_t first = secret->is_key ? 1 : 0;
    const Part whole{secret, first,
                     secret->is_key ? std::size_t{30} : secret->complement.size() / 16 * 16, xored};
    const std::size_t before = offset - first;
    return static_cast<std::size_t>(at - begin) >= before &&
           whole.is_at(at - before, static_cast<std::size_t>(end - at) + before);
  }
  [[nodiscard]] std::size_t first_two() const {
    return static_cast<std::size_t>(byte(0)) | static_cast<std::size_t>(byte(1)) << 8;
  }
};

std::vector<Part> parts_of(const std::vector<Watched>& secrets) {
  std::vector<Part> parts;
  for (const Watched& secret : secrets) {
    if (secret.complement.size() < 32) throw std::logic_error("too short to be looked for");
    if (!secret.is_key) {
      for (std::size_t offset = 0; offset + 16 <= secret.complement.size(); offset += 16)
        parts.push_back({&secret, offset, 16, 0});
      continue;
    }
    static constexpr std::uint8_t pads[] = {0x00, 0x36, 0x5c};  // RFC 2104, section 2
    for (const std::uint8_t xored : pads) {
      parts.push_back({&secret, 1, 15, xored});
      parts.push_back({&secret, 16, 15, xored});
    }
  }
  return parts;
}

struct Area {
  const std::uint8_t *begin, *end;
  bool is_stack;
};

/// All writable memory but the heap's, read without touching the heap.
std::vector<Area> areas_outside_the_heap() {
  static std::array<char, std::size_t{1} << 20> text;
  const int file = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  if (file < 0) throw std::runtime_error("/proc/self/maps cannot be read");
  std::size_t size = 0;
  for (ssize_t got = 1; got > 0; size += static_cast<std::size_t>(got)) {
    got = read(file, text.data() + size, text.size() - size);
    if (got < 0) throw std::runtime_error("/proc/self/maps cannot be read");
  }
  close(file);

  std::vector<Area> areas;
  const Bytes heap = heap_room();
  const auto add = [&](const std::uint8_t* begin, const std::uint8_t* end, bool is_stack) {
    if (begin < end) areas.push_back({begin, end, is_stack});
  };
  std::string_view rest(text.data(), size);
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    char* after = nullptr;
    const auto begin = std::strtoull(line.data(), &after, 16);
    const auto end = std::strtoull(after + 1, &after, 16);
    const std::string_view access(after + 1, 2);
    if (access != "rw" || line.find("[v") != std::string_view::npos) continue;
    const auto* const from = reinterpret_cast<const std::uint8_t*>(begin);
    const auto* const to = reinterpret_cast<const std::uint8_t*>(end);
    const bool is_stack = line.find("[stack]") != std::string_view::npos;
    add(from, std::min(to, heap.data()), is_stack);
    add(std::max(from, heap.data() + heap.size()), to, is_stack);
  }
  return areas;
}

/// Looks for all parts at once: which may begin here is told by the first two bytes.
class Index {
 public:
  explicit Index(const std::vector<Part>& parts) : parts_(parts) {
    first_.fill(none);
    for (std::size_t i = 0; i < parts.size(); ++i)
      next_.push_back(std::exchange(first_[parts[i].first_two()], static_cast<std::uint32_t>(i)));
  }

  template <class Report>
  void search(const std::uint8_t* begin, const std::uint8_t* end, Report&& report) const {
    for (const std::uint8_t* at = begin; at + 1 < end; ++at) {
      const std::size_t two = static_cast<std::size_t>(at[0]) | static_cast<std::size_t>(at[1])
                                                                    << 8;
      for (std::uint32_t i = first_[two]; i != none; i = next_[i])
        if (parts_[i].is_at(at, static_cast<std::size_t>(end - at))) report(parts_[i], at);
    }
  }

 private:
  static constexpr std::uint32_t none = 0xffffffff;
  static inline std::array<std::uint32_t, 65536> first_;  // not on the heap, which only grows
  const std::vector<Part>& parts_;
  std::vector<std::uint32_t> next_;
};

}  // namespace

std::vector<std::uint8_t> complement_of(Bytes secret) {
  std::vector<std::uint8_t> complement;
  complement.reserve(secret.size());
  for (const std::uint8_t byte : secret) complement.push_back(static_cast<std::uint8_t>(~byte));
  return complement;
}

std::string_view to_string(Place place) noexcept {
  switch (place) {
    case Place::heap_in_use: return "in a block of the heap";
    case Place::heap_freed: return "in a freed block of the heap";
    case Place::stack: return "on the stack";
    case Place::elsewhere: return "in a variable";
  }
  return "";
}

std::vector<Found> search_memory(const std::vector<Watched>& secrets) {
  const std::vector<Part> parts = parts_of(secrets);
  const Index index(parts);
  const std::vector<Area> areas = areas_outside_the_heap();
  std::vector<Found> found;
  found.reserve(1000);
  const auto note = [&](const Part& part, const std::uint8_t* at, const Area& area, Place place,
                        std::size_t block_size) {
    found.push_back({part.secret, part.offset, part.xored,
                     part.is_whole_around(at, area.begin, area.end), place, block_size});
  };
  const Bytes heap = whole_heap();  // as it is now: nothing that is looked for comes after it
  const Area all_blocks{heap.data(), heap.data() + heap.size(), false};
  index.search(all_blocks.begin, all_blocks.end, [&](const Part& part, const std::uint8_t* at) {
    const auto block = block_of(at);
    if (!block) return note(part, at, all_blocks, Place::elsewhere, 0);
    note(part, at, all_blocks, block->is_freed ? Place::heap_freed : Place::heap_in_use,
         block->size);
  });
  for (const Area& area : areas)
    index.search(area.begin, area.end, [&](const Part& part, const std::uint8_t* at) {
      note(part, at, area, area.is_stack ? Place::stack : Place::elsewhere, 0);
    });
  return found;
}

std::string in_words(const std::vector<Found>& found) {
  std::map<std::string, int> lines;
  for (const Found& one : found) {
    std::string line = one.secret->name + ", bytes from " + std::to_string(one.offset);
    if (one.xored != 0)
      line += one.xored == 0x36 ? ", as HMAC's inner key" : ", as HMAC's outer key";
    line += ", " + std::string(to_string(one.place));
    if (one.block_size != 0) line += " of " + std::to_string(one.block_size) + " bytes";
    ++lines[line];
  }
  std::string words;
  for (const auto& [line, count] : lines)
    words += line + (count > 1 ? ", " + std::to_string(count) + " times" : "") + "\n";
  return words;
}

}  // namespace erasure
