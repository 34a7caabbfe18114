#pragma once

// The forty bugs that respected implementations have shipped, and what shows that the hardened
// profiles here have none of them: the name of a test case, and the flaw that is planted to see it
// fail; or the reason why the bug cannot be. `tests/run --mutants "known bugs"` sees each of them
// fail.

#include <array>
#include <string_view>

namespace properties_test {

struct KnownBug {
  int number;  // 1 to 40
  std::string_view bug;
  /// Of tests/mutants/planted.hpp; two where one alone is not the bug. None where it cannot be.
  std::array<std::string_view, 2> flaws;
  std::string_view shown_by;  // the beginning of a test case's name; empty where the bug cannot be
  std::string_view or_why;    // there is no flaw
};

// clang-format off
inline constexpr KnownBug known_bugs[] = {
  {1, "nonce or counter moved by a failed open", {"committed though refused"},
   "properties: a number or length at any edge, sealed by a dishonest peer", ""},
  {2, "replay window moved before authentication", {"window moved before the tag check"},
   "properties: no field of a frame can be put to an edge", ""},
  {3, "ratchet moved, or keys cached, before the tag check", {"keys kept before the tag check"},
   "properties: flipped bits, prefixes and extensions of every frame are refused", ""},
  {4, "unbounded skipping", {"skip limit off by one"},
   "properties: long runs of records give what the model accepts, up to the skip limit", ""},
  {5, "the cap counts the wrong thing", {"full window skips nothing"},
   "properties: with permanent loss each fresh record opens", ""},
  {6, "overflow in bounds", {"acknowledgement not checked"},
   "properties: a number or length at any edge, sealed by a dishonest peer", ""},
  {7, "counter reset after a skip", {"counter reset after a skip"},
   "properties: any order, loss and repetition of records", ""},
  {8, "reserved nonce, wrap", {"last sequence not the last"},
   "properties: near its last sequence a parent seals what is left, once, and says stop", ""},
  {9, "key and nonce reused", {"one chain for both ways"},
   "properties: worlds of drawn plans are fine", ""},
  {10, "key reinstallation", {"skipped key kept after use"},
   "properties: repeated, reflected and moved frames are taken by nobody", ""},
  {11, "prefix truncation", {"any tag accepted"},
   "properties: whatever two moves the network, the attacker and the applications make", ""},
  {12, "state skipping", {"undeclared pair ignored"},
   "properties: in every state every message, command and timer does what the table says", ""},
  {13, "all-zero X25519", {"low-order key accepted", "all-zero agreement accepted"},
   "properties: no field of a frame can be put to an edge", ""},
  {14, "non-canonical keys", {"non-canonical key accepted"},
   "properties: no field of a frame can be put to an edge", ""},
  {15, "unknown key share, misbinding", {"any tag accepted"},
   "properties: repeated, reflected and moved frames are taken by nobody", ""},
  {16, "key-compromise impersonation", {"stolen client's key speaks for any server"},
   "registration: with a client's stolen key nobody is a server to it", ""},
  {17, "missing or malleable signature", {"any signature verifies"},
   "x3dh: any bit of bundle, first message and message that is flipped is refused", ""},
  {18, "one-time key used twice", {"resumption used twice"},
   "udp: what a session left is used once", ""},
  {19, "encodings of different keys confused", {},
   "", "all public keys are X25519's, in one encoding; where each stands is in the transcript"},
  {20, "reflection", {"directions have one name", "one chain for both ways"},
   "properties: repeated, reflected and moved frames are taken by nobody", ""},
  {21, "challenge as an oracle", {"audience not checked"},
   "registration: a server takes no client that has dialled another name", ""},
  {22, "unauthenticated metadata", {"version not checked"},
   "properties: flipped bits, prefixes and extensions of every frame are refused", ""},
  {23, "MAC omits context", {"port not in the transcript"},
   "properties: flipped bits, prefixes and extensions of every frame are refused", ""},
  {24, "relay between two channels", {"endpoint not in the associated data"},
   "stdio: through a relay between channels with different endpoints no record is taken", ""},
  {25, "path moved by a replay", {"path moved by what is old"},
   "udp: only what is newest moves a path", ""},
  {26, "simultaneous open or rekey", {"granted wish kept"},
   "properties: worlds of generated plans are fine", ""},
  {27, "wedged sessions after a lost acknowledgement", {"dead parent never noticed"},
   "properties: worlds of drawn plans are fine", ""},
  {28, "cheap first packets", {"NEW_SESSION without a pause"},
   "registration: a storm of frames that cannot be read is answered once in ten seconds", ""},
  {29, "short tags accepted", {"tag not checked"},
   "properties: flipped bits, prefixes and extensions of every frame are refused", ""},
  {30, "decoders that throw or over-read", {"another spelling accepted"},
   "wire: any input that is read is what its message is written as", ""},
  {31, "base64 malleability", {"trailing bits accepted"},
   "wire: accepted base64 is what the encoder writes", ""},
  {32, "clock rules", {"challenges forgotten too soon"},
   "rehandshake: a challenge is remembered as long as its time may pass", ""},
  {33, "trial decryption without commitment", {"second key tried"},
   "properties: flipped bits, prefixes and extensions of every frame are refused", ""},
  {34, "plaintext left after a bad tag", {"refused plaintext left in the cipher"},
   "crypto: neither refused nor delivered plaintext stays in memory", ""},
  {35, "secrets left after erasure", {"keys kept after the end"},
   "erasure: each way in which stdio ends leaves no key", ""},
  {36, "secrets in logs and errors", {"key id is a piece of a key"},
   "properties: whatever is made text of in a whole life tells no key", ""},
  {37, "limits logged, not enforced", {"messages not counted"},
   "properties: worlds of drawn plans are fine", ""},
  {38, "forward secrecy lags", {"chain key kept"},
   "properties: what a party stores opens nothing that it has sealed or opened before", ""},
  {39, "corrupt stored sessions", {"checksum not checked"},
   "properties: a stored state that is changed in any bit, cut or extended is never loaded", ""},
  {40, "checks that are always true", {},
   "mutants: every flaw that is planted in a header",
   "this is the trial of mutants itself: each flaw and each edit of a row, one at a time"},
};
// clang-format on

}  // namespace properties_test
