#pragma once

// The tour's fourth part: a connection that moves from a relay to a direct path which others want to
// be part of, loses it, and goes on where it was.

#include <deque>

#include "tour/rehandshake_side.hpp"
#include "tour/tls_wire.hpp"

namespace tour {

class RehandshakeTour {
  using Alice = RehandshakeSide<rehandshake::Part::initiator>;
  using Bob = RehandshakeSide<rehandshake::Part::responder>;

 public:
  void run() {
    screen_.title("Part 4: re-handshake. A connection moves from one path to another, and back.");
    screen_.words("Alice and Bob are in this process, and so is the relay; between them are TLS");
    screen_.words("connections, each side with a certificate that the other one has the hash of.");
    screen_.words(
        "They have keys from an earlier handshake. Path 0 is by the relay, path 1 direct.");
    screen_.words("The clock is the tour's. In rehandshake_link the same goes over WebSockets.");
    over_the_relay();
    somebody_between();
    a_direct_connection();
    what_was_taken_once();
    a_connection_that_dies();
    the_end();
    screen_.gap();
    screen_.words("Tour, part 4: " + std::to_string(frame_count_) + " frames, " +
                  std::to_string(lost_count_) + " lost, " + std::to_string(refused_count_) +
                  " refused, moved to another path and back, ended in order.");
  }

 private:
  using Texts = std::vector<std::string>;
  using Links = std::vector<Link>;
  static constexpr Link relay = rehandshake::relay_link, direct = rehandshake::direct_link;

  // The chapters.

  void over_the_relay() {
    screen_.heading("Over the relay");
    screen_.words("What is said is sealed between the two, and numbered. The relay hands it on.");
    send(true, alice_.does(rehandshake::Start{}));
    send(false, bob_.does(rehandshake::Start{}));
    alice_says("Are you there?");
    settle();
    bob_says("I am.");
    settle();
    pass(ack_delay);
    expect_heard({"I am."}, {"Are you there?"});
  }

  void somebody_between() {
    screen_.heading("Somebody between the two");
    screen_.words("Mallory has got both to take her certificate, and is the other end of both TLS");
    screen_.words(
        "connections. She hands on what she reads. The re-handshake has in its proofs what");
    screen_.words("its own TLS connection is known by, and those are two. Nothing has moved.");
    TlsWire to_mallory(io_, &alices_, mallorys_, true), from_mallory(io_, &mallorys_, bobs_, true);
    send(false, bob_.open(direct, from_mallory.known_by(End::server)));
    const auto asked = alice_.open(direct, to_mallory.known_by(End::client));
    expect(asked.size() == 1, "alice did not ask");
    show("alice -> mallory -> bob", asked[0].frame);
    to_mallory.send(End::client, asked[0].frame);
    from_mallory.send(End::client, to_mallory.receive(End::server));
    refuses({direct, from_mallory.receive(End::server)}, Fault::not_authentic);
    pass(rehandshake::Config{}.timeout);
    expect(alice_.attempts() == Alice::Faults{Fault::timed_out}, "the attempt did not time out");
    send(false, bob_.does(LinkClosed{direct}));
    alice_says("Is somebody between us?");
    settle();
    pass(ack_delay);
    expect_heard({}, {"Is somebody between us?"});
  }

  void a_direct_connection() {
    screen_.heading("A direct connection");
    screen_.words(
        "Three messages, and each knows that the other has the same keys at the other end");
    screen_.words(
        "of this connection. Bob sends there from then on, Alice when she hears him there.");
    screen_.words("What she said over the relay meanwhile is not acknowledged, so it goes again.");
    direct_ = std::make_unique<TlsWire>(io_, &alices_, bobs_, true);
    send(false, bob_.open(direct, direct_->known_by(End::server)));
    const auto asked = alice_.open(direct, direct_->known_by(End::client));
    request_ = asked.at(0).frame;
    send(true, asked);
    alice_says("Shall we go?");
    settle();
    pass(ack_delay);
    expect(alice_.attempts() == Alice::Faults{std::nullopt} &&
               bob_.attempts() == Bob::Faults{std::nullopt},
           "the keys were not proved");
    expect(alice_.switched() == Links{direct} && bob_.switched() == Links{direct},
           "the two have not moved");
    expect_heard({}, {"Shall we go?"});
    screen_.gap();
    screen_.words("Both know that both are there: the relay is done, and closed.");
    expect(alice_.is_relay_done() && bob_.is_relay_done(), "the relay is not done");
    send(true, alice_.does(LinkClosed{relay}));
    send(false, bob_.does(LinkClosed{relay}));
    leave_relay();
  }

  void what_was_taken_once() {
    screen_.heading("What was taken once is not taken again");
    screen_.words(
        "Somebody says again: Alice's REQUEST, and a frame that Bob has opened; then a new");
    screen_.words("frame with one bit changed, before the true one.");
    refused_there(request_, Fault::replayed);
    const Sent said = only(alice_.does(rehandshake::Send{bytes_of("Pay the bill.")}));
    send(true, {said});
    settle();
    refused_there(said.frame, Fault::replayed);
    const Sent next = only(alice_.does(rehandshake::Send{bytes_of("Thank you.")}));
    Letter changed = next.frame;
    changed.back() ^= 1;
    refused_there(changed, Fault::not_authentic, "with one bit changed");
    send(true, {next});
    settle();
    pass(ack_delay);
    expect_heard({}, {"Pay the bill.", "Thank you."});
  }

  void a_connection_that_dies() {
    screen_.heading("A connection that dies");
    screen_.words(
        "Two lines are on their way when the direct connection breaks, and a third is said");
    screen_.words(
        "where there is no path at all. Both go back to the relay, prove their keys there,");
    screen_.words("and what is not acknowledged is sealed anew. Each line is delivered once.");
    alice_says("This is one.");
    alice_says("This is two.");
    direct_.reset();
    settle();
    send(true, alice_.does(LinkClosed{direct}));
    send(false, bob_.does(LinkClosed{direct}));
    alice_says("This is three.");
    settle();
    expect(alice_.in<Alice::Role::Stranded>() && bob_.in<Bob::Role::Stranded>(),
           "there is a path left");
    find_relay();
    send(false, bob_.open(relay, rehandshake::ChannelBinding::none()));
    send(true, alice_.open(relay, rehandshake::ChannelBinding::none()));
    settle();
    pass(ack_delay);
    expect(alice_.attempts() == Alice::Faults{std::nullopt}, "the keys were not proved again");
    expect(alice_.switched() == Links{relay}, "alice is not at the relay");
    expect_heard({}, {"This is one.", "This is two.", "This is three."});
  }

  void the_end() {
    screen_.heading("The end");
    screen_.words("It is sealed and numbered as all else, so that nobody can cut anything off.");
    send(true, alice_.does(rehandshake::Disconnect{}));
    settle();
    pass(rehandshake::MigrationConfig{}.drain_time);
    expect(alice_.in<Alice::Role::Ended>() && bob_.in<Bob::Role::Ended>(), "the two did not end");
  }

  // What the chapters are made of.

  struct Travelling {
    bool is_alices;
    Sent what;
  };
  void send(bool is_alices, std::vector<Sent> frames) {
    for (Sent& one : frames) on_its_way_.push_back({is_alices, std::move(one)});
  }
  void alice_says(std::string_view text) {
    send(true, alice_.does(rehandshake::Send{bytes_of(text)}));
  }
  void bob_says(std::string_view text) {
    send(false, bob_.does(rehandshake::Send{bytes_of(text)}));
  }

  void carry(const Travelling& one) {
    const bool is_relayed = one.what.path == relay;
    const std::string between = is_relayed ? " -> relay -> " : " -> ";
    const std::string way = one.is_alices ? "alice" + between + "bob" : "bob" + between + "alice";
    if (is_relayed ? !to_alice_ : !direct_) {
      ++lost_count_;
      return show(way, one.what.frame, "lost with its connection");
    }
    show(way, one.what.frame);
    const End near = one.is_alices ? End::client : End::server;
    const End far = one.is_alices ? End::server : End::client;
    Sent arrived{one.what.path, {}};
    if (is_relayed) {
      TlsWire& first = one.is_alices ? *to_alice_ : *to_bob_;
      TlsWire& second = one.is_alices ? *to_bob_ : *to_alice_;
      first.send(End::client, one.what.frame);
      second.send(End::server, first.receive(End::server));
      arrived.frame = second.receive(End::client);
    } else {
      direct_->send(near, one.what.frame);
      arrived.frame = direct_->receive(far);
    }
    if (one.is_alices)
      send(false, bob_.take(arrived));
    else
      send(true, alice_.take(arrived));
  }
  void show(const std::string& way, Bytes frame, std::string_view remark = {}) {
    ++frame_count_;
    using namespace rehandshake;
    const auto message = wire::binary::decode_any<Request, Response, Complete, SealedFrame>(frame);
    expect(message.has_value(), "somebody has sent what cannot be read");
    std::visit(
        [&]<class Message>(const Message&) {
          std::string title = way + "   " + std::string(wire::message_name<Message>) + ", " +
                              std::to_string(frame.size()) + " bytes";
          if (!remark.empty()) title += ", " + std::string(remark);
          screen_.frame(title, annotated<Message>(frame));
        },
        *message);
  }

  [[nodiscard]] bool is_due(const std::optional<Due>& due) const {
    return due && due->at <= now_.steady;
  }
  /// Until nothing is on its way, and neither has anything to do at this time.
  void settle() {
    for (;;) {
      if (!on_its_way_.empty()) {
        const Travelling next = std::move(on_its_way_.front());
        on_its_way_.pop_front();
        carry(next);
      } else if (is_due(alice_.deadline())) {
        send(true, alice_.advance());
      } else if (is_due(bob_.deadline())) {
        send(false, bob_.advance());
      } else {
        return;
      }
    }
  }
  void pass(Duration duration) {
    const SteadyTime end = now_.steady + duration;
    for (;;) {
      SteadyTime next = end;
      for (const auto& due : {alice_.deadline(), bob_.deadline()})
        if (due) next = std::min(next, due->at);
      const auto passed = std::chrono::ceil<std::chrono::milliseconds>(next - now_.steady);
      now_.steady = next;
      now_.utc += passed;
      if (passed.count() > 0) screen_.words(std::to_string(passed.count()) + " ms pass.");
      settle();
      if (next == end) return;
    }
  }

  void expect_heard(const Texts& by_alice, const Texts& by_bob) {
    expect(alice_.heard() == by_alice, "alice has not heard what was said, once and in order");
    expect(bob_.heard() == by_bob, "bob has not heard what was said, once and in order");
    expect(alice_.refused().empty() && bob_.refused().empty(), "an input was refused");
  }
  /// Bob gets this, and does not take it.
  void refuses(const Sent& one, Fault why) {
    expect(bob_.take(one).empty(), "what was refused was answered");
    expect(bob_.refused() == std::vector{why}, "not refused as " + std::string(to_string(why)));
    ++refused_count_;
  }
  void refused_there(const Letter& frame, Fault why, std::string_view remark = {}) {
    show("somebody -> bob", frame, remark);
    refuses({direct, frame}, why);
  }
  static Sent only(std::vector<Sent> sent) {
    expect(sent.size() == 1, "not exactly one frame was sent");
    return std::move(sent[0]);
  }

  void find_relay() {
    to_alice_ = std::make_unique<TlsWire>(io_, nullptr, relays_, false);
    to_bob_ = std::make_unique<TlsWire>(io_, nullptr, relays_, false);
  }
  void leave_relay() {
    to_alice_.reset();
    to_bob_.reset();
  }

  /// A session's keys, as one of the two has them.
  [[nodiscard]] rehandshake::SessionKeys keys(bool is_alices) const {
    const auto& tx = is_alices ? one_ : other_;
    const auto& rx = is_alices ? other_ : one_;
    return {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
            tx.dangerous_copy(),
            rx.dangerous_copy()};
  }

  static constexpr Duration ack_delay = rehandshake::MigrationConfig{}.ack_delay;

  Screen screen_{5};
  net::io_context io_{1};
  // A day that is the same each time: timestamps are among what is shown.
  Time now_{clock_time().steady, UnixTime{} + std::chrono::milliseconds(1'762'214'400'000)};
  over_paths::Identity alices_ = over_paths::Identity::make(), bobs_ = over_paths::Identity::make(),
                       relays_ = over_paths::Identity::make(),
                       mallorys_ = over_paths::Identity::make();
  Secret<32> one_ = Random().secret<32>().value(), other_ = Random().secret<32>().value();
  Alice alice_{screen_, "alice", keys(true), now_};
  Bob bob_{screen_, "bob", keys(false), now_};
  std::unique_ptr<TlsWire> to_alice_ = std::make_unique<TlsWire>(io_, nullptr, relays_, false),
                           to_bob_ = std::make_unique<TlsWire>(io_, nullptr, relays_, false),
                           direct_;
  std::deque<Travelling> on_its_way_;
  Letter request_;
  int frame_count_ = 0, lost_count_ = 0, refused_count_ = 0;
};

}  // namespace tour
