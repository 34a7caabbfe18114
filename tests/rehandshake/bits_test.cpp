#include <map>
#include <string>

#include "handfast/rehandshake/compat.hpp"
#include "tests/rehandshake/paths.hpp"

// Every bit of every frame of a run, wrong. Of a migration nothing comes of it; of the deployed
// messages some bits are covered by nothing, and this says which.

using namespace rehandshake_test;

namespace {

/// Carries what both sides say, and tries each frame with each of its bits wrong before.
struct Sweep {
  Ends ends;
  std::map<std::string, int> kinds;  // of the frames, by type and size

  void carry(const Result<Mover>& said) { carry(said, ends.second); }
  void carry(const Result<Follower>& said) { carry(said, ends.first); }
  void wait(Duration duration) {
    carry(ends.first.waits(duration));
    carry(ends.second.waits(duration));
  }

 private:
  template <class From, class To>
  void carry(const Result<From>& said, Side<To>& to) {
    for (std::size_t i = 0; i < said.frames.size(); ++i) {
      const Bits& frame = said.frames[i];
      INFO("type " << int{frame[1]} << ", " << frame.size() << " bytes, in " << to.state());
      ++kinds[std::to_string(frame[1]) + " " + std::string(to.state())];
      check_each_bit(to, frame, said.links[i]);
      carry(to.gets(frame, said.links[i]));
    }
    if (!said.frames.empty()) carry(to.waits(0s));
  }
};

using A = Initiator<Compat>;
using B = Responder<Compat>;

auto deployed(bool is_first) {
  return [is_first](Random random) { return compat::Context(keys_of(is_first), random); };
}
/// A deployed pair as it is before its message `number`, which is REQUEST, RESPONSE or COMPLETE.
struct Deployed {
  Side<A> first{deployed(true), 1};
  Side<B> second{deployed(false), 2};
  Bits frame = first.does(compat::Start{}).frames.at(0);

  explicit Deployed(int number) {
    if (number > 0) frame = second.gets(frame).frames.at(0);
    if (number > 1) frame = first.gets(frame).frames.at(0);
  }
};
enum class Becomes { refused, dropped, taken, found_out };

/// What becomes of bit `bit` of message `number`: each field of the page's table in turn.
Becomes of_deployed(int number, std::size_t bit) {
  const std::size_t byte = bit / 8;
  // REQUEST and COMPLETE have one size: either state drops the other one.
  if (byte == 1 && number != 1 && bit % 8 == 1) return Becomes::dropped;
  if (byte == 2 || byte == 3) return Becomes::taken;  // flags
  if (byte < 24) return Becomes::refused;             // header, session id
  // The timestamp, in milliseconds; one that is off by 2^14 passes.
  const std::size_t end = number == 1 ? 96 : 64;
  if (byte >= end - 8)
    return 8 * (end - 1 - byte) + bit % 8 < 15 ? Becomes::taken : Becomes::refused;
  const bool is_proof = number == 2 || (number == 1 && byte < 56);
  return is_proof ? Becomes::refused : Becomes::found_out;  // a challenge: by who has drawn it
}

}  // namespace

TEST_CASE("rehandshake: no bit of any frame of a migration may be wrong, on either path",
          "[illegal]") {
  Sweep run;
  run.ends.start();
  run.carry(run.ends.first.does(Send{Ends::message(0)}));
  run.carry(run.ends.second.does(Send{Ends::message(1)}));
  run.wait(20ms);
  (void)opens(run.ends.second, direct_link);
  run.carry(opens(run.ends.first, direct_link));
  run.wait(20ms);
  REQUIRE(run.ends.first.in<Mover::Steady>().paths.current == direct_link);
  run.wait(15s);
  run.carry(run.ends.first.does(Disconnect{}));
  REQUIRE(run.ends.first.in<Mover::Steady>().stream.has_peer_closed);
  REQUIRE(run.ends.second.in<Follower::Steady>().stream.has_peer_closed);
  CHECK(run.kinds["48 Steady"] == 1);
  CHECK(run.kinds["49 Proving"] == 1);
  CHECK(run.kinds["50 Answering"] == 1);
  CHECK(run.kinds["16 Switching"] == 1);
  CHECK(run.kinds["16 Steady"] >= 11);
}

TEST_CASE("rehandshake: of deployed messages flags, times and challenges are covered by nothing",
          "[illegal]") {
  for (const int number : {0, 1, 2}) {
    const Deployed as_it_is(number);
    for (std::size_t bit = 0; bit < 8 * as_it_is.frame.size(); ++bit) {
      INFO("message " << number << ", bit " << bit);
      Deployed pair(number);
      pair.frame[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
      const auto check = [&](auto& to, auto& from) {
        const Becomes becomes = of_deployed(number, bit);
        if (becomes == Becomes::refused) return check_refused(to, pair.frame);
        if (becomes == Becomes::dropped) return check_dropped(to, pair.frame);
        const auto answer = to.gets(pair.frame);
        CHECK_FALSE(answer.fault());
        if (number == 2) {
          CHECK(answer.template event<Commit>());
          return;
        }
        REQUIRE(answer.frames.size() == 1);
        if (becomes == Becomes::found_out)
          check_refused(from, answer.frames[0], Fault::not_authentic);
        else
          CHECK_FALSE(from.gets(answer.frames[0]).fault());
      };
      if (number == 1)
        check(pair.first, pair.second);
      else
        check(pair.second, pair.first);
    }
  }
}
