#include "handfast/spec/recording.hpp"

#include "examples/your_protocol/ask.hpp"
#include "handfast/spec/notebook.hpp"
#include "handfast/spec/transcript_html.hpp"
#include "handfast/testing/seeded_random.hpp"
#include "handfast/wire/json.hpp"
#include "tests/support/catch.hpp"

using namespace handfast;

// A side that has a secret and says a word by one of two links, in JSON; a side that hears it.
namespace transcript_test {

struct Say {};
struct Word {
  std::uint64_t count = 0;
  std::string text;
  using layout =
      wire::Layout<"word", wire::Version<"version", std::uint8_t{1}>,
                   wire::Field<"count", &Word::count, wire::Counter>,
                   wire::Field<"text", &Word::text, wire::Payload, wire::Bounded<0, 99>>>;
};
struct HasSecret {
  std::array<std::uint8_t, 4> secret{0xde, 0xad, 0xbe, 0xef};
  static constexpr auto fields = Fields{&HasSecret::secret};
};
struct Hearing {};

struct Common {
  struct Context {
    Time now;
    Link link;
  };
  using Timers = List<>;
  using Links = List<LinkKind<"pipe", Framing::line, 200>, LinkKind<"wire", Framing::frame, 200>>;
};
struct Speaker : Common {
  using Receives = List<>;
  using Commands = List<Say>;
  using Ends = List<HasSecret>;
  using Table = Transitions<Row<HasSecret, Say, HasSecret, Word>>;
  static std::expected<std::variant<Word>, Fault> decode(Link, Bytes, const Context&) {
    return std::unexpected(Fault::unexpected_message);
  }
  static void write(const Word& m, Context&, Frames& frames) {
    frames.append(Link{1}, *wire::json::encode(m));
  }
  static Next<Speaker, HasSecret, Say> react(HasSecret&, const Say&, Context&) {
    return stay(Word{7, "<so & so>"});
  }
};
struct Hearer : Common {
  using Receives = List<Word>;
  using Commands = List<>;
  using Ends = List<Hearing>;
  using Table = Transitions<Row<Hearing, Word, Hearing>>;
  static std::expected<std::variant<Word>, Fault> decode(Link, Bytes frame, const Context&) {
    return wire::json::decode<Word>(frame);
  }
  static Next<Hearer, Hearing, Word> react(Hearing&, const Word&, Context&) { return stay(); }
};

}  // namespace transcript_test

namespace {

using namespace transcript_test;
using Asking = spec::Recording<ask::Asker<ask::Flawed>, ask::Answerer<ask::Flawed>>;

/// Two questions with their answers, and somebody on the way.
spec::Transcript asked_twice(std::uint64_t seed, const spec::Meddle& meddle = {}) {
  testing::SeededRandom random(seed), other(seed + 1);
  Asking run{"ask", {{}, {}, Random(random), {}, {}}, {{}, {}, Random(other), {}, {}}};
  if (meddle) run.let(meddle);
  run.one(ask::Ask{});
  run.other(ask::Give{bytes_of("at noon")});
  run.one(ask::Ask{});
  run.other(ask::Give{bytes_of("at midnight")});
  return run.transcript();
}

const spec::Transit& transit(const spec::Transcript& transcript, std::size_t number) {
  for (const spec::Entry& entry : transcript.entries)
    if (entry.transit && number-- == 0) return *entry.transit;
  throw std::out_of_range("no such frame");
}

bool has(const std::string& page, std::string_view words) { return page.find(words) != page.npos; }

}  // namespace

TEST_CASE("transcript: a run is told with every call, every frame and an owner for every byte") {
  const auto transcript = asked_twice(1);
  CHECK(
      spec::text(transit(transcript, 1).bytes, transit(transcript, 1).fields, "") ==
      R"(tag         61 1a 16 9a 0e 78 cd 92 cf d7 af 98 c4 6d f1 1a   MAC under Key over Question, data
            83 81 5a a3 86 3a 5c 8c fe f3 b1 08 41 08 52 f7
data        61 74 20 6e 6f 6f 6e                              "at noon", what the application says
)");
  const std::string page = spec::text(transcript);
  CHECK(has(page, "     0.000 s  Asker: do Ask; Idle -> Asked\n"));
  CHECK(has(page, "   2.  Answerer -> Asker: Answer, 39 bytes\n"));
  CHECK(has(page, "     0.000 s  Asker: Answer; Asked -> Idle; tells Told \"at noon\"\n"));
  int frames = 0;
  for (const spec::Entry& entry : transcript.entries)
    if (entry.transit) {
      CHECK(spec::owns_every_byte(*entry.transit));
      ++frames;
    }
  CHECK(frames == 4);
}

TEST_CASE("transcript: a gap, an overlap and a byte that nobody owns are seen") {
  spec::Transit one = transit(asked_twice(1), 1);
  REQUIRE(spec::owns_every_byte(one));
  spec::Transit gap = one, overlap = one, shorter = one, unread = one;
  gap.fields[1].offset += 1;
  overlap.fields[1].offset -= 1;
  shorter.fields.pop_back();
  unread.fields[1].name = "(unread)";
  CHECK(!spec::owns_every_byte(gap));
  CHECK(!spec::owns_every_byte(overlap));
  CHECK(!spec::owns_every_byte(shorter));
  CHECK(!spec::owns_every_byte(unread));
}

TEST_CASE("transcript: the same seed gives the same page, another one another") {
  CHECK(spec::text(asked_twice(1)) == spec::text(asked_twice(1)));
  CHECK(spec::html(asked_twice(1)) == spec::html(asked_twice(1)));
  CHECK(spec::text(asked_twice(1)) != spec::text(asked_twice(2)));
}

TEST_CASE("transcript: an attacked run is drawn like an honest one") {
  CHECK("\n" + spec::text(spec::sequence_of(asked_twice(1, spec::replay(2, 3)))) == R"(
     Asker                   attacker        Answerer
1      |< do Ask                 |               |
       |  Idle -> Asked          |               |
2      |--------------- Question --------------->|
       |                         |               |  Idle -> Asked
3      |                         |               |< do Give
       |                         |               |  Asked -> Idle
4      |<--------------- Answer -----------------|
       |  Asked -> Idle          |               |
5      |< do Ask                 |               |
       |  Idle -> Asked          |               |
6      |--------------- Question --------------->|
       |                         |               |  Idle -> Asked
7      |<== Answer (replayed) ===|               |
       |  Asked -> Idle          |               |
8      |                         |               |< do Give
       |                         |               |  Asked -> Idle
9      |<---------- Answer (ignored) ------------|
)");
  CHECK(spec::text(spec::sequence_of(asked_twice(1))).find("attacker") == std::string::npos);
}

TEST_CASE("transcript: what is done to a frame is told with what became of it") {
  const auto page = [](const spec::Meddle& meddle) { return spec::text(asked_twice(1, meddle)); };
  CHECK(has(page(spec::lose(2)), "Answerer -> Asker: Answer, 39 bytes, lost\n"));
  CHECK(has(page(spec::flip(2)), "attacker -> Asker: Answer, 39 bytes, altered, refused\n"));
  CHECK(has(page(spec::flip(2)), "Asker: Answer; refuses it, not_authentic, stays Asked\n"));
  CHECK(has(page(spec::truncate(1)),
            "attacker -> Answerer: Question, unreadable, 15 bytes, altered, refused\n"));
  CHECK(has(page(spec::reflect(1)), "attacker -> Asker: Question, 16 bytes, replayed, refused\n"));
  CHECK(
      has(page(spec::replay(1)), "attacker -> Answerer: Question, 16 bytes, replayed, ignored\n"));
  CHECK(has(page(spec::replay(1)), "Answerer: Question; ignores it, stays Asked\n"));
}

// A transcript that is written from outside: alice and bob, and whoever is between them.
TEST_CASE("transcript: of machines that others run, each frame is whose bytes it has") {
  using spec::Origin, spec::Fate;
  const SteadyTime noon{std::chrono::hours(12)};
  spec::Notebook book("in the hands of others", 1);  // the first byte says where to, or where from
  const int machines[2] = {};
  const int alice = book.participant(&machines[0], "Alice", noon);
  const int bob = book.participant(&machines[1], "Bob", noon + std::chrono::hours(1));
  CHECK(book.participant(&machines[1], "Bob", noon) == bob);
  const auto frame = [](std::uint8_t address, std::string_view text) {
    spec::Transit one;
    one.form = "Word";
    one.bytes = {address};
    one.bytes.insert(one.bytes.end(), text.begin(), text.end());
    one.fields = {{"word", {}, {}, 0, one.bytes.size()}};
    return one;
  };
  const auto hears = [&](int who, const spec::Transit& one, bool takes = true,
                         std::optional<std::string_view> fault = {}) {
    spec::CallRecord call;
    call.trigger = "Word";
    if (takes) call.rows = {"Here on Word to Here"};
    call.refused = fault;
    const Duration ahead = who == bob ? Duration{std::chrono::hours(1)} : Duration{};
    book.call(who, noon + ahead, std::move(call), one);
  };
  spec::CallRecord says;
  says.trigger = "do Say";
  says.is_local = true;
  book.call(alice, noon + std::chrono::seconds(1), says, {},
            {frame(2, "hello"), frame(2, "lost!")});
  hears(bob, frame(1, "hello"));
  book.remark("attacker", "sends it twice, and back");
  hears(bob, frame(1, "hello"), false);
  hears(alice, frame(2, "hello"), false);
  hears(bob, frame(1, "hellO"), false, "not_authentic");
  hears(bob, frame(1, "h_ello"));
  hears(bob, frame(1, "01234"));
  spec::Transit brought = frame(1, "lost!");
  brought.origin = Origin::replayed;
  hears(bob, brought);
  const spec::Transcript page = book.finish();
  REQUIRE(page.participants.size() == 3);
  CHECK(page.participants[1].name == "attacker");
  std::string words;
  for (const spec::Entry& entry : page.entries) {
    if (entry.transit) words += spec::heading_of(page, *entry.transit) + '\n';
    if (entry.remark) words += entry.remark->who + ' ' + entry.remark->text + '\n';
  }
  CHECK(words == R"(Alice -> Bob: Word, 6 bytes, lost
Alice -> Bob: Word, 6 bytes
attacker sends it twice, and back
attacker -> Bob: Word, 6 bytes, replayed, ignored
attacker -> Alice: Word, 6 bytes, replayed, ignored
attacker -> Bob: Word, 6 bytes, altered, refused
attacker -> Bob: Word, 7 bytes, altered
attacker -> Bob: Word, 6 bytes, injected
attacker -> Bob: Word, 6 bytes, replayed
)");
  CHECK(page.entries.front().at == std::chrono::seconds(1));
  CHECK(page.entries.back().at == std::chrono::seconds(1));
  CHECK(has(spec::text(page), "              attacker: sends it twice, and back\n"));
  CHECK(has(spec::html(page), "<b>attacker</b>: sends it twice, and back"));
}

TEST_CASE("transcript: a byte without an owner is found, but for the attacker's own") {
  spec::Transcript page = asked_twice(1);
  CHECK(!spec::unowned(page));
  spec::Transit& one = *std::ranges::find_if(page.entries, [](const spec::Entry& entry) {
                          return entry.transit.has_value();
                        })->transit;
  one.fields.pop_back();
  CHECK(spec::unowned(page) == "Asker -> Answerer: Question, 16 bytes");
  one.origin = spec::Origin::injected;
  CHECK(!spec::unowned(page));
}

TEST_CASE("transcript: timers run in virtual time") {
  testing::SeededRandom random(1), other(2);
  Asking run{"ask", {{}, {}, Random(random), {}, {}}, {{}, {}, Random(other), {}, {}}};
  run.one(ask::Ask{});
  run.pass(std::chrono::seconds(4));
  run.pass(std::chrono::seconds(4));
  CHECK(has(spec::text(run.transcript()), "     5.000 s  Asker: after Overdue; Asked -> Idle\n"));
  CHECK(run.now().steady.time_since_epoch() == std::chrono::seconds(8));
}

TEST_CASE("transcript: JSON is shown as the text that it is, each member with its field and link") {
  spec::Recording<Speaker, Hearer> run{"word", {}, {}};
  run.one(Say{});
  const spec::Transit& one = transit(run.transcript(), 0);
  CHECK(spec::owns_every_byte(one));
  CHECK(one.link == "wire");
  CHECK(spec::text(one.bytes, one.fields, "") ==
        R"(version     {"version":1                                      1, always this
count       ,"count":7                                        7, a number that only rises
text        ,"text":"<so & so>"                               "<so & so>", what the application says
(end)       }                                                 ends the object
)");
}

TEST_CASE("transcript: a page of HTML labels every field, and takes no text for markup") {
  spec::Recording<Speaker, Hearer> run{"<word>", {}, {}};
  run.one(Say{});
  const std::string page = spec::html(run.transcript());
  CHECK(page.starts_with("<!doctype html>"));
  CHECK(has(page, "<h1>&lt;word&gt;</h1>"));
  CHECK(has(page, "title=\"count: 7, a number that only rises\">,&quot;count&quot;:7</span>"));
  CHECK(has(page, "&lt;so &amp; so&gt;"));
  CHECK(!has(page, "<so"));
  for (const std::string_view thing : {"<script", "http:", "https:", "url(", "@import"})
    CHECK(!has(page, thing));
  CHECK(has(page, "prefers-color-scheme: dark"));
}

TEST_CASE("transcript: secrets are in it only where somebody asked for what is dangerous") {
  for (const bool asked : {false, true}) {
    spec::Recording<Speaker, Hearer> run{"word", {}, {}};
    if (asked) run.dangerous_show_states();
    run.one(Say{});
    CHECK(has(spec::text(run.transcript()), "deadbeef") == asked);
    CHECK(has(spec::html(run.transcript()), "deadbeef") == asked);
  }
}

TEST_CASE("transcript: protobuf is cut at its keys, whatever is in it") {
  // Field 1, varint 300; field 2, three bytes; field 9, which no layout has; field 5, four bytes.
  const std::array<std::uint8_t, 15> frame{0x08, 0xac, 0x02, 0x12, 0x03, 'a', 'b', 'c',
                                           0x48, 0x01, 0x2d, 1,    2,    3,   4};
  const spec::detail::WireNames names{{0, "count", 1}, {1, "text", 2}, {2, "number", 5}};
  const auto pieces = spec::detail::cut_protobuf(frame, names);
  REQUIRE(pieces.size() == 4);
  const int fields[] = {0, 1, spec::detail::Slice::other, 2};
  const std::size_t sizes[] = {3, 5, 2, 5};
  std::size_t at = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(pieces[i].field == fields[i]);
    CHECK(pieces[i].size == sizes[i]);
    CHECK(pieces[i].offset == at);
    at += pieces[i].size;
  }
  for (const std::size_t size : {1u, 2u, 4u, 5u, 6u, 9u, 11u, 14u})
    CHECK(spec::detail::cut_protobuf(Bytes{frame}.first(size), names).empty());
}

TEST_CASE("transcript: JSON is cut at its members, however it is written") {
  const spec::detail::WireNames names{{0, "a", 0}, {1, "b", 0}};
  const auto cut = [&](std::string_view text) {
    std::string words;
    for (const spec::detail::Slice& piece : spec::detail::cut_json(text, names))
      words += std::to_string(piece.field) + '[' +
               std::string(text.substr(piece.offset, piece.size)) + ']';
    return words;
  };
  CHECK(cut(R"({"a":1,"b":"x"})") == R"(0[{"a":1]1[,"b":"x"]-2[}])");
  CHECK(cut(" { \"a\" : [1,{\"b\":2}] , \"c\":\"},\\\"\" } ") ==
        "0[ { \"a\" : [1,{\"b\":2}] ]-1[, \"c\":\"},\\\"\" ]-2[} ]");
  CHECK(cut("{}") == "-2[{}]");
  for (const std::string_view broken : {"", "[1]", "{", "{\"a\"", "{\"a\":", "{\"a\":1",
                                        "{\"a\":1,}", "{\"a\":\"}", "{}x", "{a:1}"})
    CHECK(cut(broken).empty());
}
