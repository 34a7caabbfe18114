#include "handfast/stdio/session.hpp"

#include <fstream>
#include <nlohmann/json.hpp>

#include "handfast/core/snapshot.hpp"
#include "tests/stdio/harness.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/files.hpp"
#include "tests/support/frozen.hpp"

// The hardened profile's bytes, frozen: any change to them is a change of version.
// tests/vectors/stdio_hardened.py computes the same file from the inputs with code that shares
// nothing with ours. HANDFAST_WRITE_VECTORS=1 writes the file anew.

using namespace stdio_test;
using Json = nlohmann::ordered_json;

namespace {

constexpr const char* frozen = "vectors/stdio_hardened.json";

std::string chain_key(const auto& chain) {
  Buffer out;
  SnapshotWriter writer(out);
  chain.dangerous_write(writer);
  return to_hex(out.bytes().first(32));
}

/// The record `frame` as `receiver` opens it, which is not changed by it.
Json record_of(std::string_view name, Side& receiver, Side& sender, const Kept& frame) {
  const auto record = *wire::binary::decode<Record>(frame);
  const auto& session = *receiver.session();
  Buffer contents;
  const auto pending = session.open(record, receiver.context(), contents);
  REQUIRE(pending);
  const auto& epoch = pending->is_previous ? *session.previous : session.current;
  Epoch<Hardened>::Receive::Pending unused;
  const auto key =
      epoch.receive.key_for(record.sequence, Hardened::skip_max, receiver.context().hkdf, unused);
  const AssociatedData ad(session.id, record.epoch, record.sequence, sender.session()->direction,
                          "/message");
  return {{"name", name},
          {"epoch", record.epoch},
          {"sequence", record.sequence},
          {"nonce", to_hex(record.nonce)},
          {"associated_data", text_of(ad.bytes())},
          {"contents", to_hex(contents.bytes())},
          {"message_key", to_hex(key->bytes())},
          {"record", to_hex(frame)}};
}

Json generated() {
  Pair pair(Which::hardened, [] {
    Config config;
    config.duplex = true;
    return config;
  }());
  pair.responds = false;
  Kept parent_key(32), child_key(32), parent_rekey(32), child_rekey(32);
  for (std::uint8_t i = 0; i < 32; ++i) {
    parent_key[i] = static_cast<std::uint8_t>(0x01 + i),
    child_key[i] = static_cast<std::uint8_t>(0x41 + i);
    parent_rekey[i] = static_cast<std::uint8_t>(0x81 + i),
    child_rekey[i] = static_cast<std::uint8_t>(0xC1 + i);
  }
  Json all;
  all["parent_private"] = to_hex(parent_key), all["child_private"] = to_hex(child_key);
  all["parent_rekey_private"] = to_hex(parent_rekey),
  all["child_rekey_private"] = to_hex(child_rekey);
  all["port"] = 40000;
  all["endpoint"] = "/message";
  std::uint8_t nonce = 0;
  const auto draw = [&](Script& random) { random.queue.push_back(Kept(12, ++nonce)); };
  const auto note_epoch = [&] {
    const auto& epoch = pair.child->session()->current;
    all["epochs"].push_back({{"alice_to_bob", to_hex(Bytes(hex(chain_key(epoch.receive))))},
                             {"bob_to_alice", chain_key(epoch.send)},
                             {"next_root", to_hex(epoch.next_root.bytes())}});
  };
  const auto to_child = [&](std::string_view name) {
    all["records"].push_back(
        record_of(name, *pair.child, *pair.parent, pair.to_child.front().bytes));
    return pair.to_child_next();
  };
  const auto to_parent = [&](std::string_view name) {
    all["records"].push_back(
        record_of(name, *pair.parent, *pair.child, pair.to_parent.front().bytes));
    return pair.to_parent_next();
  };
  const auto respond = [&](std::uint64_t id) {
    const std::string answer =
        "Hello Alice! I received your message: \"message " + std::to_string(id) + "\"";
    draw(pair.child_random);
    pair.child_does(Respond{id, bytes_of(answer)});
    to_parent("response");
  };

  pair.parent_random.queue.push_back(parent_key);
  pair.parent_does(Start{});
  all["parent_line"] = text(pair.to_child.front().bytes);
  pair.to_child_next();
  pair.child_random.queue.push_back(child_key);
  const Result listening = pair.child_does(Listening{40000});
  all["child_line"] = text(pair.to_parent.front().bytes);
  all["transcript"] = to_hex(listening.find("Running")->claim.transcript);
  all["key_id"] = to_hex(listening.find("Running")->claim.key_id);
  all["session_id"] = to_hex(pair.child->session()->id);
  note_epoch();
  draw(pair.parent_random);
  pair.to_parent_next();
  draw(pair.child_random);
  to_child("keepalive");
  to_parent("keepalive_ack");
  draw(pair.parent_random);
  pair.send("message 1");
  to_child("request");
  respond(1);
  draw(pair.parent_random);
  pair.send("message 2");
  all["records"].push_back(
      record_of("request", *pair.child, *pair.parent, pair.to_child.front().bytes));
  pair.lose_all();
  draw(pair.parent_random);
  pair.now.steady += 5s;
  pair.parent_caused_by_time();
  to_child("request");
  respond(2);
  draw(pair.child_random);
  pair.child_does(Notify{bytes_of("a notice")});
  to_parent("notice");
  pair.parent_random.queue.push_back(parent_rekey);
  draw(pair.parent_random);
  pair.parent_does(Rekey{});
  pair.child_random.queue.push_back(child_rekey);
  draw(pair.child_random);
  to_child("rekey_request");
  note_epoch();
  draw(pair.parent_random);
  to_parent("rekey_response");
  draw(pair.child_random);
  to_child("keepalive");
  to_parent("keepalive_ack");
  draw(pair.parent_random);
  pair.send("message 3");
  to_child("request");
  respond(3);
  draw(pair.parent_random);
  pair.parent_does(Shutdown{});
  draw(pair.child_random);
  to_child("shutdown_request");
  to_parent("shutdown_ack");
  CHECK(pair.parent->state() == "ClosingConnections");
  return all;
}

}  // namespace

TEST_CASE("stdio: the hardened profile speaks the frozen session byte for byte", "[vectors]") {
  const std::string now = generated().dump(1) + "\n";
  if (std::getenv("HANDFAST_WRITE_VECTORS") != nullptr) std::ofstream(test::path_of(frozen)) << now;
  CHECK(now == test::read_file(frozen));
}

TEST_CASE("stdio: code that shares nothing with ours computes the frozen session from its inputs",
          "[vectors]") {
  test::check_computed_anew("stdio_hardened");
}
