#pragma once

// What sides say as one stream, over however many paths: its messages are numbered, kept until they
// are acknowledged, said again meanwhile, and taken once, in order. How far a side is in it stands
// beside where it is (`Node`): else there would be a node for each way to get so far.
//
//   using Stream = spec::Stream<List<wire::In<Data, "number">, wire::In<Close, "number">>,
//                               List<wire::In<Ack, "delivered">>, ResendDue, Close, EndDue,
//                               List<Adds<Send, Data>, Adds<Disconnect, Close>>>;
//
// A receiver takes a frame as often as it comes, whether it was said again or not: the attacker has
// more than where each opens once. `heard` is what a side has really taken of what its peer gave.

#include <string_view>
#include <utility>
#include <vector>

#include "handfast/core/list.hpp"

namespace handfast::spec {

/// Messages say their number in the fields `Numbers`, and in the fields `Acknowledged` up to which
/// number all was taken. What is not acknowledged is said again when `Again` runs out. Behind a
/// `Last` a side gives nothing, and says no other; `Ends` runs only once it is said. What a row sends
/// is added to the stream; `More` says what is added where it is not sent yet.
template <class Numbers, class Acknowledged, class Again, class Last, class Ends, class More>
struct Stream {};
/// A row on `On` adds an `M`.
template <class On, class M>
struct Adds {};

/// The stream as plain data.
struct StreamOutline {
  std::vector<int> messages;  // indices in `Outline::messages`
  int last = -1;
  std::string_view again, ends;                        // timers
  std::vector<std::pair<std::string_view, int>> adds;  // what a row is on, and the message

  // What is as it should be unless a weakening says otherwise.
  bool takes_early = false;  // what is not next, as if it were
  bool takes_again = false;  // what was taken
  bool ends_early = false;   // by a `Last` before which something is missing
  bool ends_well = false;    // whatever is missing
  int let_go_at = -1;        // a message: once it is said, nothing before it is kept
  bool opens_once = false;   // a frame, until it is said again: the attacker has less
};

/// Something in a side's stream.
struct Item {
  int side = 0;
  int number = 0;  // from 1
  int message = -1;
  int given = 0;  // which of the application data that the side gives; 0 where it is none
  bool operator==(const Item&) const = default;
};

/// What a step does with streams. Numbers are from 1, and 0 where it does not.
struct Flow {
  int added = -1, again = -1;  // items
  int taken = 0;               // of the peer's stream
  int told = 0;                // that it says to have taken, and all before it
  int acknowledged = 0;        // that it hears of
  [[nodiscard]] int item() const { return added >= 0 ? added : again; }
  [[nodiscard]] bool is_any() const {
    return item() >= 0 || taken > 0 || told > 0 || acknowledged > 0;
  }
};

}  // namespace handfast::spec
