#pragma once

// A machine and its honest application behind one plain interface: what a simulated world moves.
// Everything that a call causes is copied out, and what must hold of every call of every role is
// held to here: a refused input has changed nothing, a taken row is one of the table's.
//
// A protocol says what its table cannot, as a scene:
//
//   struct Scene {
//     static constexpr std::string_view name = "stdio";
//     using Roles = List<Parent<>, Child<>>;               the two roles of a session
//     using Applications = List<ParentUser, ChildUser>;    their honest applications
//     struct Setting {...};                                what both of a session agree on
//     static Setting setting(Seeded&);                     drawn from the plan's setting
//     template <class Role> static Role::Context context(const Setting&, Random);
//     static constexpr unsigned opens_max = 1;             keys that one input may try
//     static constexpr unsigned derived_max = ...;         HMAC outputs that one input may cost
//     static constexpr Duration patience = 300s;           by then a session has mended or ended
//     static constexpr Duration exchange_time = 60s;       in which data comes through, when all is quiet
//     template <class M> static std::optional<KeptFrame> encode(const M&);    for the attacker
//
// and, each where the protocol has it, for more to be judged:
//
//     static Setting setting(Seeded&, int sessions);       instead of `setting`: how many sessions
//                                                          the world has
//     static Setting setting_of(const Setting&, int side);  what side 0 or 1 knows of it: how two
//                                                          of one role are told apart
//     static constexpr std::string_view profile = "...";   where the command that runs it has one
//     static bool is_private(Link);                        nobody else reads or writes there
//     static constexpr std::size_t address_size = 18;      bytes at the begin of each frame that say
//                                                          where it comes from, or goes to, and that
//                                                          nobody proves
//     static constexpr int roaming_side = 0;               which side comes to be elsewhere,
//     static bool carry(KeptFrame&, unsigned sender, unsigned receiver);   and who says so: after so
//                                                          many such moves of either, writes where
//                                                          it comes from instead of where it goes
//                                                          to; false where nobody is there
//     static constexpr bool draws_in_vain = true;          a frame is taken though the random source
//                                                          fails: what it is for waits
//     static constexpr bool ends_alone = true;             nothing tells a side that the other one has
//                                                          ended
//     static bool is_open(Link);                           links close and open again: those that
//                                                          are there at first. An application's
//                                                          LinkClosed and LinkOpened are wishes,
//                                                          which the network fulfils for both sides
//     static void bind(Context&, const Setting&, Link, std::uint32_t connection);
//                                                          said right before LinkOpened, with the same
//                                                          number to both and another one each time
//     static void resume(Context& now, const Context& before);   what an application says again to a
//                                                          machine that comes back
//     static constexpr bool is_stream = true;              data is told in the order in which it was
//                                                          given, and who ends without a fault has
//                                                          been heard to the last word
//     template <class S> static auto failures(S& state) { return std::tie(state.failed_opens); }
//                                                          what refused inputs count
//   };
//
// An application may be empty, or say
//
//   struct ParentUser {
//     explicit ParentUser(const Setting&);                 where it has to know its side's setting
//     void begin(auto& doing) { doing.now(Start{}); }      at the start of a session
//     void told(const CloseConnections&, auto& doing) { doing.now(LinkClosed{}); }
//     std::optional<Send> whim(List<Send>, auto& doing);   what it may ask for of itself; without
//                                                          it a default one, with fresh data
//     using Seldom = List<Shutdown>;                       whims that end what is interesting
//   };

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "handfast/core/machine.hpp"
#include "handfast/testing/facts.hpp"
#include "handfast/testing/rewrite.hpp"
#include "handfast/testing/rows.hpp"
#include "handfast/testing/seeded.hpp"

namespace handfast::testing {

/// Bytes that outlive the call that made them.
using Kept = std::vector<std::uint8_t>;
[[nodiscard]] inline Kept keep(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

/// A frame that outlives the call that made it.
struct KeptFrame {
  Link link;
  Kept bytes;
};

/// A frame that somebody has made at an edge, and of what.
struct EdgeFrame {
  KeptFrame frame;
  std::string name;            // "field.7"; empty where every field is ordinary
  bool has_bad_point = false;  // a public key in it is one that a strict reader refuses
};

/// Bytes with one number or size in them at an edge.
struct RawEdge {
  Kept bytes;
  std::string name;         // "field = 7"
  bool is_allowed = false;  // by the message's layout; of another type, perhaps by another one's
};

/// A frame that somebody has sealed over such bytes.
struct RawFrame {
  KeptFrame frame;
  RawEdge edge;
};

/// An event that outlives the call that told it.
struct Told {
  enum class Kind : std::uint8_t { other, running, commit, closed, rejected };
  Kind kind = Kind::other;
  std::string_view name;
  std::optional<Claim> claim;
  std::optional<Fault> fault;
  std::optional<Kept> payload;  // application data that the event delivers
};

/// What an application has the network do to a link.
struct LinkWish {
  Link link;
  bool is_to_open = false;
};

/// Everything that one call caused.
struct Caused {
  std::vector<KeptFrame> frames;
  std::vector<Told> told;
  std::vector<int> rows;                   // taken, in order
  std::vector<std::string_view> messages;  // what moved it: messages, commands, timers
  std::vector<LinkWish> wishes;
  std::optional<Kept> given;          // application data that a command handed over
  std::optional<std::string> broken;  // what must hold of every call and did not

  [[nodiscard]] std::optional<Fault> rejected() const {
    for (const Told& one : told)
      if (one.kind == Told::Kind::rejected) return one.fault;
    return std::nullopt;
  }
  /// Makes room for the next call; the memory stays.
  void clear() noexcept {
    frames.clear();
    told.clear();
    rows.clear();
    messages.clear();
    wishes.clear();
    given.reset();
    broken.reset();
  }
};

/// How often each row of one role was taken, over as many runs as share it; or has refused, where
/// that is what it is for.
struct RowsReached {
  std::string_view role;
  const RoleFacts* facts = nullptr;
  std::vector<std::uint64_t> taken;
  std::vector<std::string> words;                // of each row
  std::set<std::pair<int, Fault>> refused_with;  // and in which state

  [[nodiscard]] std::size_t reached() const {
    std::size_t count = 0;
    for (const std::uint64_t times : taken) count += times > 0;
    return count;
  }
};

template <class Role>
[[nodiscard]] RowsReached rows_of() {
  RowsReached rows{name_of<Role>(), &facts_of<Role>(), {}, {}, {}};
  rows.taken.resize(static_cast<std::size_t>(Graph<Role>::row_count));
  for (int row = 0; row < Graph<Role>::row_count; ++row)
    rows.words.push_back(row_in_words<Role>(row));
  return rows;
}

/// Whether links of `Scene` close and open again.
template <class Scene>
concept links_come_and_go = requires(Link link) {
  { Scene::is_open(link) } -> std::same_as<bool>;
};

/// A machine of any role with its application. What a call has caused is valid until the next one;
/// whoever wants to may take out of it.
class Party {
 public:
  virtual ~Party() = default;
  /// The application begins.
  virtual void begin(const Time& now) = 0;
  /// One frame from somewhere. Where it is refused and `compares`, the state is held to be as it was,
  /// at the price of a snapshot.
  virtual Caused& receive(Link link, Bytes frame, const Time& now, bool compares = true) = 0;
  /// What is due now: first what the application has to do, then the machine's timers.
  virtual Caused& advance(const Time& now) = 0;
  /// When something is due; `never` where nothing is.
  [[nodiscard]] virtual SteadyTime due() const = 0;
  /// Whether the application keeps somebody waiting: it does something later than now.
  [[nodiscard]] virtual bool is_busy(const Time& now) const = 0;
  /// One of its links has closed.
  virtual Caused& close(Link link, const Time& now) = 0;
  /// One of its links has opened: connection `number` of its world.
  virtual Caused& open(Link link, std::uint32_t number, const Time& now) = 0;
  /// A command that the application has no reason for: most often one that the state has a row
  /// for, rare rows first. Nothing where the application has no such wish.
  virtual Caused& whim(Seeded& numbers, const Time& now) = 0;
  /// Command number `command` of the role's; links close on link 0. Nothing where the application
  /// has no such wish.
  virtual Caused& command(int command, const Time& now) = 0;
  /// Hands fresh application data to the machine, if it takes any now, else asks the peer for
  /// something; the data is in `given`.
  virtual Caused& offer_data(const Time& now) = 0;
  /// The process ends and comes back with the state that it had stored after the last call. False
  /// where its own snapshot is refused.
  virtual bool restart() = 0;
  /// A message of any kind that the role can send, with any content, sealed by the keys of the
  /// present state: what a dishonest peer sends. Nothing where the state cannot seal.
  virtual std::optional<KeptFrame> forge(Seeded& numbers, const Time& now) = 0;
  /// Message number `message` of those that the role sends, once with ordinary content and then with
  /// each field at each of its edges, sealed one after the other; empty where the state cannot.
  virtual std::vector<EdgeFrame> forge_edges(int message, const Time& now) = 0;
  /// The same message with each number and size at what its bytes can say, whether its layout allows
  /// it or not, none longer than `size_max` + 1 bytes in a field; empty where the scene has no
  /// `seal_raw` for the state. See testing/raw_edges.hpp.
  virtual std::vector<RawFrame> forge_raw_edges(int message, std::size_t size_max,
                                                const Time& now) = 0;
  /// Message number `message` with ordinary content, sealed.
  virtual std::optional<KeptFrame> forge_plain(int message, const Time& now) = 0;
  /// `frame`, which this party could receive, with each field of its layout at each edge; the seal
  /// stays as it was.
  [[nodiscard]] virtual std::vector<EdgeFrame> edges_of(const KeptFrame& frame) const = 0;
  /// A frame that this party could receive, with one field of its layout changed, one of `pieces` in
  /// it where one fits; nothing where it is none.
  virtual std::optional<KeptFrame> rewrite(const KeptFrame& frame, const Pieces& pieces,
                                           Seeded& numbers) = 0;
  /// What the fields of a frame hold that this party could receive; nothing where it is none.
  [[nodiscard]] virtual Pieces pieces_of(const KeptFrame& frame) const = 0;
  /// The next `count` draws of `size` random bytes or more fail.
  virtual void fail_random(unsigned count, std::size_t size) = 0;
  /// A second machine in the same state, which shares nothing with this one; its application has
  /// nothing planned.
  [[nodiscard]] virtual std::unique_ptr<Party> clone() const = 0;
  /// Whether a machine of this role comes back from `snapshot`.
  [[nodiscard]] virtual bool would_restore(Bytes snapshot) const = 0;
  /// How many records the machine may seal, by its own limits, while it hears nothing.
  [[nodiscard]] virtual std::uint64_t seals_alone_max() const = 0;

  [[nodiscard]] virtual const RoleFacts& facts() const = 0;
  [[nodiscard]] std::string_view role() const { return facts().name; }
  [[nodiscard]] virtual std::string_view state() const = 0;
  [[nodiscard]] virtual int state_index() const = 0;
  [[nodiscard]] virtual bool is_at_end() const = 0;  // a run may stop here
  [[nodiscard]] virtual bool is_over() const = 0;    // no row leaves this state
  [[nodiscard]] virtual Kept snapshot() const = 0;
  /// What no refused input may change: `snapshot`, but for what counts them.
  [[nodiscard]] virtual Kept standing() = 0;
  /// Whether refused inputs are counted: after too many nothing is taken, by `limit_reached`.
  [[nodiscard]] virtual bool counts_failures() const = 0;
  /// How many bytes of each frame say where it comes from, and are nobody's to prove.
  [[nodiscard]] virtual std::size_t address_size() const = 0;
};

}  // namespace handfast::testing
