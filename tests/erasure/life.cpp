#include "tests/erasure/life.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

namespace erasure {

namespace {

std::uint8_t random_byte(std::uint64_t& state) {
  state += 0x9E3779B97F4A7C15u;
  std::uint64_t z = state;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
  z = (z ^ z >> 27) * 0x94D049BB133111EBu;
  return static_cast<std::uint8_t>((z ^ z >> 31) >> 56);
}

void write_all(int file, const void* data, std::size_t size) {
  const auto* bytes = static_cast<const std::uint8_t*>(data);
  while (size > 0) {
    const ssize_t written = write(file, bytes, size);
    if (written <= 0) _exit(1);
    bytes += written;
    size -= static_cast<std::size_t>(written);
  }
}
bool read_all(int file, void* data, std::size_t size) {
  auto* bytes = static_cast<std::uint8_t*>(data);
  while (size > 0) {
    const ssize_t got = read(file, bytes, size);
    if (got <= 0) return false;
    bytes += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

struct Sizes {
  std::size_t name, complement;
};

}  // namespace

bool LoggedRandom::fill(MutableBytes out) {
  for (auto& byte : out) byte = random_byte(state_);
  if (out.size() == 32) private_keys.push_back(complement_of(out));
  return true;
}

Payload::Payload(int number) {
  std::uint64_t state = static_cast<std::uint64_t>(number) * 7919 + 17;
  for (auto& byte : bytes_) byte = random_byte(state);
}

std::uint64_t next_seed() {
  static std::uint64_t last = 770000;
  return last += 1000;
}

x25519::PrivateKey key_from(const std::vector<std::uint8_t>& complement) {
  return x25519::PrivateKey::from(Secret<32>::from(complement_of(complement)));
}

std::vector<Watched> in_another_process(const std::function<std::vector<Watched>()>& compute) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("no pipe");
  const pid_t other = fork();
  if (other < 0) throw std::runtime_error("no other process");
  if (other == 0) {
    for (const Watched& one : compute()) {
      const Sizes sizes{one.name.size(), one.complement.size()};
      write_all(ends[1], &sizes, sizeof sizes);
      write_all(ends[1], one.name.data(), sizes.name);
      write_all(ends[1], one.complement.data(), sizes.complement);
    }
    _exit(0);
  }
  close(ends[1]);
  std::vector<Watched> watched;
  for (Sizes sizes; read_all(ends[0], &sizes, sizeof sizes);) {
    Watched one{std::string(sizes.name, '\0'), std::vector<std::uint8_t>(sizes.complement), true};
    if (!read_all(ends[0], one.name.data(), sizes.name) ||
        !read_all(ends[0], one.complement.data(), sizes.complement))
      break;
    watched.push_back(std::move(one));
  }
  close(ends[0]);
  int status = 0;
  if (waitpid(other, &status, 0) != other || status != 0)
    throw std::runtime_error("the other process ended badly");
  return watched;
}

void add_payload(std::vector<Watched>& watched, std::string name, int number) {
  const Payload payload(number);
  watched.push_back({std::move(name), complement_of(payload.bytes()), false});
}

}  // namespace erasure
