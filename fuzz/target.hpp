#pragma once

// What one fuzz target begins with: a folder of seeds and a dictionary.

#include <filesystem>
#include <fstream>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "fuzz/protobuf.hpp"
#include "handfast/testing/dictionary.hpp"

namespace fuzz_corpus {

using namespace handfast;
using fuzz::Binary;
using fuzz::Json;
using fuzz::require;
using Kept = std::vector<std::uint8_t>;

inline void write_file(const std::filesystem::path& path, Bytes bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path.string());
}

/// The seeds and the dictionary of one target.
class Target {
 public:
  Target(const std::filesystem::path& folder, std::string_view name)
      : path_(folder / name), dictionary_(folder / (std::string(name) + ".dict")) {
    std::filesystem::remove_all(path_);
    std::filesystem::remove(dictionary_);
    std::filesystem::create_directories(path_);
  }
  Target(const Target&) = delete;
  ~Target() {
    std::string lines;
    for (const std::string& token : tokens_)
      if (token.size() <= token_size_max) lines += testing::dictionary_line(token);
    if (!lines.empty()) write_file(dictionary_, bytes_of(lines));
  }

  /// A seed, unless one has the same bytes.
  void seed(std::string_view name, Bytes bytes) {
    if (seeds_.insert(Kept(bytes.begin(), bytes.end())).second) write_file(path_ / name, bytes);
  }
  void seed(std::string_view name, std::string_view text) { seed(name, bytes_of(text)); }
  void token(std::string_view text) {
    if (known_.insert(std::string(text)).second) tokens_.emplace_back(text);
  }

  /// What follows from the layout of `Message`; `prefix` tells messages of one name apart.
  template <class Codec, class Message>
  void layout(std::string_view prefix = "") {
    using testing::Extreme;
    const std::string name = std::string(prefix) + std::string(wire::message_name<Message>);
    const auto add = [&](const testing::Sample<Message>& sample, std::string_view suffix) {
      if (const auto frame = Codec::encode(sample.message))
        seed(name + "." + std::string(suffix), *frame);
    };
    add(testing::plain_sample<Message>(), "plain");
    for (const auto extreme : {Extreme::smallest, Extreme::small, Extreme::large, Extreme::largest})
      add(testing::extreme_sample<Message>(extreme), to_string(extreme));
    constexpr auto codec = std::same_as<Codec, Binary>           ? testing::Codec::binary
                           : std::same_as<Codec, fuzz::Protobuf> ? testing::Codec::protobuf
                                                                 : testing::Codec::json;
    for (const std::string& one : testing::dictionary<Message>(codec)) token(one);
  }

 private:
  static constexpr std::size_t token_size_max = 64;  // bytes; libFuzzer passes over longer ones

  std::filesystem::path path_, dictionary_;
  std::set<Kept> seeds_;
  std::set<std::string> known_;
  std::vector<std::string> tokens_;
};

}  // namespace fuzz_corpus
