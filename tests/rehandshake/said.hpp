#pragma once

// What one side of a migration says, read with the other one's keys; and what that one might say.

#include <string>

#include "tests/rehandshake/paths.hpp"

namespace rehandshake_test {

using Strings = std::vector<std::string>;

[[nodiscard]] inline std::string name_of_path(Link link) {
  return link == relay_link ? "relay" : link == direct_link ? "direct" : "no path";
}

/// In every state that has one.
template <class Role>
[[nodiscard]] Stream& stream_of(Side<Role>& side) {
  return std::visit(
      [](auto& state) -> Stream& {
        if constexpr (migration::HasStream<std::remove_cvref_t<decltype(state)>>)
          return state.stream;
        else
          throw std::logic_error("there is no stream in this state");
      },
      side.machine().dangerous_engine().dangerous_state());
}

/// What is in a frame that `to` has not heard yet, by its name; or why it cannot be read.
template <class Role>
[[nodiscard]] std::string read(Bytes frame, Side<Role>& to) {
  const auto sealed = wire::binary::decode<SealedFrame>(frame);
  if (!sealed) return "what is not sealed";
  Buffer plaintext;
  const auto opened = stream_of(to).open(*sealed, to.context(), plaintext);
  if (!opened) return std::string(to_string(opened.error()));
  return std::visit([]<class Message>(const Message&) { return std::string(name_of<Message>()); },
                    opened->message);
}
/// The same of all frames, and on which paths they go: `Data on relay`.
template <class Role, class Other>
[[nodiscard]] Strings said(const Result<Role>& by, Side<Other>& to) {
  Strings all;
  for (std::size_t i = 0; i < by.frames.size(); ++i)
    all.push_back(read(by.frames[i], to) + " on " + name_of_path(by.links[i]));
  return all;
}

/// `message` as `by` would seal it next, whatever its state is.
template <class Role, class Message>
[[nodiscard]] Bits sealed(Side<Role>& by, const Message& message) {
  Frames frames;
  stream_of(by).seal(message, relay_link, by.context(), frames);
  return bits(frames.view()[0].bytes);
}

}  // namespace rehandshake_test
