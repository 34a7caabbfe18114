#pragma once

// Where tests can see what the primitives are asked for: which key seals which nonce, what opens,
// how many keys one input derives.

#include "handfast/core/bytes.hpp"

namespace handfast::detail {

/// Told by the objects of this folder: nobody, unless a test specialises it for `void` before it
/// includes anything else (testing/ledger.hpp does). `object` tells one cipher object from another.
template <class = void>
struct CryptoWatch {
  static void keyed(const void* /*object*/, Bytes /*key*/) noexcept {}
  static void sealed(const void* /*object*/, Bytes /*nonce*/, Bytes /*ad*/,
                     Bytes /*text*/) noexcept {}
  static void opened(const void* /*object*/, Bytes /*nonce*/, bool /*authentic*/) noexcept {}
  static void derived() noexcept {}
};

}  // namespace handfast::detail
