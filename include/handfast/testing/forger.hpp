#pragma once

// A dishonest peer: what it makes of any message that its role can send, sealed by the keys that it
// holds, and of a frame that comes by.

#include "handfast/testing/party.hpp"
#include "handfast/testing/raw_edges.hpp"
#include "handfast/testing/rewrite.hpp"
#include "handfast/testing/samples.hpp"

namespace handfast::testing {

/// Seals for `Role` of `Scene` whatever it is told to, by the present state of a machine, whose keys
/// and counters are used up by it; nothing where the state cannot seal.
template <class Scene, class Role, class Runner = Machine<Role>>
class Forger {
 public:
  using Context = typename Role::Context;

  explicit Forger(Runner& machine) noexcept : machine_(machine) {}

  /// Any message that the role sends, with up to two fields changed.
  std::optional<KeptFrame> forge(Seeded& numbers, const Time& now) {
    const auto chosen =
        static_cast<int>(numbers.below(static_cast<std::uint64_t>(SendsOf<Role>::size)));
    std::optional<KeptFrame> made;
    with_sent(chosen, [&]<class Message>(List<Message>) {
      Message message{};
      RewrittenBytes storage;
      if constexpr (wire::HasLayout<Message>)
        for (std::uint64_t i = numbers.below(3); i > 0; --i)
          rewrite_one_field(message, storage, numbers);
      made = sealed(message, now);
    });
    return made;
  }

  /// Message `number` of those that the role sends, with ordinary content.
  std::optional<KeptFrame> forge_plain(int number, const Time& now) {
    std::optional<KeptFrame> made;
    with_sent(number, [&]<class Message>(List<Message>) {
      if constexpr (wire::HasLayout<Message>)
        made = sealed(plain_sample<Message>().message, now);
      else
        made = sealed(Message{}, now);
    });
    return made;
  }

  /// Message `number`, with ordinary content and then with each field at each of its edges.
  std::vector<EdgeFrame> forge_edges(int number, const Time& now) {
    std::vector<EdgeFrame> made;
    with_sent(number, [&]<class Message>(List<Message>) {
      const auto add = [&](const Message& message, std::string name, bool acceptable) {
        if (auto frame = sealed(message, now))
          made.push_back({std::move(*frame), std::move(name), !acceptable});
      };
      if constexpr (wire::HasLayout<Message>)
        for_each_edge<Message>([&](auto&& one) { add(one.message, one.name, one.acceptable); });
      else
        add(Message{}, {}, true);
    });
    return made;
  }

  /// Message `number`, each number and size of it at what its bytes can say, whether its layout
  /// allows it or not; none where the scene has no `seal_raw` for the state, and where the message
  /// goes out unsealed.
  std::vector<RawFrame> forge_raw_edges(int number, std::size_t size_max, const Time& now) {
    std::vector<RawFrame> made;
    with_sent(number, [&]<class Message>(List<Message>) {
      if constexpr (is_binary<Message>()) {
        Kept plain;
        wire::GrowingWriter writer{plain};
        if (wire::binary::encode(plain_sample<Message>().message, writer))
          for_each_raw_edge<Message>(plain, size_max, [&](RawEdge&& edge) {
            if (auto frame = sealed_raw(edge.bytes, now))
              made.push_back({std::move(*frame), std::move(edge)});
          });
      }
    });
    return made;
  }

  /// `frame`, which the role could receive, with each field of its layout at each edge; the seal
  /// stays as it was.
  static std::vector<EdgeFrame> edges_of(const KeptFrame& frame, const Context& context) {
    std::vector<EdgeFrame> made;
    const auto wire = Role::decode(frame.link, frame.bytes, context);
    if (!wire) return made;
    std::visit(
        [&]<class Message>(const Message& genuine) {
          for_each_edge<Message>([&](auto&& one) {
            if (one.name.empty()) return;
            const auto field = std::string_view(one.name).substr(0, one.name.rfind('.'));
            put_all_but(field, genuine, one.message);
            auto encoded = Scene::encode(one.message);
            if (!encoded || encoded->bytes == frame.bytes) return;
            encoded->link = frame.link;
            made.push_back({std::move(*encoded), one.name, !one.acceptable});
          });
        },
        *wire);
    return made;
  }

  /// `frame`, which the role could receive, with one field changed: one of `pieces` in it where one
  /// fits.
  static std::optional<KeptFrame> rewrite(const KeptFrame& frame, const Pieces& pieces,
                                          Seeded& numbers, const Context& context) {
    auto wire = Role::decode(frame.link, frame.bytes, context);
    if (!wire) return std::nullopt;
    RewrittenBytes storage;
    return std::visit(
        [&](auto& message) -> std::optional<KeptFrame> {
          if (!put_one_piece(message, pieces, numbers))
            rewrite_one_field(message, storage, numbers);
          auto changed = Scene::encode(message);
          if (changed) changed->link = frame.link;
          return changed;
        },
        *wire);
  }
  /// What the fields of `frame` hold, which the role could receive.
  static Pieces pieces_of(const KeptFrame& frame, const Context& context) {
    Pieces pieces;
    if (const auto wire = Role::decode(frame.link, frame.bytes, context))
      std::visit([&](const auto& message) { add_pieces(message, pieces); }, *wire);
    return pieces;
  }

 private:
  template <class Message>
  static consteval bool is_binary() {
    if constexpr (wire::HasLayout<Message>)
      return detail::may_be_binary<Message>();
    else
      return false;
  }

  /// Calls `make` with message `number` of those that the role sends.
  template <class Make>
  static void with_sent(int number, Make&& make) {
    [&]<class... Messages>(List<Messages...>) {
      ((number-- == 0 ? make(List<Messages>{}) : void()), ...);
    }(SendsOf<Role>{});
  }

  template <class Message>
  std::optional<KeptFrame> sealed(const Message& message, const Time& now) {
    return first_frame(now, [&](auto& state, Context& context, Frames& frames) {
      if constexpr (requires { Scene::seal(state, message, context, frames); })
        Scene::seal(state, message, context, frames);
      else if constexpr (requires { Role::write(state, message, context, frames); })
        Role::write(state, message, context, frames);
      else if constexpr (requires { Role::write(message, context, frames); })
        Role::write(message, context, frames);
    });
  }
  std::optional<KeptFrame> sealed_raw(Bytes contents, const Time& now) {
    return first_frame(now, [&](auto& state, Context& context, Frames& frames) {
      if constexpr (requires { Scene::seal_raw(state, contents, context, frames); })
        Scene::seal_raw(state, contents, context, frames);
    });
  }
  /// The first frame that `write` makes with the present state, if it makes any.
  template <class Write>
  std::optional<KeptFrame> first_frame(const Time& now, Write&& write) {
    auto& context = machine_.context();
    context.now = now;
    if constexpr (requires { Scene::before_forging(context); }) Scene::before_forging(context);
    Frames frames;
    std::visit([&](auto& state) { write(state, context, frames); },
               machine_.dangerous_engine().dangerous_state());
    if (frames.view().empty()) return std::nullopt;
    return KeptFrame{frames.view()[0].link, keep(frames.view()[0].bytes)};
  }

  /// All fields but `field` of `message` become those of `genuine`.
  template <class Message>
  static void put_all_but(std::string_view field, const Message& genuine, Message& message) {
    wire::for_each_field<Message>([&]<class F>(F) {
      if constexpr (requires { F::member; })
        if (std::string_view(F::name) != field) message.*F::member = genuine.*F::member;
    });
  }

  Runner& machine_;
};

}  // namespace handfast::testing
