#pragma once

// A store in one sealed run of bytes, which only who knows the passphrase opens, or makes. It does no
// I/O: where the bytes are is a `Place`, which the application brings (examples/x3dh/store_file.hpp
// is a file). Each change seals all records anew, so it suits tens of sessions; who has thousands
// writes a `Store` of its own.
//
//   "handfast x3dh store" | version 1 | Argon2id's salt, 16 bytes | memory, passes, lanes, 4 bytes each
//   | generation, 8 bytes | fresh, 16 bytes | size of the rest, 4 bytes | ciphertext, tag
//
//   master     = Argon2id(passphrase, salt, costs), 32 bytes
//   key, nonce = HKDF(master, salt fresh, label, 44 bytes)
//   ciphertext = AES-256-GCM(key, nonce, all before it, the records)
//
// `fresh` is random each time: two copies that go on by themselves never seal with one key and nonce.
//
// Who can write to the place can put an earlier run of bytes there, the whole of it, and no seal
// tells: it was good once. A `MonotonicCounter` outside does, one that nobody turns back: a TPM's, a
// server's. The bytes have the generation in them; after each change, and before anything leaves,
// the counter is raised to it, so that what is older is `stale`. Between the two steps two runs could
// have one generation, so whoever opens a store changes it first.

#include <array>
#include <string_view>

#include "handfast/crypto/argon2id.hpp"
#include "handfast/wire/binary.hpp"
#include "handfast/x3dh/store.hpp"

namespace handfast::x3dh {

/// Where a sealed store is.
class Place {
 public:
  virtual ~Place() = default;
  /// All that is there; nothing where nothing was ever put. `storage_failed`.
  [[nodiscard]] virtual std::expected<std::optional<std::vector<std::uint8_t>>, Fault> read() = 0;
  /// Puts `bytes` there: at each moment, also of a crash, all of what was there or all of these is
  /// there, and after it has returned without a fault these are. `storage_failed`.
  [[nodiscard]] virtual std::expected<void, Fault> replace(Bytes bytes) = 0;
};

/// A number outside the place, which nobody can turn back.
class MonotonicCounter {
 public:
  virtual ~MonotonicCounter() = default;
  /// The highest number that it was raised to, 0 in the beginning. `storage_failed`.
  [[nodiscard]] virtual std::expected<std::uint64_t, Fault> value() = 0;
  /// Raises it to `number`. `storage_failed`.
  [[nodiscard]] virtual std::expected<void, Fault> raise(std::uint64_t number) = 0;
};

/// What stands in the place of a sealed store.
struct SealedRecords {
  static constexpr std::size_t header_size = 76;                        // bytes
  static constexpr std::size_t ciphertext_size_max = 64 * 1024 * 1024;  // bytes

  std::array<std::uint8_t, 16> salt{};
  std::uint32_t memory = 0;
  std::uint32_t passes = 0;
  std::uint32_t lanes = 0;
  std::uint64_t generation = 0;
  std::array<std::uint8_t, 16> fresh{};
  Bytes ciphertext;
  struct Key;
  using layout = wire::Layout<"sealed_records", wire::Constant<"what", "handfast x3dh store">,
                              wire::Version<"version", std::uint8_t{1}>,
                              wire::Field<"salt", &SealedRecords::salt, wire::Fresh>,
                              wire::Field<"memory", &SealedRecords::memory>,
                              wire::Field<"passes", &SealedRecords::passes>,
                              wire::Field<"lanes", &SealedRecords::lanes>,
                              wire::Field<"generation", &SealedRecords::generation, wire::Counter>,
                              wire::Field<"fresh", &SealedRecords::fresh, wire::Fresh>,
                              wire::LengthOfRest<"length", std::uint32_t, ciphertext_size_max>,
                              wire::Field<"ciphertext", &SealedRecords::ciphertext,
                                          wire::Bounded<tag_size, ciphertext_size_max>>>;

  [[nodiscard]] argon2id::Cost cost() const noexcept { return {memory, passes, lanes}; }
};

static_assert(wire::frame_size<SealedRecords>.min == SealedRecords::header_size + tag_size);

/// A store in a place. Move-only; `place`, `counter` and the random source outlive it. One at a time
/// for each place: that is the application's.
class SealedStore final : public Store {
 public:
  /// Where the bytes come from, which only the caller knows.
  enum class Origin : std::uint8_t { restart, backup };

  struct Options {
    argon2id::Cost cost = {};             // of a new store; an old one has its own
    MonotonicCounter* counter = nullptr;  // where there is one
    Random random = {};
  };

  /// The store in `place`, or a new one where there is nothing. What comes from a backup has its
  /// spent keys forgotten (`forget_spent`) before this returns. `malformed` for what is no store, or
  /// has costs out of bounds; `wrong_version`, `truncated`, `oversized`, `wrong_length`;
  /// `not_authentic` for another passphrase and for bytes that were changed, which look the same;
  /// `stale` where the counter has seen a later one and this is no backup; `bad_argument` without a
  /// passphrase; `bad_snapshot`, `storage_failed`, `random_source_failed`, `crypto_failed`.
  [[nodiscard]] static std::expected<SealedStore, Fault> open(Place& place,
                                                              std::string_view passphrase,
                                                              Origin origin, Options options) {
    SealedStore store(place, options);
    const auto bytes = place.read();
    if (!bytes) return std::unexpected(bytes.error());
    const auto done = bytes->has_value() ? store.load(**bytes, passphrase, origin)
                                         : store.make(passphrase, options.cost, origin);
    if (!done) return std::unexpected(done.error());
    return store;
  }
  [[nodiscard]] static std::expected<SealedStore, Fault> open(Place& place,
                                                              std::string_view passphrase,
                                                              Origin origin) {
    return open(place, passphrase, origin, Options{});
  }

  [[nodiscard]] std::optional<Bytes> find(const RecordName& name) const override {
    return records_.find(name);
  }
  [[nodiscard]] std::vector<ConnectionId> sessions() const override { return records_.sessions(); }
  [[nodiscard]] std::expected<void, Fault> put(const RecordName& name, Bytes record) override {
    return change(name, [&] { return records_.put(name, record); });
  }
  [[nodiscard]] std::expected<void, Fault> erase(const RecordName& name) override {
    if (!records_.find(name)) return {};
    return change(name, [&] { return records_.erase(name); });
  }

  /// Takes another passphrase, and new costs. As `open` of a new store; after a fault the old
  /// passphrase is the one, but after `storage_failed` either of them may be: where it came too late,
  /// the bytes in the place are under the new one until the next change.
  [[nodiscard]] std::expected<void, Fault> change_passphrase(std::string_view passphrase,
                                                             const argon2id::Cost& cost = {}) {
    const auto old_salt = salt_;
    const auto old_cost = cost_;
    Secret<32> old_master = std::move(master_);
    auto done = draw_master(passphrase, cost);
    if (done) done = save();
    if (!done) {
      salt_ = old_salt;
      cost_ = old_cost;
      master_ = std::move(old_master);
    }
    return done;
  }

 private:
  static constexpr std::string_view label = "handfast x3dh store v1";

  SealedStore(Place& place, const Options& options)
      : place_(&place), counter_(options.counter), random_(options.random) {}

  [[nodiscard]] std::expected<void, Fault> draw_master(std::string_view passphrase,
                                                       const argon2id::Cost& cost) {
    const auto salt = random_.bytes<16>();
    if (!salt) return std::unexpected(salt.error());
    return take_master(passphrase, *salt, cost);
  }
  [[nodiscard]] std::expected<void, Fault> take_master(std::string_view passphrase,
                                                       const std::array<std::uint8_t, 16>& salt,
                                                       const argon2id::Cost& cost) {
    auto master = argon2id::derive<32>(passphrase, salt, cost);
    if (!master) return std::unexpected(master.error());
    master_ = std::move(*master);
    salt_ = salt;
    cost_ = cost;
    return {};
  }

  [[nodiscard]] std::expected<std::uint64_t, Fault> counted() {
    if (counter_ == nullptr) return 0;
    return counter_->value();
  }
  [[nodiscard]] static bool is_earlier(std::uint64_t generation, std::uint64_t seen) {
    return generation < seen && !handfast::detail::planted<"earlier store is taken">;
  }
  [[nodiscard]] std::expected<void, Fault> make(std::string_view passphrase,
                                                const argon2id::Cost& cost, Origin origin) {
    const auto seen = counted();
    if (!seen) return std::unexpected(seen.error());
    // Who has removed it all has turned it back, too.
    if (origin != Origin::backup && is_earlier(0, *seen)) return std::unexpected(Fault::stale);
    generation_ = *seen;
    if (const auto done = draw_master(passphrase, cost); !done) return done;
    return save();
  }
  [[nodiscard]] std::expected<void, Fault> load(Bytes bytes, std::string_view passphrase,
                                                Origin origin) {
    const auto sealed = wire::binary::decode<SealedRecords>(bytes);
    if (!sealed) return std::unexpected(sealed.error());
    if (!sealed->cost().is_sound()) return std::unexpected(Fault::malformed);
    if (const auto done = take_master(passphrase, sealed->salt, sealed->cost()); !done) return done;
    Buffer plaintext;
    const MutableBytes all = plaintext.extend(sealed->ciphertext.size() - tag_size);
    const Keys keys(master_, sealed->fresh);
    if (const auto opened = Aead<Aes256Gcm>().open(keys.key, keys.nonce.bytes(), covered(bytes),
                                                   sealed->ciphertext, all);
        !opened)
      return opened;
    SnapshotReader reader(plaintext.bytes());
    if (!records_.dangerous_read(reader) || !reader.at_end())
      return std::unexpected(Fault::bad_snapshot);
    const auto seen = counted();
    if (!seen) return std::unexpected(seen.error());
    const bool is_backup = origin == Origin::backup;
    if (!is_backup && is_earlier(sealed->generation, *seen)) return std::unexpected(Fault::stale);
    generation_ = std::max(sealed->generation, *seen);
    if (is_backup) {
      if (const auto forgotten = forget_spent(records_); !forgotten)
        return std::unexpected(forgotten.error());
    }
    const bool is_first_changed =
        counter_ != nullptr && !handfast::detail::planted<"store not changed when opened">;
    return is_backup || is_first_changed ? save() : std::expected<void, Fault>{};
  }

  /// Changes one record, here and in the place, or neither.
  template <class Change>
  [[nodiscard]] std::expected<void, Fault> change(const RecordName& name, Change&& do_change) {
    std::optional<WipingBuffer> before;
    if (const auto record = records_.find(name)) before.emplace().append(*record);
    if (const auto done = do_change(); !done) return done;
    const auto saved = save();
    if (!saved) {
      // Neither can fail: there is room for what was there.
      (void)(before ? records_.put(name, before->bytes()) : records_.erase(name));
    }
    return saved;
  }

  /// Seals all records as the next generation. A number is used once, whatever becomes of it.
  [[nodiscard]] std::expected<void, Fault> save() {
    ++generation_;
    auto fresh = random_.bytes<16>();
    if (!fresh) return std::unexpected(fresh.error());
    if (handfast::detail::planted<"sealed twice with one nonce">) fresh->fill(0);
    Buffer plaintext;
    SnapshotWriter writer(plaintext);
    records_.dangerous_write(writer);
    const std::size_t sealed_size = plaintext.size() + tag_size;
    if (sealed_size > SealedRecords::ciphertext_size_max) return std::unexpected(Fault::too_large);
    std::vector<std::uint8_t> bytes(SealedRecords::header_size + sealed_size);
    const MutableBytes ciphertext = MutableBytes(bytes).last(sealed_size);
    wire::Writer out(bytes);
    (void)wire::binary::encode(SealedRecords{salt_, cost_.memory, cost_.passes, cost_.lanes,
                                             generation_, *fresh, ciphertext},
                               out);  // it has room, and all values are allowed
    const Keys keys(master_, *fresh);
    if (const auto sealed = Aead<Aes256Gcm>().seal(keys.key, keys.nonce.bytes(), covered(bytes),
                                                   plaintext.bytes(), ciphertext);
        !sealed)
      return sealed;
    if (const auto stored = place_->replace(bytes); !stored) return stored;
    return counter_ == nullptr ? std::expected<void, Fault>{} : counter_->raise(generation_);
  }

  [[nodiscard]] static Bytes covered(Bytes bytes) {
    if (handfast::detail::planted<"store's header not covered">) return {};
    return bytes.first(SealedRecords::header_size);
  }

  /// What seals one generation.
  struct Keys {
    Secret<32> key;
    Secret<12> nonce;

    Keys(const Secret<32>& master, const std::array<std::uint8_t, 16>& fresh) {
      const auto both = Hkdf().derive<44>(master.bytes(), fresh, bytes_of(label));
      key = Secret<32>::from(both.bytes().first<32>());
      nonce = Secret<12>::from(both.bytes().last<12>());
    }
  };

  Place* place_;
  MonotonicCounter* counter_;
  Random random_;
  MemoryStore records_;
  Secret<32> master_;
  std::array<std::uint8_t, 16> salt_{};
  argon2id::Cost cost_;
  std::uint64_t generation_ = 0;
};

}  // namespace handfast::x3dh
