#pragma once

// How a field's value comes to be: which values an attacker can make, and with which keys. The
// codecs do not look at any of it.

#include <concepts>
#include <cstdint>
#include <string_view>

#include "handfast/core/bytes.hpp"

namespace handfast::wire {

/// The kinds of making, as a value; zero is the default of a field that says nothing.
enum class How : std::uint8_t {
  plain,
  open,
  fresh,
  clock,
  counter,
  public_key,
  mac,
  signature,
  derived,
  sealed,
  payload,
  constant,
  length,
  padding,
};

/// The kind's name as written in `How`.
[[nodiscard]] constexpr std::string_view to_string(How how) noexcept {
  constexpr std::string_view names[] = {"plain",      "open",     "fresh",     "clock",   "counter",
                                        "public_key", "mac",      "signature", "derived", "sealed",
                                        "payload",    "constant", "length",    "padding"};
  return names[static_cast<std::uint8_t>(how)];
}

/// Base of everything that may follow a field's member in `Field<...>`.
struct Note {};

namespace detail {
struct MakingNote : Note {};
}  // namespace detail

/// A value that the sender simply has; an attacker learns it by seeing it. The default.
struct Plain : detail::MakingNote {
  static constexpr How how = How::plain;
};
/// A value that everybody knows before the run: a name, an address, a number from a small range.
struct Public : detail::MakingNote {
  static constexpr How how = How::open;
};
/// Random bytes drawn for this message; nobody can guess them.
struct Fresh : detail::MakingNote {
  static constexpr How how = How::fresh;
};
/// The sender's clock.
struct Clock : detail::MakingNote {
  static constexpr How how = How::clock;
};
/// A number that only rises; anybody can guess it.
struct Counter : detail::MakingNote {
  static constexpr How how = How::counter;
};
/// Application data as it is.
struct Payload : detail::MakingNote {
  static constexpr How how = How::payload;
};
/// The public half of `Private`, a type that names a private key.
template <class Private>
struct PublicKeyOf : detail::MakingNote {
  using Key = Private;
  static constexpr How how = How::public_key;
};

/// Covers every field before this one, constants and headers included.
struct All {};
/// Covers the named fields of the same message.
template <FixedString... Names>
struct Of {};
/// Covers the named fields of `Message`, another message of the run, as sent or as received.
template <class Message, FixedString... Names>
struct In {};

/// A tag under `KeyTag` over `Covered...`: `All`, `Of<"a", "b">`, `In<Message, "a">`, a message type
/// (all its bytes), or any type that names a value of the session, such as a channel binding.
template <class KeyTag, class... Covered>
struct Mac : detail::MakingNote {
  using Key = KeyTag;
  static constexpr How how = How::mac;
};
/// A signature with the private key that `Private` names, over `Covered...` as for `Mac`.
template <class Private, class... Covered>
struct Signed : detail::MakingNote {
  using Key = Private;
  static constexpr How how = How::signature;
};
/// Computed from `From...` without a secret of its own: `All`, `Of<...>`, message types, keys.
template <class... From>
struct Derived : detail::MakingNote {
  static constexpr How how = How::derived;
};
/// Bytes that an AEAD made under `KeyTag`. `Contents` is the message type inside (it has a layout
/// of its own), or `Payload`; `Aad...` is covered as by `Mac`. The codecs carry nonce, ciphertext
/// and tag as the record layout has them.
template <class KeyTag, class ContentsType, class... Aad>
struct Sealed : detail::MakingNote {
  using Key = KeyTag;
  using Contents = ContentsType;
  static constexpr How how = How::sealed;
};

/// A note of this header.
template <class T>
concept Making = std::derived_from<T, detail::MakingNote>;

namespace detail {

/// The list of what a making covers; empty where it covers nothing.
template <class M>
struct CoverageOf {
  template <class Visit>
  static constexpr void each(Visit&&) {}
};
template <class... Covered>
struct CoverageList {
  template <class Visit>
  static constexpr void each(Visit&& visit) {
    (visit(static_cast<Covered*>(nullptr)), ...);
  }
};
template <class Key, class... Covered>
struct CoverageOf<Mac<Key, Covered...>> : CoverageList<Covered...> {};
template <class Key, class... Covered>
struct CoverageOf<Signed<Key, Covered...>> : CoverageList<Covered...> {};
template <class... From>
struct CoverageOf<Derived<From...>> : CoverageList<From...> {};
template <class Key, class Contents, class... Aad>
struct CoverageOf<Sealed<Key, Contents, Aad...>> : CoverageList<Aad...> {};

}  // namespace detail
}  // namespace handfast::wire
