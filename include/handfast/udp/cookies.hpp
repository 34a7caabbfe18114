#pragma once

// Cookies: what a server under load gives to who asks for a session, and wants to see again before
// it does anything. It keeps nothing for that but two secrets. Whoever shows one can be reached
// where it seems to be.

#include "handfast/core/planted.hpp"
#include "handfast/crypto/hmac.hpp"
#include "handfast/udp/messages.hpp"
#include "handfast/wire/binary.hpp"

namespace handfast::udp {

/// A cookie is HMAC(secret, address, Connect without cookie). The secret is another one every
/// `lifetime`, and the one before it is good for as long again.
class Cookies {
 public:
  /// The cookie for who said `connect`; `random_source_failed`.
  [[nodiscard]] std::expected<Cookie, Fault> make(const Connect& connect, Random& random,
                                                  Duration lifetime, const Time& now) {
    if (!current_.is_good(lifetime, now)) {
      auto drawn = random.secret<32>();
      if (!drawn) return std::unexpected(drawn.error());
      previous_ = std::move(current_);
      current_ = {KeyedHmacSha256(drawn->bytes()), now.steady};
    }
    return mac(current_, connect);
  }

  /// Whether `connect` carries a cookie that was given for it, to where it comes from now.
  [[nodiscard]] bool verify(const Connect& connect, Duration lifetime, const Time& now) {
    if (!connect.has_cookie()) return false;
    if (handfast::detail::planted<"cookie not checked">) return true;
    const auto is_of = [&](Made& made) {
      const bool is_good =
          made.is_good(2 * lifetime, now) ||
          (made.mac.has_key() && handfast::detail::planted<"cookies never too old">);
      return is_good && equal_in_constant_time(mac(made, connect), connect.cookie);
    };
    return is_of(current_) || is_of(previous_);
  }

 private:
  struct Made {
    KeyedHmacSha256 mac;  // under the secret
    SteadyTime at{};

    [[nodiscard]] bool is_good(Duration age, const Time& now) const noexcept {
      return mac.has_key() && now.steady - at < age;
    }
  };

  static Cookie mac(Made& made, const Connect& connect) {
    auto all = *wire::binary::encode(connect);
    constexpr std::size_t before = Address::size + 3 + 32 + 16 + 4, behind = before + 32;
    // Without the cookie, in one piece: of several each would be another call for Botan.
    std::copy(all.begin() + behind, all.end(), all.begin() + before);
    const Bytes said = Bytes(all).first(all.size() - (behind - before));
    return made.mac.mac({handfast::detail::planted<"cookie says nothing of the address">
                             ? said.subspan(Address::size)
                             : said});
  }

  Made current_, previous_;
};

}  // namespace handfast::udp
