#pragma once

// TLS 1.3 between two that know each other's certificates: each side has one that it has made and
// signed itself, and takes the other's by its SHA-256, whoever else may have signed what.

#include "tour/boost.hpp"

#include <array>
#include <boost/asio/ssl/context.hpp>
#include <handfast/rehandshake/keys.hpp>
#include <handfast/wire/hex.hpp>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "shared/private_file.hpp"

namespace over_paths {

namespace net = boost::asio;
namespace ssl = boost::asio::ssl;
using handfast::Bytes;

/// The SHA-256 of a certificate (DER).
using Pin = std::array<std::uint8_t, 32>;

/// A pin as it is printed: 64 hexadecimal digits. Throws where that is none.
[[nodiscard]] inline Pin pin_of_text(std::string_view text) {
  Pin pin{};
  if (handfast::wire::hex::decode(text, pin) != pin.size())
    throw std::runtime_error("a pin has 64 hexadecimal digits: " + std::string(text));
  return pin;
}

namespace detail {

template <auto release>
struct Releasing {
  void operator()(auto* one) const { release(one); }
};
inline void release_bio(BIO* one) { BIO_free(one); }
using Bio = std::unique_ptr<BIO, Releasing<release_bio>>;
using Certificate = std::unique_ptr<X509, Releasing<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Releasing<EVP_PKEY_free>>;

inline void must(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(std::string("OpenSSL cannot ") + what);
}
[[nodiscard]] inline Pin pin_of(const X509* certificate) {
  Pin pin{};
  unsigned size = 0;
  must(X509_digest(certificate, EVP_sha256(), pin.data(), &size) == 1 && size == pin.size(),
       "hash a certificate");
  return pin;
}

}  // namespace detail

/// A certificate and its private key, as PEM.
class Identity {
 public:
  /// A new one: Ed25519, signed by itself, for ten years.
  [[nodiscard]] static Identity make() {
    using namespace detail;
    const Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    const Certificate made(X509_new());
    must(key && made, "make a key");
    X509_NAME* const name = X509_get_subject_name(made.get());
    const auto* const common_name = reinterpret_cast<const unsigned char*>("handfast");
    must(X509_set_version(made.get(), X509_VERSION_3) == 1 &&
             ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1) == 1 &&
             X509_gmtime_adj(X509_getm_notBefore(made.get()), 0) != nullptr &&
             X509_time_adj_ex(X509_getm_notAfter(made.get()), 3650, 0, nullptr) != nullptr &&
             X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common_name, -1, -1, 0) == 1 &&
             X509_set_issuer_name(made.get(), name) == 1 &&
             X509_set_pubkey(made.get(), key.get()) == 1 &&
             X509_sign(made.get(), key.get(), nullptr) > 0,
         "make a certificate");
    const Bio out(BIO_new(BIO_s_secmem()));
    must(out && PEM_write_bio_X509(out.get(), made.get()) == 1 &&
             PEM_write_bio_PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                      nullptr) == 1,
         "write a certificate");
    char* text = nullptr;
    const auto size = static_cast<std::size_t>(BIO_get_mem_data(out.get(), &text));
    return Identity({reinterpret_cast<const std::uint8_t*>(text), size});
  }
  /// The one in the file at `path`, which is made where there is none.
  [[nodiscard]] static Identity from_file(const std::string& path) {
    if (const auto pem = shared::read_private(path, 65536)) return Identity(pem->bytes());
    Identity made = make();
    if (!shared::detail::create_private(path, made.pem_.bytes()))
      throw std::runtime_error("cannot write " + path);
    return made;
  }

  [[nodiscard]] const Pin& pin() const noexcept { return pin_; }
  [[nodiscard]] Bytes pem() const noexcept { return pem_.bytes(); }

 private:
  explicit Identity(Bytes pem) {
    using namespace detail;
    pem_.append(pem);
    const Bio in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    const Certificate certificate(in ? PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr)
                                     : nullptr);
    if (!certificate) throw std::runtime_error("this is no certificate with its key");
    pin_ = pin_of(certificate.get());
  }

  handfast::WipingBuffer pem_;
  Pin pin_{};
};

/// TLS 1.3 and no other, as `own` where that is not null. The other end has a certificate whose pin
/// is `others`; where there is none, as at a relay's, it needs no certificate. No session is
/// resumed, so each connection is proved anew.
[[nodiscard]] inline std::shared_ptr<ssl::context> pinned_tls(ssl::context::method method,
                                                              const Identity* own,
                                                              const std::optional<Pin>& others) {
  auto tls = std::make_shared<ssl::context>(method);
  SSL_CTX* const context = tls->native_handle();
  detail::must(SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1, "speak TLS 1.3");
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 0);
  if (own != nullptr) {
    const net::const_buffer pem(own->pem().data(), own->pem().size());
    tls->use_certificate_chain(pem);
    tls->use_private_key(pem, ssl::context::pem);
  }
  if (!others) return tls;
  tls->set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
  // It stands for itself: what OpenSSL thinks of its signature, name and dates does not matter.
  tls->set_verify_callback([pin = *others](bool, ssl::verify_context& presented) {
    X509_STORE_CTX* const store = presented.native_handle();
    return X509_STORE_CTX_get_error_depth(store) == 0 &&
           detail::pin_of(X509_STORE_CTX_get_current_cert(store)) == pin;
  });
  return tls;
}

/// What both ends of one TLS connection have, and no other: `tls-exporter` (RFC 9266, section 2).
[[nodiscard]] inline handfast::rehandshake::ChannelBinding binding_of(SSL* connection) {
  constexpr std::string_view label = "EXPORTER-Channel-Binding";
  std::array<std::uint8_t, 32> exported{};
  detail::must(SSL_export_keying_material(connection, exported.data(), exported.size(),
                                          label.data(), label.size(), nullptr, 0, 0) == 1,
               "export what a connection is known by");
  return handfast::rehandshake::ChannelBinding::of(exported);
}

}  // namespace over_paths
