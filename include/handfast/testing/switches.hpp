#pragma once

// Makes every rule and every planted flaw of a program a switch that is thrown while it runs, so
// that one program tries many mistakes. To be included before anything else of handfast, in every
// source of the program: what was compiled without it is fixed, and never wrong. GCC refuses it
// where it comes too late; Clang says nothing.

#include <atomic>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "handfast/core/next.hpp"

namespace handfast::testing {

namespace detail {

/// A planted flaw: not there until it is switched on.
class PlantedSwitch {
 public:
  explicit PlantedSwitch(std::string_view name);
  PlantedSwitch(const PlantedSwitch&) = delete;
  PlantedSwitch& operator=(const PlantedSwitch&) = delete;
  /// What is decided while it compiles has no flaw.
  // NOLINTNEXTLINE: implicit, it stands in for a bool
  constexpr operator bool() const noexcept { return !std::is_constant_evaluated() && ask(); }

  [[nodiscard]] bool& is_on() noexcept { return is_on_; }
  /// Whether it was asked since the last time that this was.
  [[nodiscard]] bool take_asked() noexcept {
    return was_asked_.exchange(false, std::memory_order_relaxed);
  }

 private:
  bool ask() const noexcept {
    was_asked_.store(true, std::memory_order_relaxed);
    return is_on_;
  }

  bool is_on_ = false;
  mutable std::atomic<bool> was_asked_ = false;
};

/// Every planted flaw of the program by its name. A function, so that it is there before the first
/// of them.
[[nodiscard]] inline std::map<std::string_view, PlantedSwitch*>& planted_switches() {
  static std::map<std::string_view, PlantedSwitch*> switches;
  return switches;
}
inline PlantedSwitch::PlantedSwitch(std::string_view name) {
  planted_switches().emplace(name, this);
}

}  // namespace detail

/// The names of all flaws that are planted in this program, in alphabetical order: those in code
/// that it instantiates.
[[nodiscard]] inline std::vector<std::string_view> planted_names() {
  std::vector<std::string_view> names;
  for (const auto& [name, flaw] : detail::planted_switches()) names.push_back(name);
  return names;
}

/// Those of them that the program has asked for since this was called last: where a test does not
/// ask for a flaw, it cannot notice it.
[[nodiscard]] inline std::vector<std::string_view> take_asked_names() {
  std::vector<std::string_view> names;
  for (const auto& [name, flaw] : detail::planted_switches())
    if (flaw->take_asked()) names.push_back(name);
  return names;
}

/// The switch of the flaw `name`; throws `std::logic_error` where the program has none.
[[nodiscard]] inline bool& planted_switch(std::string_view name) {
  const auto found = detail::planted_switches().find(name);
  if (found == detail::planted_switches().end())
    throw std::logic_error("no flaw is planted under the name " + std::string(name));
  return found->second->is_on();
}

/// The switch of a rule: while it is true, nothing is refused by `Rule`.
template <class Rule>
[[nodiscard]] bool& rule_switch() noexcept {
  return handfast::detail::switched_off<Rule>;
}

/// Throws a switch for as long as this lives.
class [[nodiscard]] SwitchedOn {
 public:
  explicit SwitchedOn(bool& flag) noexcept : flag_(flag), before_(flag) { flag = true; }
  SwitchedOn(const SwitchedOn&) = delete;
  SwitchedOn& operator=(const SwitchedOn&) = delete;
  ~SwitchedOn() { flag_ = before_; }

 private:
  bool& flag_;
  bool before_;
};

}  // namespace handfast::testing

namespace handfast::detail {

// `requires true` makes these more specialised than the constants that they replace, while they
// still fit every argument.

template <class Rule>
requires true inline bool switched_off<Rule> = false;

template <FixedString Name>
requires true inline testing::detail::PlantedSwitch planted<Name>{Name.view()};

}  // namespace handfast::detail
