// The machines behind the stage.

#include "handfast/rehandshake.hpp"
#include "handfast/testing/seeded_random.hpp"
#include "tests/attacks/rehandshake.hpp"
#include "tests/support/onlooker.hpp"

namespace attacks::rehandshake {
namespace {

using namespace handfast::rehandshake;

SessionKeys keys_of(Who who, const Setting& setting) {
  // A session's keys come from its id, among other things.
  const auto key = [&](std::uint8_t number) {
    Message bytes(32, number);
    std::ranges::copy(setting.session, bytes.begin());
    return Secret<32>::from(Bytes(bytes));
  };
  const bool is_alice = who == Who::alice;
  return {setting.session, key(is_alice ? 1 : 101), key(is_alice ? 101 : 1), 0};
}

template <class Role>
class SideOf : public Side {
 public:
  SideOf(Who w, const Setting& setting)
      : Side(w),
        random_((w == Who::alice ? 1 : 2) + 2 * setting.lives),
        machine_(context(setting)) {}

  Caused asks() override {
    if constexpr (std::same_as<Role, Peer<>>)
      return kept(test::shown_command(machine_, Start{}, now));
    else if constexpr (std::same_as<Role, Initiator<Compat>>)
      return kept(test::shown_command(machine_, compat::Start{}, now));
    else
      throw std::logic_error("a responder does not ask");
  }
  Caused gets(Bytes message) override {
    return kept(test::shown_frame(machine_, {}, message, now));
  }
  Caused waits(Duration duration) override {
    now.steady += duration;
    now.utc += std::chrono::duration_cast<std::chrono::milliseconds>(duration);
    return kept(test::shown_advance(machine_, now));
  }
  std::string_view state() const override { return machine_.state_name(); }
  Message snapshot() const override {
    const auto stored = machine_.dangerous_snapshot();
    return {stored.bytes().begin(), stored.bytes().end()};
  }

 private:
  typename Role::Context context(const Setting& setting) {
    if constexpr (std::same_as<Role, Peer<>>) {
      Config config;
      config.local_id = {static_cast<std::uint8_t>(who == Who::alice ? 1 : 2)};
      config.remote_id = {static_cast<std::uint8_t>(who == Who::alice ? 2 : 1)};
      std::array<std::uint8_t, 32> exporter{};
      exporter.fill(setting.channel.value_or(0));
      return {keys_of(who, setting),
              setting.channel ? ChannelBinding::of(exporter) : ChannelBinding::none(), config,
              Random(random_)};
    } else {
      return compat::Context(keys_of(who, setting), Random(random_));
    }
  }
  static Caused kept(const Output<Role>& out) {
    Caused caused;
    for (const Frame& frame : out.transmit)
      caused.messages.emplace_back(frame.bytes.begin(), frame.bytes.end());
    for (const auto& event : out.events)
      std::visit(
          [&]<class E>(const E& one) {
            caused.told.emplace_back(name_of<E>());
            if constexpr (std::same_as<E, Rejected>) caused.fault = one.fault;
            if constexpr (std::same_as<E, Running>) caused.running = one.claim;
            if constexpr (std::same_as<E, Commit>) caused.committed = one.claim;
          },
          event);
    return caused;
  }

  testing::SeededRandom random_;
  Machine<Role> machine_;
};

}  // namespace

std::unique_ptr<Side> who_asks(Profile which, Who who, const Setting& setting) {
  if (which == Profile::hardened) return std::make_unique<SideOf<Peer<>>>(who, setting);
  return std::make_unique<SideOf<Initiator<Compat>>>(who, setting);
}
std::unique_ptr<Side> who_is_asked(Profile which, Who who, const Setting& setting) {
  if (which == Profile::hardened) return std::make_unique<SideOf<Peer<>>>(who, setting);
  return std::make_unique<SideOf<Responder<Compat>>>(who, setting);
}

}  // namespace attacks::rehandshake
