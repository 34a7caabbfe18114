#pragma once

// Issuer or holder as a process: lines of the standard input are said, what the other side says is
// printed. All that outlives the process is its store; whoever kills it loses no more than a line.

#include <handfast/x3dh.hpp>
#include <iostream>

#include "handfast/wire/hex.hpp"
#include "shared/printable.hpp"
#include "x3dh/connector.hpp"
#include "x3dh/store_file.hpp"

namespace over_connector {

using namespace handfast;

/// A store in a file with a counter beside it, opened or made. Throws with what is wrong with it.
class OpenStore {
 public:
  using Origin = x3dh::SealedStore::Origin;

  OpenStore(const std::string& path, const std::string& counter_path, std::string_view passphrase,
            Origin origin)
      : file_(path), counter_(counter_path), store_(opened(passphrase, origin)) {}
  OpenStore(const OpenStore&) = delete;  // the store knows where its file is

  [[nodiscard]] x3dh::Store& store() noexcept { return store_; }
  [[nodiscard]] xeddsa::PrivateKey identity() {
    return or_throw(x3dh::identity_of(store_, random_), "identity");
  }
  [[nodiscard]] x25519::PrivateKey signed_pre_key() {
    return or_throw(x3dh::signed_pre_key_of(store_, random_), "signed pre-key");
  }

 private:
  x3dh::SealedStore opened(std::string_view passphrase, Origin origin) {
    return or_throw(x3dh::SealedStore::open(file_, passphrase, origin, {{}, &counter_, {}}),
                    "store");
  }
  template <class T>
  static T or_throw(std::expected<T, Fault> made, const std::string& what) {
    if (!made) throw std::runtime_error(what + ": " + std::string(to_string(made.error())));
    return std::move(*made);
  }

  StoreFile<> file_;
  CounterFile counter_;
  Random random_;
  x3dh::SealedStore store_;
};

/// What both users read to each other: 64 digits, in groups.
[[nodiscard]] inline std::string in_groups(const x3dh::Fingerprint& fingerprint) {
  const std::string digits = wire::hex::encode(fingerprint);
  std::string text;
  for (std::size_t at = 0; at < digits.size(); at += 8)
    text += (at == 0 ? "" : " ") + digits.substr(at, 8);
  return text;
}
[[nodiscard]] inline std::optional<x3dh::Fingerprint> of_groups(std::string text) {
  std::erase(text, ' ');
  x3dh::Fingerprint fingerprint{};
  if (text.size() != 2 * fingerprint.size() || !wire::hex::decode(text, fingerprint))
    return std::nullopt;
  return fingerprint;
}

template <class Role>
class Talk {
 public:
  static constexpr End end = std::same_as<Role, x3dh::Issuer<>> ? End::issuer : End::holder;
  static constexpr Duration patience =
      std::chrono::seconds(10);  // with a connector that does not read

  Talk(OpenStore& store, const x3dh::ConnectionId& connection, x3dh::Config config,
       std::uint16_t port)
      : store_(store),
        connection_(connection),
        config_(std::move(config)),
        socket_(FrameSocket::to(port)) {
    socket_.send(bytes_of(hello_of(end, connection.view())));
  }

  /// Until the standard input or the session ends: the exit code. Throws where the connector has
  /// gone; then the next process goes on.
  int run() {
    auto kept = x3dh::restore<Role>(store_.store(), connection_, context(), clock_time());
    if (kept) {
      machine_.emplace(std::move(*kept));
      tell("goes on: " + std::string(machine_->state_name()));
      perform(machine_->advance(clock_time()));
    } else {
      if (kept.error() != Fault::bad_argument)
        throw std::runtime_error("session: " + std::string(to_string(kept.error())));
      machine_.emplace(context());
      perform(machine_->handle(x3dh::Start{connection_}, clock_time()));
    }
    while (!machine_->template in<typename Role::Ended>() && wait()) continue;
    if (!socket_.flush(clock_time().steady + patience))
      throw std::runtime_error("the connector does not take what was said last");
    return is_in_order_ ? 0 : 1;
  }

 private:
  x3dh::Context context() {
    x3dh::Context made(store_.identity(), config_);
    if constexpr (end == End::issuer) made.signed_pre_key = store_.signed_pre_key();
    return made;
  }
  [[nodiscard]] bool has_session() const {
    if constexpr (end == End::holder)
      if (machine_->template in<typename Role::AwaitingAnswer>()) return true;
    return machine_->template in<typename Role::Established>();
  }

  /// For whatever comes next; false where the standard input has ended. Lines wait until there is
  /// somebody to hear them, and while too much has not left.
  bool wait() {
    const bool listens = has_session() && !socket_.is_full();
    if (listens && take_line()) return true;
    pollfd files[] = {
        {socket_.number(), static_cast<short>(POLLIN | (socket_.is_writing() ? POLLOUT : 0)), 0},
        {listens ? STDIN_FILENO : -1, POLLIN, 0}};
    if (::poll(files, 2, milliseconds_left()) < 0 && errno != EINTR) checked(-1, "poll");
    if (due_ && due_->at <= clock_time().steady) perform(machine_->advance(clock_time()));
    if ((files[0].revents & POLLOUT) != 0) socket_.write();
    if ((files[0].revents & ~POLLOUT) != 0) {
      const bool is_there = socket_.read();
      while (const auto frame = socket_.next()) perform(machine_->receive(*frame, clock_time()));
      if (!is_there) throw std::runtime_error("the connector has gone");
    }
    return files[1].revents == 0 || read_input();
  }
  [[nodiscard]] int milliseconds_left() const {
    if (!due_) return -1;
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(due_->at - clock_time().steady).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
  }

  [[nodiscard]] bool read_input() {
    char part[4096];
    const auto size = ::read(STDIN_FILENO, part, sizeof part);
    if (size < 0 && errno == EINTR) return true;
    if (size <= 0) {
      if (input_.empty()) return false;
      input_ += '\n';  // its last line has no end of its own
      return true;
    }
    input_.append(part, static_cast<std::size_t>(size));
    if (input_.size() > x3dh::payload_size_max) throw std::runtime_error("a line is too long");
    return true;
  }
  /// Does what the next line says, where there is one.
  bool take_line() {
    const auto line_end = input_.find('\n');
    if (line_end == input_.npos) return false;
    const std::string line = input_.substr(0, line_end);
    input_.erase(0, line_end + 1);
    constexpr std::string_view verify = "/verify ";
    if (line == "/end") {
      perform(machine_->handle(x3dh::Stop{}, clock_time()));
    } else if (line.starts_with(verify)) {
      const auto fingerprint = of_groups(line.substr(verify.size()));
      perform(
          machine_->handle(x3dh::Verify{fingerprint.value_or(x3dh::Fingerprint{})}, clock_time()));
    } else if (!line.empty()) {
      perform(machine_->handle(x3dh::Send{bytes_of(line)}, clock_time()));
    }
    return true;
  }

  /// Stores first, then acts, then sends: what was not stored was never said or heard.
  void perform(const Output<Role>& out) {
    due_ = out.deadline;
    const auto* closed = out.template event<Closed>();
    if (out.store_before_transmit || closed || out.template event<x3dh::Verified>()) {
      if (const auto kept = x3dh::keep(store_.store(), connection_, *machine_); !kept)
        throw std::runtime_error("store: " + std::string(to_string(kept.error())));
    }
    if (const auto fault = out.fault()) tell("refused: " + std::string(to_string(*fault)));
    if (const auto* met = out.template event<x3dh::Met>())
      tell("fingerprint: " + in_groups(met->fingerprint));
    if (out.template event<Established>()) tell("established");
    if (out.template event<x3dh::Verified>()) tell("verified");
    if (const auto* one = out.template event<x3dh::Delivered>())
      tell((one->is_verified ? "heard: " : "heard, of whom nobody knows: ") +
           shared::printable(text_of(one->payload)));
    for (const Frame& frame : out.transmit) socket_.send(frame.bytes);
    if (closed == nullptr) return;
    is_in_order_ = !closed->fault;
    tell("over: " + std::string(closed->fault ? to_string(*closed->fault) : "in order"));
  }
  static void tell(const std::string& line) { std::cout << line << std::endl; }

  OpenStore& store_;
  x3dh::ConnectionId connection_;
  x3dh::Config config_;
  FrameSocket socket_;
  std::optional<Machine<Role>> machine_;
  std::optional<Due> due_;
  std::string input_;
  bool is_in_order_ = true;
};

}  // namespace over_connector
