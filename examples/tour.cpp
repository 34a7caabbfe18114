// The tour: protocols between real processes over real transports, with everything that goes over a
// wire shown byte by byte. Part 1 is stdio; the files are in tour/.
//
//   tour         is the parent, spawns the child, and ends with exit code 0 if nothing surprised it
//   tour child   is the child

#include <signal.h>
#include <unistd.h>

#include "tour/stdio_child.hpp"
#include "tour/stdio_parent.hpp"

namespace {

constexpr unsigned watchdog_seconds = 30;

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
  start_watchdog();
  const bool is_child = argument_count == 2 && std::string_view(arguments[1]) == "child";
  if (is_child) return tour::StdioChild().run();
  tour::StdioTour().run();
} catch (const std::exception& error) {
  std::cerr << "tour: " << error.what() << '\n';
  return 1;
}
