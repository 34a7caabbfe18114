#pragma once

// The machines on which what a model checker has found is taken again, and the attacker between them.

#include "handfast/testing/model_case.hpp"
#include "handfast/testing/seeded_random.hpp"
#include "handfast/testing/wire_actor.hpp"
#include "handfast/wire/binary.hpp"

namespace handfast::testing {

/// A random source with this name that lives as long as the program.
[[nodiscard]] inline Random lasting_random(std::string_view name) {
  static std::list<SeededRandom> all;
  std::uint64_t seed = 0;
  for (const char letter : name) seed = 31 * seed + static_cast<std::uint8_t>(letter);
  return Random(all.emplace_back(seed));
}

/// Frames that are binary, as their layouts have them.
struct BinaryCodec {
  template <class M>
  static Value encode(const M& message) {
    Buffer buffer;
    wire::GrowingWriter writer(buffer);
    if (!wire::binary::encode(message, writer)) throw std::logic_error("no such message");
    return {buffer.bytes().begin(), buffer.bytes().end()};
  }
  template <class M>
  static M decode(Bytes bytes) {
    return wire::binary::decode<M>(bytes).value();
  }
};

/// Calls `make` with a side's role and with its peer's, as `List<Role>` and `List<Peer>`.
template <class Description, class Make>
[[nodiscard]] std::unique_ptr<Actor> actor_of(const spec::Side& side, const Make& make) {
  using Roles = spec::detail::RolesOf<Description>;
  using A = typename Roles::A;
  using B = typename Roles::B;
  if (side.role == 0) return make(List<A>{}, List<B>{});
  return make(List<B>{}, List<A>{});
}

/// Machines whose frames are written and read by `Codec` (wire_actor.hpp). `context_of` and `fill_of`
/// are called with a side.
template <class Description, class Codec, class ContextOf, class FillOf>
[[nodiscard]] Stage wire_stage(ContextOf context_of, FillOf fill_of, Time start,
                               std::function<Value(std::string_view)> own, Apply attacker = {}) {
  const auto actor = [=](const spec::Side& side) {
    return actor_of<Description>(
        side, [&]<class Role, class Peer>(List<Role>, List<Peer>) -> std::unique_ptr<Actor> {
          using Fill = decltype(fill_of(side));
          return std::make_unique<WireActor<Description, Role, Peer, Codec, Fill>>(
              context_of(side), fill_of(side), start);
        });
  };
  return {actor, std::move(own), std::move(attacker)};
}

/// What the attacker does with his keys: `Own` is derived from this, and has a function for each
/// operation that he can do. What he cannot do gives no bytes.
template <class Own>
class Attacker {
 public:
  using Model = spec::Model;
  using Term = spec::Term;
  using Values = std::vector<Value>;

  Value operator()(const Model& model, const spec::Rule& rule, const Values& values) {
    Own& own = static_cast<Own&>(*this);
    const Term& term = model.terms[rule.makes];
    const auto given = [&](std::size_t i) -> const Value& {
      return values[static_cast<std::size_t>(rule.from[i])];
    };
    switch (term.operation) {
      case spec::Operation::none: return own.opened(model, rule, values);
      case spec::Operation::public_of: return own.public_of(given(0));
      case spec::Operation::agreed: return own.agreed(given(0), given(1));
      case spec::Operation::derived: return own.derived(model, term, values);
      case spec::Operation::mac: return own.mac(model, term, values);
      case spec::Operation::sealed: return own.sealed(model, term, values);
      case spec::Operation::signature: return own.signature(model, term, values);
    }
    return {};
  }

  // What is inside a seal; a public key; what a private key and a public one agree on.
  static Value opened(const Model&, const spec::Rule&, const Values&) { return {}; }
  static Value public_of(const Value&) { return {}; }
  static Value agreed(const Value&, const Value&) { return {}; }
  // What a term is made of.
  static Value derived(const Model&, const Term&, const Values&) { return {}; }
  static Value mac(const Model&, const Term&, const Values&) { return {}; }
  static Value sealed(const Model&, const Term&, const Values&) { return {}; }
  static Value signature(const Model&, const Term&, const Values&) { return {}; }
};

/// One attacker for all of a stage.
template <class Own>
[[nodiscard]] Apply attacker() {
  return [own = std::make_shared<Own>()](const spec::Model& model, const spec::Rule& rule,
                                         const std::vector<Value>& values) {
    return (*own)(model, rule, values);
  };
}

}  // namespace handfast::testing
