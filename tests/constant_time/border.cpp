#include "tests/constant_time/border.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "handfast/crypto/botan.hpp"

namespace {

using constant_time::public_prefix;
using constant_time::reveal;
using constant_time::revealed;

#if BOTAN_VERSION_MAJOR >= 3
using Name = std::string_view;
#else
using Name = const std::string&;
#endif

/// Botan's cipher, which also reveals of what it opened the part that is no secret, and all of what
/// it sealed: a ciphertext goes out.
class Watched final : public Botan::AEAD_Mode {
 public:
  Watched(std::unique_ptr<Botan::AEAD_Mode> mode, bool seals)
      : mode_(std::move(mode)), seals_(seals) {}

  std::string name() const override { return mode_->name(); }
  void clear() override { mode_->clear(); }
  void reset() override { mode_->reset(); }
  Botan::Key_Length_Specification key_spec() const override { return mode_->key_spec(); }
  std::size_t output_length(std::size_t size) const override { return mode_->output_length(size); }
  std::size_t update_granularity() const override { return mode_->update_granularity(); }
  std::size_t minimum_final_size() const override { return mode_->minimum_final_size(); }
  std::size_t tag_size() const override { return mode_->tag_size(); }
  bool valid_nonce_length(std::size_t size) const override {
    return mode_->valid_nonce_length(size);
  }

#if BOTAN_VERSION_MAJOR >= 3
  std::size_t ideal_granularity() const override { return mode_->ideal_granularity(); }
  bool has_keying_material() const override { return mode_->has_keying_material(); }
  void set_associated_data_n(std::size_t index, std::span<const std::uint8_t> ad) override {
    mode_->set_associated_data_n(index, ad);
  }

 private:
  void key_schedule(std::span<const std::uint8_t> key) override { mode_->set_key(key); }
  void start_msg(const std::uint8_t nonce[], std::size_t size) override {
    mode_->start(nonce, size);
  }
  std::size_t process_msg(std::uint8_t text[], std::size_t size) override {
    return mode_->process(text, size);
  }
  void finish_msg(Botan::secure_vector<std::uint8_t>& text, std::size_t offset) override {
    mode_->finish(text, offset);
    reveal_part_of(text);
  }
#else
  void set_associated_data(const std::uint8_t ad[], std::size_t size) override {
    mode_->set_associated_data(ad, size);
  }
  void start_msg(const std::uint8_t nonce[], std::size_t size) override {
    mode_->start(nonce, size);
  }
  std::size_t process(std::uint8_t text[], std::size_t size) override {
    return mode_->process(text, size);
  }
  void finish(Botan::secure_vector<std::uint8_t>& text, std::size_t offset) override {
    mode_->finish(text, offset);
    reveal_part_of(text);
  }

 private:
  void key_schedule(const std::uint8_t key[], std::size_t size) override {
    mode_->set_key(key, size);
  }
#endif

  void reveal_part_of(handfast::Bytes text) const {
    if (seals_) return reveal(text);
    if (public_prefix == nullptr || text.empty()) return;
    reveal(text.first(1));
    reveal(text.first(std::min(public_prefix(text[0]), text.size())));
  }

  std::unique_ptr<Botan::AEAD_Mode> mode_;
  bool seals_;
};

}  // namespace

// The linker's names, which tests/meson.build lists: `__wrap_F` is called where F would be,
// `__real_F` is F.

// Whether two values are the same is what a caller decides by: that a tag fits, that a key or an
// agreement is all zero. Where they differ stays secret.
#if BOTAN_VERSION_MAJOR >= 3
bool compare(std::span<const std::uint8_t> left, std::span<const std::uint8_t> right) asm(
    "__real__ZN5Botan21constant_time_compareESt4spanIKhLm18446744073709551615EES2_");
bool compare_and_reveal(
    std::span<const std::uint8_t> left,
    std::span<const std::uint8_t>
        right) asm("__wrap__ZN5Botan21constant_time_compareESt4spanIKhLm18446744073709551615EES2_");
bool compare_and_reveal(std::span<const std::uint8_t> left, std::span<const std::uint8_t> right) {
  return revealed(compare(left, right));
}
#else
std::uint8_t compare(const std::uint8_t left[], const std::uint8_t right[],
                     std::size_t size) asm("__real__ZN5Botan13ct_compare_u8EPKhS1_m");
std::uint8_t compare_and_reveal(const std::uint8_t left[], const std::uint8_t right[],
                                std::size_t size) asm("__wrap__ZN5Botan13ct_compare_u8EPKhS1_m");
std::uint8_t compare_and_reveal(const std::uint8_t left[], const std::uint8_t right[],
                                std::size_t size) {
  return revealed(compare(left, right, size));
}
#endif

// A public key goes out.
int multiply_base(std::uint8_t out[32], const std::uint8_t scalar[32]) asm(
    "__real__ZN5Botan6Sodium33crypto_scalarmult_curve25519_baseEPhPKh");
int multiply_base_and_reveal(std::uint8_t out[32], const std::uint8_t scalar[32]) asm(
    "__wrap__ZN5Botan6Sodium33crypto_scalarmult_curve25519_baseEPhPKh");
int multiply_base_and_reveal(std::uint8_t out[32], const std::uint8_t scalar[32]) {
  const int result = multiply_base(out, scalar);
  reveal({out, 32});
  return result;
}

// So does this one; the second half of what Botan calls the private key is a copy of it.
int make_key_pair(std::uint8_t key[32], std::uint8_t expanded[64], const std::uint8_t seed[32]) asm(
    "__real__ZN5Botan6Sodium32crypto_sign_ed25519_seed_keypairEPhS1_PKh");
int make_key_pair_and_reveal(
    std::uint8_t key[32], std::uint8_t expanded[64],
    const std::uint8_t
        seed[32]) asm("__wrap__ZN5Botan6Sodium32crypto_sign_ed25519_seed_keypairEPhS1_PKh");
int make_key_pair_and_reveal(std::uint8_t key[32], std::uint8_t expanded[64],
                             const std::uint8_t seed[32]) {
  const int result = make_key_pair(key, expanded, seed);
  reveal({key, 32});
  reveal({expanded + 32, 32});
  return result;
}

#if BOTAN_VERSION_MAJOR >= 3
#define HANDFAST_MAKE_AEAD                                                                      \
  "_ZN5Botan9AEAD_Mode15create_or_throwESt17basic_string_viewIcSt11char_traitsIcEENS_10Cipher_" \
  "DirES4_"
#else
#define HANDFAST_MAKE_AEAD                                                                         \
  "_ZN5Botan9AEAD_Mode15create_or_throwERKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEENS_" \
  "10Cipher_DirES8_"
#endif
std::unique_ptr<Botan::AEAD_Mode> make_aead(Name name, Botan::Cipher_Dir direction,
                                            Name provider) asm("__real_" HANDFAST_MAKE_AEAD);
std::unique_ptr<Botan::AEAD_Mode> make_watched_aead(
    Name name, Botan::Cipher_Dir direction, Name provider) asm("__wrap_" HANDFAST_MAKE_AEAD);
std::unique_ptr<Botan::AEAD_Mode> make_watched_aead(Name name, Botan::Cipher_Dir direction,
                                                    Name provider) {
  return std::make_unique<Watched>(make_aead(name, direction, provider),
                                   direction == handfast::detail::encryption);
}
