// Whole sessions of stdio, the private keys and payloads secret from the moment they are there.
// What goes out is revealed as it leaves, and what a record is about (border.hpp); everything else
// stays secret, all the way to the other side's application.

#include "handfast/core/machine.hpp"
#include "handfast/stdio/child.hpp"
#include "handfast/stdio/compat.hpp"
#include "handfast/stdio/parent.hpp"
#include "tests/constant_time/border.hpp"
#include "tests/constant_time/cases.hpp"
#include "tests/constant_time/secret_random.hpp"

namespace constant_time {
namespace {

using namespace handfast;
using namespace handfast::stdio;

/// Whether the key at the beginning of what `chain` stores is secret.
struct FirstKey {
  bool is_secret = false, seen = false;
  void bytes(Bytes key) {
    if (!seen) is_secret = constant_time::is_secret(key);
    seen = true;
  }
  void integer(auto) {}
};
bool holds_secret_key(const auto& chain) {
  FirstKey first;
  chain.dangerous_write(first);
  return first.is_secret;
}

/// The size of a record's content before its payload; public keys are no payload.
std::size_t contents_header_size(std::uint8_t type) {
  static constexpr std::size_t sizes[] = {0,
                                          wire::frame_size<Request>.min,
                                          wire::frame_size<Response>.min,
                                          wire::frame_size<Keepalive>.min,
                                          wire::frame_size<KeepaliveAck>.min,
                                          wire::frame_size<RekeyRequest>.min,
                                          wire::frame_size<RekeyResponse>.min,
                                          wire::frame_size<ShutdownRequest>.min,
                                          wire::frame_size<ShutdownAck>.min,
                                          wire::frame_size<Notice>.min};
  return type < std::size(sizes) ? sizes[type] : 0;
}

/// A frame that has left.
struct Departed {
  Link link;
  std::vector<std::uint8_t> bytes;
};

Config duplex_config() {
  Config config;
  config.duplex = true;
  return config;
}

/// A parent and a child; each call gives what it sends, revealed.
template <class Profile>
struct Sides {
  using Frames = std::vector<Departed>;

  SecretRandom parent_random{1}, child_random{2};
  Machine<Parent<Profile>> parent{{duplex_config(), Random(parent_random)}};
  Machine<Child<Profile>> child{{duplex_config(), Random(child_random)}};
  Time now{SteadyTime{std::chrono::hours(1)}, {}};
  std::vector<std::uint8_t> request = secret_bytes(70, 1), response = secret_bytes(40, 9);
  int delivered = 0, answered = 0, noticed = 0, refused = 0;

  explicit Sides(PublicPrefix prefix) { public_prefix = prefix; }
  ~Sides() { public_prefix = nullptr; }
  Sides(const Sides&) = delete;

  static Frames sent(const auto& out) {
    Frames frames;
    for (const Frame& frame : out.transmit) {
      frames.push_back({frame.link, {frame.bytes.begin(), frame.bytes.end()}});
      reveal(frames.back().bytes);
    }
    return frames;
  }
  static void must_be(Bytes payload, const std::vector<std::uint8_t>& expected) {
    must(is_secret(payload), "a payload is as secret where it arrives");
    std::vector<std::uint8_t> copy(payload.begin(), payload.end());
    reveal(copy);
    std::vector<std::uint8_t> right = expected;
    reveal(right);
    must(copy == right, "a payload arrives unchanged");
  }

  /// What the parent sends because of `out`, after a look at what it tells.
  Frames parent_did(const auto& out) {
    refused += out.fault() ? 1 : 0;
    for (const auto& event : out.events)
      std::visit(
          [&]<class E>(const E& told) {
            if constexpr (std::is_same_v<E, Answered>) ++answered;
            if constexpr (std::is_same_v<E, Noticed>) ++noticed;
            if constexpr (requires { told.payload; }) must_be(told.payload, response);
          },
          event);
    return sent(out);
  }
  /// The same for the child, which answers what it is asked.
  Frames child_did(const auto& out) {
    refused += out.fault() ? 1 : 0;
    Frames frames = sent(out);
    std::uint64_t correlation = 0;
    if (const auto* asked = out.template event<Delivered>()) {
      must_be(asked->payload, request);
      ++delivered;
      correlation = asked->correlation;
    }
    if (correlation == 0) return frames;
    for (Departed& frame : sent(child.handle(Respond{correlation, response}, now)))
      frames.push_back(std::move(frame));
    return frames;
  }
  Frames parent_gets(const Departed& frame) {
    return parent_did(parent.receive(frame.link, frame.bytes, now));
  }
  Frames child_gets(const Departed& frame) {
    return child_did(child.receive(frame.link, frame.bytes, now));
  }
  Frames parent_does(const auto& command) { return parent_did(parent.handle(command, now)); }
  Frames child_does(const auto& command) { return child_did(child.handle(command, now)); }

  /// Delivers these frames of the parent, and all that follows from them.
  void deliver(const Frames& frames) {
    for (const Departed& frame : frames)
      for (const Departed& reply : child_gets(frame))
        for (const Departed& more : parent_gets(reply)) deliver({more});
  }
  Departed ask() {
    Frames frames = parent_does(Send{request});
    must(frames.size() == 1, "a request goes out");
    return frames[0];
  }
};

/// Both lines, and in hardened the first request with them.
template <class Profile>
void shake_hands(Sides<Profile>& s, Bytes first_request) {
  const auto offer = s.parent_does(Start{first_request});
  must(offer.size() == 1 && s.child_gets(offer[0]).empty(), "an offer");
  const auto answer = s.child_does(Listening{40000});
  must(answer.size() == 1, "an answer");
  s.deliver(s.parent_gets(answer[0]));
  must(s.parent_random.secret_draws() == 1 && s.child_random.secret_draws() == 1,
       "a private key on each side");
}

const auto& epoch_of(const Machine<Parent<>>& parent) {
  return std::get<Parent<>::Open>(parent.engine().state()).channel.session.current;
}

void must_hold_secrets(const Epoch<Hardened>& epoch) {
  must(holds_secret_key(epoch.send) && holds_secret_key(epoch.receive) &&
           is_secret(epoch.next_root.bytes()),
       "the keys of an epoch are secret");
}

void lose_and_forge(Sides<Hardened>& s) {
  const Departed first = s.ask(), second = s.ask(), third = s.ask();
  s.deliver({third});
  s.deliver({first});  // by a key that was kept
  Departed forged = second;
  forged.bytes.back() ^= 1;
  s.deliver({forged});
  s.deliver({first});  // a replay
  must(s.refused == 2, "a forged record and a replay are refused");
  s.deliver({second});
}

void take_new_keys(Sides<Hardened>& s) {
  const Departed late = s.ask();
  s.deliver(s.parent_does(Rekey{}));
  must(epoch_of(s.parent).number == 1, "new keys");
  must_hold_secrets(epoch_of(s.parent));
  must(s.parent_random.secret_draws() == 2 && s.child_random.secret_draws() == 2,
       "a new private key on each side");
  s.deliver({late});
  must(s.refused == 3, "the old keys are gone");
  s.now.steady += 6s;
  s.deliver(s.parent_did(s.parent.advance(s.now)));  // the request again
}

void run_hardened() {
  Sides<Hardened> s(contents_header_size);
  shake_hands(s, s.request);
  must_hold_secrets(epoch_of(s.parent));
  for (int i = 0; i < 3; ++i) s.deliver({s.ask()});
  must(s.delivered == 4 && s.answered == 4, "four requests and answers");
  lose_and_forge(s);
  for (const Departed& notice : s.child_does(Notify{s.response})) s.deliver(s.parent_gets(notice));
  must(s.noticed == 1, "a notice");
  take_new_keys(s);
  s.now.steady += 16s;
  s.deliver(s.parent_did(s.parent.advance(s.now)));  // a keepalive
  must(s.delivered == 8 && s.answered == 8, "every request was answered once");
  s.deliver(s.parent_does(Shutdown{}));
  (void)s.parent_does(LinkClosed{});
  (void)s.parent_does(CleanedUp{});
  (void)s.child_does(LinkClosed{});
  must(s.parent.in<Parent<>::Ended>() && s.child.in<Child<>::Ended>(), "both have ended");
}

/// The child's line with the confirmation of somebody who has no keys, then the right one.
void refuse_confirmation() {
  Sides<Hardened> s(contents_header_size);
  const auto offer = s.parent_does(Start{});
  must(s.child_gets(offer[0]).empty(), "an offer");
  const auto answer = s.child_does(Listening{40000});
  auto line = *wire::json::decode<Answer>(answer[0].bytes, bootstrap_line_size_max);
  line.confirmation[31] ^= 1;
  const std::string forged = *wire::json::encode(line);
  const auto& bytes = bytes_of(forged);
  must(s.parent_gets({standard_streams, {bytes.begin(), bytes.end()}}).empty() && s.refused == 1,
       "a forged confirmation is refused");
  s.deliver(s.parent_gets(answer[0]));
  must(s.parent.in<Parent<>::Open>() && s.child.in<Child<>::Open>(), "the right one is not");
}

void run_compat() {
  Sides<Compat> s(nullptr);
  shake_hands(s, {});
  for (int i = 0; i < 3; ++i) {
    Departed asked = s.ask();
    Departed forged = asked;
    forged.bytes.back() ^= 1;
    s.deliver({forged});
    s.deliver({asked});
  }
  must(s.answered == 3 && s.refused == 3, "three answers, three forged records");
  const auto& channel = std::get<Parent<Compat>::Open>(s.parent.engine().state()).channel;
  must(is_secret(channel.send_key.bytes()) && is_secret(channel.receive_keys[2].bytes()),
       "secret keys");
}

constexpr Case all[] = {
    {"stdio: a session of the hardened profile", run_hardened},
    {"stdio: the confirmation's HMAC is verified", refuse_confirmation},
    {"stdio: a session of the compat profile", run_compat},
};

}  // namespace

std::span<const Case> stdio_cases() { return all; }

}  // namespace constant_time
