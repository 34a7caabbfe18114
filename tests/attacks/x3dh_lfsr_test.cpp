#include <bitset>

#include "handfast/crypto/aead.hpp"
#include "handfast/crypto/hash.hpp"
#include "handfast/crypto/hkdf.hpp"
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

/// Where a profile counts: the first half of the hash of the message's number.
Nonce nonce_of(std::uint8_t number) {
  Sha256 sha256;
  const auto digest =
      sha256.digest(Bytes(std::array<std::uint8_t, 8>{0, 0, 0, 0, 0, 0, 0, number}));
  Nonce nonce{};
  std::copy_n(digest.begin(), nonce.size(), nonce.begin());
  return nonce;
}

template <class Cipher>
std::optional<std::string> opened(const Secret<32>& key, typename Aead<Cipher>::Nonce nonce,
                                  Bytes covered, Bytes sealed) {
  Aead<Cipher> aead;
  Frame out(sealed.size() - 16);
  if (!aead.open(key, nonce, covered, sealed, out)) return std::nullopt;
  return std::string(text_of(out));
}

/// A message of a session, the key that is behind it, and what is public of it.
struct Said {
  Wire wire;
  Key key;
  Frame associated_data;  // of the session
  Frame frame;
  Nonce open{};  // of 16 bytes that all see, the ones nearest to the document's nonce

  /// `number`: of the message, which a counter of one byte still holds.
  Said(Wire w, Side& side, const std::string& text, std::uint8_t number, X3dhStory& story)
      : wire(w),
        key(side.next_key()),
        associated_data(side.associated_data()),
        frame(story.says(side, text)) {
    if (wire == Wire::hardened)  // the salt, of which, with the key, nonce and cipher's key come
      std::copy_n(Parts(wire, frame).before.end() - 16, 16, open.begin());
    else
      open = nonce_of(number);
  }
  /// What it says to who has `some_key`, where that is the one.
  [[nodiscard]] std::optional<std::string> read_with(const Key& some_key) const {
    const Parts parts(wire, frame);
    const auto secret = Secret<32>::from(Bytes(some_key));
    if (wire == Wire::documented) return opened<Aes256GcmNonce16>(secret, open, {}, parts.sealed);
    Frame covered = associated_data;
    covered.insert(covered.end(), parts.before.begin() + 2, parts.before.end());
    if (wire == Wire::counter) return opened<Aes256GcmNonce16>(secret, open, covered, parts.sealed);
    Hkdf hkdf;
    const auto both = hkdf.derive<44>(secret.bytes(), open, bytes_of("handfast x3dh v2 message"));
    return opened<Aes256Gcm>(Secret<32>::from(both.bytes().first<32>()), both.bytes().last<12>(),
                             covered, parts.sealed);
  }
};

/// What a register was seeded with that has made `one` and `next`, if one has, and `is_it` knows it;
/// the attacker knows it by what it reads.
std::optional<Key> seed_of(const Nonce& one, const Nonce& next, const auto& is_it) {
  for (int number = 0; number < 8; ++number)
    if (const Key seed = seed_from(one, next, number); is_it(seed)) return seed;
  return std::nullopt;
}

/// A session, and two messages of the issuer's in a row.
struct Conversation {
  std::unique_ptr<Side> university, alice;
  Said one, next;

  Conversation(Wire wire, X3dhStory& story)
      : university(issuer(wire, "issuer", 1)),
        alice(connected(wire, *university)),
        // The agreement has moved the document's only counter twice, and one of counter's.
        one(wire, *university, "grade: A", wire == Wire::documented ? 3 : 2, story),
        next(wire, *university, "grade: B", wire == Wire::documented ? 4 : 3, story) {}

 private:
  static std::unique_ptr<Side> connected(Wire wire, Side& university) {
    auto alice = holder(wire, "holder", 2);
    X3dhStory::connect(university, *alice);
    return alice;
  }
};

/// Two nonces in a row, the seventh and eighth, of a register that is seeded with `key`.
std::pair<Nonce, Nonce> made_with(const Key& key) {
  Register nonces(state_of(key));
  for (int i = 0; i < 6; ++i) (void)nonces.nonce();
  const Nonce one = nonces.nonce();
  return {one, nonces.nonce()};
}

/// A session whose nonces come from a register that is seeded with its key.
bool is_read_where_it_is_built(Wire wire, X3dhStory& story) {
  story.deployed(
      "as the document would have it, makes nonces with a register of 256 bits that is "
      "seeded with the key");
  const Conversation talk(wire, story);
  const auto [one, next] = made_with(talk.one.key);
  story.attacker(
      "has two nonces, which are no secret: 256 bits in a row, and that is the register; "
      "runs it back to its seed");
  const auto seed = seed_of(one, next, [&](const Key& some) { return some == talk.one.key; });
  const auto read = seed ? talk.one.read_with(*seed) : std::nullopt;
  story.deployed(read ? "is read: the seed is the session's key, and says \"" + *read + '"'
                      : "is not read");
  return read == "grade: A";
}

/// The same with what a profile has instead.
bool is_read_here(Wire wire, X3dhStory& story) {
  const Conversation talk(wire, story);
  story.attacker("does the same with what is public of two messages");
  const auto is_it = [&](const Key& some) {
    return some == talk.one.key || some == talk.next.key || talk.one.read_with(some);
  };
  const bool is_read = seed_of(talk.one.open, talk.next.open, is_it).has_value();
  story.step("issuer", is_read ? "is read"
                               : "is not read: nothing that is public comes from the key "
                                 "alone and runs back to it");
  return is_read;
}

bool attack(Profile which, X3dhStory& story) {
  return is_read_where_it_is_built(Wire::documented, story) && is_read_here(wire_of(which), story);
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

TEST_CASE("x3dh: nonces of a register that is seeded with a session's key give it away",
          "[attack]") {
  for (const Wire wire : {Wire::documented, Wire::counter, Wire::hardened}) {
    X3dhStory story;
    CHECK(is_read_where_it_is_built(wire, story));
  }
}

TEST_CASE("x3dh: what is public of any profile's messages is no register", "[attack]") {
  for (const Wire wire : {Wire::documented, Wire::counter, Wire::hardened}) {
    X3dhStory story;
    CHECK_FALSE(is_read_here(wire, story));
  }
}

TEST_CASE("x3dh: a message is read with its own key, and with no other") {
  for (const Wire wire : {Wire::documented, Wire::counter, Wire::hardened}) {
    X3dhStory story;
    const Conversation talk(wire, story);
    CHECK(talk.one.read_with(talk.one.key) == "grade: A");
    CHECK(talk.next.read_with(talk.next.key) == "grade: B");
    CHECK((talk.one.key == talk.next.key) == (wire != Wire::hardened));
    Key other = talk.one.key;
    other[0] ^= 1;
    CHECK_FALSE(talk.one.read_with(other));
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
