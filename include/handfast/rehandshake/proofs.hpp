#pragma once

// The three messages with their proofs: made, and checked. Six HMACs a run, both sides together,
// and two draws.

#include "handfast/rehandshake/states.hpp"

namespace handfast::rehandshake {

/// A REQUEST of ours, with a new challenge; `random_source_failed`.
[[nodiscard]] inline std::expected<Request, Fault> make_request(Context& c) {
  const auto challenge = c.random.bytes<32>();
  if (!challenge) return std::unexpected(challenge.error());
  Request made{c.proof_macs.session, *challenge, unix_ms(c.now), {}};
  const auto frame = frame_of(made);
  made.proof = c.proof_macs.own_initiator.mac(
      {bytes_of(labels::request), c.binding.bytes(), before_proof<Request>(frame)});
  return made;
}
/// Whether the other side has made `request`, as the initiator.
[[nodiscard]] inline bool proves_request(const Request& m, const RequestBytes& frame, Context& c) {
  return c.proof_macs.peer_initiator.verify(
             {bytes_of(labels::request), c.binding.bytes(), before_proof<Request>(frame)},
             m.proof) ||
         handfast::detail::planted<"REQUEST's proof not checked">;
}

/// Our answer to `request`; `random_source_failed`.
[[nodiscard]] inline std::expected<Response, Fault> make_response(const RequestBytes& request,
                                                                  Context& c) {
  const auto challenge = c.random.bytes<32>();
  if (!challenge) return std::unexpected(challenge.error());
  Response made{c.proof_macs.session, *challenge, unix_ms(c.now), {}};
  const auto frame = frame_of(made);
  made.proof = c.proof_macs.own_responder.mac(
      {bytes_of(labels::response), c.binding.bytes(), request, before_proof<Response>(frame)});
  return made;
}
[[nodiscard]] inline bool proves_response(const Response& m, const RequestBytes& request,
                                          Context& c) {
  const auto frame = frame_of(m);
  return c.proof_macs.peer_responder.verify({bytes_of(labels::response), c.binding.bytes(), request,
                                             before_proof<Response>(frame)},
                                            m.proof) ||
         handfast::detail::planted<"RESPONSE's proof not checked">;
}

[[nodiscard]] inline Complete make_complete(const RequestBytes& request,
                                            const ResponseBytes& response, Context& c) {
  Complete made{c.proof_macs.session, unix_ms(c.now), {}};
  const auto frame = frame_of(made);
  made.proof = c.proof_macs.own_initiator.mac({bytes_of(labels::complete), c.binding.bytes(),
                                               request, response, before_proof<Complete>(frame)});
  return made;
}
[[nodiscard]] inline bool proves_complete(const Complete& m, const Answered& answered, Context& c) {
  const auto frame = frame_of(m);
  return c.proof_macs.peer_initiator.verify(
             {bytes_of(labels::complete), c.binding.bytes(), answered.request, answered.response,
              before_proof<Complete>(frame)},
             m.proof) ||
         handfast::detail::planted<"COMPLETE's proof not checked">;
}

/// What a run is known by: the RESPONSE's proof, which is over all that both have said until then.
[[nodiscard]] inline Claim claim_of(const Response& response, const Context& c) {
  return {{}, response.proof, c.proof_macs.id_as_initiator, "initiator"};
}
/// The same, as the responder has it.
[[nodiscard]] inline Claim claim_of(const ResponseBytes& response, const Context& c) {
  Claim claim{{}, {}, c.proof_macs.id_as_responder, "responder"};
  std::copy_n(response.end() - 32, 32, claim.transcript.begin());
  return claim;
}

/// Whether a message names our session. Asked before its proof: what is another's is told apart.
[[nodiscard]] inline bool is_ours(const SessionId& session, const Context& c) noexcept {
  return session == c.proof_macs.session;
}

}  // namespace handfast::rehandshake
