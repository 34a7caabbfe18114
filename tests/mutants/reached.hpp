#pragma once

// Which rows and refusals the edited machines of the test cases come to, in words. Until then an edit
// of that row changes nothing.

#include <set>
#include <string>

#include "handfast/core/graph.hpp"

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
    note_rows(handfast::RowsOf<Role>{}, state, fault);
  }

 private:
  /// Those of which a rule may have refused: what no input passes is come to in no other way.
  template <class... Rs>
  static void note_rows(handfast::List<Rs...>, int state, handfast::Fault fault) {
    int row = 0;
    const auto note = [&]<class... Rules>(handfast::List<Rules...>) {
      const bool may_refuse =
          handfast::Graph<Role>::edges[row].from == state && ((Rules::fault == fault) || ...);
      if (may_refuse) reached().insert(row_in_words<Role>(row));
      ++row;
    };
    (note(typename handfast::RowParts<Rs>::rules{}), ...);
  }
};

}  // namespace mutants
