// Issuer and holder agree through a connector, compare fingerprints, and talk.

#include <handfast/x3dh.hpp>

#include "transcript/runs.hpp"

namespace transcript {

Transcript x3dh(const RunOptions& options) {
  using namespace handfast::x3dh;
  Sources sources(options);
  Random before(sources.before);
  const auto context = [&](testing::SeededRandom& source) {
    return Context(xeddsa::PrivateKey::generate(before).value(), {}, Random(source));
  };
  Context issuer = context(sources.one), holder = context(sources.other);
  issuer.signed_pre_key = x25519::PrivateKey::generate(before).value();
  Recording<Issuer<>, Holder<>> run{"x3dh", std::move(issuer), std::move(holder), start};
  run.obey(options);
  const Start connection{ConnectionId::parse("connection 7").value()};
  run.other(connection);
  run.one(connection);
  run.one(Send{bytes_of("Are you there?")});
  run.other(Send{bytes_of("Hello Alice!")});
  run.one(Send{bytes_of("And now?")});
  run.one(Stop{});
  run.other(Stop{});
  return run.transcript();
}

}  // namespace transcript
