#pragma once

// A connector that does all to read what it carries: Mallory's.

#include <handfast/x3dh.hpp>

#include "shared/printable.hpp"
#include "x3dh/connector.hpp"

namespace over_connector {

using namespace handfast;

/// She has keys of her own, puts them in the place of what she carries, and is the other side to both
/// where she can.
class Mallory {
 public:
  using Handed = std::vector<std::pair<Mailbox, Letter>>;

  explicit Mallory(Connector::Say say) : say_(std::move(say)) {}

  /// What she hands on in the place of `frame`, which is for `to`.
  Handed operator()(const Mailbox& to, Letter frame) {
    using namespace x3dh;
    const auto message = wire::protobuf::decode_any<Bundle, Initial, EncryptedMessage>(frame);
    if (!message) return {{to, std::move(frame)}};
    auto [at, is_new] = meetings_.try_emplace(to.connection);
    Meeting& meeting = at->second;
    if (is_new) meeting.begin(x3dh::ConnectionId::parse(to.connection).value());
    return std::visit([&](const auto& one) { return take(meeting, to, frame, one); }, *message);
  }

 private:
  /// One connection: she as the issuer to the holder, and as the holder to the issuer.
  struct Meeting {
    Machine<x3dh::Issuer<>> as_issuer{context()};
    Machine<x3dh::Holder<>> as_holder{context()};
    Letter own_bundle, own_initial;
    int bundle_count = 0;
    bool is_between = false;

    static x3dh::Context context() {
      Random random;
      x3dh::Context made(xeddsa::PrivateKey::generate(random).value());
      made.signed_pre_key = x25519::PrivateKey::generate(random).value();
      return made;
    }
    void begin(const x3dh::ConnectionId& connection) {
      own_bundle = first(as_issuer.handle(x3dh::Start{connection}, clock_time()));
      (void)as_holder.handle(x3dh::Start{connection}, clock_time());
    }
  };

  template <class Role>
  static Letter first(const Output<Role>& out) {
    if (out.transmit.size() == 0) return {};
    const Bytes bytes = out.transmit.front().bytes;
    return Letter(bytes.begin(), bytes.end());
  }
  /// What `machine` makes of it, in words.
  template <class Role>
  static std::string reading(Machine<Role>& machine, Bytes frame, Letter& answer) {
    const auto out = machine.receive(frame, clock_time());
    answer = first(out);
    if (const auto fault = out.fault()) return "nothing: " + std::string(to_string(*fault));
    if (const auto* one = out.template event<x3dh::Delivered>())
      return '"' + shared::printable(text_of(one->payload)) + '"';
    return "that there is a session";
  }

  Handed take(Meeting& meeting, const Mailbox& to, const Letter& frame,
              const x3dh::Bundle& bundle) {
    switch (++meeting.bundle_count) {
      case 1:
        meeting.own_initial = first(meeting.as_holder.receive(frame, clock_time()));
        say_("puts", "a bundle of her own in its place, and agrees with the issuer's");
        return {{to, meeting.own_bundle}};
      case 2: {
        auto forged = wire::protobuf::decode<x3dh::Bundle>(meeting.own_bundle).value();
        forged.identity = bundle.identity;
        forged.signature = bundle.signature;
        Buffer bytes;
        wire::GrowingWriter writer(bytes);
        (void)wire::protobuf::encode(forged, writer);
        say_("puts", "her pre-keys under the issuer's name");
        return {{to, Letter(bytes.bytes().begin(), bytes.bytes().end())}};
      }
      default: say_("leaves", "the bundle as it is"); return {{to, frame}};
    }
  }
  Handed take(Meeting& meeting, const Mailbox& to, const Letter& frame, const x3dh::Initial&) {
    Letter answer;
    say_("reads", reading(meeting.as_issuer, frame, answer));
    if (answer.empty()) return {{to, frame}};
    if (!std::exchange(meeting.is_between, true))
      say_("is", "the issuer to the holder, and the holder to the issuer");
    return {{{to.connection, End::holder}, answer}, {to, meeting.own_initial}};
  }
  Handed take(Meeting& meeting, const Mailbox& to, const Letter& frame,
              const x3dh::EncryptedMessage&) {
    Letter answer;
    // Where she is not between the two, she has agreed with the issuer, under a name of her own.
    const bool is_for_issuer = meeting.is_between && to.end == End::issuer;
    say_("reads", is_for_issuer ? reading(meeting.as_issuer, frame, answer)
                                : reading(meeting.as_holder, frame, answer));
    if (meeting.is_between) return {};
    return {{to, frame}};
  }

  Connector::Say say_;
  std::map<std::string, Meeting> meetings_;
};

}  // namespace over_connector
