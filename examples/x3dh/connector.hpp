#pragma once

// The connector: it stores frames for who is not there, or does not read, hands them on, and forgets
// them; what is stored has a bound. Two ends of a connection say its name, and which of the two they
// are. It is not trusted with anything.

#include <algorithm>
#include <array>
#include <functional>
#include <handfast/x3dh/profiles.hpp>
#include <list>
#include <map>
#include <string>

#include "x3dh/frame_socket.hpp"

namespace over_connector {

namespace x3dh = handfast::x3dh;

enum class End : std::uint8_t { issuer, holder };
[[nodiscard]] inline End other(End end) { return end == End::issuer ? End::holder : End::issuer; }
[[nodiscard]] inline std::string_view name_of(End end) {
  return end == End::issuer ? "issuer" : "holder";
}

/// The first frame of a socket: `issuer connection 7`.
[[nodiscard]] inline std::string hello_of(End end, std::string_view connection) {
  return std::string(name_of(end)) + ' ' + std::string(connection);
}

/// Where frames go: an end of a connection.
struct Mailbox {
  std::string connection;
  End end = End::issuer;
  auto operator<=>(const Mailbox&) const = default;
};

/// The mailbox that a hello names; nothing for what is no hello.
[[nodiscard]] inline std::optional<Mailbox> mailbox_of(std::string_view hello) {
  for (const End end : {End::issuer, End::holder}) {
    const std::string begin = hello_of(end, "");
    if (!hello.starts_with(begin)) continue;
    const auto id = x3dh::ConnectionId::parse(hello.substr(begin.size()));
    if (id) return Mailbox{std::string(id->view()), end};
  }
  return std::nullopt;
}

class Connector {
 public:
  /// What becomes of a frame for a mailbox: a connector that hands on nothing but what it was given
  /// returns just that.
  using Handle = std::function<std::vector<std::pair<Mailbox, Letter>>(const Mailbox&, Letter)>;
  /// What it does, in words: a verb, and the rest.
  using Say = std::function<void(std::string_view, const std::string&)>;

  static constexpr std::size_t mailboxes_max = 1024, stored_max = 1000, clients_max = 1024;
  static constexpr std::size_t stored_bytes_max = 16 << 20;  // of all mailboxes together

  Connector(std::uint16_t port, Say say, Handle handle = {})
      : listener_(port), say_(std::move(say)), handle_(std::move(handle)) {}

  [[nodiscard]] std::uint16_t port() const noexcept { return listener_.port(); }

  /// Serves until there is something to read in `stop`, or it ends.
  void run(int stop) {
    for (;;) {
      std::vector<pollfd> files{{stop, POLLIN, 0}, {listener_.number(), POLLIN, 0}};
      for (const Client& one : clients_)
        files.push_back({one.socket.number(),
                         static_cast<short>(POLLIN | (one.socket.is_writing() ? POLLOUT : 0)), 0});
      if (::poll(files.data(), files.size(), -1) < 0) {
        if (errno == EINTR) continue;
        checked(-1, "poll");
      }
      if (files[0].revents != 0) return;
      std::size_t i = 2;
      for (auto client = clients_.begin(); i < files.size(); ++i) {
        const auto present = client++;
        if ((files[i].revents & POLLOUT) != 0) {
          present->socket.write();
          hand_stored(*present);
        }
        if ((files[i].revents & ~POLLOUT) != 0) serve(*present);
      }
      if (files[1].revents != 0) accept();
      forget_those_who_have_gone();
    }
  }

 private:
  struct Client {
    FrameSocket socket;
    std::optional<Mailbox> mailbox = {};  // none until it has said hello
    bool is_done = false;
  };

  void accept() {
    Socket socket = listener_.accept();
    if (socket.number() >= 0 && clients_.size() < clients_max)
      clients_.push_back({FrameSocket(std::move(socket))});
  }
  void serve(Client& client) {
    const bool is_there = client.socket.read();
    while (auto frame = client.socket.next()) {
      if (client.is_done) break;
      if (client.mailbox)
        take(*client.mailbox, std::move(*frame));
      else
        greet(client, handfast::text_of(*frame));
    }
    client.is_done = client.is_done || !is_there;
  }
  /// Who comes again takes the place of who was there.
  void greet(Client& client, std::string_view hello) {
    client.mailbox = mailbox_of(hello);
    client.is_done = !client.mailbox;
    if (!client.mailbox) return say_("closes", "who has not said hello");
    for (Client& one : clients_)
      if (&one != &client && one.mailbox == client.mailbox) one.is_done = true;
    say_("meets", "the " + in_words(*client.mailbox));
    hand_stored(client);
  }
  /// As much of what is stored for this client as it takes.
  void hand_stored(Client& client) {
    if (!client.mailbox || client.is_done) return;
    const auto stored = mailboxes_.find(*client.mailbox);
    if (stored == mailboxes_.end()) return;
    auto& letters = stored->second;
    for (; !letters.empty() && !client.socket.is_full(); letters.pop_front()) {
      hand(client, letters.front());
      stored_bytes_ -= letters.front().size();
    }
    if (letters.empty()) mailboxes_.erase(stored);
  }
  void take(const Mailbox& from, Letter frame) {
    const Mailbox to{from.connection, other(from.end)};
    if (!handle_) return deliver(to, std::move(frame));
    for (auto& [mailbox, letter] : handle_(to, std::move(frame)))
      deliver(mailbox, std::move(letter));
  }
  void deliver(const Mailbox& to, Letter frame) {
    const auto has_room = [&](const Client& one) {
      return !one.is_done && one.mailbox == to && !one.socket.is_full();
    };
    const auto present = std::ranges::find_if(clients_, has_room);
    const auto found = mailboxes_.find(to);
    if (present != clients_.end() && found == mailboxes_.end()) return hand(*present, frame);
    const bool has_place = found == mailboxes_.end() ? mailboxes_.size() < mailboxes_max
                                                     : found->second.size() < stored_max;
    if (!has_place || stored_bytes_ + frame.size() > stored_bytes_max)
      return say_("drops", "what is for the " + in_words(to));
    say_("stores", std::to_string(frame.size()) + " bytes for the " + in_words(to));
    stored_bytes_ += frame.size();
    mailboxes_[to].push_back(std::move(frame));
  }
  /// What is handed on is forgotten, also where it is not read any more.
  void hand(Client& client, const Letter& frame) {
    client.socket.send(frame);
    say_("hands", std::to_string(frame.size()) + " bytes to the " + in_words(*client.mailbox));
  }
  void forget_those_who_have_gone() {
    clients_.remove_if([&](const Client& one) {
      const bool has_gone = one.is_done || !one.socket.is_open();
      if (has_gone && one.mailbox) say_("misses", "the " + in_words(*one.mailbox));
      return has_gone;
    });
  }
  static std::string in_words(const Mailbox& mailbox) {
    return std::string(name_of(mailbox.end)) + " of \"" + mailbox.connection + '"';
  }

  Listener listener_;
  Say say_;
  Handle handle_;
  std::list<Client> clients_;
  std::map<Mailbox, std::deque<Letter>> mailboxes_;  // none of them empty
  std::size_t stored_bytes_ = 0;
};

}  // namespace over_connector
