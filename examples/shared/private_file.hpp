#pragma once

// Files with secrets in them: nobody but their owner may read them.

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <handfast/core/bytes.hpp>
#include <handfast/crypto/wiping_buffer.hpp>
#include <optional>
#include <stdexcept>
#include <string>

namespace shared {

namespace detail {

struct File {
  int descriptor = -1;
  ~File() {
    if (descriptor >= 0) ::close(descriptor);
  }
};

/// Creates `path`, which must not be there, with `bytes` in it. False where it is there; throws
/// where it cannot be written.
inline bool create_private(const std::string& path, handfast::Bytes bytes) {
  const File file{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
  if (file.descriptor < 0) return false;
  if (::write(file.descriptor, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()) ||
      ::fsync(file.descriptor) != 0)
    throw std::runtime_error("cannot write to " + path);
  return true;
}

}  // namespace detail

/// All of the file at `path`, or nothing where there is none. Throws where it cannot be read, or has
/// more than `size_max` bytes.
[[nodiscard]] inline std::optional<handfast::WipingBuffer> read_private(const std::string& path,
                                                                        std::size_t size_max) {
  const detail::File file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.descriptor < 0 && errno == ENOENT) return std::nullopt;
  handfast::WipingBuffer all;
  std::uint8_t part[4096];
  ssize_t size = file.descriptor < 0 ? -1 : 1;
  while (size > 0 && all.size() <= size_max) {
    size = ::read(file.descriptor, part, sizeof part);
    if (size > 0) all.append({part, static_cast<std::size_t>(size)});
  }
  handfast::wipe(part);
  if (size < 0) throw std::runtime_error("cannot read " + path);
  if (all.size() > size_max) throw std::runtime_error(path + " is too large");
  return all;
}

/// Puts `bytes` into the file at `path` instead of what it had: all of them, or none.
inline void write_private(const std::string& path, handfast::Bytes bytes) {
  const std::string beside = path + ".new";
  ::unlink(beside.c_str());
  if (!detail::create_private(beside, bytes) || std::rename(beside.c_str(), path.c_str()) != 0)
    throw std::runtime_error("cannot write " + path);
}

}  // namespace shared
