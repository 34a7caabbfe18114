#include "tests/attacks/x3dh.hpp"
#include "tests/support/catch.hpp"

// Two messages that cross are sealed with one key and nonce, which gives away GCM's own key.

namespace attacks::x3dh {
namespace {

/// An element of GF(2^128) as GCM writes it (SP 800-38D, section 6.3): the highest bit of the first
/// byte is the lowest coefficient.
struct Element {
  std::uint64_t high = 0, low = 0;

  static Element of(Bytes bytes) {
    Element made;
    for (std::size_t i = 0; i < 16; ++i) {
      std::uint64_t& half = i < 8 ? made.high : made.low;
      half = half << 8 | (i < bytes.size() ? bytes[i] : 0);
    }
    return made;
  }
  [[nodiscard]] std::array<std::uint8_t, 16> bytes() const {
    std::array<std::uint8_t, 16> made{};
    for (std::size_t i = 0; i < 16; ++i)
      made[i] = static_cast<std::uint8_t>((i < 8 ? high : low) >> (56 - 8 * (i % 8)));
    return made;
  }
  friend Element operator+(Element a, Element b) { return {a.high ^ b.high, a.low ^ b.low}; }
  friend Element operator*(Element a, Element b) {
    Element product;
    for (int bit = 0; bit < 128; ++bit) {
      if (((bit < 64 ? a.high >> (63 - bit) : a.low >> (127 - bit)) & 1) != 0)
        product = product + b;
      const bool carries = (b.low & 1) != 0;
      b = {b.high >> 1, b.low >> 1 | b.high << 63};
      if (carries) b.high ^= std::uint64_t{0xE1} << 56;
    }
    return product;
  }
};
/// One over `a`: to the power of 2^128 - 2.
Element inverse(Element a) {
  Element result{std::uint64_t{1} << 63, 0};
  for (int i = 0; i < 127; ++i) {
    a = a * a;
    result = result * a;
  }
  return result;
}

/// The two halves of what is sealed, of a text of at most 16 bytes.
Element text_in(const Parts& parts) {
  return Element::of(Bytes(parts.sealed).first(parts.sealed.size() - 16));
}
Element tag_in(const Parts& parts) { return Element::of(Bytes(parts.sealed).last(16)); }

/// The square of GCM's authentication key H. Of two texts of one size, at most one block, under one
/// key and nonce, the tags differ by the difference of the ciphertexts times H^2, and nothing else.
Element square_of_key(const Parts& one, const Parts& other) {
  return (tag_in(one) + tag_in(other)) * inverse(text_in(one) + text_in(other));
}

struct Outcome {
  bool is_read = false, is_forged = false;
};

Outcome play(Wire wire, X3dhStory& story) {
  const auto university = issuer(wire, "issuer", 1), alice = holder(wire, "holder", 2);
  X3dhStory::connect(*university, *alice);
  const std::string offer = "offer 7: accept?", order = "pay 10 to Alice.",
                    forged = "pay 99 to Mally.";
  const Parts down(wire, story.says(*university, offer)),
      up(wire, story.says(*alice, "code 4711 is it."));
  story.attacker(
      "has both, and hands neither over: they have crossed, and what one says is no secret");

  std::string read = offer;
  for (std::size_t i = 0; i < read.size(); ++i)
    read[i] = static_cast<char>(read[i] ^ down.sealed[i] ^ up.sealed[i]);
  Outcome outcome;
  outcome.is_read = read == "code 4711 is it.";
  story.attacker("adds the two ciphertexts and what the issuer has said: " +
                 (outcome.is_read ? "reads \"" + read + '"' : "noise"));
  const Element square = square_of_key(down, up);
  story.attacker(
      "divides the difference of the tags by that of the ciphertexts, for the square of "
      "GCM's authentication key");

  Parts next(wire, story.says(*university, order));
  std::array<std::uint8_t, 16> change{};
  for (std::size_t i = 0; i < 16; ++i) {
    change[i] = static_cast<std::uint8_t>(order[i] ^ forged[i]);
    next.sealed[i] ^= change[i];
  }
  const auto tag = (tag_in(next) + Element::of(change) * square).bytes();
  std::ranges::copy(tag, next.sealed.end() - 16);
  story.attacker("writes \"" + forged + "\" into the next message, and its tag anew");
  const Caused caused = story.hands(*alice, next.frame());
  outcome.is_forged = caused.heard == std::vector{forged};
  return outcome;
}
bool attack(Profile which, X3dhStory& story) {
  const Outcome outcome = play(wire_of(which), story);
  return outcome.is_read && outcome.is_forged;
}

const Attack listed{
    {"x3dh", "1", "2, 4", "crossing_counters",
     "two messages that cross give away what they say, and the key that authenticates the next",
     "one key and two counters that start equal: one key and nonce seal both, and whoever has them "
     "reads the one by the other, and forges what comes next",
     "each message has a key and a nonce of its own: the difference of two is noise, and what was "
     "forged is `not_authentic`, nothing changes"},
    attack};

}  // namespace

TEST_CASE("x3dh: crossing counters succeed against compat", "[attack]") {
  X3dhStory story;
  const Outcome outcome = play(Wire::documented, story);
  CHECK(outcome.is_read);
  CHECK(outcome.is_forged);
  CHECK(story.refused.empty());
}

TEST_CASE("x3dh: crossing counters fail against the counter and against hardened", "[attack]") {
  for (const Wire wire : {Wire::counter, Wire::hardened}) {
    X3dhStory story;
    const Outcome outcome = play(wire, story);
    CHECK_FALSE(outcome.is_read);
    CHECK_FALSE(outcome.is_forged);
    CHECK(story.refused == std::vector{Fault::not_authentic});
    CHECK(story.is_state_kept);
  }
}

TEST_CASE("x3dh: the field of GCM is the published one") {
  // McGrew and Viega, appendix B, test case 2: H, and the first ciphertext block times H.
  const std::array<std::uint8_t, 16> h{0x66, 0xe9, 0x4b, 0xd4, 0xef, 0x8a, 0x2c, 0x3b,
                                       0x88, 0x4c, 0xfa, 0x59, 0xca, 0x34, 0x2b, 0x2e};
  const std::array<std::uint8_t, 16> c{0x03, 0x88, 0xda, 0xce, 0x60, 0xb6, 0xa3, 0x92,
                                       0xf3, 0x28, 0xc2, 0xb9, 0x71, 0xb2, 0xfe, 0x78};
  const std::array<std::uint8_t, 16> product{0x5e, 0x2e, 0xc7, 0x46, 0x91, 0x70, 0x62, 0x88,
                                             0x2c, 0x85, 0xb0, 0x68, 0x53, 0x53, 0xde, 0xb7};
  CHECK((Element::of(c) * Element::of(h)).bytes() == product);
  CHECK((Element::of(c) * Element::of(h) * inverse(Element::of(h))).bytes() == c);
}

}  // namespace attacks::x3dh
