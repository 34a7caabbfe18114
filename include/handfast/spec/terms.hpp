#pragma once

// What can be said, as terms: values that somebody has, and what is made of them. Numbered, each
// once, its parts before it. And the rules by which whoever has some terms comes to have others.

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace handfast::spec {

/// What a term is made by. All are perfect: nothing else than the rules below is ever found out.
enum class Operation : std::uint8_t {
  none,       // somebody simply has it
  mac,        // parts: key, then what is covered
  public_of,  // part: a private key
  agreed,     // parts: two private keys, either first, then their public halves
  derived,    // parts: all that goes in; a hash, or a key from other keys
  sealed,     // parts: key, then what is covered, then what is inside
  signature,  // parts: a private key, then what is covered
};

/// A value.
struct Term {
  std::string name;  // of what is made too, from its parts by their short names
  std::string sort;  // what it may be taken for
  bool is_public = false;
  std::vector<int> parts{};
  Operation operation = Operation::none;
  std::size_t inside_count = 0;  // how many of the last parts are inside the seal
  bool is_stream = false;        // a seal that tells what is in another under the same nonce
};

/// Whoever has all of `from` can make `makes`; alone, with no secret besides.
struct Rule {
  int makes = -1;
  std::vector<int> from;
};

class Terms {
 public:
  /// The number of the value with this name.
  int atom(std::string name, std::string_view sort, bool is_public) {
    return add({std::move(name), std::string(sort), is_public});
  }
  /// The number of the MAC under `parts[0]` over the others.
  int mac(std::vector<int> parts, std::string_view sort) {
    return made(Operation::mac, "mac", std::move(parts), sort);
  }
  /// The public half of a private key.
  int public_of(int private_key, bool is_public) {
    return add({"public " + (*this)[private_key].name,
                "public key",
                is_public,
                {private_key},
                Operation::public_of});
  }
  /// What two private keys agree on: the same, whoever of both it is.
  int agreed(int one, int other) {
    if (one > other) std::swap(one, other);
    return made(Operation::agreed, "agreed",
                {one, other, public_of(one, false), public_of(other, false)}, "agreed");
  }
  /// What is called `label` and derived from `parts`.
  int derived(std::string_view label, std::vector<int> parts) {
    return made(Operation::derived, label, std::move(parts), label);
  }
  /// The last `inside_count` parts, sealed under `parts[0]`; all others are covered. Of streams that
  /// are alike but for what is inside, one tells the other.
  int sealed(std::vector<int> parts, std::size_t inside_count, std::string_view sort,
             bool is_stream = false) {
    const int number = made(Operation::sealed, "sealed", std::move(parts), sort);
    all_[static_cast<std::size_t>(number)].inside_count = inside_count;
    all_[static_cast<std::size_t>(number)].is_stream = is_stream;
    return number;
  }
  /// The signature with `parts[0]` over the others.
  int signature(std::vector<int> parts, std::string_view sort) {
    return made(Operation::signature, "signed", std::move(parts), sort);
  }

  [[nodiscard]] const Term& operator[](int number) const {
    return all_[static_cast<std::size_t>(number)];
  }
  [[nodiscard]] int size() const noexcept { return static_cast<int>(all_.size()); }

  /// All rules of these terms, by what they are of.
  [[nodiscard]] std::vector<Rule> rules() const {
    std::vector<Rule> all;
    for (int number = 0; number < size(); ++number) {
      const Term& term = (*this)[number];
      const auto& parts = term.parts;
      if (term.operation == Operation::none) continue;
      if (term.operation == Operation::agreed) {
        all.push_back({number, {parts[0], parts[3]}});
        all.push_back({number, {parts[1], parts[2]}});
        continue;
      }
      all.push_back({number, parts});
      for (std::size_t i = parts.size() - term.inside_count; i < parts.size(); ++i)
        all.push_back({parts[i], {number, parts[0]}});
      for (int other = 0; term.is_stream && other < size(); ++other)
        if (other != number && are_alike(term, (*this)[other]))
          all.push_back({parts.back(), {number, other, (*this)[other].parts.back()}});
    }
    return all;
  }
  /// Adds to `known` what is public and what can be made of it by the rules, until nothing is new.
  void close(std::vector<bool>& known) const {
    known.resize(all_.size());
    for (std::size_t i = 0; i < all_.size(); ++i)
      if (all_[i].is_public) known[i] = true;
    const auto all = rules();
    for (bool is_new = true; is_new;) {
      is_new = false;
      for (const Rule& rule : all) {
        const auto makes = static_cast<std::size_t>(rule.makes);
        if (!known[makes] && can_make(rule, known)) known[makes] = is_new = true;
      }
    }
  }
  [[nodiscard]] static bool can_make(const Rule& rule, const std::vector<bool>& known) {
    return std::ranges::all_of(rule.from,
                               [&](int part) { return known[static_cast<std::size_t>(part)]; });
  }

 private:
  /// Whether a seal is a stream under the same key and nonce as another stream.
  [[nodiscard]] static bool are_alike(const Term& one, const Term& other) {
    return other.is_stream && one.inside_count == 1 && other.inside_count == 1 &&
           std::equal(one.parts.begin(), one.parts.end() - 1, other.parts.begin(),
                      other.parts.end() - 1);
  }
  int made(Operation operation, std::string_view label, std::vector<int> parts,
           std::string_view sort) {
    auto what = std::tuple(operation, std::string(label), parts);
    if (const auto found = made_.find(what); found != made_.end()) return found->second;
    std::string name = std::string(label) + '_' + std::to_string(all_.size()) + "(";
    const std::size_t told = operation == Operation::agreed ? 2 : parts.size();
    for (std::size_t i = 0; i < told; ++i) {
      const std::string& part = (*this)[parts[i]].name;
      name += (i == 0 ? "" : i == 1 ? "; " : ", ") + part.substr(0, part.find('('));
    }
    made_.emplace(std::move(what), size());
    return add({name + ")", std::string(sort), false, std::move(parts), operation});
  }
  int add(Term term) {
    const auto [found, is_new] = names_.emplace(term.name, size());
    if (is_new) all_.push_back(std::move(term));
    return found->second;
  }

  std::vector<Term> all_;
  std::map<std::string, int> names_;
  std::map<std::tuple<Operation, std::string, std::vector<int>>, int> made_;
};

}  // namespace handfast::spec
