// Issuer and holder agree through a connector, and talk; with the counter they get in step too.

#include <handfast/x3dh.hpp>
#include <handfast/x3dh/counter.hpp>
#include <handfast/x3dh/documented.hpp>

#include "transcript/runs.hpp"

namespace transcript {

namespace {

using namespace handfast::x3dh;

template <class Profile>
Transcript run_of(std::string title, const RunOptions& options) {
  Sources sources(options);
  Random before(sources.before);
  const auto context = [&](testing::SeededRandom& source) {
    return Context(xeddsa::PrivateKey::generate(before).value(), {}, Random(source));
  };
  Context issuer = context(sources.one), holder = context(sources.other);
  issuer.signed_pre_key = x25519::PrivateKey::generate(before).value();
  Recording<Issuer<Profile>, Holder<Profile>> run{std::move(title), std::move(issuer),
                                                  std::move(holder), start};
  run.obey(options);
  const Start connection{ConnectionId::parse("connection 7").value()};
  run.other(connection);
  run.one(connection);
  run.one(Send{bytes_of("Are you there?")});
  run.other(Send{bytes_of("Hello Alice!")});
  run.one(Send{bytes_of("And now?")});
  if constexpr (std::same_as<Profile, Counter>) run.other(Synchronize{});
  run.one(Stop{});
  run.other(Stop{});
  return run.transcript();
}

}  // namespace

Transcript x3dh(const RunOptions& options) { return run_of<Hardened>("x3dh", options); }
Transcript x3dh_counter(const RunOptions& options) {
  return run_of<Counter>("x3dh, counter", options);
}
Transcript x3dh_documented(const RunOptions& options) {
  return run_of<Documented>("x3dh, documented", options);
}

}  // namespace transcript
