#include <deque>

#include "tests/rehandshake/paths.hpp"

// A migration in which nothing happens but one cut: of either path, at each frame of it in turn,
// noticed by both sides or by one. What is said before, meanwhile and after it arrives once and in
// order (claim 19).

using namespace rehandshake_test;

namespace {

enum class Noticed { by_both, by_first, by_second, by_nobody };

class Line {
 public:
  /// The path `link` is cut when frame `at` of all, counted from 1, is on it, or the next that is.
  Line(int at, Link link, Noticed noticed, bool cuts_the_end = false)
      : at_(at), link_(link), noticed_(noticed), cuts_the_end_(cuts_the_end), ends_(config()) {
    is_up_[relay_link.number] = true;
    for (auto& has : has_) has[relay_link.number] = true;
    take(ends_.first.does(Start{}), 0);
    take(ends_.second.does(Start{}), 1);
  }

  void run() {
    for (int i = 0; i < 6; ++i) {
      take(ends_.first.does(Send{Ends::message(said_++)}), 0);
      take(ends_.second.does(Send{Ends::message(said_ - 1)}), 1);
      if (i == 1) open(direct_link);
      wait(100ms);
    }
    busy_frames_ = frames_;
    wait(18s);  // an attempt on what is dead, and the next one
    take(ends_.first.does(Send{Ends::message(said_++)}), 0);
    take(ends_.second.does(Send{Ends::message(said_ - 1)}), 1);
    wait(2s);
  }
  /// The same, and then one side ends while both say something: frames are counted from there.
  void run_to_the_end(bool is_first) {
    for (int i = 0; i < 3; ++i) {
      if (i == 1) open(direct_link);
      wait(100ms);
    }
    frames_ = 0;
    is_ending_ = true;
    take(ends_.first.does(Send{Ends::message(said_++)}), 0);
    take(ends_.second.does(Send{Ends::message(said_ - 1)}), 1);
    if (is_first)
      take(ends_.first.does(Disconnect{}), 0);
    else
      take(ends_.second.does(Disconnect{}), 1);
    wait(4s);
    busy_frames_ = frames_;
    wait(16s);
  }
  void check_ended() {
    CHECK(got_[0] == said_);
    CHECK(got_[1] == said_);
    CHECK(ends_.first.state() == "Ended");
    CHECK(ends_.second.state() == "Ended");
    // The last acknowledgement may be lost where nobody notices: who waits for it cannot know.
    CHECK(fine_ends_ >= (noticed_ == Noticed::by_nobody ? 1 : 2));
  }
  void check() {
    CHECK(got_[0] == said_);
    CHECK(got_[1] == said_);
    CHECK(ends_.first.state() == "Steady");
    CHECK(ends_.second.state() == "Steady");
    CHECK(ends_.first.in<Mover::Steady>().stream.unacknowledged.empty());
    CHECK(ends_.second.in<Follower::Steady>().stream.unacknowledged.empty());
    CHECK(ends_.first.in<Mover::Steady>().paths.current ==
          ends_.second.in<Follower::Steady>().paths.current);
  }
  [[nodiscard]] bool was_cut() const { return was_cut_; }
  /// Until both have nothing more to say.
  [[nodiscard]] int busy_frames() const { return busy_frames_; }

 private:
  static MigrationConfig config() {
    MigrationConfig made;
    made.silence_timeout = 3s;
    made.heartbeat_interval = 1s;
    made.migrate_repeat = 5s;
    made.reconnect_repeat = 1s;
    made.close_timeout = 15s;
    return made;
  }
  void wait(Duration duration) {
    for (Duration passed{}; passed < duration; passed += 20ms) {
      take(ends_.first.waits(20ms), 0);
      take(ends_.second.waits(20ms), 1);
      carry();
      for (const Link link : {relay_link, direct_link})
        if (wanted_[link.number] && ends_.first.now.steady >= *wanted_[link.number]) open(link);
    }
  }
  void carry() {
    while (!travelling_.empty()) {
      const Travelling one = std::move(travelling_.front());
      travelling_.pop_front();
      if (!is_up_[one.link.number]) continue;
      ++frames_;
      if (!was_cut_ && is_ending_ == cuts_the_end_ && frames_ >= at_ && one.link == link_) {
        was_cut_ = true;
        if (noticed_ != Noticed::by_both && noticed_ != Noticed::by_first)
          has_[0][link_.number] = false;
        if (noticed_ != Noticed::by_both && noticed_ != Noticed::by_second)
          has_[1][link_.number] = false;
        close(link_);
        continue;
      }
      if (one.to == 0)
        take(ends_.first.gets(one.frame, one.link), 0);
      else
        take(ends_.second.gets(one.frame, one.link), 1);
      take(ends_.first.waits(0s), 0);
      take(ends_.second.waits(0s), 1);
    }
  }
  /// Nothing comes by it any more, and whoever knows is told.
  void close(Link link) {
    is_up_[link.number] = false;
    for (const int side : {0, 1})
      if (std::exchange(has_[side][link.number], false)) tell(side, LinkClosed{link});
  }
  void open(Link link) {
    wanted_[link.number].reset();
    if (is_up_[link.number]) return;
    // Who has not noticed does so now.
    for (const int side : {1, 0}) tell(side, LinkClosed{link});
    is_up_[link.number] = true;
    for (const int side : {1, 0}) {
      has_[side][link.number] = true;
      (side == 0 ? static_cast<MigrationContext&>(ends_.first.context()) : ends_.second.context())
          .bind(link, ChannelBinding::none());
      tell(side, LinkOpened{link});
    }
  }
  template <class Command>
  void tell(int side, const Command& command) {
    if (has_ended_[side]) return;
    if (side == 0)
      take(ends_.first.does(command), 0);
    else
      take(ends_.second.does(command), 1);
  }
  template <class Role>
  void take(const Result<Role>& result, int side) {
    CHECK_FALSE(result.fault());
    for (std::size_t i = 0; i < result.frames.size(); ++i)
      travelling_.push_back({1 - side, result.links[i], result.frames[i]});
    for (const Bits& payload : result.payloads) CHECK(payload == Ends::message(got_[side]++));
    for (const auto& event : result.events) {
      if (const auto* one = std::get_if<PathWanted>(&event))
        wanted_[one->link.number] = ends_.first.now.steady + 300ms;
      if (const auto* one = std::get_if<PathLost>(&event)) close(one->link);
      if (const auto* one = std::get_if<Closed>(&event)) {
        CHECK(is_ending_);
        fine_ends_ += !one->fault;
        has_ended_[side] = true;
      }
    }
  }

  struct Travelling {
    int to;
    Link link;
    Bits frame;
  };
  int at_;
  Link link_;
  Noticed noticed_;
  bool cuts_the_end_;
  Ends ends_;
  std::deque<Travelling> travelling_;
  bool is_up_[path_count]{};
  bool has_[2][path_count]{};                     // whether a side believes in it, the first is 0
  std::optional<SteadyTime> wanted_[path_count];  // until it is opened
  int said_ = 0, got_[2]{}, frames_ = 0, busy_frames_ = 0;
  int fine_ends_ = 0;
  bool has_ended_[2]{};
  bool was_cut_ = false, is_ending_ = false;
};

}  // namespace

TEST_CASE("rehandshake: at whatever frame either path is cut, nothing is lost or comes twice",
          "[property]") {
  Line whole(1 << 30, relay_link, Noticed::by_both);
  whole.run();
  whole.check();
  int cuts = 0;
  for (const Link link : {relay_link, direct_link})
    for (const Noticed noticed : {Noticed::by_both, Noticed::by_first, Noticed::by_second})
      for (int at = 1; at <= whole.busy_frames(); ++at) {
        INFO("path " << link.number << ", noticed " << static_cast<int>(noticed) << ", frame "
                     << at);
        Line line(at, link, noticed);
        line.run();
        line.check();
        cuts += line.was_cut();
      }
  CHECK(whole.busy_frames() > 25);
  CHECK(cuts > 100);
}

TEST_CASE(
    "rehandshake: at whatever frame of an end its path is cut, all is delivered, and both know "
    "of it if either noticed",
    "[property]") {
  int cuts = 0;
  for (const bool is_first : {true, false}) {
    Line whole(1 << 30, direct_link, Noticed::by_both, true);
    whole.run_to_the_end(is_first);
    whole.check_ended();
    CHECK(whole.busy_frames() > 6);
    for (const Noticed noticed :
         {Noticed::by_both, Noticed::by_first, Noticed::by_second, Noticed::by_nobody})
      for (int at = 1; at <= whole.busy_frames(); ++at) {
        INFO("first ends: " << is_first << ", noticed " << static_cast<int>(noticed) << ", frame "
                            << at);
        Line line(at, direct_link, noticed, true);
        line.run_to_the_end(is_first);
        line.check_ended();
        cuts += line.was_cut();
      }
  }
  CHECK(cuts > 30);
}
