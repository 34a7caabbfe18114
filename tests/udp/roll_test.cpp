#include "handfast/udp/roll.hpp"

#include <algorithm>

#include "tests/support/catch.hpp"
#include "tests/support/seed.hpp"

using namespace handfast;
using namespace handfast::udp;

TEST_CASE("udp: a listener's roll agrees with a plain list under random calls", "[property]") {
  struct Session {
    Link link;
    ConnectName name{};
    Host host{};
    Roll::Stage stage = Roll::half_open;
    Roll::Place place = 0;
  };
  const test::Seed seed = test::seed();
  INFO(seed.again());
  test::Random random(seed);
  Roll roll;
  std::vector<Session> model;  // who was heard last at the end
  const auto host_of = [](std::size_t number) {
    Host host{};
    host[number % 8] = static_cast<std::uint8_t>(1 + number / 8);
    return host;
  };
  for (std::uint32_t step = 0; step < 5'000; ++step) {
    CAPTURE(step);
    const bool grows = step / 1000 % 2 == 0;
    const auto host = host_of(random.below(24));
    if (model.empty() || random.below(10) < (grows ? 4u : 1u)) {
      Session one{Link{step + 1}, {}, host};
      for (std::size_t i = 0; i < 4; ++i) one.name[i] = static_cast<std::uint8_t>(step >> 8 * i);
      CHECK_FALSE(roll.find(one.name));
      one.place = roll.add(one.link, one.name, host);
      model.push_back(one);
    } else {
      const auto at = model.begin() + static_cast<std::ptrdiff_t>(random.below(model.size()));
      switch (random.below(4)) {
        case 0: {
          const Roll::Place place = at->place;
          model.erase(at);
          if (const auto moved = roll.remove(place))
            std::ranges::find(model, *moved, &Session::link)->place = place;
          break;
        }
        case 1:
          at->host = host;
          roll.count_for(at->place, host);
          break;
        default:
          at->stage = static_cast<Roll::Stage>(random.below(Roll::stages));
          roll.move(at->place, at->stage);
          std::rotate(at, at + 1, model.end());
      }
    }
    REQUIRE(roll.size() == model.size());
    for (const auto stage : {Roll::half_open, Roll::established, Roll::excess, Roll::ending}) {
      const auto in_stage = [=](const Session& one) { return one.stage == stage; };
      const auto first = std::ranges::find_if(model, in_stage);
      REQUIRE(roll.size(stage) == static_cast<std::size_t>(std::ranges::count_if(model, in_stage)));
      if (first != model.end()) REQUIRE(roll.longest_silent(stage) == first->link);
    }
    REQUIRE(roll.count_of(host) ==
            static_cast<std::size_t>(std::ranges::count(model, host, &Session::host)));
    if (step % 50 != 0) continue;
    for (const Session& one : model) {
      REQUIRE(roll.find(one.name) == one.link);
      REQUIRE(roll[one.place].link == one.link);
      REQUIRE(roll.stage_of(one.place) == one.stage);
    }
  }
}
