// Prints a run of a protocol, honest or attacked, with an owner for every byte: as text, as a page of
// HTML, as a sequence diagram. What the two applications do is in transcript/; all else is the
// library's (spec/transcript_main.hpp), for any tables and layouts.

#include "transcript/runs.hpp"

int main(int argc, char** argv) {
  static constexpr handfast::spec::Run runs[] = {
      {"stdio", "hardened", transcript::stdio},
      {"stdio", "compat", transcript::stdio_compat},
      {"registration", "hardened", transcript::registration},
      {"registration", "compat", transcript::registration_compat},
      {"registration-peers", {}, transcript::registration_peers},
      {"udp", "hardened", transcript::udp},
      {"udp", "compat", transcript::udp_compat},
      {"udp", "v0_8", transcript::udp_v0_8},
      {"rehandshake", "hardened", transcript::rehandshake},
      {"rehandshake", "compat", transcript::rehandshake_compat},
      {"rehandshake-peers", {}, transcript::rehandshake_peers},
      {"migration", {}, transcript::migration},
      {"x3dh", "hardened", transcript::x3dh},
      {"x3dh", "counter", transcript::x3dh_counter},
      {"x3dh", "documented", transcript::x3dh_documented},
  };
  return handfast::spec::transcript_main(
      runs, argc, argv,
      "\nThe attack gallery as such pages, each against both profiles:\n"
      "  tests/run --attacks NAME --html FOLDER\n"
      "A simulated world, and what goes wrong in it:\n"
      "  tests/run --sim PROTOCOL --seed N --html FILE\n");
}
