#pragma once

// Properties of any protocol that has a scene (testing/party.hpp), without a test framework: each
// takes a place, an arrival or a crowd out of simulated worlds and adds what is wrong to a list.
//
//   auto rows = testing::rows_of_scene<Scene>();
//   const auto sights = testing::look_around<Scene>(rows);
//   testing::Findings findings;
//   for (const auto& arrival : sights.arrivals) testing::check_field_edges(arrival, findings);
//   if (findings.count() > 0) std::puts(findings.text().c_str());
//
// testing/judge.hpp asks all of them at once, each where the scene says enough for it.
//
// Agreement is judged by worlds: `static_assert(testing::claims_are_told(Scene::Roles{}))` beside
// the scene says at once where a table gives them nothing to judge.

#include "handfast/testing/ledger.hpp"
//
#include "handfast/testing/agreement.hpp"
#include "handfast/testing/alone.hpp"
#include "handfast/testing/altered.hpp"
#include "handfast/testing/matrix.hpp"
#include "handfast/testing/places.hpp"
#include "handfast/testing/records.hpp"
#include "handfast/testing/secrets.hpp"
#include "handfast/testing/small_plans.hpp"
#include "handfast/testing/stored.hpp"
#include "handfast/testing/strangers.hpp"
#include "handfast/testing/thieves.hpp"
