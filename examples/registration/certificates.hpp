#pragma once

// A server's certificate, which may be replaced while it runs: who is connected stays so, who comes
// later sees the new one.

#include <memory>
#include <string>

#include "registration/beast_tls.hpp"

namespace web {

/// A certificate chain and its private key, in two PEM files.
class Certificates {
 public:
  /// Throws `boost::system::system_error` where the files are not that.
  Certificates(std::string chain_file, std::string key_file)
      : chain_file_(std::move(chain_file)), key_file_(std::move(key_file)) {
    reload();
  }

  /// Reads both files anew. Throws as the constructor, and the old certificate then stays.
  void reload() {
    auto next = std::make_shared<ssl::context>(ssl::context::tls_server);
    next->set_options(ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1);
    next->use_certificate_chain_file(chain_file_);
    next->use_private_key_file(key_file_, ssl::context::pem);
    current_ = std::move(next);
  }

  /// What a new connection begins with, and keeps as long as it lasts.
  [[nodiscard]] std::shared_ptr<ssl::context> current() const noexcept { return current_; }

 private:
  std::string chain_file_, key_file_;
  std::shared_ptr<ssl::context> current_;
};

}  // namespace web
