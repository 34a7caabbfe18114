// A client on the command line: registers with its key, says the lines of its standard input to a
// contact, and prints what it hears. In today's profile, or in the deployed one, which the page
// speaks. It ends with 1 where it could not say all of them, or one is known not to have arrived.
//
//   registration_client --help

#include <CLI/CLI.hpp>
#include <iostream>

#include "registration/web_client.hpp"

namespace {

using namespace web;
namespace registration = handfast::registration;

struct Options {
  std::string url = "ws://127.0.0.1:8080/router", key_file = "client.key", to, pin, authority;
  unsigned timeout = 10'000;
  bool is_compat = false, stays = false;
};

/// The key that is given with `option`, if one is.
std::optional<Key> key_in(const std::string& option, const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto key = key_of_text(text);
  if (!key) throw std::runtime_error(option + " is no key");
  return key;
}

std::unique_ptr<Speaker> speaker_of(const Options& options, const Address& address) {
  registration::MessengerConfig config;
  config.connection.audience = address.audience();
  config.connection.registration_timeout = std::chrono::milliseconds(options.timeout);
  config.connection.pinned_server = key_in("--server-key", options.pin);
  const auto secret = key_from_file(options.key_file);
  std::cout << "key " << text_of_key(PrivateKey::from(secret.dangerous_copy()).public_key())
            << std::endl;
  if (options.is_compat) return std::make_unique<CompatSpeaker>(config.connection, secret);
  return std::make_unique<HardenedSpeaker>(std::move(config), secret);
}

template <class Socket>
bool talk(net::io_context& io, Socket socket, const Options& options, const Address& address) {
  const auto to = key_in("--to", options.to);
  const auto speaker = speaker_of(options, address);
  WebClient<Socket> client(io, std::move(socket), *speaker, to, options.stays);
  std::exception_ptr failure;
  net::co_spawn(io, client.run(address), [&](std::exception_ptr error) {
    failure = error;
    if (failure) io.stop();  // else the limits of what has failed are waited for
  });
  io.run();
  if (failure) std::rethrow_exception(failure);
  return client.has_said_all();
}

}  // namespace

int main(int argument_count, char** arguments) try {
  Options options;
  CLI::App app("Says lines to whoever has a key, and prints what it hears.");
  auto* url = app.add_option("--url", options.url,
                             "the server's; with --compat the default's path is /router/compat")
                  ->capture_default_str();
  app.add_option("--key-file", options.key_file, "the private key; made if it is missing")
      ->capture_default_str();
  app.add_option("--to", options.to, "the key to say lines to; a line \"/to KEY\" changes it");
  auto* pin =
      app.add_option("--server-key", options.pin,
                     "refuse any other server; not with --compat, where none proves its key");
  app.add_option("--authority", options.authority,
                 "for wss: a PEM file with whom to trust, instead of the system's");
  app.add_option("--timeout", options.timeout,
                 "how long the server may take for each step of the registration, in milliseconds")
      ->capture_default_str();
  app.add_flag("--compat", options.is_compat, "speak as the deployed programs do")->excludes(pin);
  app.add_flag("--stay", options.stays, "go on when the lines have ended");
  CLI11_PARSE(app, argument_count, arguments);

  if (options.is_compat && url->count() == 0) options.url += "/compat";
  const auto address = Address::parse(options.url);
  if (!address) throw std::runtime_error("--url is neither ws://host[:port]/path nor wss://");
  if (!address->is_secure && !options.authority.empty())
    throw std::runtime_error("--authority is for wss: without TLS there is nobody to trust");
  net::io_context io(1);
  if (!address->is_secure) return talk(io, PlainSocket(io), options, *address) ? 0 : 1;
  ssl::context trust(ssl::context::tls_client);
  beast::error_code error;
  if (options.authority.empty())
    trust.set_default_verify_paths();
  else
    trust.load_verify_file(options.authority, error);
  if (error)
    throw std::runtime_error("--authority: no certificate can be read from " + options.authority);
  return talk(io, SecureSocket(io, trust), options, *address) ? 0 : 1;
} catch (const std::exception& error) {
  std::cerr << "registration_client: " << error.what() << '\n';
  return 2;
}
