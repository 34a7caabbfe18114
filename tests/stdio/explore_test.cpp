#include "handfast/stdio.hpp"

#include "tests/support/catch.hpp"

// Both roles together, explored as far as there is room at run time; compile_time_test.cpp has what
// a compiler can do.

using namespace handfast;
using namespace handfast::stdio;

namespace {

constexpr Channel all = Channel::lossy | Channel::duplicating | Channel::reordering;

std::string_view name_of_flaw(Flaw flaw) {
  switch (flaw) {
    case Flaw::none: return "none";
    case Flaw::deadlock: return "deadlock";
    case Flaw::unspecified_reception: return "unspecified reception";
    case Flaw::cannot_finish: return "cannot finish";
    case Flaw::too_large: return "too large";
  }
  return "";
}

template <class A, class B, int Capacity, int Size = 1 << 18>
int explored(Channel channel, int reorder_max) {
  const Verdict verdict = explore<A, B, Capacity, Size>(channel, reorder_max);
  INFO("capacity " << Capacity << ", channel " << static_cast<int>(channel) << ", overtaking "
                   << reorder_max);
  INFO("explored " << verdict.explored << ", in "
                   << state_names<A>[static_cast<std::size_t>(verdict.states[0])] << " and "
                   << state_names<B>[static_cast<std::size_t>(verdict.states[1])] << ", message "
                   << verdict.message);
  CHECK(name_of_flaw(verdict.flaw) == "none");
  return verdict.explored;
}

}  // namespace

TEST_CASE("stdio: hardened roles are never stuck with two messages in flight, on any channel") {
  for (int flags = 0; flags < 8; ++flags)
    for (const int overtaking : {1, 2})
      CHECK(explored<Parent<>, Child<>, 2>(static_cast<Channel>(flags), overtaking) > 100);
}

TEST_CASE(
    "stdio: hardened roles are never stuck with three messages in flight that overtake each "
    "other") {
  CHECK((explored<Parent<>, Child<>, 3, 1 << 20>(all, 2)) > 10000);
  CHECK((explored<Parent<>, Child<>, 3, 1 << 20>(Channel::reliable, 2)) > 1000);
}

TEST_CASE(
    "stdio: compat roles are never stuck with four messages in flight that overtake each other") {
  for (int flags = 0; flags < 8; ++flags)
    CHECK(explored<Parent<Compat>, Child<Compat>, 4>(static_cast<Channel>(flags), 3) > 10);
}
