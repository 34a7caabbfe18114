#pragma once

// Every flaw that is planted in a header, as `detail::planted<"name">`: what it breaks, and which
// bug of the field it is, or comes nearest to. The rows are those of the project's list of
// properties.

#include <string_view>

namespace mutants {

/// A flaw of one clause, false in production.
struct Flaw {
  std::string_view name;
  int row;  // of the list of properties
  std::string_view breaks;
};

// clang-format off
inline constexpr Flaw flaws[] = {
  {"committed though refused",                 1, "a message that its row refuses has moved the receiver's keys all the same"},
  {"window moved before the tag check",        2, "a forged sequence number moves the chain: what was sent before it no longer opens"},
  {"keys kept before the tag check",           3, "a forged record leaves the keys that it skips in the window"},
  {"skip limit off by one",                    4, "one input costs one key more than the limit"},
  {"full window skips nothing",                5, "after as many losses as there are keys kept, another loss is the end"},
  {"newest skipped key lost",                  5, "of the skipped keys the newest goes when one too many is kept, not the oldest"},
  {"frame size not checked",                   6, "a frame above its link's limit is decoded"},
  {"acknowledgement not checked",              6, "a peer may acknowledge what was never sent, and the sender's count turns below zero"},
  {"requests without bound",                   6, "a request too many is opened in the place of one that waits"},
  {"counter reset after a skip",               7, "behind a gap the chain is where it was: what came opens again"},
  {"last sequence not the last",               8, "the sender goes on behind the limit, and behind the last number from 0"},
  {"sender runs ahead",                        8, "the sender goes on when the receiver could no longer follow"},
  {"nonce never drawn",                        9, "every record has the nonce zero"},
  {"one chain for both ways",                  9, "parent and child seal with the same keys"},
  {"repeated rekey gets a new key",           10, "a rekey request that comes again is answered with another key"},
  {"skipped key kept after use",              10, "a record that came late can be replayed"},
  {"request executed twice",                  10, "a request that comes again is delivered again"},
  {"answered request stays open",             10, "an answer that comes again is told again"},
  {"child's key not in the transcript",       11, "the parent's key is there twice"},
  {"child too soon in a new epoch",           12, "the child seals with keys that the parent does not have yet"},
  {"undeclared pair ignored",                 12, "what no row takes in a state is dropped in silence, and has used its key up"},
  {"low-order key accepted",                  13, "a point of low order is read as a public key"},
  {"all-zero agreement accepted",             13, "a point of low order makes keys that everybody knows"},
  {"non-canonical key accepted",              14, "one public key has two spellings"},
  {"any tag accepted",                        15, "whoever sends the child's line is believed to have the keys"},
  {"directions have one name",                20, "a record may be sent back to its sender"},
  {"peer not told",                           15, "the child believes in a run and does not know with whom"},
  {"version not checked",                     22, "the byte of a record's header that nothing else covers may say anything"},
  {"port not in the transcript",              23, "the child's confirmation says nothing about its port"},
  {"session id not in the associated data",   23, "nothing but its key says which session a record belongs to"},
  {"endpoint not in the associated data",     24, "a record for one endpoint is taken at another"},
  {"granted wish kept",                       26, "a wish that crossed with the new keys asks for others, again and again"},
  {"old epoch kept",                          33, "keys that were replaced still open what comes late"},
  {"second key tried",                        33, "a record that does not open with its key is tried with another"},
  {"first record repeated too late",          27, "where the first record is lost the child gives up before it comes again"},
  {"request given up at once",                27, "a request that is lost once has failed"},
  {"shutdown repeated once",                  27, "an end whose records are lost twice is no longer asked for"},
  {"child's wish not heard",                  27, "the parent brings no new keys where only the child is near a limit"},
  {"new keys not asked for",                  27, "data waits for new keys because nobody asked for them in time"},
  {"dead parent never noticed",               27, "the child waits for ever for a parent that is gone"},
  {"timers fire early",                       32, "what is due later happens whenever time passes"},
  {"another spelling accepted",               30, "a line of JSON has more than one form"},
  {"duplicate name accepted",                 30, "of two values of one name the last counts"},
  {"tag not checked",                         29, "what a wrong tag should have stopped is decrypted and handed out"},
  {"trailing bytes accepted",                 29, "a message may go on behind its last field"},
  {"trailing bits accepted",                  31, "four base64 texts say the same bytes"},
  {"refused plaintext left in the cipher",    34, "what was decrypted stays in memory though its tag is wrong"},
  {"refused plaintext kept",                  34, "what a refused record said stays in the machine's memory"},
  {"secret not wiped",                        35, "secrets stay in the memory that they have left"},
  {"bootstrap secret kept",                   35, "the object that derives keys still holds the secret that all of them come from"},
  {"keys kept after the end",                 35, "the cipher still holds the last keys of a session that is over"},
  {"answers kept",                            35, "answers stay in the child's memory when the parent has them"},
  {"request kept after its answer",           35, "requests stay in the parent's memory when they are answered"},
  {"key id is a piece of a key",              36, "what a claim says in the open begins the root of all keys"},
  {"messages not counted",                    37, "the limit of messages under one set of keys never comes"},
  {"keys never too old",                      37, "data is sealed with keys that should have been replaced long ago"},
  {"reserve not kept",                        37, "application data uses up the records that new keys need"},
  {"chain key kept",                          38, "the chain never moves: its key opens everything that was sent"},
  {"checksum not checked",                    39, "a stored session that has changed is loaded"},
};
// clang-format on

}  // namespace mutants
