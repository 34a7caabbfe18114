#include "handfast/core/explore.hpp"

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "handfast/core/compose.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/pairs.hpp"
#include "tests/support/seed.hpp"
#include "tests/support/toy.hpp"

using namespace handfast;

// The explorer packs configurations into numbers and shares loops with the compiler; here the same
// question is asked in the plainest way there is, and the answers must agree.

namespace {

struct PlainRow {
  int from, message, to;  // message -1: a command or a timer
  bool guarded;
  std::vector<int> sends;  // in the peer's Receives
};
struct PlainRole {
  int states = 0, messages = 0;
  std::vector<PlainRow> rows;
  std::vector<Treatment> treatments;
  std::vector<bool> ends;

  [[nodiscard]] Treatment treatment(int state, int message) const {
    return treatments[static_cast<std::size_t>(state * messages + message)];
  }
};

struct Config {
  int states[2]{};
  std::deque<int> inbox[2];
  auto operator<=>(const Config&) const = default;
};

struct Found {
  Flaw flaw = Flaw::none;
  int depth = 0;     // of the nearest flaw
  int explored = 0;  // configurations, all of them
};

/// Breadth first, over everything; every flaw is noted with its distance.
Found search(const PlainRole (&roles)[2], Channel channel, int capacity, int reorder_max) {
  const bool lossy = channel & Channel::lossy, duplicating = channel & Channel::duplicating;
  std::map<Config, int> depth{{Config{}, 0}};
  std::map<Config, std::set<Config>> next;
  std::deque<Config> todo{Config{}};
  std::map<Flaw, int> nearest;
  const auto note = [&](Flaw flaw, int at) {
    nearest.emplace(flaw, at);
  };  // the first is the nearest

  while (!todo.empty()) {
    const Config here = todo.front();
    todo.pop_front();
    const int distance = depth[here];
    const auto reach = [&](const Config& to) {
      if (to == here) return;
      next[here].insert(to);
      if (depth.emplace(to, distance + 1).second) todo.push_back(to);
    };
    bool refuses = false;
    for (int side = 0; side < 2; ++side) {
      const PlainRole& role = roles[side];
      const auto follow = [&](const PlainRow& row, Config to) {
        to.states[side] = row.to;
        for (const int message : row.sends) {
          if (static_cast<int>(to.inbox[1 - side].size()) < capacity)
            to.inbox[1 - side].push_back(message);
          else if (!lossy)
            return;  // held back
        }
        reach(to);
      };
      for (const PlainRow& row : role.rows)
        if (row.from == here.states[side] && row.message < 0) follow(row, here);
      for (int place = 0; place <= reorder_max && place < static_cast<int>(here.inbox[side].size());
           ++place) {
        const int message = here.inbox[side][static_cast<std::size_t>(place)];
        Config without = here;
        without.inbox[side].erase(without.inbox[side].begin() + place);
        switch (role.treatment(here.states[side], message)) {
          case Treatment::undeclared:
          case Treatment::refused: refuses = true; break;
          case Treatment::ignored: reach(without); break;
          case Treatment::taken:
            for (const PlainRow& row : role.rows) {
              if (row.from != here.states[side] || row.message != message) continue;
              follow(row, without);
              if (duplicating) follow(row, here);
              if (row.guarded) reach(without);
            }
        }
      }
      if (lossy && !here.inbox[side].empty()) {
        Config without = here;
        without.inbox[side].pop_front();
        reach(without);
      }
    }
    const bool ended = roles[0].ends[static_cast<std::size_t>(here.states[0])] &&
                       roles[1].ends[static_cast<std::size_t>(here.states[1])];
    if (refuses)
      note(Flaw::unspecified_reception, distance);
    else if (next[here].empty() && !ended)
      note(Flaw::deadlock, distance);
  }

  Found found;
  found.explored = static_cast<int>(depth.size());
  for (const auto& [flaw, distance] : nearest)
    if (found.flaw == Flaw::none || distance < found.depth)
      found = {flaw, distance, found.explored};
  if (found.flaw != Flaw::none) return found;

  std::set<Config> finishing;
  for (bool changed = true; changed;) {
    changed = false;
    for (const auto& [config, distance] : depth) {
      if (finishing.contains(config)) continue;
      bool finishes = roles[0].ends[static_cast<std::size_t>(config.states[0])] &&
                      roles[1].ends[static_cast<std::size_t>(config.states[1])];
      for (const Config& to : next[config]) finishes = finishes || finishing.contains(to);
      if (finishes) changed = finishing.insert(config).second;
    }
  }
  for (const auto& [config, distance] : depth)
    if (!finishing.contains(config) && (found.flaw == Flaw::none || distance < found.depth))
      found = {Flaw::cannot_finish, distance, found.explored};
  return found;
}

template <class A, class B>
PlainRole plain() {
  using G = Graph<A>;
  PlainRole role{G::state_count, G::message_count, {}, {}, {}};
  const auto numbers = []<class... Ms>(List<Ms...>) {
    return std::vector<int>{detail::index_in<Ms>(typename B::Receives{})...};
  }(SendsOf<A>{});
  for (const Edge& e : G::edges) {
    PlainRow row{e.from, e.trigger == Trigger::message ? e.on : -1, e.to, e.guarded, {}};
    for (int i = 0; i < e.send_count; ++i) row.sends.push_back(numbers[e.sends[i]]);
    role.rows.push_back(row);
  }
  for (int i = 0; i < role.states * role.messages; ++i)
    role.treatments.push_back(G::treatments[static_cast<std::size_t>(i)]);
  for (int i = 0; i < role.states; ++i) role.ends.push_back(G::ends[static_cast<std::size_t>(i)]);
  return role;
}

Channel channel_of(unsigned flags) { return static_cast<Channel>(flags); }

/// A verdict holds if the flaw is there, as near as the plain search found the nearest, and its
/// trace leads to it.
void agree(const Verdict& verdict, const Found& found) {
  if (verdict.flaw == Flaw::none || found.flaw == Flaw::none || found.flaw == Flaw::cannot_finish) {
    CHECK(verdict.flaw == found.flaw);
    CHECK(verdict.explored == found.explored);
  } else
    CHECK((verdict.flaw == Flaw::deadlock || verdict.flaw == Flaw::unspecified_reception));
  CHECK(verdict.step_count == found.depth);
}

/// Walks a verdict's trace over the plain roles and looks whether it ends at the flaw.
void trace_leads_there(const Verdict& verdict, const PlainRole (&roles)[2], Channel channel,
                       int capacity, int reorder_max) {
  Config here;
  for (int s = 0; s < verdict.step_count; ++s) {
    const Move& move = verdict.steps[s];
    const std::size_t side = move.side;
    CAPTURE(s, int{move.kind}, int{move.side}, int{move.index}, int{move.early});
    REQUIRE(move.early <= reorder_max);
    std::deque<int>& inbox = here.inbox[side];
    const auto remove = [&] {
      REQUIRE(inbox.size() > move.early);
      inbox.erase(inbox.begin() + move.early);
    };
    if (move.kind == Move::takes || move.kind == Move::takes_copy) {
      const PlainRow& row = roles[side].rows[move.index];
      REQUIRE(row.from == here.states[side]);
      if (row.message >= 0) {
        REQUIRE(inbox.size() > move.early);
        REQUIRE(inbox[move.early] == row.message);
        if (move.kind == Move::takes)
          remove();
        else
          REQUIRE((channel & Channel::duplicating));
      }
      here.states[side] = row.to;
      for (const int message : row.sends) {
        if (static_cast<int>(here.inbox[1 - side].size()) < capacity)
          here.inbox[1 - side].push_back(message);
        else
          REQUIRE((channel & Channel::lossy));
      }
    } else {
      REQUIRE(inbox.size() > move.early);
      REQUIRE(inbox[move.early] == move.index);
      const Treatment treatment = roles[side].treatment(here.states[side], move.index);
      if (move.kind == Move::ignores) REQUIRE(treatment == Treatment::ignored);
      if (move.kind == Move::refuses) REQUIRE(treatment == Treatment::taken);
      if (move.kind == Move::loses) REQUIRE((channel & Channel::lossy));
      remove();
    }
  }
  CHECK(here.states[0] == verdict.states[0]);
  CHECK(here.states[1] == verdict.states[1]);
  if (verdict.flaw == Flaw::unspecified_reception) {
    const auto receiver = static_cast<std::size_t>(verdict.receiver);
    CHECK(std::ranges::count(here.inbox[receiver], verdict.message) > 0);
    CHECK(roles[receiver].treatment(here.states[receiver], verdict.message) != Treatment::taken);
    CHECK(roles[receiver].treatment(here.states[receiver], verdict.message) != Treatment::ignored);
  }
}

template <class A, class B, int Capacity>
void agree_at(Channel channel, int reorder_max) {
  CAPTURE(Capacity, reorder_max);
  const PlainRole roles[2]{plain<A, B>(), plain<B, A>()};
  const Verdict verdict = explore<A, B, Capacity, 1 << 14>(channel, reorder_max);
  agree(verdict, search(roles, channel, Capacity, reorder_max));
  trace_leads_there(verdict, roles, channel, Capacity, reorder_max);
}

/// Run time over every channel, capacities 1 to 4 and reordering up to 3.
template <class A, class B>
void agree_everywhere() {
  for (unsigned flags = 0; flags < 8; ++flags) {
    CAPTURE(flags);
    const Channel channel = channel_of(flags);
    for (int reorder_max = 0; reorder_max <= 3; ++reorder_max) {
      if ((reorder_max > 0) != (channel & Channel::reordering)) continue;
      agree_at<A, B, 1>(channel, reorder_max);
      agree_at<A, B, 2>(channel, reorder_max);
      agree_at<A, B, 3>(channel, reorder_max);
      agree_at<A, B, 4>(channel, reorder_max);
    }
  }
}

// Random pairs, as the explorer wants them.

struct ViewedRole {
  std::vector<detail::Step> steps;
  std::vector<std::uint16_t> first;
  std::unique_ptr<bool[]> ends;
  detail::RoleView view{};
};

ViewedRole viewed(const PlainRole& role) {
  ViewedRole made;
  for (int state = 0; state < role.states; ++state) {
    for (int column = 0; column <= role.messages; ++column) {
      made.first.push_back(static_cast<std::uint16_t>(made.steps.size()));
      for (std::size_t r = 0; r < role.rows.size(); ++r) {
        const PlainRow& row = role.rows[r];
        if (row.from != state || row.message + 1 != column) continue;
        detail::Step step{static_cast<std::uint8_t>(row.to),
                          static_cast<std::uint8_t>(r),
                          row.guarded,
                          static_cast<std::uint8_t>(row.sends.size()),
                          {}};
        for (std::size_t i = 0; i < row.sends.size(); ++i)
          step.sends[i] = static_cast<std::uint8_t>(row.sends[i] + 1);
        made.steps.push_back(step);
      }
    }
  }
  made.first.push_back(static_cast<std::uint16_t>(made.steps.size()));
  made.ends = std::make_unique<bool[]>(static_cast<std::size_t>(role.states));
  for (int i = 0; i < role.states; ++i)
    made.ends[static_cast<std::size_t>(i)] = role.ends[static_cast<std::size_t>(i)];
  made.view = {made.steps.data(), made.first.data(), role.treatments.data(), made.ends.get(),
               role.messages + 1};
  return made;
}

PlainRole random_role(test::Random& random, int states, int messages, int peer_messages) {
  PlainRole role{states, messages, {}, {}, {}};
  role.treatments.assign(static_cast<std::size_t>(states * messages), Treatment::undeclared);
  const auto pick = [&](int bound) {
    return static_cast<int>(random.below(static_cast<std::uint64_t>(bound)));
  };
  for (int state = 0; state < states; ++state) {
    const auto add = [&](int message) {
      PlainRow row{state, message, pick(states), random.below(3) == 0, {}};
      for (int sends = pick(3); sends > 0; --sends) row.sends.push_back(pick(peer_messages));
      role.rows.push_back(row);
    };
    for (int local = pick(2) + (state == 0); local > 0; --local) add(-1);
    for (int message = 0; message < messages; ++message) {
      Treatment& treatment = role.treatments[static_cast<std::size_t>(state * messages + message)];
      const int choice = pick(12);
      treatment = choice == 0  ? Treatment::refused
                  : choice < 5 ? Treatment::ignored
                               : Treatment::taken;
      for (int rows = 1 + pick(2); treatment == Treatment::taken && rows > 0; --rows) add(message);
    }
    role.ends.push_back(random.below(3) == 0);
  }
  return role;
}

template <int Capacity>
Verdict explored(const PlainRole (&roles)[2], Channel channel, int reorder_max) {
  const ViewedRole a = viewed(roles[0]), b = viewed(roles[1]);
  const auto found = std::make_unique<Exploration<1 << 13, Capacity>>();
  found->run({{a.view, b.view}}, channel, reorder_max, 1 << 13);
  while (found->flaw == Flaw::none && !found->settled) found->settle();
  found->judge();
  return detail::verdict_of(*found);
}

}  // namespace

TEST_CASE("core: the plain search counts what a hand counts") {
  using namespace pairs;
  const PlainRole roles[2]{plain<Asker, Answerer>(), plain<Answerer, Asker>()};
  // Idle; asked; answered; taken. Over a channel that loses: also lost question, lost answer.
  CHECK(search(roles, Channel::reliable, 2, 0).explored == 4);
  CHECK(search(roles, Channel::reliable, 2, 0).flaw == Flaw::none);
  const Found lossy = search(roles, Channel::lossy, 2, 0);
  CHECK(lossy.explored == 6);
  CHECK(lossy.flaw == Flaw::deadlock);
  CHECK(lossy.depth == 2);  // ask, lose
}

TEST_CASE(
    "core: exploration agrees with a plain search about every pair, channel, capacity and "
    "reordering") {
  using namespace pairs;
  SECTION("asker and answerer") { agree_everywhere<Asker, Answerer>(); }
  SECTION("asker and guarded") { agree_everywhere<Asker, Guarded>(); }
  SECTION("persistent and guarded") { agree_everywhere<Persistent, Guarded>(); }
  SECTION("asker and forgetful") { agree_everywhere<Asker, Forgetful>(); }
  SECTION("curt and talkative") { agree_everywhere<Curt, Talkative>(); }
  SECTION("restless and answerer") { agree_everywhere<Restless, Answerer>(); }
  SECTION("two peers") { agree_everywhere<Peer, Peer>(); }
  SECTION("two selfish peers") { agree_everywhere<Selfish, Selfish>(); }
  SECTION("burst and answerer") { agree_everywhere<Burst, Answerer>(); }
}

TEST_CASE(
    "core: exploration agrees with a plain search about the toy with more room and more "
    "reordering") {
  using toy::Client, toy::Server;
  agree_at<Client, Server, 3>(Channel::reliable, 0);
  agree_at<Client, Server, 2>(Channel::lossy | Channel::duplicating | Channel::reordering, 1);
  agree_at<Client, Server, 3>(Channel::lossy | Channel::duplicating | Channel::reordering, 2);
  agree_at<Client, Server, 4>(Channel::lossy | Channel::reordering, 3);
}

TEST_CASE("core: exploration agrees with a plain search about random pairs", "[property]") {
  const test::Seed seed = test::seed();
  INFO(seed.again());
  test::Random random(seed);
  std::map<Flaw, int> seen;
  for (int i = 0; i < 300; ++i) {
    CAPTURE(i);
    const int messages[2]{1 + static_cast<int>(random.below(3)),
                          1 + static_cast<int>(random.below(3))};
    const PlainRole roles[2]{
        random_role(random, 2 + static_cast<int>(random.below(3)), messages[0], messages[1]),
        random_role(random, 2 + static_cast<int>(random.below(3)), messages[1], messages[0])};
    const Channel channel = channel_of(static_cast<unsigned>(random.below(8)));
    const int reorder_max =
        channel & Channel::reordering ? 1 + static_cast<int>(random.below(3)) : 0;
    const bool two = random.below(2) == 0;
    const Verdict verdict =
        two ? explored<2>(roles, channel, reorder_max) : explored<3>(roles, channel, reorder_max);
    ++seen[verdict.flaw];
    if (verdict.flaw == Flaw::too_large) continue;
    agree(verdict, search(roles, channel, two ? 2 : 3, reorder_max));
    trace_leads_there(verdict, roles, channel, two ? 2 : 3, reorder_max);
  }
  CHECK(seen[Flaw::none] > 0);
  CHECK(seen[Flaw::unspecified_reception] > 0);
  CHECK(seen[Flaw::deadlock] + seen[Flaw::cannot_finish] > 0);
}

TEST_CASE("core: an exploration without room for all says so") {
  using namespace pairs;
  const Verdict verdict = explore<Asker, Answerer, 2, 3>(Channel::reliable, 0);
  CHECK(verdict.flaw == Flaw::too_large);
  CHECK(verdict.explored == 3);
  CHECK(explore<Asker, Answerer, 2, 4>(Channel::reliable, 0).flaw == Flaw::none);
}

TEST_CASE("core: a reliable channel that is full holds its sender back, a lossy one drops") {
  using namespace pairs;
  // Three at once never fit a capacity of two.
  CHECK(explore<Burst, Answerer, 2>(Channel::reliable, 0).flaw == Flaw::deadlock);
  CHECK(explore<Burst, Answerer, 2>(Channel::reliable, 0).step_count == 0);
  CHECK(explore<Burst, Answerer, 2>(Channel::lossy, 0).flaw == Flaw::none);
  CHECK(explore<Burst, Answerer, 3>(Channel::reliable, 0).flaw == Flaw::none);
}

TEST_CASE("core: channels are flags") {
  CHECK((Channel::lossy | Channel::reordering) & Channel::lossy);
  CHECK((Channel::lossy | Channel::reordering) & Channel::reordering);
  CHECK_FALSE((Channel::lossy | Channel::reordering) & Channel::duplicating);
  CHECK_FALSE(Channel::reliable & Channel::lossy);
}
