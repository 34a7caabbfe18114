// The tour: protocols over real transports, with everything that goes over a wire shown byte by
// byte. Part 1 is stdio and part 2 registration, between processes; part 3 is udp and part 4
// re-handshake, between sockets of one process; part 5 is x3dh, by way of a connector's process. The
// files are in tour/. It ends with exit code 0 if nothing surprised it.
//
//   tour          all parts
//   tour 1        the parent, which spawns the child
//   tour 2        the clients, which spawn the server
//   tour 3        a client and a server, and who is between them
//   tour 4        two sides, a relay, a direct connection, and who would be between
//   tour 5        issuer and holder, and what is between them
//   tour child    the child
//   tour server   the server
//   tour connector, tour mallory   the connectors

#include <signal.h>
#include <unistd.h>

#include "tour/parts.hpp"
#include "tour/registration_server.hpp"
#include "tour/registration_tour.hpp"
#include "tour/rehandshake_tour.hpp"
#include "tour/stdio_child.hpp"
#include "tour/stdio_parent.hpp"
#include "tour/udp_tour.hpp"

namespace {

constexpr unsigned watchdog_seconds = 60;

/// Everything below waits with a limit of its own; this is for what nobody thought of.
void start_watchdog() {
  ::signal(SIGALRM, [](int) {
    constexpr std::string_view words = "tour: took far too long\n";
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, words.data(), words.size());
    ::_exit(3);
  });
  ::alarm(watchdog_seconds);
}

}  // namespace

int main(int argument_count, char** arguments) try {
  const std::string_view what = argument_count > 1 ? arguments[1] : "";
  constexpr std::string_view known[] = {"",  "1",     "2",      "3",         "4",
                                        "5", "child", "server", "connector", "mallory"};
  if (argument_count > 2 || std::ranges::find(known, what) == std::end(known)) {
    std::cerr << "tour: takes 1, 2, 3, 4 or 5, or nothing for all parts\n";
    return 2;
  }
  start_watchdog();
  if (what == "child") return tour::StdioChild().run();
  if (what == "server") return tour::RegistrationServer().run();
  if (what == "connector") return tour::run_connector();
  if (what == "mallory") return tour::run_mallory();
  if (what == "" || what == "1") tour::StdioTour().run();
  if (what == "" || what == "2") tour::RegistrationTour().run();
  if (what == "" || what == "3") tour::UdpTour().run();
  if (what == "" || what == "4") tour::RehandshakeTour().run();
  if (what == "" || what == "5") tour::run_x3dh_tour();
} catch (const std::exception& error) {
  std::cerr << "tour: " << error.what() << '\n';
  return 1;
}
