#pragma once

// Runs that lead a pair into each state of each role, and together through each row of each table.

#include <string_view>

#include "tests/stdio/harness.hpp"

namespace stdio_test {

/// A run of a fresh pair.
struct Scenario {
  std::string_view name;
  Which which;
  void (*run)(Pair&);
  Config config = {};
};

inline Config duplex_config() {
  Config config;
  config.duplex = true;
  return config;
}
/// Room for `count` records an epoch, so that the reserve can be used up.
inline Config short_of_records(std::uint64_t count) {
  Config config = duplex_config();
  config.sequence_max = count;
  config.dead_peer_timeout = 1000s;
  config.shutdown_timeout = 1000s;
  return config;
}

/// Drives the parent of a fresh pair into `state`; the child has a delivered and unanswered request
/// where it can.
inline void drive_parent(Pair& pair, std::string_view state) {
  pair.responds = false;
  if (state == "Idle") return;
  if (state == "Ended") {
    pair.exchange_lines();
    pair.run();
    pair.parent_does(LinkClosed{});
    return;
  }
  pair.parent_does(Start{});
  if (state == "AwaitingAnswer") return;
  pair.to_child_next();
  pair.child_does(Listening{1});
  pair.to_parent_next();
  pair.run();
  pair.send("waits");
  if (pair.parent->channel() != nullptr && state == "Open")
    pair.responds = true;  // compat: the state before the request
  pair.run();
  if (state == "Open" || state == "AwaitingResponse") return;
  if (state == "Rekeying") {
    pair.parent_does(Rekey{});
    pair.lose_all();
    return;
  }
  pair.parent_does(Shutdown{});
  if (state == "AwaitingShutdownAck") return pair.lose_all();
  pair.run();
  if (state == "ClosingConnections") return;
  pair.parent_does(LinkClosed{});
}

/// Drives the child of a fresh pair into `state`.
inline void drive_child(Pair& pair, std::string_view state) {
  pair.responds = false;
  pair.parent_does(Start{});
  if (state == "Idle") return;
  if (state == "Ended") {
    pair.exchange_lines();
    pair.run();
    pair.child_does(LinkClosed{});
    return;
  }
  pair.to_child_next();
  if (state == "Offered") return;
  pair.child_does(Listening{1});
  pair.to_parent_next();
  if (state == "AwaitingFirstRecord") return pair.lose_all();
  pair.run();
  if (pair.child->channel() != nullptr && state == "Open") return;
  pair.send("waits");
  pair.run();
  if (state == "Open" || state == "Answering") return;
  pair.parent_does(Shutdown{});
  pair.to_child_next();
  pair.lose_all();
}

namespace scenario {

/// As `wait`, a second at a time, while each call's first draw fails: what is due first is refused.
inline void wait_with_first_draw_failing(Pair& pair, int seconds) {
  for (int i = 0; i < seconds; ++i) {
    pair.now.steady += 1s;
    pair.parent_random.fail_at = pair.parent_random.draws + 1;
    for (const Sealed& frame : pair.parent->advance(pair.now).frames) (void)frame;
  }
  pair.parent_random.fail_at = -1;
}

inline Config with_keepalive(Config config, Duration interval) {
  config.keepalive_interval = interval;
  return config;
}
inline Config with_messages(std::uint64_t count) {
  Config config;
  config.messages_max = count;
  return config;
}

inline const Scenario all[] = {
    {"a whole life", Which::hardened,
     [](Pair& p) {
       p.establish();
       (void)p.ask("one");
       p.parent_does(Rekey{});
       p.run();
       (void)p.ask("two");
       p.wait(16s);
       p.parent_does(Shutdown{});
       p.run();
       p.parent_does(LinkClosed{});
       p.child_does(LinkClosed{});
       p.parent_does(CleanedUp{});
     }},
    {"a first request, answered", Which::hardened,
     [](Pair& p) { p.exchange_lines("first"), p.run(); }},
    {"no answer", Which::hardened,
     [](Pair& p) {
       p.parent_does(Start{});
       p.wait(11s, false);
     }},
    {"the child's process ends early", Which::hardened,
     [](Pair& p) {
       p.parent_does(Start{});
       p.parent_does(LinkClosed{});
     }},
    {"the link closes before the offer", Which::hardened,
     [](Pair& p) { p.child_does(LinkClosed{}); }},
    {"the link closes before the listener", Which::hardened,
     [](Pair& p) {
       p.parent_does(Start{});
       p.run();
       p.child_does(LinkClosed{});
     }},
    {"the link closes before the first record", Which::hardened,
     [](Pair& p) {
       p.exchange_lines();
       p.child_does(LinkClosed{});
     }},
    {"no first record", Which::hardened,
     [](Pair& p) {
       p.exchange_lines();
       p.wait(11s, false);
     }},
    {"the first record to come is a rekey", Which::hardened,
     [](Pair& p) {
       p.exchange_lines();
       p.lose_all();
       p.parent_does(Rekey{});
       p.run();
     }},
    {"the first record to come is a shutdown", Which::hardened,
     [](Pair& p) {
       p.exchange_lines();
       p.lose_all();
       p.parent_does(Shutdown{});
       p.run();
     }},
    {"links close", Which::hardened,
     [](Pair& p) {
       p.establish();
       p.child_does(LinkClosed{});
       p.parent_does(LinkClosed{});
     }},
    {"links close while rekeying", Which::hardened,
     [](Pair& p) {
       p.establish();
       p.parent_does(Rekey{});
       p.parent_does(LinkClosed{});
     }},
    {"silence", Which::hardened,
     [](Pair& p) {
       p.establish();
       p.wait(51s, false);
     }},
    {"silence while rekeying", Which::hardened,
     [](Pair& p) {
       p.establish();
       p.parent_does(Rekey{});
       p.wait(51s, false);
     }},
    {"requests repeated, answered twice, failed", Which::hardened,
     [](Pair& p) {
       p.establish();
       p.responds = false;
       p.send("one");
       p.wait(6s);  // delivered, repeated
       p.child_does(Respond{1, bytes_of("answer")});
       p.lose_all();
       p.wait(5s, true);  // repeated, answered again
       p.send("two");
       p.wait(30s, false);
     },
     with_keepalive({}, 1000s)},
    {"the same while rekeying, and notices", Which::hardened,
     [](Pair& p) {
       p.establish();
       p.responds = false;
       p.parent_does(Rekey{});
       p.lose_all();
       p.child_does(Notify{bytes_of("notice")});
       p.send("one");
       p.send("two");
       while (!p.to_child.empty()) p.to_child_next();
       p.child_does(Respond{1, bytes_of("answer")});
       while (!p.to_parent.empty()) p.to_parent_next();
       p.parent_gets(forged(*p.child->clone(p.child_random), Response{0, 1, false, {}}));
       p.wait(30s, false);
     },
     [] {
       Config config = duplex_config();
       config.keepalive_interval = 7s;
       return config;
     }()},
    {"a keepalive acknowledged while rekeying", Which::hardened,
     [](Pair& p) {
       p.establish();
       p.parent_does(Rekey{});
       p.lose_all();
       p.wait(1500ms, false);
       p.parent_gets(forged(*p.child, KeepaliveAck{}));
     }},
    {"a response twice", Which::hardened,
     [](Pair& p) {
       p.establish();
       (void)p.ask("one");
       p.parent_gets(forged(*p.child, Response{0, 1, false, {}}));
       p.child_does(Notify{bytes_of("notice")});
       p.run();
     },
     duplex_config()},
    {"answers after the shutdown began", Which::hardened,
     [](Pair& p) {
       p.establish();
       p.responds = false;
       p.send("one");
       p.run();
       p.parent_does(Shutdown{});
       p.lose_all();
       p.child_does(Respond{1, bytes_of("late")});
       p.run();
       p.parent_gets(forged(*p.child, Response{0, 1, false, {}}));
       p.wait(1100ms);  // the shutdown request again
     }},
    {"a shutdown whose acknowledgement is lost", Which::hardened,
     [](Pair& p) {
       p.establish();
       p.parent_does(Shutdown{});
       p.to_child_next();
       p.lose_all();
       p.wait(1100ms);  // repeated, acknowledged again
       p.wait(20s);
       p.parent_does(CleanedUp{});
     }},
    {"a shutdown that nobody acknowledges", Which::hardened,
     [](Pair& p) {
       p.establish();
       p.parent_does(Shutdown{});
       p.wait(6s, false);
       p.wait(6s, false);
     }},
    {"a shutdown while rekeying, and the link closes", Which::hardened,
     [](Pair& p) {
       p.establish();
       p.parent_does(Rekey{});
       p.parent_does(Shutdown{});
       p.parent_does(LinkClosed{});
     }},
    {"rekeys until the reserve is used up", Which::hardened,
     [](Pair& p) {
       p.establish();
       p.wait(100s, false);
     },
     with_keepalive(short_of_records(17), 200s)},
    {"shutdowns until the reserve is used up", Which::hardened,
     [](Pair& p) {
       p.establish();
       p.parent_does(Shutdown{});
       p.wait(30s, false);
     },
     short_of_records(10)},
    {"keepalives until the reserve is used up, for want of a key", Which::hardened,
     [](Pair& p) {
       p.establish();
       wait_with_first_draw_failing(p, 20);
     },
     with_keepalive(short_of_records(10), 1s)},
    {"keepalives and rekeys until the reserve is used up", Which::hardened,
     [](Pair& p) {
       p.establish();
       p.wait(100s, false);
     },
     with_keepalive(short_of_records(17), 1s)},
    {"a repetition that the keys have no room for", Which::hardened,
     [](Pair& p) {
       p.exchange_lines("first");
       p.lose_all();
       p.parent_random.fails = true;
       p.now.steady += 6s;
       (void)p.parent->advance(p.now);  // new keys are refused, the repetition needs none
     },
     with_messages(1)},
    {"the same while rekeying", Which::hardened,
     [](Pair& p) {
       p.exchange_lines("first");
       p.wait(6s, false);
     },
     with_messages(1)},
    {"a child without room for an acknowledgement, and a rekey twice", Which::hardened,
     [](Pair& p) {
       p.establish();
       p.child->context().config.sequence_max = 1;
       p.parent_does(Send{});
       p.wait(36s);
       p.child->context().config.sequence_max = 1000;
       p.parent_does(Rekey{});
       p.to_child_next();
       p.lose_all();
       p.wait(3s);
     }},
    {"the end as the child sees it", Which::hardened,
     [](Pair& p) {
       p.establish();
       p.parent_does(Shutdown{});
       p.run();
       p.wait(10s, false);
     }},

    {"a whole life", Which::compat,
     [](Pair& p) {
       p.establish();
       (void)p.ask("one");
       (void)p.ask("two");
       p.parent_does(LinkClosed{});
       p.child_does(LinkClosed{});
     },
     with_messages(2)},
    {"no answer", Which::compat,
     [](Pair& p) {
       p.parent_does(Start{});
       p.wait(11s, false);
     }},
    {"the child's process ends early", Which::compat,
     [](Pair& p) {
       p.parent_does(Start{});
       p.parent_does(LinkClosed{});
     }},
    {"the link closes before the offer", Which::compat,
     [](Pair& p) { p.child_does(LinkClosed{}); }},
    {"the link closes before the listener", Which::compat,
     [](Pair& p) {
       p.parent_does(Start{});
       p.run();
       p.child_does(LinkClosed{});
     }},
    {"no response", Which::compat,
     [](Pair& p) {
       p.establish();
       p.responds = false;
       p.send("one");
       p.run();
       p.wait(6s, false);
       p.send("two");
       p.parent_does(LinkClosed{});
       p.child_does(LinkClosed{});
     }},
};

}  // namespace scenario
}  // namespace stdio_test
