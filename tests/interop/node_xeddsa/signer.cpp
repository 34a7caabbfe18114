// Signs and verifies for a peer: one request a line, all in hexadecimal digits, one answer a line.
//
//   new                        -> SEED PUBLIC
//   sign SEED MESSAGE          -> SIGNATURE
//   verify PUBLIC MESSAGE SIGNATURE -> yes, or the fault
//
// An empty message is written as -.

#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "handfast/crypto/xeddsa.hpp"
#include "handfast/wire/hex.hpp"

namespace {

using namespace handfast;

std::vector<std::uint8_t> bytes(const std::string& digits) {
  if (digits == "-") return {};
  std::vector<std::uint8_t> read(digits.size() / 2);
  if (!wire::hex::decode(digits, read)) throw std::runtime_error("not hexadecimal: " + digits);
  return read;
}

xeddsa::PrivateKey key(const std::string& seed) {
  auto made = xeddsa::PrivateKey::from_seed(Secret<32>::from(Bytes(bytes(seed))));
  if (!made) throw std::runtime_error("no seed of a key that signs");
  return std::move(*made);
}

std::string answer(const std::string& verb, const std::vector<std::string>& given) {
  if (verb == "new") {
    Random random;
    for (;;) {
      const auto seed = random.secret<32>().value();
      if (const auto made = xeddsa::PrivateKey::from_seed(seed))
        return wire::hex::encode(seed.bytes()) + " " +
               wire::hex::encode(made->public_key().bytes());
    }
  }
  if (verb == "sign" && given.size() == 2)
    return wire::hex::encode(xeddsa::sign(key(given[0]), bytes(given[1])).value());
  if (verb == "verify" && given.size() == 3) {
    const auto from = x25519::PublicKey::parse(bytes(given[0]));
    if (!from) return std::string(to_string(from.error()));
    const auto verified = xeddsa::verify(*from, bytes(given[1]), bytes(given[2]));
    return verified ? "yes" : std::string(to_string(verified.error()));
  }
  throw std::runtime_error("no such request: " + verb);
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string verb;
    std::vector<std::string> given;
    words >> verb;
    for (std::string one; words >> one;) given.push_back(one);
    std::cout << answer(verb, given) << std::endl;
  }
}
