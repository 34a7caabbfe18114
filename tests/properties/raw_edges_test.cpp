#include "tests/properties/suite.hpp"
//
#include "handfast/testing/protobuf_edges.hpp"
#include "tests/support/catch.hpp"

using namespace properties_test;

namespace {

/// A message with every kind of number and length, one that a layout bounds and one of each order.
struct Everything {
  std::uint32_t little = 0;
  std::uint16_t percent = 0;
  bool flag = false;
  Bytes counted, rest;
  using layout = wire::Layout<
      "everything", wire::Version<"version", std::uint8_t{7}>, wire::Type<"type", std::uint8_t{7}>,
      wire::LengthOfRest<"length", std::uint16_t, 400>,
      wire::Field<"little", &Everything::little, wire::LittleEndian>,
      wire::Field<"percent", &Everything::percent, wire::Range<1, 100>>,
      wire::Field<"flag", &Everything::flag>,
      wire::Field<"counted", &Everything::counted, wire::LengthPrefix<2>, wire::Bounded<2, 300>>,
      wire::Field<"rest", &Everything::rest, wire::Bounded<3, 50>>>;
};

/// Protobuf with another message in a field.
struct Around {
  std::uint32_t number = 0;
  Bytes inner;
  using layout =
      wire::Layout<"around", wire::Numbered<1, wire::Version<"version", std::uint32_t{7}>>,
                   wire::Field<"number", &Around::number, wire::Tag<2>>,
                   wire::Field<"inner", &Around::inner, wire::Tag<16>, wire::Bounded<1, 400>>,
                   wire::Canonical>;
};

}  // namespace

TEST_CASE(
    "properties: a number or length at any edge, sealed by a dishonest peer, is refused or "
    "taken, and costs no more than any other",
    "[property][attack]") {
  for (Suite* suite : sealed()) {
    // What is sealed is a payload, with no number in it; of the counter's questions, which no scene
    // forges, tests/x3dh speaks.
    if (suite->protocol == "x3dh" || suite == &udp_documented()) continue;
    Findings findings;
    std::size_t disallowed = 0;
    for (const Place& place : suite->sights.places)
      for (int number = 0; number < static_cast<int>(place.peer->facts().sends.size()); ++number) {
        const auto forged =
            place.peer->clone()->forge_raw_edges(number, suite->raw_size_max, place.peers_now);
        for (const RawFrame& one : forged) disallowed += !one.edge.is_allowed;
        check_raw_edges(place, forged, findings);
      }
    INFO(suite->name() << "\n" << findings.text());
    CHECK(findings.count() == 0);
    CHECK(findings.tried > 1'000);
    CHECK(disallowed > 100);
  }
}

TEST_CASE("properties: a number at any edge in what is not sealed is refused",
          "[property][attack]") {
  for (Suite* suite : sealed()) {
    Findings findings;
    for (const Arrival& one : suite->sights.arrivals) {
      const auto changed = suite->open_edges(*suite, one);
      CHECK(changed.size() >= 10);
      check_raw_edges(one.place, changed, findings);
    }
    INFO(suite->name() << "\n" << findings.text());
    CHECK(findings.count() == 0);
    CHECK(findings.tried > (is_deployed(suite) ? 100 : 300));
  }
}

TEST_CASE("properties: raw edges are those that a layout allows and those that it does not") {
  Kept frame;
  wire::GrowingWriter writer{frame};
  REQUIRE(wire::binary::encode(plain_sample<Everything>().message, writer));
  std::set<std::string> allowed, disallowed;
  for_each_raw_edge<Everything>(frame, 1000, [&](const RawEdge& edge) {
    const bool is_other = edge.name.starts_with("type");
    CHECK(wire::binary::decode<Everything>(edge.bytes).has_value() ==
          (edge.is_allowed && !is_other));
    (edge.is_allowed ? allowed : disallowed).insert(edge.name);
  });
  for (const char* name : {"little = 2147483648", "little = 4294967295", "percent = 2",
                           "percent = 100", "flag = 1", "type = 0", "type = 8"})
    CHECK(allowed.contains(name));
  for (const char* name :
       {"version = 0", "version = 8", "version = 255", "length = 0", "length = 401",
        "length = 65535", "percent = 0", "percent = 101", "percent = 32768", "percent = 65535",
        "flag = 2", "flag = 255", "counted = 0", "counted = 1", "counted = 301", "counted = 65535",
        "rest of 2 bytes", "rest of 51 bytes"})
    CHECK(disallowed.contains(name));
}

TEST_CASE(
    "properties: raw edges of protobuf are of its varints, and of what stands in its fields") {
  Kept inner, frame;
  wire::GrowingWriter inner_writer{inner}, writer{frame};
  REQUIRE(wire::binary::encode(plain_sample<Everything>().message, inner_writer));
  REQUIRE(wire::protobuf::encode(Around{5, inner}, writer));
  std::set<std::string> allowed, disallowed;
  for_each_raw_edge_within<Around>(frame, 1000, List<Around, Everything>{}, [&](RawEdge&& edge) {
    if (!edge.name.starts_with("inner: "))
      CHECK(wire::protobuf::decode<Around>(edge.bytes).has_value() == edge.is_allowed);
    (edge.is_allowed ? allowed : disallowed).insert(edge.name);
  });
  for (const char* name : {"field 2 = 1", "field 2 = 6", "field 2 = 4294967295",
                           "inner: little = 4294967295", "inner: percent = 100"})
    CHECK(allowed.contains(name));
  for (const char* name :
       {"field 1 = 0", "field 1 = 8", "field 2 = 0", "field 2 = 4294967296",
        "field 2 in one byte more", "the key of field 2 = 0",
        "the key of field 16 in one byte more", "the length of field 16 = 18446744073709551615",
        "the length of field 16 = 0", "inner: version = 8", "inner: percent = 0",
        "inner: counted = 65535"})
    CHECK(disallowed.contains(name));
}
