// Binary frames of every shape: what is accepted is exactly what its message is written as, and its
// dissection covers every byte once.

#include "handfast/wire/binary.hpp"

#include <cstdlib>
#include <vector>

using namespace handfast;
using namespace handfast::wire;

namespace {

struct Key {};
enum class Mode : std::uint8_t { one = 1, two = 2 };

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

void require(bool holds) {
  if (!holds) std::abort();
}

template <class Message>
bool check(Bytes input) {
  const auto message = binary::decode<Message>(input);
  const auto spans = binary::dissect<Message>(input);
  if (!message) {
    require(group_of(message.error()) == FaultGroup::malformed);
    return false;
  }
  std::vector<std::uint8_t> frame;
  GrowingWriter sink(frame);
  require(binary::encode(*message, sink).has_value());
  require(frame.size() == binary::encoded_size(*message));
  require(frame.size() >= frame_size<Message>.min && frame.size() <= frame_size<Message>.max);
  require(spans.has_value());
  std::size_t next = 0;
  for (const FieldSpan& span : *spans) {
    require(span.offset == next);
    next += span.size;
  }
  require(next == frame.size());
  if constexpr (!layout_of<Message>::template has<Lenient>)
    require(std::ranges::equal(frame, input));
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input{data, size};
  const bool numbers = check<Numbers>(input), tailed = check<Tailed>(input),
             texts = check<Texts>(input);
  const bool deployed = check<Deployed>(input);
  check<Padded>(input);
  const auto any = binary::decode_any<Numbers, Tailed, Texts, Deployed>(input);
  require(any.has_value() == (numbers || tailed || texts || deployed));
  require(int{numbers} + int{tailed} + int{texts} + int{deployed} <= 1);
  return 0;
}
