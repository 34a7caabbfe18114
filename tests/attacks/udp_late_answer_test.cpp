#include "tests/attacks/udp.hpp"
#include "tests/support/catch.hpp"

// Two who are connected, and cannot read a word of each other.

namespace attacks::udp {
namespace {

template <class P>
bool play(UdpStory& story) {
  Stage<P> stage;
  const Datagram first = stage.asks();
  story.client("asks for a session");
  const auto answer = stage.server.gets(first).frames;
  story.attacker("keeps the server's answer back for 100 ms, and does nothing else");
  const Datagram second = stage.asks_again();
  story.client("asks again, with the same key");
  const auto another = stage.server.gets(second).frames;
  const bool is_same = answer == another;
  story.server(is_same ? "says the same again, to the letter"
                       : "answers with another key, and forgets the one before");
  std::vector<Datagram> to_client;
  for (const auto& frames : {answer, another})
    for (const auto& frame : frames) to_client.push_back(stage.at_client(frame));
  stage.carry(stage.carry_back(to_client));
  story.client(stage.is_open() ? "takes the first answer: it is connected" : "takes no answer");
  story.client("says \"hello\" while nobody is in between");
  const auto result = stage.server.gets(stage.client_says("hello"));
  story.is_heard = heard(result) == "hello";
  story.server(story.is_heard ? "hears it"
                              : "refuses it as " + std::string(to_string(result.fault().value())) +
                                    ": its key is that of the last answer");
  return stage.is_open() && !story.is_heard;
}
bool attack(Profile which, UdpStory& story) {
  return against<Documented>(which, [&]<class P>() { return play<P>(story); });
}

const Attack listed{
    {"udp", "2 new key", "4", "late_answer", "an answer that is late makes keys that differ",
     "a new server key for each repeat, and the client takes the first: connected, and nothing "
     "opens, for ever",
     "a repeat gets the same answer until the client is heard: one set of keys, and the "
     "words are heard"},
    attack};

}  // namespace

TEST_CASE("udp: a late answer parts the keys of compat", "[attack]") {
  UdpStory story;
  CHECK(attack(Profile::compat, story));
}

TEST_CASE("udp: a late answer does not part the keys of the later revision", "[attack]") {
  UdpStory story;
  CHECK_FALSE(play<Later>(story));
  CHECK(story.is_heard);
}

TEST_CASE("udp: a late answer does nothing to hardened", "[attack]") {
  UdpStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
  CHECK(story.is_heard);
}

}  // namespace attacks::udp
