// Each fault that a user is told of, by name; the other side is told of none.

#include "tests/x3dh/raw_frame.hpp"

using namespace x3dh_test;

namespace {

/// What is done to a frame, and the fault that it then is.
struct Case {
  std::string_view what;
  Fault fault;
  std::vector<std::uint8_t> frame;
};

std::string other_key(Random& random) {
  return text(x25519::PrivateKey::generate(random)->public_key());
}
void flip(std::string& bytes, std::size_t at) { bytes.at(at) = static_cast<char>(bytes[at] ^ 1); }

/// What is no message, or not the one spelling of it, wherever `frame` would be taken.
std::vector<Case> spelled_badly(const std::vector<std::uint8_t>& frame, std::uint32_t last) {
  auto longer = frame;
  longer.push_back(0x80);
  return {
      {"nothing", Fault::unknown_type, {}},
      {"cut", Fault::truncated, {frame.begin(), frame.end() - 1}},
      {"something behind it", Fault::truncated, longer},
      {"a message of nobody", Fault::unknown_type, {0xFA, 0x03, 0x00}},
      {"a field of nobody", Fault::malformed, changed(frame, [](auto& m) { m.add(99, "x"); })},
      {"a field twice", Fault::duplicate_name, changed(frame, [&](auto& m) { m.repeat(last); })},
      {"more than any frame", Fault::oversized, std::vector<std::uint8_t>(frame_size_max + 1, 7)},
  };
}

template <class Role>
void check_all(Side<Role>& side, const std::vector<Case>& cases) {
  for (const Case& one : cases) {
    CAPTURE(std::string(one.what));
    check_refuses(side, one.frame, one.fault);
  }
}

}  // namespace

TEMPLATE_TEST_CASE("x3dh: what is wrong with a bundle is named, and not said", "[illegal]",
                   Documented, Counter, Hardened) {
  using namespace bundle_field;
  PairOf<TestType> pair, other(2);
  pair.start();
  other.start();
  auto& holder = pair.holder;
  const auto good = pair.issuer.frame();
  const auto with = [&](auto&& change) { return changed(good, change); };
  const auto others = RawFrame(other.issuer.sent[0]).bytes(signature);
  const std::string key = other_key(pair.random),
                    own = text(holder.machine.context().identity.public_key());
  check_all(holder, spelled_badly(good, connection_id));
  check_all(
      holder,
      {{"another version", Fault::wrong_version, with([](auto& m) { m.number(version) = 3; })},
       {"no identity", Fault::malformed, with([](auto& m) { m.erase(identity); })},
       {"no signature", Fault::malformed, with([](auto& m) { m.erase(signature); })},
       {"a short key", Fault::wrong_length, with([](auto& m) { m.bytes(identity).pop_back(); })},
       {"a low identity", Fault::low_order_key,
        with([](auto& m) { m.bytes(identity) = low_order_key(); })},
       {"a low signed pre-key", Fault::low_order_key,
        with([](auto& m) { m.bytes(signed_pre_key) = low_order_key(); })},
       {"a low one-time pre-key", Fault::low_order_key,
        with([](auto& m) { m.bytes(one_time_pre_key) = low_order_key(); })},
       {"a large identity", Fault::non_canonical_key,
        with([](auto& m) { m.bytes(identity) = large_key(); })},
       {"a large signed pre-key", Fault::non_canonical_key,
        with([](auto& m) { m.bytes(signed_pre_key) = large_key(); })},
       {"a large one-time pre-key", Fault::non_canonical_key,
        with([](auto& m) { m.bytes(one_time_pre_key) = large_key(); })},
       {"another connection", Fault::wrong_session,
        with([](auto& m) { m.bytes(connection_id) = "another"; })},
       {"a connection that is no text", Fault::bad_encoding,
        with([](auto& m) { m.bytes(connection_id) = "\xFF"; })},
       {"ourselves", Fault::unexpected_key, with([&](auto& m) { m.bytes(identity) = own; })},
       {"no one-time pre-key", Fault::limit_reached,
        with([](auto& m) { m.erase(one_time_pre_key); })},
       {"another identity", Fault::not_authentic, with([&](auto& m) { m.bytes(identity) = key; })},
       {"another signed pre-key", Fault::not_authentic,
        with([&](auto& m) { m.bytes(signed_pre_key) = key; })},
       {"another's signature", Fault::not_authentic,
        with([&](auto& m) { m.bytes(signature) = others; })},
       {"a signature that was changed", Fault::not_authentic,
        with([](auto& m) { flip(m.bytes(signature), 40); })}});
  if constexpr (!std::same_as<TestType, Documented>)
    check_refuses(holder, with([&](auto& m) { m.bytes(one_time_pre_key) = key; }),
                  Fault::not_authentic);

  Config knows_another;
  knows_another.peer = x25519::PublicKey::parse(bytes_of(key)).value();
  Side<Holder<TestType>> strict(pair.context(knows_another));
  REQUIRE(strict.handle(Start{connection()}));
  check_refuses(strict, good, Fault::unexpected_key);
  REQUIRE(holder.receive(good));
}

TEMPLATE_TEST_CASE("x3dh: what is wrong with a first message is named, and not said", "[illegal]",
                   Documented, Counter, Hardened) {
  using namespace initial_field;
  PairOf<TestType> pair, other(2);
  pair.start();
  auto& issuer = pair.issuer;
  const auto bundle = issuer.frame();
  REQUIRE(pair.holder.receive(bundle));
  const auto good = pair.holder.frame();
  const auto with = [&](auto&& change) { return changed(good, change); };
  const auto inside = [&](auto&& change) { return changed_inside(good, change); };
  const std::string key = other_key(pair.random),
                    own = text(issuer.machine.context().identity.public_key());
  check_all(issuer, spelled_badly(good, message));
  check_all(
      issuer,
      {{"another version", Fault::wrong_version, with([](auto& m) { m.number(version) = 3; })},
       {"no ephemeral key", Fault::malformed, with([](auto& m) { m.erase(ephemeral); })},
       {"a long key", Fault::wrong_length, with([](auto& m) { m.bytes(ephemeral) += "x"; })},
       {"a low identity", Fault::low_order_key,
        with([](auto& m) { m.bytes(identity) = low_order_key(); })},
       {"a low ephemeral key", Fault::low_order_key,
        with([](auto& m) { m.bytes(ephemeral) = low_order_key(); })},
       {"a large identity", Fault::non_canonical_key,
        with([](auto& m) { m.bytes(identity) = large_key(); })},
       {"a large ephemeral key", Fault::non_canonical_key,
        with([](auto& m) { m.bytes(ephemeral) = large_key(); })},
       {"another signed pre-key", Fault::unexpected_key,
        with([&](auto& m) { m.bytes(signed_pre_key) = key; })},
       {"another one-time pre-key", Fault::unexpected_key,
        with([&](auto& m) { m.bytes(one_time_pre_key) = key; })},
       {"no one-time pre-key", Fault::unexpected_key,
        with([](auto& m) { m.erase(one_time_pre_key); })},
       {"ourselves", Fault::unexpected_key, with([&](auto& m) { m.bytes(identity) = own; })},
       {"another identity", Fault::not_authentic, with([&](auto& m) { m.bytes(identity) = key; })},
       {"another ephemeral key", Fault::not_authentic,
        with([&](auto& m) { m.bytes(ephemeral) = key; })},
       {"no message in it", Fault::truncated, with([](auto& m) { m.bytes(message) = "\x0A"; })},
       {"another connection in it", Fault::wrong_session,
        inside([](auto& m) { m.bytes(message_field::connection_id) = "another"; })},
       {"a changed tag", Fault::not_authentic, inside([](auto& m) {
          auto& content = m.bytes(message_field::content);
          flip(content, content.size() - 1);
        })}});

  Config knows_another;
  knows_another.peer = x25519::PublicKey::parse(bytes_of(key)).value();
  PairOf<TestType> strict(3, knows_another);
  strict.start();
  REQUIRE(strict.holder.receive(strict.issuer.frame()));
  check_refuses(strict.issuer, strict.holder.frame(), Fault::unexpected_key);

  // The same bundle, and another who agrees with it.
  Side<Holder<TestType>> second(pair.context({}));
  REQUIRE(second.handle(Start{connection()}));
  REQUIRE(second.receive(bundle));
  REQUIRE(issuer.receive(good));
  check_refuses(issuer, second.frame(), Fault::replayed);
}

TEMPLATE_TEST_CASE("x3dh: what is wrong with a message is named, and not said", "[illegal]",
                   Documented, Counter, Hardened) {
  using namespace message_field;
  PairOf<TestType> pair;
  pair.establish();
  auto& holder = pair.holder;
  REQUIRE(pair.issuer.send("as long as whatever else might be said in this place"));
  const auto good = pair.issuer.frame();
  const auto with = [&](auto&& change) { return changed(good, change); };
  const auto content_with = [&](std::size_t at, const std::string& bytes) {
    return with([&](auto& m) { m.bytes(content).replace(at, bytes.size(), bytes); });
  };
  check_all(holder, spelled_badly(good, connection_id));
  check_all(holder, {{"another connection", Fault::wrong_session,
                      with([](auto& m) { m.bytes(connection_id) = "another"; })},
                     {"a connection that is no text", Fault::bad_encoding,
                      with([](auto& m) { m.bytes(connection_id) = "\xFF"; })},
                     {"a changed tag", Fault::not_authentic,
                      with([](auto& m) { flip(m.bytes(content), m.bytes(content).size() - 1); })}});
  if constexpr (std::same_as<TestType, Hardened>) {
    const std::string largest(4, '\xFF'), key = other_key(pair.random);
    check_all(
        holder,
        {{"another version", Fault::wrong_version, content_with(0, "\x01")},
         {"a low ratchet key", Fault::low_order_key, content_with(1, low_order_key())},
         {"a large ratchet key", Fault::non_canonical_key, content_with(1, large_key())},
         {"another ratchet key", Fault::not_authentic, content_with(1, key)},
         {"of a chain far behind another", Fault::too_far_ahead,
          content_with(1, key + std::string({0, 0, 4, 0}))},
         {"1000 ahead", Fault::not_authentic, content_with(37, {0, 0, 3, '\xE9'})},
         {"1001 ahead", Fault::too_far_ahead, content_with(37, {0, 0, 3, '\xEA'})},
         {"the number that is none", Fault::limit_reached, content_with(37, largest)},
         {"another salt", Fault::not_authentic, content_with(41, std::string(16, 'x'))},
         {"no tag", Fault::truncated, with([](auto& m) { m.bytes(content).resize(57 + 15); })}});
  }
  if constexpr (std::same_as<TestType, Counter>) {
    check_all(
        holder,
        {{"another version", Fault::wrong_version, content_with(0, "\x01")},
         {"another type", Fault::unknown_type, content_with(1, "\x03")},
         {"the counter that is none", Fault::malformed, content_with(2, std::string(8, '\0'))},
         {"a counter that is never reached", Fault::malformed,
          content_with(2, {0, 0, 0, 1, 0, 0, 0, 1})},
         {"2049 ahead", Fault::too_far_ahead, content_with(2, {0, 0, 0, 0, 0, 0, 8, 2})},
         {"2048 ahead", Fault::not_authentic, content_with(2, {0, 0, 0, 0, 0, 0, 8, 1})},
         {"no tag", Fault::truncated, with([](auto& m) { m.bytes(content).resize(10 + 15); })}});
  }
  REQUIRE(holder.receive(good));
  check_refuses(holder, good,
                std::same_as<TestType, Documented> ? Fault::not_authentic : Fault::replayed);
  check_refuses(pair.issuer, good, Fault::not_authentic);  // what it has said itself
}

TEMPLATE_TEST_CASE("x3dh: what an application may not ask for is refused by name", "[illegal]",
                   Documented, Counter, Hardened) {
  PairOf<TestType> pair;
  const auto refuses = [](auto& side, const auto& command, Fault fault) {
    const std::string before = side.snapshot();
    const std::size_t said = side.sent.size();
    CHECK_FALSE(side.handle(command));
    CHECK(to_string(side.fault.value_or(Fault{})) == to_string(fault));
    CHECK(side.snapshot() == before);
    CHECK(side.sent.size() == said);
  };
  const auto refuses_all = [&](auto& side, auto&&... commands) {
    (refuses(side, commands, Fault::not_allowed_now), ...);
  };
  const Start start{connection()};
  const Send send{bytes_of("text")};
  const Verify verify{};
  refuses(pair.issuer, Start{}, Fault::bad_argument);
  refuses(pair.holder, Start{}, Fault::bad_argument);
  refuses_all(pair.issuer, send, verify);
  refuses_all(pair.holder, send, verify);
  pair.start();
  refuses_all(pair.issuer, start, send, verify);
  refuses_all(pair.holder, start, send, verify);
  REQUIRE(pair.holder.receive(pair.issuer.frame()));
  refuses_all(pair.holder, start);
  refuses(pair.holder, verify, Fault::unexpected_key);
  pair.carry();
  const std::string too_much(payload_size_max + 1, 'x');
  const auto check_side = [&](auto& side) {
    refuses_all(side, start);
    refuses(side, verify, Fault::unexpected_key);
    refuses(side, Send{}, Fault::bad_argument);
    refuses(side, Send{bytes_of(too_much)}, Fault::too_large);
    REQUIRE(side.handle(Stop{}));
    refuses_all(side, start, send, verify, Stop{});
  };
  check_side(pair.issuer);
  check_side(pair.holder);
}
