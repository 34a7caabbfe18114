#include "handfast/testing/switches.hpp"
// The switches come first.
#include "handfast/rehandshake/migration/spec.hpp"
#include "handfast/testing/stage.hpp"
#include "tests/model/values.hpp"

// A connection that moves from a relay to a direct path and back: Alice proves paths, Bob answers.
// Both paths are the attacker's, and any of them dies at any moment.

namespace model {
namespace {

using namespace handfast;
using namespace handfast::rehandshake;
using namespace std::chrono_literals;
using migration::Description;
using testing::planted_switch;

constexpr SessionId session{5};
Secret<32> secret_of(const std::string& party) {
  return Secret<32>::from(Bytes(Value(32, static_cast<std::uint8_t>(party[0]))));
}
MigrationContext context_of(const Side& side) {
  MigrationConfig config;
  config.close_timeout = 1500ms;  // before a path is silent, and not as something is said again
  return MigrationContext({session, secret_of(side.party), secret_of(side.peer), 0},
                          {ChannelBinding::none(), ChannelBinding::none()}, {}, config,
                          testing::lasting_random(side.name));
}

/// Frames as their layouts have them. In the model a sealed frame is what is sealed in it; its
/// counter goes with that, and the path on which it was said.
struct Wire : testing::BinaryCodec {
  struct Seen {
    std::uint64_t counter = 0;
    Link link = relay_link;
  };
  static Seen& seen(const SealedFrame& frame) {
    static std::map<Value, Seen> all;  // by ciphertext
    return all[{frame.ciphertext.begin(), frame.ciphertext.end()}];
  }
  static Link link_of(Bytes bytes) {
    const auto frame = wire::binary::decode<SealedFrame>(bytes);
    return frame ? seen(*frame).link : direct_link;
  }
  template <class M>
  static Value encode(M message) {
    if constexpr (std::same_as<M, SealedFrame>) message.counter = seen(message).counter;
    return BinaryCodec::encode(message);
  }
};

/// What the application of a side does.
struct User {
  Side side;
  int given = 0;
  std::string said{};

  void operator()(Send& command) {
    said = spec::payload_name(side, ++given);
    command.payload = bytes_of(said);
  }
  void operator()(LinkOpened& command) const { command.link = direct_link; }
  template <class Command>
  void operator()(Command&) const {}

  void saw(Link link, Bytes bytes) const {
    if (const auto frame = wire::binary::decode<SealedFrame>(bytes))
      Wire::seen(*frame) = {frame->counter, link};
  }
  /// Of the application data that it has been given.
  template <class Machine>
  static std::size_t kept(const Machine& machine) {
    return std::visit(
        [](const auto& state) -> std::size_t {
          if constexpr (migration::HasStream<decltype(state)>)
            return static_cast<std::size_t>(std::ranges::count(
                state.stream.unacknowledged, Unacknowledged::Kind::data, &Unacknowledged::kind));
          else
            return 0;
        },
        machine.engine().state());
  }
};

int message_in(const Outline& outline, std::string_view name) {
  const auto found = std::ranges::find(outline.messages, name, &spec::MessageOutline::name);
  return static_cast<int>(found - outline.messages.begin());
}

Value own(std::string_view name) {
  if (name == "session_id") return {session.begin(), session.end()};
  if (name == "timestamp") return testing::detail::value_of(unix_ms(start));
  if (name.contains("'s payload")) return {name.begin(), name.end()};
  return {};
}
/// A machine whose end of a path opens when the other one asks there.
template <Part part, Part other>
struct OnPaths : testing::WireActor<Description, Migration<part>, Migration<other>, Wire, User> {
  using OnPaths::WireActor::WireActor;
  testing::Real receive(const testing::RealMessage& message) override {
    if (name_of_message(message.message) == "request") (void)this->command("LinkOpened");
    return OnPaths::WireActor::receive(message);
  }

 private:
  static std::string_view name_of_message(int message) {
    static const Outline outline = handfast::spec::outline_of<Description>();
    return outline.messages[static_cast<std::size_t>(message)].name;
  }
};

Stage stage() {
  const auto actor = [](const Side& side) -> std::unique_ptr<Actor> {
    if (side.role == 0)
      return std::make_unique<OnPaths<Part::initiator, Part::responder>>(context_of(side),
                                                                         User{side}, start);
    return std::make_unique<OnPaths<Part::responder, Part::initiator>>(context_of(side), User{side},
                                                                       start);
  };
  return {actor, own};
}

/// How many numbers Alice and Bob each say in their streams, and how many of them are application
/// data; a number is left for each path that one of them changes to, and for an end.
std::vector<Side> sides(int alices, int alice_gives, int bobs, int bob_gives) {
  return {{"Alice", 0, "A", "B", {}, 1, alices, alice_gives},
          {"Bob", 1, "B", "A", {}, 1, bobs, bob_gives}};
}

// What is taken away.

void drop_rows(Outline& outline, const std::vector<std::string_view>& ons) {
  for (spec::RoleOutline& role : outline.roles)
    std::erase_if(role.rows, [&](const spec::RowOutline& row) {
      return std::ranges::find(ons, row.on) != ons.end();
    });
}
/// Nobody says that it is over.
Outline endless() {
  Outline made = handfast::spec::outline_of<Description>();
  drop_rows(made, {"Disconnect", "Close", "EndDue"});
  return made;
}
/// Nothing happens to a path.
void stay_on_the_relay(Outline& outline) {
  drop_rows(outline, {"LinkOpened", "LinkClosed", "PathSilent", "MigrateDue"});
}
/// Paths only become more, and an attempt does not fail: who is heard on a new one has switched.
void move_once(Outline& outline) {
  drop_rows(outline, {"LinkClosed", "PathSilent", "MigrateDue", "ResponseOverdue", "SwitchOverdue",
                      "CompleteOverdue", "PathOverdue", "Disconnect", "Close", "EndDue"});
  for (spec::RoleOutline& role : outline.roles)
    for (spec::RowOutline& row : role.rows)
      if (row.on == "PathShown") row.after = message_in(outline, "switch");
}
/// Who proves a path waits for an answer, and for nothing else.
void only_response(Outline& outline) {
  spec::RoleOutline& role = outline.roles[0];
  std::erase_if(role.rows, [&](const spec::RowOutline& row) {
    return role.states[static_cast<std::size_t>(row.from)] == "Proving" &&
           row.trigger != Trigger::message;
  });
}

}  // namespace

std::vector<Case> rehandshake_migration_cases() {
  std::vector<Weakening> taken;
  const auto weaken = [&](const std::string& name, const Names& questions, auto change,
                          const std::vector<bool*>& switches = {}, std::vector<Side> of = {}) {
    for (const auto& question : all_of(questions, {"Initiator", "Responder"}))
      taken.push_back({name + ", " + question, question, change, switches, {}, of});
  };
  weaken(
      "what comes too early is taken", {"in_order", "none_lost"},
      [](Outline& o) {
        o.stream->takes_early = true;
        stay_on_the_relay(o);
      },
      {&planted_switch("gaps delivered over")}, sides(2, 2, 2, 2));
  weaken(
      "what was taken is taken again", {"data_once"},
      [](Outline& o) {
        o.stream->takes_again = o.stream->opens_once = true;
        stay_on_the_relay(o);
      },
      {&planted_switch("what was delivered is delivered again")}, sides(2, 2, 2, 2));
  weaken(
      "an end is taken too early", {"none_lost"},
      [](Outline& o) {
        o.stream->ends_early = true;
        stay_on_the_relay(o);
      },
      {&planted_switch("end taken over a gap")}, sides(2, 1, 2, 1));
  weaken(
      "an end says nothing of what is missing", {"none_lost"},
      [](Outline& o) {
        o.stream->ends_well = true;
        stay_on_the_relay(o);
      },
      {&planted_switch("an end that says nothing of what is missing")}, sides(2, 1, 2, 1));
  weaken(
      "what went down with a path is not kept", {"none_lost"},
      [](Outline& o) {
        o.stream->let_go_at = message_in(o, "switch");
        move_once(o);
      },
      {}, sides(2, 1, 2, 1));
  weaken(
      "frames are not opened", {"data"}, [](Outline& o) { drop_rule(o, "Data", "Opening"); }, {},
      sides(1, 1, 1, 1));
  taken.push_back({"nothing but RESPONSE ends an attempt", "no_deadlock", only_response});

  const Names done = all_of({"completion"}, {"Initiator", "Responder"});
  const auto whole = handfast::spec::outline_of<Description>;
  std::vector<Case> all;
  // Two to say, a move and a way back.
  all.push_back(
      {"rehandshake-hardened-migration", "19", endless, sides(4, 2, 2, 0), done, stage(), {}});
  all.push_back({"rehandshake-hardened-migration-answered",
                 "19",
                 endless,
                 sides(2, 0, 4, 2),
                 done,
                 stage(),
                 {}});
  // From the first word to the last.
  all.push_back({"rehandshake-hardened-migration-ended", "19", whole, sides(3, 1, 2, 0), done,
                 stage(), taken});
  all.push_back({"rehandshake-hardened-migration-ended-answered",
                 "19",
                 whole,
                 sides(2, 0, 3, 1),
                 done,
                 stage(),
                 {}});
  for (Case& one : all) one.begins_again = true;  // on another path
  return all;
}

}  // namespace model
