#pragma once

// The stage of the udp attacks: a client, a server, and an attacker who has every datagram that is
// on its way, and may send some that come from anywhere. A server of many clients is a `House`.

#include <stdexcept>

#include "handfast/udp/compat/listener.hpp"
#include "handfast/udp/listener.hpp"
#include "tests/attacks/gallery.hpp"
#include "tests/udp/compat_pair.hpp"
#include "tests/udp/pair.hpp"

namespace attacks::udp {

using namespace handfast;
using namespace handfast::udp;
using Datagram = std::vector<std::uint8_t>;  // hardened: behind the address that it comes from
using udp_hardened_test::coming_from, udp_hardened_test::host;

/// The deployed revisions that an attack can be made on.
using Documented = Compat<Revision::documented>;
using Later = Compat<Revision::v0_8>;

template <class P>
inline constexpr bool is_compat = !HardenedProfile<P>;

/// An event as a reader wants to see it: its name, and what is in it.
template <class E>
[[nodiscard]] std::string words_of(const E& event) {
  std::string inside;
  if constexpr (requires { event.payload; })
    inside = '"' + std::string(text_of(event.payload)) + '"';
  if constexpr (requires { event.message; }) inside = '"' + event.message + '"';
  if constexpr (requires { event.fault; }) {
    const std::optional<Fault> fault = event.fault;
    if (fault) inside = to_string(*fault);
  }
  return std::string(name_of<E>()) + (inside.empty() ? "" : '{' + inside + '}');
}

/// What the other side has said, where a call has delivered it.
template <class Result>
[[nodiscard]] std::string heard(const Result& result) {
  std::string text;
  for (const auto& event : result.events)
    std::visit(
        [&](const auto& one) {
          if constexpr (requires { one.payload; }) text = text_of(one.payload);
        },
        event);
  return text;
}

/// What `side` is, but for its count of failures, on which nothing that it does depends.
template <class Side>
[[nodiscard]] Datagram being(Side& side) {
  return std::visit(
      [&](auto& state) -> Datagram {
        if constexpr (requires { state.session.failed_opens; }) {
          const auto count = std::exchange(state.session.failed_opens, 0);
          const auto without = side.snapshot();
          state.session.failed_opens = count;
          return without;
        } else {
          return side.snapshot();
        }
      },
      side.machine().dangerous_engine().dangerous_state());
}

/// The story of whoever is on the stage.
class UdpStory : public Story {
 public:
  std::vector<Fault> forged;  // why what the attacker handed over was refused
  bool is_state_kept = true;  // no refusal changed its receiver, but for a count
  bool is_heard = false;      // the honest client, after all that

  void client(std::string text) { step("client", std::move(text)); }
  void server(std::string text) { step("server", std::move(text)); }

  /// The attacker hands a datagram over; what becomes of it is the next step.
  template <class Side>
  auto hands(Side& side, const std::string& who, Bytes datagram) {
    const Datagram whole = side.snapshot(), before = being(side);
    auto result = side.gets(datagram);
    if (const auto fault = result.fault()) {
      const bool is_kept = being(side) == before;
      is_state_kept = is_state_kept && is_kept;
      forged.push_back(*fault);
      step(who, "refuses it as " + std::string(to_string(*fault)) +
                    (side.snapshot() == whole ? "; its state is as it was"
                     : is_kept                ? "; only its count of failures has changed"
                                              : "; its state has changed"));
      return result;
    }
    std::string line;
    for (const auto& event : result.events) {
      line += line.empty() ? "takes it: " : ", ";
      line += std::visit([](const auto& one) { return words_of(one); }, event);
    }
    if (line.empty()) line = result.frames.empty() ? "takes no notice of it" : "answers it";
    step(who, line);
    return result;
  }
};

template <class P>
struct PairOf : udp_hardened_test::Pair {
  PairOf() = default;
  /// Whoever has not the key that the client knows, as its server; and any client.
  explicit PairOf(std::uint8_t servers_key)
      : udp_hardened_test::Pair(udp_hardened_test::pinned_config(), {}, servers_key) {}
};
template <Revision revision>
struct PairOf<Compat<revision>> : udp_test::CompatPair<revision> {
  PairOf() = default;
  explicit PairOf(std::uint8_t) {}
};

/// Whoever is there. What they send goes through the hands of the test.
template <class P>
struct Stage : PairOf<P> {
  using PairOf<P>::PairOf;

  /// A frame of the client as it arrives at the server, and the other way round.
  [[nodiscard]] Datagram at_server(Bytes frame) const {
    if constexpr (is_compat<P>)
      return {frame.begin(), frame.end()};
    else
      return coming_from(this->home, frame);
  }
  [[nodiscard]] Datagram at_client(Bytes frame) const {
    if constexpr (is_compat<P>)
      return {frame.begin(), frame.end()};
    else
      return coming_from(this->server_address, frame);
  }

  /// The client is not the one of other stages: its randomness is.
  void be_another(std::size_t number) {
    Datagram unused(8 * number);
    (void)this->client.random().fill(unused);
  }

  /// The client's question, for the first time, and once more when it has no answer.
  [[nodiscard]] Datagram asks() {
    if constexpr (is_compat<P>) {
      return this->client.does(compat::Start{}).frames.at(0);
    } else {
      (void)this->server.does(Listen{});
      return at_server(this->client.does(Dial{this->server_address, {}}).frames.at(0));
    }
  }
  [[nodiscard]] Datagram asks_again() {
    this->server.now.steady += 100ms;
    return at_server(this->client.waits(100ms).frames.at(0));
  }
  /// Brings these to the server, and all that follows to where it belongs.
  void carry(std::vector<Datagram> to_server) {
    while (!to_server.empty()) {
      std::vector<Datagram> to_client;
      for (const Datagram& one : to_server)
        for (const auto& frame : this->server.gets(one).frames)
          to_client.push_back(at_client(frame));
      if constexpr (!is_compat<P>)
        for (const auto& frame : this->server.settles().frames)
          to_client.push_back(at_client(frame));
      to_server = carry_back(to_client);
    }
  }
  [[nodiscard]] std::vector<Datagram> carry_back(const std::vector<Datagram>& to_client) {
    std::vector<Datagram> to_server;
    for (const Datagram& one : to_client)
      for (const auto& frame : this->client.gets(one).frames) to_server.push_back(at_server(frame));
    return to_server;
  }
  Stage& connect() {
    carry({asks()});
    if (!is_open()) throw std::logic_error("nobody is connected");
    return *this;
  }
  /// Whether the client takes it that it is connected.
  [[nodiscard]] bool is_open() const {
    const auto state = this->client.state();
    return state == "Open" || state == "Confirming" || state == "Established";
  }

  [[nodiscard]] Datagram client_says(std::string_view text) {
    return at_server(said(this->client, text));
  }
  [[nodiscard]] Datagram server_says(std::string_view text) {
    return at_client(said(this->server, text));
  }
  /// What the server hears when the client says this while nobody is in between.
  [[nodiscard]] std::string hears(std::string_view text) {
    return heard(this->server.gets(client_says(text)));
  }

 private:
  template <class Side>
  static Datagram said(Side& side, std::string_view text) {
    if constexpr (is_compat<P>)
      return side.says(text);
    else
      return side.does(Send{bytes_of(text)}).frames.at(0);
  }
};

/// What a server of many clients does with one datagram.
struct Answer {
  std::vector<Datagram> frames;
  std::optional<Fault> fault;
  std::string heard;
};

/// A server of many clients, with room for so many.
template <class P>
class House {
 public:
  static constexpr std::size_t clients_max = 60;

  Answer gets(const Address& from, Bytes datagram) {
    Datagram arrived{datagram.begin(), datagram.end()};
    if constexpr (!is_compat<P>) arrived = coming_from(from, datagram);
    const auto out = [&] {
      if constexpr (is_compat<P>)
        return listener_.receive(from, arrived, now_);
      else
        return listener_.receive(arrived, now_);
    }();
    test::show<Server<P>>(this, context_, now_, {Trigger::message, {}, {}, arrived}, "Serving",
                          out);
    Answer answer{{}, out.fault(), heard(out)};
    for (const Frame& frame : out.transmit)
      answer.frames.emplace_back(frame.bytes.begin(), frame.bytes.end());
    settle();
    return answer;
  }
  void waits(Duration duration) {
    now_.steady += duration;
    settle();
  }
  /// How many it keeps something for.
  [[nodiscard]] std::size_t size() const { return listener_.size(); }

 private:
  void settle() {
    auto due = listener_.advance(now_).deadline;
    while (due && due->at <= now_.steady) due = listener_.advance(now_).deadline;
  }
  static auto made(Random random) {
    if constexpr (is_compat<P>) {
      compat::Context context(udp_test::server_config(), random);
      return compat::Listener<P::revision>(std::move(context), clients_max);
    } else {
      ListenerConfig config;
      config.sessions_max = clients_max;
      return Listener::make(config, udp_hardened_test::Side<Server<>>::identity(7), random).value();
    }
  }

  static auto context_of(Random random) {
    if constexpr (is_compat<P>)
      return compat::Context(udp_test::server_config(), random);
    else
      return Context(Config{}, random);
  }

  testing::SeededRandom random_{3};
  typename Server<P>::Context context_ = context_of(Random(random_));  // for who looks on
  Time now_{SteadyTime{} + 1h, UnixTime{} + 1'700'000'000s};
  decltype(made(Random())) listener_ = made(Random(random_));
};

/// The client of `stage` asks from `home`, and says what it is asked for; the last answer.
template <class P>
Answer ask(House<P>& house, Stage<P>& stage, const Address& home) {
  Answer last;
  std::vector<Datagram> to_server{stage.asks()};
  while (!to_server.empty()) {
    std::vector<Datagram> to_client;
    for (const Datagram& one : to_server) {
      last = house.gets(home, one);
      for (const Datagram& frame : last.frames) to_client.push_back(stage.at_client(frame));
    }
    to_server = stage.carry_back(to_client);
  }
  return last;
}

/// `play` against the profile that is meant, of the deployed revisions against this one.
template <class Deployed, class Play>
[[nodiscard]] bool against(Profile which, Play&& play) {
  return which == Profile::compat ? play.template operator()<Deployed>()
                                  : play.template operator()<Hardened>();
}

}  // namespace attacks::udp
