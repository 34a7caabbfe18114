// Writes what the fuzz targets begin with: for each a folder of seeds and a dictionary. They follow
// from the layouts, and from sessions of stdio under scripted randomness, so that they are the same
// whoever makes them. fuzz/run --corpus runs it.
//
//   make_corpus FOLDER      FOLDER/TARGET/SEED and FOLDER/TARGET.dict

#include <deque>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>

#include "fuzz/check.hpp"
#include "fuzz/layouts.hpp"
#include "handfast/stdio.hpp"
#include "handfast/testing/dictionary.hpp"
#include "handfast/testing/plan.hpp"
#include "handfast/testing/seeded_random.hpp"

using namespace handfast;
using fuzz::Binary;
using fuzz::Json;
using fuzz::require;

namespace {

namespace stdio = handfast::stdio;
using Kept = std::vector<std::uint8_t>;

void write_file(const std::filesystem::path& path, Bytes bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path.string());
}

/// The seeds and the dictionary of one target.
class Target {
 public:
  Target(const std::filesystem::path& folder, std::string_view name)
      : path_(folder / name), dictionary_(folder / (std::string(name) + ".dict")) {
    std::filesystem::remove_all(path_);
    std::filesystem::remove(dictionary_);
    std::filesystem::create_directories(path_);
  }
  Target(const Target&) = delete;
  ~Target() {
    std::string lines;
    for (const std::string& token : tokens_)
      if (token.size() <= token_size_max) lines += testing::dictionary_line(token);
    if (!lines.empty()) write_file(dictionary_, bytes_of(lines));
  }

  /// A seed, unless one has the same bytes.
  void seed(std::string_view name, Bytes bytes) {
    if (seeds_.insert(Kept(bytes.begin(), bytes.end())).second) write_file(path_ / name, bytes);
  }
  void seed(std::string_view name, std::string_view text) { seed(name, bytes_of(text)); }
  void token(std::string_view text) {
    if (known_.insert(std::string(text)).second) tokens_.emplace_back(text);
  }

  /// What follows from the layout of `Message`; `prefix` tells messages of one name apart.
  template <class Codec, class Message>
  void layout(std::string_view prefix = "") {
    using testing::Extreme;
    const std::string name = std::string(prefix) + std::string(wire::message_name<Message>);
    const auto add = [&](const testing::Sample<Message>& sample, std::string_view suffix) {
      if (const auto frame = Codec::encode(sample.message))
        seed(name + "." + std::string(suffix), *frame);
    };
    add(testing::plain_sample<Message>(), "plain");
    for (const auto extreme : {Extreme::smallest, Extreme::small, Extreme::large, Extreme::largest})
      add(testing::extreme_sample<Message>(extreme), to_string(extreme));
    for (const std::string& one : testing::dictionary<Message>(
             std::same_as<Codec, Binary> ? testing::Codec::binary : testing::Codec::json))
      token(one);
  }

 private:
  static constexpr std::size_t token_size_max = 64;  // bytes; libFuzzer passes over longer ones

  std::filesystem::path path_, dictionary_;
  std::set<Kept> seeds_;
  std::set<std::string> known_;
  std::vector<std::string> tokens_;
};

/// A parent and a child of one profile; each frame and each state that they go through is a seed.
template <class Profile>
class Session {
 public:
  using Parent = stdio::Parent<Profile>;
  using Child = stdio::Child<Profile>;

  Session(std::string name, Target& lines, Target& records, Target& snapshots)
      : name_(std::move(name)), lines_(lines), records_(records), snapshots_(snapshots) {
    keep_state(parent_, "parent");
    keep_state(child_, "child");
  }

  void parent_does(const auto& command) { parent_caused(parent_.handle(command, now_)); }
  void child_does(const auto& command) { child_caused(child_.handle(command, now_)); }
  /// Delivers until nothing is on its way.
  void run() {
    while (!to_child_.empty() || !to_parent_.empty()) {
      if (!to_child_.empty()) {
        const auto [link, bytes] = taken(to_child_);
        child_caused(child_.receive(link, bytes, now_));
      }
      if (!to_parent_.empty()) {
        const auto [link, bytes] = taken(to_parent_);
        parent_caused(parent_.receive(link, bytes, now_));
      }
    }
  }
  void lose() { to_child_.clear(), to_parent_.clear(); }

 private:
  using Sent = std::pair<Link, Kept>;

  static stdio::Config config() {
    stdio::Config made;
    made.duplex = true;
    return made;
  }
  static Sent taken(std::deque<Sent>& queue) {
    Sent first = std::move(queue.front());
    queue.pop_front();
    return first;
  }
  void parent_caused(const Output<Parent>& out) {
    keep(out, to_child_, ".parent.");
    keep_state(parent_, "parent");
  }
  void child_caused(const Output<Child>& out) {
    keep(out, to_parent_, ".child.");
    keep_state(child_, "child");
  }
  template <class Role>
  void keep(const Output<Role>& out, std::deque<Sent>& queue, std::string_view from) {
    require(!out.fault());
    for (const Frame& frame : out.transmit) {
      // Compat's answers on the channel are JSON too.
      const bool is_json = !frame.bytes.empty() && frame.bytes.front() == '{';
      (is_json ? lines_ : records_)
          .seed(name_ + std::string(from) + std::to_string(++count_), frame.bytes);
      queue.emplace_back(frame.link, Kept(frame.bytes.begin(), frame.bytes.end()));
    }
  }
  /// One snapshot a state, without its shape and checksum, as stdio_snapshot_fuzz.cpp reads it. The
  /// last one, which has most in it, is written over the others.
  template <class Role>
  void keep_state(const Machine<Role>& machine, std::string_view role) {
    const Buffer snapshot = machine.dangerous_snapshot();
    const std::size_t around = sizeof(std::uint64_t) + handfast::detail::checksum_size;
    const Bytes content = snapshot.bytes().subspan(sizeof(std::uint64_t), snapshot.size() - around);
    Kept seed = {static_cast<std::uint8_t>(2 * int{std::same_as<Profile, stdio::Compat>} +
                                           int{std::same_as<Role, Child>})};
    seed.insert(seed.end(), content.begin(), content.end());
    snapshots_.seed(name_ + "." + std::string(role) + "." + std::string(machine.state_name()),
                    seed);
  }

  std::string name_;
  Target &lines_, &records_, &snapshots_;
  int count_ = 0;
  Time now_{SteadyTime{std::chrono::hours(1000)}, {}};
  testing::SeededRandom parents_{1}, childs_{2};
  Machine<Parent> parent_{{config(), Random(parents_)}};
  Machine<Child> child_{{config(), Random(childs_)}};
  std::deque<Sent> to_child_, to_parent_;
};

void talk_hardened(Session<stdio::Hardened>& session) {
  session.parent_does(stdio::Start{bytes_of("first")});
  session.run();
  session.child_does(stdio::Listening{40000});
  session.run();
  session.child_does(stdio::Respond{1, bytes_of("answer")});
  session.run();
  session.child_does(stdio::Notify{bytes_of("unasked")});
  session.run();
  session.parent_does(stdio::Rekey{});
  session.run();
  session.parent_does(stdio::Send{bytes_of("one")});
  session.parent_does(stdio::Send{bytes_of("two")});
  session.run();
  session.child_does(stdio::Respond{3, bytes_of("only this one")});
  session.lose();
  session.parent_does(stdio::Shutdown{});
  session.run();
  session.parent_does(LinkClosed{});
  session.child_does(LinkClosed{});
  session.parent_does(stdio::CleanedUp{});
}

void talk_compat(Session<stdio::Compat>& session) {
  session.parent_does(stdio::Start{});
  session.run();
  session.child_does(stdio::Listening{40000});
  session.run();
  for (std::uint64_t i = 1; i <= 2; ++i) {
    session.parent_does(stdio::Send{bytes_of("question")});
    session.run();
    session.child_does(stdio::Respond{i, bytes_of("answer")});
    session.run();
  }
  session.parent_does(LinkClosed{});
  session.child_does(LinkClosed{});
}

void stdio_targets(const std::filesystem::path& folder) {
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
  Session<stdio::Hardened> hardened("hardened", lines, records, snapshots);
  talk_hardened(hardened);
  Session<stdio::Compat> compat_session("compat", lines, records, snapshots);
  talk_compat(compat_session);
}

/// Plans for worlds: what seeds draw, short ones first.
void machine_targets(const std::filesystem::path& folder) {
  for (const char* name : {"stdio_machine_fuzz", "stdio_compat_machine_fuzz"}) {
    Target machine(folder, name);
    machine.seed("nothing_happens", Kept(4));
    for (std::uint64_t seed = 1; seed <= 12; ++seed)
      machine.seed("drawn." + std::to_string(seed), testing::input_of(testing::draw_plan(seed)));
  }
}

void codec_targets(const std::filesystem::path& folder) {
  Target binary(folder, "binary_fuzz"), json(folder, "json_fuzz");
  binary.layout<Binary, fuzz::Numbers>();
  binary.layout<Binary, fuzz::Tailed>();
  binary.layout<Binary, fuzz::Texts>();
  binary.layout<Binary, fuzz::Padded>();
  binary.layout<Binary, fuzz::Deployed>();
  json.layout<Json<>, fuzz::Strict>();
  json.layout<Json<>, fuzz::Exact>();
  json.layout<Json<>, fuzz::Loose>();
  for (const char* token :
       {"null", "-0", "1e9", "1.0", "[]", "{}", "\\u0061", "\\ud800", "\\/", " "})
    json.token(token);

  Target base64(folder, "base64_fuzz");
  const Kept bytes = {0xFB, 0xEF, 0xBE, 0xFF};
  for (std::size_t size = 1; size <= bytes.size(); ++size) {
    const Bytes some = Bytes{bytes}.first(size);
    const std::string number = std::to_string(size);
    base64.seed("standard." + number, wire::base64::encode(some, wire::base64::standard));
    base64.seed("url." + number, wire::base64::encode(some, wire::base64::url));
    base64.seed("hex." + number, wire::hex::encode(some));
  }
  for (const char* token : {"=", "==", "+", "/", "-", "_", "AA", "//", "__"}) base64.token(token);

  Target streams(folder, "lines_fuzz");
  using namespace std::string_view_literals;
  streams.seed("lines", "\x01\x02\x03\x1f{\"version\":2}\nsecond\n\n"sv);
  streams.seed("line_of_24", "\0\0\0\0aaaaaaaaaaaaaaaaaaaaaaaa\n"sv);
  streams.seed("frames", "\x1f\x1f\0\0\0\x05hello\0\0\0\x01x"sv);
  streams.seed("frame_of_24",
               "\x04\x04\x04\x04\0\x18"sv
               "aaaaaaaaaaaaaaaaaaaaaaaa"sv);
  for (const auto token : {"\n"sv, "\r\n"sv, "\0\x18"sv, "\0\x19"sv, "\0\0"sv})
    streams.token(token);
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    std::cerr << "make_corpus FOLDER\n";
    return 2;
  }
  const std::filesystem::path folder(arguments[1]);
  codec_targets(folder);
  stdio_targets(folder);
  machine_targets(folder);
  return 0;
}
