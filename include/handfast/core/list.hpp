#pragma once

// Lists of types, and the names of types as diagrams, traces and errors print them.

#include <cstddef>
#include <string_view>
#include <type_traits>
#include <variant>

namespace handfast {

template <class... Ts>
struct List {
  static constexpr int size = static_cast<int>(sizeof...(Ts));
};

namespace detail {

template <class T>
consteval std::string_view spelled() {
  std::string_view text = __PRETTY_FUNCTION__;
  const auto begin = text.find("T = ") + 4;
  const auto end = text.find(';', begin);
  return text.substr(begin, (end == text.npos ? text.size() - 1 : end) - begin);
}

}  // namespace detail

/// The name of `T` without its scope and its template arguments.
template <class T>
[[nodiscard]] consteval std::string_view name_of() {
  const std::string_view text = detail::spelled<T>();
  std::size_t end = text.size();
  if (text.ends_with('>')) {
    int depth = 0;
    do {
      --end;
      depth += (text[end] == '>') - (text[end] == '<');
    } while (depth > 0);
  }
  const auto scope = text.substr(0, end).rfind("::");
  return scope == text.npos ? text.substr(0, end) : text.substr(scope + 2, end - scope - 2);
}

namespace detail {

/// Where `T` stands in the list, or -1.
template <class T, class... Ts>
consteval int index_in(List<Ts...>) {
  int index = 0, found = -1;
  ((std::is_same_v<T, Ts> && found < 0 ? void(found = index) : void(), ++index), ...);
  return found;
}

template <class T, class L>
inline constexpr bool contains = index_in<T>(L{}) >= 0;

template <class... As, class... Bs>
List<As..., Bs...> operator+(List<As...>, List<Bs...>);

template <class T>
struct Box {};

template <class... As, class B>
auto operator%(List<As...>, Box<B>)
    -> std::conditional_t<(std::is_same_v<As, B> || ...), List<As...>, List<As..., B>>;

template <class... Ls>
struct ConcatOf {
  using type = decltype((List<>{} + ... + Ls{}));
};
template <class... Ls>
using Concat = typename ConcatOf<Ls...>::type;

template <class L>
struct DistinctOf;
template <class... Ts>
struct DistinctOf<List<Ts...>> {
  using type = decltype((List<>{} % ... % Box<Ts>{}));
};
/// The list without repetitions, in the order of first appearance.
template <class L>
using Distinct = typename DistinctOf<L>::type;

template <std::size_t I, class L>
struct AtOf;
template <std::size_t I, class... Ts>
struct AtOf<I, List<Ts...>> {
  using type = std::variant_alternative_t<I, std::variant<Ts...>>;
};
template <int I, class L>
using At = typename AtOf<static_cast<std::size_t>(I), L>::type;

template <class L>
struct VariantOf;
template <class... Ts>
struct VariantOf<List<Ts...>> {
  using type = std::variant<Ts...>;
};
template <class L>
using AsVariant = typename VariantOf<L>::type;

/// A compile-time failure that prints `Culprits` in the compiler's message:
/// `always_false<Culprits...>`.
template <class...>
inline constexpr bool always_false = false;

}  // namespace detail
}  // namespace handfast
