#include "tests/attacks/udp.hpp"
#include "tests/support/catch.hpp"

// A server whose clients have to make room for others that never were.

namespace attacks::udp {
namespace {

constexpr std::size_t spoofed_count = 100, own_count = 20;

template <class P>
bool play(UdpStory& story) {
  House<P> house;
  Stage<P> hers, new_one;
  new_one.be_another(spoofed_count + own_count + 1);
  (void)ask(house, hers, host(1));
  const bool was_there = house.gets(host(1), hers.client_says("hello")).heard == "hello";
  story.client(was_there ? "has a session, and is heard" : "has no session");
  story.attacker("asks 100 times, each time from another address that is not his");
  std::vector<Stage<P>> his(spoofed_count + own_count);
  for (std::size_t i = 0; i < his.size(); ++i) his[i].be_another(i + 1);
  for (std::size_t i = 0; i < spoofed_count; ++i)
    (void)house.gets(host(static_cast<std::uint8_t>(100 + i)), his[i].asks());
  const std::size_t spoofed = house.size() - (is_compat<P> ? 0 : 1);  // and the client
  story.server("makes keys for " +
               (is_compat<P> ? "all of them; it has room for " + std::to_string(spoofed) +
                                   ", and who came first goes"
                             : std::to_string(spoofed) + " of them, and says a cookie to the "
                                                         "others: nothing is kept for those"));
  story.attacker("asks 20 times from his own address, and says what he is asked for");
  for (std::size_t i = 0; i < own_count; ++i) {
    const Address own = host(66, static_cast<std::uint16_t>(1000 + i));
    const Answer last = ask(house, his[spoofed_count + i], own);
    if (last.fault) story.forged.push_back(*last.fault);
  }
  const std::size_t refused = story.forged.size();
  story.server(refused == 0 ? "makes keys for those too"
                            : "makes sessions of " + std::to_string(own_count - refused) +
                                  " of them, and refuses the others as " +
                                  std::string(to_string(story.forged.front())));
  const bool is_there = house.gets(host(1), hers.client_says("hello?")).heard == "hello?";
  story.client(is_there ? "is heard as before" : "is heard no more, and is not told why");
  house.waits(10s);
  story.server("keeps something for " + std::to_string(house.size()) + " clients, 10 s later");
  (void)ask(house, new_one, host(2));
  story.client(new_one.is_open() ? "asks anew from elsewhere, and has a session"
                                 : "cannot ask anew");
  story.is_heard = is_there && new_one.is_open();
  return was_there && !is_there;
}
bool attack(Profile which, UdpStory& story) {
  return against<Later>(which, [&]<class P>() { return play<P>(story); });
}

const Attack listed{
    {"udp", "4", "", "spoofed_connects",
     "clients that never were take the places of those that are",
     "each datagram from a forged address costs an agreement and an entry, and in the later "
     "revision three ports; where there are no more the deployed server refuses who comes, and "
     "here who came first goes",
     "a half-open session takes no place of one that is established; from 64 of them on only who "
     "shows a cookie gets further, and for the others nothing is kept; one host has 16 at most: "
     "`back_pressure`"},
    attack};

}  // namespace

TEST_CASE("udp: spoofed connects take a client's place in compat", "[attack]") {
  UdpStory story;
  CHECK(attack(Profile::compat, story));
}

TEST_CASE("udp: spoofed connects take a client's place in the documented revision too",
          "[attack]") {
  UdpStory story;
  CHECK(play<Documented>(story));
}

TEST_CASE("udp: spoofed connects take nobody's place in hardened", "[attack]") {
  UdpStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
  CHECK(story.forged == std::vector(4, Fault::back_pressure));
  CHECK(story.is_heard);
}

}  // namespace attacks::udp
