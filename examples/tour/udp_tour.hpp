#pragma once

// The tour's third part: a session over a network that loses, that others listen to, and that the
// client leaves for another one.

#include "tour/udp_client.hpp"
#include "tour/udp_server.hpp"

namespace tour {

class UdpTour {
 public:
  void run() {
    screen_.title("Part 3: udp. A client and a server, over datagrams of which some are lost.");
    screen_.words(
        "Both are in this process, each at a port of its own. The clock is the tour's: it");
    screen_.words("stands still while a datagram is on its way, and which ones get lost is drawn");
    screen_.words("from a seed. So each run goes the same way, and nobody waits for it.");
    a_question_that_is_lost();
    what_is_lost_is_lost();
    what_was_taken_once();
    new_keys_in_mid_stream();
    another_port();
    the_end_of_a_session();
    strangers();
    where_it_went_on();
    the_end();
    screen_.gap();
    screen_.words("Tour, part 3: " + std::to_string(stage_.frame_count()) + " datagrams, " +
                  std::to_string(stage_.lost_count()) + " lost, " + std::to_string(refused_count_) +
                  " refused, 1 move, 2 sessions, ended in order.");
  }

 private:
  using Texts = std::vector<std::string>;
  using Established = udp::Client<>::Established;

  // The chapters.

  void a_question_that_is_lost() {
    screen_.heading("A question that is lost");
    screen_.words("Three datagrams in ten are lost from here on. The client asks every 100 ms, to");
    screen_.words("the letter, and gets the same answer each time; so no repeat makes other keys.");
    screen_.words(
        "It knows the server's key, and the answer proves it. What it wants to say first");
    screen_.words("is repeated in the same way, until it hears the server, and told once.");
    stage_.begin_to_lose();
    send(client_, client_.dial(server_.address(), "Are you there?"));
    settle();
    while (!client_.in<Established>()) pass_to_next();
    expect(client_.agreed() && client_.agreed()->is_authenticated, "the server has proved nothing");
    expect(server_.heard() == Texts{"Are you there?"}, "the first words were not told once");
    refused_count_ += server_.refused().size();
  }

  void what_is_lost_is_lost() {
    screen_.heading("What is lost is lost");
    screen_.words("A packet is said once. The others do not wait for it, and nobody asks for it.");
    const Texts said = {"This is one.", "This is two.", "This is three.", "This is four."};
    for (const std::string& text : said) send(client_, client_.say(text));
    settle();
    const Texts heard = server_.heard();
    expect(!heard.empty() && heard.size() < said.size(), "all has arrived, or nothing");
    send(server_, server_.say("I have heard " + std::to_string(heard.size()) + " of them."));
    settle();
    stage_.end_to_lose();
  }

  void what_was_taken_once() {
    screen_.heading("What was taken once is not taken again");
    screen_.words(
        "Nothing is lost any more. Somebody who sees all that is said, and wants some of");
    screen_.words("it to be said again, sends the server a packet that it has opened; then one of");
    screen_.words("its own; then a new one, with one bit changed, before the true one comes.");
    const Letter said = only(client_.say("Pay the bill."));
    send(client_, {said});
    settle();
    expect(server_.heard() == Texts{"Pay the bill."}, "the bill was not heard of once");
    refused(said, Fault::replayed);
    Letter own = only(server_.say("It is paid."));
    send(server_, {own});
    settle();
    std::ranges::copy(server_.address().bytes(), own.begin());
    refused(own, Fault::not_authentic);
    const Letter next = only(client_.say("Thank you."));
    Letter changed = next;
    changed.back() ^= 1;
    refused(changed, Fault::not_authentic, "with one bit changed");
    send(client_, {next});
    settle();
    expect(server_.heard() == Texts{"Thank you."}, "the true packet was not taken");
  }

  void new_keys_in_mid_stream() {
    screen_.heading("New keys in mid-stream");
    screen_.words("A key seals " + std::to_string(packets_of_a_key) +
                  " packets here, instead of a million. The next one is under a key that");
    screen_.words("was made of the last: nobody asks for it, and nothing waits. Two packets under");
    screen_.words("the old key are late. That key opens one of them, and after 10 s nothing.");
    const Letter late = only(client_.say("I am late."));
    const Letter too_late = only(client_.say("I am far too late."));
    const Letter first = only(client_.say("How are the new keys?"));
    expect(epoch_of(too_late) == 0 && epoch_of(first) == 1, "the key was not replaced here");
    send(client_, {first});
    settle();
    send(client_, {late});
    settle();
    expect(server_.heard() == Texts{"How are the new keys?", "I am late."}, "a packet is lost");
    wait(config().old_key_time);
    refused(too_late, Fault::stale, "too late");
  }

  void another_port() {
    screen_.heading("Another port");
    screen_.words(
        "The client's network gives it another port, which the client need not know. The");
    screen_.words(
        "server finds the session by its connection id, and goes where the newest packet");
    screen_.words("came from; but first with a challenge, and with no more bytes than came from");
    screen_.words("there. Where the client was before is asked too: it might be there still.");
    client_.move();
    send(client_, client_.say("I am elsewhere."));
    settle();
    expect(server_.moved() == client_.address(), "the session has not moved to its client");
    send(server_, server_.say("I see you there."));
    settle();
    expect(client_.heard().back() == "I see you there.",
           "the client was not heard at its new port");
    (void)server_.heard();
  }

  void the_end_of_a_session() {
    screen_.heading("The end of a session");
    screen_.words("One side says so, the other answers, and both keep a secret of which another");
    screen_.words("session can make its keys. The server answers a repeated end for 3 s.");
    end_session();
  }

  void strangers() {
    screen_.heading("Strangers");
    screen_.words(
        "Two clients ask and never come back. The listener has no room for many of those.");
    for (int i = 0; i < 2; ++i) {
      UdpClient stranger(stage_, "stranger", config());
      const Letter asked = only(stranger.dial(server_.address(), {}));
      stage_.show("stranger -> server", asked);
      stranger.port().send(asked);
      for (const Letter& answer : server_.take(server_.port().receive())) {
        stage_.show("server -> stranger", answer, "and nothing comes of it");
        server_.port().send(answer);
      }
    }
    expect(server_.listener().half_open_count() == 2, "the strangers have no half-open sessions");
  }

  void where_it_went_on() {
    screen_.heading("A cookie, and where the session went on");
    screen_.words(
        "So whoever asks now from that host gets a cookie, and the server keeps nothing.");
    screen_.words("The client says the same with the cookie, which shows where it is. It says too");
    screen_.words(
        "which session it goes on from, and proves that it was there: the keys come from");
    screen_.words("what that one has left, and from a new agreement. The secret is used once.");
    client_.start_anew();
    send(client_, client_.dial(server_.address(), "I am back."));
    settle();
    expect(client_.in<Established>(), "there is no second session");
    expect(client_.agreed()->is_resumed, "the second session is not one that goes on");
    expect(server_.heard() == Texts{"I am back."}, "the first words were not heard");
  }

  void the_end() {
    screen_.heading("The end");
    screen_.words("The strangers' half-open sessions end by themselves, 10 s after they asked.");
    end_session();
    wait(config().half_open_time);
    expect(server_.listener().size() == 0, "the server has a session left");
  }

  // What the chapters are made of.

  struct Travelling {
    bool is_to_server;
    Letter frame;
  };
  void send(const UdpClient&, const Letters& frames) {
    for (const Letter& frame : frames) on_its_way_.push_back({true, frame});
  }
  void send(const UdpServer&, const Letters& frames) {
    for (const Letter& frame : frames) on_its_way_.push_back({false, frame});
  }
  void carry(const Travelling& one) {
    const std::string direction = one.is_to_server ? "client -> server" : "server -> client";
    if (stage_.loses()) return stage_.show(direction, one.frame, "lost on its way");
    if (one.is_to_server) {
      stage_.show(direction, one.frame);
      client_.port().send(one.frame);
      send(server_, server_.take(server_.port().receive()));
    } else if (address_of(one.frame) != client_.address()) {
      stage_.show(direction, one.frame, "to a port where nobody is");
    } else {
      stage_.show(direction, one.frame);
      server_.port().send(one.frame);
      send(client_, client_.take(client_.port().receive()));
    }
  }

  [[nodiscard]] bool is_due(const std::optional<Due>& due) const {
    return due && due->at <= stage_.now().steady;
  }
  /// Until nothing is on its way, and neither has anything to say at this time.
  void settle() {
    for (;;) {
      if (!on_its_way_.empty()) {
        const Travelling next = std::move(on_its_way_.front());
        on_its_way_.pop_front();
        carry(next);
      } else if (is_due(client_.deadline())) {
        send(client_, client_.advance());
      } else if (is_due(server_.deadline())) {
        send(server_, server_.advance());
      } else {
        return;
      }
    }
  }
  [[nodiscard]] SteadyTime next_deadline() const {
    SteadyTime next = never;
    for (const auto& due : {client_.deadline(), server_.deadline()})
      if (due) next = std::min(next, due->at);
    return next;
  }
  void pass_to_next() {
    expect(next_deadline() != never, "both have given up");
    stage_.pass_to(next_deadline());
    settle();
  }
  void wait(Duration duration) {
    const SteadyTime end = stage_.now().steady + duration;
    while (next_deadline() <= end) pass_to_next();
    if (stage_.now().steady < end) stage_.pass_to(end);
  }

  void end_session() {
    send(client_, client_.leave());
    settle();
    expect(client_.in<udp::Client<>::Ended>(), "the client has not ended");
    wait(config().drain_time);
  }
  static Letter only(Letters letters) {
    expect(letters.size() == 1, "not exactly one datagram was sent");
    return std::move(letters[0]);
  }
  static std::uint32_t epoch_of(Bytes frame) {
    return wire::binary::decode<udp::Packet>(frame).value().epoch;
  }
  /// Somebody else sends this to the server, which does not take it.
  void refused(const Letter& frame, Fault why, std::string_view remark = {}) {
    stage_.show("somebody -> server", frame, remark);
    somebody_.send(frame);
    expect(server_.take(server_.port().receive()).empty(), "what was refused was answered");
    expect(server_.refused() == std::vector{why}, "not refused as " + std::string(to_string(why)));
    ++refused_count_;
  }

  static constexpr std::uint64_t packets_of_a_key = 10;
  [[nodiscard]] udp::Config config() const {
    udp::Config made;
    made.server_key = server_key_;
    made.epoch_packets_max = packets_of_a_key;
    return made;
  }
  [[nodiscard]] udp::ListenerConfig listener_config() const {
    udp::ListenerConfig made;
    made.session = config();
    made.host_cookies_from = 2;
    return made;
  }

  UdpStage stage_;
  Screen& screen_ = stage_.screen();
  x25519::PrivateKey identity_ = x25519::PrivateKey::from(Random().secret<32>().value());
  x25519::PublicKey server_key_ = identity_.public_key();
  UdpServer server_{stage_, listener_config(), std::move(identity_)};
  UdpClient client_{stage_, "client", config()};
  Port somebody_{stage_.io()};
  std::deque<Travelling> on_its_way_;
  std::size_t refused_count_ = 0;
};

}  // namespace tour
