#pragma once

// What a world believes about itself, and whether it is true: every commitment has its counterpart,
// only once, and application data arrives once, unchanged, from where it was given.

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "handfast/core/events.hpp"

namespace handfast::testing {

/// A claim that was told, and by whom.
struct Claimed {
  int party = 0;    // of the world
  int session = 0;  // of the world
  Claim claim;
};

/// Agreement and injectivity over the claims of a world. A party that is the attacker's own tells
/// claims too: who commits to it has agreed with somebody who was there.
class ClaimBook {
 public:
  void running(const Claimed& one) { running_.push_back(one); }

  /// What is wrong with a commitment, or nothing. Agreement: a party of the other role was running
  /// in the same session of the world with the same transcript and the same key, and each means the
  /// other. Injectivity: no party commits twice to one transcript, and no two parties of one role
  /// do.
  [[nodiscard]] std::optional<std::string> commit(const Claimed& one) {
    const auto agrees = [&](const Claimed& other) {
      return other.party != one.party && other.session == one.session &&
             other.claim.role != one.claim.role && other.claim.transcript == one.claim.transcript &&
             other.claim.key_id == one.claim.key_id && means(one.claim, other.claim) &&
             means(other.claim, one.claim);
    };
    if (std::ranges::none_of(running_, agrees))
      return "agreement: a party committed to a run that its peer does not have";
    for (const Claimed& other : committed_)
      if (other.claim.role == one.claim.role && other.claim.transcript == one.claim.transcript)
        return "injectivity: two commitments to one run by one role";
    committed_.push_back(one);
    return std::nullopt;
  }
  [[nodiscard]] std::size_t commit_count() const noexcept { return committed_.size(); }

 private:
  /// Whether who told `claim` names who told `peers` by the key that he has, if he says that he has
  /// one.
  static bool means(const Claim& claim, const Claim& peers) {
    return peers.own == decltype(peers.own){} || claim.peer == peers.own;
  }

  std::vector<Claimed> running_, committed_;
};

/// Application data on its way: given to one party of a session, to be told by the other, once.
class DataBook {
 public:
  void given(int party, int session, const std::vector<std::uint8_t>& data) {
    given_.insert_or_assign(data, Given{party, session, ++given_count_, false});
  }
  [[nodiscard]] std::size_t given_count() const noexcept { return given_count_; }

  /// What is wrong with data that was told, or nothing; of a stream also that something before it was
  /// not.
  [[nodiscard]] std::optional<std::string> told(int party, int session,
                                                const std::vector<std::uint8_t>& data,
                                                bool is_stream = false) {
    const auto found = given_.find(data);
    if (found == given_.end()) return "application data was told that nobody gave";
    Given& given = found->second;
    if (given.session != session || given.party == party)
      return "application data was told to whom it was not meant for";
    if (given.is_told) return "application data was told twice";
    given.is_told = true;
    if (is_stream && !all_arrived([&](const Given& one) {
          return one.party == given.party && one.number < given.number;
        }))
      return "application data was told before what was given before it";
    return std::nullopt;
  }
  /// Whether all that was given after the first `count` has been told.
  [[nodiscard]] bool all_arrived_since(std::size_t count) const {
    return all_arrived([&](const Given& one) { return one.number > count; });
  }
  /// Whether all that `party` has given has been told.
  [[nodiscard]] bool all_arrived_from(int party) const {
    return all_arrived([&](const Given& one) { return one.party == party; });
  }

 private:
  struct Given {
    int party, session;
    std::size_t number;
    bool is_told;
  };
  template <class Of>
  [[nodiscard]] bool all_arrived(Of&& of) const {
    return std::ranges::all_of(
        given_, [&](const auto& one) { return one.second.is_told || !of(one.second); });
  }

  std::size_t given_count_ = 0;
  std::map<std::vector<std::uint8_t>, Given> given_;
};

}  // namespace handfast::testing
