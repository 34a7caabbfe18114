#include <bitset>

#include "handfast/crypto/aead.hpp"
#include "handfast/crypto/hash.hpp"
#include "tests/attacks/x3dh.hpp"
#include "tests/support/catch.hpp"

// The document's other way to nonces: a shift register whose seed is the key.

namespace attacks::x3dh {
namespace {

using State = std::bitset<256>;
using Nonce = std::array<std::uint8_t, 16>;

/// A Fibonacci register of 256 bits, with the taps that the table of longest periods gives for this
/// size (x^256 + x^254 + x^251 + x^246 + 1).
class Register {
 public:
  explicit Register(const State& state) : state_(state) {}

  bool step() {
    const bool out = state_[0];
    const bool in = state_[0] ^ state_[2] ^ state_[5] ^ state_[10];
    state_ >>= 1;
    state_[255] = in;
    return out;
  }
  /// Undoes `step`.
  void step_back() {
    const bool in = state_[255];
    state_ <<= 1;
    state_[0] = in ^ state_[2] ^ state_[5] ^ state_[10];
  }
  [[nodiscard]] const State& state() const { return state_; }

  Nonce nonce() {
    Nonce made{};
    for (std::size_t i = 0; i < 128; ++i)
      made[i / 8] = static_cast<std::uint8_t>(made[i / 8] | (step() ? 1u << i % 8 : 0u));
    return made;
  }

 private:
  State state_;
};

State state_of(const Key& key) {
  State state;
  for (std::size_t i = 0; i < 256; ++i) state[i] = (key[i / 8] >> i % 8 & 1) != 0;
  return state;
}
Key key_of(const State& state) {
  Key key{};
  for (std::size_t i = 0; i < 256; ++i)
    key[i / 8] = static_cast<std::uint8_t>(key[i / 8] | (state[i] ? 1u << i % 8 : 0u));
  return key;
}

/// The seed from nonces number `number` and the one behind it: 256 bits in a row are the register
/// itself, which runs back.
Key seed_from(const Nonce& one, const Nonce& next, int number) {
  State state;
  for (std::size_t i = 0; i < 256; ++i) {
    const Nonce& from = i < 128 ? one : next;
    state[i] = (from[i % 128 / 8] >> i % 8 & 1) != 0;
  }
  Register there(state);
  for (int i = 0; i < 128 * number; ++i) there.step_back();
  return key_of(there.state());
}

/// What `sealed` says under `key`, where it is that which has sealed it.
std::optional<std::string> opened(const Key& key, const Nonce& nonce, Bytes sealed) {
  Aead<Aes256GcmNonce16> aead;
  Frame out(sealed.size() - 16);
  if (!aead.open(Secret<32>::from(Bytes(key)), nonce, {}, sealed, out)) return std::nullopt;
  return std::string(text_of(out));
}

/// The seventh and eighth of a conversation whose nonces are a register's, and the first again.
bool is_read_where_it_is_built(X3dhStory& story) {
  Key key{};
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(37 * i + 11);
  Register nonces(state_of(key));
  std::vector<Nonce> seen;
  for (int i = 0; i < 8; ++i) seen.push_back(nonces.nonce());
  Aead<Aes256GcmNonce16> aead;
  const std::string secret = "grade: A";
  Frame first(secret.size() + 16);
  (void)aead.seal(Secret<32>::from(Bytes(key)), seen[0], {}, bytes_of(secret), first);
  story.deployed(
      "as the document would have it, makes nonces with a register of 256 bits that is "
      "seeded with the key");
  story.attacker(
      "has two nonces, which are no secret: 256 bits in a row, and that is the register; "
      "runs it back to its seed");
  const auto read = opened(seed_from(seen[6], seen[7], 6), seen[0], first);
  story.deployed(read ? "is read from its first message on: \"" + *read + '"' : "is not read");
  return read == secret;
}

/// The same with what a profile has instead, and its first message.
bool is_read_here(Wire wire, X3dhStory& story) {
  const auto university = issuer(wire, "issuer", 1), alice = holder(wire, "holder", 2);
  X3dhStory::connect(*university, *alice);
  const Frame one = story.says(*university, "grade: A"), next = story.says(*university, "grade: B");
  Nonce first{}, second{};
  if (wire == Wire::hardened) {  // of its messages a salt is public, of which key and nonce come
    std::copy_n(Parts(wire, one).before.end() - 16, 16, first.begin());
    std::copy_n(Parts(wire, next).before.end() - 16, 16, second.begin());
  } else {  // the hash of the counter, which the answer to the agreement has moved
    Sha256 sha256;
    const std::uint8_t number = wire == Wire::documented ? 3 : 2;
    for (const auto& [nonce, counter] :
         {std::pair(&first, number), std::pair(&second, static_cast<std::uint8_t>(number + 1))}) {
      const auto digest =
          sha256.digest(Bytes(std::array<std::uint8_t, 8>{0, 0, 0, 0, 0, 0, 0, counter}));
      std::copy_n(digest.begin(), 16, nonce->begin());
    }
  }
  story.attacker("does the same with what is public of two messages");
  bool is_read = false;
  for (int number = 0; number < 8; ++number)
    is_read = is_read || opened(seed_from(first, second, number), first, Parts(wire, one).sealed);
  story.step("issuer", is_read ? "is read"
                               : "is not read: nothing that is public comes from the key "
                                 "alone and runs back to it");
  return is_read;
}

bool attack(Profile which, X3dhStory& story) {
  return is_read_where_it_is_built(story) && is_read_here(wire_of(which), story);
}

const Attack listed{
    {"x3dh", "2", "2", "lfsr", "two nonces in a row are the key",
     "who builds the document's register gives the key away with 256 bits of nonces; here it is "
     "not "
     "built, and nonces are hashes of a counter",
     "a nonce comes from its message's own key and is not sent; the salt that is sent is random",
     false},
    attack};

}  // namespace

TEST_CASE("x3dh: nonces of a register that is seeded with the key give it away", "[attack]") {
  X3dhStory story;
  CHECK(is_read_where_it_is_built(story));
}

TEST_CASE("x3dh: what is public of any profile's messages is no register", "[attack]") {
  for (const Wire wire : {Wire::documented, Wire::counter, Wire::hardened}) {
    X3dhStory story;
    CHECK_FALSE(is_read_here(wire, story));
  }
}

TEST_CASE("x3dh: a register steps back as it has stepped") {
  const State state = state_of(Key{1, 2, 3, 250});
  Register one(state);
  for (int i = 0; i < 300; ++i) (void)one.step();
  CHECK(one.state() != state);
  for (int i = 0; i < 300; ++i) one.step_back();
  CHECK(one.state() == state);
}

}  // namespace attacks::x3dh
