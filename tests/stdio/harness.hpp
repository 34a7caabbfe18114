#pragma once

// A parent and a child in one process: machines behind one plain interface, so that only one file a
// role has to instantiate them, a queue of frames each way, time and randomness that a test
// decides.

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "handfast/core/graph.hpp"
#include "handfast/stdio/compat/channel.hpp"
#include "handfast/stdio/session.hpp"
#include "tests/crypto/helpers.hpp"

namespace stdio_test {

using namespace handfast;
using namespace handfast::stdio;
using crypto_test::hex;
using crypto_test::to_hex;

/// Bytes that outlive the call that made them.
using Kept = std::vector<std::uint8_t>;
[[nodiscard]] inline Kept keep(Bytes bytes) { return {bytes.begin(), bytes.end()}; }
[[nodiscard]] inline Kept keep(std::string_view text) { return keep(bytes_of(text)); }
[[nodiscard]] inline std::string text(const Kept& bytes) { return std::string(text_of(bytes)); }

/// Random bytes that a test decides: what was queued, else a sequence that begins with the seed;
/// can be made to fail.
class Script : public RandomSource {
 public:
  explicit Script(std::uint64_t seed = 1) : state_(seed) {}
  bool fill(MutableBytes out) override {
    ++draws;
    if (draws == fail_at || fails) return false;
    if (!queue.empty()) {
      if (queue.front().size() != out.size())
        throw std::logic_error("a draw of another size was scripted");
      std::ranges::copy(queue.front(), out.begin());
      queue.pop_front();
      return true;
    }
    for (auto& byte : out) byte = next();
    return true;
  }
  std::deque<Kept> queue;
  int draws = 0;
  int fail_at = -1;  // this draw fails, counted from 1
  bool fails = false;

 private:
  std::uint8_t next() {
    state_ += 0x9E3779B97F4A7C15u;
    std::uint64_t z = state_;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return static_cast<std::uint8_t>((z ^ z >> 31) >> 56);
  }
  std::uint64_t state_;
};

/// An event as a value that stays.
struct Told {
  std::string_view name;
  std::uint64_t correlation = 0;
  std::string text;
  std::optional<Fault> fault;
  std::uint32_t epoch = 0;
  Claim claim;
};

struct Sealed {
  Link link;
  Kept bytes;
};

/// What one call caused, as values that stay.
struct Result {
  std::vector<Sealed> frames;
  std::vector<Told> told;
  std::vector<int> rows;  // taken, in order
  std::optional<Due> due;

  [[nodiscard]] const Told* find(std::string_view name) const {
    for (const Told& one : told)
      if (one.name == name) return &one;
    return nullptr;
  }
  [[nodiscard]] bool has(std::string_view name) const { return find(name) != nullptr; }
  [[nodiscard]] std::optional<Fault> fault() const {
    const Told* rejected = find("Rejected");
    return rejected ? rejected->fault : std::nullopt;
  }
  [[nodiscard]] bool silent() const { return frames.empty() && told.empty(); }
};

using Command =
    std::variant<Start, Send, Rekey, Shutdown, CleanedUp, LinkClosed, Listening, Respond, Notify>;

/// A machine of either role and profile.
class Side {
 public:
  virtual ~Side() = default;
  virtual Result handle(const Command& command, Time now) = 0;
  virtual Result receive(Link link, Bytes frame, Time now) = 0;
  virtual Result advance(Time now) = 0;
  [[nodiscard]] virtual std::string_view state() const = 0;
  [[nodiscard]] virtual int state_index() const = 0;
  [[nodiscard]] virtual Kept snapshot() const = 0;
  /// Another machine in the same state, or nothing where `snapshot` is none of this role.
  [[nodiscard]] virtual std::unique_ptr<Side> restore(Bytes snapshot, Script& random) const = 0;
  [[nodiscard]] virtual stdio::Context& context() = 0;
  [[nodiscard]] virtual Session<Hardened>* session() = 0;  // nullptr where there is none
  [[nodiscard]] virtual compat::Channel* channel() = 0;    // likewise
  [[nodiscard]] virtual Bytes memory() const = 0;          // of the machine itself
  [[nodiscard]] virtual const std::vector<std::uint64_t>& rows_taken() const = 0;

  [[nodiscard]] std::unique_ptr<Side> clone(Script& random) const {
    return restore(snapshot(), random);
  }
};

enum class Which { hardened, compat };

[[nodiscard]] std::unique_ptr<Side> hardened_parent(Config config, Script& random);
[[nodiscard]] std::unique_ptr<Side> hardened_child(Config config, Script& random);
[[nodiscard]] std::unique_ptr<Side> compat_parent(Config config, Script& random);
[[nodiscard]] std::unique_ptr<Side> compat_child(Config config, Script& random);

/// `message` as the peer `from` would seal it as its next record: authentic, whatever it says.
template <class Message>
[[nodiscard]] Kept forged(Side& from, const Message& message) {
  Frames frames;
  if (!from.context().draw_nonce()) throw std::logic_error("no nonce");
  from.session()->seal(message, from.context(), frames);
  return keep(frames.view()[0].bytes);
}

/// A parent and a child and what is on its way between them.
class Pair {
 public:
  explicit Pair(Which which = Which::hardened, Config config = {}) : Pair(which, config, config) {}
  Pair(Which which, Config parents, Config childs, std::uint64_t seed = 1)
      : parent_random(seed), child_random(seed + 1000) {
    parent = which == Which::hardened ? hardened_parent(parents, parent_random)
                                      : compat_parent(parents, parent_random);
    child = which == Which::hardened ? hardened_child(childs, child_random)
                                     : compat_child(childs, child_random);
  }
  Pair(const Pair&) = delete;

  Script parent_random, child_random;
  std::unique_ptr<Side> parent, child;
  Time now{SteadyTime{std::chrono::hours(1000)}, {}};
  std::deque<Sealed> to_child, to_parent;
  std::vector<Told> parent_told, child_told;  // everything so far
  bool responds = true;  // the child's application answers "re: " and the text at once
  std::vector<int> parent_rows, child_rows;  // everything so far
  std::optional<Due> parent_due, child_due;

  Result parent_does(const Command& command) { return parent_caused(parent->handle(command, now)); }
  Result child_does(const Command& command) { return child_caused(child->handle(command, now)); }
  Result parent_caused_by_time() { return parent_caused(parent->advance(now)); }
  Result child_caused_by_time() { return child_caused(child->advance(now)); }
  Result send(std::string_view text) { return parent_does(Send{bytes_of(text)}); }

  /// Hands over a frame without touching the queues.
  Result parent_gets(const Sealed& frame) {
    return parent_caused(parent->receive(frame.link, frame.bytes, now));
  }
  Result child_gets(const Sealed& frame) {
    return child_caused(child->receive(frame.link, frame.bytes, now));
  }
  Result parent_gets(const Kept& record) { return parent_gets(Sealed{channel_link, record}); }
  Result child_gets(const Kept& record) { return child_gets(Sealed{channel_link, record}); }

  /// Delivers the frame that has waited longest.
  Result to_parent_next() { return parent_gets(taken(to_parent, 0)); }
  Result to_child_next() { return child_gets(taken(to_child, 0)); }
  static Sealed taken(std::deque<Sealed>& queue, std::size_t index) {
    if (index >= queue.size()) throw std::logic_error("nothing is on its way");
    Sealed frame = std::move(queue[index]);
    queue.erase(queue.begin() + static_cast<std::ptrdiff_t>(index));
    return frame;
  }

  /// Delivers until nothing is on its way.
  void run() {
    while (!to_child.empty() || !to_parent.empty()) {
      if (!to_child.empty()) to_child_next();
      if (!to_parent.empty()) to_parent_next();
    }
  }
  void lose_all() { to_child.clear(), to_parent.clear(); }

  /// Time passes; both are called at each of their deadlines on the way. Where `delivers`, frames
  /// arrive at once.
  void wait(Duration duration, bool delivers = true) {
    const SteadyTime end = now.steady + duration;
    for (int i = 0; i < 100000; ++i) {
      SteadyTime next = end;
      if (parent_due && parent_due->at < next) next = std::max(parent_due->at, now.steady);
      if (child_due && child_due->at < next) next = std::max(child_due->at, now.steady);
      now.steady = next;
      parent_caused(parent->advance(now));
      child_caused(child->advance(now));
      if (delivers)
        run();
      else
        lose_all();
      if (next == end) return;
    }
    throw std::logic_error("time does not pass");
  }

  /// Both lines, nothing after.
  void exchange_lines(std::string_view first_request = {}, std::uint16_t port = 40000) {
    parent_does(Start{bytes_of(first_request)});
    to_child_next();
    child_does(Listening{port});
    to_parent_next();
  }
  Pair& establish() {
    exchange_lines();
    run();
    return *this;
  }

  [[nodiscard]] static int count(const std::vector<Told>& told, std::string_view name) {
    return static_cast<int>(std::ranges::count(told, name, &Told::name));
  }
  /// Asks and sees the whole way through; the answer, or what went wrong.
  [[nodiscard]] std::string ask(std::string_view text) {
    const Result asked = send(text);
    if (asked.fault()) return std::string(to_string(*asked.fault()));
    const std::uint64_t id = asked.find("Sent") ? asked.find("Sent")->correlation : 0;
    const std::size_t before = parent_told.size();
    run();
    for (std::size_t i = before; i < parent_told.size(); ++i)
      if (parent_told[i].name == "Answered" && (id == 0 || parent_told[i].correlation == id))
        return parent_told[i].text;
    return "no answer";
  }

 private:
  Result parent_caused(Result result) {
    for (const Sealed& frame : result.frames) to_child.push_back(frame);
    parent_told.insert(parent_told.end(), result.told.begin(), result.told.end());
    parent_rows.insert(parent_rows.end(), result.rows.begin(), result.rows.end());
    parent_due = result.due;
    return result;
  }
  Result child_caused(Result result) {
    for (const Sealed& frame : result.frames) to_parent.push_back(frame);
    child_told.insert(child_told.end(), result.told.begin(), result.told.end());
    child_rows.insert(child_rows.end(), result.rows.begin(), result.rows.end());
    child_due = result.due;
    if (responds)
      for (const Told& told : result.told)
        if (told.name == "Delivered") {
          const std::string answer = "re: " + told.text;
          child_does(Respond{told.correlation, bytes_of(answer)});
        }
    return result;
  }
};

/// `frame` with bit `bit` of it the other way round.
[[nodiscard]] inline Kept flipped(Kept frame, std::size_t bit) {
  frame[bit / 8] = static_cast<std::uint8_t>(frame[bit / 8] ^ 1u << bit % 8);
  return frame;
}

}  // namespace stdio_test
