#pragma once

// Values of a message, made from its layout alone: plain ones, ones with a field at an edge, and
// ones that a source of bits decides. For property tests, fuzzers and their corpora.
//
//   Seeded bits(seed);
//   const auto sample = testing::sample<Request>(bits);
//   const auto frame = wire::binary::encode(sample.message, sink);

#include <concepts>
#include <string_view>
#include <utility>

#include "handfast/testing/edges.hpp"

namespace handfast::testing {

/// Where arbitrary values come from: `next()` gives 64 bits. `Seeded` is one, `BitsOf` another.
template <class S>
concept BitSource = requires(S& source) {
  { source.next() } -> std::same_as<std::uint64_t>;
};

/// The bits of an input, as a fuzzer gives it: 8 bytes a time, lowest first, zeros after the end.
/// Refers to the input.
class BitsOf {
 public:
  explicit BitsOf(Bytes input) noexcept : left_(input) {}
  std::uint64_t next() noexcept {
    std::uint64_t bits = 0;
    const std::size_t size = std::min<std::size_t>(left_.size(), 8);
    for (std::size_t i = 0; i < size; ++i) bits |= std::uint64_t{left_[i]} << (8 * i);
    left_ = left_.subspan(size);
    return bits;
  }

 private:
  Bytes left_;
};

/// A message and the memory that its views refer to. Move-only.
template <wire::HasLayout Message>
struct Sample {
  Message message{};
  /// Whether a reader must take it: false where a public key is one that a strict reader refuses.
  bool acceptable = true;
  /// What differs from a plain message, as "field" or "field.7"; empty in one that bits decided.
  std::string name{};
  std::vector<std::vector<std::uint8_t>> memory{};

  Sample() = default;
  Sample(Sample&&) noexcept = default;
  Sample& operator=(Sample&&) noexcept = default;
};

/// The most bytes that a sample puts into one field without a size of its own, unless the field
/// must have more.
inline constexpr std::size_t sample_size_max = 64;

namespace detail {

using wire::detail::MemberField;

/// Writes values into one field of a sample.
template <class F, class Message>
class Setter {
 public:
  using T = ValueOf<F>;
  static constexpr bool sized = !wire::Scalar<T> && wire::fixed_size_of<T>() == 0;
  static constexpr bool text = std::same_as<T, std::string> || std::same_as<T, std::string_view>;

  Setter(Sample<Message>& sample, std::size_t size_max) : sample_(sample), size_max_(size_max) {}

  /// What a message holds that nobody has made anything of yet, or the nearest that is allowed.
  void plain() {
    if constexpr (wire::detail::Unwrapped<typename F::Value>::optional)
      return;
    else if constexpr (wire::Scalar<T>) {
      if (!wire::allows<F>(static_cast<std::uint64_t>(sample_.message.*F::member)))
        number(edge_numbers<F>().front());
    } else if constexpr (wire::TypedBytes<T>)
      key(0);
    else if constexpr (sized)
      content(wire::detail::content_range<F>.min, [](std::size_t) { return std::uint8_t{'a'}; });
  }

  /// How many edges there are, and number `index` of them.
  [[nodiscard]] std::size_t edge_count() const {
    if constexpr (wire::Scalar<T>)
      return edge_numbers<F>().size();
    else if constexpr (wire::TypedBytes<T>)
      return 1 + (takes_bad_points<F> ? bad_points().size() : 0);
    else if constexpr (sized)
      return edge_sizes<F>(size_max_).size() + (takes_awkward_text() ? 1 : 0);
    else
      return 3;
  }
  void edge(std::size_t index) {
    if constexpr (wire::Scalar<T>)
      number(edge_numbers<F>()[index]);
    else if constexpr (wire::TypedBytes<T>) {
      if (index == 0) return key(1);
      if constexpr (takes_bad_points<F>) bad_key(index - 1);
    } else if constexpr (sized) {
      const auto sizes = edge_sizes<F>(size_max_);
      if (index < sizes.size()) return content(sizes[index], rising);
      content(awkward_text.size(),
              [](std::size_t i) { return static_cast<std::uint8_t>(awkward_text[i]); });
    } else {
      fill([index](std::size_t i) {
        return index == 0 ? std::uint8_t{0} : index == 1 ? std::uint8_t{0xFF} : rising(i);
      });
    }
  }

  /// Anything that the field allows; edges come one time in four.
  void any(BitSource auto& bits) {
    const std::uint64_t choice = bits.next();
    if constexpr (wire::detail::Unwrapped<typename F::Value>::optional)
      if (choice % 8 == 7) return;
    if (choice % 4 == 0) return edge(static_cast<std::size_t>(choice >> 8) % edge_count());
    if constexpr (wire::Scalar<T>) {
      const std::uint64_t drawn = bits.next() >> (choice >> 8) % 64;
      number(wire::allows<F>(drawn) ? drawn : edge_numbers<F>()[drawn % edge_numbers<F>().size()]);
    } else if constexpr (wire::TypedBytes<T>)
      key(bits.next() | 1);
    else if constexpr (sized) {
      constexpr auto range = wire::detail::content_range<F>;
      const std::size_t most = std::max(range.min, std::min(range.max, size_max_));
      content(range.min + static_cast<std::size_t>(choice >> 8) % (most - range.min + 1),
              [&](std::size_t) {
                const auto byte = static_cast<std::uint8_t>(bits.next());
                return text ? static_cast<std::uint8_t>(byte % 0x80) : byte;
              });
    } else
      fill([&](std::size_t) { return static_cast<std::uint8_t>(bits.next()); });
  }

 private:
  [[nodiscard]] bool takes_awkward_text() const {
    constexpr auto range = wire::detail::content_range<F>;
    return text && awkward_text.size() >= range.min &&
           awkward_text.size() <= std::min(range.max, size_max_);
  }
  static std::uint8_t rising(std::size_t i) {
    return static_cast<std::uint8_t>(text ? 'a' + i % 26 : i);
  }

  T& value() {
    if constexpr (wire::detail::Unwrapped<typename F::Value>::optional)
      return (sample_.message.*F::member).emplace();
    else
      return sample_.message.*F::member;
  }
  void number(std::uint64_t n) { value() = static_cast<T>(n); }
  void fill(auto&& byte_at) {
    std::size_t i = 0;
    for (std::uint8_t& byte : value()) byte = byte_at(i++);
  }
  void content(std::size_t size, auto&& byte_at) {
    std::vector<std::uint8_t> bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = byte_at(i);
    if constexpr (std::same_as<T, std::vector<std::uint8_t>>)
      value() = std::move(bytes);
    else if constexpr (std::same_as<T, std::string>)
      value() = text_of(bytes);
    else {
      const Bytes kept = sample_.memory.emplace_back(std::move(bytes));
      if constexpr (text)
        value() = text_of(kept);
      else
        value() = kept;
    }
  }
  /// A key that its type takes, number 0 always the same; types differ in which bytes they take.
  void key(std::uint64_t number) {
    std::vector<std::uint8_t> bytes(wire::fixed_size_of<T>());
    for (std::uint64_t attempt = 0; attempt < 64; ++attempt) {
      for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::uint8_t>(number >> (8 * (i % 8)) ^ (9 + attempt) * (i + 1));
      bytes.back() &= 0x3f;
      if (auto parsed = T::parse(bytes)) {
        value() = std::move(*parsed);
        return;
      }
    }
  }
  void bad_key(std::size_t index) {
    if constexpr (takes_bad_points<F>) {
      value() = *T::parse_as_deployed(bad_points()[index]);
      // Read as deployed it is a key like any other: only an agreement shows what it is.
      if (std::is_void_v<wire::detail::NoteIn<wire::detail::ParseNote, F>>)
        sample_.acceptable = false;
    }
  }

  Sample<Message>& sample_;
  std::size_t size_max_;
};

/// Calls `visit(Setter)` for each field of `sample` that has a member, in order.
template <class Message, class Visit>
void for_each_setter(Sample<Message>& sample, std::size_t size_max, Visit&& visit) {
  wire::for_each_field<Message>([&]<class F>(F) {
    if constexpr (MemberField<F>) visit(F{}, Setter<F, Message>(sample, size_max));
  });
}

}  // namespace detail

/// A message in which every field is as small and as ordinary as its layout allows.
template <wire::HasLayout Message>
[[nodiscard]] Sample<Message> plain_sample() {
  Sample<Message> sample;
  detail::for_each_setter(sample, 0, [](auto, auto setter) { setter.plain(); });
  return sample;
}

/// A message that `bits` decide, at an edge in one field of four.
template <wire::HasLayout Message>
[[nodiscard]] Sample<Message> sample(BitSource auto& bits, std::size_t size_max = sample_size_max) {
  Sample<Message> sample;
  detail::for_each_setter(sample, size_max, [&](auto, auto setter) { setter.any(bits); });
  return sample;
}

/// Calls `visit(Sample&&)` with the plain message, and then with one that is plain but for one
/// field at one edge, for each field and each of its edges.
template <wire::HasLayout Message, class Visit>
void for_each_edge(Visit&& visit, std::size_t size_max = sample_size_max) {
  visit(plain_sample<Message>());
  wire::for_each_field<Message>([&]<class F>(F) {
    if constexpr (detail::MemberField<F>) {
      for (std::size_t i = 0;; ++i) {
        auto sample = plain_sample<Message>();
        detail::Setter<F, Message> setter(sample, size_max);
        if (i == setter.edge_count()) break;
        setter.edge(i);
        sample.name = std::string(F::name) + "." + std::to_string(i);
        visit(std::move(sample));
      }
    }
  });
}

/// How far out a message is in all its fields at once.
enum class Extreme : std::uint8_t { smallest, small, large, largest };

[[nodiscard]] constexpr std::string_view to_string(Extreme extreme) noexcept {
  constexpr std::string_view names[] = {"smallest", "small", "large", "largest"};
  return names[static_cast<std::uint8_t>(extreme)];
}

/// A message with every field at its lowest edge, the one above that, the one below its highest, or
/// its highest; public keys are good ones.
template <wire::HasLayout Message>
[[nodiscard]] Sample<Message> extreme_sample(Extreme extreme,
                                             std::size_t size_max = sample_size_max) {
  Sample<Message> sample;
  detail::for_each_setter(sample, size_max, [&]<class F>(F, auto setter) {
    const std::size_t last = wire::TypedBytes<ValueOf<F>> ? 0 : setter.edge_count() - 1;
    const std::size_t from_end = last - std::min<std::size_t>(last, 1);
    const std::size_t places[] = {0, std::min<std::size_t>(last, 1), from_end, last};
    setter.edge(places[static_cast<std::uint8_t>(extreme)]);
  });
  sample.name = to_string(extreme);
  return sample;
}

/// Whether two messages are the same in every field of their layout; views by what they show.
template <wire::HasLayout Message>
[[nodiscard]] bool same(const Message& left, const Message& right) {
  bool equal = true;
  wire::for_each_field<Message>([&]<class F>(F) {
    if constexpr (detail::MemberField<F>) {
      if constexpr (std::same_as<typename F::Value, Bytes>)
        equal = equal && std::ranges::equal(left.*F::member, right.*F::member);
      else
        equal = equal && left.*F::member == right.*F::member;
    }
  });
  return equal;
}

}  // namespace handfast::testing
