#include "handfast/testing/samples.hpp"

#include <set>

#include "fuzz/layouts.hpp"
#include "handfast/stdio/compat/messages.hpp"
#include "handfast/testing/seeded.hpp"
#include "handfast/wire/binary.hpp"
#include "handfast/wire/json.hpp"
#include "tests/support/catch.hpp"

using namespace handfast;
using namespace handfast::testing;

namespace {

template <class Message>
std::vector<std::uint8_t> binary(const Message& message) {
  std::vector<std::uint8_t> frame;
  wire::GrowingWriter sink(frame);
  REQUIRE(wire::binary::encode(message, sink));
  return frame;
}
template <class Message>
std::vector<std::uint8_t> json(const Message& message) {
  const auto text = wire::json::encode(message);
  REQUIRE(text);
  return {text->begin(), text->end()};
}

template <class Message>
struct Binary {
  using type = Message;
  static auto encode(const Message& message) { return binary(message); }
  static auto decode(Bytes frame) { return wire::binary::decode<Message>(frame); }
};
template <class Message>
struct Json {
  using type = Message;
  static auto encode(const Message& message) { return json(message); }
  static auto decode(Bytes frame) { return wire::json::decode<Message>(frame); }
};

/// Every edge and many arbitrary messages are written and read back the same, or refused for their
/// public key alone; how many different frames there were.
template <class Codec>
std::size_t round_trip() {
  using Message = typename Codec::type;
  std::set<std::vector<std::uint8_t>> frames;
  const auto check = [&](const Sample<Message>& sample) {
    INFO(wire::message_name<Message> << " " << sample.name);
    const auto frame = Codec::encode(sample.message);
    const auto back = Codec::decode(frame);
    REQUIRE(back.has_value() == sample.acceptable);
    if (back) CHECK(same(*back, sample.message));
    frames.insert(frame);
  };
  for_each_edge<Message>(check);
  for (const auto extreme : {Extreme::smallest, Extreme::small, Extreme::large, Extreme::largest})
    check(extreme_sample<Message>(extreme));
  Seeded bits(7);
  for (int i = 0; i < 200; ++i) check(sample<Message>(bits));
  return frames.size();
}

using stdio::Answer, stdio::Offer, stdio::Request;

}  // namespace

TEST_CASE("testing: samples of every kind of field are written and read back", "[roundtrip]") {
  CHECK(round_trip<Binary<fuzz::Numbers>>() > 200);
  CHECK(round_trip<Binary<fuzz::Tailed>>() > 200);
  CHECK(round_trip<Binary<fuzz::Texts>>() > 200);
  CHECK(round_trip<Binary<fuzz::Padded>>() > 100);
  CHECK(round_trip<Json<fuzz::Strict>>() > 200);
  CHECK(round_trip<Json<fuzz::Exact>>() > 200);
  CHECK(round_trip<Json<fuzz::Loose>>() > 200);
}

TEST_CASE("testing: samples of a protocol's messages are written and read back", "[roundtrip]") {
  CHECK(round_trip<Json<Offer>>() > 100);
  CHECK(round_trip<Json<Answer>>() > 200);
  CHECK(round_trip<Json<stdio::compat::Offer>>() > 100);
  CHECK(round_trip<Json<stdio::compat::Envelope>>() > 200);
  CHECK(round_trip<Binary<stdio::Record>>() > 200);
  CHECK(round_trip<Binary<Request>>() > 200);
  CHECK(round_trip<Binary<stdio::RekeyRequest>>() > 200);
}

TEST_CASE("testing: the edges of a message are those of each field, one at a time", "[property]") {
  std::vector<std::string> names;
  std::set<std::vector<std::uint8_t>> payloads;
  std::set<std::uint64_t> correlations;
  for_each_edge<Request>([&](const Sample<Request>& sample) {
    names.push_back(sample.name);
    correlations.insert(sample.message.correlation);
    payloads.emplace(sample.message.payload.begin(), sample.message.payload.end());
    const int away = (sample.message.acknowledged != 0) + (sample.message.correlation != 0) +
                     (sample.message.lowest_open != 0) + !sample.message.payload.empty();
    CHECK(away <= 1);
  });
  CHECK(names.size() == 1 + 3 * 9 + 4);
  CHECK(names.front().empty());
  CHECK(names.back() == "payload.3");
  CHECK(correlations.size() == 9);
  CHECK(payloads.size() == 4);
}

TEST_CASE("testing: a sample with a bad public key says that it is not acceptable", "[illegal]") {
  int refused = 0, deployed = 0;
  for_each_edge<Offer>([&](const Sample<Offer>& sample) { refused += !sample.acceptable; });
  CHECK(refused == 10);
  // Compat reads every key that has the right length.
  for_each_edge<stdio::compat::Offer>([&](const auto& sample) { deployed += !sample.acceptable; });
  CHECK(deployed == 0);
}

TEST_CASE("testing: a sample keeps what its views show when it is moved", "[property]") {
  Seeded bits(1);
  auto one = sample<Request>(bits);
  while (one.message.payload.size() < 10) one = sample<Request>(bits);
  const auto before = binary(one.message);
  std::vector<Sample<Request>> many;
  many.push_back(std::move(one));
  for (int i = 0; i < 100; ++i) many.push_back(sample<Request>(bits));
  CHECK(binary(many.front().message) == before);
}

TEST_CASE("testing: the same bits give the same sample, and the bits of an input end in zeros",
          "[property]") {
  Seeded left(3), right(3), other(4);
  CHECK(same(sample<Answer>(left).message, sample<Answer>(right).message));
  CHECK_FALSE(same(sample<Answer>(left).message, sample<Answer>(other).message));
  const std::uint8_t input[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  BitsOf bits(input);
  CHECK(bits.next() == 0x0807060504030201);
  CHECK(bits.next() == 9);
  CHECK(bits.next() == 0);
}

TEST_CASE("testing: messages that differ in one field are not the same", "[property]") {
  const auto check = []<class Codec>(Codec) {
    using Message = typename Codec::type;
    const auto plain = plain_sample<Message>();
    CHECK(same(plain.message, plain_sample<Message>().message));
    for_each_edge<Message>([&](const Sample<Message>& sample) {
      const bool alike = Codec::encode(sample.message) == Codec::encode(plain.message);
      CHECK(same(sample.message, plain.message) == alike);
    });
  };
  check(Json<Answer>{});
  check(Binary<Request>{});
  check(Binary<fuzz::Texts>{});
}
