#pragma once

// A sealed store in a file that only its owner may read: a crash at any moment leaves the old one or
// the new one. And a counter in another file, to be kept where nobody restores it from a backup.

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <handfast/x3dh/sealed_store.hpp>
#include <stdexcept>
#include <string>

namespace over_connector {

using handfast::Bytes;
using handfast::Fault;
namespace x3dh = handfast::x3dh;

/// What is asked of the system, so that a test can end a process between any two of them.
struct SystemCalls {
  static int open(const char* path, int flags) { return ::open(path, flags | O_CLOEXEC, 0600); }
  static ssize_t write(int file, const void* bytes, std::size_t size) {
    return ::write(file, bytes, size);
  }
  static int fsync(int file) { return ::fsync(file); }
  static int rename(const char* from, const char* to) { return std::rename(from, to); }
  static int unlink(const char* path) { return ::unlink(path); }
};

namespace detail {

/// An open file that closes itself.
struct OpenFile {
  int number = -1;
  explicit OpenFile(int n) : number(n) {}
  OpenFile(OpenFile&& other) noexcept : number(std::exchange(other.number, -1)) {}
  ~OpenFile() {
    if (number >= 0) ::close(number);
  }
};

template <class Calls>
[[nodiscard]] bool write_all(int file, Bytes bytes) {
  while (!bytes.empty()) {
    const ssize_t size = Calls::write(file, bytes.data(), bytes.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(size));
  }
  return true;
}

/// Puts `bytes` into the file at `path` instead of what it had. They are on the disk before they have
/// its name, and the name is before this returns.
template <class Calls>
[[nodiscard]] bool replace_file(const std::string& path, Bytes bytes) {
  const std::string beside = path + ".new";
  Calls::unlink(beside.c_str());  // of a process that died here
  {
    const OpenFile file(Calls::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL));
    if (file.number < 0) return false;
    if (!write_all<Calls>(file.number, bytes) || Calls::fsync(file.number) != 0) {
      Calls::unlink(beside.c_str());
      return false;
    }
  }
  if (Calls::rename(beside.c_str(), path.c_str()) != 0) return false;
  const auto slash = path.rfind('/');
  const std::string folder = slash == path.npos ? "." : path.substr(0, slash + 1);
  const OpenFile names(Calls::open(folder.c_str(), O_RDONLY | O_DIRECTORY));
  return names.number >= 0 && Calls::fsync(names.number) == 0;
}

/// All of the file at `path`, or its first `size_max` bytes; nothing where there is none.
[[nodiscard]] inline std::expected<std::optional<std::vector<std::uint8_t>>, Fault> read_file(
    const std::string& path, std::size_t size_max) {
  const OpenFile file(SystemCalls::open(path.c_str(), O_RDONLY));
  if (file.number < 0 && errno == ENOENT) return std::nullopt;
  if (file.number < 0) return std::unexpected(Fault::storage_failed);
  std::vector<std::uint8_t> all;
  std::uint8_t part[4096];
  while (all.size() < size_max) {
    const ssize_t size = ::read(file.number, part, std::min(sizeof part, size_max - all.size()));
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return std::unexpected(Fault::storage_failed);
    if (size == 0) break;
    all.insert(all.end(), part, part + size);
  }
  return all;
}

}  // namespace detail

/// The file of a store, which this process has for itself as long as this lives.
template <class Calls = SystemCalls>
class StoreFile final : public x3dh::Place {
 public:
  /// Throws where another process has the file, or it cannot be locked.
  explicit StoreFile(std::string path)
      : path_(std::move(path)),
        lock_(SystemCalls::open((path_ + ".lock").c_str(), O_RDWR | O_CREAT)) {
    if (lock_.number < 0) throw std::runtime_error("cannot write beside " + path_);
    // Two that go on from one state would say two things under one number.
    if (::flock(lock_.number, LOCK_EX | LOCK_NB) != 0)
      throw std::runtime_error(path_ + " is in use by another process");
  }

  [[nodiscard]] std::expected<std::optional<std::vector<std::uint8_t>>, Fault> read() override {
    constexpr std::size_t size_max =
        x3dh::SealedRecords::header_size + x3dh::SealedRecords::ciphertext_size_max;
    return detail::read_file(path_, size_max + 1);
  }
  [[nodiscard]] std::expected<void, Fault> replace(Bytes bytes) override {
    if (!detail::replace_file<Calls>(path_, bytes)) return std::unexpected(Fault::storage_failed);
    return {};
  }

 private:
  std::string path_;
  detail::OpenFile lock_;
};

/// A counter in a file. It is as good as what the file is on: whoever can turn this one back, too,
/// is not noticed.
class CounterFile final : public x3dh::MonotonicCounter {
 public:
  explicit CounterFile(std::string path) : path_(std::move(path)) {}

  [[nodiscard]] std::expected<std::uint64_t, Fault> value() override {
    const auto bytes = detail::read_file(path_, 32);
    if (!bytes) return std::unexpected(bytes.error());
    if (!*bytes) return 0;
    const std::string_view text = handfast::text_of(**bytes);
    std::uint64_t number = 0;
    const auto read = std::from_chars(text.begin(), text.end(), number);
    if (read.ec != std::errc{} ||
        text.substr(static_cast<std::size_t>(read.ptr - text.begin())) != "\n")
      return std::unexpected(Fault::storage_failed);
    return number;
  }
  [[nodiscard]] std::expected<void, Fault> raise(std::uint64_t number) override {
    const std::string text = std::to_string(number) + '\n';
    if (!detail::replace_file<SystemCalls>(path_, handfast::bytes_of(text)))
      return std::unexpected(Fault::storage_failed);
    return {};
  }

 private:
  std::string path_;
};

}  // namespace over_connector
