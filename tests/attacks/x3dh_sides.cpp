// The machines behind the stage.

#include "handfast/testing/seeded_random.hpp"
#include "handfast/x3dh.hpp"
#include "handfast/x3dh/counter.hpp"
#include "handfast/x3dh/documented.hpp"
#include "tests/attacks/x3dh.hpp"
#include "tests/support/onlooker.hpp"

namespace attacks::x3dh {
namespace {

namespace protocol = handfast::x3dh;

template <class Role>
class SideOf : public Side {
 public:
  SideOf(std::string n, int number, const Knowledge& knowledge)
      : Side(std::move(n)),
        random_(static_cast<std::uint64_t>(number)),
        machine_(context(knowledge)) {
    Random random(random_);
    machine_.context().signed_pre_key = x25519::PrivateKey::generate(random).value();
  }

  Caused begins() override {
    return does(protocol::Start{protocol::ConnectionId::parse("connection 7").value()});
  }
  Caused says(std::string_view text) override { return does(protocol::Send{bytes_of(text)}); }
  Caused gets(Bytes frame) override { return kept(test::shown_frame(machine_, {}, frame, Time{})); }
  Caused compares(const Key& fingerprint) override { return does(protocol::Verify{fingerprint}); }
  Key identity() const override {
    Key key{};
    std::ranges::copy(machine_.context().identity.public_key().bytes(), key.begin());
    return key;
  }
  Frame snapshot() const override {
    const auto stored = machine_.dangerous_snapshot();
    return {stored.bytes().begin(), stored.bytes().end()};
  }
  Key next_key() const override {
    const auto& sealing = session().sealing;
    Secret<32> key;
    if constexpr (requires { sealing.shared; }) {
      key = sealing.shared.dangerous_copy();
    } else if constexpr (requires { sealing.sending; }) {
      key = sealing.sending.dangerous_copy();
    } else {  // a copy of the ratchet moves on
      Buffer stored;
      SnapshotWriter writer(stored);
      handfast::detail::write_value(writer, sealing.ratchet);
      SnapshotReader reader(stored.bytes());
      protocol::Ratchet copy;
      if (!handfast::detail::read_value(reader, copy)) throw std::logic_error("no ratchet");
      HmacSha256 hmac;
      key = copy.send(hmac);
    }
    Key bytes{};
    std::ranges::copy(key.bytes(), bytes.begin());
    return bytes;
  }
  Frame associated_data() const override {
    const Bytes bytes = session().associated_data.bytes();
    return {bytes.begin(), bytes.end()};
  }

 private:
  template <class Command>
  Caused does(const Command& command) {
    return kept(test::shown_command(machine_, command, Time{}));
  }
  [[nodiscard]] const typename Role::Session& session() const {
    return std::get<typename Role::Established>(machine_.engine().state()).session;
  }
  protocol::Context context(const Knowledge& knowledge) {
    Random random(random_);
    protocol::Config config;
    config.wants_verified = knowledge.wants_verified;
    if (knowledge.peer) config.peer = x25519::PublicKey::parse(Bytes(*knowledge.peer)).value();
    return protocol::Context(xeddsa::PrivateKey::generate(random).value(), config, random);
  }
  static Caused kept(const Output<Role>& out) {
    Caused caused;
    for (const handfast::Frame& frame : out.transmit)
      caused.frames.emplace_back(frame.bytes.begin(), frame.bytes.end());
    for (const auto& event : out.events)
      std::visit(
          [&]<class E>(const E& one) {
            caused.told.emplace_back(name_of<E>());
            if constexpr (std::same_as<E, Rejected>) caused.fault = one.fault;
            if constexpr (std::same_as<E, protocol::Met>) caused.fingerprint = one.fingerprint;
            if constexpr (std::same_as<E, protocol::Delivered>)
              caused.heard.emplace_back(text_of(one.payload));
          },
          event);
    return caused;
  }

  testing::SeededRandom random_;
  Machine<Role> machine_;
};

template <template <class> class Role>
std::unique_ptr<Side> made(Wire wire, std::string name, int number, const Knowledge& knowledge) {
  if (wire == Wire::documented)
    return std::make_unique<SideOf<Role<protocol::Documented>>>(std::move(name), number, knowledge);
  if (wire == Wire::counter)
    return std::make_unique<SideOf<Role<protocol::Counter>>>(std::move(name), number, knowledge);
  return std::make_unique<SideOf<Role<protocol::Hardened>>>(std::move(name), number, knowledge);
}

}  // namespace

std::unique_ptr<Side> issuer(Wire wire, std::string name, int number, const Knowledge& knowledge) {
  return made<protocol::Issuer>(wire, std::move(name), number, knowledge);
}
std::unique_ptr<Side> holder(Wire wire, std::string name, int number, const Knowledge& knowledge) {
  return made<protocol::Holder>(wire, std::move(name), number, knowledge);
}

}  // namespace attacks::x3dh
