#pragma once

// The mutants that nothing noticed, and why nothing could: survivors.txt. A reason stands at the
// beginning of a line and may take several; the mutants that it is for follow, each on a line of
// its own behind two spaces, with `*` for any text.

#include <string>
#include <vector>

namespace mutants {

/// One reason and the mutants that it explains.
struct Reason {
  std::string words;
  std::vector<std::string> patterns;
};

/// The reasons that `text` says; lines that begin with # do not count.
[[nodiscard]] std::vector<Reason> reasons_in(const std::string& text);

/// Which of `reasons` explains `survivor`, or -1.
[[nodiscard]] int reason_of(const std::vector<Reason>& reasons, const std::string& survivor);

/// The patterns that fit none of `survivors`.
[[nodiscard]] std::vector<std::string> idle_patterns(const std::vector<Reason>& reasons,
                                                     const std::vector<std::string>& survivors);

}  // namespace mutants
