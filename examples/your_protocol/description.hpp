#pragma once

// What a model checker has to be told of the protocol that its tables and layouts do not say.

#include "handfast/spec/describe.hpp"
//
#include "ask.hpp"

namespace ask {

struct Description {
  using Roles = List<Asker<Mended>, Answerer<Mended>>;
  using Rules = List<spec::Compares<Authentic, "tag">>;
  using Transcript = List<wire::In<Question, "nonce">>;  // both mean this question
  using Runs = Wanted;                                   // the answerer does from here on,
  using Commits = Told;                                  // and the asker is sure of it here
  using SaysAgain = List<>;
  using LeftOut = List<>;
  using KeysName = List<>;
  static constexpr std::string_view left_out[] = {"a timer may run out at any moment",
                                                  "all answers say the same"};
};

}  // namespace ask
