#include "handfast/core/output.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/toy.hpp"

using namespace handfast;

TEST_CASE("core: frames keep their order, links and bytes, however much is added") {
  Frames frames;
  for (std::uint8_t i = 0; i < 100; ++i) {
    const MutableBytes frame = frames.add(Link{i}, i);
    std::ranges::fill(frame, i);
  }
  const auto view = frames.view();
  REQUIRE(view.size() == 100);
  for (std::uint8_t i = 0; i < 100; ++i) {
    CHECK(view[i].link == Link{i});
    CHECK(view[i].bytes.size() == i);
    CHECK(std::ranges::all_of(view[i].bytes, [&](std::uint8_t byte) { return byte == i; }));
  }
}

TEST_CASE("core: the newest frame gives back its end, and the next follows at once") {
  Frames frames;
  std::ranges::copy(bytes_of("first"), frames.add(Link{1}, 5).begin());
  std::ranges::copy(bytes_of("second, cut"), frames.add(Link{2}, 11).begin());
  frames.shrink_last(6);
  std::ranges::copy(bytes_of("third"), frames.add(Link{3}, 5).begin());
  const auto view = frames.view();
  REQUIRE(view.size() == 3);
  CHECK(text_of(view[0].bytes) == "first");
  CHECK(text_of(view[1].bytes) == "second");
  CHECK(text_of(view[2].bytes) == "third");
  frames.clear();
  CHECK(frames.view().empty());
}

TEST_CASE("core: an output finds its events by type, the first of several") {
  const std::vector<Event<toy::Client>> events{Closed{Fault::timed_out},
                                               Rejected{Fault::stale, Link{3}},
                                               Rejected{Fault::malformed, Link{4}}};
  const Output<toy::Client> out{{}, events, std::nullopt, false, Link{}};
  REQUIRE(out.event<Closed>() != nullptr);
  CHECK(out.event<Closed>()->fault == Fault::timed_out);
  CHECK(out.event<Established>() == nullptr);
  CHECK(out.event<Rejected>()->link == Link{3});
  CHECK(out.fault() == Fault::stale);
}

TEST_CASE("core: an output without a rejected event has no fault") {
  const Output<toy::Client> out{};
  CHECK_FALSE(out.fault().has_value());
  CHECK(out.transmit.empty());
  CHECK_FALSE(out.deadline.has_value());
  CHECK_FALSE(out.store_before_transmit);
}

TEST_CASE("core: scratch space forgets everything at once") {
  Scratch<toy::Client> scratch;
  static_cast<void>(scratch.frames.add(Link{}, 3));
  scratch.plaintext.append(bytes_of("secret"));
  const std::uint8_t* const memory = scratch.plaintext.bytes().data();
  scratch.events.emplace_back(Established{});
  scratch.clear();
  CHECK(scratch.frames.view().empty());
  CHECK(scratch.plaintext.size() == 0);
  CHECK(scratch.events.empty());
  CHECK(std::all_of(memory, memory + 6, [](std::uint8_t byte) { return byte == 0; }));
}
