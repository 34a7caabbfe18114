#pragma once

// Layouts that use every kind of field and note, for the targets of the codecs and their corpora.

#include <cstdint>
#include <optional>
#include <vector>

#include "handfast/wire/layout.hpp"

namespace handfast::fuzz {

using namespace handfast::wire;

struct Key {};
enum class Mode : std::uint8_t { one = 1, two = 2 };

// Binary.

template <FixedString Name, std::uint8_t Code, class... Items>
using Framed = Layout<Name, Version<"version", std::uint8_t{1}>, Type<"type", Code>,
                      LengthOfRest<"length", std::uint16_t, 200>, Items...>;

struct Numbers {
  std::uint8_t u8{};
  std::uint32_t u24{};
  std::uint64_t u64{};
  std::uint32_t little{};
  std::uint16_t port = 1;
  bool flag{};
  Mode mode = Mode::one;
  using layout =
      Framed<"numbers", 1, Field<"u8", &Numbers::u8>, Field<"u24", &Numbers::u24, InBytes<3>>,
             Field<"u64", &Numbers::u64>, Field<"little", &Numbers::little, LittleEndian>,
             Field<"port", &Numbers::port, Range<1, 1000>>, Field<"flag", &Numbers::flag>,
             Field<"mode", &Numbers::mode, OneOf<Mode::one, Mode::two>>>;
};

struct Tailed {
  std::array<std::uint8_t, 4> id{};
  Bytes body;
  std::array<std::uint8_t, 2> tag{};
  using layout = Framed<"tailed", 2, Field<"id", &Tailed::id>,
                        Field<"body", &Tailed::body, Sealed<Key, Payload>, Bounded<1, 60>>,
                        Field<"tag", &Tailed::tag, Mac<Key, All>>>;
};

struct Texts {
  Bytes first;
  std::string_view second, rest;
  using layout =
      Framed<"texts", 3, Field<"first", &Texts::first, LengthPrefix<1>, Bounded<1, 200>>,
             Field<"second", &Texts::second, LengthPrefix<3>>, Field<"rest", &Texts::rest>>;
};

struct Padded {
  Bytes cookie;
  using layout = Layout<"padded", Constant<"magic", "HF">,
                        Field<"cookie", &Padded::cookie, LengthPrefix<1>, Bounded<0, 8>>,
                        PadTo<"padding", 16>>;
};

struct Deployed {
  std::uint16_t code{};
  using layout = Framed<"deployed", 4, Lenient, Field<"code", &Deployed::code>>;
};

// JSON.

struct Everything {
  std::uint8_t small{};
  std::uint64_t number{};
  bool flag{};
  std::string text;
  std::vector<std::uint8_t> bytes;
  std::array<std::uint8_t, 3> array{};
  std::optional<std::vector<std::uint8_t>> numbers;
};

struct Strict : Everything {
  using layout = Layout<"strict", Type<"t", "S">, Field<"s", &Strict::small>,
                        Field<"n", &Strict::number, Range<1, 1000>>, Field<"f", &Strict::flag>,
                        Field<"x", &Strict::text, Bounded<0, 20>>,
                        Field<"b", &Strict::bytes, Base64>, Field<"a", &Strict::array, HexText>,
                        Field<"e", &Strict::numbers, Sealed<Key, Payload>, ByteArrayOrBase64>>;
};

struct Exact : Everything {
  using layout =
      Layout<"exact", Canonical, Type<"t", "C">, Version<"version", std::uint8_t{2}>,
             Field<"s", &Exact::small>, Field<"x", &Exact::text>,
             Field<"b", &Exact::bytes, Base64Url>, Field<"e", &Exact::numbers, ByteArrayOrBase64>>;
};

struct Loose : Everything {
  using layout =
      Layout<"loose", Lenient, LastWins, Spaced, Field<"n", &Loose::number>,
             Field<"x", &Loose::text, Alias<"y">>, Field<"b", &Loose::bytes, Base64UrlLenient>,
             Field<"a", &Loose::array, Base64UrlPadded>>;
};

}  // namespace handfast::fuzz
