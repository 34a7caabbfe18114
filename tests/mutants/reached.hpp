#pragma once

// Which rows and refusals the edited machines of the test cases come to, in words. Until then an edit
// of that row changes nothing.

#include <set>
#include <string>

#include "handfast/core/fault.hpp"
#include "handfast/core/list.hpp"

namespace mutants {

/// What was come to since this was emptied.
[[nodiscard]] inline std::set<std::string>& reached() {
  static std::set<std::string> all;
  return all;
}

/// With its scope: there is a client of registration and one of udp.
template <class Role>
[[nodiscard]] std::string role_in_words() {
  const std::string_view spelled = handfast::detail::spelled<Role>();
  return std::string(spelled.substr(0, spelled.find('<')));
}
template <class Role>
[[nodiscard]] std::string row_in_words(int row) {
  return role_in_words<Role>() + " row " + std::to_string(row);
}
template <class Role>
[[nodiscard]] std::string refusal_in_words(int state, handfast::Fault fault) {
  return role_in_words<Role>() + " state " + std::to_string(state) + " fault " +
         std::to_string(static_cast<int>(fault));
}

/// An observer that notes it.
template <class Role>
struct NotesReached {
  void row_taken(int row) { reached().insert(row_in_words<Role>(row)); }
  void refused(int state, handfast::Fault fault) {
    reached().insert(refusal_in_words<Role>(state, fault));
  }
};

}  // namespace mutants
