#pragma once

// What sessions leave for others to go on from, in a file. It is used once: what has been read is
// not there any more.

#include <unistd.h>
#include <handfast/udp/resumptions.hpp>

#include "shared/private_file.hpp"

namespace over_udp {

namespace detail {

/// What `read` makes of the file at `path`, which is then gone; nothing where there is none.
template <class Read>
auto take_file(const std::string& path, std::size_t size_max, Read read)
    -> std::optional<decltype(read(handfast::Bytes{}))> {
  const auto bytes = shared::read_private(path, size_max);
  if (!bytes) return std::nullopt;
  auto made = read(bytes->bytes());
  if (::unlink(path.c_str()) != 0) throw std::runtime_error("cannot remove " + path);
  return made;
}

}  // namespace detail

/// The client's: the id, 16 bytes, and the secret, 32.
[[nodiscard]] inline std::optional<handfast::udp::Resumption> take_resumption(
    const std::string& path) {
  using handfast::udp::Resumption;
  constexpr std::size_t id_size = std::tuple_size_v<handfast::udp::ResumptionId>;
  constexpr std::size_t size = id_size + 32;
  return detail::take_file(path, size, [&](handfast::Bytes bytes) {
    if (bytes.size() != size) throw std::runtime_error(path + " holds no session");
    Resumption made;
    std::ranges::copy(bytes.first(id_size), made.id.begin());
    made.secret = handfast::Secret<32>::from(bytes.subspan(id_size));
    return made;
  });
}
inline void keep(const std::string& path, const handfast::udp::Resumption& one) {
  handfast::WipingBuffer bytes;
  bytes.append(one.id);
  bytes.append(one.secret.bytes());
  shared::write_private(path, bytes.bytes());
}

/// The server's: those of all its clients.
[[nodiscard]] inline std::optional<handfast::udp::Resumptions> take_resumptions(
    const std::string& path) {
  constexpr std::size_t size_max = 1 << 20;
  return detail::take_file(path, size_max, [&](handfast::Bytes bytes) {
    auto all = handfast::udp::Resumptions::dangerous_restore(bytes);
    if (!all) throw std::runtime_error(path + " holds no sessions");
    return std::move(*all);
  });
}
inline void keep(const std::string& path, const handfast::udp::Resumptions& all) {
  shared::write_private(path, all.dangerous_snapshot().bytes());
}

}  // namespace over_udp
