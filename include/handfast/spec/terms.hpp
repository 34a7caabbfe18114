#pragma once

// What can be said, as terms: values that somebody has, and MACs over them. Numbered, each once.

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace handfast::spec {

/// A value. `parts` is empty for one that somebody simply has; of a MAC the key comes first.
struct Term {
  std::string name;  // of a MAC too, from its parts; MACs among these by their short names
  std::string sort;  // what it may be taken for
  bool is_public = false;
  std::vector<int> parts{};
};

class Terms {
 public:
  /// The number of the value with this name.
  int atom(std::string name, std::string_view sort, bool is_public) {
    return add({std::move(name), std::string(sort), is_public, {}});
  }
  /// The number of the MAC under `parts[0]` over the others.
  int mac(std::vector<int> parts, std::string_view sort) {
    if (const auto found = macs_.find(parts); found != macs_.end()) return found->second;
    std::string name = "mac_" + std::to_string(all_.size()) + "(";
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const std::string& part = (*this)[parts[i]].name;
      name += (i == 0 ? "" : i == 1 ? "; " : ", ") + part.substr(0, part.find('('));
    }
    macs_.emplace(parts, size());
    return add({name + ")", std::string(sort), false, std::move(parts)});
  }

  [[nodiscard]] const Term& operator[](int number) const {
    return all_[static_cast<std::size_t>(number)];
  }
  [[nodiscard]] int size() const noexcept { return static_cast<int>(all_.size()); }

  /// Adds to `known` what can be made of it, until nothing is new: a MAC whose key and parts are
  /// known.
  void close(std::vector<bool>& known) const {
    known.resize(all_.size());
    for (std::size_t i = 0; i < all_.size(); ++i)
      if (all_[i].is_public) known[i] = true;
    for (bool is_new = true; is_new;) {
      is_new = false;
      for (std::size_t i = 0; i < all_.size(); ++i)
        if (!known[i] && can_make(all_[i], known)) known[i] = is_new = true;
    }
  }
  [[nodiscard]] static bool can_make(const Term& term, const std::vector<bool>& known) {
    return !term.parts.empty() && std::ranges::all_of(term.parts, [&](int part) {
      return known[static_cast<std::size_t>(part)];
    });
  }

 private:
  int add(Term term) {
    const auto [found, is_new] = names_.emplace(term.name, size());
    if (is_new) all_.push_back(std::move(term));
    return found->second;
  }

  std::vector<Term> all_;
  std::map<std::string, int> names_;
  std::map<std::vector<int>, int> macs_;
};

}  // namespace handfast::spec
