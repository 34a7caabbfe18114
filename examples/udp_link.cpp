// The document's command line: a server that echoes, or a client that says the lines of its standard
// input and prints what it hears. How much goes each way stands on the standard error, once a second.
//
//   udp_link --server [address[:port]]
//   udp_link [address[:port]]

#include "udp/compat_link.hpp"

#include <CLI/CLI.hpp>

namespace {

using namespace over_udp;

struct Options {
  bool is_server = false;
  std::string at = "127.0.0.1", revision = "documented";
  std::vector<std::uint16_t> ports;
};

template <Revision revision>
bool run(const Options& options) {
  net::io_context io(1);
  const udp::endpoint at = endpoint_of(io, options.at);
  if (options.is_server) {
    compat::Config config;
    if (!options.ports.empty())
      config.ports = compat::Ports{options.ports[0], options.ports[1], options.ports[2]};
    CompatServer<revision> server(io, at, config);
    io.run();
    return true;
  }
  CompatClient<revision> client(io, at);
  io.run();
  return client.was_connected();
}

}  // namespace

int main(int argument_count, char** arguments) try {
  Options options;
  CLI::App app("Says lines over UDP, as the deployed programs do: obfuscated, not secure.");
  app.add_flag("--server", options.is_server, "answer, instead of asking");
  app.add_option("address", options.at, "address[:port]; the port is 6711 unless it is said")
      ->capture_default_str();
  app.add_option("--revision", options.revision, "which of the deployed programs to speak as")
      ->check(CLI::IsMember({"documented", "v0_8"}))
      ->capture_default_str();
  app.add_option("--ports", options.ports, "v0_8, server: what it tells its clients")->expected(3);
  CLI11_PARSE(app, argument_count, arguments);
  const bool is_fine = options.revision == "v0_8" ? run<Revision::v0_8>(options)
                                                  : run<Revision::documented>(options);
  return is_fine ? 0 : 1;
} catch (const std::exception& error) {
  std::cerr << "udp_link: " << error.what() << std::endl;
  return 1;
}
