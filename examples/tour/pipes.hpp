#pragma once

// A child process and its three standard streams. Nothing here waits without a limit.

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <functional>
#include <string>
#include <system_error>
#include <utility>

#include "handfast/core/time.hpp"
#include "handfast/wire/lines.hpp"

extern char** environ;

namespace tour {

using namespace handfast;

/// An open file that closes itself.
class File {
 public:
  File() = default;
  explicit File(int number) : number_(number) {}
  File(File&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  File& operator=(File&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~File() { close(); }
  void close() {
    if (number_ >= 0) ::close(std::exchange(number_, -1));
  }
  [[nodiscard]] int number() const noexcept { return number_; }

 private:
  int number_ = -1;
};

inline void check_call(int error, const char* what) {
  if (error != 0) throw std::system_error(error, std::generic_category(), what);
}

struct Pipe {
  File read_end, write_end;
  Pipe() {
    int ends[2];
    check_call(::pipe2(ends, O_CLOEXEC) == 0 ? 0 : errno, "pipe");
    read_end = File(ends[0]);
    write_end = File(ends[1]);
  }
};

/// This very program, started again as `program ROLE`. Killed if it is still there in the end.
class ChildProcess {
 public:
  using OnLog = std::function<void(std::string_view)>;

  /// `on_log` is given each line that the child writes to its standard error.
  ChildProcess(std::string role, OnLog on_log) : on_log_(std::move(on_log)) {
    ::signal(SIGPIPE, SIG_IGN);  // a child that is gone is an error of write, not a signal
    Pipe input, output, log;
    posix_spawn_file_actions_t actions;
    check_call(::posix_spawn_file_actions_init(&actions), "posix_spawn_file_actions_init");
    ::posix_spawn_file_actions_adddup2(&actions, input.read_end.number(), STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, output.write_end.number(), STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, log.write_end.number(), STDERR_FILENO);
    char name[] = "tour";
    char* const arguments[] = {name, role.data(), nullptr};
    const int failed =
        ::posix_spawn(&process_, "/proc/self/exe", &actions, nullptr, arguments, environ);
    ::posix_spawn_file_actions_destroy(&actions);
    check_call(failed, "posix_spawn");
    input_ = std::move(input.write_end);
    output_ = std::move(output.read_end);
    log_ = std::move(log.read_end);
  }
  ChildProcess(ChildProcess&&) = delete;
  ~ChildProcess() {
    if (process_ <= 0) return;
    pass_on_log();
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }

  /// Writes one line to the child's standard input.
  void write_line(Bytes line) {
    std::string text(text_of(line));
    text += '\n';
    const auto written = ::write(input_.number(), text.data(), text.size());
    check_call(written == static_cast<ssize_t>(text.size()) ? 0 : EPIPE, "write to the child");
  }

  enum class Heard { line, end, nothing };

  /// Waits until the child has written a line to its standard output, or has closed it, or `until`
  /// has come. Passes on what the child logs meanwhile.
  Heard wait_for_line(SteadyTime until, std::string& line) {
    for (;;) {
      switch (wait(output_, until)) {
        case Ready::log: continue;
        case Ready::time: return Heard::nothing;
        case Ready::wanted: break;
      }
      std::uint8_t byte = 0;  // the line is short, and nothing after it may be taken
      if (::read(output_.number(), &byte, 1) <= 0) return Heard::end;
      Bytes chunk{&byte, 1};
      const auto whole = lines_.next(chunk);
      if (!whole) return Heard::end;
      if (!*whole) continue;
      line = text_of(**whole);
      pass_on_log();
      return Heard::line;
    }
  }

  /// Waits for `until`, passing on what the child logs; false if the child ended before.
  bool sleep_until(SteadyTime until) {
    for (;;) {
      switch (wait(output_, until)) {
        case Ready::log: continue;
        case Ready::time: return true;
        case Ready::wanted: return false;  // it has nothing more to say there but its end
      }
    }
  }

  /// Passes on what the child has logged so far.
  void pass_on_log() {
    while (log_.number() >= 0 && wait(File(), SteadyTime{}) == Ready::log) continue;
  }

  /// Passes on what the child logs up to a line that begins with `last`; false if none has come by
  /// `until`, or the child has ended.
  bool pass_on_log_up_to(std::string_view last, SteadyTime until) {
    last_ = last;
    while (!last_.empty())
      if (log_.number() < 0 || wait(File(), until) != Ready::log) break;
    return std::exchange(last_, {}).empty();
  }

  /// Closes the child's standard input and waits for it to end, until `until`: its exit code, or
  /// -1 if it had to be killed.
  int reap(SteadyTime until) {
    input_.close();
    while (log_.number() >= 0 && wait(File(), until) == Ready::log) continue;
    if (log_.number() >= 0) ::kill(process_, SIGKILL);
    int status = 0;
    ::waitpid(std::exchange(process_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  enum class Ready { wanted, log, time };

  /// Waits for `wanted` or the log, the log first, and passes on what is in the log.
  Ready wait(const File& wanted, SteadyTime until) {
    for (;;) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock_time().steady);
      const auto limit = std::clamp<std::int64_t>(left.count(), 0, 60'000);
      pollfd files[] = {{log_.number(), POLLIN, 0}, {wanted.number(), POLLIN, 0}};
      const int ready = ::poll(files, 2, static_cast<int>(limit));
      if (ready < 0 && errno == EINTR) continue;
      check_call(ready < 0 ? errno : 0, "poll");
      if (files[0].revents != 0) {
        read_log();
        return Ready::log;
      }
      if (files[1].revents != 0) return Ready::wanted;
      if (clock_time().steady >= until) return Ready::time;
    }
  }

  void read_log() {
    char chunk[4096];
    const auto size = ::read(log_.number(), chunk, sizeof chunk);
    if (size <= 0) return log_.close();
    logged_.append(chunk, static_cast<std::size_t>(size));
    for (auto end = logged_.find('\n'); end != logged_.npos; end = logged_.find('\n')) {
      const auto line = std::string_view(logged_).substr(0, end);
      if (!last_.empty() && line.starts_with(last_)) last_ = {};
      on_log_(line);
      logged_.erase(0, end + 1);
    }
  }

  OnLog on_log_;
  pid_t process_ = -1;
  File input_, output_, log_;
  wire::LineSplitter<512> lines_;
  std::string logged_;
  std::string_view last_;  // what is waited for there
};

}  // namespace tour
