#pragma once

// A machine that takes part in a replay, where what it is sent and says on the wire is not what its
// table's rows name: a description's forms say what stands there (spec/describe_keys.hpp).

#include <list>

#include "handfast/testing/actor.hpp"

namespace handfast::testing {

namespace detail {

template <class T>
[[nodiscard]] Value wire_value(const T& field) {
  if constexpr (requires { field.has_value(); })
    return field ? wire_value(*field) : Value{};
  else if constexpr (std::same_as<T, std::string_view> || std::same_as<T, std::string>)
    return {field.begin(), field.end()};
  else
    return value_of(field);
}
/// An empty value leaves the field as it is.
template <class T>
void put_wire_value(T& field, const Value& value) {
  if (value.empty()) return;
  if constexpr (requires { field.has_value(); })
    put_wire_value(field.emplace(), value);
  else if constexpr (std::same_as<T, std::string_view> || std::same_as<T, std::string>)
    field = text_of(Bytes(value));
  else
    put_value(field, value);
}

}  // namespace detail

/// A machine in `Role`. `Codec` has `encode(message)`, bytes, and `decode<M>(bytes)`, and `link<M>`
/// where there is more than one, or `link_of(bytes)`; `Fill` is called with each command before it
/// is given. It may have `saw(link, bytes)`, of all that comes and goes, `told(event, real)`, of all
/// that is told, and `kept(machine)` (`Actor::kept`).
template <class Description, class Role, class Peer, class Codec, class Fill>
class WireActor : public Actor {
  using Messages = typename spec::detail::RolesOf<Description>::Messages;
  using Forms = typename spec::detail::FormsOf<Description>::type;

 public:
  WireActor(typename Role::Context context, Fill fill, Time now)
      : machine_(std::move(context)), fill_(std::move(fill)), now_(now) {}

  Real command(std::string_view name) override {
    Real real;
    const auto give = [&]<class C>(List<C>) {
      if (name_of<C>() != name) return;
      C command;
      fill_(command);
      real = kept(machine_.handle(command, now_));
    };
    [&]<class... Cs>(List<Cs...>) { (give(List<Cs>{}), ...); }(typename Role::Commands{});
    return real;
  }
  Real time_out() override {
    now_.utc += std::chrono::ceil<UnixTime::duration>(due_.at - now_.steady);
    now_.steady = due_.at;
    return kept(machine_.advance(now_));
  }
  /// What earlier timers send is lost.
  Real time_out_of(std::string_view timer) override {
    const auto state = machine_.state_name();
    for (int passed = 0; passed < passed_max && due_.timer != timer; ++passed)
      if (Real real = time_out(); real.state != state || !real.told.empty()) return real;
    return time_out();
  }
  Real receive(const RealMessage& message) override {
    Value frame;
    Link link{};
    for_message(message.message, [&]<class M>(List<M>) {
      std::size_t index = 0;
      std::list<Value> inner;
      with_form<M>([&]<class Outer, class... Nested>(List<Outer, Nested...>) {
        frame = encoded<Outer, Nested...>(message.values, index, inner);
        if constexpr (requires { Codec::template link<Outer>; }) link = Codec::template link<Outer>;
        if constexpr (requires { Codec::link_of(Bytes(frame)); })
          link = Codec::link_of(Bytes(frame));
      });
    });
    saw(link, Bytes(frame));
    return kept(machine_.receive(link, Bytes(frame), now_));
  }
  [[nodiscard]] RealMessage blank(int message) const override {
    RealMessage real{message, {}};
    for_message(message, [&]<class M>(List<M>) {
      spec::detail::for_each_wire_value<Description, M>([&]<class Outer, class F>(F) {
        real.values.push_back(detail::wire_value(Outer{}.*F::member));
      });
    });
    return real;
  }
  [[nodiscard]] Value stored() const override {
    const Buffer stored = machine_.dangerous_snapshot();
    return {stored.bytes().begin(), stored.bytes().end()};
  }
  [[nodiscard]] std::size_t kept() const override {
    if constexpr (requires { Fill::kept(machine_); }) return Fill::kept(machine_);
    return 0;
  }
  [[nodiscard]] bool are_alike(int one, int other) const override {
    bool alike = false;
    for_message(one, [&]<class M>(List<M>) {
      for_message(other, [&]<class N>(List<N>) {
        with_form<M>([&]<class A, class... As>(List<A, As...>) {
          with_form<N>([&]<class B, class... Bs>(List<B, Bs...>) { alike = std::same_as<A, B>; });
        });
      });
    });
    return alike;
  }

 private:
  template <class Visit>
  static void for_message(int number, const Visit& visit) {
    [&]<class... Ms>(List<Ms...>) {
      int at = 0;
      ((at++ == number ? visit(List<Ms>{}) : void()), ...);
    }(Messages{});
  }
  /// Calls `visit` with the struct that stands for `M` on the wire, and what is inside it.
  template <class M, class Visit>
  static void with_form(const Visit& visit) {
    if constexpr (spec::detail::has_form<Description, M>)
      [&]<class Outer, class... Nested>(List<spec::Form<M, Outer, Nested...>>) {
        visit(List<Outer, Nested...>{});
      }(typename spec::detail::FormIn<M, Forms>::found{});
    else
      visit(List<M>{});
  }

  template <class Outer, class... Nested>
  static Value encoded(const std::vector<Value>& values, std::size_t& index,
                       std::list<Value>& inner) {
    Outer message;
    wire::for_each_field<Outer>([&]<class F>(F) {
      if constexpr (requires { F::member; }) {
        bool is_nested = false;
        const auto put_nested = [&]<FixedString Name, class In>(spec::Inside<Name, In>) {
          if (F::name != Name.view()) return;
          is_nested = true;
          inner.push_back(encoded<In>(values, index, inner));
          detail::put_wire_value(message.*F::member, inner.back());
        };
        (put_nested(Nested{}), ...);
        if (!is_nested) detail::put_wire_value(message.*F::member, values[index++]);
      }
    });
    return Codec::encode(message);
  }
  template <class Outer, class... Nested>
  static void read(const Outer& message, std::vector<Value>& values) {
    wire::for_each_field<Outer>([&]<class F>(F) {
      if constexpr (requires { F::member; }) {
        const Value value = detail::wire_value(message.*F::member);
        bool is_nested = false;
        const auto read_nested = [&]<FixedString Name, class In>(spec::Inside<Name, In>) {
          if (F::name != Name.view()) return;
          is_nested = true;
          read<In>(Codec::template decode<In>(value), values);
        };
        (read_nested(Nested{}), ...);
        if (!is_nested) values.push_back(value);
      }
    });
  }
  /// What was said, as the first message that looks so.
  template <class Wire>
  static RealMessage real_of(const Wire& wire) {
    RealMessage real;
    int number = 0;
    const auto try_one = [&]<class M>(List<M>) {
      with_form<M>([&]<class Outer, class... Nested>(List<Outer, Nested...>) {
        if constexpr (std::same_as<Outer, Wire>)
          if (real.message < 0) {
            real.message = number;
            read<Outer, Nested...>(wire, real.values);
          }
      });
      ++number;
    };
    [&]<class... Ms>(List<Ms...>) { (try_one(List<Ms>{}), ...); }(Messages{});
    return real;
  }

  void saw(Link link, Bytes frame) {
    if constexpr (requires { fill_.saw(link, frame); }) fill_.saw(link, frame);
  }
  Real kept(const Output<Role>& out) {
    Real real;
    for (const Frame& frame : out.transmit) {
      saw(frame.link, frame.bytes);
      const auto message = Peer::decode(frame.link, frame.bytes, machine_.context());
      if (!message) throw std::logic_error("a machine has sent what its peer cannot read");
      std::visit([&](const auto& one) { real.sent.push_back(real_of(one)); }, *message);
    }
    real.note(out);
    for (const auto& event : out.events)
      std::visit(
          [&](const auto& one) {
            if constexpr (requires { fill_.told(one, real); }) fill_.told(one, real);
          },
          event);
    real.state = machine_.state_name();
    if (out.deadline) due_ = *out.deadline;
    return real;
  }

  Machine<Role> machine_;
  Fill fill_;
  Time now_;
  Due due_{SteadyTime{}, {}};
  static constexpr int passed_max = 100;
};

}  // namespace handfast::testing
