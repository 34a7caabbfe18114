// How large what comes from outside may be, and how long keys live: at each limit, and past it.

#include "tests/x3dh/raw_frame.hpp"
#include "tests/x3dh/stored.hpp"

using namespace x3dh_test;

namespace {

const std::string longest_name(ConnectionId::size_max, 'n');

/// A pair on the connection with the longest name.
template <class Profile>
struct Named : PairOf<Profile> {
  Named() {
    REQUIRE(this->holder.handle(Start{connection(longest_name)}));
    REQUIRE(this->issuer.handle(Start{connection(longest_name)}));
  }
};

template <class Profile>
constexpr std::size_t header_size = std::same_as<Profile, Hardened>  ? Content::header_size
                                    : std::same_as<Profile, Counter> ? CounterContent::header_size
                                                                     : 0;

/// Until the last of a side's repetitions is due.
template <class Role>
void repeat_all(Side<Role>& side) {
  for (std::uint32_t i = 1; i < Config{}.attempts; ++i) REQUIRE(side.wait());
}
/// A moment before the side's deadline: nothing is due yet.
template <class Role>
void wait_almost(Side<Role>& side) {
  const Due due = *side.due;
  side.now.steady = due.at - 1ns;
  REQUIRE(side.advance());
  CHECK(side.due->at == due.at);
  CHECK_FALSE(side.closed);
}

}  // namespace

TEMPLATE_TEST_CASE("x3dh: each size in a frame is taken at its limit, and refused past it",
                   "[limits]", Documented, Counter, Hardened) {
  Named<TestType> pair;
  auto& issuer = pair.issuer;
  auto& holder = pair.holder;
  const auto bundle = issuer.frame();
  const auto with_name = [](Bytes frame, std::uint32_t field, const std::string& name) {
    return changed(frame, [&](RawFrame& raw) { raw.bytes(field) = name; });
  };
  check_refuses(holder, with_name(bundle, bundle_field::connection_id, ""), Fault::wrong_length);
  check_refuses(holder, with_name(bundle, bundle_field::connection_id, longest_name + "n"),
                Fault::oversized);
  for (const auto field : {bundle_field::identity, bundle_field::signed_pre_key,
                           bundle_field::one_time_pre_key, bundle_field::signature}) {
    const std::size_t size = field == bundle_field::signature ? 64 : 32;
    for (const std::size_t other : {std::size_t{0}, size - 1, size + 1})
      check_refuses(holder, with_name(bundle, field, std::string(other, 1)), Fault::wrong_length);
  }
  REQUIRE(holder.receive(bundle));

  // A first message with as much in it as may be.
  const std::string largest(payload_size_max, 'x');
  if constexpr (!std::same_as<TestType, Documented>) {
    REQUIRE(holder.send(largest));
    std::swap(holder.sent[0], holder.sent[1]);
  }
  const auto first = holder.frame();
  CHECK(first.size() <= frame_size_max);
  const auto with_inside = [&](const std::string& inside) {
    return with_name(first, initial_field::message, inside);
  };
  check_refuses(issuer, with_inside(""), Fault::wrong_length);
  check_refuses(issuer, with_inside(std::string(content_size_max + 101, 'x')), Fault::oversized);
  check_refuses(issuer, with_inside(std::string(content_size_max + 100, 'x')), Fault::malformed);
  REQUIRE(issuer.receive(first));
  holder.sent.clear();
  pair.carry();
  REQUIRE(holder.is_established);

  REQUIRE(issuer.send(largest));
  const auto message = issuer.frame();
  const auto with_content = [&](const std::string& content) {
    return with_name(message, message_field::content, content);
  };
  const std::string content = RawFrame(message).bytes(message_field::content);
  CHECK(content.size() == header_size<TestType> + payload_size_max + tag_size);
  check_refuses(holder, with_content(""), Fault::wrong_length);
  check_refuses(holder, with_content(content.substr(0, header_size<TestType> + tag_size - 1)),
                Fault::truncated);
  check_refuses(holder, with_content(content.substr(0, header_size<TestType> + tag_size)),
                Fault::not_authentic);
  check_refuses(holder, with_content(content + "x"), Fault::oversized);
  check_refuses(holder, with_content(std::string(content_size_max + 1, 'x')), Fault::oversized);
  check_refuses(holder, with_name(message, message_field::connection_id, ""), Fault::wrong_length);
  check_refuses(holder, with_name(message, message_field::connection_id, longest_name + "n"),
                Fault::oversized);
  check_refuses(holder, std::vector<std::uint8_t>(frame_size_max, 0xFF), Fault::malformed);
  check_refuses(holder, std::vector<std::uint8_t>(frame_size_max + 1, 0xFF), Fault::oversized);
  REQUIRE(holder.receive(message));
  CHECK(holder.delivered == std::vector<std::string>{largest});
}

TEST_CASE("x3dh: a message may skip 1000, and 1001 are too many, in one chain and over two",
          "[limits]") {
  for (const int missing_before : {0, 400}) {
    for (const int too_many : {0, 1}) {
      Pair pair;
      pair.establish();
      const auto lose = [&](int count) {
        for (int i = 0; i < count; ++i) REQUIRE(pair.issuer.send("lost"));
        pair.issuer.sent.clear();
      };
      if (missing_before > 0) {
        REQUIRE(pair.issuer.send("of the chain before"));
        pair.carry();
        lose(missing_before);
        REQUIRE(pair.holder.send("turn"));
        REQUIRE(pair.issuer.receive(pair.holder.frame()));
      }
      lose(1000 - missing_before + too_many);
      REQUIRE(pair.issuer.send("behind them"));
      const auto frame = pair.issuer.frame();
      if (too_many == 1)
        check_refuses(pair.holder, frame, Fault::too_far_ahead);
      else
        CHECK(pair.holder.receive(frame));
    }
  }
}

TEMPLATE_TEST_CASE("x3dh: a bundle's keys live for a minute, and a moment less is not too late",
                   "[limits]", Documented, Counter, Hardened) {
  for (const bool is_over : {false, true}) {
    PairOf<TestType> pair;
    pair.start();
    const auto begin = pair.issuer.now.steady;
    REQUIRE(pair.holder.receive(pair.issuer.frame()));
    const auto first = pair.holder.frame();
    const auto has_key = search_for(std::get<typename Issuer<TestType>::AwaitingHolder>(
                                        pair.issuer.machine.dangerous_engine().dangerous_state())
                                        .one_time_pre_key);
    repeat_all(pair.issuer);
    wait_almost(pair.issuer);
    CHECK(pair.issuer.due->at - begin == 60s);
    CHECK(has_key(pair.issuer));
    if (is_over) {
      REQUIRE(pair.issuer.wait());
      CHECK(pair.issuer.closed->fault == Fault::timed_out);
      CHECK_FALSE(has_key(pair.issuer));
      pair.issuer.sent.clear();
      REQUIRE(pair.issuer.receive(first));  // nobody is there, and says so
      CHECK_FALSE(pair.issuer.is_established);
      CHECK(pair.issuer.sent.empty());
    } else {
      REQUIRE(pair.issuer.receive(first));
      CHECK(pair.issuer.is_established);
      CHECK_FALSE(has_key(pair.issuer));
    }
  }
}

TEMPLATE_TEST_CASE("x3dh: a holder waits a minute for a bundle, and a minute for an answer",
                   "[limits]", Documented, Counter, Hardened) {
  for (const bool is_over : {false, true}) {
    PairOf<TestType> pair;
    pair.start();
    const auto bundle = pair.issuer.frame();
    const auto pass = [&](auto begin) {
      wait_almost(pair.holder);
      CHECK(pair.holder.due->at - begin == 60s);
      if (!is_over) return true;
      REQUIRE(pair.holder.wait());
      CHECK(pair.holder.closed->fault == Fault::timed_out);
      return false;
    };
    if (!pass(SteadyTime{})) {
      REQUIRE(pair.holder.receive(bundle));
      CHECK(pair.holder.sent.empty());
      PairOf<TestType> other;
      other.start();
      REQUIRE(other.holder.receive(other.issuer.frame()));
      REQUIRE(other.issuer.receive(other.holder.frame()));
      const auto answer = other.issuer.frame();
      repeat_all(other.holder);
      REQUIRE(other.holder.wait());
      CHECK(other.holder.closed->fault == Fault::timed_out);
      REQUIRE(other.holder.receive(answer));
      CHECK_FALSE(other.holder.is_established);
      continue;
    }
    REQUIRE(pair.holder.receive(bundle));
    const auto begin = pair.holder.now.steady;
    REQUIRE(pair.issuer.receive(pair.holder.frame()));
    repeat_all(pair.holder);
    REQUIRE(pass(begin));
    REQUIRE(pair.holder.receive(pair.issuer.frame()));
    CHECK(pair.holder.is_established);
  }
}

TEST_CASE("x3dh: a signed pre-key that was replaced lives in its bundles, and no longer",
          "[limits]") {
  for (const bool is_over : {false, true}) {
    Pair pair;
    pair.start();
    REQUIRE(pair.holder.receive(pair.issuer.frame()));
    const auto first = pair.holder.frame();
    auto& context = pair.issuer.machine.context();
    const auto has_key = search_for(context.signed_pre_key);
    context.signed_pre_key = x25519::PrivateKey::generate(pair.random).value();
    CHECK(has_key(pair.issuer));
    repeat_all(pair.issuer);
    wait_almost(pair.issuer);
    if (!is_over) {
      REQUIRE(pair.issuer.receive(first));
      CHECK(pair.issuer.is_established);
    } else {
      REQUIRE(pair.issuer.wait());
      Side<Issuer<>> next(std::move(context));
      REQUIRE(next.handle(Start{connection()}));
      next.sent.clear();
      check_refuses(next, first, Fault::unexpected_key);
    }
    CHECK_FALSE(has_key(pair.issuer));
  }
}
