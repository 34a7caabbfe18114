#pragma once

// A machine that takes part in a replay of what a model checker has found: what it is told to do and
// is sent, and what that causes, with the bytes of each field.

#include <concepts>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <variant>
#include <vector>

#include "handfast/core/machine.hpp"
#include "handfast/spec/describe.hpp"
#include "handfast/testing/claims.hpp"
#include "handfast/testing/rewrite.hpp"

namespace handfast::testing {

/// The bytes of a value; of a number its eight, highest first.
using Value = std::vector<std::uint8_t>;

namespace detail {

template <class T>
[[nodiscard]] Value value_of(const T& field) {
  if constexpr (std::unsigned_integral<T>) {
    Value bytes;
    for (int shift = 56; shift >= 0; shift -= 8)
      bytes.push_back(static_cast<std::uint8_t>(std::uint64_t{field} >> shift));
    return bytes;
  } else {
    const Bytes bytes = bytes_in(field);
    return {bytes.begin(), bytes.end()};
  }
}
template <class T>
void put_value(T& field, const Value& value) {
  if constexpr (std::unsigned_integral<T>) {
    std::uint64_t number = 0;
    for (const std::uint8_t byte : value) number = number << 8 | byte;
    field = static_cast<T>(number);
  } else {
    put(field, value);
  }
}

}  // namespace detail

/// A message with the bytes of its fields, in the order of `spec::MessageOutline::fields`.
struct RealMessage {
  int message = -1;
  std::vector<Value> values;
};

/// What one call to a machine has caused.
struct Real {
  std::string_view state;
  std::vector<std::string_view> told;
  std::vector<RealMessage> sent;
  std::optional<Fault> fault;
  std::optional<Claim> running, commit;
  Value delivered;       // application data, where an event says some
  bool is_well = false;  // it has ended without a fault

  /// Takes note of what was told.
  template <class Out>
  void note(const Out& out) {
    for (const auto& event : out.events)
      std::visit(
          [&]<class E>(const E& one) {
            told.push_back(name_of<E>());
            if constexpr (std::same_as<E, Rejected>) fault = one.fault;
            if constexpr (std::same_as<E, Closed>) is_well = !one.fault;
            if constexpr (std::same_as<E, Running>) running = one.claim;
            if constexpr (std::same_as<E, Commit>) commit = one.claim;
            if constexpr (requires { Value(one.payload.begin(), one.payload.end()); })
              delivered.assign(one.payload.begin(), one.payload.end());
          },
          event);
  }
};

/// A machine that takes part in a replay.
class Actor {
 public:
  virtual ~Actor() = default;
  virtual Real command(std::string_view name) = 0;
  virtual Real time_out() = 0;
  /// The same of `timer`, where others may run out before it.
  virtual Real time_out_of(std::string_view) { return time_out(); }
  virtual Real receive(const RealMessage& message) = 0;
  /// A message of this number as it is before anything is put into it.
  [[nodiscard]] virtual RealMessage blank(int message) const = 0;
  /// All that the machine stores.
  [[nodiscard]] virtual Value stored() const { return {}; }
  /// How much of the application data that it was given it keeps until it is acknowledged.
  [[nodiscard]] virtual std::size_t kept() const { return 0; }
  /// Whether these two are told apart by nobody who cannot open them.
  [[nodiscard]] virtual bool are_alike(int one, int other) const { return one == other; }
};

/// A machine in `Role`, with a context each for it and for whoever writes and reads in its peer's
/// name. The clock that messages carry stands still.
template <class Description, class Role, class Peer>
class ActorOf : public Actor {
  using Messages = typename spec::detail::RolesOf<Description>::Messages;

 public:
  ActorOf(typename Role::Context own, typename Peer::Context peers, Time now)
      : machine_(std::move(own)), peers_(std::move(peers)), now_(now) {
    peers_.now = now;
  }

  Real command(std::string_view name) override {
    Real real;
    [&]<class... Cs>(List<Cs...>) {
      ((name_of<Cs>() == name ? void(real = noted(machine_.handle(Cs{}, now_))) : void()), ...);
    }(typename Role::Commands{});
    return real;
  }
  Real time_out() override {
    now_.steady = due_;
    return noted(machine_.advance(now_));
  }
  Real receive(const RealMessage& message) override {
    Frames frames;
    const auto write = [&]<class M>(List<M>, int number) {
      if constexpr (handfast::detail::contains<M, typename Role::Receives>)
        if (number == message.message) Peer::write(made<M>(message), peers_, frames);
    };
    [&]<class... Ms>(List<Ms...>) {
      int number = 0;
      (write(List<Ms>{}, number++), ...);
    }(Messages{});
    const auto all = frames.view();
    if (all.size() != 1) throw std::logic_error("a message that the machine's peer does not send");
    return noted(machine_.receive(all[0].link, all[0].bytes, now_));
  }
  RealMessage blank(int message) const override {
    RealMessage real;
    [&]<class... Ms>(List<Ms...>) {
      int number = 0;
      ((number++ == message ? void(real = read(Ms{})) : void()), ...);
    }(Messages{});
    return real;
  }

 private:
  template <class M>
  static M made(const RealMessage& real) {
    M message;
    std::size_t index = 0;
    spec::detail::for_each_value<M>(
        [&]<class F>(F) { detail::put_value(message.*F::member, real.values[index++]); });
    return message;
  }
  template <class M>
  static RealMessage read(const M& message) {
    RealMessage real{handfast::detail::index_in<M>(Messages{}), {}};
    spec::detail::for_each_value<M>(
        [&]<class F>(F) { real.values.push_back(detail::value_of(message.*F::member)); });
    return real;
  }
  Real noted(const Output<Role>& out) {
    Real real;
    for (const Frame& frame : out.transmit) {
      const auto message = Peer::decode(frame.link, frame.bytes, peers_);
      if (!message) throw std::logic_error("a machine has sent what its peer cannot read");
      std::visit([&](const auto& one) { real.sent.push_back(read(one)); }, *message);
    }
    real.note(out);
    real.state = machine_.state_name();
    if (out.deadline) due_ = out.deadline->at;
    return real;
  }

  Machine<Role> machine_;
  typename Peer::Context peers_;
  Time now_;
  SteadyTime due_{};
};

}  // namespace handfast::testing
