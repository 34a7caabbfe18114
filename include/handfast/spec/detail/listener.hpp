#pragma once

// What a recording hears of a machine: an observer of any role, and frames as their receiver sees them.

#include "handfast/core/machine.hpp"
#include "handfast/spec/transcript.hpp"

namespace handfast::spec::detail {

/// A message as a machine has read or sent it.
struct Spoken {
  std::string_view name;
  std::vector<Explained> fields;
};

/// What one call has done, as its machine told it.
struct Heard {
  std::vector<int> rows;
  std::vector<Spoken> received, sent;
  std::optional<Fault> fault;
};

/// An observer of any role that writes down what it sees.
struct Listener {
  Heard* heard = nullptr;

  void row_taken(int row) { heard->rows.push_back(row); }
  void refused(int, Fault fault) { heard->fault = fault; }
  template <class Message>
  void received(const Message& message) {
    heard->received.push_back({name_of<Message>(), explain(message)});
  }
  template <class Message>
  void sent(const Message& message) {
    heard->sent.push_back({name_of<Message>(), explain(message)});
  }
};

/// An event by its name, and application data that it carries.
template <class E>
[[nodiscard]] std::string event_in_words(const E& event) {
  std::string words(name_of<E>());
  if constexpr (requires { text_of(Bytes{event.payload}); })
    words += ' ' + in_quotes(text_of(Bytes{event.payload}));
  if constexpr (requires { Fault{event.fault}; })
    words += ' ' + std::string(to_string(event.fault));
  else if constexpr (requires { *event.fault; })
    if (event.fault) words += ' ' + std::string(to_string(*event.fault));
  return words;
}

/// A link of `Role` by its name; empty where there is only one.
template <class Role>
[[nodiscard]] std::string link_name(Link link) {
  std::string name;
  if constexpr (Role::Links::size > 1)
    [&]<class... Kinds>(List<Kinds...>) {
      std::uint32_t number = 0;
      ((number++ == link.number ? void(name = Kinds::name) : void()), ...);
    }(typename Role::Links{});
  return name;
}

/// Puts what `Receiver` sees in a frame into `transit`: its form, and the fields that own its bytes.
template <class Receiver>
void explain_frame(const typename Receiver::Context& context, Link link, Transit& transit) {
  const auto wire = Receiver::decode(link, transit.bytes, context);
  if (!wire) {
    transit.fields = {
        {"(unread)", {}, std::string(to_string(wire.error())), 0, transit.bytes.size()}};
    return;
  }
  std::visit(
      [&]<class Form>(const Form& form) {
        transit.form = name_of<Form>();
        transit.fields = explain(form, transit.bytes);
      },
      *wire);
}

}  // namespace handfast::spec::detail
