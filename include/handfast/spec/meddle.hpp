#pragma once

// What somebody between two machines does to their frames, by the frames' numbers.

#include <cstdint>
#include <functional>
#include <vector>

#include "handfast/core/link.hpp"
#include "handfast/spec/sequence.hpp"

namespace handfast::spec {

/// A frame before the network brings it to somebody, or not.
struct Underway {
  int number = 0;  // of those that a machine has sent, from 1
  int to = 0;      // 0 or 1: which of the two
  Link link;
  std::vector<std::uint8_t> bytes;
  Origin origin = Origin::honest;
  bool is_lost = false;
};

/// What somebody makes of a frame that is on its way: all that shall go on, in order. One that is not
/// in it has never been there; one that `is_lost` is drawn as that.
using Meddle = std::function<std::vector<Underway>(const Underway&)>;

/// A copy follows frame `number`.
[[nodiscard]] inline Meddle replay(int number) {
  return [=](const Underway& frame) {
    std::vector<Underway> all{frame};
    if (frame.number == number) all.push_back(frame), all.back().origin = Origin::replayed;
    return all;
  };
}
/// A copy of frame `number` follows frame `after`, which is a later one.
[[nodiscard]] inline Meddle replay(int number, int after) {
  return [=, kept = Underway{}](const Underway& frame) mutable {
    std::vector<Underway> all{frame};
    if (frame.number == number) kept = frame;
    if (frame.number == after && kept.number == number) {
      all.push_back(kept);
      all.back().origin = Origin::replayed;
    }
    return all;
  };
}
/// Frame `number` goes back to its sender too.
[[nodiscard]] inline Meddle reflect(int number) {
  return [=](const Underway& frame) {
    std::vector<Underway> all{frame};
    if (frame.number != number) return all;
    all.push_back(frame);
    all.back().origin = Origin::replayed;
    all.back().to = 1 - frame.to;
    return all;
  };
}
/// Frame `number` is lost.
[[nodiscard]] inline Meddle lose(int number) {
  return [=](Underway frame) {
    frame.is_lost = frame.number == number;
    return std::vector<Underway>{std::move(frame)};
  };
}
/// Frame `number` does not arrive, but what `change` makes of its bytes does.
[[nodiscard]] inline Meddle alter(int number,
                                  std::function<void(std::vector<std::uint8_t>&)> change) {
  return [number, change = std::move(change)](const Underway& frame) {
    std::vector<Underway> all{frame};
    if (frame.number != number) return all;
    all.front().is_lost = true;
    all.push_back(frame);
    all.back().origin = Origin::altered;
    change(all.back().bytes);
    return all;
  };
}
/// In frame `number` the lowest bit of the last byte is the other one.
[[nodiscard]] inline Meddle flip(int number) {
  return alter(number, [](auto& bytes) {
    if (!bytes.empty()) bytes.back() ^= 1;
  });
}
/// Frame `number` is without its last byte.
[[nodiscard]] inline Meddle truncate(int number) {
  return alter(number, [](auto& bytes) {
    if (!bytes.empty()) bytes.pop_back();
  });
}

}  // namespace handfast::spec
