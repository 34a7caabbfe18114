#pragma once

// registration: its layouts, what a client and a server of each profile say, and two contacts.

#include "fuzz/session.hpp"
#include "handfast/registration.hpp"

namespace fuzz_corpus {

namespace registration = handfast::registration;

template <class Profile>
using Connection = Session<registration::Client<Profile>, registration::Server<Profile>>;
using Contacts = Session<registration::Peer, registration::Peer>;

/// The private key whose bytes are all `byte`.
inline x25519::PrivateKey identity(std::uint8_t byte) {
  return x25519::PrivateKey::from(Bytes(Kept(32, byte))).value();
}

template <class Profile>
void talk(Connection<Profile>& session) {
  using namespace registration;
  const x25519::PublicKey other = identity(3).public_key();
  session.first_does(Connect{});
  session.second_does(Accept{});
  session.run();
  session.second_does(Admit{});
  session.run();
  session.first_does(Send{other, bytes_of("1")});
  session.run();
  session.second_does(Report{1, Fate::forwarded});
  session.run();
  session.first_does(Send{other, bytes_of("22")});
  session.run();
  session.second_does(Report{2, Fate::not_available});
  session.run();
  if constexpr (std::same_as<Profile, Hardened>) {
    session.second_does(Deliver{other, bytes_of("333")});
    session.run();
    session.wait(std::chrono::seconds(15));
    session.run();
  }
  session.second_does(Supersede{});
  session.run();
  session.second_does(LinkClosed{});
}

/// `number`: the client's for the snapshot target; the server's is the next.
template <class Profile>
void speak_of_registration(std::string_view name, const Targets& targets, std::uint8_t number) {
  testing::SeededRandom clients(1), servers(2);
  registration::Config config;
  config.audience = "example.org:443";
  config.names = {config.audience};
  Connection<Profile> session(
      std::string(name), targets, {"client", number, {config, identity(1), Random(clients)}},
      {"server", static_cast<std::uint8_t>(number + 1), {config, identity(2), Random(servers)}});
  talk(session);
}

/// Two contacts: a session, messages, and a new session.
inline void speak_of_contacts(const Targets& targets, std::uint8_t number) {
  namespace peer = registration::peer;
  testing::SeededRandom ones(1), others(2);
  Contacts session("contacts", targets, {"caller", number, {{}, identity(1), Random(ones)}},
                   {"answerer", number, {{}, identity(2), Random(others)}});
  session.first_does(peer::Meet{identity(2).public_key()});
  session.second_does(peer::Meet{identity(1).public_key()});
  session.first_does(peer::Call{});
  session.run();
  session.first_does(peer::Send{bytes_of("one")});
  session.second_does(peer::Send{bytes_of("two")});
  session.lose();
  session.first_does(peer::Send{bytes_of("three")});
  session.run();
  session.second_does(peer::Send{bytes_of("four")});
  session.run();
  session.wait(std::chrono::seconds(1));
  session.run();
  session.first_does(peer::Call{});
  session.run();
  session.first_does(peer::Send{bytes_of("five")});
  session.run();
}

inline void registration_targets(const std::filesystem::path& folder) {
  namespace peer = registration::peer;
  namespace compat = registration::compat;
  Target frames(folder, "registration_frames_fuzz"),
      lines(folder, "registration_compat_lines_fuzz"),
      snapshots(folder, "registration_snapshot_fuzz");
  [&]<class... Messages>(List<Messages...>) {
    (frames.layout<Json<>, Messages>(), ...);
  }(List<registration::Challenge, registration::ChallengeResponse, registration::RegisterSuccess,
         registration::RegisterFailure>{});
  frames.layout<Binary, registration::Record>();
  [&]<class... Messages>(List<Messages...>) {
    (frames.layout<Binary, Messages>(), ...);
  }(registration::Record::Contents{});
  [&]<class... Messages>(List<Messages...>) {
    (frames.layout<Binary, Messages>("peer."), ...);
  }(List<peer::Hello, peer::HelloAck, peer::NewSession, peer::Frame>{});
  [&]<class... Messages>(List<Messages...>) {
    (frames.layout<Binary, Messages>("peer."), ...);
  }(peer::Frame::Contents{});
  [&]<class... Messages>(List<Messages...>) {
    (lines.layout<Json<>, Messages>(), ...);
  }(List<compat::Challenge, compat::ChallengeResponse, compat::RegisterSuccess,
         compat::RegisterFailure, compat::Envelope, compat::Stray, compat::Returned,
         compat::MessageDelivered, compat::AlreadyRegistered>{});
  const Targets hardened{frames, frames, snapshots}, deployed{lines, lines, snapshots};
  speak_of_registration<registration::Hardened>("hardened", hardened, 0);
  speak_of_registration<registration::Compat>("compat", deployed, 2);
  speak_of_contacts(hardened, 4);
}

}  // namespace fuzz_corpus
