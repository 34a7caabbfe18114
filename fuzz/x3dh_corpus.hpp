#pragma once

// What the targets of x3dh begin with: the layouts of its messages, and what an issuer and a holder
// say.

#include "fuzz/protobuf.hpp"
#include "fuzz/session.hpp"
#include "handfast/x3dh.hpp"
#include "handfast/x3dh/counter.hpp"
#include "handfast/x3dh/documented.hpp"
#include "handfast/x3dh/sealed_store.hpp"

namespace fuzz_corpus {

/// A bundle that is lost, an agreement with a one-time pre-key or without, messages both ways of
/// which some never come, where the profile bears it, and an end. The snapshot target knows the
/// issuer by `number`, and the holder by the next one.
template <class Profile = x3dh::Hardened>
void speak_of_x3dh(std::string name, bool has_one_time_keys, const Targets& targets,
                   std::uint8_t number = 0) {
  using namespace x3dh;
  testing::SeededRandom issuers(1), holders(2);
  const auto context = [&](testing::SeededRandom& source) {
    Config config;
    config.has_one_time_keys = has_one_time_keys;
    Random random(source);
    return x3dh::Context(xeddsa::PrivateKey::generate(random).value(), config, random);
  };
  x3dh::Context issuer = context(issuers);
  issuer.signed_pre_key = x25519::PrivateKey::generate(issuer.random).value();
  Session<Issuer<Profile>, Holder<Profile>> session(
      std::move(name), targets, {"issuer", number, std::move(issuer)},
      {"holder", static_cast<std::uint8_t>(number + 1), context(holders)});
  const ConnectionId connection = ConnectionId::parse("connection").value();
  session.second_does(Start{connection});
  session.first_does(Start{connection});
  session.lose();
  session.wait(5s);
  session.run();
  for (int turn = 0; turn < 2; ++turn) {
    session.second_does(Send{bytes_of("to the issuer")});
    session.run();
    if constexpr (!std::same_as<Profile, Documented>) {
      session.first_does(Send{bytes_of("lost")});
      session.lose();
    }
    session.first_does(Send{bytes_of("to the holder")});
    session.run();
  }
  if constexpr (std::same_as<Profile, Counter>) {
    session.first_does(Synchronize{});
    session.run();
  }
  session.wait(1h);
  session.first_does(Stop{});
  session.second_does(Stop{});
}

/// A store with a key and two sessions, and what it is sealed in.
inline void stores_of_x3dh(Target& snapshots) {
  using namespace x3dh;
  MemoryStore store;
  const auto put = [&](const RecordName& name, std::string_view record) {
    require(store.put(name, bytes_of(record)).has_value());
  };
  put({RecordName::Kind::identity}, "a seed");
  put(RecordName::of(ConnectionId::parse("connection 7").value()), "a session");
  put(RecordName::of(ConnectionId::parse("connection 8").value()), "");
  Buffer records, sealed;
  SnapshotWriter records_writer(records);
  records_writer.integer(std::uint8_t{2});
  store.dangerous_write(records_writer);
  snapshots.seed("store", records.bytes());
  wire::GrowingWriter sealed_writer(sealed);
  static constexpr std::uint8_t which[] = {3};
  require(sealed_writer.write(Bytes(which)));
  require(wire::binary::encode(SealedRecords{{}, 1024, 1, 1, 7, {}, records.bytes()}, sealed_writer)
              .has_value());
  snapshots.seed("sealed_store", sealed.bytes());
}

inline void x3dh_targets(const std::filesystem::path& folder) {
  using fuzz::Protobuf;
  Target frames(folder, "x3dh_frames_fuzz"), snapshots(folder, "x3dh_snapshot_fuzz");
  frames.layout<Protobuf, x3dh::Bundle>();
  frames.layout<Protobuf, x3dh::Initial>();
  frames.layout<Protobuf, x3dh::documented::Bundle>("documented_");
  frames.layout<Protobuf, x3dh::documented::Initial>("documented_");
  frames.layout<Protobuf, x3dh::EncryptedMessage>();
  frames.layout<Binary, x3dh::Content>();
  frames.layout<Binary, x3dh::First>();
  frames.layout<Binary, x3dh::CounterContent>();
  frames.layout<Binary, x3dh::SyncRequest>();
  const Targets targets{frames, frames, snapshots};
  speak_of_x3dh("one_time", true, targets);
  speak_of_x3dh("without", false, targets);
  speak_of_x3dh<x3dh::Counter>("counter", true, targets, 4);
  speak_of_x3dh<x3dh::Documented>("documented", true, targets, 6);
  stores_of_x3dh(snapshots);
}

}  // namespace fuzz_corpus
