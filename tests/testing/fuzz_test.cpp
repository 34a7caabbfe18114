#include "handfast/testing/fuzz.hpp"

#include "handfast/core/machine.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/toy.hpp"

using namespace handfast;
using namespace handfast::testing;

namespace {

using Rows = FuzzedRows<toy::Client>;
constexpr std::size_t connect_row = 0, retry_row = 1, give_up_row = 2;

}  // namespace

TEST_CASE("testing: each row that a machine takes counts, up to 255, and is reported as reached",
          "[property]") {
  CHECK(Rows::counters().size() == static_cast<std::size_t>(Graph<toy::Client>::row_count));
  const std::string total = std::to_string(Rows::counters().size());
  CHECK(Rows::report("toy").starts_with("rows reached: toy Client 0 of " + total + "\n"));

  Machine<toy::Client, Rows> client{toy::Client::Context{}};
  Time now{SteadyTime{} + std::chrono::hours(1), {}};
  REQUIRE_FALSE(client.handle(toy::Connect{}, now).fault());
  CHECK(client.handle(toy::Connect{}, now).fault());  // refused: no row
  CHECK(Rows::counters()[connect_row] == 1);
  CHECK(Rows::counters()[retry_row] == 0);
  CHECK(Rows::reached()[connect_row]);
  CHECK_FALSE(Rows::reached()[retry_row]);

  const std::string report = Rows::report("toy");
  CHECK(report.starts_with("rows reached: toy Client 1 of " + total + "\n"));
  CHECK(report.find("never: " + row_in_words<toy::Client>(connect_row)) == report.npos);
  CHECK(report.find("  never: " + row_in_words<toy::Client>(retry_row) + "\n") != report.npos);

  // As libFuzzer does before its next input; what was reached stays reached.
  std::ranges::fill(Rows::counters(), std::uint8_t{0});
  CHECK(Rows::reached()[connect_row]);

  Rows rows;
  for (int i = 0; i < 300; ++i) rows.row_taken(give_up_row);
  CHECK(Rows::counters()[give_up_row] == 255);
  CHECK(Rows::report("toy").starts_with("rows reached: toy Client 2 of " + total + "\n"));
}
