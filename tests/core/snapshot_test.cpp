#include "handfast/core/snapshot.hpp"

#include <map>

#include "tests/support/catch.hpp"
#include "tests/support/seed.hpp"
#include "tests/support/toy.hpp"

using namespace handfast;
using namespace std::chrono_literals;
using toy::Client;
using toy::keep;
using toy::Kept;
using toy::Server;

namespace {

struct Timer {};
enum class Colour : std::uint8_t { red, green };
struct Inner {
  std::uint16_t number = 0;
  static constexpr auto fields = Fields{&Inner::number};
};
/// Every kind of field that a snapshot knows.
struct Everything {
  bool yes = false;
  std::uint8_t u8 = 0;
  std::uint64_t u64 = 0;
  Colour colour{};
  Link link;
  Deadline<Timer> deadline;
  UnixTime time{};
  std::array<std::uint8_t, 3> array{};
  std::optional<std::uint16_t> present, absent;
  std::vector<Inner> list;
  Inner inner;
  toy::Key key;
  static constexpr auto fields =
      Fields{&Everything::yes,     &Everything::u8,       &Everything::u64,  &Everything::colour,
             &Everything::link,    &Everything::deadline, &Everything::time, &Everything::array,
             &Everything::present, &Everything::absent,   &Everything::list, &Everything::inner,
             &Everything::key};
};

Everything example() {
  return {true,
          0x12,
          0x0102030405060708,
          Colour::green,
          Link{0x0A0B0C0D},
          {SteadyTime{1ns}},
          UnixTime{-1ms},
          {1, 2, 3},
          0x55,
          std::nullopt,
          {{7}, {8}},
          {9},
          toy::Key(0xCAFE)};
}

template <class T>
Kept written(const T& value) {
  Buffer out;
  SnapshotWriter w(out);
  detail::write_value(w, value);
  return keep(out.bytes());
}
template <class T>
std::optional<T> read(Bytes bytes) {
  SnapshotReader r(bytes);
  T value{};
  if (!detail::read_value(r, value) || !r.at_end()) return std::nullopt;
  return value;
}

/// A snapshot of each state, by machine.
std::vector<Kept> client_snapshots() {
  return {toy::snapshot_in<Client>(Client::Idle{}),
          toy::snapshot_in<Client>(Client::AwaitingWelcome{7, 1, {SteadyTime{5s}}, {never}}),
          toy::snapshot_in<Client>(Client::Open{{toy::key_of(7), 4, 2}, Link{1}, 0x41}),
          toy::snapshot_in<Client>(Client::Open{{toy::key_of(7), 4, 2}, Link{1}, std::nullopt}),
          toy::snapshot_in<Client>(Client::Done{{toy::key_of(7), 4, 2}, true})};
}

}  // namespace

TEST_CASE("core: a value's snapshot is its fields in order, big-endian") {
  CHECK(written(example()) == Kept{1,                                               // yes
                                   0x12,                                            // u8
                                   1,    2,    3,    4,    5,    6,    7,    8,     // u64
                                   1,                                               // colour
                                   0x0A, 0x0B, 0x0C, 0x0D,                          // link
                                   0,    0,    0,    0,    0,    0,    0,    1,     // deadline
                                   0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,  // time
                                   1,    2,    3,                                   // array
                                   1,    0,    0x55,                                // present
                                   0,                                               // absent
                                   0,    0,    0,    2,    0,    7,    0,    8,     // list
                                   0,    9,                                         // inner
                                   0,    0,    0xCA, 0xFE});                        // key
}

TEST_CASE("core: a value comes back from its snapshot as it was", "[roundtrip]") {
  const auto back = read<Everything>(written(example()));
  REQUIRE(back.has_value());
  CHECK(written(*back) == written(example()));
  CHECK(back->time == UnixTime{-1ms});
  CHECK(back->deadline.at == SteadyTime{1ns});
  CHECK(back->present == 0x55);
  CHECK_FALSE(back->absent.has_value());
  CHECK(back->list.size() == 2);
  CHECK(back->key.dangerous_value() == 0xCAFE);
}

TEST_CASE("core: reading replaces what was there") {
  Everything target = example();
  const Kept empty = written(Everything{});
  SnapshotReader r(empty);
  REQUIRE(detail::read_value(r, target));
  CHECK(written(target) == empty);
}

TEST_CASE("core: values that could be written in two ways are read in one", "[illegal]") {
  CHECK_FALSE(read<bool>(Kept{2}).has_value());
  CHECK_FALSE(read<std::optional<std::uint8_t>>(Kept{2, 1}).has_value());
  CHECK_FALSE(read<std::optional<std::uint8_t>>(Kept{0, 1}).has_value());
  // What lies apart stands where it would without.
  CHECK(*read<Apart<std::uint16_t>>(Kept{1, 2}).value() == 0x0102);
  CHECK_FALSE(read<Apart<std::uint16_t>>(Kept{1}).has_value());
  CHECK_FALSE(read<std::vector<std::uint8_t>>(Kept{0xFF, 0xFF, 0xFF, 0xFF}).has_value());
  CHECK_FALSE(
      read<std::vector<std::uint8_t>>(Kept{0, 0x10, 0, 1}).has_value());  // one above the limit
  CHECK_FALSE(read<std::vector<std::uint8_t>>(Kept{0, 0, 0, 2, 1}).has_value());
}

TEST_CASE("core: a machine's snapshot is canonical", "[roundtrip]") {
  for (const Kept& snapshot : client_snapshots()) {
    const auto restored = Machine<Client>::dangerous_restore({}, snapshot);
    REQUIRE(restored.has_value());
    CHECK(toy::snapshot_of(*restored) == snapshot);
  }
  CHECK(client_snapshots() == client_snapshots());
}

TEST_CASE("core: a restored machine goes on where the stored one was") {
  auto stored = toy::machine_in<Client>(Client::Open{{toy::key_of(7), 4, 2}, Link{0}, 0x41});
  auto restored =
      std::move(Machine<Client>::dangerous_restore({}, toy::snapshot_of(stored)).value());
  const Kept first = keep(stored.handle(toy::Send{bytes_of("a")}, toy::at(1s)).transmit[0].bytes);
  const Kept second =
      keep(restored.handle(toy::Send{bytes_of("a")}, toy::at(1s)).transmit[0].bytes);
  CHECK(first == second);
  CHECK(toy::snapshot_of(stored) == toy::snapshot_of(restored));
}

TEST_CASE("core: the part of a context that it lists is stored, and nothing else of it") {
  Client::Context context;
  context.opened_count = 5;
  context.random = 99;
  const Kept snapshot = toy::snapshot_in<Client>(Client::Idle{}, context);
  auto restored = std::move(Machine<Client>::dangerous_restore({}, snapshot).value());
  CHECK(restored.context().opened_count == 5);
  CHECK(restored.context().random == Client::Context{}.random);
}

TEST_CASE("core: every truncation and every extension of a snapshot is refused", "[illegal]") {
  for (const Kept& snapshot : client_snapshots()) {
    for (std::size_t size = 0; size < snapshot.size(); ++size)
      CHECK(Machine<Client>::dangerous_restore({}, Bytes(snapshot).first(size)).error() ==
            Fault::bad_snapshot);
    for (int byte = 0; byte < 256; ++byte) {
      Kept longer = snapshot;
      longer.push_back(static_cast<std::uint8_t>(byte));
      CHECK_FALSE(Machine<Client>::dangerous_restore({}, longer).has_value());
    }
  }
}

TEST_CASE("core: a snapshot with any byte changed is refused", "[illegal]") {
  for (const Kept& snapshot : client_snapshots())
    for (std::size_t place = 0; place < snapshot.size(); ++place)
      for (int change = 1; change < 256; ++change) {
        Kept changed = snapshot;
        changed[place] = static_cast<std::uint8_t>(changed[place] ^ change);
        REQUIRE_FALSE(Machine<Client>::dangerous_restore({}, changed).has_value());
      }
}

/// `bytes` with the checksum at their end made right.
Kept with_checksum(Kept bytes) {
  bytes.resize(std::max(bytes.size(), detail::checksum_size));
  const Bytes content = Bytes(bytes).first(bytes.size() - detail::checksum_size);
  Buffer checksum;
  SnapshotWriter(checksum).integer(detail::checksum_of(content));
  std::ranges::copy(checksum.bytes(), bytes.begin() + static_cast<std::ptrdiff_t>(content.size()));
  return bytes;
}

TEST_CASE(
    "core: a snapshot with a right checksum and any other byte changed is refused, or is a state "
    "that writes exactly those bytes",
    "[illegal]") {
  for (const Kept& snapshot : client_snapshots()) {
    REQUIRE(with_checksum(snapshot) == snapshot);
    int refused = 0;
    for (std::size_t place = 0; place < snapshot.size() - detail::checksum_size; ++place) {
      for (int value = 0; value < 256; ++value) {
        Kept changed = snapshot;
        changed[place] = static_cast<std::uint8_t>(value);
        changed = with_checksum(std::move(changed));
        const auto restored = Machine<Client>::dangerous_restore({}, changed);
        refused += !restored;
        if (restored) REQUIRE(toy::snapshot_of(*restored) == changed);
        if (place < 8 && changed != snapshot) REQUIRE_FALSE(restored);
      }
    }
    CHECK(refused >= 8 * 255 + 250);  // the shape, and most states' indices
  }
}

TEST_CASE("core: a snapshot of random bytes is refused or canonical", "[property]") {
  const test::Seed seed = test::seed();
  INFO(seed.again());
  test::Random random(seed);
  const std::vector<Kept> snapshots = client_snapshots();
  for (int i = 0; i < 2000; ++i) {
    Kept bytes = snapshots[random.below(snapshots.size())];
    bytes.resize(8);  // a true shape, then noise, then a true checksum
    for (std::uint64_t more = random.below(40); more > 0; --more)
      bytes.push_back(static_cast<std::uint8_t>(random.below(4)));
    bytes.resize(bytes.size() + detail::checksum_size);
    bytes = with_checksum(std::move(bytes));
    const auto restored = Machine<Client>::dangerous_restore({}, bytes);
    if (restored) REQUIRE(toy::snapshot_of(*restored) == bytes);
  }
}

TEST_CASE("core: another role's snapshot is refused", "[illegal]") {
  const Kept server = toy::snapshot_in<Server>(Server::Waiting{});
  CHECK(Machine<Client>::dangerous_restore({}, server).error() == Fault::bad_snapshot);
  for (const Kept& client : client_snapshots())
    CHECK_FALSE(Machine<Server>::dangerous_restore({}, client).has_value());
}

namespace {

// The same role in the words of its name, with another shape each.
template <class Field>
struct Shaped {
  struct Only {
    Field field{};
    static constexpr auto fields = Fields{&Only::field};
  };
};
template <class Field>
std::uint64_t shape() {
  detail::ShapeHash hash;
  detail::add_shape<typename Shaped<Field>::Only>(hash);
  return hash.value;
}

}  // namespace

TEST_CASE("core: types that stand differently in a snapshot have different shapes") {
  std::map<std::uint64_t, int> seen;
  ++seen[shape<std::uint8_t>()];
  ++seen[shape<std::uint32_t>()];
  ++seen[shape<std::optional<std::uint32_t>>()];
  ++seen[shape<std::vector<std::uint32_t>>()];
  ++seen[shape<std::vector<std::uint8_t>>()];
  ++seen[shape<std::array<std::uint8_t, 3>>()];
  ++seen[shape<std::array<std::uint8_t, 4>>()];
  ++seen[shape<Inner>()];
  ++seen[shape<toy::Key>()];
  ++seen[shape<Link>()];
  ++seen[shape<Colour>()];
  ++seen[shape<Deadline<Timer>>()];
  CHECK(seen.size() == 12);
  CHECK(shape<Inner>() == shape<Inner>());
}

TEST_CASE("core: a shape is the same number on every compiler") {
  CHECK(shape<std::array<std::optional<std::uint64_t>, 2>>() == 0xAF2490B652C4A75Cu);
  CHECK(shape<Apart<std::uint16_t>>() == shape<std::uint16_t>());
  CHECK(detail::shape_of<Client>() == 0x5D2E11C5F221140Fu);
}

// GCC spells a type as the source has that names it first: here one way, in machine_test.cpp another.
TEST_CASE("core: a role has one name in snapshots, where its argument is left out") {
  CHECK(toy::hashed_name<toy::Speaker<toy::Spoken<>>>() == toy::speaker_name);
  CHECK(toy::hashed_name<toy::Speaker<toy::Spoken<toy::Dialect::old>>>() != toy::speaker_name);
  CHECK(toy::hashed_name<toy::Speaker<toy::Dialect>>() != toy::speaker_name);
}

namespace {

template <class...>
struct Of {
  struct Member {};
  template <class>
  struct Kind {};
};
template <class, int>
struct Mixed {};

}  // namespace

TEST_CASE("core: roles with other arguments have other names in snapshots") {
  std::map<std::uint64_t, int> seen;
  ++seen[toy::hashed_name<Of<>>()];
  ++seen[toy::hashed_name<Of<Inner>>()];
  ++seen[toy::hashed_name<Of<Inner, Timer>>()];
  ++seen[toy::hashed_name<Of<Of<Inner>, Timer>>()];
  ++seen[toy::hashed_name<Of<Of<Inner, Timer>>>()];
  ++seen[toy::hashed_name<Of<Inner>::Member>()];
  ++seen[toy::hashed_name<Of<Timer>::Member>()];
  ++seen[toy::hashed_name<Of<Inner>::Kind<Timer>>()];
  ++seen[toy::hashed_name<Of<Timer>::Kind<Timer>>()];
  ++seen[toy::hashed_name<Mixed<Inner, 1>>()];
  ++seen[toy::hashed_name<Mixed<Inner, 2>>()];
  CHECK(seen.size() == 11);
}
