#pragma once

// A state as canonical bytes and back: the same state gives the same bytes, and bytes that are not
// exactly a state, or not those that were written, are refused. Contains every secret that the
// state holds; the functions that make it say `dangerous` in their names.

#include <chrono>
#include <concepts>
#include <limits>
#include <optional>
#include <vector>

#include "handfast/core/apart.hpp"
#include "handfast/core/buffer.hpp"
#include "handfast/core/fault.hpp"
#include "handfast/core/fields.hpp"
#include "handfast/core/link.hpp"
#include "handfast/core/one_of.hpp"
#include "handfast/core/planted.hpp"
#include "handfast/core/table.hpp"

namespace handfast {

/// Writes values to a buffer; integers are big-endian.
class SnapshotWriter {
 public:
  explicit SnapshotWriter(Buffer& out) : out_(out) {}

  void bytes(Bytes data) { out_.append(data); }
  template <std::unsigned_integral T>
  void integer(T value) {
    const MutableBytes to = out_.extend(sizeof(T));
    for (std::size_t i = 0; i < sizeof(T); ++i)
      to[i] = static_cast<std::uint8_t>(value >> 8 * (sizeof(T) - 1 - i));
  }
  void u32(std::uint32_t value) { integer(value); }

 private:
  Buffer& out_;
};

/// Reads what a `SnapshotWriter` wrote. After a fault every read fails.
class SnapshotReader {
 public:
  explicit SnapshotReader(Bytes in) : in_(in) {}

  [[nodiscard]] bool bytes(MutableBytes to) {
    if (to.size() > in_.size()) return false;
    std::copy_n(in_.begin(), to.size(), to.begin());
    in_ = in_.subspan(to.size());
    return true;
  }
  template <std::unsigned_integral T>
  [[nodiscard]] bool integer(T& value) {
    if (in_.size() < sizeof(T)) return false;
    std::uint64_t read = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) read = read << 8 | in_[i];
    value = static_cast<T>(read);
    in_ = in_.subspan(sizeof(T));
    return true;
  }
  [[nodiscard]] std::optional<std::uint32_t> u32() {
    std::uint32_t value = 0;
    return integer(value) ? std::optional(value) : std::nullopt;
  }
  [[nodiscard]] bool at_end() const noexcept { return in_.empty(); }

 private:
  Bytes in_;
};

namespace detail {

inline constexpr std::uint32_t snapshot_items_max = 1 << 20;  // of any list in a snapshot

template <class T>
concept WritesItself = requires(const T& value, T& target, SnapshotWriter& w, SnapshotReader& r) {
  value.dangerous_write(w);
  { target.dangerous_read(r) } -> std::same_as<bool>;
};

template <class T>
inline constexpr bool is_deadline = false;
template <class Timer>
inline constexpr bool is_deadline<Deadline<Timer>> = true;
template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = true;
template <class T>
inline constexpr bool is_array = false;
template <class T, std::size_t N>
inline constexpr bool is_array<std::array<T, N>> = true;
template <class T>
inline constexpr bool is_time = false;
template <class C, class D>
inline constexpr bool is_time<std::chrono::time_point<C, D>> = true;

template <class T>
struct NoSnapshot {
  static_assert(always_false<T>, "handfast: a field's type has no snapshot (see NoSnapshot<Type>)");
};

template <class T>
void write_value(SnapshotWriter& w, const T& value) {
  if constexpr (WritesItself<T>)
    value.dangerous_write(w);
  else if constexpr (std::same_as<T, bool>)
    w.integer(static_cast<std::uint8_t>(value));
  else if constexpr (std::unsigned_integral<T>)
    w.integer(value);
  else if constexpr (std::is_enum_v<T>)
    w.integer(static_cast<std::make_unsigned_t<std::underlying_type_t<T>>>(value));
  else if constexpr (std::same_as<T, Link>)
    w.integer(value.number);
  else if constexpr (is_deadline<T>)
    write_value(w, value.at);
  else if constexpr (is_apart<T>)
    write_value(w, *value);
  else if constexpr (is_time<T>)
    w.integer(static_cast<std::uint64_t>(value.time_since_epoch().count()));
  else if constexpr (is_array<T>) {
    for (const auto& item : value) write_value(w, item);
  } else if constexpr (is_optional<T>) {
    w.integer(static_cast<std::uint8_t>(value.has_value()));
    if (value) write_value(w, *value);
  } else if constexpr (is_vector<T>) {
    w.integer(static_cast<std::uint32_t>(value.size()));
    for (const auto& item : value) write_value(w, item);
  } else if constexpr (ListsFields<T> || std::is_empty_v<T>) {
    for_each_field(value, [&](const auto& field) { write_value(w, field); });
  } else [[maybe_unused]]
    NoSnapshot<T> culprit;
}

template <class T>
[[nodiscard]] bool read_value(SnapshotReader& r, T& value) {
  if constexpr (WritesItself<T>)
    return value.dangerous_read(r);
  else if constexpr (std::same_as<T, bool>) {
    std::uint8_t byte = 0;
    if (!r.integer(byte) || byte > 1) return false;
    value = byte == 1;
    return true;
  } else if constexpr (std::unsigned_integral<T>)
    return r.integer(value);
  else if constexpr (std::is_enum_v<T>) {
    std::make_unsigned_t<std::underlying_type_t<T>> number = 0;
    if (!r.integer(number)) return false;
    value = static_cast<T>(number);
    return true;
  } else if constexpr (std::same_as<T, Link>)
    return r.integer(value.number);
  else if constexpr (is_deadline<T>)
    return read_value(r, value.at);
  else if constexpr (is_apart<T>)
    return read_value(r, value.writable());
  else if constexpr (is_time<T>) {
    std::uint64_t count = 0;
    if (!r.integer(count)) return false;
    value = T{typename T::duration{static_cast<typename T::rep>(count)}};
    return true;
  } else if constexpr (is_array<T>) {
    for (auto& item : value)
      if (!read_value(r, item)) return false;
    return true;
  } else if constexpr (is_optional<T>) {
    bool present = false;
    if (!read_value(r, present)) return false;
    value.reset();
    return !present || read_value(r, value.emplace());
  } else if constexpr (is_vector<T>) {
    std::uint32_t size = 0;
    if (!r.integer(size) || size > snapshot_items_max) return false;
    value.clear();
    for (std::uint32_t i = 0; i < size; ++i)
      if (!read_value(r, value.emplace_back())) return false;
    return true;
  } else if constexpr (ListsFields<T> || std::is_empty_v<T>) {
    bool complete = true;
    for_each_field(value, [&](auto& field) { complete = complete && read_value(r, field); });
    return complete;
  } else {
    [[maybe_unused]] NoSnapshot<T> culprit;
    return false;
  }
}

/// FNV-1a, 64 bits.
struct ShapeHash {
  std::uint64_t value = 0xCBF29CE484222325u;

  constexpr void byte(unsigned char b) { value = (value ^ b) * 0x100000001B3u; }
  constexpr void text(std::string_view word) {
    for (const char c : word) byte(static_cast<unsigned char>(c));
    byte(0xFF);
  }
  constexpr void number(std::size_t n) {
    for (int i = 0; i < 8; ++i) byte(static_cast<unsigned char>(n >> 8 * i));
  }
};

/// Adds how a value of `T` stands in a snapshot, in words that do not depend on how a compiler
/// spells `T`.
template <class T>
constexpr void add_shape(ShapeHash& hash) {
  if constexpr (WritesItself<T>)
    hash.text(name_of<T>());
  else if constexpr (is_array<T>) {
    hash.text("array"), hash.number(std::tuple_size_v<T>);
    add_shape<typename T::value_type>(hash);
  } else if constexpr (is_apart<T>)
    add_shape<typename T::value_type>(hash);
  else if constexpr (is_optional<T>)
    hash.text("optional"), add_shape<typename T::value_type>(hash);
  else if constexpr (is_vector<T>)
    hash.text("vector"), add_shape<typename T::value_type>(hash);
  else if constexpr (ListsFields<T>) {
    hash.text(name_of<T>());
    T::fields.spread([&](auto... field) {
      (add_shape<std::remove_cvref_t<decltype(std::declval<T&>().*field)>>(hash), ...);
    });
    hash.text("end");
  } else if constexpr (std::integral<T>)
    hash.text("integer"), hash.number(sizeof(T));
  else
    hash.text(name_of<T>()), hash.number(sizeof(T));
}

/// Adds a role's name with its scope, then its arguments in the same way: types, or numbers and
/// enumerators. Not as a whole, for one role may be spelled in two sources in two ways, `R<>` and
/// `R<P<1>>`; other templates, and what is inside of one, are added as they are spelled.
template <class T>
struct RoleName {
  /// A template's member: more than one pair of brackets at the outermost level.
  static constexpr bool is_inside = [] {
    int depth = 0, closed = 0;
    for (const char c : spelled<T>()) {
      depth += (c == '<') - (c == '>');
      closed += c == '>' && depth == 0;
    }
    return closed > 0 && (closed > 1 || !spelled<T>().ends_with('>'));
  }();

  static constexpr void add(ShapeHash& hash) {
    constexpr std::string_view text = spelled<T>();
    hash.text(text.substr(0, text.find('<')));
    if constexpr (text.contains('<')) add_arguments(hash, static_cast<T*>(nullptr));
  }

 private:
  template <template <class...> class Name, class... Arguments>
  requires(!is_inside) static constexpr void add_arguments(ShapeHash& hash, Name<Arguments...>*) {
    hash.number(sizeof...(Arguments));
    (RoleName<Arguments>::add(hash), ...);
  }
  template <template <auto...> class Name, auto... arguments>
  requires(!is_inside) static constexpr void add_arguments(ShapeHash& hash, Name<arguments...>*) {
    hash.number(sizeof...(arguments));
    (hash.number(static_cast<std::size_t>(arguments)), ...);
  }
  static constexpr void add_arguments(ShapeHash& hash, const volatile void*) {
    hash.text(spelled<T>());
  }
};

/// Tells one role's snapshots from another's, and from those of an earlier shape of the same role.
template <class Role>
consteval std::uint64_t shape_of() {
  ShapeHash hash;
  RoleName<Role>::add(hash);
  const auto state = [&]<class State>(List<State>) {
    hash.text(name_of<State>()), add_shape<State>(hash);
  };
  [&]<class... States>(List<States...>) { (state(List<States>{}), ...); }(StatesOf<Role>{});
  if constexpr (ListsFields<typename Role::Context>) add_shape<typename Role::Context>(hash);
  return hash.value;
}

/// What a storage that loses or changes bytes is found out by; no defence against who writes them.
[[nodiscard]] inline std::uint64_t checksum_of(Bytes bytes) noexcept {
  ShapeHash hash;  // each step is a bijection: one changed byte never goes unseen
  for (const std::uint8_t byte : bytes) hash.byte(byte);
  return hash.value;
}
inline constexpr std::size_t checksum_size = sizeof(std::uint64_t);

}  // namespace detail

/// Writes a role's state: its shape (8 bytes), the state's index (1 byte), the state's fields in
/// order, those fields of the context that it lists, and a checksum (8 bytes).
template <class Role, class States>
void dangerous_write_snapshot(const States& states, const typename Role::Context& context,
                              Buffer& out) {
  const std::size_t begin = out.size();
  SnapshotWriter w(out);
  w.integer(detail::shape_of<Role>());
  w.integer(static_cast<std::uint8_t>(states.index()));
  detail::visit_held(states, [&](const auto& state) { detail::write_value(w, state); });
  if constexpr (ListsFields<typename Role::Context>)
    detail::for_each_listed(context, [&](const auto& f) { detail::write_value(w, f); });
  w.integer(detail::checksum_of(out.bytes().subspan(begin)));
}

/// Reads what `dangerous_write_snapshot` wrote. False for bytes of another role or shape, too
/// short, too long, changed, or of a state that does not exist; then `states` and `context` are not
/// to be used.
template <class Role, class States>
[[nodiscard]] bool dangerous_read_snapshot(Bytes bytes, States& states,
                                           typename Role::Context& context) {
  if (bytes.size() < detail::checksum_size) return false;
  const Bytes content = bytes.first(bytes.size() - detail::checksum_size);
  std::uint64_t checksum = 0;
  if (!SnapshotReader(bytes.subspan(content.size())).integer(checksum) ||
      (checksum != detail::checksum_of(content) && !detail::planted<"checksum not checked">))
    return false;
  SnapshotReader r(content);
  std::uint64_t shape = 0;
  std::uint8_t index = 0;
  if (!r.integer(shape) || shape != detail::shape_of<Role>() || !r.integer(index)) return false;
  bool complete = false;
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (void)((I == index && (complete = detail::read_value(r, states.template emplace<I>()), true)) ||
           ...);
  }
  (std::make_index_sequence<std::variant_size_v<States>>{});
  if constexpr (ListsFields<typename Role::Context>)
    detail::for_each_listed(context,
                            [&](auto& f) { complete = complete && detail::read_value(r, f); });
  return complete && r.at_end();
}

}  // namespace handfast
