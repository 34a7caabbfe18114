#pragma once

// What sessions have left for others to go on from, as a server keeps it: so many, for so long, and
// each for once.

#include <optional>
#include <vector>

#include "handfast/core/fields.hpp"
#include "handfast/core/planted.hpp"
#include "handfast/core/snapshot.hpp"
#include "handfast/udp/keys.hpp"

namespace handfast::udp {

/// The store. Its ages are by the clock that goes on while nothing runs, because it can be saved.
/// Whoever reads it can take the place of either side of the sessions to come.
class Resumptions {
 public:
  /// How many are kept, and how many of them for clients of one host.
  struct Bounds {
    std::size_t all = 0, of_host = 0;
  };

  /// Keeps `one` for a client at `host`, and of more than there may be the newest. What one host
  /// leaves takes no other's place as long as it has more than its share.
  void put(Resumption one, const Host& host, Bounds bounds, const Time& now) {
    (void)take(one.id);
    const auto is_of_host = [&](const Entry& entry) { return entry.host == host; };
    const auto of_host = static_cast<std::size_t>(std::ranges::count_if(kept_, is_of_host));
    if (of_host >= bounds.of_host && of_host > 0 &&
        !handfast::detail::planted<"resumptions of one host without bound">)
      kept_.erase(std::ranges::find_if(kept_, is_of_host));
    while (!kept_.empty() && kept_.size() >= bounds.all &&
           !handfast::detail::planted<"resumptions without bound">)
      kept_.erase(kept_.begin());
    if (bounds.all > 0 && bounds.of_host > 0) kept_.push_back({std::move(one), host, now.utc});
  }

  /// The secret of `id`, or nullptr where there is none, or none that is younger than `age`; valid
  /// until the next call that changes anything.
  [[nodiscard]] const Secret<32>* find(const ResumptionId& id, Duration age,
                                       const Time& now) const {
    const auto found = at(id);
    if (found == kept_.end()) return nullptr;
    return is_young(*found, age, now) ? &found->one.secret : nullptr;
  }

  /// Takes the secret of `id` out, so that nobody goes on from it a second time.
  [[nodiscard]] std::optional<Secret<32>> take(const ResumptionId& id) {
    const auto found = at(id);
    if (found == kept_.end()) return std::nullopt;
    if (handfast::detail::planted<"resumption used twice">)
      return found->one.secret.dangerous_copy();
    std::optional<Secret<32>> secret(std::move(found->one.secret));
    kept_.erase(found);
    return secret;
  }

  /// Wipes those that are `age` old or older.
  void forget_old(Duration age, const Time& now) {
    std::erase_if(kept_, [&](const Entry& entry) { return !is_young(entry, age, now); });
  }

  [[nodiscard]] std::size_t size() const noexcept { return kept_.size(); }

  /// All of it as bytes, every secret included. Who restores it twice lets each be used twice.
  [[nodiscard]] Buffer dangerous_snapshot() const {
    Buffer out;
    SnapshotWriter w(out);
    w.integer(shape());
    handfast::detail::write_value(w, kept_);
    w.integer(handfast::detail::checksum_of(out.bytes()));
    return out;
  }
  /// The store that `snapshot` holds; `bad_snapshot` if it is not one, whole and unchanged.
  [[nodiscard]] static std::expected<Resumptions, Fault> dangerous_restore(Bytes snapshot) {
    constexpr std::size_t checksum_size = handfast::detail::checksum_size;
    if (snapshot.size() < checksum_size) return std::unexpected(Fault::bad_snapshot);
    const Bytes content = snapshot.first(snapshot.size() - checksum_size);
    std::uint64_t checksum = 0, stored_shape = 0;
    Resumptions restored;
    SnapshotReader r(content);
    const bool is_whole = SnapshotReader(snapshot.last(checksum_size)).integer(checksum) &&
                          checksum == handfast::detail::checksum_of(content) &&
                          r.integer(stored_shape) && stored_shape == shape() &&
                          handfast::detail::read_value(r, restored.kept_) && r.at_end();
    if (!is_whole) return std::unexpected(Fault::bad_snapshot);
    return restored;
  }

 private:
  struct Entry {
    Resumption one;
    Host host{};
    UnixTime made{};
    static constexpr auto fields = Fields{&Entry::one, &Entry::host, &Entry::made};
  };

  /// A clock that was set back makes nothing last longer than twice its time.
  static bool is_young(const Entry& entry, Duration age, const Time& now) {
    const Duration old = now.utc - entry.made;
    const bool is_of_past = old > -age || handfast::detail::planted<"resumptions of the future">;
    return (old < age && is_of_past) || handfast::detail::planted<"resumptions never too old">;
  }

  static constexpr std::uint64_t shape() {
    handfast::detail::ShapeHash hash;
    hash.text("udp resumptions");
    handfast::detail::add_shape<std::vector<Entry>>(hash);
    return hash.value;
  }

  // The ids are no secret: they go over the wire.
  [[nodiscard]] std::vector<Entry>::const_iterator at(const ResumptionId& id) const {
    return std::ranges::find(kept_, id, [](const Entry& entry) { return entry.one.id; });
  }
  [[nodiscard]] std::vector<Entry>::iterator at(const ResumptionId& id) {
    return std::ranges::find(kept_, id, [](const Entry& entry) { return entry.one.id; });
  }

  std::vector<Entry> kept_;  // the oldest first
};

}  // namespace handfast::udp
