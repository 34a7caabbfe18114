#include "handfast/udp/path.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/frozen.hpp"

using namespace handfast;
using namespace handfast::udp;

namespace {

Address host(std::uint8_t number) {
  return Address::of(std::array<std::uint8_t, 4>{192, 0, 2, number}, 1000);
}

/// The path on which the first packet has come, of 51 bytes.
Path first_at(const Address& address, bool is_proven) {
  Path path;
  path.address = address;
  path.is_proven = is_proven;
  path.came(51);
  return path;
}

struct OnPaths {
  OnPaths() {
    for (std::uint8_t i = 1; i < 9; ++i) random.queue.push_back({i, i, i, i, i, i, i, i});
    paths.begin(first_at(home, true), c);
  }
  void move(const Address& to, std::uint64_t size = 60) { paths.heard(to, size, true, c); }
  /// What the row on `ChallengeDue` does.
  void challenge() {
    paths.proving.writable().question.is_asked = true;
    paths.current.went(Packet::short_size);
  }

  test::QueuedRandom random;
  Context c{Config{}, Random(random)};
  Address home = host(1), there = host(2), elsewhere = host(3);
  Paths paths;
};

}  // namespace

TEST_CASE("udp: an unproven address gets as many bytes as came from it, a challenge among them",
          "[attack]") {
  Path path;
  path.came(Packet::short_size);
  CHECK(path.has_credit(Packet::short_size));
  CHECK_FALSE(path.has_credit(Packet::short_size + 1));
  CHECK_FALSE(path.may_send(1));
  path.came(9);
  CHECK(path.may_send(9));
  CHECK_FALSE(path.may_send(10));
  path.went(9);
  CHECK_FALSE(path.may_send(1));
  path.went(Packet::short_size);  // the challenge, which may be lost
  path.came(Packet::short_size);
  CHECK_FALSE(path.may_send(1));
  CHECK(path.has_credit(Packet::short_size));
  path.is_proven = true;
  CHECK(path.may_send(1000));
}

TEST_CASE("udp: credit does not wrap", "[property]") {
  constexpr auto most = ~std::uint32_t{0};
  Path path;
  path.came(most - 1);
  path.came(60);
  CHECK(path.credit == most);
  path.went(most - 10 - Packet::short_size);
  CHECK(path.may_send(10));
  CHECK_FALSE(path.may_send(11));
  path.went(Packet::short_size + 60);
  CHECK(path.credit == 0);
  CHECK_FALSE(path.may_send(1));
  CHECK_FALSE(path.may_send(~std::uint64_t{0}));
  path.came(~std::uint64_t{0});
  CHECK(path.credit == most);
  path.went(~std::uint64_t{0});
  CHECK(path.credit == 0);
}

TEST_CASE("udp: only what is newest moves a path", "[attack]") {
  OnPaths on;
  on.paths.heard(on.there, 60, false, on.c);
  CHECK(on.paths.current.address == on.home);
  CHECK(on.paths.proving->challenge_due.at == never);
  on.move(on.there);
  CHECK(on.paths.current.address == on.there);
  CHECK_FALSE(on.paths.current.is_proven);
  CHECK(on.paths.current.credit == 60);
  CHECK(on.paths.proving->previous->address == on.home);
  CHECK(*on.paths.shown() == on.home);
  CHECK(on.paths.proving->challenge_due.at == on.c.now.steady);
  CHECK(on.paths.proving->overdue.at == on.c.now.steady + 3s);
}

TEST_CASE("udp: an address is proven by the challenge's bytes, from there, once they were sent",
          "[illegal]") {
  OnPaths on;
  on.move(on.there);
  const ChallengeBytes right = on.paths.proving->question.bytes;
  CHECK(right == ChallengeBytes{1, 1, 1, 1, 1, 1, 1, 1});
  CHECK_FALSE(on.paths.answered(right, on.there));  // nobody can know them yet
  on.challenge();
  CHECK_FALSE(on.paths.answered(right, on.elsewhere));
  CHECK_FALSE(on.paths.answered(right, on.home));
  for (std::size_t i = 0; i < right.size(); ++i) {
    ChallengeBytes wrong = right;
    wrong[i] ^= 1;
    CHECK_FALSE(on.paths.answered(wrong, on.there));
  }
  CHECK_FALSE(on.paths.answered({}, on.there));
  CHECK(on.paths.answered(right, on.there));
  CHECK(on.paths.current.is_proven);
  CHECK_FALSE(on.paths.proving->previous);
  CHECK(on.paths.proving->overdue.at == never);
  CHECK_FALSE(on.paths.answered(right, on.there));  // and only once
}

TEST_CASE("udp: an address that nobody answers from is left for the one before") {
  OnPaths on;
  on.move(on.there);
  on.move(on.elsewhere);
  CHECK(on.paths.current.address == on.elsewhere);
  CHECK(on.paths.proving->previous->address == on.home);  // not the one that was never proven
  on.paths.move_back();
  CHECK(on.paths.current.address == on.home);
  CHECK(on.paths.current.is_proven);
  CHECK_FALSE(on.paths.proving->previous);
  on.paths.move_back();
  CHECK(on.paths.current.address == on.home);
}

TEST_CASE("udp: who hops from address to address has no longer to prove one", "[attack]") {
  OnPaths on;
  on.move(on.there);
  on.c.now.steady += 2s;
  on.move(on.elsewhere);
  on.move(on.there);
  CHECK(on.paths.proving->overdue.at == on.c.now.steady + 1s);
  on.paths.begin(first_at(on.there, false), on.c);
  on.move(on.elsewhere);
  CHECK(on.paths.proving->overdue.at == never);  // there is none to go back to
  CHECK(on.paths.proving->nowhere.at == on.c.now.steady + 10s);
}

TEST_CASE("udp: something newer from the address before moves the path back at once") {
  OnPaths on;
  on.move(on.there);
  on.paths.heard(on.home, 60, false, on.c);
  CHECK(on.paths.current.address == on.there);
  on.move(on.home);
  CHECK(on.paths.current.address == on.home);
  CHECK(on.paths.current.is_proven);
  CHECK(on.paths.proving->overdue.at == never);
  CHECK(on.paths.proving->challenge_due.at == never);
}

TEST_CASE("udp: every new address is asked for other bytes") {
  OnPaths on;
  on.move(on.there);
  const auto first = on.paths.proving->question.bytes;
  on.move(on.elsewhere);
  CHECK(on.paths.proving->question.bytes != first);
  CHECK_FALSE(on.paths.proving->question.is_asked);
}

TEST_CASE("udp: where the random source fails the path stays as it is") {
  OnPaths on;
  on.random.queue.clear();
  const Path before = on.paths.current;
  on.move(on.there);
  CHECK(on.paths.current == before);
  CHECK_FALSE(on.paths.proving->previous);
  CHECK(on.paths.proving->challenge_due.at == never);
}

TEST_CASE("udp: a session that begins at an unproven address asks for proof at once") {
  OnPaths on;
  on.paths.begin(first_at(on.there, false), on.c);
  CHECK(on.paths.proving->challenge_due.at == on.c.now.steady);
  CHECK(on.paths.proving->nowhere.at == on.c.now.steady + 10s);
  CHECK(on.paths.shown() == nullptr);
  CHECK_FALSE(on.paths.current.may_send(1));
  CHECK(on.paths.current.has_credit(Packet::short_size));
  REQUIRE(on.paths.proving.writable().question.draw(on.c.random));
  on.challenge();
  CHECK(on.paths.answered(on.paths.proving->question.bytes, on.there));
  CHECK(on.paths.proving->nowhere.at == never);
  CHECK(*on.paths.shown() == on.there);
}
