// Keys over two lines, two requests, and in `Hardened` new keys and the end.

#include <handfast/stdio.hpp>

#include "transcript/runs.hpp"

namespace transcript {

namespace {

template <class Profile>
Transcript run_of(std::string title, const RunOptions& options) {
  using Parent = stdio::Parent<Profile>;
  using Child = stdio::Child<Profile>;
  Sources sources(options);
  Recording<Parent, Child> run{std::move(title), typename Parent::Context{{}, Random(sources.one)},
                               typename Child::Context{{}, Random(sources.other)}, start};
  run.obey(options);
  constexpr bool is_hardened = std::same_as<Profile, stdio::Hardened>;
  const Bytes first = bytes_of("Are you there?");
  run.one(
      stdio::Start{is_hardened ? first : Bytes{}});  // the deployed parent asks when it has keys
  run.other(stdio::Listening{});
  if (!is_hardened) run.one(stdio::Send{first});
  run.other(stdio::Respond{1, bytes_of("Hello Alice!")});
  run.one(stdio::Send{bytes_of("And now?")});
  run.other(stdio::Respond{2, bytes_of("Still here.")});
  if constexpr (is_hardened) {
    run.one(stdio::Rekey{});
    run.one(stdio::Shutdown{});
  }
  run.other(LinkClosed{stdio::channel_link});
  run.one(LinkClosed{stdio::channel_link});
  if constexpr (is_hardened) run.one(stdio::CleanedUp{});
  return run.transcript();
}

}  // namespace

Transcript stdio(const RunOptions& options) {
  return run_of<handfast::stdio::Hardened>("stdio", options);
}
Transcript stdio_compat(const RunOptions& options) {
  return run_of<handfast::stdio::Compat>("stdio, compat", options);
}

}  // namespace transcript
