#pragma once

// The hardened client, and the server of many, on a socket. They say lines, each in a packet of its
// own.

#include <handfast/udp/listener.hpp>
#include <handfast/udp/obfuscation.hpp>
#include <map>

#include "shared/key_file.hpp"
#include "shared/printable.hpp"
#include "udp/address.hpp"
#include "udp/meter.hpp"
#include "udp/session_file.hpp"

namespace over_udp {

namespace hardened = handfast::udp;

/// What both do with what a call has caused. Lines about a session begin with `who` that is.
class HardenedLink {
 protected:
  HardenedLink(net::io_context& io, const udp::endpoint& local,
               std::optional<hardened::Obfuscation> obfuscation)
      : io_(io),
        alarm_(io),
        meter_(io),
        socket_(io, local,
                [this](const udp::endpoint& from, Bytes datagram) { received(from, datagram); }),
        obfuscation_(std::move(obfuscation)) {}
  virtual ~HardenedLink() = default;
  /// A datagram with its address before it.
  virtual void received(Bytes frame) = 0;

  void transmit(std::span<const handfast::Frame> frames) {
    constexpr std::size_t address_size = hardened::Address::size;
    for (const auto& frame : frames) {
      std::expected<Bytes, handfast::Fault> bytes = frame.bytes;
      if (obfuscation_) bytes = obfuscation_->wrap(frame.bytes, handfast::clock_time());
      if (!bytes) continue;
      if (const auto to = hardened::Address::parse(bytes->first(address_size)))
        socket_.send(endpoint_of(*to, socket_.local().protocol()), bytes->subspan(address_size));
    }
  }

  static void tell(const std::string& who, const hardened::Agreed& event) {
    std::cout << who << "connected" << (event.is_pinned ? ", pinned" : ", not pinned")
              << (event.is_resumed ? ", resumed" : "") << std::endl;
  }
  void tell(const std::string& who, const hardened::Delivered& event) {
    meter_.received(event.payload.size());
    std::cout << who << "< " << shared::printable(handfast::text_of(event.payload)) << std::endl;
  }
  static void tell(const std::string& who, const hardened::Moved& event) {
    std::cout << who << "moved to " << text_of(event.address) << std::endl;
  }
  static void tell(const std::string& who, const hardened::Finished& event) {
    std::cout << who << "finished" << (event.is_kept ? ", to be resumed" : "") << std::endl;
  }
  static void tell(const std::string& who, const handfast::Closed& event) {
    std::cout << who << "over" << (event.fault ? ": " + std::string(to_string(*event.fault)) : "")
              << std::endl;
  }
  static void tell(const std::string& who, const handfast::Rejected& event) {
    std::cerr << who << "dropped: " << to_string(event.fault) << std::endl;
  }
  // What the others say is said by these.
  static void tell(const std::string&, const handfast::Running&) {}
  static void tell(const std::string&, const handfast::Commit&) {}
  static void tell(const std::string&, const handfast::Established&) {}
  static void tell(const std::string&, const hardened::Resumable&) {}

  net::io_context& io_;
  Alarm alarm_;
  Meter meter_;
  Socket socket_;

 private:
  void received(const udp::endpoint& from, Bytes datagram) {
    const auto address = address_of(from);
    frame_.assign(address.bytes().begin(), address.bytes().end());
    frame_.insert(frame_.end(), datagram.begin(), datagram.end());
    std::expected<Bytes, handfast::Fault> frame = frame_;
    if (obfuscation_) frame = obfuscation_->unwrap(frame_);
    if (!frame) return tell("", handfast::Rejected{frame.error(), {}});
    received(*frame);
  }

  std::optional<hardened::Obfuscation> obfuscation_;
  std::vector<std::uint8_t> frame_;
};

/// Connects, then says the lines of the standard input. Where `session_file` is named it goes on
/// from the session in it, and leaves its own there.
class HardenedClient : HardenedLink {
 public:
  HardenedClient(net::io_context& io, const udp::endpoint& server, hardened::Config config,
                 std::optional<hardened::Obfuscation> obfuscation, std::string session_file)
      : HardenedLink(io, udp::endpoint(server.protocol(), 0), std::move(obfuscation)),
        session_file_(std::move(session_file)),
        machine_(hardened::Context(std::move(config))),
        lines_(
            io, [this](std::string_view line) { say(std::string(line)); }, [this] { linger(); }) {
    if (!session_file_.empty()) machine_.context().resumption = take_resumption(session_file_);
    const auto out =
        machine_.handle(hardened::Dial{address_of(server), {}}, handfast::clock_time());
    if (const auto fault = out.fault()) throw std::runtime_error(std::string(to_string(*fault)));
    perform(out);
  }
  /// Whether there was a session, it ended because one side wished for it, and every line was said.
  [[nodiscard]] bool is_fine() const noexcept {
    return was_connected_ && !has_failed_ && !has_dropped_ && !lines_.has_failed();
  }
  void leave() {
    if (!std::exchange(is_leaving_, true))
      perform(machine_.handle(hardened::Disconnect{}, handfast::clock_time()));
  }

 private:
  using Role = hardened::Client<>;

  void received(Bytes frame) override {
    perform(machine_.receive(frame, handfast::clock_time()));
    say_again();
  }
  void advance() {
    perform(machine_.advance(handfast::clock_time()));
    say_again();
  }
  /// A line that cannot be said yet, because the server has to follow our keys first, is kept, and
  /// no other is read.
  void say(std::string line) {
    const auto out =
        machine_.handle(hardened::Send{handfast::bytes_of(line)}, handfast::clock_time());
    if (out.fault() == handfast::Fault::back_pressure) {
      waiting_ = std::move(line);
      return wait_for(out.deadline);
    }
    if (out.fault())
      has_dropped_ = true;
    else
      meter_.sent(line.size());
    perform(out);
    lines_.ask();
  }
  void say_again() {
    if (waiting_) say(*std::exchange(waiting_, std::nullopt));
  }
  void wait_for(const std::optional<handfast::Due>& due) {
    alarm_.at(due, [this] { advance(); });
  }

  void perform(const handfast::Output<Role>& out) {
    transmit(out.transmit);
    for (const auto& event : out.events) std::visit([&](const auto& e) { tell("", e); }, event);
    wait_for(out.deadline);
    if (out.event<handfast::Established>()) {
      was_connected_ = true;
      lines_.ask();
    }
    if (out.event<hardened::Finished>()) is_leaving_ = true;
    if (const auto* closed = out.event<handfast::Closed>()) end(closed->fault);
  }
  void end(std::optional<handfast::Fault> fault) {
    has_failed_ = fault.has_value();
    if (waiting_) {
      has_dropped_ = true;
      std::cerr << "dropped: a line that could not be said in time" << std::endl;
    }
    const auto& left = machine_.context().resumption;
    if (left && !session_file_.empty()) keep(session_file_, *left);
    io_.stop();
  }
  /// What was said may still be answered.
  void linger() {
    linger_.expires_after(std::chrono::milliseconds(300));
    linger_.async_wait([this](boost::system::error_code) { leave(); });
  }

  std::string session_file_;
  handfast::Machine<Role> machine_;
  std::optional<std::string> waiting_;
  bool was_connected_ = false, is_leaving_ = false, has_failed_ = false, has_dropped_ = false;
  net::steady_timer linger_{io_};
  Lines lines_;
};

/// Answers whoever connects, and echoes what it hears. Where `session_file` is named, what sessions
/// leave is there as long as the server is not.
class HardenedServer : HardenedLink {
 public:
  HardenedServer(net::io_context& io, const udp::endpoint& local, hardened::ListenerConfig config,
                 handfast::x25519::PrivateKey key, std::optional<hardened::Obfuscation> obfuscation,
                 std::string session_file)
      : HardenedLink(io, local, std::move(obfuscation)),
        session_file_(std::move(session_file)),
        listener_(made(std::move(config), std::move(key))) {
    if (!session_file_.empty())
      if (auto left = take_resumptions(session_file_))
        listener_.context().resumptions = std::move(*left);
    std::cout << "key " << shared::text_of_key(listener_.context().identity.public_key()) << '\n'
              << "listening on " << socket_.local() << std::endl;
  }
  [[nodiscard]] bool is_fine() const noexcept { return true; }
  /// Tells all clients, and waits until they have answered or do not.
  void leave() {
    is_leaving_ = true;
    for (const auto& [link, number] : std::map(clients_)) dismiss(link);
    end_if_alone();
  }

 private:
  using Listener = hardened::Listener;
  using Role = Listener::Role;

  static Listener made(hardened::ListenerConfig config, handfast::x25519::PrivateKey key) {
    auto made = Listener::make(std::move(config), std::move(key));
    if (!made) throw std::runtime_error(std::string(to_string(made.error())));
    return std::move(*made);
  }

  void received(Bytes frame) override { perform(listener_.receive(frame, handfast::clock_time())); }
  void dismiss(handfast::Link one) {
    perform(listener_.handle(one, hardened::Disconnect{}, handfast::clock_time()));
  }
  void perform(const handfast::Output<Role>& out) {
    const handfast::Link link = out.link;
    const bool is_new = out.event<handfast::Established>() != nullptr;
    if (is_new) clients_.emplace(link, ++count_);
    const auto client = clients_.find(link);
    const std::string who = client == clients_.end() ? "" : std::to_string(client->second) + ' ';
    transmit(out.transmit);
    for (const auto& event : out.events) std::visit([&](const auto& e) { tell(who, e); }, event);
    alarm_.at(out.deadline, [this] { perform(listener_.advance(handfast::clock_time())); });
    if (out.event<handfast::Closed>()) clients_.erase(link);
    if (const auto* delivered = out.event<hardened::Delivered>())
      echo(link, std::string(handfast::text_of(delivered->payload)));
    if (!is_leaving_) return;
    if (is_new) dismiss(link);
    end_if_alone();
  }
  void echo(handfast::Link link, const std::string& text) {
    const auto out =
        listener_.handle(link, hardened::Send{handfast::bytes_of(text)}, handfast::clock_time());
    if (!out.fault()) meter_.sent(text.size());
    perform(out);
  }
  void end_if_alone() {
    if (!clients_.empty()) return;
    const auto& left = listener_.context().resumptions;
    if (left.size() > 0 && !session_file_.empty()) keep(session_file_, left);
    io_.stop();
  }

  std::string session_file_;
  Listener listener_;
  std::map<handfast::Link, std::size_t> clients_;  // with their numbers, as they came
  std::size_t count_ = 0;
  bool is_leaving_ = false;
};

}  // namespace over_udp
