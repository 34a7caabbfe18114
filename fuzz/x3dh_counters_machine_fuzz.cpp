// The roles of x3dh's profiles that count, the document's and the one made of it, in a world whose
// every move the input says. Of the document's it is known what goes wrong, and nothing crashes; of
// the other no oracle finds anything.

#include "tests/x3dh/scene.hpp"
//
#include "handfast/testing/fuzz_world.hpp"

using namespace handfast;

namespace {

using x3dh::Issuer, x3dh::Holder, x3dh::Counter, x3dh::Documented;

const testing::RowReport<Issuer<Counter>, Holder<Counter>> counter{"x3dh counter"};

/// As `RowReport`, but for the rows that only other profiles take: the document's holder says nothing
/// before the answer, and the answer is empty.
struct DocumentedReport {
  ~DocumentedReport() {
    print<Issuer<Documented>>();
    print<Holder<Documented>>();
  }
  template <class Role>
  static void print() {
    const auto reached = testing::FuzzedRows<Role>::reached();
    std::string never;
    int count = 0, all = 0;
    for (std::size_t i = 0; i < reached.size(); ++i) {
      const std::string row = testing::row_in_words<Role>(static_cast<int>(i));
      if (is_of_others(row)) continue;
      ++all;
      if (reached[i])
        ++count;
      else
        never += "  never: " + row + "\n";
    }
    std::fprintf(stderr, "rows reached: x3dh documented %s %d of %d\n%s",
                 std::string(name_of<Role>()).c_str(), count, all, never.c_str());
  }
  static bool is_of_others(std::string_view row) {
    const bool is_early =
        row.starts_with("AwaitingAnswer on ") || row.find(" on First ") != row.npos;
    return is_early && (row.ends_with("Delivered") || row.find(" on Send ") != row.npos);
  }
} const documented;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using testing::Oracle;
  testing::fuzz_world<x3dh_test::SceneOf<Counter>>({data, size});
  testing::fuzz_world<x3dh_test::SceneOf<Documented>>(
      {data, size}, {Oracle::claims, Oracle::ledger, Oracle::quiesce});
  return 0;
}
