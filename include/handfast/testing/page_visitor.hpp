#pragma once

// Who writes down what happens in a simulated world, for its page (testing/page.hpp).

#include "handfast/testing/ledger.hpp"
//
#include "handfast/spec/detail/arrows.hpp"
#include "handfast/spec/detail/listener.hpp"
#include "handfast/spec/notebook.hpp"
#include "handfast/testing/world.hpp"

namespace handfast::testing {

/// Writes down what happens in a world of `Scene`, while it lives.
template <class Scene>
class PageVisitor : public Visitor {
 public:
  explicit PageVisitor(spec::Notebook& book) : book_(book) {
    read_ = {};
    Watcher::reader = [](const std::type_info& type, const void* message) {
      read_.emplace();
      explain_one_of(typename RoleOf<0>::Receives{}, type, message);
      explain_one_of(typename RoleOf<1>::Receives{}, type, message);
    };
  }
  ~PageVisitor() override { Watcher::reader = nullptr; }
  PageVisitor(const PageVisitor&) = delete;

  void after_frame(const Sight&, const KeptFrame& frame, const Caused&) override { got_ = frame; }

  void after_call(const Sight& sight, const Caused& caused) override {
    const int who = number_of(sight);
    const std::string_view before =
        std::exchange(states_[static_cast<std::size_t>(who)], sight.party.state());
    const auto got = std::exchange(got_, {});
    const auto read = std::exchange(read_, {});
    if (!got && caused.messages.empty() && caused.told.empty() && caused.frames.empty() &&
        caused.rows.empty())
      return;
    spec::CallRecord call;
    call.is_local = !got;
    call.before = before;
    call.after = sight.party.state();
    call.trigger = trigger_of(sight, caused, got.has_value());
    for (const int row : caused.rows)
      call.rows.push_back(words_of(sight.party.facts(), row, call.trigger));
    for (const Told& told : caused.told) call.tells.push_back(words_of(told));
    if (const auto fault = caused.rejected()) call.refused = to_string(*fault);
    std::optional<spec::Transit> frame;
    if (got) {
      frame = opened(seen(sight, sight.who % 2, *got), read, caused);
      frame->origin = std::exchange(brings_, spec::Origin::honest);
    }
    std::vector<spec::Transit> sent;
    for (const KeptFrame& one : caused.frames) sent.push_back(seen(sight, 1 - sight.who % 2, one));
    book_.call(who, sight.now.steady, std::move(call), std::move(frame), std::move(sent));
  }

  void noted(const Sight& sight, std::string_view text) override {
    if (text.starts_with("== ")) {  // who is there, which the participants say
      if (!text.ends_with("attacker's")) return;
      text = "is the attacker's";
    }
    if (constexpr std::string_view whose = "attacker "; text.starts_with(whose)) {
      text.remove_prefix(whose.size());
      const bool is_changed = text == "rewrites" || text == "mixes";
      const bool is_made = text == "forges" || text == "injects";
      brings_ = is_changed ? spec::Origin::altered
                : is_made  ? spec::Origin::injected
                           : spec::Origin::replayed;
      book_.remark("attacker", std::string(text));
      return;
    }
    book_.remark(label_of(sight), std::string(text));
  }

 private:
  template <int side>
  using RoleOf = handfast::detail::At<side, typename Scene::Roles>;
  template <int side>
  using PartyAt =
      PartyOf<Scene, RoleOf<side>, handfast::detail::At<side, typename Scene::Applications>>;

  static std::string label_of(const Sight& sight) {
    return std::string(1, static_cast<char>('A' + sight.who)) + " " +
           std::string(sight.party.role());
  }
  int number_of(const Sight& sight) {
    const int who = book_.participant(&sight.party, label_of(sight), sight.now.steady);
    if (static_cast<std::size_t>(who) == states_.size()) states_.push_back(sight.party.state());
    return who;
  }

  // What a call was for.

  static std::string trigger_of(const Sight& sight, const Caused& caused, bool is_frame) {
    if (caused.messages.empty()) return is_frame ? "a frame" : "called";
    const std::string_view name = caused.messages.front();
    const RoleFacts& facts = sight.party.facts();
    const bool is_command = facts.number_of(name, facts.commands) >= 0;
    return spec::detail::trigger_of(is_frame     ? Trigger::message
                                    : is_command ? Trigger::command
                                                 : Trigger::timer,
                                    name);
  }
  static std::string words_of(const Told& told) {
    std::string words(told.name);
    if (told.payload) words += ' ' + spec::detail::in_quotes(text_of(Bytes(*told.payload)));
    if (told.fault) words += ' ' + std::string(to_string(*told.fault));
    return words;
  }

  static std::string words_of(const RoleFacts& facts, int row, const std::string& trigger) {
    const Edge& edge = facts.rows()[static_cast<std::size_t>(row)];
    const auto name = [&](int state) {
      return std::string(facts.states[static_cast<std::size_t>(state)]);
    };
    return name(edge.from) + " on " + trigger + " to " + name(edge.to);
  }

  // Frames.

  template <class Message>
  static void explain_if(const std::type_info& type, const void* message) {
    if (type != typeid(Message)) return;
    read_->name = name_of<Message>();
    read_->fields = spec::explain(*static_cast<const Message*>(message));
  }
  template <class... Messages>
  static void explain_one_of(List<Messages...>, const std::type_info& type, const void* message) {
    (explain_if<Messages>(type, message), ...);
  }
  /// As the role of `side` sees it.
  static spec::Transit seen(const Sight& sight, int side, const KeptFrame& frame) {
    spec::Transit transit;
    transit.bytes = frame.bytes;
    const auto see = [&]<int s>(std::integral_constant<int, s>) {
      const Party& party = sight.who % 2 == side ? sight.party : sight.peer;
      transit.link = spec::detail::link_name<RoleOf<s>>(frame.link);
      spec::detail::explain_frame<RoleOf<s>>(
          static_cast<const PartyAt<s>&>(party).machine().context(), frame.link, transit);
    };
    side == 0 ? see(std::integral_constant<int, 0>{}) : see(std::integral_constant<int, 1>{});
    return transit;
  }
  /// With what its receiver has read in it.
  static spec::Transit opened(spec::Transit frame, const std::optional<spec::detail::Spoken>& read,
                              const Caused& caused) {
    if (!caused.messages.empty()) frame.message = caused.messages.front();
    if (read && read->name == frame.message && frame.message != frame.form)
      frame.contents = read->fields;
    return frame;
  }

  static inline thread_local std::optional<spec::detail::Spoken> read_;  // in this call
  spec::Notebook& book_;
  std::vector<std::string_view> states_;  // after the last call of each
  std::optional<KeptFrame> got_;          // which this call is for
  spec::Origin brings_{};                 // the attacker's frame that is next, where it is one
};

}  // namespace handfast::testing
