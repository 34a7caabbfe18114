#include "tests/erasure/peer_life.hpp"

#include <algorithm>
#include <stdexcept>

namespace erasure {

using namespace handfast::registration;

namespace {

constexpr std::uint64_t last_message = 8;  // of which keys are looked for, in each session
constexpr const char* names[] = {"Alice", "Bob"};

std::string private_name(int who, std::size_t place) {
  return std::string(names[who]) + "'s " +
         (place == 0 ? std::string("lasting key") : "passing key " + std::to_string(place));
}
std::string in_session(std::size_t number, std::string_view what) {
  return "session " + std::to_string(number + 1) + ": " + std::string(what);
}
std::string in_chain(bool is_callers, std::string_view kind, std::uint64_t n) {
  return std::string(is_callers ? "caller " : "answerer ") + std::string(kind) + " " +
         std::to_string(n);
}

class Derivation {
 public:
  explicit Derivation(const Agreed& agreed) : agreed_(agreed) {}

  std::vector<Watched> all() {
    for (const int who : {0, 1}) {
      const auto& keys = agreed_.randoms[who].private_keys;
      for (std::size_t i = 0; i < keys.size(); ++i)
        watched_.push_back({private_name(who, i), keys[i], true});
    }
    const auto alice = key(0, 0), bob = key(1, 0);
    const auto ss = *x25519::agree(alice, bob.public_key());
    add("ss", ss);
    add("static secret", hkdf_.extract(bytes_of(peer::labels::statics), ss.bytes()));
    const peer::StaticKeys statics(hkdf_, ss);
    add("hello key", statics.hello);
    add("new session key", statics.new_session);
    for (std::size_t i = 0; i < agreed_.sessions.size(); ++i) add_session(i);
    return std::move(watched_);
  }

 private:
  x25519::PrivateKey key(int who, std::size_t place) const {
    return key_from(agreed_.randoms[who].private_keys.at(place));
  }
  void add(std::string name, const Secret<32>& secret) {
    watched_.push_back({std::move(name), complement_of(secret.bytes()), true});
  }
  void add_session(std::size_t number) {
    const Agreed::Session& session = agreed_.sessions[number];
    const auto caller = key(session.caller, 0), answerer = key(1 - session.caller, 0);
    const auto hello = *wire::binary::decode<peer::Hello>(session.hello);
    const auto ack = *wire::binary::decode<peer::HelloAck>(session.ack);
    const auto agreements = *Agreements::of_client(caller, key(session.caller, session.caller_key),
                                                   answerer.public_key(), ack.key);
    add(in_session(number, "es"), agreements.es);
    add(in_session(number, "se"), agreements.se);
    add(in_session(number, "ee"), agreements.ee);
    Sha256 sha256;
    const auto transcript =
        peer::transcript_of(sha256, caller.public_key(), answerer.public_key(), hello, ack);
    add(in_session(number, "secret"),
        hkdf_.extract(transcript, {agreements.ss.bytes(), agreements.es.bytes(),
                                   agreements.se.bytes(), agreements.ee.bytes()}));
    const peer::SessionKeys keys(hkdf_, transcript, agreements);
    add(in_session(number, "confirmation"), keys.confirmation);
    add_chain(number, true, keys.caller_chain);
    add_chain(number, false, keys.answerer_chain);
  }
  void add_chain(std::size_t number, bool is_callers, const Secret<32>& first) {
    using Text = peer::ChainText;
    ratchet::MessageChain<Text> chain(first.dangerous_copy());
    auto chain_key = first.dangerous_copy();
    const auto add_one = [&](std::string_view kind, std::uint64_t n, const Secret<32>& secret) {
      add(in_session(number, in_chain(is_callers, kind, n)), secret);
    };
    for (std::uint64_t n = 1; n <= last_message; ++n) {
      add_one("chain", n, chain_key);
      add_one("message", n, chain.message_key(hkdf_));
      add_one("message extract", n, hkdf_.extract(bytes_of(Text::message_salt), chain_key.bytes()));
      const auto extract = hkdf_.extract(bytes_of(Text::step_salt), chain_key.bytes());
      add_one("chain extract", n, extract);
      chain_key = hkdf_.expand<32>(extract.bytes(),
                                   {bytes_of(Text::step_info), bytes_of(std::to_string(n))});
      chain.step(hkdf_);
    }
  }

  const Agreed& agreed_;
  Hkdf hkdf_;
  std::vector<Watched> watched_;
};

void expect(const peer::Session& session, int who, const Agreed& agreed, Expected& expected) {
  const std::size_t number = agreed.number_of(session.id);
  const bool is_caller = agreed.sessions[number].caller == who;
  const auto expect_chain = [&](bool is_callers, std::uint64_t next) {
    const auto name = [&](std::string_view kind, std::uint64_t n) {
      return in_session(number, in_chain(is_callers, kind, n));
    };
    expected.needed.insert(name("chain", next));
    if (next == 1) return;
    expected.held.insert(name("message", next - 1));
    expected.held.insert(name("chain extract", next - 1));  // gives `next` and no other
  };
  expect_chain(is_caller, session.send.next());
  expect_chain(!is_caller, session.receive.highest() + 1);
}

template <class Made, class... Given>
std::unique_ptr<Made> made_well_below(Given&&... given) {
  std::unique_ptr<Made> made;
  well_below([&] { made = std::make_unique<Made>(given()...); });
  return made;
}

}  // namespace

void Agreed::saw(int from, Bytes frame) {
  const auto who = static_cast<std::size_t>(from);
  if (frame.size() == peer::Hello::size && frame[1] == 17)
    last_[who] = {from, {frame.begin(), frame.end()}, {}, randoms[who].private_keys.size() - 1, 0};
  if (frame.size() != peer::HelloAck::size || frame[1] != 18) return;
  Session made = last_[1 - who];
  made.ack.assign(frame.begin(), frame.end());
  made.answerer_key = randoms[who].private_keys.size() - 1;
  if (sessions.empty() || sessions.back().ack != made.ack) sessions.push_back(std::move(made));
}
std::size_t Agreed::number_of(const peer::SessionId& id) const {
  for (std::size_t i = 0; i < sessions.size(); ++i)
    if (std::equal(id.begin(), id.end(), sessions[i].ack.begin() + 2)) return i;
  throw std::logic_error("nobody has agreed on this session");
}

PeerLife::PeerLife() {
  for (const int who : {0, 1})
    machines[who] = made_well_below<Machine<Peer>>([&] {
      Random random(agreed.randoms[who]);
      return peer::Context({}, std::move(*x25519::PrivateKey::generate(random)), random);
    });
}
Departure PeerLife::departed(int who, const Output<Peer>& out) {
  Departure frames;
  refused += out.fault() ? 1 : 0;
  for (const Frame& frame : out.transmit) {
    agreed.saw(who, frame.bytes);
    frames.push_back({frame.link, {frame.bytes.begin(), frame.bytes.end()}});
  }
  return frames;
}
Departure PeerLife::does(int who, const Command& command) {
  Departure frames;
  std::visit(
      [&](const auto& one) {
        well_below([&] { frames = departed(who, machines[who]->handle(one, now)); });
      },
      command);
  return frames;
}
Departure PeerLife::gets(int who, const Departed& frame) {
  Departure frames;
  well_below([&] { frames = departed(who, machines[who]->receive(frame.bytes, now)); });
  return frames;
}
Departure PeerLife::advance(int who) {
  Departure frames;
  well_below([&] { frames = departed(who, machines[who]->advance(now)); });
  return frames;
}
Departure PeerLife::says(int who, int number) {
  const Payload payload(number);
  return does(who, Peer::Send{payload.bytes()});
}
void PeerLife::carry(int from, const Departure& frames) {
  for (const Departed& frame : frames) carry(1 - from, gets(1 - from, frame));
}
void PeerLife::meet() {
  for (const int who : {0, 1})
    (void)does(who, Peer::Meet{machines[1 - who]->context().identity.public_key()});
}

MessengerLife::MessengerLife() {
  for (const int who : {0, 1}) {
    well_below([&] {
      registration::Config config;
      config.names = {"example.org:443"};
      MessengerConfig own;
      own.connection.audience = config.names[0];
      Random random(agreed.randoms[who]), servers(server_random_);
      messengers[who] = std::make_unique<Messenger>(own, *random.secret<32>(), random);
      servers_[who] = std::make_unique<Machine<Server>>(
          registration::Context(config, *x25519::PrivateKey::generate(servers), servers));
    });
    keys_[who] = messengers[who]->key();
    well_below([&] { take(who, messengers[who]->connect(now_)); });
    const auto challenge = servers_[who]->handle(Accept{}, now_);
    for (const Frame& frame : challenge.transmit)
      to_client_[who].push_back({{}, {frame.bytes.begin(), frame.bytes.end()}});
    run();
  }
}
void MessengerLife::take(int who, const Messenger::Output& out) {
  for (const Frame& frame : out.transmit)
    to_server_[who].push_back({{}, {frame.bytes.begin(), frame.bytes.end()}});
  for (const auto& event : out.events) heard += std::holds_alternative<Messenger::Heard>(event);
}
void MessengerLife::run() {
  const auto answer = [&](int who, const Output<Server>& out) {
    for (const Frame& frame : out.transmit)
      to_client_[who].push_back({{}, {frame.bytes.begin(), frame.bytes.end()}});
  };
  const auto at_server = [&](int who, const Departed& frame) {
    const auto out = servers_[who]->receive(frame.bytes, now_);
    answer(who, out);
    if (out.event<Proven>()) return answer(who, servers_[who]->handle(Admit{}, now_));
    const auto* forward = out.event<Forward>();
    if (!forward) return;
    agreed.saw(who, forward->payload);
    const std::vector<std::uint8_t> payload(forward->payload.begin(), forward->payload.end());
    answer(1 - who, servers_[1 - who]->handle(Deliver{keys_[who], payload}, now_));
  };
  const auto is_anything = [&] {
    return std::ranges::any_of(to_server_, [](const auto& one) { return !one.empty(); }) ||
           std::ranges::any_of(to_client_, [](const auto& one) { return !one.empty(); });
  };
  while (is_anything())
    for (const int who : {0, 1}) {
      for (const Departed& frame : std::exchange(to_server_[who], {})) at_server(who, frame);
      for (const Departed& frame : std::exchange(to_client_[who], {}))
        well_below([&] { take(who, messengers[who]->receive(frame.bytes, now_)); });
    }
}
void MessengerLife::say(int who, int number) {
  const Payload payload(number);
  well_below([&] { take(who, messengers[who]->say(keys_[1 - who], payload.bytes(), now_)); });
}
void MessengerLife::forget(int who) {
  well_below([&] { take(who, messengers[who]->forget(keys_[1 - who], now_)); });
}
void MessengerLife::wait(Duration duration) {
  now_.steady += duration;
  for (const int who : {0, 1}) well_below([&] { take(who, messengers[who]->advance(now_)); });
  run();
}

std::vector<Watched> secrets_of(const Agreed& agreed) {
  auto watched = in_another_process([&] { return Derivation(agreed).all(); });
  for (int i = 1; i <= 5; ++i) add_payload(watched, "said " + std::to_string(i), i);
  return watched;
}

Expected expected_of(const PeerLife& life) {
  Expected expected;
  for (const int who : {0, 1}) {
    if (!life.machines[who]) continue;
    expected.needed.insert(private_name(who, 0));
    std::visit(
        [&](const auto& state) {
          if constexpr (requires { state.contact; })
            expected.needed.insert({"hello key", "new session key"});
          if constexpr (requires { state.call; })
            expected.needed.insert(
                private_name(who, life.agreed.randoms[who].private_keys.size() - 1));
          if constexpr (requires { state.answer; })
            expect(state.answer.session, who, life.agreed, expected);
          if constexpr (requires { state.sessions; }) {
            expect(state.sessions.current, who, life.agreed, expected);
            if (state.sessions.previous)
              expect(*state.sessions.previous, who, life.agreed, expected);
          }
        },
        life.machines[who]->engine().state());
  }
  return expected;
}
Expected expected_of(const MessengerLife& life) {
  Expected expected;
  for (const int who : {0, 1})
    if (life.messengers[who]) expected.needed.insert(private_name(who, 0));
  return expected;
}

}  // namespace erasure
