#include "handfast/x3dh/sealed_store.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include "examples/x3dh/store_file.hpp"
#include "handfast/wire/hex.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/frozen.hpp"
#include "tests/x3dh/places.hpp"

using namespace x3dh_test;
using namespace handfast::x3dh;
using Origin = SealedStore::Origin;

namespace {

constexpr std::string_view passphrase = "correct horse battery staple";

RecordName session(std::string_view id) { return RecordName::of(ConnectionId::parse(id).value()); }
const RecordName identity{RecordName::Kind::identity};

std::expected<SealedStore, Fault> open(Place& place, Origin origin = Origin::restart,
                                       MonotonicCounter* counter = nullptr,
                                       std::string_view with = passphrase) {
  return SealedStore::open(place, with, origin, {cheap, counter, {}});
}
/// What opening it says.
std::string outcome(Place& place, MonotonicCounter* counter = nullptr,
                    Origin origin = Origin::restart) {
  const auto store = open(place, origin, counter);
  return store ? "opened" : std::string(to_string(store.error()));
}
std::string text(const Store& store, const RecordName& name) {
  const auto record = store.find(name);
  return record ? std::string(text_of(*record)) : "nothing";
}
bool put(Store& store, const RecordName& name, std::string_view record) {
  return store.put(name, bytes_of(record)).has_value();
}
/// A place with a store of two records.
MemoryPlace filled() {
  MemoryPlace place;
  auto store = open(place).value();
  REQUIRE(put(store, identity, "a seed"));
  REQUIRE(put(store, session("connection 7"), "a session"));
  return place;
}

}  // namespace

TEST_CASE("x3dh store: what is sealed is there again, and nothing of it is open", "[roundtrip]") {
  MemoryPlace place = filled();
  const auto store = open(place);
  REQUIRE(store);
  CHECK(text(*store, identity) == "a seed");
  CHECK(text(*store, session("connection 7")) == "a session");
  CHECK(text(*store, session("connection 8")) == "nothing");
  CHECK(store->sessions() == std::vector{session("connection 7").connection});
  const std::string_view sealed = text_of(*place.bytes);
  CHECK(sealed.starts_with("handfast x3dh store\x01"));
  for (const std::string_view open : {"a seed", "a session", "connection"})
    CHECK(sealed.find(open) == sealed.npos);
}

TEST_CASE("x3dh store: a record is replaced and erased, here and in the place", "[roundtrip]") {
  MemoryPlace place = filled();
  auto store = open(place).value();
  REQUIRE(put(store, identity, "another seed"));
  REQUIRE(store.erase(session("connection 7")));
  REQUIRE(store.erase(session("connection 8")));
  CHECK(text(store, identity) == "another seed");
  CHECK(store.sessions().empty());
  const auto again = open(place).value();
  CHECK(text(again, identity) == "another seed");
  CHECK(again.sessions().empty());
}

TEST_CASE("x3dh store: any bit that was changed is told", "[attack]") {
  const MemoryPlace place = filled();
  std::set<std::string> faults;
  for (std::size_t at = 0; at < place.bytes->size(); ++at) {
    // Of what is sealed one bit a byte will do.
    for (int bit = at < SealedRecords::header_size ? 0 : 7; bit < 8; ++bit) {
      MemoryPlace changed = place;
      (*changed.bytes)[at] ^= static_cast<std::uint8_t>(1 << bit);
      CAPTURE(at, bit);
      const std::string said = outcome(changed);
      CHECK(said != "opened");
      if (at < 19) CHECK(said == "malformed");
      if (at == 19) CHECK(said == "wrong_version");
      if (at >= 20 && at < 36) CHECK(said == "not_authentic");
      if (at >= 36 && at < 48) CHECK((said == "malformed" || said == "not_authentic"));
      if (at >= 48 && at < 72) CHECK(said == "not_authentic");
      if (at >= 72 && at < 76) CHECK((said == "truncated" || said == "oversized"));
      if (at >= SealedRecords::header_size) CHECK(said == "not_authentic");
      faults.insert(said);
    }
  }
  CHECK(faults.contains("truncated"));
  CHECK(faults.contains("oversized"));
}

TEST_CASE("x3dh store: any length but its own is told", "[illegal]") {
  const MemoryPlace place = filled();
  for (std::size_t size = 0; size < place.bytes->size(); ++size) {
    MemoryPlace cut = place;
    cut.bytes->resize(size);
    CAPTURE(size);
    CHECK(outcome(cut) == "truncated");
  }
  MemoryPlace longer = place;
  longer.bytes->push_back(0);
  CHECK(outcome(longer) == "oversized");
  MemoryPlace foreign;
  foreign.bytes = std::vector<std::uint8_t>(place.bytes->size(), 'x');
  CHECK(outcome(foreign) == "malformed");
}

TEST_CASE("x3dh store: only its passphrase opens it") {
  MemoryPlace place = filled();
  for (const std::string_view other : {"correct horse battery stapl", "Correct horse", " "}) {
    const auto store = open(place, Origin::restart, nullptr, other);
    REQUIRE_FALSE(store);
    CHECK(store.error() == Fault::not_authentic);
  }
  const auto none = open(place, Origin::restart, nullptr, "");
  REQUIRE_FALSE(none);
  CHECK(none.error() == Fault::bad_argument);

  auto store = open(place).value();
  CHECK(store.change_passphrase("", cheap).error() == Fault::bad_argument);
  REQUIRE(put(store, identity, "the old one still holds"));
  CHECK(outcome(place) == "opened");
  place.fails = true;
  CHECK(store.change_passphrase("another", cheap).error() == Fault::storage_failed);
  place.fails = false;
  REQUIRE(put(store, identity, "so it does"));
  CHECK(outcome(place) == "opened");
  REQUIRE(store.change_passphrase("another", cheap));
  CHECK(outcome(place) == "not_authentic");
  const auto again = open(place, Origin::restart, nullptr, "another");
  REQUIRE(again);
  CHECK(text(*again, identity) == "so it does");
}

TEST_CASE("x3dh store: nothing is sealed twice with one key and nonce", "[attack]") {
  MemoryPlace place = filled(), copy = place;
  const auto fresh_in = [](const MemoryPlace& one) {
    return wire::hex::encode(wire::binary::decode<SealedRecords>(*one.bytes)->fresh);
  };
  std::set<std::string> seen{fresh_in(place)};
  // Two that go on from one copy.
  auto one = open(place).value(), other = open(copy).value();
  for (int i = 0; i < 3; ++i) {
    REQUIRE(put(one, identity, "one"));
    REQUIRE(put(other, identity, "two"));
    CHECK(seen.insert(fresh_in(place)).second);
    CHECK(seen.insert(fresh_in(copy)).second);
  }
}

TEST_CASE("x3dh store: a place that fails changes nothing") {
  MemoryPlace place = filled();
  auto store = open(place).value();
  place.fails = true;
  CHECK(store.put(identity, bytes_of("new")).error() == Fault::storage_failed);
  CHECK(store.put(session("connection 8"), bytes_of("new")).error() == Fault::storage_failed);
  CHECK(store.erase(session("connection 7")).error() == Fault::storage_failed);
  CHECK(outcome(place) == "storage_failed");
  CHECK(text(store, identity) == "a seed");
  CHECK(text(store, session("connection 7")) == "a session");
  CHECK(text(store, session("connection 8")) == "nothing");
  place.fails = false;
  REQUIRE(put(store, session("connection 8"), "later"));
  const auto again = open(place).value();
  CHECK(text(again, identity) == "a seed");
  CHECK(text(again, session("connection 8")) == "later");
}

TEST_CASE("x3dh store: records have bounds") {
  MemoryStore store;
  const std::vector<std::uint8_t> most(Store::record_size_max), more(most.size() + 1);
  REQUIRE(store.put(identity, most));
  CHECK(store.put(identity, more).error() == Fault::too_large);
  REQUIRE(put(store, identity, ""));
  for (std::size_t i = 1; i < Store::records_max; ++i)
    REQUIRE(put(store, session(std::to_string(i)), "s"));
  CHECK(store.put(session("one more"), {}).error() == Fault::limit_reached);
  REQUIRE(put(store, session("1"), "another"));
  REQUIRE(store.erase(session("2")));
  REQUIRE(put(store, session("one more"), ""));
}

TEST_CASE("x3dh store: records that are not in their one order and form are refused", "[illegal]") {
  MemoryStore store;
  REQUIRE(put(store, identity, "i"));
  REQUIRE(put(store, session("a"), "s"));
  REQUIRE(put(store, session("b"), "t"));
  Buffer buffer;
  SnapshotWriter writer(buffer);
  store.dangerous_write(writer);
  const std::string good(text_of(buffer.bytes()));
  const auto reads = [](const std::string& bytes) {
    SnapshotReader reader(bytes_of(bytes));
    MemoryStore read;
    return read.dangerous_read(reader) && reader.at_end();
  };
  CHECK(reads(good));
  for (std::size_t size = 0; size < good.size(); ++size) CHECK_FALSE(reads(good.substr(0, size)));
  const auto changed = [&](std::size_t at, char to) {
    std::string bytes = good;
    bytes[at] = to;
    return bytes;
  };
  // u32 3 | 1, "", u32 1 "i" | 3, 1 "a", u32 1 "s" | 3, 1 "b", u32 1 "t"
  REQUIRE(good[13] == 'a');
  CHECK_FALSE(reads(changed(13, 'b')));  // twice
  CHECK_FALSE(reads(changed(13, 'c')));  // in another order
  CHECK_FALSE(reads(changed(4, 3)));     // a session of no connection
  CHECK_FALSE(reads(changed(11, 2)));    // a pre-key of a connection
  CHECK_FALSE(reads(changed(4, 0)));
  CHECK_FALSE(reads(changed(11, 4)));
  CHECK_FALSE(reads(changed(2, 0x10)));  // 4096 more than there are
}

TEST_CASE("x3dh store: an earlier copy of all of it is told by a counter outside", "[attack]") {
  MemoryPlace place;
  MemoryCounter counter;
  {
    auto store = open(place, Origin::restart, &counter).value();
    REQUIRE(put(store, identity, "early"));
  }
  const MemoryPlace early = place;
  {
    auto store = open(place, Origin::restart, &counter).value();
    REQUIRE(put(store, identity, "late"));
  }
  MemoryPlace back = early, none;
  CHECK(outcome(back, &counter) == "stale");
  CHECK(outcome(none, &counter) == "stale");
  CHECK_FALSE(none.bytes);
  CHECK(outcome(place, &counter) == "opened");
  // Without it, nothing tells; and who names it a backup may have it.
  CHECK(outcome(back) == "opened");
  CHECK(outcome(back, &counter, Origin::backup) == "opened");
  CHECK(outcome(back, &counter) == "opened");
  CHECK(outcome(place, &counter) == "stale");
}

TEST_CASE("x3dh store: a crash before the counter is raised is no rollback, and no way to one",
          "[attack]") {
  MemoryPlace place;
  MemoryCounter counter;
  auto store = open(place, Origin::restart, &counter).value();
  REQUIRE(put(store, identity, "before"));
  const MemoryPlace before = place;
  counter.fails = true;
  CHECK(store.put(identity, bytes_of("never told")).error() == Fault::storage_failed);
  CHECK(text(store, identity) == "before");
  counter.fails = false;
  const MemoryPlace never_told = place;
  MemoryCounter as_it_is = counter;
  CHECK(outcome(place, &as_it_is) == "opened");
  // But somebody puts back what was before, which is good, too; and once that has gone on, what was
  // never told is not.
  place = before;
  auto gone_on = open(place, Origin::restart, &counter).value();
  REQUIRE(put(gone_on, identity, "gone on"));
  place = never_told;
  CHECK(outcome(place, &counter) == "stale");
}

TEST_CASE("x3dh store: what comes from a backup has no pre-keys", "[attack]") {
  MemoryPlace place;
  {
    auto store = open(place).value();
    REQUIRE(put(store, identity, "a seed"));
    REQUIRE(put(store, {RecordName::Kind::signed_pre_key}, "a key"));
  }
  auto store = open(place, Origin::backup).value();
  CHECK(text(store, identity) == "a seed");
  CHECK(text(store, {RecordName::Kind::signed_pre_key}) == "nothing");
  CHECK(text(open(place).value(), {RecordName::Kind::signed_pre_key}) == "nothing");
  REQUIRE(put(store, {RecordName::Kind::signed_pre_key}, "a new key"));
  CHECK(text(open(place).value(), {RecordName::Kind::signed_pre_key}) == "a new key");
}

TEST_CASE("x3dh store: records and what they are sealed in are the frozen ones, byte for byte",
          "[vectors]") {
  using handfast::test::hex, handfast::test::unhex;
  const auto frozen = nlohmann::json::parse(handfast::test::read_file("vectors/x3dh_store.json"));
  const std::string secret = handfast::test::text(frozen["passphrase"]);
  const argon2id::Cost cost{frozen["memory"], frozen["passes"], frozen["lanes"]};
  const ConnectionId connection =
      ConnectionId::parse(handfast::test::text(frozen["void_session"])).value();
  const auto digest = [](const nlohmann::json& digits) {
    FirstMessages::Name name{};
    std::ranges::copy(unhex(digits), name.begin());
    return name;
  };
  const auto& seen = frozen["first_messages"];
  const auto of_seen = x25519::PublicKey::parse_as_deployed(unhex(seen["of"])).value();

  // What other code has sealed is read.
  MemoryPlace place;
  place.bytes = unhex(frozen["place"]);
  auto store = open(place, Origin::restart, nullptr, secret);
  REQUIRE(store);
  Random random;
  const auto seed = Secret<32>::from(Bytes(unhex(frozen["identity_seed"])));
  const auto pre_key = x25519::PrivateKey::from(Bytes(unhex(frozen["signed_pre_key"]))).value();
  CHECK(identity_of(*store, random)->public_key() ==
        xeddsa::PrivateKey::from_seed(seed)->public_key());
  CHECK(signed_pre_key_of(*store, random)->public_key() == pre_key.public_key());
  CHECK(store->sessions() == std::vector{connection});
  CHECK(store->find(RecordName::of(connection))->empty());
  const auto messages = first_messages_of(*store);
  REQUIRE(messages);
  CHECK(messages->are_of(of_seen));
  for (const auto* names : {&seen["names"], &seen["before"]})
    for (const auto& one : *names)
      CHECK(messages->check(digest(one), of_seen).error() == Fault::replayed);

  // And what is sealed here is the same.
  handfast::test::QueuedRandom queue;
  queue.queue = {unhex(frozen["salt"])};
  for (int i = 0; i < 4; ++i) queue.queue.push_back(std::vector<std::uint8_t>(16, 1));
  queue.queue.push_back(unhex(frozen["fresh"]));
  MemoryPlace other;
  auto made = SealedStore::open(other, secret, Origin::restart, {cost, nullptr, Random(queue)});
  REQUIRE(made);
  handfast::test::QueuedRandom keys;
  keys.queue = {unhex(frozen["identity_seed"]), unhex(frozen["signed_pre_key"])};
  Random drawn(keys);
  REQUIRE(identity_of(*made, drawn));
  REQUIRE(signed_pre_key_of(*made, drawn));
  REQUIRE(made->put(RecordName::of(connection), {}));
  const auto record = unhex(frozen["records"][3]);
  REQUIRE(made->put({RecordName::Kind::first_messages}, record));
  CHECK(hex(*other.bytes) == handfast::test::text(frozen["place"]));
  for (const std::size_t i : {std::size_t{0}, std::size_t{1}})
    CHECK(hex(*made->find({static_cast<RecordName::Kind>(i + 1)})) ==
          handfast::test::text(frozen["records"][i]));
}

TEST_CASE("x3dh store: other code computes the store from its inputs", "[vectors]") {
  handfast::test::check_computed_anew("x3dh_store");
}

namespace {

/// A folder that goes when the test does.
struct Folder {
  std::string path = (std::filesystem::temp_directory_path() / "handfast-store-XXXXXX").string();
  Folder() { REQUIRE(::mkdtemp(path.data()) != nullptr); }
  ~Folder() { std::filesystem::remove_all(path); }
};

struct Killed {};

/// A process that ends before its `left`th call, and writes little at a time.
struct Dying {
  static inline int left = 0;
  static void live() {
    if (left-- == 0) throw Killed{};
  }
  using All = over_connector::SystemCalls;
  static int open(const char* path, int flags) { return live(), All::open(path, flags); }
  static ssize_t write(int file, const void* bytes, std::size_t size) {
    return live(), All::write(file, bytes, std::min<std::size_t>(size, 100));
  }
  static int fsync(int file) { return live(), All::fsync(file); }
  static int rename(const char* from, const char* to) { return live(), All::rename(from, to); }
  static int unlink(const char* path) { return live(), All::unlink(path); }
};

}  // namespace

TEST_CASE("x3dh store: in a file that only its owner may read", "[roundtrip]") {
  const Folder folder;
  const std::string path = folder.path + "/store";
  {
    over_connector::StoreFile<> file(path);
    auto store = open(file).value();
    REQUIRE(put(store, identity, "a seed"));
    CHECK_THROWS_AS(over_connector::StoreFile<>(path), std::runtime_error);
  }
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  over_connector::StoreFile<> file(path);
  CHECK(text(open(file).value(), identity) == "a seed");
  over_connector::StoreFile<> nowhere(folder.path + "/lock only");
  std::filesystem::create_directory(folder.path + "/lock only");
  CHECK(outcome(nowhere) == "storage_failed");
}

TEST_CASE("x3dh store: a process that dies at any moment leaves the old file or the new one") {
  const Folder folder;
  const std::string path = folder.path + "/store";
  {
    over_connector::StoreFile<> file(path);
    auto store = open(file).value();
    REQUIRE(put(store, identity, "old"));
  }
  std::vector<std::string> found;
  for (int calls = 0;; ++calls) {
    bool is_dead = false;
    {
      over_connector::StoreFile<Dying> file(path);
      auto store = open(file).value();
      Dying::left = calls;
      try {
        (void)put(store, identity, "new");
      } catch (const Killed&) {
        is_dead = true;
      }
    }
    over_connector::StoreFile<> file(path);
    auto store = open(file).value();
    found.push_back(text(store, identity));
    if (!is_dead) break;
    REQUIRE(put(store, identity, "old"));
  }
  // unlink, open, two writes, fsync, rename, open, fsync.
  CHECK(found ==
        std::vector<std::string>{"old", "old", "old", "old", "old", "old", "new", "new", "new"});
}

TEST_CASE("x3dh store: a counter in a file") {
  const Folder folder;
  const std::string path = folder.path + "/counter";
  over_connector::CounterFile counter(path);
  CHECK(counter.value() == 0);
  REQUIRE(counter.raise(12));
  CHECK(over_connector::CounterFile(path).value() == 12);
  for (const char* other : {"", "12", "x\n", "-1\n", "12\n ", "99999999999999999999\n"}) {
    std::ofstream(path, std::ios::trunc) << other;
    CAPTURE(other);
    CHECK(counter.value() == std::unexpected(Fault::storage_failed));
  }
}
