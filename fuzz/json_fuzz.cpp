// JSON: no input throws; what a layout accepts is written and read back as the same message, and a
// canonical layout accepts only what it writes. The readers agree with nlohmann's own on what is
// JSON at all.

#include "handfast/wire/json.hpp"

#include <cstdlib>

using namespace handfast;
using namespace handfast::wire;

namespace {

struct Key {};

struct Everything {
  std::uint8_t small{};
  std::uint64_t number{};
  bool flag{};
  std::string text;
  std::vector<std::uint8_t> bytes;
  std::array<std::uint8_t, 3> array{};
  std::optional<std::vector<std::uint8_t>> numbers;
  friend bool operator==(const Everything&, const Everything&) = default;
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

struct Deployed : Everything {
  using layout = Layout<"deployed", Lenient, LastWins, Spaced, Field<"n", &Deployed::number>,
                        Field<"x", &Deployed::text, Alias<"y">>,
                        Field<"b", &Deployed::bytes, Base64UrlLenient>,
                        Field<"a", &Deployed::array, Base64UrlPadded>>;
};

void require(bool holds) {
  if (!holds) std::abort();
}

template <class Message>
bool check(Bytes input) {
  const auto message = json::decode<Message>(input);
  if (!message) {
    require(group_of(message.error()) == FaultGroup::malformed);
    return false;
  }
  const auto text = json::encode(*message);
  require(text.has_value());
  if constexpr (layout_of<Message>::template has<Canonical>) require(*text == text_of(input));
  const auto again = json::decode<Message>(bytes_of(*text), text->size());
  require(again.has_value() && *again == *message);
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input{data, size};
  const bool strict = check<Strict>(input), exact = check<Exact>(input),
             deployed = check<Deployed>(input);
  if (strict || exact || deployed) require(nlohmann::json::accept(data, data + size));

  const auto any = json::decode_any<Strict, Exact, Deployed>(input);
  if (strict) require(any && std::holds_alternative<Strict>(*any));
  if (exact) require(any && std::holds_alternative<Exact>(*any));
  if (any && std::holds_alternative<Deployed>(*any)) require(deployed);
  return 0;
}
