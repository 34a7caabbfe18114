#include "tests/properties/suite.hpp"
//
#include "handfast/stdio.hpp"
#include "handfast/testing/thieves.hpp"
#include "tests/support/catch.hpp"

using namespace properties_test;

namespace {

/// The key of the message in `frame`, by the step that both profiles make of a chain key.
std::vector<Thieves::Key> message_key(Bytes stolen, const KeptFrame& frame) {
  static Hkdf hkdf;
  using Text = stdio::ChainText;
  if (frame.link != stdio::channel_link) return {};
  const auto record = wire::binary::decode<stdio::Record>(frame.bytes);
  if (!record) return {};
  const auto derived =
      hkdf.derive<32>(stolen, bytes_of(Text::message_salt),
                      {bytes_of(Text::message_info), bytes_of(std::to_string(record->sequence))});
  Thieves::Key key{};
  std::ranges::copy(derived.bytes(), key.begin());
  return {key};
}

/// What thieves find in worlds of `suite`, and whether they are any good.
struct Robbed {
  Findings findings;
  std::size_t past_keys = 0, futures_read = 0;

  Robbed(Suite& suite, int worlds) {
    const std::size_t kept_max = 2 * static_cast<std::size_t>(suite.window);  // of two epochs
    for (int i = 0; i < worlds; ++i) {
      const Plan plan = draw_plan(static_cast<std::uint64_t>(i) + 1);
      const std::string command = "tests/run --sim " + std::string(suite.protocol) + " --profile " +
                                  std::string(suite.profile);
      Thieves thieves(plan, command, kept_max, message_key, findings);
      (void)suite.outcome_of(plan, nullptr, &thieves);
      past_keys += thieves.past_keys();
      futures_read += thieves.futures_read();
    }
  }
};

}  // namespace

TEST_CASE("properties: what a party stores opens nothing that it has sealed or opened before",
          "[property][attack]") {
  const Robbed robbed(hardened(), 25);
  INFO(robbed.findings.text());
  CHECK(robbed.findings.count() == 0);
  CHECK(robbed.findings.tried > 10'000);
  CHECK(robbed.past_keys > 300);
  CHECK(robbed.futures_read > 20);
  // The deployed window keeps the keys of messages that came.
  CHECK(Robbed(compat(), 5).findings.text().find("is a key of a message that is past") !=
        std::string::npos);
}
