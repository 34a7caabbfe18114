// Whole runs of both profiles, the session's keys secret from the moment they are there, and with
// them all that comes of them. What goes out is revealed as it leaves, and whether a proof is right
// (border.hpp); the proof that was expected stays secret, as does every key.

#include "handfast/rehandshake.hpp"
#include "handfast/rehandshake/migration.hpp"
#include "handfast/testing/seeded_random.hpp"
#include "tests/constant_time/border.hpp"
#include "tests/constant_time/cases.hpp"

namespace constant_time {
namespace {

using namespace handfast;
using namespace handfast::rehandshake;

using Frames = std::vector<std::vector<std::uint8_t>>;

/// A session's keys; its id goes out in every message.
SessionKeys secret_keys(bool is_first) {
  const auto one = secret_bytes(32, 1), two = secret_bytes(32, 101);
  return {SessionId{7}, Secret<32>::from(Bytes(is_first ? one : two)),
          Secret<32>::from(Bytes(is_first ? two : one)), 0};
}

/// An initiator and a responder; what each sends is revealed.
template <class Profile>
struct Sides {
  static constexpr bool is_compat = std::same_as<Profile, Compat>;

  // Challenges go out as they are: nothing that is drawn is secret.
  testing::SeededRandom first_random{1}, second_random{2};
  Machine<Initiator<Profile>> first{context(true, first_random)};
  Machine<Responder<Profile>> second{context(false, second_random)};
  Time now{SteadyTime{std::chrono::hours(1)}, UnixTime{std::chrono::hours(1'000'000)}};
  int refused = 0, done = 0;

  static auto context(bool is_first, RandomSource& random) {
    if constexpr (is_compat)
      return compat::Context(secret_keys(is_first), Random(random));
    else
      return rehandshake::Context(secret_keys(is_first), ChannelBinding::none(), {},
                                  Random(random));
  }
  Frames caused(const auto& out) {
    refused += out.fault() == Fault::not_authentic ? 1 : 0;
    done += out.template event<Commit>() != nullptr ? 1 : 0;
    Frames frames;
    for (const Frame& frame : out.transmit) {
      frames.emplace_back(frame.bytes.begin(), frame.bytes.end());
      reveal(frames.back());
    }
    return frames;
  }
  Frames asks() {
    if constexpr (is_compat)
      return caused(first.handle(compat::Start{}, now));
    else
      return caused(first.handle(Start{}, now));
  }
  Frames first_gets(Bytes frame) { return caused(first.receive({}, frame, now)); }
  Frames second_gets(Bytes frame) { return caused(second.receive({}, frame, now)); }
};

/// `frame` with one bit of its proof flipped, `at` bytes from its beginning.
std::vector<std::uint8_t> forged(std::vector<std::uint8_t> frame, std::size_t at) {
  frame.at(at) ^= 1;
  return frame;
}

void run_hardened() {
  Sides<Hardened> s;
  for (KeyedHmacSha256* key :
       {&s.first.context().proof_macs.own_initiator, &s.second.context().proof_macs.own_responder,
        &s.second.context().proof_macs.peer_initiator})
    must(is_secret(key->mac({})), "the keys of proofs are secret");
  for (int i = 1; i <= 2; ++i) {
    const Frames request = s.asks();
    // The first byte of a proof, and the last: wherever a comparison may stop.
    for (const std::size_t at : {64u, 95u})
      must(s.second_gets(forged(request.at(0), at)).empty(), "a forged REQUEST is refused");
    const Frames response = s.second_gets(request.at(0));
    (void)s.second_gets(request.at(0));  // again
    for (const std::size_t at : {64u, 95u})
      must(s.first_gets(forged(response.at(0), at)).empty(), "a forged RESPONSE is refused");
    const Frames complete = s.first_gets(response.at(0));
    for (const std::size_t at : {32u, 63u}) (void)s.second_gets(forged(complete.at(0), at));
    (void)s.second_gets(complete.at(0));
    (void)s.second_gets(request.at(0));  // replayed
    must(s.refused == 6 * i && s.done == 2 * i, "what is forged is refused, and both are done");
    s.now.steady += 1s;
  }
}

void run_compat() {
  Sides<Compat> s;
  must(is_secret(s.first.context().proving.mac({})), "the keys of proofs are secret");
  const Frames request = s.asks();
  const Frames response = s.second_gets(request.at(0));
  for (const std::size_t at : {24u, 55u})
    must(s.first_gets(forged(response.at(0), at)).empty(), "a forged RESPONSE is refused");
  const Frames complete = s.first_gets(response.at(0));
  for (const std::size_t at : {24u, 55u}) (void)s.second_gets(forged(complete.at(0), at));
  (void)s.second_gets(complete.at(0));
  must(s.refused == 4 && s.done == 2, "what is forged is refused, and both are done");
}

/// Whether what is inside a sealed frame is more than its shortest contents: its size says so. Which
/// of those it is, and its number, can be told from what comes back, and when.
std::size_t short_contents(std::uint8_t) { return SealedFrame::short_contents_size; }

/// Both sides of a connection over two paths; what each sends is revealed. What they say is secret.
struct Movers {
  struct Sent {
    Link link;
    std::vector<std::uint8_t> bytes;
  };

  testing::SeededRandom first_random{1}, second_random{2};
  Machine<Migration<Part::initiator>> first{context(true, first_random)};
  Machine<Migration<Part::responder>> second{context(false, second_random)};
  Time now{SteadyTime{std::chrono::hours(1)}, UnixTime{std::chrono::hours(1'000'000)}};
  std::vector<std::uint8_t> said = secret_bytes(70, 1);
  int delivered = 0, refused = 0, switched = 0, closed = 0;

  Movers() { public_prefix = short_contents; }
  ~Movers() { public_prefix = nullptr; }
  Movers(const Movers&) = delete;

  static MigrationContext context(bool is_first, RandomSource& random) {
    return {secret_keys(is_first),
            {ChannelBinding::none(), ChannelBinding::none()},
            {},
            {},
            Random(random)};
  }
  std::vector<Sent> caused(const auto& out) {
    refused += out.fault() == Fault::not_authentic ? 1 : 0;
    switched += out.template event<Switched>() != nullptr ? 1 : 0;
    if (const auto* end = out.template event<Closed>()) closed += end->fault ? 0 : 1;
    for (const auto& event : out.events)
      if (const auto* told = std::get_if<Delivered>(&event)) must_be_said(told->payload);
    std::vector<Sent> sent;
    for (const Frame& frame : out.transmit) {
      sent.push_back({frame.link, {frame.bytes.begin(), frame.bytes.end()}});
      reveal(sent.back().bytes);
    }
    return sent;
  }
  void must_be_said(Bytes payload) {
    must(payload.size() == said.size() && is_secret(payload),
         "a payload is as secret where it arrives");
    std::vector<std::uint8_t> copy(payload.begin(), payload.end()), right = said;
    reveal(copy);
    reveal(right);
    must(copy == right, "a payload arrives unchanged");
    ++delivered;
  }
  /// What one side has sent comes to the other, and so on, and what is due `later`.
  void settle(std::vector<Sent> from_first, std::vector<Sent> from_second, Duration later = 0s) {
    now.steady += later;
    do {
      std::vector<Sent> ones, others;
      const auto add = [](std::vector<Sent>& all, std::vector<Sent> more) {
        for (Sent& one : more) all.push_back(std::move(one));
      };
      for (const Sent& one : from_first)
        add(others, caused(second.receive(one.link, one.bytes, now)));
      for (const Sent& one : from_second)
        add(ones, caused(first.receive(one.link, one.bytes, now)));
      add(ones, caused(first.advance(now)));
      add(others, caused(second.advance(now)));
      from_first = std::move(ones);
      from_second = std::move(others);
    } while (!from_first.empty() || !from_second.empty());
  }
  /// Both say something; what the first one says is forged on its way, and then lost.
  void say() {
    const Sent lost = caused(first.handle(Send{said}, now)).at(0);
    for (const std::size_t at : {std::size_t{16}, lost.bytes.size() - 16, lost.bytes.size() - 1})
      must(caused(second.receive(lost.link, forged(lost.bytes, at), now)).empty(),
           "a forged frame is refused");
    settle({}, caused(second.handle(Send{said}, now)));
    settle({}, {}, 1s);  // what was lost is said again
  }
};

void run_migration() {
  Movers s;
  must(is_secret(s.first.context().data_keys.tx.bytes()) &&
           is_secret(s.second.context().data_keys.rx.bytes()),
       "the keys of data are secret");
  must(s.caused(s.first.handle(Start{}, s.now)).empty() &&
           s.caused(s.second.handle(Start{}, s.now)).empty(),
       "both have begun");
  s.say();
  must(s.delivered == 2 && s.refused == 3, "what is forged is refused, and both are heard");
  (void)s.caused(s.second.handle(LinkOpened{direct_link}, s.now));
  s.settle(s.caused(s.first.handle(LinkOpened{direct_link}, s.now)), {});
  must(s.switched == 2, "both send on the other path");
  s.say();
  must(s.delivered == 4 && s.refused == 6, "and are heard there");
  s.settle(s.caused(s.first.handle(Disconnect{}, s.now)), {});
  s.settle({}, {}, 4s);
  must(s.closed == 2, "both have ended in order");
}

/// As it must not be: the proof that was expected is looked at until the first difference.
void compare_proofs_and_stop_early() {
  Sides<Compat> s;
  const auto response = s.second_gets(s.asks().at(0)).at(0);
  const Challenge challenge{};
  const Proof right = s.first.context().prove(challenge);
  must(is_secret(right), "the proof that was expected is secret");
  std::size_t same = 0;
  while (same < right.size() && right[same] == response.at(24 + same)) ++same;
  must(same < right.size(), "another proof");
}

constexpr Case all[] = {
    {"rehandshake: two runs, with forged proofs on the way", run_hardened},
    {"rehandshake: a deployed run, with forged proofs on the way", run_compat},
    {"rehandshake: what is said while a connection migrates, with forged frames on the way",
     run_migration},
    {"rehandshake: a comparison of proofs stops at the first difference",
     compare_proofs_and_stop_early, true},
};

}  // namespace

std::span<const Case> rehandshake_cases() { return all; }

}  // namespace constant_time
