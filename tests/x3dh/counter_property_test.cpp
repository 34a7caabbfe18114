// Counted sessions in which anything is lost, late, doubled or out of order, and either side restarts
// and asks to get in step, against a model that only counts.

#include <map>
#include <set>

#include "tests/support/longer.hpp"
#include "tests/support/seed.hpp"
#include "tests/x3dh/pair.hpp"

using namespace x3dh_test;
using handfast::test::Rounds, handfast::test::seed;

namespace {

/// A message on its way.
struct Sent {
  enum class What { says, is_first, asks, answers };

  std::vector<std::uint8_t> frame = {};
  std::uint64_t counter = 0;
  What what = What::says;
  std::string text = {};       // where it says something
  int question = 0;            // that it is, or answers
  std::uint64_t accepted = 0;  // the highest counter, where it is an answer
};

/// What a side knows that has only counted.
struct Model {
  std::uint64_t last = 0;
  bool is_restored = false;  // and has said nothing since
  std::set<std::uint64_t> heard;
  int asked = 0;  // the last question; 0 where it was answered

  std::uint64_t highest() const { return heard.empty() ? 0 : *heard.rbegin(); }
  std::uint64_t next() {
    last += std::exchange(is_restored, false) ? 1001u : 1u;
    return last;
  }
  /// Why it is refused.
  std::optional<Fault> take(const Sent& m) {
    if (m.counter + 2048 <= highest()) return Fault::stale;
    if (heard.contains(m.counter)) return Fault::replayed;
    const bool may_leap =
        heard.empty() || m.what == Sent::What::asks || m.what == Sent::What::answers;
    if (m.counter > highest() + (may_leap ? 1u << 20 : 2048)) return Fault::too_far_ahead;
    heard.insert(m.counter);
    return std::nullopt;
  }
};

/// Issuer and holder, and a model of each; 0 is the issuer.
struct Watched : PairOf<Counter> {
  using What = Sent::What;

  Model models[2];
  std::vector<Sent> under_way[2];  // to the issuer, to the holder
  std::map<std::optional<Fault>, int> outcomes;
  int in_step = 0, questions = 0;

  explicit Watched(std::uint64_t of) : PairOf<Counter>(of) {
    start();
    REQUIRE(holder.receive(issuer.frame()));
    collect(1, {.what = What::is_first});
    for (const char* text : {"one", "two", "three"}) say(1, text, What::is_first);
    arrive(0, 0);
    REQUIRE(issuer.is_established);
    arrive(1, 0);
    REQUIRE(holder.is_established);
  }
  auto on(int side, auto&& act) { return side == 0 ? act(issuer) : act(holder); }

  void say(int from, const std::string& text, What what = What::says) {
    on(from, [&](auto& side) { REQUIRE(side.send(text)); });
    collect(from, {.what = what, .text = text});
  }
  void ask(int from) {
    on(from, [&](auto& side) { REQUIRE(side.handle(Synchronize{})); });
    models[from].asked = ++questions;
    collect(from, {.what = What::asks, .question = questions});
  }
  /// Message `which` of those that are under way to this side comes, and may come again.
  void arrive(int at, std::size_t which, bool again = false) {
    auto& incoming = under_way[at];
    const Sent message = incoming.at(which);
    if (!again) incoming.erase(incoming.begin() + static_cast<std::ptrdiff_t>(which));
    Model& model = models[at];
    const auto fault = model.take(message);
    ++outcomes[fault];
    on(at, [&](auto& side) {
      side.delivered.clear();
      side.synchronized.reset();
      const std::string before = side.snapshot();
      REQUIRE(side.receive(message.frame) == !fault);
      REQUIRE((side.fault == fault));
      if (fault) REQUIRE(side.snapshot() == before);
      std::vector<std::string> said;
      if (!fault && !message.text.empty()) said.push_back(message.text);
      REQUIRE(side.delivered == said);
      const bool is_answered =
          !fault && message.what == What::answers && message.question == model.asked;
      REQUIRE(side.synchronized.has_value() == is_answered);
      if (!is_answered) return;
      REQUIRE(side.synchronized->accepted == message.accepted);
      model.asked = 0;
      ++in_step;
    });
    if (!fault && message.what == What::asks)
      collect(at,
              {.what = What::answers, .question = message.question, .accepted = model.highest()});
    else if (!fault && message.what == What::is_first)
      collect(at, {});
    REQUIRE(on(at, [](auto& side) { return side.sent.empty(); }));
  }
  void restart(int at) {
    on(at, [](auto& side) { restore(side); });
    models[at].is_restored = true;
  }

 private:
  /// What this side has just said is under way.
  void collect(int from, Sent message) {
    on(from, [&](auto& side) { message.frame = side.frame(); });
    message.counter = models[from].next();
    under_way[1 - from].push_back(std::move(message));
  }
};

}  // namespace

TEST_CASE(
    "x3dh: over any loss, order and repetition, with restarts, exactly what may is counted, and "
    "one "
    "question gets both in step",
    "[property]") {
  const auto random_seed = seed();
  INFO(random_seed.again());
  handfast::test::Random numbers(random_seed);
  std::map<std::optional<Fault>, int> outcomes;
  int in_step = 0;
  for (Rounds rounds(12, 3); rounds.next();) {
    Watched both(numbers.below(1u << 30));
    int said = 0;
    for (int step = 0; step < 250; ++step) {
      const int at = static_cast<int>(numbers.below(2));
      auto& incoming = both.under_way[at];
      const std::uint64_t what = numbers.below(40);
      if (what < 10) {
        both.say(at, std::to_string(++said));
      } else if (what < 13) {
        for (std::uint64_t i = numbers.below(4); i > 0; --i) {
          both.restart(at);
          both.say(at, std::to_string(++said));
        }
        both.restart(at);
      } else if (what < 16) {
        both.ask(at);
      } else if (!incoming.empty() && what < 22) {
        incoming.erase(incoming.begin());
      } else if (!incoming.empty()) {
        both.arrive(at, numbers.below(incoming.size()), numbers.below(4) == 0);
      }
    }
    // One of them has restarted more often than a window bears; then quiet, and one question.
    const int far = static_cast<int>(numbers.below(2));
    for (int i = 0; i < 3; ++i) {
      both.restart(far);
      both.say(far, "lost");
    }
    for (auto& incoming : both.under_way) incoming.clear();
    both.say(far, "not followed");
    const int before = both.outcomes[Fault::too_far_ahead];
    both.arrive(1 - far, 0);
    REQUIRE(both.outcomes[Fault::too_far_ahead] == before + 1);
    const int asking = static_cast<int>(numbers.below(2)), answered = both.in_step;
    both.ask(asking);
    both.arrive(1 - asking, 0);
    both.arrive(asking, 0);
    REQUIRE(both.in_step == answered + 1);
    for (const int from : {0, 1}) {
      both.say(from, "followed");
      both.arrive(1 - from, 0);
      CHECK(both.models[from].last == both.models[1 - from].highest());
    }
    for (const auto& [fault, count] : both.outcomes) outcomes[fault] += count;
    in_step += both.in_step;
  }
  CHECK(outcomes[std::nullopt] > 300);
  CHECK(outcomes[Fault::replayed] > 100);
  CHECK(outcomes[Fault::stale] > 20);
  CHECK(outcomes[Fault::too_far_ahead] > 20);
  CHECK(in_step > 20);
}
