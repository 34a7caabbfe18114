// Writes what the fuzz targets begin with: for each a folder of seeds and a dictionary. They follow
// from the layouts, and from sessions under scripted randomness, so that they are the same whoever
// makes them. fuzz/run --corpus runs it.
//
//   make_corpus FOLDER      FOLDER/TARGET/SEED and FOLDER/TARGET.dict

#include <iostream>

#include "fuzz/layouts.hpp"
#include "fuzz/registration_corpus.hpp"
#include "fuzz/rehandshake_corpus.hpp"
#include "fuzz/stdio_corpus.hpp"
#include "fuzz/udp_corpus.hpp"
#include "fuzz/x3dh_corpus.hpp"
#include "handfast/testing/plan.hpp"
#include "tests/rehandshake/migration_plans.hpp"

using namespace fuzz_corpus;

namespace {

/// Plans for worlds, each drawn from a seed; `others` are some that none draws.
void machine_target(const std::filesystem::path& folder, std::string_view name,
                    std::initializer_list<std::uint64_t> seeds,
                    const std::vector<std::string_view>& others = {}) {
  Target machine(folder, std::string(name) + "_machine_fuzz");
  machine.seed("nothing_happens", Kept(4));
  for (const std::uint64_t seed : seeds)
    machine.seed("drawn." + std::to_string(seed), testing::input_of(testing::draw_plan(seed)));
  int count = 0;
  for (const std::string_view other : others)
    machine.seed("another" + (count++ == 0 ? std::string() : "." + std::to_string(count)),
                 testing::input_of(testing::plan_of_text(other).value()));
}

void machine_targets(const std::filesystem::path& folder) {
  machine_target(folder, "stdio", {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  machine_target(folder, "stdio_compat", {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  // The first of twelve moves or fewer that take a row which none before them took: what a fuzzer
  // finds only after minutes it need not look for. The tests replay them, and miss no row.
  machine_target(folder, "registration",
                 {3, 9, 13, 16, 40, 46, 61, 63, 67, 92, 98, 107, 174, 285, 755, 849, 2154, 12618});
  machine_target(
      folder, "registration_compat",
      {3, 9, 18, 23, 40, 57, 61, 63, 67, 92, 98, 174, 195, 220, 285, 1445, 1685, 2492, 5724, 6292});
  machine_target(
      folder, "registration_peers",
      {3,    9,    13,   15,   18,   24,   88,   98,   220,  311,   489,   554,   629,  667,
       1118, 1180, 2423, 2557, 3087, 3778, 5582, 6132, 9212, 10641, 23102, 39612, 79714},
      // Who is heard by nobody has nothing left to acknowledge with.
      {"0000001a08003400000b00014e01000000014e01000400014e01000500014e01000f00014e01001000"
       "014e01001100014e01001200014e01001300014e01001400014e01001500014e010095"});
  // What libFuzzer found in half a minute, as few of them as take every row; the last ends a session of
  // which nothing is proven.
  machine_target(
      folder, "udp", {},
      {"ffff2c3f07f60d0f0b00096c68656e57",
       "0f0f84f10482828282d20c8282820b84078282828282118f8f288f8f00000000000000000084f1820482"
       "8282d2d20482820b84f104828282828f118f00000082118f2771707d",
       "9e00966208db0da68963090a00df000002821a4a7b67078900fdffff03080000800000000000fb000000"
       "82366e9e04f20d0f008900fd27ffff08000068000000000068000000",
       "6500006506000d0045430e354101000000bf27bfbf000000000000000000000000000000000000000000"
       "000000000000000000000bbf27bfbfbf02bf34bfbfec080500006565",
       "627f619b08db0d9e0a6309c734c7c7c700001a0000c700e04ee00000",
       "9e6198da089d0d9e5fff0900000000000000000017260fa2686abbd7027e82971db60e3a34c008c40b83"
       "270404480f088202d500000000000000000075757501",
       "629e9e9807db0d0a9e9e0e9e279e0000", "9e589e6208db0d9e0a9e069e0de0e0e008e04e000000",
       "0f0f84f1048282ffff0b06f182828282040b8263636309820d84f182048227ff0b840782828282820b82"
       "0d82828204821a00000004010082ffff",
       "0a21020000930dc3c100", "3b083be008e000005b000f00273b0000007f41f5805b",
       "3b083be008e0009e619e0898279e9dfd0e9e41005b000f00273b005b",
       "29589fc808da0d9e0a9e0e9e3498da300e0a0d9e9edf0eff008e9eff0e8b5b9ec8ff",
       "3c80200000f982ff005903c234e201000000000000000000000000000000000000000000000000000000"
       "4120350000000000002a",
       "2cff0100004100000041", "9e9e9e6e07db0d9ed20b00ff27ffffff",
       "0000000000a327fa510000bb00000000",
       "3b083be008e000619e98089e279d9efd0e9e0d5fffff039d0dfd9e9e0e5f000000000000003ad4d40ed4"
       "41005b000fe0279ee09d0efd0d00005b",
       "000200140900000000000a00340080000a000d0080000a000d0080000a000d0080000700000001900a00"
       "34008000"});
  // As for registration, for all of its pairs.
  machine_target(folder, "rehandshake",
                 {3,   9,   13,  15,  16,  18,  23,  24,  35,   40,   71,   78,   88,    108,
                  220, 262, 439, 508, 515, 554, 679, 747, 1243, 1707, 2036, 2428, 16111, 25225},
                 // An attempt that nobody hears, and a period after it.
                 {"0000002008000000000b0a00750080000a00750080000a00750080000a0075008000"});
  // Found by libFuzzer: as few as take every row.
  using rehandshake_test::migration_plans;
  machine_target(folder, "rehandshake_migration", {},
                 {migration_plans.begin(), migration_plans.end()});
  machine_target(folder, "x3dh",
                 {3, 9, 13, 16, 18, 40, 46, 67, 98, 205, 213, 433, 629, 645, 71603, 102007});
  machine_target(folder, "x3dh_counters", {3,  9,   13,  15,  16,  18,  24,  40,  46,   57,  67,
                                           98, 173, 205, 213, 272, 508, 563, 645, 1235, 4084});
  machine_target(folder, "udp_compat", {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
}

void codec_targets(const std::filesystem::path& folder) {
  using namespace std::string_view_literals;
  Target binary(folder, "binary_fuzz"), json(folder, "json_fuzz");
  binary.layout<Binary, fuzz::Numbers>();
  binary.layout<Binary, fuzz::Tailed>();
  binary.layout<Binary, fuzz::Texts>();
  binary.layout<Binary, fuzz::Padded>();
  binary.layout<Binary, fuzz::Deployed>();
  json.layout<Json<>, fuzz::Strict>();
  json.layout<Json<>, fuzz::Exact>();
  json.layout<Json<>, fuzz::Loose>();
  for (const char* token :
       {"null", "-0", "1e9", "1.0", "[]", "{}", "\\u0061", "\\ud800", "\\/", " "})
    json.token(token);

  Target base64(folder, "base64_fuzz");
  const Kept bytes = {0xFB, 0xEF, 0xBE, 0xFF};
  for (std::size_t size = 1; size <= bytes.size(); ++size) {
    const Bytes some = Bytes{bytes}.first(size);
    const std::string number = std::to_string(size);
    base64.seed("standard." + number, wire::base64::encode(some, wire::base64::standard));
    base64.seed("url." + number, wire::base64::encode(some, wire::base64::url));
    base64.seed("hex." + number, wire::hex::encode(some));
  }
  for (const char* token : {"=", "==", "+", "/", "-", "_", "AA", "//", "__"}) base64.token(token);

  Target tokens(folder, "fernet_fuzz");
  tokens.seed("empty", ""sv);
  tokens.seed(
      "published",
      "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64j"
      "VmpU4IwqDA=="sv);
  Kept unsigned_token(41, 0);  // what the target signs: version, time, IV, one block
  unsigned_token[0] = 0x80;
  tokens.seed("one_block", unsigned_token);
  for (const char* token : {"gAAAAA", "=", "=="}) tokens.token(token);

  Target streams(folder, "lines_fuzz");
  streams.seed("lines", "\x01\x02\x03\x1f{\"version\":2}\nsecond\n\n"sv);
  streams.seed("line_of_24", "\0\0\0\0aaaaaaaaaaaaaaaaaaaaaaaa\n"sv);
  streams.seed("frames", "\x1f\x1f\0\0\0\x05hello\0\0\0\x01x"sv);
  streams.seed("frame_of_24",
               "\x04\x04\x04\x04\0\x18"sv
               "aaaaaaaaaaaaaaaaaaaaaaaa"sv);
  for (const auto token : {"\n"sv, "\r\n"sv, "\0\x18"sv, "\0\x19"sv, "\0\0"sv})
    streams.token(token);
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    std::cerr << "make_corpus FOLDER\n";
    return 2;
  }
  const std::filesystem::path folder(arguments[1]);
  codec_targets(folder);
  stdio_targets(folder);
  registration_targets(folder);
  udp_targets(folder);
  rehandshake_targets(folder);
  x3dh_targets(folder);
  machine_targets(folder);
  return 0;
}
