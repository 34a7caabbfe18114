#include "tests/attacks/udp.hpp"
#include "tests/support/catch.hpp"

// One datagram in a client's name, and the client has no session any more.

namespace attacks::udp {
namespace {

template <class P>
bool play(UdpStory& story) {
  House<P> house;
  const Address home = host(1);
  Stage<P> his, hers;
  his.be_another(1);
  story.attacker(
      "asks for a session from the client's address. He sees nothing of what comes back, and need "
      "not");
  (void)house.gets(home, his.asks());
  story.server("keeps a key for whoever is at that address");
  story.client("asks for a session from there, with a key of its own");
  (void)ask(house, hers, home);
  story.client(hers.is_open() ? "is answered: it is connected" : "is not answered");
  const Answer last = house.gets(home, hers.client_says("hello"));
  story.client("says \"hello\"");
  story.server(last.fault ? "refuses it as " + std::string(to_string(*last.fault)) +
                                ": it has answered with the key of before, and has the "
                                "attacker's, and will have it as long as it runs"
                          : "hears it, in a session of its own");
  house.waits(10s);
  story.is_heard = last.heard == "hello" && house.size() == 1;
  return hers.is_open() && last.fault;
}
bool attack(Profile which, UdpStory& story) {
  return against<Later>(which, [&]<class P>() { return play<P>(story); });
}

const Attack listed{
    {"udp", "2 old key", "", "taken_place", "one datagram in a client's name shuts it out",
     "the later revision answers every key from one address with the first one's answer: "
     "connected, and nothing opens, for ever",
     "sessions are found by their connection id, never by an address: the client's own begins "
     "beside the other, which ends 10 s later"},
    attack};

}  // namespace

TEST_CASE("udp: a taken place shuts a client of compat out", "[attack]") {
  UdpStory story;
  CHECK(attack(Profile::compat, story));
}

TEST_CASE("udp: in the documented revision the place is taken from who has it", "[attack]") {
  UdpStory story;
  CHECK_FALSE(play<Documented>(story));  // who comes last is answered
  House<Documented> house;
  Stage<Documented> hers, his;
  his.be_another(1);
  const auto answer = house.gets(host(1), hers.asks()).frames.at(0);
  (void)hers.carry_back({answer});
  CHECK_FALSE(house.gets(host(1), hers.client_says("hello")).fault);
  (void)house.gets(host(1), his.asks());
  CHECK(house.gets(host(1), hers.client_says("hello")).fault == Fault::not_authentic);
}

TEST_CASE("udp: a taken place shuts nobody of hardened out", "[attack]") {
  UdpStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
  CHECK(story.is_heard);
}

}  // namespace attacks::udp
