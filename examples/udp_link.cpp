// The document's command line: a server that echoes, or a client that says the lines of its standard
// input and prints what it hears. How much goes each way stands on the standard error, once a second.
// SIGINT and SIGTERM end it in order.
//
//   udp_link --server [address[:port]]
//   udp_link [address[:port]] --key KEY     the server prints it

#include "udp/compat_link.hpp"
#include "udp/hardened_link.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>

namespace {

using namespace over_udp;

struct Options {
  bool is_server = false, is_unpinned = false, wants_cookies = false;
  std::string at = "127.0.0.1", profile = "hardened", key, key_file = "udp_server.key";
  std::string session_file, obfuscation;
  unsigned silence = 50'000;
  std::uint64_t epoch_packets = std::uint64_t{1} << 20;
  std::vector<std::uint16_t> ports;
};

/// What every link runs on. It listens for signals before the link says anything.
struct Loop {
  net::io_context io{1};
  net::signal_set signals{io, SIGINT, SIGTERM};
};

/// Until the link stops by itself. A second signal does not wait for the other side.
template <class Link>
bool run(Loop& loop, Link& link) {
  std::function<void(boost::system::error_code, int)> leave = [&](boost::system::error_code, int) {
    loop.signals.async_wait([&](boost::system::error_code, int) { loop.io.stop(); });
    link.leave();
  };
  loop.signals.async_wait(leave);
  loop.io.run();
  return link.is_fine();
}

template <Revision revision>
bool run_compat(Loop& loop, const Options& options) {
  const udp::endpoint at = endpoint_of(loop.io, options.at);
  if (!options.is_server) {
    CompatClient<revision> client(loop.io, at);
    return run(loop, client);
  }
  compat::Config config;
  if (!options.ports.empty())
    config.ports = compat::Ports{options.ports[0], options.ports[1], options.ports[2]};
  CompatServer<revision> server(loop.io, at, config);
  return run(loop, server);
}

/// The key as Fernet writes it: base64url, 44 characters.
std::optional<hardened::Obfuscation> obfuscation_of(const std::string& text) {
  using handfast::Fernet;
  if (text.empty()) return std::nullopt;
  std::array<std::uint8_t, Fernet::key_size> key{};
  if (handfast::wire::base64::decode(text, key, handfast::wire::base64::url_padded) != key.size())
    throw std::runtime_error("--obfuscate takes a key of Fernet");
  return hardened::Obfuscation(Fernet::Key::from(key));
}

bool run_hardened(Loop& loop, const Options& options) {
  const udp::endpoint at = endpoint_of(loop.io, options.at);
  hardened::Config config;
  config.silence_timeout = std::chrono::milliseconds(options.silence);
  config.heartbeat_interval = config.silence_timeout / 3;
  config.epoch_packets_max = options.epoch_packets;
  if (!options.is_server) {
    config.is_pinned = !options.is_unpinned;
    if (!options.key.empty() && !(config.server_key = shared::key_of_text(options.key)))
      throw std::runtime_error("--key is no key");
    HardenedClient client(loop.io, at, std::move(config), obfuscation_of(options.obfuscation),
                          options.session_file);
    return run(loop, client);
  }
  config.wants_cookies = options.wants_cookies;
  hardened::ListenerConfig limits;
  limits.session = std::move(config);
  HardenedServer server(loop.io, at, std::move(limits),
                        handfast::x25519::PrivateKey::from(shared::key_from_file(options.key_file)),
                        obfuscation_of(options.obfuscation), options.session_file);
  return run(loop, server);
}

bool run(const Options& options) {
  Loop loop;
  const bool wants_more = !options.key.empty() || !options.session_file.empty();
  if (options.profile != "hardened" && wants_more)
    throw std::runtime_error("the deployed programs know no keys and keep no sessions");
  if (options.profile == "documented") return run_compat<Revision::documented>(loop, options);
  if (options.profile == "v0_8") return run_compat<Revision::v0_8>(loop, options);
  if (!options.is_server && !options.is_unpinned && options.key.empty())
    throw std::runtime_error(
        "who is the server? --key takes what it prints when it starts; --unpinned takes anyone");
  return run_hardened(loop, options);
}

}  // namespace

int main(int argument_count, char** arguments) try {
  Options options;
  CLI::App app("Says lines over UDP.");
  app.add_flag("--server", options.is_server, "answer, instead of asking");
  app.add_option("address", options.at, "address[:port]; the port is 6711 unless it is said")
      ->capture_default_str();
  app.add_option("--profile", options.profile,
                 "hardened, or which of the deployed programs to speak as: obfuscated, not secure")
      ->check(CLI::IsMember({"hardened", "documented", "v0_8"}))
      ->capture_default_str();
  app.add_option("--key", options.key, "client: the server's public key, and no other server")
      ->excludes(app.add_flag("--unpinned", options.is_unpinned, "client: whoever answers"));
  app.add_option("--key-file", options.key_file, "server: its private key; made if it is missing")
      ->capture_default_str();
  app.add_option("--session", options.session_file,
                 "a file for what a session leaves, from which the next one goes on");
  app.add_option("--obfuscate", options.obfuscation,
                 "a key of Fernet, the same on both sides: the handshake goes in tokens, as the "
                 "document wants it; that is no security");
  app.add_option("--silence", options.silence,
                 "how long the other side may be silent, in milliseconds; a heartbeat goes after a "
                 "third of it")
      ->capture_default_str();
  app.add_option("--epoch-packets", options.epoch_packets, "how many packets one key seals")
      ->capture_default_str();
  app.add_flag("--cookies", options.wants_cookies,
               "server: have every client show where it is before anything is done for it");
  app.add_option("--ports", options.ports, "v0_8, server: what it tells its clients")->expected(3);
  CLI11_PARSE(app, argument_count, arguments);
  return run(options) ? 0 : 1;
} catch (const std::exception& error) {
  std::cerr << "udp_link: " << error.what() << std::endl;
  return 1;
}
