#include "handfast/testing/edges.hpp"

#include "handfast/stdio/messages.hpp"
#include "handfast/testing/rewrite.hpp"
#include "tests/support/catch.hpp"

using namespace handfast;
using namespace handfast::wire;
using testing::edge_numbers;
using testing::edge_sizes;

namespace {

enum class Mode : std::uint8_t { one = 1, two = 2 };

struct Numbers {
  std::uint16_t port = 1;
  std::uint32_t three{}, four{};
  std::uint64_t eight{};
  bool flag{};
  Mode mode = Mode::one;
  Bytes some, all;
  using layout = Layout<"numbers", Field<"port", &Numbers::port, Range<1, 1000>>,
                        Field<"three", &Numbers::three, InBytes<3>>, Field<"four", &Numbers::four>,
                        Field<"eight", &Numbers::eight>, Field<"flag", &Numbers::flag>,
                        Field<"mode", &Numbers::mode, OneOf<Mode::one, Mode::two>>,
                        Field<"some", &Numbers::some, LengthPrefix<1>, Bounded<3, 200>>,
                        Field<"all", &Numbers::all>>;
};

template <FixedString Name>
std::vector<std::uint64_t> numbers_of() {
  return edge_numbers<field_named<Numbers, Name>>();
}

using Expected = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("testing: the edges of a counter are its ends and where 32 and 64 bits turn",
          "[property]") {
  CHECK(numbers_of<"eight">() == Expected{0, 1, 0x80000000, 0xFFFFFFFF, 0x100000000, 0x100000001,
                                          0x8000000000000000, 0xFFFFFFFFFFFFFFFE,
                                          0xFFFFFFFFFFFFFFFF});
  CHECK(numbers_of<"four">() == Expected{0, 1, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF});
  CHECK(numbers_of<"three">() == Expected{0, 1, 0xFFFFFE, 0xFFFFFF});
}

TEST_CASE("testing: no edge of a field is outside what its layout allows", "[property]") {
  CHECK(numbers_of<"port">() == Expected{1, 2, 999, 1000});
  CHECK(numbers_of<"flag">() == Expected{0, 1});
  CHECK(numbers_of<"mode">() == Expected{1, 2});
}

TEST_CASE("testing: the edges of a size are its bounds and their neighbours, up to a limit",
          "[property]") {
  using Sizes = std::vector<std::size_t>;
  using Some = field_named<Numbers, "some">;
  using Rest = field_named<Numbers, "all">;
  CHECK(edge_sizes<Some>(1000) == Sizes{3, 4, 199, 200});
  CHECK(edge_sizes<Some>(10) == Sizes{3, 4, 9, 10});
  CHECK(edge_sizes<Some>(0) == Sizes{3});
  CHECK(edge_sizes<Rest>(64) == Sizes{0, 1, 63, 64});
}

TEST_CASE("testing: every bad point is refused by a strict reader", "[illegal]") {
  CHECK(testing::bad_points().size() == 10);
  int low_order = 0;
  for (const auto& point : testing::bad_points()) {
    const auto key = x25519::PublicKey::parse(point);
    REQUIRE_FALSE(key);
    low_order += key.error() == Fault::low_order_key;
  }
  CHECK(low_order == 5);
  static_assert(testing::takes_bad_points<field_named<stdio::Offer, "public_key">>);
  static_assert(!testing::takes_bad_points<field_named<stdio::Answer, "port">>);
}

TEST_CASE("testing: a second field of a message that is rewritten leaves the first as it was",
          "[property]") {
  const std::vector<std::uint8_t> some{1, 2, 3, 4}, all{5, 6, 7, 8, 9};
  int both = 0;
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    testing::Seeded numbers{seed};
    testing::RewrittenBytes storage;
    Numbers message{.some = some, .all = all};
    const auto some_as = [&](const auto& bytes) { return std::ranges::equal(message.some, bytes); };
    const auto all_as = [&](const auto& bytes) { return std::ranges::equal(message.all, bytes); };

    testing::rewrite_one_field(message, storage, numbers);
    if (some_as(some)) continue;
    const std::vector<std::uint8_t> before(message.some.begin(), message.some.end());
    testing::rewrite_one_field(message, storage, numbers);
    if (all_as(all)) continue;
    ++both;
    CHECK(some_as(before));
  }
  CHECK(both > 10);
}
