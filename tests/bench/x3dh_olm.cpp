// libolm's agreement, which is of three keys, its one-time key signed as Matrix does, and its
// Double Ratchet: AES-256-CBC and an HMAC of 8 bytes, all in base64.

#include <olm/olm.h>

#include <botan/system_rng.h>

#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/bench/x3dh_others.hpp"

namespace {

std::size_t must(std::size_t result) {
  if (result == olm_error()) throw std::logic_error("not measured: libolm");
  return result;
}

std::string random(std::size_t size) {
  std::string bytes(size, 0);
  if (size > 0) Botan::system_rng().randomize(reinterpret_cast<std::uint8_t*>(bytes.data()), size);
  return bytes;
}

/// The text in its JSON that is the value of `name`, which ends in a colon.
std::string text_behind(const std::string& json, const std::string& name) {
  const auto begin = json.find('"', json.find(name) + name.size()) + 1;
  return json.substr(begin, json.find('"', begin) - begin);
}

struct Account {
  std::vector<char> memory = std::vector<char>(olm_account_size());
  OlmAccount* account = olm_account(memory.data());
  std::string agreeing, signing;

  Account() {
    auto drawn = random(olm_create_account_random_length(account));
    must(olm_create_account(account, drawn.data(), drawn.size()));
    std::string json(olm_account_identity_keys_length(account), 0);
    must(olm_account_identity_keys(account, json.data(), json.size()));
    agreeing = text_behind(json, "\"curve25519\":");
    signing = text_behind(json, "\"ed25519\":");
  }
  std::string one_time_key() {
    auto drawn = random(olm_account_generate_one_time_keys_random_length(account, 1));
    must(olm_account_generate_one_time_keys(account, 1, drawn.data(), drawn.size()));
    std::string json(olm_account_one_time_keys_length(account), 0);
    must(olm_account_one_time_keys(account, json.data(), json.size()));
    must(olm_account_mark_keys_as_published(account));
    return text_behind(json.substr(json.find('{', 1)), ":");
  }
  std::string sign(const std::string& text) {
    std::string signature(olm_account_signature_length(account), 0);
    must(olm_account_sign(account, text.data(), text.size(), signature.data(), signature.size()));
    return signature;
  }
};

struct Message {
  std::size_t type = 0;
  std::string text;
};

struct Session {
  std::vector<char> memory = std::vector<char>(olm_session_size());
  OlmSession* session = olm_session(memory.data());

  Message seal(const void* plaintext, std::size_t size) {
    Message message{must(olm_encrypt_message_type(session)),
                    std::string(olm_encrypt_message_length(session, size), 0)};
    auto drawn = random(olm_encrypt_random_length(session));
    must(olm_encrypt(session, plaintext, size, drawn.data(), drawn.size(), message.text.data(),
                     message.text.size()));
    return message;
  }
  /// libolm writes into the messages that it reads.
  std::string open(const Message& message) {
    std::string copy = message.text;
    std::string plaintext(
        must(olm_decrypt_max_plaintext_length(session, message.type, copy.data(), copy.size())), 0);
    copy = message.text;
    plaintext.resize(must(olm_decrypt(session, message.type, copy.data(), copy.size(),
                                      plaintext.data(), plaintext.size())));
    return plaintext;
  }
};

struct Olm : others::Sides {
  Account issuer, holder;
  std::unique_ptr<Session> at_issuer, at_holder;
  std::vector<char> utility_memory = std::vector<char>(olm_utility_size());
  OlmUtility* utility = olm_utility(utility_memory.data());

  void agree() override {
    const std::string one_time = issuer.one_time_key();
    std::string signature = issuer.sign(one_time);
    must(olm_ed25519_verify(utility, issuer.signing.data(), issuer.signing.size(), one_time.data(),
                            one_time.size(), signature.data(), signature.size()));
    at_holder = std::make_unique<Session>();
    auto drawn = random(olm_create_outbound_session_random_length(at_holder->session));
    must(olm_create_outbound_session(at_holder->session, holder.account, issuer.agreeing.data(),
                                     issuer.agreeing.size(), one_time.data(), one_time.size(),
                                     drawn.data(), drawn.size()));
    const Message first = at_holder->seal("", 0);
    at_issuer = std::make_unique<Session>();
    std::string copy = first.text;
    must(olm_create_inbound_session(at_issuer->session, issuer.account, copy.data(), copy.size()));
    at_issuer->open(first);
    must(olm_remove_one_time_keys(issuer.account, at_issuer->session));
    at_holder->open(at_issuer->seal("", 0));
  }
  bool say(handfast::Bytes payload) override {
    const std::string opened = at_issuer->open(at_holder->seal(payload.data(), payload.size()));
    return opened.size() == payload.size() &&
           std::memcmp(opened.data(), payload.data(), opened.size()) == 0;
  }
};

}  // namespace

std::unique_ptr<others::Sides> others::olm() { return std::make_unique<Olm>(); }
