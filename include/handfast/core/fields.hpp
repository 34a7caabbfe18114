#pragma once

// A type lists its fields once, `static constexpr auto fields = Fields{&T::a, &T::b};`, and
// snapshots and deadlines are found by that list. A list that leaves a field out does not compile.

#include <cstddef>
#include <type_traits>
#include <utility>

#include "handfast/core/apart.hpp"
#include "handfast/core/deadline.hpp"
#include "handfast/core/list.hpp"

namespace handfast {

namespace detail {

template <std::size_t, class Pointer>
struct FieldSlot {
  Pointer pointer;
};
template <class Numbers, class... Pointers>
struct FieldSlots;
template <std::size_t... I, class... Pointers>
struct FieldSlots<std::index_sequence<I...>, Pointers...> : FieldSlot<I, Pointers>... {
  constexpr explicit FieldSlots(Pointers... pointers) : FieldSlot<I, Pointers>{pointers}... {}

  /// Calls `function` with all pointers, and returns what that returns.
  template <class Function>
  constexpr decltype(auto) spread(Function&& function) const {
    return function(this->FieldSlot<I, Pointers>::pointer...);
  }
};

}  // namespace detail

/// Pointers to members, in order.
template <class... Pointers>
struct Fields : detail::FieldSlots<std::index_sequence_for<Pointers...>, Pointers...> {
  static constexpr std::size_t size = sizeof...(Pointers);
  constexpr explicit Fields(Pointers... pointers)
      : detail::FieldSlots<std::index_sequence_for<Pointers...>, Pointers...>(pointers...) {}
};

template <class T>
concept ListsFields = requires {
  std::remove_cvref_t<decltype(T::fields)>::size;
};

namespace detail {

struct Anything {
  template <class T>
  operator T&&() const&&;
  template <class T>
  requires std::is_copy_constructible_v<T>
  operator T&() const&;
};

template <class T, std::size_t... I>
consteval bool braces_take(std::index_sequence<I...>) {
  return requires { T{(void(I), Anything{})...}; };
}

/// Whether an aggregate has exactly `N` members.
template <class T, std::size_t N>
consteval bool has_members() {
  return braces_take<T>(std::make_index_sequence<N>{}) &&
         !braces_take<T>(std::make_index_sequence<N + 1>{});
}

template <class T>
struct FieldLeftOut {
  static_assert(
      always_false<T>,
      "handfast: `fields` must list every member of the type, once each (see FieldLeftOut<Type>)");
};

/// Whether no member stands twice in the list.
template <class T>
consteval bool fields_differ() {
  const auto same = []<class A, class B>(A a, B b) {
    if constexpr (std::is_same_v<A, B>)
      return a == b;
    else
      return false;
  };
  return T::fields.spread([&](auto... fields) {
    const auto times = [&](auto field) { return (0 + ... + int{same(field, fields)}); };
    return ((times(fields) == 1) && ...);
  });
}

template <class T>
consteval void check_fields() {
  if constexpr (std::is_aggregate_v<T>) {
    if constexpr (!has_members<T, T::fields.size>() || !fields_differ<T>()) [[maybe_unused]]
      FieldLeftOut<T> culprit;
  }
}

/// Holds `T` to its list of fields, and what its fields hold to theirs.
template <class T>
consteval void check_all_fields() {
  if constexpr (is_apart<T>) check_all_fields<typename T::value_type>();
  if constexpr (ListsFields<T>) {
    check_fields<T>();
    T::fields.spread([](auto... field) {
      (check_all_fields<std::remove_cvref_t<decltype(std::declval<T&>().*field)>>(), ...);
    });
  }
}

/// Calls `visit` with each listed field; the list may be a part, as a context's is.
template <class T, class Visit>
constexpr void for_each_listed(T& object, Visit&& visit) {
  std::remove_const_t<T>::fields.spread([&](auto... field) { (visit(object.*field), ...); });
}

}  // namespace detail

/// Calls `visit` with each field of `object`, in order; the list must be whole.
template <class T, class Visit>
constexpr void for_each_field(T& object, Visit&& visit) {
  using Plain = std::remove_const_t<T>;
  if constexpr (ListsFields<Plain>) {
    detail::check_fields<Plain>();
    detail::for_each_listed(object, visit);
  } else {
    static_assert(std::is_empty_v<Plain>,
                  "handfast: a type with members must list them in `fields`");
  }
}

namespace detail {

/// How many `Deadline<Timer>` there are among the fields of `T`, also inside fields that list
/// fields themselves, and apart.
template <class Timer, class T>
consteval int deadline_count() {
  if constexpr (std::is_same_v<T, Deadline<Timer>>)
    return 1;
  else if constexpr (is_apart<T>)
    return deadline_count<Timer, typename T::value_type>();
  else if constexpr (ListsFields<T>) {
    return T::fields.spread([](auto... field) {
      return (0 + ... +
              deadline_count<Timer, std::remove_cvref_t<decltype(std::declval<T&>().*field)>>());
    });
  } else
    return 0;
}

template <class Timer, class T>
constexpr auto* find_deadline(T& object) {
  using Plain = std::remove_const_t<T>;
  using Found = std::conditional_t<std::is_const_v<T>, const Deadline<Timer>, Deadline<Timer>>;
  Found* found = nullptr;
  if constexpr (std::is_same_v<Plain, Deadline<Timer>>)
    found = &object;
  else if constexpr (is_apart<T>)
    found = find_deadline<Timer>(object.writable());
  else if constexpr (is_apart<Plain>)
    found = find_deadline<Timer>(*object);
  else if constexpr (ListsFields<Plain>) {
    for_each_field(object, [&](auto& field) {
      if constexpr (deadline_count<Timer, std::remove_cvref_t<decltype(field)>>() > 0)
        found = find_deadline<Timer>(field);
    });
  }
  return found;
}

}  // namespace detail
}  // namespace handfast
