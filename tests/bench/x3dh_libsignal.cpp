// libsignal-protocol-c's X3DH and Double Ratchet: AES-256-CBC and an HMAC of 8 bytes, and each
// session taken from a store and put back with each message. The symmetric primitives are given to
// it, and are Botan's; those of the curve are its own.

#include <key_helper.h>
#include <protocol.h>
#include <session_builder.h>
#include <session_cipher.h>
#include <session_pre_key.h>
#include <signal_protocol.h>

#include <botan/cipher_mode.h>
#include <botan/hash.h>
#include <botan/mac.h>
#include <botan/system_rng.h>

#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "handfast/crypto/botan.hpp"
#include "tests/bench/x3dh_others.hpp"

namespace {

using Kept = std::vector<std::uint8_t>;

void must(int result) {
  if (result < 0) throw std::logic_error("not measured: libsignal-protocol-c");
}

// What it asks for.

signal_buffer* buffer_of(const auto& bytes) {
  return signal_buffer_create(bytes.data(), bytes.size());
}

template <class Function>
int begin(void** context, const char* name, const std::uint8_t* key = nullptr,
          std::size_t key_size = 0) {
  auto function = Function::create_or_throw(name);
  if constexpr (requires { function->set_key(key, key_size); }) function->set_key(key, key_size);
  *context = function.release();
  return 0;
}
template <class Function>
int add(void* context, const std::uint8_t* data, std::size_t size, void*) {
  static_cast<Function*>(context)->update(data, size);
  return 0;
}
template <class Function>
int finish(void* context, signal_buffer** out, void*) {
  *out = buffer_of(static_cast<Function*>(context)->final());
  return 0;
}
template <class Function>
void end(void* context, void*) {
  delete static_cast<Function*>(context);
}

template <auto direction>
int cipher(signal_buffer** out, int kind, const std::uint8_t* key, std::size_t key_size,
           const std::uint8_t* iv, std::size_t iv_size, const std::uint8_t* in, std::size_t size,
           void*) {
  if (kind != SG_CIPHER_AES_CBC_PKCS5) return SG_ERR_INVAL;
  const auto mode = Botan::Cipher_Mode::create_or_throw("AES-256/CBC/PKCS7", direction);
  mode->set_key(key, key_size);
  mode->start(iv, iv_size);
  Botan::secure_vector<std::uint8_t> text(in, in + size);
  mode->finish(text);
  *out = buffer_of(text);
  return 0;
}

using Mac = Botan::MessageAuthenticationCode;
using Hash = Botan::HashFunction;
const signal_crypto_provider provider{
    .random_func =
        [](std::uint8_t* out, std::size_t size, void*) {
          Botan::system_rng().randomize(out, size);
          return 0;
        },
    .hmac_sha256_init_func = [](void** context, const std::uint8_t* key, std::size_t size,
                                void*) { return begin<Mac>(context, "HMAC(SHA-256)", key, size); },
    .hmac_sha256_update_func = add<Mac>,
    .hmac_sha256_final_func = finish<Mac>,
    .hmac_sha256_cleanup_func = end<Mac>,
    .sha512_digest_init_func = [](void** context,
                                  void*) { return begin<Hash>(context, "SHA-512"); },
    .sha512_digest_update_func = add<Hash>,
    .sha512_digest_final_func = finish<Hash>,
    .sha512_digest_cleanup_func = end<Hash>,
    .encrypt_func = cipher<handfast::detail::encryption>,
    .decrypt_func = cipher<handfast::detail::decryption>,
    .user_data = nullptr};

/// From a store of one thing.
int load(signal_buffer** out, const std::optional<Kept>& kept) {
  if (kept) *out = buffer_of(*kept);
  return kept ? 1 : 0;
}

/// One side: its keys, and the one session that it has.
struct Side {
  signal_context* context;
  signal_protocol_store_context* stores = nullptr;
  ratchet_identity_key_pair* identity = nullptr;
  std::optional<Kept> session, pre_key, signed_pre_key;
  session_cipher* cipher = nullptr;
  const signal_protocol_address* peer;

  Side(signal_context* c, const signal_protocol_address* p) : context(c), peer(p) {
    must(signal_protocol_key_helper_generate_identity_key_pair(&identity, context));
    must(signal_protocol_store_context_create(&stores, context));
    const signal_protocol_session_store sessions{
        .load_session_func = [](signal_buffer** out, signal_buffer**,
                                const signal_protocol_address*,
                                void* of) { return load(out, self(of).session); },
        .get_sub_device_sessions_func = nullptr,
        .store_session_func =
            [](const signal_protocol_address*, std::uint8_t* data, std::size_t size, std::uint8_t*,
               std::size_t, void* of) {
              self(of).session.emplace(data, data + size);
              return 0;
            },
        .contains_session_func = [](const signal_protocol_address*,
                                    void* of) { return self(of).session ? 1 : 0; },
        .delete_session_func = nullptr,
        .delete_all_sessions_func = nullptr,
        .destroy_func = nullptr,
        .user_data = this};
    const signal_protocol_pre_key_store pre_keys{
        .load_pre_key =
            [](signal_buffer** out, std::uint32_t, void* of) {
              return load(out, self(of).pre_key) > 0 ? SG_SUCCESS : SG_ERR_INVALID_KEY_ID;
            },
        .store_pre_key = nullptr,
        .contains_pre_key = [](std::uint32_t, void* of) { return self(of).pre_key ? 1 : 0; },
        .remove_pre_key =
            [](std::uint32_t, void* of) {
              self(of).pre_key.reset();
              return 0;
            },
        .destroy_func = nullptr,
        .user_data = this};
    const signal_protocol_signed_pre_key_store signed_pre_keys{
        .load_signed_pre_key =
            [](signal_buffer** out, std::uint32_t, void* of) {
              return load(out, self(of).signed_pre_key) > 0 ? SG_SUCCESS : SG_ERR_INVALID_KEY_ID;
            },
        .store_signed_pre_key = nullptr,
        .contains_signed_pre_key = [](std::uint32_t,
                                      void* of) { return self(of).signed_pre_key ? 1 : 0; },
        .remove_signed_pre_key = nullptr,
        .destroy_func = nullptr,
        .user_data = this};
    const signal_protocol_identity_key_store identities{
        .get_identity_key_pair =
            [](signal_buffer** shown, signal_buffer** hidden, void* of) {
              const auto* const pair = self(of).identity;
              must(ec_public_key_serialize(shown, ratchet_identity_key_pair_get_public(pair)));
              must(ec_private_key_serialize(hidden, ratchet_identity_key_pair_get_private(pair)));
              return 0;
            },
        .get_local_registration_id =
            [](void*, std::uint32_t* id) {
              *id = 1;
              return 0;
            },
        .save_identity = [](const signal_protocol_address*, std::uint8_t*, std::size_t,
                            void*) { return 0; },
        .is_trusted_identity = [](const signal_protocol_address*, std::uint8_t*, std::size_t,
                                  void*) { return 1; },
        .destroy_func = nullptr,
        .user_data = this};
    must(signal_protocol_store_context_set_session_store(stores, &sessions));
    must(signal_protocol_store_context_set_pre_key_store(stores, &pre_keys));
    must(signal_protocol_store_context_set_signed_pre_key_store(stores, &signed_pre_keys));
    must(signal_protocol_store_context_set_identity_key_store(stores, &identities));
    must(session_cipher_create(&cipher, stores, peer, context));
  }
  Side(const Side&) = delete;
  ~Side() {
    session_cipher_free(cipher);
    signal_protocol_store_context_destroy(stores);
    SIGNAL_UNREF(identity);
  }
  static Side& self(void* of) { return *static_cast<Side*>(of); }

  Kept seal(const std::uint8_t* payload, std::size_t size) {
    ciphertext_message* message = nullptr;
    must(session_cipher_encrypt(cipher, payload, size, &message));
    signal_buffer* const bytes = ciphertext_message_get_serialized(message);
    const Kept frame(signal_buffer_data(bytes),
                     signal_buffer_data(bytes) + signal_buffer_len(bytes));
    SIGNAL_UNREF(message);
    return frame;
  }
  Kept open_first(const Kept& frame) {
    pre_key_signal_message* message = nullptr;
    signal_buffer* plaintext = nullptr;
    must(pre_key_signal_message_deserialize(&message, frame.data(), frame.size(), context));
    must(session_cipher_decrypt_pre_key_signal_message(cipher, message, nullptr, &plaintext));
    SIGNAL_UNREF(message);
    return taken(plaintext);
  }
  Kept open(const Kept& frame) {
    signal_message* message = nullptr;
    signal_buffer* plaintext = nullptr;
    must(signal_message_deserialize(&message, frame.data(), frame.size(), context));
    must(session_cipher_decrypt_signal_message(cipher, message, nullptr, &plaintext));
    SIGNAL_UNREF(message);
    return taken(plaintext);
  }
  static Kept taken(signal_buffer* bytes) {
    const Kept kept(signal_buffer_data(bytes),
                    signal_buffer_data(bytes) + signal_buffer_len(bytes));
    signal_buffer_free(bytes);
    return kept;
  }
};

Kept serialized(auto serialize, const auto* key) {
  signal_buffer* bytes = nullptr;
  must(serialize(&bytes, key));
  return Side::taken(bytes);
}

signal_context* new_context() {
  signal_context* context = nullptr;
  must(signal_context_create(&context, nullptr));
  must(signal_context_set_crypto_provider(context, &provider));
  return context;
}

/// Its signed pre-key is made and signed once, as its applications do.
struct LibSignal : others::Sides {
  static constexpr signal_protocol_address issuers{"issuer", 6, 1}, holders{"holder", 6, 1};
  std::unique_ptr<signal_context, decltype(&signal_context_destroy)> context{
      new_context(), signal_context_destroy};
  Side issuer{context.get(), &holders}, holder{context.get(), &issuers};
  session_signed_pre_key* signed_pre_key = nullptr;

  LibSignal() {
    must(signal_protocol_key_helper_generate_signed_pre_key(&signed_pre_key, issuer.identity, 1, 1,
                                                            context.get()));
    issuer.signed_pre_key = serialized(session_signed_pre_key_serialize, signed_pre_key);
  }
  ~LibSignal() override { SIGNAL_UNREF(signed_pre_key); }

  void agree() override {
    signal_protocol_key_helper_pre_key_list_node* made = nullptr;
    must(signal_protocol_key_helper_generate_pre_keys(&made, 1, 1, context.get()));
    session_pre_key* const one_time = signal_protocol_key_helper_key_list_element(made);
    issuer.pre_key = serialized(session_pre_key_serialize, one_time);
    issuer.session.reset();
    holder.session.reset();

    session_pre_key_bundle* bundle = nullptr;
    must(session_pre_key_bundle_create(
        &bundle, 1, 1, 1, ec_key_pair_get_public(session_pre_key_get_key_pair(one_time)), 1,
        ec_key_pair_get_public(session_signed_pre_key_get_key_pair(signed_pre_key)),
        session_signed_pre_key_get_signature(signed_pre_key),
        session_signed_pre_key_get_signature_len(signed_pre_key),
        ratchet_identity_key_pair_get_public(issuer.identity)));
    session_builder* builder = nullptr;
    must(session_builder_create(&builder, holder.stores, &issuers, context.get()));
    must(session_builder_process_pre_key_bundle(builder, bundle));
    session_builder_free(builder);
    SIGNAL_UNREF(bundle);
    signal_protocol_key_helper_key_list_free(made);

    issuer.open_first(holder.seal(nothing, 1));
    holder.open(issuer.seal(nothing, 1));
  }
  bool say(handfast::Bytes payload) override {
    const Kept opened = issuer.open(holder.seal(payload.data(), payload.size()));
    return opened.size() == payload.size() &&
           std::memcmp(opened.data(), payload.data(), opened.size()) == 0;
  }

  static constexpr std::uint8_t nothing[] = {0};
};

}  // namespace

std::unique_ptr<others::Sides> others::libsignal() { return std::make_unique<LibSignal>(); }
