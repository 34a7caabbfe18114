#include "tests/mutants/forked.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <system_error>

namespace mutants {

namespace {

struct Running {
  Work work;
  std::FILE* output;
};

void limit(int what, rlim_t most) {
  const struct rlimit both { most, most };
  setrlimit(static_cast<__rlimit_resource_t>(what), &both);
}

pid_t begin(const Work& work, std::FILE* output) {
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (child > 0) return child;
  dup2(fileno(output), STDOUT_FILENO);
  dup2(fileno(output), STDERR_FILENO);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_CPU, work.seconds_max);
  alarm(10 * work.seconds_max);  // where it sleeps instead
  const int exit_code = work.run();
  std::fflush(nullptr);
  _exit(exit_code);
}

std::string all_of(std::FILE* file) {
  std::string text;
  std::rewind(file);
  char part[4096];
  for (std::size_t size; (size = std::fread(part, 1, sizeof part, file)) > 0;)
    text.append(part, size);
  std::fclose(file);
  return text;
}

Ended ended(const Running& running, int status, const struct rusage& used) {
  Ended how;
  how.output = all_of(running.output);
  if (WIFEXITED(status)) how.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) how.signal = WTERMSIG(status);
  how.is_late = how.signal == SIGXCPU || how.signal == SIGALRM || how.signal == SIGKILL;
  how.seconds = static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
  return how;
}

}  // namespace

void work_off(const std::function<bool(Work&)>& next, unsigned at_once) {
  std::map<pid_t, Running> running;
  bool is_more = true;
  while (is_more || !running.empty()) {
    Work work;
    while (running.size() < at_once && (is_more = is_more && next(work))) {
      std::FILE* const output = std::tmpfile();
      if (output == nullptr) throw std::system_error(errno, std::generic_category(), "tmpfile");
      const pid_t child = begin(work, output);
      running.emplace(child, Running{std::move(work), output});
    }
    if (running.empty()) return;
    int status = 0;
    struct rusage used {};
    const pid_t child = wait4(-1, &status, 0, &used);
    const auto found = running.find(child);
    if (found == running.end()) continue;
    const Running done = std::move(found->second);
    running.erase(found);
    done.work.done(ended(done, status, used));
  }
}

}  // namespace mutants
