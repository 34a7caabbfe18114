#include "handfast/core/index.hpp"

#include <map>

#include "tests/support/catch.hpp"
#include "tests/support/seed.hpp"

using namespace handfast;

TEST_CASE("core: an index finds each place under its number, and nothing where there is none") {
  Index index;
  CHECK(index.find(7) == Index::nowhere);
  index.add(7, 1);
  CHECK(index.find(7) == 1);
  CHECK(index.find(8) == Index::nowhere);
  index.move(7, 1, 3);
  CHECK(index.find(7) == 3);
  index.remove(7, 3);
  CHECK(index.find(7) == Index::nowhere);
}

TEST_CASE("core: of several places under one number an index finds the one that is asked for") {
  Index index;
  for (const std::uint32_t place : {1u, 2u, 3u}) index.add(5, place);
  for (const std::uint32_t place : {1u, 2u, 3u})
    CHECK(index.find(5, [=](std::uint32_t at) { return at == place; }) == place);
  CHECK(index.find(5, [](std::uint32_t) { return false; }) == Index::nowhere);
  index.remove(5, 2);
  CHECK(index.find(5, [](std::uint32_t at) { return at == 2; }) == Index::nowhere);
  CHECK(index.find(5, [](std::uint32_t at) { return at == 3; }) == 3);
}

TEST_CASE("core: an index agrees with a plain map under random calls", "[property]") {
  const test::Seed seed = test::seed();
  INFO(seed.again());
  test::Random random(seed);
  Index index;
  std::map<std::uint32_t, std::uint32_t> model;  // numbers by place
  for (std::uint32_t step = 0; step < 20'000; ++step) {
    CAPTURE(step);
    // Many, then few: it grows and shrinks. Few numbers, so that their runs meet.
    const bool grows = step / 2000 % 2 == 0;
    const auto number = static_cast<std::uint32_t>(random.below(300));
    if (model.empty() || random.below(100) < (grows ? 70u : 20u)) {
      index.add(number, step);
      model[step] = number;
    } else {
      const auto one =
          std::next(model.begin(), static_cast<std::ptrdiff_t>(random.below(model.size())));
      const auto [place, named] = *one;
      if (random.below(4) == 0) {
        index.move(named, place, 1'000'000 + step);
        model.erase(one);
        model[1'000'000 + step] = named;
      } else {
        index.remove(named, place);
        model.erase(one);
      }
    }
    const bool is_there =
        std::ranges::any_of(model, [&](const auto& one) { return one.second == number; });
    REQUIRE((index.find(number) != Index::nowhere) == is_there);
    if (step % 100 != 0) continue;
    for (const auto& [place, named] : model)
      REQUIRE(index.find(named, [&](std::uint32_t at) { return at == place; }) == place);
  }
}
