#pragma once

// The files that a browser is given: the page, its scripts, style and picture, and TweetNaCl. They
// are read once, so that no path of a request is ever one of the file system. Every link to a key,
// `/<base64url>`, is the same page; its script reads the key, and says what is wrong with it.

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace web {

struct Page {
  std::string_view type;
  std::string content;
};

class Pages {
 public:
  /// Reads them all; throws where one is missing. `tweetnacl` is the path of `nacl-fast.js`.
  Pages(const std::string& folder, const std::string& tweetnacl) {
    constexpr std::string_view script = "text/javascript; charset=utf-8";
    add("/", "text/html; charset=utf-8", folder + "/index.html");
    for (const char* name : {"/page.js", "/client.js", "/picture.js", "/store.js"})
      add(name, script, folder + name);
    add("/nacl.js", script, tweetnacl);
    add("/page.css", "text/css; charset=utf-8", folder + "/page.css");
    add("/icon.svg", "image/svg+xml", folder + "/icon.svg");
  }

  /// What is at `path`, or nullptr.
  [[nodiscard]] const Page* find(std::string_view path) const {
    const auto found = pages_.find(is_link(path) ? "/" : path);
    return found == pages_.end() ? nullptr : &found->second;
  }

 private:
  /// Whether it was meant to have a key: some lose a character when they are copied.
  static bool is_link(std::string_view path) {
    return path.starts_with('/') && path.size() <= 100 &&
           std::ranges::all_of(path.substr(1), [](char c) {
             return ('A' <= c && c <= 'Z') || ('a' <= c && c <= 'z') || ('0' <= c && c <= '9') ||
                    c == '-' || c == '_';
           });
  }
  void add(std::string path, std::string_view type, const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) throw std::runtime_error("cannot read " + file);
    pages_[std::move(path)] = {type, {std::istreambuf_iterator<char>(in), {}}};
  }

  std::map<std::string, Page, std::less<>> pages_;
};

}  // namespace web
