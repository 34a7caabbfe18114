// Programs of simulated worlds that end themselves: the runner must say so, and in which world.

#include "handfast/testing/judge.hpp"
//
#include <cstdlib>

#include "examples/your_protocol/scene.hpp"

namespace {

/// The ways to go.
[[noreturn]] void end_by_abort() { std::abort(); }
[[noreturn]] void end_as_a_sanitizer_does() {
  std::fputs("==1==ERROR: a sanitizer's report\n", stderr);
  std::_Exit(1);
}

/// Ends the program when it is asked for the third time.
template <auto end>
struct CrashingUser {
  int asked = 0;
  void told(const ask::Wanted&, auto& doing) {
    if (++asked == 3) end();
    doing.now(ask::Give{doing.payload()});
  }
};

template <auto end>
struct CrashingScene : ask::Scene<ask::Mended> {
  using Applications = handfast::List<ask::AskerUser, CrashingUser<end>>;
};

/// Ends the program where a dishonest peer seals what its layout does not allow: in no world.
struct CrashingPeerScene : ask::Scene<ask::Mended> {
  template <class State>
  [[noreturn]] static void seal_raw(State&, handfast::Bytes, auto&, handfast::Frames&) {
    end_by_abort();
  }
};

}  // namespace

int main(int argc, char** argv) {
  using namespace handfast::testing;
  static constexpr SimScene scenes[] = {
      {"crash", "at_once", [](const SimOptions&) -> SimExit { std::abort(); }},
      {"crash", "in_a_world", simulate<CrashingScene<end_by_abort>>,
       judge<CrashingScene<end_by_abort>>},
      {"crash", "in_a_property", simulate<CrashingPeerScene>, judge<CrashingPeerScene>},
      {"crash", "sanitized", simulate<CrashingScene<end_as_a_sanitizer_does>>}};
  return sim_main(scenes, argc, argv);
}
