#pragma once

// The testing kit: points a network, an attacker and questions at the machines of any tables, ours or
// yours. It knows tables, layouts and claims, and no protocol by name; what they do not say, a scene
// does (testing/party.hpp). examples/your_protocol walks through all of it.
//
//   one run        Plan (testing/plan.hpp): a list of small moves; a seed draws one, a fuzzer decodes
//                  one, a property-test library shrinks one
//                  World<Scene>(plan, rows).run() (testing/world.hpp): two to six machines, virtual
//                  time, a network that loses, repeats, delays and damages, an attacker who replays,
//                  reflects, splices, rewrites and mixes fields and seals with keys of its own
//   many runs      simulate<Scene> (testing/sim.hpp): from one seed on, for a time; what fails is
//                  shrunk (testing/shrink.hpp), told an event a line (testing/event_log.hpp), and
//                  can be seen again by one printed line; page_of_world<Scene> (testing/page.hpp)
//                  shows every byte of it
//
// What every run is held to (the oracles), whatever the protocol:
//
//   calls          a refused input has changed nothing and caused nothing; only rows of the table
//                  are taken; one input tries no more keys and derives no more than the scene allows
//   claims, data   who commits agrees with somebody who was running, once; data that was given once
//                  is told once, unchanged, to whom it was for (testing/claims.hpp)
//   ledger         over all parties and restored copies, a key and nonce seal one message, and a
//                  sealed message is accepted once (testing/ledger.hpp; it must be included first)
//   limits         no set of keys seals more records, or more data, than it may, or data when it is
//                  too old (testing/limits.hpp)
//   calm           where nothing is amiss nobody repeats, refuses or gives up (testing/calm.hpp)
//   quiesce        when the network is good again, a session carries data both ways, or both sides
//                  have told that it is over
//
// And beside worlds:
//
//   properties     testing/properties.hpp: each state with each message, flipped bits, prefixes,
//                  extremes, reflections, thieves, in full where that is possible;
//                  testing/judge.hpp: all of them at once, for a program of worlds
//   fuzzing        testing/fuzz.hpp: a counter a row, where a fuzzer sees it; testing/samples.hpp and
//                  testing/dictionary.hpp: values and words of any layout
//   mutants        testing/row_edits.hpp: every single-row edit of a table; testing/edited_role.hpp:
//                  a role that runs with one of them; testing/switches.hpp: rules and planted flaws
//                  switched while a program runs (it must be included first)

#include "handfast/testing/ledger.hpp"
//
#include "handfast/testing/sim.hpp"
