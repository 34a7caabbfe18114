// Two sides of a session that talk through a relay, over TLS with pinned certificates, and move to a
// direct connection when they can: they prove there that they hold the session's keys, and what they
// say goes on in order and once, whichever connection dies. Each says the lines of its standard input
// and prints what it hears. SIGINT and SIGTERM end it in order.
//
//   rehandshake_link keys a.session b.session        what an earlier handshake would have left
//   rehandshake_link pin a.pem                       makes a certificate, and prints its pin
//   rehandshake_link relay --identity r.pem
//   rehandshake_link responder --session b.session --identity b.pem --peer-pin A --relay-pin R
//   rehandshake_link initiator --session a.session --identity a.pem --peer-pin B --relay-pin R
//   rehandshake_link measure                         how long it takes to prove them, on this machine

#include "rehandshake/measure.hpp"
#include "rehandshake/metrics_server.hpp"
#include "rehandshake/peer.hpp"
#include "rehandshake/session_file.hpp"

#include <CLI/CLI.hpp>
#include <csignal>

namespace {

using namespace over_paths;

struct Options {
  std::string relay = "127.0.0.1:6713", direct = "127.0.0.1:6714", metrics;
  std::string session, identity, peer_pin, relay_pin;
  std::vector<std::string> sessions;
  std::string listen = "127.0.0.1:0", through;
  std::size_t runs = 200;
  unsigned silence = 50'000, direct_repeat = 60'000, relay_repeat = 5'000, give_up = 120;
};

/// What everything runs on. It listens for signals before anything is said.
struct Loop {
  net::io_context io{1};
  net::signal_set signals{io, SIGINT, SIGTERM};
};

void serve_relay(const Options& options) {
  Loop loop;
  loop.signals.async_wait([&](boost::system::error_code, int) { loop.io.stop(); });
  const auto identity = Identity::from_file(options.identity);
  const Relay relay(loop.io, Authority::parse(options.relay).endpoint(loop.io), identity);
  std::cout << "pin " << handfast::wire::hex::encode(identity.pin()) << '\n'
            << "listening on " << relay.local() << std::endl;
  loop.io.run();
}

template <rehandshake::Part part>
bool talk(const Options& options) {
  Loop loop;
  const auto identity = Identity::from_file(options.identity);
  std::cout << "pin " << handfast::wire::hex::encode(identity.pin()) << std::endl;
  Metrics metrics;
  std::optional<MetricsServer> server;
  if (!options.metrics.empty()) {
    server.emplace(loop.io, Authority::parse(options.metrics).endpoint(loop.io), metrics);
    std::cout << "metrics on " << server->local() << std::endl;
  }
  PeerOptions peer{Authority::parse(options.relay), Authority::parse(options.direct), {}, {}, {}};
  peer.relay_tls = pinned_tls(ssl::context::tls_client, nullptr, pin_of_text(options.relay_pin));
  peer.direct_tls = pinned_tls(
      part == rehandshake::Part::initiator ? ssl::context::tls_client : ssl::context::tls_server,
      &identity, pin_of_text(options.peer_pin));
  peer.config.silence_timeout = std::chrono::milliseconds(options.silence);
  peer.config.heartbeat_interval = peer.config.silence_timeout / 3;
  peer.config.migrate_repeat = std::chrono::milliseconds(options.direct_repeat);
  peer.config.reconnect_repeat = std::chrono::milliseconds(options.relay_repeat);
  peer.config.reconnects_max = options.give_up;
  Peer<part> side(loop.io, take_session(options.session), std::move(peer), metrics);
  loop.signals.async_wait([&](boost::system::error_code, int) {
    loop.signals.async_wait([&](boost::system::error_code, int) { loop.io.stop(); });
    side.leave();
  });
  loop.io.run();
  return side.is_fine();
}

}  // namespace

int main(int argument_count, char** arguments) try {
  Options options;
  CLI::App app("Says lines over a relay, and over a direct connection when there is one.");
  app.require_subcommand(1);
  auto* keys = app.add_subcommand("keys", "makes a session: a file for each of its sides");
  keys->add_option("file", options.sessions, "where; they must not be there")
      ->expected(2)
      ->required();
  auto* pin = app.add_subcommand("pin", "prints the SHA-256 of a certificate");
  pin->add_option("file", options.identity, "the certificate and its key, PEM; made if missing")
      ->required();
  auto* relay = app.add_subcommand("relay", "carries frames between the two sides of a session");
  auto* initiator = app.add_subcommand("initiator", "the side that dials the other one");
  auto* responder = app.add_subcommand("responder", "the side that is dialled");
  for (auto* one : {relay, initiator, responder}) {
    one->add_option("--identity", options.identity,
                    "the own certificate and its key, PEM; made if missing")
        ->required();
    one->add_option("--relay", options.relay, "host:port of the relay")->capture_default_str();
  }
  for (auto* one : {initiator, responder}) {
    one->add_option("--session", options.session, "the session's keys; the file is used once")
        ->required();
    one->add_option("--relay-pin", options.relay_pin, "the relay's certificate")->required();
    one->add_option("--peer-pin", options.peer_pin, "the other side's certificate")->required();
    one->add_option("--direct", options.direct, "host:port where the responder listens")
        ->capture_default_str();
    one->add_option("--metrics", options.metrics, "host:port for GET /metrics of Prometheus");
    one->add_option("--silence", options.silence,
                    "how long the other side may be silent, in milliseconds; a heartbeat goes "
                    "after a third of it")
        ->capture_default_str();
    one->add_option("--direct-repeat", options.direct_repeat,
                    "how long until a direct connection is tried again, in milliseconds")
        ->capture_default_str();
    one->add_option("--relay-repeat", options.relay_repeat, "the same for the relay")
        ->capture_default_str();
    one->add_option("--give-up", options.give_up, "how often it is tried where there is no path")
        ->capture_default_str();
  }
  auto* measured = app.add_subcommand("measure", "how long a re-handshake takes on this machine");
  measured->add_option("--direct", options.listen, "host:port where one side listens")
      ->capture_default_str();
  measured->add_option("--through", options.through,
                       "host:port of who hands on to there; nobody does where it is left out");
  measured->add_option("--runs", options.runs, "how many are made")
      ->check(CLI::Range(1, 4000))
      ->capture_default_str();
  CLI11_PARSE(app, argument_count, arguments);
  if (*keys) write_session(options.sessions[0], options.sessions[1]);
  if (*pin)
    std::cout << "pin " << handfast::wire::hex::encode(Identity::from_file(options.identity).pin())
              << std::endl;
  if (*relay) serve_relay(options);
  if (*measured) {
    Loop loop;
    loop.signals.async_wait([](boost::system::error_code, int) { std::exit(1); });
    measure(
        loop.io, Authority::parse(options.listen),
        options.through.empty() ? std::nullopt : std::optional(Authority::parse(options.through)),
        options.runs);
  }
  if (*initiator) return talk<rehandshake::Part::initiator>(options) ? 0 : 1;
  if (*responder) return talk<rehandshake::Part::responder>(options) ? 0 : 1;
} catch (const std::exception& error) {
  std::cerr << "rehandshake_link: " << error.what() << std::endl;
  return 1;
}
