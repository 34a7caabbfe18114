#include "tests/soak/server.hpp"

#include <malloc.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <fstream>

#include "examples/registration/web_server.hpp"
#include "tests/soak/case.hpp"

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/allocator_interface.h>
#endif

namespace soak {

std::uint64_t heap_in_use() {
#if defined(__SANITIZE_ADDRESS__)
  return __sanitizer_get_current_allocated_bytes();
#else
  const auto info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
#endif
}

namespace {

int broken_servers_count = 0;

using namespace handfast::registration;
namespace x25519 = handfast::x25519;

std::uint64_t resident_size() {
  std::ifstream in("/proc/self/statm");
  std::uint64_t all = 0, resident = 0;
  in >> all >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}
double processor_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

/// Counts who has joined or left, and what was refused.
template <class Profile>
struct Counts final : web::Watcher<typename web::Hub<Profile>::Router> {
  explicit Counts(RouterState& all) : state(all) {}
  void causes(const typename web::Hub<Profile>::Router::Output& out) override {
    for (const auto& event : out.events)
      std::visit([this](const auto& one) { this->count(one); }, event);
  }
  void count(const Joined& e) {
    ++state.joined;
    state.replaced += e.replaced.has_value();
  }
  void count(const Left& e) { ++state.left[static_cast<std::size_t>(e.why)]; }
  void count(const handfast::Rejected& e) { ++state.rejected[static_cast<std::size_t>(e.fault)]; }
  RouterState& state;
};

template <class Profile>
void count(web::Hub<Profile>& hub, RouterState& state) {
  state.registered = hub.router().registered_count();
  state.unregistered = hub.router().unregistered_count();
  state.connections = hub.connection_count();
}

x25519::PrivateKey new_key() {
  handfast::Random random;
  return x25519::PrivateKey::generate(random).value();
}

void serve(const Setting& setting, int control_number) {
  web::net::io_context io(1);
  web::Hub<Hardened> hardened(io, {setting.config, new_key()}, setting.router);
  web::Hub<Compat> compat(io, {setting.config, new_key()}, setting.router);
  State state;
  Counts<Hardened> hardened_counts(state.hardened);
  Counts<Compat> compat_counts(state.compat);
  hardened.watch(hardened_counts);
  compat.watch(compat_counts);
  const web::tcp::endpoint where(web::net::ip::address_v4::loopback(), 0);
  web::WebServer server(io, where, hardened, compat, nullptr, nullptr, setting.request_limit,
                        setting.visitors_max);

  web::net::posix::stream_descriptor control(io, control_number);
  const std::uint16_t port = server.port();
  web::net::write(control, web::net::buffer(&port, sizeof port));
  char question = 0;
  std::function<void()> answer = [&] {
    web::net::async_read(control, web::net::buffer(&question, 1),
                         [&](web::beast::error_code error, std::size_t) {
                           if (error) return io.stop();  // whoever asks has gone
                           count(hardened, state.hardened);
                           count(compat, state.compat);
                           state.heap = heap_in_use();
                           state.resident = resident_size();
                           state.processor = processor_seconds();
                           web::net::write(control, web::net::buffer(&state, sizeof state));
                           answer();
                         });
  };
  answer();
  io.run();
}

}  // namespace

int broken_servers() noexcept { return broken_servers_count; }

Server::Server(const Setting& setting) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    throw Failure("no socketpair");
  control_ = Descriptor(ends[0]);
  std::fflush(nullptr);
  process_ = ::fork();
  if (process_ < 0) throw Failure("no process");
  if (process_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::alarm(0);
    control_ = Descriptor();
    int code = 0;
    try {
      serve(setting, ends[1]);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "the server: %s\n", error.what());
      code = 1;
    }
    std::exit(code);
  }
  const Descriptor other(ends[1]);
  ask(&port_, sizeof port_);
}
Server::~Server() {
  control_ = Descriptor();
  int status = 0;
  ::waitpid(process_, &status, 0);
  if (status == 0) return;
  ++broken_servers_count;
  std::printf("the server ended with status %d\n", status);
}

State Server::state() {
  State state;
  if (::send(control_.number(), "?", 1, MSG_NOSIGNAL) != 1)
    throw Failure("the server has ended by itself");
  ask(&state, sizeof state);
  return state;
}
void Server::ask(void* answer, std::size_t size) {
  const auto until = Clock::now() + patience;
  for (auto* at = static_cast<char*>(answer); size > 0;) {
    if (!control_.wait(true, until)) throw Failure("the server does not answer any more");
    const ssize_t got = ::recv(control_.number(), at, size, 0);
    if (got <= 0) throw Failure("the server has ended by itself");
    at += got;
    size -= static_cast<std::size_t>(got);
  }
}

}  // namespace soak
