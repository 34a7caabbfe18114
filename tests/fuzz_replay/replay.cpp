// Runs a fuzz target over files instead of libFuzzer: every input of its corpus, once.
//
//   replay_TARGET FOLDER...     prints how many inputs there were; ends badly where there was none

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <set>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int count, char** arguments) {
  std::set<std::filesystem::path> paths;
  for (int i = 1; i < count; ++i)
    for (const auto& entry : std::filesystem::directory_iterator(arguments[i]))
      paths.insert(entry.path());
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    const std::vector<char> input{std::istreambuf_iterator<char>(file), {}};
    if (!file) {
      std::cerr << "cannot read " << path << "\n";
      return 1;
    }
    std::cout << path.filename().string() << std::endl;  // now: the last line tells who crashed
    // Memory of exactly its size: one byte further is found by the sanitizers.
    const std::vector<std::uint8_t> bytes(input.begin(), input.end());
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  }
  std::cout << paths.size() << " inputs" << std::endl;
  return paths.empty() ? 1 : 0;
}
