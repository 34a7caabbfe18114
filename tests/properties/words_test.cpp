// Whatever the library makes text of, in a whole life of two machines whose secrets are known.

#include "handfast/testing/ledger.hpp"
//
#include <set>
#include <sstream>

#include "examples/tour/annotate.hpp"
#include "handfast/core/machine.hpp"
#include "handfast/crypto/ed25519.hpp"
#include "handfast/stdio.hpp"
#include "handfast/testing/secrets.hpp"
#include "tests/stdio/harness.hpp"
#include "tests/support/catch.hpp"

using namespace stdio_test;
using handfast::testing::is_printable, handfast::testing::Searched;

namespace {

/// What nobody should hold secrets in: it prints them.
struct Leak {
  Secret<32> key;
  friend std::ostream& operator<<(std::ostream& out, const Leak& leak) {
    return out << "key " << wire::hex::encode(leak.key.bytes());
  }
};

using Chain = ratchet::MessageChain<ChainText>;
using Holders =
    List<Secret<32>, Secret<16>, x25519::PrivateKey, ed25519::PrivateKey, Chain,
         ratchet::ReceiveChain<ChainText, 3>, ratchet::ReceiveChain<ChainText, 3>::Pending,
         ratchet::SkippedKeys<3>, HmacSha256, Hkdf, Aead<Aes256Gcm>, Aead<ChaCha20Poly1305>, Buffer,
         WipingBuffer, EpochKeys, BootstrapKeys, Epoch<Hardened>, Session<Hardened>,
         Session<Hardened>::Pending, compat::Channel, stdio::Context, Machine<Parent<>>,
         Machine<Child<>>, Machine<Parent<Compat>>, Machine<Child<Compat>>>;
template <class... Ts>
consteval bool none_is_printable(List<Ts...>) {
  return (!is_printable<Ts> && ...);
}
static_assert(none_is_printable(Holders{}));
static_assert(none_is_printable(StatesOf<Parent<>>{}));
static_assert(none_is_printable(StatesOf<Child<>>{}));
static_assert(none_is_printable(StatesOf<Parent<Compat>>{}));
static_assert(none_is_printable(StatesOf<Child<Compat>>{}));
// And it would see one.
static_assert(is_printable<Leak>);
static_assert(is_printable<std::array<std::uint8_t, 32>>);
static_assert(is_printable<Bytes>);
static_assert(is_printable<std::string>);
static_assert(is_printable<Fault>);

/// All that was secret at some time, and all that became text.
struct Account {
  std::set<Kept> secrets;
  std::set<std::string> lines;
  Hkdf hkdf;

  void keep_secret(Bytes secret) { secrets.insert(keep(secret)); }
  void keep_keys(const auto& chain) {
    Buffer out;
    SnapshotWriter writer(out);
    chain.dangerous_write(writer);
    keep_secret(out.bytes().first(32));
  }
  void keep_keys(const Epoch<Hardened>& epoch) {
    keep_keys(epoch.send);
    keep_keys(epoch.receive);
    keep_secret(epoch.send.message_key(hkdf).bytes());
    keep_secret(epoch.next_root.bytes());
  }

  void say(std::string_view text) { lines.emplace(text); }
  [[nodiscard]] std::string words() const {
    std::string all;
    for (const std::string& line : lines) all += line + "\n";
    return all;
  }
  template <class T>
  void say_value(const T& value) {
    say(Catch::Detail::stringify(value));
  }
  void say_frame(const Sealed& frame) {
    if (frame.link == standard_streams) {
      say(tour::annotated_line<Offer>(frame.bytes));
      say(tour::annotated_line<Answer>(frame.bytes));
    } else {
      say(tour::annotated<stdio::Record>(frame.bytes));
      if (const auto record = wire::binary::decode<stdio::Record>(frame.bytes))
        say(tour::summary_of(*record));
    }
  }
  void say_told(const Told& told) {
    say(told.name);
    if (told.fault) say(to_string(*told.fault));
    say(wire::hex::encode(told.claim.peer) + wire::hex::encode(told.claim.own) +
        wire::hex::encode(told.claim.transcript) + wire::hex::encode(told.claim.key_id));
  }

  /// Everything of one side at this moment.
  template <class Role>
  void note(Side& side) {
    say(side.state());
    Kept changed = side.snapshot();
    changed[changed.size() / 2] ^= 1;
    const auto refused = Machine<Role>::dangerous_restore(stdio::Context(Config{}), changed);
    REQUIRE_FALSE(refused);
    say(to_string(refused.error()));
    const auto whole = Machine<Role>::dangerous_restore(stdio::Context(Config{}), side.snapshot());
    REQUIRE(whole);
    say_value(*whole);
    std::visit([&](const auto& state) { say_value(state); }, whole->engine().state());
    say_value(side.context());
    say_value(side.context().aead);
    say_value(side.context().hkdf);
    const Session<Hardened>* const session = side.session();
    if (session == nullptr) return;
    say_value(*session);
    say_value(session->current.send);
    say_value(session->current.receive);
    say_value(session->current.next_root);
    keep_keys(session->current);
    if (session->previous) keep_keys(*session->previous);
  }
};

/// A life of two machines: the bootstrap, questions, losses, changed frames, new keys, the end.
class Life {
 public:
  Life() : pair_(Which::hardened) {
    pair_.parent_random.queue.push_back(secret_key(11));
    pair_.child_random.queue.push_back(secret_key(12));
    look(pair_.parent_does(Start{}));
    look(pair_.to_child_next());
    look(pair_.child_does(Listening{40000}));
    keep_bootstrap_keys(keep_shared(11, 12));
    run();
    for (int i = 0; i < 4; ++i) ask(i % 2 == 0);
    pair_.parent_random.queue.push_back(secret_key(13));
    look(pair_.parent_does(Rekey{}));
    pair_.child_random.queue.push_back(secret_key(14));
    run();
    keep_shared(13, 14);
    for (int i = 0; i < 3; ++i) ask(i % 2 == 1);
    look(pair_.parent_does(Shutdown{}));
    run();
    look(pair_.parent_does(LinkClosed{channel_link}));
    look(pair_.child_does(LinkClosed{channel_link}));
  }
  [[nodiscard]] const Account& account() const noexcept { return account_; }

 private:
  Kept secret_key(std::uint8_t number) {
    Kept key(32);
    for (std::size_t i = 0; i < key.size(); ++i)
      key[i] = static_cast<std::uint8_t>(number * 29 + i * 71 + i * i * 3);
    account_.keep_secret(key);
    return key;
  }
  struct Agreed {
    x25519::PublicKey parents, childs;
    Secret<32> shared;
  };
  Agreed keep_shared(std::uint8_t parents, std::uint8_t childs) {
    const auto mine = x25519::PrivateKey::from(Bytes(secret_key(parents)));
    const auto theirs = x25519::PrivateKey::from(Bytes(secret_key(childs)));
    auto shared = x25519::agree(*mine, theirs->public_key());
    account_.keep_secret(shared->bytes());
    return {mine->public_key(), theirs->public_key(), std::move(*shared)};
  }
  void keep_bootstrap_keys(const Agreed& agreed) {
    Sha256 sha256;
    Hkdf hkdf;
    const BootstrapKeys keys(hkdf, agreed.shared,
                             transcript_of(sha256, agreed.parents, agreed.childs, 40000));
    account_.keep_secret(keys.root.bytes());
    account_.keep_secret(keys.confirmation.bytes());
  }
  void look(const Result& result) {
    for (const Told& told : result.told) account_.say_told(told);
    for (const Sealed& frame : result.frames) account_.say_frame(frame);
    account_.note<Parent<>>(*pair_.parent);
    account_.note<Child<>>(*pair_.child);
  }
  void run() {
    while (!pair_.to_child.empty() || !pair_.to_parent.empty()) {
      for (auto* const queue : {&pair_.to_child, &pair_.to_parent})
        for (std::size_t bit = 0; !queue->empty() && bit < 300; bit += 97) {
          const Sealed bad{queue->front().link, flipped(queue->front().bytes, bit)};
          const auto told = queue == &pair_.to_child
                                ? pair_.child->receive(bad.link, bad.bytes, pair_.now).told
                                : pair_.parent->receive(bad.link, bad.bytes, pair_.now).told;
          for (const Told& one : told) account_.say_told(one);
          account_.say_frame(bad);
        }
      if (!pair_.to_child.empty()) look(pair_.to_child_next());
      if (!pair_.to_parent.empty()) look(pair_.to_parent_next());
    }
  }
  void ask(bool is_lost) {
    look(pair_.send("what?"));
    if (is_lost) pair_.lose_all();
    run();
  }

  Pair pair_;
  Account account_;
};

}  // namespace

TEST_CASE("properties: whatever is made text of in a whole life tells no key", "[property]") {
  const Life life;
  const std::string words = life.account().words();
  const Searched text(words);
  CHECK(life.account().secrets.size() > 50);
  CHECK(words.size() > 10'000);
  for (const Kept& secret : life.account().secrets) {
    const auto how = text.spells(secret);
    INFO(how.value_or("") << " " << wire::hex::encode(secret));
    REQUIRE_FALSE(how.has_value());
  }
  // It was said what cannot be said of a key.
  CHECK(words.find("{?}") != std::string::npos);
  CHECK(words.find("snapshot") != std::string::npos);
}

TEST_CASE("properties: a key in a text is found in every spelling, and one that is printed too") {
  Kept key(32);
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(i * 37 + 129);
  const std::string words = Life().account().words();
  const auto found = [&](const std::string& leaked) {
    return Searched(words + leaked + ".").spells(key);
  };
  CHECK_FALSE(found(""));
  CHECK(found(std::string(text_of(Bytes(key).subspan(7, 9)))) == "as it is");
  CHECK(found("xy" + wire::hex::encode(key)) == "in hexadecimal");
  std::string spaced, large;
  for (const std::uint8_t byte : key) spaced += wire::hex::encode(Bytes(&byte, 1)) + ' ';
  CHECK(found(spaced) == "in hexadecimal");
  for (const char c : wire::hex::encode(key))
    large += c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
  CHECK(found(large) == "in hexadecimal");
  for (std::size_t skipped = 0; skipped < 3; ++skipped)
    CHECK(found(wire::base64::encode(Bytes(key).subspan(skipped), wire::base64::standard)) ==
          "in base64");
  CHECK(found(Catch::Detail::stringify(key)) == "as characters");
  CHECK(found(Catch::Detail::stringify(std::vector<int>(key.begin(), key.end()))) == "as numbers");
  CHECK(found(Catch::Detail::stringify(Leak{Secret<32>::from(key)})) == "in hexadecimal");
  CHECK_FALSE(found(Catch::Detail::stringify(Secret<32>::from(key))));
  CHECK_FALSE(found(wire::hex::encode(Bytes(key).first(8))));
}
