// Writes what the fuzz targets begin with: for each a folder of seeds and a dictionary. They follow
// from the layouts, and from sessions under scripted randomness, so that they are the same whoever
// makes them. fuzz/run --corpus runs it.
//
//   make_corpus FOLDER      FOLDER/TARGET/SEED and FOLDER/TARGET.dict

#include <iostream>

#include "fuzz/layouts.hpp"
#include "fuzz/registration_corpus.hpp"
#include "fuzz/stdio_corpus.hpp"
#include "fuzz/udp_corpus.hpp"
#include "handfast/testing/plan.hpp"

using namespace fuzz_corpus;

namespace {

/// Plans for worlds, each drawn from a seed; `another` is one that none draws.
void machine_target(const std::filesystem::path& folder, std::string_view name,
                    std::initializer_list<std::uint64_t> seeds, std::string_view another = {}) {
  Target machine(folder, std::string(name) + "_machine_fuzz");
  machine.seed("nothing_happens", Kept(4));
  for (const std::uint64_t seed : seeds)
    machine.seed("drawn." + std::to_string(seed), testing::input_of(testing::draw_plan(seed)));
  if (const auto plan = testing::plan_of_text(another))
    machine.seed("another", testing::input_of(*plan));
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
      "0000001a08003400000b00014e01000000014e01000400014e01000500014e01000f00014e01001000"
      "014e01001100014e01001200014e01001300014e01001400014e01001500014e010095");
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
  machine_targets(folder);
  return 0;
}
