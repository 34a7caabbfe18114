#include "handfast/testing/switches.hpp"
// The switches come first.
#include "handfast/testing/stage.hpp"
#include "handfast/udp/spec.hpp"
#include "tests/model/values.hpp"

// udp in all profiles: Alice is the client, Bob the server. The network is the attacker's, and only
// in some cases he reads and does no more.

namespace model {
namespace {

using namespace handfast;
using namespace handfast::udp;
using spec::Rule;
using spec::Term;
using testing::planted_switch;

template <class Profile>
inline constexpr bool is_deployed =
    !std::same_as<Profile, Hardened> && !std::same_as<Profile, Unpinned>;

/// The only keys that are there before anybody begins: the attacker's, and the server's.
const Value attackers_seed(32, 0x77), servers_seed(32, 0x55);

constexpr std::size_t nonce_size = 16, half_size = 4;  // bytes
constexpr std::uint8_t nonce_byte = 0xB1, half_byte = 0xB2;

/// What is drawn: keys alone, as in the model, where nonces and ids are the same in all runs.
class DrawnKeys : public testing::SeededRandom {
 public:
  using SeededRandom::SeededRandom;
  bool fill(MutableBytes out) override {
    if (out.size() == nonce_size) return std::ranges::fill(out, nonce_byte), true;
    if (out.size() == half_size) return std::ranges::fill(out, half_byte), true;
    return SeededRandom::fill(out);
  }
};
/// One with this name that lives as long as the program.
Random drawn_keys(const std::string& name) {
  static std::list<DrawnKeys> all;
  std::uint64_t seed = 0;
  for (const char letter : name) seed = 31 * seed + static_cast<std::uint8_t>(letter);
  return Random(all.emplace_back(seed));
}

/// The bytes of what somebody simply has. What is part of others only by its name is there.
template <class Profile>
Value own(std::string_view name) {
  if (name == "attacker's key") return attackers_seed;
  if (name == "public attacker's key")
    return bytes_in(key_from(attackers_seed).public_key().bytes());
  if (name == "static key of B") return servers_seed;
  if (name == "public static key of B")
    return bytes_in(key_from(servers_seed).public_key().bytes());
  if (name.contains("'s payload")) return {name.begin(), name.end()};
  if (name == "mode") return number(std::same_as<Profile, Hardened> ? pinned_mode : 0);
  if (name == "resumption") return Value(16, 0);
  if (name == "nonce") return Value(nonce_size, nonce_byte);
  if (name == "client_half" || name == "server_half") return Value(half_size, half_byte);
  if (name == "attacker's nonce") return Value(is_deployed<Profile> ? 12 : nonce_size, 0xA1);
  if (name == "attacker's client_half" || name == "attacker's server_half")
    return Value(half_size, 0xA2);
  // Counters begin with zero.
  if (name.starts_with("number ")) return number(static_cast<std::uint64_t>(name.back() - '1'));
  return name.starts_with("attacker's") ? Value{} : Value{1};
}

// The machines.

/// Datagrams of the deployed programs.
template <Revision revision>
struct Deployed {
  static compat::Context& context() {
    static compat::Context one;
    return one;
  }
  template <class M>
  static Value encode(const M& message) {
    if constexpr (std::same_as<M, compat::Token>) {
      return bytes_in(message.text);
    } else if constexpr (std::same_as<M, compat::Packet>) {
      return testing::BinaryCodec::encode(message);
    } else {
      Frames frames;
      compat::write_token<revision>(message, context(), frames);
      return bytes_in(frames.view()[0].bytes);
    }
  }
  /// The key of a handshake's message, which `visit` is called with.
  template <class Visit>
  static void open(Bytes token, const Visit& visit) {
    Buffer plaintext;
    const auto opened = compat::open<revision, compat::Connect, compat::Connected>(
        compat::Token{token}, context(), plaintext);
    std::visit(visit, opened.value().message);
  }
  /// What is in a token; of a replay's messages all say a key.
  template <class M>
  static M decode(Bytes token) {
    M message;
    if constexpr (requires { message.key; })
      open(token, [&](const auto& one) { message.key = one.key; });
    return message;
  }
};

template <class Profile>
struct CodecOf {
  using type = testing::BinaryCodec;
};
template <Revision revision>
struct CodecOf<Compat<revision>> {
  using type = Deployed<revision>;
};

/// What the application of a side says; and what a deployed side has seen, whose table tells no
/// claim.
template <class Profile>
struct User {
  std::string payload;
  std::string_view role;
  bool is_by_connect = false;
  Value connect{}, connected{};  // the keys that were said last
  int given = 0;                 // of application data
  std::string said{};            // as application data

  template <class Command>
  void operator()(Command& command) {
    if constexpr (requires { command.payload; }) {
      said = payload + ' ' + std::to_string(++given);
      command.payload = bytes_of(said);
    }
  }
  void saw(Link, Bytes frame) requires is_deployed<Profile> {
    if (!text_of(frame).starts_with("gAAAA")) return;
    CodecOf<Profile>::type::open(frame, [&]<class M>(const M& message) {
      (std::same_as<M, compat::Connect> ? connect : connected) = bytes_in(message.key.bytes());
    });
  }
  void told(const handfast::Established&, testing::Real& real) const requires is_deployed<Profile> {
    Claim claim;
    Sha256 sha256;
    claim.transcript = sha256.digest({Bytes(connect), is_by_connect ? Bytes{} : Bytes(connected)});
    claim.role = role;
    real.running = real.commit = claim;
  }
};

template <class Profile>
auto context_of(const Side& side) {
  if constexpr (is_deployed<Profile>) {
    compat::Config config;
    config.ports = compat::Ports{};
    return compat::Context(config, testing::lasting_random(side.name));
  } else {
    Config config;
    config.is_pinned = std::same_as<Profile, Hardened>;
    auto identity = key_from(servers_seed);
    if (config.is_pinned) config.server_key = identity.public_key();
    const Random random = drawn_keys(side.name);
    if (side.role == 0) return udp::Context(config, random);
    return udp::Context(config, std::move(identity), random);
  }
}

// The attacker.

Secret<32> secret(const Value& bytes) { return Secret<32>::from(Bytes(bytes)); }

/// What the attacker does with his key: the library's own functions, in nobody's name.
template <class Profile>
class Middle : public testing::Attacker<Middle<Profile>> {
 public:
  static Value public_of(const Value& seed) {
    return bytes_in(key_from(seed).public_key().bytes());
  }
  static Value agreed(const Value& seed, const Value& theirs) {
    const auto agreed = x25519::agree(key_from(seed), x25519::PublicKey::parse(theirs).value());
    return agreed ? bytes_in(agreed->bytes()) : Value{};
  }
  Value derived(const Model& model, const Term& term, const std::vector<Value>& values) {
    if constexpr (is_deployed<Profile>) {
      return bytes_in(
          context_.hkdf.template derive<32>(key_of(term, values), {}, bytes_of(compat::key_info))
              .bytes());
    } else {
      const auto keys = keys_of(term, model, values);
      if (term.sort == "confirmation key") return bytes_in(keys.confirmation.bytes());
      const bool is_servers = std::ranges::any_of(
          term.parts, [&](int part) { return model.terms[part].name == "from Server"; });
      return bytes_in((is_servers ? keys.server_to_client : keys.client_to_server).bytes());
    }
  }
  Value mac(const Model& model, const Term& term, const std::vector<Value>& values) {
    if constexpr (is_deployed<Profile>) {
      return {};
    } else {
      const auto keys = keys_of(model.terms[term.parts[0]], model, values);
      return bytes_in(context_.hmac.mac(Bytes(key_of(term, values)), keys.transcript));
    }
  }
  Value sealed(const Model& model, const Term& term, const std::vector<Value>& values) {
    const Value payload =
        term.inside_count > 0 ? values[static_cast<std::size_t>(term.parts.back())] : Value{};
    Frames frames;
    if constexpr (is_deployed<Profile>) {
      std::ranges::copy(nonce(term, model, values), context_.fresh.begin());
      compat::write_packet<Profile::revision>(secret(key_of(term, values)),
                                              compat::Data{0, 0, 0, 0, payload}, context_, frames);
      return bytes_in(
          wire::binary::decode<compat::Packet>(frames.view()[0].bytes).value().ciphertext);
    } else {
      auto one = session(term, model, values);
      if (term.sort.starts_with("heartbeat"))
        (void)one.seal(Heartbeat{0, 1}, {}, context_, frames);
      else
        (void)one.seal(Data{0, 0, payload}, {}, context_, frames);
      return bytes_in(wire::binary::decode<Packet>(frames.view()[0].bytes).value().ciphertext);
    }
  }
  /// What is inside.
  Value opened(const Model& model, const Rule& rule, const std::vector<Value>& values) {
    const Term& term = model.terms[rule.from[0]];
    const Value& ciphertext = values[static_cast<std::size_t>(rule.from[0])];
    Buffer plaintext;
    if constexpr (is_deployed<Profile>) {
      compat::Packet packet{{}, ciphertext};
      std::ranges::copy(nonce(term, model, values), packet.nonce.begin());
      const auto opened =
          compat::open<Profile::revision, compat::Data, compat::Heartbeat, compat::Ack>(
              packet, secret(key_of(term, values)), context_, plaintext);
      if (!opened) return {};
      const auto* data = std::get_if<compat::Data>(&opened->message);
      return data ? bytes_in(data->payload) : Value{};
    } else {
      const auto one = session(term, model, values);
      const Packet packet{{}, one.client_half, one.server_half, 0, one.sending.next, ciphertext};
      const auto opened = one.template open<Data, Heartbeat>(packet, context_, plaintext);
      if (!opened) return {};
      const auto* data = std::get_if<Data>(&opened->message);
      return data ? bytes_in(data->payload()) : Value{};
    }
  }

 private:
  /// The values of the parts of `term` that are of one sort, in order.
  static std::vector<Value> parts(const Term& term, std::string_view sort, const Model& model,
                                  const std::vector<Value>& values) {
    std::vector<Value> all;
    for (const int part : term.parts)
      if (model.terms[part].sort == sort) all.push_back(values[static_cast<std::size_t>(part)]);
    return all;
  }
  static const Value& key_of(const Term& term, const std::vector<Value>& values) {
    return values[static_cast<std::size_t>(term.parts[0])];
  }
  static IdHalf half(const Value& bytes) {
    IdHalf half{};
    std::ranges::copy(bytes, half.begin());
    return half;
  }

  /// The keys of the session whose agreements and transcript are among the parts of `term`.
  SessionKeys keys_of(const Term& term, const Model& model, const std::vector<Value>& values) {
    const auto all = [&](std::string_view sort) { return parts(term, sort, model, values); };
    const auto agreed = all("agreed"), publics = all("public key");
    Exchange exchange;
    exchange.mode = static_cast<Mode>(number_in(all("mode").at(0)));
    if (exchange.mode == pinned_mode) exchange.pinned = key_from(servers_seed).public_key();
    exchange.client = x25519::PublicKey::parse(publics.at(0)).value();
    std::ranges::copy(all("nonce").at(0), exchange.nonce.begin());
    exchange.client_half = half(all("client_half").at(0));
    exchange.server_half = half(all("server_half").at(0));
    exchange.server = x25519::PublicKey::parse(publics.at(1)).value();
    const auto ee = secret(agreed.at(0));
    const auto es = secret(agreed.back());
    return {context_.hkdf, exchange.transcript(context_.sha256), ee,
            agreed.size() > 1 ? &es : nullptr, nullptr};
  }

  // Packets.

  Session session(const Term& term, const Model& model, const std::vector<Value>& values) {
    Session made;
    made.client_half = half(parts(term, "client_half", model, values).at(0));
    made.server_half = half(parts(term, "server_half", model, values).at(0));
    made.sending.key = secret(key_of(term, values));
    made.receiving.key = secret(key_of(term, values));
    made.sending.next = number_in(parts(term, "number", model, values).at(0));
    return made;
  }
  Value nonce(const Term& term, const Model& model, const std::vector<Value>& values) {
    return parts(term, "fresh, 12 bytes", model, values).at(0);
  }

  std::conditional_t<is_deployed<Profile>, compat::Context, udp::Context> context_;
};

/// With `is_by_connect` a deployed run is known by what was asked alone.
template <class Profile>
Stage stage(bool is_by_connect = false) {
  const auto user = [=](const Side& side) {
    return User<Profile>{side.name + "'s payload", side.role == 0 ? "client" : "server",
                         is_by_connect};
  };
  return testing::wire_stage<Description<Profile>, typename CodecOf<Profile>::type>(
      context_of<Profile>, user, start, own<Profile>, testing::attacker<Middle<Profile>>());
}

// Who takes part, each with as many keys, and as many packets.

std::vector<Side> one_each() {
  return {{"Alice", 0, "A", "B", {}, 2}, {"Bob", 1, "B", "A", {}, 1}};
}
/// The server can answer twice.
std::vector<Side> two_answers() {
  return {{"Alice", 0, "A", "B", {}, 2}, {"Bob", 1, "B", "A", {}, 2}};
}
/// Who has no more than the deployed programs, which draw a nonce for each packet.
std::vector<Side> deployed() {
  return {{"Alice", 0, "A", "B", {}, 2}, {"Bob", 1, "B", "A", {}, 3}};
}
/// Of the same server's key, as two processes have it.
std::vector<Side> two_servers() {
  return {{"Alice", 0, "A", "B"}, {"Bob", 1, "B", "A"}, {"Bob_again", 1, "B", "A"}};
}
/// From one address.
std::vector<Side> two_clients(int fresh_max = 1) {
  return {{"Alice", 0, "A", "B", {}, fresh_max},
          {"Alice_again", 0, "A", "B", {}, fresh_max},
          {"Bob", 1, "B", "A", {}, fresh_max}};
}

// What is not by default.

template <class Profile>
Outline plain() {
  return spec::outline_of<Description<Profile>>();
}
/// Nobody else writes: all that somebody does is read, and bring what was said late, twice or not.
template <class Profile>
Outline read_only() {
  Outline outline = plain<Profile>();
  for (auto& message : outline.messages) message.is_authentic = true;
  return outline;
}
/// The server has nothing to say that is not for everybody.
template <class Profile>
Outline quiet() {
  Outline outline = plain<Profile>();
  std::erase_if(outline.roles[1].rows, [](const auto& row) { return row.gives; });
  return outline;
}
/// What was drawn for a run is the same in all; with `is_leaked` everybody has it.
template <class Key>
void keep_key(Outline& outline, bool is_leaked = false) {
  for (spec::KeyOutline& key : outline.keys)
    if (key.name == name_of<Key>()) {
      key.kept = key.name;
      key.is_leaked = is_leaked;
      key.is_drawn_each_time = false;
    }
}
void forget_numbers(Outline& outline) {
  std::erase_if(outline.rules, [](const spec::RuleOutline& rule) {
    return rule.kind == spec::RuleOutline::Kind::remembers;
  });
}
/// A run is known by what was asked alone.
Outline by_connect(Outline outline) {
  std::erase_if(outline.transcript, [&](const spec::Piece& piece) {
    return outline.messages[static_cast<std::size_t>(piece.message)].name != "connect";
  });
  return outline;
}

/// A Connect disturbs an established session, and nobody has to come back for it.
void replace_sessions(Outline& outline) {
  drop_rule(outline, "Heartbeat", "Opening");
  auto& role = outline.roles[1];
  const auto state = [&](std::string_view name) {
    return static_cast<int>(std::ranges::find(role.states, name) - role.states.begin());
  };
  const auto before = role.rows;
  for (auto row : before)
    if (row.from == state("Listening") && row.runs) {
      row.from = state("Established");
      role.rows.push_back(row);
    }
}

const Names about{"aliveness", "counterpart", "agreement", "data"};
const Names once{"data_once"};
const Names both{"Client", "Server"};
const Names done = all_of({"completion"}, both);

// What is taken away.

Weakening no_end(const std::string& timer, std::vector<Side> sides = {}) {
  return {"there is no " + timer, "no_deadlock", [=](Outline& o) { drop_timer(o, timer); }, {}, {},
          std::move(sides)};
}
Weakening no_number(const std::string& question) {
  return {"no number is remembered, " + question,
          question,
          forget_numbers,
          {&planted_switch("replay not noticed")}};
}
Weakening no_static_key(const std::string& question) {
  return {"the server's key is not in the keys, " + question,
          question,
          [](Outline& o) { drop_covered(o, name_of<ServerStatic>()); },
          {&planted_switch("server's key not in the keys")}};
}
Weakening no_proof(const std::string& question) {
  return {"the server's proof is not checked, " + question,
          question,
          [](Outline& o) { drop_rule(o, "Connected", "PeerProves"); },
          {&planted_switch("Connected's proof not checked")}};
}
template <class Key>
Weakening leaked(const std::string& who) {
  return {"everybody has the " + who + " key", "secrecy",
          [](Outline& o) { keep_key<Key>(o, true); }};
}

void add_hardened(std::vector<Case>& all) {
  const Names anybody = done + all_of(about, {"Server"});
  std::vector<Weakening> weakenings;
  for (const auto& question : all_of(about, {"Client"}))
    weakenings.push_back(no_static_key(question));
  for (const auto& question : all_of({"aliveness", "counterpart", "agreement"}, {"Client"}))
    weakenings.push_back(no_proof(question));
  for (const auto& question :
       {"taken_once_Client_data", "taken_once_Client_heartbeat", "taken_once_Server_data",
        "taken_once_Server_heartbeat", "data_once_Client", "data_once_Server"})
    weakenings.push_back(no_number(question));
  weakenings.push_back({"both directions have one key",
                        "data_Client",
                        [](Outline& o) { drop_covered(o, "sender"); },
                        {&planted_switch("packets have one key both ways")}});
  for (const auto& timer : {"ConnectOverdue", "RepeatDue"}) weakenings.push_back(no_end(timer));
  weakenings.push_back(no_end("HalfOpenOver", two_answers()));
  all.push_back({"udp-hardened", "12, 13, 24", plain<Hardened>, one_each(),
                 anybody + Names{"secrecy", "forward_secrecy"}, stage<Hardened>(), weakenings,
                 true});
  all.push_back({"udp-hardened-quiet",
                 "11, 24",
                 quiet<Hardened>,
                 one_each(),
                 anybody,
                 stage<Hardened>(),
                 {no_static_key("secrecy"),
                  {"keys that are drawn are in no key", "forward_secrecy",
                   [](Outline& o) { drop_covered(o, name_of<ServerEphemeral>()); }}}});
  const auto same_values = [](Outline& o) {
    keep_key<ClientEphemeral>(o);
    keep_key<ServerEphemeral>(o);
  };
  all.push_back({"udp-hardened-twice",
                 "14",
                 plain<Hardened>,
                 two_servers(),
                 anybody + Names{"secrecy", "forward_secrecy"},
                 stage<Hardened>(),
                 {{"all keys of servers are one", "injectivity_Server", same_values},
                  {"all keys of clients are one",
                   "injectivity_Client",
                   same_values,
                   {},
                   {},
                   two_clients()}}});
  all.push_back({"udp-hardened-repeats",
                 "14",
                 [] { return by_connect(read_only<Hardened>()); },
                 one_each(),
                 done,
                 stage<Hardened>(),
                 {{"a session is replaced, and its first packet is not opened",
                   "injectivity_Server",
                   replace_sessions,
                   {},
                   {},
                   two_answers()}}});

  all.push_back({"udp-hardened-unpinned", "12, 13, 24", plain<Unpinned>, one_each(),
                 done + all_of(about + once, both) + Names{"secrecy", "forward_secrecy"},
                 stage<Unpinned>()});
  all.push_back({"udp-hardened-unpinned-read",
                 "11",
                 read_only<Unpinned>,
                 one_each(),
                 done,
                 stage<Unpinned>(),
                 {leaked<ClientEphemeral>("client's"), leaked<ServerEphemeral>("server's")}});
}

template <Revision revision>
void add_deployed(std::vector<Case>& all, const std::string& name) {
  using Profile = Compat<revision>;
  const Names replayed =
      all_of({"taken_once"}, {"Client_data", "Server_data"}) + all_of(once, both);
  const Names too_soon = done + replayed + all_of({"counterpart", "agreement"}, {"Server"});
  all.push_back({name,
                 "11, 12, 13, 24",
                 plain<Profile>,
                 deployed(),
                 done + replayed + all_of(about, both) + Names{"secrecy"},
                 stage<Profile>(),
                 {no_end("RetryDue")}});
  all.push_back({name + "-read",
                 "11, 12",
                 read_only<Profile>,
                 deployed(),
                 too_soon,
                 stage<Profile>(),
                 {leaked<compat::ClientEphemeral>("client's"),
                  leaked<compat::ServerEphemeral>("server's"),
                  {"all keys of servers are one",
                   "injectivity_Server",
                   [](Outline& o) { keep_key<compat::ServerEphemeral>(o); },
                   {},
                   {},
                   two_servers()}},
                 false,
                 {"agreement_Client"}});
  all.push_back({name + "-again",
                 "14",
                 read_only<Profile>,
                 two_clients(2),
                 too_soon + Names{"agreement_Client"},
                 stage<Profile>(),
                 {{"all keys of clients are one", "injectivity_Client",
                   [](Outline& o) { keep_key<compat::ClientEphemeral>(o); }}}});
  Names repeated = too_soon;
  if (revision == Revision::documented) repeated.push_back("injectivity_Server");
  all.push_back({name + "-repeats",
                 "14",
                 [] { return by_connect(read_only<Profile>()); },
                 deployed(),
                 repeated,
                 stage<Profile>(true),
                 {},
                 false,
                 {"agreement_Client", "injectivity_Server"}});
}

}  // namespace

std::vector<Case> udp_cases() {
  std::vector<Case> all;
  add_hardened(all);
  add_deployed<Revision::documented>(all, "udp-documented");
  add_deployed<Revision::v0_8>(all, "udp-v0_8");
  return all;
}

}  // namespace model
