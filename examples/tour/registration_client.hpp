#pragma once

// A client of the tour's second part: its machine, its connection, and a machine for its contact.

#include "tour/narrated.hpp"
#include "tour/registration_stage.hpp"
#include "tour/web_socket.hpp"

namespace tour {

class RegistrationClient {
  using Role = registration::Client<>;
  using Peer = registration::Peer;

 public:
  using Identity = Secret<x25519::key_size>;

  RegistrationClient(Stage& stage, std::string name, const Identity& identity)
      : stage_(stage),
        name_(std::move(name)),
        identity_(identity.dangerous_copy()),
        machine_({config_of(stage), key_of(identity)}, speaker(name_)) {}

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] x25519::PublicKey key() const { return key_of(identity_).public_key(); }
  [[nodiscard]] static x25519::PrivateKey key_of(const Identity& identity) {
    return x25519::PrivateKey::from(identity.dangerous_copy());
  }

  /// Dials, and is registered; whether another connection with its key had to go.
  bool connect() {
    after(machine_.handle(registration::Connect{}));
    socket_.emplace(stage_.authority(), stage_.port(), "/router");
    stage_.hear_server("sends");
    const auto response = take();
    expect(response.size() == 1, name_ + " did not answer the challenge");
    give(response[0]);
    take();
    expect(machine_.in<Role::Registered>(), name_ + " is not registered");
    return std::exchange(replaced_, false);
  }

  /// Makes the machine for the client of that name and key.
  void meet(const std::string& name, const x25519::PublicKey& key) {
    contact_key_ = key;
    contact_.emplace(peer_for(name, key));
  }
  /// Frames for the contact, which are to be handed to the server.
  std::vector<Letter> call() { return frames_after(contact_->handle(Peer::Call{})); }
  std::vector<Letter> say(std::string_view text) {
    return frames_after(contact_->handle(Peer::Send{bytes_of(text)}));
  }

  /// Hands a message to the server; the record that it went in.
  Letter post(const x25519::PublicKey& recipient, Bytes payload) {
    const auto records = after(machine_.handle(registration::Send{recipient, payload}));
    expect(records.size() == 1, name_ + " could not send a message");
    give(records[0]);
    return records[0];
  }
  /// Sends whatever that is, and waits for what the server says to it.
  void give(Bytes frame) {
    stage_.show(name_, "server", frame);
    socket_->send(frame);
    stage_.hear_server("sends");
  }
  void take_receipt() {
    take();
    expect(std::exchange(fate_, {}) == registration::Fate::forwarded,
           name_ + " was not told that its message was handed on");
  }
  /// Takes a message and gives it to the machine of who has sent it: the frames with which it
  /// answers.
  std::vector<Letter> take_message() {
    take();
    expect(received_.has_value(), name_ + " has got no message");
    last_message_ = std::exchange(received_, {})->payload;
    return frames_after(contact_->receive(Link{}, last_message_));
  }
  /// Takes a message of a stranger: a machine is made for whoever that is, which does not stay.
  std::optional<Fault> take_from_stranger(const std::string& name) {
    take();
    expect(received_.has_value(), name_ + " has got no message");
    const auto message = *std::exchange(received_, {});
    auto stranger = peer_for(name, message.sender);
    return stranger.receive(Link{}, message.payload).fault();
  }
  /// The last record again, and the last message again: why they are refused.
  [[nodiscard]] std::optional<Fault> repeat_record() {
    return machine_.receive(Link{}, last_record_).fault();
  }
  [[nodiscard]] std::optional<Fault> repeat_message() {
    return contact_->receive(Link{}, last_message_).fault();
  }
  /// What the contact has said.
  std::string heard() { return std::exchange(heard_, {}); }

  /// Takes what the server says last, and sees it close the connection; why.
  std::optional<Fault> take_last() {
    take();
    expect_closed();
    return ended_;
  }
  void expect_closed() {
    expect(!socket_->receive(), "the server has not closed the connection of " + name_);
  }
  /// Ends the connection.
  void leave() {
    socket_->close();
    after(machine_.handle(LinkClosed{}));
    stage_.hear_server("tells  Left");
  }

 private:
  struct Message {
    x25519::PublicKey sender;
    Letter payload;
  };

  static registration::Config config_of(const Stage& stage) {
    registration::Config config;
    config.audience = stage.authority();
    config.pinned_server = stage.server_key();
    return config;
  }
  [[nodiscard]] std::function<void(const std::string&)> speaker(const std::string& who) {
    return [&screen = stage_.screen(), who](const std::string& text) { screen.said(who, text); };
  }
  Narrated<Peer> peer_for(const std::string& name, const x25519::PublicKey& key) {
    Narrated<Peer> machine({{}, key_of(identity_)}, speaker(name_ + '/' + name));
    expect(!machine.handle(Peer::Meet{key}).fault(), name_ + " has no use for a key");
    return machine;
  }

  static std::vector<Letter> letters_of(const auto& out) {
    std::vector<Letter> letters;
    for (const Frame& frame : out.transmit)
      letters.emplace_back(frame.bytes.begin(), frame.bytes.end());
    return letters;
  }
  std::vector<Letter> after(const Output<Role>& out) {
    expect(!out.fault(), "an input of " + name_ + " was refused");
    if (const auto* one = out.event<registration::Delivered>())
      received_ = Message{one->sender, Letter(one->payload.begin(), one->payload.end())};
    if (const auto* one = out.event<registration::Receipted>()) fate_ = one->fate;
    if (const auto* one = out.event<registration::Admitted>()) replaced_ = one->replaced;
    if (const auto* one = out.event<Closed>()) ended_ = one->fault;
    return letters_of(out);
  }
  std::vector<Letter> frames_after(const Output<Peer>& out) {
    expect(!out.fault(), "a frame for " + name_ + " was refused");
    if (const auto* one = out.event<Peer::Delivered>()) heard_ = std::string(text_of(one->payload));
    return letters_of(out);
  }
  std::vector<Letter> take() {
    const auto frame = socket_->receive();
    expect(frame.has_value(), "the server has closed the connection of " + name_);
    stage_.show("server", name_, *frame);
    last_record_ = *frame;
    return after(machine_.receive(Link{}, *frame));
  }

  Stage& stage_;
  std::string name_;
  Identity identity_;
  Narrated<Role> machine_;
  std::optional<WebSocket> socket_;
  x25519::PublicKey contact_key_;
  std::optional<Narrated<Peer>> contact_;
  std::optional<Message> received_;
  std::optional<registration::Fate> fate_;
  std::optional<Fault> ended_;
  std::string heard_;
  bool replaced_ = false;
  Letter last_record_, last_message_;
};

}  // namespace tour
