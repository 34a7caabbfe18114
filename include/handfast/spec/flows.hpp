#pragma once

// What each row could do with its side's stream, and what that means for how far the side is.

#include "handfast/spec/making.hpp"

namespace handfast::spec::detail {

[[nodiscard]] inline bool has_payload(const MessageOutline& message) {
  return std::ranges::any_of(message.fields,
                             [](const FieldOutline& field) { return field.is_payload(); });
}

class Flows {
 public:
  explicit Flows(Model& model) : model_(model) {}

  /// All ways in which `row` may add to its side's stream or say what is in it; one that does
  /// neither where the row may do without.
  [[nodiscard]] std::vector<Flow> of(int side, const RowOutline& row) {
    const auto& stream = model_.outline.stream;
    if (!stream) return {Flow{}};
    std::vector<Flow> all;
    int said = -1, added = -1;
    for (const int message : row.sends) {
      if (std::ranges::find(stream->messages, message) != stream->messages.end()) said = message;
      if (acknowledges(message))
        for (int number = 1; number <= model_.numbers_max(); ++number)
          all.push_back({-1, -1, 0, number, 0});
    }
    if (row.on == stream->again) {
      for_each_item(side, said, [&](int item) { all.push_back({-1, item, 0, 0, 0}); });
      return all;
    }
    added = said;
    for (const auto& [on, message] : stream->adds)
      if (on == row.on) added = message;
    // What is kept for later where another row would send it is as if it were sent and lost.
    const auto sends_it = [&](const RowOutline& other) {
      return other.from == row.from && other.on == row.on &&
             std::ranges::find(other.sends, added) != other.sends.end();
    };
    if (said < 0 && added >= 0 && std::ranges::any_of(model_.role_of(side).rows, sends_it)) {
      if (row.trigger == Trigger::message) all.push_back({});
      return all;
    }
    for_each_item(side, added, [&](int item) { all.push_back({item, -1, 0, 0, 0}); });
    if (added < 0 ? all.empty() : row.trigger == Trigger::message && said < 0) all.push_back({});
    return all;
  }

 private:
  [[nodiscard]] bool acknowledges(int message) const {
    return std::ranges::any_of(model_.outline.messages[static_cast<std::size_t>(message)].fields,
                               &FieldOutline::acknowledges);
  }
  template <class Visit>
  void for_each_item(int side, int message, const Visit& visit) {
    if (message < 0) return;
    const Side& one = model_.sides[static_cast<std::size_t>(side)];
    const bool is_given = has_payload(model_.outline.messages[static_cast<std::size_t>(message)]);
    for (int number = 1; number <= one.numbers_max; ++number)
      for (int given = is_given ? 1 : 0; given <= (is_given ? std::min(number, one.given_max) : 0);
           ++given) {
        const Item item{side, number, message, given};
        auto found = std::ranges::find(model_.items, item);
        if (found == model_.items.end()) found = model_.items.insert(found, item);
        visit(static_cast<int>(found - model_.items.begin()));
      }
  }

  Model& model_;
};

/// The same in Promela: variables by side, what a step needs of them and makes of them.
class StreamWriter {
 public:
  explicit StreamWriter(const Model& model) : model_(model) {}

  [[nodiscard]] std::string head() const {
    if (!model_.outline.stream) return "";
    const std::string sides = "[" + text(model_.sides.size()) + "]";
    return "byte told" + sides + ", given" + sides + ", acked" + sides + ", taken" + sides +
           ", last" + sides +
           ";  /* numbers in its stream: said, of what it was given, heard to be taken, "
           "taken of its peer's, of its last data */\nbit closed" +
           sides + ", ended" + sides +
           ";  /* whether it has said its last, taken its peer's */\nbyte kept[" + text(cells()) +
           "];  /* by side and number: which item */\nbit heard[" +
           text(model_.sides.size() * given()) + "];  /* by side: of what its peer gave */\n";
  }
  /// What must be so for a step; it comes behind other conditions.
  [[nodiscard]] std::string needs(const Step& step) const {
    const auto& stream = model_.outline.stream;
    if (!stream) return "";
    std::string all;
    const auto need = [&](const std::string& one) { all += " && " + one; };
    const Flow& flow = step.flow;
    const int side = step.side;
    if (flow.added >= 0) {
      const Item& item = item_of(flow.added);
      need(of("told", side) + " == " + text(item.number - 1));
      if (item.given > 0) need(of("given", side) + " == " + text(item.given - 1));
      if (item.given > 0 || item.message == stream->last) need("!" + of("closed", side));
    }
    if (flow.again >= 0) {
      need(kept(item_of(flow.again)) + " == " + text(flow.again + 1));
      need(of("acked", side) + " < " + text(item_of(flow.again).number));
    }
    if (flow.told > 0) need(of("taken", side) + " == " + text(flow.told));
    if (flow.acknowledged > 0) {
      need(of("acked", side) + " < " + text(flow.acknowledged));
      need(of("told", side) + " >= " + text(flow.acknowledged));
    }
    if (flow.taken > 0) need(takes(step));
    if (model_.row_of(step).on == stream->ends) need(of("closed", side));
    return all;
  }
  /// What a step makes of it. `ask` is called with a kind of question and what must be so.
  template <class Line, class Ask>
  void change(const Step& step, const Line& line, const Ask& ask) const {
    const auto& stream = model_.outline.stream;
    if (!stream) return;
    const Flow& flow = step.flow;
    const int side = step.side, peer = peer_of(side);
    if (flow.taken > 0) take(step, peer, line, ask);
    if (flow.added >= 0) {
      const Item& item = item_of(flow.added);
      line(of("told", side) + " = " + text(item.number) + "; " + kept(item) + " = " +
           text(flow.added + 1) + ";");
      if (item.given > 0)
        line(of("given", side) + " = " + text(item.given) + "; " + of("last", side) + " = " +
             text(item.number) + ";");
      if (item.message == stream->last) line(of("closed", side) + " = 1;");
      if (stream->let_go_at == item.message) let_go(side, peer, item.number - 1, line, ask);
    }
    if (flow.acknowledged > 0) let_go(side, peer, flow.acknowledged, line, ask);
    if (model_.row_of(step).closes) {
      std::string is_whole = "1";
      for (int given = 1; given <= static_cast<int>(this->given()); ++given)
        is_whole += " && (" + of("given", side) + " < " + text(given) + " || " +
                    heard(peer, given) + ") && (" + of("given", peer) + " < " + text(given) +
                    " || " + heard(side, given) + ")";
      const std::string is_well = stream->ends_well
                                      ? "1"
                                      : "(" + of("ended", side) + " && " + of("acked", side) +
                                            " >= " + of("last", side) + ")";
      ask(Question::none_lost, "!" + is_well + " || (" + is_whole + ")");
    }
  }
  enum class Question { in_order, none_lost };

 private:
  static std::string text(std::size_t n) { return std::to_string(n); }
  static std::string text(int n) { return std::to_string(n); }
  static std::string of(const std::string& name, int side) { return name + "[" + text(side) + "]"; }
  [[nodiscard]] std::size_t numbers() const {
    return static_cast<std::size_t>(model_.numbers_max());
  }
  [[nodiscard]] std::size_t given() const {
    int most = 1;
    for (const Side& side : model_.sides) most = std::max(most, side.given_max);
    return static_cast<std::size_t>(most);
  }
  [[nodiscard]] std::size_t cells() const { return model_.sides.size() * (numbers() + 1); }
  [[nodiscard]] const Item& item_of(int number) const {
    return model_.items[static_cast<std::size_t>(number)];
  }
  [[nodiscard]] std::string kept(const Item& item) const {
    return "kept[" +
           text(static_cast<std::size_t>(item.side) * (numbers() + 1) +
                static_cast<std::size_t>(item.number)) +
           "]";
  }
  [[nodiscard]] std::string heard(int side, int given) const {
    return "heard[" +
           text(static_cast<std::size_t>(side) * this->given() + static_cast<std::size_t>(given) -
                1) +
           "]";
  }
  [[nodiscard]] int peer_of(int side) const {
    const Side& one = model_.sides[static_cast<std::size_t>(side)];
    const auto found = std::ranges::find_if(
        model_.sides, [&](const Side& two) { return one.is_joined_to(two) && one.own == two.own; });
    return static_cast<int>(found - model_.sides.begin());
  }

  /// That what a step takes is what its side takes next.
  [[nodiscard]] std::string takes(const Step& step) const {
    const StreamOutline& stream = *model_.outline.stream;
    const std::string taken = of("taken", step.side), number = text(step.flow.taken);
    std::string is_next = taken + " + 1 == " + number;
    if (stream.takes_early) is_next = taken + " < " + number;
    if (stream.takes_again) is_next = taken + " < " + text(numbers());
    if (step.received.message != stream.last || step.flow.added >= 0) return is_next;
    is_next += " && " + of("closed", step.side);
    if (stream.ends_early) is_next = "(" + is_next + " || " + taken + " + 1 < " + number + ")";
    return is_next;
  }
  template <class Line, class Ask>
  void take(const Step& step, int peer, const Line& line, const Ask& ask) const {
    const int side = step.side;
    const std::string taken = of("taken", side);
    for (int given = 1; given <= static_cast<int>(this->given()); ++given)
      if (is_given(step, peer, given)) {
        if (given > 1) ask(Question::in_order, heard(side, given - 1));
        line(heard(side, given) + " = 1;");
      }
    const bool is_last = step.received.message == model_.outline.stream->last;
    if (is_last && model_.outline.stream->ends_early)
      line("if :: " + taken + " + 1 == " + text(step.flow.taken) + " -> " + taken +
           "++ :: else fi;");
    else
      line(taken + "++;");
    if (is_last) line(of("ended", side) + " = 1;");
  }
  /// Whether a step takes this one of what the peer gives.
  [[nodiscard]] bool is_given(const Step& step, int peer, int given) const {
    const Said& said = step.received;
    const std::string wanted = payload_name(model_.sides[static_cast<std::size_t>(peer)], given);
    return std::ranges::any_of(
        model_.outline.messages[static_cast<std::size_t>(said.message)].fields,
        [&](const FieldOutline& field) {
          return field.is_payload() &&
                 model_.terms[said.values[static_cast<std::size_t>(field.slot)]].name == wanted;
        });
  }
  /// All up to `number` is not kept any more: the peer has taken what was given of it.
  template <class Line, class Ask>
  void let_go(int side, int peer, int number, const Line& line, const Ask& ask) const {
    line("if :: " + of("acked", side) + " < " + text(number) + " -> " + of("acked", side) + " = " +
         text(number) + " :: else fi;");
    std::string is_whole = "1";
    for (std::size_t i = 0; i < model_.items.size(); ++i) {
      const Item& item = model_.items[i];
      if (item.side == side && item.given > 0 && item.number <= number)
        is_whole +=
            " && (" + kept(item) + " != " + text(i + 1) + " || " + heard(peer, item.given) + ")";
    }
    ask(Question::none_lost, is_whole);
  }

  const Model& model_;
};

}  // namespace handfast::spec::detail
