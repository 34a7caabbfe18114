// Prints the state machine of a protocol from its tables: as a diagram in Mermaid, Graphviz' DOT or
// PlantUML, as a matrix in Markdown, or, where a protocol says what a model needs, in Promela. Nothing
// here draws; spec/main.hpp prints any tables.

#include <handfast/registration.hpp>
#include <handfast/registration/peer/spec.hpp>
#include <handfast/registration/spec.hpp>
#include <handfast/rehandshake.hpp>
#include <handfast/rehandshake/migration.hpp>
#include <handfast/rehandshake/spec.hpp>
#include <handfast/spec/main.hpp>
#include <handfast/spec/promela.hpp>
#include <handfast/spec/unfold.hpp>
#include <handfast/stdio.hpp>
#include <handfast/stdio/spec.hpp>
#include <handfast/udp.hpp>
#include <handfast/udp/spec.hpp>
#include <handfast/x3dh.hpp>
#include <handfast/x3dh/counter.hpp>
#include <handfast/x3dh/documented.hpp>
#include <handfast/x3dh/spec.hpp>

using namespace handfast;

namespace {

template <rehandshake::Part part>
spec::Chart migration() {
  auto chart = spec::chart_of<rehandshake::Migration<part>>();
  chart.role = part == rehandshake::Part::initiator ? "Initiator" : "Responder";
  return chart;
}

template <class Description, int fresh_max = 1, auto outline = spec::outline_of<Description>>
std::string promela_of() {
  return spec::promela(spec::unfold(outline(), spec::one_side_a_role(fresh_max)));
}
constexpr spec::Pair with_model(spec::Pair pair, std::string (*promela)()) {
  pair.promela = promela;
  return pair;
}

}  // namespace

int main(int argc, char** argv) {
  using registration::Server, spec::pair_of;
  static constexpr spec::Pair pairs[] = {
      with_model(pair_of<stdio::Parent<>, stdio::Child<>>("stdio", "hardened"),
                 promela_of<stdio::Description<stdio::Hardened>, 2>),
      with_model(
          pair_of<stdio::Parent<stdio::Compat>, stdio::Child<stdio::Compat>>("stdio", "compat"),
          promela_of<stdio::Description<stdio::Compat>, 2>),
      with_model(pair_of<registration::Client<>, Server<>>("registration", "hardened"),
                 promela_of<registration::Description<registration::Hardened>, 2>),
      with_model(pair_of<registration::Client<registration::Compat>, Server<registration::Compat>>(
                     "registration", "compat"),
                 promela_of<registration::Description<registration::Compat>>),
      with_model(
          pair_of<registration::Peer, registration::Peer>("registration-peers"),
          promela_of<registration::peer::Description, 2, registration::peer::outline_of_call>),
      with_model(pair_of<udp::Client<>, udp::Server<>>("udp", "hardened"),
                 promela_of<udp::Description<udp::Hardened>, 2>),
      with_model(pair_of<udp::Client<udp::Compat<>>, udp::Server<udp::Compat<>>>("udp", "compat"),
                 promela_of<udp::Description<udp::Compat<>>, 3>),
      with_model(
          pair_of<rehandshake::Initiator<>, rehandshake::Responder<>>("rehandshake", "hardened"),
          promela_of<rehandshake::Description<rehandshake::Hardened>>),
      with_model(pair_of<rehandshake::Initiator<rehandshake::Compat>,
                         rehandshake::Responder<rehandshake::Compat>>("rehandshake", "compat"),
                 promela_of<rehandshake::Description<rehandshake::Compat>>),
      pair_of<rehandshake::Peer<>, rehandshake::Peer<>>("rehandshake-peers"),
      {"migration",
       {},
       migration<rehandshake::Part::initiator>,
       migration<rehandshake::Part::responder>},
      with_model(pair_of<x3dh::Issuer<>, x3dh::Holder<>>("x3dh", "hardened"),
                 promela_of<x3dh::Description<x3dh::Hardened>>),
      with_model(
          pair_of<x3dh::Issuer<x3dh::Counter>, x3dh::Holder<x3dh::Counter>>("x3dh", "counter"),
          promela_of<x3dh::Description<x3dh::Counter>>),
      with_model(pair_of<x3dh::Issuer<x3dh::Documented>, x3dh::Holder<x3dh::Documented>>(
                     "x3dh", "documented"),
                 promela_of<x3dh::Description<x3dh::Documented>>),
  };
  return spec::spec_main(pairs, argc, argv);
}
