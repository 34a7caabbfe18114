#pragma once

// Issuer or holder of the tour's fifth part: its store in a file, its machine, and its socket to a
// connector. It can stop at any moment; all that it then has is the file.

#include <handfast/x3dh.hpp>

#include "tour/narrated.hpp"
#include "tour/x3dh_stage.hpp"
#include "x3dh/store_file.hpp"

namespace tour {

inline constexpr std::string_view passphrase = "correct horse battery staple";

template <class Role>
class X3dhSide {
 public:
  using Texts = std::vector<std::string>;
  static constexpr End end = std::same_as<Role, x3dh::Issuer<>> ? End::issuer : End::holder;

  X3dhSide(X3dhStage& stage, const std::string& folder)
      : stage_(stage), path_(folder + '/' + name_ + ".store"), counter_(path_ + ".counter") {}

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// The public half of its identity, which is made at its first start.
  [[nodiscard]] x25519::PublicKey key() {
    open_store();
    return identity().public_key();
  }

  /// Begins, or goes on from its store, and joins the connection; up to what the connector says
  /// with `heard`.
  void start(ConnectorProcess& connector, const x3dh::ConnectionId& connection,
             const x3dh::Config& config, std::string_view heard = "meets") {
    open_store();
    connection_ = connection;
    connector_ = &connector;
    const auto say = [this](const std::string& text) { stage_.screen.said(name_, text); };
    const auto clock = [this] { return stage_.now; };
    socket_.emplace(over_connector::FrameSocket::to(connector.port()));
    socket_->send(bytes_of(over_connector::hello_of(end, connection.view())));
    connector.hear(heard);
    if (auto kept = x3dh::restore<Role>(*store_, connection, context(config), stage_.now)) {
      say("loads  " + path_.substr(path_.rfind('/') + 1) + ": " + std::string(kept->state_name()));
      machine_.emplace(std::move(*kept), say, clock);
    } else {
      expect(kept.error() == Fault::bad_argument, name_ + " has kept a session that is none");
      machine_.emplace(context(config), say, clock);
      perform(machine_->handle(x3dh::Start{connection}), "hands");
    }
  }
  /// The process ends, in whatever state it is.
  void stop() {
    stage_.screen.said(name_, "stops  and has nothing but its file");
    machine_.reset();
    store_.reset();
    file_.reset();
    if (std::exchange(socket_, std::nullopt)) connector_->hear("misses");
  }

  /// Does what its user wants, or what time does; up to what the connector says with `heard`.
  void does(const auto& command, std::string_view heard = "hands") {
    perform(machine_->handle(command), heard);
  }
  void say(std::string_view text, std::string_view heard = "hands") {
    does(x3dh::Send{bytes_of(text)}, heard);
  }
  void advance() { perform(machine_->advance(), "hands"); }
  /// Keeps what saying it makes, and stops before the frame has left.
  void say_and_stop(std::string_view text) {
    keep(machine_->handle(x3dh::Send{bytes_of(text)}));
    stop();
  }
  /// Takes the next frame that the connector has handed over.
  void take(std::string_view heard = "hands") {
    const auto frame = socket_->wait(clock_time().steady + wait_limit);
    expect(frame.has_value(), "there is nothing for the " + name_);
    last_ = *frame;
    perform(machine_->receive(Link{}, *frame), heard);
  }
  /// The frame that it took last, once more.
  void take_again() { perform(machine_->receive(Link{}, last_), ""); }

  [[nodiscard]] bool is_established() const {
    return machine_->template in<typename Role::Established>();
  }
  /// What it has been told since it was asked last.
  Texts heard() { return std::exchange(heard_, {}); }
  std::optional<Fault> refused() { return std::exchange(refused_, {}); }
  [[nodiscard]] const x3dh::Fingerprint& fingerprint() const noexcept { return fingerprint_; }

  /// What opening its store says.
  [[nodiscard]] std::optional<Fault> try_store(std::string_view with) {
    over_connector::StoreFile<> file(path_);
    const auto store = x3dh::SealedStore::open(file, with, Origin::restart, {{}, &counter_, {}});
    const auto fault = store ? std::nullopt : std::optional(store.error());
    stage_.screen.said(name_,
                       "opens  its store: " + std::string(fault ? to_string(*fault) : "well"));
    return fault;
  }

 private:
  using Origin = x3dh::SealedStore::Origin;

  void open_store() {
    if (store_) return;
    file_.emplace(path_);
    auto store = x3dh::SealedStore::open(*file_, passphrase, Origin::restart, {{}, &counter_, {}});
    expect(store.has_value(), name_ + " cannot open its store");
    store_.emplace(std::move(*store));
  }
  [[nodiscard]] xeddsa::PrivateKey identity() {
    auto key = x3dh::identity_of(*store_, random_);
    expect(key.has_value(), name_ + " has no identity");
    return std::move(*key);
  }
  [[nodiscard]] x3dh::Context context(const x3dh::Config& config) {
    x3dh::Context made(identity(), config);
    if constexpr (end == End::issuer) {
      auto key = x3dh::signed_pre_key_of(*store_, random_);
      expect(key.has_value(), "the issuer has no signed pre-key");
      made.signed_pre_key = std::move(*key);
    }
    return made;
  }

  /// Stores first, where it is asked to; takes note of what was told; then sends.
  void perform(const Output<Role>& out, std::string_view heard) {
    keep(out);
    for (const Frame& frame : out.transmit) {
      stage_.show(name_, name_ == "issuer" ? "holder" : "issuer", frame.bytes);
      socket_->send(frame.bytes);
      connector_->hear(heard);
    }
  }
  void keep(const Output<Role>& out) {
    if (out.store_before_transmit || out.template event<x3dh::Verified>() ||
        out.template event<Closed>()) {
      expect(x3dh::keep(*store_, connection_, machine_->machine()).has_value(),
             name_ + " cannot store its state");
      stage_.screen.said(name_, machine_->template in<typename Role::Ended>()
                                    ? "erases its state from its file"
                                    : "keeps  its state in its file");
    }
    refused_ = out.fault();
    if (const auto* one = out.template event<x3dh::Met>()) fingerprint_ = one->fingerprint;
    if (const auto* one = out.template event<x3dh::Delivered>())
      heard_.emplace_back(text_of(one->payload));
  }

  X3dhStage& stage_;
  std::string name_{over_connector::name_of(end)};
  std::string path_;
  over_connector::CounterFile counter_;
  Random random_;
  std::optional<over_connector::StoreFile<>> file_;
  std::optional<x3dh::SealedStore> store_;
  x3dh::ConnectionId connection_;
  ConnectorProcess* connector_ = nullptr;
  std::optional<over_connector::FrameSocket> socket_;
  std::optional<Narrated<Role>> machine_;
  Texts heard_;
  std::optional<Fault> refused_;
  x3dh::Fingerprint fingerprint_{};
  Letter last_;
};

}  // namespace tour
