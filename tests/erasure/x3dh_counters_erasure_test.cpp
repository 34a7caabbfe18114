// What is left of the secrets of x3dh's profiles that count: the keys of a session as long as it is
// there, since none of them moves on, and nothing else of what they come from.

#include "handfast/x3dh/counter.hpp"
#include "handfast/x3dh/documented.hpp"
#include "tests/erasure/left_over.hpp"
#include "tests/erasure/x3dh_life.hpp"

namespace erasure {
namespace {

/// What both sides need of a session, and which of it the issuer opens the first message with.
template <class Profile>
const Names session_keys{"shared"};
template <>
const Names session_keys<Counter>{"to issuer", "to holder"};
template <class Profile>
const Names first_key{"shared"};
template <>
const Names first_key<Counter>{"to issuer"};

Names operator|(Names left, const Names& right) {
  left.insert(right.begin(), right.end());
  return left;
}

template <class Profile>
std::vector<Watched> all_of(const X3dhLife<Profile>& life) {
  auto watched = in_another_process([&] {
    std::vector<Watched> derived;
    const auto agreed = add_agreement(derived, life, "shared");
    if (!agreed || !std::same_as<Profile, Counter>) return derived;
    Hkdf hkdf;
    std::uint8_t direction = 0;
    for (const char* name : {"to issuer", "to holder"}) {
      const std::uint8_t which[] = {++direction};
      const auto key = hkdf.expand<32>(agreed->shared.bytes(), {bytes_of(labels::counter_key),
                                                                Bytes(which), agreed->transcript});
      derived.push_back({name, complement_of(key.bytes()), true});
    }
    return derived;
  });
  for (int i = 1; i <= 2; ++i) add_payload(watched, "payload " + std::to_string(i), i);
  return watched;
}

template <class Profile>
void keeps_what_is_needed() {
  const Names keys = session_keys<Profile>;
  X3dhLife<Profile> life;
  check(life);
  const Departed bundle = life.start();
  check(life, {"one-time pre-key"});
  const Departed initial = life.holder_gets(bundle);
  check(life, keys | Names{"one-time pre-key"});
  const Departed answer = life.issuer_gets(initial);
  check(life, keys);
  (void)life.holder_gets(answer);
  check(life, keys);
  (void)life.issuer_gets(life.holder_says(1));
  check(life, keys | Names{"payload 1"});
  (void)life.holder_gets(life.issuer_says(2));
  check(life, keys | Names{"payload 2"});
  CHECK(life.refused == 0);
}

template <class Profile>
void forgets_what_was_refused() {
  X3dhLife<Profile> life;
  Departed initial = life.holder_gets(life.start());
  initial.bytes.at(initial.bytes.size() - 20) ^= 1;
  well_below([&] { life.holder.reset(); });
  (void)life.issuer_gets(initial);
  CHECK(life.refused == 1);
  check(life, {"one-time pre-key"}, first_key<Profile>);
  (void)life.issuer_does(Stop{});
  check(life);
}

template <class Profile>
void ends_with_nothing() {
  X3dhLife<Profile> life;
  life.establish();
  (void)life.holder_gets(life.issuer_says(1));
  (void)life.issuer_does(Stop{});
  check(life, session_keys<Profile> | Names{"payload 1"});
  (void)life.holder_does(Stop{});
  check(life);

  X3dhLife<Profile> unanswered;
  (void)unanswered.holder_gets(unanswered.start());
  (void)unanswered.holder_does(Stop{});
  check(unanswered, {"one-time pre-key"});
  (void)unanswered.issuer_does(Stop{});
  check(unanswered);
}

template <class Profile>
void leaves_nothing() {
  X3dhLife<Profile> life;
  life.establish();
  (void)life.holder_gets(life.issuer_says(1));
  well_below([&] {
    life.issuer.reset();
    life.holder.reset();
  });
  check_nothing_left(life);
}

}  // namespace

std::vector<Watched> secrets_of(const X3dhLife<Counter>& life) { return all_of(life); }
std::vector<Watched> secrets_of(const X3dhLife<Documented>& life) { return all_of(life); }

}  // namespace erasure

using namespace erasure;

TEST_CASE("erasure: x3dh's counter keeps a key for each direction, and not what they come from") {
  keeps_what_is_needed<Counter>();
}
TEST_CASE("erasure: x3dh's document keeps its one key, and nothing of the agreement") {
  keeps_what_is_needed<Documented>();
}

TEST_CASE("erasure: a first message that x3dh's counter or document refuses leaves nothing") {
  forgets_what_was_refused<Counter>();
  forgets_what_was_refused<Documented>();
}

TEST_CASE("erasure: an end of x3dh's counter or document leaves what is the applications'") {
  ends_with_nothing<Counter>();
  ends_with_nothing<Documented>();
}

TEST_CASE("erasure: machines of x3dh's counter or document that are destroyed leave nothing") {
  leaves_nothing<Counter>();
  leaves_nothing<Documented>();
}
