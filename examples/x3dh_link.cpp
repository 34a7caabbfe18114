// x3dh for real: an issuer and a holder, each a process with its keys in a file, and a connector between
// them that stores and forwards. The issuer prints a QR code, and the text of it, which the holder is
// given; then lines are said.
//
//   x3dh_link connector                                     127.0.0.1:6713; --mallory: one that wants to read
//   x3dh_link issuer --store i.store --connection NAME      prints an invitation
//   x3dh_link holder --store h.store --invitation TEXT
//
// The passphrase of a store is asked for, or in HANDFAST_PASSPHRASE. A line `/verify DIGITS` compares
// fingerprints, `/end` ends the session; whoever stops otherwise, in whatever way, goes on from its
// file when it is started again.

#include <csignal>
#include <cstdlib>

#include "x3dh/invitation.hpp"
#include "x3dh/mallory.hpp"
#include "x3dh/talk.hpp"

#include <CLI/CLI.hpp>

namespace {

using namespace over_connector;

struct Options {
  std::uint16_t port = 6713;
  bool is_mallory = false, is_backup = false, is_unpinned = false;
  std::string store, counter, connection, invitation;
};

int serve(const Options& options) {
  const auto say = [](std::string_view verb, const std::string& rest) {
    std::cout << verb << ' ' << rest << std::endl;
  };
  Mallory mallory(say);
  const auto wants = [&](const Mailbox& to, Letter frame) { return mallory(to, std::move(frame)); };
  Connector connector(options.port, say,
                      options.is_mallory ? Connector::Handle(wants) : Connector::Handle());
  std::cout << "port " << connector.port() << std::endl;
  connector.run(STDIN_FILENO);
  return 0;
}

[[nodiscard]] std::string passphrase() {
  if (const char* given = std::getenv("HANDFAST_PASSPHRASE")) return given;
  char* const typed = ::getpass("passphrase of the store: ");
  if (typed == nullptr) throw std::runtime_error("there is no passphrase");
  std::string copy(typed);
  handfast::wipe({reinterpret_cast<std::uint8_t*>(typed), copy.size()});
  return copy;
}

[[nodiscard]] OpenStore open(const Options& options) {
  std::string secret = passphrase();
  using Origin = OpenStore::Origin;
  const std::string counter =
      options.counter.empty() ? options.store + ".counter" : options.counter;
  struct Wiped {
    std::string& text;
    ~Wiped() { handfast::wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()}); }
  } const wiped{secret};
  return {options.store, counter, secret, options.is_backup ? Origin::backup : Origin::restart};
}

int issue(const Options& options) {
  const auto connection = x3dh::ConnectionId::parse(options.connection);
  if (!connection) throw std::runtime_error("a connection's name has 1 to 64 bytes of UTF-8");
  OpenStore store = open(options);
  const Invitation invitation{store.identity().public_key(), *connection};
  std::cout << qr_code(invitation.text()) << "invitation: " << invitation.text() << std::endl;
  return Talk<x3dh::Issuer<>>(store, *connection, {}, options.port).run();
}

int hold(const Options& options) {
  const auto invitation = Invitation::parse(options.invitation);
  if (!invitation) throw std::runtime_error("this is no invitation");
  OpenStore store = open(options);
  x3dh::Config config;
  if (!options.is_unpinned) config.peer = invitation->issuer;
  config.wants_verified = options.is_unpinned;
  return Talk<x3dh::Holder<>>(store, invitation->connection, config, options.port).run();
}

}  // namespace

int main(int argument_count, char** arguments) try {
  std::signal(SIGPIPE, SIG_IGN);
  Options options;
  CLI::App app("Says lines through a connector that nobody trusts.");
  app.require_subcommand(1);
  auto* connector = app.add_subcommand("connector", "store and forward; ends with its input");
  auto* issuer = app.add_subcommand("issuer", "invite, and wait for the holder");
  auto* holder = app.add_subcommand("holder", "take an invitation");
  connector->add_flag("--mallory", options.is_mallory, "try to read, and to replace bundles");
  for (auto* one : {connector, issuer, holder})
    one->add_option("--port", options.port, "of the connector, on 127.0.0.1")
        ->capture_default_str();
  for (auto* one : {issuer, holder}) {
    one->add_option("--store", options.store,
                    "a file with keys and sessions; made if it is missing")
        ->required();
    one->add_option("--counter", options.counter,
                    "a file that is never restored with the store, by which an earlier store is "
                    "known; beside the store unless it is said");
    one->add_flag("--backup", options.is_backup, "the store comes from a backup");
  }
  issuer->add_option("--connection", options.connection, "the connector's name for it")->required();
  holder->add_option("--invitation", options.invitation, "the text of the code")->required();
  holder->add_flag("--unpinned", options.is_unpinned,
                   "forget whose key is in it, and say nothing before /verify");
  CLI11_PARSE(app, argument_count, arguments);
  if (*connector) return serve(options);
  return *issuer ? issue(options) : hold(options);
} catch (const std::exception& error) {
  std::cerr << "x3dh_link: " << error.what() << std::endl;
  return 1;
}
