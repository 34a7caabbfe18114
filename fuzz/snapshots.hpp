#pragma once

// Snapshots of any role, for fuzz targets: what stands between a snapshot's shape and its checksum is
// the input, for a fuzzer would not guess those two.

#include "fuzz/check.hpp"
#include "handfast/core/snapshot.hpp"

namespace handfast::fuzz {

/// Bytes that are read as a state of `Role` are the ones that this state is written as; `context`
/// takes what is restored.
template <class Role>
void reads_snapshot(Bytes content, typename Role::Context& context) {
  using States = handfast::detail::AsVariant<StatesOf<Role>>;
  static Buffer snapshot, written;
  snapshot.clear(), written.clear();
  SnapshotWriter writer(snapshot);
  writer.integer(handfast::detail::shape_of<Role>());
  writer.bytes(content);
  writer.integer(handfast::detail::checksum_of(snapshot.bytes()));

  States states;
  if (!dangerous_read_snapshot<Role>(snapshot.bytes(), states, context)) return;
  dangerous_write_snapshot<Role>(states, context, written);
  require(std::ranges::equal(written.bytes(), snapshot.bytes()));
}
template <class Role>
void reads_snapshot(Bytes content) {
  static typename Role::Context context;
  reads_snapshot<Role>(content, context);
}

}  // namespace handfast::fuzz
