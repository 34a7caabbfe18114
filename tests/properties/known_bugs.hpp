#pragma once

// The forty bugs that respected implementations have shipped, and what shows that stdio has none of
// them: the name of a test case, or the reason why the bug cannot be.

#include <string_view>

namespace properties_test {

struct KnownBug {
  int number;  // 1 to 40
  std::string_view bug;
  std::string_view shown_by;  // a test case; empty where the bug cannot be
  std::string_view or_why;
};

inline constexpr KnownBug known_bugs[] = {
    {1, "nonce or counter moved by a failed open",
     "properties: flipped bits, prefixes and extensions of every frame are refused", ""},
    {2, "replay window moved before authentication",
     "properties: no field of a frame can be put to an edge", ""},
    {3, "ratchet moved, or keys cached, before the tag check",
     "properties: flipped bits, prefixes and extensions of every frame are refused", ""},
    {4, "unbounded skipping", "properties: no field of a frame can be put to an edge", ""},
    {5, "the cap counts the wrong thing", "properties: with permanent loss each fresh record opens",
     ""},
    {6, "overflow in bounds",
     "properties: a number or length at any edge, sealed by a dishonest peer", ""},
    {7, "counter reset after a skip", "properties: any order, loss and repetition of records", ""},
    {8, "reserved nonce, wrap",
     "properties: near its last sequence a parent seals what is left, once, and says stop", ""},
    {9, "key and nonce reused", "properties: worlds of drawn plans are fine", ""},
    {10, "key reinstallation",
     "properties: repeated, reflected and moved frames are taken by nobody", ""},
    {11, "prefix truncation",
     "properties: whatever two moves the network, the attacker and the applications make", ""},
    {12, "state skipping",
     "properties: in every state every message, command and timer does what the table says", ""},
    {13, "all-zero X25519", "properties: no field of a frame can be put to an edge", ""},
    {14, "non-canonical keys", "properties: no field of a frame can be put to an edge", ""},
    {15, "unknown key share, misbinding",
     "properties: repeated, reflected and moved frames are taken by nobody", ""},
    {16, "key-compromise impersonation", "", "stdio has no long-term keys"},
    {17, "missing or malleable signature", "", "stdio signs nothing"},
    {18, "one-time key used twice", "",
     "stdio stores no keys for others to use; each side makes its key for one session"},
    {19, "encodings of different keys confused", "", "stdio has one kind of public key"},
    {20, "reflection", "properties: repeated, reflected and moved frames are taken by nobody", ""},
    {21, "challenge as an oracle", "", "stdio has no challenges"},
    {22, "unauthenticated metadata",
     "properties: flipped bits, prefixes and extensions of every frame are refused", ""},
    {23, "MAC omits context",
     "properties: repeated, reflected and moved frames are taken by nobody", ""},
    {24, "relay between two channels", "stdio: two roles with different endpoints never establish",
     ""},
    {25, "path moved by a replay", "", "stdio has one path, which the operating system makes"},
    {26, "simultaneous open or rekey", "properties: worlds of generated plans are fine", ""},
    {27, "wedged sessions after a lost acknowledgement",
     "properties: worlds of drawn plans are fine", ""},
    {28, "cheap first packets", "",
     "stdio serves one child over pipes; what one input may cost is bounded in every world"},
    {29, "short tags accepted",
     "properties: flipped bits, prefixes and extensions of every frame are refused", ""},
    {30, "decoders that throw or over-read",
     "wire: any input that is read is what its message is written as", ""},
    {31, "base64 malleability", "wire: accepted base64 is what the encoder writes", ""},
    {32, "clock rules", "",
     "stdio puts no time on the wire; its timers are exact to the nanosecond, which row 12 shows"},
    {33, "trial decryption without commitment",
     "properties: in every state every message, command and timer does what the table says", ""},
    {34, "plaintext left after a bad tag",
     "crypto: neither refused nor delivered plaintext stays in memory", ""},
    {35, "secrets left after erasure", "erasure: each way in which stdio ends leaves no key", ""},
    {36, "secrets in logs and errors",
     "properties: whatever is made text of in a whole life tells no key", ""},
    {37, "limits logged, not enforced", "properties: a party that is never heard stops sealing",
     ""},
    {38, "forward secrecy lags",
     "properties: what a party stores opens nothing that it has sealed or opened before", ""},
    {39, "corrupt stored sessions",
     "properties: a stored state that is changed in any bit, cut or extended is never loaded", ""},
    {40, "checks that are always true", "mutants: every flaw that is planted in a header", ""},
};

}  // namespace properties_test
