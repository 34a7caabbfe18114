#pragma once

// Who a command-line client is, in either profile: it says lines to keys and tells what it hears and
// what becomes of what it said, in words. It does no I/O: frames and lines go in and come out.

#include <handfast/registration.hpp>
#include <handfast/wire/utf8.hpp>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "shared/key_file.hpp"
#include "shared/printable.hpp"

namespace web {

using handfast::Bytes;
using handfast::Fault;
using handfast::Secret;
using handfast::x25519::PrivateKey;
using shared::key_from_file, shared::key_of_text, shared::printable, shared::text_of_key;
using Key = handfast::x25519::PublicKey;

/// What a call has caused.
struct Spoken {
  std::vector<std::vector<std::uint8_t>> frames;  // to the server
  std::vector<std::string> lines;                 // to the person
  bool is_over = false;                           // the connection is to be closed
  bool has_lost = false;                          // what was said does not arrive
  bool must_wait = false;                         // it can be said only later, and was not
};

class Speaker {
 public:
  virtual ~Speaker() = default;
  virtual Spoken connect() = 0;
  virtual Spoken receive(Bytes frame) = 0;
  virtual Spoken say(const Key& to, const std::string& text) = 0;
  virtual Spoken disconnected() = 0;
  virtual Spoken advance() = 0;
  [[nodiscard]] virtual std::optional<handfast::Due> deadline() const = 0;
  [[nodiscard]] virtual bool is_registered() const = 0;
  /// What was said and is neither opened nor lost, as far as this profile can know.
  [[nodiscard]] virtual std::size_t unsettled_count() const = 0;
};

[[nodiscard]] inline std::string short_text(const Key& key) {
  return text_of_key(key).substr(0, 8);
}

/// Why a connection is over.
[[nodiscard]] inline std::string words_of(const std::optional<Fault>& fault) {
  if (!fault) return "the connection has ended";
  switch (*fault) {
    case Fault::timed_out: return "the server did not answer in time";
    case Fault::link_closed: return "the server has closed the connection";
    case Fault::peer_lost: return "the server has not been heard for too long";
    case Fault::already_registered: return "another connection has this key, and stays";
    case Fault::superseded: return "another connection has come with this key";
    case Fault::unexpected_key: return "this is not the server that was expected";
    default: return "the connection is over: " + std::string(to_string(*fault));
  }
}
[[nodiscard]] inline std::string words_of(handfast::registration::Fate fate) {
  using handfast::registration::Fate;
  return fate == Fate::forwarded       ? "handed over"
         : fate == Fate::not_available ? "not there now"
                                       : "busy, try again later";
}

/// Today's profile: sealed between the two clients, under keys that the server does not have.
class HardenedSpeaker final : public Speaker {
 public:
  using Messenger = handfast::registration::Messenger;

  HardenedSpeaker(handfast::registration::MessengerConfig config, const Secret<32>& key)
      : messenger_(std::move(config), key) {}

  Spoken connect() override { return told(messenger_.connect(handfast::clock_time())); }
  Spoken receive(Bytes frame) override {
    return told(messenger_.receive(frame, handfast::clock_time()));
  }
  Spoken say(const Key& to, const std::string& text) override {
    const auto out = messenger_.say(to, handfast::bytes_of(text), handfast::clock_time());
    const auto* refused = out.event<Messenger::Rejected>();
    Spoken spoken;
    if (refused && (refused->fault == Fault::back_pressure || refused->fault == Fault::rekey)) {
      deadline_ = out.deadline;
      spoken.must_wait = true;
      return spoken;
    }
    spoken = told(out);
    spoken.has_lost |= refused != nullptr;
    return spoken;
  }
  Spoken disconnected() override { return told(messenger_.disconnected(handfast::clock_time())); }
  Spoken advance() override { return told(messenger_.advance(handfast::clock_time())); }
  std::optional<handfast::Due> deadline() const override { return deadline_; }
  bool is_registered() const override { return messenger_.is_registered(); }
  std::size_t unsettled_count() const override { return unsettled_.size(); }

 private:
  Spoken told(const Messenger::Output& out) {
    Spoken spoken;
    deadline_ = out.deadline;
    for (const handfast::Frame& frame : out.transmit)
      spoken.frames.emplace_back(frame.bytes.begin(), frame.bytes.end());
    for (const auto& event : out.events)
      std::visit([&](const auto& one) { tell(one, spoken); }, event);
    return spoken;
  }
  void tell(const Messenger::Registered& e, Spoken& spoken) {
    spoken.lines.push_back(e.replaced ? "* registered; another connection with this key had to go"
                                      : "* registered");
  }
  void tell(const Messenger::Disconnected& e, Spoken& spoken) {
    spoken.lines.push_back("* " + words_of(e.why));
    spoken.is_over = true;
  }
  void tell(const Messenger::Heard& e, Spoken& spoken) {
    spoken.lines.push_back(text_of_key(e.contact) + ": " +
                           std::string(handfast::text_of(e.payload)));
  }
  void tell(const Messenger::Said& e, Spoken&) { unsettled_.insert(e.ticket); }
  void tell(const Messenger::Handed& e, Spoken& spoken) {
    if (e.fate == handfast::registration::Fate::forwarded) return;
    unsettled_.erase(e.ticket);
    spoken.has_lost = true;
    spoken.lines.push_back("* " + number(e.ticket) + " to " + short_text(e.contact) + ": " +
                           words_of(e.fate));
  }
  void tell(const Messenger::Opened& e, Spoken& spoken) {
    unsettled_.erase(e.ticket);
    spoken.lines.push_back("* " + number(e.ticket) + " opened by " + short_text(e.contact));
  }
  void tell(const Messenger::Undelivered& e, Spoken& spoken) {
    unsettled_.erase(e.ticket);
    spoken.has_lost = true;
    spoken.lines.push_back("* " + number(e.ticket) + " to " + short_text(e.contact) +
                           ": nobody answers");
  }
  void tell(const Messenger::Rejected& e, Spoken& spoken) {
    spoken.lines.push_back("* refused: " + std::string(to_string(e.fault)));
  }
  static std::string number(Messenger::Ticket ticket) {
    return "message " + std::to_string(ticket);
  }

  Messenger messenger_;
  std::optional<handfast::Due> deadline_;
  std::set<Messenger::Ticket> unsettled_;
};

/// The deployed one, to speak with the page and with the deployed programs.
class CompatSpeaker final : public Speaker {
 public:
  using Client = handfast::registration::Client<handfast::registration::Compat>;

  CompatSpeaker(handfast::registration::Config config, const Secret<32>& key)
      : machine_({std::move(config), PrivateKey::from(key.dangerous_copy())}) {}

  Spoken connect() override {
    if (machine_.in<Client::Ended>())
      machine_ = handfast::Machine<Client>(std::move(machine_.context()));
    return told(machine_.handle(handfast::registration::Connect{}, handfast::clock_time()));
  }
  Spoken receive(Bytes frame) override {
    return told(machine_.receive(frame, handfast::clock_time()));
  }
  Spoken say(const Key& to, const std::string& text) override {
    Spoken spoken;
    if (!handfast::wire::is_utf8(text)) {
      spoken.lines.emplace_back("* that is no UTF-8, and JSON has nothing else");
      spoken.has_lost = true;
      return spoken;
    }
    const std::string json = nlohmann::json{{"text", text}}.dump();
    const auto out = machine_.handle(handfast::registration::Send{to, handfast::bytes_of(json)},
                                     handfast::clock_time());
    spoken = told(out);
    spoken.has_lost |= out.fault().has_value();
    return spoken;
  }
  Spoken disconnected() override {
    return told(machine_.handle(handfast::LinkClosed{}, handfast::clock_time()));
  }
  Spoken advance() override { return told(machine_.advance(handfast::clock_time())); }
  std::optional<handfast::Due> deadline() const override { return machine_.engine().deadline(); }
  bool is_registered() const override { return machine_.in<Client::Registered>(); }
  std::size_t unsettled_count() const override { return unsettled_count_; }

 private:
  Spoken told(const handfast::Output<Client>& out) {
    Spoken spoken;
    for (const handfast::Frame& frame : out.transmit)
      spoken.frames.emplace_back(frame.bytes.begin(), frame.bytes.end());
    for (const auto& event : out.events)
      std::visit([&](const auto& one) { tell(one, spoken); }, event);
    return spoken;
  }
  void tell(const handfast::registration::Admitted&, Spoken& spoken) {
    spoken.lines.push_back("* registered");
  }
  void tell(const handfast::registration::Delivered& e, Spoken& spoken) {
    const auto value = nlohmann::json::parse(e.payload.begin(), e.payload.end(), nullptr, false);
    const bool is_text = value.is_object() && value.contains("text") && value["text"].is_string();
    spoken.lines.push_back(text_of_key(e.sender) + ": " +
                           (is_text ? value["text"].get<std::string>() : value.dump()));
  }
  void tell(const handfast::registration::compat::Sent&, Spoken&) { ++unsettled_count_; }
  void tell(const handfast::registration::compat::Receipted& e, Spoken& spoken) {
    if (unsettled_count_ > 0) --unsettled_count_;
    spoken.has_lost |= !e.error.empty();
    spoken.lines.push_back(e.error.empty() ? "* delivered" : "* not delivered: " + e.error);
  }
  void tell(const handfast::registration::compat::Refused& e, Spoken& spoken) {
    spoken.lines.push_back("* the server says: " + e.reason);
  }
  void tell(const handfast::Closed& e, Spoken& spoken) {
    spoken.lines.push_back("* " + words_of(e.fault));
    spoken.is_over = true;
  }
  void tell(const handfast::Rejected& e, Spoken& spoken) {
    spoken.lines.push_back("* refused: " + std::string(to_string(e.fault)));
  }
  void tell(const auto&, Spoken&) {}

  handfast::Machine<Client> machine_;
  std::size_t unsettled_count_ = 0;
};

}  // namespace web
