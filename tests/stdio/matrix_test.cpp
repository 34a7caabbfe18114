#include "handfast/core/graph.hpp"
#include "handfast/stdio.hpp"

#include "tests/stdio/scenarios.hpp"
#include "tests/support/catch.hpp"

// Every state with every message, command and timer, against the tables; and every row taken in
// some run.

using namespace stdio_test;

namespace {

/// Something to say, on which link.
struct Input {
  std::string_view name;
  std::function<Sealed(Pair&)> make;
};

Sealed line_of_other(bool from_child) {
  Pair other;
  other.parent_does(Start{});
  if (!from_child) return other.to_child.front();
  other.to_child_next();
  other.child_does(Listening{1});
  return other.to_parent.front();
}

/// A record from `from` where it has keys, else one from a session of others.
template <class Message>
Sealed record_of(Side* from, bool from_child, const Message& message) {
  if (from != nullptr && from->session() != nullptr) return {channel_link, forged(*from, message)};
  Pair other;
  other.establish();
  return {channel_link, forged(from_child ? *other.child : *other.parent, message)};
}

/// A parent that still has the keys, whatever the pair's own has come to.
std::unique_ptr<Side> parent_with_keys(Pair& pair) {
  if (pair.parent->session() != nullptr) return pair.parent->clone(pair.parent_random);
  return nullptr;
}

std::vector<Input> to_parent_inputs() {
  const auto record = [](auto message) {
    return [message](Pair& pair) { return record_of(pair.child.get(), true, message); };
  };
  return {{"Answer", [](Pair&) { return line_of_other(true); }},
          {"Response", record(Response{0, 1, false, {}})},
          {"Notice", record(Notice{})},
          {"KeepaliveAck", record(KeepaliveAck{})},
          {"RekeyResponse",
           [](Pair& pair) {
             const auto key = x25519::PrivateKey::from(Bytes(hex(std::string(64, '7'))));
             return record_of(pair.child.get(), true, RekeyResponse{0, 1, key->public_key()});
           }},
          {"ShutdownAck", record(ShutdownAck{})}};
}

std::vector<Input> to_child_inputs() {
  const auto record = [](auto message) {
    return
        [message](Pair& pair) { return record_of(parent_with_keys(pair).get(), false, message); };
  };
  return {{"Offer", [](Pair&) { return line_of_other(false); }},
          {"Request", record(Request{0, 2, 1, {}})},
          {"Keepalive", record(Keepalive{})},
          {"RekeyRequest",
           [](Pair& pair) {
             const auto key = x25519::PrivateKey::from(Bytes(hex(std::string(64, '7'))));
             return record_of(parent_with_keys(pair).get(), false,
                              RekeyRequest{0, 1, key->public_key()});
           }},
          {"ShutdownRequest", record(ShutdownRequest{})}};
}

const Edge* only_row(const Edge* edges, const Result& result) {
  return result.rows.size() == 1 ? &edges[result.rows[0]] : nullptr;
}

using Drive = void (*)(Pair&, std::string_view);

template <class Role>
void check_messages(Drive drive, const std::vector<Input>& inputs) {
  using G = Graph<Role>;
  REQUIRE(inputs.size() == static_cast<std::size_t>(G::message_count));
  for (int state = 0; state < G::state_count; ++state)
    for (int message = 0; message < G::message_count; ++message) {
      const Input& input = inputs[static_cast<std::size_t>(message)];
      REQUIRE(message_names<Role>[static_cast<std::size_t>(message)] == input.name);
      INFO(state_names<Role>[static_cast<std::size_t>(state)] << " x " << input.name);
      Pair pair(Which::hardened, duplex_config());
      drive(pair, state_names<Role>[static_cast<std::size_t>(state)]);
      Side& side = drive == drive_parent ? *pair.parent : *pair.child;
      REQUIRE(side.state_index() == state);
      Sealed frame;
      if (input.name == "Answer" &&
          side.state() == "AwaitingAnswer") {  // only the answer to this offer will do
        pair.to_child_next();
        pair.child_does(Listening{1});
        frame = pair.to_parent.front();
      } else
        frame = input.make(pair);
      const Kept before = side.snapshot();
      const Result result = side.receive(frame.link, frame.bytes, pair.now);
      switch (G::treatment(state, message)) {
        case Treatment::taken: {
          const Edge* row = only_row(G::edges, result);
          REQUIRE(row != nullptr);
          CHECK(row->from == state);
          CHECK(row->trigger == Trigger::message);
          CHECK(row->on == message);
          CHECK(row->to == side.state_index());
          CHECK(row->send_count == result.frames.size());
          CHECK(row->tell_count == result.told.size());
          break;
        }
        case Treatment::ignored:
          CHECK(result.rows.empty());
          CHECK(result.silent());
          CHECK(side.state_index() == state);
          break;
        case Treatment::refused:
          CHECK(result.rows.empty());
          CHECK(result.frames.empty());
          REQUIRE(result.told.size() == 1);
          CHECK(result.fault() == Fault::unexpected_message);
          CHECK(side.snapshot() == before);
          break;
        case Treatment::undeclared: FAIL("a pair that the table does not have");
      }
    }
}

template <class Role, class... Commands>
void check_commands(Which which, Drive drive, const std::vector<Command>& commands,
                    List<Commands...>) {
  using G = Graph<Role>;
  REQUIRE(commands.size() == sizeof...(Commands));
  for (int state = 0; state < G::state_count; ++state)
    for (std::size_t command = 0; command < commands.size(); ++command) {
      INFO(state_names<Role>[static_cast<std::size_t>(state)] << " x command " << command);
      Pair pair(which, duplex_config());
      drive(pair, state_names<Role>[static_cast<std::size_t>(state)]);
      Side& side = drive == drive_parent ? *pair.parent : *pair.child;
      REQUIRE(side.state_index() == state);
      const bool has_row = std::ranges::any_of(G::edges, [&](const Edge& e) {
        return e.from == state && e.trigger == Trigger::command && e.on == command;
      });
      const Kept before = side.snapshot();
      const Result result = side.handle(commands[command], pair.now);
      if (has_row) {
        const Edge* row = only_row(G::edges, result);
        REQUIRE(row != nullptr);
        CHECK(row->from == state);
        CHECK(row->trigger == Trigger::command);
        CHECK(row->on == command);
        CHECK(row->to == side.state_index());
        CHECK(row->send_count == result.frames.size());
        continue;
      }
      CHECK(result.rows.empty());
      CHECK(side.snapshot() == before);
      if (std::holds_alternative<LinkClosed>(commands[command]))
        CHECK(result.silent());
      else
        CHECK(result.fault() == Fault::not_allowed_now);
    }
}

template <class Role>
void check_timers(Which which, Drive drive) {
  using G = Graph<Role>;
  for (int state = 0; state < G::state_count; ++state) {
    INFO(state_names<Role>[static_cast<std::size_t>(state)]);
    Pair pair(which, duplex_config());
    drive(pair, state_names<Role>[static_cast<std::size_t>(state)]);
    Side& side = drive == drive_parent ? *pair.parent : *pair.child;
    const bool has_timer = std::ranges::any_of(
        G::edges, [&](const Edge& e) { return e.from == state && e.trigger == Trigger::timer; });
    Result result = side.advance(pair.now);
    CHECK(result.rows.empty());
    REQUIRE(result.due.has_value() == has_timer);
    if (!has_timer) {
      pair.now.steady += std::chrono::hours(24 * 365);
      CHECK(side.advance(pair.now).silent());
      continue;
    }
    const Kept before = side.snapshot();
    const Due due = *result.due;
    pair.now.steady = due.at - 1ns;
    CHECK(side.advance(pair.now).silent());
    CHECK(side.snapshot() == before);
    pair.now.steady = due.at;
    result = side.advance(pair.now);
    REQUIRE(!result.rows.empty());
    const Edge& row = G::edges[result.rows[0]];
    CHECK(row.from == state);
    CHECK(row.trigger == Trigger::timer);
    const auto names = handfast::detail::names_of(typename Role::Timers{});
    if (row.on < names.size()) CHECK(names[row.on] == due.timer);
  }
}

template <class Role>
void check_coverage(Which which, bool is_parent) {
  std::vector<std::uint64_t> taken(static_cast<std::size_t>(Graph<Role>::row_count));
  for (const Scenario& one : scenario::all) {
    if (one.which != which) continue;
    INFO(one.name);
    Pair pair(which, one.config);
    CHECK_NOTHROW(one.run(pair));
    const auto& rows = (is_parent ? pair.parent : pair.child)->rows_taken();
    for (std::size_t i = 0; i < taken.size(); ++i) taken[i] += rows[i];
  }
  for (int i = 0; i < Graph<Role>::row_count; ++i) {
    const Edge& row = Graph<Role>::edges[i];
    INFO("row " << i << ": " << state_names<Role>[row.from] << " to " << state_names<Role>[row.to]
                << ", trigger " << static_cast<int>(row.trigger) << " " << static_cast<int>(row.on)
                << ", sends " << static_cast<int>(row.send_count));
    CHECK(taken[static_cast<std::size_t>(i)] > 0);
  }
}

const std::vector<Command> parent_commands{Start{},    Send{},      Rekey{},
                                           Shutdown{}, CleanedUp{}, LinkClosed{}};
const std::vector<Command> child_commands{Listening{1}, Respond{1, {}}, Notify{}, LinkClosed{}};

}  // namespace

TEST_CASE("stdio: the hardened parent does with every message in every state what its table says",
          "[illegal]") {
  check_messages<Parent<>>(drive_parent, to_parent_inputs());
}
TEST_CASE("stdio: the hardened child does with every message in every state what its table says",
          "[illegal]") {
  check_messages<Child<>>(drive_child, to_child_inputs());
}
TEST_CASE("stdio: the hardened roles do with every command in every state what their tables say",
          "[illegal]") {
  check_commands<Parent<>>(Which::hardened, drive_parent, parent_commands, Parent<>::Commands{});
  check_commands<Child<>>(Which::hardened, drive_child, child_commands, Child<>::Commands{});
}
TEST_CASE("stdio: the compat roles do with every command in every state what their tables say",
          "[illegal]") {
  check_commands<Parent<Compat>>(Which::compat, drive_parent, {Start{}, Send{}, LinkClosed{}},
                                 Parent<Compat>::Commands{});
  check_commands<Child<Compat>>(Which::compat, drive_child,
                                {Listening{1}, Respond{1, {}}, LinkClosed{}},
                                Child<Compat>::Commands{});
}
TEST_CASE("stdio: in every state the next timer fires at its deadline and not a nanosecond before",
          "[illegal]") {
  check_timers<Parent<>>(Which::hardened, drive_parent);
  check_timers<Child<>>(Which::hardened, drive_child);
  check_timers<Parent<Compat>>(Which::compat, drive_parent);
  check_timers<Child<Compat>>(Which::compat, drive_child);
}

TEST_CASE("stdio: the compat roles do with every message in every state what their tables say",
          "[illegal]") {
  for (int state = 0; state < Graph<Parent<Compat>>::state_count; ++state) {
    const auto name = state_names<Parent<Compat>>[static_cast<std::size_t>(state)];
    INFO("parent in " << name);
    Pair pair(Which::compat);
    drive_parent(pair, name);
    REQUIRE(pair.parent->state() == name);
    // A response: the child's to what it has, else one of another session.
    Pair other(Which::compat);
    other.establish();
    other.responds = false;
    other.send("x");
    other.run();
    Side& answerer = pair.child->state() == "Answering" ? *pair.child : *other.child;
    const Kept before = pair.parent->snapshot();
    const Result result = pair.parent_gets(
        Sealed{channel_link, answerer.handle(Respond{1, {}}, pair.now).frames.at(0).bytes});
    if (name == "AwaitingResponse")
      CHECK(result.has("Answered"));
    else if (pair.parent->channel() != nullptr)
      CHECK(result.fault() == Fault::replayed);  // its own was answered
    else if (name == "Ended")
      CHECK(result.silent());
    else
      CHECK(result.fault() == Fault::unexpected_message);
    if (name != "AwaitingResponse") CHECK(pair.parent->snapshot() == before);
    // An answer line.
    Pair third(Which::compat);
    drive_parent(third, name);
    const Kept unmoved = third.parent->snapshot();
    const Result line = third.parent_gets(Sealed{
        standard_streams,
        keep("{\"public_key\":\"ZLEBsdC+WocEvQePmJUAH8A+jp+VIvGI3RKNmEbUhGY=\",\"port\":1}")});
    if (name == "AwaitingAnswer")
      CHECK(line.has("Established"));
    else
      CHECK(third.parent->snapshot() == unmoved);
    CHECK(line.fault() ==
          (name == "Idle" ? std::optional(Fault::unexpected_message) : std::nullopt));
  }
  for (int state = 0; state < Graph<Child<Compat>>::state_count; ++state) {
    const auto name = state_names<Child<Compat>>[static_cast<std::size_t>(state)];
    INFO("child in " << name);
    Pair pair(Which::compat);
    drive_child(pair, name);
    REQUIRE(pair.child->state() == name);
    Pair other(Which::compat);
    other.establish();
    other.send("x");
    const bool is_open = name == "Open";
    if (is_open) pair.send("mine");
    const Kept before = pair.child->snapshot();
    const Result result =
        pair.child_gets(Sealed{channel_link, (is_open ? pair : other).to_child.front().bytes});
    if (is_open)
      CHECK(result.has("Delivered"));
    else if (name == "Answering")
      CHECK(result.fault() == Fault::replayed);  // a sequence that it has seen
    else if (name == "Ended")
      CHECK(result.silent());
    else
      CHECK(result.fault() == Fault::unexpected_message);
    if (!is_open) CHECK(pair.child->snapshot() == before);
    Pair third(Which::compat);
    drive_child(third, name);
    const Kept unmoved = third.child->snapshot();
    const Result line = third.child_gets(
        Sealed{standard_streams,
               keep("{\"public_key\":\"ZLEBsdC+WocEvQePmJUAH8A+jp+VIvGI3RKNmEbUhGY=\"}")});
    if (name == "Idle")
      CHECK(line.has("Offered"));
    else {
      CHECK(line.silent());
      CHECK(third.child->snapshot() == unmoved);
    }
  }
}

TEST_CASE("stdio: every row of every table is taken in some run") {
  check_coverage<Parent<>>(Which::hardened, true);
  check_coverage<Child<>>(Which::hardened, false);
  check_coverage<Parent<Compat>>(Which::compat, true);
  check_coverage<Child<Compat>>(Which::compat, false);
}
