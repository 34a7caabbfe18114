// A server that verifies clients and carries sealed messages between them, for the programs of
// today and, at a path of its own, for those that were deployed; and a page that speaks with them.
//
//   registration_server --help
//   registration_server --pages registration/page --tweetnacl NODE_MODULES/tweetnacl/nacl-fast.js
//
// TweetNaCl, with which the page seals, is npm's package tweetnacl. SIGHUP reads the certificate of
// TLS anew; who is connected stays so. SIGINT and SIGTERM end the server.

#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>

#include "registration/web_server.hpp"
#include "shared/key_file.hpp"

namespace {

using namespace web;
namespace registration = handfast::registration;
using handfast::x25519::PrivateKey;
using shared::key_from_file, shared::text_of_key;

struct Options {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8080;
  std::vector<std::string> names;
  std::string key_file = "server.key";
  std::string certificate, certificate_key, pages, tweetnacl;
  unsigned timeout = 10'000;
  bool refuses_duplicates = false;
};

/// What clients on this machine dial.
std::vector<std::string> local_names(std::uint16_t port) {
  std::vector<std::string> names{"localhost", "127.0.0.1", "[::1]"};
  for (std::string& name : names) name += ':' + std::to_string(port);
  return names;
}

void serve(const Options& options) {
  net::io_context io(1);
  std::optional<Certificates> certificates;
  if (!options.certificate.empty())
    certificates.emplace(options.certificate, options.certificate_key);
  std::optional<Pages> pages;
  if (!options.pages.empty()) pages.emplace(options.pages, options.tweetnacl);

  registration::Config config;
  config.names = options.names;
  registration::RouterConfig limits;
  limits.duplicates = options.refuses_duplicates ? registration::Duplicates::refuse
                                                 : registration::Duplicates::replace;
  config.registration_timeout = std::chrono::milliseconds(options.timeout);
  const auto key = key_from_file(options.key_file);
  Hub<Hardened> hardened(io, {config, PrivateKey::from(key.dangerous_copy())}, limits);
  Hub<Compat> compat(io, {config, PrivateKey::from(key.dangerous_copy())}, limits);
  const tcp::endpoint where(net::ip::make_address(options.address), options.port);
  WebServer server(io, where, hardened, compat, pages ? &*pages : nullptr,
                   certificates ? &*certificates : nullptr);
  if (options.names.empty()) hardened.router().context().config.names = local_names(server.port());

  net::signal_set ending(io, SIGINT, SIGTERM), reloading(io, SIGHUP);
  ending.async_wait([&](beast::error_code, int) { io.stop(); });
  std::function<void(beast::error_code, int)> reload = [&](beast::error_code error, int) {
    if (error) return;
    try {
      if (!certificates) throw std::runtime_error("there is none");
      certificates->reload();
      std::cout << "the certificate was read anew" << std::endl;
    } catch (const std::exception& wrong) {
      std::cout << "the old certificate stays: " << wrong.what() << std::endl;
    }
    reloading.async_wait(reload);
  };
  reloading.async_wait(reload);

  std::cout << "key " << text_of_key(hardened.router().context().identity.public_key()) << '\n'
            << "listening on " << (certificates ? "https" : "http") << "://"
            << (where.address().is_v6() ? '[' + options.address + ']' : options.address) << ':'
            << server.port() << std::endl;
  io.run();
}

}  // namespace

int main(int argument_count, char** arguments) try {
  Options options;
  CLI::App app("Verifies clients by their keys and carries sealed messages between them.");
  app.add_option("--address", options.address, "where to listen")->capture_default_str();
  app.add_option("--port", options.port, "and on which port; 0 takes any")->capture_default_str();
  app.add_option(
      "--name", options.names,
      "a host and port that clients may dial, as they write it; may be repeated; without "
      "it localhost, 127.0.0.1 and [::1] with the port");
  app.add_option("--key-file", options.key_file, "the server's private key; made if it is missing")
      ->capture_default_str();
  auto* certificate = app.add_option("--certificate", options.certificate, "for TLS: a chain, PEM");
  app.add_option("--certificate-key", options.certificate_key, "its private key, PEM")
      ->needs(certificate);
  certificate->needs("--certificate-key");
  auto* pages = app.add_option("--pages", options.pages,
                               "the folder of the page for browsers, which is then at /");
  auto* tweetnacl =
      app.add_option("--tweetnacl", options.tweetnacl, "TweetNaCl's nacl-fast.js, for the page");
  pages->needs(tweetnacl);
  tweetnacl->needs(pages);
  app.add_option("--timeout", options.timeout,
                 "how long a client may take to answer the challenge, in milliseconds")
      ->capture_default_str();
  app.add_flag("--refuse-duplicates", options.refuses_duplicates,
               "who comes with a key that is connected is refused; otherwise it takes its place");
  CLI11_PARSE(app, argument_count, arguments);
  serve(options);
} catch (const std::exception& error) {
  std::cerr << "registration_server: " << error.what() << '\n';
  return 1;
}
