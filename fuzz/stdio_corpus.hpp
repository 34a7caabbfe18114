#pragma once

// stdio: its layouts, and what a parent and a child of each profile say.

#include "fuzz/session.hpp"
#include "handfast/stdio.hpp"

namespace fuzz_corpus {

namespace stdio = handfast::stdio;

template <class Profile>
using Stdio = Session<stdio::Parent<Profile>, stdio::Child<Profile>>;

inline void talk(Stdio<stdio::Hardened>& session) {
  session.first_does(stdio::Start{bytes_of("first")});
  session.run();
  session.second_does(stdio::Listening{40000});
  session.run();
  session.second_does(stdio::Respond{1, bytes_of("answer")});
  session.run();
  session.second_does(stdio::Notify{bytes_of("unasked")});
  session.run();
  session.first_does(stdio::Rekey{});
  session.run();
  session.first_does(stdio::Send{bytes_of("one")});
  session.first_does(stdio::Send{bytes_of("two")});
  session.run();
  session.second_does(stdio::Respond{3, bytes_of("only this one")});
  session.lose();
  session.first_does(stdio::Shutdown{});
  session.run();
  session.first_does(LinkClosed{});
  session.second_does(LinkClosed{});
  session.first_does(stdio::CleanedUp{});
}

inline void talk(Stdio<stdio::Compat>& session) {
  session.first_does(stdio::Start{});
  session.run();
  session.second_does(stdio::Listening{40000});
  session.run();
  for (std::uint64_t i = 1; i <= 2; ++i) {
    session.first_does(stdio::Send{bytes_of("question")});
    session.run();
    session.second_does(stdio::Respond{i, bytes_of("answer")});
    session.run();
  }
  session.first_does(LinkClosed{});
  session.second_does(LinkClosed{});
}

/// `number`: the parent's for the snapshot target; the child's is the next.
template <class Profile>
void speak(std::string_view name, const Targets& targets, std::uint8_t number) {
  testing::SeededRandom parents(1), childs(2);
  stdio::Config config;
  config.duplex = true;
  const auto child = static_cast<std::uint8_t>(number + 1);
  Stdio<Profile> session(std::string(name), targets, {"parent", number, {config, Random(parents)}},
                         {"child", child, {config, Random(childs)}});
  talk(session);
}

inline void stdio_targets(const std::filesystem::path& folder) {
  namespace compat = stdio::compat;
  Target lines(folder, "stdio_lines_fuzz"), records(folder, "stdio_records_fuzz"),
      snapshots(folder, "stdio_snapshot_fuzz");
  lines.layout<Json<>, stdio::Offer>();
  lines.layout<Json<>, stdio::Answer>();
  lines.layout<Json<>, compat::Offer>("compat.");
  lines.layout<Json<>, compat::Answer>("compat.");
  lines.layout<Json<>, compat::Envelope>("compat.");
  records.layout<Binary, stdio::Record>();
  records.layout<Binary, compat::Record>("compat.");
  // The counters in a snapshot have no layout; those of a record have the same edges.
  for (const std::string& token : testing::dictionary<stdio::Keepalive>(testing::Codec::binary))
    snapshots.token(token);
  [&]<class... Messages>(List<Messages...>) {
    (records.layout<Binary, Messages>(), ...);
  }(stdio::Record::Contents{});
  const Targets targets{lines, records, snapshots};
  speak<stdio::Hardened>("hardened", targets, 0);
  speak<stdio::Compat>("compat", targets, 2);
}

}  // namespace fuzz_corpus
