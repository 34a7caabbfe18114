#include "handfast/crypto/fernet.hpp"

#include <string>
#include <string_view>
#include <type_traits>

#include "tests/crypto/helpers.hpp"
#include "tests/support/catch.hpp"

using namespace crypto_test;
using handfast::bytes_of;
using handfast::Fault;
using handfast::Fernet;

static_assert(!std::is_copy_constructible_v<Fernet> && std::is_move_constructible_v<Fernet>);

namespace {

// The key of all published vectors: cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=.
Fernet::Key published_key() {
  return Fernet::Key::from(hex("730ff4c7af3d46923e8ed451ee813c87f790b0a226bc96a92de49b5e9c05e1ee"));
}
// 1985-10-26T01:20:00-07:00, when the published token was made.
constexpr std::uint64_t published_time = 499162800;
constexpr std::string_view published_token =
    "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_"
    "5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA"
    "==";

std::string sealed(Fernet& fernet, const Fernet::Key& key, std::uint64_t seconds, Bytes plaintext) {
  std::string token(Fernet::token_size(plaintext.size()), '\0');
  const auto iv = rising(16, 0);
  REQUIRE(fernet.seal(key, seconds, Fernet::Iv{iv}, plaintext, token));
  return token;
}

struct Result {
  std::optional<Fault> fault;
  std::uint64_t seconds = 0;
  std::string text;
};
Result opened(Fernet& fernet, const Fernet::Key& key, std::string_view token,
              const std::optional<Fernet::Age>& age = {}) {
  auto out = repeated(Fernet::plaintext_size_max(token.size()), 0xee);
  const auto result = fernet.open(key, token, out, age);
  if (!result) {
    CHECK(out == repeated(out.size(), 0xee));
    return {result.error(), 0, {}};
  }
  return {
      {}, result->seconds, std::string(out.begin(), out.begin() + static_cast<long>(result->size))};
}

}  // namespace

// generate.json and verify.json of the specification.
TEST_CASE("crypto: a Fernet token is the published one, and opens to what was sealed",
          "[vectors]") {
  Fernet fernet;
  const auto key = published_key();
  CHECK(sealed(fernet, key, published_time, bytes_of("hello")) == published_token);
  const auto result = opened(fernet, key, published_token, Fernet::Age{published_time + 1, 60, 60});
  CHECK(result.fault == std::nullopt);
  CHECK(result.seconds == published_time);
  CHECK(result.text == "hello");
}

// invalid.json of the specification, with its descriptions.
TEST_CASE("crypto: each published invalid Fernet token is refused for its own reason",
          "[vectors][illegal]") {
  struct Case {
    std::string_view description, token;
    std::uint64_t now;
    Fault fault;
  };
  const std::uint64_t now = published_time + 1;
  const Case cases[] = {
      {"incorrect mac",
       "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-"
       "szkFVzXTuGb4hR8AKtwcaX1YdykQUFBQUFBQUFBQQ"
       "==",
       now, Fault::not_authentic},
      {"too short", "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPA==", now,
       Fault::wrong_length},
      {"invalid base64",
       "%%%%%%%%%%%%%AECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-"
       "p1YsUD2Q"
       "==",
       now, Fault::bad_encoding},
      {"payload size not multiple of block size",
       "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPOm73QeoCk9uGib28Xe5vz6oxq5nmxbx_"
       "v7mrfyudzUm",
       now, Fault::wrong_length},
      {"payload padding error",
       "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0ODz4LEpdELGQAad7aNEHbf-"
       "JkLPIpuiYRLQ3RtXatOYREu2FWke6CnJNYIbkuKNqOhw"
       "==",
       now, Fault::malformed},
      {"far-future TS (unacceptable clock skew)",
       "gAAAAAAdwStRAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAnja1xKYyhd-Y6mSkTOyTGJmw2Xc2a6kBd-"
       "iX9b_qXQcw"
       "==",
       now, Fault::too_far_ahead},
      {"expired TTL",
       "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-"
       "p1YsUD2Q"
       "==",
       published_time + 91, Fault::stale},
      {"incorrect IV (causes padding error)",
       "gAAAAAAdwJ6xBQECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-"
       "fWPAkLhFLHpGtDBRLRTZeUfWgHSv49TF2AUEZ1TIvcZjK1zQ"
       "==",
       now, Fault::malformed},
  };
  Fernet fernet;
  const auto key = published_key();
  for (const Case& c : cases) {
    CAPTURE(c.description);
    CHECK(opened(fernet, key, c.token, Fernet::Age{c.now, 60, 60}).fault == c.fault);
  }
  // Age is asked for only where it is given.
  CHECK(opened(fernet, key, cases[6].token).fault == std::nullopt);
  CHECK(opened(fernet, key, cases[5].token).fault == std::nullopt);
}

TEST_CASE("crypto: a Fernet token's age counts to the second, both ways", "[illegal]") {
  Fernet fernet;
  const auto key = published_key();
  const auto fault = [&](std::uint64_t now) {
    return opened(fernet, key, published_token, Fernet::Age{now, 60, 30}).fault;
  };
  CHECK(fault(published_time + 60) == std::nullopt);
  CHECK(fault(published_time + 61) == Fault::stale);
  CHECK(fault(published_time - 30) == std::nullopt);
  CHECK(fault(published_time - 31) == Fault::too_far_ahead);
  const auto last = sealed(fernet, key, ~std::uint64_t{0}, {});
  CHECK(opened(fernet, key, last, Fernet::Age{0, 60, 60}).fault == Fault::too_far_ahead);
  CHECK(opened(fernet, key, last).seconds == ~std::uint64_t{0});
}

TEST_CASE("crypto: a Fernet token opens at every size, and none of its bits can change",
          "[roundtrip][illegal]") {
  Fernet fernet;
  const auto key = published_key();
  for (const std::size_t size : {0u, 1u, 15u, 16u, 17u, 31u, 32u, 100u, 1200u}) {
    const auto plaintext = rising(size, 7);
    const auto token = sealed(fernet, key, published_time, plaintext);
    CHECK(token.size() == Fernet::token_size(size));
    CHECK(Fernet::plaintext_size_max(token.size()) >= size);
    const auto result = opened(fernet, key, token);
    CHECK(result.fault == std::nullopt);
    CHECK(copy(bytes_of(result.text)) == plaintext);
  }
  const auto token = sealed(fernet, key, published_time, bytes_of("hello"));
  for (std::size_t i = 0; i < token.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      auto changed = token;
      changed[i] = static_cast<char>(changed[i] ^ 1 << bit);
      CAPTURE(i, bit);
      CHECK(opened(fernet, key, changed).fault.has_value());
    }
  }
  CHECK(opened(fernet, Fernet::Key::from(rising(32, 1)), token).fault == Fault::not_authentic);
}

TEST_CASE("crypto: a Fernet token cut or lengthened anywhere is refused", "[illegal]") {
  Fernet fernet;
  const auto key = published_key();
  const auto token = sealed(fernet, key, published_time, bytes_of("hello"));
  for (std::size_t size = 0; size < token.size(); ++size) {
    CAPTURE(size);
    CHECK(opened(fernet, key, std::string_view(token).substr(0, size)).fault.has_value());
  }
  for (const std::string_view more : {"A", "=", "AAAA", "\n", " "})
    CHECK(opened(fernet, key, token + std::string(more)).fault == Fault::bad_encoding);
  CHECK(opened(fernet, key, "").fault == Fault::wrong_version);
}

TEST_CASE("crypto: a Fernet token goes nowhere where the room for it has another size",
          "[illegal]") {
  Fernet fernet;
  const auto key = published_key();
  const auto iv = rising(16, 0);
  for (const std::size_t size : {0u, 99u, 101u}) {
    std::string out(size, 'x');
    CHECK(fault_of(fernet.seal(key, 0, Fernet::Iv{iv}, bytes_of("hello"), out)) ==
          Fault::bad_argument);
    CHECK(out == std::string(size, 'x'));
  }
  auto small = repeated(Fernet::plaintext_size_max(published_token.size()) - 1, 0xee);
  CHECK(fault_of(fernet.open(key, published_token, small)) == Fault::too_large);
}

TEST_CASE("crypto: a Fernet object that forgot its key takes another", "[secret]") {
  Fernet fernet;
  const auto key = published_key(), other = Fernet::Key::from(rising(32, 1));
  fernet.forget();
  CHECK(sealed(fernet, key, published_time, bytes_of("hello")) == published_token);
  fernet.forget();
  const auto token = sealed(fernet, other, published_time, bytes_of("hello"));
  CHECK(token != published_token);
  fernet.forget();
  CHECK(opened(fernet, other, token).text == "hello");
}
